"""Blocks joined, emptied and counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pannier.kernels.frames.base import Columns
from pannier.kernels.reductions import Reduction


def emptied(block: Any) -> Any:
    """``block`` without its rows: what is known of a step's result before it runs.

    >>> emptied(pd.Series([1.5], name="x")).dtype
    dtype('float64')
    """
    return block[:0] if isinstance(block, pd.Index) else block.iloc[:0]


def concatenated(blocks: Sequence[Any]) -> Any:
    """Blocks of the same columns one after the other; categories are united.

    Empty blocks leave no trace but their types, where there is nothing else.

    >>> concatenated([pd.Series([1]), pd.Series([2], index=[1])]).tolist()
    [1, 2]
    """
    filled = [block for block in blocks if len(block)] or list(blocks[:1])
    if len(filled) == 1:
        return filled[0].copy(deep=False) if not isinstance(filled[0], pd.Index) else filled[0]
    first = filled[0]
    if isinstance(first, pd.Index):
        return _united_index(filled)
    if isinstance(first, pd.DataFrame):
        positions = [i for i, dtype in enumerate(first.dtypes) if isinstance(dtype, pd.CategoricalDtype)]
        if positions and first.columns.is_unique:
            filled = _with_united_categories(filled, [first.columns[i] for i in positions])
    elif isinstance(first.dtype, pd.CategoricalDtype):
        return _united_series(filled)
    return pd.concat(filled)


def _united_index(blocks: list[Any]) -> Any:
    first = blocks[0]
    if isinstance(first, pd.CategoricalIndex):
        return pd.CategoricalIndex(_united_values(blocks), name=first.name)
    return first.append(blocks[1:])


def _united_series(blocks: list[Any]) -> Any:
    index = _united_index([block.index for block in blocks])
    return pd.Series(_united_values(blocks), index=index, name=blocks[0].name)


def _united_values(blocks: Iterable[Any]) -> Any:
    from pandas.api.types import union_categoricals

    return union_categoricals(list(blocks))


def _with_united_categories(blocks: list[Any], columns: list[Any]) -> list[Any]:
    """``blocks`` whose ``columns`` have the categories of all of them, in the order in which they appear."""
    dtypes = {}
    for column in columns:
        found = [block[column].dtype for block in blocks]
        if any(dtype != found[0] for dtype in found[1:]):
            empty = [pd.Categorical([], dtype=dtype) for dtype in found]
            dtypes[column] = _united_values(empty).dtype
    return [block.astype(dtypes) for block in blocks] if dtypes else blocks


@dataclass(frozen=True, slots=True)
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
