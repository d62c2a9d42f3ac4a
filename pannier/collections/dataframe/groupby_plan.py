"""Nodes of groups: partials of blocks, and the answers that come of them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, Final

import pandas as pd

from pannier import config, shuffle
from pannier.collections import dataframe
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.grouping import GroupAggregate
from pannier.kernels.frames.groupsteps import GroupAnswers, GroupPartials, GroupShape
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, TreeReduce

_ALL_GATHERS: Final = 32
"""Partitions of an answer, beside a part of those of the frame: what has few groups has few that are not empty."""
_GATHERS_SHARE: Final = 8


def gathers_of(over: Node, split_out: int | bool | None) -> int:
    """How many partitions an answer about the groups of ``over`` gets at most; as many as are asked for, if any are.

    Raises :class:`~pannier.errors.UsageError` for a number below 1.
    """
    if split_out is None or split_out is True:
        n = over.npartitions
        return n if split_out else min(n, _ALL_GATHERS + n // _GATHERS_SHARE)
    if split_out is not False and split_out < 1:
        raise UsageError(f"split_out is a number of partitions, at least 1, not {split_out}")
    return int(split_out) or 1


def aggregated(
    verb: str,
    keyed: Node,
    keyed_meta: Any,
    plan: GroupAggregate,
    split_out: Any,
    unsettled: Container[int],
    shape: BlockKernel | None = None,
) -> Blockwise:
    """A node of the answers of ``plan`` about ``keyed``, frames of keys and values.

    What comes back has the ``shape`` that pandas gives it, by default a row for each group.  Keys that are ``unsettled``, by
    place, are of the types that they have in all partitions, also where a partition has no group.
    """
    shape = shape or GroupShape(plan)
    partials = step(verb, GroupPartials(plan), keyed)
    n = 1 if plan.lists_unobserved else gathers_of(keyed, split_out)
    if keyed.npartitions == 1:
        return step(verb, shape, step(verb, GroupAnswers(plan), partials))
    keys = shuffle.frames_ranges.Keys(len(plan.names), plan.chunk(keyed_meta), plan.needs_labels)
    coalesce = split_out is None or split_out is True
    answers = dataframe.groupby_shuffle.by_key(
        verb, partials, keys, n, coalesce, GroupAnswers(plan), in_order=plan.sort
    )
    if places := frozenset(i for i in range(len(plan.names)) if i in unsettled):
        reduction = frames.gaps.TypesOf(places)
        types = TreeReduce(verb=verb, reduction=reduction, over=partials, fan_in=config.get("fan_in"))
        answers = Blockwise(
            verb=verb,
            kernel=frames.gaps.InTypes(),
            over=(answers, types),
            blockmap=Aligned(answers.npartitions, (False, True)),
        )
    return step(verb, shape, answers)


def step(verb: str, kernel: BlockKernel, *over: Node, params: tuple[Sequence[Any], ...] = ()) -> Blockwise:
    """A node of what ``kernel`` makes of each block of ``over``."""
    n = over[0].npartitions
    return Blockwise(
        verb=verb, kernel=kernel, over=over, blockmap=Aligned(n, (False,) * len(over)), params=params
    )


def is_column_of(series: Any, frame: Any) -> bool:
    """Whether ``series`` is column ``series.name`` of ``frame``, unchanged."""
    if not isinstance(series._meta, pd.Series) or not isinstance(frame._meta, pd.DataFrame):
        return False
    name = series._meta.name
    return name in frame._meta.columns and bool(frame[name].node.name == series.node.name)
