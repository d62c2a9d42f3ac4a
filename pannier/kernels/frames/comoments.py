"""Covariance and correlation of columns: sums of products of distances from means, merged without loss.

Each pair of columns counts the rows that have both values, so every sum is a matrix: of pairs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.reductions import FrameReduction, reduced_dtype

Floats = npt.NDArray[np.float64]


class Comoments(NamedTuple):
    """Of each pair of columns, over the rows that have both: how many, the mean of the first, and sums."""

    like: Any
    n: Floats
    mean: Floats
    squares: Floats
    """The sums of squares of distances of the first from its mean."""
    products: Floats
    """The sums of products of distances of the two from their means."""


@dataclass(frozen=True, slots=True)
class Pairwise(FrameReduction):
    """cov or corr of each pair of columns of a frame; of one pair, a value, where ``is_one`` pair is asked for.

    >>> corr = Pairwise("corr")
    >>> parts = [pd.DataFrame({"x": [1, 2], "y": [2, 4]}), pd.DataFrame({"x": [3.0], "y": [6.0]})]
    >>> corr.finish(corr.combine([corr.chunk(part) for part in parts])).loc["x", "y"]
    np.float64(1.0)
    """

    name: str
    min_periods: int | None = None
    ddof: int = 1
    is_one: bool = False

    def chunk(self, records: Any) -> Comoments:
        for dtype in records.dtypes:
            reduced_dtype("var", dtype)  # raises what pandas has against the type
        return Comoments(emptied(records), *comoments_of(_matrix(records)))

    def combine(self, partials: list[Comoments]) -> Comoments:
        return functools.reduce(_merged, partials)

    def finish(self, partial: Comoments) -> Any:
        like, n, _, squares, products = partial
        fewest = 1 if self.min_periods is None else self.min_periods
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.name == "cov":
                answer = products / np.where(n > self.ddof, n - self.ddof, np.nan)
            else:
                answer = np.clip(products / np.sqrt(squares * squares.T), -1.0, 1.0)
        answer[n < max(fewest, 1)] = np.nan
        if self.is_one:
            return answer[0, 1]
        return pd.DataFrame(answer, index=like.columns, columns=like.columns)

    @property
    def label(self) -> str:
        return self.name


def _matrix(frame: pd.DataFrame) -> Floats:
    """The values of a frame as floats, NaN where they are missing."""
    columns = [column.to_numpy(np.float64, na_value=np.nan) for _, column in frame.items()]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def comoments_of(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The parts of :class:`Comoments` of the columns of a matrix."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore", over="ignore"):
        centre = np.where(there, values, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        distances = np.where(there, values - centre, 0.0)
        if not there.all():
            n, mean, squares, products = _of_gaps(distances, there)
            return n, centre[:, np.newaxis] + mean, squares, products
        if len(values):
            rest = distances.mean(axis=0)
            distances -= rest
            centre += rest
        products = distances.T @ distances
    wide = np.ones_like(products)
    return wide * len(values), wide * centre[:, np.newaxis], wide * np.diag(products)[:, np.newaxis], products


def _of_gaps(distances: Floats, there: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """The same of ``distances``, 0 where nothing is ``there``: pairs of column i and each, one i after the other."""
    k = distances.shape[1]
    n, mean, squares, products = (np.zeros((k, k)) for _ in range(4))
    for i in range(k):
        rows = there[:, i]
        both, others = there[rows], distances[rows]
        own = np.where(both, others[:, i : i + 1], 0.0)
        n[i] = both.sum(axis=0)
        mean[i] = own.sum(axis=0) / np.maximum(n[i], 1)
        own = np.where(both, own - mean[i], 0.0)
        others = np.where(both, others - others.sum(axis=0) / np.maximum(n[i], 1), 0.0)
        squares[i] = (own * own).sum(axis=0)
        products[i] = (own * others).sum(axis=0)
    return n, mean, squares, products


def _merged(a: Comoments, b: Comoments) -> Comoments:
    n = a.n + b.n
    share = np.divide(b.n, n, out=np.zeros_like(n), where=n > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        d = np.where((a.n > 0) & (b.n > 0), b.mean - a.mean, 0.0)
        mean = np.where(a.n > 0, a.mean + d * share, b.mean)
        weight = a.n * share
        squares = a.squares + b.squares + d * d * weight
        products = a.products + b.products + d * d.T * weight
    return Comoments(a.like, n, mean, squares, products)


@dataclass(frozen=True, slots=True)
class Pair(FrameKernel):
    """Two series of the same rows as the columns of a frame."""

    def __call__(self, *blocks: Any) -> Any:
        return pd.DataFrame({0: blocks[0].array, 1: blocks[1].array}, copy=False)
