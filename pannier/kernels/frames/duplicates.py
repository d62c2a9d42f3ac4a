"""Rows that are there more than once.

Of equal rows of a block one goes to where the others of all blocks are.  What is found there comes back as the
numbers of rows in their blocks, and is added to what each block knows of itself::

    block 0   a a b   ->  a0 b2  ->  b2 is first, b0 of block 1 is again  ->  a A b
    block 1   b c     ->  b0 c1                                           ->  B c
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.grouping import framed
from pannier.kernels.frames.grouprows import PARTITION_BITS
from pannier.kernels.frames.reductions import columns_of
from pannier.kernels.kernel import BlockKernel


@frozen
class Representatives(BlockKernel):
    """One of equal rows each, the last or else the first: its columns by place, and its position as one more.

    The second argument is the number of the partition.

    >>> Representatives(None, "first")(pd.Series(["b", "a", "b"]), 0).values.tolist()
    [['b', 0], ['a', 1]]
    """

    subset: tuple[Any, ...] | None
    """The columns that are looked at; None for all, and of a series or an index."""
    keep: Any

    def __call__(self, *blocks: Any) -> Any:
        block, number = blocks
        looked_at = {} if self.subset is None else {"subset": self.subset}
        keep = "last" if self.keep == "last" else "first"
        rows = np.flatnonzero(~np.asarray(block.duplicated(**looked_at, keep=keep)))
        if isinstance(block, pd.MultiIndex):
            block = block.to_frame(index=False)
        arrays = [column.array.take(rows) for column in columns_of(block)]
        return framed([*arrays, rows + (number << PARTITION_BITS)])

    @property
    def label(self) -> str:
        return "duplicated"


@frozen
class Repeated(BlockKernel):
    """Of representatives those that are equal to others: their numbers in their blocks, and their positions.

    >>> block = pd.DataFrame({0: ["b", "a", "b"], 1: [0, 1, 1 << PARTITION_BITS]})
    >>> Repeated(None, "first")(block)[0].tolist()
    [0]
    """

    subset: tuple[Any, ...] | None
    keep: Any

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        again = block.iloc[:, :-1].duplicated(self.subset, self.keep).to_numpy()
        positions = block.iloc[:, -1].to_numpy()[again]
        return framed([positions & ((1 << PARTITION_BITS) - 1), positions])

    @property
    def label(self) -> str:
        return "duplicated"


@frozen
class Marked(FrameKernel):
    """Truth values, of which those in the rows that the second block numbers are true besides.

    >>> Marked()(pd.Series([True, False, False]), pd.Series([2])).tolist()
    [True, False, True]
    """

    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        marks, rows = blocks
        again = np.zeros(len(marks), np.bool_)
        again[rows.to_numpy()] = True
        return marks | again

    @property
    def label(self) -> str:
        return "duplicated"
