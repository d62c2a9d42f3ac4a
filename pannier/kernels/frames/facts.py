"""Facts of columns that are no statistics: whether they are in order, or unique, and how large they are."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.frames.reductions import FrameReduction, columns_of


class Stretch(NamedTuple):
    """Whether some values are in order, and the first and last of them."""

    holds: bool
    ends: pd.Series[Any] | pd.MultiIndex


@frozen
class Monotonic(FrameReduction):
    """Whether each value of a series, or label of an index, is not below (or above) the one before.

    >>> rises = Monotonic("is_monotonic_increasing")
    >>> parts = [pd.Series([1, 2]), pd.Series([2, 5])]
    >>> rises.finish(rises.combine([rises.chunk(part) for part in parts]))
    True
    """

    name: str

    def chunk(self, records: Any) -> Stretch:
        (values,) = columns_of(records)
        ends = values if len(values) < 3 else values.take([0, -1])
        return Stretch(bool(getattr(values, self.name)), ends)

    def combine(self, partials: list[Stretch]) -> Stretch:
        if not all(partial.holds for partial in partials):
            return Stretch(False, partials[0].ends)
        return self.chunk(concatenated([partial.ends for partial in partials]))

    def finish(self, partial: Stretch) -> bool:
        return partial.holds

    @property
    def label(self) -> str:
        return self.name


@frozen
class IsUnique(FrameReduction):
    """Whether no value of a series, or label of an index, is there twice; the first that is ends the search."""

    def chunk(self, records: Any) -> pd.Series[Any] | None:
        (values,) = columns_of(records)
        return values if values.is_unique else None

    def combine(self, partials: list[pd.Series[Any] | None]) -> pd.Series[Any] | None:
        known = [partial for partial in partials if partial is not None]
        return self.chunk(concatenated(known)) if len(known) == len(partials) else None

    def finish(self, partial: pd.Series[Any] | None) -> bool:
        return partial is not None

    @property
    def label(self) -> str:
        return "is_unique"


@frozen
class HasMissing(FrameReduction):
    """Whether a value of a series, or a label of an index, is missing."""

    def chunk(self, records: Any) -> bool:
        return bool(records.hasnans)

    def combine(self, partials: list[bool]) -> bool:
        return any(partials)

    @property
    def label(self) -> str:
        return "hasnans"


@frozen
class MemoryUsage(FrameReduction):
    """The bytes of each column, and of the index; of a series or an index, of all of it."""

    index: bool
    deep: bool

    def chunk(self, records: Any) -> Any:
        return memory_usage(records, self.index, self.deep)

    def combine(self, partials: list[Any]) -> Any:
        return sum(partials[1:], start=partials[0])

    @property
    def label(self) -> str:
        return "memory_usage"


@frozen
class MemoryOfPartition(FrameKernel):
    """The bytes of a partition, under its number."""

    index: bool
    deep: bool

    def __call__(self, *blocks: Any) -> Any:
        block, number = blocks
        usage = memory_usage(block, self.index, self.deep)
        return pd.Series(
            [usage.sum() if isinstance(usage, pd.Series) else usage], index=[number], dtype="int64"
        )

    @property
    def label(self) -> str:
        return "memory_usage_per_partition"


@frozen
class Size(FrameReduction):
    """The bytes of all values, without the index."""

    def chunk(self, records: Any) -> int:
        return sum([int(column.nbytes) for column in columns_of(records)])

    def combine(self, partials: list[int]) -> int:
        return sum(partials)

    @property
    def label(self) -> str:
        return "nbytes"


@frozen
class IndexEnds(FrameReduction):
    """How many rows there are, and the first and the last label."""

    is_numbered: bool = False

    @property
    def columns(self) -> Columns:
        """No column at all."""
        return frozenset()

    def chunk(self, records: Any) -> tuple[int, list[Any]]:
        index = records if isinstance(records, pd.Index) else records.index
        return len(index), [index[0], index[-1]] if len(index) else []

    def combine(self, partials: list[tuple[int, list[Any]]]) -> tuple[int, list[Any]]:
        rows = sum([n for n, _ in partials])
        ends = [label for _, labels in partials for label in labels]
        if not ends:
            return rows, []
        return rows, [0, rows - 1] if self.is_numbered else [ends[0], ends[-1]]


def memory_usage(block: Any, index: bool, deep: bool) -> Any:
    """The bytes of a block, as pandas counts them."""
    return (
        block.memory_usage(deep=deep)
        if isinstance(block, pd.Index)
        else block.memory_usage(index=index, deep=deep)
    )
