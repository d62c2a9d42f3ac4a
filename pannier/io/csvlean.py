"""A block of delimited text parsed in small chunks, and only the columns that are wanted: twice as fast, by pandas too.

Chunks that pandas parses one by one stay in the cache, and never need room for all texts of a block; what it would
find out for the block as a whole it finds out for each, so only columns whose type is known are read so.  And where
pandas is told which columns to read it does not notice a row with more fields than columns: that is looked for here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.io.csvblocks import PIECE, Body, ByteStream
from pannier.io.csvoptions import CsvOptions
from pannier.io.csvtypes import Column, conformed


class Unsure(Exception):
    """Reading the block as a whole may give something else."""


def read_lean(body: Body, options: CsvOptions, columns: Sequence[Column]) -> pd.DataFrame:
    """The frame of ``columns`` that the rest of ``body`` says, with a fresh index and labelled by their positions.

    Raises :class:`Unsure`, or what pandas raises, where the block had better be read as a whole.
    """
    names = body.layout.names
    asked = {each.name: _asked(each) for each in columns}
    keywords: dict[str, Any] = options.for_blocks(names)
    stream = body.stream
    if len(columns) < len(names):
        keywords["usecols"] = [each.name for each in columns] or [names[0]]
        if options.refuses_more_fields:
            stream = ByteStream(_Rows(options, len(names)).checked(body.stream))
    dtypes = {name: dtype for name, dtype in asked.items() if dtype is not None}
    try:
        frame = options.parse(stream, **{**keywords, "dtype": dtypes or None, "low_memory": True})
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame({each.name: pd.Series(dtype=each.dtype) for each in columns})
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


def is_sure(column: Column) -> bool:
    """Whether chunks of ``column`` come out as the whole would."""
    if column.kind in ("bool", "int64", "text"):
        return True
    is_plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"
    return column.kind in ("float64", "missing", "given") and (is_plain or _is_text(column))


def _asked(column: Column) -> Any:
    """The dtype to ask pandas for; None to let it look."""
    if _is_text(column):
        return _TEXT
    return column.dtype if column.kind == "given" else column.asked


_TEXT: Final = pd.ArrowDtype(pa.large_string())
"""Texts that pandas makes of a chunk without making Python objects of them."""


def _is_text(column: Column) -> bool:
    is_default = isinstance(column.dtype, pd.StringDtype) and column.dtype == pd.Series(["a"]).dtype
    return is_default and column.kind in ("text", "given")


class _Rows:
    """Looks at a block while it is read, to see whether some row has more fields than there are columns."""

    def __init__(self, options: CsvOptions, columns: int) -> None:
        records = options.records
        assert records is not None, "there are no blocks else"
        self._separator = records.separators
        self._quote = records.quote
        self._each = columns - 1
        """Separators in a row."""
        self._rest = b""
        """The start of the row that has not ended yet."""
        self._mask = np.empty(PIECE, dtype=bool)

    def checked(self, stream: ByteStream) -> Iterator[bytes]:
        """The bytes of ``stream``.  Raises :class:`Unsure` where a row seems to have too few or too many fields.

        Counted are the separators of all rows that end in a piece: so one too many in one and one too few in another
        are missed where a piece has as many of both.  A line of a text in quotes is no row.
        """
        while piece := stream.read(len(self._mask)):
            self._check(piece)
            yield piece
        if self._rest:
            self._check(b"\n")

    def _check(self, piece: bytes) -> None:
        if self._quote and (self._quote in piece or self._quote in self._rest):
            self._rest = self._after_rows(self._rest + piece)
            return
        end = piece.rfind(b"\n") + 1
        if not end:
            self._rest += piece
            return
        if self._count(piece, end, self._separator) != self._count(piece, end, b"\n") * self._each:
            raise Unsure("rows of different lengths")
        self._rest = piece[end:]

    def _count(self, piece: bytes, end: int, letter: bytes) -> int:
        """How often ``letter`` is in the rest and in ``piece`` up to ``end``."""
        mask = self._mask[:end]
        np.equal(np.frombuffer(piece, np.uint8, end), ord(letter), out=mask)
        return int(np.count_nonzero(mask)) + self._rest.count(letter)

    def _after_rows(self, data: bytes) -> bytes:
        """What follows the last row that ends in ``data``, of which texts in quotes are left out of account."""
        letters = np.frombuffer(data, np.uint8)
        letters = letters * ~np.logical_xor.accumulate(letters == ord(self._quote))
        ends = np.flatnonzero(letters == ord(b"\n"))
        end = int(ends[-1]) + 1 if len(ends) else 0
        if np.count_nonzero(letters[:end] == ord(self._separator)) != len(ends) * self._each:
            raise Unsure("rows of different lengths")
        return data[end:]
