"""Rows reduced to groups by Arrow's hash aggregation, where its answers are those of the states.

It takes a third of the time in which pandas looks texts up, and holds no interpreter's lock meanwhile.  Keys that are
addresses (see :func:`~pannier.kernels.frames.groupcodes.addressed_groups`) need no table, so numpy is twice as fast
there, if values are folded in one walk.  What is not in the table below, or of another type, is left to numpy too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.kernels.frames.fixedtexts import of_one_width
from pannier.kernels.frames.groupmoments import Moments
from pannier.kernels.frames.groupstates import Array, Count, Extreme, Size, State, Total

LEAST_ROWS: Final = 30_000
"""Of fewer rows numpy finds groups in a millisecond, as fast as Arrow, whose engine takes 20 to load."""
_MOST_BYTES: Final = 1 << 31
"""Bytes of text that short offsets reach."""
_WORD: Final = 8
"""Bytes of the widest numbers."""
_HALF: Final = np.uint64(32)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio in 64 bits: a factor that carries each bit to most of those above it."""
_INVERSE: Final = np.uint64(pow(int(_ODD), -1, 1 << 64))


class _Fold(NamedTuple):
    """One column of partials, as Arrow makes it."""

    place: int | None
    """Where the column that it is of stands in the block; None for rows, whatever they have."""
    function: str
    in_floats: bool = False
    """Whether numbers are taken as floats."""


def reduced(
    frame: pd.DataFrame, k: int, states: Sequence[State], *, merged: bool = False, in_order: bool = True
) -> list[Array] | None:
    """The keys of the groups of ``frame``, its first ``k`` columns, and the columns of ``states``; None where Arrow cannot
    tell, would tell otherwise, or is not worth loading.

    Groups come ``in_order`` of their first rows, or only nearly so.  Of partials, which are to be ``merged``, the columns
    of the states stand behind the keys.

    >>> frame = pd.DataFrame({0: [2, 1, 2] * LEAST_ROWS, 1: [0.5, np.nan, 1.0] * LEAST_ROWS})
    >>> [array.tolist() for array in reduced(frame, 1, [Total(1), Size()])]
    [[2, 1], [45000.0, 0.0], [60000, 30000]]
    """
    if len(frame) < LEAST_ROWS:
        return None
    folds = _folds(states, k, merged)
    if folds is None:
        return None
    keys = [_key(frame.iloc[:, i]) for i in range(k)]
    values = {(fold.place, fold.in_floats): _value(frame, fold, merged=merged) for fold in folds}
    if any(each is None for each in keys) or any(each is None for each in values.values()):
        return None
    import pyarrow.compute as pc
    from pyarrow import acero

    options = {
        "count": pc.CountOptions(mode="only_valid"),
        "variance": pc.VarianceOptions(ddof=0, min_count=0),
    }
    plain = pc.ScalarAggregateOptions(skip_nulls=True, min_count=0)
    names = {key: f"v{i}" for i, key in enumerate(values)}
    table = pa.table(
        {f"k{i}": each.column for i, each in enumerate(keys) if each}
        | {names[key]: each for key, each in values.items() if key[0] is not None}
        | ({"row": pa.array(np.arange(len(frame)))} if in_order else {})
    )
    aggregates = [
        ([], "hash_count_all", None, f"f{i}")
        if fold.place is None
        else (
            names[fold.place, fold.in_floats],
            f"hash_{fold.function}",
            options.get(fold.function, plain),
            f"f{i}",
        )
        for i, fold in enumerate(folds)
    ]
    if in_order:
        aggregates.append(("row", "hash_min", plain, "first"))
    source = acero.Declaration("table_source", acero.TableSourceNodeOptions(table))
    step = acero.AggregateNodeOptions(aggregates, keys=[f"k{i}" for i in range(k)])
    made = acero.Declaration("aggregate", step, [source]).to_table(use_threads=False)
    found = [each.restore(made.column(f"k{i}")) for i, each in enumerate(keys) if each]
    folded = [made.column(f"f{i}").to_numpy() for i in range(len(folds))]
    arrays = found + _as_states(folded, states, merged)
    if in_order and (np.diff(first := made.column("first").to_numpy()) < 0).any():
        order = np.argsort(first)
        return [each.take(order) for each in arrays]
    return arrays


