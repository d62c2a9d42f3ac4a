"""What rows of two frames are joined by: columns, levels of the index, or the index; and the order of these."""

from __future__ import annotations

import dataclasses
from itertools import count
from typing import Any

import pandas as pd

from pannier.collections.dataframe.base import FrameLike
from pannier.errors import UsageError, annotate, near_matches
from pannier.kernels import frames


def keys_of(
    left: Any,
    right: Any,
    on: Any,
    left_on: Any,
    right_on: Any,
    left_index: bool,
    right_index: bool,
) -> tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]:
    """The keys of both sides, None for an index."""
    if on is not None and (left_on is not None or right_on is not None or left_index or right_index):
        raise UsageError("keys are given by on=, or by left_on= and right_on=, or by the index; not by both")
    if on is None and left_on is None and right_on is None and not left_index and not right_index:
        on = [name for name in left.columns if name in set(right.columns)]
        if not on:
            raise UsageError(
                f"the frames have no column in common: {list(left.columns)!r:.200} and {list(right.columns)!r:.200}; "
                "say left_on= and right_on=, or left_index=True and right_index=True"
            )
    if on is not None:
        return _listed(on), _listed(on)
    if (left_on is None) == (not left_index) or (right_on is None) == (not right_index):
        raise UsageError(
            "each side has a key: left_on= or left_index=True, and right_on= or right_index=True"
        )
    return None if left_index else _listed(left_on), None if right_index else _listed(right_on)


def _listed(on: Any) -> tuple[Any, ...]:
    names = tuple(on) if isinstance(on, (list, tuple)) else (on,)
    for name in names:
        if isinstance(name, (FrameLike, pd.Series, pd.Index)) or not pd.api.types.is_hashable(name):
            raise UsageError(
                "keys are names of columns; make a column of a series first, as in df.assign(key=series)"
            )
    return names


def require(side: str, meta: Any, keys: tuple[Any, ...] | None) -> None:
    """Raise KeyError for a key that ``side`` has neither as a column nor as a level of its index, ValueError for both."""
    for name in keys or ():
        if name in meta.columns and name in meta.index.names:
            raise ValueError(
                f"{name!r} is both an index level and a column label of {side}, which is ambiguous"
            )
        if name not in meta.columns and name not in meta.index.names:
            known = list(meta.columns)
            raise annotate(
                KeyError(name), f"{side} has the columns {known!r:.300}{near_matches(name, known)}"
            )


def shared_levels(left: pd.Index[Any], right: pd.Index[Any]) -> tuple[Any, ...] | None:
    """The names of the levels by which two indexes meet, if one of them has others besides; None if whole labels do.

    Raises ValueError, as pandas does, if there is none, UsageError if these have no names.

    >>> shared_levels(
    ...     pd.MultiIndex.from_tuples([(1, 2)], names=["x", "y"]), pd.Index([1], name="x")
    ... )
    ('x',)
    """
    is_deep = isinstance(left, pd.MultiIndex) or isinstance(right, pd.MultiIndex)
    if not is_deep or list(left.names) == list(right.names):
        return None
    names = tuple([name for name in left.names if name in right.names])
    if not names:
        raise ValueError("cannot join with no overlapping index names")
    if None in names:
        raise UsageError(
            f"levels {list(left.names)!r:.200} and {list(right.names)!r:.200} of the indexes are joined by their names; "
            "give all a name with rename_axis()"
        )
    return names


def sorted_by_keys(merged: Any, merge: frames.merging.Merge) -> Any:
    """``merged`` in the order of its keys; of two columns that make one, of that of the left where it has a value."""
    pairs = merge.key_labels()
    if pairs is None:
        return merged.sort_index()
    types = dict(
        zip(
            merged._meta.index.names,
            [each.dtype for each in frames.levels.levels_of(merged._meta.index)],
            strict=True,
        )
    )
    types |= dict(zip(merged._meta.columns, merged._meta.dtypes, strict=True))
    made = merged
    keys: list[tuple[Any, Any]] = []
    both = dataclasses.replace(merge, how="outer").key_labels() or ()
    for (own, other), met in zip(pairs, both, strict=True):
        name = own
        if not (
            {own, other} <= set(merged.columns) or (own == other and _is_simple(types.get(own), len(pairs)))
        ):
            raise UsageError(
                f"merge(sort=True) by {own!r}, a level of an index that is no column of the answer: use reset_index() of "
                "both sides first, or sort_values() after it"
            )
        value = _compared(merged, own, other, met, types)
        if value is not None:
            name = _new_name(made)
            made = made._assigned(name, value)
        keys.append((name, types[own] if value is None else value._meta.dtype))
    may_miss = [dtype for _, dtype in keys if not frames.kinds.is_plain(dtype, "biu")]
    are_first = all(map(_are_gaps_first, may_miss))
    names = []
    for name, dtype in keys:
        if not are_first and _are_gaps_first(dtype):
            names.append(_new_name(made))
            made = made._assigned(names[-1], made[name].notna())
        if not pd.api.types.is_object_dtype(dtype):
            names.append(name)
            continue
        # Texts are behind numbers, which they do not compare with, and gaps behind both.
        texts = made[name].map(_is_text, meta=(None, "bool"))
        for each in (made[name].isna(), texts, made[name].mask(texts), made[name].where(texts)):
            names.append(_new_name(made))
            made = made._assigned(names[-1], each)
    na_position = "first" if may_miss and are_first else "last"
    made = made.sort_values(names, na_position=na_position, ignore_index=merged._is_numbered)
    return (
        made
        if made.shape[1] == merged.shape[1]
        else made[list(merged.columns)].set_axis(merged.columns, axis=1)
    )


def _compared(merged: Any, own: Any, other: Any, met: tuple[Any, Any], types: dict[Any, Any]) -> Any:
    """What to sort by in place of column ``own``, whose rows ``met`` by two columns; None for itself."""
    value: Any = None
    dtype = types[own]
    if own in merged.columns and met[0] != met[1]:
        if isinstance(dtype, pd.CategoricalDtype) and any(dtype != types.get(each) for each in met):
            value = merged[own].astype(object)  # categories that differ are compared as what they are
        elif isinstance(dtype, pd.StringDtype):
            value = merged[own].astype(dtype)  # blocks that lack a side may have categories
    if own != other:
        value = (merged[own] if value is None else value).where(merged[own].notna(), merged[other])
    return value


def _is_simple(dtype: Any, levels: int) -> bool:
    """Whether a level of ``dtype``, one of so many keys, is sorted with its gaps where those of all keys are."""
    return dtype is not None and not (
        pd.api.types.is_object_dtype(dtype) or (levels > 1 and _are_gaps_first(dtype))
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_gaps_first(dtype: Any) -> bool:
    """Whether pandas sorts keys of ``dtype`` as numbers of which that for what is missing is the least."""
    is_time = isinstance(dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)) or frames.kinds.is_plain(dtype, "mM")
    return is_time or isinstance(dtype, pd.CategoricalDtype)


def _new_name(frame: Any) -> int:
    return next(i for i in count() if i not in frame.columns)
