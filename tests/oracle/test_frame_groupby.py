"""Aggregations of groups against pandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.collections.dataframe.base import wrap
from pannier.errors import UsageError
from pannier.io.parquet import parquet_source
from pannier.kernels.frames.aggregations import Aggregation
from pannier.plan.nodes import Node
from pannier.plan.passes import optimize
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, same

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

some = settings(max_examples=12)
few = settings(max_examples=5)
"""Examples for each of many methods."""

METHODS = [
    "sum",
    "prod",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "any",
    "all",
    "count",
    "size",
    "nunique",
    "median",
    "quantile",
    "var",
    "std",
    "sem",
    "skew",
    "kurt",
    "idxmin",
    "idxmax",
]
KEYS: list[Any] = [
    "i",
    "f",
    "s",
    "b",
    "t",
    "c",
    "n",
    ["i", "s"],
    ["c", "f"],
    ["t", "b", "n"],
    ["b", "c", "s"],
]
LOOSE: dict[str, Any] = {"check_exact": False, "rtol": 1e-9, "atol": 1e-6}
"""Floats are added in another order than pandas does."""

options = st.fixed_dictionaries(
    {}, optional={"dropna": st.booleans(), "observed": st.booleans(), "as_index": st.booleans()}
)


@pytest.fixture(params=["together", "by range"], autouse=True, scope="module")
def shuffled(request: pytest.FixtureRequest) -> Any:
    """A few rows stay together, or are treated as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pannier.shuffle.frames_ranges._TOGETHER", 200)
        if request.param == "by range":
            patch.setattr("pannier.shuffle.frames_ranges._PIECE_ROWS", 2)
            patch.setattr("pannier.shuffle.frames_ranges.PARTITION_BYTES", 200)
            patch.setattr("pannier.shuffle.frames_few._FEW_ROWS", 1)
            patch.setattr("pannier.kernels.frames.arrowgroups.LEAST_ROWS", 0)
            patch.setattr("pannier.shuffle.routes.PARTITION_BYTES", 200)
        yield


def both(parted: Parted, steps: Callable[[Any], Any], **kwargs: Any) -> None:
    """Whatever the partitions, ``steps`` have the answer of pandas; of no rows, any types."""
    of_nothing = {} if len(parted.whole) else {"check_dtype": False}
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **{**LOOSE, **kwargs, **of_nothing})


@pytest.mark.parametrize("name", METHODS)
@few
@given(parted=frames("ifsbtcn"), key=st.sampled_from(["i", "s", "b"]), columns=st.permutations("ifsbtcn"))
def test_of_a_column(name: str, key: str, columns: list[str], parted: Parted) -> None:
    """A column of each type has pandas' answer, type and order, or its exception."""
    has_type = name not in (
        "skew",
        "kurt",
    )  # whose type in pandas is that of the column if all answers are whole
    for column in columns[:3]:
        if column != key and not _is_odd(name, column, parted):
            both(parted, lambda df, c=column: getattr(df.groupby(key)[c], name)(), check_dtype=has_type)


def _is_odd(name: str, column: str, parted: Parted) -> bool:
    """Whether pandas' type depends on the values, and it is right that ours does not."""
    return column in "tc" and name in ("any", "all") and bool(parted.whole[column].isna().all())


@pytest.mark.parametrize("key", KEYS, ids=str)
@some
@given(
    parted=frames("ifsbtcn"), given=options, names=st.permutations(["sum", "count", "first", "max", "median"])
)
def test_keys(key: Any, given: dict[str, Any], names: list[str], parted: Parted) -> None:
    """Keys of any type, one or several, with what is missing and categories without rows, in pandas' order."""
    columns = [name for name in "fi" if name not in key] or ["b"]
    if isinstance(key, list) and given.get("observed") is False:
        # pandas lists keys of rows that it leaves out, too
        parted = Parted([part.dropna(subset=key) for part in parted.parts])
    both(parted, lambda df: getattr(df.groupby(key, **given)[columns], names[0])())
    both(parted, lambda df: getattr(df.groupby(key, **given)[columns[0]], names[1])())
    both(parted, lambda df: df.groupby(key, **given).size())


