"""Reads a part of Parquet files as a pandas frame, with the columns and types that the whole has."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io.labels import reader_label
from pannier.io.parquet_columns import (
    Numbering,
    as_dtype,
    cast,
    is_same,
    is_text,
    numbered,
    types_mapper,
    width,
)
from pannier.io.parquet_footers import Footer, open_parquet, read_footer, reading
from pannier.io.parquet_parts import ParquetPart, Piece
from pannier.io.parquet_predicates import (
    NOTHING,
    ORDERINGS,
    Bounds,
    Predicates,
    bounds_in,
    check_predicates,
    columns_of,
    may_match,
    rows_that_may_match,
)
from pannier.kernels.kernel import BlockKernel

_NUMBERS: Final = "\x00row"
"""The column that rows' numbers travel in while rows are filtered."""

_FEW_ROWS: Final = 1024
_MANY_ROWS: Final = 1 << 16
"""Rows to read at a time, at least and at most, where only the first ones are wanted."""

_TEXT_BYTES: Final = 24
"""A short text in memory with what belongs to it, at least."""


@frozen
class ParquetReader(BlockKernel):
    """Reads a part: called with one, returns its rows as a frame."""

    schema: pa.Schema
    """All columns there are, as every file's are converted; those of folders' names are plain."""
    columns: tuple[tuple[Any, str], ...]
    """What pandas calls each column that is read, in order, and what the files call it."""
    index: tuple[str, ...] = ()
    """The columns that are the index, as the files call them."""
    index_labels: tuple[Any, ...] = ()
    """What pandas calls them, where they were asked for rather than described in the files."""
    numbering: Numbering | None = None
    """The index, where no columns are."""
    folders: tuple[tuple[str, pa.Array], ...] = ()
    """The columns that folders' names stand for, each with its values."""
    dtypes: tuple[tuple[Any, Any], ...] = ()
    """The pandas types of columns whose Arrow types do not tell: with nulls somewhere, or with categories."""
    index_dtype: Any = None
    """The same, of an index."""
    filters: Any = None
    """The rows that there are, as :class:`Predicates` on files' names, or as an Arrow expression."""
    hints: Predicates | None = None
    """Rows that do not match these need not be read."""
    rows: int | None = None
    """The rows to read at most."""
    repetitive: frozenset[str] = frozenset()
    """Columns of text with few values, which are read faster as categories."""
    dictionaries: frozenset[str] = frozenset()
    """Those of them that are given so."""
    dtype_backend: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords of ``pyarrow.Table.to_pandas``."""
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    is_projected: bool = field(default=False, repr=False, compare=False)
    """Whether there are columns that nobody reads, which are left out."""

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        part: ParquetPart = blocks[0]
        tables: list[pa.Table] = []
        missing = self.rows
        for piece in part.pieces:
            for table in self._tables(piece, missing):
                tables.append(table)
                if missing is not None:
                    missing -= table.num_rows
            if missing is not None and missing <= 0:
                break
        table = pa.concat_tables(tables) if tables else self.read_schema().empty_table()
        if self.rows is not None:
            table = table.slice(0, self.rows)
        return self.frame(table, part.pieces[0].first, str(part))

    @property
    def label(self) -> str:
        names = [name for name, _ in self.columns] if self.is_projected else None
        return reader_label("read_parquet", names, self.hints or ())

    # --- what passes ask for ---------------------------------------------------------------------

    def with_columns(self, columns: frozenset[Any]) -> ParquetReader:
        """The same reader for those of its columns that are in ``columns``, in the order in which it has them."""
        kept = tuple([pair for pair in self.columns if pair[0] in columns])
        dtypes = tuple([pair for pair in self.dtypes if pair[0] in columns])
        return dataclasses.replace(self, columns=kept, dtypes=dtypes, is_projected=True)

    def limited(self, rows: int) -> ParquetReader:
        """The same reader for the first ``rows`` rows of each part, which reads little more than these."""
        fewest = rows if self.rows is None else min(rows, self.rows)
        return dataclasses.replace(self, rows=fewest, hints=None)  # which rows are first is known of all rows

    def filtered(self, predicates: Sequence[Any]) -> ParquetReader:
        """The same reader, which may leave out rows for which none of ``predicates`` holds; they are on its columns."""
        if self.rows is not None:
            return self  # the first rows are those of all rows
        names = dict(self.columns)
        checked = check_predicates(predicates, names)
        hints = tuple(
            tuple(
                (names[name], op, value) for name, op, value in each if not self._is_by_code(names[name], op)
            )
            for each in checked
        )
        return dataclasses.replace(self, hints=hints) if all(hints) else self

    def _is_by_code(self, name: str, op: str) -> bool:
        """Whether pandas compares the column by the order of its categories, of which files know nothing."""
        place = self.schema.get_field_index(name)
        return place >= 0 and getattr(self.schema.field(place).type, "ordered", False) and op in ORDERINGS

    def with_dictionaries(self, columns: Iterable[Any]) -> ParquetReader:
        """The same reader, which gives those of ``columns`` that are text of few values as categories.

        For whoever only needs to tell values apart: reading is faster so, and each part has categories of its own.
        """
        wanted = set(columns)
        names = [name for label, name in self.columns if label in wanted and name in self.repetitive]
        coded = {name for name in names if is_text(self.schema.field(name).type)}
        return dataclasses.replace(self, dictionaries=self.dictionaries | coded)

    def pruned(self, parts: Sequence[ParquetPart], predicates: Sequence[Any] | None = None) -> list[bool]:
        """For each part whether it is known that no row of it matches ``predicates``, and the reader's own filters."""
        reader = self if predicates is None else self.filtered(predicates)
        return [all(not reader.groups_of(piece) for piece in part.pieces) for part in parts]

    def count_rows(self, part: ParquetPart) -> int | None:
        """How many rows ``part`` has, without reading it; None where filters decide."""
        if self.filters is not None or self.hints is not None:
            return None
        count = sum(piece.rows for piece in part.pieces)
        return count if self.rows is None else min(count, self.rows)

    def numbers_rows(self, parts: Sequence[ParquetPart]) -> bool:
        """Whether the labels of all parts together are those that pandas gives rows which have no others."""
        return self.numbering == Numbering() and self.count_rows(parts[0]) is not None

    def weigh(self, part: ParquetPart) -> int:
        """Bytes that the frame of ``part`` takes in memory, roughly."""
        rows = sum(piece.rows for piece in part.pieces)
        kept = rows if self.rows is None else min(rows, self.rows)
        names = [name for name in self._read_names() if name in self.schema.names]
        widths = [width(self.schema.field(name).type) for name in names]
        fixed = sum(width for width in widths if width is not None)
        size = sum(piece.size for piece in part.pieces)
        share = sum(width is None for width in widths) / max(len(self.schema), 1)
        varied = max(share * size / max(rows, 1), sum(width is None for width in widths) * _TEXT_BYTES)
        return int(kept * (fixed + varied))

    # --- from files to a table --------------------------------------------------------------------

    def _tables(self, piece: Piece, missing: int | None) -> Iterator[pa.Table]:
        """The rows of ``piece`` as tables of the columns that are read, at least ``missing`` if there are as many."""
        groups = self.groups_of(piece) if self._is_selective else list(piece.groups)
        if not groups:
            return
        with open_parquet(piece.path, self.storage_options, piece.version, self._coded_names()) as file:
            if file.metadata.num_row_groups <= groups[-1]:
                raise InputError(f"{piece.path}: the file has fewer row groups than when it was listed")
            for first, stored in self._stored(file, piece, groups, missing):
                table = self._converted(stored, piece, first)
                yield table
                if missing is not None:
                    missing -= table.num_rows
                    if missing <= 0:
                        return

    def _stored(
        self, file: Any, piece: Piece, groups: list[int], missing: int | None
    ) -> Iterator[tuple[int, pa.Table]]:
        """The rows of row groups as they are in the file, in tables, each with the number of its first row."""
        names = self._stored_names(file.schema_arrow)
        with reading(piece.path):
            if missing is None and (len(groups) == len(piece.groups) or self.numbering is None):
                yield piece.first, file.read_row_groups(groups, names, use_threads=False)
                return
            starts = _starts(file.metadata, piece)
            for group in groups:
                first = starts[group]
                if missing is None:
                    yield first, file.read_row_group(group, names, use_threads=False)
                    continue
                size = max(_FEW_ROWS, min(missing, _MANY_ROWS))
                for batch in file.iter_batches(size, [group], names, use_threads=False):
                    yield first, pa.Table.from_batches([batch])
                    first += batch.num_rows

    @property
    def _is_selective(self) -> bool:
        return self.filters is not None or self.hints is not None

    def _stored_names(self, stored: pa.Schema) -> list[str]:
        """The columns to read of a file: all that are wanted and there."""
        wanted = {*self._read_names(), *self._filter_names()}
        return [name for name in stored.names if name in wanted]

    def _coded_names(self) -> list[str]:
        """The columns of text that files give as codes and a dictionary."""
        return [
            field.name
            for field in self.schema
            if field.name in self.dictionaries
            or (pa.types.is_dictionary(field.type) and is_text(field.type.value_type))
        ]

    def _read_names(self) -> list[str]:
        """The columns of the table a frame is made of."""
        names = [name for _, name in self.columns]
        return names + [name for name in self.index if name not in names]

    def _filter_names(self) -> list[str]:
        if self.filters is None:
            return []
        return columns_of(self.filters) if isinstance(self.filters, tuple) else list(self.schema.names)

    def read_schema(self) -> pa.Schema:
        """The schema of the table that a frame is made of."""
        folders = dict(self.folders)
        fields = []
        for name in self._read_names():
            found = self.schema.field(name)
            if (
                name in folders and getattr(folders[name].type, "tz", None) is None
            ):  # Arrow's codes lose zones
                found = found.with_type(pa.dictionary(pa.int32(), folders[name].type))
            elif name in self.dictionaries:
                found = found.with_type(pa.dictionary(pa.int32(), found.type))
            fields.append(found)
        if self.numbering and (self._is_selective or not fields):
            fields.append(pa.field(_NUMBERS, pa.int64()))
        return pa.schema(fields, self.schema.metadata)

    def _converted(self, table: pa.Table, piece: Piece, first: int) -> pa.Table:
        """``table`` of a file, whose first row is number ``first`` of the whole, with the columns that are read."""
        rows = table.num_rows
        kept: pa.Array | None = None
        if self.filters is not None:
            kept = self._matching(table, piece)
            table, rows = table.take(kept), len(kept)
        if self.hints is not None and (few := rows_that_may_match(table, self.hints)) is not None:
            kept = few if kept is None else kept.take(few)
            table, rows = table.take(few), len(few)
        schema = self.read_schema()
        arrays = []
        for wanted in schema:
            if wanted.name == _NUMBERS:
                numbers = np.arange(rows) if kept is None else kept.to_numpy().astype("int64")
                arrays.append(pa.array(numbers + first, pa.int64()))
            else:
                arrays.append(self._column(table, wanted, piece, rows))
        return pa.Table.from_arrays(arrays, schema=schema)

    def _column(self, table: pa.Table, wanted: pa.Field, piece: Piece, rows: int) -> Any:
        name = wanted.name
        for number, (folder, values) in enumerate(self.folders):
            if folder == name:
                key = piece.keys[number]
                codes = pa.array([key], pa.int32()).take(pa.array(np.zeros(rows, "int64")))
                coded = pa.DictionaryArray.from_arrays(codes, values)
                return coded if pa.types.is_dictionary(wanted.type) else coded.dictionary_decode()
        position = table.schema.get_field_index(name)
        if position < 0:
            return pa.nulls(rows, wanted.type)
        column = table.column(position)
        return column if column.type.equals(wanted.type) else cast(column, wanted, piece.path)

    def _matching(self, table: pa.Table, piece: Piece) -> pa.Array:
        """The numbers in ``table`` of the rows that the filters let through."""
        import pyarrow.acero as ac
        import pyarrow.parquet as pq

        names, arrays = [_NUMBERS], [pa.array(np.arange(table.num_rows))]
        for name in self._filter_names():
            names.append(name)
            arrays.append(self._column(table, self.schema.field(name), piece, table.num_rows))
        expression = self.filters
        if isinstance(expression, tuple):
            expression = pq.filters_to_expression([list(each) for each in expression])
        given = pa.Table.from_arrays(arrays, names)
        steps = [
            ac.Declaration("table_source", ac.TableSourceNodeOptions(given)),
            ac.Declaration("filter", ac.FilterNodeOptions(expression)),
        ]
        try:
            kept = ac.Declaration.from_sequence(steps).to_table(use_threads=False)
        except pa.ArrowException as error:
            raise annotate(error, f"in the filters of read_parquet, over {piece}") from None
        return kept[_NUMBERS].combine_chunks()

    # --- which row groups ------------------------------------------------------------------------

    def groups_of(self, piece: Piece) -> list[int]:
        """The row groups of ``piece`` in which rows may match."""
        needed = [each for each in (self.filters, self.hints) if isinstance(each, tuple)]
        if not needed:
            return list(piece.groups)
        footer = read_footer(piece.path, piece.version, self.storage_options)
        found = []
        for group in piece.groups:
            bounds_of = functools.partial(self._bounds, piece, footer, group)
            if all(may_match(each, bounds_of) for each in needed):
                found.append(group)
        return found

    def _bounds(self, piece: Piece, footer: Footer, group: int, name: str) -> Bounds | None:
        for number, (folder, values) in enumerate(self.folders):
            if folder == name:
                key = piece.keys[number]
                if key is None:
                    return NOTHING
                value = values[key].as_py()
                return value, value, False
        if name not in footer.schema.names:
            return NOTHING
        rows = footer.metadata.row_group(group).num_rows
        return bounds_in(footer.statistics(group, name), rows)

    # --- from a table to a frame ------------------------------------------------------------------

    def frame(self, table: pa.Table, first: int = 0, where: str = "") -> pd.DataFrame:
        """The frame of a table, read from ``where``, whose first row is number ``first`` of the whole."""
        numbers = None
        if table.num_columns and table.column_names[-1] == _NUMBERS:
            numbers = table.column(table.num_columns - 1).to_numpy()
            table = table.remove_column(table.num_columns - 1)
        if table.num_columns:
            mapper = types_mapper(self.dtype_backend)
            options = {"split_blocks": True, "types_mapper": mapper, **dict(self.options)}
            frame = table.to_pandas(use_threads=False, **options)
        else:
            rows = 0 if numbers is None else len(numbers)
            frame = pd.DataFrame(index=pd.RangeIndex(rows), columns=pd.Index([""])[:0])
        if self.index_labels:
            frame = frame.set_index(list(self.index_labels))
        elif self.numbering is not None:
            frame.index = numbered(self.numbering, first, len(frame), numbers)
        if (attrs := (self.schema.metadata or {}).get(b"PANDAS_ATTRS")) is not None:
            frame.attrs = json.loads(attrs)
        return self._conformed(frame, where)

    def _conformed(self, frame: pd.DataFrame, where: str) -> pd.DataFrame:
        coded = {label for label, name in self.columns if name in self.dictionaries}
        for label, dtype in self.dtypes:
            if label not in coded and not is_same(frame[label].dtype, dtype):
                frame[label] = as_dtype(frame[label], dtype, where)
        if self.index_dtype is not None and not is_same(frame.index.dtype, self.index_dtype):
            frame.index = frame.index.astype(self.index_dtype)
        return frame


def _starts(metadata: Any, piece: Piece) -> dict[int, int]:
    """The number of the first row of each row group of ``piece``."""
    starts, first = {}, piece.first
    for group in piece.groups:
        starts[group] = first
        first += metadata.row_group(group).num_rows
    return starts
