"""What one split task writes: its pieces by bucket, in one file, with an index.

Encoded pieces wait in memory, by bucket, until they fill their budget; then the largest buckets are written,
each as one *frame*, until half of the budget is free.  So a file is written in large runs, front to back,
however many buckets there are.  What is small is not written at all: it travels in the index.

Files are not synced: they end with the run.  Frames are compressed once a process has written so much that
the system must be writing it out to the disk, which is then what the run waits for.
"""

from __future__ import annotations

import errno
import os
from io import FileIO
from typing import Any, Final, NamedTuple

from pannier.errors import LostResult
from pannier.host import Host
from pannier.room import Lease
from pannier.shuffle.codec import checksum, encode, frame

INLINE_BYTES: Final = 16 << 10
"""What a split has in all, up to which it travels in the index."""
_LEAST_BUDGET, _MOST_BUDGET = 1 << 20, 64 << 20
_BUDGET_SHARE: Final = 8
"""The part of a task's memory that encoded pieces may take."""
_PLAIN_SHARE: Final = 2
"""The part of a task's memory up to which files are not compressed: the system's cache has room for as much."""
_LOST: Final = {errno.ENOENT: "it is gone", errno.EIO: "the disk cannot read it"}
"""Errors after which the file is made again."""


class Frame(NamedTuple):
    """Some bytes of a file, or, where there is none, the bytes themselves."""

    path: str | None
    data: Any
    """Without a path, the bytes, or the piece as it is, where it stays in this process."""
    offset: int
    nbytes: int
    """How many there are, as they are stored; of a piece as it is, how many it takes."""
    size: int
    """How many there are, as they were given: more than that if they are compressed (LZ4 block)."""
    rows: int
    """How many records, or totals, they stand for."""
    crc: int
    split: int = -1
    """Number of the split that wrote it, among all splits of the shuffle."""
    lease: Lease | None = None
    """Of what is kept in the memory of this process, and cannot leave it."""
    weight: int = 0
    """Bytes as gathers are shared out by: the same in each run, whether kept as it is or written.  None of a head."""

    @property
    def is_inline(self) -> bool:
        """Whether it is so small that it travels with whatever names it."""
        return self.path is None and self.lease is None

    def read(self) -> Any:
        """What was given.  Raises :class:`~pannier.errors.LostResult` if they are not those written."""
        if self.path is None:
            return self.data
        try:
            with open(self.path, "rb", buffering=0) as file:
                data = os.pread(file.fileno(), self.nbytes, self.offset)
        except OSError as error:
            if error.errno not in _LOST:
                raise
            raise self._lost(_LOST[error.errno]) from None
        if len(data) < self.nbytes:
            raise self._lost("it is too short")
        if checksum(data) != self.crc:
            raise self._lost(f"its bytes from {self.offset} on have changed")
        return data if self.nbytes == self.size else _unpacked(data)

    def _lost(self, reason: str) -> LostResult:
        return LostResult(
            f"the file {self.path}, in which a shuffle keeps records, cannot be used: {reason}. "
            "Something else clears its folder or writes to it, or the disk is failing; "
            "the setting spill_folder names another place",
            self.split,
        )


def in_memory(data: bytes, rows: int) -> Frame:
    """The frame of ``data`` that no file has: it travels with whatever names it.

    >>> in_memory(b"abc", 1).read()
    b'abc'
    """
    return Frame(None, data, 0, len(data), len(data), rows, 0)


class FrameWriter:
    """Keeps frames: in memory while the run has room for them, else in a file of its own."""

    def __init__(self, host: Host, folder: str) -> None:
        self._host = host
        self._folder = folder
        self._file: FileIO | None = None
        self._written = 0

    def write(self, data: bytes, rows: int) -> Frame:
        """The frame of ``data``, kept.  Raises OSError with the next step when the disk is full."""
        host = self._host
        size = len(data)
        if host.room is not None and (lease := host.room.lease(size)) is not None:
            return in_memory(data, rows)._replace(lease=lease)
        if host.written > host.memory // _PLAIN_SHARE and len(packed := _packed(data)) < size:
            data = packed
        try:
            if self._file is None:
                self._file = open(host.new_path(self._folder), "xb", buffering=0)  # noqa: SIM115  open from call to call
            write_all(self._file, data)
        except OSError as error:
            raise full(error, host.folder) from None
        written = Frame(str(self._file.name), b"", self._written, len(data), size, rows, checksum(data))
        self._written += len(data)
        host.written += len(data)
        return written

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _packed(data: bytes) -> bytes:
    import lz4.block  # most runs never come to it

    return lz4.block.compress(data)  # type: ignore[no-any-return]


def _unpacked(data: bytes) -> bytes:
    import lz4.block

    return lz4.block.decompress(data)  # type: ignore[no-any-return]


