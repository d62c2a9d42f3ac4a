"""Where the extremes of columns are, and the rows that have them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.blocks import concatenated, emptied
from pannier.kernels.frames.reductions import FrameReduction, columns_of


class Candidates(NamedTuple):
    """Of each column the extreme, and a missing value where there is one, under their labels."""

    like: Any
    """Without rows, but where there are no columns: pandas has other labels for none of some rows than of no rows."""
    rows: int
    """How many rows they are of; labels that are numbers of rows begin anew after them."""
    columns: list[pd.Series[Any]]


@frozen
class Outermost(FrameReduction):
    """idxmin or idxmax: the label of the first extreme.

    >>> where = Outermost("idxmax", is_numbered=True)
    >>> parts = [pd.Series([1, 3]), pd.Series([2, 5])]
    >>> where.finish(where.combine([where.chunk(part) for part in parts]))
    3
    """

    name: str
    skipna: bool = True
    is_numbered: bool = False
    """Whether labels are the numbers of rows, from 0 in each partition."""

    def chunk(self, records: Any) -> Candidates:
        columns = [self._candidates(column) for column in columns_of(records)]
        return Candidates(emptied(records) if columns else records.iloc[:1], len(records), columns)

    def combine(self, partials: list[Candidates]) -> Candidates:
        if len(partials) == 1:
            return partials[0]
        columns: list[list[pd.Series[Any]]] = [[] for _ in partials[0].columns]
        rows = 0
        for partial in partials:
            for found, column in zip(columns, partial.columns, strict=True):
                found.append(_moved(column, rows) if self.is_numbered else column)
            rows += partial.rows
        joined = [self._candidates(concatenated(found)) for found in columns]
        return Candidates(max([partial.like for partial in partials], key=len), rows, joined)

    def finish(self, partial: Candidates) -> Any:
        like, _, columns = partial
        if isinstance(like, pd.DataFrame) and not columns:
            return getattr(like, self.name)()
        labels = [getattr(column, self.name)(skipna=self.skipna) for column in columns]
        if not isinstance(like, pd.DataFrame):
            return labels[0]
        if isinstance(like.index, pd.MultiIndex):
            return pd.Series(labels, index=like.columns)
        return pd.Series(pd.Index(labels, dtype=like.index.dtype), index=like.columns)

    def _candidates(self, column: pd.Series[Any]) -> pd.Series[Any]:
        """The first extreme of ``column``, and its first missing value: what is asked of them is what it is of all."""
        missing = column.isna().to_numpy()
        if not len(column) or missing.all():
            return column.iloc[:1]
        where = [int(column.argmin() if self.name == "idxmin" else column.argmax())]
        if missing.any():
            where.append(int(missing.argmax()))
        return column.iloc[where]

    @property
    def label(self) -> str:
        return self.name


class Rows(NamedTuple):
    """Some of the rows of a number of rows."""

    rows: int
    chosen: Any


@frozen
class Largest(FrameReduction):
    """nlargest or nsmallest: the rows with the ``n`` largest values, the largest first.

    Partials keep them in their own order, which decides between equals, and one more: pandas has another order for
    equals where it is asked for all rows there are.
    """

    name: str
    n: int
    columns_by: Any
    """The column of a frame that is looked at, or a tuple of some; None for a series."""
    keep: str
    is_numbered: bool

    def chunk(self, records: Any) -> Rows:
        return Rows(len(records), self._chosen(records))

    def combine(self, partials: list[Rows]) -> Rows:
        if len(partials) == 1:
            return partials[0]
        found, rows = [], 0
        for partial in partials:
            found.append(_moved(partial.chosen, rows) if self.is_numbered else partial.chosen)
            rows += partial.rows
        return Rows(rows, self._chosen(concatenated(found)))

    def finish(self, partial: Rows) -> Any:
        return self._largest(partial.chosen, self.n)

    def _chosen(self, block: Any) -> Any:
        """Its largest rows, in the order in which it has them."""
        numbered, more = block.reset_index(drop=True), max(self.n, 0) + 1
        chosen = self._largest(numbered, more)
        if len(chosen) < min(more, len(block)):
            chosen = self._sorted(numbered).head(more)
        positions = chosen.index.to_numpy()
        return block.iloc[np.sort(positions)] if len(positions) < len(block) else block

    def _sorted(self, block: Any) -> Any:
        """``block``, the largest first: of several columns pandas loses rows where the last one chosen has an NA."""
        rows = block.iloc[::-1] if self.keep == "last" else block
        return rows.sort_values(list(self.columns_by), ascending=self.name == "nsmallest", kind="stable")

    def _largest(self, block: Any, n: int) -> Any:
        if self.columns_by is None:
            return getattr(block, self.name)(n, keep=self.keep)
        by = list(self.columns_by) if isinstance(self.columns_by, tuple) else self.columns_by
        return getattr(block, self.name)(n, by, keep=self.keep)

    @property
    def label(self) -> str:
        return f"{self.name}({self.n})"


def _moved(block: Any, rows: int) -> Any:
    """``block``, whose labels are numbers of rows, as it stands behind ``rows`` others."""
    if not rows:
        return block
    moved = block.copy(deep=False)
    moved.index = moved.index + rows
    return moved
