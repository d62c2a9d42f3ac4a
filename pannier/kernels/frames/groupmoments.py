"""Moments of groups: counts, means and sums of powers of distances from the mean, merged without loss.

Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979), and
Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments"
(2008), for all partials of a group at once.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from pannier.frozen import frozen
from pannier.kernels.frames.groupcodes import Codes
from pannier.kernels.frames.groupstates import Array, Rows, State

Floats = npt.NDArray[np.float64]


@frozen
class Moments(State):
    """How many values there are, their mean, and the sums of their distances from it to the powers 2 to ``order``."""

    column: int
    order: int = 2

    @property
    def width(self) -> int:  # type: ignore[override]
        """The count, the mean and the sums."""
        return self.order + 1

    def chunk(self, rows: Rows) -> list[Array]:
        present = rows.present(self.column)
        values = present.numbers.astype(np.float64, copy=False)
        n = rows.count(present)
        with np.errstate(invalid="ignore", over="ignore"):
            mean = _ratio(rows.total(present.codes, values), n)
            distances = values - mean[present.codes]
            rest = _ratio(rows.total(present.codes, distances), n)
            mean += rest
            distances -= rest[present.codes]
            sums, power = [], distances
            for _ in range(2, self.order + 1):
                power = power * distances
                sums.append(rows.total(present.codes, power))
        return [n, mean, *sums]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        codes = partials.groups.codes
        n, means, *sums = _columns(partials, place, self.width)
        count = partials.total(codes, n)
        with np.errstate(invalid="ignore", over="ignore"):
            mean, d = _centred(partials, codes, means, n, count)
            moved = [sums[0] + n * d**2]
            if self.order > 2:
                moved.append(sums[1] + 3 * d * sums[0] + n * d**3)
            if self.order > 3:
                moved.append(sums[2] + 4 * d * sums[1] + 6 * d**2 * sums[0] + n * d**4)
            return [count, mean, *[partials.total(codes, each) for each in moved]]


@frozen
class Comoments(State):
    """Of rows that have both values: how many, their means, and the sums of products of distances from these."""

    x: int
    y: int
    width: ClassVar[int] = 6

    def chunk(self, rows: Rows) -> list[Array]:
        xs, ys = rows.present(self.x), rows.present(self.y)
        codes, x, y = rows.groups.codes, xs.numbers, ys.numbers
        if xs.positions is not None or ys.positions is not None:
            everywhere = np.arange(len(codes))
            at_x = everywhere if xs.positions is None else xs.positions
            at_y = everywhere if ys.positions is None else ys.positions
            both, in_x, in_y = np.intersect1d(at_x, at_y, assume_unique=True, return_indices=True)
            codes, x, y = codes[both], x[in_x], y[in_y]
        n = np.bincount(codes, minlength=rows.groups.n)
        with np.errstate(invalid="ignore", over="ignore"):
            mean_x, x = _distances(rows, codes, x.astype(np.float64, copy=False), n)
            mean_y, y = _distances(rows, codes, y.astype(np.float64, copy=False), n)
            return [n, mean_x, mean_y, *[rows.total(codes, each) for each in (x * x, y * y, x * y)]]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        codes = partials.groups.codes
        n, means_x, means_y, xx, yy, xy = _columns(partials, place, self.width)
        count = partials.total(codes, n)
        with np.errstate(invalid="ignore", over="ignore"):
            mean_x, dx = _centred(partials, codes, means_x, n, count)
            mean_y, dy = _centred(partials, codes, means_y, n, count)
            moved = (xx + n * dx * dx, yy + n * dy * dy, xy + n * dx * dy)
            return [count, mean_x, mean_y, *[partials.total(codes, each) for each in moved]]


def _columns(partials: Rows, place: int, width: int) -> list[npt.NDArray[np.float64]]:
    return [partials.column(place + i).to_numpy() for i in range(width)]


def _ratio(total: Floats, n: npt.NDArray[Any]) -> Floats:
    """``total / n``, 0 where there is nothing."""
    ratio: Floats = np.divide(total, n, out=np.zeros(len(n)), where=n != 0)
    return ratio


def _distances(rows: Rows, codes: Codes, values: Floats, n: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """The mean of each group, and how far each value is from that of its group."""
    mean = _ratio(rows.total(codes, values), n)
    distances = values - mean[codes]
    rest = _ratio(rows.total(codes, distances), n)
    distances -= rest[codes]
    return mean + rest, distances


def _centred(partials: Rows, codes: Codes, means: Floats, n: Floats, count: Floats) -> tuple[Floats, Floats]:
    """The mean of the ``means`` of ``n`` values each, by group, and how far each is from that of its group."""
    mean = _ratio(partials.total(codes, means * n), count)
    mean += _ratio(partials.total(codes, (means - mean[codes]) * n), count)
    return mean, means - mean[codes]
