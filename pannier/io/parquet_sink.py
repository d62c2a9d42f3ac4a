"""Frames written as a folder of Parquet files: a file a partition, or one for each value of some columns.

What all files have to agree on, their schema, is known from the empty frame when the plan is made, but for columns
of objects, which may hold anything, and for those of which a step makes other types where it finds the reason, as
fractions of whole numbers: a partition writes what it finds in them.  What ends the writing compares these: a column
without any value has no type and gets that of the other files, numbers are widened, and two types are an error.

::

    to part.0.parquet, part.1.parquet, ...          each aside and renamed
    end    types of objects · _metadata             from the files' footers
    overwrite, append: in a hidden folder first     whose files come, instead of the old ones or to them, in the end
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import field
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

import pandas as pd
import pyarrow as pa

from pannier.errors import InputError, UsageError, near_matches
from pannier.frozen import frozen
from pannier.host import note_file
from pannier.io.arrowtables import arrow_table, known_schema
from pannier.io.files import filesystem, is_local
from pannier.io.framesink import FrameSink
from pannier.io.parquet_columns import cast
from pannier.io.parquet_files import NULL_FOLDER, folder_types_stored
from pannier.io.parquet_folder import (
    SCHEMA,
    STATISTICS,
    check_append,
    check_divisions,
    check_mixture,
    check_names,
    existing,
    file_names,
    metadata_files,
)
from pannier.io.parquet_footers import open_parquet
from pannier.io.parquet_schema import Written, pandas_metadata, settled, with_pandas_metadata
from pannier.io.sink import move_all, placed, remove_files, remove_folder, staged, written_aside
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction
from pannier.leftovers import new_file_name


@frozen
class ParquetWriter(BlockKernel):
    """Writes a partition to a file, or to one for each combination of values of some columns."""

    label: ClassVar[str] = "to_parquet"

    schema: pa.Schema
    """That of the files, of types that are known."""
    folder: str
    partition_on: tuple[str | int, ...] = ()
    write_index: bool | None = True
    metadata: tuple[tuple[bytes, bytes], ...] = ()
    """What is added to the schema of each file."""
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords of ``pyarrow.parquet.write_table``."""
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    fixed: tuple[str, ...] = ()
    """Columns of just the types of ``schema``; others are of what is found in a partition."""

    def __call__(self, *blocks: Any) -> list[Written]:
        """The files that were written, for a block and the name of its files."""
        block, name = blocks
        with staged(self.folder) if self.folder.endswith(".tmp") else nullcontext():
            return [
                self._write(rows, posixpath.join(self.folder, inner, name))
                for inner, rows in self._split(block)
            ]

    def _split(self, block: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """The rows of ``block`` for each folder, with the folder's name."""
        if not self.partition_on:
            yield "", block
            return
        by = list(self.partition_on)
        kinds = [getattr(block[name].dtype, "categories", block[name]).dtype for name in by]
        for values, rows in block.groupby(by, observed=True, dropna=False, sort=True):
            folders = [_folder(*each) for each in zip(by, values, kinds, strict=True)]
            yield posixpath.join(*folders), rows.drop(columns=by)

    def _write(self, rows: pd.DataFrame, path: str) -> Written:
        import pyarrow.parquet as pq

        table = arrow_table(rows, self.schema, path, preserve_index=self.write_index, fixed=self.fixed)
        if self.write_index is False:
            table = table.replace_schema_metadata(_labelled(table.schema, rows).metadata)
        if self.metadata:
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), **dict(self.metadata)})
        with written_aside(path, self.storage_options or {}) as file:
            pq.write_table(table, file, **dict(self.options))
        note_file(path)
        return path, table.schema


def _labelled(schema: pa.Schema, rows: pd.DataFrame) -> pa.Schema:
    """``schema`` with the types and names of the labels of columns, which Arrow describes only beside an index."""
    described, whole = (
        pandas_metadata(schema),
        pandas_metadata(known_schema(rows.iloc[:0], preserve_index=None)),
    )
    assert described is not None, "it is of a frame"
    assert whole is not None, "it is of a frame"
    return with_pandas_metadata(schema, {**described, "column_indexes": whole["column_indexes"]})


