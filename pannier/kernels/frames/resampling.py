"""Rows by stretches of time: which bin each is in, and the bins in which there is none."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.windows import one_row
from pannier.kernels.kernel import bind


@frozen
class Bins:
    """How time is cut: the arguments of pandas' ``resample``."""

    rule: Any
    closed: str | None = None
    label: str | None = None
    origin: Any = "start_day"
    offset: Any = None

    @property
    def is_from_end(self) -> bool:
        """Whether bins are counted from the last row."""
        return isinstance(self.origin, str) and self.origin in ("end", "end_day")

    def are_regular(self, index: pd.Index[Any]) -> bool:
        """Whether all bins of times like ``index`` are of one length, so that a border says where the others are."""
        if not isinstance(index, pd.DatetimeIndex):
            return False
        offset = _offset(self.rule)
        is_day = isinstance(offset, pd.offsets.Day) and index.tz is None  # else some have 23 or 25 hours
        return is_day or (isinstance(offset, pd.offsets.Tick) and not isinstance(offset, pd.offsets.Day))

    def of(self, frame: Any, origin: Any = "start_day") -> Any:
        """The bins of a pandas object."""
        return frame.resample(
            self.rule, closed=self.closed, label=self.label, origin=origin, offset=self.offset
        )

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

    def labels_between(self, first: Any, last: Any, unit: Any) -> pd.Index[Any]:
        """The labels of bins from that labelled ``first`` to that labelled ``last``."""
        if isinstance(first, pd.Timedelta):
            return pd.timedelta_range(first, last, freq=self.rule).as_unit(unit)
        return pd.date_range(first, last, freq=self.rule).as_unit(unit)


def _offset(rule: Any) -> Any:
    return pd.tseries.frequencies.to_offset(rule)


@frozen
class TimeEnds(FrameKernel):
    """The first and the last label of a block whose labels are times in order; None if it has no rows."""

    verb: str

    def __call__(self, *blocks: Any) -> Any:
        labels = blocks[0].index
        if not labels.is_monotonic_increasing or labels.hasnans:
            raise UsageError(
                f"{self.verb} needs times in order, none missing, and those of a partition, {labels.min()} to {labels.max()}, "
                "are not; use sort_values() or set_index() first"
            )
        return (labels[0], labels[-1]) if len(labels) else None

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset(),))

    @property
    def label(self) -> str:
        return "ends"


@frozen
class RunningEnds(FrameKernel):
    """The first label of all blocks so far and the last one; the second argument is this before the block, or None."""

    verb: str

    def __call__(self, *blocks: Any) -> Any:
        ends, before = blocks
        if ends is None or before is None:
            return before if ends is None else ends
        if ends[0] < before[1]:
            raise UsageError(
                f"{self.verb} needs times in order, and {ends[0]} comes after {before[1]}, in an earlier partition; use "
                "sort_values() or set_index() first"
            )
        return before[0], ends[1]

    @property
    def label(self) -> str:
        return "carry ends"


@frozen
class BinLabels(FrameKernel):
    """The label of the bin of each row; called with a block, and the first and the last label that decide on bins."""

    bins: Bins
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, ends = blocks
        index = block.index
        if not len(index):
            return pd.Series(index, index=index, name=index.name)
        bins = self.bins
        if bins.are_regular(index):
            sizes = bins.of(pd.Series(0, index=index), bins.origin_of(*ends)).size()
            labels = sizes.index.repeat(sizes)
        else:  # where bins begin is known by their first row only
            from_first = index.insert(0, ends[0])
            sizes = bins.of(pd.Series(0, index=from_first)).size()
            labels = sizes.index.repeat(sizes)[1:]
        return pd.Series(labels, index=index, name=index.name)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset(), *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"bins of {self.bins.rule}"


@frozen
class LastLabel(FrameKernel):
    """The last label of a block; None if it has no rows."""

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].index[-1] if len(blocks[0]) else None

    @property
    def label(self) -> str:
        return "last label"


@frozen
class Later(FrameKernel):
    """The first argument, or else the second."""

    def __call__(self, *blocks: Any) -> Any:
        return blocks[1] if blocks[0] is None else blocks[0]

    @property
    def label(self) -> str:
        return "carry last label"


@frozen
class FilledBins(FrameKernel):
    """A block of answers by bin, with those of bins without rows; called with it, and the last label before, in a list."""

    bins: Bins
    meta: Any
    """What is resampled, without rows."""
    selection: Any
    name: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        if not len(block):
            return block
        start = before[0] if before and before[0] is not None else block.index[0]
        labels = self.bins.labels_between(start, block.index[-1], block.index.unit)
        if before and before[0] is not None:
            labels = labels[1:]
        missing = labels.difference(block.index)
        if not len(missing):
            return block
        empty = self._empty()
        filled = empty.iloc[[0] * len(missing)].set_axis(missing)
        made = pd.concat([_as_numbers(block, empty), filled]).sort_index()
        made.index.name = block.index.name
        return made

    def _empty(self) -> Any:
        """The answer for a bin without rows, as pandas gives it between two that have some."""
        row = one_row(self.meta)
        day = pd.Timestamp("2000-01-03", tz=getattr(self.meta.index, "tz", None))
        first: Any = day if isinstance(self.meta.index, pd.DatetimeIndex) else pd.Timedelta(0)
        last = first + 3 * _offset(self.bins.rule)
        rows = pd.concat([row, row]).set_axis(pd.Index([first, last]))
        resampled = Bins(self.bins.rule).of(rows)
        if self.selection is not None:
            resampled = resampled[self.selection]
        made = bind(getattr(resampled, self.name), dict(self.kwargs), ())(*self.args)
        return made.iloc[1:2]

    @property
    def label(self) -> str:
        return f"resample.{self.name}"


def _as_numbers(block: Any, empty: Any) -> Any:
    """``block`` with truth values as numbers where ``empty`` has a number that is missing, as pandas has it."""
    if block.ndim == 1:
        return block.astype(empty.dtype) if (block.dtype.kind, empty.dtype.kind) == ("b", "f") else block
    pairs = zip(block.columns, block.dtypes, empty.dtypes, strict=True)
    changed = {name: other for name, dtype, other in pairs if (dtype.kind, other.kind) == ("b", "f")}
    return block.astype(changed) if changed else block


@frozen
class Ohlc(FrameKernel):
    """Columns that are the first, greatest, least and last value of others, called as pandas' ``ohlc`` calls them."""

    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        names = {"first": "open", "max": "high", "min": "low", "last": "close"}
        return blocks[0].rename(columns=names, level=blocks[0].columns.nlevels - 1)

    @property
    def label(self) -> str:
        return "ohlc"


@frozen
class AtTimes(FrameKernel):
    """The rows at times in equal distances from the first of all, and ``fill_value`` where there is none.

    Called with a block, the ends of all up to and with it, and, in a list, those before it.
    """

    freq: Any
    fill_value: Any

    def __call__(self, *blocks: Any) -> Any:
        block, ends, before = blocks
        if not len(block):
            return block
        start, stop = ends
        times = Bins(self.freq).labels_between(start, stop, block.index.unit)
        if before and before[0] is not None:
            times = times[times > before[0][1]]
        made = block.reindex(times, fill_value=self.fill_value)
        made.index.name = block.index.name
        return made

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"asfreq({self.freq})"
