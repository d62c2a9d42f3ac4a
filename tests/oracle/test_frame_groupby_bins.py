"""Groups by stretches of time, with a Grouper alone and among other keys, against pandas."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, quick

CLOSE = {"rtol": 1e-9, "atol": 1e-9, "check_freq": False}
few = settings(max_examples=8)
"""Examples of tests that compute many frames for each."""

NAMES = ["sum", "mean", "min", "max", "count", "size", "nunique", "first", "last", "median", "std", "prod"]
RULES = ["7min", "h", "5h", "D", "2D", "W", "ME", "2MS", "B"]
rules = st.sampled_from(RULES)
sides = st.sampled_from([None, "left", "right"])
zones = st.sampled_from([None, "Europe/Berlin"])


@st.composite
def timed(draw: st.DrawFn, *, zone: str | None = None, min_rows: int = 0, max_rows: int = 14) -> Parted:
    """Frames with times in any order, repeated and missing, of one partition or more, any of which may be empty."""
    n = draw(st.integers(min_rows, max_rows))
    minutes = st.one_of(st.integers(0, 4000), st.sampled_from([0, 1440, 2880]), st.none())
    start = pd.Timestamp(draw(st.sampled_from(["2015-03-28 22:10", "2015-03-28"])))
    found = draw(st.lists(minutes, min_size=n, max_size=n))
    times = [pd.NaT if each is None else start + pd.Timedelta(minutes=each) for each in found]
    stamps = pd.DatetimeIndex(times, dtype="M8[us]")
    index = pd.Index(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype="int64")
    whole = pd.DataFrame(
        {
            "t": stamps.tz_localize("UTC").tz_convert(zone) if zone else stamps,
            "k": pd.Series(
                draw(st.lists(st.sampled_from(["a", "b", None]), min_size=n, max_size=n)), dtype="str"
            ),
            "x": np.array(
                draw(st.lists(st.sampled_from([0.5, -2.25, 10, np.nan]), min_size=n, max_size=n)), "f8"
            ),
            "y": np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)), "i8"),
        }
    ).set_axis(index)
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=4)))
    return Parted([whole.iloc[a:b] for a, b in itertools.pairwise([0, *cuts, n])])


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_distance_of_labels(rows: int) -> None:
    """The index has it as its ``freq``, and keeps it where pandas does."""
    whole = pd.DataFrame({"x": range(rows)}, pd.date_range("2015-01-01 05:00", periods=rows, freq="9h"))
    lazy = pn.from_pandas(whole.assign(t=whole.index), npartitions=3)
    for steps in (
        lambda df: df.groupby(pd.Grouper(freq="D")).x.sum(),
        lambda df: df.groupby(pd.Grouper(freq="W")).x.agg(["sum", "max"]) * 2,
        lambda df: df.groupby(pd.Grouper(key="t", freq="ME")).size(),
        lambda df: df.resample("D").x.max().cumsum(),
        lambda df: df.asfreq("3h"),
    ):
        agree(
            lambda steps=steps: steps(lazy),
            lambda steps=steps: steps(whole.assign(t=whole.index)),
            check_freq=True,
        )


@quick
@given(st.data(), st.sampled_from(NAMES), rules, sides, sides, zones)
def test_alone(data: st.DataObject, name: str, rule: str, closed: Any, label: Any, zone: str | None) -> None:
    """All bins from the first to the last are in the answer, and rows are in the order of their times."""
    parted = data.draw(timed(zone=zone))
    key = data.draw(st.sampled_from(["t", ["t"]]))

    def steps(df: Any) -> Any:
        grouper = pd.Grouper(key="t", freq=rule, closed=closed, label=label)
        return getattr(df.groupby([grouper] if isinstance(key, list) else grouper)[["x", "y"]], name)()

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)


@quick
@given(st.data(), st.sampled_from(NAMES), rules, sides, sides, zones)
def test_among_other_keys(
    data: st.DataObject, name: str, rule: str, closed: Any, label: Any, zone: str | None
) -> None:
    """Only what is there is in the answer, under the labels of bins."""
    parted = data.draw(timed(zone=zone))
    sort = data.draw(st.booleans())
    as_index = data.draw(st.booleans())

    def steps(df: Any) -> Any:
        by = [pd.Grouper(key="t", freq=rule, closed=closed, label=label), "k"]
        return getattr(df.groupby(by, sort=sort, as_index=as_index), name)()

    in_order = sort or len(parted.parts) == 1
    if as_index:
        agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), in_order=in_order, **CLOSE)
    elif in_order:
        agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)


@quick
@given(
    timed(),
    st.sampled_from(["7min", "5h", "2D"]),
    st.sampled_from(["start", "start_day", "epoch", "end", "end_day", pd.Timestamp("2014-12-31 23:17")]),
    st.sampled_from([None, "17min"]),
)
def test_where_bins_begin(parted: Parted, rule: str, origin: Any, offset: str | None) -> None:
    """Bins begin where pandas begins them, which may depend on the first time, or the last one."""
    if origin in ("end", "end_day"):
        offset = None  # with one pandas may not find a bin for the first row

    grouper = pd.Grouper(key="t", freq=rule, origin=origin, offset=offset)
    for by in (grouper, ["k", grouper]):
        agree(
            lambda by=by: parted.lazy.groupby(by).y.sum(),
            lambda by=by: parted.whole.groupby(by).y.sum(),
            **CLOSE,
        )


@few
@given(timed(min_rows=1), st.sampled_from(["D", "7h", "ME"]))
def test_several_aggregations(parted: Parted, rule: str) -> None:
    """Lists, dicts, names and functions are taken, alone and among other keys."""

    def spread(values: Any) -> Any:
        return values.max() - values.min()

    for by in (
        lambda: pd.Grouper(key="t", freq=rule),
        lambda: [pd.Grouper(key="t", freq=rule)],
        lambda: [pd.Grouper(key="t", freq=rule), "k"],
        lambda: ["k", pd.Grouper(key="t", freq=rule), pd.Grouper(key="t", freq="W")],
    ):
        for steps in (
            lambda groups: groups[["x", "y"]].agg(["sum", "max"]),
            lambda groups: groups.agg({"x": "mean", "y": ["min", "count"]}),
            lambda groups: groups.agg(total=("y", "sum"), earliest=("k", "first")),
            lambda groups: groups.x.agg(["sum", "last"]),
            lambda groups: groups.y.agg(list),
            lambda groups: groups.y.agg(spread),
            lambda groups: groups.k.count(),
            lambda groups: groups.size(),
            lambda groups: groups[["t", "y"]].first(),
        ):
            agree(
                lambda steps=steps, by=by: steps(parted.lazy.groupby(by())),
                lambda steps=steps, by=by: steps(parted.whole.groupby(by())),
                **CLOSE,
            )


@few
@given(timed(min_rows=1), st.sampled_from(["D", "7h", "ME"]))
def test_rows_of_groups(parted: Parted, rule: str) -> None:
    """A row for each row, or some of them: a Grouper alone sorts them by their times."""
    assume(len(parted.whole.dropna(subset=["t", "k"])))  # pandas transforms no groups to no rows at all
    for by in (
        lambda: pd.Grouper(key="t", freq=rule),
        lambda: [pd.Grouper(key="t", freq=rule)],
        lambda: [pd.Grouper(key="t", freq=rule), "k"],
    ):
        for steps in (
            lambda groups: groups.x.transform("sum"),
            lambda groups: groups.y.transform(lambda values: values - values.min()),
            lambda groups: groups.y.cumsum(),
            lambda groups: groups[["x", "y"]].shift(),
            lambda groups: groups.cumcount(),
            lambda groups: groups.head(1),
            lambda groups: groups.nth(-1),
            lambda groups: groups.filter(lambda group: len(group) > 1),
            lambda groups: groups.y.nlargest(1),
        ):
            agree(
                lambda steps=steps, by=by: steps(parted.lazy.groupby(by())),
                lambda steps=steps, by=by: steps(parted.whole.groupby(by())),
                **CLOSE,
            )


@few
@given(timed(min_rows=1), st.sampled_from(["D", "7h", "ME"]))
def test_functions_of_groups(parted: Parted, rule: str) -> None:
    """Apply and describe among other keys."""
    for steps in (
        lambda groups: groups.apply(lambda group: group.y.sum() + len(group.columns)),
        lambda groups: groups.y.describe(),
    ):

        def grouped(df: Any, steps: Any = steps) -> Any:
            return steps(df.groupby([pd.Grouper(key="t", freq=rule), "k"]))

        if len(parted.whole.dropna(subset=["t", "k"])):
            agree(
                lambda grouped=grouped: grouped(parted.lazy),
                lambda grouped=grouped: grouped(parted.whole),
                **CLOSE,
            )


@few
@given(timed(min_rows=1), st.sampled_from(["D", "7h", "ME"]))
def test_times_in_the_index(parted: Parted, rule: str) -> None:
    """Times may be labels, or a level of them, of frames and of series; or lengths of time."""
    assume(parted.whole.t.notna().any())  # of no spans of time pandas makes some of another unit
    labelled = [part.set_index("t") for part in parted.parts]
    levels = [part.set_index(["k", "t"]) for part in parted.parts]
    spans = [
        part.assign(t=part.t - pd.Timestamp("2015-03-01")).dropna(subset=["t"]).set_index("t")
        for part in parted.parts
    ]
    for parts, steps in (
        (labelled, lambda df: df.groupby(pd.Grouper(freq=rule)).y.sum()),
        (labelled, lambda df: df.groupby(pd.Grouper(freq=rule))[["x", "k"]].first()),
        (labelled, lambda df: df.groupby(pd.Grouper(level="t", freq=rule)).y.max()),
        (labelled, lambda df: df.groupby([pd.Grouper(freq=rule), "k"]).y.sum()),
        (labelled, lambda df: df.y.groupby(pd.Grouper(freq=rule)).last()),
        (labelled, lambda df: df.y.groupby(pd.Grouper(level=0, freq=rule)).transform("max")),
        (levels, lambda df: df.groupby(pd.Grouper(level="t", freq=rule)).y.sum()),
        (levels, lambda df: df.groupby(pd.Grouper(level="t", freq=rule)).y.first()),
        (levels, lambda df: df.y.groupby(pd.Grouper(level=1, freq=rule)).last()),
        (levels, lambda df: df.groupby([pd.Grouper(level="t", freq=rule), "k"]).y.sum()),
        (spans, lambda df: df.groupby(pd.Grouper(freq="7h", closed="right")).y.sum()),
        (spans, lambda df: df.groupby([pd.Grouper(freq="7h"), "k"]).y.sum()),
    ):
        agree(
            lambda parts=parts, steps=steps: steps(frame_of(parts)),
            lambda parts=parts, steps=steps: steps(pd.concat(parts)),
            **CLOSE,
        )


@quick
@given(timed(), st.booleans())
def test_answers_without_an_index(parted: Parted, is_list: bool) -> None:
    """With ``as_index=False`` the bins are a column."""
    for steps in (
        lambda groups: groups.y.sum(),
        lambda groups: groups.size(),
        lambda groups: groups[["x", "y"]].agg(["sum", "max"]),
    ):

        def grouped(df: Any, steps: Any = steps) -> Any:
            grouper = pd.Grouper(key="t", freq="D")
            return steps(df.groupby([grouper] if is_list else grouper, as_index=False))

        agree(
            lambda grouped=grouped: grouped(parted.lazy),
            lambda grouped=grouped: grouped(parted.whole),
            **CLOSE,
        )


@quick
@given(timed(), st.booleans())
def test_without_a_frequency(parted: Parted, sort: bool) -> None:
    """Such a Grouper is a column; alone, it says itself whether groups are sorted."""
    for by, in_order in (
        (pd.Grouper(key="k", sort=sort), sort),
        ([pd.Grouper(key="k"), pd.Grouper(key="t", freq="D")], True),
    ):
        agree(
            lambda by=by: parted.lazy.groupby(by).y.sum(),
            lambda by=by: parted.whole.groupby(by).y.sum(),
            in_order=in_order,
            **CLOSE,
        )


def test_pandas_groups() -> None:
    """What is computed of groups themselves are pandas' own."""
    whole = pd.DataFrame({"t": pd.to_datetime(["2015-01-03", "2015-01-01"]), "k": [1, 1], "x": [1, 2]})
    df = pn.from_pandas(whole, npartitions=2)
    grouper = pd.Grouper(key="t", freq="D")
    assert df.groupby(grouper).compute(scheduler="sync").x.sum().tolist() == [2, 0, 1]
    assert df.groupby([grouper, "k"]).compute(scheduler="sync").sum().x.tolist() == [2, 1]
    group = df.groupby(grouper).get_group(pd.Timestamp("2015-01-03")).compute(scheduler="sync")
    assert group.x.tolist() == [1]