def _folds(states: Sequence[State], k: int, merged: bool) -> list[_Fold] | None:
    """The folds that make the columns of ``states``; None if one of them is not made of such."""
    folds: list[_Fold] = []
    place = k
    for state in states:
        match state:
            case Size():
                folds.append(_Fold(place, "sum") if merged else _Fold(None, "count_all"))
            case Count(column):
                folds.append(_Fold(place, "sum") if merged else _Fold(column, "count"))
            case Total(column, is_product=False, in_floats=in_floats):
                folds.append(_Fold(place if merged else column, "sum", in_floats))
            case Extreme(column, is_least):
                folds.append(_Fold(place if merged else column, "min" if is_least else "max"))
            case Moments(column, order=2) if not merged:
                folds += [_Fold(column, name, True) for name in ("count", "mean", "variance")]
            case _:
                return None
        place += state.width
    return folds


def _as_states(folded: list[Array], states: Sequence[State], merged: bool) -> list[Array]:
    """The columns of ``states``, of what was folded for them."""
    arrays: list[Array] = []
    at = 0
    for state in states:
        own = folded[at : at + state.width]
        at += state.width
        if isinstance(state, Moments) and not merged:
            n, mean, variance = own
            is_empty = n == 0
            own = [n, np.where(is_empty, 0.0, mean), np.where(is_empty, 0.0, variance * n)]
        arrays += own
    return arrays


class _Key(NamedTuple):
    """A key as Arrow is to tell it apart, and how to go back."""

    column: Any
    restore: Callable[[Any], Array]


def _key(key: pd.Series[Any]) -> _Key | None:
    dtype: Any = key.dtype
    if isinstance(dtype, pd.StringDtype):
        text: Any = dtype
        values = key.array.__arrow_array__()
        fixed = of_one_width(values)
        # Of a word Arrow takes the hash of a number: see _mixed.
        if fixed is not None and fixed.type.byte_width != _WORD:
            return _Key(fixed, lambda found: text.__from_arrow__(found.cast(pa.large_string())))
        if values.nbytes >= _MOST_BYTES:
            return None
        # Arrow finds groups of texts with short offsets eight times as fast as of those that pandas keeps.
        return _Key(values.cast(pa.string()), text.__from_arrow__)
    if isinstance(dtype, pd.CategoricalDtype):
        return _Key(
            pa.array(key.cat.codes.to_numpy()),
            lambda codes: pd.Categorical.from_codes(codes.to_numpy(), dtype=dtype),
        )
    if not isinstance(dtype, np.dtype) or dtype.kind not in "biumM":
        return None
    # Equal bytes, equal values: a time that is missing has one of its own.
    numbers = key.to_numpy().view(f"u{dtype.itemsize}")
    if dtype.itemsize < _WORD:
        return _Key(pa.array(numbers), lambda found: found.to_numpy().view(dtype))
    return _Key(pa.array(_mixed(numbers)), lambda found: _unmixed(found.to_numpy()).view(dtype))


def _mixed(numbers: Array) -> Array:
    """Other numbers, a different one for each: where all differ in their upper bits alone, Arrow's hashes of them are the same.

    >>> _unmixed(_mixed(np.array([7, 1 << 63], dtype="u8"))).tolist() == [7, 1 << 63]
    True
    """
    made = numbers * _ODD
    made ^= made >> _HALF
    return made


def _unmixed(mixed: Array) -> Array:
    return (mixed ^ (mixed >> _HALF)) * _INVERSE


def _value(frame: pd.DataFrame, fold: _Fold, *, merged: bool) -> Any:
    """The numbers to fold, missing ones as such; None for what are no numbers as numpy has them."""
    if fold.place is None:
        return ()
    column = frame.iloc[:, fold.place]
    dtype: Any = column.dtype
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iuf":
        return None
    numbers = column.to_numpy()
    if fold.function == "sum" and not fold.in_floats and dtype.kind == "u" and dtype.itemsize < 8:
        numbers = numbers.astype(np.uint64)
    if fold.in_floats or (dtype.kind == "f" and fold.function == "sum"):
        numbers = numbers.astype(np.float64, copy=False)
    if merged and fold.function == "sum":  # of infinities of both signs it is no number, and not missing
        return pa.array(numbers)
    # To ask numpy whether any is missing takes a fraction of the time in which Arrow looks.
    return pa.array(numbers, from_pandas=numbers.dtype.kind == "f" and bool(np.isnan(numbers).any()))
