"""Moments of groups: counts, means and sums of powers of distances from the mean, merged without loss.

Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979), and
Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments"
(2008), for all partials of a group at once.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from pannier.frozen import frozen
from pannier.kernels.frames.groupcodes import Codes
from pannier.kernels.frames.groupstates import Array, Present, Rows, State

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
        n = rows.count(present)
        with np.errstate(invalid="ignore", over="ignore"):
            own = rows.once(self.column, _distances, rows, present.codes, present.numbers, n)
            if self.order == 2:
                return [n, own.mean, own.squares]
            away = own.away - own.rest[present.codes]
            sums, power = [], away
            for _ in range(2, self.order + 1):
                power = power * away
                sums.append(rows.total(present.codes, power))
        return [n, own.mean, *sums]

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
        with np.errstate(invalid="ignore", over="ignore"):
            if xs.positions is None and ys.positions is None:
                codes, n = rows.groups.codes, rows.size()
                of_x = rows.once(self.x, _distances, rows, codes, xs.numbers, n)
                of_y = rows.once(self.y, _distances, rows, codes, ys.numbers, n)
            else:
                codes, x, y = _of_both(xs, ys, len(rows.groups.codes))
                n = np.bincount(codes, minlength=rows.groups.n)
                of_x, of_y = _distances(rows, codes, x, n), _distances(rows, codes, y, n)
            products = rows.total(codes, of_x.away * of_y.away) - n * of_x.rest * of_y.rest
            return [n, of_x.mean, of_y.mean, of_x.squares, of_y.squares, products]

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


class _Distances(NamedTuple):
    """How far values are from the mean of their group."""

    mean: Floats
    away: Floats
    """Of each value from the mean as it is first summed up."""
    rest: Floats
    """How far that mean is from ``mean``."""
    squares: Floats
    """The sums of the squares of distances from ``mean``."""


def _distances(rows: Rows, codes: Codes, values: npt.NDArray[Any], n: npt.NDArray[Any]) -> _Distances:
    numbers = values.astype(np.float64, copy=False)
    rough = _ratio(rows.total(codes, numbers), n)
    away = numbers - rough[codes]
    rest = _ratio(rows.total(codes, away), n)
    squares = rows.total(codes, away * away) - n * rest * rest
    return _Distances(rough + rest, away, rest, np.maximum(squares, 0.0))


def _of_both(xs: Present, ys: Present, rows: int) -> tuple[Codes, npt.NDArray[Any], npt.NDArray[Any]]:
    """The groups of those rows that have both values, and these."""
    everywhere = np.arange(rows)
    at_x = everywhere if xs.positions is None else xs.positions
    at_y = everywhere if ys.positions is None else ys.positions
    _, in_x, in_y = np.intersect1d(at_x, at_y, assume_unique=True, return_indices=True)
    return xs.codes[in_x], xs.numbers[in_x], ys.numbers[in_y]


def _centred(partials: Rows, codes: Codes, means: Floats, n: Floats, count: Floats) -> tuple[Floats, Floats]:
    """The mean of the ``means`` of ``n`` values each, by group, and how far each is from that of its group."""
    mean = _ratio(partials.total(codes, means * n), count)
    mean += _ratio(partials.total(codes, (means - mean[codes]) * n), count)
    return mean, means - mean[codes]
