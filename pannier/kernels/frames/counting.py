"""Values counted: how often each appears, which ones are most frequent, and how many different ones there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_hashable, is_object_dtype

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.blocks import concatenated, emptied
from pannier.kernels.frames.reductions import FrameReduction, columns_of
from pannier.kernels.keys import as_hashable, settled


class Counted(NamedTuple):
    """For each column its values, missing ones among them, in the order in which they appear, and their counts."""

    like: Any
    columns: list[pd.Series[Any]]


@frozen
class Counting(FrameReduction):
    """Counts of the values of each column, as partial results: what is made of them is up to subclasses."""

    def chunk(self, records: Any) -> Counted:
        columns = [column.value_counts(sort=False, dropna=False) for column in columns_of(records)]
        return Counted(emptied(records), columns)

    def combine(self, partials: list[Counted]) -> Counted:
        columns = zip(*[partial.columns for partial in partials], strict=True)
        return Counted(partials[0].like, [merged_counts(column) for column in columns])


def merged_counts(parts: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    """The counts of equal labels added up, in the order in which labels appear.

    >>> merged_counts([pd.Series({"b": 1, "a": 2}), pd.Series({"a": 1, "c": 1})]).to_dict()
    {'b': 1, 'a': 3, 'c': 1}
    """
    filled = [part for part in parts if len(part)] or list(parts[:1])
    return filled[0] if len(filled) == 1 else _added(filled)


def _added(filled: Sequence[pd.Series[Any]]) -> pd.Series[Any]:
    labels = concatenated([part.index for part in filled])
    # None and NaN are two values of objects, but one label of an index of them.
    values: Any = labels.array if labels.dtype == object else labels
    codes, found = _told_apart(values)
    counts = np.zeros(len(found), np.int64)
    np.add.at(counts, codes, np.concatenate([part.to_numpy(np.int64) for part in filled]))
    index = pd.Index(found, dtype=labels.dtype, name=labels.name)
    return pd.Series(counts, index=index, name=filled[0].name).astype(filled[0].dtype)


def _told_apart(values: Any) -> tuple[npt.NDArray[np.intp], Any]:
    """For each of ``values`` which of the different ones it is, and these, in the order in which they appear.

    >>> _told_apart(pd.Series([[1], [2], [1]], dtype=object).array)[0].tolist()
    [0, 1, 0]
    """
    try:
        return pd.factorize(values, use_na_sentinel=False)
    except TypeError:
        if not is_object_dtype(values.dtype):
            raise
    found: list[Any] = []
    places: dict[Any, int] = {}
    odd: list[int] = []
    codes = np.empty(len(values), np.intp)
    for i, value in enumerate(values):
        key = settled(value if is_hashable(value) else (type(value), as_hashable(value)))
        if is_hashable(key):
            code = places.setdefault(key, len(found))
        else:  # arrays, say, are compared with each other, as pandas does
            code = next((place for place in odd if _are_equal(found[place], value)), len(found))
            if code == len(found):
                odd.append(code)
        if code == len(found):
            found.append(value)
        codes[i] = code
    return codes, pd.Series(found, dtype=object).array


def _are_equal(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(one == other)
    except (TypeError, ValueError):  # arrays of several values
        return False


def ordered_counts(
    counts: pd.Series[Any], sort: bool, ascending: bool, dropna: bool, normalize: bool
) -> pd.Series[Any]:
    """``counts`` as ``value_counts`` of pandas gives them: equal counts in the order of the labels."""
    index: Any = counts.index
    if dropna:
        counts = counts[index.notna()]
    elif not isinstance(index, pd.MultiIndex) and isinstance(index.array, _MASKED):
        # pandas counts what is missing last
        counts = pd.concat([counts[index.notna()], counts[index.isna()]])
    if sort:
        counts = counts.sort_values(ascending=ascending, kind="stable")
    return (counts / counts.sum()).rename("proportion") if normalize else counts


@frozen
class ValueCounts(Counting):
    """How often each value of a series appears.

    >>> counts = ValueCounts()
    >>> parts = [pd.Series(["a", "b"]), pd.Series(["b"])]
    >>> counts.finish(counts.combine([counts.chunk(part) for part in parts])).to_dict()
    {'b': 2, 'a': 1}
    """

    sort: bool = True
    ascending: bool = False
    dropna: bool = True
    normalize: bool = False

    def finish(self, partial: Counted) -> Any:
        return ordered_counts(partial.columns[0], self.sort, self.ascending, self.dropna, self.normalize)

    @property
    def label(self) -> str:
        return "value_counts"


@frozen
class Mode(Counting):
    """The most frequent values of each column, in order."""

    dropna: bool = True

    def finish(self, partial: Counted) -> Any:
        like, columns = partial
        modes = [
            self._mode(counts, column.name) for counts, column in zip(columns, columns_of(like), strict=True)
        ]
        if not isinstance(like, pd.DataFrame):
            return modes[0]
        if not modes:
            return like.mode()
        frame = pd.concat(modes, axis=1)
        frame.columns = like.columns
        return frame

    def _mode(self, counts: pd.Series[Any], name: Any) -> pd.Series[Any]:
        if self.dropna:
            counts = counts[counts.index.notna()]
        counts = counts[counts > 0]  # categories that nothing has
        values = counts.index[(counts == counts.max()).to_numpy(bool)] if len(counts) else counts.index
        return pd.Series(values, copy=False, name=name).mode(dropna=self.dropna)


@frozen
class RowCounts(FrameReduction):
    """How often each row of some columns of a frame appears."""

    names: tuple[Any, ...]
    sort: bool = True
    ascending: bool = False
    dropna: bool = True
    normalize: bool = False
    is_flat: bool = False
    """Whether one column gives labels, rather than levels of them."""

    @property
    def columns(self) -> frozenset[Any]:
        """What it reads."""
        return frozenset(self.names)

    def chunk(self, records: Any) -> Any:
        return self._counted(records[list(self.names)], None)

    def combine(self, partials: list[Any]) -> Any:
        return partials[0] if len(partials) == 1 else self._counted(concatenated(partials), _COUNT)

    def _counted(self, labels: pd.DataFrame, counts: str | None) -> pd.DataFrame:
        """The different rows of ``labels`` as they are: labels of groups may be of another type."""
        grouped = labels.groupby(list(self.names), sort=False, dropna=False, observed=True)
        sizes = grouped.size() if counts is None else grouped[counts].sum()
        firsts = np.empty(len(sizes), np.intp)
        firsts[grouped.ngroup().to_numpy()[::-1]] = np.arange(len(labels))[::-1]
        made = labels[list(self.names)].iloc[firsts].reset_index(drop=True)
        return made.assign(**{_COUNT: sizes.to_numpy()})

    def finish(self, partial: Any) -> Any:
        grouped = partial.groupby(list(self.names), sort=False, dropna=self.dropna, observed=False)
        counts = grouped[_COUNT].sum().rename("count")
        if len(self.names) == 1 and not self.is_flat:
            counts.index = pd.MultiIndex.from_arrays([counts.index], names=self.names)
        return ordered_counts(counts, self.sort, self.ascending, False, self.normalize)

    @property
    def label(self) -> str:
        return "value_counts"


@frozen
class LevelCounts(RowCounts):
    """How often each label of an index of levels appears; ``names`` number the levels.

    >>> counts = LevelCounts((0, 1))
    >>> counts.finish(
    ...     counts.chunk(pd.MultiIndex.from_tuples([("b", 1), ("a", 1), ("b", 1)]))
    ... ).to_dict()
    {('b', 1): 2, ('a', 1): 1}
    """

    own_names: tuple[Any, ...] = (None, None)

    def chunk(self, records: Any) -> Any:
        return RowCounts.chunk(self, records.to_frame(index=False, name=list(self.names)))

    def finish(self, partial: Any) -> Any:
        index = pd.MultiIndex.from_frame(partial[list(self.names)], names=self.own_names)
        # as pandas does: a level whose name is the number of another stands for that one
        levels = pd.Series(partial[_COUNT].to_numpy(), index).groupby(
            level=list(self.names), dropna=self.dropna
        )
        counts = levels.sum().rename("count")
        counts.index.names = self.own_names
        return ordered_counts(counts, self.sort, self.ascending, False, self.normalize)


_COUNT: Final = "__pannier_count__"
_MASKED: Final = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


@frozen
class CountsOfPartition(FrameKernel):
    """The values of a series in a column, and in another how often each is in this partition."""

    dropna: bool

    def __call__(self, *blocks: Any) -> Any:
        counts = pd.Series(blocks[0], copy=False).value_counts(sort=False, dropna=self.dropna)
        return _as_frame(counts)

    @property
    def label(self) -> str:
        return "value_counts"


@frozen
class CountsAdded(FrameKernel):
    """The same of several partitions, the counts of equal values added up."""

    def __call__(self, *blocks: Any) -> Any:
        values, counts = blocks[0]["value"], blocks[0]["count"]
        return _as_frame(_added([counts.set_axis(pd.Index(values))]))

    @property
    def label(self) -> str:
        return "value_counts"


@frozen
class CountsShown(FrameKernel):
    """The counts in the second column under the values in the first, in order."""

    name: Any
    sort: bool
    ascending: bool

    def __call__(self, *blocks: Any) -> Any:
        counts = blocks[0].set_index("value")["count"].rename_axis(self.name)
        return ordered_counts(counts, self.sort, self.ascending, dropna=False, normalize=False)

    @property
    def label(self) -> str:
        return "value_counts"


def _as_frame(counts: pd.Series[Any]) -> pd.DataFrame:
    return pd.DataFrame({"value": counts.index, "count": counts.to_numpy(np.int64)})
