"""What is made of whole groups by pandas, or of the first and largest rows of each.

Frames here have the keys first, then values, both by place; a last column may hold the position of each row, so that
rows can be put back where they came from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.errors import UsageError, annotate
from pannier.frozen import frozen
from pannier.kernels.frames.groupcodes import Codes, Groups, groups_of, is_complete, order_by_code
from pannier.kernels.frames.grouping import as_index, framed, named_like
from pannier.kernels.frames.groupspec import GroupSpec
from pannier.kernels.frames.groupstates import Present, extremes, is_number, outermost, taken
from pannier.kernels.frames.levels import levels_of, ruled
from pannier.kernels.kernel import BlockKernel

_PASSES: Final = 4
"""Rows of each group that are found faster one after the other than by sorting all."""
PARTITION_BITS: Final = 40
"""A position is the number of a partition, shifted by so many bits, and the number of the row in it."""


@frozen
class Positioned(BlockKernel):
    """A frame with the position of each row as a last column; the last argument is the number of the partition."""

    def __call__(self, *blocks: Any) -> Any:
        frame, number = blocks
        made = frame.copy(deep=False)
        made[frame.shape[1]] = np.arange(len(frame), dtype=np.int64) + (number << PARTITION_BITS)
        return made

    @property
    def label(self) -> str:
        return "positions"


@frozen
class OfGroups(BlockKernel):
    """The result of calls of pandas, one after the other, of which the first is of the groups of a block."""

    spec: GroupSpec
    columns: tuple[Any, ...]
    """The names of the values."""
    calls: tuple[tuple[str, tuple[Any, ...], tuple[tuple[str, Any], ...]], ...]
    shown: str
    """The verb as the user wrote it."""
    meta: Any = None
    """What they make of no groups; None where rows that are in no group stay."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        if self.meta is not None:
            complete = is_complete(self.keys(block)) if self.spec.dropna else None
            block = block if complete is None else block[complete]
            if not len(block) and not self.spec.lists_unobserved:
                return self.meta
        made = self.groups(block)
        for name, args, kwargs in self.calls:
            made = getattr(made, name)(*args, **dict(kwargs))
        return made

    def groups(self, block: pd.DataFrame) -> Any:
        """The pandas object for the groups of ``block``."""
        keys, values = self.keys(block), self.values(block)
        own: list[int] = []
        if values.ndim == 1:
            own = [place for place, key in enumerate(self.spec.keys) if key == self.spec.selection]
        chosen: Any = values.name if values.ndim == 1 and (own or not self.spec.as_index) else None
        if chosen is not None:
            values = values.to_frame()
        for place in own:  # pandas tells a key that is the column itself by what both share
            keys[place] = values[chosen]
        grouped = values.groupby(
            keys if self.spec.is_list or len(keys) > 1 else keys[0],
            sort=self.spec.sort,
            dropna=self.spec.dropna,
            observed=self.spec.observed,
            as_index=self.spec.as_index,
            group_keys=self.spec.group_keys,
        )
        if isinstance(self.spec.selection, list):
            chosen = list(self.columns)  # keys may be among them, which pandas leaves out unless they are
        return grouped if chosen is None else grouped[chosen]

    def keys(self, block: pd.DataFrame) -> list[pd.Series[Any]]:
        """The keys of ``block`` under their names."""
        return [block.iloc[:, i].rename(name) for i, name in enumerate(self.spec.names)]

    def values(self, block: pd.DataFrame) -> Any:
        """The values of ``block`` under their names."""
        k, m = len(self.spec.names), len(self.columns)
        if self.spec.is_series:
            meta = self.spec.meta
            return block.iloc[:, k].rename(meta.name if meta.ndim == 1 else self.columns[0])
        values = block.iloc[:, k : k + m]
        values.columns = self.spec.labels(self.columns)
        return values

    @property
    def label(self) -> str:
        return self.shown


