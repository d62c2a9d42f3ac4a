"""Rows in order: by which columns, which way, and keys of single rows that can be compared across frames."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pannier.errors import InputError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.groupcodes import are_distinct
from pannier.kernels.frames.keyhash import key_columns
from pannier.kernels.frames.levels import ruled

Key: TypeAlias = tuple[Any, ...]
"""What makes the place of one row: a rank, which says whether it is missing, and a value for each column."""

_MANY: Final = 1 << 14
"""Rows of which it pays to see first, by their hashes, whether any are alike."""
_PRESENT: Final = 0
_RUN: Final = 1000
"""Rows in order that make a run worth the stable sort."""


@frozen
class Order:
    """An order of the rows of frames, that of ``sort_values`` and ``sort_index`` with ``kind="stable"``."""

    by: tuple[Any, ...] | None
    """Names of columns, or of levels of the index; None for the index."""
    ascending: tuple[bool, ...]
    """One for each key."""
    na_position: str
    key: Callable[[Any], Any] | None
    dtypes: tuple[Any, ...]
    """Of the keys; categories have to be these, since others would have another order."""
    levels: tuple[int, ...] | None = None
    """Without ``by``, the places of the levels that are the keys, all of them if None."""
    mapped: int | None = None
    """How many of the keys the function is called with; all of them if None."""

    @classmethod
    def of(
        cls,
        meta: Any,
        by: tuple[Any, ...] | None,
        ascending: bool | Iterable[bool] = True,
        na_position: str = "last",
        key: Callable[[Any], Any] | None = None,
        levels: tuple[int, ...] | None = None,
        mapped: int | None = None,
    ) -> Order:
        """The order of frames like ``meta``."""
        columns = _keyed(meta, by, key, levels, mapped)
        ways = (
            (bool(ascending),) * len(columns)
            if isinstance(ascending, (bool, int, np.bool_))
            else tuple(ascending)
        )
        dtypes = tuple([column.dtype for column in columns])
        return cls(by, ways, na_position, key, dtypes, levels, mapped)

    @property
    def columns(self) -> Columns:
        """The columns that it reads."""
        return frozenset(self.by or ())

    def keys(self, block: Any) -> list[pd.Series[Any]]:
        """The keys of all rows, numbered from 0."""
        columns = _keyed(block, self.by, self.key, self.levels, self.mapped)
        return [
            self._of_categories(column, dtype) if isinstance(dtype, pd.CategoricalDtype) else column
            for column, dtype in zip(columns, self.dtypes, strict=True)
        ]

    def _of_categories(self, column: pd.Series[Any], dtype: pd.CategoricalDtype) -> pd.Series[Any]:
        """``column`` with the categories of ``dtype``, in their order."""
        if not isinstance(column.dtype, pd.CategoricalDtype):
            return column.astype(dtype)
        categories = column.dtype.categories
        if categories.equals(dtype.categories):
            return column
        unknown = categories.difference(dtype.categories)
        if len(unknown):
            raise InputError(
                f"the order of the category {unknown[0]!r} is not known: partitions have other categories than "
                f"{list(dtype.categories)!r:.200}; give the column all of them first, as categorize() does, or make "
                "texts of it with astype(str)"
            )
        return pd.Series(column.cat.set_categories(dtype.categories, ordered=dtype.ordered))

    def places(self, keys: list[pd.Series[Any]]) -> NDArray[np.intp]:
        """The places of the rows with these ``keys`` in sorted order.

        >>> frame = pd.DataFrame({"a": [2, 1, 2]})
        >>> order = Order.of(frame, ("a",), ascending=False)
        >>> order.places(order.keys(frame)).tolist()
        [0, 2, 1]
        """
        na: Any = self.na_position
        if len(keys) == 1:
            numbers = _complete_numbers(keys[0])
            if numbers is not None:
                return _stable_places(numbers if self.ascending[0] else _reversed(numbers))
            found = keys[0].sort_values(ascending=self.ascending[0], na_position=na, kind="stable")
        else:
            frame = pd.DataFrame(dict(enumerate(keys)), copy=False)
            found = frame.sort_values(list(frame.columns), ascending=list(self.ascending), na_position=na)  # type: ignore[assignment]
        return found.index.to_numpy()

    def row_keys(self, keys: list[pd.Series[Any]]) -> Callable[[int], Key]:
        """A function of the number of a row to its key: a smaller one is before a larger one."""
        values = [_values(column) for column in keys]
        missing = 1 if self.na_position == "last" else -1
        return functools.partial(_row_key, values, self.ascending, missing)

    def bound(self, value: Any) -> Key:
        """The key of rows of which the only column has ``value``."""
        return _part(value, self.ascending[0], 1 if self.na_position == "last" else -1)


def _complete_numbers(column: pd.Series[Any]) -> NDArray[Any] | None:
    """The values of a column as numbers in the same order, if they are numbers or times and none is missing."""
    values = column.array
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iufmM":
        return None
    numbers = values.view("i8") if column.dtype.kind in "mM" else values.to_numpy()
    return None if column.dtype.kind not in "iu" and column.hasnans else numbers


def _reversed(numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers in the opposite order."""
    return -numbers if numbers.dtype.kind == "f" else ~numbers


