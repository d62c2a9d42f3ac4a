"""Hashes of keys: equal keys have equal hashes, in every process.

Python's own ``hash`` is consistent with ``==`` but salts text anew in every process.  Here text, bytes, times
and whatever is made of them are hashed by content, and numbers by Python's ``hash``, which has no salt and
is the same for ``1``, ``1.0``, ``True`` and ``Decimal(1)``.

A hash may be coarser than equality, never finer.  So all keys of a class that defines ``__eq__`` and
``__hash__`` itself share one hash: they are told apart where they end up, by that very ``__eq__``.  Named tuples,
enums and data classes are hashed by their content.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import numbers
import types
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeAlias
from zlib import crc32

MASK: Final = 0xFFFFFFFF
"""Hashes are whole numbers from 0 to this one."""
_GOLDEN: Final = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio: neighbouring numbers end up far apart (Knuth, "Sorting and Searching", 6.4)."""
_UNKNOWN: Final = 0
"""The hash of keys that only their own ``__eq__`` can compare, and of those that equal nothing."""

_Hash: TypeAlias = Callable[[Any], int]


def hash_keys(keys: list[Any]) -> list[int]:
    """The hash of every key; texts and whole numbers at C speed.

    >>> hash_keys(["a", "b"]) == [hash_key("a"), hash_key("b")]
    True
    """
    kinds = set(map(type, keys))
    if kinds == {str}:
        try:
            return list(map(crc32, map(str.encode, keys)))
        except UnicodeEncodeError:  # a lone surrogate
            pass
    elif kinds == {int}:
        return [(hash(key) * _GOLDEN >> 29) & MASK for key in keys]
    return [hash_key(key) for key in keys]


def hash_key(key: Any) -> int:
    """The hash of one key, which must be hashable.

    >>> (
    ...     hash_key(1) == hash_key(1.0) == hash_key(True),
    ...     hash_key(("a", 0.0)) == hash_key(("a", -0.0)),
    ... )
    (True, True)
    """
    kind = type(key)
    hashed = _BY_TYPE.get(kind)
    if hashed is None:
        hashed = _BY_TYPE[kind] = _find(kind)
    return hashed(key)


def _number(key: Any) -> int:
    return (hash(key) * _GOLDEN >> 29) & MASK if key == key else _UNKNOWN  # noqa: PLR0124  NaN has a salted hash


def _text(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass"))


def _bytes(key: bytes) -> int:
    return crc32(key, 1)


def _tuple(key: tuple[Any, ...]) -> int:
    total = len(key)
    for part in key:
        total = (total * 1000003 + hash_key(part)) & MASK
    return total


def _set(key: frozenset[Any]) -> int:
    return sum([(hash_key(part) * _GOLDEN >> 29) & MASK for part in key]) & MASK


def _moment(key: datetime.datetime) -> int:
    if key != key:  # noqa: PLR0124  not a time
        return _UNKNOWN
    seconds = key.hour * 3600 + key.minute * 60 + key.second
    since = datetime.timedelta(key.toordinal(), seconds, key.microsecond)
    offset = key.utcoffset()
    return _duration(since if offset is None else since - offset)


def _day(key: datetime.date) -> int:
    return _number(key.toordinal())


def _time(key: datetime.time) -> int:
    return _UNKNOWN if key.tzinfo else _tuple((key.hour, key.minute, key.second, key.microsecond))


def _duration(key: datetime.timedelta) -> int:
    return _tuple((key.days, key.seconds, key.microseconds))


def _member(key: enum.Enum) -> int:
    return _text(key.name)


def _constant(key: object) -> int:
    return _UNKNOWN


def _numpy(key: Any) -> int:
    return hash_key(key.item())


def _fields(kind: type) -> _Hash:
    names = [
        field.name
        for field in dataclasses.fields(kind)
        if (field.hash is None and field.compare) or field.hash
    ]
    return lambda key: _tuple(tuple([getattr(key, name) for name in names]))


_BY_TYPE: Final[dict[type, _Hash]] = {
    str: _text,
    bytes: _bytes,
    int: _number,
    bool: _number,
    float: _number,
    complex: _number,
    decimal.Decimal: _number,
    fractions.Fraction: _number,
    types.NoneType: _constant,
    tuple: _tuple,
    frozenset: _set,
    datetime.datetime: _moment,
    datetime.date: _day,
    datetime.time: _time,
    datetime.timedelta: _duration,
    range: _number,
    uuid.UUID: lambda key: _number(key.int),
}


def _find(kind: type) -> _Hash:
    """How to hash keys of a class that is not in the table."""
    for base in kind.__mro__:
        # A subclass that compares as its base does may be equal to an instance of it.
        if base in _BY_TYPE and kind.__eq__ is base.__eq__ and kind.__hash__ is base.__hash__:
            return _BY_TYPE[base]
    if issubclass(kind, numbers.Number):
        return _number
    if issubclass(kind, datetime.datetime):  # pandas.Timestamp
        return _moment
    if issubclass(kind, enum.Enum) and kind.__hash__ is enum.Enum.__hash__:
        return _member
    if kind.__module__ == "numpy" and kind.__name__ not in {"datetime64", "timedelta64", "void"}:
        return _numpy
    if dataclasses.is_dataclass(kind) and _is_generated(kind.__eq__) and _is_generated(kind.__hash__):
        return _fields(kind)
    return _constant


def _is_generated(method: Any) -> bool:
    """Whether the module dataclasses has written ``method``."""
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    return code is not None and code.co_filename == "<string>"


def as_hashable(value: Any) -> Any:
    """A hashable stand-in for ``value``, equal for equal values: lists, dicts and sets inside it are replaced.

    >>> (
    ...     as_hashable({"a": [1, 2]}) == as_hashable({"a": [1.0, 2]}),
    ...     as_hashable([1]) == as_hashable((1,)),
    ... )
    (True, False)
    """
    if isinstance(value, dict):
        return _STAND_INS[dict], frozenset([(key, as_hashable(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return _STAND_INS[list], tuple([as_hashable(inner) for inner in value])
    if isinstance(value, tuple):
        return tuple([as_hashable(inner) for inner in value])
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    if isinstance(value, bytearray):
        return bytes(value)
    return value


_STAND_INS: Final = {dict: "\0dict", list: "\0list"}
"""What makes the stand-ins of dicts and lists unlike those of other values."""
