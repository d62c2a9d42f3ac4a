"""Parts of a frame as bytes, and back exactly as they were: types, labels, categories, what kind of missing.

What a frame is made of is told once, in a :class:`Recipe`.  Of each part only the values are written: columns of
numbers, times, categories and texts as one Arrow record batch, without its schema, and columns of anything else
(Python objects, periods, intervals) by pickle.  So a part costs a few microseconds besides its bytes, where pandas
takes some hundred to take a frame apart or put it together; see docs/decisions.
"""

from __future__ import annotations

import functools
import itertools
from abc import ABC, abstractmethod
from array import array
from enum import Enum, auto
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.frozen import frozen
from pannier.kernels.frames.levels import levels_of
from pannier.shuffle.codec import decode, encode

_HEAD: Final = 16
"""Bytes before a part's record batch: how many rows it has, and how long the batch is."""
_ALIGNED: Final = 8
"""Arrow wants its buffers at multiples of this."""


class Kind(Enum):
    """What stands for a column while it is shuffled."""

    FIXED = auto()
    """The bytes of a numpy array: numbers, truth values, times without a zone."""
    ZONED = auto()
    """Those of times with a zone, in UTC."""
    CODES = auto()
    """The codes of a categorical column, whose categories are in the recipe."""
    MASKED = auto()
    """Values, and beside them where they are missing."""
    ARROW = auto()
    """An Arrow array."""
    LOOSE = auto()
    """A numpy array of objects or a pandas array, which is pickled."""


class Column(NamedTuple):
    """How one column, or level of the index, is put together."""

    kind: Kind
    dtype: Any

    @property
    def width(self) -> int:
        """How many Arrow arrays it has."""
        return {Kind.LOOSE: 0, Kind.MASKED: 2}.get(self.kind, 1)

    def is_like(self, other: Column) -> bool:
        """Whether ``other`` is put together in the same way, whatever categories it has."""
        return self.kind is other.kind and (self.kind is Kind.CODES or bool(self.dtype == other.dtype))


@frozen(eq=False)  # labels have no equality that is a truth value
class Recipe:
    """What a frame is, besides its values."""

    shape: str
    """``frame``, ``series`` or ``index``."""
    labels: Any
    """The index of the columns; of a series or an index its name."""
    names: tuple[Any, ...]
    """Those of the levels of the index; empty if rows are numbered anew."""
    is_multi: bool
    columns: tuple[Column, ...]
    """First those of the index, then the others."""
    schema: Any
    """Of the record batches."""
    is_ordered: bool
    """Whether an array behind those of the columns has the number that each row had in its frame."""
    is_hashed: bool
    """Whether the last array has the hash of each row's key."""

    def is_like(self, other: Recipe) -> bool:
        """Whether parts made by both may be put together as one, once their categories are united."""
        if self is other:
            return True
        return (
            (self.shape, self.names, self.is_multi, self.is_ordered, self.is_hashed)
            == (other.shape, other.names, other.is_multi, other.is_ordered, other.is_hashed)
            and len(self.columns) == len(other.columns)
            and all(one.is_like(another) for one, another in zip(self.columns, other.columns, strict=True))
            and self._types() == other._types()
            and _is_same_labels(self.labels, other.labels)
        )

    def _types(self) -> list[Any]:
        """Those of the Arrow arrays, but of codes: there are fewer bits of these for few categories."""
        codes = (column.kind is Kind.CODES for column in self.columns for _ in range(column.width))
        return [
            None if is_code else kind
            for kind, is_code in itertools.zip_longest(self.schema.types, codes, fillvalue=False)
        ]


def _is_same_labels(one: Any, other: Any) -> bool:
    if isinstance(one, pd.Index):
        return bool(one.identical(other))
    return type(one) is type(other) and bool(one == other)


