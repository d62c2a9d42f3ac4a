"""The levels of an index, by place."""

from __future__ import annotations

from typing import Any

import pandas as pd


def levels_of(index: pd.Index[Any]) -> list[pd.Index[Any]]:
    """The labels of each level, one a row; of an index that has no levels itself.

    pandas takes a number for the name of a level first, and for its place only if none is called so.

    >>> swapped = pd.MultiIndex.from_tuples([("a", 5)], names=[1, 0])
    >>> [level.tolist() for level in levels_of(swapped)], swapped.get_level_values(0).tolist()
    ([['a'], [5]], [5])
    """
    if not isinstance(index, pd.MultiIndex):
        return [index]
    unnamed = index.set_names([None] * index.nlevels)
    return [unnamed.get_level_values(i).rename(name) for i, name in enumerate(index.names)]
