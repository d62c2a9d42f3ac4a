"""Aggregations that need all rows of a group at once: order statistics, distinct values, and what pandas is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.kernels.frames.groupcodes import groups_of, is_complete, order_by_code
from pannier.kernels.frames.groupstates import Array, Present, Rows, is_number, taken

_MANY: Final = 128
"""Values a group, from which on groups are sorted one by one: numbers are sorted in a fifth of the time of their places."""


def whole(rows: Rows, keys: int, place: int, name: Any, func: Any, options: Mapping[str, Any]) -> Array:
    """``func`` of the column called ``name`` in ``place``, for each group.

    A function of the user's is not called for groups that lack one of the first ``keys`` columns, which are left out later.
    """
    native = _NATIVE.get(func) if isinstance(func, str) else None
    if native is not None:
        found = native(rows, place, **options)
        if found is not None:
            return found
    column, codes = rows.column(place).rename(name), rows.groups.codes
    if isinstance(func, str):
        return getattr(column.groupby(codes), func)(**options).array
    complete = is_complete([rows.column(i) for i in range(keys)])
    if complete is None:
        return column.groupby(codes).agg(func, **options).array
    made = column[complete].groupby(codes[complete]).agg(func, **options)
    places = made.index.get_indexer(pd.RangeIndex(rows.groups.n))
    # Another group's answer stands where none is made: a missing one would change the type of all.
    return taken(made.array, np.maximum(places, 0) if len(made) else places)


def _median(rows: Rows, place: int) -> Array | None:
    """The value in the middle of each group, or the mean of the two that are, which may be infinite."""
    return _ranked(rows, place, 0.5, lambda low, high, part: (low + high) / 2)


def _quantile(rows: Rows, place: int, q: float = 0.5, interpolation: str = "linear") -> Array | None:
    """The value that a part ``q`` of the values of each group is below, between two of them if need be."""
    if interpolation != "linear":
        return None
    return _ranked(rows, place, q, lambda low, high, part: low + (high - low) * part)


def _ranked(rows: Rows, place: int, q: float, between: Callable[..., Array]) -> Array | None:
    """The value at ``q`` of each group, or what is ``between`` the two that are next to it."""
    if not is_number(rows.column(place).dtype):
        return None
    present, n = rows.present(place), rows.groups.n
    count = rows.count(present)
    values = _sorted_within(present, n, count)
    start = np.cumsum(count) - count
    at = q * (count - 1)
    below = np.floor(at).astype(np.intp)
    out = np.full(n, np.nan)
    some = count > 0
    first = start[some] + below[some]
    part = (at - below)[some]
    low = values[first].astype(np.float64)
    high = values[np.where(part > 0, first + 1, first)].astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        out[some] = np.where(part > 0, between(low, high, part), low)
    return out


def _sorted_within(present: Present, n: int, count: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values group by group, those of each group in order."""
    if len(present.numbers) < _MANY * n:
        order = np.argsort(present.numbers)
        return present.numbers[order[order_by_code(present.codes[order], n)]]
    values = present.numbers[order_by_code(present.codes, n)]
    for group in np.split(values, np.cumsum(count)[:-1]):
        group.sort()
    return values


def _nunique(rows: Rows, place: int, dropna: bool = True) -> Array:
    """How many different values each group has."""
    column, codes = rows.column(place), rows.groups.codes
    if dropna and (missing := column.isna().to_numpy()).any():
        column, codes = column[~missing], codes[~missing]
    pairs = groups_of([pd.Series(codes, copy=False), column], sort=False)
    return np.bincount(codes[pairs.first], minlength=rows.groups.n)


_NATIVE: Final[Mapping[str, Callable[..., Array | None]]] = {
    "median": _median,
    "quantile": _quantile,
    "nunique": _nunique,
}
