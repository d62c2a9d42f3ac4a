"""Rows in the order of time: whether they are, bins in which there is none, and rows at times in equal distances."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar

import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.bins import Bins
from pannier.kernels.frames.windows import one_row
from pannier.kernels.kernel import bind


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
    """A block of answers by bin, with those of bins without rows.

    Called with it, the last label before, in a list, the extent of all rows, and whether no block follows.
    """

    bins: Bins
    meta: Any
    """What is grouped, without rows; the index is of the times."""
    selection: Any
    name: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    gaps: ClassVar[Columns] = None

    def __call__(self, *blocks: Any) -> Any:
        return in_steps(self._filled(*blocks), self.bins.step)

    def _filled(self, block: Any, before: Any, extent: Any, is_last: bool) -> Any:
        """``block`` with the bins that it lacks."""
        start = before[0] if before else None
        if extent is None or not (len(block) or (is_last and start is not None)):
            return block
        first = self._first(block) if start is None else start
        labels = self.bins.labels_within(extent, first, self._last(block, start, is_last))
        labels = labels.as_unit(self.meta.index.unit)
        if start is not None:
            labels = labels[labels > start]
        missing = labels.difference(block.index)
        if not len(missing):
            return block
        empty = self._empty()
        filled = empty.iloc[[0] * len(missing)].set_axis(missing)
        made = pd.concat([_as_numbers(block, empty), filled]).sort_index() if len(block) else filled
        made.index.name = block.index.name
        return made

    def _first(self, block: Any) -> Any:
        """The label from which on bins are in the first block that has rows; None: from the first there is."""
        return block.index[0] if self._fill_extent else None

    def _last(self, block: Any, start: Any, is_last: bool) -> Any:
        """The label up to which bins are in ``block``; None: up to the last there is."""
        if is_last and not self._fill_extent:
            return None
        return block.index[-1] if len(block) else start

    @property
    def _fill_extent(self) -> bool:
        return self.bins.fill_extent(self.meta.index)

    def _empty(self) -> Any:
        """The answer for a bin without rows, as pandas gives it between two that have some."""
        groups = around_a_gap(self.meta, self.bins, self.selection)
        made = bind(getattr(groups, self.name), dict(self.kwargs), ())(*self.args)
        return made.iloc[1:2]

    @property
    def label(self) -> str:
        return f"bins.{self.name}"


def in_steps(block: Any, step: Any) -> Any:
    """``block`` with the distance of its labels as their ``freq``, so that they have it when they are joined, as in pandas."""
    with contextlib.suppress(ValueError):  # pandas sees none in them, such as over a change to summer time
        return block.set_axis(type(block.index)(block.index, freq=step))
    return block


def around_a_gap(meta: Any, bins: Bins, selection: Any) -> Any:
    """Groups of pandas of two rows that are made up, and of bins between them that have none."""
    row = one_row(meta)
    day = pd.Timestamp("2000-01-03", tz=getattr(meta.index, "tz", None))
    first: Any = day if isinstance(meta.index, pd.DatetimeIndex) else pd.Timedelta(0)
    rows = pd.concat([row, row]).set_axis(pd.Index([first, first + 3 * bins.step]))
    groups = rows.groupby(pd.Grouper(freq=bins.rule))
    return groups if selection is None else groups[selection]


@frozen
class TypedByGaps(FrameKernel):
    """A block in other types, if the second argument is true."""

    dtypes: Any
    """A type, or a dict of those of columns."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, has_gaps = blocks
        return block.astype(self.dtypes) if has_gaps else block

    @property
    def label(self) -> str:
        return "astype"


def _as_numbers(block: Any, empty: Any) -> Any:
    """``block`` with truth values as numbers where ``empty`` has a number that is missing, as pandas has it."""
    if block.ndim == 1:
        return block.astype(empty.dtype) if (block.dtype.kind, empty.dtype.kind) == ("b", "f") else block
    pairs = zip(block.columns, block.dtypes, empty.dtypes, strict=True)
    changed = {name: other for name, dtype, other in pairs if (dtype.kind, other.kind) == ("b", "f")}
    return block.astype(changed) if changed else block


def _times_between(first: Any, last: Any, freq: Any, unit: Any) -> pd.Index[Any]:
    """Times in equal distances."""
    if isinstance(first, pd.Timedelta):
        return pd.timedelta_range(first, last, freq=freq).as_unit(unit)
    return pd.date_range(first, last, freq=freq).as_unit(unit)


@frozen
class AtTimes(FrameKernel):
    """The rows at times in equal distances from the first of all, and ``fill_value`` where there is none.

    Called with a block, the ends of all up to and with it, and, in a list, those before it.
    """

    freq: Any
    fill_value: Any
    gaps: ClassVar[Columns] = None

    def __call__(self, *blocks: Any) -> Any:
        block, ends, before = blocks
        if not len(block):
            return in_steps(block, self.freq)
        start, stop = ends
        times = _times_between(start, stop, self.freq, block.index.unit)
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
