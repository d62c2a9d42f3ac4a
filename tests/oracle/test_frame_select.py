"""Rows by label, by position and by chance, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from pannier.collections.dataframe.base import wrap
from pannier.errors import UsageError
from pannier.testing import no_compute
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same
from tests.oracle.test_frame_repartition import Divided, divided

ends = st.none() | st.integers(-2, 22)
positions = st.none() | st.integers(-14, 14)


@quick
@given(divided("ifs"), ends, ends)
def test_slices_of_labels(data: Divided, low: int | None, high: int | None) -> None:
    """All rows between two labels are found, wherever they are."""
    whole = data.whole.sort_index(kind="stable")
    for lazy in (data.lazy, data.lazy.clear_divisions()):
        chosen = lazy.loc[low:high]
        same(chosen.compute(scheduler="sync").sort_index(kind="stable"), whole.loc[low:high])
        same(chosen.enforce_runtime_divisions().compute(scheduler="sync").sort_index(kind="stable"),
             whole.loc[low:high]) if chosen.known_divisions else None  # fmt: skip
    column = data.lazy.loc[low:high, "i"].compute(scheduler="sync")
    same(column.sort_index(kind="stable"), whole.loc[low:high, "i"])


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("key", [["b"], ["a", "b"], slice("b", "b"), slice("b", "a"), slice(None, "b")])
def test_labels_in_an_order_of_categories(key: Any, ordered: bool) -> None:
    """Are found where categories are not in that of the texts that they are."""
    labels = pd.CategoricalIndex([*"aabbab"], ["b", "a", "c"], ordered=ordered)
    whole = pd.DataFrame({"x": range(6)}, labels)
    lazy = pn.from_pandas(whole, npartitions=3)
    same(lazy.loc[key].compute(), whole.sort_index(kind="stable").loc[key])


@quick
@given(divided("is"), st.integers(-1, 21))
def test_one_label(data: Divided, label: int) -> None:
    """All rows that have it; a KeyError if there is none."""
    for lazy in (data.lazy, data.lazy.clear_divisions()):
        agree(lambda lazy=lazy: lazy.loc[label], lambda: data.whole.loc[[label]])
        agree(lambda lazy=lazy: lazy.loc[label, ["s"]], lambda: data.whole.loc[[label], ["s"]])
        agree(lambda lazy=lazy: lazy.s.loc[label], lambda: data.whole.s.loc[[label]])


@quick
@given(divided("is"), st.lists(st.integers(0, 20), max_size=4))
def test_lists_of_labels(data: Divided, labels: list[int]) -> None:
    """Rows come in the order of the list, as often as they are in it; all must be there."""
    for lazy in (data.lazy, data.lazy.clear_divisions()):
        agree(lambda lazy=lazy: lazy.loc[labels], lambda: data.whole.loc[labels])
        agree(
            lambda lazy=lazy: lazy.loc[np.array(labels), "i"], lambda: data.whole.loc[np.array(labels), "i"]
        )


@quick
@given(frames("ifs"), st.integers(-2, 2), st.sampled_from("abx"))
def test_labels_of_first_levels(parted: Parted, i: int, s: str) -> None:
    """The rows under them, by the levels that are left; by all levels where none is."""
    lazy, whole = parted.lazy.set_index(["i", "s"], sort=False), parted.whole.set_index(["i", "s"])
    options = {"check_index_type": False}
    both = [whole.index.get_level_values(0) == i, whole.index.get_level_values(1) == s]
    agree(lambda: lazy.loc[i], lambda: under(whole[both[0]], 1, i), **options)
    agree(lambda: lazy.f.loc[i], lambda: under(whole.f[both[0]], 1, i), **options)
    agree(lambda: lazy.f[i, s], lambda: under(whole.f[both[0] & both[1]], 2, (i, s)), **options)
    agree(lambda: lazy.loc[(i, s), :], lambda: under(whole[both[0] & both[1]], 2, (i, s)), **options)


@quick
@given(frames("ifs"), st.data())
def test_xs(parted: Parted, data: st.DataObject) -> None:
    """Labels of any levels, which are left out or stay; of one label, and of columns."""
    i, s = data.draw(st.integers(-2, 2)), data.draw(st.sampled_from("abx"))
    keys = ["i", "s", "f"]
    lazy = parted.lazy.assign(v=parted.lazy.i).set_index(keys, sort=False)
    whole = parted.whole.assign(v=parted.whole.i).set_index(keys)
    drop = data.draw(st.booleans())
    options = {"check_index_type": False}
    for key, level in ((i, None), (s, "s"), (s, 1), ((i, s), ["i", "s"]), ((s, i), [1, 0]), ((i,), ["i"])):
        agree(
            lambda key=key, level=level: lazy.xs(key, level=level, drop_level=drop),
            lambda key=key, level=level: some(whole.xs(key, level=level, drop_level=drop), key),
            **options,
        )
        agree(
            lambda key=key, level=level: lazy.v.xs(key, level=level, drop_level=drop),
            lambda key=key, level=level: some(whole.v.xs(key, level=level, drop_level=drop), key),
            **options,
        )
    agree(lambda: parted.lazy.xs("f", axis=1), lambda: parted.whole.xs("f", axis=1))
    agree(
        lambda: parted.lazy.set_index("i").xs(i),
        lambda: parted.whole.set_index("i").sort_index(kind="stable").loc[[i]],
    )


def some(rows: Any, label: Any) -> Any:
    """``rows``; a KeyError if there are none, also where pandas finds labels of several levels, but not together."""
    if not len(rows):
        raise KeyError(label)
    return rows


def test_xs_refuses() -> None:
    """Labels that cannot be there, before anything runs."""
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", "n"])
    rows = pn.from_pandas(pd.Series([1, 2], index), npartitions=2, sort=False)
    for key, level, error, message in (
        (["a"], None, TypeError, "pass a tuple"),
        ("a", "z", KeyError, "Level z not found"),
        (("a", 1), ["k"], KeyError, "a label for each of 1 of 2 levels"),
        (("a", 1, 2), None, KeyError, "a label for each of 3 of 2 levels"),
    ):
        with pytest.raises(error, match=message):
            rows.xs(key, level=level)
    with pytest.raises(TypeError, match="several levels"):
        rows.droplevel(0).xs(1, level=0)


def under(rows: Any, levels: int, label: Any) -> Any:
    """``rows`` without their first ``levels``, unless that is all; a KeyError if there are none."""
    rows = some(rows, label)
    return rows.droplevel(0) if levels < rows.index.nlevels else rows


def test_answers_about_groups_by_label() -> None:
    """As pandas has them."""
    whole = pd.DataFrame({"k": list("abab"), "j": [1, 1, 2, 2], "x": range(4)})
    found = Parted([whole.iloc[:3], whole.iloc[3:]]).lazy.groupby(["k", "j"]).x.sum()
    expected = whole.groupby(["k", "j"]).x.sum()
    pd.testing.assert_series_equal(found.loc["b"].compute(), expected.loc["b"])
    assert found.loc[("b", 2)].compute().tolist() == [expected.loc[("b", 2)]]
    for key, error, message in (
        (["a"], UsageError, "get_level_values"),
        (("a", slice(None)), UsageError, "a tuple of one for each"),
        (("a", 1, 2), KeyError, "more labels than the index has levels, 2"),
    ):
        with pytest.raises(error, match=message):
            found.loc[key]
    kept = found[found.index.get_level_values("k").isin(["a"])]
    pd.testing.assert_series_equal(kept.compute(), expected[expected.index.get_level_values("k").isin(["a"])])


@quick
@given(frames("ifsb"), st.permutations(["i", "z", "s", "y"]), st.sampled_from([np.nan, 0]))
def test_columns_that_may_not_be_there(parted: Parted, columns: list[str], fill: float) -> None:
    agree(
        lambda: parted.lazy.reindex(columns=columns, fill_value=fill),
        lambda: parted.whole.reindex(columns=columns, fill_value=fill),
    )
    agree(lambda: parted.lazy.reindex(columns, axis=1).z, lambda: parted.whole.reindex(columns, axis=1).z)
    for options in ({"labels": [1]}, {"index": [1]}, {}):
        with pytest.raises(UsageError, match=r"for labels of rows use loc"):
            parted.lazy.reindex(**options)


def test_columns_whose_names_begin_with_an_underscore() -> None:
    whole = pd.DataFrame({"k": [1, 2]})
    merged = Parted([whole]).lazy.merge(whole, on="k", how="outer", indicator=True)
    assert merged._merge.compute().tolist() == ["both", "both"]
    with pytest.raises(AttributeError, match="no attribute '_merged'"):
        _ = merged._merged


@quick
@given(frames("ifsb"))
def test_truth_values_and_columns(parted: Parted) -> None:
    """``loc`` takes a series of truth values, a function, and columns in each of pandas' ways."""
    for steps in (
        lambda df: df.loc[df.i > 0],
        lambda df: df.loc[lambda d: d.b, "s"],
        lambda df: df.loc[:, "i":"s"],
        lambda df: df.loc[:, ["s", "i"]],
        lambda df: df.loc[:, [True, False, True, False]],
        lambda df: df.i.loc[df.b],
        lambda df: df.iloc[:, 1],
        lambda df: df.iloc[:, [2, 0]],
        lambda df: df.iloc[:, -2:],
        lambda df: df.loc[:, "zz"],
        lambda df: df.iloc[:, 9],
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@quick
@given(frames("is"), positions, positions, st.none() | st.integers(1, 4))
def test_slices_of_positions(parted: Parted, start: int | None, stop: int | None, step: int | None) -> None:
    """Positions are counted over all partitions, from either end."""
    agree(lambda: parted.lazy.iloc[start:stop:step], lambda: parted.whole.iloc[start:stop:step])
    agree(lambda: parted.lazy.iloc[start:stop, 1], lambda: parted.whole.iloc[start:stop, 1])
    agree(lambda: parted.lazy[start:stop:step], lambda: parted.whole[start:stop:step])
    agree(lambda: parted.lazy.i[start:stop], lambda: parted.whole.i[start:stop])


@quick
@given(frames("is"), st.lists(st.integers(-6, 6), max_size=4), st.integers(-6, 6))
def test_positions(parted: Parted, wanted: list[int], one: int) -> None:
    """Rows come in the order of the list; a position that is not there is an IndexError."""
    agree(lambda: parted.lazy.iloc[wanted], lambda: parted.whole.iloc[wanted])
    agree(lambda: parted.lazy.i.iloc[one], lambda: parted.whole.i.iloc[one])
    agree(lambda: parted.lazy.iloc[one], lambda: parted.whole.iloc[one], check_names=False)


@quick
@given(frames("is"))
def test_reset_index(parted: Parted) -> None:
    """Rows are numbered through, and labels go to a column or away."""
    lazy, whole = parted.lazy, parted.whole
    agree(lazy.reset_index, whole.reset_index)
    agree(lambda: lazy.reset_index(drop=True), lambda: whole.reset_index(drop=True))
    agree(lambda: lazy.reset_index(names="k").k, lambda: whole.reset_index(names="k").k)
    agree(lambda: lazy.i.reset_index(name="v"), lambda: whole.i.reset_index(name="v"))
    agree(lambda: lazy.s.reset_index(drop=True), lambda: whole.s.reset_index(drop=True))
    agree(
        lambda: lazy.i.reset_index(drop=True) + lazy.s.reset_index(drop=True).str.len(),
        lambda: whole.i.reset_index(drop=True) + whole.s.reset_index(drop=True).str.len(),
    )


@quick
@given(frames("is"), st.integers(0, 12), st.integers(0, 12))
def test_numbers_of_rows_are_labels(parted: Parted, a: int, b: int) -> None:
    """Rows of files, numbered within each partition, are found by the numbers that they have in the answer."""
    parts = [part.reset_index(drop=True) for part in parted.parts]
    files = frame_of(parts)
    lazy, whole = wrap(files.node, files._meta, numbers=True), pd.concat(parts, ignore_index=True)
    agree(lambda: lazy.loc[a:b], lambda: whole.loc[a:b])
    agree(lambda: lazy.loc[a], lambda: whole.loc[[a]])
    agree(lambda: lazy.loc[[b, a]], lambda: whole.loc[[b, a]])
    agree(lambda: lazy.iloc[a:b], lambda: whole.iloc[a:b])
    agree(lazy.reset_index, whole.reset_index)
    agree(lazy.s.first_valid_index, whole.s.first_valid_index)


@quick
@given(frames("fs"))
def test_valid_labels(parted: Parted) -> None:
    """The first and the last label with a value are found across partitions."""
    for name in ("first_valid_index", "last_valid_index"):
        for steps in (lambda df, name=name: getattr(df, name)(), lambda df, name=name: getattr(df.f, name)()):
            agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"col_level": 1},
        {"col_level": "low", "col_fill": "filled"},
        {"col_fill": None},
        {"level": "k", "col_level": 1, "col_fill": "x"},
        {"names": ["one", "two"]},
        {"names": [("one", "1"), "two"], "col_level": 1},
        {"drop": True, "col_level": 1},
        {"col_level": 5},
        {"col_level": "none"},
        {"level": ["j"], "names": "one", "allow_duplicates": True},
    ],
)
def test_labels_become_columns_of_levels(options: dict[str, Any]) -> None:
    """In the level, and beside what, one says."""
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")], names=["high", "low"])
    index = pd.MultiIndex.from_tuples([(i % 2, f"{i}") for i in range(5)], names=["k", "j"])
    whole = pd.DataFrame([[i, i / 2, str(i)] for i in range(5)], index=index, columns=columns)
    parted = Parted([whole[:2], whole[2:2], whole[2:]])
    agree(lambda: parted.lazy.reset_index(**options), lambda: whole.reset_index(**options))
    agree(lambda: parted.lazy.reset_index(**options)["a"], lambda: whole.reset_index(**options)["a"])


