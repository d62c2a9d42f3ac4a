"""What frames and series have of groups: the verb that makes them."""

from __future__ import annotations

from typing import Any

from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike


class Groupable(FrameLike):
    """``groupby``."""

    __slots__ = ()

    def groupby(
        self,
        by: Any = None,
        level: Any = None,
        as_index: bool = True,
        sort: bool | None = None,
        group_keys: bool = True,
        observed: bool | None = None,
        dropna: bool | None = None,
    ) -> Any:
        """The rows by key: a column, a series of the same rows, a level of the index, a Grouper, or a list of these.

        A pandas Grouper with a frequency is the stretch of time that each row is in.  Alone, it gives all stretches from
        the first to the last, and rows are in the order of their times; what depends on that order sorts the frame.

        ``sort``, ``observed`` and ``dropna`` are true unless told otherwise, as in pandas: groups are in the order of
        their keys, categories without rows are no groups, and rows without a key are in none.

        Raises KeyError for a key that is neither a column nor a level, UsageError for a function or a dict: make a
        column of it first; and for ``dropna=False`` with a Grouper with a frequency among other keys.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [3, 4, 5]}), npartitions=2)
        >>> df.groupby(df.x % 2).x.max().compute(scheduler="sync").tolist()
        [4, 5]
        """
        return dataframe.groupby.grouped(
            self,
            by,
            level,
            as_index=as_index,
            sort=sort is not False,
            group_keys=group_keys,
            observed=observed is not False,
            dropna=dropna is not False,
        )
