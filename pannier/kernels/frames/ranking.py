"""Ranks of the values of a column, counted along its rows in sorted order, a partition of them at a time.

Equal values that follow each other are a *run*, and all that its rows have in common is where it starts and stops::

    sorted        a a b | b b | b c c        before partition 1 there are 3 rows, and 1 of them is of its run
    rows          1 2 3 | 1 2 | 1 2 3
    min, so far   1 1 3 | 1 1 | 1 2 2
    min           1 1 3 | 3 3 | 3 7 7

Each partition counts by itself, and its rows go home with what it counted and its number.  What is to be added depends
on the partitions around it alone, and is more or less for rows of its first run and of its last one, which may go on
there.  It is found from the ends of all partitions, a few numbers each, and added when rows are home: so no sorted rows
wait for others, and equal ones need not fit into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.groupcodes import groups_of
from pannier.kernels.frames.grouping import framed
from pannier.kernels.frames.levels import ruled
from pannier.kernels.frames.reductions import FrameReduction
from pannier.kernels.frames.sorting import Key, Order
from pannier.kernels.kernel import BlockKernel

Counts = npt.NDArray[np.int64]

METHODS: Final = ("average", "min", "max", "first", "dense")
"""How pandas ranks equal values."""
_COUNT_BITS: Final = 40
"""What a row is sent home with is the number of a partition, shifted by so many bits, and what was counted there."""
_UNRANKED: Final = -1
"""What missing values are sent home with, if they get no rank."""


@frozen
class Rankable(FrameKernel):
    """A series as a frame of one column, numbered 0, of values that are ordered as pandas ranks them.

    >>> cities = pd.Series(["b", "a"], dtype=pd.CategoricalDtype(["b", "a"]))
    >>> Rankable(None, by_value=True)(cities)[0].tolist()
    ['b', 'a']
    """

    dtype: Any
    """The type in which all columns of a frame are ranked, for what has another one; else None."""
    by_value: bool
    """Whether categories have the order of their values, not their own."""
    keeps_rows: ClassVar[bool] = True
    label: ClassVar[str] = "values"

    def __call__(self, *blocks: Any) -> Any:
        column = blocks[0]
        if self.by_value and isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(_with_gaps(column.dtype.categories.dtype))
        if self.dtype is not None:
            column = column.astype(self.dtype)
        # A level that has the number of the column as its name would stand for it too.
        unnamed = column.index.set_names([None] * column.index.nlevels)
        return column.set_axis(unnamed).to_frame(0)


def _with_gaps(dtype: Any) -> Any:
    """The type for values of type ``dtype`` of which some may be missing."""
    is_whole = isinstance(dtype, np.dtype) and dtype.kind in "biu"
    return pd.Series([], dtype=dtype).convert_dtypes().dtype if is_whole else dtype


class Ends(NamedTuple):
    """The first and the last run of a partition, whose rows are in order."""

    rows: int
    """How many are ranked."""
    runs: int = 0
    first: Key = ()
    last: Key = ()
    """The keys of the first and of the last of these rows."""
    first_rows: int = 0
    last_rows: int = 0
    """How many there are of the first run and of the last."""
    first_count: int = 0
    last_count: int = 0
    """What was counted for these."""

    def reversed(self) -> Ends:
        """The same, for what looks from behind."""
        return self._replace(
            first=self.last, last=self.first, first_rows=self.last_rows, last_rows=self.first_rows
        )


@frozen
class Ranking:
    """How the rows of sorted partitions are counted; of their columns the first has the values."""

    order: Order
    """That of the values, the smallest first."""
    method: str
    ranks_missing: bool
    """Whether missing values are ranked as others are; else they are the last ones."""

    def counted(self, block: pd.DataFrame) -> tuple[Counts, Ends]:
        """What is counted for each row that is ranked, and the ends of the block."""
        (keys,) = self.order.keys(block)
        if not self.ranks_missing:
            keys = keys.iloc[: int(keys.count())]
        rows = len(keys)
        if not rows:
            return np.empty(0, np.int64), Ends(0)
        starts = np.flatnonzero(np.diff(groups_of([keys], sort=False).codes, prepend=-1))
        stops = np.append(starts[1:], rows)
        counts = np.repeat(self._of_runs(starts, stops), stops - starts)
        if self.method == "first":
            counts = np.arange(1, rows + 1)
        key = self.order.row_keys([keys])
        ends = Ends(
            rows, len(starts), key(0), key(rows - 1), int(stops[0]), int(rows - starts[-1]), int(counts[0]), int(counts[-1])
        )  # fmt: skip
        return counts, ends

    def _of_runs(self, starts: Counts, stops: Counts) -> Counts:
        """What is counted for all rows of each run; of averages twice as much, which is a whole number."""
        if self.method == "dense":
            return np.arange(1, len(starts) + 1)
        if self.method == "max":
            return stops
        return starts + 1 + stops if self.method == "average" else starts + 1


@frozen
class LocalRanks(BlockKernel):
    """What is counted for each row of a sorted partition, and its position; the last argument is the partition's number."""

    ranking: Ranking

    def __call__(self, *blocks: Any) -> Any:
        block, number = blocks
        counts, _ = self.ranking.counted(block)
        codes = np.full(len(block), _UNRANKED, np.int64)
        codes[: len(counts)] = counts + (number << _COUNT_BITS)
        return framed([codes, block.iloc[:, -1].array], block.index)

    @property
    def label(self) -> str:
        return f"count {self.ranking.method}"


