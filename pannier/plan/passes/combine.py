"""Reduce the records of each key before they are shuffled, where only the answers are wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

from pannier.kernels.chain import Chain
from pannier.kernels.groups import ByKey, CountByKey, Frequencies, Grouping, Groups, KeyOf, ReduceGroups
from pannier.kernels.records import KeyBy, MapValues
from pannier.kernels.reductions import Builtin, Count, Extreme, Fold, Reduction
from pannier.kernels.totals import folding
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.plan.rewrite import readers, rewrite
from pannier.shuffle.gather import Gather
from pannier.shuffle.split import Split

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
        gather = gather_of_groups(groups)
        if gather is None:
            return node
        if reads[groups.name] > 1:
            notes.append(f"{node.verb} reads whole groups: others read them too")
            return node
        return _combined(node, groups, gather, reduction)

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


def gather_of_groups(node: Node) -> Gather | None:
    """The kernel that gathers ``node``, if it is the groups of one bag and nothing else."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Chain) or node.kernel.steps:
        return None
    head = node.kernel.head
    if not isinstance(head, Gather) or head.groupings != (Groups(),):
        return None
    return head if head.finish == head.groupings[0].finish else None


def _combined(node: Node, groups: Node, gather: Gather, reduction: Reduction) -> Node:
    """The answers of ``node``, by way of partial answers."""
    assert isinstance(groups, Blockwise)
    (shuffle,) = groups.inputs
    assert isinstance(shuffle, Shuffle)
    (split,) = shuffle.splits
    assert isinstance(split, Split)
    (over,), grouping = shuffle.over, _grouping(reduction)
    if isinstance(grouping, CountByKey) and isinstance(over, Blockwise) and isinstance(over.kernel, KeyBy):
        # Keys that were made for these groups: without records beside them, a record lives as long as its key takes.
        keys = KeyOf(over.kernel.func, over.kernel.verb)
        over, grouping = dataclasses.replace(over, kernel=keys, name=""), Frequencies()
    shown = f"{gather.shown}.{reduction.label}"
    split = dataclasses.replace(split, grouping=grouping, shown=shown)
    combined = dataclasses.replace(shuffle, verb=node.verb, name="", over=(over,), splits=(split,))
    kernel = Chain((), head=Gather((grouping,), grouping.finish, gather.buckets, shown), head_args=(0, 1))
    return dataclasses.replace(groups, verb=node.verb, name=node.name, kernel=kernel, over=(combined,))


def _grouping(reduction: Reduction) -> Grouping:
    """What makes of the records of each key what ``reduction`` makes of a group."""
    match reduction:
        case Count():
            return CountByKey()
        case Fold():
            return folding(reduction.binop, reduction.joiner, reduction.initial)
        case _:
            return ByKey(reduction)
