"""Made-up lines to files: one file a day of 2015, each from its own seed.

A file depends on the arguments and its own number only, never on its neighbours, so any subset can be made
anywhere, in any order, at the same time.  A file gets its name when it is complete.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final, Literal, cast

from pannier.errors import UsageError
from pannier.sizes import parse_bytes

Compression = Literal["gz"] | None

_DAYS: Final = 365
_BATCH_LINES: Final = 1024
"""Lines encoded and compressed at once: about 1 MB, enough that the calls per batch cost nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one file is made from."""

    seed: int
    number: int
    """Number of the file, from 0; the file tells of day ``number`` of 2015."""
    records: int
    """Records expected in the file; they are spread evenly over the day."""

    @property
    def day(self) -> datetime.date:
        """The day that the file tells of."""
        return datetime.date(2015, 1, 1) + datetime.timedelta(days=self.number)

    def second(self, record: int) -> int:
        """Second of the day (0 to 86,399) in which record number ``record`` happens."""
        return min(86_399, record * 86_400 // self.records)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data set: how its files are named and what is in them."""

    suffix: str
    """What follows the date in a file's name, without the suffix of the compression."""
    line_bytes: int
    """Mean bytes of a line."""
    lines: Callable[[Part], Iterator[str]]
    """An endless iterator of lines, line ends included."""
    header: str = ""
    """First line of every file; it is no record."""

    def stream(self, part: Part) -> Iterator[str]:
        """The header, where there is one, then lines without end."""
        return chain([self.header] if self.header else [], self.lines(part))

    def take(self, part: Part) -> Iterator[str]:
        """The header, where there is one, then ``part.records`` lines."""
        return islice(self.stream(part), part.records + bool(self.header))


def day_clock(second: int) -> str:
    """``second`` of a day as text.

    >>> day_clock(3661)
    '01:01:01'
    """
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def write_files(
    kind: Kind,
    folder: str | os.PathLike[str],
    *,
    files: int,
    records: int | None,
    size: str | int | None,
    seed: int,
    compression: Compression,
    only: Iterable[int] | None,
) -> list[str]:
    """Paths of the files written, in the order of their numbers.

    Exactly one of ``records`` (in all files together) and ``size`` (bytes before compression, in all files
    together, as a number or like "600 MB") says how much to make.

    Raises :class:`~pannier.errors.UsageError` when neither or both are given, or a number is out of range.
    """
    if compression not in ("gz", None):
        raise UsageError(f"compression={compression!r}: files are written as 'gz' or plain, None")
    shares = _shares(files, records, size, only)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, share in shares.items():
        if size is None:
            part = Part(seed, number, share)
            chunks = _encoded(kind.take(part))
        else:
            part = Part(seed, number, max(1, share // kind.line_bytes))
            chunks = _cut(_encoded(kind.stream(part)), share)
        path = folder / f"{part.day}{kind.suffix}{'.gz' if compression else ''}"
        with _written_aside(path) as raw, _compressed(raw, compression) as file:
            for chunk in chunks:
                file.write(chunk)
        paths.append(str(path))
    return paths


def _shares(
    files: int, records: int | None, size: str | int | None, only: Iterable[int] | None
) -> dict[int, int]:
    """Numbers of the files to write, each with its share of the records or bytes asked for."""
    if not 1 <= files <= _DAYS:
        raise UsageError(f"files={files}: there is one file a day of 2015, so between 1 and {_DAYS}")
    if size is not None and records is None:
        total = parse_bytes(size)
    elif records is not None and size is None:
        total = records
    else:
        raise UsageError("say how much to make: either records=100_000 or size='100 MB', not both")
    if total < 0:
        raise UsageError(f"records={records}: cannot be negative")
    numbers = sorted(set(range(files) if only is None else only))
    if not set(numbers) <= set(range(files)):
        raise UsageError(f"only={numbers}: the {files} files are numbered 0 to {files - 1}")
    return {number: total // files + (number < total % files) for number in numbers}


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    while batch := list(islice(lines, _BATCH_LINES)):
        yield "".join(batch).encode()


def _cut(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """``chunks`` up to the first end of a line at or after byte ``size``."""
    left = size
    for chunk in chunks:
        if left <= 0:
            return
        if len(chunk) >= left:
            yield chunk[: chunk.find(b"\n", left - 1) + 1]
            return
        yield chunk
        left -= len(chunk)


@contextmanager
def _written_aside(path: Path) -> Iterator[IO[bytes]]:
    """A file open for writing that becomes ``path`` when the block ends well and vanishes when not."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(aside, "wb") as file:
            yield file
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


@contextmanager
def _compressed(raw: IO[bytes], compression: Compression) -> Iterator[IO[bytes]]:
    if compression is None:
        yield raw
        return
    from isal import igzip

    # Neither a name nor a time in the header: the same data gives the same bytes.
    with igzip.IGzipFile("", "wb", fileobj=raw, mtime=0) as file:  # type: ignore[no-untyped-call]
        yield cast("IO[bytes]", file)
