"""Reductions of frames by column: each makes of some rows what stands for them, and finishes as pandas would.

A partial has the answer so far for every column in that column's own type, and the answer's types and order are asked
of pandas itself, never looked up in a table.  ``like``, in each of them, is the frame without rows.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_object_dtype

from pannier.frozen import frozen
from pannier.kernels.frames.blocks import concatenated, emptied
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.reductions import Reduction


@frozen
class FrameReduction(Reduction):
    """A reduction of whole blocks: frames to a series of one value a column, series and indexes to one value."""

    over_blocks: ClassVar[bool] = True

    @abstractmethod
    def chunk(self, records: Any) -> Any:
        """The partial of a block."""


def columns_of(block: Any) -> list[pd.Series[Any]]:
    """The columns of a frame; a series, an index as one, or one of levels as it is, alone.

    >>> [column.tolist() for column in columns_of(pd.DataFrame({"x": [1], "y": [2]}))]
    [[1], [2]]
    """
    if isinstance(block, pd.DataFrame):
        return [column for _, column in block.items()]
    is_flat = isinstance(block, pd.Index) and not isinstance(block, pd.MultiIndex)
    return [pd.Series(block, copy=False) if is_flat else block]


def plausible(meta: Any) -> Any:
    """Made-up rows of the types of ``meta``; a column of any objects gets numbers, which most can be asked of."""
    made = example(meta)
    numbers = np.arange(1, len(made) + 1).astype(object)
    if isinstance(made, pd.DataFrame):
        for i, dtype in enumerate(made.dtypes):
            if is_object_dtype(dtype):
                made.isetitem(i, numbers)
    elif isinstance(made, pd.Series) and is_object_dtype(made.dtype):
        made = pd.Series(numbers, index=made.index, name=meta.name)
    return made


@functools.lru_cache(maxsize=512)
def reduced_dtype(name: str, dtype: Any) -> Any:
    """The type of what the pandas method ``name`` of a frame makes of a column of type ``dtype``.

    >>> reduced_dtype("sum", np.dtype("bool")), reduced_dtype("mean", pd.Int8Dtype())
    (dtype('int64'), Float64Dtype())
    """
    column = plausible(pd.Series([], dtype=dtype))
    with np.errstate(all="ignore"):
        return getattr(column.to_frame(), name)().dtype


def row_of(values: Sequence[Any], dtypes: Sequence[Any]) -> pd.DataFrame:
    """A frame of one row, whose columns are numbered.

    Times are given as whole numbers of their unit, and what is missing as NaN.

    >>> row_of([1, float("nan")], [np.dtype("float64"), np.dtype("timedelta64[s]")])
         0   1
    0  1.0 NaT
    """
    row = {}
    for i, (value, dtype) in enumerate(zip(values, dtypes, strict=True)):
        is_time = getattr(dtype, "kind", "O") in "mM" and isinstance(value, float)
        given = (pd.NaT if np.isnan(value) else int(value)) if is_time else value
        row[i] = pd.Series([given], dtype=dtype)
    return pd.DataFrame(row)


def answer_of(row: pd.DataFrame, like: Any) -> Any:
    """The answer for ``like``, a frame or one column, that ``row`` holds."""
    if not isinstance(like, pd.DataFrame):
        return row.iloc[0, 0]
    if not row.shape[1]:
        return pd.Series([], index=like.columns, dtype="float64")
    answer = row.iloc[0]
    answer.index, answer.name = like.columns, None
    return answer


class Row(NamedTuple):
    """What stands for some rows: one row, or none for none."""

    like: Any
    row: pd.DataFrame
    counts: npt.NDArray[np.int64]
    """For each column how many values are there; nothing where nobody asks."""


@frozen
class Total(FrameReduction):
    """sum, prod, min, max, any or all: what reduces rows can reduce its own results.

    >>> longest = Total("max")
    >>> parts = [pd.DataFrame({"x": [1, 3]}), pd.DataFrame({"x": [2]})]
    >>> longest.finish(longest.combine([longest.chunk(part) for part in parts])).to_dict()
    {'x': 3}
    """

    name: str
    skipna: bool = True
    min_count: int = 0
    """As many values must there be; for sum and prod."""

    def chunk(self, records: Any) -> Row:
        columns = columns_of(records)
        counts = [column.count() for column in columns] if self.min_count > 0 else []
        return Row(emptied(records), self._row(columns), np.array(counts, np.int64))

    def combine(self, partials: list[Row]) -> Row:
        if len(partials) == 1:
            return partials[0]
        rows = concatenated([partial.row for partial in partials])
        counts = sum([partial.counts for partial in partials[1:]], start=partials[0].counts)
        return Row(partials[0].like, self._row(columns_of(rows), are_partials=True), counts)

    def finish(self, partial: Row) -> Any:
        like, row, counts = partial
        options: dict[str, Any] = {"skipna": self.skipna}
        if self.min_count > 0:
            options["min_count"] = 1
            if len(row) and (counts < self.min_count).any():
                row = row.where(counts[np.newaxis] >= self.min_count)
        skips = [self._skips(dtype) for dtype in row.dtypes]
        if not isinstance(like, pd.DataFrame):
            return getattr(row.iloc[:, 0], self.name)(**options | {"skipna": skips[0]})
        answer = getattr(row, self.name)(**options)
        undefined = row.isna().to_numpy().any(axis=0) & ~np.array(skips, bool)
        if undefined.any():
            answer = answer.mask(undefined)
        answer.index = like.columns
        return answer

    def _skips(self, dtype: Any) -> bool:
        """Whether partials of this type without a value are left out: a sum or product has none where it is undefined."""
        is_undefined = self.name in ("sum", "prod") and getattr(dtype, "kind", "O") in "fc"
        return self.skipna and not is_undefined

    def _row(self, columns: list[pd.Series[Any]], are_partials: bool = False) -> pd.DataFrame:
        row = {
            i: self._value(column, self._skips(column.dtype) if are_partials else self.skipna)
            for i, column in enumerate(columns)
        }
        return pd.DataFrame(row, index=None if row else pd.RangeIndex(1))

    def _value(self, column: pd.Series[Any], skipna: bool) -> pd.Series[Any]:
        """A series of what stands for ``column``: of nothing, if it is empty."""
        dtype: Any = column.dtype
        if self.name not in ("min", "max"):
            dtype = reduced_dtype(self.name, dtype)
        if not len(column):
            getattr(column, self.name)()  # raises what pandas has against the type
            return pd.Series([], dtype=dtype)  # type: ignore[no-any-return]
        if is_object_dtype(dtype) and self.name in ("sum", "prod") and not column.notna().any():
            value = None  # a neutral value would have to be a number or a text
        else:
            value = getattr(column, self.name)(skipna=skipna)
        if value is pd.NA and dtype == np.dtype(bool):
            dtype = "boolean"
        return pd.Series([value], dtype=dtype)

    @property
    def label(self) -> str:
        return self.name


class Counts(NamedTuple):
    """How many values there are of each column."""

    like: Any
    counts: npt.NDArray[np.int64]


@frozen
class Count(FrameReduction):
    """How many values are there, missing ones left out."""

    def chunk(self, records: Any) -> Counts:
        counts = [column.count() for column in columns_of(records)]
        return Counts(emptied(records), np.array(counts, np.int64))

    def combine(self, partials: list[Counts]) -> Counts:
        return Counts(partials[0].like, np.sum([partial.counts for partial in partials], axis=0))

    def finish(self, partial: Counts) -> Any:
        like, counts = partial
        return pd.Series(counts, index=like.columns) if isinstance(like, pd.DataFrame) else counts[0]
