"""Different values: which they are, and how many, exactly or nearly."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.blocks import concatenated, emptied
from pannier.kernels.frames.keyhash import hash_rows
from pannier.kernels.frames.levels import ruled
from pannier.kernels.frames.reductions import FrameReduction, columns_of

_INDEX_BITS: Final = 14
_REGISTERS: Final = 1 << _INDEX_BITS
_RANKS: Final = 64 - _INDEX_BITS


class Values(NamedTuple):
    """The different values of each column, missing ones among them, in the order in which they appear."""

    like: Any
    columns: list[Any]
    """Series; an index of levels as it is."""


@frozen
class Distinct(FrameReduction):
    """Different values as partial results."""

    def chunk(self, records: Any) -> Values:
        return Values(emptied(records), [_unique(column) for column in columns_of(records)])

    def combine(self, partials: list[Values]) -> Values:
        if len(partials) == 1:
            return partials[0]
        columns = zip(*[partial.columns for partial in partials], strict=True)
        return Values(partials[0].like, [_unique(concatenated(column)) for column in map(list, columns)])


def _unique(column: Any) -> Any:
    values = column.unique()
    if isinstance(values, pd.MultiIndex):
        return values
    # Else pandas makes texts of objects that are some here, and NaN of None.
    return pd.Series(values, dtype=object if column.dtype == object else None)


@frozen
class Unique(Distinct):
    """The different values of a series, or labels of an index, in the order in which they appear.

    >>> unique = Unique()
    >>> parts = [pd.Series([3, 1]), pd.Series([1, 2])]
    >>> unique.finish(unique.combine([unique.chunk(part) for part in parts])).tolist()
    [3, 1, 2]
    """

    def finish(self, partial: Values) -> Any:
        like, (values,) = partial
        if isinstance(values, pd.MultiIndex):
            return values
        if isinstance(like, pd.Index):
            return ruled(pd.Index(values, name=like.name), like)
        return values.rename(like.name)


@frozen
class NUnique(Distinct):
    """How many different values each column has."""

    dropna: bool = True

    def finish(self, partial: Values) -> Any:
        like, columns = partial
        if isinstance(like, pd.MultiIndex):  # pandas takes no label of levels for a missing one
            return len(columns[0])
        counts = [int(values.count()) if self.dropna else len(values) for values in columns]
        if not isinstance(like, pd.DataFrame):
            return counts[0]
        return pd.Series(counts, index=like.columns, dtype="int64") if counts else like.nunique()


@frozen
class NUniqueApproximate(FrameReduction):
    """How many different rows, or values, there are, with a standard error of 0.8 %.

    HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) on hashes of rows, read as in Ertl, "New cardinality
    estimation algorithms for HyperLogLog sketches", 2017: right from a few to billions, without tables.

    >>> distinct = NUniqueApproximate()
    >>> parts = [pd.Series([3, 1]), pd.Series([1, 2])]
    >>> distinct.finish(distinct.combine([distinct.chunk(part) for part in parts]))
    3
    """

    def chunk(self, records: Any) -> npt.NDArray[np.uint8]:
        registers = np.zeros(_REGISTERS, np.uint8)
        columns = columns_of(records)
        if not isinstance(records, pd.DataFrame):
            columns = [columns[0].dropna()]
        if not columns or not len(columns[0]):
            return registers
        hashes = hash_rows(columns)
        _, used = np.frexp(
            (hashes << np.uint64(_INDEX_BITS)).astype(np.float64)
        )  # bits up to the first that is set
        ranks = np.where(used > 0, 65 - used, _RANKS + 1).clip(max=_RANKS + 1).astype(np.uint8)
        np.maximum.at(registers, (hashes >> np.uint64(_RANKS)).astype(np.intp), ranks)
        return registers

    def combine(self, partials: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
        return np.maximum.reduce(partials)  # type: ignore[no-any-return]

    def finish(self, partial: npt.NDArray[np.uint8]) -> int:
        return round(_estimate(partial))

    @property
    def label(self) -> str:
        return "nunique_approx"


def _estimate(registers: npt.NDArray[np.uint8]) -> float:
    """How many different hashes made these registers."""
    counts = np.bincount(registers, minlength=_RANKS + 2).tolist()
    if counts[0] == _REGISTERS:
        return 0.0
    total = _REGISTERS * _tau(1 - counts[_RANKS + 1] / _REGISTERS)
    for count in reversed(counts[1 : _RANKS + 1]):
        total = (total + count) / 2
    total += _REGISTERS * _sigma(counts[0] / _REGISTERS)
    return _REGISTERS * _REGISTERS / (2 * math.log(2) * total)


def _sigma(x: float) -> float:
    """The sum of x^(2^k) 2^(k-1) for k from 1 on, and x."""
    total, factor, last = x, 1.0, -1.0
    while total != last:
        x, last = x * x, total
        total += x * factor
        factor += factor
    return total


def _tau(x: float) -> float:
    """(1 - x - the sum of (1 - x^(2^-k))^2 2^-k for k from 1 on) / 3."""
    if x in (0.0, 1.0):
        return 0.0
    total, factor, last = 1 - x, 1.0, -1.0
    while total != last:
        x, last = math.sqrt(x), total
        factor /= 2
        total -= (1 - x) ** 2 * factor
    return total / 3
