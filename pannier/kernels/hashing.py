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
import numbers
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias
from zlib import crc32

from pannier.kernels.keys import settled

HASH_BITS: Final = 32
MASK: Final = (1 << HASH_BITS) - 1
"""Hashes are whole numbers from 0 to this one."""
_GOLDEN: Final = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio: neighbouring numbers end up far apart (Knuth, "Sorting and Searching", 6.4)."""
_HIGH: Final = 32
"""The bits of a product that depend on all bits below them."""
_MASK_64: Final = 0xFFFFFFFFFFFFFFFF
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_EPOCH_DAY: Final = datetime.date(1970, 1, 1).toordinal()
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
        return [((h ^ h >> _HIGH) * _GOLDEN >> _HIGH) & MASK for h in map(hash, keys)]
    return list(map(hash_key, keys))


def own_hashes(keys: Iterable[Any]) -> list[int]:
    """Python's own hash of every key, which tells more of them apart, and is not the same in another process.

    >>> own_hashes([1, 1.0]) == own_hashes([True, 1])
    True
    """
    return [_mixed(hash(settled(key))) for key in keys]


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


def _mixed(hashed: int) -> int:
    """A hash of which every bit depends on all of ``hashed``.

    Python's hash of a float that is no whole number differs from that of its neighbours in high bits only, and a
    product carries what differs upwards: so these bits are folded down first.
    """
    return ((hashed ^ hashed >> _HIGH) * _GOLDEN >> _HIGH) & MASK


def _number(key: Any) -> int:
    return _mixed(hash(key)) if key == key else _UNKNOWN  # noqa: PLR0124  NaN has a salted hash


def _text(key: str) -> int:
    return crc32(str.encode(key, "utf-8", "surrogatepass"))


def _bytes(key: bytes) -> int:
    return crc32(key, 1)


def _tuple(key: tuple[Any, ...]) -> int:
    total = len(key)
    for part in key:
        total = (total * 1000003 + hash_key(part)) & MASK
    return total


def _set(key: frozenset[Any]) -> int:
    return sum([_mixed(hash_key(part)) for part in key]) & MASK


def _moment(key: datetime.datetime) -> int:
    if key != key:  # noqa: PLR0124  not a time
        return _UNKNOWN
    since = datetime.timedelta(key.toordinal() - _EPOCH_DAY, _seconds(key), key.microsecond)
    # In a zone of its own a time is equal to itself an hour later, when clocks have been put back (PEP 495).
    offset = None if key.tzinfo is None else key.replace(fold=0).utcoffset()
    return _duration(since if offset is None else since - offset)


def _seconds(key: datetime.datetime | datetime.time) -> int:
    return key.hour * 3600 + key.minute * 60 + key.second


def _day(key: datetime.date) -> int:
    return _number(key.toordinal())


def _time(key: datetime.time) -> int:
    offset = None if key.tzinfo is None else key.replace(fold=0).utcoffset()
    return _number(_seconds(key) - (0 if offset is None else offset.days * 86400 + offset.seconds))


def _duration(key: datetime.timedelta) -> int:
    return _mixed(key // _MICROSECOND & _MASK_64)


def _member(key: enum.Enum) -> int:
    return hash_key(key.name)  # that of a flag may be None


def _constant(key: object) -> int:
    return _UNKNOWN


def _numpy(key: Any) -> int:
    return hash_key(key.item())


def _numpy_moment(key: Any) -> int:
    """The hash of a datetime64 or timedelta64 of any unit, those of Python being equal to some of them."""
    if key != key:  # noqa: PLR0124  not a time
        return _UNKNOWN
    return _mixed(int(key.astype(f"{key.dtype.kind}8[us]").astype("i8")) & _MASK_64)


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
    types.NoneType: _constant,
    tuple: _tuple,
    frozenset: _set,
    datetime.datetime: _moment,
    datetime.date: _day,
    datetime.time: _time,
    datetime.timedelta: _duration,
    uuid.UUID: lambda key: _number(key.int),
}


def _find(kind: type) -> _Hash:
    """How to hash keys of a class that is not in the table."""
    for base in kind.__mro__:
        # A subclass that compares as its base does may be equal to an instance of it.
        if base in _BY_TYPE and kind.__eq__ is base.__eq__ and kind.__hash__ is base.__hash__:
            return _BY_TYPE[base]
    if issubclass(kind, datetime.datetime):  # pandas.Timestamp
        return _moment
    if issubclass(kind, datetime.timedelta):  # pandas.Timedelta
        return _duration
    if kind.__module__ == "numpy" and kind.__name__ in {"datetime64", "timedelta64"}:
        return _numpy_moment
    if issubclass(kind, numbers.Number):
        return _number
    if issubclass(kind, enum.Enum) and kind.__hash__ is enum.Enum.__hash__:
        return _member
    if kind.__module__ == "numpy" and kind.__name__ != "void":
        return _numpy
    if dataclasses.is_dataclass(kind) and _is_generated(kind.__eq__) and _is_generated(kind.__hash__):
        return _fields(kind)
    return _constant


def _is_generated(method: Any) -> bool:
    """Whether the module dataclasses has written ``method``."""
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    return code is not None and code.co_filename == "<string>"
