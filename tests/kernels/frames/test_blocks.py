"""Blocks one after the other: types and categories that depend on the values of a block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pannier.kernels.frames import blocks
from pannier.kernels.frames.blocks import concatenated

_MISSING = [
    pd.Series([None, None], dtype=object),
    pd.Series([np.nan, np.nan]),
]


@pytest.mark.parametrize("missing", _MISSING, ids=["object", "float64"])
@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["a", "b"], dtype="str"),
        pd.Series(pd.to_datetime(["2015-01-01", "2016-01-01"])),
        pd.Series(["a", "b"], dtype="category"),
    ],
    ids=["str", "datetime", "category"],
)
@pytest.mark.parametrize("in_frame", [False, True])
def test_missing_values_alone_do_not_decide_a_type(missing: Any, values: Any, in_frame: bool) -> None:
    """Whatever pandas takes a block of missing values for, the type is that of the blocks that have values."""
    blocks = [missing.to_frame("x"), values.to_frame("x")] if in_frame else [missing, values]
    joined = concatenated(blocks)
    column = joined["x"] if in_frame else joined
    assert column.dtype == values.dtype
    assert column.isna().tolist() == [True, True, False, False]


@pytest.mark.parametrize("values", [["a", None, "b"], [1, 2, 3], [(1, 2), (3, 4), (5, 6)]])
def test_labels_that_are_objects_stay_objects(values: list[Any]) -> None:
    """Texts, numbers and tuples are not made labels of their own type where blocks are joined."""
    whole = pd.Index(np.array([*values, None], object)[:-1], dtype=object, name="k", tupleize_cols=False)
    parts = [whole[:1], whole[1:2], whole[2:]]
    pd.testing.assert_index_equal(concatenated(parts), whole)
    joined = concatenated([pd.DataFrame({"x": [1] * len(part)}, part) for part in parts])
    pd.testing.assert_index_equal(joined.index, whole)
    assert list(map(repr, joined.index)) == list(map(repr, whole))


def test_numbers_are_joined_as_pandas_joins_them() -> None:
    """Whole numbers beside missing ones are floats, and beside texts objects."""
    assert concatenated([pd.Series([1]), pd.Series([np.nan])]).dtype == "float64"
    assert concatenated([pd.Series([1]), pd.Series(["a"])]).dtype == object
    assert concatenated([pd.Series([1], dtype="int32"), pd.Series([np.nan])]).dtype == "float64"


@pytest.mark.parametrize("kind", ["series", "frame", "index", "labels"])
def test_categories_are_united_in_order(kind: str) -> None:
    """Categories that each block found for itself are united as if all had been found at once."""
    parts = [pd.Series(["b", "c"], dtype="category"), pd.Series(["a", "c"], dtype="category")]
    make: Any = {
        "series": lambda part: part,
        "frame": lambda part: part.to_frame("x"),
        "index": pd.CategoricalIndex,
        "labels": lambda part: pd.DataFrame({"v": [1, 2]}, index=pd.CategoricalIndex(part)),
    }[kind]
    read: Any = {"frame": lambda joined: joined["x"].array, "labels": lambda joined: joined.index}.get(
        kind, lambda joined: joined.array if kind == "series" else joined
    )
    joined = read(concatenated([make(part) for part in parts]))
    assert joined.categories.tolist() == ["a", "b", "c"]
    assert list(joined) == ["b", "c", "a", "c"]


def test_categories_that_are_in_no_order_stay_as_they_appear() -> None:
    """Only what is in order in each block is put in order."""
    parts = [
        pd.Series(pd.Categorical(["b"], categories=["b", "a"])),
        pd.Series(pd.Categorical(["0"], categories=["0"])),
    ]
    assert concatenated(parts).cat.categories.tolist() == ["b", "a", "0"]


def test_orders_that_do_not_agree_are_an_error() -> None:
    """Ordered categories are united where each block has them sorted, as found; a given order must be the same."""
    found = [pd.Series(pd.Categorical([value], ordered=True)) for value in ("b", "a")]
    assert concatenated(found).cat.ordered
    given = [
        pd.Series(pd.Categorical(["b"], categories=["b", "a"], ordered=True)),
        pd.Series(pd.Categorical(["c"], categories=["c"], ordered=True)),
    ]
    with pytest.raises(TypeError, match="orders that do not agree"):
        concatenated(given)


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("index", ["range", "labels", "levels", "categories"])
def test_many_rows_are_joined_by_several_threads(
    numbered: bool, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns that threads share become the frame that one thread makes: types, labels, and names that repeat."""
    whole = pd.DataFrame(
        {
            "a": [1, 2, 3, 4],
            "b": ["x", None, "y", "z"],
            "c": pd.Categorical(["p", "q", "p", None]),
            "d": pd.to_datetime(["2020", "2021", None, "2022"]).tz_localize("UTC"),
            "e": pd.to_datetime(["2020", "2021", None, "2022"]),
            "f": [True, False, True, True],
            "g": pd.Series([1, "x", None, 2.5], dtype=object),
        }
    ).set_axis(["a", "b", "a", "d", "e", "f", "g"], axis=1)
    if index == "labels":
        whole.index = pd.Index([3, 1, 3, 2], name="label")
    elif index == "levels":
        whole.index = pd.MultiIndex.from_product([["u", "v"], [1, 2]], names=["x", None])
    elif index == "categories":
        whole.index = pd.CategoricalIndex(["u", "v", "u", "v"])
    parts = [whole[:1], whole[1:1], whole[1:]]
    expected = concatenated(parts, numbered=numbered)
    monkeypatch.setattr(blocks, "_LARGE", 1)
    answer = concatenated(parts, numbered=numbered, workers=2)
    pd.testing.assert_frame_equal(answer, expected)
    answer.iloc[0, 0] = 9
    assert answer.iloc[0, 0] == 9
