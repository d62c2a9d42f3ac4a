"""melt, pivot_table, get_dummies and categorize against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, same

few = settings(max_examples=12)


@few
@given(frames("ifsc"), st.booleans())
def test_melt(parted: Parted, ignore_index: bool) -> None:
    """Each value has a row, with its column's name; rows are numbered through all partitions."""
    for options in (
        {"id_vars": "s", "value_vars": ["f", "i"]},
        {"id_vars": ["i", "s"], "value_vars": "f", "var_name": "name", "value_name": "v"},
        {"id_vars": ["s", "c", "i"]},
    ):
        found = parted.lazy.melt(**options, ignore_index=ignore_index).compute(scheduler="sync")
        expected = parted.whole.melt(**options, ignore_index=ignore_index)
        if ignore_index:
            assert found.index.equals(expected.index)
            expected.index = found.index = pd.RangeIndex(len(found)) * 0
        same(found, expected, in_order=False)


@few
@given(frames("ifsbtcn"), st.data())
def test_stack(parted: Parted, data: st.DataObject) -> None:
    """Each row has a row for each column, in the order of the frame, and a type that all fit into."""
    names = data.draw(st.lists(st.sampled_from("ifsbtn"), min_size=1, unique=True) | st.just(["c"]))
    agree(parted.lazy[names].stack, parted.whole[names].stack)
    numbered = parted.whole[names].reset_index(drop=True)
    agree(parted.lazy[names].reset_index(drop=True).stack, numbered.stack)


@few
@given(frames("ifst"), st.sampled_from([0, 1, "of", [0, 1]]))
def test_stack_of_levels(parted: Parted, level: Any) -> None:
    """Levels of columns' labels become levels of the index, and what is left of them stays columns."""
    labels = pd.MultiIndex.from_tuples([("a", 1), ("b", 1), ("a", 2), ("b", 2)], names=["of", None])
    agree(
        lambda: parted.lazy.set_axis(labels, axis=1).stack(level),
        lambda: parted.whole.set_axis(labels, axis=1).stack(level),
    )


def test_stack_of_categories_and_of_old() -> None:
    """Categories are those of all columns; where they are not known, or differ, it says so before anything runs."""
    one, other = pd.CategoricalDtype(["a", "b"]), pd.CategoricalDtype(["b", "c"])
    whole = pd.DataFrame({"x": ["a", "b", "b"], "y": ["b", "b", "a"]})
    lazy = pn.from_pandas(whole, npartitions=2)
    same(lazy.astype(one).stack().compute(scheduler="sync"), whole.astype(one).stack())
    for dtype in ({"x": one, "y": other}, {"x": one}, "category"):
        with pytest.raises(UsageError, match="same known ones"):
            lazy.astype(dtype).stack()
    with pytest.raises(UsageError, match="future_stack"):
        lazy.stack(future_stack=False)


@few
@given(
    frames("ifsc"),
    st.sampled_from(
        ["mean", "sum", "count", "min", "max", "first", "last", "nunique", "median", "std", np.ptp]
    ),
)
def test_pivot_tables(parted: Parted, func: Any) -> None:
    """Cells are those of pandas, a column for each category there is, whether or not some row has it."""
    every = pd.CategoricalIndex(["y", "x", "z"], categories=["y", "x", "z"], name="c")

    def table(values: Any, index: Any) -> pd.DataFrame:
        keys = [index] if isinstance(index, str) else index
        cells = parted.whole.groupby([*keys, "c"], observed=True)[values].agg(func)
        wide = cells.to_frame().dropna(how="all").iloc[:, 0].unstack("c").reindex(columns=every)
        return wide.astype("float64").sort_index()

    for values, index in (("f", "i"), ("i", "s"), ("f", ["s", "i"])):
        agree(
            lambda v=values, i=index: parted.lazy.pivot_table(i, "c", v, aggfunc=func),
            lambda v=values, i=index: table(v, i),
            check_index_type=bool(len(parted.whole)),
        )


@few
@given(frames("ifcn"), st.sampled_from(["mean", "sum", "count", "min", "first"]), st.integers(-1, 0))
def test_filled_pivot_tables(parted: Parted, func: str, fill_value: int) -> None:
    """Whole numbers stay what they are where the value that stands in gaps is one."""
    lazy, whole = [frame.assign(k=frame.i % 2) for frame in (parted.lazy, parted.whole)]
    for name in ("i", "f", "n"):
        options = {"index": "k", "columns": "c", "values": name, "aggfunc": func, "fill_value": fill_value}
        made = lazy.pivot_table(**options).compute(scheduler="sync")
        expected = whole.pivot_table(**options, observed=True)
        if expected.size:
            same(made[list(expected)], expected, check_column_type=False)
            assert (made.drop(columns=list(expected)) == fill_value).all(axis=None)


