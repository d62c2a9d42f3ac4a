"""Means and sums whose weights fall with each row: those of a block alone, blended with those of all rows before.

The mean of all rows up to a row lies between that of its block alone and the one that was carried to the block.  How
far it is towards the latter depends on what that weighs, and on how many rows are between.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.moments import Floats
from pannier.kernels.frames.scans import columns_of, with_columns

_CARRIED: Final = 3
"""Rows of a table that are carried: the mean after all rows, what it weighs against a next value, the number of values."""


@frozen
class Weights:
    """How the weights of values fall; a value weighs 1, or, if they do not ``adjust``, ``alpha``."""

    alpha: float
    adjust: bool
    ignore_na: bool

    def windows(self, values: Any, min_periods: int = 0) -> Any:
        """Pandas' windows of ``values``."""
        return values.ewm(
            alpha=self.alpha, adjust=self.adjust, ignore_na=self.ignore_na, min_periods=min_periods
        )

    def steps(self, seen: Any) -> Any:
        """How often weights have fallen at each row, from before the first one, where ``seen`` are no missing values."""
        return np.cumsum(seen) if self.ignore_na else np.arange(1, len(seen) + 1)

    def left(self, steps: Any) -> Any:
        """What is left of a weight after ``steps``."""
        return (1.0 - self.alpha) ** steps

    def totals(self, seen: Any) -> Floats:
        """What all values up to each row weigh together."""
        ones = pd.Series(np.where(seen, 1.0, np.nan))
        made: Floats = ones.ewm(alpha=self.alpha, ignore_na=self.ignore_na).sum().fillna(0.0).to_numpy()
        return made


class Blend(NamedTuple):
    """How means of rows alone and a mean before them become one; an entry for each value."""

    mean: Floats
    """The mean of the rows alone."""
    toward: Floats
    """What is left out of the mean for what was before: the mean itself, or the first value."""
    left: Floats
    """What is left of the weight before, where it meets values."""
    weight: Floats
    """What these values weigh; missing, where it is what is left to 1."""
    kept: Floats
    """Which part of what was before is kept since."""

    def with_mean(self, before: Any) -> Floats:
        """The means of all rows, ``before`` having what was carried to them."""
        mean, weight, count = before[:_CARRIED]
        old = self.left * weight
        own = np.where(np.isnan(self.weight), 1.0 - old, self.weight)
        with np.errstate(invalid="ignore"):
            blended = self.mean + self.kept * old / (old + own) * (mean - self.toward)
        return np.where(count > 0, blended, self.mean)


def _blend(weights: Weights, column: pd.Series[float], seen: Any) -> Blend:
    """How the means at the values of ``column`` are blended, those of its rows that are ``seen``."""
    values = column.to_numpy()[seen]
    alone = weights.windows(column).mean().to_numpy()[seen]
    steps, ones = weights.steps(seen)[seen], np.ones(len(values))
    left = weights.left(steps)
    if weights.adjust or not len(values):
        return Blend(alone, alone, left, weights.totals(seen)[seen], ones)
    since = weights.left(np.diff(steps))
    # pandas takes 0.5 for what is left since the last value
    own = np.nan if weights.alpha == 0.5 else weights.alpha
    kept = np.cumprod(np.append(1.0, since if np.isnan(own) else since / (since + own)))
    return Blend(alone, ones * values[0], ones * left[0], ones * own, kept)


@frozen
class WeighedTotals(FrameKernel):
    """What later blocks need of a block of numbers, a column a column.

    >>> weights = Weights(0.5, True, False)
    >>> WeighedTotals(weights)(pd.Series([1.0, 4.0]))[:3].tolist()
    [[3.0], [1.5], [2.0]]
    """

    weights: Weights
    label: ClassVar[str] = "weighed totals"

    def __call__(self, *blocks: Any) -> Floats:
        tables = [self._table(column) for column in columns_of(blocks[0])]
        return np.stack(tables, axis=1) if tables else np.zeros((_CARRIED + 6, 0))

    def _table(self, column: pd.Series[float]) -> Floats:
        """First what is carried, then the blend of the last value, and what is left of the weight before at the end."""
        seen, weights = column.notna().to_numpy(), self.weights
        steps = weights.steps(seen)
        if not seen.any():
            left = weights.left(steps[-1]) if len(steps) else 1.0
            return np.array([np.nan, 0.0, 0.0, np.nan, np.nan, 1.0, 1.0, 1.0, left])
        last = [entry[-1] for entry in _blend(weights, column, seen)]
        if weights.adjust:
            weight, left = weights.totals(seen)[-1], weights.left(steps[-1])
        else:
            weight, left = weights.left(steps[-1] - steps[seen][-1]), 0.0
        return np.array([last[0], weight, seen.sum(), *last, left])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


@frozen
class RunningWeighed(FrameKernel):
    """What is carried from a block on, of it and of what was carried to it; None is carried to the first."""

    label: ClassVar[str] = "carry weighed totals"

    def __call__(self, *blocks: Any) -> Floats:
        table, before = blocks
        if before is None:
            return table  # type: ignore[no-any-return]
        _, weight, count, *blend, left = table
        mean = np.where(count > 0, Blend(*blend).with_mean(before), before[0])
        return np.stack([mean, left * before[1] + weight, before[2] + count])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


@frozen
class WeighedRows(FrameKernel):
    """mean or sum of all values up to each row of a block, the second argument having what was carried to it."""

    name: str
    weights: Weights
    min_periods: int
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        if not before:
            return getattr(self.weights.windows(block, self.min_periods), self.name)()
        pairs = zip(columns_of(block), before[0].T, strict=True)
        return with_columns(block, [self._column(column, carried) for column, carried in pairs])

    def _column(self, column: pd.Series[float], before: Floats) -> pd.Series[float]:
        mean, weight, count = before[:_CARRIED]
        seen = column.notna().to_numpy()
        so_far = np.cumsum(seen)
        values = np.append(mean, _blend(self.weights, column, seen).with_mean(before))[so_far]
        if self.name == "sum":
            values = values * (
                self.weights.totals(seen) + self.weights.left(self.weights.steps(seen)) * weight
            )
        values[count + so_far < max(self.min_periods, 1)] = np.nan
        return pd.Series(values, index=column.index, name=column.name)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return f"ewm.{self.name}"