@some
@given(parted=frames("ibc"), key=st.sampled_from(["c", ["b", "c"]]), as_index=st.booleans())
def test_own_functions_of_categories_without_rows(key: Any, as_index: bool, parted: Parted) -> None:
    """They are called for these too, with no values."""
    whole = [part.dropna(subset=key) for part in parted.parts]
    parted = Parted([part.assign(c=part.c.cat.add_categories("none")) for part in whole])

    def grouped(df: Any) -> Any:
        return df.groupby(key, observed=False, as_index=as_index)

    both(parted, lambda df: grouped(df).i.agg(lambda x: x.sum()))
    both(parted, lambda df: grouped(df).i.agg(list))
    both(parted, lambda df: grouped(df).agg({"i": lambda x: x.iloc[0] if len(x) else "nothing"}))


@some
@given(parted=frames("ifsbn"), key=st.sampled_from(["i", "s", ["i", "b"]]))
def test_unsorted(key: Any, parted: Parted) -> None:
    """Without sorting there are the same groups, in any order where there are several partitions."""
    both(parted, lambda df: df.groupby(key, sort=False, dropna=False)["f"].sum(), in_order=False)
    both(parted, lambda df: df.groupby(key, sort=False)[["f", "n"]].agg(["max", "nunique"]), in_order=False)


AGG: dict[str, Any] = {
    "a name": "sum",
    "names": ["sum", "mean", "std"],
    "of a column": {"f": "sum"},
    "several of a column": {"f": ["min", "max"], "b": "any"},
    "of columns": {"f": "median", "b": "sum", "n": "count"},
    "a function": {"f": lambda column: column.max()},
    "functions that have names": {"b": sum, "n": np.max},
    "lists": {"s": list, "f": "first"},
    "of texts": {"s": "nunique", "f": ["size", "var"]},
    "of no column": {"nowhere": "sum"},
    "no name": "nosuch",
}


@pytest.mark.parametrize("func", AGG.values(), ids=AGG)
@few
@given(parted=frames("ifsbn"), key=st.sampled_from(["i", "s"]))
def test_agg(func: Any, key: str, parted: Parted) -> None:
    """Several aggregations at once have the columns and answers of pandas."""
    columns = ["f", "b", "n"] if isinstance(func, (str, list)) else ["f", "b", "n", *({"s"} - {key})]
    if isinstance(func, dict):
        assume(key not in func)
        # of no groups, pandas keeps the type of a column that a function would have made another of
        assume(parted.whole[key].notna().any() or not any(map(callable, func.values())))
    both(parted, lambda df: df.groupby(key)[columns].agg(func))


@some
@given(parted=frames("ifsb"))
def test_named_agg(parted: Parted) -> None:
    """Columns may be named."""
    both(parted, lambda df: df.groupby("i").agg(total=("f", "sum"), some=("s", "first"), n=("b", "size")))
    both(parted, lambda df: df.groupby(["i", "b"], as_index=False).agg(total=pd.NamedAgg("f", "mean")))
    both(parted, lambda df: df.groupby("s").f.agg(least="min", most="max"))


@some
@given(parted=frames("ifsb"))
def test_keys_that_are_no_columns(parted: Parted) -> None:
    """Series of the same rows and levels of the index are keys."""
    both(parted, lambda df: df.groupby(df.i % 2).f.sum())
    both(parted, lambda df: df.groupby([df.i % 2, "s"])[["f"]].max())
    both(parted, lambda df: df.groupby(df.i).f.count())
    both(parted, lambda df: df.f.groupby(df.b).mean())
    both(parted, lambda df: df.groupby(level=0).f.last())
    both(parted, lambda df: df[df.f > 0].groupby("s").i.sum())


