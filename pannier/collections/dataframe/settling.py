"""Whole numbers of one type in all partitions, before a step that makes texts of values."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from pannier.collections.dataframe.operands import FrameOperands
from pannier.kernels import frames
from pannier.kernels.frames.base import Columns
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