def test_pivot_tables_of_several_values_and_of_lists() -> None:
    """Several columns of values make levels of columns; lists hold the values in the order of the rows."""
    whole = pd.DataFrame(
        {
            "k": [2, 1, 1, 2],
            "c": pd.Categorical(["x", "y", "x", "x"]),
            "v": [1, 2, 3, 4],
            "w": [1.0, 2, 3, None],
        }
    )
    lazy = frame_of([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]])
    options: dict[str, Any] = {"index": "k", "columns": "c"}
    agree(
        lambda: pdf.pivot_table(lazy, **options, values=["v", "w"], aggfunc="sum"),
        lambda: whole.pivot_table(**options, values=["v", "w"], aggfunc="sum").astype("float64"),
    )
    filled = pdf.pivot_table(lazy, **options, values="v", aggfunc="sum", fill_value=0.5)
    agree(lambda: filled, lambda: whole.pivot_table(**options, values="v", aggfunc="sum").fillna(0.5))
    lists = lazy.pivot_table(**options, values="v", aggfunc=list).compute(scheduler="sync")
    assert lists.loc[2, "x"] == [1, 4]
    assert lists.loc[1, "y"] == [2]


@pytest.mark.parametrize("index", ["b", "e", ["b", "e"], ["e", "s"]])
@pytest.mark.parametrize("values", ["v", ["v", "s"]])
def test_pivot_tables_by_few_keys(index: Any, values: Any) -> None:
    """A row for each truth value, or for the one category there is."""
    whole = pd.DataFrame(
        {
            "b": [True, False, True, True, True],
            "e": pd.Categorical(["only"] * 5),
            "c": pd.Categorical(["x", "y", "x", "y", "x"]),
            "v": [1.5, 2, 3, 4, None],
            "s": list("ababb"),
        }
    )
    options: dict[str, Any] = {"index": index, "columns": "c", "values": values, "aggfunc": "first"}
    lazy = frame_of([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:4], whole.iloc[4:]])
    if isinstance(values, list) and "s" in index:
        options["values"] = ["v"]
    agree(lambda: lazy.pivot_table(**options), lambda: whole.pivot_table(**options, observed=True))


def test_pivot_tables_of_texts_and_of_rows() -> None:
    """Texts are counted, rows too, and a key may be what is aggregated; several functions are refused."""
    whole = pd.DataFrame(
        {"k": [2, 1, 1, 2], "c": pd.Categorical(["x", "y", "x", "x"]), "s": ["a", "b", "a", "c"]}
    )
    lazy = frame_of([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]])
    for values, func, fill in (
        ("s", "nunique", 0),
        ("s", "size", 0),
        ("s", len, 0),
        ("k", "sum", 0),
        ("s", "first", None),
        (["s"], "max", None),
        (["s", "k"], "count", 0),
        (["s", "k"], "size", 0),
    ):
        options: dict[str, Any] = {"values": values, "aggfunc": func, "fill_value": fill}
        agree(
            lambda o=options: lazy.pivot_table("k", "c", **o),
            lambda o=options: whole.pivot_table(index="k", columns="c", observed=True, **o),
        )
    with pytest.raises(UsageError, match="one function, or its name"):
        lazy.pivot_table("k", "c", "s", ["min", "max"])
    for func, fill in (("first", 0), ("nunique", "no"), (list, 0)):
        with pytest.raises(UsageError, match=r"a number in a table of numbers.*fillna\(\)"):
            lazy.pivot_table("k", "c", "s", func, fill_value=fill)


@few
@given(
    frames("ifsc"),
    st.sampled_from(["mean", "sum", "count", "min", "first", "nunique", "size", len, np.ptp]),
    st.sampled_from([None, 0]),
)
def test_pivot_tables_without_columns(parted: Parted, func: Any, fill_value: Any) -> None:
    """Rows of keys that have values, and the columns in the order of their names, of the types of the function."""
    for index, values in (("i", ["f"]), ("c", ["i", "f"]), (["s", "c"], ["f", "i"])):
        options: dict[str, Any] = {
            "aggfunc": func,
            "fill_value": fill_value,
            "index": index,
            "values": values,
        }
        made = parted.lazy.pivot_table(**options).compute(scheduler="sync")
        expected = parted.whole.pivot_table(**options)
        if expected.ndim == 2 and len(expected):  # a column that has no value in any row stays
            made, lost = made[list(expected)], made.drop(columns=list(expected))
            assert lost.isna().all(axis=None)
        if len(expected):
            same(made, expected)
        assert len(made) == len(expected)


