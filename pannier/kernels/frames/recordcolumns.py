"""A column that grows: the values of a batch go into one Arrow array where they are of one kind, else stay as they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from pannier.frozen import frozen
from pannier.kernels.frames import kinds as of
from pannier.kernels.frames.kinds import kind_of_type, kinds_of, kinds_of_range

NOTHING: Final = object()
"""Stands for the value of a field that a record has not."""


_ARROW: Final[Mapping[int, Any]] = {
    0: pa.null(),
    of.BOOL: pa.bool_(),
    of.INT: pa.int64(),
    of.FLOAT: pa.float64(),
    of.TEXT: pa.string(),
    of.TIME: pa.timestamp("us"),
}
"""Values of one kind to the array that holds them."""


@frozen
class Piece:
    """Some values of a column that follow each other."""

    data: Any
    """An Arrow array; objects in a numpy array; or an array of a declared type."""
    gap: Any = None
    """What a missing value of the array is among objects: None, or NaN where there was no such field."""

    def objects(self) -> np.ndarray[Any, Any]:
        """The values as they were."""
        if isinstance(self.data, np.ndarray):
            return self.data
        found = self.data.to_pylist()
        if self.gap is not None and self.data.null_count:
            found = [self.gap if value is None else value for value in found]
        return _objects(found)


class Column:
    """The values of a column so far, in pieces."""

    __slots__ = ("kinds", "pieces", "rows")

    def __init__(self) -> None:
        self.kinds = 0
        self.pieces: list[Piece] = []
        self.rows = 0

    def fill(self, rows: int) -> None:
        """Make it as long as ``rows`` by what is absent."""
        if self.rows < rows:
            self.pieces.append(Piece(pa.nulls(rows - self.rows), np.nan))
            self.kinds |= of.ABSENT
            self.rows = rows

    def add(self, rows: int, values: list[Any]) -> int:
        """Put ``values`` behind the first ``rows``; the kinds of these values."""
        self.fill(rows)
        kinds, piece = _piece(values)
        self.pieces.append(piece)
        self.kinds |= kinds
        self.rows += len(values)
        return kinds

    def add_array(self, array: Any, rows: int) -> None:
        """Put an array behind, of a type that has no kinds."""
        self.pieces.append(Piece(array))
        self.kinds |= of.OTHER
        self.rows += rows

    def joined(self) -> tuple[Piece, ...]:
        """The pieces, neighbours of one type as one."""
        made: list[Piece] = []
        for _, run in itertools.groupby(self.pieces, _type_of_piece):
            pieces = list(run)
            values = [piece.data for piece in pieces]
            if len(pieces) > 1 and isinstance(values[0], pa.Array):
                values = [pa.concat_arrays(values)]
            elif len(pieces) > 1 and isinstance(values[0], np.ndarray):
                values = [np.concatenate(values)]
            made.extend(Piece(each, pieces[0].gap) for each in values)
        return tuple(made)


def _type_of_piece(piece: Piece) -> tuple[Any, bool]:
    return getattr(piece.data, "type", None), piece.gap is None


def _piece(values: list[Any]) -> tuple[int, Piece]:
    """The kinds of ``values``, and the values, in an array where one holds them as they are."""
    kinds = _kinds_of_types(values)
    is_partly = bool(kinds & of.ABSENT)
    there = [None if value is NOTHING else value for value in values] if is_partly else values
    arrow = _ARROW.get(kinds & of.VALUES)
    if arrow is not None and kinds & (of.NONE | of.ABSENT) != of.NONE | of.ABSENT:
        try:
            array = pa.array(there, arrow)
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
            pass  # a number or text that no array holds
        else:
            return _exactly(kinds, array), Piece(array, np.nan if is_partly else None)
    gaps = [np.nan if value is NOTHING else value for value in values] if is_partly else values
    exact = kinds_with_gaps(values)
    if exact & of.TEXT and not _are_texts(gaps):
        exact |= of.OTHER
    return exact, Piece(_objects(gaps))


def _kinds_of_types(values: Sequence[Any]) -> int:
    kinds = 0
    for kind in set(map(type, values)):
        kinds |= of.ABSENT if kind is object else kind_of_type(kind)
    return kinds


def _exactly(kinds: int, array: pa.Array) -> int:
    """``kinds`` with what the values in ``array`` say besides their type."""
    import pyarrow.compute as pc  # heavy, and needed for what it is first used

    if pa.types.is_int64(array.type):
        ends = pc.min_max(array)
        return kinds | kinds_of_range(ends["min"].as_py(), ends["max"].as_py())
    if pa.types.is_float64(array.type):
        missing = pc.sum(pc.is_nan(array)).as_py()
        if missing == len(array) - array.null_count:
            kinds &= ~of.FLOAT
        return kinds | (of.NAN if missing else 0)
    return kinds


def _are_texts(values: Iterable[Any]) -> bool:
    """Whether all texts can be encoded: those with half a surrogate pair can not."""
    try:
        "".join(value for value in values if isinstance(value, str)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def kinds_with_gaps(values: Sequence[Any]) -> int:
    """The bits of ``values``, among which :data:`NOTHING` may be."""
    there = [value for value in values if value is not NOTHING]
    return kinds_of(there) | (of.ABSENT if len(there) < len(values) else 0)
