"""Frames of other columns put under each other, or beside each other."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection


@frozen
class Conform(FrameKernel):
    """A block as a part of a larger frame: its columns, missing ones too, in its order, and of its types."""

    columns: tuple[Any, ...] | None
    """None for a series."""
    casts: tuple[tuple[Any, Any], ...]
    """Columns with the types that they have there; of a series, the only one is its own."""
    ignore_index: bool
    index_type: Any = None
    """The type that labels have there; None where it is their own."""
    is_unnamed: bool = False
    """Whether the index, which has no levels, has no name there."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        if self.columns is None:
            block = _as_type(block, self.casts[0][1]) if self.casts else block
        else:
            block = self._with_columns(block.to_frame() if isinstance(block, pd.Series) else block)
        if self.ignore_index:
            return block.set_axis(pd.RangeIndex(len(block)))
        if self.index_type is not None:
            block = block.set_axis(_as_type(block.index, self.index_type))
        return block.rename_axis(None) if self.is_unnamed else block

    def _with_columns(self, block: Any) -> Any:
        """``block`` with all columns, of their types."""
        types = dict(self.casts)
        if self.columns != tuple(block.columns):
            own = set(block.columns)
            block = block.reindex(columns=list(self.columns or ()))
            for i, name in enumerate(self.columns or ()):
                if name not in own:  # not every type can be cast from the NaN that are there
                    block.isetitem(i, pd.Series(index=block.index, dtype=types.pop(name)))
        for name, dtype in types.items():
            _check_gaps(block[name], dtype)
        return block.astype(types) if types else block

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or self.columns is None:
            return Projection(self, (None,))
        columns = tuple([name for name in self.columns if name in wanted])
        casts = tuple([pair for pair in self.casts if pair[0] in wanted])
        return Projection(dataclasses.replace(self, columns=columns, casts=casts), (wanted,))

    @property
    def label(self) -> str:
        return "conform"


def _as_type(values: Any, dtype: Any) -> Any:
    _check_gaps(values, dtype)
    return values.astype(dtype)


def _check_gaps(values: Any, dtype: Any) -> None:
    """Raise UsageError where only values, not types, say that the answer has another type than ``dtype``."""
    has_none = isinstance(dtype, np.dtype) and dtype.kind in "iu"
    if has_none and isinstance(values.dtype, pd.CategoricalDtype) and values.isna().any():
        shown = "labels" if isinstance(values, pd.Index) else f"column {values.name!r:.80}"
        raise UsageError(
            f"concat: the {shown} of categories of type {dtype} lack values, and which type pandas gives to all rows depends on "
            'whether any partition does; use astype("float64"), or the same categories in all frames, before'
        )


@frozen
class Concat(FrameKernel):
    """``pandas.concat`` of blocks."""

    axis: int
    join: Any
    rows_kept: bool = False
    """Whether all blocks have the same rows."""
    sort: bool = False
    """Whether columns are in the order of their names; beside each other, rows of other labels in that of these."""

    def __call__(self, *blocks: Any) -> Any:
        sort = self.sort and not (self.axis == 1 and blocks[0].index.equals(blocks[1].index))
        return pd.concat(list(blocks), axis=self.axis, join=self.join, sort=sort)  # type: ignore[call-overload]

    @property
    def keeps_rows(self) -> bool:  # type: ignore[override]
        """As it is told."""
        return self.rows_kept

    @property
    def label(self) -> str:
        return "concat"
