"""Have joins look one side up that are planned as shuffles of both.

While a plan is made it is known which sides are small.  How much memory there is for larger ones is known when it is
computed: where all tasks share it, and rows are found by a number, to move both sides takes longer than to have one whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pannier import kernels, plan
from pannier.kernels.frames.base import Filter
from pannier.plan.blockmaps import Concatenated
from pannier.plan.nodes import Blockwise, FromGraph, Node, Shuffle
from pannier.plan.passes.limit import keeps_rows
from pannier.plan.rewrite import rewrite, topological
from pannier.sizes import format_bytes

_LESS: Final = 2
"""How many times less than the first a side has to take to be looked up in its place."""


def look_up_where_there_is_room(roots: Sequence[Node], most: int) -> list[Node]:
    """``roots`` with joins that shuffle both sides changed into such that look one up, where the plan leaves that open.

    The sides that are whole for a join and for all that it is made of take no more than about ``most`` bytes together.
    What else is computed does not count: partitions of a join that are computed one by one have to fit each other.
    """
    held: dict[str, dict[str, float]] = {}

    def change(node: Node) -> Node:
        before = {name: size for each in node.inputs for name, size in held.get(each.name, {}).items()}
        found, size = _changed(node, most - sum(before.values()))
        if size is not None:
            before[found.name] = size
        if before:
            held[found.name] = before
        return found

    return rewrite(roots, change) if most else list(roots)


def _changed(node: Node, room: float) -> tuple[Node, float | None]:
    """``node``, or a join in its place of which one side is looked up, and the bytes of that."""
    may_go: Sequence[int] = getattr(node.kernel, "may_go", ()) if isinstance(node, Blockwise) else ()
    if not may_go:
        return node, None
    assert isinstance(node, Blockwise), "it has a kernel"
    (shuffle,) = node.over
    assert isinstance(shuffle, Shuffle), "a gather reads one"
    weights = {side: _weight(shuffle.over[side]) for side in may_go}
    # The first keeps rows in the order of the left frame, if that may stay.
    goes = min(weights, key=lambda side: weights[side] * (1 if side == may_go[0] else _LESS))
    if weights[goes] > room:
        return node, None
    return _of_as_many(node, shuffle, goes, f"about {format_bytes(int(weights[goes]))}"), weights[goes]


def _weight(node: Node) -> float:
    """Bytes that ``node`` takes in memory, roughly; more than any number where nobody knows, or it may have grown."""
    weights = plan.estimates.block_bytes(node) if all(map(_is_no_larger, topological([node]))) else None
    return float("inf") if weights is None else sum(weights)


def _is_no_larger(node: Node) -> bool:
    """Whether ``node`` has no more rows than it reads: unlike joins, or a user's functions of partitions."""
    if not isinstance(node, Blockwise):
        return True  # of others nobody knows a weight, but of sources and values
    return node.kernel is None or keeps_rows(node) or isinstance(node.kernel, Filter)


def _of_as_many(node: Blockwise, shuffle: Shuffle, side: int, why: str) -> Node:
    """What ``node`` makes of a shuffle, by looking up ``side``: as many blocks, the last of them without rows."""
    gather: Any = node.kernel
    found = plan.lookups.looked_up(shuffle.over[1 - side], shuffle.over[side], gather.finish, side, why)
    n = node.npartitions - found.npartitions
    if not n:
        return found
    empty = kernels.frames.blocks.emptied(gather.finish(*[each.meta for each in gather.sides]))
    key = f"{found.name}-empty"  # those of other joins have other columns
    rest = FromGraph(verb="merge", keys=[key] * n, values={key: empty})
    return Blockwise(
        verb="merge", kernel=None, over=(found, rest), blockmap=Concatenated((found.npartitions, n))
    )
