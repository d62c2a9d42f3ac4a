"""Variance as a reduction: moments of runs of numbers, merged."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from pannier.errors import EmptyError
from pannier.frozen import frozen
from pannier.kernels.reductions import Reduction

VARIANCE_RECORDS: Final = 4096
"""Records whose moments are computed at once: exact sums over a run, merged over the runs."""


class Moments(NamedTuple):
    """What is to be known of numbers for their variance."""

    n: int = 0
    """How many there are."""
    mean: float = 0.0
    """Their mean, rounded."""
    rest: float = 0.0
    """What rounding took from it: of numbers near 1e9 it is as large as a small difference between means."""
    m2: float = 0.0
    """The sum of their squared distances from the mean."""


@frozen
class Variance(Reduction):
    """Variance, or its root, from merged moments: right to the last digits, also far from zero.

    Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances" (1979).

    >>> v = Variance(ddof=1)
    >>> v.finish(v.combine([v.chunk([1e9 + 4, 1e9 + 7]), v.chunk([1e9 + 13, 1e9 + 16])]))
    30.0
    """

    ddof: int = 0
    root: bool = False

    def chunk(self, records: Iterable[Any]) -> Moments:
        return functools.reduce(_merge_moments, map(_moments, _runs(records)), Moments())

    def combine(self, partials: list[Moments]) -> Moments:
        return functools.reduce(_merge_moments, partials, Moments())

    def finish(self, partial: Moments) -> float:
        n = partial.n
        if n <= self.ddof:
            raise EmptyError(f"{self.label}(ddof={self.ddof}) needs more than {self.ddof} records, not {n}")
        variance = partial.m2 / (n - self.ddof)
        return math.sqrt(variance) if self.root else variance

    @property
    def label(self) -> str:
        return "std" if self.root else "var"


def _runs(records: Iterable[Any]) -> Iterator[list[float]]:
    # ldexp(x, 0) is x as a float, and raises for a text.  It is asked while a run is gathered, because an
    # error belongs to the record that was pulled last.
    walk = map(math.ldexp, records, itertools.repeat(0))
    while run := list(itertools.islice(walk, VARIANCE_RECORDS)):
        yield run


def _moments(run: list[float]) -> Moments:
    """Those of a run that is not empty, from exact sums."""
    n = len(run)
    mean = math.fsum(run) / n
    distances = [x - mean for x in run]
    rest = math.fsum(distances) / n
    m2 = math.fsum([distance * distance for distance in distances]) - n * rest * rest
    return Moments(n, mean, rest, max(m2, 0.0))


def _merge_moments(a: Moments, b: Moments) -> Moments:
    if not a.n or not b.n:
        return a if a.n else b
    n = a.n + b.n
    distance = (b.mean - a.mean) + (b.rest - a.rest)
    step = distance * b.n / n
    mean = a.mean + step
    taken = mean - a.mean
    lost = (a.mean - (mean - taken)) + (step - taken)  # what rounding took: Knuth's exact two-sum
    return Moments(n, mean, a.rest + lost, a.m2 + b.m2 + distance * distance * a.n * b.n / n)
