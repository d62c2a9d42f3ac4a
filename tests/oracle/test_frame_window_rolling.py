"""Windows that roll, by rows and by time, against pandas."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, quick

CLOSE = {"rtol": 1e-6, "atol": 1e-6}


@st.composite
def measured(draw: st.DrawFn, *, min_rows: int = 0, max_rows: int = 20) -> Parted:
    """Frames of numbers at times in order, of one partition or more, any of which may be empty."""
    n = draw(st.integers(min_rows, max_rows))
    minutes = draw(st.lists(st.integers(0, 4000), min_size=n, max_size=n))
    index = pd.DatetimeIndex(pd.Timestamp("2015-03-07 22:10") + pd.to_timedelta(sorted(minutes), unit="min"))
    values = st.sampled_from([0.0, 1.5, -2.25, 10.0, np.nan])
    data = {
        "x": np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype="float64"),
        "y": np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)), dtype="int64"),
    }
    whole = pd.DataFrame(data, index=index)
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=6)))
    return Parted([whole.iloc[a:b] for a, b in itertools.pairwise([0, *cuts, n])])


NAMES = [
    "count", "sum", "mean", "median", "min", "max", "std", "var", "sem", "skew", "kurt", "rank", "nunique", "first", "last",
]  # fmt: skip


GROWING = ["count", "sum", "mean", "min", "max", "std", "var", "sem"]


@quick
@given(
    measured(),
    st.sampled_from(NAMES),
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from([None, "right", "left", "both", "neither"]),
)
def test_windows_of_rows(parted: Parted, name: str, window: int, center: bool, closed: str | None) -> None:
    """Windows reach over as many partitions as they are long."""

    def steps(df: Any) -> Any:
        return getattr(df.rolling(window, min_periods=1, center=center, closed=closed), name)()

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)


@quick
@given(measured(), st.sampled_from(NAMES), st.sampled_from(["1min", "3h", "1D"]), st.booleans(),
       st.sampled_from([None, "left", "both"]))  # fmt: skip
def test_windows_of_time(parted: Parted, name: str, window: str, center: bool, closed: str | None) -> None:
    """Windows reach as far back as they say, whatever the number of rows."""

    def steps(df: Any) -> Any:
        return getattr(df.rolling(window, center=center, closed=closed), name)()

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)


@quick
@given(measured(), st.integers(1, 5))
def test_other_reductions_of_windows(parted: Parted, window: int) -> None:
    """Quantiles, the user's own functions, several at once, pairs of columns, and one column of a frame."""
    for steps in (
        lambda df: df.rolling(window).quantile(0.3),
        lambda df: df.rolling(window).apply(np.ptp, raw=True),
        lambda df: df.rolling(window).agg(["sum", "max"]),
        lambda df: df.rolling(window).agg({"x": "sum", "y": "mean"}),
        lambda df: df.y.rolling(window).agg(["sum", "max"]),
        lambda df: df.rolling(window).pipe(lambda rolling, unit: rolling.sum() / unit, 2),
        lambda df: df.y.rolling(window).pipe((lambda unit, rolling: rolling.sum() / unit, "rolling"), 2),
        lambda df: df.rolling(window)["y"].sum(),
        lambda df: df.rolling(window)[["y"]].sum(),
        lambda df: df.rolling(window).y.sum(),
        lambda df: df.x.rolling(window + 1).cov(df.y),
        lambda df: df.y.rolling(window + 1).corr(df.y),
        lambda df: df.rolling(pd.api.indexers.FixedForwardWindowIndexer(window_size=window)).sum(),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole), **CLOSE)


@quick
@given(measured(), st.sampled_from(["2h", "1D"]))
def test_windows_on_a_column(parted: Parted, window: str) -> None:
    """Time may be in a column."""
    parts = [part.reset_index(names="t") for part in parted.parts]
    lazy, whole = frame_of(parts), pd.concat(parts)
    agree(lambda: lazy.rolling(window, on="t").sum(), lambda: whole.rolling(window, on="t").sum(), **CLOSE)