class Runs(NamedTuple):
    """The index of what one split task wrote: the frames of each bucket, in the order of their records."""

    frames: dict[int, list[Frame]]


class BucketWriter:
    """Takes pieces by bucket; ``close()`` gives the index.

    Without a host, that is where nobody says where files may be, everything travels in the index.
    Where buckets have one piece each, none ``is_gathering``, and no piece waits for others.
    """

    def __init__(self, host: Host | None, folder: str, *, is_gathering: bool = True) -> None:
        self._writer = None if host is None else FrameWriter(host, folder)
        share = _MOST_BUDGET if host is None else host.memory // _BUDGET_SHARE
        self._budget = min(max(share, _LEAST_BUDGET), _MOST_BUDGET) if is_gathering else INLINE_BYTES
        self._waiting: dict[int, list[bytes]] = {}
        self._sizes: dict[int, int] = {}
        self._rows: dict[int, int] = {}
        self._weights: dict[int, int] = {}
        self._held = 0
        self._frames: dict[int, list[Frame]] = {}
        self._kept: dict[int, list[Frame]] = {}
        self._room = None if host is None else host.room

    def add(self, bucket: int, piece: Any, rows: int) -> None:
        """Put ``piece``, of ``rows`` rows, behind what ``bucket`` has.  Raises what encoding and writing raise."""
        self.add_encoded(bucket, encode(piece), rows)

    def add_encoded(self, bucket: int, blob: bytes, rows: int, weight: int | None = None) -> None:
        """Put ``blob``, which some codec has made of ``rows`` rows, behind what ``bucket`` has.

        It weighs as much as it has bytes, if nothing else is said.
        """
        self._weights[bucket] = self._weights.get(bucket, 0) + (len(blob) if weight is None else weight)
        if bucket in self._waiting:
            self._waiting[bucket].append(blob)
            self._sizes[bucket] += len(blob)
            self._rows[bucket] += rows
        else:
            self._waiting[bucket], self._sizes[bucket], self._rows[bucket] = [blob], len(blob), rows
        self._held += len(blob)
        if self._held > self._budget and self._writer is not None:
            self._flush(self._writer, self._budget // 2)

    def lease(self, nbytes: int) -> Lease | None:
        """Leave to :meth:`keep` pieces of so many bytes as they are; None if they have to be encoded."""
        lease = None if self._room is None else self._room.lease(nbytes)
        if lease is None:
            self._room = None  # what comes later has to stand behind what is encoded
        return lease

    def keep(self, bucket: int, piece: Any, rows: int, nbytes: int, lease: Lease) -> None:
        """Put ``piece``, as it is, behind what ``bucket`` has."""
        kept = Frame(None, piece, 0, nbytes, nbytes, rows, 0, lease=lease, weight=nbytes)
        self._kept.setdefault(bucket, []).append(kept)

    def close(self, head: bytes = b"") -> Runs:
        """Write what is left, and end.  A ``head`` is, as a frame of no rows, before the others of each bucket."""
        if self._writer is not None and (self._frames or self._held > INLINE_BYTES):
            self._flush(self._writer, 0)
            if head:
                first = self._writer.write(head, 0)
                self._frames = {bucket: [first, *frames] for bucket, frames in self._frames.items()}
        elif head and self._waiting:
            first = in_memory(head, 0)
            self._frames = {bucket: [first] for bucket in self._waiting}
        for bucket in list(self._waiting):
            rows, weight, data = self._take(bucket)
            self._frames.setdefault(bucket, []).append(in_memory(data, rows)._replace(weight=weight))
        self.discard()
        for bucket, kept in self._kept.items():
            self._frames[bucket] = [*kept, *self._frames.get(bucket, ())]
        return Runs(self._frames)

    def discard(self) -> None:
        """Let go of the file, whose end is not reached if ``close`` was not called."""
        if self._writer is not None:
            self._writer.close()

    def _flush(self, writer: FrameWriter, most: int) -> None:
        """Write the largest buckets, until at most ``most`` bytes wait."""
        for bucket in sorted(self._sizes, key=self._sizes.__getitem__, reverse=True):
            if self._held <= most:
                return
            rows, weight, data = self._take(bucket)
            self._frames.setdefault(bucket, []).append(writer.write(data, rows)._replace(weight=weight))

    def _take(self, bucket: int) -> tuple[int, int, bytes]:
        """Rows, weight and frame of what waits in ``bucket``, which is then empty."""
        self._held -= self._sizes.pop(bucket)
        return self._rows.pop(bucket), self._weights.pop(bucket), frame(self._waiting.pop(bucket))


def write_all(file: FileIO, data: bytes) -> None:
    """Write all of ``data``, which the system may take in several parts."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def full(error: OSError, folder: str) -> OSError:
    """``error``, with the next step if the disk is full."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    return OSError(
        error.errno,
        "no space is left for the files of a shuffle; the setting spill_folder names another place",
        os.path.dirname(folder),
    )
