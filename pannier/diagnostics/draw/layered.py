"""Layout by fast-sugiyama, which places points: here they are given the room that boxes need.

The library knows one distance between neighbours.  A box may be a word or a block of a hundred tasks, so its
columns are moved apart, in order, by what stands in them, and its layers by the highest box of each.
"""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pannier.diagnostics.draw.geometry import Arrangement, Curve, Edge, Point, Size

LIBRARY: Final = "fast_sugiyama"
_GAP: Final = 14.0
"""Pixels between neighbours."""
_LAYER_GAP: Final = 36.0
"""Pixels between layers, for arrows."""
_LAYER_GAP_MOST: Final = 160.0
"""The same where arrows go far aside."""
_SLOPE: Final = 0.12
"""Pixels that an arrow should go down for each that it goes aside."""
_BEND_WIDTH: Final = 6.0
"""Pixels that an arrow takes where it passes a layer."""


def arrange(sizes: Sequence[Size], edges: Sequence[Edge]) -> Arrangement:
    """Boxes in layers from top to bottom, as fast-sugiyama orders them."""
    places, pieces = _place(len(sizes), edges)
    bend: Size = (_BEND_WIDTH, 0.0)
    size_of = [sizes[i] if i < len(sizes) else bend for i in range(max(places) + 1)]
    layers = _layers(places)
    across = _across(places, layers, size_of)
    thick = [max(size_of[i][1] for i in layer) for layer in layers]
    down, height = _down(thick, _gaps(places, pieces, across, len(layers)))
    left = min(across[i] - size_of[i][0] / 2 for i in across)
    points = {i: (across[i] - left, down[places[i][1]]) for i in places}
    width = max(points[i][0] + size_of[i][0] / 2 for i in points)
    spans = {i: (y - thick[places[i][1]] / 2, y + thick[places[i][1]] / 2) for i, (_, y) in points.items()}
    curves = [_curve(points, sizes, spans, _way(pieces, edge, len(sizes))) for edge in edges]
    return Arrangement([points[i] for i in range(len(sizes))], curves, (width, height))


def _place(count: int, edges: Sequence[Edge]) -> tuple[dict[int, tuple[float, int]], dict[int, list[int]]]:
    """A column and a layer for every box and every bend of an arrow, and where each leads.

    Bends have numbers from ``count`` on.  Parts that hang together stand beside each other.
    """
    from fast_sugiyama import from_edges

    places: dict[int, tuple[float, int]] = {}
    pieces: dict[int, list[int]] = defaultdict(list)
    right = 0.0
    fresh = itertools.count(count)
    apart = sorted(set(range(count)).difference(itertools.chain.from_iterable(edges)))
    found = from_edges(list(edges), vertex_spacing=1, dummy_vertices=True, dummy_size=0.05) if edges else []
    number: defaultdict[object, int]
    for positions, width, depth, expanded in found:
        # Each part numbers its bends from the same number on.
        number = defaultdict(fresh.__next__, {i: i for i in range(count)})
        for name, (x, y) in positions:
            places[number[name]] = (right + x, round(depth - y))
        for start, end in expanded or ():
            pieces[number[start]].append(number[end])
        right += width + 1
    for vertex in apart:
        places[vertex] = (right, 0)
        right += 1
    return places, pieces


def _layers(places: Mapping[int, tuple[float, int]]) -> list[list[int]]:
    """What stands in each layer, from left to right."""
    layers: list[list[int]] = [[] for _ in range(1 + max(layer for _, layer in places.values()))]
    for i in sorted(places, key=lambda i: places[i]):
        layers[places[i][1]].append(i)
    return layers


def _across(
    places: Mapping[int, tuple[float, int]], layers: Sequence[Sequence[int]], sizes: Sequence[Size]
) -> dict[int, float]:
    """Pixels from the left: what shared a column still does, and neighbours are apart by what they need."""
    before = {right: left for layer in layers for left, right in itertools.pairwise(layer)}
    typical = statistics.median(sizes[i][0] for i in places if sizes[i][1]) + _GAP
    columns: dict[float, list[int]] = defaultdict(list)
    for i, (x, _) in places.items():
        columns[round(x, 3)].append(i)
    across: dict[int, float] = {}
    last, at = min(columns), 0.0
    for x in sorted(columns):
        at += (x - last) * typical
        for i in columns[x]:
            if (left := before.get(i)) is not None:
                at = max(at, across[left] + (sizes[left][0] + sizes[i][0]) / 2 + _GAP)
        across |= dict.fromkeys(columns[x], at)
        last = x
    return across


def _gaps(
    places: Mapping[int, tuple[float, int]],
    pieces: Mapping[int, Sequence[int]],
    across: Mapping[int, float],
    layers: int,
) -> list[float]:
    """Pixels below each layer: the more, the farther arrows go aside there."""
    gaps = [_LAYER_GAP] * layers
    for start, ends in pieces.items():
        layer = places[start][1]
        aside = max(abs(across[end] - across[start]) for end in ends)
        gaps[layer] = max(gaps[layer], min(_SLOPE * aside, _LAYER_GAP_MOST))
    return gaps


def _down(thick: Sequence[float], gaps: Sequence[float]) -> tuple[list[float], float]:
    """Pixels from the top to the middle of each layer, and to the end of the last one."""
    middles, at = [], 0.0
    for height, gap in zip(thick, gaps, strict=True):
        middles.append(at + height / 2)
        at += height + gap
    return middles, at - gaps[-1]


def _way(pieces: Mapping[int, Sequence[int]], edge: Edge, count: int) -> list[int]:
    """The start, the bends and the end of an arrow."""
    start, end = edge
    for second in pieces[start]:
        way = [start, second]
        while way[-1] >= count:
            way.append(pieces[way[-1]][0])
        if way[-1] == end:
            return way
    return [start, end]


def _curve(
    points: Mapping[int, Point], sizes: Sequence[Size], spans: Mapping[int, Point], way: Sequence[int]
) -> Curve:
    """From the lower edge of the first box to the upper edge of the last one, straight down in every layer.

    ``spans`` are where the layers of boxes and bends begin and end.
    """
    first, *bends, last = way
    stops = [(points[first][0], points[first][1] + sizes[first][1] / 2), (points[first][0], spans[first][1])]
    for bend in bends:
        stops += [(points[bend][0], spans[bend][0]), (points[bend][0], spans[bend][1])]
    stops += [(points[last][0], spans[last][0]), (points[last][0], points[last][1] - sizes[last][1] / 2)]
    return [stops[0], *itertools.chain.from_iterable(_bends(stops))]


def _bends(stops: Sequence[Point]) -> Iterator[tuple[Point, Point, Point]]:
    """Curves from stop to stop, upright at each; none where two are the same."""
    for (x, y), (to_x, to_y) in itertools.pairwise(stops):
        if y == to_y and x == to_x:
            continue
        half = (to_y - y) / 2
        yield (x, y + half), (to_x, to_y - half), (to_x, to_y)
