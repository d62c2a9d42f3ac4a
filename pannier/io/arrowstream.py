"""Frames as Arrow record batches, for whoever reads these: made by the tasks, and handed on as they come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from pannier.errors import annotate
from pannier.frozen import frozen
from pannier.io.arrowtables import arrow_table, is_known
from pannier.kernels.kernel import BlockKernel


@frozen
class ToArrow(BlockKernel):
    """A block as an Arrow table; the last argument is the number of the partition."""

    label: ClassVar[str] = "to_arrow"

    schema: pa.Schema
    """The types of its columns, those that are known."""
    keeps_index: bool

    def __call__(self, *blocks: Any) -> pa.Table:
        block, number = blocks
        return arrow_table(block, self.schema, f"partition {number}", preserve_index=self.keeps_index)


def table_of(frame: pd.DataFrame) -> pa.Table:
    """``frame`` as an Arrow table; an error of its types says what to do."""
    try:
        return pa.Table.from_pandas(frame)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise annotate(
            error, "a column of one type can be given to Arrow: convert it with astype()"
        ) from None


def batch_reader(schema: pa.Schema, is_open: bool, waves: Iterator[list[pa.Table]]) -> pa.RecordBatchReader:
    """A reader of the tables of ``waves``, which come when they are read.

    Types that ``schema`` does not know, and with ``is_open`` columns too, are those of the first wave, which is then
    made at once; a later table that has others is an error.
    """
    if is_open or not all(map(is_known, schema.types)):
        first = next(waves, [])
        if first:
            found = [table.schema.remove_metadata() for table in first]
            schema = pa.unify_schemas(found, promote_options="permissive")
        waves = itertools.chain([first], waves)
    return pa.RecordBatchReader.from_batches(
        schema.remove_metadata(), _batches(schema.remove_metadata(), waves)
    )


def _batches(schema: pa.Schema, waves: Iterator[list[pa.Table]]) -> Iterator[pa.RecordBatch]:
    for table in itertools.chain.from_iterable(waves):
        try:
            cast = table.cast(schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            annotate(
                error,
                f"a stream has one type for a column, here those of its first partitions, {schema!s:.300}; convert "
                "columns of objects with astype()",
            )
            raise
        yield from cast.to_batches()
