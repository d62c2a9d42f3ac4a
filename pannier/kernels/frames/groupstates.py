"""What is kept of each group while blocks are reduced: columns of partials, made of rows and merged.

A state makes its columns of the rows of a block, and merges columns of several blocks, which come in the order of
the blocks, into one.  All are arrays with an element a group; none is a loop over groups.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.groupcodes import Codes, Groups

T = TypeVar("T")
Array = Any
"""A numpy array or a pandas extension array."""


_KEPT: Final = 8
"""Columns of which something is kept that has an element a row."""


class Present(NamedTuple):
    """The values of a column that are not missing."""

    codes: Codes
    """The group of each."""
    numbers: npt.NDArray[Any]
    """They themselves, or numbers in their order."""
    positions: Codes | None
    """Rows they are in; None when no value is missing."""
    restore: Callable[[npt.NDArray[Any]], Array]
    """From such numbers the values."""


class Rows:
    """The rows of a block by group; what several states need of a column is found once."""

    __slots__ = ("_made", "_present", "frame", "groups")

    def __init__(self, frame: pd.DataFrame, groups: Groups) -> None:
        self.frame = frame
        self.groups = groups
        self._present: dict[int, Present] = {}
        self._made: dict[tuple[int, Callable[..., Any]], Any] = {}

    def column(self, place: int) -> pd.Series[Any]:
        """The column in this place."""
        return self.frame.iloc[:, place]

    def present(self, place: int) -> Present:
        """The values of the column in this place, as numbers."""
        if place not in self._present:
            self._present[place] = _present(self.column(place), self.groups.codes)
        return self._present[place]

    def once(self, place: int, make: Callable[..., T], *args: Any) -> T:
        """What ``make`` makes of the column in this place, which several states may ask for."""
        if (place, make) not in self._made:
            if len(self._made) == _KEPT:
                del self._made[next(iter(self._made))]
            self._made[place, make] = make(*args)
        made: T = self._made[place, make]
        return made

    def size(self) -> npt.NDArray[Any]:
        """The number of rows of each group."""
        return self.groups.sizes

    def count(self, present: Present) -> npt.NDArray[Any]:
        """The number of values of each group."""
        if present.positions is None:
            return self.size()
        return np.bincount(present.codes, minlength=self.groups.n)

    def total(self, codes: Codes, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The sum of ``values`` of each group, in their own type."""
        return fold(np.add, values.dtype.type(0), codes, values, self.groups)


def is_number(dtype: Any) -> bool:
    """Whether values of this type are numbers or truth values, missing ones aside."""
    return getattr(dtype, "kind", "O") in "biuf" and not isinstance(dtype, pd.CategoricalDtype)


def fold(
    ufunc: np.ufunc, start: Any, codes: Codes, values: npt.NDArray[Any], groups: Groups
) -> npt.NDArray[Any]:
    """``ufunc`` of all values of each group, from ``start`` on."""
    if groups.is_each_row and len(values) == groups.n:
        return values
    out = np.full(groups.n, start, dtype=values.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        ufunc.at(out, codes, values)
    return out


def _present(column: pd.Series[Any], codes: Codes) -> Present:
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return Present(codes, column.to_numpy(), None, _unchanged)
    missing = column.isna().to_numpy()
    positions = None
    if missing.any():
        positions = np.flatnonzero(~missing)
        column, codes = column.iloc[positions], codes[positions]
    values, restore = _numbers(column)
    return Present(codes, values, positions, restore)


def _numbers(column: pd.Series[Any]) -> tuple[npt.NDArray[Any], Callable[[npt.NDArray[Any]], Array]]:
    """Values of which none is missing as numbers in the same order, and how to go back."""
    dtype: Any = column.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind in "biuf":
            return column.to_numpy(), _unchanged
        if dtype.kind in "mM":
            return column.to_numpy().view(np.int64), lambda numbers: numbers.view(dtype)
    elif is_number(dtype):
        numbers = column.to_numpy(dtype=dtype.numpy_dtype)
        return numbers, lambda numbers: pd.array(numbers, dtype=dtype)
    elif isinstance(dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), lambda numbers: pd.Categorical.from_codes(numbers, dtype=dtype)
    codes, uniques = pd.factorize(column, sort=True)
    return codes, lambda numbers: uniques.take(numbers).array


def _unchanged(numbers: npt.NDArray[Any]) -> Array:
    return numbers


@frozen
class State(ABC):
    """Columns of partials; see the module."""

    width: ClassVar[int] = 1
    """How many columns there are."""
    is_light: ClassVar[bool] = False
    """Whether it is folded in one walk over the values, which costs less than to look keys up in a table."""

    @abstractmethod
    def chunk(self, rows: Rows) -> list[Array]:
        """The columns for the rows of a block."""

    @abstractmethod
    def merge(self, partials: Rows, place: int) -> list[Array]:
        """The columns for partials, whose own columns stand from ``place`` on."""


@frozen
class Size(State):
    """How many rows there are."""

    is_light: ClassVar[bool] = True

    def chunk(self, rows: Rows) -> list[Array]:
        return [rows.size()]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return [partials.total(partials.groups.codes, partials.column(place).to_numpy())]


@frozen
class Count(State):
    """How many values of a column there are."""

    column: int
    is_light: ClassVar[bool] = True

    def chunk(self, rows: Rows) -> list[Array]:
        column = rows.column(self.column)
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):  # lists, say, are not sorted
            there = column.notna().to_numpy()
            return [np.bincount(rows.groups.codes[there], minlength=rows.groups.n)]
        return [rows.count(rows.present(self.column))]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return [partials.total(partials.groups.codes, partials.column(place).to_numpy())]


