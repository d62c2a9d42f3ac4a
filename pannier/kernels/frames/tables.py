"""Single values, each made of a column, put together as pandas' ``agg`` does."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.kernel import BlockKernel


@frozen
class TableColumn:
    """The values that are asked of one column."""

    name: Any
    rows: tuple[Any, ...]
    """What each is called."""
    places: tuple[int, ...]
    """Which of the blocks each is."""
    dtype: Any = None
    """The type of the column; None for one that its values have together."""

    def values(self, blocks: tuple[Any, ...]) -> pd.Series[Any]:
        """They as a series."""
        values = [blocks[place] for place in self.places]
        dtype = self.dtype if values else object
        return pd.Series(values, index=list(self.rows), name=self.name, dtype=dtype)


@frozen
class Table(BlockKernel):
    """A frame of columns of values, or the only one; what a column has no value for is missing.

    >>> x, y = TableColumn("x", ("min", "max"), (0, 1)), TableColumn("y", ("max",), (2,))
    >>> Table((x, y))(1, 2, 3)
         x    y
    min  1  NaN
    max  2  3.0
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[Any, ...] | None = None
    """The order of the rows; None for that in which columns have them."""
    is_series: bool = False

    def __call__(self, *blocks: Any) -> Any:
        made = [column.values(blocks) for column in self.columns]
        if self.is_series:
            return made[0]
        table = pd.concat(made, axis=1, keys=[column.name for column in self.columns])
        return table if self.rows is None else table.reindex(list(self.rows))

    @property
    def label(self) -> str:
        return "agg"
