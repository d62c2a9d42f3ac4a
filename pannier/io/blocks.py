"""Files cut into parts, one a partition, and the bytes of one part.

A large file that can be cut becomes blocks of about equal size; many small files share a part; any
other file is a part of its own.  The cuts are plain arithmetic on names and sizes.  Where exactly a
block begins is settled when it is read: at the first line end at or after its offset, found by the
same search (:meth:`~pannier.io.framing.Framing.first_cut`) for the block before it and for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import IO, Final, TypeAlias

from pannier.errors import InputError, UsageError
from pannier.frozen import frozen
from pannier.io.compression import decompress
from pannier.io.files import File, current_version
from pannier.io.framing import Framing
from pannier.sizes import parse_bytes

PIECE: Final = 1 << 17
"""Bytes to read at once."""

_FEW_FILES: Final = 32
"""Up to this many files are a part each: every worker of a common machine has several."""

_SMALL_PART: Final = 16 << 20
"""Bytes of small files to gather in a part at most."""


@frozen
class Range:
    """Some bytes of a file: those lines that begin in them."""

    path: str
    offset: int = 0
    length: int | None = None
    """None: all of the file, which then need not be seekable."""
    version: str = field(default="", repr=False)
    """That of the file when it was listed, so that a changed file is other work."""

    def __pannier_fingerprint__(self) -> tuple[object, ...]:
        """What the content of these bytes depends on: the file as it is now, where asking costs nothing."""
        return self.path, self.offset, self.length, current_version(self.path) or self.version


Part: TypeAlias = tuple[Range, ...]
"""What one partition is read from, in order."""


def check_blocksize(blocksize: str | float | None) -> int | None:
    """``blocksize`` in bytes, None for whole files.

    Raises :class:`~pannier.errors.UsageError` if it is no size or below one byte.

    >>> check_blocksize("64 MiB"), check_blocksize(None)
    (67108864, None)
    """
    if blocksize is None:
        return None
    if (size := parse_bytes(blocksize)) < 1:
        raise UsageError(f"blocksize must be at least one byte, or None for whole files, not {blocksize!r}")
    return size


def plan_parts(
    files: Sequence[File],
    *,
    blocksize: int | None,
    files_per_partition: int | None,
    can_split: Callable[[File], bool],
) -> tuple[Part, ...]:
    """The parts of ``files``, in order: one a partition.

    With ``files_per_partition`` that many whole files share a part.  Otherwise files above
    ``blocksize`` bytes that ``can_split`` are split, and, when there are many, neighbouring small ones
    are gathered.  Without ``blocksize`` every file is one part.

    >>> plan_parts(
    ...     [File("a", 100, "")], blocksize=40, files_per_partition=None, can_split=lambda f: True
    ... )
    ((Range(path='a', offset=0, length=34),), (Range(path='a', offset=34, length=34),),
     (Range(path='a', offset=68, length=32),))
    """
    if files_per_partition is not None:
        if files_per_partition < 1:
            raise UsageError(f"files_per_partition must be at least 1, not {files_per_partition}")
        whole = [Range(file.path, version=file.version) for file in files]
        return tuple(
            tuple(whole[i : i + files_per_partition]) for i in range(0, len(whole), files_per_partition)
        )
    if blocksize is None:
        return tuple((Range(file.path, version=file.version),) for file in files)
    limit = -1
    if len(files) > _FEW_FILES:
        total = sum(file.size or 0 for file in files)
        limit = min(_SMALL_PART, blocksize, total // _FEW_FILES)
    parts: list[Part] = []
    gathered: list[Range] = []
    room = limit
    for file in files:
        size = limit + 1 if file.size is None else file.size
        splits = file.size is not None and size > blocksize and can_split(file)
        if gathered and (splits or size > room):
            parts.append(tuple(gathered))
            gathered, room = [], limit
        if splits:
            parts += ((block,) for block in _blocks(file, size, blocksize))
        else:
            gathered.append(Range(file.path, version=file.version))
            room -= size
    return (*parts, tuple(gathered)) if gathered else tuple(parts)


def _blocks(file: File, size: int, blocksize: int) -> Iterator[Range]:
    count = -(-size // blocksize)
    step = -(-size // count)
    for offset in range(0, size, step):
        yield Range(file.path, offset, min(step, size - offset), file.version)


def whole_pieces(file: IO[bytes], compression: str | None, path: str) -> Iterator[bytes]:
    """All bytes of an open file from its start, decompressed, in pieces of bounded size."""
    pieces = _read(file)
    return pieces if compression is None else decompress(pieces, compression, path)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def block_start(file: IO[bytes], offset: int, framing: Framing) -> int:
    """Where the first line at or after ``offset`` begins; the file's size if none does."""
    if offset == 0:
        return 0
    base = max(0, offset - framing.context)
    base -= base % framing.width
    file.seek(base)
    data = b""
    while True:
        piece = file.read(PIECE)
        data += piece
        whole = len(data) - len(data) % framing.width if piece else len(data)
        cut = framing.first_cut(data[:whole], offset - base, is_last=not piece)
        if cut is not None:
            return base + cut
        end = base + whole
        if not piece:
            return end
        # No line ends in `offset` to `end`; judging the next needs some bytes before it again.
        offset = max(offset, end)
        base = max(base, end - framing.context)
        data = data[whole - (end - base) :]


def block_pieces(file: IO[bytes], start: int, end: int, framing: Framing, path: str) -> Iterator[bytes]:
    """The bytes of the lines that begin in ``start`` to ``end`` (exclusive), where one does begin.

    They are read in one go forward: the last line's end is searched for last.  Raises
    :class:`~pannier.errors.InputError` if the file has become shorter than ``end``.
    """
    yield from between(file, start, end, path)
    yield from between(file, max(start, end), block_start(file, end, framing), path)


def between(file: IO[bytes], start: int, end: int, path: str, size: int = PIECE) -> Iterator[bytes]:
    """The bytes from ``start`` to ``end`` in pieces of up to ``size``.

    Raises :class:`~pannier.errors.InputError` if the file at ``path`` has become shorter.
    """
    file.seek(start)
    while start < end:
        piece = file.read(min(size, end - start))
        if not piece:
            raise InputError(
                f"{path}: the file ends at byte {start:,}, and had at least {end:,} when it was listed;"
                " something wrote to it meanwhile: build the collection again"
            )
        start += len(piece)
        yield piece


def line_chunks(pieces: Iterable[bytes], framing: Framing, offset: int) -> Iterator[tuple[int, bytes]]:
    r"""Pieces recut after line ends: (offset of the chunk, its bytes); the last may lack its end.

    ``offset`` is that of the first piece.  A line longer than a piece is gathered in time linear in
    its length.

    >>> from pannier.io.framing import framing
    >>> list(line_chunks([b"a\nb", b"b\nc"], framing("utf-8"), 0))
    [(0, b'a\nbb\nc')]
    """
    held = b""
    fresh: list[bytes] = []
    size = 0
    for piece in pieces:
        fresh.append(piece)
        size += len(piece)
        if size < max(PIECE, len(held)):
            continue
        data = b"".join((held, *fresh))
        cut = framing.last_cut(data)
        if cut:
            yield offset, data[:cut]
            offset += cut
        held, fresh, size = data[cut:], [], 0
    if rest := b"".join((held, *fresh)):
        yield offset, rest


def first_bytes(pieces: Iterator[bytes], count: int) -> bytes:
    """The next pieces in one, until there are ``count`` bytes or no more."""
    head = b""
    while len(head) < count and (piece := next(pieces, b"")):
        head += piece
    return head
