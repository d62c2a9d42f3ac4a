"""What is carried along the partitions of a frame: edges of what came before, and totals of columns.

An *edge* is a small part of a block that says all that later blocks need of it.  The edge of two blocks is the edge
of their edges, so it can be carried over partitions that are empty, or smaller than the edge.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.kernel import MISSING


@frozen
class Running(FrameKernel):
    """The edge of a block's edge and of what was carried to it; None is carried to the first.

    >>> from pannier.kernels.frames.base import Tail
    >>> Running(Tail(2))(pd.Series([3], [2]), pd.Series([1, 2])).tolist()
    [2, 3]
    """

    edge: FrameKernel
    is_backward: bool = False
    """Whether partitions are walked from the last to the first."""

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        if before is None or not len(before):
            return block
        return self.edge(concatenated([block, before] if self.is_backward else [before, block]))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, self.edge.projected(wanted, 1).needs)

    @property
    def label(self) -> str:
        return f"carry {self.edge.label}"


@frozen
class Span(FrameKernel):
    """The rows of a block that are no further than ``width`` from its last one, or from its first."""

    width: Any
    """What can be added to a label."""
    at_start: bool = False
    on: Any = None
    """The column to go by rather than the index."""

    def __call__(self, *blocks: Any) -> Any:
        (block,) = blocks
        if not len(block):
            return block
        labels = block.index if self.on is None else pd.Index(block[self.on])
        is_rising = labels[0] <= labels[-1]
        edge = labels[0] if self.at_start else labels[-1]
        near = labels <= edge + self.width if is_rising == self.at_start else labels >= edge - self.width
        return block[np.asarray(near)]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or self.on is None:
            return Projection(self, (wanted,))
        return Projection(self, (wanted | {self.on},))

    @property
    def label(self) -> str:
        return f"{'first' if self.at_start else 'last'} {self.width}"


@frozen
class Nearest(FrameKernel):
    """One row: of each column the last value that is not missing, or the first one; none of an empty block.

    >>> Nearest()(pd.DataFrame({"x": [1.0, None], "y": ["a", "b"]})).values.tolist()
    [[1.0, 'b']]
    """

    at_start: bool = False

    def __call__(self, *blocks: Any) -> Any:
        (block,) = blocks
        edge = block.iloc[:1] if self.at_start else block.iloc[-1:]
        if not np.any(edge.isna()):
            return edge
        return block.bfill().iloc[:1] if self.at_start else block.ffill().iloc[-1:]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return "nearest values"


def columns_of(block: Any) -> list[pd.Series[Any]]:
    """The columns of a frame, in order; of a series, itself."""
    return [block] if block.ndim == 1 else [block.iloc[:, i] for i in range(block.shape[1])]


def with_columns(block: Any, columns: list[pd.Series[Any]]) -> Any:
    """``block`` with other values in all its columns."""
    if block.ndim == 1:
        return columns[0]
    frame = pd.DataFrame(dict(enumerate(columns)), index=block.index, copy=False)
    frame.columns = block.columns
    return frame


@frozen
class Totals(FrameKernel):
    """Where the running results of each column of a block end: its last value, or that of the last value that is there.

    Called with the results, and with what they are of where missing values are skipped: a result may be missing as well
    because it is undefined, as the sum of infinities is, and then all later ones are.  That of a category is its number.

    >>> Totals(True)(pd.Series(["a", "ab", None]), pd.Series(["a", "b", None]))
    ('ab',)
    """

    skipna: bool

    def __call__(self, *blocks: Any) -> Any:
        pairs = zip(columns_of(blocks[0]), columns_of(blocks[-1]), strict=True)
        return tuple(self._total(column, given) for column, given in pairs)

    def _total(self, column: pd.Series[Any], given: pd.Series[Any]) -> Any:
        if not len(column):
            return MISSING
        place = -1
        if self.skipna and pd.isna(given.iloc[-1]):
            present = np.flatnonzero(given.notna().to_numpy())
            if not len(present):
                return MISSING
            place = present[-1]
        last = column.iloc[place]
        if isinstance(column.dtype, pd.CategoricalDtype) and not pd.isna(last):
            return column.array.codes[place]
        return last

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "totals"


@frozen
class RunningTotals(FrameKernel):
    """The totals of a block and of what was carried to it; None is carried to the first.

    >>> RunningTotals("cumsum", True)((1, 2), (3, MISSING))
    (4, 2)
    """

    name: str
    skipna: bool

    def __call__(self, *blocks: Any) -> Any:
        totals, before = blocks
        if before is None:
            return totals
        return tuple([self._joined(a, b) for a, b in zip(before, totals, strict=True)])

    def _joined(self, before: Any, total: Any) -> Any:
        if before is MISSING or total is MISSING:
            return total if before is MISSING else before
        if not self.skipna and (pd.isna(before) or pd.isna(total)):
            return total if total is pd.NA or not pd.isna(before) else before
        with np.errstate(over="ignore"):  # integers wrap around, as they do in a column
            return _JOINS[self.name](before, total)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return f"carry {self.name}"


_ARITHMETIC: Final = ("cumsum", "cumprod")


def _tells_undefined(column: pd.Series[Any]) -> bool:
    """Whether NaN, for what is undefined, is another value there than what is missing."""
    return column.dtype.kind == "f" and isinstance(column.dtype, (pd.ArrowDtype, *_MASKED))


def _joined_floats(name: str, total: Any, column: pd.Series[Any]) -> pd.Series[Any]:
    """``total`` and each value of ``column`` that is there; pandas' own operators take NaN for a missing value."""
    dtype: Any = column.dtype
    gaps = column.isna().to_numpy()
    numbers = column.to_numpy(dtype.numpy_dtype, na_value=np.nan)
    with np.errstate(all="ignore"):
        made = _JOINS[name](dtype.numpy_dtype.type(total), numbers)
    array: Any
    if isinstance(dtype, pd.ArrowDtype):
        array = pd.arrays.ArrowExtensionArray(pa.array(made, dtype.pyarrow_dtype, mask=gaps))
    else:
        array = pd.arrays.FloatingArray(made, gaps)
    return pd.Series(array, column.index, name=column.name, copy=False)


_MASKED: Final = (pd.Float32Dtype, pd.Float64Dtype)
_JOINS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "cumsum": operator.add,
    "cumprod": operator.mul,
    "cummin": min,
    "cummax": max,
}


@frozen
class Continued(FrameKernel):
    """Running results of a block alone, made those of all rows by the totals before it."""

    name: str
    skipna: bool
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, before = blocks
        if not before or not len(block):
            return block
        pairs = zip(columns_of(block), before[0], strict=True)
        return with_columns(block, [self._column(column, total) for column, total in pairs])

    def _column(self, column: pd.Series[Any], total: Any) -> pd.Series[Any]:
        if total is MISSING:
            return column
        if self.name in _ARITHMETIC and total is not pd.NA and _tells_undefined(column):
            return _joined_floats(self.name, total, column)
        if not self.skipna and pd.isna(total):
            return column.mask(np.ones(len(column), dtype=bool), total)
        if isinstance(column.dtype, pd.CategoricalDtype):
            total = column.dtype.categories[total]
        if self.name in _ARITHMETIC:
            return _JOINS[self.name](total, column)  # type: ignore[no-any-return]
        goes_on = column > total if self.name == "cummin" else column < total
        return column.mask(goes_on.to_numpy(dtype=bool, na_value=False), total)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return self.name
