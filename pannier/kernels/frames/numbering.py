"""Numbers of rows from partition to partition, and what is counted or listed of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction


@dataclass(frozen=True, slots=True)
class RowCount(BlockKernel):
    """How many rows a block has."""

    label: ClassVar[str] = "len"

    def __call__(self, *blocks: Any) -> int:
        return len(blocks[0])


@dataclass(frozen=True, slots=True)
class NumberedFrom(FrameKernel):
    """A block whose rows are numbered on from those of the blocks before it.

    >>> NumberedFrom()(pd.Series(["a", "b"]), 7).index
    RangeIndex(start=7, stop=9, step=1)
    """

    label: ClassVar[str] = "number"

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        return block.set_axis(pd.RangeIndex(before, before + len(block), name=block.index.name), axis=0)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
