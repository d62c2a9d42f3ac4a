"""Large graphs in few boxes: of many equal tasks some are shown and the others counted."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Final

from pannier.diagnostics.draw.outline import Outline, Vertex, levels_of

STAGES: Final = 12
"""Kinds of tasks that are told apart on a level; where there are more, a level is taken as one."""


def elide(outline: Outline, wide: int, long: int) -> Outline:
    """``outline`` with at most ``wide`` boxes for the tasks of one kind on one level, and ``long`` levels.

    A level is made of what is equally far from the start.  The tasks that are left out stand in one box for
    each kind and level, those of left out levels in one box.

    >>> from pannier.graph.spec import to_graph
    >>> from pannier.diagnostics.draw.outline import outline_graph
    >>> loads = {f"load-{i}": (len, "abc") for i in range(1000)}
    >>> fan = outline_graph(to_graph({**loads, "total": (sum, list(loads))}), ["total"])
    >>> [(vertex.label, len(vertex.keys)) for vertex in elide(fan, 4, 20).vertices]
    [('len', 1), ('len', 1), ('len', 997), ('len', 1), ('sum', 1)]
    """
    levels = levels_of(outline.reads)
    groups = list(_groups(outline, levels, wide, long))
    group_of = {member: number for number, members in enumerate(groups) for member in members}
    vertices = [_joined([outline.vertices[i] for i in members], levels, members) for members in groups]
    reads = [
        sorted({group_of[read] for member in members for read in outline.reads[member]} - {number})
        for number, members in enumerate(groups)
    ]
    return Outline(vertices, reads)


def _groups(outline: Outline, levels: Sequence[int], wide: int, long: int) -> Iterator[list[int]]:
    """The vertices of each box, inputs first."""
    by_level: list[list[int]] = [[] for _ in range(max(levels, default=-1) + 1)]
    for number, level in enumerate(levels):
        by_level[level].append(number)
    left_out = range(0)
    if len(by_level) > long:
        left_out = range(long // 2, len(by_level) - (long - long // 2 - 1))
    alone: set[int] = set()
    for level, members in enumerate(by_level):
        if level in left_out:
            if level == left_out[0]:
                yield [number for each in left_out for number in by_level[each]]
            continue
        for alike in _by_kind(outline, members):
            for box in _boxes(outline, alike, wide, alone):
                if len(box) == 1:
                    alone.update(box)
                yield box


def _boxes(outline: Outline, alike: list[int], wide: int, alone: Container[int]) -> list[list[int]]:
    """The boxes of one kind on one level: the first ones and the last, and between them one for the others.

    Those come first that read what is shown ``alone``, so that one can follow a piece of the work.
    """
    if len(alike) <= wide:
        return [[number] for number in alike]
    telling = [number for number in alike if any(read in alone for read in outline.reads[number])]
    first = (telling or alike)[: wide - 2]
    last = alike[-1]
    others = [number for number in alike[:-1] if number not in set(first)]
    return [*([number] for number in first if number != last), others, [last]]


def _by_kind(outline: Outline, members: Sequence[int]) -> list[list[int]]:
    vertices = outline.vertices
    kinds: dict[object, list[int]] = {}
    for number in members:
        kinds.setdefault((vertices[number].label, vertices[number].kind), []).append(number)
    if len(kinds) > STAGES:
        kinds = {"any": list(members)}
    return list(kinds.values())


def _joined(vertices: Sequence[Vertex], levels: Sequence[int], members: Sequence[int]) -> Vertex:
    if len(vertices) == 1:
        return vertices[0]
    labels = list(dict.fromkeys(vertex.label for vertex in vertices))
    deep = len({levels[member] for member in members})
    return Vertex(
        keys=tuple([key for vertex in vertices for key in vertex.keys]),
        kind="more",
        label=labels[0] if len(labels) == 1 else f"{labels[0]} and {len(labels) - 1} other kinds",
        stage=vertices[0].stage,
        notes=(f"{deep} levels",) if deep > 1 else (),
        places=tuple([place for vertex in vertices for place in vertex.places]),
        is_output=any(vertex.is_output for vertex in vertices),
    )