def test_pivot_tables_of_all_values() -> None:
    """Those of all columns that are no keys, where none are named."""
    whole = pd.DataFrame({"w": [1, 2, 3], "k": [2, 1, 2], "c": pd.Categorical([*"xyx"]), "v": [1.0, None, 3]})
    lazy = frame_of([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]])
    agree(
        lambda: lazy.drop(columns="c").pivot_table("k"),
        lambda: whole.drop(columns="c").pivot_table(index="k"),
    )
    agree(lambda: pdf.pivot_table(lazy, ["k", "c"]), lambda: whole.pivot_table(index=["k", "c"]))
    agree(
        lambda: lazy.pivot_table("k", "c", fill_value=0.0),
        lambda: whole.pivot_table(index="k", columns="c", fill_value=0.0),
    )


def of_all_categories(columns: pd.Index[Any]) -> pd.Index[Any]:
    """The columns of a table of all categories."""
    names = pd.CategoricalIndex(["y", "x", "z"], categories=["y", "x", "z"], name="c")
    if columns.nlevels == 1:
        return names
    return pd.MultiIndex.from_product([columns.unique(level=0), names], names=[None, "c"])


@few
@given(frames("ifsbtcn", max_rows=6))
def test_pivots(parted: Parted) -> None:
    """Values are in their places as they are, missing keys have a row; of two values in one place none is."""
    lazy, whole = parted.lazy.dropna(subset=["c"]), parted.whole.dropna(subset=["c"])
    exact = {"check_index_type": bool(len(whole))}
    for value, dtype in (
        ("i", "float64"),
        ("b", "object"),
        ("f", None),
        ("s", None),
        ("t", None),
        ("n", None),
    ):
        for index in ({"index": "f"}, {"index": ["i", "s"]}, {}):

            def plain(value: str = value, index: Any = index, dtype: Any = dtype) -> Any:
                table = whole.pivot(columns="c", values=value, **index)
                return table.reindex(columns=of_all_categories(table.columns)).astype(
                    dtype or whole[value].dtype
                )

            agree(
                lambda value=value, index=index: lazy.pivot(columns="c", values=value, **index),
                plain,
                **exact,
            )
    some = ["i", "c", "f", "n"]

    def levels() -> Any:
        table = whole[some].pivot(index="i", columns="c")
        table = table.reindex(columns=of_all_categories(table.columns))
        return table.astype({column: whole[column[0]].dtype for column in table})

    if len(whole):
        agree(lambda: lazy[some].pivot(index="i", columns="c"), levels)


def test_pivots_of_rows_that_are_numbered() -> None:
    """Labels are those of the whole frame."""
    parts = [pd.DataFrame({"c": pd.Categorical(["x", "y"]), "v": [1.0, 2.0]})] * 2
    whole = pd.concat(parts, ignore_index=True)
    lazy = frame_of(parts).reset_index(drop=True)
    agree(lambda: lazy.pivot(columns="c", values="v"), lambda: whole.pivot(columns="c", values="v"))