@pytest.mark.parametrize(
    "key", ["a", ["a"], ["b", "a"], ("a", "y"), [("b", "x"), ("a", "x")], "z", ["z"], ("a",)]
)
def test_columns_of_levels(key: Any) -> None:
    """By a label of the first level there are all columns under it."""
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    whole = pd.DataFrame([[i, i / 2, -i] for i in range(5)], columns=columns)
    parted = Parted([whole[:2], whole[2:2], whole[2:]])
    agree(lambda: parted.lazy[key], lambda: whole[key])
    agree(lambda: parted.lazy.abs()[key] * 2, lambda: whole.abs()[key] * 2)
    assert parted.lazy.a.x.sum().compute(scheduler="sync") == 10


def test_reset_index_has_other_keywords_for_series() -> None:
    """Those of the other are an error, as in pandas."""
    df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    for options in ({"names": "a"}, {"col_level": 0}, {"col_fill": ""}):
        with pytest.raises(TypeError, match=f"of a Series has no keyword '{next(iter(options))}'"):
            df.x.reset_index(**options)
    with pytest.raises(TypeError, match="of a DataFrame has no keyword 'name'"):
        df.reset_index(name="a")


def test_stretches_of_time_by_text() -> None:
    """A text stands for the stretch of time that it names, as in pandas."""
    index = pd.date_range("2015-01-30 18:00", "2015-04-02 06:00", freq="6h", tz="Europe/Berlin")
    whole = pd.DataFrame({"x": range(len(index))}, index=index)
    df = pn.from_pandas(whole, npartitions=5)
    for key in (
        "2015-02",
        "2015",
        "2015-03-01",
        slice("2015-02-03", "2015-03"),
        slice(None, "2015-02-01 12:00"),
    ):
        for lazy in (df, df.clear_divisions()):
            same(lazy.loc[key].compute(scheduler="sync"), whole.loc[key], check_freq=False)
    assert df.loc["2015-02-03":"2015-02-04"].npartitions == 1
    lags = pd.DataFrame({"x": range(50)}, index=pd.timedelta_range("0h", periods=50, freq="3h"))
    lazy = pn.from_pandas(lags, npartitions=3)
    for key in (slice("1 days", "2 days"), slice("30h", None)):
        same(lazy.loc[key].compute(scheduler="sync"), lags.loc[key], check_freq=False)


