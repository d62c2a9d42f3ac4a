"""Joins of frames of which one side is whole beside each partition of the other, which looks its keys up there.

While a plan is made it is known which sides are small.  How much memory there is for larger ones is known when it is
computed: where all tasks share it, and rows are found by a number, to move both sides takes longer than to have one whole.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, Final

from pannier import kernels
from pannier.plan.blockmaps import Aligned, Concatenated, Grouped
from pannier.plan.estimates import block_bytes
from pannier.plan.nodes import Blockwise, FromGraph, Node, Shuffle
from pannier.plan.rewrite import rewrite, topological
from pannier.sizes import format_bytes

SIDES: Final = ("the left frame", "the right frame")
_LESS: Final = 2
"""How many times less than the first a side has to take to be looked up in its place."""


def looked_up(stays: Node, goes: Node, merge: Any, side: int, why: str) -> Blockwise:
    """A node of each block of ``stays`` merged with all of ``goes``, which is the left (0) or the right (1) ``side``."""
    merging = kernels.frames.merging
    small = Blockwise(
        verb="merge", kernel=merging.Prepare(merge, side), over=(whole(goes),), blockmap=Aligned(1)
    )
    shown = f"{merge.label} ({SIDES[side]} beside each partition: {why})"
    return Blockwise(
        verb="merge",
        kernel=merging.LookUp(merge, side, shown),
        over=(stays, small),
        blockmap=Aligned(stays.npartitions, (False, True)),
    )


def whole(node: Node) -> Node:
    """All blocks of ``node`` as one."""
    if node.npartitions == 1:
        return node
    return Blockwise(
        verb="concat",
        kernel=kernels.frames.repartitioning.JOIN,
        over=(node,),
        blockmap=Grouped((0, node.npartitions)),
    )


def look_up_where_there_is_room(roots: Sequence[Node], most: int) -> list[Node]:
    """``roots`` with joins that shuffle both sides changed into such that look one up, where the plan leaves that open.

    All sides that are to be whole take no more than about ``most`` bytes together.
    """
    left: float = most
    made: set[str] = set()

    def change(node: Node) -> Node:
        nonlocal left
        may_go: Sequence[int] = getattr(node.kernel, "may_go", ()) if isinstance(node, Blockwise) else ()
        if not may_go:
            return node
        assert isinstance(node, Blockwise), "it has a kernel"
        (shuffle,) = node.over
        assert isinstance(shuffle, Shuffle), "a gather reads one"
        weights = {side: _weight(shuffle.over[side], made) for side in may_go}
        # The first keeps rows in the order of the left frame, if that may stay.
        goes = min(weights, key=lambda side: weights[side] * (1 if side == may_go[0] else _LESS))
        if weights[goes] > left:
            return node
        left -= weights[goes]
        found = _of_as_many(node, shuffle, goes, f"about {format_bytes(weights[goes])}")
        made.add(found.name)
        return found

    return rewrite(roots, change) if most else list(roots)


def _weight(node: Node, unknown: Container[str]) -> float:
    """Bytes that ``node`` takes in memory, roughly; more than any number where nobody knows.

    So with what is made of ``unknown`` nodes, by name: joins have as many rows as there are pairs.
    """
    if any(each.name in unknown for each in topological([node])):
        return float("inf")
    weights = block_bytes(node)
    return float("inf") if weights is None else sum(weights)


def _of_as_many(node: Blockwise, shuffle: Shuffle, side: int, why: str) -> Node:
    """What ``node`` makes of a shuffle, by looking up ``side``: as many blocks, the last of them without rows."""
    gather: Any = node.kernel
    found = looked_up(shuffle.over[1 - side], shuffle.over[side], gather.finish, side, why)
    n = node.npartitions - found.npartitions
    if not n:
        return found
    empty = kernels.frames.blocks.emptied(gather.finish(*[each.meta for each in gather.sides]))
    key = f"{found.name}-empty"  # those of other joins have other columns
    rest = FromGraph(verb="merge", keys=[key] * n, values={key: empty})
    return Blockwise(
        verb="merge", kernel=None, over=(found, rest), blockmap=Concatenated((found.npartitions, n))
    )
