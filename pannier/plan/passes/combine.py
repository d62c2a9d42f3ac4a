"""Reduce the records of each key before they are shuffled, where only the answers are wanted."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

from pannier import kernels, shuffle
from pannier.kernels.chain import Chain
from pannier.kernels.kernel import Kernel
from pannier.kernels.reductions import Builtin, Count, Extreme, Fold, Mean, Reduction
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.plan.rewrite import readers, rewrite

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
        return _combined(node, groups, gather, reduction)

    return rewrite(roots, combined)


def _reduction(node: Node) -> Reduction | None:
    """What ``node`` makes of each group, if it is that alone."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Kernel):
        return None
    if isinstance(node.kernel, kernels.groups.ReduceGroups):
        return node.kernel.reduction
    if isinstance(node.kernel, kernels.records.MapValues):
        try:
            return _OF_GROUPS.get(node.kernel.func)
        except TypeError:  # a callable that cannot be hashed
            return None
    return None


def _gather_of_groups(node: Node) -> shuffle.gather.Gather | None:
    """The kernel that gathers ``node``, if it is the groups of one bag and nothing else."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Chain) or node.kernel.steps:
        return None
    head = node.kernel.head
    if not isinstance(head, shuffle.gather.Gather) or head.groupings != (kernels.groups.Groups(),):
        return None
    return head if head.finish == head.groupings[0].finish else None


def _combined(node: Node, groups: Node, gather: shuffle.gather.Gather, reduction: Reduction) -> Node:
    """The answers of ``node``, by way of partial answers."""
    assert isinstance(groups, Blockwise)
    (shuffled,) = groups.inputs
    assert isinstance(shuffled, Shuffle)
    (split,) = shuffled.splits
    assert isinstance(split, shuffle.split.Split)
    (over,), grouping = shuffled.over, _grouping(reduction)
    if (
        isinstance(grouping, kernels.groups.CountByKey)
        and isinstance(over, Blockwise)
        and isinstance(over.kernel, kernels.records.KeyBy)
    ):
        # Keys that were made for these groups: without records beside them, a record lives as long as its key takes.
        keys = kernels.groups.KeyOf(over.kernel.func, over.kernel.verb)
        over, grouping = dataclasses.replace(over, kernel=keys, name=""), kernels.groups.Frequencies()
    shown = f"{gather.shown}.{reduction.label}"
    split = dataclasses.replace(split, grouping=grouping, shown=shown)
    combined = dataclasses.replace(shuffled, verb=node.verb, name="", over=(over,), splits=(split,))
    kernel = Chain(
        (), head=shuffle.gather.Gather((grouping,), grouping.finish, gather.buckets, shown), head_args=(0, 1)
    )
    return dataclasses.replace(groups, verb=node.verb, name=node.name, kernel=kernel, over=(combined,))


def _grouping(reduction: Reduction) -> kernels.groups.Grouping:
    """What makes of the records of each key what ``reduction`` makes of a group.

    Record by record where that is as fast as by lists of records: then an error is that of its record.
    """
    match reduction:
        case Count():
            return kernels.groups.CountByKey()
        case Fold():
            return kernels.totals.folding(reduction.binop, reduction.joiner, reduction.initial)
        case Builtin() if reduction.func is sum:
            return kernels.totals.CombineByKey(operator.add, operator.add, functools.partial(operator.add, 0))
        case Extreme(key=None):
            return kernels.totals.CombineByKey(reduction.func, reduction.func)
        case Mean():
            return kernels.totals.CombineByKey(_counted_in, _added, _counted, (reduction.finish,))
        case _:
            return kernels.groups.ByKey(reduction)


def _counted(value: Any) -> tuple[Any, int]:
    """The partial of :class:`~pannier.kernels.reductions.Mean` for one value."""
    return 0 + value, 1


def _counted_in(partial: tuple[Any, int], value: Any) -> tuple[Any, int]:
    return partial[0] + value, partial[1] + 1


def _added(first: tuple[Any, int], second: tuple[Any, int]) -> tuple[Any, int]:
    return first[0] + second[0], first[1] + second[1]
