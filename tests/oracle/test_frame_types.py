"""``astype`` against pandas, which looks at all rows where partitions see some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import UsageError
from tests.oracle.frame_calls import Call, hard_frame
from tests.oracle.frame_strategies import Parted, agree, frame_of, quick, same

_HARD = hard_frame()
_DAY = np.timedelta64(1, "D").astype("timedelta64[ns]").astype("int64")
_NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 365]).map(lambda days: days * _DAY),
    st.sampled_from([10**9, 3600 * 10**9, -(10**6), 5 * 10**5, 3000, 7]),
)
"""Nanoseconds: whole days more often than what is written in more digits."""


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df.i.astype("float64"),
        lambda df: df.i.astype(str),
        lambda df: df.s.astype("category"),
        lambda df: df.c.astype(object),
        lambda df: df.n.astype("Float64"),
        lambda df: df.f.astype("int64"),
        lambda df: df.i.astype({"i": "int8"}),
        lambda df: df.i.astype({"zz": "int8"}),
        lambda df: df.t.astype({"t": "str"}),
        lambda df: df.t.astype(object),
        lambda df: df.t.astype("int"),
        lambda df: df.astype("str"),
        lambda df: df.astype({"t": "str", "i": "int8"}),
        lambda df: df.astype({"t": "str"})[["i"]],
        lambda df: df.astype({"t": "str"})["t"],
        lambda df: df.astype({"zz": "str"}),
        lambda df: df.astype(object),
        lambda df: df.index.astype("float64"),
        lambda df: df.index.astype(str),
    ],
)
def test_types_of_columns_and_labels(call: Call) -> None:
    """Each call has the answer, or the error, of pandas."""
    agree(lambda: call(_HARD.lazy), lambda: call(_HARD.whole))


@st.composite
def _times(draw: st.DrawFn) -> Parted:
    """Instants, some of a zone, and spans, in one unit and in partitions."""
    parts = draw(st.lists(st.lists(_NUMBERS, max_size=3), min_size=1, max_size=4))
    unit, zone = draw(st.sampled_from(["ns", "us", "ms", "s"])), draw(st.sampled_from([None, "Asia/Kolkata"]))

    def frame(numbers: list[Any]) -> pd.DataFrame:
        spans = pd.to_timedelta(pd.Series(numbers, dtype="Int64").to_numpy(dtype="float64", na_value=np.nan))
        spans = spans.astype("timedelta64[ns]").as_unit(unit)
        instants = (pd.Timestamp("2015-01-01").as_unit(unit) + spans).as_unit(unit).tz_localize(zone)
        index = pd.DatetimeIndex(instants, name="k")
        return pd.DataFrame({"d": spans, "t": instants, "i": range(len(numbers))}, index=index)

    return Parted([frame(part) for part in parts])


@quick
@given(_times(), st.sampled_from(["str", str, "string", "string[python]"]))
def test_texts_of_times_are_as_fine_as_all_of_them_need(parted: Parted, dtype: Any) -> None:
    """A partition of midnights is written with hours where another has some, and of seconds alike."""
    calls: list[Callable[[Any], Any]] = [
        lambda df: df.t.astype(dtype),
        lambda df: df.d.astype(dtype),
        lambda df: df.index.astype(dtype),
        lambda df: df.astype({"t": dtype}),
        lambda df: df[df.i > 0].astype(dtype),
    ]
    for call in calls:
        agree(lambda call=call: call(parted.lazy), lambda call=call: call(parted.whole))


def test_columns_of_one_name() -> None:
    """Columns of one name that are no times become texts; of times nobody could tell which."""
    parted = Parted([part[["i", "i", "t"]] for part in _HARD.parts])
    same(parted.lazy[["i"]].astype("str").compute(), parted.whole[["i"]].astype("str"))
    with pytest.raises(UsageError, match=r"cannot tell columns of one name apart; rename\(\) them"):
        parted.lazy.astype("str")


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df.astype("int64", errors="ignore"),
        lambda df: df.astype({"s": "int64"}, errors="ignore"),
        lambda df: df.s.astype("int64", errors="ignore"),
    ],
)
def test_each_partition_would_decide_for_itself(call: Call) -> None:
    """What cannot be of a type stays in pandas, and is refused here: partitions would be of several types."""
    with pytest.raises(UsageError, match=r"errors='ignore'.*leave out the columns that cannot.*to_numeric"):
        call(_HARD.lazy)


def test_unknown_words_for_errors() -> None:
    """They are those of pandas, and so is the error."""
    agree(
        lambda: _HARD.lazy.s.astype("str", errors="warn"), lambda: _HARD.whole.s.astype("str", errors="warn")
    )


@pytest.mark.parametrize("found", [{np.nan: None}, {"a": None}, {"a": None, "b": "c"}, {1.5: None}])
def test_none_in_the_place_of_values(found: dict[Any, None]) -> None:
    """All partitions are of objects where pandas makes some, though in some nothing is left, or nothing replaced."""
    whole = pd.DataFrame(
        {
            "s": ["a", None, "b", None],
            "x": [1.5, np.nan, 2.5, np.nan],
            "t": pd.to_datetime(["2020-01-01", None, "2020-01-02", None]),
        }
    )
    lazy = frame_of([whole[:1], whole[1:1], whole[1:2], whole[2:3], whole[3:]])
    for name in whole:
        made = lazy[name].replace(found).compute(scheduler="sync")
        expected = whole[name].replace(found)
        pd.testing.assert_series_equal(made, expected)
        assert list(map(type, made)) == list(map(type, expected))
    agree(lambda: lazy.replace(found), lambda: whole.replace(found))