@quick
@given(measured(), st.sampled_from(["3h", "1D"]), st.booleans())
def test_windows_in_time_zones(parted: Parted, window: str, center: bool) -> None:
    """Times of a zone may be in the index, or in a column; the rows at times in equal distances are found, too."""
    parts = [part.tz_localize("UTC").tz_convert("Europe/Berlin") for part in parted.parts]
    lazy, whole = frame_of(parts), pd.concat(parts)
    agree(
        lambda: lazy.rolling(window, center=center).sum(),
        lambda: whole.rolling(window, center=center).sum(),
        **CLOSE,
    )
    on = [part.reset_index(names="t") for part in parts]
    agree(
        lambda: frame_of(on).rolling(window, on="t").max(),
        lambda: pd.concat(on).rolling(window, on="t").max(),
    )
    few = [part.iloc[:1] for part in parts[:1]]
    agree(lambda: frame_of(few).asfreq("h"), lambda: pd.concat(few).asfreq("h"))


@pytest.mark.parametrize("window", [0, 1, 4, 5])
def test_windows_of_rows_one_by_one(window: int) -> None:
    """Windows closed on both sides have a row more; those that end with the last row have its rank among their first."""
    whole = pd.Series([5.0, 1.0, 5.0, 3.0, -3.0, 1.0, 5.0, -3.0, 2.0])
    lazy = pn.from_pandas(whole, npartitions=len(whole))
    for steps in (
        lambda x: x.rolling(window, min_periods=0, closed="both").sum(),
        lambda x: x.rolling(window, min_periods=0, center=True).rank(),
        lambda x: x.rolling(window, min_periods=0, center=True, closed="both").rank(),
        lambda x: x.rolling(
            pd.api.indexers.FixedForwardWindowIndexer(window_size=window), min_periods=0
        ).rank(),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole), **CLOSE)


@settings(max_examples=15)
@given(measured(), st.sampled_from(GROWING), st.integers(0, 4), st.booleans())
def test_growing_windows(parted: Parted, name: str, min_periods: int, has_infinities: bool) -> None:
    """Windows of all rows so far run on over the borders; infinite numbers are missing in them."""

    def steps(df: Any) -> Any:
        df = df.replace(10.0, np.inf) if has_infinities else df
        return getattr(df.expanding(min_periods), name)()

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)
    agree(lambda: steps(parted.lazy.x), lambda: steps(parted.whole.x), **CLOSE)


@settings(max_examples=15)
@given(measured(), st.sampled_from(["std", "var", "sem"]), st.integers(0, 3))
def test_spreads_of_growing_windows(parted: Parted, name: str, ddof: int) -> None:
    """Are right far from zero too; a column alone is read alone."""

    def steps(df: Any) -> Any:
        return getattr((df + 1e6).expanding(2), name)(ddof=ddof)

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)
    agree(lambda: steps(parted.lazy)[["y"]], lambda: steps(parted.whole)[["y"]], **CLOSE)