@frozen
class Total(State):
    """The sum of the values, or their product; of no values it is neutral."""

    column: int
    is_product: bool = False
    in_floats: bool = False
    """Whether whole numbers are added as floats, which cannot overflow."""
    is_light: ClassVar[bool] = True

    def chunk(self, rows: Rows) -> list[Array]:
        present = rows.present(self.column)
        kind = np.dtype(np.float64) if self.in_floats else _WIDE[present.numbers.dtype.kind]
        return self._folded(rows, present.codes, present.numbers.astype(kind, copy=False))

    def merge(self, partials: Rows, place: int) -> list[Array]:
        # No partial is missing: one that is no number is of infinities of both signs.
        return self._folded(partials, partials.groups.codes, partials.column(place).to_numpy())

    def _folded(self, rows: Rows, codes: Codes, numbers: npt.NDArray[Any]) -> list[Array]:
        ufunc = np.multiply if self.is_product else np.add
        return [fold(ufunc, ufunc.identity, codes, numbers, rows.groups)]


_WIDE: Final = {
    "b": np.dtype(np.int64),
    "i": np.dtype(np.int64),
    "u": np.dtype(np.uint64),
    "f": np.dtype(np.float64),
}
"""The type in which numbers of each kind are added."""


@frozen
class Truth(State):
    """Whether any, or all, of the values are true."""

    column: int
    is_any: bool

    def chunk(self, rows: Rows) -> list[Array]:
        column = rows.column(self.column)
        if is_number(column.dtype) or (isinstance(column.dtype, np.dtype) and column.dtype.kind in "mM"):
            present = rows.present(self.column)
            return self._folded(rows, present.codes, present.numbers.astype(np.bool_, copy=False))
        there = column.notna().to_numpy()
        truths = np.fromiter(map(bool, column[there]), np.bool_, there.sum())
        return self._folded(rows, rows.groups.codes[there], truths)

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return self._folded(partials, partials.groups.codes, partials.column(place).to_numpy())

    def _folded(self, rows: Rows, codes: Codes, truths: npt.NDArray[np.bool_]) -> list[Array]:
        out = np.full(rows.groups.n, not self.is_any)
        out[codes[truths if self.is_any else ~truths]] = self.is_any
        return [out]


@frozen
class Extreme(State):
    """The least of the values, or the greatest."""

    column: int
    is_least: bool
    is_light: ClassVar[bool] = True

    def chunk(self, rows: Rows) -> list[Array]:
        return [self._extreme(rows, self.column)]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return [self._extreme(partials, place)]

    def _extreme(self, rows: Rows, place: int) -> Array:
        present = rows.present(place)
        if rows.groups.is_each_row:
            return rows.column(place).array
        return restored(extremes(present, rows.groups, self.is_least), present, rows)


