"""What values there are: how many different ones, how often each, and whether they are in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pannier import shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.summaries import Split, Summaries
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall


class Sizes(Summaries):
    """How many different rows there are, and how much memory they take."""

    __slots__ = ()

    def nunique_approx(self, split_every: Split = None) -> Any:
        """About how many different rows, or values that are not missing, there are; the standard error is 0.8 %.

        Takes 16 KiB a partition, whatever is in it.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([3, 1, 3, None]), npartitions=2)
        >>> x.nunique_approx().compute(scheduler="sync")
        2
        """
        return self._summary("nunique_approx", frames.distinct.NUniqueApproximate(), split_every)

    def memory_usage(self, index: bool = True, deep: bool = False) -> Any:
        """The bytes of each column, and of the index, or of a series: the sum over the partitions."""
        return self._summary("memory_usage", frames.facts.MemoryUsage(index, deep))

    def memory_usage_per_partition(self, index: bool = True, deep: bool = False) -> Any:
        """The bytes of each partition, a value a partition."""
        kernel = frames.facts.MemoryOfPartition(index, deep)
        numbers = range(self.npartitions)
        return self._blockwise("memory_usage_per_partition", kernel, params=(numbers,))

    @property
    def nbytes(self) -> Any:
        """The bytes of all values, without the index, lazily."""
        return self._summary("nbytes", frames.facts.Size())

    def _marked(self, subset: tuple[Any, ...] | None, keep: Any) -> Any:
        """Whether each row is equal to another one of all partitions."""
        own = () if subset is None else (("subset", subset),)
        marks = self._blockwise("duplicated", MethodCall("duplicated", (), (*own, ("keep", keep))))
        if self.npartitions == 1 or self._meta.shape[1:] == (0,):
            return marks
        kernel = frames.duplicates.Representatives(subset, keep)
        one_each = self._blockwise("duplicated", kernel, params=(range(self.npartitions),))
        # pandas takes None and NaN for equal, but not in a column that is looked at alone: of two names it is not.
        is_named_twice = subset is not None and len(subset) > 1 and one_each._meta.shape[1] == 2
        repeated = frames.duplicates.Repeated((0, 0) if is_named_twice else None, keep)
        rows = dataframe.groupby_shuffle.asked_of_others(
            "duplicated", one_each.node, one_each._meta, repeated
        )
        made = dataframe.groupby_plan.step("duplicated", frames.duplicates.Marked(), marks.node, rows)
        return wrap(made, marks._meta, marks._divisions, marks._rows, marks._numbers)


class DistinctRows(Sizes):
    """What a frame can be asked of its rows."""

    __slots__ = ()

    def duplicated(self, subset: Any = None, keep: Any = "first") -> Any:
        """For each row whether it is equal to another one, of any partition, in the columns of ``subset`` or in all.

        It is a series of truth values in the places of the rows, so that ``df[~df.duplicated()]`` is right.  ``keep``
        says which of equal rows is not one: the "first", the "last", or with False none.  Only one of the rows that are
        equal in a partition is sent to where those of others are, and nothing but the looked-at columns of it.

        Raises KeyError for columns that are not there, ValueError for another ``keep`` and for a ``subset`` of no
        columns; TypeError, when it runs, for values of several columns that cannot be hashed, such as lists.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 1], "y": [1, 2, 3]}), npartitions=2)
        >>> df.duplicated("x").compute(scheduler="sync").tolist()
        [False, False, True]
        """
        columns = self._meta.columns
        names = tuple(columns) if subset is None else _names(subset, columns)
        if subset is not None and not names:
            raise ValueError("subset names no column; leave it out to look at all of them")
        with self._explained():
            frames.reductions.plausible(self._meta).duplicated(names, keep)  # raises what pandas raises
        if len(names) == 1 and not columns.is_unique:
            names *= 2
        return self._narrowed(tuple(dict.fromkeys(names)))._marked(names, keep)


class Distinctness(Sizes):
    """What a series and an index can be asked of their values."""

    __slots__ = ()

    def nunique(self, dropna: bool = True, *, split_every: Split = None) -> Any:
        """How many different values there are; with ``dropna=False`` a missing value is one of them.

        The different values must fit into memory; see :meth:`nunique_approx`.
        """
        return self._summary("nunique", frames.distinct.NUnique(dropna), split_every)

    def unique(self, *, split_every: Split = None) -> Any:
        """The different values, in the order in which they appear, as a series of this name; of an index, as one.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([3, 1, 3], name="x"), npartitions=2)
        >>> x.unique().compute(scheduler="sync")
        0    3
        1    1
        Name: x, dtype: int64
        """
        return self._summary("unique", frames.distinct.Unique(), split_every)

    def duplicated(self, keep: Any = "first") -> Any:
        """For each value whether it is equal to another one, of any partition; of an index an index of truth values.

        ``keep`` says which of equal ones is not: the "first", the "last", or with False none.  The answer is in the
        places of the rows, so that ``df[~df.index.duplicated()]`` has one row a label.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series(["a", "b", "a"]), npartitions=2)
        >>> x.duplicated(keep="last").compute(scheduler="sync").tolist()
        [True, False, False]
        """
        pd.Series([True]).duplicated(keep=keep)  # raises what pandas raises
        numbered = dataframe.numbering.numbered_through(self) if isinstance(self._meta, pd.Index) else self
        return numbered._marked(None, keep)

    def value_counts(
        self,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        bins: Any = None,
        dropna: bool = True,
        *,
        split_every: Split = None,
        split_out: int = 1,
    ) -> Any:
        """How often each value appears, the most frequent first, equal counts in the order in which values appear.

        With ``normalize`` it is shares of all.  Where there are more different values than fit into memory, give
        ``split_out``: they are shuffled into so many partitions, each sorted by itself.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series(["a", "b", "b"], name="x"), npartitions=2)
        >>> x.value_counts().compute(scheduler="sync")
        x
        b    2
        a    1
        Name: count, dtype: int64
        """
        if bins is not None:
            raise UsageError(
                "value_counts() has no bins; count what pannier.dataframe.cut(series, bins, include_lowest=True) gives"
            )
        if isinstance(self._meta, pd.MultiIndex):
            if split_out not in (1, True):
                raise UsageError(
                    "value_counts(split_out=...) takes no index of levels: use df.reset_index().groupby([...]).size()"
                )
            numbers, names = tuple(range(self._meta.nlevels)), tuple(self._meta.names)
            levels = frames.counting.LevelCounts(numbers, sort, ascending, dropna, normalize, own_names=names)
            return self._summary("value_counts", levels, split_every)
        if split_out in (1, True):
            counts = frames.counting.ValueCounts(sort, ascending, dropna, normalize)
            return self._summary("value_counts", counts, split_every)
        counted = self._blockwise("value_counts", frames.counting.CountsOfPartition(dropna))
        side = shuffle.frames.Side(on=("value",), meta=counted._meta, keeps_index=False)
        node = dataframe.shuffle.shuffled_frames(
            "value_counts", [counted.node], [side], frames.counting.CountsAdded(), split_out
        )
        shown = frames.counting.CountsShown(self._meta.name, sort, ascending)
        counts = wrap(node, counted._meta)._blockwise("value_counts", shown)
        return (counts / counts.sum()).rename("proportion") if normalize else counts

    @property
    def is_unique(self) -> Any:
        """Whether no value is there twice, lazily.  The values must fit into memory."""
        return self._summary("is_unique", frames.facts.IsUnique())

    @property
    def is_monotonic_increasing(self) -> Any:
        """Whether no value is below the one before, lazily."""
        return self._summary("is_monotonic_increasing", frames.facts.Monotonic("is_monotonic_increasing"))

    @property
    def is_monotonic_decreasing(self) -> Any:
        """Whether no value is above the one before, lazily."""
        return self._summary("is_monotonic_decreasing", frames.facts.Monotonic("is_monotonic_decreasing"))

    @property
    def hasnans(self) -> Any:
        """Whether a value is missing, lazily."""
        return self._summary("hasnans", frames.facts.HasMissing())


def _names(subset: Any, columns: pd.Index[Any]) -> tuple[Any, ...]:
    """The labels that ``subset`` stands for: itself, where it is one, or those that are in it."""
    if (
        not np.iterable(subset)
        or isinstance(subset, str)
        or (isinstance(subset, tuple) and subset in columns)
    ):
        return (subset,)
    return tuple(subset)