def test_columns_of_one_name() -> None:
    """Columns whose names do not tell them apart are refused, and others beside them are not."""
    whole = pd.DataFrame([[1, 2, 3, 4], [1, 5, 6, 7]], columns=["k", "a", "a", "c"])
    lazy = pn.from_pandas(whole, npartitions=2)
    for steps in (
        lambda df: df.groupby("k").c.sum(),
        lambda df: df.groupby("k")[["c"]].cumsum(),
        lambda df: df.groupby("k").agg({"c": "max"}),
        lambda df: df.groupby("k").size(),
        lambda df: df.groupby("a").size(),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
    for steps in (
        lambda df: df.groupby("k").sum(),
        lambda df: df.groupby("k").a.max(),
        lambda df: df.groupby("k").cumsum(),
        lambda df: df.groupby("k").corr(),
        lambda df: df.groupby("k").rolling(2).sum(),
    ):
        with pytest.raises(UsageError, match=r"names of their own, and 'a' is none.*set_axis"):
            steps(lazy)
    with pytest.raises(UsageError, match="and None is none"):
        lazy.set_axis(pd.Index(["k", 0, None, "c"], dtype=object), axis=1).groupby("k").sum()


def test_columns_of_several_levels() -> None:
    """Names of columns are tuples then; a part of one is refused."""
    columns = pd.MultiIndex.from_tuples([("k", ""), ("v", "x"), ("v", "y")], names=["A", "B"])
    whole = pd.DataFrame([[1, 2, 3], [1, 5, 6], [2, 7, 8]], columns=columns)
    lazy = pn.from_pandas(whole, npartitions=2)
    for steps in (
        lambda df: df.groupby(("k", "")).sum(),
        lambda df: df.groupby([("k", "")]).agg(["max", "min"]),
        lambda df: df.groupby(("k", ""))[[("v", "x")]].cumsum(),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
    with pytest.raises(UsageError, match=r"'k' is a part .* such as \('k', ''\)"):
        lazy.groupby("k")
    with pytest.raises(UsageError, match="'v' is a part"):
        lazy.groupby(("k", ""))["v"]


@some
@given(parted=frames("ifb", max_rows=20))
def test_pairs(parted: Parted) -> None:
    """Correlations and covariances of the columns of each group."""
    assume(len(parted.whole))
    small = Parted([part.assign(f=part.f.clip(-9, 9)) for part in parted.parts])
    both(small, lambda df: df.groupby("b")[["i", "f"]].cov())
    both(small, lambda df: df.groupby("b")[["i", "f"]].corr())
    both(small, lambda df: df.groupby("b")[["i", "f"]].corr(min_periods=3))
    both(small, lambda df: df.groupby("b")[["i", "f"]].cov(min_periods=3))
    both(small, lambda df: df.replace({1.5: np.inf}).groupby("b")[["i", "f"]].corr())
    both(small, lambda df: df.groupby("b")[["i", "f"]].cov(ddof=0))


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("sum", {"min_count": 2}),
        ("prod", {"min_count": 3}),
        ("var", {"ddof": 0}),
        ("std", {"ddof": 2}),
        ("quantile", {"q": 0.3}),
        ("quantile", {"q": 0.3, "interpolation": "lower"}),
        ("nunique", {"dropna": False}),
    ],
)
@few
@given(parted=frames("ifsn"))
def test_options(name: str, kwargs: dict[str, Any], parted: Parted) -> None:
    """Options mean what they mean in pandas."""
    for column in "ifn":
        both(parted, lambda df, c=column: getattr(df.groupby("s")[c], name)(**kwargs))


@some
@given(parted=frames("ifs"))
def test_numeric_only(parted: Parted) -> None:
    """Columns that are no numbers are left out on request, else they are an error."""
    both(parted, lambda df: df.groupby("i").mean(numeric_only=True))
    both(parted, lambda df: df.groupby("i").sum())


@some
@given(parted=frames("if"))
def test_own_aggregations(parted: Parted) -> None:
    """An aggregation made of three functions is what it says it is."""
    spread = Aggregation(
        "spread",
        lambda grouped: (grouped.max(), grouped.min()),
        lambda most, least: (most.max(), least.min()),
        lambda most, least: most - least,
    )
    agree(
        lambda: parted.lazy.groupby("i").f.agg(spread),
        lambda: parted.whole.groupby("i").f.agg(lambda column: column.max() - column.min()).rename("f"),
        **LOOSE,
    )


def test_errors_when_built() -> None:
    """What is no key or column is an error at once, which names what is near."""
    df = Parted([pd.DataFrame({"key": [1], "value": [2]})]).lazy
    with pytest.raises(KeyError, match="did you mean 'key'"):
        df.groupby("kye")
    with pytest.raises(KeyError, match="did you mean 'value'"):
        df.groupby("key")["values"]
    with pytest.raises(AttributeError, match="did you mean 'value'"):
        _ = df.groupby("key").value_
    with pytest.raises(ValueError, match="make a column first"):
        df.groupby(lambda label: label % 2)
    with pytest.raises(ValueError, match="use apply"):
        list(df.groupby("key"))
    with pytest.raises(ValueError, match="split_out"):
        df.groupby("key").value.sum(split_out=0)


