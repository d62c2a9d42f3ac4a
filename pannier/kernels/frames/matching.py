"""Which rows of a table have the keys that rows of another frame have: keys as numbers, found once for the table.

pandas hashes both frames anew for each merge, and texts one Python object at a time.  Where one table meets many
partitions it is prepared once; texts are looked up by Arrow, many of them by their hashes, numbers and times by their distance from the least where
they lie close, else by pandas' own hash tables, and all of that lets other threads run.  Only for keys of plain types
that are the same on both sides: for anything else pandas merges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from pannier.kernels.frames.groupcodes import direct, reach
from pannier.kernels.frames.keyhash import hash_column
from pannier.kernels.frames.kinds import is_plain
from pannier.kernels.frames.picking import is_arrow_text

Codes: TypeAlias = NDArray[np.signedinteger[Any]]

_MOST: Final = 1 << 62
"""Numbers of combined keys, up to which they fit into 64 bits."""
_MANY_TEXTS: Final = 1 << 18
"""Distinct ones that are worth being hashed once and compared by every frame that is looked up."""
_WINDOW: Final = 1 << 17
"""Rows whose numbers are made at a time."""


class Matches(NamedTuple):
    """Pairs of rows, as their places on both sides."""

    own: Any
    """Places in the frame, or for each of its rows whether it is in a pair; None if each is in one."""
    table: Any
    """Places in the table, -1 where there is no match."""


class Table:
    """The keys of a frame, prepared to be looked up."""

    __slots__ = ("_combined", "_dtypes", "_finders", "_first", "_ordered", "_sizes")

    def __init__(self, dtypes: Sequence[Any], finders: Sequence[_Finder], own: Sequence[Codes]) -> None:
        self._dtypes = dtypes
        self._finders = finders
        codes = self._together(own)
        self._combined = None
        n = math.prod(map(len, finders))
        if len(own) > 1 and n > direct(len(codes)):
            numbers, distinct = pd.factorize(codes)
            self._combined, codes, n = pd.Index(distinct), numbers, len(distinct)
        self._first = _places(codes, n)
        self._ordered: Any = None
        self._sizes: Any = None
        if np.count_nonzero(self._first >= 0) < len(codes):  # some keys are those of several rows
            self._ordered = np.argsort(codes, kind="stable")
            self._sizes = np.append(np.bincount(codes, minlength=n), 0)
            self._first = np.where(self._sizes > 0, np.cumsum(self._sizes) - self._sizes, -1)

    @classmethod
    def of(cls, keys: Sequence[Any]) -> Table | None:
        """The table of the series that make the key; None if they are not of types that are looked up here."""
        if not all(map(may_be_matched, keys)):
            return None
        rows = len(keys[0])
        most = direct(rows) if len(keys) == 1 else 2 * rows  # of several keys numbers are multiplied
        found = [_finder(key, most) for key in keys]
        finders, own = [finder for finder, _ in found], [codes for _, codes in found]
        return (
            cls([key.dtype for key in keys], finders, own) if math.prod(map(len, finders)) < _MOST else None
        )

    def fits(self, keys: Sequence[Any]) -> bool:
        """Whether ``keys`` are of the types that were prepared."""
        return [key.dtype for key in keys] == self._dtypes

    def matches(self, keys: Sequence[Any], keeps_all: bool) -> Matches:
        """All pairs of a row with ``keys`` and one of the table, in the order of the rows, then of the table.

        With ``keeps_all`` a row without a match is in one pair, with -1.

        >>> table = Table.of([pd.Series([7, 8, 8])])
        >>> own, found = table.matches([pd.Series([8, 9])], keeps_all=True)
        >>> own.tolist(), found.tolist()
        ([0, 0, 1], [1, 2, -1])
        """
        codes = self._found(keys)
        if self._sizes is None:
            return _paired(self._first.take(codes), keeps_all)
        sizes = self._sizes.take(codes)
        if keeps_all:
            sizes = np.maximum(sizes, 1)
        own = np.repeat(np.arange(len(codes)), sizes)
        within = np.arange(len(own)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        start = self._first.take(codes).take(own)
        found = self._ordered.take(start + within, mode="clip")
        found[start < 0] = -1
        return Matches(own, found)

    def has(self, keys: Sequence[Any]) -> NDArray[np.bool_]:
        """For each row with ``keys`` whether the table has these."""
        found: NDArray[np.bool_] = self._first.take(self._found(keys)) >= 0
        return found

    def _found(self, keys: Sequence[Any]) -> Codes:
        """The number of each row's key, -1 for those that have none; the table may lack keys that have one."""
        codes = self._together([finder.find(key) for finder, key in zip(self._finders, keys, strict=True)])
        return codes if self._combined is None else self._combined.get_indexer(pd.Index(codes))

    def _together(self, parts: Sequence[Codes]) -> Codes:
        """One number for the key of each row, -1 where one of its ``parts`` is not in the table."""
        total = parts[0]
        for finder, codes in zip(self._finders[1:], parts[1:], strict=True):
            missing = (total < 0) | (codes < 0)
            total = total * len(finder) + codes
            total[missing] = -1
        return total


def _places(codes: Codes, n: int) -> Codes:
    """The last row that has each of ``n`` codes, -1 where none has, and -1 once more at the end.

    A few rows at a time, and in few bytes: of a large table, the first touch of memory takes longer than all else.
    """
    places: Codes = np.full(n + 1, -1, np.int32 if len(codes) <= np.iinfo(np.int32).max else np.intp)
    for start in range(0, len(codes), _WINDOW):
        some = codes[start : start + _WINDOW]
        places[some] = np.arange(start, start + len(some))
    return places