def _folder(name: str | int, value: Any, kind: Any) -> str:
    """The name of the folder for a value of a column of this type: the value is written as Arrow writes it, as pandas has it.

    >>> _folder("a", True, "bool"), _folder("a", 1.0, "float32"), _folder("a", None, "object")
    ('a=true', 'a=1', 'a=__HIVE_DEFAULT_PARTITION__')
    """
    if pd.isna(value):
        return f"{name}={NULL_FOLDER}"
    try:
        text = pa.Array.from_pandas(pd.Series([value], dtype=kind)).cast(pa.string())[0].as_py()
    except pa.ArrowException:
        text = str(value)
    if text == NULL_FOLDER:
        raise InputError(
            f"column {name!r} has the text {text!r}, which as a folder stands for missing values, and would be read as one;"
            " replace it by another text, or leave the column out of partition_on"
        )
    return f"{name}={quote(text, safe=' ')}"


@frozen
class FinishParquet(Reduction):
    """Ends the writing of a folder, from what was written: its paths."""

    over_blocks: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    writer: ParquetWriter
    target: str
    """The folder that the files belong to, if they are written to another one first."""
    replaced: tuple[str, ...] = ()
    """The files of that folder that go when they come."""
    kept: tuple[str, ...] = ()
    """The files of that folder that stay."""
    writes_metadata: bool = False
    appends: bool = False
    """Whether the folder is to be as it was before, where its files cannot all be had."""

    def chunk(self, records: Any) -> list[Written]:
        return list(records)

    def combine(self, partials: list[list[Written]]) -> list[Written]:
        return [written for each in partials for written in each]

    def finish(self, partial: list[Written]) -> list[str]:
        """The paths of the files, in order of their partitions."""
        for path, found, wanted in settled(partial):
            if not wanted.equals(found):
                self._rewrite(path, wanted)
        paths = [path for path, _ in partial]
        staging = self.writer.folder
        options = self.writer.storage_options
        places = [posixpath.join(self.target, path.removeprefix(staging).lstrip("/")) for path in paths]
        try:
            if staging != self.target:
                kept = places if is_local(self.target) else ()  # which can be written over
                remove_files(set(self.replaced).difference(kept), options)
                move_all(paths, places, options)
                remove_folder(staging, options)
            if self.writes_metadata:
                self._write_metadata([*self.kept, *places])
        except BaseException:
            if self.appends:
                remove_files(places, options)
            raise
        return places

    def _rewrite(self, path: str, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        options = self.writer.storage_options
        with open_parquet(path, options) as file:
            table = file.read(use_threads=False)
        columns = [cast(*each, path) for each in zip(table.columns, schema, strict=True)]
        with written_aside(path, options or {}) as aside:
            pq.write_table(pa.Table.from_arrays(columns, schema=schema), aside, **dict(self.writer.options))

    def _write_metadata(self, paths: Sequence[str]) -> None:
        import pyarrow.parquet as pq

        collected: Any = None
        schema: Any = None
        options = self.writer.storage_options
        for path in paths:
            with open_parquet(path, options) as file:
                metadata, schema = file.metadata, file.schema_arrow
            metadata.set_file_path(path.removeprefix(self.target).lstrip("/"))
            if collected is None:
                collected = metadata
            else:
                collected.append_row_groups(metadata)
        if collected is None:
            return
        with (
            written_aside(posixpath.join(self.target, STATISTICS), options or {}) as statistics,
            written_aside(posixpath.join(self.target, SCHEMA), options or {}) as types,
        ):
            collected.write_metadata_file(statistics)
            pq.write_metadata(schema, types)

    @property
    def label(self) -> str:
        return self.writer.label


def parquet_sink(
    path: str | os.PathLike[str],
    meta: pd.DataFrame,
    npartitions: int,
    *,
    compression: str | Mapping[str, str] | None = "snappy",
    write_index: bool | None = True,
    append: bool = False,
    overwrite: bool = False,
    ignore_divisions: bool = False,
    partition_on: str | int | Sequence[str | int] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    custom_metadata: Mapping[str | bytes, str | bytes] | None = None,
    write_metadata_file: bool | None = None,
    schema: Any = "infer",
    name_function: Callable[[int], str] | None = None,
    engine: str | None = None,
    divisions: Sequence[Any] | None = None,
    **options: Any,
) -> FrameSink:
    """The steps of writing partitions like ``meta`` to the folder ``path``, as Parquet.

    Parameters
    ----------
    compression
        Of all columns, or a mapping of columns to names; None for none.
    write_index
        True writes the index as columns, None as pandas does, which only describes one that counts, False not.
    append
        Add to the files there are, which must have the same columns and types.
    overwrite
        Put the new files in the place of all there are, when all of them are written: the frame may be read from
        this folder.
    ignore_divisions
        Append though the new index does not begin behind the old one.
    partition_on
        Columns whose values become folders ``name=value`` rather than columns of the files.
    custom_metadata
        What to add to the schema of each file.
    write_metadata_file
        Write ``_metadata`` and ``_common_metadata`` from the footers of all files.
    schema
        A ``pyarrow.Schema``, or a mapping of columns to Arrow types, for what ``"infer"`` cannot know.
    name_function
        The names of the files, from the numbers of the partitions; they must keep their order.
    divisions
        Those of the frame, where they are known.
    options
        Further ones of ``pyarrow.parquet.write_table``.

    Raises
    ------
    UsageError
        A bad option; a folder with files that would be mixed with the new ones; files to append to that differ.
    """
    if engine not in (None, "auto", "pyarrow"):
        raise UsageError(f"engine must be 'pyarrow' or 'auto', not {engine!r}: Parquet is written by pyarrow")
    if append and overwrite:
        raise UsageError(
            "append=True adds to the files there are, overwrite=True replaces them: give one of them"
        )
    by = [partition_on] if isinstance(partition_on, (str, int)) else list(partition_on or ())
    _check_partition_on(by, meta)
    folder = placed(os.fspath(path).rstrip("/") or "/")
    stored = meta.drop(columns=by)
    said = _types_said(schema)
    arrow = _with_types(known_schema(stored, preserve_index=write_index), said)
    there = existing(folder, storage_options)
    names = file_names(npartitions, name_function, there if append else ())
    if append and there:
        check_append(folder, arrow, by, storage_options)
        check_names(folder, there, names)
        if not ignore_divisions and divisions is not None and write_index is not False:
            check_divisions(folder, divisions[0], storage_options)
    elif not overwrite:
        check_mixture(folder, there, names)
    metadata = folder_types_stored(known_schema(meta[by], preserve_index=False)) if by else {}
    metadata |= {_bytes(key): _bytes(value) for key, value in (custom_metadata or {}).items()}
    staging = posixpath.join(folder, new_file_name()) if append or (overwrite and there) else folder
    given = {"compression": "none" if compression is None else compression, **options}
    fixed = tuple(arrow.names if append and there else said)
    added = tuple(metadata.items())
    writer = ParquetWriter(
        arrow, staging, tuple(by), write_index, added, tuple(given.items()), storage_options, fixed
    )
    old = tuple(file.path for file in there)
    marks = metadata_files(folder, storage_options)
    finish = FinishParquet(
        writer,
        folder,
        replaced=(*old, *marks) if overwrite else (),
        kept=old if append else (),
        # One that does not know of all files would hide some from those who trust it.
        writes_metadata=bool(marks) and not overwrite if write_metadata_file is None else write_metadata_file,
        appends=append,
    )
    abandon = None
    if append:
        abandon = partial(remove_folder, staging, storage_options)
    elif staging != folder and not is_local(folder):
        abandon = partial(_abandon, staging, folder, old, storage_options)
    return FrameSink("to_parquet", writer, (names,), finish, abandon)


def _abandon(
    staging: str, target: str, replaced: Sequence[str], storage_options: Mapping[str, Any] | None
) -> None:
    """Remove ``staging``, unless some of the files it was to replace are gone: then it may hold the only ones."""
    filesystem(staging, storage_options or {})[0].invalidate_cache()
    if {file.path for file in existing(target, storage_options)}.issuperset(replaced):
        remove_folder(staging, storage_options)


def _check_partition_on(by: Sequence[str | int], meta: pd.DataFrame) -> None:
    for name in by:
        if name not in meta.columns:
            raise UsageError(f"there is no column {name!r} to partition on{near_matches(name, meta.columns)}")
    if by and len(by) == len(meta.columns):
        raise UsageError("partition_on names all columns, and files need one at least")


def _types_said(given: Any) -> Mapping[str, Any]:
    """The types of columns by ``schema=``."""
    if given is None or (isinstance(given, str) and given == "infer"):
        return {}
    if isinstance(given, pa.Schema):
        return {each.name: each.type for each in given}
    if not isinstance(given, Mapping):
        raise UsageError(
            f"schema must be 'infer', a pyarrow.Schema or a mapping of columns to types, not {given!r}"
        )
    return given


def _with_types(found: pa.Schema, said: Mapping[str, Any]) -> pa.Schema:
    """``found`` with the types that are said."""
    for name, kind in said.items():
        if name not in found.names:
            raise UsageError(
                f"schema names a column {name!r} that there is not{near_matches(name, found.names)}"
            )
        place = found.get_field_index(name)
        found = found.set(place, pa.field(name, kind))
    return found


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
