"""ORC files as a source of frames: stripes become partitions, with the columns and types of the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import pandas as pd
import pyarrow as pa

from pannier.errors import UsageError, near_matches
from pannier.frozen import frozen
from pannier.io.files import UrlPath, find_files, open_file
from pannier.io.labels import reader_label
from pannier.io.orc_tail import OrcTail, read_tail
from pannier.io.parquet_columns import cast, types_mapper, width
from pannier.io.parquet_footers import check_version, reading
from pannier.io.parquet_schema import unified_schema
from pannier.kernels.kernel import BlockKernel
from pannier.plan.nodes import Source

_TEXT_BYTES = 24
"""A short text in memory with what belongs to it, at least."""


@frozen
class OrcPart:
    """Stripes of a file that follow each other: what one partition is read from."""

    path: str
    stripes: tuple[int, ...]
    rows: int
    first: int
    """The number of the first row among those of all files."""
    size: int
    """Bytes as stored."""
    version: str = field(default="", repr=False)

    def __str__(self) -> str:
        """
        >>> str(OrcPart("a.orc", (0, 1), 10, 0, 100))
        'a.orc, stripes 0 to 1 (10 rows)'
        """
        ends = f"{self.stripes[0]} to {self.stripes[-1]}" if self.stripes else "none"
        return f"{self.path}, stripes {ends} ({self.rows:,} rows)"


@frozen
class OrcReader(BlockKernel):
    """Reads a part: called with one, returns its rows as a frame."""

    schema: pa.Schema
    """The columns that are read, as every file's are converted."""
    index: tuple[str, ...] = ()
    """The columns that become the index; without, rows are numbered."""
    dtypes: tuple[tuple[str, Any], ...] = ()
    """The pandas types of columns that have nulls somewhere."""
    rows: int | None = None
    """The rows to read at most."""
    dtype_backend: str | None = None
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    is_projected: bool = field(default=False, repr=False, compare=False)
    """Whether there are columns that nobody reads, which are left out."""

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        part: OrcPart = blocks[0]
        tables, missing = [], part.rows if self.rows is None else min(self.rows, part.rows)
        for table in self._stripes(part):
            tables.append(table.slice(0, missing))
            missing -= tables[-1].num_rows
            if missing <= 0:
                break
        table = pa.concat_tables(tables) if tables else self.schema.empty_table()
        count = part.rows if self.rows is None else min(self.rows, part.rows)
        return self.frame(table, pd.RangeIndex(part.first, part.first + count))

    @property
    def label(self) -> str:
        names = [name for name in self.schema.names if name not in self.index]
        return reader_label("read_orc", names if self.is_projected else None)

    def with_columns(self, columns: frozenset[Any]) -> OrcReader:
        """The same reader for those of its columns that are in ``columns``, in the order in which it has them."""
        kept = [each for each in self.schema if each.name in columns or each.name in self.index]
        dtypes = tuple(pair for pair in self.dtypes if pair[0] in columns or pair[0] in self.index)
        return dataclasses.replace(self, schema=pa.schema(kept), dtypes=dtypes, is_projected=True)

    def numbers_rows(self, parts: Sequence[OrcPart]) -> bool:
        """Whether the labels of all parts together are those that pandas gives rows which have no others."""
        return not self.index

    def limited(self, rows: int) -> OrcReader:
        """The same reader for the first ``rows`` rows of each part."""
        return dataclasses.replace(self, rows=rows if self.rows is None else min(rows, self.rows))

    def count_rows(self, part: OrcPart) -> int:
        """How many rows ``part`` has, without reading it."""
        return part.rows if self.rows is None else min(part.rows, self.rows)

    def weigh(self, part: OrcPart) -> int:
        """Bytes that the frame of ``part`` takes in memory, roughly."""
        widths = [width(each.type) for each in self.schema]
        row = sum(_TEXT_BYTES if each is None else each for each in widths)
        return max(row * self.count_rows(part), part.size if None in widths and self.rows is None else 0)

    def frame(self, table: pa.Table, index: pd.Index) -> pd.DataFrame:
        """The frame of a table, whose rows are labelled by ``index`` unless columns are the index."""
        frame: pd.DataFrame
        mapper = types_mapper(self.dtype_backend)
        if table.num_columns:
            frame = table.to_pandas(use_threads=False, split_blocks=True, types_mapper=mapper)
        else:
            frame = pd.DataFrame(index=index, columns=pd.Index([""])[:0])
        for name, dtype in self.dtypes:
            frame[name] = frame[name].astype(dtype)
        frame.index = index
        return frame.set_index(list(self.index)) if self.index else frame

    def _stripes(self, part: OrcPart) -> Iterator[pa.Table]:
        from pyarrow import orc

        if not part.stripes or not len(self.schema):
            return
        check_version(part.path, part.version)
        with open_file(part.path, self.storage_options, seekable=True) as file:
            opened = orc.ORCFile(file)
            stored = opened.schema
            names = [each.name for each in self.schema if each.name in stored.names]
            # Without columns a stripe does not tell how many rows it has: any will do.
            asked = names or stored.names[:1]
            with reading(part.path, "ORC"):
                for stripe in part.stripes:
                    yield self._converted(pa.Table.from_batches([opened.read_stripe(stripe, asked)]), part)

    def _converted(self, table: pa.Table, part: OrcPart) -> pa.Table:
        arrays = []
        for wanted in self.schema:
            position = table.schema.get_field_index(wanted.name)
            if position < 0:
                arrays.append(pa.nulls(table.num_rows, wanted.type))
                continue
            column = table.column(position)
            arrays.append(column if column.type.equals(wanted.type) else cast(column, wanted, part.path))
        return pa.Table.from_arrays(arrays, schema=self.schema)


