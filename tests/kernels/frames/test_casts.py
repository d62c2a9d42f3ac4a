"""Values as those of another type, where none of them changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.kernels.frames.casts import Misfit, cast, widened

DTYPES = [
    "int64",
    "int8",
    "uint8",
    "float64",
    "float32",
    "bool",
    "object",
    "str",
    "Int64",
    "boolean",
    "category",
    "datetime64[ns]",
    "datetime64[us]",
]
VALUES = st.one_of(
    st.lists(st.integers(-300, 300), max_size=4),
    st.lists(st.sampled_from([2**53, 2**53 + 1, -(2**63)]), max_size=3),
    st.lists(st.sampled_from([0.5, 1.0, -0.0, 1e300, float("nan"), float("inf")]), max_size=4),
    st.lists(st.booleans(), max_size=3),
    st.lists(st.sampled_from(["", "a", "1", None]), max_size=4),
    st.lists(st.sampled_from([1, 0.5, True, "a", None]), max_size=4),
    st.lists(st.sampled_from([pd.Timestamp("2015-01-01"), pd.NaT]), max_size=3),
)


@settings(max_examples=300)
@given(VALUES, st.sampled_from(DTYPES))
def test_no_value_changes(values: list[Any], dtype: str) -> None:
    """What is cast has the values, kinds of values and gaps it had; or nothing is cast at all."""
    column = pd.Series(values, dtype=object).infer_objects()
    try:
        made = cast(column, dtype)
    except Misfit as misfit:
        assert len(column)
        value = misfit.value
        assert any(value is each or value == each or (pd.isna(value) and pd.isna(each)) for each in values)
        return
    assert made.dtype == pd.Series([], dtype=dtype).dtype or dtype == "category"
    for before, after in zip(column.tolist(), made.tolist(), strict=True):
        assert pd.isna(before) == pd.isna(after)
        if not pd.isna(before):
            assert before == after
            assert isinstance(before, str) == isinstance(after, str)
            assert isinstance(before, bool) == isinstance(after, bool)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (pd.Series([1, 2]), "float64"),
        (pd.Series([1.0, 2.0]), "int64"),
        (pd.Series([1, None], dtype="Int64"), "float64"),
        (pd.Series(["a", None], dtype=object), "str"),
        (pd.Series([None, None], dtype=object), "datetime64[ns]"),
        (pd.Series([np.nan]), "str"),
        (pd.Series([1, 2], dtype=object), "int64"),
        (pd.Series(["a"]), "category"),
        (pd.Series([True]), "object"),
        (pd.Index([1, 2]), "float64"),
    ],
)
def test_what_fits(values: Any, dtype: str) -> None:
    """Widths and gaps that cost nothing."""
    assert cast(values, dtype).dtype == dtype


@pytest.mark.parametrize(
    ("values", "dtype", "culprit"),
    [
        (pd.Series([1, 2.5]), "int64", 2.5),
        (pd.Series([1, None]), "int64", None),
        (pd.Series([1, 300]), "int8", 300),
        (pd.Series([1, -1]), "uint8", -1),
        (pd.Series([2**53 + 1]), "float64", 2**53 + 1),
        (pd.Series([1]), "str", 1),
        (pd.Series(["1"]), "int64", "1"),
        (pd.Series([True]), "int64", True),
        (pd.Series([1]), "bool", 1),
        (pd.Series([1, "a"], dtype=object), "int64", "a"),
        (pd.Series(["2015-01-01"]), "datetime64[ns]", "2015-01-01"),
        (pd.Index([0.5]), "int64", 0.5),
    ],
)
def test_what_does_not(values: Any, dtype: str, culprit: Any) -> None:
    """The first value that would change is named."""
    with pytest.raises(Misfit) as caught:
        cast(values, dtype)
    assert caught.value.value == culprit or (culprit is None and pd.isna(caught.value.value))


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0.5], "int64", "float64"),
        ([1], "float64", "float64"),
        ([None], "int64", "float64"),
        ([None], "bool", "object"),
        (["a"], "int64", "object"),
        ([1], "str", "object"),
    ],
)
def test_the_type_that_holds_both(values: Any, dtype: str, expected: str) -> None:
    """As pandas would join them."""
    assert widened(pd.Series(values), dtype) == expected