@frozen
class RowByRow(BlockKernel):
    """What calls of pandas make of each row of its group, and beside it the position of the row."""

    calls: OfGroups
    meta: pd.DataFrame
    """What they make of no rows."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        complete = is_complete(self.calls.keys(block)) if self.calls.spec.dropna else None
        has_values = any(name == "fill_value" for *_, options in self.calls.calls for name, _ in options)
        if not len(block) or (complete is not None and not complete.any() and not has_values):
            nowhere = np.full(len(block), -1)  # rows that are in no group
            made = [taken(self.meta[i].array, nowhere) for i in self.meta.columns[:-1]]
            return framed([*made, block.iloc[:, -1].array], block.index)
        made = self.calls(block)
        columns = [made] if made.ndim == 1 else [made.iloc[:, i] for i in range(made.shape[1])]
        if len(made) != len(block) or not made.index.equals(block.index):
            raise UsageError(
                f"{self.calls.shown} made {len(made)} rows of {len(block)}, or gave them other labels; a function of "
                "that kind is for apply()"
            )
        arrays = [*[column.array for column in columns], block.iloc[:, -1].array]
        return framed(arrays, block.index)

    @property
    def label(self) -> str:
        return self.calls.shown


@frozen
class SomeOfEach(BlockKernel):
    """Some of the first rows of each group, or of the last; all columns stay.

    >>> block = pd.DataFrame({0: ["b", "a", "b"], 1: [1, 2, 3]})
    >>> SomeOfEach(1, 0, 1, False, True)(block)[1].tolist()
    [1, 2]
    """

    keys: int
    start: int
    """Places in a group from which on, and up to which, rows are chosen."""
    stop: int | None
    from_end: bool
    """Whether places are counted from the end."""
    dropna: bool

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        keys = [block.iloc[:, i] for i in range(self.keys)]
        codes = groups_of(keys, sort=False)
        places = _places(codes, self.from_end)
        chosen = places >= self.start
        if self.stop is not None:
            chosen &= places < self.stop
        complete = is_complete(keys) if self.dropna else None
        if complete is not None:
            chosen &= complete
        return block[chosen]

    @property
    def label(self) -> str:
        return "tail" if self.from_end else "head"


def _places(groups: Groups, from_end: bool) -> npt.NDArray[np.intp]:
    """For each row its place in its group, counted from 0."""
    if groups.is_each_row:
        return np.zeros(groups.n, dtype=np.intp)
    codes = groups.codes[::-1] if from_end else groups.codes
    order = order_by_code(codes, groups.n)
    places = np.empty(len(codes), dtype=np.intp)
    places[order] = _within(codes[order], groups.n)
    return places[::-1] if from_end else places


def _within(codes: Codes, n: int) -> npt.NDArray[np.intp]:
    """For each of ``codes``, which are in order, its place among those equal to it."""
    count = np.bincount(codes, minlength=n)
    return np.arange(len(codes)) - np.repeat(np.cumsum(count) - count, count)


@frozen
class LargestOfEach(BlockKernel):
    """The ``n`` largest values of each group, or the smallest; the first of equal ones first; keys and labels stay.

    >>> block = pd.DataFrame({0: ["b", "a", "b"], 1: [1, 2, 3]})
    >>> LargestOfEach(1, 1, True, True)(block)[1].tolist()
    [3, 2]
    """

    keys: int
    n: int
    is_largest: bool
    dropna: bool
    sort: bool = False

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        keys = [block.iloc[:, i] for i in range(self.keys)]
        complete = is_complete(keys) if self.dropna else None
        if complete is not None:
            block = block[complete]
            keys = [key[complete] for key in keys]
        groups = groups_of(keys, self.sort)
        if not self.sort:
            groups = groups.by_appearance()
        values = block.iloc[:, self.keys]
        if self.n <= _PASSES and not values.hasnans:
            rows = self._by_passes(_as_numbers(values.to_numpy()), groups)
        else:
            rows = self._by_sorting(values.to_numpy(), groups)
        return block.iloc[rows]

    def _by_passes(self, numbers: npt.NDArray[Any], groups: Groups) -> Codes:
        """The rows of the best value of each group, then those of the best among the others, and so on."""
        codes, positions = groups.codes, np.arange(len(numbers))
        found: list[Codes] = []
        for _ in range(self.n):
            best = extremes(Present(codes, numbers, None, _same), groups, not self.is_largest)
            hits = np.flatnonzero(numbers == best[codes])
            local = outermost(codes[hits], hits, groups.n, is_first=True)
            found.append(np.where(local < 0, -1, positions[local]) if len(positions) else local)
            left = np.ones(len(codes), dtype=np.bool_)
            left[local[local >= 0]] = False
            codes, positions, numbers = codes[left], positions[left], numbers[left]
        rows = np.stack(found, axis=1).ravel() if found else np.empty(0, np.intp)
        return rows[rows >= 0]

    def _by_sorting(self, values: npt.NDArray[Any], groups: Groups) -> Codes:
        """The same, missing values last, from the order of all."""
        order = np.argsort(_descending(values) if self.is_largest else values, kind="stable")
        order = order[order_by_code(groups.codes[order], groups.n)]
        rows: Codes = order[_within(groups.codes[order], groups.n) < self.n]
        return rows

    @property
    def label(self) -> str:
        return f"{'nlargest' if self.is_largest else 'nsmallest'}({self.n})"


def _same(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return numbers


def _as_numbers(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.view(np.int64) if values.dtype.kind in "mM" else values


def _descending(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers whose order is that of ``values`` from the largest on, missing ones last."""
    if values.dtype.kind == "f":
        return -values
    return ~values if values.dtype.kind in "biu" else ~values.view(np.int64)