def test_what_is_refused() -> None:
    """Errors are those of pandas, and what would be of bins without rows says what to do."""
    times = pd.to_datetime(["2015-01-03", "2015-01-01", None])
    df = pn.from_pandas(pd.DataFrame({"t": times, "k": [1, 2, 3], "x": [1, 2, 3]}), npartitions=2)
    grouper = pd.Grouper(key="t", freq="D")
    with pytest.raises(KeyError, match=r"grouper name tt is not found.*'t'"):
        df.groupby(pd.Grouper(key="tt", freq="D"))
    with pytest.raises(TypeError, match=r"Only valid with DatetimeIndex"):
        df.groupby(pd.Grouper(key="x", freq="D"))
    with pytest.raises(TypeError, match=r"Only valid with DatetimeIndex"):
        df.groupby([pd.Grouper(freq="D"), "k"])
    with pytest.raises(ValueError, match="both a key and a level"):
        df.groupby(pd.Grouper(key="t", level=0, freq="D"))
    with pytest.raises(ValueError, match="level 3 is not valid"):
        df.groupby(pd.Grouper(level=3, freq="D"))
    with pytest.raises(UsageError, match="a key, a level or a frequency"):
        df.groupby(pd.Grouper())
    with pytest.raises(UsageError, match="use fillna"):
        df.groupby([grouper, "k"], dropna=False)
    with pytest.raises(UsageError, match="to_timestamp"):
        df.assign(p=df.t.dt.to_period("D")).groupby(pd.Grouper(key="p", freq="D"))
    with pytest.raises(UsageError, match="times of Arrow"):
        df.astype({"t": "timestamp[us][pyarrow]"}).groupby(pd.Grouper(key="t", freq="D"))
    with pytest.raises(UsageError, match="not resampled"):
        df.groupby(grouper).resample("h")
    nameless = df.set_index("t").rename_axis(None).set_index("k", append=True)
    with pytest.raises(UsageError, match="needs a name of its own"):
        nameless.groupby(pd.Grouper(level=0, freq="D")).x.first()
    with pytest.raises(UsageError, match=r"apply.* of bins without rows"):
        df.groupby(grouper).apply(len)
    with pytest.raises(UsageError, match="describe of bins of time"):
        df.groupby(grouper).x.describe()
    with pytest.raises(UsageError, match=r"corr.* of bins without rows"):
        df.groupby(grouper).corr()
    with pytest.raises(UsageError, match="windows of bins"):
        df.groupby(grouper).rolling(2)
    with pytest.raises(UsageError, match="windows of bins"):
        df.groupby(grouper).expanding()
    with pytest.raises(UsageError, match="windows of bins"):
        df.groupby(grouper).ewm(1)
    with pytest.raises(ValueError, match="all NA values"):
        df.groupby(grouper).x.idxmax().compute(scheduler="sync")
