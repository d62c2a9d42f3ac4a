"""Parquet files cut into parts: which row groups of which files one partition is read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any, Final, TypeAlias

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.io.files import current_version
from pannier.io.parquet_footers import Footer
from pannier.sizes import format_bytes, parse_bytes

SplitRowGroups: TypeAlias = bool | int | str
"""``"infer"``, ``"adaptive"``, whether each row group is a part, or how many of them are one."""

DEFAULT_BLOCKSIZE: Final = 64 << 20
"""Bytes of a part, as the columns are encoded, before compression."""

_PARTS: Final = 8
"""Parts to make of what is smaller than that many blocks, for as many tasks at a time."""

_SMALLEST: Final = 8 << 20
"""Bytes below which data is not divided further for that."""


@frozen
class Piece:
    """Row groups of a file that follow each other."""

    path: str
    groups: tuple[int, ...]
    rows: int
    first: int
    """The number of the first row among those of all files."""
    size: int
    """Bytes as encoded, before compression."""
    keys: tuple[int | None, ...] = ()
    """For each column that the folders' names stand for, the position of its value among all values."""
    version: str = field(default="", repr=False)
    """That of the file when it was listed."""

    def __pannier_fingerprint__(self) -> tuple[object, ...]:
        """What the rows depend on: the file as it is now, where asking costs nothing."""
        return self.path, self.groups, self.first, current_version(self.path) or self.version

    def __str__(self) -> str:
        """
        >>> str(Piece("a.parquet", (0, 1, 2), 10, 0, 2048))
        'a.parquet, row groups 0 to 2 (10 rows, 2.0 KiB)'
        """
        groups = self.groups
        if len(groups) == 1:
            named = f"row group {groups[0]}"
        else:
            named = f"row groups {groups[0]} to {groups[-1]}" if groups else "no row groups"
        return f"{self.path}, {named} ({self.rows:,} rows, {format_bytes(self.size)})"


@frozen
class ParquetPart:
    """What one partition is read from, in order."""

    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        first, *others = map(str, self.pieces)
        return f"{first} and {len(others)} more" if others else first


def check_split(split: SplitRowGroups, blocksize: str | float | None) -> int | None:
    """``blocksize`` in bytes; None where ``split`` decides alone.

    Raises :class:`~pannier.errors.UsageError` for values that neither may have.
    """
    if isinstance(split, str) and split not in ("infer", "adaptive"):
        raise UsageError(
            f"split_row_groups must be 'infer', 'adaptive', True, False or a number of row groups, not {split!r}"
        )
    if isinstance(split, int) and not isinstance(split, bool) and split < 1:
        raise UsageError(f"split_row_groups must be at least 1, not {split}")
    if not isinstance(split, str):
        return None
    if blocksize is None or blocksize == "default":
        return DEFAULT_BLOCKSIZE
    if (size := parse_bytes(blocksize)) < 1:
        raise UsageError(f"blocksize must be at least one byte, not {blocksize!r}")
    return size


def plan_parquet(
    footers: Sequence[Footer],
    keys: Sequence[tuple[int | None, ...]],
    *,
    split: SplitRowGroups,
    blocksize: str | float | None,
    gathers: bool,
) -> tuple[ParquetPart, ...]:
    """The parts of files, in order: at least one.

    Large files are split between row groups, and small neighbours share a part where ``gathers``.  ``keys`` has
    those of each file's pieces.
    """
    limit = check_split(split, blocksize)
    if limit is None:
        return _unmeasured(footers, keys, int(split) if split is not False else None)
    total = sum(size for footer in footers for _, _, size in _groups(footer))
    if blocksize is None or blocksize == "default":
        limit = min(limit, max(_SMALLEST, total // _PARTS + 1))
    parts: list[ParquetPart] = []
    gathered: list[Piece] = []
    room = limit
    for piece in _pieces(footers, keys, lambda sizes: _runs(sizes, limit)):
        if gathered and (not gathers or piece.size > room):
            parts.append(ParquetPart(tuple(gathered)))
            gathered, room = [], limit
        gathered.append(piece)
        room -= piece.size
    return (*parts, ParquetPart(tuple(gathered))) if gathered else tuple(parts)


def _unmeasured(
    footers: Sequence[Footer], keys: Sequence[tuple[int | None, ...]], count: int | None
) -> tuple[ParquetPart, ...]:
    """Parts of ``count`` row groups each; of a whole file for None."""

    def cut(sizes: Sequence[int]) -> list[int]:
        return [*range(0, len(sizes), count or len(sizes)), len(sizes)]

    return tuple(ParquetPart((piece,)) for piece in _pieces(footers, keys, cut))


def _pieces(
    footers: Sequence[Footer],
    keys: Sequence[tuple[int | None, ...]],
    cut: Callable[[Sequence[int]], list[int]],
) -> Iterator[Piece]:
    """The pieces of files with rows, ``cut`` by the sizes of their row groups; one without if there are no rows."""
    first = 0
    for footer, values in zip(footers, keys, strict=True):
        groups = [group for group in _groups(footer) if group[1]]
        if not groups:
            continue
        for start, end in pairwise(cut([size for _, _, size in groups])):
            some = groups[start:end]
            rows = sum(count for _, count, _ in some)
            size = sum(size for _, _, size in some)
            numbers = tuple(number for number, _, _ in some)
            yield Piece(footer.path, numbers, rows, first, size, values, footer.version)
            first += rows
    if not first:
        yield Piece(footers[0].path, (), 0, 0, 0, keys[0], footers[0].version)


def _groups(footer: Footer) -> list[tuple[int, int, int]]:
    """(number, rows, bytes) of each row group."""
    found: list[Any] = [footer.metadata.row_group(i) for i in range(footer.metadata.num_row_groups)]
    return [(i, group.num_rows, group.total_byte_size) for i, group in enumerate(found)]


def _runs(sizes: Sequence[int], limit: int) -> list[int]:
    """Where to cut ``sizes`` into runs of about equal sums, near ``limit`` where single ones allow.

    >>> _runs([4, 4, 4, 4, 4, 4], 13), _runs([30, 1, 1], 10)
    ([0, 3, 6], [0, 1, 3])
    """
    aim = sum(sizes) / max(1, round(sum(sizes) / limit))
    cuts, held = [0], 0.0
    for i, size in enumerate(sizes):
        if held and held + size / 2 > aim:
            cuts.append(i)
            held = 0
        held += size
    return [*cuts, len(sizes)]
