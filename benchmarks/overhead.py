"""What a task costs beside its work: scheduler overhead, start-up, and what passes through the parent.

::

    python -m benchmarks.overhead          the figures of the README
    python -m benchmarks.overhead --toy    a few seconds, to see that it works

Four tables: microseconds a task beside Dask's ``get``s in the same process, in turns; a million tasks beside ten
thousand; the first and second ``.compute()`` of a script; one large intermediate with four readers.
All but the first run each row in a process of its own.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.measure import ROOT, circumstances, is_installed, markdown_table
from pannier.schedulers import multiprocessing, sync, threaded
from pannier.sizes import format_bytes

WORKERS = 2
GETS: dict[str, Callable[..., Any]] = {
    "sync": sync.get,
    "threads": threaded.get,
    "processes": multiprocessing.get,
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.overhead", description="Time what tasks cost."
    )
    parser.add_argument("--toy", action="store_true", help="small graphs, one turn")
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    parser.add_argument("--measure", choices=[*ALONE], help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.measure:
        print(json.dumps(ALONE[options.measure](*options.arguments)))
        return 0
    repeat = 1 if options.toy else options.repeat
    scale = 100 if options.toy else 1
    print(circumstances("dask"))
    for table in (
        fan_out_table(10_000 // scale, repeat),
        million_table(10_000 // scale, 1_000_000 // scale, repeat),
        start_table(repeat),
        intermediate_table(100_000_000 // scale),
    ):
        print()
        print(table)
    return 0


def add_one(x: int) -> int:
    return x + 1


def fan_out(n: int) -> dict[Any, Any]:
    """``n`` trivial tasks into one sum."""
    dsk: dict[Any, Any] = {("x", i): (add_one, i) for i in range(n)}
    dsk["sum"] = (sum, list(dsk))
    return dsk


def seconds_of(get: Callable[..., Any], n: int) -> float:
    dsk = fan_out(n)
    start = time.perf_counter()
    total = get(dsk, "sum")
    seconds = time.perf_counter() - start
    assert total == n * (n + 1) // 2
    return seconds


def fan_out_table(n: int, repeat: int) -> str:
    """Microseconds a task on warm workers, and the median over the turns of Dask's time by ours."""
    rows = []
    for name, get in GETS.items():
        ours = functools.partial(get, num_workers=WORKERS)
        peer = dask_get(name)
        for each in filter(None, (ours, peer)):
            seconds_of(each, n)
        times = [(seconds_of(ours, n), seconds_of(peer, n) if peer else None) for _ in range(repeat)]
        row = [name, f"{statistics.median(own for own, _ in times) / n * 1e6:.1f}"]
        both = [(own, other) for own, other in times if other is not None]
        if both:
            row.append(f"{statistics.median(other for _, other in both) / n * 1e6:.1f}")
            row.append(f"{statistics.median(other / own for own, other in both):.1f}")
        rows.append([*row, *["-"] * (4 - len(row))])
    caption = f"Trivial tasks, {n:,} fan-out into one sum, {WORKERS} workers; medians of {repeat} turns:\n\n"
    return caption + markdown_table(["scheduler", "us a task", "Dask", "Dask's by ours"], rows)


def dask_get(name: str) -> Callable[..., Any] | None:
    if not is_installed("dask"):
        return None
    import dask.local
    import dask.multiprocessing
    import dask.threaded

    gets = {"sync": dask.local.get_sync, "threads": dask.threaded.get, "processes": dask.multiprocessing.get}
    return functools.partial(gets[name], num_workers=WORKERS)


def million_table(few: int, many: int, repeat: int) -> str:
    """Cost of a task in a small and in a huge graph, ratios taken within a turn, and the memory of the latter."""
    rows = []
    for name in ("sync", "threads"):
        turns = [(alone("tasks", name, few), alone("tasks", name, many)) for _ in range(repeat)]
        costs = [(small["seconds"] / few, large["seconds"] / many) for small, large in turns]
        rows.append(
            [
                name,
                f"{statistics.median(small for small, _ in costs) * 1e6:.1f}",
                f"{statistics.median(large for _, large in costs) * 1e6:.1f}",
                f"{statistics.median(large / small for small, large in costs):.2f}",
                format_bytes(max(large["peak_rss"] for _, large in turns)),
            ]
        )
    header = ["scheduler", f"us a task of {few:,}", f"of {many:,}", "ratio", "peak RSS"]
    return "A huge graph, the process with it and its results:\n\n" + markdown_table(header, rows)


