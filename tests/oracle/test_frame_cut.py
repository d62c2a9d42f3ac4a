"""cut and qcut against pandas."""

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
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames

few = settings(max_examples=20)
_TIMES = pd.to_datetime(["2014-06-01", "2015-01-01", "2017-01-01"])


@few
@given(
    frames("ifn"),
    st.sampled_from("ifn"),
    st.sampled_from(
        [[-3, 0, 2], [0.5, 1.25, 1e10], (0, 0, 4), [3, 1], pd.IntervalIndex.from_tuples([(-3, 0), (1, 2)])]
    ),
    st.sampled_from([None, False, ["a", "b"], ["a", "a"], ["a"]]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_cut_by_edges(
    parted: Parted, column: str, bins: Any, labels: Any, right: bool, lowest: bool, ordered: bool
) -> None:
    """Each value has the interval that it is in, of a type that all partitions share; numbers are floats beside gaps."""
    options: dict[str, Any] = {"right": right, "labels": labels, "include_lowest": lowest, "ordered": ordered}
    agree(
        lambda: pdf.cut(parted.lazy[column], bins, **options, duplicates="drop"),
        lambda: pd.cut(parted.whole[column], bins, **options, duplicates="drop"),
    )
    agree(lambda: pdf.cut(parted.lazy.i, bins, **options), lambda: pd.cut(parted.whole.i, bins, **options))


@few
@given(
    frames("ifnbt"),
    st.sampled_from("ifnbt"),
    st.integers(0, 4),
    st.sampled_from([None, False]),
    st.booleans(),
)
def test_cut_by_their_number(parted: Parted, column: str, bins: int, labels: Any, right: bool) -> None:
    """Intervals of equal width lie between the least and the greatest value of all partitions."""
    options: dict[str, Any] = {"right": right, "labels": labels, "precision": 2}
    agree(
        lambda: pdf.cut(parted.lazy[column], bins, **options),
        lambda: pd.cut(parted.whole[column], bins, **options),
    )


@few
@given(frames("ifnbt"), st.sampled_from("ifnbt"), st.sampled_from([1, 3, [0, 0.3, 1], [0.1, 0.5]]), st.data())
def test_qcut(parted: Parted, column: str, q: Any, data: st.DataObject) -> None:
    """Intervals lie between the quantiles of all values; where values are missing alone there are none."""
    n = q if isinstance(q, int) else len(q) - 1
    labels = data.draw(st.sampled_from([None, False, list("abc")[:n]]))
    lazy, whole = parted.lazy[column], parted.whole[column]
    if whole.isna().all():
        with pytest.raises(ValueError, match="edges of intervals are missing"):
            pdf.qcut(lazy, q, labels).compute(scheduler="sync")
        return
    agree(lambda: pdf.qcut(lazy, q, labels), lambda: pd.qcut(whole, q, labels))
    if not isinstance(labels, list):
        agree(
            lambda: pdf.qcut(lazy, q, labels, duplicates="drop"),
            lambda: pd.qcut(whole, q, labels, duplicates="drop"),
        )


def test_cut_by_found_edges_of_times_and_groups() -> None:
    """Edges may be the answer of a reduction, or times; intervals are keys of groups, and columns."""
    whole = pd.DataFrame(
        {"x": [3.0, 1, 9, np.nan, 4, 7], "t": pd.date_range("2014-12-30", periods=6), "v": range(6)}
    )
    lazy = frame_of([whole[:0], whole[:2], whole[2:2], whole[2:]])
    shares = [0, 0.5, 1]
    agree(lambda: pdf.cut(lazy.x, lazy.x.quantile(shares)), lambda: pd.cut(whole.x, whole.x.quantile(shares)))
    agree(
        lambda: pdf.cut(lazy.t, _TIMES, labels=["old", "new"]),
        lambda: pd.cut(whole.t, _TIMES, labels=["old", "new"]),
    )
    for found, expected in (
        (pdf.cut(lazy.x, [0, 4, 10]), pd.cut(whole.x, [0, 4, 10])),
        (pdf.cut(lazy.x, 2), pd.cut(whole.x, 2)),
        (pdf.qcut(lazy.x, 2), pd.qcut(whole.x, 2)),
    ):
        agree(
            lambda by=found: lazy.groupby(by, observed=True).v.sum(),
            lambda by=expected: whole.groupby(by, observed=True).v.sum(),
        )
        agree(lambda by=found: lazy.assign(by=by), lambda by=expected: whole.assign(by=by))
    assert pdf.cut(lazy.x, [0, 4, 10]).cat.known
    assert not pdf.cut(lazy.x, 2).cat.known
    assert pdf.cut(lazy.x, 2, labels=["a", "b"]).cat.categories.tolist() == ["a", "b"]
    pd.testing.assert_series_equal(pdf.cut(whole.v, 2), pd.cut(whole.v, 2))
    pd.testing.assert_series_equal(pdf.qcut(whole.v, 2), pd.qcut(whole.v, 2))


def test_what_cut_refuses() -> None:
    """Before anything runs it says what to give instead."""
    lazy = pn.from_pandas(pd.DataFrame({"x": [1, 2], "o": pd.Series([1, 2], dtype=object)}), npartitions=2)
    for refused, why in (
        (lambda: pdf.cut(lazy.x, 2, retbins=True), r"min\(\) and max\(\)"),
        (lambda: pdf.qcut(lazy.x, 2, retbins=True), r"quantile\(q\)"),
        (lambda: pdf.cut(lazy, [0, 1]), "give one column"),
        (lambda: pdf.cut(lazy.index, [0, 1]), r"index.to_series\(\)"),
        (lambda: pdf.cut(lazy.x, lazy.x), "that a reduction made"),
        (lambda: pdf.cut(lazy.o, 2), r"are objects.*astype\(\)"),
    ):
        with pytest.raises(UsageError, match=why):
            refused()
    with pytest.raises(ValueError, match="give edges"):
        pdf.cut(pn.from_pandas(pd.Series([np.nan, np.nan]), npartitions=2), 2).compute(scheduler="sync")


def test_columns_that_are_computed_say_what_is_lazy() -> None:
    """Functions of pandas and NumPy compute what they are given; what the error names gives their values."""
    whole = pd.DataFrame({"x": [1, 5, 3, 2]})
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    with pytest.raises(UsageError, match=r"pannier\.dataframe\.cut\(\)"):
        lazy.assign(y=pd.cut(lazy.x, [0, 2, 5]))
    with pytest.raises(
        UsageError, match=r"x\.where\(condition, other\).*case_when.*map\(\{True: 1, False: 0\}\)"
    ):
        lazy["y"] = np.where(lazy.x > 2, lazy.x, 0)
    with pytest.raises(UsageError, match=r"has no bins; count what pannier\.dataframe\.cut"):
        lazy.x.value_counts(bins=[0, 2, 5])
    first, second = lazy.x > 2, lazy.x > 1
    for found, expected in (
        (lazy.x.where(first, 0), np.where(whole.x > 2, whole.x, 0)),
        (first.map({True: "a", False: "b"}), np.where(whole.x > 2, "a", "b")),
        (lazy.x.case_when([(first, 9), (second, 8)]), np.select([whole.x > 2, whole.x > 1], [9, 8], whole.x)),
    ):
        assert found.compute(scheduler="sync").tolist() == expected.tolist()
    counts = pdf.cut(lazy.x, [0, 2, 5], include_lowest=True).value_counts()
    assert counts.compute(scheduler="sync").to_dict() == whole.x.value_counts(bins=[0, 2, 5]).to_dict()


@few
@given(frames("if"), st.sampled_from([str, "str", "string"]), st.integers(-4, 5))
def test_texts_of_intervals_of_whole_numbers(parted: Parted, dtype: Any, high: int) -> None:
    """They are written alike in all partitions: as fractions, if any value of all is in none."""
    for of in (
        lambda m, df: m.cut(df.i, [-5, max(high, -4)]),
        lambda m, df: m.cut(df.f, [-5, 0, 2], right=False),
        lambda _, df: df.i.where(df.i < high).astype(pd.CategoricalDtype(range(-4, 5))),
        lambda _, df: df.i.astype("category"),
    ):
        agree(
            lambda of=of: of(pdf, parted.lazy).astype(dtype), lambda of=of: of(pd, parted.whole).astype(dtype)
        )
        agree(
            lambda of=of: parted.lazy.assign(c=of(pdf, parted.lazy)).astype({"c": dtype, "i": "float64"}),
            lambda of=of: parted.whole.assign(c=of(pd, parted.whole)).astype({"c": dtype, "i": "float64"}),
        )
