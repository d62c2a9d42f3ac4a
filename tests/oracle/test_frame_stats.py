"""Quantiles, counts of values, correlations and descriptions against pandas."""

from __future__ import annotations

import datetime
import io
import itertools
from collections.abc import Callable
from operator import methodcaller as call
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from pannier.kernels.frames import quantiles
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

few = settings(max_examples=10)
"""Examples for each of several methods."""
LOOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-9}


def both(parted: Parted, steps: Callable[[Any], Any], **options: Any) -> None:
    """Whatever the partitions, ``steps`` have the answer of pandas."""
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **options)


def series(column: str, method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``method`` of a column."""
    return lambda df: method(df[column])


@few
@given(
    frames("ifsn"),
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=3),
    st.sampled_from(["linear", "lower", "higher", "midpoint", "nearest"]),
)
def test_quantiles(parted: Parted, q: list[float], interpolation: str) -> None:
    """Quantiles are exact, of one share or several, between values as asked."""
    for column in "ifsn":
        both(parted, series(column, call("quantile", q, interpolation=interpolation)))
        both(parted, series(column, call("quantile", q[0], interpolation=interpolation)))
    both(parted, lambda df: df[["i", "f"]].quantile(q, interpolation=interpolation), **LOOSE)
    both(parted, lambda df: df[["i", "f"]].quantile([]))
    both(parted, lambda df: df.quantile(0.3, numeric_only=True, interpolation=interpolation), **LOOSE)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_shares_that_fall_on_a_value(interpolation: str) -> None:
    """A third of four values is the second, to the last digit, and infinite neighbours count as they do in pandas."""
    for values in ([-np.inf, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, np.inf], [-np.inf, -np.inf, 1.0]):
        whole = pd.DataFrame({"x": values})
        parted = Parted([whole[:2], whole[2:]])
        for q in (0.0, 1 / 3, 0.5, 2 / 3, 1.0):
            both(parted, lambda df, q=q: df.x.quantile(q, interpolation=interpolation))
            both(parted, lambda df, q=q: df.quantile([q], interpolation=interpolation))
        both(parted, lambda df: df.x.median())
        both(parted, lambda df: df.median())


@few
@given(frames("ifbtn"), st.booleans())
def test_medians(parted: Parted, skipna: bool) -> None:
    """The median is exact, of numbers, truth values and times."""
    method = call("median", skipna=skipna)
    both(parted, method, **LOOSE)
    for column in "ifbtn":
        both(parted, series(column, method))
    both(parted, lambda df: df[["i", "f"]].median(axis=1))
    both(parted, lambda df: df[["i", "f"]].median(axis=None))


@pytest.mark.parametrize("dtype", ["float32", "float64", "Float32", "int8", "bool"])
@pytest.mark.parametrize("skipna", [True, False])
def test_medians_of_no_values(dtype: str, skipna: bool) -> None:
    """Without a value they are of the type that pandas has for rows without one, and for no rows."""
    gaps = pd.DataFrame({"x": pd.Series([None] * 3, dtype="Float64")})
    for whole in (
        (gaps.astype(dtype), gaps[:0].astype(dtype)) if "loat" in dtype else (gaps[:0].astype(dtype),)
    ):
        parted = Parted([whole[:1], whole[1:]])
        both(parted, call("median", skipna=skipna))
        both(parted, lambda df: df.x.median(skipna=skipna))


@given(
    st.lists(st.lists(st.integers(-3, 3) | st.integers(-(10**6), 10**6)), min_size=1),
    st.floats(0, 1),
)
@few
def test_any_rank_among_many_runs(parts: list[list[int]], q: float) -> None:
    """A value of any rank is found when no more than a few values are put together at a time."""
    series_of = [pd.Series(part, dtype="int64") for part in parts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantiles, "_IN_MEMORY", 3)
        patch.setattr(quantiles, "_PROBES", 3)
        reduction = quantiles.Quantiles(q)
        found = reduction.finish(reduction.combine([reduction.chunk(part) for part in series_of]))
    same(float(found), float(pd.concat(series_of).quantile(q)))


def test_large_runs_lie_in_files_of_the_run(tmp_path: Any) -> None:
    """Where a task has a folder, many values are kept there, and the folder goes when the run ends."""
    whole = pd.Series(np.random.default_rng(0).permutation(600_000), name="x")
    lazy = pn.from_pandas(whole, npartitions=3)
    with pn.config.set(spill_folder=str(tmp_path)):
        found = lazy.quantile([0.1, 0.5]).compute(scheduler="threads")
    same(found, whole.quantile([0.1, 0.5]))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("q", [0.5, [0.25, 0.5], []], ids=str)
@pytest.mark.parametrize("dtype", ["int64[pyarrow]", "double[pyarrow]", "int32[pyarrow]", "Int64", "Float64"])
@pytest.mark.parametrize("interpolation", ["linear", "nearest"])
def test_quantiles_of_types(dtype: str, q: Any, interpolation: str) -> None:
    """Quantiles of Arrow's and of masked numbers, and the type of none."""
    whole = pd.DataFrame({"v": [1, 2, 3, 5], "w": [1, None, 3, 5]}).astype(dtype)
    parted = Parted([whole[:1], whole[1:1], whole[1:]])
    both(parted, lambda df: df.quantile(q, interpolation=interpolation))
    both(parted, lambda df: df.w.quantile(q, interpolation=interpolation))
    both(parted, lambda df: df[df.v > 10].v.quantile(q, interpolation=interpolation))


def test_approximate_quantiles_are_near() -> None:
    """A sketch gives values whose rank is near what was asked for, in the column's type."""
    whole = pd.DataFrame({"x": np.random.default_rng(0).permutation(20_000), "t": pd.Timestamp("2015-01-01")})
    lazy = pn.from_pandas(whole, npartitions=7)
    found = lazy.x.quantile([0, 0.25, 0.5, 1], method="approximate").compute(scheduler="sync")
    assert (abs(found / 20_000 - [0, 0.25, 0.5, 1]) < 0.01).all()
    assert abs(lazy.x.median_approximate().compute(scheduler="sync") - 10_000) < 200
    assert lazy.t.quantile(method="tdigest").compute(scheduler="sync") == pd.Timestamp("2015-01-01")
    assert lazy[["x"]].median_approximate().compute(scheduler="sync").name is None
    with pytest.raises(UsageError, match="method"):
        lazy.x.quantile(method="best")
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        lazy.x.quantile(1.5)


@few
@given(frames("ifsbtcn"), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_counts_of_values(parted: Parted, sort: bool, ascending: bool, dropna: bool, normalize: bool) -> None:
    """Counts, their order, and that of equal ones, are pandas'."""
    method = call("value_counts", sort=sort, ascending=ascending, dropna=dropna, normalize=normalize)
    for column in "ifsbtcn":
        both(parted, series(column, method))
    both(parted, lambda df: method(df.index))
    for subset in (["i", "s"], "f"):
        both(
            parted,
            lambda df, subset=subset: df.value_counts(
                subset, sort=sort, ascending=ascending, dropna=dropna, normalize=normalize
            ),
        )


@few
@given(frames("ifsc"), st.booleans(), st.booleans())
def test_counts_of_values_apart(parted: Parted, dropna: bool, normalize: bool) -> None:
    """Where values are shuffled, each is counted once, in some partition."""
    for column in "ifsc":
        both(
            parted,
            lambda df, c=column: (
                df[c].value_counts(dropna=dropna, normalize=normalize, split_out=3)
                if isinstance(df, pn.DataFrame)
                else df[c].value_counts(dropna=dropna, normalize=normalize)
            ),
            in_order=False,
            check_categorical=False,
        )


@few
@given(frames("ifsbtcn"), st.booleans())
def test_different_values(parted: Parted, dropna: bool) -> None:
    """What values there are, in the order in which they appear, how many, and which are most frequent."""
    for column in "ifsbtcn":
        both(parted, series(column, call("nunique", dropna=dropna)))
        both(parted, series(column, call("mode", dropna=dropna)))
        agree(
            lambda c=column: parted.lazy[c].unique(),
            lambda c=column: pd.Series(parted.whole[c].unique(), name=c),
        )
    both(parted, lambda df: df.index.unique())
    both(parted, call("nunique", dropna=dropna))
    both(parted, lambda df: df[["i", "f"]].nunique(axis=1, dropna=dropna))
    both(parted, call("mode", dropna=dropna))
    both(parted, call("mode", numeric_only=True))


@pytest.mark.parametrize("dropna", [True, False])
def test_missing_values_of_objects(dropna: bool) -> None:
    """None and NaN are told apart in each partition, and counted together over all."""
    day = datetime.date(2020, 1, 1)
    for values in ([day, None], [None, day, np.nan, None, day, np.nan], [None, "a", "a", None], [True, None]):
        whole = pd.Series(values, dtype=object)
        for n in range(1, len(values) + 1):
            lazy = pn.from_pandas(whole, npartitions=n)
            mode = lazy.mode(dropna=dropna).compute(scheduler="sync")
            same(mode, whole.mode(dropna=dropna))
            assert list(map(type, mode)) == list(map(type, whole.mode(dropna=dropna)))
            counts = lazy.value_counts(dropna=dropna).compute(scheduler="sync")
            same(counts, whole.value_counts(dropna=dropna))
            assert list(map(type, counts.index)) == list(map(type, whole.value_counts(dropna=dropna).index))


@few
@given(frames("ifst", unique_index=True))
def test_facts(parted: Parted) -> None:
    """Whether values are in order, unique or missing."""
    for name in ("is_monotonic_increasing", "is_monotonic_decreasing", "is_unique", "hasnans"):
        for column in "ifst":
            agree(
                lambda c=column, name=name: getattr(parted.lazy[c], name),
                lambda c=column, name=name: getattr(parted.whole[c], name),
            )
        agree(
            lambda name=name: getattr(parted.lazy.index, name),
            lambda name=name: getattr(parted.whole.index, name),
        )


@pytest.mark.parametrize("n", [0, 1, 100, 5_000, 300_000])
def test_about_how_many_different_values(n: int) -> None:
    """The estimate is exact for few, and within four standard errors for many; of frames it counts rows."""
    whole = pd.DataFrame({"x": np.arange(3 * n) % max(n, 1), "y": 1.5})
    parts = [whole.iloc[: n // 2], whole.iloc[n // 2 :]]
    for lazy in (frame_of(parts), frame_of(parts).x):
        assert lazy.nunique_approx().compute(scheduler="sync") == pytest.approx(n, rel=0.033)


@few
@given(frames("ifbn"), st.sampled_from([None, 1, 3]), st.integers(0, 2))
def test_correlations(parted: Parted, min_periods: int | None, ddof: int) -> None:
    """Correlation and covariance are over the rows in which both of a pair are there."""
    both(parted, call("corr", min_periods=min_periods), **LOOSE)
    both(parted, call("cov", min_periods=min_periods), rtol=1e-7, atol=1e-7)
    both(parted, lambda df: df[["i", "b"]].cov(ddof=ddof), **LOOSE)
    both(parted, lambda df: df[["i", "n"]].cov(ddof=ddof), **LOOSE)
    both(parted, lambda df: df.i.cov(df.n, min_periods=min_periods, ddof=ddof))
    both(parted, lambda df: df.i.corr(df.f, min_periods=min_periods))
    both(parted, lambda df: df.f.corr(df.f, min_periods=min_periods))


@few
@given(frames("ifn"), st.integers(0, 2))
@pytest.mark.filterwarnings("ignore:.*Degrees of freedom:RuntimeWarning")
def test_correlations_of_infinite_values(parted: Parted, ddof: int) -> None:
    """Infinite values are missing for corr, and for cov where other values are missing; else it has none of theirs."""
    for steps in (
        lambda df: df.replace({1e9: np.inf, -2.25: -np.inf}),
        lambda df: df[["i", "f"]].replace({1e9: np.inf, np.nan: 3.0}),
    ):
        both(parted, lambda df, steps=steps: steps(df).corr(), **LOOSE)
        both(parted, lambda df, steps=steps: steps(df).cov(ddof=ddof), **LOOSE)
        both(parted, lambda df, steps=steps: steps(df).i.corr(steps(df).f))


def test_correlations_of_times() -> None:
    """Times of two series are numbers; those of a frame are refused."""
    times = pd.Series(pd.to_datetime(["2020-01-01", None, "2020-02-09", "2019-05-06", "2024-02-29"]))
    whole = pd.DataFrame({"t": times, "z": times.dt.tz_localize("UTC"), "x": [3.0, 1, np.nan, 7, 2]})
    whole["d"] = whole.t - pd.Timestamp(2000, 5, 1)
    parted = Parted([whole[:2], whole[2:2], whole[2:4], whole[4:]])
    for a, b in itertools.product("tzxd", repeat=2):
        both(parted, lambda df, a=a, b=b: df[a].corr(df[b]))
        agree(
            lambda a=a, b=b: parted.lazy[a].cov(parted.lazy[b]) / 1e20,
            lambda a=a, b=b: whole[a].cov(whole[b]) / 1e20,
        )
    for method in ("corr", "cov"):
        with pytest.raises(TypeError, match="DatetimeArray"):
            getattr(parted.lazy, method)()


def test_correlation_is_stable() -> None:
    """Far from zero, over many partitions, correlation keeps its digits; equal columns have one of 1."""
    x = np.random.default_rng(0).random((1000, 2))
    x[:, 1] += x[:, 0]
    expected = np.corrcoef(x.T)[0, 1]
    x[::7, 0] = np.nan
    for far in (1e9 + x, x):
        frame = pd.DataFrame(far, columns=["x", "y"]).assign(z=lambda df: df.x)
        lazy = frame_of([frame.iloc[i : i + 37] for i in range(0, 1000, 37)])
        found = lazy.corr().compute(scheduler="sync")
        assert found.loc["x", "y"] == pytest.approx(expected, abs=0.05)
        assert found.loc["x", "y"] == pytest.approx(pd.DataFrame(x).corr().loc[0, 1], rel=1e-6)
        assert found.loc["x", "z"] == pytest.approx(1.0)


def test_correlations_of_other_rows() -> None:
    """Values go together by label, where divisions of both are known."""
    first = pd.Series([1.0, 2, 4, 7, 3], index=[0, 1, 2, 3, 9])
    second = pd.Series([5.0, 1, 9, 2, 2], index=[0, 2, 3, 3, 4])
    for n in (1, 2, 3):
        lazy = pn.from_pandas(first, npartitions=n), pn.from_pandas(second, npartitions=n)
        agree(lambda lazy=lazy: lazy[0].corr(lazy[1]), lambda: first.corr(second))
        agree(lambda lazy=lazy: lazy[0].cov(lazy[1]), lambda: first.cov(second))


@few
@given(frames("ifbn"), st.sampled_from([None, 1, 3]), st.booleans())
def test_correlations_with_others(parted: Parted, min_periods: int | None, drop: bool) -> None:
    """Each column with one series, or with the column of its name in another frame, in pandas' order and types."""
    for name in "ifbn":
        both(
            parted,
            lambda df, name=name: df.corrwith(df[name], min_periods=min_periods, drop=drop),
            **LOOSE,
        )
    for steps in (
        lambda df: df[["i", "f"]].corrwith(df[["f", "i"]] * 2, drop=drop),
        lambda df: df[["i", "f", "n"]].corrwith(df[["n", "i"]].rename(columns={"n": "f"}), drop=drop),
        lambda df: df[["i", "f"]].corrwith(df[["f", "b"]].rename(columns={"b": "i", "f": "z"}), drop=drop),
        lambda df: df.corrwith(df.rename(columns={"b": "f", "f": "b"}), min_periods=min_periods),
        lambda df: df[["i"]].corrwith(df[["f"]], drop=drop),
        lambda df: df[[]].corrwith(df[["f"]], drop=drop),
        lambda df: df[[]].corrwith(df.f),
    ):
        both(parted, steps, **LOOSE)


def test_correlations_with_others_of_odd_values() -> None:
    """Infinite numbers are missing in one of two frames, texts are left out if so told, rows of others go by label."""
    whole = pd.DataFrame(
        {"x": [1.0, np.inf, 3, 4, 9], "y": [1.0, 5, -np.inf, 0, np.nan], "s": list("abcde"), "k": 0.5}
    )
    parts = Parted([whole[:2], whole[2:2], whole[2:]])
    swapped = {"x": "y", "y": "x"}
    for steps in (
        lambda df: df[["x", "y"]].corrwith(df.rename(columns=swapped)[["x", "y"]]),
        lambda df: df[["y"]].corrwith(df[["x"]].rename(columns=swapped)),
        lambda df: df[["x"]].corrwith(df[["y"]].rename(columns=swapped)),
        lambda df: df.corrwith(df.y, numeric_only=True),
        lambda df: df.corrwith(df, numeric_only=True),
        lambda df: df.corrwith(df[["s", "k"]], numeric_only=True, drop=True),
        lambda df: df.corrwith(df.rename(columns={"x": "s", "s": "x"}), numeric_only=True),
        lambda df: df.corrwith(df),
        lambda df: df.corrwith(df.x),
        lambda df: df[["x"]].corrwith(df.s),
    ):
        both(parts, steps, **LOOSE)
    first = pd.DataFrame({"x": [1.0, 2, 4, 7], "y": [3.0, 1, 4, 1]}, index=[0, 1, 2, 3])
    second = pd.DataFrame({"y": [5.0, 1, 9, 2], "x": [2.0, 7, 1, 8]}, index=[0, 2, 3, 4])
    lazy = pn.from_pandas(first, npartitions=2), pn.from_pandas(second, npartitions=3)
    agree(lambda: lazy[0].corrwith(lazy[1]), lambda: first.corrwith(second), **LOOSE)
    agree(lambda: lazy[0].corrwith(lazy[1].x), lambda: first.corrwith(second.x), **LOOSE)


@few
@given(frames("f"))
def test_autocorrelation(parted: Parted) -> None:
    """Values are compared with those some rows before, across partitions."""
    both(parted, lambda df: df.f.autocorr(1))


@few
@given(frames("ifsbtcn"))
def test_descriptions(parted: Parted) -> None:
    """Each column is described as its type asks for; columns are chosen by type."""
    both(parted, lambda df: df[["i", "f", "s"]].describe(), **LOOSE)
    both(parted, lambda df: df[["i", "f", "s", "b", "c", "n"]].describe(include="all"), **LOOSE)
    both(parted, lambda df: df[["s", "b", "i"]].describe(exclude=["number"]))
    both(parted, lambda df: df[["i", "f"]].describe(percentiles=[0.9, 0.05]), **LOOSE)
    both(parted, lambda df: df[["s"]].describe(include=["number"]))
    for column in "ifsbcn":
        both(parted, series(column, call("describe")), **LOOSE)


def test_description_of_times() -> None:
    """Times have a mean, extremes and percentiles; durations a deviation too."""
    times = pd.Series(pd.date_range("2020-01-01", periods=9, freq="1h", unit="us"), name="t")
    whole = pd.DataFrame({"t": times, "d": times - pd.Timestamp("2020-01-01"), "x": 1.5})
    parted = Parted([whole.iloc[:2], whole.iloc[:0], whole.iloc[2:]])
    both(parted, call("describe"))
    both(parted, series("t", call("describe")))
    near = parted.lazy.x.describe(percentiles_method="approximate").compute(scheduler="sync")
    same(near, whole.x.describe())


def test_memory() -> None:
    """Bytes are those of the partitions, by column, by partition and in all."""
    whole = pd.DataFrame({"x": np.arange(10), "s": "text"}, index=np.arange(10) * 2)
    parts = [whole.iloc[:4], whole.iloc[4:]]
    lazy = frame_of(parts)
    agree(
        lambda: lazy.memory_usage(deep=True),
        lambda: sum(
            [part.memory_usage(deep=True) for part in parts[1:]], start=parts[0].memory_usage(deep=True)
        ),
    )
    agree(lambda: lazy.x.memory_usage(index=False), lambda: whole.x.memory_usage(index=False))
    agree(lambda: lazy.x.nbytes, lambda: whole.x.nbytes)
    agree(lazy.index.memory_usage, lambda: sum(part.index.memory_usage() for part in parts))
    per_partition = lazy.memory_usage_per_partition(index=False).compute(scheduler="sync")
    assert per_partition.tolist() == [int(part.memory_usage(index=False).sum()) for part in parts]


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns and types are printed without computing, and rows, values and bytes when they are asked for."""
    lazy = frame_of([pd.DataFrame({"x": [1.0, None]}), pd.DataFrame({"x": [2.0]})])
    lazy.info()
    assert "float64" in capsys.readouterr().out
    out = io.StringIO()
    lazy.info(buf=out, verbose=True, memory_usage=True)
    assert "3 entries, 0 to 0" in out.getvalue()
    assert "2 non-null" in out.getvalue()
    assert "memory usage" in out.getvalue()


def test_info_of_a_series() -> None:
    """Its name and type, and the same counts."""
    lazy = frame_of([pd.DataFrame({"x": [1.0, None]}), pd.DataFrame({"x": [2.0]})]).x
    out = io.StringIO()
    lazy.info(out)
    lazy.info(out, verbose=True, memory_usage="deep")
    plain, full = out.getvalue().split("<class")[1:]
    assert plain.splitlines()[1:] == ["Series name: x, in 2 partitions:", "  Dtype", "float64"]
    assert "2 non-null float64" in full
    assert "3 entries" in full
    assert "memory usage" in full


def test_what_cannot_be_had_is_said_while_building() -> None:
    """Ranks, bins and modes of rows are refused with what to do instead; texts have no correlation."""
    lazy = pn.from_pandas(pd.DataFrame({"x": [1, 2], "s": ["a", "b"]}), npartitions=1)
    for build, message in (
        (lambda: lazy[["x"]].corr(method="spearman"), "pearson"),
        (lambda: lazy[["x"]].corrwith(lazy.x, method="kendall"), "needs the ranks of all rows"),
        (lambda: lazy[["x"]].corrwith(lazy[["x"]], axis=1), "is of columns; for axis=1 use map_partitions"),
        (lambda: lazy[["x"]].corrwith(pd.Series([1, 2])), "takes a lazy series or frame, not a Series"),
        (lambda: lazy[["x"]].corrwith(lazy.index), "takes a lazy series or frame, not a Index"),
        (lambda: lazy[["x", "x"]].corrwith(lazy[["x"]]), r"\['x', 'x'\] has one twice"),
        (lambda: lazy.x.value_counts(bins=3), "bins"),
        (lambda: lazy.mode(axis=1), "map_partitions"),
        (lambda: lazy.quantile([0.5], axis=1), "one q"),
    ):
        with pytest.raises(UsageError, match=message):
            build()
    for refused in (lazy.corr, lazy.median, lazy.s.median):
        with pytest.raises(TypeError):
            refused()
    for refused in (lazy.quantile, lazy.s.quantile):
        with pytest.raises((TypeError, NotImplementedError)):
            refused()
    with pytest.raises(KeyError):
        lazy.value_counts(["y"])


@pytest.mark.parametrize(
    "values", [[np.inf] * 2, [1.5, 2, np.inf], [-np.inf, 2, 3], [-np.inf, np.inf], [1, np.inf]]
)
@pytest.mark.parametrize("dtype", ["float64", "Float64"])
def test_quantiles_of_infinite_values(values: list[float], dtype: str) -> None:
    """Between two infinite values the median is infinite, and a quantile next to one is undefined."""
    whole = pd.DataFrame({"k": 1, "x": pd.array(values, dtype=dtype)})
    lazy = pn.from_pandas(whole, npartitions=2)
    for steps in (
        lambda df: df.x.median(),
        lambda df: df.x.quantile([0.25, 0.5, 0.75, 1]),
        lambda df: df.groupby("k").x.median(),
        lambda df: df.groupby("k").x.quantile(0.5),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))


def test_columns_of_one_name_and_several_types() -> None:
    """Columns that are chosen by their types are told apart by their names; those that cannot be are refused."""
    whole = pd.DataFrame([[1, "x", 2], [3, "y", 4]], columns=["a", "a", "b"])
    lazy = pn.from_pandas(whole, npartitions=2)
    agree(lambda: lazy.describe(include="all"), lambda: whole.describe(include="all"))
    agree(lazy[["b"]].describe, whole[["b"]].describe)
    for steps in (lambda df: df.describe(), lambda df: df.sum(numeric_only=True)):
        with pytest.raises(UsageError, match=r"some of one name are of several; .* set_axis"):
            steps(lazy)


@quick
@given(parted=frames("ifb", max_rows=20))
def test_covariances_of_infinite_values(parted: Parted) -> None:
    """They are missing where the group lacks any value, in any partition and column; else there is no covariance."""
    assume(len(parted.whole))
    parts = [part.assign(f=part.f.clip(-9, 9), g=part.f.shift().clip(-9, 9)) for part in parted.parts]
    small = Parted([part.replace({1.5: np.inf, -2.25: -np.inf}) for part in parts])
    for steps in (
        lambda df: df.groupby("b")[["i", "f", "g"]].cov(),
        lambda df: df.fillna(0.5).groupby("b")[["i", "f", "g"]].cov(min_periods=2),
        lambda df: df.groupby("i")[["f"]].cov(),
    ):
        agree(lambda steps=steps: steps(small.lazy), lambda steps=steps: steps(small.whole))
