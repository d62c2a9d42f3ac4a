"""Elements of lists of objects against pandas, whose type depends on those of all partitions."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, computed

_TIME = pd.Timestamp("2020-01-02")
_KINDS: list[list[Any]] = [
    ["a", "b", None, np.nan],
    ["a", 1, None, pd.NA],
    ["a", _TIME, None, pd.NaT],
    [1, 2.5, True, None, np.nan],
    [None, np.nan, pd.NA, pd.NaT],
    [_TIME, _TIME.as_unit("ns"), datetime.datetime(2020, 1, 1), None, np.nan],  # noqa: DTZ001 - one without a zone
    [pd.Timestamp("5000").as_unit("s"), _TIME.as_unit("ns"), None],
    [_TIME, _TIME.tz_localize("UTC"), None],
    [pd.Timedelta("1s"), np.timedelta64(1, "s"), pd.NaT, None],
    [pd.Period("2020"), pd.Period("2020-01"), None],
    [pd.Interval(0, 1), pd.Interval(0, 1.5), pd.Interval(0, 1, closed="left"), None],
]


def _parted(parts: list[list[Any]]) -> Parted:
    rows, made = 0, []
    for values in parts:
        lists = np.empty(len(values), dtype=object)
        lists[:] = values
        numbers = [list(range(len(each))) if isinstance(each, list) and each else 0 for each in values]
        index = pd.Index([rows // 2 for rows in range(rows, rows + len(values))], dtype="int64")
        numbers_column = pd.Series(numbers, index, dtype=object)
        made.append(
            pd.DataFrame(
                {"x": 1.5, "l": pd.Series(lists, index, dtype=object), "n": numbers_column}, index=index
            )
        )
        rows += len(values)
    return Parted(made)


@st.composite
def _lists(draw: st.DrawFn) -> Parted:
    some = draw(st.sampled_from(_KINDS))
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        values = st.sampled_from(draw(st.lists(st.sampled_from(some), min_size=1, max_size=2)))
        parts.append(draw(st.lists(st.one_of(values, st.lists(values, max_size=3)), max_size=3)))
    return _parted(parts)


_STEPS: list[Callable[[Any], Any]] = [
    lambda df: df.explode("l"),
    lambda df: df.l.explode(),
    lambda df: df.explode(["n", "l"]),
    lambda df: df.explode("l")[["x"]],
]


@settings(max_examples=40)
@given(_lists(), st.sampled_from(_STEPS))
def test_elements_have_the_type_of_all(parted: Parted, step: Callable[[Any], Any]) -> None:
    """Texts and times of one partition stay objects where another has something else, and gaps what they are."""
    agree(lambda: step(parted.lazy), lambda: step(parted.whole))
    if "l" in (expected := step(parted.whole)) or expected.ndim == 1:
        answer, expected = (
            each if each.ndim == 1 else each["l"] for each in (computed(step(parted.lazy)), expected)
        )
        assert [*map(type, answer)] == [*map(type, expected)]


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_a_gap_among_texts_beside_objects(scheduler: str) -> None:
    """None stays None where another partition has a number, and is NaN where all have texts."""
    mixed = _parted([[["a", None]], [["b"], [1]]])
    texts = _parted([[["a", None]], [["b"], []]])
    assert mixed.lazy.l.explode().compute(scheduler=scheduler).tolist() == ["a", None, "b", 1]
    answer = texts.lazy.explode("l").l.compute(scheduler=scheduler)
    assert answer.dtype == "str"
    assert answer.isna().tolist() == [False, True, False, True]


_UNHASHABLE: list[list[Any]] = [
    [[1], [2, 3], None, [1], 1, [1], np.nan, [2, 3], [4]],
    [{"a": 1}, {}, {"a": 1}, None, {}, {"a": 1}, {"b": 2}],
    [np.array([1, 2]), None, "a", {1}, {1}, np.nan, {2}, "a", "a"],
]


@pytest.mark.parametrize("cuts", [[], [0], [3], [2, 2, 5], [1, 2, 3, 4]], ids=str)
@pytest.mark.parametrize("values", _UNHASHABLE, ids=["lists", "dicts", "others"])
def test_values_that_cannot_be_hashed_are_counted(values: list[Any], cuts: list[int]) -> None:
    """They are told apart as pandas does, also where equal ones are in several partitions."""
    held = np.empty(len(values), dtype=object)
    held[:] = values
    whole = pd.DataFrame({"x": pd.Series(held), "k": 1})
    parted = Parted([whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])])
    for dropna in (True, False):
        agree(
            lambda d=dropna: parted.lazy.x.value_counts(dropna=d),
            lambda d=dropna: whole.x.value_counts(dropna=d),
        )
    agree(lambda: parted.lazy.x.value_counts(normalize=True), lambda: whole.x.value_counts(normalize=True))
    agree(parted.lazy.mode, whole.mode)
    agree(parted.lazy.x.describe, whole.x.describe)
    agree(lambda: parted.lazy.describe(include="all"), lambda: whole.describe(include="all"))


@pytest.mark.parametrize("cuts", [[0], [3], [0, 0, 4], [1, 2, 3, 4]], ids=str)
@pytest.mark.parametrize("npartitions", [1, 3, 5])
def test_descriptions_where_some_partitions_have_no_rows(cuts: list[int], npartitions: int) -> None:
    """Partitions without rows say nothing of the type that elements have."""
    times = [[pd.Timestamp("2020")], [pd.NaT], [pd.Timestamp("2021")], [], [pd.Timestamp("2022")]]
    whole = pd.DataFrame({"x": times, "k": range(5)})
    parted = Parted([whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])])

    def steps(df: Any) -> Any:
        return df.explode("x").sort_values("k").describe(include="all")

    agree(lambda: steps(parted.lazy), lambda: steps(whole))
    agree(lambda: steps(pn.from_pandas(whole, npartitions=npartitions)), lambda: steps(whole))


def test_times_in_some_partitions_and_objects_in_others() -> None:
    """What a description is of has to be clear."""
    numbers = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2)
    mixed = numbers.map_partitions(
        lambda block: block.astype("str") if block.x.iloc[0] == 1 else block,
        meta={"x": object},
        enforce_metadata=False,
    )
    with pytest.raises(UsageError, match=r"'x' of type str in some partitions and of type int64 in others"):
        mixed.describe(include="all").compute(scheduler="sync")


@pytest.mark.parametrize("cuts", [[], [0], [1, 2]], ids=str)
@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize("values", [[None, None, None], [3, 1, None], [1, None, 2.5]], ids=str)
def test_rows_whose_objects_are_missing(values: list[Any], dropna: bool, cuts: list[int]) -> None:
    """Labels stay the objects they are."""
    whole = pd.DataFrame({"x": pd.Series(values, dtype=object), "k": 1})
    parted = Parted([whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])])
    for columns in ("x", ["x"], ["k", "x"]):
        counts = parted.lazy.value_counts(columns, dropna=dropna).compute(scheduler="sync")
        expected = whole.value_counts(columns, dropna=dropna)
        pd.testing.assert_series_equal(counts, expected)
