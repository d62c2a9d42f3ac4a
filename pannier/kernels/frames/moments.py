"""Moments of columns: means, variances and what is made of higher powers, merged without loss.

Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979), and
Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments"
(2008), for all columns at once.
"""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.reductions import FrameReduction, answer_of, columns_of, reduced_dtype, row_of

Floats = npt.NDArray[np.float64]


def present(column: pd.Series[Any]) -> npt.NDArray[Any]:
    """The values of ``column`` that are there, of numbers, times (as whole numbers) or objects.

    >>> (
    ...     present(pd.Series([1.5, None])),
    ...     present(pd.Series(pd.to_timedelta(["1s", None])).dt.as_unit("s")),
    ... )
    (array([1.5]), array([1]))
    """
    dtype: Any = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fciub":
        values = column.to_numpy()
        if dtype.kind in "fc":
            missing = np.isnan(values)
            return values[~missing] if missing.any() else values
        return values
    column = column.dropna()
    if dtype.kind not in "mM":
        return column.to_numpy()
    days = column.astype("int32[pyarrow]") if is_of_days(dtype) else column
    return days.astype("int64").to_numpy()


def is_of_days(dtype: Any) -> bool:
    """Whether values are days of Arrow, which pandas makes no whole numbers.

    >>> is_of_days("date32[day][pyarrow]"), is_of_days(np.dtype("datetime64[s]"))
    (True, False)
    """
    return bool(dtype == "date32[day][pyarrow]")


class Sums(NamedTuple):
    """Of each column the sum of its values, and how many they are."""

    like: Any
    totals: list[Any]
    counts: list[int]


@frozen
class Mean(FrameReduction):
    """The sum of the values over their count; that of times is exact.

    >>> mean = Mean()
    >>> mean.finish(mean.combine([mean.chunk(pd.Series([1, 2])), mean.chunk(pd.Series([6]))]))
    np.float64(3.0)
    """

    skipna: bool = True

    def chunk(self, records: Any) -> Sums:
        totals: list[Any] = []
        counts: list[int] = []
        for column in columns_of(records):
            reduced_dtype("mean", column.dtype)  # raises what pandas has against the type
            values = present(column)
            is_whole = self.skipna or len(values) == len(column)
            totals.append(_total(values, column.dtype) if is_whole else math.nan)
            counts.append(len(values))
        return Sums(emptied(records), totals, counts)

    def combine(self, partials: list[Sums]) -> Sums:
        totals = [_added(each) for each in zip(*[partial.totals for partial in partials], strict=True)]
        counts = [sum(each) for each in zip(*[partial.counts for partial in partials], strict=True)]
        return Sums(partials[0].like, totals, counts)

    def finish(self, partial: Sums) -> Any:
        like, totals, counts = partial
        dtypes = [reduced_dtype("mean", column.dtype) for column in columns_of(like)]
        means = [
            _ratio(total, n, is_time=getattr(dtype, "kind", "O") in "mM")
            for total, n, dtype in zip(totals, counts, dtypes, strict=True)
        ]
        return answer_of(row_of(means, dtypes), like)


def _total(values: npt.NDArray[Any], dtype: Any) -> Any:
    """The sum of ``values`` of a column of type ``dtype``: of times, a whole number without bounds."""
    if not len(values):
        return 0
    if dtype.kind in "mM":
        return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
    if values.dtype.kind in "Oc":
        return values.sum()
    with np.errstate(invalid="ignore", over="ignore"):
        return values.sum(dtype=np.float64)


def _added(totals: tuple[Any, ...]) -> Any:
    with np.errstate(invalid="ignore", over="ignore"):
        return sum(totals[1:], start=totals[0])


def _ratio(total: Any, n: int, is_time: bool) -> Any:
    if not n or (isinstance(total, float) and math.isnan(total)):
        return math.nan
    if is_time:
        return abs(total) // n * (1 if total >= 0 else -1)  # towards zero, as pandas cuts it
    return (float(total) if isinstance(total, Decimal) else total) / n


class Moments(NamedTuple):
    """Of each column the count, the mean, and the sums of distances from it to the powers from 2: a row each."""

    like: Any
    table: Floats


