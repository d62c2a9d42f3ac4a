"""Reduce the records of each key before they are shuffled, where only the answers are wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

from pannier.kernels.chain import Chain
from pannier.kernels.groups import ByKey, Groups, ReduceGroups
from pannier.kernels.records import MapValues
from pannier.kernels.reductions import Builtin, Count, Extreme, Reduction
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.plan.rewrite import readers, rewrite
from pannier.shuffle.gather import Gather

_OF_GROUPS: Final[dict[Callable[..., Any], Reduction]] = {
    len: Count(),
    sum: Builtin(sum),
    min: Extreme(min),
    max: Extreme(max),
    any: Builtin(any),
    all: Builtin(all),
}
"""Functions of a group that are reductions."""


def combine_before_shuffling(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``groupby(f).count()``, and ``groupby(f).map_values(len)``, send counts to their gathers, and no records."""
    reads = readers(roots)

    def combined(node: Node) -> Node:
        reduction = _reduction(node)
        if reduction is None:
            return node
        (groups,) = node.inputs
        gather = _gather_of_groups(groups)
        if gather is None:
            return node
        if reads[groups.name] > 1:
            notes.append(f"{node.verb} reads whole groups: others read them too")
            return node
        return _by_key(node, groups, gather, ByKey(reduction))

    return rewrite(roots, combined)


def _reduction(node: Node) -> Reduction | None:
    """What ``node`` makes of each group, if it is that alone."""
    if not isinstance(node, Blockwise):
        return None
    if isinstance(node.kernel, ReduceGroups):
        return node.kernel.reduction
    if isinstance(node.kernel, MapValues):
        try:
            return _OF_GROUPS.get(node.kernel.func)
        except TypeError:  # a callable that cannot be hashed
            return None
    return None


def _gather_of_groups(node: Node) -> Gather | None:
    """The kernel that gathers ``node``, if it is the groups of one bag and nothing else."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Chain) or node.kernel.steps:
        return None
    head = node.kernel.head
    return head if isinstance(head, Gather) and head.groupings == (Groups(),) else None


def _by_key(node: Node, groups: Node, gather: Gather, by_key: ByKey) -> Node:
    """The answers of ``node``, by way of partial answers."""
    assert isinstance(groups, Blockwise)
    (shuffle,) = groups.inputs
    assert isinstance(shuffle, Shuffle)
    splits = tuple([dataclasses.replace(split, grouping=by_key) for split in shuffle.splits])  # type: ignore[type-var]
    combined = Shuffle(
        verb=node.verb, over=shuffle.over, splits=splits, route=shuffle.route, gathers=shuffle.gathers
    )
    shown = f"{gather.shown}.{by_key.reduction.label}"
    kernel = Chain((), head=Gather((by_key,), by_key.finish, gather.buckets, shown), head_args=(0, 1))
    return dataclasses.replace(groups, verb=node.verb, name=node.name, kernel=kernel, over=(combined,))