@pytest.mark.parametrize(
    ("labels", "wrong", "like"),
    [
        ([10, 20, 30], "x", "index of int64; give one of that type, such as 10"),
        ([10, 20, 30], (1, 2), "such as 10"),
        (["a", "b", "c"], 5, "index of str; give one of that type, such as 'a'"),
        (pd.date_range("2020", periods=3), 5, "such as Timestamp('2020-01-01 00:00:00')"),
        (pd.date_range("2020", periods=3), "x", "such as Timestamp"),
        (pd.date_range("2020", periods=3, tz="UTC"), pd.Timestamp(2020, 1, 2), "such as Timestamp"),
        (pd.timedelta_range("1D", periods=3), "x", "such as Timedelta('1 days 00:00:00')"),
        (pd.Index(["a", "b", "c"], dtype=object), 5, "index of object; give one of that type, such as 'a'"),
    ],
)
def test_ends_of_another_type_than_the_labels(labels: Any, wrong: Any, like: str) -> None:
    """Are a TypeError when the plan is made, whether divisions are known or not."""
    df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}, index=labels), npartitions=2)
    for ends in (slice(wrong, None), slice(None, wrong)):
        with pytest.raises(TypeError, match="has no place among") as caught:
            df.loc[ends]
        assert f"loc: the label {wrong!r} is of type {type(wrong).__name__}," in str(caught.value)
        assert like in str(caught.value)
        if df._meta.index.dtype != object:
            with pytest.raises(TypeError, match="has no place among"):
                df.clear_divisions().loc[ends]


