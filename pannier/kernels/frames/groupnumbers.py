"""The number of the group of each row.

A block numbers its own groups as they appear, and one row of each goes to where the others of the group are.  What
comes back are the numbers of the groups of a block, in the order in which they appear in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.groupcodes import groups_of, is_complete, order_by_code
from pannier.kernels.frames.grouping import framed
from pannier.kernels.kernel import BlockKernel


@frozen
class LocalNumbers(BlockKernel):
    """For each row the place of its group among those of the block, as they appear; -1 where it is in none.

    >>> LocalNumbers(dropna=True)(pd.DataFrame({0: ["b", None, "a", "b"]})).tolist()
    [0, -1, 1, 0]
    """

    dropna: bool

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        keys = [column for _, column in block.items()]
        complete = is_complete(keys) if self.dropna else None
        if complete is None:
            return pd.Series(groups_of(keys, sort=False).by_appearance().codes, block.index)
        numbers = np.full(len(block), -1, np.intp)
        if complete.any():
            some = [key[complete] for key in keys]
            numbers[complete] = groups_of(some, sort=False).by_appearance().codes
        return pd.Series(numbers, block.index)

    @property
    def label(self) -> str:
        return "ngroup"


@frozen
class GroupStarts(BlockKernel):
    """Rows by group, the groups in the order of their keys: 1 where a group begins, else 0; and the position of the row.

    >>> GroupStarts()(pd.DataFrame({0: ["b", "a", "b"], 1: [7, 8, 9]})).values.tolist()
    [[1, 8], [1, 7], [0, 9]]
    """

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        groups = groups_of([block.iloc[:, i] for i in range(block.shape[1] - 1)])
        order = order_by_code(groups.codes, groups.n)
        starts = np.diff(groups.codes[order], prepend=-1) > 0
        return framed([starts.astype(np.int64), block.iloc[:, -1].to_numpy()[order]])

    @property
    def label(self) -> str:
        return "ngroup"


@frozen
class GroupFirsts(BlockKernel):
    """For each row the position of the first row of its group, and its own.

    >>> GroupFirsts()(pd.DataFrame({0: ["b", "a", "b"], 1: [7, 8, 9]})).values.tolist()
    [[7, 7], [8, 8], [7, 9]]
    """

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        groups = groups_of([block.iloc[:, i] for i in range(block.shape[1] - 1)], sort=False)
        positions = block.iloc[:, -1].to_numpy()
        return framed([positions[groups.first][groups.codes], positions])

    @property
    def label(self) -> str:
        return "ngroup"


@frozen
class NumbersOfAll(BlockKernel):
    """For each row the number of its group, from its place in the block and the numbers of the block's groups.

    >>> NumbersOfAll()(pd.Series([0, 1, 0]), pd.Series([5, 3])).tolist()
    [5, 3, 5]
    >>> NumbersOfAll()(pd.Series([0, -1]), pd.Series([5])).tolist()
    [5.0, nan]
    """

    def __call__(self, *blocks: Any) -> Any:
        places, numbers = blocks
        found = numbers.to_numpy()
        if len(places) and places.min() < 0:
            found = np.append(found.astype(np.float64), np.nan)  # the last one is number -1
        return pd.Series(found[places.to_numpy()], places.index)

    @property
    def label(self) -> str:
        return "ngroup"
