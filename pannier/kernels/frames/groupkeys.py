"""Rows with their keys in front: what an aggregation by group reads."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import Slot, fill


@frozen
class Index:
    """Stands for the index of a frame, or one level of it, as a key."""

    level: int | None = None


@frozen
class Keyed(FrameKernel):
    """A frame of the keys of rows, then the values that are asked for, called 0, 1, 2 and so on.

    A key is a column's name, an :class:`Index`, or a :class:`~pannier.kernels.kernel.Slot` for a further block.

    >>> Keyed(("b",), ("a",))(pd.DataFrame({"a": [1], "b": [2]})).values.tolist()
    [[2, 1]]
    """

    keys: tuple[Any, ...]
    values: tuple[Any, ...]
    """Names of columns; of a series, None for itself."""
    tells_apart: bool = False
    """Whether keys that are texts may be categories instead, as long as groups are the same."""
    lets_infinite_go: bool = False
    """Whether infinite values are missing."""
    marks_gaps: bool = False
    """Whether a last column says which rows lack a value, infinite ones aside."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        columns = [self._key(block, key) for key in fill(self.keys, blocks)]
        values = [block if name is None else block[name] for name in self.values]
        gaps = [np.logical_or.reduce([each.isna() for each in values])] if self.marks_gaps else []
        if self.lets_infinite_go:
            values = [each.where(~np.isinf(each)) if each.dtype.kind == "f" else each for each in values]
        columns += [*values, *gaps]
        return pd.DataFrame(dict(enumerate(columns)), index=block.index, copy=False)

    def _key(self, block: Any, key: Any) -> Any:
        if isinstance(key, Index):
            index = block.index if key.level is None else levels_of(block.index)[key.level]
            return index.array
        if isinstance(key, (pd.Series, pd.Index)):
            return key.array  # of the same rows, whatever it is labelled
        return block[key]

    @property
    def columns_told_apart(self) -> tuple[Any, ...]:
        """The columns whose values have only to be told apart, so that texts may be read as categories."""
        return tuple([key for key in self._named() if key not in self.values]) if self.tells_apart else ()

    def _named(self) -> list[Any]:
        return [key for key in self.keys if not isinstance(key, (Index, Slot))]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if None in self.values:
            return Projection(self, (None,) * inputs)
        return Projection(self, (frozenset([*self._named(), *self.values]), *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return "groupby"
