"""Labels that only number rows, made those of the whole frame; and steps that know the rows before each partition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.kernels.frames.numbering import Numbered, RowCount, RunningCount
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Neighbours
from pannier.plan.carrying import carried
from pannier.plan.nodes import Blockwise, Node, Source


def numbered_through(frame: FrameLike) -> Any:
    """``frame`` with rows numbered over all partitions, where its labels are only numbers within each; else itself.

    A partition waits for the lengths of those before it.
    """
    if not frame._is_numbered or frame.npartitions == 1:
        return frame
    return wrap(after_counts("number", frame.node, Numbered()), frame._meta, None, frame._rows)


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
