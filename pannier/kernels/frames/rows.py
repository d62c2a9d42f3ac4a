"""The rows of a block as Python's own objects."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.kernel import BlockKernel

FORMATS: Final = ("tuple", "dict", "frame")
"""What a row can become; the last is one object for all of them."""


@frozen
class RowsOf(BlockKernel):
    """A list of the rows of a block: tuples, dicts, or values where it is a series; or one of the block itself.

    >>> RowsOf("dict")(pd.DataFrame({"x": [1], "y": ["a"]}))
    [{'x': 1, 'y': 'a'}]
    """

    format: str
    index: bool = False
    """Whether labels are the first of what is in a row."""

    def __call__(self, *blocks: Any) -> list[Any]:
        (block,) = blocks
        if self.format == "frame":
            return [block]
        if self.format == "tuple":
            if isinstance(block, pd.DataFrame):
                return list(block.itertuples(index=self.index, name=None))
            return list(block.items()) if self.index else list(block)
        frame = block if isinstance(block, pd.DataFrame) else block.to_frame()
        frame = frame.reset_index() if self.index else frame
        names = list(frame.columns)
        return [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None)]

    @property
    def label(self) -> str:
        return f"to_bag({self.format})"