def extremes(present: Present, groups: Groups, is_least: bool) -> npt.NDArray[Any]:
    """The least, or greatest, number of each group; anything for a group without."""
    dtype = present.numbers.dtype
    if dtype.kind == "f":
        start = np.inf if is_least else -np.inf
    elif dtype.kind == "b":
        start = is_least
    else:
        start = np.iinfo(dtype).max if is_least else np.iinfo(dtype).min
    return fold(np.minimum if is_least else np.maximum, start, present.codes, present.numbers, groups)


def restored(numbers: npt.NDArray[Any], present: Present, rows: Rows) -> Array:
    """``numbers``, one a group, as values; missing where a group has no value."""
    if present.positions is None:
        return present.restore(numbers)
    empty = rows.count(present) == 0
    if not empty.any():
        return present.restore(numbers)
    places = np.where(empty, -1, np.cumsum(~empty) - 1)
    return taken(pd.Series(present.restore(numbers[~empty]), copy=False).array, places)


@frozen
class Outermost(State):
    """The first of the values, or the last."""

    column: int
    is_first: bool

    def chunk(self, rows: Rows) -> list[Array]:
        return [self._outermost(rows, self.column)]

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return [self._outermost(partials, place)]

    def _outermost(self, rows: Rows, place: int) -> Array:
        column = rows.column(place)
        if rows.groups.is_each_row:
            return _with_none(column.array, column.dtype)
        codes, positions = rows.groups.codes, np.arange(len(column))
        missing = column.isna().to_numpy()
        if missing.any():
            positions = np.flatnonzero(~missing)
            codes = codes[positions]
        places = outermost(codes, positions, rows.groups.n, self.is_first)
        return _with_none(taken(column.array, places), column.dtype)


def _with_none(values: Array, dtype: Any) -> Array:
    """``values``; of objects, those that are missing are None, as pandas has the first of a group without any."""
    if not pd.api.types.is_object_dtype(dtype):
        return values
    objects = np.array(values, dtype=object)
    objects[pd.isna(objects)] = None
    return objects


def outermost(codes: Codes, positions: Codes, n: int, is_first: bool) -> Codes:
    """For each group the first, or last, of its ``positions``; -1 for a group without."""
    if is_first:
        codes, positions = codes[::-1], positions[::-1]
    out = np.full(n, -1, dtype=np.intp)
    out[codes] = positions  # what is written last stays
    return out


def taken(values: Any, positions: Codes) -> Array:
    """The values at ``positions``, missing at those below 0."""
    if len(positions) and positions.min() < 0:
        return pd.Series(values, copy=False).reset_index(drop=True).reindex(positions).array
    return values.take(positions)


@frozen
class ExtremeLabel(State):
    """The least of the values, or the greatest, and the label of the row where it stands first."""

    column: int
    is_least: bool
    width: ClassVar[int] = 2

    def chunk(self, rows: Rows) -> list[Array]:
        return self._found(rows, self.column, rows.frame.index.array)

    def merge(self, partials: Rows, place: int) -> list[Array]:
        return self._found(partials, place, partials.column(place + 1).array)

    def _found(self, rows: Rows, place: int, labels: Any) -> list[Array]:
        present = rows.present(place)
        best = extremes(present, rows.groups, self.is_least)
        hits = np.flatnonzero(present.numbers == best[present.codes])
        positions = hits if present.positions is None else present.positions[hits]
        where = outermost(present.codes[hits], positions, rows.groups.n, is_first=True)
        return [taken(rows.column(place).array, where), taken(labels, where)]


@frozen
class Custom(State):
    """The user's own columns: ``first(groups of a column)`` of rows, ``then(groups of partials)`` of partials."""

    column: int
    first: Callable[..., Any]
    then: Callable[..., Any]
    parts: int
    """How many series ``first`` gives."""

    @property
    def width(self) -> int:  # type: ignore[override]
        """As many as there are series."""
        return self.parts

    def chunk(self, rows: Rows) -> list[Array]:
        return _aligned(self.first(rows.column(self.column).groupby(rows.groups.codes)))

    def merge(self, partials: Rows, place: int) -> list[Array]:
        codes = partials.groups.codes
        return _aligned(self.then(*[partials.column(place + i).groupby(codes) for i in range(self.parts)]))


def _aligned(made: Any) -> list[Array]:
    """The values of one series or several, in the order of their groups."""
    return [
        each.sort_index().array if isinstance(each, pd.Series) else each
        for each in (made if isinstance(made, tuple) else (made,))
    ]
