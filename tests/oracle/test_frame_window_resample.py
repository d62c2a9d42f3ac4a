"""Rows by stretches of time, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, quick
from tests.oracle.test_frame_window_rolling import measured

CLOSE = {"rtol": 1e-9, "atol": 1e-9}

NAMES = ["count", "size", "nunique", "sum", "prod", "mean", "median", "min", "max", "first", "last", "std", "var",
         "sem", "quantile", "ohlc"]  # fmt: skip
RULES = ["7min", "3h", "1D", "2D", "W", "ME", "2MS", "90min"]
few = settings(max_examples=8)
"""Examples of tests that compute many frames for each."""
sides = st.sampled_from([None, "left", "right"])


@quick
@given(measured(min_rows=1), st.sampled_from(NAMES), st.sampled_from(RULES), sides, sides)
def test_reductions(parted: Parted, name: str, rule: str, closed: str | None, label: str | None) -> None:
    """Bins are those of the whole, and those without rows are there too."""

    def steps(df: Any) -> Any:
        return getattr(df.resample(rule, closed=closed, label=label), name)()

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)
    agree(lambda: steps(parted.lazy.y), lambda: steps(parted.whole.y), **CLOSE)


@quick
@given(
    measured(),
    st.sampled_from(["7min", "5h", "2D", "W"]),
    st.sampled_from(["start", "start_day", "epoch", "end", "end_day", pd.Timestamp("2014-12-31 23:17")]),
    st.sampled_from([None, "17min"]),
    st.sampled_from([None, "Europe/Berlin"]),
    sides,
)
def test_where_bins_begin(
    parted: Parted, rule: str, origin: Any, offset: str | None, tz: str | None, closed: str | None
) -> None:
    """Bins begin where pandas begins them, over the change to summer time too."""
    if tz and rule == "2D":
        origin = "start_day"  # pandas knows no other one
    if origin in ("end", "end_day"):
        offset = None
    parts = [
        part.set_axis(part.index + pd.Timedelta("21D")).tz_localize("UTC").tz_convert(tz or "UTC")
        for part in parted.parts
    ]
    parts = parts if tz else [part.tz_localize(None) for part in parts]
    if isinstance(origin, pd.Timestamp):
        origin = origin.tz_localize(tz)
    lazy, whole = frame_of(parts), pd.concat(parts)

    def steps(df: Any) -> Any:
        return df.resample(rule, closed=closed, origin=origin, offset=offset).sum()

    agree(lambda: steps(lazy), lambda: steps(whole), **CLOSE)


@pytest.mark.parametrize("origin", ["end", "end_day"])
def test_first_bin_from_the_end(origin: str) -> None:
    """Bins that are counted from the end begin with one too early, if they are closed on the left, as pandas' do."""
    whole = pd.Series([1, 2, 4], pd.to_datetime(["2015-03-31 00:00", "2015-04-01 12:00", "2015-04-02 00:00"]))
    lazy = pn.from_pandas(whole, npartitions=3)
    agree(
        lambda: lazy.resample("D", origin=origin, closed="left").sum(),
        lambda: whole.resample("D", origin=origin, closed="left").sum(),
    )
    with pytest.raises(UsageError, match=f"offset= from origin='{origin}'; give origin= as a time"):
        lazy.resample("D", origin=origin, offset="1h")


@few
@given(measured(min_rows=1), st.sampled_from(["2h", "D"]))
def test_several_at_once(parted: Parted, rule: str) -> None:
    """Lists, dicts and functions are taken, and columns chosen."""
    for steps in (
        lambda df: df.resample(rule).agg(["sum", "max"]),
        lambda df: df.resample(rule).agg({"x": "mean", "y": ["min", "count"]}),
        lambda df: df.resample(rule).agg(total=("y", "sum"), most=("x", "max")),
        lambda df: df.y.resample(rule).agg(["sum", "first"]),
        lambda df: df.resample(rule)["y"].sum(),
        lambda df: df.resample(rule)[["y"]].mean(),
        lambda df: df.resample(rule).x.last(),
        lambda df: df.y.resample(rule).agg(lambda values: len(values) * 2),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole), **CLOSE)


