"""Groups of columns of less common types, and of groups without rows, against pandas."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.collections.dataframe.frame import DataFrame
from pannier.kernels.frames import arrowgroups
from pannier.kernels.frames.groupexamples import example
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick

DAYS = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 3), None]


def halves(whole: pd.DataFrame) -> DataFrame:
    """``whole`` in three partitions, of which one is empty."""
    middle = len(whole) // 2
    return frame_of([whole[:middle], whole[:0], whole[middle:]])


def both(whole: pd.DataFrame, steps: Callable[[Any], Any]) -> None:
    """The same steps give the same."""
    agree(lambda: steps(halves(whole)), lambda: steps(whole))


def of(values: list[Any], dtype: Any) -> pd.DataFrame:
    """These values by a key that each partition has."""
    return pd.DataFrame({"k": [i % 2 for i in range(len(values))], "v": pd.Series(values, dtype=dtype)})


@pytest.mark.parametrize("verb", ["sum", "max", "nunique", "std", "median", "first"])
@pytest.mark.parametrize(
    "options", [{}, {"as_index": False}, {"dropna": False}, {"observed": False, "as_index": False}]
)
def test_no_columns(verb: str, options: dict[str, Any]) -> None:
    """Of no columns the answer has the groups alone."""
    whole = of(list("abac"), "str").assign(c=pd.Categorical(["x", "y", "x", None], categories=list("xyz")))
    for keys in ("k", "c", ["c", "k"]):
        both(whole, lambda df, keys=keys: getattr(df.groupby(keys, **options)[[]], verb)())
    both(whole.drop(columns="c"), lambda df: df.groupby("k", **options).mean(numeric_only=True))


@pytest.mark.parametrize("verb", ["sum", "mean"])
@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize("least_rows", [0, arrowgroups.LEAST_ROWS])
def test_infinities_of_both_signs(
    verb: str, sort: bool, least_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Infinities of both signs are no number together, also if one partition has both."""
    monkeypatch.setattr(arrowgroups, "LEAST_ROWS", least_rows)
    whole = of([np.inf, -np.inf, -np.inf, -np.inf, np.nan, 1.0, 1.0, np.nan], "float64")
    both(whole, lambda df: getattr(df.groupby("k", sort=sort).v, verb)())


