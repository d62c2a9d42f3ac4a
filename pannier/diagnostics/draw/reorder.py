"""Boxes that an engine may place one way or another, placed in the order of their numbers.

Engines look for few crossings, and come out with partition 3 left of partition 0.  Nothing crosses more when the
whole picture is mirrored, nor when boxes trade places that are of one size and have the same neighbours.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

from pannier.diagnostics.draw.geometry import Arrangement, Edge, Engine, Size


def in_order(sizes: Sequence[Size], edges: Sequence[Edge], engine: Engine) -> Arrangement:
    """What ``engine`` makes of these boxes, lower numbers to the left where that costs nothing."""
    found = engine(sizes, edges)
    if _rises(found) < 0:
        width = found.size[0]
        found = found.mapped(found.size, lambda point: (width - point[0], point[1]))
    return _traded(sizes, edges, found)


def _rises(found: Arrangement) -> int:
    """How many more boxes have a higher number than their left neighbour, than have a lower one."""
    layers: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for number, (x, y) in enumerate(found.middles):
        layers[round(y)].append((x, number))
    pairs = itertools.chain.from_iterable(itertools.pairwise(sorted(layer)) for layer in layers.values())
    return sum(1 if left < right else -1 for (_, left), (_, right) in pairs)


def _traded(sizes: Sequence[Size], edges: Sequence[Edge], found: Arrangement) -> Arrangement:
    """The same with boxes of one size and with the same neighbours put in order, and their arrows with them."""
    before: list[list[int]] = [[] for _ in sizes]
    behind: list[list[int]] = [[] for _ in sizes]
    for start, end in edges:
        before[end].append(start)
        behind[start].append(end)
    alike: dict[object, list[int]] = defaultdict(list)
    for number, size in enumerate(sizes):
        alike[size, tuple(sorted(before[number])), tuple(sorted(behind[number]))].append(number)
    takes = list(range(len(sizes)))
    """Whose place each box takes."""
    for numbers in alike.values():
        for number, place in zip(numbers, sorted(numbers, key=lambda i: found.middles[i]), strict=True):
            takes[number] = place
    curves = dict(zip(edges, found.curves, strict=True))
    return Arrangement(
        [found.middles[place] for place in takes],
        [curves[takes[start], takes[end]] for start, end in edges],
        found.size,
    )