@few
@given(measured(min_rows=1), st.sampled_from(["2h", "D"]))
def test_times_in_a_column_and_lengths_of_time(parted: Parted, rule: str) -> None:
    """Times may be in a column; the index may hold lengths of time."""
    parts = [part.reset_index(names="t") for part in parted.parts]
    agree(
        lambda: frame_of(parts).resample(rule, on="t").sum(),
        lambda: pd.concat(parts).resample(rule, on="t").sum(),
        **CLOSE,
    )
    parts = [part.set_axis(part.index - pd.Timestamp("2015-03-07")) for part in parted.parts]
    agree(
        lambda: frame_of(parts).resample(rule).sum(), lambda: pd.concat(parts).resample(rule).sum(), **CLOSE
    )


@few
@given(measured(min_rows=1))
def test_other_types(parted: Parted) -> None:
    """Texts, truth values and times are resampled as in pandas."""

    def steps(df: Any, name: str) -> Any:
        other = df.assign(s=df.y.astype("str"), b=df.y > 0, n=df.y.astype("Int64"))
        return getattr(other.resample("3h"), name)()

    for name in ("first", "max", "count", "nunique"):
        agree(
            lambda name=name: steps(parted.lazy, name), lambda name=name: steps(parted.whole, name), **CLOSE
        )


@quick
@given(measured(min_rows=1), st.sampled_from(["1min", "17min", "1D", "D", "ME"]), st.sampled_from([None, 7]))
def test_times_in_equal_distances(parted: Parted, freq: str, fill_value: int | None) -> None:
    """Rows at these times are found in all partitions, and times without one are there too."""
    kept = [part[~part.index.duplicated()] for part in parted.parts]
    seen: set[Any] = set()
    parts = []
    for part in kept:
        parts.append(part[~part.index.isin(list(seen))])
        seen.update(part.index)
    lazy, whole = frame_of(parts), pd.concat(parts)
    agree(
        lambda: lazy.asfreq(freq, fill_value=fill_value),
        lambda: whole.asfreq(freq, fill_value=fill_value),
        **CLOSE,
    )
    agree(lambda: lazy.asfreq(freq).y, lambda: whole.asfreq(freq).y, **CLOSE)


def test_what_is_refused() -> None:
    """Times out of order, other indexes and making rows of none are errors."""
    times = pd.to_datetime(["2015-01-03", "2015-01-04", "2015-01-01", "2015-01-02"])
    whole = pd.DataFrame({"x": [1, 2, 3, 4]}, index=times)
    with pytest.raises(UsageError, match="2015-01-01 00:00:00 comes after 2015-01-04"):
        frame_of([whole[:2], whole[2:]]).resample("D").sum().compute(scheduler="sync")
    with pytest.raises(UsageError, match="of a partition"):
        frame_of([whole]).resample("D").sum().compute(scheduler="sync")
    df = pn.from_pandas(whole, npartitions=2)
    with pytest.raises(TypeError):
        df.reset_index(drop=True).resample("D")
    with pytest.raises(UsageError, match=r"for nanoseconds from 1970 on; give times with set_index\(\)"):
        df.reset_index(drop=True).x.asfreq("D")
    with pytest.raises(ValueError, match=r"(?i)frequency"):
        df.resample("nonsense")
    with pytest.raises(AttributeError, match=r"from no others; use asfreq\('h'\)\.ffill\(\).*merge_asof"):
        df.resample("h").ffill()
    with pytest.raises(AttributeError, match=r"from no others; use merge_asof\(\)"):
        df.resample("h").nearest()
    with pytest.raises(AttributeError, match=r"from no others; use \.compute\(\)"):
        df.resample("h").interpolate()
    inorder = pn.from_pandas(whole.sort_index(), npartitions=3)
    agree(
        lambda: inorder.asfreq("12h").ffill(),
        lambda: whole.sort_index().resample("12h").ffill(),
        check_dtype=False,
    )
    agree(
        lambda: inorder.asfreq("12h").bfill(),
        lambda: whole.sort_index().resample("12h").bfill(),
        check_dtype=False,
    )
    assert np.isclose(df.resample("D").x.mean().compute(scheduler="sync").sum(), 10)
