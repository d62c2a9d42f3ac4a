"""Tables of keys: which rows of one frame have the keys of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.kernels.frames.matching import Table, may_be_matched

VALUES: dict[str, Any] = {
    "int64": [3, 1, 1, 2],
    "uint8": [3, 1, 1, 2],
    "int32": [0, 1 << 30, -(1 << 31), (1 << 31) - 1],
    "Far": [0, 1 << 40, -(1 << 63), (1 << 63) - 1, (1 << 63) - 2],
    "uint64": [0, 1, 1 << 63, (1 << 64) - 1],
    "float64": [1.5, np.nan, -0.0, 0.0, np.nan],
    "str": ["a", None, "", "a", "é"],
    "M8[us]": [pd.Timestamp("2020"), pd.NaT, pd.Timestamp("2021"), pd.NaT],
    "datetime64[ns, UTC]": [pd.Timestamp("2020", tz="UTC"), pd.NaT],
    "m8[s]": [pd.Timedelta(1, "D"), pd.NaT],
}


def series(dtype: str, values: Any) -> Any:
    return pd.Series(values, dtype="int64" if dtype == "Far" else dtype)


@st.composite
def keys(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    """Keys of one column or more for two frames."""
    dtypes = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    sides = []
    for _ in range(2):
        n = draw(st.integers(0, 8))
        sides.append(
            [
                series(dtype, draw(st.lists(st.sampled_from(VALUES[dtype]), min_size=n, max_size=n)))
                for dtype in dtypes
            ]
        )
    return sides[0], sides[1]


@settings(max_examples=60)
@given(keys(), st.booleans())
def test_matches_are_those_of_pandas(sides: tuple[list[Any], list[Any]], keeps_all: bool) -> None:
    """All pairs, in the order of the rows and then of the table."""
    own, other = sides
    table = Table.of(other)
    assert table is not None
    names = list(map(str, range(len(own))))
    left, right = [pd.DataFrame(dict(zip(names, side, strict=True))) for side in sides]
    expected = left.assign(own=range(len(left))).merge(
        right.assign(table=range(len(right))), "left" if keeps_all else "inner", on=names
    )
    found = table.matches(own, keeps_all)
    places = np.arange(len(left)) if found.own is None else np.arange(len(left))[found.own]
    assert places.tolist() == expected["own"].tolist()
    assert found.table.tolist() == expected["table"].fillna(-1).astype(int).tolist()
    assert (
        table.has(own).tolist()
        == left.assign(at=range(len(left)))["at"]
        .isin(left.assign(at=range(len(left))).merge(right, on=names)["at"])
        .tolist()
    )


@pytest.mark.parametrize("dtype", ["category", "Int64", object, "string[python]", "bool"])
def test_other_types_are_left_to_pandas(dtype: Any) -> None:
    """Whose rules for them are its own."""
    column = pd.Series([1, 0]).astype(dtype)
    assert not may_be_matched(column)
    assert Table.of([column, pd.Series([1, 2])]) is None


def test_keys_of_another_type_do_not_fit() -> None:
    """Though they may be equal."""
    table = Table.of([pd.Series([1, 2])])
    assert table is not None
    assert table.fits([pd.Series([5])])
    assert not table.fits([pd.Series([1.0])])


def test_too_many_combinations_are_left_to_pandas() -> None:
    """Which would not fit into 64 bits."""
    column = pd.Series(range(1 << 16))
    assert Table.of([column] * 3) is not None
    assert Table.of([column] * 4) is None


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("is_missing", [False, True])
def test_many_texts_are_matched_as_few_are(again: bool, is_missing: bool) -> None:
    """Each once or some again, with a missing one among them or not; those that are not there have no match."""
    n = 300_000
    texts: list[str | None] = [f"é{i * 7919 % n}" for i in range(n)]
    table = pd.Series(texts + (texts[: n // 2] if again else []) + [None] * is_missing, dtype="str")
    own = pd.Series([*texts[::-1000], None, "", "no text of the table"] * 2, dtype="str")
    found = Table.of([table])
    assert found is not None
    matches = found.matches([own], keeps_all=True)
    expected = (
        own.to_frame("key")
        .assign(own=range(len(own)))
        .merge(table.to_frame("key").assign(table=range(len(table))), "left", on="key")
    )
    places = np.arange(len(own)) if matches.own is None else matches.own
    assert places.tolist() == expected["own"].tolist()
    assert matches.table.tolist() == expected["table"].fillna(-1).astype(int).tolist()
    assert found.has([own]).tolist() == own.isin(table).tolist()
