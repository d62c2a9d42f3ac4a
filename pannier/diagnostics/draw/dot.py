"""Layout by Graphviz's ``dot``, which is given sizes and edges and nothing else: no labels, no colours."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

from pannier.diagnostics.draw.geometry import Arrangement, Curve, Edge, Point, Size
from pannier.errors import PannierError

COMMAND: Final = "dot"
_INCH: Final = 72.0
_GAPS: Final = 'nodesep="0.2"; ranksep="0.5"; splines="true"; '
_STYLE: Final = 'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none];'


def arrange(sizes: Sequence[Size], edges: Sequence[Edge]) -> Arrangement:
    """Boxes in layers from top to bottom, as ``dot`` places them.

    Raises :class:`~pannier.errors.PannierError` where ``dot`` is missing or fails.
    """
    nodes = (
        f"{i} [width={width / _INCH:.4f}, height={height / _INCH:.4f}];"
        for i, (width, height) in enumerate(sizes)
    )
    arrows = (f"{start} -> {end};" for start, end in edges)
    # Where each leads to one only, nothing need cross, and what is read can stand in the order of the edges.
    is_tree = len({start for start, _ in edges}) == len(edges)
    source = ["digraph {", _GAPS, 'ordering="in";' if is_tree else "", _STYLE, *nodes, *arrows, "}"]
    return _read(_run("\n".join(source)), len(sizes), edges)


def _run(source: str) -> str:
    try:
        done = subprocess.run([COMMAND, "-Tplain"], input=source, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PannierError(f"Graphviz's command {COMMAND!r} cannot be started: {error}") from error
    if done.returncode:
        raise PannierError(f"Graphviz's command {COMMAND!r} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _read(plain: str, count: int, edges: Sequence[Edge]) -> Arrangement:
    """What the output format "plain" says: inches, y upwards."""
    middles: list[Point] = [(0.0, 0.0)] * count
    curves: dict[Edge, Curve] = {}
    width = height = 0.0
    for words in map(str.split, plain.splitlines()):
        if words[0] == "graph":
            width, height = float(words[2]) * _INCH, float(words[3]) * _INCH
        elif words[0] == "node":
            (middles[int(words[1])],) = _points(words[2:4], height)
        elif words[0] == "edge":
            n = int(words[3])
            curves[int(words[1]), int(words[2])] = list(_points(words[4 : 4 + 2 * n], height))
    return Arrangement(middles, [curves[edge] for edge in edges], (width, height))


def _points(words: Sequence[str], height: float) -> Iterator[Point]:
    for x, y in zip(words[::2], words[1::2], strict=True):
        yield float(x) * _INCH, height - float(y) * _INCH
