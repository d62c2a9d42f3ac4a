"""Frames in partitions that match: cut at the same labels, where these are known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import unmatched
from pannier.errors import UsageError
from pannier.kernels.frames.repartitioning import CUT_BY_LABEL, DECIDED
from pannier.plan.blockmaps import Aligned, Spans
from pannier.plan.nodes import Blockwise, Node
from pannier.tokens import tokenize


def matched(
    first: FrameLike, other: FrameLike, joins: bool, by_rows: bool | None = None, pairs: bool = False
) -> tuple[Any, Any]:
    """Both in partitions that match, or as they are, where they match already.

    Labels of frames of other rows are joined within partitions: cut at the same labels where divisions are known; or in
    one partition, where each of them has one, or no more rows than there are groups.  ``joins`` says whether what is
    made of them has the labels of both; without, it has the rows of the first.  ``by_rows`` says whether labels are
    those of rows; by default they are not where a series meets the columns of a frame.  ``pairs`` says that labels
    which are repeated are paired, each with each, whatever the other labels are.

    Raises :class:`~pannier.errors.UsageError` where rows cannot be matched; without ``pairs`` also when it runs.
    """
    if other._rows == first._rows or is_looked_up(first, other, joins, by_rows):
        return first, other
    if isinstance(other._meta, pd.Index):
        raise unmatched(first, other)
    check_labels(first._meta.index, other._meta.index)
    own = first.node
    divisions = None
    if _fits_in_one(first) and _fits_in_one(other):
        if first.known_divisions and other.known_divisions:
            labels = united(first.divisions, other.divisions)
            divisions = labels[0], labels[-1]
        first, other = [each if each.npartitions == 1 else each._gathered("match") for each in (first, other)]
    elif first.known_divisions and other.known_divisions:
        divisions = united(first.divisions, other.divisions)
        first, other = by_divisions(first, divisions), by_divisions(other, divisions)
    else:
        raise unmatched(first, other)
    if joins:
        rows = f"joined-{tokenize(first._rows, other._rows)}"
    else:
        rows = first._rows if first.node is own else f"{first._rows}|{tokenize(divisions)}"
    is_decided = pairs or first.npartitions == 1 or first._rows == other._rows
    node = first.node if is_decided else _decided(first, other)
    return first._as(node, divisions, rows), other._as(other.node, divisions, rows)


def named_alike(first: FrameLike, other: Any) -> Any:
    """``other`` with its labels called as those of ``first``, as pandas calls those of what it makes of both.

    Else partitions where one of them has no rows would have another name than the others, and so the answer none.
    """
    own, given = first._meta.index, other._meta.index
    if own.nlevels > 1 or given.nlevels > 1 or own.name == given.name:
        return other
    return other.rename_axis([own.name])


def check_labels(one: pd.Index[Any], other: pd.Index[Any]) -> None:
    """Raise UsageError for labels without a sign beside those of a type with gaps: pandas goes by what they are.

    >>> check_labels(pd.Index([1], dtype="uint64"), pd.Index([1], dtype="uint64"))
    """
    for plain, masked in ((one.dtype, other.dtype), (other.dtype, one.dtype)):
        is_masked = isinstance(masked, pd.api.extensions.ExtensionDtype) and masked.kind == "i"
        if is_masked and isinstance(plain, np.dtype) and plain.kind == "u":
            raise UsageError(
                f"labels of type {plain} and of type {masked}: which type pandas gives to both depends on all of them; cast "
                f'one, as by df.set_axis(df.index.astype("{masked}"), axis=0)'
            )


def _decided(first: FrameLike, other: FrameLike) -> Node:
    """The node of ``first``, which raises where it depends on other partitions how rows of both meet."""
    return Blockwise(
        verb="match",
        kernel=DECIDED,
        over=(first.node, other.node),
        blockmap=Aligned(first.npartitions, (False, False)),
    )


def is_looked_up(first: FrameLike, other: FrameLike, joins: bool, by_rows: bool | None = None) -> bool:
    """Whether each partition of ``first`` is to meet the one block of ``other``, a summary; see :func:`matched`.

    Where labels of rows are joined, those of the summary would come into every partition.
    """
    if by_rows is None:
        by_rows = first.ndim == other.ndim
    return other.npartitions == 1 and other._is_summary and not (joins and by_rows)


def _fits_in_one(frame: FrameLike) -> bool:
    return frame.npartitions == 1 or frame._is_by_group


def united(first: Sequence[Any], other: Sequence[Any]) -> tuple[Any, ...]:
    """All labels of two divisions, in order.

    >>> united((0, 5, 5), (3, 9))
    (0, 3, 5, 9)
    """
    try:
        labels = sorted({*first, *other})
    except TypeError as error:
        raise UsageError(
            f"labels from {first[0]!r} to {first[-1]!r} and from {other[0]!r} to {other[-1]!r} have no common order "
            f"({error}); give both the same type of index with set_index()"
        ) from None
    return tuple(labels) if len(labels) > 1 else (labels[0], labels[0])


def by_divisions(frame: FrameLike, divisions: tuple[Any, ...]) -> Any:
    """``frame``, of known divisions, cut at other labels, which include all of its own."""
    if divisions == frame.divisions:
        return frame
    own = frame.divisions
    firsts, n = own[:-1], frame.npartitions
    starts, stops, ranges = [], [], []
    for i, (low, high) in enumerate(pairwise(divisions)):
        is_last = i == len(divisions) - 2
        start = max(0, bisect_right(firsts, low) - 1)
        stop = bisect_right(firsts, high) if is_last else bisect_left(firsts, high)
        starts.append(min(start, n - 1))
        stops.append(max(stop, starts[-1] + 1))
        ranges.append((low, high, is_last))
    node = Blockwise(
        verb="repartition",
        kernel=CUT_BY_LABEL,
        over=(frame.node,),
        blockmap=Spans(tuple(starts), tuple(stops)),
        params=(ranges,),
    )
    return type(frame)(node, frame._meta, divisions, f"{frame._rows}|{tokenize(divisions)}")