class Added(NamedTuple):
    """What is to be added to the counts of each partition, by its number."""

    to_all: Counts
    first_counts: Counts
    to_first: Counts
    """To counts that are equal to that of the first run."""
    last_counts: Counts
    to_last: Counts
    total: int
    """By which ranks are divided to be parts of all."""


@frozen
class AddedRanks(FrameReduction):
    """Sorted partitions to what is to be added to the counts of each."""

    ranking: Ranking
    in_pieces: ClassVar[bool] = False
    label: ClassVar[str] = "add"

    def chunk(self, records: Any) -> list[Ends]:
        return [self.ranking.counted(records)[1]]

    def combine(self, partials: list[list[Ends]]) -> list[Ends]:
        return [ends for several in partials for ends in several]

    def finish(self, partial: list[Ends]) -> Added:
        method = self.ranking.method
        before = tied_before(partial)
        after = tied_before([ends.reversed() for ends in partial[::-1]])[::-1]
        rows, runs = _before([ends.rows for ends in partial]), _before([ends.runs for ends in partial])
        is_dense = method == "dense"
        shared = np.cumsum(before > 0)
        nothing = np.zeros_like(before)
        to_all = runs[:-1] - shared if is_dense else rows[:-1] * (2 if method == "average" else 1)
        return Added(
            to_all,
            np.array([ends.first_count for ends in partial], np.int64),
            -before if method in ("average", "min") else nothing,
            np.array([ends.last_count for ends in partial], np.int64),
            after if method in ("average", "max") else nothing,
            int(runs[-1] - shared[-1] if is_dense else rows[-1]),
        )


def tied_before(ends: Sequence[Ends]) -> Counts:
    """For each partition how many rows right before it are of its first run.

    >>> tied_before(
    ...     [Ends(2, 1, (0, 5), (0, 5), 2, 2), Ends(0), Ends(1, 1, (0, 5), (0, 5), 1, 1)]
    ... ).tolist()
    [0, 0, 2]
    """
    found = np.zeros(len(ends), np.int64)
    last: Key = ()
    rows = 0
    for i, each in enumerate(ends):
        if not each.rows:
            continue
        if each.first == last:
            found[i] = rows
        rows = each.last_rows + (int(found[i]) if each.runs == 1 else 0)
        last = each.last
    return found


def _before(numbers: Sequence[int]) -> Counts:
    """The sums of ``numbers`` before each of them, and that of all."""
    return np.cumsum([0, *numbers], dtype=np.int64)


@frozen
class Ranks(FrameKernel):
    """The ranks of some columns: of the first half of the blocks, series of what was counted, by what is added to them.

    Labels are those of the first one.
    """

    meta: Any
    """What is made of no rows."""
    is_average: bool
    pct: bool
    renumbers: bool
    """Whether labels are only the numbers of rows, which did not go along."""
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        n = len(blocks) // 2
        ranks = [
            self._ranks(codes.to_numpy(), added) for codes, added in zip(blocks[:n], blocks[n:], strict=True)
        ]
        names = self.meta.index.names
        rows = len(blocks[0])
        own = pd.RangeIndex(rows, name=names[0]) if self.renumbers else blocks[0].index.set_names(names)
        index = ruled(own, self.meta.index)
        if isinstance(self.meta, pd.Series):
            return pd.Series(_of_type(ranks[0], self.meta.dtype), index, name=self.meta.name, copy=False)
        frame = framed(ranks, index)
        frame.columns = self.meta.columns
        return frame

    def _ranks(self, codes: Counts, added: Added) -> npt.NDArray[np.float64]:
        numbers, counts = codes >> _COUNT_BITS, codes & ((1 << _COUNT_BITS) - 1)
        whole = counts + added.to_all[numbers]
        whole += np.where(counts == added.first_counts[numbers], added.to_first[numbers], 0)
        whole += np.where(counts == added.last_counts[numbers], added.to_last[numbers], 0)
        ranks: npt.NDArray[np.float64] = whole / 2 if self.is_average else whole.astype(np.float64)
        ranks[codes == _UNRANKED] = np.nan
        return ranks / added.total if self.pct else ranks

    @property
    def label(self) -> str:
        return "rank"


def _of_type(ranks: npt.NDArray[np.float64], dtype: Any) -> Any:
    """``ranks`` in the type that pandas has for those of a series."""
    if isinstance(dtype, np.dtype):
        return ranks
    return pd.array(ranks, dtype="Float64").astype(dtype)
