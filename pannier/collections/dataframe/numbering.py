"""Labels that only number rows, made those of the whole frame; and steps that know the rows before each partition."""

from __future__ import annotations

from bisect import bisect
from typing import Any

import pandas as pd

from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.collections.dataframe.partitions import Numbers
from pannier.kernels.frames.numbering import (
    Counted,
    CountOf,
    MovedUp,
    Numbered,
    RowCount,
    RunningCount,
    RunningCounts,
)
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned, Neighbours
from pannier.plan.carrying import carried
from pannier.plan.nodes import Blockwise, Node, Source


def numbered_through(frame: FrameLike) -> Any:
    """``frame`` with labels that number rows over all partitions, where they only do within each; else itself.

    A partition waits for the lengths of those before it.
    """
    numbers = frame._numbers
    if numbers is None or frame.npartitions == 1:
        return frame
    node = (
        after_counts("number", frame.node, Numbered())
        if frame._is_numbered
        else _moved_up(frame.node, numbers)
    )
    return wrap(node, frame._meta, None, frame._rows)


def with_labels(frame: FrameLike) -> Any:
    """``frame`` numbered through where rows were left out since their labels were given; else itself.

    Where all are there, the answer is numbered when it is put together, for which nothing waits.
    """
    return frame if frame._is_numbered else numbered_through(frame)


def only_numbers(frame: FrameLike) -> bool:
    """Whether labels are known to be the numbers that pandas gives rows which have no others.

    Of rows that were picked, sorted or made by a function they may be others, which are not lost then.
    """
    if frame._is_numbered:
        return True
    labels, node = frame._meta.index, frame.node
    if not isinstance(labels, pd.RangeIndex) or labels.name is not None:
        return False
    while isinstance(node, Blockwise) and getattr(node.kernel, "keeps_rows", False):
        node = node.over[0]  # a function of the user's may keep the rows, and put them in another order
    if not isinstance(node, Source) or node.name != frame._rows:
        return False
    numbers_rows = getattr(node.reader, "numbers_rows", None)
    return numbers_rows is not None and bool(numbers_rows(node.parts))


def after_counts(verb: str, over: Node, kernel: BlockKernel, *shared: Node) -> Node:
    """A node of what ``kernel`` makes of each block, the number of rows before it, in a list, and what is ``shared``.

    The list is empty for the first block.
    """
    counts = carried("number", over, RowCount(), RunningCount())
    blockmap = Neighbours(over.npartitions, (0, -1, *[None] * len(shared)))
    return Blockwise(verb=verb, kernel=kernel, over=(over, counts, *shared), blockmap=blockmap)


def _moved_up(left: Node, numbers: Numbers) -> Node:
    """Rows that are ``left`` of those that have ``numbers``, with labels that count the rows of partitions before.

    One task makes both, and gives on the former and how many there were: the latter are not kept until it is known how
    many came before.
    """
    n = left.npartitions
    counted = Blockwise(
        verb="count",
        kernel=Counted(),
        over=(left, numbers.node),
        blockmap=Aligned(n, (False, False)),
        params=([bisect(numbers.starts, i) for i in range(n)],),
    )
    counts = carried("number", counted, CountOf(), RunningCounts())
    return Blockwise(verb="number", kernel=MovedUp(), over=(counted, counts), blockmap=Neighbours(n, (0, -1)))
