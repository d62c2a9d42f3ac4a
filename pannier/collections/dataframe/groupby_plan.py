"""Nodes of groups: partials of blocks, a shuffle by key, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from pannier.errors import UsageError
from pannier.kernels.frames.grouping import GroupAggregate, GroupAnswers, GroupPartials, GroupShape
from pannier.kernels.frames.grouprows import PARTITION_BITS, Restored
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.shuffle.frames import FrameGather, Side
from pannier.shuffle.frames_few import FewBySize, FewOrSplit, few_rows
from pannier.shuffle.frames_home import Home, HomeGather, HomeSplit
from pannier.shuffle.frames_ranges import ByRange, Keys, RangeGather, RangeSplit

_LEAST_BUCKETS: Final = 16
_BUCKETS_A_GATHER: Final = 4
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
    shape: BlockKernel | None = None,
) -> Blockwise:
    """A node of the answers of ``plan`` about ``keyed``, frames of keys and values.

    What comes back has the ``shape`` that pandas gives it, by default a row for each group.
    """
    shape = shape or GroupShape(plan)
    partials = step(verb, GroupPartials(plan), keyed)
    n = 1 if plan.lists_unobserved else gathers_of(keyed, split_out)
    if keyed.npartitions == 1:
        return step(verb, shape, step(verb, GroupAnswers(plan), partials))
    keys = Keys(len(plan.names), plan.chunk(keyed_meta), plan.needs_labels)
    coalesce = split_out is None or split_out is True
    answers = by_key(verb, partials, keys, n, coalesce, GroupAnswers(plan), in_order=plan.sort)
    return step(verb, shape, answers)


def by_key(
    verb: str,
    over: Node,
    keys: Keys,
    n: int,
    coalesce: bool,
    finish: BlockKernel | None,
    in_order: bool,
) -> Blockwise:
    """A node of at most ``n`` partitions of what ``finish`` makes of the rows of ``over``, all of a key at once.

    Partitions are in the order of keys if they have to be ``in_order``.
    """
    if in_order:
        split, route = RangeSplit(keys, over.npartitions, verb), ByRange(keys, coalesce)
        shuffle = Shuffle(verb=verb, over=(over,), splits=(split,), route=route, gathers=n)
        return gathered(verb, shuffle, RangeGather(keys, finish, verb))
    hashed = isinstance(finish, GroupAnswers)
    side = Side(tuple(range(keys.n)), keys.meta, keys.keeps_index, keeps_hashes=hashed)
    buckets = max(_LEAST_BUCKETS, 1 << (_BUCKETS_A_GATHER * n - 1).bit_length())
    few = FewOrSplit(side, buckets, verb, few=few_rows(over.npartitions))
    shuffle = Shuffle(
        verb=verb, over=(over,), splits=(few,), route=FewBySize(side, buckets, coalesce), gathers=n
    )
    return gathered(verb, shuffle, FrameGather((side,), finish, buckets, verb))


def brought_home(verb: str, over: Node, n: int, made: pd.DataFrame, meta: Any, skip: int) -> Blockwise:
    """A node of ``n`` partitions of the rows of ``over``, each where its position says, in the order of these.

    ``made`` is a block of ``over`` without rows, ``meta`` what is left of it without ``skip`` columns and positions.
    """
    restored = Restored(meta, skip)
    if n == 1:
        return step(verb, restored, over)
    split = HomeSplit(PARTITION_BITS, verb)
    shuffle = Shuffle(verb=verb, over=(over,), splits=(split,), route=Home(), gathers=n)
    return gathered(verb, shuffle, HomeGather(made, restored, verb))


def gathered(verb: str, shuffle: Shuffle, kernel: BlockKernel) -> Blockwise:
    """A node whose block i is what ``kernel`` makes of block i of ``shuffle``, and ``i``."""
    n = shuffle.gathers
    return Blockwise(verb=verb, kernel=kernel, over=(shuffle,), blockmap=Aligned(n), params=(range(n),))


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
