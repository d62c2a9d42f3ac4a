"""Rows that are made up: what pandas needs to say how an answer will look."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

_ROWS: Final = (0, 1, 0)
"""Which of two values each row has: a group of two rows, and one of one."""


def example(meta: Any) -> Any:
    """An object like ``meta``, which has no rows, with a few rows that are made up.

    >>> example(pd.DataFrame({"x": pd.Series([], dtype="int8"), "y": pd.Series([], dtype="str")}))
       x  y
    0  1  a
    1  2  b
    2  1  a
    """
    if isinstance(meta, pd.Index):
        return _index(meta)
    index = _index(meta.index)
    if isinstance(meta, pd.Series):
        return pd.Series(_values(meta.dtype), index=index, name=meta.name, dtype=meta.dtype)
    columns = {i: pd.Series(_values(dtype), index=index, dtype=dtype) for i, dtype in enumerate(meta.dtypes)}
    frame = pd.DataFrame(columns, index=index)
    frame.columns = meta.columns
    return frame


def _index(index: pd.Index[Any]) -> Any:
    """Labels like those of ``index``, each another one where the type has as many."""
    rows = range(len(_ROWS))
    if isinstance(index, pd.MultiIndex):
        levels = [_values(level.dtype, rows) for level in index.levels]
        return pd.MultiIndex.from_arrays(levels, names=index.names)
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(len(rows), name=index.name)
    return pd.Index(_values(index.dtype, rows), dtype=index.dtype, name=index.name)


def _values(dtype: Any, numbers: Sequence[int] = _ROWS) -> Any:
    """Values of a type: for each of ``numbers`` another one, where it has as many."""
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(np.minimum(numbers, len(dtype.categories) - 1), dtype=dtype)
    if isinstance(dtype, pd.PeriodDtype):
        return pd.period_range("1970", periods=len(_ROWS), freq=dtype.freq).array.take(numbers)
    if isinstance(dtype, pd.IntervalDtype):
        breaks = _values(dtype.subtype, range(len(_ROWS) + 1))
        return pd.arrays.IntervalArray.from_breaks(breaks, closed=dtype.closed or "right", dtype=dtype).take(
            numbers
        )
    kind = getattr(dtype, "kind", "O")
    if kind in "mM":
        return _times(dtype, numbers)
    made: list[Any] = ["abcd"[number] for number in numbers]
    if kind in "biufc":
        made = [not number if kind == "b" else number + 1 for number in numbers]
    elif isinstance(dtype, pd.ArrowDtype) and pa.types.is_decimal(dtype.pyarrow_dtype):
        made = [Decimal(number).scaleb(-dtype.pyarrow_dtype.scale) for number in numbers]
    try:
        return pd.array(made, dtype=dtype)
    except (TypeError, ValueError, NotImplementedError):  # nested Arrow types
        return pd.array([None] * len(numbers), dtype=dtype)


def _times(dtype: Any, numbers: Sequence[int]) -> Any:
    """Times or durations, as far apart as their type can tell."""
    plain: Any = getattr(dtype, "numpy_dtype", dtype)
    unit: Any = np.datetime_data(plain)[0] if isinstance(plain, np.dtype) else getattr(dtype, "unit", "ns")
    if isinstance(dtype, pd.ArrowDtype) and pa.types.is_date(dtype.pyarrow_dtype):
        unit = "D"
    times: Any = pd.to_timedelta(list(numbers), unit=unit)
    if plain.kind == "M":
        zone = getattr(dtype, "tz", None)
        times = pd.Timestamp(0) + times
        times = times if zone is None else times.tz_localize("UTC").tz_convert(zone)
    return times.astype(dtype).array
