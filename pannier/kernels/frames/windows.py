"""Steps over a block and some rows before and after it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection, narrowed
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.frames.repartitioning import labels_of
from pannier.kernels.kernel import BlockKernel, Slot, bind, fill


@frozen
class Windowed(FrameKernel):
    """What ``inner`` makes of a block between its neighbours' edges, for the rows of the block.

    Called with the block, a list of at most one edge for each side that there is, and what else ``inner`` takes.

    >>> from pannier.kernels.frames.base import MethodCall
    >>> Windowed(MethodCall("diff"), before=True)(
    ...     pd.Series([3, 7], [1, 2]), [pd.Series([1])]
    ... ).tolist()
    [2.0, 4.0]
    """

    inner: BlockKernel
    before: bool = False
    after: bool = False
    columns: Columns = None
    """Those that are read of a frame; others may be in its block alone, and not in the edges."""
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, *rest = blocks
        before = rest.pop(0) if self.before else []
        after = rest.pop(0) if self.after else []
        start = sum(map(len, before))
        whole = concatenated([self._narrowed(each) for each in (*before, block, *after)])
        made = self.inner(whole, *rest)
        if len(made) != len(whole):
            raise UsageError(
                f"{self.inner.label} made {len(made)} rows of {len(whole)}; it has to make one of each, so that "
                "those of neighbouring partitions can be left out again"
            )
        own = made.iloc[start : start + len(block)]
        # put together with their neighbours, instants may have lost their frequency
        is_regular = getattr(labels_of(block), "freq", None) is not None
        return own.set_axis(labels_of(block)) if is_regular else own

    def _narrowed(self, block: Any) -> Any:
        if self.columns is None or not isinstance(block, pd.DataFrame):
            return block
        return narrowed(block, self.columns)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        sides = self.before + self.after
        if not isinstance(self.inner, FrameKernel):
            return Projection(self, (None,) * inputs)
        of_block, *of_others = self.inner.projected(wanted, inputs - sides).needs
        kernel = dataclasses.replace(self, columns=of_block) if isinstance(of_block, frozenset) else self
        return Projection(kernel, (*(of_block,) * (1 + sides), *of_others))

    @property
    def label(self) -> str:
        return self.inner.label


@frozen
class OverlapCall(FrameKernel):
    """The user's ``func`` of a block, which must label its rows as the block does."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        made = bind(self.func, self.kwargs, blocks)(*fill(self.args, blocks))
        if not isinstance(made, (pd.DataFrame, pd.Series)):
            raise TypeError(
                f"the function has to return a pandas DataFrame or Series, not {type(made).__name__}"
            )
        if len(made) == len(block) and not made.index.equals(block.index):
            raise UsageError(
                "the function has changed the labels of rows; let it leave the index as it is, and change it later "
                "with reset_index() or set_index()"
            )
        return made

    @property
    def label(self) -> str:
        return "map_overlap"


@frozen
class RollingCall(FrameKernel):
    """Method ``name`` of the rolling windows of a block."""

    window: tuple[tuple[str, Any], ...]
    """The arguments of ``rolling``."""
    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    column: Any = None
    """Of a frame, the one column, or list of columns, whose windows are asked for."""

    def __call__(self, *blocks: Any) -> Any:
        rolling = blocks[0].rolling(**dict(self.window))
        if self.column is not None:
            rolling = rolling[self.column]
        return bind(getattr(rolling, self.name), dict(self.kwargs), blocks)(*fill(self.args, blocks))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        on = [name for argument, name in self.window if argument == "on"]
        own = wanted
        if self.column is not None:
            own = frozenset(self.column if isinstance(self.column, list) else [self.column])
        elif self.name == "agg":  # the names of its columns are what it makes of those it reads
            own = None
        return Projection(self, (None if own is None else own.union(on), *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"rolling.{self.name}"


@frozen
class RollingPair(FrameKernel):
    """Method ``name``, ``cov`` or ``corr``, of the rolling windows of the first of two columns and the second."""

    window: tuple[tuple[str, Any], ...]
    name: str
    kwargs: tuple[tuple[str, Any], ...]
    shown: Any
    """What the answer is called."""

    def __call__(self, *blocks: Any) -> Any:
        pair = blocks[0]
        rolling = pair.iloc[:, 0].rolling(**dict(self.window))
        made = getattr(rolling, self.name)(pair.iloc[:, 1], **dict(self.kwargs))
        return made.rename(self.shown)

    @property
    def label(self) -> str:
        return f"rolling.{self.name}"


@frozen
class Pair(FrameKernel):
    """Two series of the same rows as a frame."""

    other: Slot
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        first, second = blocks[0], blocks[self.other.index]
        return pd.DataFrame({0: first.array, 1: second.array}, index=first.index)

    @property
    def label(self) -> str:
        return "pair"


def one_row(meta: Any) -> Any:
    """A pandas object like ``meta`` with one row of zeros, of texts, or of missing values.

    For the types that steps give where they leave values missing, which those of no rows do not show.

    >>> one_row(pd.Series([], dtype="int64")).shift(1).dtype
    dtype('float64')
    """
    index = _one_label(meta.index)
    if meta.ndim == 1:
        return pd.Series(_one(meta.dtype), index=index, name=meta.name, dtype=meta.dtype)
    frame = pd.DataFrame({i: _one(dtype) for i, dtype in enumerate(meta.dtypes)}, index=index)
    frame.columns = meta.columns
    return frame


def _one(dtype: Any) -> Any:
    if isinstance(dtype, pd.StringDtype):
        return pd.array(["a"], dtype=dtype)  # a missing text would pass for a missing number
    if isinstance(dtype, pd.IntervalDtype):  # of which none is missing where they are of whole numbers
        end, closed = _one(dtype.subtype), dtype.closed or "right"
        return pd.arrays.IntervalArray.from_arrays(end, end, closed, dtype=dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):  # a time that is there: windows of time take no others
        return pd.Index(np.zeros(1, "int64")).astype(dtype).array
    if not isinstance(dtype, np.dtype):
        return pd.array([None], dtype=dtype)
    return np.array([np.nan], dtype=object) if dtype.kind == "O" else np.zeros(1, dtype)


def _one_label(index: pd.Index[Any]) -> pd.Index[Any]:
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_arrays([_one(dtype) for dtype in index.dtypes], names=index.names)
    label: pd.Index[Any] = pd.Index(_one(index.dtype), name=index.name, dtype=index.dtype)
    return label
