"""Rows drawn by chance: the seed of each partition is a parameter, so the same rows are drawn wherever it is made."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.reductions import Reduction


class _Drawing(FrameKernel):
    """A step that draws rows, called with a block and a seed; it reads no columns to do so."""

    __slots__ = ()

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))


@frozen
class SampleShare(_Drawing):
    """A share of the rows of a block, in random order.

    Their number is rounded up or down by chance, so that small blocks are neither left out nor taken whole.
    """

    frac: float
    replace: bool

    def __call__(self, *blocks: Any) -> Any:
        block, seed = blocks
        draw = np.random.default_rng(seed)
        count = int(self.frac * len(block) + draw.random())
        if not len(block):
            return block
        if not self.replace:
            count = min(count, len(block))
        return block.iloc[draw.choice(len(block), count, replace=self.replace)]

    @property
    def label(self) -> str:
        return f"sample(frac={self.frac})"


@frozen
class SplitShare(_Drawing):
    """The rows of a block for which a number drawn for each, at least 0 and below 1, is between two."""

    low: float
    high: float
    shuffle: bool

    def __call__(self, *blocks: Any) -> Any:
        block, seed = blocks
        draw = np.random.default_rng(seed)
        drawn = draw.random(len(block))
        chosen = np.flatnonzero((drawn >= self.low) & (drawn < self.high))
        return block.iloc[draw.permutation(chosen) if self.shuffle else chosen]

    @property
    def label(self) -> str:
        return f"random_split({self.high - self.low:.3g})"


@frozen
class Drawn:
    """Some rows of some partitions, as if drawn from all of them at once."""

    total: int
    """How many rows they were drawn from."""
    rows: Any
    keys: Any
    """Without replacement: the random number of each row, of which the least are kept.  With: a seed for later draws."""


@frozen
class DrawRows(_Drawing):
    """At most ``n`` rows of a block as :class:`Drawn`; with ``replace`` always ``n``, unless there is none."""

    n: int
    replace: bool

    def __call__(self, *blocks: Any) -> Drawn:
        block, seed = blocks
        draw = np.random.default_rng(seed)
        if self.replace:
            count = self.n if len(block) else 0
            chosen = draw.integers(max(1, len(block)), size=count)
            return Drawn(len(block), block.iloc[chosen], int(draw.integers(1 << 62)))
        keys = draw.random(len(block))
        least = np.argsort(keys, kind="stable")[: self.n]
        return Drawn(len(block), block.iloc[least], keys[least])

    @property
    def label(self) -> str:
        return f"sample(n={self.n})"


@frozen
class SampleRows(Reduction):
    """``n`` rows of all, each as likely as any other, from those that :class:`DrawRows` drew of each block."""

    n: int
    replace: bool
    in_pieces: ClassVar[bool] = False
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        return records

    def combine(self, partials: list[Drawn]) -> Drawn:
        filled = [partial for partial in partials if partial.total] or partials[:1]
        if len(filled) == 1:
            return filled[0]
        total = sum(partial.total for partial in filled)
        rows = concatenated([partial.rows for partial in filled])
        if not self.replace:
            keys = np.concatenate([partial.keys for partial in filled])
            least = np.argsort(keys, kind="stable")[: self.n]
            return Drawn(total, rows.iloc[least], keys[least])
        draw = np.random.default_rng([partial.keys for partial in filled])
        weights = np.array([partial.total for partial in filled]) / total
        source = draw.choice(len(filled), self.n, p=weights)  # row k comes from row k of one of the samples
        return Drawn(total, rows.iloc[source * self.n + np.arange(self.n)], int(draw.integers(1 << 62)))

    def finish(self, partial: Drawn) -> Any:
        if partial.total < self.n and not self.replace:
            raise ValueError(
                f"a sample of {self.n} rows was asked for, and there are {partial.total}; give a smaller n, or replace=True"
            )
        if not partial.total and self.n:
            raise ValueError(f"a sample of {self.n} rows was asked for, and there are none")
        return partial.rows

    @property
    def label(self) -> str:
        return f"sample(n={self.n})"