@frozen
class Spread(FrameReduction):
    """var, std, sem, skew or kurt, from merged moments: right to the last digits, also far from zero.

    >>> var = Spread("var")
    >>> parts = [pd.Series([1e9 + 4, 1e9 + 7]), pd.Series([1e9 + 13, 1e9 + 16])]
    >>> var.finish(var.combine([var.chunk(part) for part in parts]))
    np.float64(30.0)
    """

    name: str
    skipna: bool = True
    ddof: int = 1

    def chunk(self, records: Any) -> Moments:
        order = _ORDERS[self.name]
        table = np.zeros((order + 1, len(columns := columns_of(records))))
        for i, column in enumerate(columns):
            reduced_dtype(self.name, column.dtype)  # raises what pandas has against the type
            values = present(column)
            if is_of_days(column.dtype):  # they are apart by seconds
                values = values * 86400
            table[:, i] = moments_of(values, order, is_time=column.dtype.kind in "mM")
            if not self.skipna and len(values) < len(column):
                table[1:, i] = np.nan
        return Moments(emptied(records), table)

    def combine(self, partials: list[Moments]) -> Moments:
        with np.errstate(invalid="ignore", over="ignore"):
            table = functools.reduce(merged, [partial.table for partial in partials])
        return Moments(partials[0].like, table)

    def finish(self, partial: Moments) -> Any:
        like, table = partial
        with np.errstate(all="ignore"):
            values = spread_of(self.name, table, self.ddof)
        dtypes = [reduced_dtype(self.name, column.dtype) for column in columns_of(like)]
        return answer_of(row_of(values.tolist(), dtypes), like)

    @property
    def label(self) -> str:
        return self.name


def moments_of(values: npt.NDArray[Any], order: int, is_time: bool = False) -> Floats:
    """The count, the mean, and the sums of distances from it to the powers from 2 to ``order``."""
    n = len(values)
    if not n:
        return np.zeros(order + 1)
    base = 0
    if is_time:  # these are too large for floats, and their distances are not
        base = (int(values.min()) + int(values.max())) // 2
        values = values - base
    with np.errstate(invalid="ignore", over="ignore"):
        runs = [_of_run(values[i : i + _RUN], order) for i in range(0, n, _RUN)]
        tables = np.stack(runs, axis=1)
        while (half := tables.shape[1] // 2) > 0:
            left, right, rest = tables[:, :half], tables[:, half : 2 * half], tables[:, 2 * half :]
            tables = np.concatenate([merged(left, right), rest], axis=1)
    tables[1] += base
    return tables[:, 0]


def _of_run(values: npt.NDArray[Any], order: int) -> Floats:
    """The same of a few values, which stay in the cache."""
    values = values.astype(np.float64, copy=False)
    mean = values.mean()
    distances = values - mean
    rest = distances.mean()
    distances -= rest
    sums, power = [], distances
    for _ in range(2, order + 1):
        sums.append(float(np.einsum("i,i", power, distances)))  # np.dot would start threads
        if len(sums) < order - 1:
            power = power * distances
    return np.array([len(values), mean + rest, *sums])


def merged(a: Floats, b: Floats) -> Floats:
    """The moments of the values of two tables together."""
    n = a[0] + b[0]
    share = np.divide(b[0], n, out=np.zeros_like(n), where=n > 0)
    d = b[1] - a[1]
    mean = np.where(
        share == 1, b[1], a[1] + d * share
    )  # where one side has nothing, the other stays as it is
    da, db = a[1] - mean, b[1] - mean
    da[a[0] == 0], db[b[0] == 0] = 0.0, 0.0
    return np.stack(
        [n, mean, *[left + right for left, right in zip(_moved(a, da), _moved(b, db), strict=True)]]
    )


def _moved(table: Floats, d: Floats) -> list[Floats]:
    """The sums of powers of distances from a point that is ``d`` below the mean."""
    n, _, *sums = table
    moved = [sums[0] + n * d**2]
    if len(sums) > 1:
        moved.append(sums[1] + 3 * d * sums[0] + n * d**3)
    if len(sums) > 2:
        moved.append(sums[2] + 4 * d * sums[1] + 6 * d**2 * sums[0] + n * d**4)
    return moved


def spread_of(name: str, table: Floats, ddof: int = 1) -> Floats:
    """var, std, sem, skew or kurt of each column of a table of moments; NaN where there are too few values."""
    n, _, m2 = table[:3]
    if name == "skew":
        skewness = n * np.sqrt(n - 1) / (n - 2) * table[3] / m2**1.5
        return np.where((n < 3) | (m2 == 0), np.nan, skewness)
    if name == "kurt":
        rest = (n - 2) * (n - 3)
        kurtosis = n * (n + 1) * (n - 1) * table[4] / (rest * m2**2) - 3 * (n - 1) ** 2 / rest
        return np.where((n < 4) | (m2 == 0), np.nan, kurtosis)
    variance: Floats = np.where(n > ddof, m2 / (n - ddof), np.nan)
    if name == "var":
        return variance
    return np.sqrt(variance / n if name == "sem" else variance)


_RUN: Final = 1 << 14
"""Values whose moments are computed at a time."""
_ORDERS: Final = {"var": 2, "std": 2, "sem": 2, "skew": 3, "kurt": 4}
