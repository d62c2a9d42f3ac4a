"""Blocks joined, emptied and counted."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.reductions import Reduction

_LARGE: Final = 1 << 23
"""Values that take so long to copy that several threads are worth starting."""


def emptied(block: Any) -> Any:
    """``block`` without its rows: what is known of a step's result before it runs.

    >>> emptied(pd.Series([1.5], name="x")).dtype
    dtype('float64')
    """
    return block[:0] if isinstance(block, pd.Index) else block.iloc[:0]


def settable(block: Any) -> Any:
    """``block``, or a copy of it where values cannot be set, since its memory is Arrow's or shared: for a user to have.

    >>> held = pd.Series(np.frombuffer(bytes(16)), copy=False)
    >>> own = settable(held)
    >>> own.iloc[0] = 1.5
    >>> own.tolist(), held.tolist()
    ([1.5, 0.0], [0.0, 0.0])
    """
    columns = (
        [block.iloc[:, i] for i in range(block.shape[1])] if isinstance(block, pd.DataFrame) else [block]
    )
    is_held = isinstance(block, (pd.DataFrame, pd.Series)) and not all(map(_can_be_set, columns))
    return block.copy() if is_held else block


def _can_be_set(column: pd.Series[Any]) -> bool:
    array, dtype = column.array, column.dtype
    if isinstance(dtype, np.dtype):
        return bool(np.asarray(array).flags.writeable)
    is_known = not isinstance(dtype, (pd.CategoricalDtype, pd.DatetimeTZDtype))
    return is_known and not getattr(array, "_readonly", False)


@frozen
class Settable(FrameKernel):
    """The same block, in which a user can set values."""

    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return settable(blocks[0])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


def of_all_types(likes: Sequence[Any]) -> Any:
    """Blocks without rows as one, of the types that all have together: whole numbers are floats where one has gaps.

    >>> of_all_types([pd.Series([], dtype="int64"), pd.Series([], dtype="float64")]).dtype
    dtype('float64')
    """
    first = likes[0]
    dtypes = [like.dtypes if like.ndim > 1 else pd.Series([like.dtype]) for like in likes]
    return first if all(dtypes[0].equals(each) for each in dtypes[1:]) else pd.concat(likes)


def of_other_types(block: Any, others: Sequence[Any]) -> list[Any]:
    """Those of ``others``, of the same columns, that are of other types than ``block``."""
    if block.ndim == 1:
        return [other for other in others if other.dtype != block.dtype]
    return [other for other in others if not block.dtypes.equals(other.dtypes)]


class Unjoined(list[Any]):
    """The blocks that one block is made of, one after the other, for what joins it with others anyway."""


def blocks_of(block: Any) -> list[Any]:
    """What to join for ``block``: what it is made of, or itself.

    >>> blocks_of(Unjoined("ab")), blocks_of("ab")
    (['a', 'b'], ['ab'])
    """
    return block if isinstance(block, Unjoined) else [block]


def renumbered(blocks: Sequence[Any]) -> list[Any]:
    """Frames or series with rows numbered through from 0 in the first.

    >>> [list(block.index) for block in renumbered([pd.Series([5, 6]), pd.Series([7])])]
    [[0, 1], [2]]
    """
    return [block.set_axis(labels) for block, labels in zip(blocks, _numbers(blocks), strict=True)]


def is_numbered(blocks: Sequence[Any]) -> bool:
    """Whether the labels of ``blocks`` are the numbers of their rows, through from 0 in the first."""
    return all(block.index.equals(labels) for block, labels in zip(blocks, _numbers(blocks), strict=True))


def _numbers(blocks: Sequence[Any]) -> Iterator[pd.RangeIndex]:
    ends = itertools.accumulate(map(len, blocks), initial=0)
    return itertools.starmap(pd.RangeIndex, itertools.pairwise(ends))


def concatenated(blocks: Sequence[Any], *, numbered: bool = False, workers: int = 1) -> Any:
    """Blocks of the same columns one after the other; categories are united.

    Empty blocks leave no trace but their types, where there is nothing else.  With ``numbered`` rows are numbered
    through, and labels, which are those numbers within each block, need not be joined.  Up to ``workers`` threads
    share the columns of many rows.

    >>> concatenated([pd.Series([1]), pd.Series([2], index=[1])]).tolist()
    [1, 2]
    """
    filled = [block for block in blocks if len(block)] or list(blocks[:1])
    if len(filled) == 1:
        return filled[0].copy(deep=False) if not isinstance(filled[0], pd.Index) else filled[0]
    if isinstance(filled[0], pd.Index):
        return _united_index(filled)
    if workers > 1 and _is_large(filled):
        return _side_by_side(filled, numbered, workers)
    answer = pd.concat(_of_united_types(filled), ignore_index=numbered)
    if numbered:
        answer.index.name = filled[0].index.name
    if not numbered and (isinstance(filled[0].index, pd.CategoricalIndex) or _are_objects(filled[0].index)):
        answer.index = _united_index([block.index for block in filled])
    return answer


def _is_large(blocks: list[Any]) -> bool:
    """Whether these are frames of many values, of the same columns and types."""
    first = blocks[0]
    return (
        isinstance(first, pd.DataFrame)
        and sum(map(len, blocks)) * first.shape[1] >= _LARGE
        and all(block.dtypes.equals(first.dtypes) for block in blocks[1:])
    )


def _side_by_side(blocks: list[pd.DataFrame], numbered: bool, workers: int) -> pd.DataFrame:
    """The same, column by column: to touch fresh memory takes longer than to copy, and threads share that.

    Numbers go to memory of Arrow's, which may still have that of columns that are gone.
    """

    def column(i: int) -> pd.Series[Any]:
        parts = [block.iloc[:, i] for block in blocks]
        dtype = parts[0].dtype
        if not isinstance(dtype, np.dtype) or dtype.kind == "O":
            return pd.concat(parts, ignore_index=True)
        memory = pa.allocate_buffer(sum(map(len, parts)) * dtype.itemsize)
        made = np.frombuffer(memory, dtype)
        np.concatenate([part.to_numpy() for part in parts], out=made)
        return pd.Series(made, copy=False)

    with ThreadPoolExecutor(workers) as threads:
        answer = pd.DataFrame(dict(enumerate(threads.map(column, range(blocks[0].shape[1])))), copy=False)
    answer.columns = blocks[0].columns
    if numbered:
        answer.index.name = blocks[0].index.name
    else:
        answer.index = _united_index([block.index for block in blocks])
    return answer


def _united_index(blocks: list[Any]) -> Any:
    dtype = _united_type(blocks)
    if dtype is not None:
        blocks = [block.astype(dtype) for block in blocks]
    if all(map(_are_objects, blocks)):  # pandas' own would be of the type that it finds in them
        values = np.concatenate([block.to_numpy() for block in blocks])
        names = {block.name for block in blocks}
        return pd.Index(
            values, dtype=object, name=names.pop() if len(names) == 1 else None, tupleize_cols=False
        )
    return blocks[0].append(blocks[1:])


def _are_objects(index: Any) -> bool:
    return index.dtype == object and not isinstance(index, pd.MultiIndex)


def _of_united_types(blocks: list[Any]) -> list[Any]:
    """``blocks``, series or frames, of the same types, where these depend on the values of a block."""
    first = blocks[0]
    if isinstance(first, pd.Series):
        dtype = _united_type(blocks)
        return blocks if dtype is None else [block.astype(dtype) for block in blocks]
    if all(block.dtypes.equals(first.dtypes) for block in blocks[1:]) or not first.columns.is_unique:
        return blocks
    shared = [column for column in first.columns if all(column in block.columns for block in blocks)]
    dtypes = {column: _united_type([block[column] for block in blocks]) for column in shared}
    dtypes = {column: dtype for column, dtype in dtypes.items() if dtype is not None}
    return [block.astype(dtypes) for block in blocks] if dtypes else blocks


def _united_type(blocks: Sequence[Any]) -> Any:
    """The type that series, or indices, of the same name should have; None where pandas finds it by itself.

    That of one of missing values alone, which may be anything, does not count beside strings, instants and the like.
    """
    dtypes = [block.dtype for block in blocks]
    if all(dtype == dtypes[0] for dtype in dtypes[1:]):
        return None
    if all(isinstance(dtype, pd.CategoricalDtype) for dtype in dtypes):
        return united_categories(dtypes)
    decided = [block.dtype for block in blocks if not _may_be_anything(block)]
    if decided and decided[0].kind not in "biufc" and all(dtype == decided[0] for dtype in decided[1:]):
        return decided[0]
    return None


def _may_be_anything(block: Any) -> bool:
    """Whether there is nothing but missing values, of the type that pandas has for values that it cannot tell."""
    is_flat = not isinstance(block, pd.MultiIndex)
    return is_flat and block.dtype in (object, "float64") and bool(block.isna().all())


def united_categories(dtypes: Sequence[pd.CategoricalDtype]) -> pd.CategoricalDtype:
    """A type of all categories: in order, where each has them in order, else as they appear."""
    categories = dtypes[0].categories.append([dtype.categories for dtype in dtypes[1:]]).unique()
    is_sorted = all(dtype.categories.is_monotonic_increasing for dtype in dtypes)
    are_ordered = [dtype.ordered for dtype in dtypes]
    if any(are_ordered) and not (is_sorted and all(are_ordered)):
        raise TypeError(
            f"partitions have categories in orders that do not agree: {list(dtypes[0].categories)!r:.100} and others; "
            "give all of them with astype(pandas.CategoricalDtype([...], ordered=True))"
        )
    if is_sorted:
        with contextlib.suppress(TypeError):  # some are numbers, say, and others text
            categories = categories.sort_values()
    return pd.CategoricalDtype(categories, ordered=bool(are_ordered[0]))


@frozen
class Length(Reduction):
    """How many rows there are."""

    over_blocks: ClassVar[bool] = True
    counts_rows: ClassVar[bool] = True

    @property
    def columns(self) -> Columns:
        """No column at all."""
        return frozenset()

    def chunk(self, records: Any) -> int:
        return len(records)

    def combine(self, partials: list[int]) -> int:
        return sum(partials)

    @property
    def label(self) -> str:
        return "len"
