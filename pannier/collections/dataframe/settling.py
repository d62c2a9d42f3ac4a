"""Whole numbers of one type in all partitions, before a step that makes texts of values."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import pandas as pd
from pandas.api.types import is_bool, is_number

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.kernels import frames
from pannier.kernels.frames.base import Columns, FrameKernel, MethodCall
from pannier.plan.clones import Cloner
from pannier.plan.nodes import Blockwise, FromGraph, Node
from pannier.plan.passes.project import read_columns
from pannier.plan.rewrite import topological


def settled(frame: Any, among: Container[Any] | None = None) -> Any:
    """``frame`` with whole numbers, and truth values, of the types that they have in all partitions together.

    Itself where no step before may have made gaps ``among`` these columns, by default all.  Types are found of a clone,
    which reads these columns alone, so that no partition is kept for it.
    """
    columns = unsettled(frame, among) if frame.npartitions > 1 else frozenset()
    if columns == frozenset():
        return frame
    clone: Any = Cloner("types").clone(frame.node)
    operands = FrameOperands(frame)
    operands.argument(frame._reduce("types", frames.gaps.TypesOf(columns), over=clone))
    return frame._blockwise("types", frames.gaps.InTypes(), operands)


def reckonable(values: Any, *mixed: Any) -> Any:
    """``values``, settled where pandas reckons otherwise with them where there are gaps: truth values, and small numbers.

    All whole numbers are, if what is ``mixed`` into them is no number: they stay what they are among objects.  Anything
    else than a frame, a series or an index is itself.
    """
    if not isinstance(values, FrameLike):
        return values
    is_all = not all(map(_is_number, mixed))
    if isinstance(values._meta, pd.DataFrame):
        some = [name for name, dtype in values._meta.dtypes.items() if is_all or _is_small(dtype)]
        return settled(values, some) if some else values
    return settled(values) if is_all or _is_small(getattr(values._meta, "dtype", None)) else values


def _is_small(dtype: Any) -> bool:
    return frames.kinds.is_plain(dtype, "ub") or (frames.kinds.is_plain(dtype, "i") and dtype.itemsize < 8)


def _is_number(value: Any) -> bool:
    """Whether ``value``, or all that are in it, are numbers, or missing."""
    if isinstance(value, FrameLike):
        dtypes = [value._meta.dtype] if value.ndim == 1 else value._meta.dtypes
        return all(frames.kinds.is_plain(dtype, "iuf") for dtype in dtypes)
    if isinstance(value, Mapping):
        return all(map(_is_number, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_number, value))
    return value is None or value is pd.NA or (is_number(value) and not is_bool(value))


def replaced(kernel: MethodCall, first: Any, operands: FrameOperands) -> FrameKernel:
    """``kernel``, which replaces values of ``first`` by several others, among objects in the same way in all partitions.

    Which numbers become others before they are objects depends on what there is to replace in all partitions: that is
    found of a clone, so that no partition is kept for it.
    """
    sought = frames.replacing.sought(kernel) if first.npartitions > 1 else ()
    if not sought:
        return kernel
    clone: Any = Cloner("replace").clone(first.node)
    known = first._reduce("replace: found", frames.replacing.Replaceable(sought), over=clone)
    return frames.replacing.AsInAll(kernel, operands.argument(known).index)


def in_types_of(frame: Any, joined: Any, empty: list[Any]) -> Any:
    """All rows of ``frame`` in the types that they have with those of ``empty`` blocks, whose rows with gaps are left out."""
    columns = unsettled(frame)
    if columns == frozenset():
        return joined
    types = frames.gaps.TypesOf(columns)
    return frames.gaps.InTypes()(joined, types.combine([types.chunk(block) for block in (joined, *empty)]))


def unsettled(frame: Any, among: Container[Any] | None = None) -> Columns:
    """The columns that may be of other types in some partitions; None for a series, or an index, that may be."""
    meta, order = frame._meta, topological([frame.node])
    ends = {
        each.name for each in order if isinstance(each, Blockwise) and frames.gaps.says_types(each.kernel)
    }
    found: set[Any] = set()
    for kinds, differs in (("iub", frames.gaps.may_gap), ("Of", frames.gaps.is_free)):
        if not any(_differs(node, None, differs) for node in order):
            continue
        if (
            meta.ndim == 1
            and frames.kinds.is_plain(meta.dtype, kinds)
            and _are_made(None, order, ends, differs)
        ):
            return None
        if meta.ndim == 2 and meta.columns.is_unique:
            own = [name for name, dtype in meta.dtypes.items() if frames.kinds.is_plain(dtype, kinds)]
            some = [name for name in own if among is None or name in among]
            found.update([name for name in some if _are_made(frozenset([name]), order, ends, differs)])
    return frozenset(found)


def _are_made(
    columns: Columns, order: list[Node], ends: set[str], differs: Callable[[Any, Columns], bool]
) -> bool:
    """Whether ``columns`` of the last node are made, behind all ``ends``, by a step that ``differs`` in types of blocks."""
    read, _ = read_columns(order[-1:], order, columns, ends)
    return any(node.name in read and _differs(node, read[node.name], differs) for node in order)


def _differs(node: Node, columns: Columns, differs: Callable[[Any, Columns], bool]) -> bool:
    if isinstance(node, FromGraph):  # of blocks that were persisted it is not known what made them
        return True
    return isinstance(node, Blockwise) and differs(node.kernel, columns)
