"""The steps of an aggregation by group: partials of a block, answers of some groups, and their shape."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.grouping import GroupAggregate, named_like
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import BlockKernel


@frozen
class _OfAggregate(BlockKernel):
    """A step of ``aggregate``."""

    aggregate: GroupAggregate

    @property
    def label(self) -> str:
        return self.aggregate.label

    @property
    def is_same_of_none(self) -> bool:
        return not self.aggregate.calls_functions


@frozen
class GroupMatrix(_OfAggregate):
    """Answers about pairs of columns as a matrix for each group, as pandas has it: under the group's keys, or without these."""

    columns: tuple[Any, ...]
    """The outputs are of pairs of these: each with itself and with those after it."""
    meta: pd.DataFrame

    def __call__(self, *blocks: Any) -> Any:
        data, n = self.aggregate.shaped(blocks[0]), len(self.columns)
        cube = np.empty((len(data), n, n))
        for at, (i, j) in enumerate(combinations_with_replacement(range(n), 2)):
            cube[:, i, j] = cube[:, j, i] = data.iloc[:, at]
        index: pd.Index[Any] = pd.Index(
            self.meta.columns.tolist() * len(data),
            dtype=self.meta.columns.dtype,
            name=self.meta.index.names[-1],
        )
        if self.meta.index.nlevels > 1:
            levels = [level.repeat(n) for level in levels_of(data.index)]
            index = pd.MultiIndex.from_arrays([*levels, index], names=self.meta.index.names)
        return pd.DataFrame(cube.reshape(len(index), n), index=index, columns=self.meta.columns)


@frozen
class KeyOfRows(FrameKernel):
    """A key for each row of the first block: what the other block, of other rows, has under its label; an index in order.

    >>> KeyOfRows(1)(pd.Series([5, 6], [1, 0]), pd.Series(["a", "b"], name="k")).tolist()
    ['b', 'a']
    """

    place: int
    """Which block the key is."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        labels, key = blocks[0].index, blocks[self.place]
        if isinstance(key, pd.Index):
            if len(key) != len(labels):
                raise UsageError(
                    f"rows are grouped by an index of as many labels, not {len(labels)} by one of {len(key)}"
                )
            return pd.Series(key, labels)
        if key.index.equals(labels):
            return key
        if not labels.isin(key.index).all():
            raise UsageError(
                f"rows are grouped by {key.name!r} of other rows, which lacks some of their labels; join() it, and group "
                "by its column"
            )
        return key.reindex(labels)

    @property
    def label(self) -> str:
        return "groupby: key"


@frozen
class RowsOfKey(BlockKernel):
    """The values of those rows that have this key, under their names."""

    key: tuple[Any, ...]
    meta: Any

    def __call__(self, *blocks: Any) -> Any:
        block, k = blocks[0], len(self.key)
        found = np.ones(len(block), dtype=np.bool_)
        for i, part in enumerate(self.key):
            column = block.iloc[:, i]
            found &= (column.isna() if pd.isna(part) else (column == part).fillna(False)).to_numpy(np.bool_)
        return named_like(block.iloc[found, k:], self.meta)

    @property
    def label(self) -> str:
        return f"get_group({self.key!r:.60})"


@frozen
class GroupPartials(_OfAggregate):
    """The partial of a block."""

    def __call__(self, *blocks: Any) -> Any:
        return self.aggregate.chunk(blocks[0])


@frozen
class GroupAnswers(_OfAggregate):
    """Keys and answers of some groups, from all their partials, and the hashes of their keys if these are known."""

    def __call__(self, *blocks: Any) -> Any:
        return self.aggregate.answers(*blocks)

    def of_alone(self, partials: Any) -> Any:
        """The same of groups that have one partial each."""
        return self.aggregate.answers_of_alone(partials)

    def merged(self, partials: Any) -> Any:
        """``partials``, fewer of them if some are of the same groups."""
        return partials if self.aggregate.needs_rows else self.aggregate.condensed(partials, merged=True)


@frozen
class GroupShape(_OfAggregate):
    """Answers as pandas has them."""

    def __call__(self, *blocks: Any) -> Any:
        return self.aggregate.shaped(blocks[0])
