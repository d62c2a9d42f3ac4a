"""A block of delimited text parsed in small chunks, and only the columns that are wanted: twice as fast, by pandas too.

Chunks that pandas parses one by one stay in the cache, and never need room for all texts of a block; what it would
find out for the block as a whole it finds out for each, so only columns whose type is known are read so.  And where
pandas is told which columns to read it does not notice a row with more fields than columns: that is looked for here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.io.csvblocks import PIECE, Body, ByteStream
from pannier.io.csvoptions import CsvOptions
from pannier.io.csvtypes import WORDS_FOR_GAPS, Column, conformed, is_default_text

_FIRST: Final = 1 << 20
"""Bytes that are parsed first: as many as a chunk of pandas' has fields at most."""


class Unsure(Exception):
    """Reading the block as a whole may give something else."""


class Uneven(Exception):
    """Only reading all columns may show that no row has too many fields."""


def read_lean(body: Body, options: CsvOptions, columns: Sequence[Column], *, every: bool) -> pd.DataFrame:
    """The frame of ``columns`` that the rest of ``body`` says, with a fresh index and labelled by their positions.

    With ``every`` all columns are looked at, those that are not wanted as texts.  Raises :class:`Uneven` where they
    should be, and :class:`Unsure`, or what pandas raises, where the block had better be read as a whole.
    """
    names = body.layout.names
    asked = {each.name: _asked(each) for each in columns}
    keywords: dict[str, Any] = options.for_blocks(names)
    dtypes = {name: dtype for name, dtype in asked.items() if dtype is not None}
    keywords["parse_dates"] = [name for name in options.dates if name in asked] or None
    if options.has_usual_gaps and all(map(_is_number, columns)):
        # Else pandas looks up whatever begins with a 1 or a sign.  A block that has -nan, or such, is read as a whole.
        keywords |= {"na_values": WORDS_FOR_GAPS, "keep_default_na": False}
    pieces, checked = _unbroken(body.stream), None
    if every:
        dtypes |= {name: _TEXT for name in names if name not in asked}
    else:
        keywords["usecols"] = list(asked) or [names[0]]
        if options.refuses_more_fields:
            assert options.records is not None, "there are no blocks else"
            checked = _Checked(pieces, options.records.separators, len(names))
            pieces = iter(checked)
    try:
        keywords |= {"dtype": dtypes or None, "low_memory": True}
        frame = options.parse(_Pieces(_with_large_first(pieces)), **keywords)
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame({each.name: pd.Series(dtype=each.dtype) for each in columns})
    if checked is not None and not checked.fits(len(frame)):
        raise Uneven
    series: dict[int, pd.Series] = {}
    for position, column in enumerate(columns):
        values = frame[column.name]
        if asked[column.name] == _TEXT:
            values = values.astype(column.dtype)
        fitting = conformed(values, column)
        if fitting is None:
            raise Unsure(f"column {column.name!r} is {values.dtype}")
        series[position] = fitting
    return pd.DataFrame(series, index=frame.index, copy=False)


def is_sure(column: Column, options: CsvOptions) -> bool:
    """Whether chunks of ``column`` come out as the whole would."""
    if column.kind in ("bool", "int64", "text"):
        return True
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if column.name in options.dates:  # parsed as a whole, whatever chunks they are read in
        return column.kind == "other" and kind == "M"
    return column.kind in ("float64", "missing", "given") and (kind in ("i", "u", "f") or _is_text(column))


def _asked(column: Column) -> Any:
    """The dtype to ask pandas for; None to let it look."""
    if _is_text(column):
        return _TEXT
    return column.dtype if column.kind == "given" else column.asked


_TEXT: Final = pd.ArrowDtype(pa.large_string())
"""Texts that pandas makes of a chunk without making Python objects of them."""


def _is_text(column: Column) -> bool:
    return column.kind in ("text", "given") and is_default_text(column.dtype)


def _is_number(column: Column) -> bool:
    """Whether a value that is no number, nor one of the words for gaps, is an error or makes texts of all."""
    return column.kind in ("int64", "float64") or (
        column.kind == "given" and isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"
    )


def _unbroken(stream: ByteStream) -> Iterator[bytes]:
    """The bytes of ``stream``, none of whose pieces ends with blanks: pandas forgets those that begin a record there."""
    rest = b""
    while piece := stream.read(PIECE - len(rest)):
        data = rest + piece if rest else piece
        kept = data.rstrip(b" \t") or data
        rest = data[len(kept) :]
        yield kept
    if rest:
        yield rest


def _with_large_first(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, of which the first piece has :data:`_FIRST` or all.

    pandas' parser has room for as many fields as a piece has bytes, beside those it holds already.  So what is first is
    large enough for all fields of a chunk to be given room at once, where they stay; room that is doubled while a chunk
    fills up is copied each time, with what nobody wrote to.
    """
    first = [b""]
    size = 0
    while size < _FIRST and (piece := next(pieces, b"")):
        first.append(piece)
        size += len(piece)
    yield b"".join(first)
    yield from pieces


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file, each read as a whole, whatever is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return next(self._pieces, b"")


class _Checked:
    """Pieces of the bytes of rows.  Raises :class:`Uneven` where they seem to have too few or many fields.

    Counted are the separators of all rows that end in a piece. They are a multiple of those of one row, unless a row is
    odd; where that is too little to go by they are compared with line ends.
    """

    def __init__(self, pieces: Iterator[bytes], separator: bytes, columns: int) -> None:
        self._pieces = pieces
        self._separator = separator
        self._per_row = columns - 1
        self._mask = np.empty(PIECE, dtype=bool)
        self._passed = 0

    def fits(self, rows: int) -> bool:
        """Whether so many rows have as many separators as there were."""
        return self._passed == rows * self._per_row

    def __iter__(self) -> Iterator[bytes]:
        pending = 0  # separators of the row that has not ended yet
        for piece in self._pieces:
            end = piece.rfind(b"\n") + 1
            if end:
                ended = pending + self._count(piece, end, self._separator)
                if self._is_odd(ended, piece, end):
                    raise Uneven
                self._passed += ended
                pending = 0
            pending += piece.count(self._separator, end)
            yield piece
        self._passed += pending

    def _is_odd(self, separators: int, piece: bytes, end: int) -> bool:
        if self._per_row >= _TELLING:
            return separators % self._per_row != 0
        return separators != self._per_row * self._count(piece, end, b"\n")

    def _count(self, piece: bytes, end: int, letter: bytes) -> int:
        mask = self._mask[:end]
        np.equal(np.frombuffer(piece, np.uint8, end), ord(letter), out=mask)
        return int(np.count_nonzero(mask))


_TELLING: Final = 4
"""Separators of a row from which on it takes several odd rows in a piece to come to a multiple."""