@st.composite
def weighings(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of ``ewm``."""
    how, much = draw(
        st.sampled_from(
            [
                ("com", 0),
                ("com", 0.5),
                ("span", 3),
                ("span", 4),
                ("halflife", 3),
                ("alpha", 0.3),
                ("alpha", 1),
                ("com", 1e6),
            ]
        )
    )
    flags = st.fixed_dictionaries({}, optional=dict.fromkeys(["adjust", "ignore_na"], st.booleans()))
    return {how: much, "min_periods": draw(st.sampled_from([None, 0, 1, 3])), **draw(flags)}


@settings(max_examples=60)
@given(measured(), weighings(), st.booleans())
def test_weights_that_fall(parted: Parted, options: dict[str, Any], has_infinities: bool) -> None:
    """What all rows before weigh runs on over the borders, over missing values too."""

    def steps(df: Any) -> Any:
        return df.replace(10.0, np.inf) if has_infinities else df

    lazy, whole = steps(parted.lazy), steps(parted.whole)
    for name in ("mean", "sum") if options.get("adjust", True) else ("mean",):
        agree(
            lambda name=name: getattr(lazy.ewm(**options), name)(),
            lambda name=name: getattr(whole.ewm(**options), name)(),
            **CLOSE,
        )
    agree(
        lambda: (lazy.x + 1e6).ewm(**options).mean(),
        lambda: (whole.x + 1e6).ewm(**options).mean(),
        rtol=1e-12,
    )
    agree(lambda: lazy.ewm(**options).mean()[["y"]], lambda: whole.ewm(**options).mean()[["y"]], **CLOSE)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
@pytest.mark.parametrize(
    "options", [{}, {"adjust": False}, {"ignore_na": True}, {"adjust": False, "ignore_na": True}]
)
def test_weights_that_fall_to_nothing(options: dict[str, Any], scheduler: str) -> None:
    """Long runs of missing values, longer than weights have numbers for, and whole numbers that may be missing."""
    x = pd.Series([1.0, 5.0, *[np.nan] * 4000, 3.0, *[np.nan] * 30, 4.0, 4.5])
    whole = pd.DataFrame({"x": x, "n": x.round().astype("Int64"), "b": x > 3, "none": np.nan})
    lazy = pn.from_pandas(whole, npartitions=7)
    for alpha in (0.5, 0.001):
        made = lazy.ewm(alpha=alpha, **options).mean().compute(scheduler=scheduler)
        pd.testing.assert_frame_equal(made, whole.ewm(alpha=alpha, **options).mean(), rtol=1e-12)


@quick
@given(measured(), st.sampled_from(["1h", "1D"]))
def test_map_overlap_of_time(parted: Parted, reach: str) -> None:
    """Rows around a partition may be asked for by time."""

    def sums(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.rolling(reach, center=True).sum()

    width = pd.Timedelta(reach)
    agree(lambda: parted.lazy.map_overlap(sums, width, width), lambda: sums(parted.whole), **CLOSE)


def test_what_windows_refuse() -> None:
    """Errors come at building, and say what to do."""
    df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "s": ["a", "b"]}), npartitions=2)
    with pytest.raises(AttributeError, match=r"expanding has count, .* and sem, and no 'median'"):
        df.x.expanding().median()
    with pytest.raises(ValueError, match="min_periods must be >= 0"):
        df.x.expanding(-1)
    with pytest.raises(pd.errors.DataError, match="non-numeric type"):
        df.expanding().var()
    with pytest.raises(ValueError, match="window"):
        df.x.rolling("2D")
    with pytest.raises(ValueError, match="Must pass one of comass, span, halflife, or alpha"):
        df.x.ewm()
    with pytest.raises(ValueError, match="mutually exclusive"):
        df.x.ewm(com=1, alpha=0.5)
    with pytest.raises(ValueError, match="halflife can only be a timedelta"):
        df.x.ewm(halflife="1D")
    with pytest.raises(UsageError, match=r"ewm has no times=; .* resample\(\)"):
        df.x.ewm(halflife="1D", times=df.x)
    with pytest.raises(NotImplementedError, match="adjust=False"):
        df.x.ewm(1, adjust=False).sum()
    with pytest.raises(AttributeError, match=r"ewm has mean and sum, and no 'var'; of groups, "):
        df.x.ewm(1).var()
    with pytest.raises(pd.errors.DataError, match="non-numeric type"):
        df.ewm(1).mean()
    assert repr(df.x.ewm(1)).startswith("Ewm(com=1, min_periods=0, adjust=True, ignore_na=False) of ")
    with pytest.raises(UsageError, match=r"df\.x\.rolling"):
        df.rolling(2).cov(df)
    with pytest.raises(AttributeError, match="did you mean 'median'"):
        df.x.rolling(2).medain()
    with pytest.raises(pd.errors.DataError):
        df.rolling(2).sum()


def test_order_of_times_is_checked_across_partitions() -> None:
    """Times that go back are an error, as they are in pandas."""
    times = pd.to_datetime(["2015-01-03", "2015-01-04", "2015-01-01", "2015-01-02"])
    whole = pd.DataFrame({"x": [1, 2, 3, 4]}, index=times)
    lazy = frame_of([whole[:2], whole[2:]])
    with pytest.raises(ValueError, match="monotonic"):
        lazy.rolling("2D").sum().compute(scheduler="sync")
