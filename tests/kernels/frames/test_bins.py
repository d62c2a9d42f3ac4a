"""Bins of time: the label of each row, where it depends on its own time alone, and where on the extent of all."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.kernels.frames.bins import Bins

RULES = ["s", "7min", "h", "5h", "36h", "D", "2D", "3D", "W", "2W", "W-WED", "ME", "MS", "2MS", "QE", "QS-FEB", "YE",
         "YS", "B", "BME", "SME", pd.offsets.Week()]  # fmt: skip
ZONES = [None, "UTC", "Europe/Berlin", "America/Havana", "+05:30"]
ORIGINS = ["epoch", "start", "start_day", "end", "end_day", "fixed"]
sides = st.sampled_from([None, "left", "right"])


@st.composite
def indexes(draw: st.DrawFn, zone: str | None) -> Any:
    """Times in any order, some of them missing, some on midnights and ends of months."""
    minutes = st.one_of(
        st.integers(0, 300), st.integers(0, 60 * 24 * 70), st.integers(0, 75).map((24 * 60).__mul__)
    )
    found = draw(st.lists(st.one_of(minutes, minutes, minutes, st.none()), max_size=12))
    start = pd.Timestamp(
        draw(st.sampled_from(["2015-01-31 22:59", "2015-02-01", "2015-10-01", "2015-03-07 12:00"]))
    )
    unit: Any = draw(st.sampled_from(["s", "us", "ns"]))
    times = pd.DatetimeIndex(
        [pd.NaT if each is None else start + pd.Timedelta(minutes=each) for each in found],
        dtype=f"M8[{unit}]",
    )
    return times if zone is None else times.tz_localize("UTC").tz_convert(zone)


def by_pandas(times: Any, grouper: Any) -> list[Any]:
    """The label of each time, as pandas finds it."""
    frame = pd.DataFrame({"t": times, "row": np.arange(len(times))})
    sizes = frame.groupby([grouper, "row"]).size().reset_index()
    found = dict(zip(sizes["row"], sizes["t"], strict=True))
    return [found.get(row, pd.NaT) for row in range(len(times))]


@settings(max_examples=400)
@given(
    st.data(),
    st.sampled_from(RULES),
    sides,
    sides,
    st.sampled_from(ORIGINS),
    st.sampled_from([None, "17min"]),
)
def test_labels_are_those_of_pandas(
    data: st.DataObject, rule: Any, closed: Any, label: Any, origin: Any, offset: Any
) -> None:
    """Each part of the times has the labels of the whole; without the extent too, where bins are said to be fixed."""
    zone = data.draw(st.sampled_from(ZONES))
    has_midnights = rule in ("s", "7min", "h", "5h", "36h") and origin != "end_day"
    assume(zone != "America/Havana" or has_midnights)  # pandas finds none for others
    times = data.draw(indexes(zone))
    assume(offset is None or origin not in ("end", "end_day"))  # pandas may find no bin for the first row
    if origin == "fixed":
        origin = pd.Timestamp("2014-12-31 23:17", tz=zone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # origin and offset are not for all rules
        grouper = pd.Grouper(key="t", freq=rule, closed=closed, label=label, origin=origin, offset=offset)
        expected = by_pandas(times, grouper)
    bins = Bins.of_grouper(grouper)
    present = times.dropna()
    extent = (present.min(), present.max()) if len(present) else None
    cut = data.draw(st.integers(0, len(times)))
    for part, wanted in ((times[:cut], expected[:cut]), (times[cut:], expected[cut:])):
        wanted = pd.DatetimeIndex(wanted, dtype=times.dtype)  # noqa: PLW2901
        pd.testing.assert_index_equal(bins.labels_of(part, extent), wanted, check_names=False)
        if bins.are_fixed(times):
            pd.testing.assert_index_equal(bins.labels_of(part, None), wanted, check_names=False)


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=8),
    st.sampled_from(["7min", "h", "D"]),
    sides,
    st.data(),
)
def test_spans_of_time(minutes: list[int], rule: str, closed: Any, data: st.DataObject) -> None:
    """Bins of spans of time are counted from the first of all."""
    times: Any = pd.to_timedelta(minutes, unit="min")
    bins = Bins.of_grouper(
        pd.Grouper(freq=rule, closed=closed, offset=data.draw(st.sampled_from([None, "3min"])))
    )
    expected = pd.TimedeltaIndex(
        by_pandas(times, pd.Grouper(key="t", freq=rule, closed=closed, offset=bins.offset))
    )
    cut = data.draw(st.integers(0, len(times)))
    extent = (times.min(), times.max())
    assert not bins.are_fixed(times)
    found = [*bins.labels_of(times[:cut], extent), *bins.labels_of(times[cut:], extent)]
    assert found == list(expected)


@pytest.mark.parametrize(
    ("rule", "zone", "is_fixed"),
    [("h", None, True), ("7h", None, False), ("D", None, True), ("2D", None, False), ("ME", None, True),
     ("2ME", None, False), ("W", "UTC", True), ("h", "Europe/Berlin", False), ("ME", "Europe/Berlin", False)],
)  # fmt: skip
def test_which_bins_are_fixed(rule: str, zone: str | None, is_fixed: bool) -> None:
    """Those of lengths that divide a day, and of the calendar, unless midnights move with summer time."""
    assert Bins(rule).are_fixed(pd.DatetimeIndex([], tz=zone)) is is_fixed
    assert Bins("7h", origin="epoch").are_fixed(pd.DatetimeIndex([], tz=zone))


def test_bins_in_which_some_times_are_not() -> None:
    """Pandas leaves out what is after the last of the business hours that it finds, and that is no answer."""
    with pytest.raises(UsageError, match="no place for some times"):
        Bins("bh").labels_of(pd.DatetimeIndex(["2015-02-17 10:00"]), None)
