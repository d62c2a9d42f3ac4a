"""Covariance and correlation of columns: sums of products of distances from means, merged without loss.

Each pair of columns counts the rows that have both values, so every sum is a matrix: of pairs.
"""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.reductions import FrameReduction, columns_of, reduced_dtype

Floats = npt.NDArray[np.float64]

_RUN: Final = 1 << 14
"""Rows that are looked at at a time: few enough to stay in the cache, and not to start threads."""


class Comoments(NamedTuple):
    """Of each pair of columns, in a matrix or in several, over the rows that have both: how many, the mean of the first, and sums."""

    like: Any
    n: Floats
    mean: Floats
    squares: Floats
    """The sums of squares of distances of the first from its mean."""
    products: Floats
    """The sums of products of distances of the two from their means."""
    has_gaps: bool = False
    """Whether any value of any column is missing."""
    infinite: Any = False
    """Which columns have infinite values."""


@frozen
class Pairwise(FrameReduction):
    """cov or corr of each pair of columns of a frame; of one pair, a value, where ``is_one`` pair is asked for.

    As in pandas infinite values of a frame are missing, for cov if others are; and then that has one degree of freedom
    less than values, whatever ``ddof`` is.

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
            if not (self.is_one and dtype.kind in "mM"):  # two series of times are numbers for pandas
                reduced_dtype("var", dtype)  # raises what pandas has against the type
        values, like = _matrix(records), emptied(records)
        has_gaps, is_infinite = bool(np.isnan(values).any()), np.isinf(values)
        if not self.is_one and is_infinite.any():
            values = np.where(is_infinite, np.nan, values)
        whole = self.combine([Comoments(like, *comoments_of(run)) for run in _runs(values)])
        return whole._replace(has_gaps=has_gaps, infinite=is_infinite.any(axis=1))

    def combine(self, partials: list[Comoments]) -> Comoments:
        return functools.reduce(_merged, partials)

    def finish(self, partial: Comoments) -> Any:
        answer = _correlation(partial) if self.name == "corr" else self._covariance(partial)
        answer[_are_few(partial, self.min_periods)] = np.nan
        if self.is_one:
            return answer[0, 1]
        columns = partial.like.columns
        return pd.DataFrame(answer, index=columns, columns=columns)

    def _covariance(self, partial: Comoments) -> Floats:
        if self.is_one:
            return _covariance(partial, self.ddof)
        if partial.has_gaps:
            return _covariance(partial, 1)
        answer = _covariance(partial, self.ddof)
        answer[partial.infinite] = np.nan
        answer[:, partial.infinite] = np.nan
        return answer

    @property
    def label(self) -> str:
        return self.name


@frozen
class WithOthers(FrameReduction):
    """corr of each column of a frame with the last one, or, of ``halves``, with that of its place in the second half.

    >>> corr = WithOthers(pd.Series([0.0], index=["x"]), halves=False)
    >>> corr.finish(corr.chunk(pd.DataFrame({0: [1, 2, 4], 1: [3, 2, 0]})))
    x   -1.0
    dtype: float64
    """

    example: pd.Series[Any]
    """An answer, of those columns and of others that have none."""
    halves: bool
    min_periods: int | None = None

    def chunk(self, records: Any) -> Comoments:
        values = _matrix(records)
        firsts = values[: len(values) // 2] if self.halves else values[:-1]
        others = values[len(firsts) :]
        if self.halves:  # pandas multiplies others by zero to see which are missing
            others = np.where(np.isinf(others), np.nan, others)
        pairs = [np.stack(pair) for pair in zip(firsts, np.broadcast_to(others, firsts.shape), strict=True)]
        found = [
            functools.reduce(_merged, [Comoments(None, *comoments_of(run)) for run in _runs(pair)])
            for pair in pairs
        ]
        n, mean, squares, products = (
            np.array([each[i] for each in found]).reshape(-1, 2, 2) for i in range(1, 5)
        )
        return Comoments(None, n, mean, squares, products)

    def combine(self, partials: list[Comoments]) -> Comoments:
        return functools.reduce(_merged, partials)

    def finish(self, partial: Comoments) -> Any:
        answer = _correlation(partial)
        answer[_are_few(partial, self.min_periods)] = np.nan
        values = np.full(len(self.example), np.nan)
        values[: len(answer)] = answer[:, 0, 1]
        return pd.Series(values, index=self.example.index).astype(self.example.dtype)

    @property
    def label(self) -> str:
        return "corrwith"


def _runs(values: Floats) -> list[Floats]:
    """The columns of a matrix, some at a time; once where there are none."""
    return [values[:, i : i + _RUN] for i in range(0, max(values.shape[1], 1), _RUN)]


def _covariance(partial: Comoments, ddof: int) -> Floats:
    n = partial.n
    with np.errstate(invalid="ignore", divide="ignore"):
        return partial.products / np.maximum(n - ddof, 0.0)


def _correlation(partial: Comoments) -> Floats:
    squares = partial.squares
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(partial.products / np.sqrt(squares * squares.swapaxes(-1, -2)), -1.0, 1.0)


def _are_few(partial: Comoments, min_periods: int | None) -> npt.NDArray[np.bool_]:
    """Which pairs have fewer rows than there must be."""
    return partial.n < max(1 if min_periods is None else min_periods, 1)


def _matrix(frame: pd.DataFrame) -> Floats:
    """The columns of a frame as rows of floats, NaN where they are missing."""
    columns = [column.to_numpy(np.float64, na_value=np.nan) for _, column in frame.items()]
    return np.stack(columns) if columns else np.empty((0, len(frame)))


def comoments_of(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The parts of :class:`Comoments` of the rows of a matrix."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore", over="ignore"):
        if not there.all():
            return _of_gaps(values, there)
        k, n = values.shape
        centre = values.sum(axis=1) / max(n, 1)
        distances = values - centre[:, np.newaxis]
        rest = distances.sum(axis=1) / max(n, 1)
        distances -= rest[:, np.newaxis]
        products = distances @ distances.T
    wide = np.ones((k, k))
    means = wide * (centre + rest)[:, np.newaxis]
    return wide * n, means, wide * np.diag(products)[:, np.newaxis], products


def _of_gaps(values: Floats, there: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """The same where not all values are ``there``: each pair over the columns of the matrix that have both."""
    k = len(values)
    n, mean, squares, products = (np.zeros((k, k)) for _ in range(4))
    for i in range(k):
        for j in range(i, k):
            both = there[i] & there[j]
            (x, mean[i, j]), (y, mean[j, i]) = _centred(values[i][both]), _centred(values[j][both])
            n[i, j] = n[j, i] = len(x)
            squares[i, j], squares[j, i] = _product(x, x), _product(y, y)
            products[i, j] = products[j, i] = _product(x, y)
    return n, mean, squares, products


def _product(x: Floats, y: Floats) -> Any:
    """Their inner product, by this thread alone, where ``x @ y`` may start others."""
    return np.einsum("i,i", x, y)


def _centred(values: Floats) -> tuple[Floats, float]:
    """The distances of ``values``, which are overwritten, from their mean, and the mean."""
    n = max(len(values), 1)
    mean = values.sum() / n
    values -= mean
    rest = values.sum() / n
    values -= rest
    return values, float(mean + rest)


def _merged(a: Comoments, b: Comoments) -> Comoments:
    n = a.n + b.n
    share = np.divide(b.n, n, out=np.zeros_like(n), where=n > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        d = np.where((a.n > 0) & (b.n > 0), b.mean - a.mean, 0.0)
        mean = np.where(a.n > 0, a.mean + d * share, b.mean)
        weight = a.n * share
        squares = a.squares + b.squares + d * d * weight
        products = a.products + b.products + d * d.swapaxes(-1, -2) * weight
    has_gaps, infinite = a.has_gaps or b.has_gaps, a.infinite | b.infinite
    return Comoments(a.like, n, mean, squares, products, has_gaps, infinite)


@frozen
class Pair(FrameKernel):
    """The columns of two frames, or series, in one, row by row; of other rows, those of the labels that both have."""

    def __call__(self, *blocks: Any) -> Any:
        # One block is both.
        first, second = blocks[0].align(blocks[-1], join="inner", axis=0)
        columns = [column.array for each in (first, second) for column in columns_of(each)]
        return pd.DataFrame(dict(enumerate(columns)), copy=False)
