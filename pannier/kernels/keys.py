"""Keys: when two of them are one, beyond what a dict says.

A dict takes keys that are equal for one, and NaN is equal to nothing, not even to itself.  A dict finds the very
same object again, though, so what it makes of NaN would depend on which of them have been to another process.
Therefore all NaN are one key here, as pandas (``dropna=False``), Polars and Spark have it.
"""

from __future__ import annotations

import datetime
import enum
import math
import numbers
import operator
import types
import uuid
from typing import Any, Final

from pannier.errors import annotate

NEVER_NAN: Final = frozenset(
    {str, bytes, int, bool, types.NoneType, datetime.datetime, datetime.date, datetime.timedelta, uuid.UUID}
)
"""Classes of keys that :func:`settled` need not be asked about."""
_NOT_A_TIME: Final[dict[type, Any]] = {}
"""The first NaT met of each class of numpy."""


def settled(key: Any) -> Any:
    """``key``; for NaN, alone or inside tuples and frozensets, the one NaN that this process has for all.

    >>> (
    ...     math.nan is settled(float("nan")),
    ...     settled((1, float("nan"))) == settled((1, float("nan"))),
    ... )
    (True, True)
    """
    kind = type(key)
    if kind in NEVER_NAN:
        return key
    if kind is float:
        return key if key == key else math.nan  # noqa: PLR0124
    if isinstance(key, (tuple, frozenset)):
        parts = list(map(settled, key))
        return key if all(map(operator.is_, parts, key)) else _made_of(parts, key)
    if kind.__module__ == "numpy" and kind.__name__ in {"datetime64", "timedelta64"}:
        return key if key == key else _NOT_A_TIME.setdefault(kind, key)  # noqa: PLR0124
    if isinstance(key, numbers.Number):
        return key if key == key else math.nan  # noqa: PLR0124
    return key


def _made_of(parts: list[Any], key: Any) -> Any:
    """A tuple or set like ``key`` of other ``parts``; ``key`` itself if its class alone knows how to make one."""
    kind = type(key)
    if kind is tuple or kind is frozenset:
        return kind(parts)
    return kind._make(parts) if hasattr(kind, "_make") else key


class _Kind(enum.Enum):
    """What makes the stand-in of a dict or list unlike that of anything else."""

    DICT = enum.auto()
    LIST = enum.auto()


def as_hashable(value: Any) -> Any:
    """A hashable stand-in for ``value``, equal for equal values: lists, dicts and sets inside it are replaced.

    >>> (
    ...     as_hashable({"a": [1, 2]}) == as_hashable({"a": [1.0, 2]}),
    ...     as_hashable([1]) == as_hashable((1,)),
    ... )
    (True, False)
    """
    if isinstance(value, dict):
        return _Kind.DICT, frozenset([(key, as_hashable(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return _Kind.LIST, tuple(map(as_hashable, value))
    if isinstance(value, tuple):
        return tuple(map(as_hashable, value))
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value


def hinted(error: TypeError) -> TypeError:
    """``error``, with the next step if it says that a key cannot be hashed.

    One that has notes was raised by a step before the grouping, which has said what it was about.
    """
    if "unhashable" in str(error) and not getattr(error, "__notes__", None):
        annotate(
            error, "keys must be hashable: make a tuple of a list, and tuple(sorted(d.items())) of a dict d"
        )
    return error
