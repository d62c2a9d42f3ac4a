"""Frames whose rows become columns, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pandas.api.types import is_integer, is_numeric_dtype

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection, narrowed
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.frames.reductions import FrameReduction, columns_of


@frozen
class Flatten(FrameKernel):
    """All values of a frame as one series, column by column.

    >>> Flatten()(pd.DataFrame({"x": [1, 2], "y": [3, 4]})).tolist()
    [1, 2, 3, 4]
    """

    keeps_rows: ClassVar[bool] = False

    def __call__(self, *blocks: Any) -> Any:
        columns = columns_of(blocks[0])
        return pd.concat(columns, ignore_index=True) if columns else pd.Series([], dtype="float64")

    @property
    def label(self) -> str:
        return "values"


@frozen
class CategorizedIndex(FrameKernel):
    """A frame whose labels are of a categorical type."""

    dtype: Any
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].set_axis(blocks[0].index.astype(self.dtype))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return "categorize"


@frozen
class PivotTable(FrameKernel):
    """A table of cells that stand under each other: a row for each key, a column for each of known categories.

    >>> cells = pd.DataFrame({"k": [1, 1, 2], "c": ["a", "b", "a"], "v": [1, 2, 3]}).set_index(
    ...     ["k", "c"]
    ... )
    >>> PivotTable(pd.Index(["a", "b"]), is_flat=True)(cells)
    c    a    b
    k
    1  1.0  2.0
    2  3.0  NaN
    """

    categories: Any
    """Those of the last level of the index of cells, which become columns."""
    is_flat: bool
    """Whether there is one column of values, whose name the table does not have."""
    fill_value: Any = None
    """A number that stands in cells that are missing, or None."""

    def __call__(self, *blocks: Any) -> Any:
        cells = blocks[0].dropna(how="all")
        name = cells.index.names[-1]
        across = pd.CategoricalIndex(self.categories, categories=self.categories, name=name)
        tables = [_table(column, across, self.fill_value) for column in columns_of(cells)]
        return tables[0] if self.is_flat else _levelled(tables, list(cells.columns), name).sort_index(axis=1)

    @property
    def label(self) -> str:
        return "pivot_table"


@frozen
class Pivot(FrameReduction):
    """A table of the values in some columns, of which each has a place of its own; see :class:`PivotTable`.

    >>> cells = pd.DataFrame(
    ...     {"k": [1, 1, 2], "c": pd.Categorical(["a", "b", "a"]), "v": [1, 2, 3]}
    ... )
    >>> table = Pivot(("k",), "c", ("v",), cells.c.dtype, is_flat=True)
    >>> table.finish(table.combine([table.chunk(cells.iloc[:2]), table.chunk(cells.iloc[2:])]))
    c    a    b
    k
    1  1.0  2.0
    2  3.0  NaN
    """

    keys: tuple[Any, ...] | None
    """None for the labels of the rows."""
    across: Any
    values: tuple[Any, ...]
    categories: pd.CategoricalDtype
    is_flat: bool

    @property
    def columns(self) -> frozenset[Any]:
        """What it reads."""
        return frozenset([*(self.keys or ()), self.across, *self.values])

    def chunk(self, records: Any) -> pd.DataFrame:
        return narrowed(records, self.columns)  # type: ignore[no-any-return]

    def combine(self, partials: list[pd.DataFrame]) -> pd.DataFrame:
        return concatenated(partials)  # type: ignore[no-any-return]

    def finish(self, partial: pd.DataFrame) -> Any:
        if partial[self.across].isna().any():
            raise UsageError(
                f"pivot() makes a column of each category of {self.across!r}, and there are rows in which it is missing; "
                f"use dropna(subset=[{self.across!r}]) first"
            )
        across = pd.CategoricalIndex(self.categories.categories, dtype=self.categories, name=self.across)
        keys = {} if self.keys is None else {"index": list(self.keys)}
        tables = [
            partial.pivot(columns=self.across, values=value, **keys)  # noqa: PD010  these are few
            .reindex(columns=across)
            .astype(_with_gaps(partial[value].dtype))
            for value in self.values
        ]
        return tables[0] if self.is_flat else _levelled(tables, self.values, self.across)

    @property
    def label(self) -> str:
        return "pivot"


def _with_gaps(dtype: Any) -> Any:
    """The type of values of which some may be missing: floats for whole numbers, objects for truth values."""
    kinds = {"i": "float64", "u": "float64", "b": "object"}
    return kinds.get(dtype.kind, dtype) if isinstance(dtype, np.dtype) else dtype


def _levelled(tables: Sequence[pd.DataFrame], values: Sequence[Any], across: Any) -> pd.DataFrame:
    """A table for each column of values beside each other."""
    return pd.concat(tables, axis=1, keys=list(values), names=[None, across])


def _table(cells: pd.Series[Any], across: pd.CategoricalIndex[Any], fill_value: Any) -> pd.DataFrame:
    """``cells`` with a column for each label of ``across``; with floats for whole numbers, where one may be missing."""
    dtype = cells.dtype
    if is_numeric_dtype(dtype) and dtype.kind in "biu" and not _is_held(fill_value, dtype):
        cells = cells.astype("float64")
    table = cells.unstack(level=-1, fill_value=fill_value)  # noqa: PD010  these are few
    table = table.reindex(columns=across, fill_value=fill_value)
    if fill_value is not None:
        table = table.fillna(fill_value)
    return table.astype(cells.dtype).sort_index()


def _is_held(value: Any, dtype: Any) -> bool:
    """Whether ``value`` is one of the whole numbers of a type."""
    plain = getattr(dtype, "numpy_dtype", dtype)
    if plain.kind not in "iu" or not is_integer(value):
        return False
    return bool(np.iinfo(plain).min <= value <= np.iinfo(plain).max)
