"""The footers of Parquet files: what a file says of its columns, its row groups and their values.

A footer is read once a process and kept, by path and version, for whoever asks again: the plan that is built, the
passes that leave parts out, and the tasks that read.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from pannier.errors import InputError, annotate
from pannier.io.files import absolute, current_version, is_local, open_file

_KEPT: Final = 8192
"""Footers kept at most: a few KiB each."""

_FEW: Final = 8
"""Up to this many files are looked at one after another; more, by as many threads."""

A = TypeVar("A")
B = TypeVar("B")

_kept: dict[tuple[str, str], Any] = {}
_lock: Final = threading.Lock()


@dataclass(frozen=True)
class Footer:
    """What a file says of itself."""

    path: str
    version: str
    metadata: Any
    """A ``pyarrow.parquet.FileMetaData``."""

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema, with what pandas has written beside it."""
        return self.metadata.schema.to_arrow_schema()

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each column stands that is not nested: its number, by name."""
        schema = self.metadata.schema
        return {
            column.name: i
            for i, column in enumerate(map(schema.column, range(len(schema))))
            if column.path == column.name
        }

    def statistics(self, group: int, name: str) -> Any:
        """The statistics of a column in a row group; None where there are none."""
        position = self.positions.get(name)
        return None if position is None else self.metadata.row_group(group).column(position).statistics

    def encoded_size(self, name: str) -> int:
        """Bytes of a column as it is encoded, before compression."""
        position, metadata = self.positions[name], self.metadata
        groups = range(metadata.num_row_groups)
        return sum(metadata.row_group(i).column(position).total_uncompressed_size for i in groups)

    def null_count(self, group: int, name: str) -> int | None:
        """How many nulls a column has in a row group; None where the file does not say."""
        position = self.positions.get(name)
        if position is None:
            return None
        if self.metadata.schema.column(position).max_definition_level == 0:
            return 0
        found = self.metadata.row_group(group).column(position).statistics
        return int(found.null_count) if found is not None and found.has_null_count else None


def read_footer(path: str, version: str, storage_options: Mapping[str, Any] | None) -> Footer:
    """The footer of the file at ``path``, as it was at ``version``.

    Raises :class:`~pannier.errors.InputError` for what is no Parquet file.
    """
    key = (path, version)
    if (footer := _kept.get(key)) is not None:
        return footer  # type: ignore[no-any-return]
    with open_parquet(path, storage_options) as file:
        footer = Footer(path, version, file.metadata)
    with _lock:
        if len(_kept) >= _KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = footer
    return footer


def read_footers(files: Sequence[tuple[str, str]], storage_options: Mapping[str, Any] | None) -> list[Footer]:
    """The footers of files, given as (path, version), in order."""
    return in_threads(lambda file: read_footer(*file, storage_options), files)


def in_threads(func: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """``func`` of each item, in order; of many at the same time, since each mostly waits."""
    if len(items) <= _FEW:
        return list(map(func, items))
    with ThreadPoolExecutor(_FEW, thread_name_prefix="pannier-parquet") as pool:
        return list(pool.map(func, items))


@contextmanager
def open_parquet(
    path: str,
    storage_options: Mapping[str, Any] | None,
    version: str | None = None,
    dictionaries: Sequence[str] = (),
) -> Iterator[Any]:
    """A ``pyarrow.parquet.ParquetFile``, open within the block; those of ``dictionaries`` it has come encoded.

    Raises :class:`~pannier.errors.InputError` if the file is not of ``version`` any more, or no Parquet file.
    """
    import pyarrow.parquet as pq

    options: dict[str, Any] = {}
    if version is not None:
        check_version(path, version)
        if dictionaries:
            footer: Footer | None = read_footer(path, version, storage_options)
        else:
            footer = _kept.get((path, version))
        if footer is not None:
            options["metadata"] = footer.metadata
            options["read_dictionary"] = [name for name in dictionaries if name in footer.positions]
    with contextlib.ExitStack() as opened:
        with reading(path):
            if is_local(path):
                file = opened.enter_context(pq.ParquetFile(absolute(path), **options))
            else:
                remote = opened.enter_context(open_file(path, storage_options, seekable=True))
                # Columns are fetched together, in few requests.
                file = opened.enter_context(pq.ParquetFile(remote, pre_buffer=True, **options))
        yield file


@contextmanager
def reading(path: str, kind: str = "Parquet") -> Iterator[None]:
    """Name the file in errors of the block, which reads it; one that is damaged is an InputError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise annotate(error, f"while reading {path}") from None
        if isinstance(error, FileNotFoundError):  # of an object store, which gives no number
            raise FileNotFoundError(errno.ENOENT, "there is no such file any more", path) from None
        raise InputError(f"{path}: cannot be read as {kind}: {error}") from error


def check_version(path: str, version: str) -> None:
    """Raise :class:`~pannier.errors.InputError` if a local file is not as it was when it was listed."""
    now = current_version(path)
    if now is not None and now != version:
        raise InputError(
            f"{path}: the file was written to since its footer was read; build the frame again to read it as it is"
        )