def takes_largest(dtype: Any) -> bool:
    """Whether :class:`LargestOfEach` is for values of this type."""
    return isinstance(dtype, np.dtype) and (is_number(dtype) or dtype.kind in "mM")


@frozen
class UnderKeys(BlockKernel):
    """Values under the keys of their groups, then their own labels: as pandas has what it took of groups."""

    names: tuple[Any, ...]
    meta: pd.Series[Any]

    def __call__(self, *blocks: Any) -> Any:
        block, k = blocks[0], len(self.names)
        own = block.index
        levels: list[Any] = [as_index(block.iloc[:, i]) for i in range(k)]
        levels += levels_of(own)
        index = pd.MultiIndex.from_arrays(levels, names=[*self.names, *own.names])
        values = block.iloc[:, k]
        return pd.Series(values.array, index, dtype=values.dtype, name=self.meta.name, copy=False)

    @property
    def label(self) -> str:
        return "groups"


@frozen
class KeptGroups(BlockKernel):
    """The rows of those groups for which ``func`` is true; all columns stay."""

    calls: OfGroups
    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    dropna: bool
    """Whether rows of other groups are left out, not emptied."""

    def __call__(self, *blocks: Any) -> Any:
        block, k = blocks[0], len(self.calls.spec.names)
        keys = [block.iloc[:, i] for i in range(k)]
        groups = groups_of(keys, sort=False)
        complete = is_complete(keys) if self.calls.spec.dropna else None
        kept = np.zeros(len(block), dtype=np.bool_)
        order = order_by_code(groups.codes, groups.n)
        values = self.calls.values(block).iloc[order]  # so that a group is a slice, which is made at once
        start = 0
        for rows in np.split(order, np.cumsum(np.bincount(groups.codes, minlength=groups.n))[:-1]):
            start, of_group = start + len(rows), values.iloc[start : start + len(rows)]
            if len(rows) and (complete is None or complete[rows[0]]):
                kept[rows] = self._keeps(keys, rows[0], of_group)
        if self.dropna:
            return block[kept]
        emptied = block.copy(deep=False)
        for i in range(k, block.shape[1] - 1):
            emptied.isetitem(i, block.iloc[:, i].where(kept))
        return emptied

    def _keeps(self, keys: list[Any], row: int, group: Any) -> bool:
        try:
            keep = self.func(group, *self.args, **dict(self.kwargs))
        except Exception as error:
            key = [each.iloc[[row]].tolist()[0] for each in keys]
            annotate(error, f"in {self.calls.shown}, of the group {key!r:.200}")
            raise
        if isinstance(keep, (bool, np.bool_)):
            return bool(keep)
        if keep is None or keep is pd.NA or (isinstance(keep, float) and np.isnan(keep)):
            return False
        raise TypeError(f"filter function returned a {type(keep).__name__}, but expected a scalar bool")

    @property
    def label(self) -> str:
        return self.calls.shown


@frozen
class Restored(BlockKernel):
    """The rows of a partition in the order of their positions, which are left out, under their names."""

    meta: Any
    skip: int = 0
    """Columns before the values."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        order = np.argsort(block.iloc[:, -1].to_numpy())
        values = block.iloc[:, self.skip : -1]
        if (np.diff(order) != 1).any():
            values = values.take(order)
        return named_like(values.set_axis(ruled(values.index, self.meta.index)), self.meta)

    @property
    def label(self) -> str:
        return "rows"
