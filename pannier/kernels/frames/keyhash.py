"""Hashes of the rows of a frame by some of its columns: equal keys have equal hashes, in every process.

Whole columns at a time.  What pandas takes for equal where it joins or groups has one hash whatever its type is:
1, 1.0 and True; a text in a column of texts, in a categorical one and in one of objects; a time of any unit; and
all that is missing (None, NaN, NaT, NA).  A hash may be coarser than equality, never finer.
"""

from __future__ import annotations

import datetime
import decimal
import numbers
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from pannier.kernels.frames.levels import levels_of
from pannier.kernels.hashing import hash_keys

Hashes: TypeAlias = NDArray[np.uint64]

HASH_BITS: Final = 64
_MISSING: Final = np.uint64(0x51AFD7ED558CCD1B)
"""The hash of what is missing: any number will do."""
_FIRST: Final = np.uint64(0xFF51AFD7ED558CCD)
_SECOND: Final = np.uint64(0xC4CEB9FE1A85EC53)
"""Multipliers of the last step of MurmurHash3 (Austin Appleby), after which each bit depends on all."""
_HALF: Final = np.uint64(32)
_WORD: Final = 8
"""Bytes of a text that are hashed at a time."""
_KEPT: Final = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], "u8")
"""Of a word, the bits of its first n bytes."""
_STRIP: Final = 1 << 13
"""Texts that are hashed at a time."""
_LONG: Final = 256
"""Bytes of a text up to which it is hashed word by word, each word of all texts at once."""
_UNITS: Final = {"D": 86400, "h": 3600, "m": 60, "s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Of units of time: seconds in a unit down to the second, below it units in a second."""
_known: Final[dict[int, Hashes]] = {}
"""The hashes of categories, by the identity of their index, as long as it lives."""
_COARSE: Final = frozenset("Dhm")


def hash_rows(columns: Sequence[Any]) -> Hashes:
    """The hash of each row of ``columns``, which are series, indexes or arrays, one or more, of one length.

    >>> whole, real = pd.Series([1, 2, 3]), pd.Series([1.0, 2.0, None])
    >>> (hash_rows([whole]) == hash_rows([real])).tolist()
    [True, True, False]
    """
    total = hash_column(columns[0])
    for column in columns[1:]:
        total *= np.uint64(31)
        total ^= hash_column(column)
        _mix(total)
    return total


def key_columns(block: Any, on: Iterable[Any] | None) -> list[Any]:
    """The columns, or levels of the index, that ``on`` names; without ``on`` the levels of the index.

    >>> frame = pd.DataFrame({"a": [1]}, index=pd.Index([2], name="i"))
    >>> [key.tolist() for key in key_columns(frame, ["a", "i"])]
    [[1], [2]]
    """
    index = block if isinstance(block, pd.Index) else block.index
    if on is None:
        return levels_of(index)
    columns = getattr(block, "columns", ())
    return [block[name] if name in columns else index.get_level_values(name) for name in on]


def hash_column(column: Any) -> Hashes:
    """The hash of each value of a series, an index or an array."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return _of_numpy(np.asarray(column))
    values: Any = column if isinstance(column, pd.api.extensions.ExtensionArray) else column.array
    if isinstance(dtype, pd.CategoricalDtype):
        return _of_codes(values.codes, _of_categories(dtype.categories))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _of_numpy(values.to_numpy(f"M8[{dtype.unit}]"))
    if isinstance(dtype, pd.IntervalDtype):
        return hash_rows([values.left, values.right])
    if isinstance(dtype, pd.PeriodDtype):
        return _filled(_of_numbers(values.asi8), values.isna())
    if isinstance(values, (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)):
        plain = values.to_numpy(dtype.numpy_dtype, na_value=0)
        return _filled(_of_numpy(plain), values.isna())
    if isinstance(dtype, (pd.StringDtype, pd.ArrowDtype)):
        return _of_arrow(values)
    return _of_objects(np.asarray(values, object))


def _of_numpy(values: NDArray[Any]) -> Hashes:
    match values.dtype.kind:
        case "b" | "i" | "u" | "f":
            return _of_numbers(values)
        case "M" | "m":
            return _of_times(values)
        case _:
            return _of_objects(values.astype(object))


def _of_numbers(values: NDArray[Any]) -> Hashes:
    """Hashes by the floating-point number closest to each value."""
    floats = values.astype("f8") + 0.0  # no -0.0, which equals 0.0
    hashes = floats.view("u8")
    if values.dtype.kind == "f":
        gaps = np.isnan(floats)
        return _filled(_mix(hashes), gaps)
    return _mix(hashes)


def _of_times(values: NDArray[Any]) -> Hashes:
    """Hashes of datetime64 or timedelta64, by whole seconds and nanoseconds."""
    unit, step = np.datetime_data(values.dtype)
    if unit not in _UNITS or step != 1:
        return _of_objects(values.astype(object))
    counts = values.view("i8")
    factor = _UNITS[unit]
    if unit in _COARSE or factor == 1:
        return _filled(_of_moments(counts * factor, np.zeros_like(counts)), np.isnat(values))
    seconds = counts // factor
    return _filled(_of_moments(seconds, (counts - seconds * factor) * (10**9 // factor)), np.isnat(values))


def _of_moments(seconds: NDArray[np.int64], nanoseconds: NDArray[np.int64]) -> Hashes:
    hashes = seconds.view("u8") * _SECOND
    hashes ^= nanoseconds.view("u8")
    return _mix(hashes)


def _of_categories(categories: pd.Index[Any]) -> Hashes:
    """The hashes of ``categories``, found once for all blocks that have the same ones."""
    key = id(categories)
    hashes = _known.get(key)
    if hashes is None:
        _known[key] = hashes = hash_column(categories)
        weakref.finalize(categories, _known.pop, key, None).atexit = False
    return hashes


def _of_codes(codes: NDArray[Any], of_categories: Hashes) -> Hashes:
    """The hashes of categories for their codes, -1 where a value is missing."""
    return np.append(of_categories, _MISSING).take(codes)  # the last one is number -1


def _of_arrow(values: Any) -> Hashes:
    array = pa.chunked_array(pa.array(values))
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        found = [_of_texts(chunk.cast(pa.large_binary())) for chunk in array.chunks]
        return np.concatenate(found) if found else np.empty(0, "u8")
    if _is_number(array.type):
        gaps, zero = np.asarray(values.isna()), pa.scalar(0).cast(array.type)
        return _filled(_of_numbers(array.fill_null(zero).to_numpy(zero_copy_only=False)), gaps)
    if pa.types.is_timestamp(array.type) or pa.types.is_duration(array.type):
        return _of_times(array.to_numpy(zero_copy_only=False))
    objects = np.empty(len(array), object)
    objects[:] = array.to_pylist()
    return _of_objects(objects)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _of_texts(array: Any) -> Hashes:
    """Hashes of an Arrow array of type large_binary: texts in UTF-8.

    A few thousand at a time: what is made on the way stays in a core's cache then, and its memory is used again.
    """
    hashes = np.empty(len(array), "u8")
    for start in range(0, len(array), _STRIP):
        hashes[start : start + _STRIP] = _of_few_texts(array.slice(start, _STRIP))
    return _filled(_mix(hashes), _gaps(array))


def _of_few_texts(array: Any) -> Hashes:
    n = len(array)
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, "i8", n + 1, array.offset * _WORD)
    starts = ends[:-1] - ends[0]
    lengths = np.diff(ends)
    size = int(ends[-1] - ends[0])
    padded = np.zeros(size + _WORD, "u1")
    if size:
        padded[:size] = np.frombuffer(data, "u1", size, int(ends[0]))
    hashes = lengths.astype("u8") * _SECOND
    longest, shortest = int(lengths.max()), int(lengths.min())
    for at in range(0, min(longest, _LONG), _WORD):
        if shortest == longest:
            words = np.ndarray((n,), "<u8", padded, at, (longest,)).copy()
            hashes = _absorbed(hashes, words, _KEPT[min(longest - at, _WORD)])
            continue
        words = np.ndarray((size + 1,), "<u8", padded, 0, (1,))  # from each byte on, overlapping
        if shortest > at:
            hashes = _absorbed(hashes, words[starts + at], _KEPT.take(lengths - at, mode="clip"))
        else:
            rows = np.flatnonzero(lengths > at)
            kept = _KEPT.take(lengths[rows] - at, mode="clip")
            hashes[rows] = _absorbed(hashes[rows], words[starts[rows] + at], kept)
    for row in np.flatnonzero(lengths > _LONG) if longest > _LONG else ():
        rest = crc32(padded[starts[row] + _LONG : starts[row] + lengths[row]].data)
        hashes[row] ^= np.uint64(rest)
    return hashes


def _absorbed(hashes: Hashes, words: Hashes, kept: Any) -> Hashes:
    """``hashes`` with the ``kept`` bits of ``words`` taken in, a word each."""
    words &= kept
    hashes ^= words
    hashes *= _FIRST
    hashes ^= hashes >> _HALF
    return hashes


def _gaps(array: Any) -> NDArray[np.bool_] | None:
    return array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None


def _of_objects(values: NDArray[Any]) -> Hashes:
    """Hashes of Python objects, those of one kind at a time."""
    hashes = np.full(len(values), _MISSING)
    kind_of = {kind: _kind(kind) for kind in set(map(type, values))}
    kinds = np.fromiter(map(kind_of.__getitem__, map(type, values)), "u1", len(values))
    kinds[_are_missing(values)] = _GAP
    for kind, hashed in enumerate(_HASHED_AS):
        if (places := np.flatnonzero(kinds == kind)).size:
            hashes[places] = hashed(values[places].tolist())
    return hashes


def _are_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pd.isna(values)
    return found


def _kind(kind: type) -> int:
    """Which of :data:`_HASHED_AS` is for values of this class."""
    if issubclass(kind, str):
        return 0
    if issubclass(kind, (numbers.Real, decimal.Decimal, np.bool_)):
        return 1
    return 2 if issubclass(kind, (datetime.datetime, datetime.timedelta, np.datetime64)) else 3


def _texts(values: list[Any]) -> Hashes:
    try:
        array = pa.array(values, pa.large_string()).cast(pa.large_binary())
    except (UnicodeEncodeError, pa.ArrowInvalid):  # a lone surrogate
        array = pa.array([value.encode("utf-8", "surrogatepass") for value in values], pa.large_binary())
    return _of_texts(array)


def _numbers(values: list[Any]) -> Hashes:
    return _of_numbers(np.array([_as_float(value) for value in values]))


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _times(values: list[Any]) -> Hashes:
    return np.concatenate([_of_times(_as_numpy_time(value)) for value in values])


def _as_numpy_time(value: Any) -> NDArray[Any]:
    if isinstance(value, datetime.datetime):
        value = pd.Timestamp(value).asm8
    elif not isinstance(value, (np.datetime64, np.timedelta64)):
        value = pd.Timedelta(value).asm8
    return np.array([value])


def _others(values: list[Any]) -> Hashes:
    return _mix(np.array(hash_keys(values), "u8"))


_HASHED_AS: Final[tuple[Callable[[list[Any]], Hashes], ...]] = (_texts, _numbers, _times, _others)
_GAP: Final = len(_HASHED_AS)


def _filled(hashes: Hashes, gaps: NDArray[np.bool_] | None) -> Hashes:
    """``hashes``, with that of what is missing where there are ``gaps``."""
    if gaps is not None:
        hashes[gaps] = _MISSING
    return hashes


def _mix(hashes: Hashes) -> Hashes:
    """``hashes`` itself, mixed in place until each bit depends on all."""
    hashes ^= hashes >> np.uint64(33)
    hashes *= _FIRST
    hashes ^= hashes >> np.uint64(33)
    hashes *= _SECOND
    hashes ^= hashes >> np.uint64(33)
    return hashes
