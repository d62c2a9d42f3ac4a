"""The head of a delimited file: what its columns are called, and where its records begin.

Both are what pandas says.  It is asked how many rows it finds in the first line, in the first two, and so on; the
records begin where the last line ends that still makes none.  So skipped lines, comments, blank lines, headers
of several lines and byte order marks are all where pandas has them.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Hashable
from typing import Final

import pandas as pd

from pannier.frozen import frozen
from pannier.io.csvoptions import CsvOptions

HEAD: Final = 1 << 16
"""Bytes of a file to look for its head in at first."""

MORE_FIELDS: Final = "its records have more fields than its header"

_MOST: Final = 1 << 26
"""Bytes to look for it in at most."""

_MOST_LINES: Final = 1000
"""Lines to look for a record in, after those that are skipped for certain."""


@frozen
class Layout:
    """Where what is in a file."""

    names: tuple[Hashable, ...]
    """All columns, in the order of the file."""
    header: bytes
    """Everything before the first record."""
    whole: str = ""
    """Why the file can only be read from its start to its end; empty if it can be cut."""
    is_bare: bool = False
    """Whether there was no record, so that what comes before the first one may be more in other files."""


def file_layout(
    read: Callable[[int], bytes], options: CsvOptions, known: Layout | None = None
) -> Layout | None:
    """The layout of a file whose first bytes ``read`` gives; None if pandas finds no columns in it.

    A file that begins with all of the header of ``known``, another file's layout, has the same one.  Raises what
    pandas raises where the head of the file is not one.
    """
    size = HEAD
    while True:
        head = read(size)
        if known is not None and known.header and not known.is_bare and head.startswith(known.header):
            return known
        found = _layout(head, options, is_all=len(head) < size)
        if found is not None or len(head) < size or size >= _MOST:
            return found
        size *= 16


def _layout(head: bytes, options: CsvOptions, *, is_all: bool) -> Layout | None:
    if options.whole_because:
        return Layout((), b"", options.whole_because)
    ends = _line_ends(head, options.keywords.get("lineterminator"))
    if is_all and (not ends or ends[-1] < len(head)):
        ends.append(len(head))
    header, frame = 0, None
    least = _certainly_skipped(head, ends, options)
    for count, end in enumerate(ends[least:], 1):
        if count > _MOST_LINES:
            return Layout((), b"", f"there is no record in its first {_MOST_LINES:,} lines")
        try:
            frame = _columns(head[:end], options)
        except (pd.errors.ParserError, UnicodeDecodeError):
            if count == len(ends) and is_all:
                raise
            continue  # a quote is open, or a character is not complete
        if frame is not None and len(frame):
            break
        header = end
    else:
        if not is_all:
            return None
    if frame is None:
        return None
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    header = max(header, mark if not least else ends[least - 1])
    lines = sum(end <= header for end in ends)
    whole = _skips_later(options, lines)
    has_index = len(frame) and not isinstance(frame.index, pd.RangeIndex)  # a blank record has no fields
    if options.keywords.get("index_col") in (None, False) and options.refuses_more_fields:
        fields = options.fields(head[header : ends[-1]])
        whole = MORE_FIELDS if has_index or fields > len(frame.columns) else whole
    elif options.keywords.get("index_col") is None and options.verb != "read_fwf" and has_index:
        whole = MORE_FIELDS
    return Layout(tuple(frame.columns), head[:header], whole, is_bare=not len(frame))


def _certainly_skipped(head: bytes, ends: list[int], options: CsvOptions) -> int:
    """How many lines at the start make no row, and need not be tried."""
    skipped, comment = options.keywords.get("skiprows"), options.keywords.get("comment")
    if isinstance(skipped, int):
        return min(skipped, len(ends))
    if comment:
        mark = comment.encode()
        return next(
            (i for i, start in enumerate([0, *ends[:-1]]) if not head.startswith(mark, start)), len(ends)
        )
    return 0


def _skips_later(options: CsvOptions, lines: int) -> str:
    skipped = options.keywords.get("skiprows")
    if skipped is not None and not isinstance(skipped, int) and max(skipped, default=-1) >= lines:
        return "skiprows= names lines after the header"
    return ""


def _columns(data: bytes, options: CsvOptions) -> pd.DataFrame | None:
    """All columns of ``data`` as texts; None if there are none."""
    plain = dict.fromkeys(("usecols", "converters", "parse_dates", "nrows", "index_col", "dtype_backend"))
    if options.keywords.get("names") is not None:
        del plain["usecols"]
    if options.keywords.get("index_col") is False:
        del plain["index_col"]
    try:
        return options.parse(io.BytesIO(data), **plain, dtype=str, skipfooter=None)
    except pd.errors.EmptyDataError:
        return None


def _line_ends(data: bytes, terminator: str | None) -> list[int]:
    pattern = re.compile(rb"\r\n|\r|\n" if terminator is None else re.escape(terminator.encode()))
    return [match.end() for match in pattern.finditer(data)]
