"""A block of delimited text parsed by Arrow, where it surely reads what pandas would.

Arrow refuses most of what it does not read alike: rows with too few fields, numbers with a plus, texts among
numbers.  What it would accept is looked for: hexadecimal whole numbers, other spellings of infinity and of no
number, and a quote that is never closed.  Fractions are rounded correctly, as pandas does since 3.1; before that
its default may be off in the last bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.io.csvblocks import PIECE, Body, ByteStream
from pannier.io.csvoptions import CsvOptions
from pannier.io.csvrecords import Records
from pannier.io.csvtypes import Column

_TAIL: Final = 1 << 16
"""Bytes that usually show whether a quote is open after them."""

TRUE_WORDS: Final = ("True", "TRUE", "true")
FALSE_WORDS: Final = ("False", "FALSE", "false")


class Unsure(Exception):
    """Pandas may read this block otherwise."""


class ReadAgain(Exception):
    """The block is to be read again from its start, with more care."""

    def __init__(self, care: str) -> None:
        super().__init__(care)
        self.care = care
        """``quoted`` or ``digits``: see :func:`read_native`."""


def arrow_type(column: Column) -> Any:
    """The type to read ``column`` as; None if Arrow cannot."""
    match column.kind:
        case "bool" | "flags":
            return pa.bool_()
        case "text":
            return pa.large_string()
        case "int64" | "uint64" | "float64" | "missing":
            return pa.from_numpy_dtype(column.dtype) if column.dtype != np.dtype(object) else None
        case "given":
            if column.dtype == pd.Series(["a"]).dtype:
                return None if column.dtype == object else pa.large_string()
            if (
                isinstance(column.dtype, np.dtype)
                and column.dtype.kind in "iuf"
                and column.dtype.itemsize >= 4
            ):
                return pa.float64() if column.dtype.kind == "f" else pa.from_numpy_dtype(column.dtype)
    return None


def read_native(
    body: Body, options: CsvOptions, columns: Sequence[Column], *, quoted: bool = False, digits: bool = False
) -> pd.DataFrame:
    """The frame of ``columns`` that the rest of ``body`` says, with a fresh index.

    With ``quoted`` newlines may be quoted, and with ``digits`` whole numbers are seen to be written in digits.
    Raises :class:`Unsure` or pyarrow's ArrowInvalid where pandas is to be asked, and :class:`ReadAgain` where a
    quote or a hexadecimal number comes up without these.
    """
    records, words = options.records, options.missing_words
    assert records is not None, "Arrow is asked for blocks only"
    assert words is not None, "else not native"
    head = body.stream.peek(PIECE)
    quoted = quoted or (records.quote != b"" and records.quote in head)
    wanted = {str(body.layout.names.index(column.name)): column for column in columns}
    declared = {position: arrow_type(column) for position, column in wanted.items()}
    whole = [position for position, each in declared.items() if pa.types.is_integer(each)]
    types = {**declared, **dict.fromkeys(whole, pa.large_string())} if digits else dict(declared)
    if not wanted:
        types["0"] = pa.large_string()
    last = str(len(body.layout.names) - 1)
    # Where quotes cannot be told apart at the end of a block, a record of gaps shows that they are closed.
    marked = quoted and records.is_open_after(head[-_TAIL:]) is None
    if marked and "" not in words:
        raise Unsure("an empty text may be a value")
    if marked:
        types.setdefault(last, pa.large_string())
    checked = _Checked(
        body.stream,
        records,
        quoted=quoted,
        whole=whole != [] and not digits,
        mark=b"\n%b%b\n" % (records.quote * 2, records.separators * int(last)) if marked else b"",
    )
    if not head.strip(b"\r\n"):
        return pd.DataFrame({position: pd.Series(dtype=column.dtype) for position, column in wanted.items()})
    table = _table(checked, body.layout.names, types, options, quoted=quoted)
    if marked:
        if table.column(last)[-1].is_valid:
            raise Unsure("a quote that is not closed")
        table = table.slice(0, table.num_rows - 1).select(
            [name for name in types if name in wanted or not wanted]
        )
    else:
        checked.check_closed()
    if len(body.layout.names) == 1 and pa.types.is_large_string(table.column(0).type):
        _check_blanks(table.column(0))
    rows = table.num_rows
    if not wanted:
        return pd.DataFrame(index=pd.RangeIndex(rows))
    if digits:
        table = _in_digits(table, {position: declared[position] for position in whole})
    gaps = {position: table.column(position).null_count for position in wanted}
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    del table
    for position, column in wanted.items():
        fixed = _as_pandas_reads(frame[position], column, gaps[position])
        if fixed is not None:
            frame[position] = fixed
    return frame


def _table(
    checked: _Checked,
    names: Sequence[Hashable],
    types: Mapping[str, Any],
    options: CsvOptions,
    *,
    quoted: bool,
) -> Any:
    """The columns of ``types`` as Arrow reads them, each called by its place among ``names``."""
    from pyarrow import csv

    records, words = options.records, options.missing_words
    assert records is not None, "Arrow is asked for blocks only"
    assert words is not None, "else not native"
    return csv.read_csv(
        pa.PythonFile(checked, mode="r"),
        read_options=csv.ReadOptions(
            use_threads=False, block_size=PIECE, column_names=list(map(str, range(len(names))))
        ),
        parse_options=csv.ParseOptions(
            delimiter=options.separator,
            quote_char=records.quote.decode() or False,
            double_quote=records.doublequote,
            newlines_in_values=quoted,
        ),
        convert_options=csv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=list(words),
            strings_can_be_null=True,
            true_values=list(TRUE_WORDS),
            false_values=list(FALSE_WORDS),
        ),
    )


def _as_pandas_reads(series: pd.Series, column: Column, gaps: int) -> pd.Series | None:
    """``series`` as ``column`` has it, None where it is so already.  Raises :class:`Unsure`."""
    dtype = column.dtype
    if column.kind == "flags":
        return series.astype(object).where(series.notna(), np.nan)
    if column.kind == "text" or not isinstance(dtype, np.dtype):
        return None if series.dtype == dtype else series.fillna(np.nan).astype(dtype)
    if dtype.kind != "f":
        if gaps:
            raise Unsure("a gap among what cannot have one")
        return None
    values = series.to_numpy()
    if np.count_nonzero(np.isfinite(values)) != len(values) - gaps:
        raise Unsure("infinities, or NaN in a spelling of its own")
    return None if dtype == series.dtype else series.astype(dtype)


def _check_blanks(texts: Any) -> None:
    """Nothing, if no line of a file of one column is only blanks, which pandas skips.  Raises :class:`Unsure`."""
    from pyarrow import compute

    if compute.any(compute.equal(compute.utf8_trim(texts, " \t"), "")).as_py():
        raise Unsure("a line of blanks")


def _in_digits(table: Any, whole: dict[str, Any]) -> Any:
    """``table`` with the columns of ``whole``, which are texts, as numbers.  Raises :class:`Unsure`."""
    from pyarrow import compute

    for position, dtype in whole.items():
        texts = table.column(position)
        if compute.any(compute.match_substring(texts, "x", ignore_case=True)).as_py():
            raise Unsure("hexadecimal numbers")
        table = table.set_column(table.schema.get_field_index(position), position, texts.cast(dtype))
    return table


class _Checked:
    """A stream that is looked at while it is read."""

    closed = False

    def __init__(
        self, stream: ByteStream, records: Records, *, quoted: bool, whole: bool, mark: bytes
    ) -> None:
        self._stream = stream
        self._records = records
        self._quoted = quoted
        self._whole = whole
        self._mark = mark
        self._last_quoted = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes.  Raises :class:`ReadAgain`."""
        data = self._stream.read(size)
        if not data:
            data, self._mark = self._mark, b""
            return data
        quote = self._records.quote
        if quote and quote in data:
            if not self._quoted:
                raise ReadAgain("quoted")
            self._last_quoted = data
        if self._whole and (b"x" in data or b"X" in data) and _may_have_hexadecimals(data):
            raise ReadAgain("digits")
        return data

    def check_closed(self) -> None:
        """Nothing if the last quote is closed.  Raises :class:`Unsure`."""
        if self._last_quoted and self._records.is_open_after(self._last_quoted) is not False:
            raise Unsure("a quote that is not closed")

    def readable(self) -> bool:
        """As files have it, like those that follow."""
        return True

    def writable(self) -> bool:
        """Never."""
        return False

    def seekable(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Nothing: who opened the stream closes it."""


def _may_have_hexadecimals(data: bytes) -> bool:
    letters = np.frombuffer(data, np.uint8)
    for letter in b"xX":
        found = np.flatnonzero(letters == letter)
        if len(found) and (found[0] == 0 or (letters[found - 1] == ord("0")).any()):
            return True
    return False
