"""Orders of rows, and keys of single rows that are compared across frames."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.errors import InputError
from pannier.kernels.frames.base import Projection
from pannier.kernels.frames.sorting import Deduplicate, Order, SetIndex
from tests.oracle.frame_strategies import Parted, frames

BY = st.lists(st.sampled_from("ifsbtcn"), min_size=1, max_size=3, unique=True)


@settings(max_examples=60)
@given(frames("ifsbtcn"), BY, st.data())
def test_row_keys_compare_as_rows_are_sorted(parted: Parted, by: list[str], data: st.DataObject) -> None:
    """Whichever way, and wherever missing values go."""
    ways = data.draw(st.lists(st.booleans(), min_size=len(by), max_size=len(by)))
    na: Any = data.draw(st.sampled_from(["first", "last"]))
    whole = parted.whole
    order = Order.of(whole.iloc[:0], tuple(by), ways, na)
    keys = order.keys(whole)
    places = order.places(keys).tolist()
    row_key = order.row_keys(keys)
    assert places == sorted(range(len(whole)), key=row_key)
    plain = whole.reset_index(drop=True).sort_values(by, ascending=ways, na_position=na, kind="stable")
    assert places == plain.index.tolist()


@pytest.mark.parametrize(
    "dtype", ["int64", "uint64", "int32", "uint8", "float64", "float32", "M8[ns]", "m8[s]"]
)
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("distinct", [2, 40, 100_000])
@pytest.mark.parametrize("runs", [1, 5, None])
def test_many_numbers_are_sorted_stably(dtype: str, ascending: bool, distinct: int, runs: int | None) -> None:
    """Of unordered numbers and of runs in order, with many and few that are equal: the places that pandas finds."""
    random = np.random.default_rng(distinct)
    numbers = random.integers(0, distinct, 12_000)
    if runs is not None:
        numbers = np.concatenate([np.sort(part) for part in np.array_split(numbers, runs)])
    column = pd.Series(numbers.astype("int64" if dtype[0] in "mM" else dtype))
    if dtype[0] in "mM":
        column = column.astype(dtype)
    elif column.dtype.kind == "f":
        column -= distinct // 2
        column[::7] = -0.0
        column[::100] = np.inf
    frame = column.to_frame("a")
    order = Order.of(frame.iloc[:0], ("a",), ascending)
    plain = frame.sort_values("a", ascending=ascending, kind="stable")
    assert order.places(order.keys(frame)).tolist() == plain.index.tolist()


def test_orders_travel() -> None:
    """To other processes, with keys of rows."""
    frame = pd.DataFrame({"a": ["x", None]})
    order = pickle.loads(pickle.dumps(Order.of(frame, ("a",), ascending=False)))
    row_key = order.row_keys(order.keys(frame))
    assert pickle.loads(pickle.dumps(row_key(0))) == row_key(0)
    assert row_key(0) < row_key(1)
    assert order.bound("x") == row_key(0)


def test_categories_are_those_of_the_meta() -> None:
    """In its order; others are an error."""
    dtype = pd.CategoricalDtype(["z", "y", "x"])
    order = Order.of(pd.DataFrame({"c": pd.Categorical([], dtype=dtype)}), ("c",))
    some = pd.DataFrame({"c": pd.Categorical(["x", "z"])})
    assert order.places(order.keys(some)).tolist() == [1, 0]
    assert order.places(order.keys(some.astype(object))).tolist() == [1, 0]
    with pytest.raises(InputError, match="'a' is not known"):
        order.keys(pd.DataFrame({"c": pd.Categorical(["a"])}))


@pytest.mark.parametrize(
    ("kernel", "needs"),
    [
        (SetIndex(("k",)), {"v", "k"}),
        (SetIndex(None), {"v"}),
        (Deduplicate(("k",), "first", pd.RangeIndex(0)), {"v", "k"}),
        (Deduplicate(None, "first", pd.RangeIndex(0)), None),
    ],
)
def test_steps_say_which_columns_they_read(kernel: Any, needs: Any) -> None:
    """For those that are read of what they make."""
    left: Projection = kernel.projected(frozenset(["v"]), 1)
    assert left.needs[0] == needs
    assert kernel.projected(None, 1).needs[0] is None
