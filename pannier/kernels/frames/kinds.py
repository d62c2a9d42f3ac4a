"""What is in a field of records, as a few bits, and the column that holds all of it.

Bits of records, of partitions and of files are joined by ``|``, in any order, so that a column's type is that of all
its values, wherever they are.  The lattice: nothing < bool < int < float < text; what has no place in it makes a column
of objects.  A type is never one that would change a value: whole numbers that no float is equal to are objects
beside floats or gaps.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

NONE: Final = 1
"""None."""
ABSENT: Final = 2
"""No such field."""
NAN: Final = 4
"""A float that is not a number: missing, as pandas has it."""
BOOL: Final = 8
INT: Final = 16
FLOAT: Final = 32
TEXT: Final = 64
TIME: Final = 128
"""A date with a time of day, without a zone."""
OTHER: Final = 256
WIDE: Final = 512
"""A whole number beyond 2**53, which a float may not be equal to."""
HUGE: Final = 1024
"""A whole number beyond 64 bits."""

VALUES: Final = BOOL | INT | FLOAT | TEXT | TIME | OTHER
MISSING: Final = NONE | ABSENT | NAN

_KINDS: Final[dict[type, int]] = {
    type(None): NONE,
    bool: BOOL,
    np.bool_: BOOL,
    int: INT,
    float: FLOAT,
    np.float64: FLOAT,
    np.float32: FLOAT,
    str: TEXT,
    np.str_: TEXT,
    datetime.datetime: TIME,
    type(pd.NaT): NONE,
    type(pd.NA): NONE,
    **dict.fromkeys((np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64), INT),
}
_EXACT: Final = 1 << 53
_LONGEST: Final = 1 << 63

TEXT_TYPE: Final = pd.Series([""]).dtype
"""What pandas makes of texts."""
_TIME_TYPE: Final = pd.Series([datetime.datetime(2000, 1, 1)]).dtype  # noqa: DTZ001  without a zone, as those it is for
_DECLARED: Final = {"b": BOOL, "i": INT, "u": INT, "f": FLOAT}


def kinds_of(values: Iterable[Any]) -> int:
    """The bits of ``values``.

    >>> kinds_of([1, None]) == INT | NONE, kinds_of([[]]) == OTHER
    (True, True)
    """
    found = list(values)
    kinds = 0
    for kind in set(map(type, found)):
        kinds |= _KINDS.get(kind, OTHER)
    if kinds & INT:
        numbers = [value for value in found if _KINDS.get(type(value)) == INT]
        kinds |= kinds_of_range(min(numbers), max(numbers))
    if kinds & FLOAT:
        floats = [value for value in found if _KINDS.get(type(value)) == FLOAT]
        missing = sum(map(math.isnan, floats))
        kinds = (kinds & ~FLOAT if missing == len(floats) else kinds) | (NAN if missing else 0)
    if kinds & TIME and any(type(value) is datetime.datetime and value.tzinfo is not None for value in found):
        kinds |= OTHER
    return kinds


def kind_of_type(kind: type) -> int:
    """The bit of values of a Python type, as far as the type alone says."""
    return _KINDS.get(kind, OTHER)


def kinds_of_range(low: int, high: int) -> int:
    """The bits that say how large whole numbers from ``low`` to ``high`` are."""
    if low < -_LONGEST or high >= _LONGEST:
        return WIDE | HUGE
    return WIDE if low < -_EXACT or high > _EXACT else 0


def type_of(kinds: int) -> Any:
    """The pandas type of a column that holds all of these.

    >>> (
    ...     type_of(INT),
    ...     type_of(INT | NONE),
    ...     type_of(INT | WIDE | NONE),
    ...     type_of(BOOL | INT),
    ...     type_of(INT | TEXT),
    ... )
    (dtype('int64'), dtype('float64'), dtype('O'), dtype('int64'), <StringDtype(na_value=nan)>)
    """
    values, missing = kinds & VALUES, kinds & MISSING
    if values & OTHER or (values & TIME and values != TIME):
        return np.dtype(object)
    if values == TIME:
        return _TIME_TYPE
    if values & TEXT:
        return TEXT_TYPE
    if not values:
        return np.dtype("float64" if missing & NAN else object)
    if values == BOOL:
        return np.dtype(object if missing else bool)
    if values & FLOAT or missing:
        return np.dtype(object if kinds & WIDE else "float64")
    return np.dtype(object if kinds & HUGE else "int64")


def kinds_of_type(dtype: Any) -> int | None:
    """The bits of what :func:`type_of` gives ``dtype`` for; None for types that it gives for nothing.

    >>> kinds_of_type(np.dtype("int64")) == INT, kinds_of_type(np.dtype("int8"))
    (True, None)
    """
    if dtype == _TIME_TYPE:
        return TIME
    if dtype == TEXT_TYPE and dtype != np.dtype(object):
        return TEXT
    if not isinstance(dtype, np.dtype):
        return None
    if dtype == np.dtype(object):
        return OTHER
    kinds = _DECLARED.get(dtype.kind)
    return kinds if kinds is not None and type_of(kinds) == dtype else None


def is_plain(dtype: Any, kinds: str) -> bool:
    """Whether ``dtype`` is one of NumPy, of these kinds.

    >>> is_plain(np.dtype("int8"), "iu"), is_plain(pd.Int8Dtype(), "iu")
    (True, False)
    """
    return isinstance(dtype, np.dtype) and dtype.kind in kinds