def _paired(found: Codes, keeps_all: bool) -> Matches:
    if keeps_all or not len(found) or found.min() >= 0:
        return Matches(None, found)
    own = found >= 0
    return Matches(own, found[own])


def may_be_matched(key: Any) -> bool:
    """Whether a series is of a type that a :class:`Table` can have.

    >>> may_be_matched(pd.Series(["a"])), may_be_matched(pd.Series([(1, 2)]))
    (True, False)
    """
    return is_number(key.dtype) or is_arrow_text(key.dtype)


def is_number(dtype: Any) -> bool:
    """Whether values are numbers or times that a :class:`Table` can have."""
    return is_plain(dtype, "iufMm") or isinstance(dtype, pd.DatetimeTZDtype)


class _Texts:
    """Distinct texts."""

    __slots__ = ("_distinct",)

    def __init__(self, distinct: Any) -> None:
        self._distinct = distinct

    def __len__(self) -> int:
        return len(self._distinct)

    def find(self, values: Any) -> Codes:
        """The number of each text, -1 for others."""
        import pyarrow.compute as pc

        found = pc.index_in(pa.array(values.array), value_set=self._distinct)
        codes: Codes = np.asarray(found.fill_null(-1), np.intp)
        return codes


class _Hashed:
    """Distinct texts by their hashes, where they are so many that to hash them for each frame takes longer than all else."""

    __slots__ = ("_distinct", "_hashes")

    def __init__(self, distinct: Any, hashes: _Numbers) -> None:
        """``distinct`` texts, in the order of the numbers that ``hashes`` have."""
        self._distinct = distinct
        self._hashes = hashes

    @classmethod
    def of(cls, values: Any) -> tuple[_Hashed, Codes] | None:
        """What finds the texts of a series, and the number of each; None if they are few, or differ by more than hashes."""
        hashes = pd.Index(hash_column(values), copy=False)
        texts = _chunks(values)
        if hashes.is_unique:
            return cls(texts, _Numbers(hashes)), np.arange(len(hashes))
        is_first = ~hashes.duplicated()
        if np.count_nonzero(is_first) < _MANY_TEXTS:
            return None
        found = cls(texts.filter(pa.array(is_first)), _Numbers(hashes[is_first]))
        codes = found.find(values)
        return None if codes.min() < 0 else (found, codes)

    def __len__(self) -> int:
        return len(self._distinct)

    def find(self, values: Any) -> Codes:
        """The number of each text, -1 for others."""
        import pyarrow.compute as pc

        codes = self._hashes.find(hash_column(values))
        texts = _chunks(values)
        found = pc.take(self._distinct, pa.array(np.maximum(codes, 0)), boundscheck=False)
        is_same = pc.or_(pc.equal(found, texts).fill_null(False), pc.and_(found.is_null(), texts.is_null()))
        codes[~is_same.to_numpy()] = -1
        return codes


class _Close:
    """Whole numbers or times that lie close, by their distances from the least; not each of them need be there."""

    __slots__ = ("_least", "_size")

    def __init__(self, least: int, size: int) -> None:
        self._least = np.int64(least)
        self._size = size

    def __len__(self) -> int:
        return self._size

    def find(self, values: Any) -> Codes:
        """The distance of each value, -1 for others."""
        found: Codes = _as_integers(values) - self._least
        found[(found < 0) | (found >= self._size)] = -1
        return found


class _Numbers:
    """Distinct numbers, or times."""

    __slots__ = ("_distinct",)

    def __init__(self, distinct: pd.Index[Any]) -> None:
        self._distinct = distinct

    def __len__(self) -> int:
        return len(self._distinct)

    def find(self, values: Any) -> Codes:
        """The number of each value, -1 for others."""
        return np.asarray(self._distinct.get_indexer(pd.Index(values, copy=False)))


_Finder: TypeAlias = _Texts | _Hashed | _Close | _Numbers


def _finder(values: Any, most: int) -> tuple[_Finder, Codes]:
    """What finds the values of a series, and the number of each of them; up to ``most`` numbers may be addresses."""
    if is_arrow_text(values.dtype):
        hashed = _Hashed.of(values) if len(values) >= _MANY_TEXTS else None
        if hashed is not None:
            return hashed
        encoded = _chunks(values).combine_chunks().dictionary_encode("encode")
        return _Texts(encoded.dictionary), np.asarray(encoded.indices, np.intp)
    if values.dtype.kind in "iumM":
        least, size = reach(_as_integers(values))
        if 0 < size <= most:
            close = _Close(least, size)
            return close, close.find(values)
    index = pd.Index(values, copy=False)
    if index.is_unique:  # which makes the table that values are looked up in
        return _Numbers(index), np.arange(len(index))
    finder = _Numbers(index.drop_duplicates())
    return finder, finder.find(values)


def _chunks(texts: Any) -> pa.ChunkedArray:
    """The texts of a series, in the chunks that they are in."""
    return pa.chunked_array(pa.array(texts.array))


def _as_integers(values: Any) -> Codes:
    """Whole numbers or times of a series as signed numbers: those that do not fit are below zero."""
    plain: Codes = values.to_numpy() if isinstance(values.dtype, np.dtype) else values.array.asi8
    return plain.astype(np.int64, copy=False) if plain.dtype.kind in "iu" else plain.view(np.int64)
