"""Blocks cut and joined into other partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.blocks import concatenated


@dataclass(frozen=True, slots=True)
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
