"""Numbers of rows from partition to partition, and what is counted or listed of all of them."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction


@frozen
class RowCount(FrameKernel):
    """How many rows a block has."""

    label: ClassVar[str] = "len"

    def __call__(self, *blocks: Any) -> int:
        return len(blocks[0])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset(),))


@frozen
class RunningCount(BlockKernel):
    """How many rows there are up to and with a block; the second argument is that before it, None for the first."""

    label: ClassVar[str] = "carry len"
    in_place_of_first: ClassVar[int] = 0

    def __call__(self, *blocks: Any) -> int:
        rows, before = blocks
        return int(rows + (before or 0))


@frozen
class Numbered(FrameKernel):
    """A block labelled with the numbers of its rows: from 0, or from what is counted before it, if that is given.

    >>> Numbered()(pd.Series([1, 2], [7, 7]), [5]).index.tolist()
    [5, 6]
    """

    label: ClassVar[str] = "number"

    def __call__(self, *blocks: Any) -> Any:
        block, *before = blocks
        start = before[0][0] if before and before[0] else 0
        index = block if isinstance(block, pd.Index) else block.index
        numbers = pd.RangeIndex(start, start + len(block), name=index.name)
        return numbers if isinstance(block, pd.Index) else block.set_axis(numbers)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, *(None,) * (inputs - 1)))


class _Left(NamedTuple):
    """Rows that are left of a partition."""

    block: Any
    of: int
    """How many there were."""
    frame: int
    """The number of the frame, of those under each other, that the partition is of."""


@frozen
class Counted(FrameKernel):
    """Rows that are left, with how many there were, the length of the other block, and the number of the frame."""

    label: ClassVar[str] = "count rows"
    puts_beside: ClassVar[bool] = False

    def __call__(self, *blocks: Any) -> _Left:
        left, whole, frame = blocks
        return _Left(left, len(whole), frame)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, frozenset()))


@frozen
class CountOf(FrameKernel):
    """What is to be known of a block that :class:`Counted` made to number those after it."""

    label: ClassVar[str] = "len"

    def __call__(self, *blocks: Any) -> tuple[int, int]:
        left: _Left = blocks[0]
        return left.of, left.frame

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset(),))


@frozen
class RunningCounts(BlockKernel):
    """How many rows of its frame there were up to and with a block, and the number of the frame.

    In a partial answer a block that is missing has none.
    """

    label: ClassVar[str] = "carry len"
    in_place_of_first: ClassVar[tuple[int, int]] = (0, -1)

    def __call__(self, *blocks: Any) -> tuple[int, int]:
        (rows, frame), before = blocks
        if before is None:
            return int(rows), frame
        return (int(rows + before[0]), before[1]) if frame in (before[1], -1) else (int(rows), frame)


@frozen
class MovedUp(FrameKernel):
    """Rows of a block that :class:`Counted` made, their labels moved up by the rows of its frame before it.

    >>> kept = Counted()(pd.Series([1, 2], [0, 3]), range(4), 1)
    >>> MovedUp()(kept, [(5, 1)]).index.tolist()
    [5, 8]
    """

    label: ClassVar[str] = "number"

    def __call__(self, *blocks: Any) -> Any:
        left: _Left = blocks[0]
        index = left.block if isinstance(left.block, pd.Index) else left.block.index
        rows, frame = blocks[1][0] if blocks[1] else (0, left.frame)
        labels = index + rows if frame == left.frame else index
        return labels if isinstance(left.block, pd.Index) else left.block.set_axis(labels)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, *(None,) * (inputs - 1)))


@frozen
class Listed(Reduction):
    """What was made of each partition, as a list in order."""

    shown: str
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> list[Any]:
        return [records]

    def combine(self, partials: list[list[Any]]) -> list[Any]:
        return [value for values in partials for value in values]

    @property
    def label(self) -> str:
        return self.shown


@frozen
class Total(Reduction):
    """The sum of what was made of each partition, a number."""

    shown: str
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        return records

    def combine(self, partials: list[Any]) -> Any:
        return sum(partials)

    @property
    def label(self) -> str:
        return self.shown
