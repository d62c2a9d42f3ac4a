"""From the Arrow columns of Parquet files to those of a pandas frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.errors import InputError
from pannier.frozen import frozen


@frozen
class Numbering:
    """An index that counts rows: that of row i of the whole is ``start + i * step``."""

    start: int = 0
    step: int = 1
    name: Any = None


def numbered(numbering: Numbering, first: int, rows: int, numbers: np.ndarray[Any, Any] | None) -> pd.Index:
    """The index of rows that follow each other from number ``first``, or that have these numbers."""
    start, step, name = numbering.start, numbering.step, numbering.name
    if numbers is not None and rows:
        if numbers[-1] - numbers[0] + 1 != rows:
            return pd.Index(pd.Series(numbers * step + start), name=name)
        first = int(numbers[0])
    return pd.RangeIndex(start + first * step, start + (first + rows) * step, step, name=name)


def is_same(dtype: Any, other: Any) -> bool:
    """Whether two pandas types are the same; for categories their order counts, which it does not for ``==``."""
    if dtype != other:
        return False
    return not isinstance(dtype, pd.CategoricalDtype) or bool(dtype.categories.equals(other.categories))


def as_dtype(column: pd.Series[Any], dtype: Any, path: str) -> pd.Series[Any]:
    """``column`` as the pandas type it has in the whole.

    Raises :class:`~pannier.errors.InputError` for a value that is not among the categories of ``dtype``.
    """
    if not isinstance(dtype, pd.CategoricalDtype):
        return column.astype(dtype)
    values = column.cat.remove_unused_categories().cat.categories if _is_coded(column) else column.dropna()
    strange = values[~values.isin(dtype.categories)]
    if len(strange):
        raise InputError(
            f"{path}: column {column.name!r} has the value {strange.tolist()[0]!r}, which is not among the"
            " categories that were given for it"
        )
    return (
        column.cat.set_categories(dtype.categories, dtype.ordered)
        if _is_coded(column)
        else column.astype(dtype)
    )


def _is_coded(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def cast(column: Any, wanted: pa.Field, path: str) -> Any:
    """``column`` as the type it has in the whole."""
    try:
        if pa.types.is_null(column.type):
            return pa.chunked_array([pa.nulls(len(column), wanted.type)])
        if pa.types.is_dictionary(column.type):
            return recoded(column, wanted.type)
        if pa.types.is_dictionary(wanted.type):
            return recoded(column.dictionary_encode(), wanted.type)
        return column.cast(wanted.type, safe=not pa.types.is_floating(wanted.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"{path}: column {wanted.name!r} of type {column.type} cannot be read as {wanted.type},"
            f" which it is in other files: {error}"
        ) from error


def recoded(column: Any, wanted: pa.DataType) -> Any:
    """A dictionary-encoded column as another such type, or as the plain values."""
    chunks = column.chunks
    if not pa.types.is_dictionary(wanted):
        plain = [chunk.dictionary_decode() for chunk in chunks]
        return pa.chunked_array(plain, column.type.value_type).cast(wanted)
    coded = [
        pa.DictionaryArray.from_arrays(
            chunk.indices.cast(wanted.index_type),
            chunk.dictionary.cast(wanted.value_type),
            ordered=wanted.ordered,
        )
        for chunk in chunks
    ]
    return pa.chunked_array(coded, wanted)


def is_text(kind: pa.DataType) -> bool:
    """Whether values of an Arrow type are texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def width(kind: pa.DataType) -> int | None:
    """Bytes of a value in a frame; None where they vary."""
    if pa.types.is_dictionary(kind):
        return 4
    try:
        return max(1, int(kind.bit_width) // 8)
    except ValueError:
        return None


def types_mapper(dtype_backend: str | None) -> Any:
    """What tells Arrow the pandas types to make."""
    if dtype_backend == "pyarrow":
        return pd.ArrowDtype
    if dtype_backend == "numpy_nullable":
        return _nullable_types().get
    return None


def _nullable_types() -> dict[pa.DataType, Any]:
    names = "Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64".split()
    kinds = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
    numbers = dict(
        zip([*kinds, pa.float32(), pa.float64()], map(pd.api.types.pandas_dtype, names), strict=True)
    )
    texts = {pa.string(): pd.StringDtype(), pa.large_string(): pd.StringDtype()}
    return {**numbers, pa.bool_(): pd.BooleanDtype(), **texts}
