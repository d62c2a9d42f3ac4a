"""Elements of lists of objects against pandas, whose type depends on those of all partitions."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
