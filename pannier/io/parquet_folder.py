"""What is in a folder of Parquet files before others are written to it, and whether these can be."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from pannier.errors import UsageError
from pannier.io.arrowtables import is_known
from pannier.io.files import File, absolute, find_files, is_local
from pannier.io.framesink import exists
from pannier.io.parquet import parquet_source
from pannier.io.parquet_files import EXTENSIONS

STATISTICS: Final = "_metadata"
SCHEMA: Final = "_common_metadata"
"""The files that hold the footers, and the schema, of all others."""


def existing(folder: str, storage_options: Mapping[str, Any] | None) -> list[File]:
    """The files of ``folder`` that a reader would read; none if it is not there."""
    if is_local(folder) and Path(absolute(folder)).is_file():
        raise UsageError(f"to_parquet writes a folder of files, and {folder!r} is a file")
    try:
        return find_files(folder, storage_options)
    except FileNotFoundError:
        return []


def metadata_files(folder: str, storage_options: Mapping[str, Any] | None) -> list[str]:
    """The files that there are of those that say what is in the others."""
    paths = [posixpath.join(folder, name) for name in (STATISTICS, SCHEMA)]
    return [path for path in paths if exists(path, storage_options)]


def file_names(
    npartitions: int, name_function: Callable[[int], str] | None, there: Sequence[File]
) -> list[str]:
    """The names of the files of all partitions, behind those that are ``there``."""
    if name_function is None:
        return [f"part.{number}.parquet" for number in _numbers_behind(there, npartitions)]
    first = _next_number(there)
    names = [name_function(i) for i in range(first, first + npartitions)]
    if any(not isinstance(name, str) for name in names) or any(
        after <= before for before, after in pairwise(names)
    ):
        raise UsageError(
            f"name_function must give texts that differ and sort in the order of partitions, not {names!r:.200};"
            " fixed-width numbers do, for example lambda i: f'part.{i:04}.parquet'"
        )
    return [name if name.endswith(EXTENSIONS) else f"{name}.parquet" for name in names]


def _next_number(there: Sequence[File]) -> int:
    """A number behind those in which the names of the files there are end, before what follows a last dot."""
    found = [
        re.findall("[0-9]+", posixpath.splitext(posixpath.basename(file.path))[0])[-1:] for file in there
    ]
    return max((int(number) for numbers in found for number in numbers), default=-1) + 1


def _numbers_behind(there: Sequence[File], count: int) -> list[str]:
    """``count`` numbers, written so that ``part.N.parquet`` comes behind all files of such names that there are.

    Files are read by name: behind ``part.5.parquet`` there is no ``part.10.parquet``, but ``part.51.parquet``.
    """
    names = [re.fullmatch(r"part\.([0-9]+\.)parquet", posixpath.basename(file.path)) for file in there]
    last = max((name[1] for name in names if name), default="").rstrip(".")
    first, width = (int(last) + 1, len(last)) if last else (0, 1)
    while first + count > 10**width:
        first, width = (int(last) * 10 ** (width + 1 - len(last)) + 1 if last else 0), width + 1
    return [f"{i:0{width}}" for i in range(first, first + count)]


def check_names(folder: str, there: Sequence[File], names: Sequence[str]) -> None:
    """Refuse to append files of names that there are."""
    taken = sorted({posixpath.basename(file.path) for file in there} & set(names))
    if taken:
        raise UsageError(
            f"{folder} has a file {taken[0]} already, which append=True would write over: name_function must give names "
            "that there are not, from numbers behind those in the names there are"
        )


def check_mixture(folder: str, there: Sequence[File], names: Sequence[str]) -> None:
    """Refuse to leave old files among new ones, with which they would be read."""
    new = {posixpath.join(folder, name) for name in names}
    for file in there:
        if file.path not in new:
            raise UsageError(
                f"{folder} has files already, among them {file.path.removeprefix(folder)[1:]}, which would be read"
                " with the new ones: overwrite=True replaces them all, append=True adds to them"
            )


def check_append(
    folder: str, schema: pa.Schema, by: Sequence[str | int], storage_options: Mapping[str, Any] | None
) -> None:
    """Refuse to add files of other columns and types to those of ``folder``."""
    reader: Any = parquet_source(folder, storage_options=storage_options)[0].reader
    folders = [name for name, _ in reader.folders]
    if folders != list(by):
        raise UsageError(
            f"{folder} is partitioned on {folders}, and the frame to append on {list(by)}: give partition_on={folders}"
        )
    old = {each.name: each.type for each in reader.schema if each.name not in folders}
    new = {each.name: each.type for each in schema}
    if old.keys() != new.keys():
        labels = [name for name in new if name not in old and name.startswith("__index_level_")]
        hint = "write_index=False leaves the labels of rows out" if labels else "select the same ones"
        raise UsageError(f"{folder} has the columns {list(old)}, and the frame to append {list(new)}: {hint}")
    for name, kind in new.items():
        if is_known(kind) and not pa.types.is_dictionary(kind) and not kind.equals(old[name]):
            raise UsageError(
                f"column {name!r} is {old[name]} in {folder} and {kind} in the frame to append; convert it with astype"
            )


def check_divisions(folder: str, first: Any, storage_options: Mapping[str, Any] | None) -> None:
    """Refuse to add files whose index begins at ``first``, if that is before the index of ``folder`` ends."""
    source, _, old = parquet_source(folder, storage_options=storage_options, calculate_divisions=True)
    reader: Any = source.reader
    if old is not None and reader.numbering is None and not first > old[-1]:
        raise UsageError(
            f"the index of {folder} ends at {old[-1]!r}, and that of the frame to append begins at {first!r};"
            " ignore_divisions=True appends nevertheless"
        )
