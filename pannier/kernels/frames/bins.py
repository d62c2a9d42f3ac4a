"""Stretches of time, the bins that rows are in: how time is cut, and the label of the bin of each row.

Where bins begin may depend on the first and the last time of all rows, the *extent*; see :meth:`Bins.are_fixed`.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
import pandas as pd
from pandas import offsets

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.groupkeys import Index
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.reductions import Reduction

_ANCHORED: Final = frozenset(
    {
        offsets.MonthBegin,
        offsets.MonthEnd,
        offsets.BMonthBegin,
        offsets.BMonthEnd,
        offsets.QuarterBegin,
        offsets.QuarterEnd,
        offsets.BQuarterBegin,
        offsets.BQuarterEnd,
        offsets.YearBegin,
        offsets.YearEnd,
        offsets.BYearBegin,
        offsets.BYearEnd,
    }
)
"""Steps of the calendar: one of them leads to the same days wherever it starts."""
_DAY: Final = pd.Timedelta(days=1)

Times: TypeAlias = Any
"""An index of times: instants or spans of time."""
Extent: TypeAlias = tuple[Any, Any] | None
"""The first and the last time of rows; None if they have none."""


@frozen
class Bins:
    """How time is cut: the arguments of pandas' ``resample``."""

    rule: Any
    closed: str | None = None
    label: str | None = None
    origin: Any = "start_day"
    offset: Any = None

    @classmethod
    def of_grouper(cls, grouper: Any) -> Bins:
        """Those of a pandas Grouper with a frequency."""
        return cls(grouper.freq, grouper.closed, grouper.label, grouper.origin, grouper.offset)

    @property
    def step(self) -> Any:
        """The rule as an offset of pandas."""
        return pd.tseries.frequencies.to_offset(self.rule)

    @property
    def is_from_end(self) -> bool:
        """Whether bins are counted from the last row."""
        return isinstance(self.origin, str) and self.origin in ("end", "end_day")

    def are_regular(self, index: Times) -> bool:
        """Whether all bins of times like ``index`` are of one length, so that a border says where the others are."""
        if not isinstance(index, pd.DatetimeIndex):
            return False
        is_day = isinstance(self.step, offsets.Day)  # in a time zone some have 23 or 25 hours
        return index.tz is None if is_day else isinstance(self.step, offsets.Tick)

    def fill_extent(self, index: Times) -> bool:
        """Whether bins are of one length, and those at both ends have rows; pandas may begin one too early from the end."""
        return self.are_regular(index) and not self.is_from_end

    def are_fixed(self, index: Times) -> bool:
        """Whether a time like those of ``index`` is in the same bin, whatever other times there are."""
        if not isinstance(index, pd.DatetimeIndex):
            return False
        if self.are_regular(index) and (self.origin == "epoch" or not isinstance(self.origin, str)):
            return True
        if index.tz is not None and index.tz.utcoffset(None) is None:
            return False  # midnights are at other hours of universal time in summer
        if self.are_regular(index):
            return bool(self.origin == "start_day" and _DAY % pd.Timedelta(self.step) == pd.Timedelta(0))
        step = self.step
        is_anchored = type(step) in _ANCHORED or (
            isinstance(step, offsets.Week) and getattr(step, "weekday", None) is not None
        )
        return is_anchored and step.n == 1

    def of(self, frame: Any, origin: Any = "start_day") -> Any:
        """The bins of a pandas object."""
        takes_offset = not isinstance(frame.index, pd.DatetimeIndex) or self.are_regular(frame.index)
        offset = self.offset if takes_offset else None
        return frame.resample(self.rule, closed=self.closed, label=self.label, origin=origin, offset=offset)

    def origin_of(self, first: Any, last: Any) -> Any:
        """An instant on a border of bins of rows from ``first`` to ``last``."""
        if not isinstance(self.origin, str):
            return self.origin
        match self.origin:
            case "start":
                return first
            case "start_day":
                return first.normalize()
            case "end":
                return last
            case "end_day":
                return last.ceil("D")
            case _:
                return self.origin

    def labels_of(self, times: Times, extent: Extent) -> Times:
        """The label of the bin of each of ``times``, in any order; missing where the time is.

        >>> times = pd.DatetimeIndex(["2015-01-02 10:00", "2015-01-01 12:00"])
        >>> Bins("D").labels_of(times, None).day.tolist()
        [2, 1]
        """
        missing = times.isna()
        present = times[~missing]
        if not len(present):
            return times
        first, last = extent or (present.min(), present.max())
        find = self._by_length if self.are_regular(times) else self._by_counting
        labels = find(present, first, last)
        if missing.any():
            places = np.where(missing, -1, np.cumsum(~missing) - 1)
            labels = labels.take(places, allow_fill=True, fill_value=pd.NaT)
        return labels

    def _by_length(self, times: Times, first: Any, last: Any) -> Times:
        """The labels of ``times`` from that of the first of all, for bins of one length."""
        one = pd.Series(0, index=times[:0].insert(0, first))
        found = self.of(one, self.origin_of(first, last)).size().index
        length = pd.Timedelta(self.step)
        edge = found[0] - length if self.label == "right" else found[0]
        if self.closed == "right":
            places = -np.asarray((edge - times) // length) - 1
        else:
            places = np.asarray((times - edge) // length)
        return (found[0] + pd.to_timedelta(places * length.to_timedelta64())).as_unit(times.unit)

    def _by_counting(self, times: Times, first: Any, last: Any) -> Times:
        """The labels of ``times`` from the number of rows that pandas finds in each bin."""
        order = np.argsort(times, kind="stable")
        ordered = times[order].insert(0, first)
        ordered = ordered.insert(len(ordered), last)
        sizes = self.of(pd.Series(0, index=ordered)).size()
        if sizes.sum() != len(ordered):
            raise UsageError(
                f"bins of {self.step} have no place for some times; use those of another frequency"
            )
        places = np.empty(len(times), dtype=np.intp)
        places[order] = np.arange(len(times))
        return sizes.index.repeat(sizes)[1:-1].take(places)

    def labels_within(self, extent: tuple[Any, Any], first: Any, last: Any) -> Times:
        """The labels of all bins of rows of this ``extent``, from that labelled ``first`` to that labelled ``last``.

        A border that is None leaves none out.
        """
        ends = pd.Index(extent)
        if self.fill_extent(ends):
            return pd.date_range(first, last, freq=self.rule)
        origin = self.origin if self.are_regular(ends) else "start_day"
        every = self.of(pd.Series(0, index=ends), origin).size().index
        if first is not None:
            every = every[every >= first]
        return every if last is None else every[every <= last]


def times_of(block: Any, key: Any) -> Times:
    """The times of the rows of a block: those of column ``key``, or of a level of the index."""
    if not isinstance(key, Index):
        return pd.Index(block[key])
    return block.index if key.level is None else levels_of(block.index)[key.level]


def columns_of_times(key: Any) -> Columns:
    """The columns that times are read of."""
    return frozenset() if isinstance(key, Index) else frozenset([key])


@frozen
class TimeKey:
    """A key that is the label of the bin of a time: a pandas Grouper with a frequency."""

    bins: Bins
    key: Any
    """The column of times, or an :class:`~pannier.kernels.frames.groupkeys.Index`."""
    name: Any

    @property
    def column(self) -> Any:
        """The column of times, if there is one, else None."""
        return None if isinstance(self.key, Index) else self.key

    @property
    def without_gaps(self) -> TimeKey:
        """One that makes no bins without rows of times that are close, as pandas makes at ends if it is told of sides."""
        return dataclasses.replace(self, bins=Bins(self.bins.rule))

    @property
    def grouper(self) -> Any:
        """It for pandas."""
        bins, options = self.bins, {}
        if isinstance(bins.step, (offsets.Tick, offsets.Day)):
            options = {"origin": bins.origin, "offset": bins.offset}
        level = self.key.level if isinstance(self.key, Index) else None
        return pd.Grouper(
            key=self.column, level=level, freq=bins.rule, closed=bins.closed, label=bins.label, **options
        )


@frozen
class TimeExtent(Reduction):
    """The first and the last time of all rows; None if there is none."""

    key: Any
    over_blocks: ClassVar[bool] = True

    @property
    def columns(self) -> Columns:
        """The column of the times."""
        return columns_of_times(self.key)

    def chunk(self, records: Any) -> Extent:
        times = times_of(records, self.key).dropna()
        return (times.min(), times.max()) if len(times) else None

    def combine(self, partials: list[Extent]) -> Extent:
        some = [extent for extent in partials if extent is not None]
        return (min(first for first, _ in some), max(last for _, last in some)) if some else None

    @property
    def label(self) -> str:
        return "extent"


@frozen
class BinLabels(FrameKernel):
    """The label of the bin of each row; called with a block and, where bins are not fixed, the extent they depend on."""

    time: TimeKey
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, *extent = blocks
        labels = self.time.bins.labels_of(times_of(block, self.time.key), extent[0] if extent else None)
        return pd.Series(labels, index=block.index, name=self.time.name)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (columns_of_times(self.time.key), *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"bins of {self.time.bins.rule}"
