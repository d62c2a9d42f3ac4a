"""Predicates over columns: how they are checked, and which row groups they say nothing can be in.

Predicates are in disjunctive normal form, as those of pandas and pyarrow: ``[[("x", ">", 1), ("y", "==", "a")], ...]``
is met by rows for which all of an inner list holds, for any of them.

A row group is left out only where its statistics show that no row can match.  Where there are none, where they are
NaN, or cannot be compared with the value, it is kept.  pandas compares numbers of different types as floats, so a
bound counts as beyond the value only if it is so exactly *and* after rounding.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pannier.errors import UsageError, near_matches

Condition: TypeAlias = tuple[Any, str, Any]
"""(column, operator, value)"""
Predicates: TypeAlias = tuple[tuple[Condition, ...], ...]
"""Any of: all of."""

OPERATORS: Final = ("==", "=", "!=", "<", ">", "<=", ">=", "in", "not in")


ORDERINGS: Final = frozenset(["<", ">", "<=", ">="])
"""Those that ask which value comes first."""


def check_predicates(predicates: Any, columns: Iterable[Any]) -> Predicates:
    """``predicates``, or a plain list of conditions, as a tuple of tuples.

    Raises :class:`~pannier.errors.UsageError` for another shape, an unknown operator or an unknown column.

    >>> check_predicates([("a", ">", 1)], ["a"])
    ((('a', '>', 1),),)
    """
    shape = "filters are a list of (column, operator, value), or a list of such lists"
    if not isinstance(predicates, (list, tuple)) or not predicates:
        raise UsageError(f"{shape}, not {predicates!r:.100}")
    alternatives = predicates if all(isinstance(each, list) for each in predicates) else [predicates]
    known = set(columns)
    for condition in (condition for conditions in alternatives for condition in conditions):
        if not isinstance(condition, (list, tuple)) or len(condition) != 3:
            raise UsageError(f"{shape}; {condition!r:.100} is none")
        name, op, _ = condition
        if op not in OPERATORS:
            raise UsageError(f"unknown operator {op!r} in filter {condition!r:.100}; there are {OPERATORS}")
        if name not in known:
            raise UsageError(f"there is no column {name!r} to filter by{near_matches(name, known)}")
    return tuple(tuple((name, op, _frozen(value)) for name, op, value in each) for each in alternatives)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, set, frozenset)) else value


def columns_of(predicates: Predicates) -> list[Any]:
    """The columns that conditions are on, each once."""
    return list(dict.fromkeys(name for conditions in predicates for name, _, _ in conditions))


def columns_without_null(predicates: Predicates) -> set[Any]:
    """Those columns that are not null in any row that matches."""
    sure = [
        {name for name, op, value in conditions if op != "not in" and not (op == "in" and None in value)}
        for conditions in predicates
    ]
    return set.intersection(*sure) if sure else set()


def may_match(predicates: Predicates, bounds_of: Callable[[Any], Bounds | None]) -> bool:
    """Whether a row can match where columns have the bounds that ``bounds_of`` gives; None for unknown ones."""
    return any(
        all(_may_hold(op, value, bounds_of(name)) for name, op, value in conditions)
        for conditions in predicates
    )


Bounds: TypeAlias = tuple[Any, Any, bool]
"""The least value, the greatest, and whether the column holds floats of 32 bits."""

NOTHING: Final[Bounds] = (None, None, False)
"""The bounds of a column that is null in all rows."""


def bounds_in(statistics: Any, rows: int) -> Bounds | None:
    """The bounds of a column in a row group by its statistics; None where they say nothing."""
    if statistics is None:
        return None
    if statistics.has_null_count and statistics.null_count == rows and rows:
        return NOTHING
    if not statistics.has_min_max:
        return None
    try:
        least, greatest = statistics.min, statistics.max
    except (NotImplementedError, ValueError, OverflowError, TypeError):
        return None  # of a type that has no Python values
    if least is None or greatest is None or least != least or greatest != greatest:  # noqa: PLR0124 - NaN
        return None
    return least, greatest, statistics.physical_type == "FLOAT"


def _may_hold(op: str, value: Any, bounds: Bounds | None) -> bool:
    if bounds is None or op in ("!=", "not in"):
        return True  # rows that differ, and nulls for pandas, are anywhere
    if op == "in":
        if not isinstance(value, (tuple, list)) or pd.isna(list(value)).any():
            return True  # nulls and NaN are found by `isin`, and have no bounds
        return any(_may_hold("==", each, bounds) for each in value)
    if value is None or bounds is NOTHING:
        return value is None
    least, greatest, is_short = bounds
    try:
        return any(_meets(op, *each) for each in _readings(least, greatest, value, is_short))
    except (TypeError, ValueError, OverflowError):
        return True  # what cannot be compared here is for the comparison itself to refuse


def _meets(op: str, least: Any, greatest: Any, value: Any) -> bool:
    if op in ("==", "="):
        return bool(least <= value <= greatest)
    if op in ("<", "<="):
        return bool(_COMPARE[op](least, value))
    return bool(_COMPARE[op](greatest, value))


_COMPARE: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _readings(least: Any, greatest: Any, value: Any, is_short: bool) -> list[tuple[Any, Any, Any]]:
    """Bounds and value as they are, and as pandas may round them to compare."""
    if isinstance(least, dt.datetime) and isinstance(value, (str, dt.date, np.datetime64)):
        value = pd.Timestamp(value)
    readings = [(least, greatest, value)]
    if isinstance(least, (int, float)):
        readings.append((float(least), float(greatest), float(value)))
        if is_short:
            with np.errstate(over="ignore"):
                readings.append((np.float32(least), np.float32(greatest), np.float32(value)))
    return readings


# --- which rows ------------------------------------------------------------------------------------------


def rows_that_may_match(table: pa.Table, predicates: Predicates) -> pa.Array | None:
    """The numbers of the rows of ``table`` that may match; None where that is not known, or they are many.

    Only conditions are looked at that Arrow and pandas compare alike, so that none is left out that pandas keeps.

    >>> table = pa.table({"x": [None, *range(10)]})
    >>> rows_that_may_match(table, ((("x", ">", 8),),)).to_pylist()
    [10]
    >>> rows_that_may_match(table, ((("x", "!=", 2),),)) is None
    True
    """
    mask = None
    for conditions in predicates:
        masks = [_mask(table, *condition) for condition in conditions if _is_alike(table.schema, *condition)]
        if not masks:
            return None
        both = functools.reduce(pc.and_, masks)
        mask = both if mask is None else pc.or_(mask, both)
    if mask is None or _FEW * (pc.sum(mask).as_py() or 0) > table.num_rows:
        return None
    numbers = pc.indices_nonzero(mask)
    return numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers


def _mask(table: pa.Table, name: str, op: str, value: Any) -> Any:
    column = table[name]
    if op == "in":
        kind = pa.int64() if pa.types.is_integer(column.type) else column.type
        if pa.types.is_floating(kind) and 0 in value:
            value = (*value, 0.0, -0.0)  # which are two in Arrow's sets
        return pc.is_in(column.cast(kind), pa.array(value, kind))
    return pc.fill_null(_ARROW[op](column, value), False)


_FEW: Final = 8
"""The part of the rows above which taking them costs more than making a frame of all."""

_ARROW: Final = {
    "==": pc.equal,
    "=": pc.equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def _is_alike(schema: pa.Schema, name: str, op: str, value: Any) -> bool:
    """Whether a condition is met by the same values in Arrow and in pandas."""
    place = schema.get_field_index(name)
    if place < 0:
        return False
    kind = schema.field(place).type
    if op == "in":
        return isinstance(value, tuple) and all(_is_alike(schema, name, "==", each) for each in value)
    if op not in _ARROW or isinstance(value, bool):
        return False
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return type(value) is str
    if pa.types.is_float64(kind):
        return isinstance(value, (int, float)) and abs(value) < _EXACT
    return (
        pa.types.is_integer(kind) and kind != pa.uint64() and isinstance(value, int) and abs(value) < _EXACT
    )


_EXACT: Final = 1 << 53
"""Whole numbers below are the same as floats, which pandas makes of them where there are gaps."""
