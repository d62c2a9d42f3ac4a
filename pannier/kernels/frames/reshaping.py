"""Frames whose rows become columns and the other way round, in each partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.reductions import columns_of


@dataclass(frozen=True, slots=True)
class Flatten(FrameKernel):
    """All values of a frame as one series, column by column.

    >>> Flatten()(pd.DataFrame({"x": [1, 2], "y": [3, 4]})).tolist()
    [1, 2, 3, 4]
    """

    keeps_rows: ClassVar[bool] = False

    def __call__(self, *blocks: Any) -> Any:
        columns = columns_of(blocks[0])
        return pd.concat(columns, ignore_index=True) if columns else pd.Series([], dtype="float64")

    @property
    def label(self) -> str:
        return "values"
