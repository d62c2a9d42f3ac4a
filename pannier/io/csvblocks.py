"""The records of one part of delimited files, as a stream of bytes without the head of their file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from typing import IO, Any, Final

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io.blocks import Part, Range, between, whole_pieces
from pannier.io.compression import resolve, sniff
from pannier.io.csvlayout import Layout, file_layout
from pannier.io.csvoptions import CsvOptions
from pannier.io.csvrecords import Records
from pannier.io.files import open_file

_FIRST: Final = 1 << 16
"""Bytes to look for a first record in, more if it does not end there."""

PIECE: Final = 1 << 18
"""Bytes to read at once: what is parsed next is still in the cache then."""


@frozen
class CsvPart:
    """What one partition is read from."""

    ranges: Part
    layout: Layout | None = field(default=None, repr=False)
    """That of the file, where the part is a block of one."""

    def __str__(self) -> str:
        first = self.ranges[0]
        if len(self.ranges) > 1:
            return f"{first.path} to {self.ranges[-1].path} ({len(self.ranges)} files)"
        if first.length is None:
            return first.path
        return f"{first.path}, bytes {first.offset:,} to {first.offset + first.length:,}"


class ByteStream(io.RawIOBase):
    """Pieces of bytes as a file that is read from its start to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = b""
        self._position = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` of the next bytes, as many as are at hand; none only at the end."""
        if size < 0:
            return self.readall()
        if self._position == len(self._held):
            self._held, self._position = next(self._pieces, b""), 0
        start, stop = self._position, min(len(self._held), self._position + size)
        self._position = stop
        return self._held[start:stop] if stop - start < len(self._held) else self._held

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def skip(self, size: int) -> None:
        """Leave out the next ``size`` bytes."""
        while size and (data := self.read(size)):
            size -= len(data)

    def put_back(self, data: bytes) -> None:
        """Give ``data`` before what comes next."""
        self._held, self._position = data + self._held[self._position :], 0

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, fewer only at the end; :meth:`read` will still give them."""
        fresh = [self._held[self._position :]]
        missing = size - len(fresh[0])
        while missing > 0 and (piece := next(self._pieces, b"")):
            fresh.append(piece)
            missing -= len(piece)
        if len(fresh) > 1:
            self._held, self._position = b"".join(fresh), 0
        return self._held[self._position : self._position + size]


@frozen
class Body:
    """The open records of a range."""

    layout: Layout
    stream: ByteStream
    """The bytes from its first record on, or from the start of the file where that cannot be told apart."""
    offset: int
    """Where in the file the stream begins, after decompression."""

    def head(self, records: Records) -> bytes:
        """The bytes up to the end of the first record that says something, which may be a long one."""
        for position, record in self._first(records):
            if not records.says_nothing(record):
                return self.stream.peek(position + len(record))
        return b""

    def _first(self, records: Records) -> Iterator[tuple[int, bytes]]:
        """Where in the stream each of the first records begins, and all of it."""
        ahead, position = self.stream.peek(_FIRST), 0
        while position < _FIRST:
            record = records.first_in(ahead[position:])
            is_cut = position + len(record) == len(ahead)
            if is_cut and len(longer := self.stream.peek(2 * len(ahead))) > len(ahead):
                ahead = longer
                continue
            if not record:
                return
            yield position, record
            position += len(record)

    def buffered(self, options: CsvOptions) -> io.BufferedReader:
        """The stream for pandas, which refuses to choose from columns that no record of a block has fields for.

        So the first one that says something has empty fields at its end instead of none, which is the same to pandas.
        """
        records, blank = options.records, None
        keeps_blank = not options.keywords.get("skip_blank_lines", True)
        missing = len(options.keywords.get("names") or self.layout.names)
        if options.keywords.get("usecols") is not None and not self.layout.whole and records is not None:
            record = b""
            for position, found in self._first(records):
                if keeps_blank and blank is None and not found.strip(b"\r\n"):
                    blank = position, found
                if not records.says_nothing(found) and not (records.comment and records.comment in found):
                    missing -= options.fields(found)
                    record = found
                    break
            if not record and blank is not None:  # all are: a quoted field of nothing says so, too
                position, record = blank
                if missing == 1 and options.keywords.get("quoting") != csv.QUOTE_NONE:
                    self._replace(position, record, records.quote * 2 + record)
                missing -= 1
            if record and missing > 0 and len(records.separators) == 1:
                text = (
                    record.removesuffix(records.terminator) if records.terminator else record.rstrip(b"\r\n")
                )
                self._replace(position, record, text + records.separators * missing + record[len(text) :])
        return io.BufferedReader(self.stream)

    def _replace(self, position: int, record: bytes, other: bytes) -> None:
        """Give ``other`` in place of ``record``, which begins at ``position`` of the stream."""
        before = self.stream.peek(position)[:position]
        self.stream.skip(position + len(record))
        self.stream.put_back(before + other)


@frozen
class Opener:
    """How files are opened."""

    options: CsvOptions
    compression: str | None = "infer"
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    known: Layout | None = field(default=None, repr=False)
    """The layout of one of the files, which most of the others share."""

    @contextmanager
    def body(self, piece: Range, layout: Layout | None) -> Iterator[Body | None]:
        """The records that begin in ``piece``; None where none do, or the file has no head, so that it is an empty one.

        Raises :class:`~pannier.errors.InputError` where the file has changed or is not what its compression says.
        """
        with open_file(piece.path, self.storage_options, seekable=piece.length is not None) as file:
            if piece.length is not None:
                assert layout is not None, "a file that is cut has a known layout"
                start, end = self._borders(file, piece, piece.offset + piece.length, layout)
                stream = ByteStream(between(file, start, end, piece.path, PIECE))
                yield Body(layout, stream, start) if start < end else None
                return
            stream = ByteStream(self._whole(file, piece.path))
            try:
                found = file_layout(stream.peek, self.options, self.known)
            except UnicodeDecodeError as error:
                note = f"in {self.options.verb} of {piece.path}: the file {self.options.undecodable}"
                raise annotate(error, note) from None
            if found is None:
                yield None
                return
            offset = 0 if found.whole else len(found.header)
            stream.skip(offset)
            yield Body(found, stream, offset)

    @contextmanager
    def stream(self, path: str) -> Iterator[ByteStream]:
        """All bytes of the file at ``path``, decompressed."""
        with open_file(path, self.storage_options) as file:
            yield ByteStream(self._whole(file, path))

    def layout(self, path: str) -> Layout | None:
        """That of the file at ``path``; None if it has no head."""
        with open_file(path, self.storage_options) as file:
            stream = ByteStream(self._whole(file, path, first=1 << 16))
            return file_layout(stream.peek, self.options, self.known)

    def _borders(self, file: IO[bytes], piece: Range, end: int, layout: Layout) -> tuple[int, int]:
        records = self.options.records
        assert records is not None, "only files whose records can be told apart are cut"
        read, first = partial(_read_at, file), len(layout.header)
        stop = records.start_at(read, end, first)
        return records.start_at(read, piece.offset, first), stop

    def _whole(self, file: IO[bytes], path: str, first: int = PIECE) -> Iterator[bytes]:
        compression = resolve(self.compression, path)
        if compression is not None:
            yield from _gathered(whole_pieces(file, compression, path))
            return
        head = file.read(first)
        if self.compression == "infer" and (actual := sniff(head)):
            raise InputError(
                f"{path}: this is {actual} data though its name does not say so;"
                f" pass compression={actual!r} (or None to read it as it is)"
            )
        while head:
            yield head
            head = file.read(PIECE)


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about :data:`PIECE`, the first as it is."""
    yield next(pieces, b"")
    fresh: list[bytes] = []
    size = 0
    for piece in pieces:
        fresh.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(fresh)
            fresh, size = [], 0
    if fresh:
        yield b"".join(fresh)


def _read_at(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    data = file.read(end - start)
    while data and len(data) < end - start and (more := file.read(end - start - len(data))):
        data += more
    return data


def count_lines(pieces: Iterator[bytes], size: int, end: str | None) -> int:
    r"""How many lines end in the first ``size`` bytes.

    >>> count_lines(iter([b"a\r", b"\nb\n", b"c"]), 6, None)
    2
    """
    lines, before = 0, b""
    for piece in pieces:
        data = piece[:size]
        size -= len(data)
        if end is not None:
            lines += data.count(end.encode())
        else:
            lines += data.count(b"\n")
            if b"\r" in data:
                lines += data.count(b"\r") - data.count(b"\r\n")
            lines -= before == b"\r" and data.startswith(b"\n")
        before = data[-1:]
        if not size:
            break
    return lines