def orc_source(
    path: UrlPath,
    *,
    engine: str | None = "pyarrow",
    columns: Sequence[str] | None = None,
    index: str | Sequence[str] | None = None,
    split_stripes: bool | int = 1,
    aggregate_files: bool | None = None,
    dtype_backend: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[Source, pd.DataFrame, tuple[Any, ...] | None]:
    """ORC files as (source, meta, divisions), as :func:`pandas.read_orc` would read them at once.

    Columns of all files are united by name, as for Parquet.  Rows are numbered over all files, with known
    divisions, unless ``index`` names the columns that are the index.

    Parameters
    ----------
    path
        A file, a directory, a glob pattern or a URL, or a list of them.
    columns
        The columns to read, in this order.
    split_stripes
        How many stripes are a partition; False or 0 for all of a file.
    aggregate_files
        Of no effect: a partition is of one file.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``, as in pandas.

    Raises
    ------
    FileNotFoundError
        Nothing is found.
    InputError
        A file is not ORC, or two files have types for a column that nothing unites.
    UsageError
        A bad option; a column that does not exist, with near matches.
    """
    if engine not in (None, "auto", "pyarrow"):
        raise UsageError(f"engine must be 'pyarrow', not {engine!r}: ORC is read by pyarrow")
    if dtype_backend not in (None, "numpy_nullable", "pyarrow"):
        raise UsageError(f"dtype_backend must be 'numpy_nullable' or 'pyarrow', not {dtype_backend!r}")
    if int(split_stripes) < 0:
        raise UsageError(
            f"split_stripes must be a positive number of stripes, or False, not {split_stripes!r}"
        )
    files = find_files(path, storage_options)
    tails = [read_tail(file.path, file.version, storage_options) for file in files]
    labels = [] if index is None else [index] if isinstance(index, str) else list(index)
    needed = None if columns is None else {*columns, *labels}
    schema = unified_schema(tails, needed).remove_metadata()
    wanted = schema.names if columns is None else list(dict.fromkeys([*columns, *labels]))
    for name in [*wanted, *labels]:
        if name not in schema.names:
            near = near_matches(name, schema.names)
            raise UsageError(f"there is no column {name!r} to read{near}; there are {schema.names!r:.300}")
    schema = pa.schema([schema.field(name) for name in wanted])
    reader = OrcReader(schema, tuple(labels), dtype_backend=dtype_backend, storage_options=storage_options)
    plain = dataclasses.replace(reader, index=())
    full = plain.frame(schema.empty_table(), pd.RangeIndex(0))
    nulls = [pa.nulls(1, each.type) for each in schema]
    gaps = plain.frame(pa.Table.from_arrays(nulls, schema=schema), pd.RangeIndex(1))
    dtypes = tuple(
        (name, gaps[name].dtype)
        for name in schema.names
        if gaps[name].dtype != full[name].dtype and any(_has_nulls(tail, name) for tail in tails)
    )
    reader = dataclasses.replace(reader, dtypes=dtypes)
    parts = tuple(_parts(tails, int(split_stripes)))
    meta = reader.frame(schema.empty_table(), pd.RangeIndex(0))
    rows = sum(part.rows for part in parts)
    divisions = (*(part.first for part in parts), rows - 1) if rows and not labels else None
    return Source(verb="read_orc", reader=reader, parts=parts), meta, divisions


def _has_nulls(tail: OrcTail, name: str) -> bool:
    """Whether a column has nulls, or is missing, in a file; one that does not say may have."""
    return bool(tail.rows) and tail.nulls.get(name) != 0


def _parts(tails: Sequence[OrcTail], count: int) -> Iterator[OrcPart]:
    """Parts of ``count`` stripes each, of whole files for 0: those with rows, or one if there are none."""
    first = 0
    for tail in tails:
        filled = [i for i, stripe in enumerate(tail.stripes) if stripe.rows]
        step = count or len(filled)
        for start in range(0, len(filled), step or 1):
            some = filled[start : start + step]
            rows = sum(tail.stripes[i].rows for i in some)
            size = sum(tail.stripes[i].size for i in some)
            yield OrcPart(tail.path, tuple(some), rows, first, size, tail.version)
            first += rows
    if not first:
        yield OrcPart(tails[0].path, (), 0, 0, 0, tails[0].version)