def test_a_text_that_is_no_time() -> None:
    """Is no label of an index of times, as in pandas."""
    whole = pd.DataFrame({"x": range(9)}, index=pd.date_range("2020", periods=9, freq="12h"))
    df = pn.from_pandas(whole, npartitions=3)
    with pytest.raises(KeyError, match="never"):
        df.loc["never"]


def test_only_some_partitions_are_read() -> None:
    """Where divisions are known, others have no part in the answer."""
    df = pn.from_pandas(pd.DataFrame({"x": range(100)}), npartitions=10)
    assert df.loc[25:44].npartitions == 3
    assert df.loc[25:44].divisions == (25, 30, 40, 44)
    assert "1 partition" in df.loc[[25, 27]].explain().split("as optimized")[1]
    assert df.truncate(95).npartitions == 1
    assert df.loc["b"].known_divisions is False


@quick
@given(frames("if"), st.lists(st.integers(-5, 20), max_size=4))
def test_rows_are_left_out_by_label(parted: Parted, labels: list[int]) -> None:
    """All rows that have one of the labels, which need not be there."""
    for steps in (
        lambda df: df.i.drop(labels, errors="ignore"),
        lambda df: df.drop(labels, errors="ignore"),
        lambda df: df.drop(index=[*labels, 1.5], columns="i", errors="ignore"),
        lambda df: df.drop(3, errors="ignore").f,
        lambda df: df.f.drop(index=3, errors="ignore"),
        lambda df: df.f.drop(columns="x"),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@quick
@given(frames("is"))
def test_rows_are_picked_by_what_labels_are_as_texts(parted: Parted) -> None:
    """By a part of it, or by a pattern."""
    for steps in (
        lambda df: df.i.filter(like="1"),
        lambda df: df.s.filter(regex="^-|0$"),
        lambda df: df.filter(like="1", axis=0),
        lambda df: df.filter(regex="^-", axis="index").s,
        lambda df: df.filter(like="s"),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@quick
@given(frames("ifs"))
def test_labels_are_made_of_other_rows(parted: Parted) -> None:
    """Those of a series or index, row by row."""
    for steps in (
        lambda df: df.i.set_axis(df.f),
        lambda df: df.s.set_axis(df.index + 1),
        lambda df: df.set_axis(df.s),
        lambda df: df.set_axis(df.i * 2, axis="index")[["f"]],
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


def test_labels_of_levels_of_texts_and_of_times() -> None:
    """Are left out and picked as those that are numbers."""
    whole = pd.DataFrame({"a": [1, 1, 2, 3], "b": list("xyxy"), "v": range(4)})
    lazy = pn.from_pandas(whole, npartitions=2)
    for steps in (
        lambda df: df.groupby(["a", "b"]).v.sum().drop(1, errors="ignore"),
        lambda df: df.groupby(["a", "b"]).v.sum().drop([(1, "x"), (9, "x")], errors="ignore"),
        lambda df: df.groupby(["a", "b"]).sum().drop("x", level="b", errors="ignore"),
        lambda df: df.groupby(["a", "b"]).sum().drop(index=["x"], level=1, errors="ignore"),
        lambda df: df.groupby("b").v.sum().drop(["x", "z"], errors="ignore"),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
    days = pd.Series(range(4), pd.to_datetime(["2015-01-01", "2015-01-01", "2015-02-01", "2016-01-01"]))
    dated = pn.from_pandas(days, npartitions=2)
    first = days.index[0]
    agree(lambda: dated.drop(first, errors="ignore"), lambda: days.drop(first, errors="ignore"))
    agree(lambda: dated.filter(like="2015"), lambda: days.filter(like="2015"))


def test_numbers_of_rows_are_labels_to_leave_out() -> None:
    """Where labels only number rows, it is through all partitions."""
    parts = [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3, 4]})]
    lazy, whole = frame_of(parts).reset_index(drop=True), pd.concat(parts, ignore_index=True)
    for steps in (
        lambda df: df.drop([0, 3], errors="ignore"),
        lambda df: df.x.filter(regex="[13]"),
        lambda df: df.x.set_axis(df.index),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))


