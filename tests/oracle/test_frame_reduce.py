"""Sums, means, moments, extremes and their labels against pandas."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from operator import methodcaller as call
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.collections.dataframe.base import wrap
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")

few = settings(max_examples=6)
"""Examples for each of many methods."""

LOOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-9}
"""Floats are added in another order than pandas does."""

METHODS = ["sum", "prod", "min", "max", "mean", "var", "std", "sem", "skew", "kurt", "any", "all", "count"]
TYPES = {
    "sum": "ifsbn",
    "prod": "ifbn",
    "min": "ifsbtn",
    "max": "ifsbtn",
    "mean": "ifbtn",
    "var": "ifbn",
    "std": "ifbn",
    "sem": "ifbn",
    "skew": "ifn",
    "kurt": "ifn",
    "any": "ifsbn",
    "all": "ifsbn",
    "count": "ifsbtcn",
}
"""Which columns a method is for."""


def both(parted: Parted, steps: Callable[[Any], Any], **options: Any) -> None:
    """Whatever the partitions, ``steps`` have the answer of pandas."""
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **options)


def series(column: str, method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``method`` of a column."""
    return lambda df: method(df[column])


@quick
@given(frames("fi"), st.sampled_from(["sum", "prod"]), st.sampled_from([0, 2]))
def test_undefined_sums_and_products(parted: Parted, name: str, min_count: int) -> None:
    """The sum of both infinities, and the product of one and zero, are undefined, whichever partitions they are in."""

    def steps(df: Any) -> Any:
        return getattr(df.replace({1e9: np.inf, -2.25: -np.inf}), name)(min_count=min_count)

    both(parted, steps)
    both(parted, lambda df: steps(df.f))
    both(parted, lambda df: steps(df.assign(g=df.f.astype("Float64"))))


@pytest.mark.parametrize("name", METHODS)
@few
@given(parted=frames("ifsbtcn"))
def test_of_frames(name: str, parted: Parted) -> None:
    """Each of a frame's columns alone, and all together, have pandas' answer, type and order."""
    for columns in (list(TYPES[name]), ["i", "f"], ["i"]):
        both(parted, lambda df, c=columns: call(name)(df[c]), check_exact=False, **LOOSE)


@pytest.mark.parametrize("name", METHODS)
@few
@given(parted=frames("ifsbtcn"))
def test_of_series(name: str, parted: Parted) -> None:
    """A series of each type has pandas' answer, or its exception."""
    for column in "ifsbtcn":
        if (name, column) != ("std", "t"):  # which pandas rounds
            both(parted, series(column, call(name)))


@pytest.mark.parametrize("name", [name for name in METHODS if name != "count"])
@few
@given(parted=frames("fin"))
def test_missing_values_that_count(name: str, parted: Parted) -> None:
    """With ``skipna=False`` one missing value makes the answer missing."""
    method = call(name, skipna=False)
    both(parted, method, **LOOSE)
    for column in "fi":
        both(parted, series(column, method))


@quick
@given(frames("ifn"), st.sampled_from(["sum", "prod"]), st.integers(0, 6))
def test_fewest_values(parted: Parted, name: str, min_count: int) -> None:
    """Fewer than ``min_count`` values have no sum and no product."""
    method = call(name, min_count=min_count)
    both(parted, method)
    both(parted, lambda df: method(df[["i"]]))
    for column in "fi":
        both(parted, series(column, method))


@quick
@given(
    frames("ifsbtcn"), st.sampled_from(["sum", "prod", "min", "max", "mean", "var", "std", "sem", "count"])
)
def test_numbers_only(parted: Parted, name: str) -> None:
    """``numeric_only`` leaves other columns out of frames."""
    both(parted, call(name, numeric_only=True), **LOOSE)


@quick
@given(frames("if"), st.sampled_from(METHODS))
def test_along_rows(parted: Parted, name: str) -> None:
    """With ``axis=1`` there is an answer for each row."""
    both(parted, call(name, axis=1), check_dtype=bool(len(parted.whole)), **LOOSE)