def test_pivots_that_cannot_be() -> None:
    """Two rows of one place are an error of pandas; a row without a category has no column."""
    whole = pd.DataFrame({"k": [1, 1, 2], "c": pd.Categorical(["x", "y", None]), "v": [1, 2, 3]})
    lazy = pn.from_pandas(whole, npartitions=2)
    for build, error, message in (
        (lambda: lazy.pivot(index="k", columns="c", values="v").compute(), UsageError, r"dropna\(subset=\['c'\]\)"),
        (lambda: lazy.assign(c=lazy.c.fillna("x"), k=1).pivot(index="k", columns="c", values="v").compute(),
         ValueError, "Index contains duplicate entries, cannot reshape"),
        (lambda: lazy.pivot(index="kk", columns="c", values="v"), KeyError, "there is no column 'kk'"),
        (lambda: lazy.pivot(index="k", columns="v", values="v"), UsageError, r"pivot\(\) makes a column of each category"),
        (lambda: lazy.pivot(index="k", columns=["c"], values="v"), UsageError, "of one column, not of"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            build()


@few
@given(frames("icsb"), st.booleans(), st.booleans())
def test_dummies(parted: Parted, dummy_na: bool, drop_first: bool) -> None:
    """Each known category becomes a column of truth values."""
    for columns in (["i", "c"], ["c", "b"]):
        agree(
            lambda c=columns: pdf.get_dummies(parted.lazy[c], dummy_na=dummy_na, drop_first=drop_first),
            lambda c=columns: pd.get_dummies(parted.whole[c], dummy_na=dummy_na, drop_first=drop_first),
        )
    agree(
        lambda: pdf.get_dummies(parted.lazy.c, prefix="is", dtype=float),
        lambda: pd.get_dummies(parted.whole.c, prefix="is", dtype=float),
    )


@few
@given(frames("sci"))
def test_categorize(parted: Parted) -> None:
    """Texts become categories that are known, the same in each partition, in the order that pandas gives them."""
    known = parted.lazy.categorize(scheduler="sync")
    assert known.s.cat.known == bool(parted.whole.s.notna().any())
    same(known.compute(scheduler="sync"), parted.whole.astype({"s": "category"}))
    labelled = parted.lazy.categorize("i", index=True, scheduler="sync").compute(scheduler="sync")
    expected = parted.whole.astype({"i": "category"})
    same(labelled, expected.set_axis(expected.index.astype("category")))


def test_categories_of_partitions_are_united() -> None:
    """What each partition alone made to categories gets those of all."""
    lazy = pn.from_pandas(pd.Series(["b", "a", "c"], name="c").to_frame(), npartitions=3).astype("category")
    assert lazy.categorize(scheduler="sync").c.cat.categories.tolist() == ["a", "b", "c"]


def test_unknown_categories_are_refused_with_a_hint() -> None:
    """Columns that would be made of unknown categories are refused while building."""
    lazy = pn.from_pandas(pd.DataFrame({"s": ["a", "b"], "x": [1, 2]}), npartitions=2)
    for build in (
        lambda: lazy.pivot_table("x", "s", "x"),
        lambda: pdf.get_dummies(lazy),
        lambda: pdf.get_dummies(lazy.s.astype("category")),
        lambda: pdf.get_dummies(lazy, columns=["x"]),
    ):
        with pytest.raises(UsageError, match=r"categories|categorize"):
            build()
    with pytest.raises(AttributeError, match="'mode' is not a valid function"):
        lazy.categorize(scheduler="sync").pivot_table("x", "s", "x", aggfunc="mode")
    for value, name, func in (("-", "x", "sum"), (0, "s", "first"), (0, "x", "list")):
        with pytest.raises(UsageError, match="fill_value"):
            lazy.categorize(scheduler="sync").pivot_table("x", "s", name, func, fill_value=value)
    with pytest.raises(KeyError, match="xx"):
        lazy.pivot_table("xx", "s", "x")
    with pytest.raises(KeyError):
        pdf.melt(lazy, id_vars="q")


def test_tables_of_unknown_columns() -> None:
    """What has a column for each label says how to have it, and that gives what pandas has."""
    whole = pd.DataFrame({"a": ["x", "y", "x"], "b": ["p", "q", "p"], "v": [1, 2, 3]})
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    sums = lazy.groupby(["a", "b"]).v.sum()
    for refused in (lambda: sums.unstack(fill_value=0), lambda: sums.to_frame().unstack()):
        with pytest.raises(
            AttributeError,
            match=r"compute\(\)\.unstack\(\).*pivot_table\(index=, columns=, values=, aggfunc=\)",
        ):
            refused()
    with pytest.raises(AttributeError, match=r"groupby\(\[a, b\]\)\.size\(\).*aggfunc='size'"):
        pdf.crosstab(lazy.a, lazy.b)
    with pytest.raises(AttributeError, match=r"df\.melt\(id_vars\)"):
        pdf.wide_to_long(lazy, "v", "a", "b")
    with pytest.raises(AttributeError, match="that of pandas"):
        pdf.Grouper  # noqa: B018
    for options, why in (
        (
            {"columns": "b", "values": "v", "margins": True, "observed": True},
            "no margins= and observed=.*agg",
        ),
        ({"values": []}, r"no values: .*groupby\(index\)"),
    ):
        with pytest.raises(UsageError, match=why):
            lazy.pivot_table(index="a", **options)
    with pytest.raises(UsageError, match="needs index="):
        lazy.pivot_table(columns="b", values="v")
    counts = pd.crosstab(whole.a, whole.b)
    same(lazy.groupby(["a", "b"]).size().compute().unstack(fill_value=0), counts)
    table = lazy.categorize(["b"]).pivot_table("a", "b", "v", aggfunc="size", fill_value=0).compute()
    same(table.set_axis(table.columns.astype("str"), axis=1), counts)
