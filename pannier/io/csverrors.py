"""What is wrong with a delimited file, and where: found by reading the block again, slowly."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pannier.errors import InputError, near_matches
from pannier.io.blocks import Range
from pannier.io.csvblocks import Body, Opener, count_lines
from pannier.io.csvrecords import Records
from pannier.io.csvtypes import Column, first_misfit, holding


def other_columns(
    path: str, missing: Sequence[Hashable], extra: Sequence[Hashable], has: Sequence[Hashable]
) -> str:
    """What to say of a file whose columns are not those of the others."""
    said = [f"lacks {_list(missing)}"] * bool(missing) + [f"has {_list(extra)} besides"] * bool(extra)
    return (
        f"{path}: the file {' and '.join(said)}, compared with the first file that was sampled; its columns are"
        f" {_list(has)}; choose common ones with usecols=[...], or read such files apart"
    )


def _list(names: Sequence[Hashable]) -> str:
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "") if names else "none"


def misfit(opener: Opener, piece: Range, body: Body, column: Column, values: pd.Series) -> InputError:
    """The error that ``column`` of a block, read as ``values``, is not what the samples said; names the line."""
    value, place = "a value", _range(piece)
    texts = None if column.kind in ("given", "other") else _texts(opener, piece, body, column)
    if texts is not None:
        row = first_misfit(texts, column, opener.options.truth_words)
        if row is not None:
            value = "a missing value" if texts.isna().iloc[row] else f"{texts.iloc[row]!r:.200}"
            line = _line(opener, piece, body, row)
            place = f"{piece.path}, line {line:,}" if line else f"{piece.path}, row {row + 1:,}"
    return InputError(
        f"{place}: column {column.name!r} has {value}, and its type is {column.dtype}, as found in samples"
        f" of the files; pass dtype={{{column.name!r}: {holding(column, values)!r}}}"
    )


def texts_alone(opener: Opener, piece: Range, body: Body, column: Column) -> pd.Series | None:
    """The texts of ``column`` of a block, without those of other columns where that gives the same rows."""
    given = opener.options.keywords
    if given.get("usecols") is None and given.get("on_bad_lines", "error") == "error":
        try:
            return _texts(opener, piece, body, column, usecols=[column.name], parse_dates=None)
        except ValueError:  # records lack that column
            pass
    return _texts(opener, piece, body, column)


def _texts(opener: Opener, piece: Range, body: Body, column: Column, **more: Any) -> pd.Series | None:
    keywords: dict[str, Any] = {"index_col": None, "dtype": str, **more}
    if not body.layout.whole:
        keywords |= opener.options.for_blocks(body.layout.names)
    with opener.body(piece, body.layout if piece.length is not None else None) as again:
        assert again is not None, "it was there before"
        frame = opener.options.parse(again.buffered(opener.options), **keywords)
    return frame[column.name].reset_index(drop=True) if column.name in frame.columns else None


def _line(opener: Opener, piece: Range, body: Body, row: int) -> int | None:
    """The line of the file in which the record number ``row`` of the block begins; None if nobody knows."""
    records = opener.options.records
    if records is None or body.layout.whole:
        return None
    if opener.options.verb == "read_fwf":
        records = Records(b"", b"")
    blank = bool(opener.options.keywords.get("skip_blank_lines", True))
    with opener.body(piece, body.layout if piece.length is not None else None) as again:
        assert again is not None, "it was there before"
        pieces = iter(lambda: again.stream.read(1 << 17), b"")
        before = next(
            itertools.islice(records.lines_of_records(pieces, skip_blank_lines=blank), row, None), None
        )
    return None if before is None else _lines_before(opener, piece, body) + before + 1


def _lines_before(opener: Opener, piece: Range, body: Body) -> int:
    """How many lines of the file come before the block."""
    if body.offset <= len(body.layout.header):
        return count_lines(
            iter([body.layout.header]), body.offset, opener.options.keywords.get("lineterminator")
        )
    with opener.stream(piece.path) as stream:
        pieces = iter(lambda: stream.read(1 << 20), b"")
        return count_lines(pieces, body.offset, opener.options.keywords.get("lineterminator"))


def where(error: Exception, opener: Opener, piece: Range, body: Body) -> str:
    """A note for ``error``, raised by pandas as it read a block: which file, and which line of it."""
    note = f"in {opener.options.verb} of {_range(piece)}"
    if isinstance(error, ValueError) and "Usecols do not match columns" in str(error):
        return f"{note}{_named_otherwise(opener, body.layout.names or _names(opener, piece, body))}"
    if body.layout.whole:
        return note
    if isinstance(error, UnicodeDecodeError):
        line = _undecodable(opener, piece, body)
        return f"{note}: line {line:,} of the file {opener.options.undecodable}" if line else note
    row = re.search(r"EOF inside string starting at row (\d+)", str(error))
    if row is not None:
        line = _line(opener, piece, body, int(row.group(1)))
        said = f"{note}: a quote is opened in line {line:,} of the file and not closed" if line else note
        return f"{said}; if quotes mean nothing here pass quoting=3, and blocksize=None if a field is longer than 1 MiB"
    found = re.search(r"in line (\d+)", str(error))
    if found is None:
        return note + _said_otherwise(opener, piece, body)
    line = _lines_before(opener, piece, body) + int(found.group(1))
    return f"{note}: that is line {line:,} of the file; on_bad_lines='skip' or 'warn' leaves such lines out"


def _said_otherwise(opener: Opener, piece: Range, body: Body) -> str:
    """The first value that is not of the type that ``dtype=`` says of its column, and its line; empty if none is found."""
    keywords = opener.options.keywords
    given, converted = keywords.get("dtype"), keywords.get("converters") or {}
    if keywords.get("thousands") is not None or keywords.get("decimal", ".") != ".":
        return ""
    for name in body.layout.names:
        said = given.get(name) if isinstance(given, Mapping) else given
        dtype = None if said is None or name in converted else pd.api.types.pandas_dtype(said)
        if dtype is None or getattr(dtype, "kind", "") not in ("i", "u", "f"):
            continue
        try:
            texts = _texts(opener, piece, body, Column(name, dtype, "given"))
        except ValueError:
            return ""
        if texts is not None and (bad := _no_numbers(texts, dtype)).any():
            row = int(bad.argmax())
            line = _line(opener, piece, body, row)
            place = f"line {line:,} of the file" if line else f"row {row + 1:,}"
            value = "nothing" if texts.isna().iloc[row] else f"{texts.iloc[row]!r:.200}"
            hint = "with dtype 'str' it is kept as it is, and to_numeric(errors='coerce') makes a gap of what is no number"
            return f": column {name!r} has {value} in {place}, which is no {dtype} as dtype= says; {hint}"
    return ""


def _no_numbers(texts: pd.Series, dtype: Any) -> Any:
    """Which of ``texts`` are no numbers of the type ``dtype``."""
    numbers = pd.to_numeric(texts, errors="coerce")
    bad = numbers.isna() & texts.notna()
    if dtype.kind != "f":
        limits = np.iinfo(f"{dtype.kind}{dtype.itemsize}")
        bad |= (numbers % 1 > 0) | (numbers < limits.min) | (numbers > limits.max)
        bad |= texts.isna() & isinstance(dtype, np.dtype)
    return bad.to_numpy()


def _named_otherwise(opener: Opener, names: Sequence[Hashable]) -> str:
    """The columns that a file has, and which are near to those of ``usecols`` that it lacks."""
    near = [
        f"{name!r}{near_matches(name, names)}"
        for name in opener.options.keywords["usecols"]
        if name not in names
    ]
    return f": its columns are {_list(names)}; of usecols there is no {', no '.join(near)}"


def _names(opener: Opener, piece: Range, body: Body) -> list[Hashable]:
    """The names of all columns of a file that is read as a whole."""
    with opener.body(piece, body.layout if piece.length is not None else None) as again:
        assert again is not None, "it was there before"
        plain = dict.fromkeys(("usecols", "converters", "parse_dates", "index_col"))
        return list(opener.options.parse(io.BufferedReader(again.stream), **plain, dtype=str, nrows=1))


def _undecodable(opener: Opener, piece: Range, body: Body) -> int | None:
    encoding = opener.options.encoding
    with opener.body(piece, body.layout if piece.length is not None else None) as again:
        assert again is not None, "it was there before"
        for number, line in enumerate(io.BufferedReader(again.stream), 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return _lines_before(opener, piece, body) + number
    return None


def _range(piece: Range) -> str:
    if piece.length is None:
        return piece.path
    return f"{piece.path}, bytes {piece.offset:,} to {piece.offset + piece.length:,}"
