"""Frames written as ORC files: a file a partition, of one type for each column.

ORC has no type for columns without any value.  A partition writes such a column of objects as texts; if others have
found another type, the file is written again when all are there.  So it is with whole numbers without a sign, which it
has no types for either: a partition's are written as wider ones, and are an error where none has others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, ClassVar, Final

import pandas as pd
import pyarrow as pa
from pyarrow import orc

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.host import note_file
from pannier.io.arrowtables import arrow_table, is_known, known_schema
from pannier.io.files import open_file
from pannier.io.framesink import FrameSink
from pannier.io.parquet_columns import cast
from pannier.io.parquet_schema import Written, settled, typed
from pannier.io.sink import check_mixture, partition_paths, written_aside
from pannier.kernels.frames.base import Columns
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction

_WIDER: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
}
"""Types that hold those that ORC has not."""


@frozen
class OrcWriter(BlockKernel):
    """Writes a partition as an ORC file, its index as columns in front if it is to be kept."""

    label: ClassVar[str] = "to_orc"

    schema: Any
    """The Arrow types of the columns, those that are known."""
    write_index: bool = True
    options: tuple[tuple[str, Any], ...] = ()
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)

    def __call__(self, *blocks: Any) -> Written:
        """The file that was written, with the types of columns as they were found."""
        block, path = blocks
        table = arrow_table(_with_index(block, self.write_index), self.schema, path, fixed=())
        fields = [each.with_type(_WIDER.get(each.type, each.type)) for each in typed(table.schema)]
        self.write(table, path, pa.schema(fields, table.schema.metadata))
        note_file(path)
        return path, table.schema

    def write(self, table: pa.Table, path: str, schema: pa.Schema) -> None:
        """Write ``table``, with the types of ``schema``, to ``path``; raise UsageError for one that ORC has not."""
        columns = [
            pa.nulls(table.num_rows, wanted.type)
            if column.null_count == table.num_rows
            else cast(column, wanted, path)
            for column, wanted in zip(table.columns, schema, strict=True)
        ]
        made = pa.BufferOutputStream()  # a file that takes no more, of a full disk, makes ORC end the process
        try:
            orc.write_table(pa.Table.from_arrays(columns, schema=schema), made, **dict(self.options))
        except pa.ArrowNotImplementedError:
            check_types(schema, path)
            raise
        with written_aside(path, self.storage_options or {}) as file:
            file.write(made.getvalue())


def check_types(schema: pa.Schema, path: str) -> None:
    """Raise UsageError for the first column of a type that ORC has not."""
    for each in schema:
        if not is_known(each.type):
            continue
        try:
            orc.write_table(pa.table({"": pa.array([], each.type)}), pa.BufferOutputStream())
        except pa.ArrowNotImplementedError:
            wider = str(_WIDER.get(each.type, "str")).replace("float", "float32")
            raise UsageError(
                f"{path}: column {each.name!r} is {each.type}, for which ORC has no type;"
                f" convert it first, for example with astype({{{each.name!r}: {wider!r}}})"
            ) from None


@frozen
class FinishOrc(Reduction):
    """Ends the writing of ORC files, from what was written: their paths."""

    over_blocks: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    writer: OrcWriter

    def chunk(self, records: Any) -> list[Written]:
        return [records]

    def combine(self, partials: list[list[Written]]) -> list[Written]:
        return [written for each in partials for written in each]

    def finish(self, partial: list[Written]) -> list[str]:
        """The paths of the files, in order of their partitions."""
        for path, found, wanted in settled(partial):
            if not _WIDER.keys().isdisjoint(wanted.types):
                check_types(wanted, path)
            if not wanted.equals(typed(found)):
                with open_file(path, self.writer.storage_options, seekable=True) as file:
                    table = orc.ORCFile(file).read()
                self.writer.write(table, path, wanted)
        return [path for path, _ in partial]

    @property
    def label(self) -> str:
        return self.writer.label


def _with_index(block: pd.DataFrame, is_wanted: bool) -> pd.DataFrame:
    return block.reset_index() if is_wanted else block.reset_index(drop=True)


def orc_sink(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    meta: pd.DataFrame,
    npartitions: int,
    *,
    write_index: bool = True,
    unsettled: Columns = frozenset(),
    storage_options: Mapping[str, Any] | None = None,
    name_function: Callable[[int], str] | None = None,
    **options: Any,
) -> FrameSink:
    """The steps of writing partitions as ORC, a file each, in a directory or by a pattern with one ``*``.

    The index becomes columns, as by ``reset_index``; ``options`` are those of :func:`pyarrow.orc.write_table`.
    Of ``unsettled`` columns the types are not known before.
    """
    settled_meta = _with_index(meta.drop(columns=list(unsettled or ())), write_index)
    check_types(known_schema(settled_meta, preserve_index=False), str(path))
    if isinstance(path, (str, os.PathLike)) and "*" not in os.fspath(path):
        path = os.path.join(os.fspath(path), "part.*.orc")
    schema = known_schema(_with_index(meta, write_index), preserve_index=False)
    writer = OrcWriter(schema, write_index, tuple(options.items()), storage_options)
    paths = partition_paths(path, npartitions, name_function)
    check_mixture(path, paths, storage_options)
    return FrameSink("to_orc", writer, (paths,), FinishOrc(writer))
