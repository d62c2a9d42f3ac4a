"""Rows picked out of a frame, column by column, with texts left to Arrow in the chunks that they are in.

pandas takes rows by their places, for which Arrow first joins the chunks of a column.  Truth values need no such copy,
and strings that stay in order are copied a run of rows at a time: that takes a quarter of the time.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from pannier.errors import UsageError

_FEW: Final = 1 << 12
"""Rows up to which pandas, whose work for each column is less, is as fast."""


def rows_where(block: Any, found: Any) -> Any:
    """``block[found]``: the rows of a frame, a series or an index for which ``found``, truth values, is true.

    >>> rows_where(pd.DataFrame({"a": ["x", "y"]}), np.array([False, True]))
       a
    1  y
    """
    if getattr(found, "dtype", None) == np.dtype("O"):
        found = _truths(found)
    if not _has_many_texts(block) or not _are_plain(found, block):
        return block[found]
    rows = _Where(np.asarray(found))
    is_frame = isinstance(block, pd.DataFrame)  # whose labels at equal distances have a frequency, in pandas
    return _picked(block, rows, block.index.take(rows.places) if is_frame else block.index[found])


def _truths(found: Any) -> Any:
    """Objects as truth values; pandas would look for what is none among the labels of one block.

    Raises UsageError for others, and ValueError, as pandas does, where some are missing.
    """
    kind = pd.api.types.infer_dtype(found, skipna=True)
    if kind not in ("boolean", "empty"):
        raise UsageError(
            f"rows are chosen by truth values, and these objects are others ({kind}); rows by their labels are "
            ".loc[labels.astype(type)], of the type of the labels"
        )
    if pd.isna(found).any():
        raise ValueError("Cannot mask with non-boolean array containing NA / NaN values")
    return found.astype(bool)


def rows_at(frame: Any, rows: NDArray[Any]) -> Any:
    """Rows of ``frame``, numbered anew: those at the places ``rows``, or for which ``rows`` is true.

    A row is missing values where a place is -1.

    >>> rows_at(pd.DataFrame({"a": [1, 2]}), np.array([1, -1, 1]))
         a
    0  2.0
    1  NaN
    2  2.0
    """
    if rows.dtype == bool:
        picked: _At = _Where(rows)
    else:
        picked = _Gaps(rows) if len(rows) and rows.min() < 0 else _At(rows)
    return _picked(frame, picked, pd.RangeIndex(len(picked.places)))


class _At:
    """Rows at places."""

    __slots__ = ("indices", "places")

    def __init__(self, places: NDArray[np.intp]) -> None:
        self.places = places
        self.indices: Any = pa.array(places)

    def of(self, values: Any) -> Any:
        if not is_arrow_text(values.dtype):
            return self.plain(values)
        return values.dtype.__from_arrow__(self.texts(pa.chunked_array(pa.array(values))))

    def plain(self, values: Any) -> Any:
        return values.take(self.places)

    def texts(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        import pyarrow.compute as pc  # heavy, and needed for what it is first used

        return pc.take(values, self.indices, boundscheck=False)


class _Gaps(_At):
    """Rows at places, or missing values where these are -1."""

    __slots__ = ()

    def __init__(self, places: NDArray[np.intp]) -> None:
        super().__init__(places)
        self.indices = pa.array(places, mask=places < 0)

    def plain(self, values: Any) -> Any:
        if not isinstance(values, pd.arrays.NumpyExtensionArray):
            return values.take(self.places, allow_fill=True)
        return pd.api.extensions.take(values.to_numpy(), self.places, allow_fill=True, fill_value=np.nan)


class _Where(_At):
    """Rows for which there is a truth value."""

    __slots__ = ("found",)

    def __init__(self, found: NDArray[np.bool_]) -> None:
        super().__init__(np.flatnonzero(found))
        self.found = pa.array(found)

    def texts(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return values.filter(self.found)


def _picked(block: Any, rows: _At, index: pd.Index[Any]) -> Any:
    made: Any
    if isinstance(block, pd.Series):
        made = _series(rows.of(block.array), index, block.name)
    else:
        columns = {i: _series(rows.of(block.iloc[:, i].array), index) for i in range(block.shape[1])}
        made = pd.DataFrame(columns, index=index, copy=False)
        made.columns = block.columns
    made.attrs.update(block.attrs)
    return made


def _series(values: Any, index: pd.Index[Any], name: Any = None) -> Any:
    """A series of the type of ``values``: where they are objects, and all of them texts, pandas would take another."""
    return pd.Series(values, index, dtype=values.dtype, name=name, copy=False)


def _has_many_texts(block: Any) -> bool:
    if len(block) <= _FEW or type(block) not in (pd.DataFrame, pd.Series):
        return False
    dtypes = block.dtypes if isinstance(block, pd.DataFrame) else [block.dtype]
    return any(map(is_arrow_text, dtypes))


def _are_plain(found: Any, block: Any) -> bool:
    """Whether ``found`` has a truth value for each row of ``block``, in order, and no gaps."""
    if isinstance(found, pd.Series):
        return found.dtype == bool and (found.index is block.index or found.index.identical(block.index))
    return isinstance(found, np.ndarray) and found.dtype == bool and len(found) == len(block)


def is_arrow_text(dtype: Any) -> bool:
    """Whether values of ``dtype`` are texts in Arrow's arrays."""
    return isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"
