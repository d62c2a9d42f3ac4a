"""Whole numbers, and truth values, that are of other types in blocks with gaps: found in all blocks, and made one."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Attribute, Columns, FrameKernel, MethodCall, Operator, Projection
from pannier.kernels.frames.elementwise import AsType, Evaluate, RowCall
from pannier.kernels.frames.reductions import FrameReduction
from pannier.kernels.frames.user import Checked, UserStep

_GAPPING: Final = frozenset("clip mask replace rfloordiv rmod where".split())
_DIVIDING: Final = frozenset("floor_divide floordiv fmod mod remainder".split())
"""Floats where something is divided by 0."""
_DIVIDES: Final = re.compile(r"(//|%)(?!\s*[1-9])")
"""The same in a text for ``eval``, but by a number."""
_TRUTHS: Final = frozenset("between eq ge gt isin isna isnull le lt ne notna notnull".split())
"""Methods and operators whose answers are of one type, whatever there is."""


def may_gap(kernel: Any, wanted: Columns) -> bool:
    """Whether ``kernel`` may make whole numbers in some blocks and other types in others, in ``wanted`` columns.

    >>> may_gap(MethodCall("where"), None), may_gap(MethodCall("floordiv", (2,)), None)
    (True, False)
    """
    if isinstance(kernel, Attribute | MethodCall) and kernel.accessor:
        return kernel.accessor != "cat"  # dt.year and str.len() of what is missing
    if isinstance(kernel, MethodCall):
        return kernel.name in _GAPPING or (kernel.name in _DIVIDING and _may_be_zero(kernel.args))
    if isinstance(kernel, Operator):
        return kernel.label in _DIVIDING and _may_be_zero(kernel.args[1:])
    if isinstance(kernel, Evaluate):
        return _DIVIDES.search(kernel.expression) is not None
    gaps: Columns = getattr(kernel, "gaps", frozenset())
    if gaps is None or is_free(kernel, wanted) or (gaps if wanted is None else gaps & wanted):
        return True
    inner = getattr(kernel, "kernel", None) or getattr(kernel, "finish", None)
    return inner is not None and may_gap(inner, wanted)


def is_free(kernel: Any, _: Columns) -> bool:
    """Whether ``kernel`` makes blocks of any types, whatever was said of them, as by a dict."""
    if isinstance(kernel, RowCall):
        return kernel.func is pd.to_numeric
    return isinstance(kernel, UserStep) and kernel.meta is None


def _may_be_zero(args: tuple[Any, ...]) -> bool:
    return not (args and isinstance(args[0], int | float) and args[0])


def says_types(kernel: Any) -> bool:
    """Whether ``kernel`` makes all blocks of the same types, whatever those of its inputs are."""
    if isinstance(kernel, UserStep):
        return kernel.meta is not None
    if isinstance(kernel, MethodCall) and not kernel.accessor:
        return kernel.name == "astype" or kernel.name in _TRUTHS
    if isinstance(kernel, Operator):
        return kernel.label in _TRUTHS
    return isinstance(kernel, InTypes | Checked) or (isinstance(kernel, AsType) and not kernel.by_column)


@frozen
class TypesOf(FrameReduction):
    """A block without rows, of the types that ``columns`` have in all blocks together; an index becomes a series.

    >>> types = TypesOf(None)
    >>> types.combine([types.chunk(pd.Series([1])), types.chunk(pd.Series([1.5]))]).dtype
    dtype('float64')
    """

    columns: Columns

    def chunk(self, records: Any) -> Any:
        if self.columns is None:
            return pd.Series(records[:0])
        return records.iloc[:0, [name in self.columns for name in records]]

    def combine(self, partials: list[Any]) -> Any:
        return pd.concat(partials, ignore_index=True)

    @property
    def label(self) -> str:
        return "types"


@frozen
class InTypes(FrameKernel):
    """The first block, in the types of the second.

    >>> InTypes()(pd.Series([1, 2]), pd.Series([0.5])).tolist()
    [1.0, 2.0]
    """

    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, types = blocks
        if block.ndim == 1:
            return block.astype(types.dtype)
        return block.astype({name: types[name].dtype for name in types if name in block})

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, None))

    @property
    def label(self) -> str:
        return "types of all"
