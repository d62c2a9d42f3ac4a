"""Pictures of graphs: how long they take, and how large their letters are on a page 1,200 pixels wide.

    python -m benchmarks.draw [--repeat 5] [--toy]

Each graph is drawn as SVG by each of the engines that are installed, and by Dask where ``dot`` and its package
``graphviz`` are.  Turns are taken; the median counts.  Letters are those of the smallest text, in pixels.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dask._task_spec import convert_legacy_graph
from dask.dot import dot_graph

import pannier as pn
from benchmarks.measure import circumstances, markdown_table

PAGE = 1_200


def add(*numbers: int) -> int:
    return sum(numbers)


def fan(n: int) -> dict[Any, Any]:
    """``n`` tasks that one reads."""
    return {f"load-{i}": (add, i) for i in range(n)} | {"total": (add, *(f"load-{i}" for i in range(n)))}


def chains(n: int) -> dict[Any, Any]:
    """Branches of three tasks that one reads."""
    graph: dict[Any, Any] = {}
    for i in range(n // 3):
        graph |= {f"load-{i}": (add, i), f"clean-{i}": (add, f"load-{i}"), f"count-{i}": (add, f"clean-{i}")}
    return graph | {"total": (add, *(f"count-{i}" for i in range(n // 3)))}


def tree(n: int) -> dict[Any, Any]:
    """``n`` tasks, joined eight at a time."""
    graph: dict[Any, Any] = {("load", i): (add, i) for i in range(n)}
    level, keys = 0, list(graph)
    while len(keys) > 1:
        groups = [keys[i : i + 8] for i in range(0, len(keys), 8)]
        joined = {("join", level, i): (add, *group) for i, group in enumerate(groups)}
        graph |= joined
        level, keys = level + 1, list(joined)
    return graph


def knot(n: int) -> dict[Any, Any]:
    """Each task reads two before it."""
    reads = [[i * 7 // 8, max(0, i - 1 - i % 5)] for i in range(n)]
    return {f"t{i}": (add, *(f"t{j}" for j in reads[i] if j < i)) for i in range(n)}


GRAPHS = {"fan": fan, "chains": chains, "tree": tree, "knot": knot}


def drawers() -> Iterator[tuple[str, Callable[[dict[Any, Any], Path], object]]]:
    """What draws a graph into a file, by name."""
    if shutil.which("dot"):
        yield "pannier, dot", lambda graph, path: pn.visualize(graph, filename=path, engine="dot")
    if find_spec("fast_sugiyama"):
        yield "pannier, layered", lambda graph, path: pn.visualize(graph, filename=path, engine="layered")
    if shutil.which("dot") and find_spec("graphviz"):
        yield "dask", draw_by_dask


def draw_by_dask(graph: dict[Any, Any], path: Path) -> None:
    """What ``dask.visualize`` does with the graph of a collection."""
    dot_graph(convert_legacy_graph(graph), filename=str(path.with_suffix("")), format="svg")


def letters(svg: str) -> float:
    """The height in pixels of the smallest text, where the picture is as wide as the page, or narrower."""
    width = float(re.findall(r'<svg[^>]* width="([\d.]+)', svg)[0])
    is_points = "pt" in re.findall(r'<svg[^>]* width="([^"]+)"', svg)[0]
    width *= 4 / 3 if is_points else 1
    sizes = [float(size) * (4 / 3 if is_points else 1) for size in re.findall(r'font-size="([\d.]+)', svg)]
    return min(sizes) * min(1.0, PAGE / width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--toy", action="store_true", help="few tasks, once")
    args = parser.parse_args()
    sizes, repeat = ([30], 1) if args.toy else ([300, 5_000], args.repeat)
    for _, draw in drawers():  # what they import
        with tempfile.TemporaryDirectory() as folder:
            draw(fan(2), Path(folder, "first.svg"))
    rows = []
    for size in sizes:
        for name, make in GRAPHS.items():
            graph = make(size)
            for drawer, cells in measured(graph, repeat, size).items():
                rows.append([f"{name}, {len(graph):,} tasks", drawer, *cells])
    print(markdown_table(["graph", "drawn by", "seconds", "pixels", "letters"], rows))
    print(f"\n{circumstances('dask', 'fast-sugiyama', 'graphviz')}")


def measured(graph: dict[Any, Any], repeat: int, size: int) -> dict[str, list[str]]:
    """For each drawer the seconds, the size of the picture, and the letters."""
    seconds: dict[str, list[float]] = {}
    pictures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeat):
            for drawer, draw in drawers():
                if drawer == "dask" and size > 1_000:  # minutes, and half a mile wide
                    continue
                path = Path(folder, f"{turn}-{len(pictures)}.svg")
                start = time.perf_counter()
                draw(graph, path)
                seconds.setdefault(drawer, []).append(time.perf_counter() - start)
                pictures[drawer] = path.read_text(encoding="utf-8")
            print(f"{turn + 1}/{repeat}", file=sys.stderr)
    return {
        drawer: [
            f"{statistics.median(times):.2f}",
            "x".join(re.findall(r'<svg[^>]* width="(\d+)[^>]*\sheight="(\d+)', pictures[drawer])[0]),
            f"{letters(pictures[drawer]):.1f}",
        ]
        for drawer, times in seconds.items()
    }


if __name__ == "__main__":
    main()
