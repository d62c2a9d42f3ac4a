"""Numbers of one type among those of another, row by row: which type comes out depends on the rows of all blocks.

pandas keeps the type of a column if no row is replaced, or if it holds all numbers of the other side, those of rows that
stay among them; else it takes a type for both.  Columns of one type meet the others in the type that is common to these.
So it is with truth values among objects, which may all be truth values, and with instants and texts where the other side
has no such column: they become objects if a row is replaced.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_bool, is_number, is_scalar

from pannier.frozen import frozen
from pannier.kernels.frames.base import Around, FrameKernel, MethodCall
from pannier.kernels.frames.kinds import is_plain
from pannier.kernels.frames.reductions import FrameReduction, columns_of
from pannier.kernels.kernel import fill

_FLOAT: Final = np.dtype("float64")
_OBJECT: Final = np.dtype(object)
_WITH_GAPS: Final = {"i": _FLOAT, "u": _FLOAT, "b": _OBJECT}
"""What types of these kinds become where a label is missing."""


@frozen
class Clashes(FrameKernel):
    """One row: whether a label is missing in the other block; then of each column whether a value is replaced, and one not held.

    >>> clashes = Clashes("where", [False, True], 1)
    >>> clashes(pd.Series([1, 2]), pd.Series([3.0, 4.5])).iloc[0].tolist()
    [False, True, True]
    """

    name: str
    """``fillna``, ``where`` or ``mask``."""
    cond: Any
    """Which rows are meant by the latter two; it may have slots."""
    place: int
    """Which block the other is."""
    options: tuple[tuple[str, Any], ...] = ()

    def __call__(self, *blocks: Any) -> Any:
        own, other = blocks[0], blocks[self.place]
        has_gaps = not (own.index.equals(other.index) or own.index.isin(other.index).all())
        replaced = self._replaced(own, *fill((self.cond,), blocks))
        beside = own.align(other, join="left", axis=0)[1]
        flags = [has_gaps]
        for name, dtype, common in met(own, other, has_gaps):
            values = beside if beside.ndim == 1 else beside.get(name, np.full(len(beside), np.nan))
            is_replaced = replaced if own.ndim == 1 else replaced[name]
            is_lost = not is_plain(dtype, "biuf") or not _holds(dtype, np.asarray(values, common))
            flags += [is_replaced, is_lost]
        return pd.DataFrame([flags], dtype="bool")

    def _replaced(self, own: Any, cond: Any) -> Any:
        """Whether any value is, of each column."""
        if self.name == "fillna":
            return own.isna().any()
        marks = pd.Series(0, own.index) if own.ndim == 1 else pd.DataFrame(0, own.index, own.columns)
        cond = cond(own) if callable(cond) else cond
        return getattr(marks, self.name)(cond, 1, **dict(self.options)).ne(0).any()

    @property
    def label(self) -> str:
        return self.name


@frozen
class InOneType(Around):
    """What ``kernel`` makes of numbers of the first block and of those of another, in a type that all blocks have."""

    place: int
    """Which block the other is."""
    known: int
    """Which block says what is in all of them: whether any of their :class:`Clashes` are so."""

    def __call__(self, *blocks: Any) -> Any:
        own, other, known = blocks[0], blocks[self.place], blocks[self.known].to_numpy()
        if not len(known):
            return self.kernel(*blocks)
        pairs = met(own, other, known[0])
        types = {
            name: _joint(dtype, common)
            for (name, dtype, common), is_replaced, is_lost in zip(
                pairs, known[1::2], known[2::2], strict=True
            )
            if is_replaced and is_lost
        }
        if not types:
            return self.kernel(*blocks)
        wide = list(blocks)
        wide[0] = own.astype(types if own.ndim == 2 else types[own.name])
        if other.ndim == 1:
            wide[self.place] = other.astype(pairs[0][2])
        else:
            wide[self.place] = other.astype({name: common for name, _, common in pairs if name in other})
        return self.kernel(*wide)


def met(own: Any, other: Any, has_gaps: bool) -> list[tuple[Any, Any, Any]]:
    """The columns of ``own`` that meet numbers, or truth values objects, of ``other``: name, type, and type of what they meet.

    >>> met(pd.DataFrame({"x": [1], "y": [1]}), pd.DataFrame({"x": [1], "y": [1.5]}), False)
    [('x', dtype('int64'), dtype('float64')), ('y', dtype('int64'), dtype('float64'))]
    """
    if own.ndim == 1:
        pairs = [(own.name, own.dtype, other.dtype)]
    elif not own.columns.is_unique or (other.ndim == 2 and not other.columns.is_unique):
        return []
    else:
        types = {} if other.ndim == 1 else dict(other.dtypes)
        default = other.dtype if other.ndim == 1 else _FLOAT  # a column that is missing is NaN
        pairs = [(name, dtype, types.get(name, default)) for name, dtype in own.dtypes.items()]
    others = defaultdict(set)
    for _, dtype, given in pairs:
        others[dtype].add(_WITH_GAPS.get(given.kind, given) if has_gaps else given)
    numbers = [
        (name, dtype, np.result_type(*others[dtype]))
        for name, dtype, _ in pairs
        if all(is_plain(each, "bO" if is_plain(dtype, "b") else "iuf") for each in (dtype, *others[dtype]))
    ]
    if other.ndim == 1:
        return numbers
    lacked = [
        (name, dtype, _OBJECT)
        for name, dtype, _ in pairs
        if name not in other and (_is_text(dtype) or (dtype.kind in "mM" and others[dtype] == {_FLOAT}))
    ]
    return numbers + lacked


def _is_text(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype) and dtype.na_value is not pd.NA


def _joint(dtype: Any, common: Any) -> Any:
    return _OBJECT if common == _OBJECT else np.result_type(dtype, common)


def depends_on_all(name: str, own: Any, other: Any, has_gaps: bool) -> bool:
    """Whether values of all blocks decide of which type columns are; by ``fillna`` whole numbers stay what they are."""
    return any(
        _joint(dtype, common) != dtype and (dtype.kind == "f" or name != "fillna")
        for _, dtype, common in met(own, other, has_gaps)
    )


def _holds(dtype: Any, values: Any) -> bool:
    """Whether pandas puts ``values`` into a column of this type as it is."""
    column = pd.Series(np.zeros(len(values), dtype))
    return bool(column.where(np.zeros(len(values), np.bool_), values).dtype == dtype)


def sought(kernel: MethodCall) -> tuple[Any, ...]:
    """What ``replace`` looks for, where it puts objects and other values in the place of several, or None; else nothing.

    >>> (
    ...     sought(MethodCall("replace", ({1: 0.5, 7: "x"},))),
    ...     sought(MethodCall("replace", ([1, 7], [2, 3]))),
    ... )
    ((1, 7), ())
    """
    given = dict(zip(("to_replace", "value"), kernel.args, strict=False), **dict(kernel.kwargs))
    old, new = given.get("to_replace"), given.get("value")
    pairs: list[Any] = []
    if isinstance(old, Mapping) and new is None:
        inner = [each.items() if isinstance(each, Mapping) else [(key, each)] for key, each in old.items()]
        pairs = list(itertools.chain.from_iterable(inner))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        pairs = list(zip(old, new, strict=False))
    kinds = {pd.isna(each) if is_scalar(each) and not _is_object(each) else "object" for _, each in pairs}
    has_none = any(value is None for _, value in pairs)
    return tuple([each for each, _ in pairs]) if has_none or ("object" in kinds and len(kinds) > 1) else ()


def _is_object(value: Any) -> bool:
    return not (is_number(value) or pd.isna(value)) or is_bool(value)


@frozen
class Replaceable(FrameReduction):
    """Of each column of numbers, texts or times those of ``values`` that are in it, a list for each column.

    >>> Replaceable((1, 7)).chunk(pd.DataFrame({"x": [1, 2, 1], "y": [5, 5, 5]})).tolist()
    [[1], []]
    """

    values: tuple[Any, ...]

    def chunk(self, records: Any) -> pd.Series[Any]:
        return pd.Series(list(map(self._found, columns_of(records))), dtype=object)

    def _found(self, column: pd.Series[Any]) -> list[Any]:
        if not (is_plain(column.dtype, "biufmM") or isinstance(column.dtype, pd.StringDtype)):
            return []
        gaps = column.isna() if any(pd.isna(value) for value in self.values if is_scalar(value)) else False
        return column[column.isin(self.values) | gaps].drop_duplicates().tolist()

    def combine(self, partials: list[pd.Series[Any]]) -> pd.Series[Any]:
        columns = zip(*partials, strict=True)
        return pd.Series(
            [list(dict.fromkeys(itertools.chain.from_iterable(each))) for each in columns], dtype=object
        )

    @property
    def label(self) -> str:
        return "replace: found"


@frozen
class AsInAll(Around):
    """What ``kernel`` makes of the first block with rows behind it that have what is :class:`Replaceable` in others."""

    known: int
    """Which block says what that is."""

    def __call__(self, *blocks: Any) -> Any:
        block, found = blocks[0], blocks[self.known].tolist()
        most = max(map(len, found), default=0)
        if not (most and len(block)):
            return self.kernel(*blocks)
        behind = block.iloc[[0] * most]
        if block.ndim == 1:
            behind = pd.Series(found[0], dtype=block.dtype, name=block.name)
        else:
            for i, values in enumerate(found):
                if values:
                    filled = [*values, *values[-1:] * (most - len(values))]
                    behind.isetitem(i, pd.array(filled, dtype=block.dtypes.iloc[i]))
        whole = pd.concat([block, behind], ignore_index=True)
        return self.kernel(whole, *blocks[1:]).iloc[: len(block)].set_axis(block.index)
