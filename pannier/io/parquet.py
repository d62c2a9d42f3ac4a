"""Parquet files as a source of frames: which files, what their columns are, and which rows are a partition.

Only footers are read here; :mod:`pannier.io.parquet_reader` reads a partition, where its task runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pannier.errors import InputError, UsageError, near_matches
from pannier.io.files import UrlPath
from pannier.io.parquet_columns import Numbering, is_text
from pannier.io.parquet_divisions import by_statistics, numbered_divisions
from pannier.io.parquet_files import (
    EXTENSIONS,
    below_root,
    folder_columns,
    folder_types,
    parquet_files,
    placed,
)
from pannier.io.parquet_footers import Footer, read_footers
from pannier.io.parquet_parts import SplitRowGroups, check_split, plan_parquet
from pannier.io.parquet_predicates import check_predicates, columns_without_null
from pannier.io.parquet_reader import ParquetReader
from pannier.io.parquet_schema import (
    columns_with_nulls,
    pandas_metadata,
    read_categories,
    repetitive_columns,
    unified_schema,
    with_pandas_metadata,
)
from pannier.plan.nodes import Source


def parquet_source(
    path: UrlPath,
    *,
    columns: str | Sequence[Any] | None = None,
    filters: Any = None,
    categories: Sequence[str] | Mapping[str, Any] | None = None,
    index: str | Sequence[str] | bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
    calculate_divisions: bool = False,
    ignore_metadata_file: bool = True,
    metadata_task_size: int | None = None,
    split_row_groups: SplitRowGroups = "infer",
    blocksize: str | float | None = "default",
    aggregate_files: bool | str | None = None,
    parquet_file_extension: str | Sequence[str] | None = EXTENSIONS,
    filesystem: Any = "fsspec",
    engine: str | None = None,
    arrow_to_pandas: Mapping[str, Any] | None = None,
) -> tuple[Source, pd.DataFrame, tuple[Any, ...] | None]:
    """Parquet files as (source, meta, divisions), as :func:`pandas.read_parquet` would read them at once.

    Columns of all files are united by name: a column that a file has not is missing in its rows, numbers have the
    widest type of all.  What no column describes is the index: rows are numbered from 0 over all files, and the
    divisions are known.

    Parameters
    ----------
    path
        A file, a directory, a glob pattern or a URL, or a list of them.  Folders named ``key=value`` make columns of
        categories: of whole numbers where all are, of the values that were written where :meth:`to_parquet` says so, else
        of texts.
    columns
        The columns to read, in this order; the index is read too.
    filters
        Conditions ``[(column, operator, value), ...]`` that all hold of a row, a list of such lists, of which one
        does, or a ``pyarrow.compute.Expression``.  Rows keep the numbers they have among all rows.
    categories
        Columns to read as categories.  Their values are read now, unless this is a mapping of columns to values.
    index
        The columns that are the index; False for none.  By default what pandas has written in the files.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``, as in pandas.
    calculate_divisions
        Take the divisions from the statistics of the index, if it is sorted within the whole.
    split_row_groups
        ``"infer"`` makes parts of about ``blocksize`` bytes of whole row groups; a number makes parts of so many row
        groups, True of one, and False of all of a file.
    blocksize
        Bytes of a part as its columns are encoded, before compression: 64 MiB, and less if there were few parts.
    aggregate_files
        False keeps small files apart; by default neighbours share a part.
    parquet_file_extension
        How the files of a directory end that are read; None for all.
    ignore_metadata_file, metadata_task_size
        Of no effect: the files' own footers are read, always, and at the same time.
    filesystem, engine
        ``"fsspec"`` or ``"arrow"`` and ``"pyarrow"`` or ``"auto"``: there is one way to read.  An fsspec filesystem
        is taken for ``path`` too.
    arrow_to_pandas
        Further keywords of :meth:`pyarrow.Table.to_pandas`.

    Raises
    ------
    FileNotFoundError
        Nothing is found.
    InputError
        A file is not Parquet, or two files have types for a column that nothing unites.
    UsageError
        A bad option; a column that does not exist, with near matches.
    """
    _check_engine(engine, dtype_backend)
    check_split(split_row_groups, blocksize)
    path, storage_options = placed(path, filesystem, storage_options)
    files = parquet_files(path, parquet_file_extension, storage_options)
    footers = read_footers([(file.path, file.version) for file in files], storage_options)
    types = folder_types(footer.schema for footer in footers)
    folders, keys = folder_columns([below_root(file.path, path) for file in files], types)
    needed = _needed(columns, filters, index, footers)
    reader = _reader(footers, folders, storage_options, dtype_backend, needed)
    reader = dataclasses.replace(reader, options=tuple((arrow_to_pandas or {}).items()))
    reader = _indexed(reader, index, footers)
    if filters is not None:
        if not isinstance(filters, pc.Expression):
            filters = check_predicates(filters, reader.schema.names)
        reader = dataclasses.replace(reader, filters=filters)
    reader = _typed(reader, footers, categories or ())
    meta = reader.frame(reader.read_schema().empty_table())
    if columns is not None:
        reader = _selected(reader, [columns] if isinstance(columns, str) else list(columns))
        meta = meta[[label for label, _ in reader.columns]]
    parts = plan_parquet(
        footers, keys, split=split_row_groups, blocksize=blocksize, gathers=aggregate_files is not False
    )
    divisions: tuple[Any, ...] | None = None
    if reader.numbering is not None:
        divisions = numbered_divisions(parts, reader.numbering)
        meta.index = meta.index[:0]
    elif calculate_divisions:
        parts, divisions = by_statistics(parts, footers, reader.index, meta)
    return Source(verb="read_parquet", reader=reader, parts=parts), meta, divisions


def _check_engine(engine: str | None, dtype_backend: str | None) -> None:
    if engine not in (None, "auto", "pyarrow"):
        raise UsageError(f"engine must be 'pyarrow' or 'auto', not {engine!r}: Parquet is read by pyarrow")
    if dtype_backend not in (None, "numpy_nullable", "pyarrow"):
        raise UsageError(f"dtype_backend must be 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}")


def _needed(columns: Any, filters: Any, index: Any, footers: Sequence[Footer]) -> set[str] | None:
    """The names of the columns that are read, those of the index among them; None for all."""
    if columns is None or isinstance(filters, pc.Expression):
        return None
    chosen = [columns] if isinstance(columns, str) else list(columns)
    if index is None:
        described = [pandas_metadata(footer.schema) or {} for footer in footers]
        chosen += [name for each in described for name in each.get("index_columns", ())]
    elif index is not False:
        chosen += list(index) if isinstance(index, (list, tuple)) else [index]
    for some in filters if isinstance(filters, (list, tuple)) else ():
        chosen += [each[0] for each in (some if isinstance(some, list) else [some]) if each]
    return set(map(str, chosen))


def _reader(
    footers: Sequence[Footer],
    folders: tuple[tuple[str, pa.Array], ...],
    storage_options: Mapping[str, Any] | None,
    dtype_backend: str | None,
    needed: set[str] | None,
) -> ParquetReader:
    schema = unified_schema(footers, needed)
    names = schema.names
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise InputError(f"{footers[0].path}: there are two columns {twice!r}")
    for name, values in folders:
        if name in names:
            raise InputError(
                f"column {name!r} is in the files, and a folder of {footers[0].path} says another thing of it;"
                " rename the folder, or read each alone"
            )
        schema = schema.append(pa.field(name, values.type))
    repetitive = repetitive_columns(footers, schema)
    return ParquetReader(
        schema,
        (),
        folders=folders,
        repetitive=repetitive,
        dtype_backend=dtype_backend,
        storage_options=storage_options,
    )


def _indexed(
    reader: ParquetReader, index: str | Sequence[str] | bool | None, footers: Sequence[Footer]
) -> ParquetReader:
    """``reader`` with its index, and with all other columns."""
    described = pandas_metadata(reader.schema)
    given = [] if described is None else described["index_columns"]
    stored = tuple(name for name in given if isinstance(name, str) and name in reader.schema.names)
    numbering = None if stored and index is None else Numbering()
    ranges = [each for each in given if isinstance(each, dict)]
    if index is None and ranges and len(footers) == 1:
        numbering = _range(ranges[0], footers[0].metadata.num_rows)
    if described is not None:
        kept = list(stored) if index is None else []
        described = {**described, "index_columns": kept}
        if len(stored) == 1 and "index" not in reader.schema.names and not kept:
            # A column without a name is called as `reset_index` does.
            named = [{**each, "name": each["name"] or "index"} for each in described["columns"]]
            described["columns"] = named
        schema = with_pandas_metadata(reader.schema, described)
        reader = dataclasses.replace(reader, schema=schema)
    indexed = stored if index is None else ()
    names = [name for name in reader.schema.names if name not in indexed]
    whole = dataclasses.replace(reader, columns=tuple((name, name) for name in names), index=indexed)
    labels = whole.frame(whole.read_schema().empty_table()).columns
    columns = dict(zip(labels, names, strict=True))
    whole = dataclasses.replace(whole, columns=tuple(columns.items()), numbering=numbering)
    if index is None or index is False:
        return whole
    wanted: list[Any] = list(index) if isinstance(index, (list, tuple)) else [index]
    _check_columns(wanted, columns, "index by")
    return dataclasses.replace(
        whole,
        columns=tuple((label, name) for label, name in columns.items() if label not in wanted),
        index=tuple(columns[label] for label in wanted),
        index_labels=tuple(wanted),
        numbering=None,
    )


def _range(described: Mapping[str, Any], rows: int) -> Numbering:
    start, stop, step = described["start"], described["stop"], described["step"]
    if len(range(start, stop, step)) != rows:
        return Numbering()  # the rows are not those that were described any more
    return Numbering(start, step, described.get("name"))


def _typed(
    reader: ParquetReader, footers: Sequence[Footer], categories: Sequence[str] | Mapping[str, Any]
) -> ParquetReader:
    """``reader`` with the pandas types that its columns have in the whole."""
    names = dict(reader.columns)
    _check_columns(categories, names, "read as categories")
    if reader.dtype_backend is None:
        reader = _with_null_types(reader, footers)
    schema = reader.schema
    for label in categories:
        field = schema.field(names[label])
        if is_text(field.type):
            as_codes = field.with_type(pa.dictionary(pa.int32(), field.type))
            schema = schema.set(schema.get_field_index(field.name), as_codes)
    reader = dataclasses.replace(reader, schema=schema)
    if reader.dtype_backend == "pyarrow":
        return reader
    given = categories if isinstance(categories, Mapping) else {}
    known: dict[str, Any] = {
        names[label]: list(values) for label, values in given.items() if not isinstance(values, int)
    }
    known |= {name: values.to_pandas() for name, values in reader.folders}
    coded_names = {field.name for field in schema if pa.types.is_dictionary(field.type)}
    wanted = coded_names | known.keys() | {names[label] for label in categories}
    known |= read_categories(footers, sorted(wanted - known.keys()), reader.storage_options)
    coded = {
        name: pd.CategoricalDtype(known[name], name in coded_names and schema.field(name).type.ordered)
        for name in wanted
    }
    dtypes = [pair for pair in reader.dtypes if names[pair[0]] not in wanted]
    dtypes += [(label, coded[name]) for label, name in reader.columns if name in wanted]
    index_dtype = coded.get(reader.index[0], reader.index_dtype) if len(reader.index) == 1 else None
    return dataclasses.replace(reader, dtypes=tuple(dtypes), index_dtype=index_dtype)


def _with_null_types(reader: ParquetReader, footers: Sequence[Footer]) -> ParquetReader:
    """``reader`` with the types that pandas gives to columns because of nulls."""
    found = set(columns_with_nulls(footers, reader.schema, reader.storage_options))
    found -= {name for name, _ in reader.folders}
    if isinstance(reader.filters, tuple):
        found -= columns_without_null(reader.filters)
    schema = reader.read_schema()
    full = reader.frame(schema.empty_table())
    nulls = pa.Table.from_arrays([pa.nulls(1, field.type) for field in schema], schema=schema)
    gaps = reader.frame(nulls)
    dtypes = [
        (label, gaps[label].dtype)
        for label, name in reader.columns
        if name in found and gaps[label].dtype != full[label].dtype
    ]
    index_dtype = gaps.index.dtype if len(reader.index) == 1 and reader.index[0] in found else None
    return dataclasses.replace(reader, dtypes=tuple(dtypes), index_dtype=index_dtype)


def _selected(reader: ParquetReader, columns: Sequence[Any]) -> ParquetReader:
    names = dict(reader.columns)
    of_files = {name: label for label, name in reader.columns}
    given = [label if label in names else of_files.get(label, label) for label in columns]
    wanted = [label for label in dict.fromkeys(given) if label not in reader.index]
    _check_columns(wanted, names, "read")
    kept = tuple((label, names[label]) for label in wanted)
    dtypes = tuple(pair for pair in reader.dtypes if pair[0] in wanted)
    return dataclasses.replace(reader, columns=kept, dtypes=dtypes)


def _check_columns(wanted: Iterable[Any], known: Iterable[Any], purpose: str) -> None:
    there = list(known)
    for label in wanted:
        if label not in there:
            raise UsageError(
                f"there is no column {label!r} to {purpose}{near_matches(label, there)}; there are {there!r:.300}"
            )