@pytest.mark.parametrize("key", [lambda n: n, lambda n: n << 50, "{:03}".format, "{:08}".format, str])
def test_unsorted_groups_come_as_they_first_appear(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in pandas, also where Arrow finds them, which has them nearly so."""
    monkeypatch.setattr(arrowgroups, "LEAST_ROWS", 0)
    numbers = np.random.default_rng(0).integers(0, 400, 6000).tolist()
    whole = pd.DataFrame({"k": list(map(key, numbers)), "v": range(6000)})
    both(whole, lambda df: df.groupby("k", sort=False).v.sum())


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
@pytest.mark.parametrize("one", [-np.inf, np.inf])
def test_medians_of_infinities(one: float, dtype: str) -> None:
    """The mean of two infinities of one sign is infinite, and of both signs no number; a quantile is as pandas has it."""
    for values in ([one, 1, one, 2], [one, -1, -one, one], [1, one, one, -one, 2, one]):
        whole = of(values, dtype)
        both(whole, lambda df: df.groupby("k").v.median())
        both(whole, lambda df: df.groupby("k").v.quantile())


@pytest.mark.parametrize("dtype", ["Int8", "UInt8", "int8[pyarrow]", "uint8[pyarrow]", "int8"])
@pytest.mark.parametrize("verb", ["sum", "prod"])
def test_sums_that_outgrow_their_type(dtype: str, verb: str) -> None:
    """A sum has the type of its values, or 64 bits where it is too large."""
    both(of([120, 1, 127, 2, 3, 1], dtype), lambda df: getattr(df.groupby("k").v, verb)())
    both(of([1, 1, 2, 2, 3, 1], dtype), lambda df: getattr(df.groupby("k").v, verb)())


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "int64"])
def test_large_sums_of_enough_values(dtype: str) -> None:
    """Numbers that floats cannot tell apart stay as they are beside a group with too few values."""
    whole = pd.DataFrame({"k": [1, 1, 2], "v": pd.Series([2**53 + 1, 2**53 + 2, 3], dtype=dtype)})
    both(whole, lambda df: df.groupby("k").v.sum(min_count=2))


TIMES: dict[str, list[Any]] = {
    "timestamp[us][pyarrow]": [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01"), None],
    "duration[s][pyarrow]": [pd.Timedelta(0), pd.Timedelta("1h"), None],
    "period[M]": [pd.Period("2020-01", "M"), pd.Period("2020-03", "M")],
    "interval[float64, right]": [pd.Interval(0.0, 1.0), pd.Interval(1.0, 2.0)],
}


@pytest.mark.parametrize("verb", ["cummax", "cummin", "cumsum"])
@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Int8", "UInt8"])
def test_running_results_of_sums(dtype: str, verb: str) -> None:
    """For which pandas sets values in what it runs through."""
    both(of([1, 2, 3, None, 5, 6], dtype), lambda df: getattr(df.groupby("k")[["v"]].sum(), verb)())


@pytest.mark.parametrize("verb", ["min", "max", "first", "count", "cummax", "head"])
@pytest.mark.parametrize("dtype", TIMES)
def test_times_and_intervals(dtype: str, verb: str) -> None:
    """Arrow's times, periods and intervals are aggregated, and are keys."""
    whole = of(TIMES[dtype] * 4, dtype)
    both(whole, lambda df: getattr(df.groupby("k").v, verb)())
    both(whole, lambda df: getattr(df.groupby("v").k, verb)())


def test_first_and_last_periods() -> None:
    """Periods have a label of the greatest."""
    both(of(TIMES["period[M]"] * 4, "period[M]"), lambda df: df.groupby("k").v.idxmax())


def test_arrow_durations_that_are_true() -> None:
    """A duration is true unless it is none, whatever the others are."""
    whole = of(
        [pd.Timedelta("1h"), pd.Timedelta(0), pd.Timedelta("1h"), pd.Timedelta("2h")], "duration[us][pyarrow]"
    )
    both(whole, lambda df: df.groupby("k").v.all())
    both(whole, lambda df: df.groupby("k").v.any())


@pytest.mark.parametrize("verb", ["min", "max", "first", "last"])
def test_objects_that_are_no_texts(verb: str) -> None:
    """Dates stay dates, and None stands for the first of no values."""
    whole = pd.DataFrame({"k": [1, 2, 1, 3], "v": pd.Series([*DAYS, DAYS[0]], dtype=object)})
    both(whole, lambda df: getattr(df.groupby("k").v, verb)())
    whole = pd.DataFrame({"k": [1, 2, 2, 2], "v": pd.Series(["a", None, np.nan, None], dtype=object)})
    both(whole, lambda df: getattr(df.groupby("k").v, verb)())


@pytest.mark.parametrize(
    "keys", [[True, False, True, None], [2, 1, 2, 1], [1, 2.5, 1, None], DAYS * 2], ids=str
)
def test_object_keys_of_one_kind(keys: list[Any]) -> None:
    """Keys that are objects get the type of their kind in an index."""
    whole = pd.DataFrame({"k": pd.Series(keys, dtype=object), "v": range(len(keys))})
    both(whole, lambda df: df.groupby("k").v.sum())
    both(whole, lambda df: df.groupby("k", dropna=False, sort=False, as_index=False).v.median())


CATEGORIES = pd.DataFrame(
    {
        "c": pd.Categorical(list("baabb"), categories=["z", "a", "b"]),
        "e": pd.Categorical(["q", None, "p", "p", "p"], categories=["p", "r", "q"]),
        "k": [2, 2, 1, 1, 2],
        "v": range(5),
        "s": list("vwxyz"),
        "o": pd.Series(list("vwxyz"), dtype=object),
        "d": pd.Series([pd.Timedelta("1h")] * 5, dtype="duration[us][pyarrow]"),
    }
)
CATEGORY_KEYS = [["c"], ["c", "k"], ["k", "c"], ["c", "e"], ["k", "c", "e"], ["k", "c", "v"], ["e", "k"]]


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize("dropna", [False, True])
@pytest.mark.parametrize("keys", CATEGORY_KEYS, ids=str)
def test_order_of_unobserved_categories(keys: list[str], dropna: bool, sort: bool) -> None:
    """Groups without rows come in the order of pandas, at the end where groups are not sorted."""
    both(
        CATEGORIES,
        lambda df: df.assign(w=df.v).groupby(keys, observed=False, dropna=dropna, sort=sort).w.sum(),
    )


@quick
@given(frames("csinf"), st.permutations("csine"), st.integers(1, 3), st.booleans(), st.booleans())
def test_keys_of_rows_without_a_category(
    parted: Parted, letters: list[str], n: int, dropna: bool, sort: bool
) -> None:
    """Keys beside categories are listed, too, if all their rows lack a category."""
    keys, kind = letters[:n], pd.CategoricalDtype(["b", "a"])

    def groups(df: Any) -> Any:
        known = df.s.where(df.s.isin(["a", "b"])).astype(kind)
        return df.assign(e=known).groupby(keys, observed=False, dropna=dropna, sort=sort).f

    for func in ("sum", "first", "median"):
        agree(
            lambda f=func: getattr(groups(parted.lazy), f)(),
            lambda f=func: getattr(groups(parted.whole), f)(),
        )


UNOBSERVED: dict[str, Callable[[Any], Any]] = {
    "sum of texts": lambda groups: groups.s.sum(),
    "sum of durations": lambda groups: groups.d.sum(),
    "sum of enough": lambda groups: groups.v.sum(min_count=1),
    "product of enough": lambda groups: groups.v.prod(min_count=1),
    "unique": lambda groups: groups.v.unique(),
    "first object": lambda groups: groups.o.first(),
    "function": lambda groups: groups.v.agg(len),
    "own function": lambda groups: groups.v.agg(lambda values: values.sum() + 1),
    "several": lambda groups: groups.agg({"v": ["sum", "size"], "s": ["sum", "nunique"]}),
}


@pytest.mark.parametrize("name", UNOBSERVED)
def test_answers_of_unobserved_categories(name: str) -> None:
    """Of a group without rows the answer is the one of pandas."""
    both(CATEGORIES, lambda df: UNOBSERVED[name](df.groupby("c", observed=False)))
    both(CATEGORIES, lambda df: UNOBSERVED[name](df.groupby(["c", "k"], observed=False)))


@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8", "Int64", "str"])
@pytest.mark.parametrize("keys", ["c", ["c", "k"]], ids=str)
def test_types_by_whether_a_category_lacks_rows(keys: Any, dtype: str) -> None:
    """Only where some category has no rows do whole numbers and truth values become floats."""
    for values in ("aba", "abz"):
        whole = pd.DataFrame({"c": pd.Categorical(list(values), list("abz")), "k": [1, 1, 2], "x": [1, 0, 1]})
        for rows in (whole.astype({"x": dtype}), whole[:0].astype({"x": dtype})):
            both(rows, lambda df: df.groupby(keys, observed=False).x.first())
            both(rows, lambda df: df.groupby(keys, observed=False).agg(m=("x", "max"), n=("x", "count")))


ARROW: list[pa.DataType] = [
    pa.timestamp("us"),
    pa.timestamp("s", "UTC"),
    pa.duration("ms"),
    pa.date32(),
    pa.decimal128(2, 2),
]


@pytest.mark.parametrize(
    "dtype",
    [*map(pd.ArrowDtype, ARROW), *map(pd.api.types.pandas_dtype, ["period[M]", "interval[int64, left]"])],
    ids=str,
)
def test_examples(dtype: Any) -> None:
    """Made-up values of a type differ, and none is missing."""
    column = example(pd.Series([], dtype=dtype))
    assert column.dtype == dtype
    assert column.notna().all()
    assert column.nunique() == 2


@pytest.mark.parametrize("dropna", [True, False])
@pytest.mark.parametrize(
    "keys",
    [
        [None, None, None, None],
        [],
        ["a", None, "b", "a"],
        [1.5, 2, 1.5, 2],
        [True, False, True, True],
        [pd.Timestamp("2015"), None, pd.Timestamp("2016"), None],
    ],
)
def test_labels_made_of_objects(keys: list[Any], dropna: bool) -> None:
    """Keys that are objects give labels of the type that pandas finds in them; of none they stay objects."""
    whole = pd.DataFrame(
        {"k": pd.Series(keys, dtype=object), "v": np.arange(len(keys)) / 2, "n": range(len(keys))}
    )
    both(whole, lambda df: df.groupby("k", dropna=dropna).v.sum())
    both(whole, lambda df: df.groupby("k", dropna=dropna).n.median())
    both(whole, lambda df: df.groupby("k", dropna=dropna).size())
    both(whole, lambda df: df.groupby("k", dropna=dropna, as_index=False).v.mean())
    both(whole, lambda df: df.groupby(["k", "n"], dropna=dropna).v.sum())
    if not whole.k.isna().all() or (keys and not dropna):
        both(whole, lambda df: df.groupby("k", dropna=dropna).v.nlargest(2))
        both(whole, lambda df: df.groupby("k", dropna=dropna).n.nsmallest(1))


@pytest.mark.parametrize(
    "verb", ["mean", "var", "std", "sem", "median", "prod", "skew", "kurt", "diff", "sum"]
)
@pytest.mark.parametrize(
    "values",
    [
        [Decimal("1.5"), Decimal("2.5"), Decimal(3), None, Decimal(4), Decimal(1)],
        [True, None, False, True, True, False],
        [1, 2.5, 3, None, 2**70, 1],
        ["a", "b", "c", "d", "e", "f"],
        [1, "a", 2, None, 3, 4],
    ],
)
def test_numbers_that_are_objects(values: list[Any], verb: str) -> None:
    """Decimal numbers and truth values with gaps have the answers of pandas, and texts its errors."""
    whole = of(values, object).assign(x=np.arange(6.0))
    both(whole, lambda df: getattr(df.groupby("k").v, verb)())
    if verb != "diff":
        both(whole, lambda df: df.groupby("k").agg({"v": [verb, "count"], "x": "mean"}))
        both(whole, lambda df: getattr(df.groupby("k")[["v", "x"]], verb)())
        both(whole, lambda df: getattr(df.v.groupby(df.k), verb)())


@pytest.mark.parametrize("key", ["k", ["v", "k"]], ids=str)
@pytest.mark.parametrize("columns", [["k", "v"], ["v", "k"], ["k"]], ids=str)
def test_keys_among_the_columns(key: Any, columns: list[str]) -> None:
    """With ``as_index=False`` a key that is aggregated, or whose name a column takes, is no column beside."""
    whole = of([3, 1, 3, 2, 5], "int64").assign(w=[0.5, 1.5, 2.5, 3.5, 4.5])

    def grouped(df: Any) -> Any:
        return df.groupby(key, as_index=False)

    for name in ("sum", "mean", "median", "first", "nunique", "idxmax", "size"):
        both(whole, lambda df, n=name: getattr(grouped(df)[columns], n)())
        both(whole, lambda df, n=name: grouped(df)[columns].agg(n if n != "size" else "count"))
    both(whole, lambda df: grouped(df)[columns].agg(["sum", "max"]))
    both(whole, lambda df: grouped(df).agg(dict.fromkeys(columns, "max")))
    both(whole, lambda df: grouped(df).agg({columns[0]: ["max", "min"]}))
    both(whole, lambda df: grouped(df).agg(k=("w", "max")))
    both(whole, lambda df: grouped(df).agg(a=("w", "max"), v=("k", "sum")))


@pytest.mark.parametrize("key", ["k", ["v", "k"]], ids=str)
@pytest.mark.parametrize("columns", [["k", "v"], ["w", "k"]], ids=str)
def test_keys_among_the_columns_of_functions(key: Any, columns: list[str]) -> None:
    """A function of a group gets chosen keys with it, and what gives a row a row has them."""
    whole = of([3, 1, 3, 2, 5], "int64").assign(w=[0.5, 1.5, 2.5, 3.5, 4.5])
    for steps in (
        lambda groups: groups.apply(lambda group: group.k.sum() + 0.5),
        lambda groups: groups.transform(lambda column: column - column.min()),
        lambda groups: groups.cumsum(),
        lambda groups: groups.rank(),
        lambda groups: groups.describe(),
        lambda groups: groups.filter(lambda group: group.k.sum() > 1),
        lambda groups: groups.rolling(2).sum(),
    ):
        both(whole, lambda df, steps=steps: steps(df.groupby(key)[columns]))


def test_keys_of_one_name_or_none() -> None:
    """With ``as_index=False`` of two keys of one name the last one is a column; a key without a name has that of its place."""
    whole = of([3, 1, 3, 2, 5], "int64").assign(w=[0.5, 1.5, 2.5, 3.5, 4.5])
    both(whole, lambda df: df.groupby([df.k % 2, "k"], as_index=False).w.sum())
    both(whole, lambda df: df.groupby(df.k.rename(None), as_index=False)[["w"]].sum())
    both(whole, lambda df: df.groupby([df.k.rename(None), "v"], as_index=False)[["w", "v"]].sum())


BESIDE = pd.DataFrame(
    {
        "a": [1, 2, 1, 3],
        "k": list("xyxz"),
        "t": pd.date_range("2020", periods=4, freq="12h"),
        "x": [1.0, 2, 4, 3],
        "y": [2.0, 1, 5, 7],
    }
)


@pytest.mark.parametrize("verb", ["max", "sum", "mean", "count", "nunique", "median", "idxmax", "size"])
def test_groups_of_no_columns(verb: str) -> None:
    """Where no column is left there are rows without columns, or with those of keys."""
    both(BESIDE, lambda df: getattr(df[[]].groupby(level=0), verb)())
    both(BESIDE, lambda df: getattr(df[["a"]].groupby("a", as_index=False), verb)())
    both(BESIDE, lambda df: getattr(df.groupby("a")[[]], verb)())


def test_pairs_of_no_columns() -> None:
    """Nor is there a matrix."""
    both(BESIDE, lambda df: df[["a"]].groupby("a").corr())
    both(BESIDE, lambda df: df[["k", "a"]].groupby("a").sum(numeric_only=True))
    both(BESIDE, lambda df: df.groupby("a").agg({}))


@pytest.mark.parametrize("flags", [{"as_index": False}, {"group_keys": False}, {"sort": False}], ids=str)
@pytest.mark.parametrize("by", ["a", ["a"], ["a", "k"]], ids=str)
@pytest.mark.parametrize("func", ["corr", "cov"])
def test_matrices_without_keys(func: str, by: Any, flags: dict[str, bool]) -> None:
    """A matrix of each group is under its keys, unless these are not to be the index."""
    whole = BESIDE.astype({"a": "category"}) if by == ["a", "k"] else BESIDE
    both(whole, lambda df: getattr(df.groupby(by, **{"observed": True, **flags})[["x", "y"]], func)())


@pytest.mark.parametrize("chosen", [["a"], ["x"], ["x", "a"], "a", "x"], ids=str)
@pytest.mark.parametrize("as_index", [False, True])
def test_prices_of_keys(chosen: Any, as_index: bool) -> None:
    """ohlc() of the key itself has no further column of the key."""
    both(BESIDE, lambda df: df.groupby("a", as_index=as_index)[chosen].ohlc())
    both(BESIDE, lambda df: df.groupby(["a", "y"], as_index=as_index)[chosen].ohlc())


TIMED: dict[str, Callable[[Any], Any]] = {
    "both": lambda groups: groups[["t", "x"]].max(),
    "times": lambda groups: groups["t"].first(),
    "lists": lambda groups: groups[["t", "x"]].agg(["max", "count"]),
    "named": lambda groups: groups.agg(t=("x", "sum"), u=("t", "max")),
    "dict": lambda groups: groups.agg({"t": "max", "x": "sum"}),
    "dict of lists": lambda groups: groups.agg({"t": ["max"], "x": ["sum"]}),
    "named so": lambda groups: groups["x"].agg(t="max"),
    "prices": lambda groups: groups[["x"]].ohlc(),
}


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("as_index", [False, True])
def test_times_of_bins_of_times(name: str, as_index: bool) -> None:
    """The times that make bins may be aggregated, too."""
    both(BESIDE, lambda df: TIMED[name](df.groupby(pd.Grouper(key="t", freq="6h"), as_index=as_index)))
