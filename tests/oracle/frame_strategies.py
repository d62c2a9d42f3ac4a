"""Frames for oracle tests: any types, missing values, any index and partitioning, empty partitions included."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.frame import DataFrame
from pannier.io.frames import FrameParts
from pannier.kernels.frames.blocks import emptied
from pannier.plan.nodes import Source
from pannier.testing import no_compute

quick = settings(max_examples=30)
"""Examples per test: each computes a whole frame."""

COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "i": ("int64", st.integers(-4, 4)),
    "f": ("float64", st.sampled_from([0.0, -0.0, 1.5, -2.25, 1e9, np.nan])),
    "s": ("str", st.sampled_from(["a", "b", "ab", "", "é", None])),
    "b": ("bool", st.booleans()),
    "t": (
        "datetime64[ns]",
        st.sampled_from([pd.Timestamp("2015-01-01"), pd.Timestamp("2016-02-29 12:30"), pd.NaT]),
    ),
    "c": ("category", st.sampled_from(["x", "y", None])),
    "n": ("Int64", st.sampled_from([1, 2, -3, None])),
}
"""Name of a column to its type and values."""
_CATEGORIES = pd.CategoricalDtype(["y", "x", "z"])


@dataclass(frozen=True)
class Parted:
    """A frame whose partitions are known."""

    parts: list[pd.DataFrame]
    lazy: Any = field(init=False, repr=False)
    """The same as a collection."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lazy", frame_of(self.parts))

    @property
    def whole(self) -> pd.DataFrame:
        """All rows, as pandas has them."""
        return pd.concat(self.parts)


def frame_of(parts: list[pd.DataFrame]) -> DataFrame:
    """The frame of these partitions; divisions are unknown."""
    source = Source(verb="parts", reader=FrameParts("parts"), parts=parts)
    return wrap(source, emptied(parts[0]))  # type: ignore[no-any-return]


def series_of(name: str, values: list[Any], index: Any = None) -> pd.Series[Any]:
    """A column of the type that its name stands for."""
    dtype: Any = _CATEGORIES if name == "c" else COLUMNS[name][0]
    return pd.Series(values, dtype=dtype, name=name, index=index)


@st.composite
def frames(
    draw: st.DrawFn,
    columns: str = "ifsb",
    *,
    max_partitions: int = 5,
    max_rows: int = 12,
    sorted_index: bool = False,
    unique_index: bool = False,
) -> Parted:
    """Frames of these columns (letters of :data:`COLUMNS`), of one partition or more, any of which may be empty.

    Labels are whole numbers, in any order and repeated unless told otherwise.
    """
    n = draw(st.integers(0, max_rows))
    labels = draw(st.lists(st.integers(-5, 20), min_size=n, max_size=n, unique=unique_index))
    index = pd.Index(sorted(labels) if sorted_index else labels, dtype="int64")
    data = {
        name: series_of(name, draw(st.lists(COLUMNS[name][1], min_size=n, max_size=n)), index)
        for name in columns
    }
    whole = pd.DataFrame(data, index=index)
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=max_partitions - 1)))
    bounds = [0, *cuts, n]
    return Parted([whole.iloc[a:b] for a, b in itertools.pairwise(bounds)])


def same(actual: Any, expected: Any, *, in_order: bool = True, **options: Any) -> None:
    """``actual`` equals ``expected``, a pandas object or a value, in types, labels and order too.

    Without ``in_order`` rows may come in another one.  ``options`` are those of pandas.testing.
    """
    if isinstance(expected, pd.DataFrame):
        if not in_order:
            actual, expected = _ordered(actual), _ordered(expected)
        pd.testing.assert_frame_equal(actual, expected, **options)
    elif isinstance(expected, pd.Series):
        if not in_order:
            actual = _ordered(actual.to_frame("v")).iloc[:, 0].rename(actual.name)
            expected = _ordered(expected.to_frame("v")).iloc[:, 0].rename(expected.name)
        if expected.dtype == object and len(actual) == len(expected):
            actual = _with_close_times(actual, expected)
        pd.testing.assert_series_equal(actual, expected, **options)
    elif isinstance(expected, pd.Index):
        pd.testing.assert_index_equal(actual, expected, **options)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(np.asarray(actual), expected)
    elif expected is pd.NA:
        assert actual is pd.NA
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
    elif isinstance(expected, (pd.Timestamp, pd.Timedelta)):
        assert abs(actual - expected) <= pd.Timedelta("1us")  # pandas' means of times are made of floats
    else:
        assert actual == expected or (pd.isna(actual) and pd.isna(expected))


def _with_close_times(actual: pd.Series, expected: pd.Series) -> pd.Series:
    """``actual`` with the times of ``expected`` where it has others that are as good: answers of several columns are objects."""
    actual = actual.copy()
    for i, time in enumerate(expected):
        if isinstance(time, (pd.Timestamp, pd.Timedelta)) and isinstance(actual.iloc[i], type(time)):
            same(actual.iloc[i], time)
            actual.iloc[i] = time
    return actual


def agree(
    lazy: Callable[[], Any], plain: Callable[[], Any], *, in_order: bool = True, **options: Any
) -> None:
    """The lazy expression has the answer of the plain one, or its kind of exception, at building or computing.

    Building the lazy one computes nothing.  Which scheduler computes it is left to chance, but the same for the same
    expression.
    """
    try:
        expected = plain()
    except Exception as error:  # noqa: BLE001  whatever it is, the lazy expression must raise it too
        with pytest.raises(type(error)):
            computed(lazy())
        return
    with no_compute():
        expression = lazy()
    same(computed(expression), expected, in_order=in_order, **options)


def computed(expression: Any) -> Any:
    """The answer of ``expression``, by the scheduler that its name draws: names tell what is computed."""
    drawn = zlib.crc32(expression.node.name.encode()) % 32
    scheduler = "processes" if not drawn else "threads" if drawn % 2 else "sync"
    return expression.compute(scheduler=scheduler)


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` in an order that depends on its rows alone."""
    texts = [repr(row) for row in frame.reset_index().itertuples(index=False, name=None)]
    return frame.iloc[sorted(range(len(frame)), key=texts.__getitem__)]