def test_rows_that_are_left_out_keep_divisions() -> None:
    """Labels are in the order in which they were; those that are made anew are in none."""
    df = pn.from_pandas(pd.DataFrame({"x": range(10)}), npartitions=3)
    assert df.drop(3, errors="ignore").divisions == df.divisions
    assert df.x.filter(like="1").divisions == df.divisions
    assert not df.x.set_axis(df.x).known_divisions


def test_what_is_refused() -> None:
    """Wrong calls say what would be right."""
    df = pn.from_pandas(pd.DataFrame({"x": range(6)}), npartitions=3)
    for call, error, message in (
        (lambda: df.loc[0:4:2], UsageError, "iloc"),
        (lambda: df.loc[[True, False]], UsageError, "truth values"),
        (lambda: df.iloc[::-1], UsageError, "positive step"),
        (lambda: df.iloc[1.5], UsageError, "positions"),
        (lambda: df.x.loc[1, 2], UsageError, "takes rows"),
        (lambda: df.truncate(3, 1), ValueError, "must be after"),
        (lambda: df.loc["b"].compute(scheduler="sync"), KeyError, "b"),
        (lambda: df.drop([1]), UsageError, "errors='raise' would look for each label in all partitions"),
        (lambda: df.x.drop([1]), UsageError, "give errors='ignore'"),
        (lambda: df.drop(df.x, errors="ignore"), UsageError, r"labels in memory, not those of a lazy Series"),
        (
            lambda: df.x.drop(df.x, errors="ignore"),
            UsageError,
            r"labels in memory, not those of a lazy Series; of rows use .*isin",
        ),
        (lambda: df.x.drop(["1"], errors="ignore"), UsageError, "'1' is no label of an index of int64"),
        (df.drop, ValueError, "at least one of"),
        (lambda: df.drop(1, columns="x"), ValueError, "Cannot specify both"),
        (lambda: df.drop(columns="z"), KeyError, "there are the columns"),
        (lambda: df.x.drop(1, axis=1), ValueError, "No axis named 1"),
        (lambda: df.filter([1], axis=0), UsageError, "in the order of the items"),
        (lambda: df.x.filter([1]), UsageError, r"use df\[df.index.isin\(items\)\]"),
        (df.x.filter, TypeError, "Must pass"),
        (lambda: df.x.filter(like="a", regex="b"), TypeError, "mutually exclusive"),
        (lambda: df.x.filter(like="a", axis=1), ValueError, "No axis named 1"),
        (
            lambda: df.x.set_axis(list(range(6))),
            UsageError,
            "not a list, which does not say in which partition",
        ),
        (
            lambda: df.set_axis(df[["x"]]),
            UsageError,
            "lazy index or series of the same rows, not a DataFrame",
        ),
        (lambda: df.x.set_axis(df.x[df.x > 1]), UsageError, "cannot be matched"),
        (lambda: df.x.set_axis(df.x, axis=1), ValueError, "No axis named 1"),
        (lambda: df.x.get(1), AttributeError, "use loc"),
    ):
        with pytest.raises(error, match=message):
            call()
    with no_compute(), pytest.raises(UsageError, match="those of a lazy Index"):
        df.drop(df.index, errors="ignore")
    with pytest.raises(TypeError, match="mask"):
        df.loc[0, "x"] = 1


