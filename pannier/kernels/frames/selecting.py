"""Rows of blocks by label and by position."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.frames.repartitioning import between, labels_of
from pannier.kernels.kernel import MISSING
from pannier.kernels.reductions import Reduction


class _Rows(FrameKernel):
    """A step that leaves out rows, and reads no columns to know which."""

    __slots__ = ()

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, *(None,) * (inputs - 1)))


@frozen
class Between(_Rows):
    """The rows with labels from ``low`` to ``high``, both included; None has no end."""

    low: Any
    high: Any

    def __call__(self, *blocks: Any) -> Any:
        if isinstance(labels_of(blocks[0]), pd.MultiIndex):
            return _between_levels(blocks[0], self.low, self.high)
        return between(blocks[0], self.low, self.high, True)

    @property
    def label(self) -> str:
        return f"loc[{'' if self.low is None else repr(self.low)}:{'' if self.high is None else repr(self.high)}]"


def _between_levels(block: Any, low: Any, high: Any) -> Any:
    """The rows of ``block`` from ``low`` to ``high``, which are labels of the first level, or tuples of the first ones.

    As in pandas what is missing comes before all labels.

    >>> index = pd.MultiIndex.from_tuples([("b", 2), ("a", 1), ("a", 2)])
    >>> _between_levels(pd.Series([3, 4, 5], index), ("a", 2), "b").tolist()
    [3, 5]
    """
    labels: Any = labels_of(block)
    if labels.is_monotonic_increasing:
        return block[slice(*labels.slice_locs(low, high))]
    labels, order = labels.set_names([None] * labels.nlevels).sortlevel()  # names may be numbers of others
    return block.take(np.sort(order[slice(*labels.slice_locs(low, high))]))


@frozen
class Labelled(_Rows):
    """The rows whose label is one of ``labels``.

    >>> Labelled(pd.Index([7]))(pd.Series([1, 2, 3], [7, 8, 7])).tolist()
    [1, 3]
    """

    labels: pd.Index[Any]

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0][labels_of(blocks[0]).isin(self.labels)]

    @property
    def label(self) -> str:
        return f"loc[{list(self.labels)!r:.60}]"


@frozen
class AtLabels(_Rows):
    """The rows of the first block that have a label of the second, or of all rows those with each of these, in its order.

    A label that no row has is a KeyError, as pandas raises it.

    >>> AtLabels(is_whole=True)(
    ...     pd.Series([1, 2], ["a", "b"]), pd.Series(["b", "a", "b"])
    ... ).tolist()
    [2, 1, 2]
    """

    is_whole: bool
    """Whether the first block has the rows of all partitions."""

    def __call__(self, *blocks: Any) -> Any:
        rows, labels = blocks
        return rows.loc[labels] if self.is_whole else rows[labels_of(rows).isin(labels)]

    @property
    def label(self) -> str:
        return "loc"


@frozen
class Under(_Rows):
    """The rows that have each of ``labels`` in the level at its place; by the levels that are left, if there are any.

    >>> index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    >>> Under(("b",), (0,))(pd.Series([3, 4], index)).to_dict()
    {2: 4}
    """

    labels: tuple[Any, ...]
    places: tuple[int, ...]
    drops: bool = True
    """Whether these levels are left out."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        levels = levels_of(block.index)
        found = np.ones(len(block), bool)
        for place, label in zip(self.places, self.labels, strict=True):
            found &= levels[place].isin([label])
        rest = [level[found] for place, level in enumerate(levels) if place not in self.places]
        rows = block[found]
        if not rest or not self.drops:
            return rows
        return rows.set_axis(rest[0] if len(rest) == 1 else pd.MultiIndex.from_arrays(rest))

    @property
    def label(self) -> str:
        return f"loc[{self.labels!r:.60}]"


@frozen
class Located(_Rows):
    """The rows of a list of blocks with one label, or those with each of a list of labels in its order.

    A label that no row has is a KeyError, as pandas raises it.
    """

    labels: Any
    is_one: bool

    def __call__(self, *blocks: Any) -> Any:
        found = concatenated(blocks[0])
        if not self.is_one:
            return found.loc[self.labels]
        if not len(found):
            raise KeyError(self.labels)
        return found

    @property
    def label(self) -> str:
        return f"loc[{self.labels!r:.60}]"


@frozen
class RowRange(_Rows):
    """The rows of a block whose positions among all are in a slice; called with the rows before it, and all there are.

    >>> RowRange(2, None, 3)(pd.Series(list("efgh")), [4]).tolist()
    ['f']
    """

    start: int | None
    stop: int | None
    step: int

    def __call__(self, *blocks: Any) -> Any:
        block, before, *total = blocks
        first = before[0] if before else 0
        start, stop = self.start or 0, self.stop
        if total:
            start, stop, _ = slice(self.start, self.stop, self.step).indices(total[0])
        begin = start - first if start >= first else (start - first) % self.step
        end = len(block) if stop is None else min(len(block), max(0, stop - first))
        return block[begin : max(begin, end) : self.step]

    @property
    def label(self) -> str:
        ends = ["" if end is None else str(end) for end in (self.start, self.stop)]
        return f"iloc[{':'.join(ends)}{f':{self.step}' if self.step > 1 else ''}]"


@frozen
class RowsAt(_Rows):
    """The rows of a block at some positions among all, their positions, and how many there are if that is given.

    Called with the block, the rows before it, and all there are.
    """

    positions: tuple[int, ...]

    def __call__(self, *blocks: Any) -> Any:
        block, before, *total = blocks
        first = before[0] if before else 0
        wanted = np.unique(resolved(self.positions, *total))
        here = wanted[(wanted >= first) & (wanted < first + len(block))]
        return here, block.iloc[here - first], *total

    @property
    def label(self) -> str:
        return f"iloc[{list(self.positions)!r:.60}]"


@frozen
class Placed(_Rows):
    """What :class:`RowsAt` found of all blocks, as the rows at ``positions`` in their order, or as the one row there is."""

    positions: tuple[int, ...]
    is_one: bool

    def __call__(self, *blocks: Any) -> Any:
        found = np.concatenate([positions for positions, *_ in blocks[0]])
        rows = concatenated([rows for _, rows, *_ in blocks[0]])
        wanted = resolved(self.positions, *blocks[0][0][2:])
        missing = np.setdiff1d(wanted, found)
        if len(missing):
            raise IndexError(f"there is no row at position {missing[0]}")
        return rows.iloc[0] if self.is_one else rows.iloc[np.searchsorted(found, wanted)]

    @property
    def label(self) -> str:
        return f"iloc[{list(self.positions)!r:.60}]"


def resolved(positions: tuple[int, ...], total: int = 0) -> Any:
    """``positions`` counted from the first row, where those below 0 are counted from the end of ``total`` rows."""
    given = np.array(positions, dtype=np.int64)
    return np.where(given < 0, given + total, given)


@frozen
class ValidLabel(Reduction):
    """The label of the first row, or the last, that has a value; None when there is none."""

    is_last: bool = False
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        present = records.notna()
        positions = np.flatnonzero(present.any(axis=1) if present.ndim == 2 else present)
        return records.index[positions[-1 if self.is_last else 0]] if len(positions) else MISSING

    def combine(self, partials: list[Any]) -> Any:
        found = [partial for partial in partials if partial is not MISSING]
        return found[-1 if self.is_last else 0] if found else MISSING

    def finish(self, partial: Any) -> Any:
        return None if partial is MISSING else partial

    @property
    def label(self) -> str:
        return f"{'last' if self.is_last else 'first'}_valid_index"
