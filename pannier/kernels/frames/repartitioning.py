"""Blocks cut and joined into other partitions."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.kernel import Slot
from pannier.kernels.reductions import Reduction


@frozen
class Join(FrameKernel):
    """A list of blocks as one."""

    keeps_rows: ClassVar[bool] = False

    def __call__(self, *blocks: Any) -> Any:
        return concatenated(blocks[0])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "join"


JOIN: Final = Join()


def labels_of(block: Any) -> pd.Index[Any]:
    """The labels of the rows of a block."""
    index: pd.Index[Any] = block if isinstance(block, pd.Index) else block.index
    return index


def between(block: Any, low: Any, high: Any, closed: bool) -> Any:
    """The rows of ``block`` with labels from ``low`` up to ``high``, with it if ``closed``; None has no end.

    >>> between(pd.Series([1, 2, 3], [5, 6, 7]), 6, 7, False).tolist()
    [2]
    """
    labels = labels_of(block)
    ends = [end for end in (low, high) if end is not None]
    is_of_one_unit = all(
        getattr(end, "unit", None) == getattr(labels, "unit", None) for end in ends
    )  # of times
    if is_of_one_unit and labels.is_monotonic_increasing:
        start = 0 if low is None else int(labels.searchsorted(low, side="left"))
        stop = (
            len(labels)
            if high is None
            else int(labels.searchsorted(high, side="right" if closed else "left"))
        )
        chosen: Any = slice(start, max(start, stop))
    else:
        chosen = np.ones(len(labels), dtype=bool)
        if low is not None:
            chosen &= np.asarray(labels >= low, dtype=bool)
        if high is not None:
            chosen &= np.asarray(labels <= high if closed else labels < high, dtype=bool)
    return block[chosen]


@frozen
class CutByLabel(FrameKernel):
    """The rows of a list of blocks with labels between two; the parameter is (from, to, whether that is included)."""

    def __call__(self, *blocks: Any) -> Any:
        found, (low, high, closed) = blocks
        return concatenated([between(block, low, high, closed) for block in found])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "cut by label"


CUT_BY_LABEL: Final = CutByLabel()


@frozen
class Decided(FrameKernel):
    """The first of two blocks, if their labels say how rows meet, though there are others in other partitions.

    pandas takes rows one by one where all labels of both sides are the same, and otherwise pairs those that are repeated.
    """

    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True
    gaps: ClassVar[Columns] = None  # of what the next step makes of both

    def __call__(self, *blocks: Any) -> Any:
        block, other = blocks
        labels = labels_of(block)
        if labels.equals(labels_of(other)) and not labels.is_unique:
            repeated = labels[labels.duplicated()][:1].tolist()[0]
            raise UsageError(
                f"the label {repeated!r} is repeated, in the same way on both sides; whether its rows meet one by one, or "
                "each with each, depends on the labels of all partitions: join the frames with merge() or join(), or "
                "make labels unique first"
            )
        return block

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, frozenset()))

    @property
    def label(self) -> str:
        return "match"


DECIDED: Final = Decided()


@frozen
class Share(FrameKernel):
    """One of several equal runs of the rows of a block; the parameter is (number of the run, of how many).

    >>> [Share()(pd.Index(list("abcde")), (k, 2)).tolist() for k in range(2)]
    [['a', 'b'], ['c', 'd', 'e']]
    """

    def __call__(self, *blocks: Any) -> Any:
        block, (k, n) = blocks
        return block[len(block) * k // n : len(block) * (k + 1) // n]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "cut"


@frozen
class CheckedDivisions(FrameKernel):
    """A block whose labels are where its divisions say; parameters are these, as (from, to, included), and its number."""

    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, (low, high, closed), number = blocks
        labels = labels_of(block)
        if len(labels):
            least, most = labels.min(), labels.max()
            if labels.hasnans or least < low or most > high or (most == high and not closed):
                raise UsageError(
                    f"partition {number} has labels from {least!r} to {most!r}{', some missing' * labels.hasnans}, and "
                    f"its divisions are {low!r} to {high!r}{'' if closed else ', that excluded'}; set_index() finds the "
                    "right ones, clear_divisions() forgets those that are wrong"
                )
        return block

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "enforce divisions"


@frozen
class Ends(Reduction):
    """The least and the greatest label of each partition, as pairs; None for one without rows."""

    in_pieces: ClassVar[bool] = False
    over_blocks: ClassVar[bool] = True

    @property
    def columns(self) -> Columns:
        """No column at all."""
        return frozenset()

    def chunk(self, records: Any) -> list[Any]:
        labels = labels_of(records)
        return [(labels.min(), labels.max()) if len(labels) else None]

    def combine(self, partials: list[list[Any]]) -> list[Any]:
        return [pair for partial in partials for pair in partial]

    @property
    def label(self) -> str:
        return "ends"


@frozen
class AlignedSide(FrameKernel):
    """One of the two blocks that pandas' ``align`` makes of two."""

    side: int
    other: Slot
    kwargs: tuple[tuple[str, Any], ...]
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].align(blocks[self.other.index], **dict(self.kwargs))[self.side]

    @property
    def label(self) -> str:
        return "align"