@quick
@given(frames("isbt"), st.integers(1, 3))
def test_columns_of_one_name(data: Parted, n: int) -> None:
    """Each is one, wherever columns are chosen by what they are."""
    whole = data.whole.set_axis(["a", "b", "a", "ab"], axis=1)
    lazy = frame_of([part.set_axis(whole.columns, axis=1) for part in data.parts])
    agree(lambda: lazy.filter(like="a"), lambda: whole.filter(like="a"))
    agree(lambda: lazy.filter(regex="^a$"), lambda: whole.filter(regex="^a$"))
    agree(lambda: lazy.select_dtypes("number"), lambda: whole.select_dtypes("number"))
    agree(lambda: pdf.get_dummies(lazy[["a"]]), lambda: pd.get_dummies(whole[["a"]]))
    for (name, column), (label, expected) in zip(lazy.items(), whole.items(), strict=True):
        assert name == label
        same(column.compute(scheduler="sync"), expected)
    with pytest.raises(UsageError, match="several columns have one name: say subset="):
        lazy.drop_duplicates()
    with pytest.raises(UsageError, match="several columns have one name: give them"):
        lazy.drop_duplicates(["a"])
    same(
        lazy.drop_duplicates(["b"]).compute().sort_index(kind="stable").b.isna().sum(),
        int(whole.b.isna().any()),
    )


