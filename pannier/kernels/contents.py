"""What a record is, as a number or text: the same for equal records, in every process, and for no others.

A sketch hashes what it is shown.  So it must be shown the same for ``1``, ``1.0`` and ``True``, and Python's own
``hash`` will not do, which salts text anew in every process.  Nor will a hash of 32 bits, of which ten million
different records share some: a shuffle may send them the same way, a sketch would count them as one.
"""

from __future__ import annotations

import datetime
import enum
import numbers
import re
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

_How: TypeAlias = Callable[[Any], Any]

_INT64: Final = 2**63
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001  moments are reckoned without their zone
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""What text may hold and UTF-8 cannot."""


def content_of(record: Any) -> int | float | str:
    """A 64-bit whole number, a float or a text that is never empty and has a UTF-8 form.

    Raises TypeError for a record of a class that compares its instances in a way of its own.

    >>> content_of(2.0), content_of("ab"), content_of(("a", -0.0)) == content_of(("a", False))
    (2, 'ab', True)
    """
    kind = type(record)
    simple: int | float | str = record
    if kind is str:
        # An empty text is nothing to a sketch, and those that begin with a NUL are the ones made below.
        if record >= "\1" and (record.isascii() or not _SURROGATE.search(record)):
            return simple
    elif (kind is int or (kind is float and not record.is_integer())) and -_INT64 <= record < _INT64:
        return simple
    content = _content(record)
    if type(content) is str and kind is not str:
        return content_of(content)
    return content if isinstance(content, (int, float)) else "\0" + ascii(content)


def _content(value: Any) -> Any:
    """A stand-in for ``value`` made of builtins, whose ``repr`` is the same if and only if values are equal.

    Lists that open with a name mark what is neither number, text, bytes, None nor tuple.
    """
    kind = type(value)
    how = _HOW.get(kind)
    if how is None:
        how = _HOW[kind] = _find(kind)
    return how(value)


def _find(kind: type) -> _How:
    """How to tell the content of an instance of ``kind``: as its base does, if they compare alike."""
    if kind.__module__ == "numpy" and kind.__name__ not in _NUMPY_OTHER:
        return lambda value: _content(value.item())
    for base in kind.__mro__:
        if base in _HOW and kind.__eq__ is base.__eq__ and kind.__hash__ is base.__hash__:
            return _HOW[base]
    if issubclass(kind, numbers.Number):
        return _number
    if issubclass(kind, datetime.datetime):  # that of pandas
        return _moment
    if issubclass(kind, datetime.timedelta):  # same
        return _span
    raise TypeError(
        f"what makes two records of {kind.__module__}.{kind.__qualname__} equal is known to their class alone; "
        "map them first to what does, such as a tuple of their fields"
    )


def _number(value: Any) -> Any:
    if value != value:  # noqa: PLR0124  all NaN are one
        return float("nan")
    if isinstance(value, complex):
        return ["complex", hash(value)] if value.imag else _number(value.real)
    if -_INT64 <= value < _INT64:
        whole = int(value)
        if whole == value:
            return whole
        near = float(value)
        if near == value:
            return near
    return ["number", hash(value)]  # Python's hash of numbers has no salt and is equal across their types


def _moment(value: datetime.datetime) -> Any:
    if value != value:  # noqa: PLR0124  that of pandas which is no time
        return ["no time"]
    offset = value.utcoffset()
    since = value.replace(tzinfo=None) - _EPOCH
    return ["naive", _span(since)] if offset is None else ["moment", _span(since - offset)]


def _time(value: datetime.time) -> Any:
    since = datetime.timedelta(0, value.hour * 3600 + value.minute * 60 + value.second, value.microsecond)
    offset = value.utcoffset()
    return ["time", _span(since)] if offset is None else ["time in a zone", _span(since - offset)]


def _span(value: datetime.timedelta) -> Any:
    # Those of pandas are finer.
    return ["span", value.days, value.seconds, value.microseconds, getattr(value, "nanoseconds", 0)]


def _set(value: Iterable[Any]) -> Any:
    return ["set", sorted([ascii(_content(part)) for part in value])]


def _dict(value: dict[Any, Any]) -> Any:
    return ["dict", sorted([(ascii(_content(key)), ascii(_content(inner))) for key, inner in value.items()])]


_NUMPY_OTHER: Final = frozenset({"datetime64", "timedelta64", "void", "ndarray", "longdouble", "clongdouble"})
"""Classes of numpy whose ``item()`` may differ for equal values, or is the value itself."""
_HOW: Final[dict[type, _How]] = {
    str: str.__str__,
    bytes: bytes.__bytes__,
    types.NoneType: lambda value: value,
    int: lambda value: int(value) if -_INT64 <= value < _INT64 else _number(value),
    float: _number,
    tuple: lambda value: tuple([_content(part) for part in value]),
    list: lambda value: ["list", *[_content(part) for part in value]],
    dict: _dict,
    set: _set,
    frozenset: _set,
    datetime.datetime: _moment,
    datetime.date: lambda value: ["day", value.toordinal()],
    datetime.time: _time,
    datetime.timedelta: _span,
    uuid.UUID: lambda value: ["uuid", value.int],
    enum.Enum: lambda value: ["member", type(value).__module__, type(value).__qualname__, value.name],
}
"""How to tell the content of an instance of a class; it grows by the classes that are met."""
