"""What an index is besides its labels: its levels, by place, and the rule that they follow."""

from __future__ import annotations

import contextlib
from typing import Any

import pandas as pd


def levels_of(index: pd.Index[Any]) -> list[pd.Index[Any]]:
    """The labels of each level, one a row; of an index that has no levels itself.

    pandas takes a number for the name of a level first, and for its place only if none is called so.

    >>> swapped = pd.MultiIndex.from_tuples([("a", 5)], names=[1, 0])
    >>> [level.tolist() for level in levels_of(swapped)], swapped.get_level_values(0).tolist()
    ([['a'], [5]], [5])
    """
    if not isinstance(index, pd.MultiIndex):
        return [index]
    unnamed = index.set_names([None] * index.nlevels)
    return [unnamed.get_level_values(i).rename(name) for i, name in enumerate(index.names)]


def ruled(labels: pd.Index[Any], like: pd.Index[Any]) -> pd.Index[Any]:
    """``labels`` as a range, or with a frequency, where ``like`` has that and they follow it.

    For labels that were written and read, or put in another order, as which they are only values.

    >>> ruled(pd.Index([3, 5, 7]), pd.RangeIndex(0))
    RangeIndex(start=3, stop=9, step=2)
    """
    if isinstance(like, pd.RangeIndex) and labels.dtype == like.dtype:
        return like[:0].rename(labels.name).append(labels)  # pandas makes a range of them, if it can
    freq = getattr(like, "freq", None)
    if freq is None or not isinstance(labels, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        return labels
    steps: list[Any] = [freq, -1 * freq]
    if len(labels) > 1 and isinstance(freq, (pd.offsets.Tick, pd.offsets.Day)):
        length: Any = pd.Timedelta(f"{freq.n}D" if isinstance(freq, pd.offsets.Day) else freq)
        first, second = list[Any](labels[:2])
        steps.append((second - first) // length * freq)  # of some of those that follow it, evenly spaced
    for step in steps:
        with contextlib.suppress(ValueError):  # they do not follow it
            return type(labels)(labels, freq=step)
    return labels


def unruled(block: Any) -> Any:
    """``block`` with the same labels, which follow no rule that is known: they are no range and have no frequency.

    >>> unruled(pd.Series([1, 2])).index
    Index([0, 1], dtype='int64')
    """
    return block.set_axis(block.index.repeat(1))
