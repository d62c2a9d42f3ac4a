"""Nodes that bring the rows of a group together, and answers about rows back to where the rows are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pannier import shuffle
from pannier.collections.dataframe.groupby_plan import gathers_of, step
from pannier.collections.dataframe.shuffle import few_or_many, frames_gathered
from pannier.kernels import frames
from pannier.kernels.frames.groupsteps import GroupAnswers
from pannier.kernels.kernel import BlockKernel
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.shuffle.frames import Side
from pannier.shuffle.frames_ranges import ByRange, Keys, RangeGather, RangeSplit


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
        shuffled = Shuffle(verb=verb, over=(over,), splits=(split,), route=route, gathers=n)
        return frames_gathered(verb, shuffled, RangeGather(keys, finish, verb))
    hashed = isinstance(finish, GroupAnswers)
    side = Side(tuple(range(keys.n)), keys.meta, keys.keeps_index, keeps_hashes=hashed)
    may_stay = isinstance(finish, GroupAnswers) and not finish.aggregate.needs_rows
    return few_or_many(verb, over, side, finish, n, may_stay=may_stay, coalesce=coalesce)


def brought_home(
    verb: str, over: Node, n: int, made: pd.DataFrame, meta: Any, skip: int = 0, keeps_index: bool = True
) -> Blockwise:
    """A node of ``n`` partitions of the rows of ``over``, each where its position says, in the order of these.

    ``made`` is a block of ``over`` without rows, ``meta`` what is left of it without ``skip`` columns and positions.
    Labels that nobody needs may stay behind.
    """
    restored = frames.grouprows.Restored(meta, skip)
    if n == 1:
        return step(verb, restored, over)
    home = shuffle.frames_home
    split = home.HomeSplit(frames.grouprows.PARTITION_BITS, verb, keeps_index)
    shuffled = Shuffle(verb=verb, over=(over,), splits=(split,), route=home.Home(), gathers=n)
    return frames_gathered(verb, shuffled, home.HomeGather(made, restored, verb))


def asked_of_others(verb: str, over: Node, empty: pd.DataFrame, finish: BlockKernel) -> Blockwise:
    """What ``finish`` finds out of rows of equal keys, one value a row, a series in the order of rows, where they are from.

    The last column of ``over`` has the positions of rows, those before it are keys; ``empty`` is a block without rows.
    What ``finish`` makes has the value, and a position.
    """
    keys = Keys(empty.shape[1] - 1, empty)
    found = by_key(verb, over, keys, gathers_of(over, None), True, finish, in_order=False)
    return brought_home(verb, found, over.npartitions, finish(empty), pd.Series(dtype="int64"), 0)
