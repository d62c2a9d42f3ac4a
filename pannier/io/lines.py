"""The lines of one part of a text source: read, decompressed and decoded where the task runs.

::

    TextReader(part)  ->  Block: an open range  ->  Chunk: whole lines as bytes  ->  Batch: lines
    LineOrigin.locate(index)  ->  file, line, offset                       (when something failed)

A batch is the lines of a chunk of an eighth of a MiB, or :data:`MAX_BATCH` of them if they are short,
so that memory does not grow with the file.  No Python code runs per line.  A batch's origin keeps the
bytes it was decoded from, which live no longer than the batch; the lines before a block that starts
inside a file are counted only when an address is asked for.

A worker imports this module and what it needs, which is not the plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar, Final

from pannier.errors import InputError
from pannier.io.blocks import (
    Part,
    Range,
    block_pieces,
    block_start,
    first_bytes,
    line_chunks,
    whole_pieces,
)
from pannier.io.compression import resolve, sniff
from pannier.io.decoding import count_lines, decode_lines, decode_stream, undecodable
from pannier.io.files import open_file, stored_bytes
from pannier.io.framing import Framing, framing, needs_mark, without_mark
from pannier.kernels.batches import Address, Batch, Batches

MAX_BATCH: Final = 4096
"""Lines in a batch at most."""

_HEAD: Final = 16
"""Bytes of a file that show its byte order mark and its magic number."""

_PARSED: Final = 5
"""Bytes of dicts, texts and numbers that a byte of JSON or CSV becomes, roughly."""

_UNPACKED: Final = 8
"""Bytes that a byte of a compressed file becomes, roughly."""


@dataclass(frozen=True, slots=True)
class TextReader:
    """Reads a part: called with one, returns its lines as a stream of batches."""

    label: ClassVar[str] = "read_text"

    encoding: str = "utf-8"
    errors: str = "strict"
    linedelimiter: str | None = None
    compression: str | None = "infer"
    include_path: bool = False
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)

    def __call__(self, part: Part) -> Batches:
        return Batches(itertools.chain.from_iterable(map(self._batches, part)))

    def weigh(self, part: Part) -> int | None:
        """Bytes that what the lines of ``part`` say takes in memory, roughly; None where files have no known size."""
        total = 0
        for piece in part:
            size = piece.length if piece.length is not None else stored_bytes(piece.path)
            if size is None:
                return None
            packed = resolve(self.compression, piece.path) is not None
            total += size * _PARSED * (_UNPACKED if packed else 1)
        return total

    def chunks(self, piece: Range) -> Iterator[Chunk]:
        """The lines of ``piece`` before they are decoded, a few hundred KiB at a time.

        Only for encodings in which :func:`~pannier.io.framing.framing` can find line ends.  Raises
        :class:`~pannier.errors.InputError` where the data is not what its compression says.
        """
        with self._opened(piece) as block:
            yield from block.chunks()

    def _batches(self, piece: Range) -> Iterator[Batch]:
        with self._opened(piece) as block:
            for origin, lines in block.lines():
                for first in range(0, len(lines), MAX_BATCH):
                    some = lines[first : first + MAX_BATCH] if len(lines) > MAX_BATCH else lines
                    records = list(zip(some, itertools.repeat(piece.path))) if self.include_path else some
                    yield Batch(records, replace(origin, first=origin.first + first) if first else origin)

    @contextmanager
    def _opened(self, piece: Range) -> Iterator[Block]:
        with open_file(piece.path, self.storage_options, seekable=piece.length is not None) as file:
            if piece.length is None:
                pieces = whole_pieces(file, resolve(self.compression, piece.path), piece.path)
                head = first_bytes(pieces, _HEAD)
            else:
                # A head far from its block costs a request where the file is remote.
                head = file.read(_HEAD) if piece.offset == 0 or needs_mark(self.encoding) else b""
            encoding, lines, start = self._recognized(piece.path, head)
            if piece.length is None:
                pieces = itertools.chain((head[start:],), pieces)
            else:
                assert lines is not None, "only files that can be framed are split"
                start = block_start(file, piece.offset, lines) if piece.offset else start
                pieces = block_pieces(file, start, piece.offset + piece.length, lines, piece.path)
            yield Block(self, piece, encoding, lines, start, pieces)

    def _recognized(self, path: str, head: bytes) -> tuple[str, Framing | None, int]:
        """Encoding, framing and length of the byte order mark of a file that begins with ``head``."""
        if self.compression == "infer" and resolve("infer", path) is None and (actual := sniff(head)):
            raise InputError(
                f"{path}: this is {actual} data though its name does not say so;"
                f" pass compression={actual!r} (or None to read it as it is)"
            )
        encoding, mark = without_mark(self.encoding, head)
        return encoding, framing(encoding, self.linedelimiter, self.errors), mark


@dataclass(slots=True)
class Block:
    """An open range of a file."""

    reader: TextReader
    range: Range
    encoding: str
    """Without byte order mark."""
    framing: Framing | None
    start: int
    """Offset of the first line."""
    pieces: Iterator[bytes]
    """The bytes from there to the end of the last line."""
    _lines_before: int | None = field(default=None, init=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process can tell addresses by the block, but not go on reading it."""
        return Block, (self.reader, self.range, self.encoding, self.framing, self.start, iter(()))

    def chunks(self) -> Iterator[Chunk]:
        """The lines as bytes."""
        assert self.framing is not None, "lines in this encoding are found by decoding only"
        before = 0
        for offset, data in line_chunks(self.pieces, self.framing, self.start):
            chunk = Chunk(self, self.framing, offset, before, data)
            yield chunk
            before += chunk.count()

    def lines(self) -> Iterator[tuple[LineOrigin | StreamOrigin, list[str]]]:
        """The lines as text, some at a time, with their origin.

        Raises UnicodeDecodeError with a note that names file, line and offset.
        """
        if self.framing is not None:
            for chunk in self.chunks():
                yield LineOrigin(chunk, 0), chunk.lines()
            return
        reader, path, before = self.reader, self.range.path, 0
        for lines in decode_stream(self.pieces, self.encoding, reader.errors, reader.linedelimiter, path):
            yield StreamOrigin(path, before), lines
            before += len(lines)

    def lines_before(self) -> int | None:
        """How many lines of the file come before this range; counted once, by reading them.

        None if the file cannot be read any more.
        """
        if self._lines_before is None:
            try:
                before = self.reader.chunks(Range(self.range.path, 0, self.range.offset))
                self._lines_before = sum(chunk.count() for chunk in before) if self.range.offset else 0
            except (InputError, OSError):
                return None
        return self._lines_before


