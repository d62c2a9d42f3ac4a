"""Frames in partitions that match: cut at the same labels, where these are known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pannier.collections.dataframe.base import FrameLike
from pannier.errors import UsageError
from pannier.kernels.frames.repartitioning import CUT_BY_LABEL
from pannier.plan.blockmaps import Spans
from pannier.plan.nodes import Blockwise
from pannier.tokens import tokenize


def matched(first: FrameLike, other: FrameLike, joins: bool) -> tuple[Any, Any]:
    """Both in partitions that match, or as they are, where they match already or divisions are not known.

    Labels of frames of other rows are joined within partitions.  ``joins`` says whether what is made of them has the
    labels of both; without, it has the rows of the first.
    """
    if other._rows == first._rows or (other.npartitions == 1 and other._is_summary):
        return first, other
    if first.npartitions == other.npartitions == 1:
        divisions = _ends(first, other)
    elif first.known_divisions and other.known_divisions:
        divisions = united(first.divisions, other.divisions)
        first, other = by_divisions(first, divisions), by_divisions(other, divisions)
    else:
        return first, other
    rows = f"joined-{tokenize(first._rows, other._rows)}" if joins else first._rows
    return _of(first, rows, divisions), _of(other, rows, divisions)


def _ends(first: FrameLike, other: FrameLike) -> tuple[Any, ...] | None:
    """Around the only partition of both."""
    if not (first.known_divisions and other.known_divisions):
        return None
    labels = united(first.divisions, other.divisions)
    return labels[0], labels[-1]


def _of(frame: FrameLike, rows: str, divisions: tuple[Any, ...] | None) -> FrameLike:
    return type(frame)(frame.node, frame._meta, divisions, rows, is_summary=frame._is_summary)


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