def run_tasks(name: str, n: str) -> dict[str, float]:
    seconds = seconds_of(functools.partial(GETS[name], num_workers=WORKERS), int(n))
    return {"seconds": seconds, "peak_rss": peak_rss()}


SCRIPT = """
import time
start = time.perf_counter()
import pannier as pn
imported = time.perf_counter()
times = [imported - start]
for _ in range(2):
    start = time.perf_counter()
    assert pn.from_sequence([1, 2, 3, 4], npartitions=2).map(lambda x: x + 1).sum().compute(num_workers=2) == 14
    times.append(time.perf_counter() - start)
print(times)
"""


IMPORT = """
import time
start = time.perf_counter()
import {module}
print([time.perf_counter() - start])
"""


def start_table(repeat: int) -> str:
    """Milliseconds until a fresh script has computed a trivial bag on processes, once and again; and imports."""
    with tempfile.TemporaryDirectory() as cache:
        # Compiled modules as an installed package has them, whatever the shell says; the first run makes them.
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPYCACHEPREFIX"] = cache
        steps = ["`import pannier`", "first `.compute()`", "second `.compute()`"]
        rows = scripted_rows(steps, SCRIPT, environ, repeat)
        for module in ["pannier.bag", *(["dask.bag"] if is_installed("dask") else [])]:
            rows += scripted_rows([f"`import {module}`"], IMPORT.format(module=module), environ, repeat)
    caption = (
        f"A trivial bag on processes in a fresh script, {repeat} times; other imports for comparison:\n\n"
    )
    return caption + markdown_table(["step", "median ms", "worst ms"], rows)


def scripted_rows(
    names: Sequence[str], script: str, environ: Mapping[str, str], repeat: int
) -> list[list[str]]:
    """A row for each of the times that ``script`` prints, over ``repeat`` runs and one before them."""
    command = [sys.executable, "-c", script]
    answers = [
        subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout
        for _ in range(repeat + 1)
    ]
    times = zip(*[json.loads(answer) for answer in answers[1:]], strict=True)
    return [[name, *ms(each)] for name, each in zip(names, times, strict=True)]


def ms(times: Sequence[float]) -> list[str]:
    return [f"{seconds * 1000:.1f}" for seconds in (statistics.median(times), max(times))]


def intermediate_table(nbytes: int) -> str:
    """What one large result costs the parent."""
    found = alone("intermediate", nbytes)
    header = [
        "one intermediate with 4 readers",
        "parent's RSS grows by",
        "bytes through its sockets",
        "seconds",
    ]
    row = [
        format_bytes(nbytes),
        format_bytes(found["grown"]),
        f"{found['sockets']:,}",
        f"{found['seconds']:.3f}",
    ]
    return markdown_table(header, [row])


def run_intermediate(nbytes: str) -> dict[str, float]:
    import psutil

    from pannier.schedulers.multiprocessing import pool

    def make(n: int) -> Any:
        import numpy as np

        return np.ones(n // 8)

    dsk: dict[Any, Any] = {"array": (make, int(nbytes))}
    dsk |= {("sum", i): (lambda array, i: float(array.sum()) + i, "array", i) for i in range(4)}
    keys = [("sum", i) for i in range(4)]
    multiprocessing.get({"warm": (len, "up")}, "warm", num_workers=WORKERS)
    before = psutil.Process().memory_info().rss
    start = time.perf_counter()
    answer = multiprocessing.get(dsk, keys, num_workers=WORKERS)
    seconds = time.perf_counter() - start
    assert answer == [int(nbytes) // 8 + i for i in range(4)]
    grown = psutil.Process().memory_info().rss - before
    sockets = sum(worker.sent + worker.received for worker in pool.idle_workers())
    return {"seconds": seconds, "grown": max(0, grown), "sockets": sockets}


ALONE: dict[str, Callable[..., dict[str, float]]] = {"tasks": run_tasks, "intermediate": run_intermediate}
"""What runs in a process of its own, so that its memory is its own."""


def alone(measure: str, *arguments: object) -> dict[str, float]:
    """What ``measure`` finds in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.overhead", "--measure", measure, *map(str, arguments)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(answer)
    return found


def peak_rss() -> int:
    """Bytes; the most this process had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