@dataclass(slots=True)
class Chunk:
    """Some lines of a block as bytes: from a line's start to a line's end."""

    block: Block
    framing: Framing
    offset: int
    """Offset of the first byte in the file, after decompression."""
    before: int
    """Lines of the block before this chunk."""
    data: bytes
    _count: int | None = field(default=None, init=False)
    _starts: list[int] | None = field(default=None, init=False)

    def lines(self) -> list[str]:
        """The lines as text; raises UnicodeDecodeError with a note that says where."""
        block, reader = self.block, self.block.reader
        try:
            lines = decode_lines(self.data, self.framing, block.encoding, reader.errors, reader.linedelimiter)
        except UnicodeDecodeError as error:
            raise self._located(error) from None
        self._count = len(lines)
        return lines

    def count(self) -> int:
        """How many lines there are."""
        if self._count is None:
            self._count = count_lines(self.data, self.framing)
        return self._count

    def starts(self) -> list[int]:
        """Where in ``data`` each line starts, and where the last one ends."""
        if self._starts is None:
            self._starts = [0, *self.framing.ends(self.data)]
            if self._starts[-1] < len(self.data):
                self._starts.append(len(self.data))
        return self._starts

    def locate(self, index: int) -> Address:
        """The address of line number ``index`` (from 0)."""
        earlier = self.block.lines_before()
        line = None if earlier is None else earlier + self.before + index + 1
        return Address(self.block.range.path, line, self.offset + self.starts()[index])

    def _located(self, error: UnicodeDecodeError) -> UnicodeDecodeError:
        """``error`` narrowed to the line that raises it, with a note that says where it is."""
        for index, (start, end) in enumerate(pairwise(self.starts())):
            try:
                self.data[start:end].decode(self.block.encoding, self.block.reader.errors)
            except UnicodeDecodeError as narrow:
                where = self.locate(index)
                return undecodable(narrow, str(where), self.offset + start + narrow.start)
        return error


@dataclass(frozen=True, slots=True)
class LineOrigin:
    """The origin of lines that follow each other in a chunk."""

    chunk: Chunk = field(repr=False)
    first: int
    """Lines of the chunk before them."""

    def locate(self, index: int) -> Address:
        """The address of the batch's line number ``index`` (from 0)."""
        return self.chunk.locate(self.first + index)


@dataclass(frozen=True, slots=True)
class StreamOrigin:
    """The origin of lines in an encoding whose bytes cannot be told apart; without offsets."""

    path: str
    first: int
    """Lines of the file before them."""

    def locate(self, index: int) -> Address:
        """
        >>> str(StreamOrigin("a.txt", 2).locate(0))
        'a.txt, line 3'
        """
        return Address(self.path, self.first + index + 1)
