"""Spreads of windows that grow with the rows: moments of each block alone, merged with those of all rows before."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.moments import Floats, merged, moments_of, present, spread_of
from pannier.kernels.frames.scans import columns_of


@frozen
class MomentTotals(FrameKernel):
    """The moments of a block of numbers, one column a column.

    >>> import pandas as pd
    >>> MomentTotals()(pd.Series([1.0, 3.0])).tolist()
    [[2.0], [2.0], [2.0]]
    """

    label: ClassVar[str] = "moments"

    def __call__(self, *blocks: Any) -> Floats:
        tables = [moments_of(present(column), 2) for column in columns_of(blocks[0])]
        return np.stack(tables, axis=1) if tables else np.zeros((3, 0))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


@frozen
class RunningMoments(FrameKernel):
    """The moments of a block and of what was carried to it; None is carried to the first."""

    label: ClassVar[str] = "carry moments"

    def __call__(self, *blocks: Any) -> Floats:
        table, before = blocks
        return table if before is None else merged(before, table)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


@frozen
class GrownSpread(FrameKernel):
    """var or std of all values up to each row of a block, the second argument having the moments before it."""

    name: str
    ddof: int
    min_periods: int
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        alone = block.expanding(1)
        counts = block.notna().cumsum().to_numpy(np.float64)
        means, variances = (made.fillna(0.0).to_numpy() for made in (alone.mean(), alone.var(ddof=0)))
        table = np.stack([counts, means, variances * counts])
        if before:
            (totals,) = before
            earlier = totals.reshape(3, 1, -1) if block.ndim == 2 else totals
            table = merged(np.broadcast_to(earlier, table.shape), table)
        with np.errstate(all="ignore"):
            values = spread_of(self.name, table, self.ddof)
        made = block.copy()
        made[:] = np.where(table[0] >= self.min_periods, values, np.nan)
        return made

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return self.name
