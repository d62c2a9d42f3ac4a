"""Tell readers which rows are filtered out, so that they need not read them."""

from __future__ import annotations

import itertools
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from pannier.kernels.frames.base import (
    Assign,
    Filter,
    FrameReader,
    GetColumn,
    GetColumns,
    MethodCall,
    Narrow,
    Operator,
    RenameColumns,
)
from pannier.kernels.kernel import Nested, Slot
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.passes.limit import is_row_by_row
from pannier.plan.rewrite import enclosed, readers, rewrite, topological

Conjunction: TypeAlias = list[tuple[Any, str, Any]]
"""Conditions (column, operator, value), all of which hold."""

_MOST: Final = 16
"""Alternatives of a predicate, beyond which it is not looked into: they multiply where conditions are joined."""
_COMPARISONS: Final[dict[Callable[..., Any], tuple[str, str]]] = {
    operator.gt: (">", "<"),
    operator.ge: (">=", "<="),
    operator.lt: ("<", ">"),
    operator.le: ("<=", ">="),
    operator.eq: ("==", "=="),
}
"""Operators of a column and a value, and of a value and a column."""


@runtime_checkable
class FilteringReader(FrameReader, Protocol):
    """A reader of frames that can leave out rows of which a predicate says that nobody wants them."""

    def filtered(self, predicates: list[Conjunction]) -> FrameReader:
        """The same reader; it may leave out rows for which none of ``predicates`` holds."""


def push_filters(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``filter(df, gt(getitem(df, "x"), 5))`` of a reader that knows where x is above 5 becomes one that skips the rest.

    The filter stays: the reader leaves out what it can tell by the statistics of a file.  Only where nobody else
    reads what it makes, and for conditions on columns that are as the reader has made them.
    """
    reads = readers(roots)
    found: dict[str, list[list[Conjunction]]] = defaultdict(list)
    source_of: dict[str, str] = {}
    for node in topological(roots):
        if not isinstance(node, Blockwise) or not isinstance(node.kernel, Filter):
            continue
        source = _filtered_source(enclosed(node, reads, is_row_by_row, source_of), source_of)
        if source is not None:
            source_of[node.name] = source
            predicate = _predicate(node.over[1])
            if predicate is not None:
                found[source].append(predicate)

    def filtered(node: Node) -> Node:
        predicate = _all_of(found.get(node.name, []))
        if not predicate:
            return node
        assert isinstance(node, Source)
        assert isinstance(node.reader, FilteringReader)
        return node.read_by(node.reader.filtered(predicate))

    return rewrite(roots, filtered) if found else list(roots)


def _filtered_source(between: list[Node] | None, source_of: Mapping[str, str]) -> str | None:
    """The one source of all that is filtered, if it can be told what is filtered out.

    ``source_of`` has the filters before, of which all that they filter goes through them alone.
    """
    ends = [each for each in between or () if not each.inputs or each.name in source_of]
    if len(ends) != 1:
        return None
    (end,) = ends
    if isinstance(end, Source):
        return end.name if isinstance(end.reader, FilteringReader) else None
    return source_of.get(end.name)


def _predicate(mask: Node) -> list[Conjunction] | None:
    """What holds for every row for which ``mask`` is true, as alternatives; None if nothing is known."""
    if not isinstance(mask, Blockwise):
        return None
    kernel = mask.kernel
    if isinstance(kernel, Operator) and kernel.func in (operator.and_, operator.or_):
        if not all(isinstance(arg, Slot) for arg in kernel.args):
            return None
        sides = [_predicate(mask.over[arg.index]) for arg in kernel.args]
        if kernel.func is operator.and_:
            return _all_of([side for side in sides if side is not None]) or None
        first, second = sides
        return None if first is None or second is None else _few(first + second)
    condition = _condition(mask)
    return None if condition is None else [[condition]]


def _condition(mask: Blockwise) -> tuple[Any, str, Any] | None:
    """The comparison of a column of the source with a value that ``mask`` is."""
    match mask.kernel:
        case Operator(func, (Slot(index), value)) if func in _COMPARISONS and not _has_block(value):
            column, op = _column(mask.over[index]), _COMPARISONS[func][0]
        case Operator(func, (value, Slot(index))) if func in _COMPARISONS and not _has_block(value):
            column, op = _column(mask.over[index]), _COMPARISONS[func][1]
        case MethodCall("isin", (value,), (), "") if isinstance(value, (list, tuple, set, frozenset)):
            column, op, value = _column(mask.over[0]), "in", list(value)
        case _:
            return None
    return None if column is None else (column[0], op, value)


def _has_block(value: Any) -> bool:
    return isinstance(value, (Slot, Nested)) or (
        hasattr(value, "__len__") and not isinstance(value, (str, bytes))
    )


def _column(series: Node) -> tuple[Any] | None:
    """The name, in the source, of the column that ``series`` is."""
    if not isinstance(series, Blockwise) or not isinstance(series.kernel, GetColumn):
        return None
    name, node = series.kernel.column, series.over[0]
    while isinstance(node, Blockwise):
        match node.kernel:
            case Filter() | GetColumns() | Narrow():
                pass
            case Assign(assigned) if assigned != name:
                pass
            case RenameColumns(names):
                old_of = {new: old for old, new in names}
                name = old_of.get(name, name)
            case _:
                return None
        node = node.over[0]
    return (name,)


def _all_of(predicates: Sequence[list[Conjunction]]) -> list[Conjunction]:
    """What holds where all of ``predicates`` do, or what is known of it; empty if nothing is."""
    joined: list[Conjunction] = [[]]
    for predicate in predicates:
        more = _few([[*one, *other] for one, other in itertools.product(joined, predicate)])
        joined = joined if more is None else more
    return joined if joined != [[]] else []


def _few(alternatives: list[Conjunction]) -> list[Conjunction] | None:
    return alternatives if len(alternatives) <= _MOST else None
