"""Tables of records as frames: the second half of making a frame of a bag, when it is known what each column is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.casts import Misfit, cast
from pannier.kernels.frames.kinds import kinds_of_type, type_of
from pannier.kernels.frames.recordcolumns import Piece
from pannier.kernels.frames.records import NoPlace, Table, Tabulate


@frozen
class FrameOfTable(FrameKernel):
    """The frame of a table, with the columns and types of the schema of all tables.

    >>> table = Tabulate()([{"a": 1}, {"b": "x"}])
    >>> FrameOfTable()(table, table.schema)
         a    b
    0  1.0  NaN
    1  NaN    x
    """

    columns: Columns = None
    """Those that are read of it."""
    label: ClassVar[str] = "to_dataframe"
    has_schema: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        table, schema = blocks
        kept = [name for name in schema.columns if self.columns is None or name in self.columns]
        made = {i: _column(table, name, type_of(schema.columns[name])) for i, name in enumerate(kept)}
        return _frame(made, kept, table.schema.rows)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(dataclasses.replace(self, columns=wanted), (None,) * inputs)


@frozen
class TypedFrame:
    """Makes a frame of records whose types are declared; the sink of the chain that makes them.

    A value that has no place in its column raises :class:`~pannier.errors.InputError`, with the record's address.
    """

    meta: pd.DataFrame
    over_blocks: ClassVar[bool] = False
    label: ClassVar[str] = "to_dataframe"

    def __call__(self, records: Iterable[Any]) -> pd.DataFrame:
        dtypes = list(self.meta.dtypes)
        names = list(self.meta.columns)
        declared = {
            name: kinds
            for name, dtype in zip(names, dtypes, strict=True)
            if (kinds := kinds_of_type(dtype)) is not None
        }
        casts = {
            name: _Cast(dtype) for name, dtype in zip(names, dtypes, strict=True) if name not in declared
        }
        table = Tabulate(tuple(names), declared, casts)(records)
        made = {
            i: _column(table, name, dtype) if name in declared else casts[name].joined(table.columns[name])
            for i, (name, dtype) in enumerate(zip(names, dtypes, strict=True))
        }
        return _frame(made, names, table.schema.rows)


@frozen
class _Cast:
    """Values as a type that has no kinds of its own: a category, a nullable or a narrow number."""

    dtype: Any

    def __call__(self, values: list[Any]) -> Any:
        column = pd.Series(values, dtype=object)
        try:
            return cast(column, self.dtype).array
        except Misfit:
            raise NoPlace(
                next(i for i in range(len(column)) if not self._fits(column.iloc[i : i + 1]))
            ) from None

    def _fits(self, one: Any) -> bool:
        try:
            cast(one, self.dtype)
        except Misfit:
            return False
        return True

    def joined(self, pieces: Sequence[Piece]) -> Any:
        """The column of these pieces."""
        columns = [pd.Series(piece.data) for piece in pieces]
        return pd.concat(columns).array if columns else pd.Series([], dtype=self.dtype).array

    def __str__(self) -> str:
        return str(self.dtype)


def _frame(made: dict[int, Any], names: Sequence[Any], rows: int) -> pd.DataFrame:
    frame = pd.DataFrame(made, index=pd.RangeIndex(rows), copy=False)
    frame.columns = pd.Index(names) if names else pd.Index([], dtype=object)
    return frame


def _column(table: Table, name: Any, dtype: Any) -> Any:
    """A column of ``table`` as ``dtype``; what is absent is missing."""
    pieces = table.columns.get(name, (Piece(pa.nulls(table.schema.rows), np.nan),))
    if not pieces:
        return pd.Series([], dtype=dtype).array
    if dtype == np.dtype(object):
        return pd.Series(np.concatenate([piece.objects() for piece in pieces]), dtype=object)
    if hasattr(dtype, "__from_arrow__"):
        return dtype.__from_arrow__(pa.chunked_array([_texts(piece) for piece in pieces]))
    return np.concatenate([_numbers(piece, dtype) for piece in pieces])


def _texts(piece: Piece) -> pa.Array:
    """The values of ``piece`` as texts, as Python writes them."""
    if isinstance(piece.data, pa.Array) and pa.types.is_string(piece.data.type):
        return piece.data
    values = piece.objects()
    return pa.array(
        [None if gone else str(value) for value, gone in zip(values, pd.isna(values), strict=True)],
        pa.string(),
    )


def _numbers(piece: Piece, dtype: Any) -> Any:
    """The values of ``piece`` as a numpy array of numbers, truth values or times."""
    values = piece.data
    if isinstance(values, pa.Array):
        arrow = pa.timestamp("us") if dtype.kind == "M" else pa.from_numpy_dtype(dtype)
        return values.cast(arrow).to_numpy(zero_copy_only=False).astype(dtype, copy=False)
    if dtype.kind == "M":
        return pd.Series(values).astype(dtype).to_numpy()
    return (
        np.where(pd.isna(values), np.nan, values).astype(dtype) if dtype.kind == "f" else values.astype(dtype)
    )