@pytest.mark.parametrize("columns", ["i", "if", "ib", "b", "n", "in", "s", "t"])
@pytest.mark.parametrize("name", ["min", "max", "sum", "nunique", "count", "any", "idxmax", "std"])
def test_types_along_rows(columns: str, name: str) -> None:
    """The type is known before, and that of what is made of the answer by group is pandas'."""
    data = {
        "i": [1, 2, 3],
        "f": [0.5, 1.5, 2.5],
        "b": [True, False, True],
        "n": pd.array([1, 2, 3], dtype="Int64"),
        "s": list("abc"),
        "t": pd.date_range("2015", periods=3),
    }
    whole = pd.DataFrame({column: data[column] for column in columns})
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    try:
        expected = getattr(whole, name)(axis=1)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(lazy, name)(axis=1).compute(scheduler="sync")
        return
    made = getattr(lazy, name)(axis=1)
    assert made.dtype == expected.dtype
    found = lazy.assign(r=made).groupby(columns[0]).r.first().compute(scheduler="sync")
    same(found, whole.assign(r=expected).groupby(columns[0]).r.first())


@quick
@given(frames("if"), st.sampled_from(METHODS))
def test_along_both(parted: Parted, name: str) -> None:
    """With ``axis=None`` there is one answer for all values, where pandas has one."""
    both(parted, call(name, axis=None))


@pytest.mark.parametrize("name", ["idxmin", "idxmax"])
@few
@given(parted=frames("ifsbtn"), skipna=st.booleans())
def test_labels_of_extremes(name: str, parted: Parted, skipna: bool) -> None:
    """The label is that of the first extreme in whatever partition; there is none of nothing."""
    method = call(name, skipna=skipna)
    both(parted, method)
    both(parted, lambda df: method(df[["i", "b"]]))
    both(parted, lambda df: call(name, axis=1)(df[["i"]]))
    for column in "ifsbtn":
        both(parted, series(column, method))


@pytest.mark.parametrize("name", ["argmin", "argmax"])
@few
@given(parted=frames("ifsbtcn"), skipna=st.booleans())
def test_positions_of_extremes(name: str, parted: Parted, skipna: bool) -> None:
    """Are counted over all partitions; there is none of nothing."""
    for column in "ifsbtcn":
        both(parted, series(column, call(name, skipna=skipna)))
    both(parted, series("i", call(name, axis=0)))
    both(parted, series("i", call(name, axis=1)))


@pytest.mark.parametrize("name", ["nlargest", "nsmallest"])
@quick
@given(parted=frames("ifts"), n=st.integers(0, 6), keep=st.sampled_from(["first", "last"]))
def test_largest_rows(name: str, parted: Parted, n: int, keep: str) -> None:
    """The rows, their order and which of equal ones are kept are pandas'."""
    for by in ("f", ["i", "f"], "t"):
        both(parted, call(name, n, by, keep=keep))
    both(parted, series("i", call(name, n, keep=keep)))
    both(parted, series("f", call(name, n, keep="all")))


@pytest.mark.parametrize("name", ["nlargest", "nsmallest"])
@quick
@given(parted=frames("inf"), n=st.integers(0, 6), keep=st.sampled_from(["first", "last", "all"]))
def test_largest_rows_beside_na(name: str, parted: Parted, n: int, keep: str) -> None:
    """A partition with fewer values than are asked for has its part in them, in a column of the nullable types too."""
    for by in (["n", "i"], ["i", "n"], ["n", "f", "i"]):
        both(parted, call(name, n, by, keep=keep))


@few
@given(frames("ft", unique_index=True))
def test_extremes_of_labels(parted: Parted) -> None:
    """An index has a smallest and a largest label."""
    for name in ("min", "max"):
        both(parted, lambda df, name=name: call(name)(df.index))


@pytest.mark.parametrize(
    "dtype", ["int8", "uint64", "float32", "Int8", "Float32", "boolean", "timedelta64[s]", "object"]
)
@pytest.mark.parametrize("name", [*METHODS, "idxmax"])
def test_other_types(name: str, dtype: str) -> None:
    """Narrow numbers, nullable ones, durations and objects keep the types that pandas gives them."""
    values = pd.Series([1, 0, 1, 1, 0, 1, 1], dtype="int8").astype(dtype)
    whole = pd.DataFrame({"x": values, "y": values})
    parted = Parted([whole.iloc[a:b] for a, b in itertools.pairwise([0, 3, 3, 7])])
    both(parted, call(name), rtol=1e-6)
    if "loat32" not in dtype:  # of which the last digits are pandas' own
        both(parted, series("x", call(name)))


