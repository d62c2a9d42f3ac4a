"""Partitions of frames that are in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.io.labels import reader_label
from pannier.kernels.frames.base import FrameReader
from pannier.kernels.kernel import BlockKernel
from pannier.plan.nodes import Source

_LEAST_ROWS: Final = 1 << 16
"""Rows that are worth a partition of their own, where the user has not said how many there are to be."""
_MOST_PARTITIONS: Final = 100


@frozen
class FrameParts(BlockKernel):
    """Gives the part, a frame, or some of its columns and rows."""

    verb: str
    columns: frozenset[Any] | None = None
    rows: int | None = None

    def __call__(self, *blocks: Any) -> Any:
        (block,) = blocks
        if self.columns is not None and isinstance(block, pd.DataFrame):
            block = block.loc[:, [column in self.columns for column in block.columns]]
        return block if self.rows is None else block[: self.rows]

    def with_columns(self, columns: frozenset[Any]) -> FrameReader:
        """The same for some columns."""
        return FrameParts(self.verb, columns, self.rows)

    def limited(self, rows: int) -> FrameReader:
        """The same for the first rows."""
        return FrameParts(self.verb, self.columns, rows)

    def weigh(self, part: Any) -> int:
        """Bytes of the part in memory."""
        usage = part.memory_usage(deep=True)
        return int(usage.sum() if isinstance(part, pd.DataFrame) else usage)

    def count_rows(self, part: Any) -> int:
        """Rows of the part."""
        return len(part)

    def numbers_rows(self, parts: Sequence[Any]) -> bool:
        """Whether the labels of all parts together are those that pandas gives rows which have no others."""
        first = 0
        for part in parts:
            if not part.index.equals(pd.RangeIndex(first, first + len(part))) or part.index.name is not None:
                return False
            first += len(part)
        return self.rows is None

    @property
    def label(self) -> str:
        return reader_label(self.verb, None if self.columns is None else sorted(map(str, self.columns)))


def frame_source(
    data: pd.DataFrame | pd.Series[Any],
    *,
    npartitions: int | None = None,
    chunksize: int | None = None,
    sort: bool = True,
    verb: str = "from_pandas",
) -> tuple[Source, tuple[Any, ...] | None]:
    """A source of the rows of ``data`` in ``npartitions`` partitions, or of ``chunksize`` rows each; and divisions.

    With ``sort`` rows are put in order of their index, as the divisions need it, equal labels stay in one
    partition, and there may be fewer partitions than asked for.  Without, they stay as they are, and divisions are
    known only where the index is in order anyway.
    """
    if npartitions is not None and chunksize is not None:
        raise UsageError("give npartitions or chunksize, not both")
    for name, value in (("npartitions", npartitions), ("chunksize", chunksize)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1, not {value}")
    data = data.copy(deep=False)
    if sort and not data.index.is_monotonic_increasing:
        data = data.sort_index(kind="stable")
    n = len(data)
    if chunksize is not None:
        bounds = [*range(0, n, chunksize), n] if n else [0, 0]
    else:
        count = npartitions or max(1, min(_MOST_PARTITIONS, n // _LEAST_ROWS))
        bounds = [n * i // count for i in range(count + 1)]
    divisions = None
    index = data.index
    if n and index.is_monotonic_increasing and _may_be_divided(index):
        if sort or index.is_unique:
            bounds = _at_borders(index, bounds)
        if all(index[i - 1] != index[i] for i in bounds[1:-1]):
            divisions = (*[index[i] for i in bounds[:-1]], index[-1])
    parts = [data.iloc[start:end] for start, end in pairwise(bounds)]
    return Source(verb=verb, reader=FrameParts(verb), parts=parts), divisions


def _may_be_divided(index: pd.Index[Any]) -> bool:
    """Whether labels that are in order are so when each is compared with another, as divisions are.

    Categories have an order of their own.

    >>> _may_be_divided(pd.CategoricalIndex(["b", "a"], categories=["b", "a"]))
    False
    """
    if isinstance(index, pd.CategoricalIndex) and not index.categories.is_monotonic_increasing:
        return False
    return not isinstance(index, pd.MultiIndex) and not index.hasnans


def _at_borders(index: pd.Index[Any], bounds: Sequence[int]) -> list[int]:
    """``bounds`` moved back to where a new label begins; those that fall together are one."""
    moved = {0: None}
    for bound in bounds[1:-1]:
        if 0 < bound < len(index):
            moved[int(index.searchsorted(index[bound], side="left"))] = None
    return [*moved, len(index)]