def test_computed_groups() -> None:
    """Groups can be computed as a pandas object, whatever they are by."""
    whole = pd.DataFrame({"k": [1, 2, 1], "x": [1, 2, 3]}, index=[4, 5, 4])
    df = Parted([whole.iloc[:1], whole.iloc[1:]]).lazy
    for by in (lambda df: df.groupby("k"), lambda df: df.groupby(df.x % 2), lambda df: df.groupby(level=0)):
        computed = by(df).compute(scheduler="sync")
        pd.testing.assert_frame_equal(computed.sum(), by(whole).sum())


@few
@given(parted=frames("ifs"), min_count=st.sampled_from([-1, 2]), skipna=st.booleans())
def test_first_rows_and_first_values(min_count: int, skipna: bool, parted: Parted) -> None:
    """``first`` and ``last`` take what is missing for a value where they are told to."""
    given = {"min_count": min_count, "skipna": skipna}
    both(parted, lambda df: df.groupby("i").first(**given))
    both(parted, lambda df: df.groupby("i").f.last(**given))


def test_labels_of_extremes_with_missing_values() -> None:
    """With ``skipna=False`` a group that lacks a value is an error, as in pandas."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2], "x": [3, 1, 2, 4], "f": [1.0, None, 2.0, 3.0]})
    lazy = frame_of([whole[:3], whole[3:]])
    for steps in (
        lambda df: df.groupby("k").x.idxmin(skipna=False),
        lambda df: df.groupby("k")[["x"]].idxmax(skipna=False),
        lambda df: df.groupby("k").f.idxmin(True),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
    with pytest.raises(ValueError, match="skipna=False"):
        lazy.groupby("k").f.idxmin(skipna=False).compute(scheduler="sync")


@some
@given(parted=frames("if", max_partitions=4), n=st.integers(1, 5))
def test_split_out(n: int, parted: Parted) -> None:
    """The answer has as many partitions as are asked for, which are in order."""
    lazy = parted.lazy.groupby("i").f.sum(split_out=n)
    if parted.lazy.npartitions > 1:
        assert lazy.npartitions == n
    agree(lambda: lazy, parted.whole.groupby("i").f.sum, **LOOSE)


def test_keys_read_as_codes(tmp_path: Path) -> None:
    """Texts that are keys alone come from Parquet as codes, and stand in the answer as texts."""
    whole = pd.DataFrame({"k": ["b", None, "a", "b"] * 50, "x": range(200)})
    for i in range(2):
        whole.iloc[100 * i : 100 * i + 100].to_parquet(tmp_path / f"{i}.parquet")
    node, meta, divisions = parquet_source(str(tmp_path))
    lazy = wrap(node, meta, divisions).groupby("k", dropna=False).x.sum()
    (optimized,) = optimize([lazy.node])
    assert "dictionaries=frozenset({'k'})" in str(_first(optimized))
    same(lazy.compute(scheduler="sync"), whole.groupby("k", dropna=False).x.sum())


def _first(node: Node) -> Any:
    """What makes the blocks that ``node`` is made of."""
    while node.inputs:
        (node,) = node.inputs
    return node


@pytest.mark.parametrize("dtype", ["float64", "int64", "Int64", "bool"])
def test_order_statistics_of_large_groups(dtype: str) -> None:
    """Groups of many rows, which are sorted one by one, have the medians and quantiles of pandas."""
    draws = np.random.default_rng(3)
    values = pd.Series(draws.integers(-50, 50, 2_000)).mask(draws.random(2_000) < 0.1)
    whole = pd.DataFrame(
        {
            "k": draws.integers(0, 5, 2_000),
            "x": (values.fillna(0) if dtype in ("int64", "bool") else values).astype(dtype),
        }
    )
    whole.loc[whole.k == 4, "x"] = whole.x.iloc[0] if dtype in ("int64", "bool") else None
    lazy = frame_of([whole.iloc[:700], whole.iloc[700:700], whole.iloc[700:]])
    same(lazy.groupby("k").x.median().compute(), whole.groupby("k").x.median())
    if dtype != "bool":
        same(lazy.groupby("k").x.quantile(0.3).compute(), whole.groupby("k").x.quantile(0.3))
