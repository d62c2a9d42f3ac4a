"""Divisions of Parquet parts: from how many rows each has, or from the statistics of the index."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from pannier.io.parquet_columns import Numbering
from pannier.io.parquet_footers import Footer
from pannier.io.parquet_parts import ParquetPart
from pannier.io.parquet_predicates import NOTHING, bounds_in


def numbered_divisions(parts: Sequence[ParquetPart], numbering: Numbering) -> tuple[Any, ...] | None:
    """Where in an index that counts rows each part begins, and the last row; None if there are no rows."""
    firsts = [part.pieces[0].first for part in parts]
    last = parts[-1].pieces[-1]
    if last.first + last.rows == 0 or numbering.step < 1:
        return None
    return tuple(numbering.start + row * numbering.step for row in (*firsts, last.first + last.rows - 1))


def by_statistics(
    parts: Sequence[ParquetPart], footers: Sequence[Footer], index: Sequence[str], meta: pd.DataFrame
) -> tuple[tuple[ParquetPart, ...], tuple[Any, ...] | None]:
    """``parts`` in the order of their index, with their divisions.

    As they are, and None, where the statistics do not show that each part lies behind the others.
    """
    known = {footer.path: footer for footer in footers}
    if len(index) != 1:
        return tuple(parts), None
    found = []
    for part in parts:
        bounds = _bounds(part, known, index[0])
        if bounds is None:
            return tuple(parts), None
        found.append((*bounds, part))
    try:
        found.sort(key=lambda each: each[0])
        if any(before[1] >= after[0] for before, after in pairwise(found)):
            return tuple(parts), None
    except TypeError:  # of types that have no order between them
        return tuple(parts), None
    values = [least for least, _, _ in found] + [found[-1][1]]
    return tuple(part for _, _, part in found), tuple(pd.Index(values, dtype=meta.index.dtype))


def _bounds(part: ParquetPart, known: dict[str, Footer], name: str) -> tuple[Any, Any] | None:
    """The least and the greatest value of a column in ``part``; None if they are not known, or it has nulls."""
    lows, highs = [], []
    for piece in part.pieces:
        footer = known[piece.path]
        for group in piece.groups:
            bounds = bounds_in(footer.statistics(group, name), footer.metadata.row_group(group).num_rows)
            if bounds is None or bounds is NOTHING or footer.null_count(group, name) != 0:
                return None
            lows.append(bounds[0])
            highs.append(bounds[1])
    return (min(lows), max(highs)) if lows else None