class Packed(NamedTuple):
    """A frame taken apart."""

    recipe: Recipe
    batch: Any
    """The Arrow record batch; a table where values are still in the chunks that they were read in."""
    loose: list[Any]
    """The columns that are not in it."""
    rows: int

    def taken(self, places: np.ndarray[Any, Any]) -> Packed:
        """The rows at ``places``, in their order; there have to be such, since nobody looks for that."""
        import pyarrow.compute as pc  # heavy, and needed for what it is first used

        batch = self.batch
        if batch.num_columns:
            batch = pc.take(batch, pa.array(places), boundscheck=False)
        return Packed(self.recipe, batch, [each.take(places) for each in self.loose], len(places))

    def sliced(self, start: int, stop: int) -> Packed:
        """The rows from ``start`` to ``stop``."""
        batch = self.batch.slice(start, stop - start)
        if isinstance(batch, pa.Table):
            batch = pa.RecordBatch.from_arrays(list(map(_in_one, batch.columns)), schema=batch.schema)
        return Packed(self.recipe, batch, [each[start:stop] for each in self.loose], stop - start)

    def encoded(self) -> bytes:
        """The values as bytes.  Raises :class:`~pannier.errors.SerializationError` for what cannot be pickled."""
        values = memoryview(self.batch.serialize()) if self.batch.num_columns else b""
        head = array("q", [self.rows, len(values)]).tobytes()
        return b"".join((head, values, encode(self.loose) if self.loose else b""))

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory, an object counting as a pointer."""
        return sum(map(_size_of, self.batch.columns)) + sum(int(each.nbytes) for each in self.loose)


def _size_of(column: Any) -> int:
    """Bytes of an Arrow array, or of its chunks.

    Arrow itself lists buffers to say that, in memory of its default allocator, whatever pool is set.  Where nothing else
    needs that, it takes milliseconds to begin in each thread.
    """
    kind, rows = column.type, len(column)
    if pa.types.is_primitive(kind):
        return int(rows * (kind.bit_width + bool(column.null_count)) // 8)
    return int(column.nbytes)


class InBlock(ABC):
    """Rows of a split that stay in their block until they are gathered."""

    __slots__ = ()

    @abstractmethod
    def parts(self) -> list[Packed]:
        """These rows, taken out of their block."""


def packed(
    block: Any,
    keeps_index: bool = True,
    keeps_order: bool = False,
    hashes: np.ndarray[Any, Any] | None = None,
    keeps_chunks: bool = False,
) -> Packed:
    """``block`` taken apart; without its index, if that is not kept, and with the numbers of its rows on request.

    ``hashes``, if given, go along, one a row; they may still be filled in afterwards.  With ``keeps_chunks`` columns
    that were read in chunks are put into one when they are sliced, a slice at a time.

    >>> parts = packed(pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
    >>> parts.rows, decoded(parts.recipe, parts.encoded()).batch.equals(parts.batch)
    (2, True)
    """
    shape = _shape(block)
    index = block if shape == "index" else block.index
    levels = levels_of(index) if keeps_index else []
    values: list[Any] = [block] if shape == "series" else []
    labels = block.name if shape != "frame" else block.columns
    if shape == "frame":
        values = [column for _, column in block.items()]
    columns, arrays, loose = [], [], []
    for each in [*levels, *values]:
        column, parts, rest = _taken_apart(each)
        columns.append(column)
        arrays += parts
        loose += rest
    if keeps_order:
        arrays.append(pa.array(np.arange(len(block), dtype="u4")))
    if hashes is not None:
        arrays.append(_of_bytes(hashes))
    numbers = [str(i) for i in range(len(arrays))]
    if keeps_chunks and any(isinstance(each, pa.ChunkedArray) for each in arrays):
        batch = pa.Table.from_arrays(arrays, numbers)
    else:
        batch = pa.RecordBatch.from_arrays(list(map(_in_one, arrays)), numbers)
    names = tuple(index.names) if keeps_index else ()
    is_multi = keeps_index and isinstance(index, pd.MultiIndex)
    is_hashed = hashes is not None
    recipe = Recipe(shape, labels, names, is_multi, tuple(columns), batch.schema, keeps_order, is_hashed)
    return Packed(recipe_of(encode(recipe)), batch, loose, len(block))


@functools.lru_cache(maxsize=16)
def recipe_of(data: bytes) -> Recipe:
    """The recipe that was encoded as ``data``: one object for the same bytes, which most splits of a shuffle have."""
    recipe: Recipe = decode(data)
    return recipe


def _shape(block: Any) -> str:
    if isinstance(block, pd.DataFrame):
        return "frame"
    return "series" if isinstance(block, pd.Series) else "index"


def _taken_apart(values: Any) -> tuple[Column, list[Any], list[Any]]:
    """How to put ``values`` together again, the Arrow arrays of it, and what is none."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind == "O":
            return Column(Kind.LOOSE, dtype), [], [np.asarray(values)]
        return Column(Kind.FIXED, dtype), [_of_bytes(np.asarray(values))], []
    inner = values.array
    if isinstance(dtype, pd.CategoricalDtype):
        return Column(Kind.CODES, dtype), [_of_bytes(inner.codes)], []
    if isinstance(dtype, pd.DatetimeTZDtype):
        return Column(Kind.ZONED, dtype), [_of_bytes(np.asarray(inner.asi8))], []
    if isinstance(inner, (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)):
        plain = inner.to_numpy(dtype.numpy_dtype, na_value=0)
        return Column(Kind.MASKED, dtype), [_of_bytes(plain), _of_bytes(np.asarray(inner.isna()))], []
    if isinstance(dtype, (pd.StringDtype, pd.ArrowDtype)) and (found := _as_arrow(inner)) is not None:
        return Column(Kind.ARROW, dtype), [found], []
    return Column(Kind.LOOSE, dtype), [], [inner]


def _as_arrow(inner: Any) -> Any:
    """The Arrow array of a pandas array; None where record batches cannot have it, as they are written here."""
    try:
        found = pa.array(inner)
    except (UnicodeEncodeError, pa.ArrowException):  # texts that are no Unicode
        return None
    if pa.types.is_nested(found.type) or pa.types.is_dictionary(found.type):
        return None
    return None if isinstance(found.type, pa.BaseExtensionType) else found


def _in_one(values: Any) -> Any:
    """The Arrow array of all ``values``, which may be in chunks."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    if values.num_chunks == 1:
        return values.chunk(0)
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)


_BY_WIDTH: Final = {1: pa.uint8(), 2: pa.uint16(), 4: pa.uint32(), 8: pa.uint64()}


def _of_bytes(values: np.ndarray[Any, Any]) -> Any:
    """The bytes of ``values`` as an Arrow array, which is not copied if they are in a row."""
    width = values.dtype.itemsize
    kind = _BY_WIDTH.get(width) or pa.binary(width)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def decoded(recipe: Recipe, blob: Any) -> Packed:
    """The rows in ``blob``, which were :meth:`~Packed.encoded` with this ``recipe``."""
    view = memoryview(blob)
    rows, size = array("q", bytes(view[:_HEAD]))
    if recipe.schema.names:
        batch = pa.ipc.read_record_batch(_buffer(view[_HEAD : _HEAD + size]), recipe.schema)
    else:
        batch = pa.RecordBatch.from_arrays([], schema=recipe.schema)
    loose = decode(view[_HEAD + size :]) if len(view) > _HEAD + size else []
    return Packed(recipe, batch, loose, rows)


def _buffer(view: memoryview) -> Any:
    """``view`` for Arrow, copied if it does not lie as Arrow wants it."""
    buffer = pa.py_buffer(view)
    return buffer if buffer.address % _ALIGNED == 0 else pa.py_buffer(bytes(view))
