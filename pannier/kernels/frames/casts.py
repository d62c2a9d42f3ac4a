"""Values of one type as those of another, where none of them changes by it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api import types

_EXACT: Final = 1 << 53
"""Up to here every whole number is a float."""


class Misfit(Exception):
    """A value that the type asked for cannot hold."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


def cast(column: Any, dtype: Any) -> Any:
    """``column``, a series or an index, as ``dtype``, with every value the same and what is missing still missing.

    Whole numbers may become floats and the other way around, texts categories, times those of another unit,
    and anything an object.  No number becomes a text, and no truth value a number.  Raises :class:`Misfit` with
    the first value that does not fit.

    >>> cast(pd.Series([1.0, 2.0]), "int64").tolist()
    [1, 2]
    >>> cast(pd.Series([1.5]), "int64")
    Traceback (most recent call last):
    ...
    pannier.kernels.frames.casts.Misfit: 1.5
    """
    dtype = types.pandas_dtype(dtype)
    if column.dtype == dtype or (_is_category(column.dtype) and _is_category(dtype)):
        return column
    if _kind_of(dtype) == "object":
        return column.astype(object)
    made = _converted(column, dtype)
    if made is not None:
        return made
    raise Misfit(_first_misfit(column, dtype))


def _converted(column: Any, dtype: Any) -> Any:
    """``column`` as ``dtype``; None if a value would change."""
    if not _are_of_a_kind(column, dtype):
        return None
    try:
        with np.errstate(all="ignore"):
            made = (_without_values(column) if is_missing(column) else column).astype(dtype)
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return None
    return made if _are_equal(column, made) else None


def is_missing(column: Any) -> bool:
    """Whether no value of ``column``, which has rows, is there."""
    return bool(column.isna().all())


def _without_values(column: Any) -> Any:
    """``column``, of which no value is there, as objects."""
    nothing = np.full(len(column), None, dtype=object)
    if isinstance(column, pd.Index):
        return pd.Index(nothing, dtype=object, name=column.name)
    return pd.Series(nothing, index=column.index, name=column.name)


def _is_category(dtype: Any) -> bool:
    return isinstance(dtype, pd.CategoricalDtype)


_KINDS = {"integer": "number", "floating": "number", "mixed-integer-float": "number", "bytes": "bytes"}
"""What pandas calls values of objects, to what they are here."""


def _are_of_a_kind(column: Any, dtype: Any) -> bool:
    """Whether values of ``column`` are, or could be, of such types as ``dtype`` holds."""
    if _is_category(dtype) or is_missing(column):
        return True
    kind = _kind_of(column.dtype)
    if kind == "object":
        found = types.infer_dtype(column, skipna=True)
        kind = _KINDS.get(found, {"boolean": "bool", "string": "text", "datetime": "time"}.get(found, found))
    return kind == _kind_of(dtype)


def widened(column: Any, dtype: Any) -> str:
    """The type that holds the values of ``column`` and those of ``dtype``, as pandas would join them.

    >>> (
    ...     widened(pd.Series([1.5]), "int64"),
    ...     widened(pd.Series([None]), "int64"),
    ...     widened(pd.Series(["a"]), "int64"),
    ...     widened(pd.Series([2**60 + 1]), "float64"),
    ... )
    ('float64', 'float64', 'object', 'object')
    """
    dtype = types.pandas_dtype(dtype)
    try:
        cast(column, dtype)
    except Misfit:
        is_number = _kind_of(dtype) == "number"
        if is_number and (is_missing(column) or _kind_of(column.dtype) == "number"):
            is_wider = is_missing(column) or _converted(column, np.dtype("float64")) is not None
            return "float64" if is_wider else "object"
        return "object"
    return str(dtype)


def _kind_of(dtype: Any) -> str:
    if dtype == np.dtype(object):
        return "object"
    if types.is_bool_dtype(dtype):
        return "bool"
    if types.is_numeric_dtype(dtype):
        return "number"
    if types.is_string_dtype(dtype):
        return "text"
    if types.is_datetime64_any_dtype(dtype):
        return "time"
    return str(dtype)


def _are_equal(column: Any, made: Any) -> bool:
    """Whether ``made`` has the values of ``column``, and misses those that it misses."""
    missing = pd.isna(column)
    if not (missing == pd.isna(made)).all():
        return False
    there = ~missing
    before, after = column[there], made[there]
    if _is_category(column.dtype) or _is_category(made.dtype):
        pairs = zip(before.tolist(), after.tolist(), strict=True)
        return all(type(old) is type(new) and old == new for old, new in pairs)  # 1 and True are one category
    if _kind_of(before.dtype) == _kind_of(after.dtype) == "number" and not _are_small(after):
        before, after = before.astype(object), after.astype(object)  # else both become floats first
    return bool((before.array == after.array).all())


def _are_small(numbers: Any) -> bool:
    """Whether all are between those that a float can tell from their neighbours."""
    return not len(numbers) or (numbers.min() > -_EXACT and numbers.max() < _EXACT)


def _first_misfit(column: Any, dtype: Any) -> Any:
    for i in range(len(column)):
        one = column[i : i + 1] if isinstance(column, pd.Index) else column.iloc[i : i + 1]
        if _converted(one, dtype) is None:
            return one.tolist()[0]
    return column.tolist()[0]