@pytest.mark.parametrize("dtype", ["datetime64[ns, UTC]", "datetime64[us]", "timedelta64[ns]"])
def test_times(dtype: str) -> None:
    """Means, deviations and extremes of times are times of the same unit and zone."""
    values: Any = pd.Series(pd.date_range("2020-01-01", periods=9, freq="777us"))
    if dtype.startswith("timedelta"):
        values = values - pd.Timestamp(0)
    elif "UTC" in dtype:
        values = values.dt.tz_localize("UTC")
    whole = values.astype(dtype).to_frame("t")
    parted = Parted([whole.iloc[:2], whole.iloc[:0], whole.iloc[2:]])
    for name in ("min", "max", "count"):
        both(parted, call(name))
    for name in ("mean", "std"):
        found, expected = call(name)(parted.lazy).compute(scheduler="sync"), call(name)(whole)
        assert found.dtype == expected.dtype
        assert abs(found["t"] - expected["t"]) <= pd.Timedelta("1us")  # pandas rounds them to floats


@pytest.mark.parametrize("name", ["min", "max", "mean", "median", "std", "describe"])
def test_days_of_arrow(name: str) -> None:
    """They are no whole numbers to pandas, and half a day is cut off."""
    days = pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-04", "1969-05-05", "2020-01-02"]))
    whole = days.astype("date32[pyarrow]").to_frame("d")
    lazy = frame_of([whole[:2], whole[2:2], whole[2:4], whole[4:]])
    agree(getattr(lazy.d, name), getattr(whole.d, name))
    agree(lambda: lazy.d.quantile([0.2, 0.9]), lambda: whole.d.quantile([0.2, 0.9]))


@pytest.mark.parametrize("dtype", ["int64[pyarrow]", "bool[pyarrow]", "Int64"])
@pytest.mark.parametrize("values", [[1, None, 1], [0, None, 0], [1, None, 0]])
def test_truth_that_is_not_known(dtype: str, values: list[Any]) -> None:
    """A missing value that counts leaves open what the others do not decide."""
    whole = pd.Series(values, dtype=dtype, name="x").to_frame()
    lazy = frame_of([whole[:1], whole[1:1], whole[1:2], whole[2:]]).x
    for name in ("any", "all"):
        expected = getattr(whole.x, name)(skipna=False)
        found = getattr(lazy, name)(skipna=False).compute(scheduler="sync")
        assert found is expected if expected is pd.NA else found == expected


@pytest.mark.parametrize("dtype", ["float64", "Int64", "int64[pyarrow]"])
def test_descriptions_without_percentiles(dtype: str) -> None:
    """Arrow is asked for none, either."""
    whole = pd.Series([1, 3, 2], dtype=dtype, name="x").to_frame()
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    agree(lambda: lazy.x.describe(percentiles=[]), lambda: whole.x.describe(percentiles=[]))


def test_different_objects_that_are_texts_in_one_partition() -> None:
    """None stays None beside texts, and is counted once."""
    whole = pd.DataFrame({"o": pd.Series([None, "a", None, 2.5], dtype=object)})
    lazy = frame_of([whole[:1], whole[1:1], whole[1:3], whole[3:]]).o
    agree(lambda: lazy.nunique(dropna=False), lambda: whole.o.nunique(dropna=False))
    found = lazy.unique().compute(scheduler="sync")
    assert found.dtype == object
    assert found.tolist() == whole.o.unique().tolist()


def test_ordered_categories() -> None:
    """Categories that are ordered have extremes, in their own order."""
    dtype = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    whole = pd.DataFrame({"c": pd.Series(["mid", "low", None, "high"], dtype=dtype)})
    parted = Parted([whole.iloc[:2], whole.iloc[2:3], whole.iloc[3:]])
    for name in ("min", "max"):
        both(parted, call(name))
        both(parted, series("c", call(name)))


def test_far_from_zero() -> None:
    """Variance keeps its digits where values are large and near each other, over many partitions."""
    values = 1e9 + np.random.default_rng(0).random(1000)
    parts = [pd.DataFrame({"x": chunk}) for chunk in np.array_split(values, 37)]
    exact = float(np.var(values - 1e9, ddof=1))
    assert float(frame_of(parts).x.var().compute(scheduler="sync")) == pytest.approx(exact, rel=1e-7)


def test_labels_of_numbered_rows_are_of_the_whole() -> None:
    """Where labels number the rows of each partition, answers have the number in all of them."""
    parts = [pd.DataFrame({"x": values}) for values in ([1, 2], [5, 3], [4])]
    numbered = frame_of(parts)
    numbered = wrap(numbered.node, numbered._meta, numbers=True)
    whole = pd.concat(parts, ignore_index=True)
    agree(numbered.idxmax, whole.idxmax)
    agree(lambda: numbered.x.idxmin(split_every=2), whole.x.idxmin)
    agree(lambda: numbered.nlargest(3, "x", split_every=2), lambda: whole.nlargest(3, "x"))
    agree(lambda: numbered.x.nsmallest(4), lambda: whole.x.nsmallest(4))