def _stable_places(numbers: NDArray[Any]) -> NDArray[np.intp]:
    """What ``numbers.argsort(kind="stable")`` gives.

    numpy's sort that is not stable has the vector instructions of the processor, and takes a quarter of the time; so
    equal numbers, which it leaves in any order, are put in that of their places behind.  The stable sort is the faster
    one of small numbers, which it counts, and of few runs in order, as gathers have them.
    """
    is_small = numbers.dtype.itemsize <= 2
    if is_small or np.count_nonzero(numbers[1:] < numbers[:-1]) < len(numbers) // _RUN:
        return numbers.argsort(kind="stable")
    places = numbers.argsort()
    ordered = numbers[places]
    is_new = ordered[1:] != ordered[:-1]
    if not is_new.all():
        bits = len(places).bit_length()
        ranks = np.zeros(len(places), np.int64)
        np.cumsum(is_new, out=ranks[1:])
        ranks <<= bits
        ranks |= places
        ranks.sort()
        places = ranks & ((1 << bits) - 1)
    return places


def _keyed(
    block: Any,
    by: tuple[Any, ...] | None,
    key: Callable[[Any], Any] | None,
    levels: tuple[int, ...] | None,
    mapped: int | None,
) -> list[pd.Series[Any]]:
    columns = key_columns(block, by)
    if levels is not None:
        columns = [columns[place] for place in levels]
    if key is not None:
        columns = [key(column) for column in columns[:mapped]] + columns[len(columns[:mapped]) :]
    return [_numbered(column) for column in columns]


def _numbered(column: Any) -> pd.Series[Any]:
    values = column.array if isinstance(column, (pd.Series, pd.Index)) else column
    made: pd.Series[Any] = pd.Series(values, dtype=column.dtype, copy=False)
    return made


def _values(column: pd.Series[Any]) -> Any:
    """Values by their places: those of pandas, of which categories are numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes
        return codes.where(codes >= 0).astype("Int64").array
    return column.array


def _row_key(values: list[Any], ascending: tuple[bool, ...], missing: int, at: int) -> Key:
    if len(values) == 1:
        return _part(values[0][at], ascending[0], missing)
    parts: Key = ()
    for column, is_ascending in zip(values, ascending, strict=True):
        parts += _part(column[at], is_ascending, missing)
    return parts


def _part(value: Any, ascending: bool, missing: int) -> Key:
    if isinstance(value, np.generic):
        value = value.item()  # of which those narrower than 64 bits are no floats of Python's
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return missing, 0
    return _PRESENT, value if ascending else Backwards(value)


@functools.total_ordering
@frozen
class Backwards:
    """A value in descending order.

    >>> Backwards(2) < Backwards(1)
    True
    """

    value: Any

    def __lt__(self, other: Backwards) -> bool:
        return bool(other.value < self.value)


@frozen
class Sort(FrameKernel):
    """The rows of a block in order."""

    order: Order
    ignore_index: bool
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        made = block.take(self.order.places(self.order.keys(block)))
        return made.set_axis(pd.RangeIndex(len(made))) if self.ignore_index else made

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (None if wanted is None else wanted | frozenset(self.order.by or ()),))

    @property
    def label(self) -> str:
        return self.shown


@frozen
class SetIndex(FrameKernel):
    """A frame with one or more of its columns, or a second block, as its index."""

    keys: tuple[Any, ...] | None
    """Names of columns; None for the second block, a series."""
    drop: bool = True
    append: bool = False
    is_part: bool = False
    """Whether there are other blocks, too: pandas makes a range of int64 of small numbers, where all of them are one."""

    def __call__(self, *blocks: Any) -> Any:
        keys = blocks[1] if self.keys is None else list(self.keys) if len(self.keys) > 1 else self.keys[0]
        made = blocks[0].set_index(keys, drop=self.drop, append=self.append)
        if self.is_part and isinstance(made.index, pd.RangeIndex):
            dtype = blocks[1].dtype if self.keys is None else blocks[0][keys].dtype
            made.index = made.index if dtype == made.index.dtype else made.index.astype(dtype)
        return made

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        needs = None if wanted is None else wanted | frozenset(self.keys or ())
        return Projection(self, (needs, *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"set_index({', '.join(map(repr, self.keys or ('...',)))})"


@frozen
class Deduplicate(FrameKernel):
    """Of rows that are equal, in some columns, the first or the last one, or none."""

    subset: tuple[Any, ...] | None
    keep: Any
    """``first``, ``last``, or False for none."""
    labels: Any
    """An index without rows, as the one of all rows is."""
    keeps_rows: ClassVar[bool] = False

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        subset = None if self.subset is None else list(self.subset)
        keys = block if subset is None else block[subset]
        if len(block) < _MANY or not are_distinct([key for _, key in keys.items()]):
            block = block.drop_duplicates(subset=subset, keep=self.keep)
        return self.of_alone(block)

    def of_alone(self, block: Any) -> Any:
        """The same of rows that are known to be different ones."""
        return block.set_axis(ruled(block.index, self.labels))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or self.subset is None:
            return Projection(self, (None,))
        return Projection(self, (wanted | frozenset(self.subset),))

    @property
    def label(self) -> str:
        return "drop_duplicates"
