"""The operands of a step over frames: which are blocks beside this one's, which one block for all, which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype
from pandas.api.types import (
    is_bool,
    is_bool_dtype,
    is_integer_dtype,
    is_list_like,
    is_numeric_dtype,
    is_object_dtype,
)

from pannier.collections import dataframe
from pannier.collections.operands import single_block
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import FrameKernel, MethodCall
from pannier.kernels.kernel import CONTAINERS, Nested, Slot, fill
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Node

if TYPE_CHECKING:
    from pannier.collections.dataframe.base import FrameLike

_WITH_ROWS: Final = (pd.Series, pd.Index, np.ndarray)


class FrameOperands:
    """The blocks that a step reads: those of ``first``, whose rows it is about, and those of what is met after it."""

    def __init__(self, first: FrameLike) -> None:
        self.first = first = _as_of_all(first)
        self.nodes: list[Node] = [first.node]
        self.metas: list[Any] = [first._meta]
        self.shared: list[bool] = [False]
        """For each, whether its only block is read for every block of the first."""
        self._summaries: set[int] = set()
        self._beside = {0: first}

    @property
    def blockmap(self) -> Aligned:
        """Block i of those that are not shared."""
        return Aligned(self.first.npartitions, tuple(self.shared))

    def arguments(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """``args`` and ``kwargs`` with slots in place of collections."""
        return tuple(map(self.argument, args)), {name: self.argument(arg) for name, arg in kwargs.items()}

    def argument(self, value: Any) -> Any:
        """``value`` with a slot in place of each collection, at any depth of containers."""
        slotted = self._slotted(value)
        return slotted if slotted is value or type(slotted) is Slot else Nested(slotted)

    def summary(self, whole: FrameLike) -> Slot:
        """A slot for the one block of ``whole``, which is read for every block of the first."""
        return self._place(whole.node, whole._meta, shared=True)

    def meta_of(self, args: tuple[Any, ...]) -> list[Any]:
        """``args`` with metas in place of slots."""
        return fill(args, tuple(self.metas))

    def label_summaries(self) -> None:
        """Give metas of series that have a value for each column labels of these, beside a frame."""
        columns = getattr(self.first._meta, "columns", None)
        for i in self._summaries:
            meta = self.metas[i]
            if columns is not None and isinstance(meta, pd.Series) and not len(meta):
                one = frames.groupexamples.example(meta).iloc[[0] * len(columns)]
                self.metas[i] = one.set_axis(columns)

    def _slotted(self, value: Any) -> Any:
        if hasattr(value, "_rows") and hasattr(value, "_meta"):
            return self._block(value)
        node = single_block(value)
        if node is not None:
            return self._place(node, getattr(value, "_meta", None), shared=True)
        kind = type(value)
        if kind is dict:
            slotted = {name: self._slotted(inner) for name, inner in value.items()}
            return slotted if any(slotted[name] is not value[name] for name in value) else value
        if kind in CONTAINERS:
            inner = [self._slotted(each) for each in value]
            changed = any(new is not old for new, old in zip(inner, value, strict=True))
            return kind(inner) if changed else value
        return value

    def _block(self, other: FrameLike) -> Slot:
        is_beside = other._rows == self.first._rows or other.npartitions == self.first.npartitions == 1
        if not is_beside and not (other.npartitions == 1 and other._is_summary):
            raise unmatched(self.first, other)
        other = _as_of_all(other)
        if is_beside and not isinstance(other._meta, pd.Index):
            other = self._labelled_alike(other)
        slot = self._place(other.node, other._meta, shared=not is_beside)
        if is_beside:
            self._beside.setdefault(slot.index, other)
        if other._is_summary and other._rows != self.first._rows:
            self._summaries.add(slot.index)
        return slot

    def _labelled_alike(self, other: FrameLike) -> FrameLike:
        """``other``, beside this; labels count all rows on both sides where they do on one, as those of an index."""
        if (other._numbers is None) != (self.first._numbers is None):
            other = dataframe.numbering.numbered_through(other)
            for i, each in self._beside.items():
                self.nodes[i] = dataframe.numbering.numbered_through(each).node
            self.first = dataframe.numbering.numbered_through(self.first)
        return other

    def _place(self, node: Node, meta: Any, shared: bool) -> Slot:
        for i, (each, is_shared) in enumerate(zip(self.nodes, self.shared, strict=True)):
            if each.name == node.name and is_shared == shared:
                return Slot(i)
        self.nodes.append(node)
        self.metas.append(meta)
        self.shared.append(shared)
        return Slot(len(self.nodes) - 1)


def _as_of_all(block: FrameLike) -> FrameLike:
    """``block``; labels that only number the rows of each partition as those of all rows."""
    return dataframe.numbering.numbered_through(block) if isinstance(block._meta, pd.Index) else block


def unmatched(first: FrameLike, other: FrameLike) -> UsageError:
    """The error that rows of ``first`` and of ``other`` are in no partitions that match."""
    return UsageError(
        f"rows of {other.node.verb} and of {first.node.verb} cannot be matched: neither is made row by row "
        "of the other, and their divisions are not known on both sides; join them by a key with merge(), or give "
        "both known divisions with set_index(..., divisions=[...]), or sorted=True where rows are in order"
    )


def refuse_rows(name: str, values: Iterable[Any], by_rows: bool) -> None:
    """Raise UsageError if one of ``values`` is in memory and has rows, which would be put beside those of each partition.

    A series, or an array, has rows where ``by_rows``; else it has a value for each column.
    """
    for value in values:
        if isinstance(value, pd.DataFrame) or (by_rows and isinstance(value, _WITH_ROWS) and value.ndim):
            raise UsageError(
                f"{name} of partitions and a {type(value).__name__} in memory: each of its rows belongs to one partition "
                "only; make it a frame of the same divisions with from_pandas(), or merge() it"
            )


def refuse_powers(name: str, first: FrameLike, other: FrameLike) -> None:
    """Raise UsageError for powers of whole numbers whose rows are matched by label, partition by partition.

    pandas has floats for all of them where a label is missing on one side, and else whole numbers, which have no
    negative powers and may overflow.  No partition knows that of the others.
    """
    if name in ("pow", "rpow") and first.npartitions > 1 and _has_integers(first) and _has_integers(other):
        raise UsageError(
            f"{name} of whole numbers of {first.node.verb} and of {other.node.verb}, which have other rows: whether they are "
            "floats depends on the labels of all partitions; make one side astype('float64') first"
        )


def _has_integers(frame: FrameLike) -> bool:
    dtypes = [frame._meta.dtype] if frame.ndim == 1 else frame._meta.dtypes
    return any(isinstance(dtype, np.dtype) and dtype.kind in "iu" for dtype in dtypes)


LOGIC: Final = frozenset({"and_", "or_", "xor"})
"""Operators of truth values."""
ANY_TYPES: Final = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
"""Operators that make truth values of values of any type."""
_WITH_FLOATS: Final = frozenset({"add", "radd", "sub", "rsub", "subtract", "mul", "rmul", "multiply"})


def refuse_truths(name: str, first: FrameLike, other: FrameLike) -> None:
    """Raise UsageError for arithmetic of truth values whose rows are matched by label, partition by partition.

    pandas reckons with them one by one, as with whole numbers, where a label is missing on one side.  So are bits of whole
    numbers refused, which pandas has of the same labels alone.
    """
    if first.npartitions == 1 or name in ANY_TYPES:
        return
    for own, given in _pairs(first._meta, other._meta):
        kinds = {getattr(own, "kind", "O"), getattr(given, "kind", "O")}
        is_same = (name in LOGIC and kinds == {"b"}) or (name in _WITH_FLOATS and "f" in kinds)
        odd = "biu" if name in LOGIC else "b"
        if any(frames.kinds.is_plain(each, odd) for each in (own, given)) and not is_same:
            raise UsageError(
                f"{name.strip('_')} of {own} of {first.node.verb} and of {given} of {other.node.verb}, which have other rows: what "
                "comes out depends on the labels of all partitions; make truth values numbers with astype(), or merge() first"
            )


def _pairs(first: Any, other: Any) -> list[tuple[Any, Any]]:
    """The types of columns of two blocks that meet."""
    if first.ndim == other.ndim:
        return [(own, column.dtype) for _, own, column in frames.elementwise.meeting(first, other)]
    one, columns = (first, other) if first.ndim == 1 else (other, first)
    return [(dtype, one.dtype) for dtype in columns.dtypes]


def checked(kernel: FrameKernel, first: FrameLike, other: FrameLike, operands: FrameOperands) -> FrameKernel:
    """``kernel`` over frames of other rows, which raises where it depends on other partitions what it makes of whole numbers."""
    place = operands.argument(other).index
    if first.npartitions == 1 or not frames.combining.are_widened(first._meta, other._meta):
        return kernel
    return frames.combining.EitherWay(kernel, place)


def in_one_type(
    kernel: MethodCall,
    first: Any,
    other: FrameLike,
    operands: FrameOperands,
    given: Mapping[str, Any],
    may_lack: bool,
) -> FrameKernel:
    """``kernel``, by which numbers of ``other`` come among those of ``first``, of one type in all partitions.

    Where all values decide which type that is, all partitions are asked first.  ``given`` are the arguments by name;
    ``may_lack`` says that the other may have fewer labels.
    """
    name, replacing = kernel.name, frames.replacing
    is_beside = first.ndim == other.ndim or (
        first.ndim == 2 and name != "fillna" and given.get("axis") in (0, "index")
    )
    if first.npartitions == 1 or not is_beside or given.get("level") is not None:
        return kernel
    if not replacing.depends_on_all(name, first._meta, other._meta, may_lack):
        return kernel
    place = operands.argument(other).index
    options = tuple([("axis", given["axis"])] if given.get("axis") is not None else [])
    clashes = replacing.Clashes(name, given.get("cond"), place, options)
    known = operands.argument(first._blockwise(f"{name} of types", clashes, operands).any()).index
    return replacing.InOneType(kernel, place, known)


def exploded(
    kernel: FrameKernel, first: Any, columns: tuple[Any, ...], operands: FrameOperands
) -> FrameKernel:
    """``kernel``, which explodes ``columns`` of ``first``, or a series, into elements of one type in all partitions.

    Which type pandas makes of objects depends on all elements, so all partitions are asked first.
    """
    is_objects = [first._meta[name].dtype == object for name in columns] or [first._meta.dtype == object]
    if first.npartitions == 1 or not any(is_objects):
        return kernel
    lists = tuple([name for name, is_object in zip(columns, is_objects, strict=False) if is_object])
    found = first._blockwise("explode: types", frames.exploding.Found(lists))._gathered("explode: types")
    return frames.exploding.OfAll(kernel, lists, operands.summary(found).index)


def refuse_mixed(name: str, first: FrameLike, other: FrameLike) -> None:
    """Raise UsageError where values of ``other`` come among those of ``first``, and what they become depends on all of them.

    Numbers become nullable where one is missing, and whole ones floats among objects; texts and times become objects,
    or not, where no value is there.  No partition knows that of the others.
    """
    combines = name == "combine_first"
    if first.npartitions == 1 or (combines and first.ndim == 1):
        return
    if (
        combines
        and other.ndim == 2
        and (objects := [name for name, dtype in other._meta.dtypes.items() if is_object_dtype(dtype)])
    ):
        raise UsageError(
            f"combine_first() with {objects!r:.80} of {other.node.verb}, which are objects: whether they become texts, and None "
            "NaN, depends on the values of all partitions; give them a type with astype(), or combine series"
        )
    is_decided = _has_other_gaps if combines else _is_decided_by_values
    for _, own, given in frames.elementwise.meeting(first._meta, other._meta):
        if own != given.dtype and is_decided(own, given.dtype):
            raise UsageError(
                f"{name}() of {own} with {given.dtype} of {other.node.verb}: of which type the answer is depends on the values of all "
                "partitions; give both the same type with astype() first"
            )


def _has_other_gaps(own: Any, given: Any) -> bool:
    """Whether a missing value of one is another than that of the other, or makes another type."""
    kinds = (
        "biuf" if "f" in (own.kind, given.kind) else "iu"
    )  # whole numbers beside gaps are floats, among objects too
    return not (frames.kinds.is_plain(own, kinds) and frames.kinds.is_plain(given, kinds))


def _is_decided_by_values(own: Any, given: Any) -> bool:
    is_nullable = isinstance(given, ExtensionDtype) and is_numeric_dtype(given)
    if frames.kinds.is_plain(own, "iuf"):
        return is_nullable and not is_bool_dtype(given)
    if frames.kinds.is_plain(own, "bO"):
        return is_nullable and is_integer_dtype(given)
    if isinstance(own, pd.StringDtype):
        return not (
            frames.kinds.is_plain(given, "biuO") or isinstance(given, pd.CategoricalDtype | pd.StringDtype)
        )
    return own.kind in "mM" and not frames.kinds.is_plain(given, "biu")


def refuse_column(name: Any, value: Any) -> None:
    """Raise UsageError if ``value`` is a list, or another holder of a value for each row, to be column ``name``."""
    if hasattr(value, "_rows") or single_block(value) is not None or not is_list_like(value):
        return
    instead = next((text for kind, text in _LAZILY.items() if isinstance(value, kind)), "")
    raise UsageError(
        f"column {name!r} is made of one value, or of a lazy series of the same rows, not of a {type(value).__name__} in "
        "memory, whose rows would be put into every partition; make it a frame of the same labels with from_pandas(), or "
        f"merge() it{instead}"
    )


_LAZILY: Final = {
    np.ndarray: "; what numpy.where() and select() compute of a lazy series is lazily x.where(condition, other), x.mask(), "
    "x.case_when([(condition, value)]) or condition.map({True: 1, False: 0})",
    pd.Categorical: "; what pandas.cut() and qcut() compute of a lazy series is lazily pannier.dataframe.cut() and qcut()",
}
"""What to do instead of computing a column, by what comes of it."""


def refuse_mask(key: Any) -> None:
    """Raise UsageError if ``key``, in memory, is of truth values, which would be held against every partition."""
    if isinstance(key, pd.DataFrame) or (
        isinstance(key, (list, pd.api.extensions.ExtensionArray, *_WITH_ROWS))
        and len(key)
        and all(map(is_bool, key))
    ):
        raise UsageError(
            "rows are chosen by a lazy series of truth values, as in df[df.x > 0], not by a "
            f"{type(key).__name__} in memory, which does not say in which partition its rows are"
        )