@quick
@given(frames("is"))
def test_rename_of_labels_and_levels(data: Parted) -> None:
    """Labels alone, both, and what columns of several levels are called."""
    agree(lambda: data.lazy.rename(index={1: 9}), lambda: data.whole.rename(index={1: 9}))
    both = {"index": abs, "columns": {"i": "j"}}
    agree(lambda: data.lazy.rename(**both), lambda: data.whole.rename(**both))
    levels = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    lazy, whole = [each.set_axis(levels, axis=1) for each in (data.lazy, data.whole)]
    agree(lambda: lazy.rename(columns={"a": "c"}), lambda: whole.rename(columns={"a": "c"}))
    agree(lambda: lazy.add_prefix("p"), lambda: whole.add_prefix("p"))


@quick
@given(frames("is"), st.integers(-2, 5))
def test_labels_that_only_number_rows(data: Parted, label: int) -> None:
    """Are those of the whole frame wherever they are asked for."""
    lazy, whole = [each.reset_index(drop=True) for each in (data.lazy, data.whole)]
    agree(lambda: lazy.rename(index={label: 9}), lambda: whole.rename(index={label: 9}))
    agree(lambda: lazy.i.rename({label: 9}), lambda: whole.i.rename({label: 9}))
    agree(lambda: lazy.rename_axis("k"), lambda: whole.rename_axis("k"))
    agree(lambda: lazy.query(f"index > {label}"), lambda: whole.query(f"index > {label}"))
    agree(lambda: lazy.eval("j = index + i"), lambda: whole.eval("j = index + i"))


@quick
@given(frames("ifb"))
def test_loc_of_columns_of_one_name(data: Parted) -> None:
    """Each is there once, unless it is named twice."""
    whole = data.whole.set_axis(["a", "b", "a"], axis=1)
    lazy = frame_of([part.set_axis(whole.columns, axis=1) for part in data.parts])
    for columns in ("a", "b", ["a"], ["b", "a"], ["a", "a"], [True, False, True]):
        agree(lambda c=columns: lazy.loc[:, c], lambda c=columns: whole.loc[:, c])