@pytest.mark.parametrize("name", ["sum", "min", "mean", "std", "count", "idxmax"])
def test_columns_of_one_name(name: str) -> None:
    """Columns may have the same name, and the names of columns a name."""
    whole = pd.DataFrame([[1, 2.0], [3, 4.0]], columns=pd.Index(["x", "x"], name="k"))
    both(Parted([whole.iloc[:1], whole.iloc[1:]]), call(name))


@pytest.mark.parametrize("name", METHODS)
def test_frames_without_columns(name: str) -> None:
    """No columns, no answers."""
    whole = pd.DataFrame(index=[1, 2])
    both(Parted([whole, whole]), call(name))


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "std", "var", "min", "max", "any", "all"])
def test_functions_of_numpy(name: str) -> None:
    """They call the methods, with arguments that are for arrays, which stay None."""
    function = getattr(np, name)
    whole = pd.DataFrame({"x": [3, 1, 2], "y": [0.5, 4.0, 0.0]})
    df = pn.from_pandas(whole, npartitions=2)
    agree(lambda: function(df.x), lambda: function(whole.x))
    agree(lambda: function(df), lambda: function(whole))
    agree(lambda: function(df, axis=0), lambda: function(whole, axis=0))
    with pytest.raises(UsageError, match=rf"{name}\(\) has no out="):
        function(df.x, out=np.empty(()))


def test_types_of_sums_are_not_chosen() -> None:
    """The way out is astype()."""
    df = pn.from_pandas(pd.DataFrame({"x": [3, 1, 2]}), npartitions=2)
    with pytest.raises(UsageError, match=r"sum\(\) has no dtype=.*astype"):
        np.sum(df.x, dtype="float32")


def test_what_is_not_for_a_type_is_refused_while_building() -> None:
    """The mean of texts, and the smallest of unordered categories, are refused before anything runs."""
    df = pn.from_pandas(pd.DataFrame({"s": ["a"], "c": pd.Categorical(["x"])}), npartitions=1)
    for build in (df.s.mean, df.mean, df.c.min):
        with pytest.raises(TypeError):
            build()
    with pytest.raises(TypeError, match="numeric_only"):
        df.s.sum(numeric_only=True)
    with pytest.raises(KeyError, match="sc"):
        df.nlargest(1, "sc")
    with pytest.raises(ValueError, match="No axis named 2"):
        df.sum(axis=2)


def test_reduction_of_the_users_own() -> None:
    """Results of partitions are put together as rows or values, combined in a tree and aggregated once."""
    parts = [pd.DataFrame({"x": values}) for values in ([1, 2], [], [3], [4, 5])]
    lazy, whole = frame_of(parts), pd.concat(parts)
    agree(lambda: lazy.reduction(lambda b: b.sum(), aggregate=lambda found: found.sum()), whole.sum)
    agree(lambda: lazy.x.reduction(lambda b: b.sum(), lambda found: found.sum(), split_every=2), whole.x.sum)
    spread = lazy.reduction(
        chunk=lambda b, *, by: pd.DataFrame({"n": [len(b) * by]}),
        combine=lambda found: found.sum().to_frame().T,
        aggregate=lambda found, *, unit: f"{found.n.sum()} {unit}",
        chunk_kwargs={"by": 2},
        aggregate_kwargs={"unit": "rows"},
        split_every=2,
        meta="",
    )
    assert spread.compute(scheduler="sync") == "10 rows"
    with pytest.raises(TypeError, match="combine_kwargs"):
        lazy.reduction(len, combine_kwargs={"a": 1})


@pytest.mark.parametrize("name", [*METHODS, "idxmin", "idxmax", "nunique", "median"])
@pytest.mark.parametrize("index", [pd.RangeIndex(5), pd.date_range("2021", periods=5), pd.Index([*"abcde"])])
def test_no_columns(name: str, index: Any) -> None:
    """There are no answers, under no labels of the type that pandas has for them."""
    whole = pd.DataFrame({"a": range(5)}, index=index)
    for cuts in ((0, 5), (0, 0, 2, 2, 5), (0, 3, 5, 5)):
        lazy = frame_of([whole.iloc[start:stop] for start, stop in itertools.pairwise(cuts)])
        agree(
            lambda: call(name)(lazy[[]]),  # noqa: B023
            lambda: call(name)(whole[[]]),
            check_index_type="exact",
        )
