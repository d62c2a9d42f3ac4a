"""Rows by labels that are lazy themselves, such as those of the largest of each group, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.testing import no_compute
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames

few = settings(max_examples=20)
_PICKS: list[Callable[[Any], Any]] = [
    lambda df: df.loc[df.groupby("b").i.idxmax()],
    lambda df: df.loc[df.groupby("b", sort=False).i.idxmin(), ["f", "i"]],
    lambda df: df.f.loc[df.groupby("b").i.idxmax()],
    lambda df: df.loc[df.index],
    lambda df: df.f[df.groupby("b").i.idxmax()],
    lambda df: df.loc[df.i],
]


@few
@given(frames("ifb", unique_index=True), st.sampled_from(_PICKS))
def test_rows_by_lazy_labels(parted: Parted, pick: Callable[[Any], Any]) -> None:
    """Each label has its rows, in the order of labels, whatever partitions they are in; rows that are numbered too."""
    agree(lambda: pick(parted.lazy), lambda: pick(parted.whole))
    numbered = parted.whole.reset_index(drop=True)
    if pick is not _PICKS[-1]:
        agree(lambda: pick(parted.lazy.reset_index(drop=True)), lambda: pick(numbered))


@few
@given(frames("ifb"))
def test_rows_by_labels_that_repeat(parted: Parted) -> None:
    """All rows of a label come back, each time it is asked for."""
    for pick in (
        lambda df: df.loc[df[df.b].index],
        lambda df: df.i.loc[df.drop_duplicates("b").index],
        lambda df: df.i[df.drop_duplicates("b").index],
        lambda df: df.rename_axis("n").loc[df[df.i > 0].index],
    ):
        agree(lambda pick=pick: pick(parted.lazy), lambda pick=pick: pick(parted.whole))


@pytest.mark.parametrize(
    "labels",
    [list("dacb"), pd.date_range("2015", periods=4), pd.CategoricalIndex(list("dacb")), [4.5, 1, 3, 2]],
)
def test_labels_of_any_type(labels: Any) -> None:
    """Labels may be texts, times, categories or fractions."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2], "x": [1.0, 2, 3, 1]}, index=labels)
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    for pick in (lambda df: df.loc[df.groupby("k").x.idxmax()], lambda df: df.loc[df[df.x > 1].index]):
        agree(lambda pick=pick: pick(lazy), lambda pick=pick: pick(whole), check_freq=False)


def test_labels_of_groups_number_rows_through() -> None:
    """Where rows have no labels but their numbers, these are of all rows, in each way to ask for them."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2, 1], "x": [1, 5, 3, 7, 3], "y": [5, 4, 3, 2, 1]})
    lazy = frame_of([whole[:2], whole[2:2], whole[2:]]).reset_index(drop=True)
    for ask in (
        lambda df: df.groupby("k").x.idxmax(),
        lambda df: df.groupby("k").idxmin(),
        lambda df: df.groupby(df.k % 2).x.idxmax(skipna=False),
        lambda df: df.groupby("k").agg({"x": ["idxmax", "sum"], "y": "idxmin"}),
        lambda df: df.groupby("k").agg(at=("y", "idxmax")),
        lambda df: df.groupby("k").x.agg(lambda group: group.index.max()),
        lambda df: df.groupby("k").agg({"x": lambda group: group.index.min(), "y": "sum"}),
        lambda df: df.groupby("k").apply(lambda group: group.x.idxmin()),
        lambda df: df.groupby("k", as_index=False).apply(lambda group: group.y.idxmin()),
        lambda df: df.groupby("k").apply(lambda group: group[group.x > 1]),
        lambda df: df.groupby("k").filter(lambda group: group.index.max() > 3),
        lambda df: df.groupby("k").x.rolling(2).apply(lambda window: window.index.max()),
        lambda df: df.groupby("k").x.rolling(2).sum(),
        lambda df: df.groupby("k").x.nlargest(1),
        lambda df: df.groupby("k").tail(1),
        lambda df: df.groupby("k").get_group(1),
        lambda df: df.groupby(level=0).x.sum(),
        lambda df: df.groupby([df.index, "k"]).x.sum(),
    ):
        agree(lambda ask=ask: ask(lazy), lambda ask=ask: ask(whole))


def test_what_is_made_of_labels_goes_beside_the_rows() -> None:
    """Functions of groups see the numbers of all rows, and what they make is of the same rows as before."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2, 1], "x": [1, 5, 3, 7, 3]})
    lazy = frame_of([whole[:2], whole[2:2], whole[2:]]).reset_index(drop=True)
    for ask in (
        lambda df: df.groupby("k").x.transform(lambda group: group - group.index.max()),
        lambda df: df.groupby(level=0).x.transform(lambda group: group.index[0]),
        lambda df: df.groupby(level=0).x.cumsum(),
        lambda df: df.groupby(df.index).ngroup(),
    ):
        agree(lambda ask=ask: lazy.assign(y=ask(lazy)), lambda ask=ask: whole.assign(y=ask(whole)))


def test_rows_by_lazy_labels_of_rows_that_are_left() -> None:
    """Labels of numbered rows are those of all rows, also after a filter; levels are refused."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2], "x": [3, 4, 5, 4]})
    lazy = frame_of([whole[:2], whole[2:]]).reset_index(drop=True)
    for ask in (
        lambda df: df[df.x > 3].loc[df[df.x > 3].groupby("k").x.idxmax()],
        lambda df: df.loc[df[df.x > 3].index],
    ):
        agree(lambda ask=ask: ask(lazy), lambda ask=ask: ask(whole), in_order=False)
    levels = frame_of([pd.DataFrame({"k": [1]}, pd.MultiIndex.from_tuples([(1, 2)]))])
    with pytest.raises(UsageError, match="one level"):
        levels.loc[levels.k]


def test_values_by_labels_in_other_partitions() -> None:
    """Of a series in ``[]``, too: each label is looked for in all partitions."""
    whole = pd.DataFrame({"a": [3, 0, 2, 0], "x": [1.0, 2, None, 4]}, pd.Index([0, 1, 2, 3]))
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    for pick in (
        lambda df: df.x[df.a],
        lambda df: df.x[df.a.astype("float64")],
        lambda df: df.x[df.a.astype("Int64")],
    ):
        agree(lambda pick=pick: pick(lazy), lambda pick=pick: pick(whole))
    with pytest.raises(KeyError, match=r"4\.0.* not in index"):
        lazy.x[lazy.x.fillna(0)].compute(scheduler="sync")


def test_objects_are_truth_values_or_an_error() -> None:
    """They choose rows where all are truth values; others are not looked for among the labels of a partition."""
    whole = pd.DataFrame({"m": [True, False, True], "x": [0, 1, 2]}).astype({"m": object})
    lazy = frame_of([whole[:0], whole[:1], whole[1:]])
    for pick in (lambda df: df[df.m], lambda df: df.x[df.m], lambda df: df.x.loc[df.m]):
        agree(lambda pick=pick: pick(lazy), lambda pick=pick: pick(whole))
    for refused in (lambda df: df[df.x.astype(object)], lambda df: df.x[df.x.astype(object)]):
        with pytest.raises(UsageError, match=r"truth values.*others \(integer\).*loc\[labels"):
            refused(lazy).compute(scheduler="sync")
    gaps = lazy.m.where(lazy.x > 0, None)
    for refused in (lambda: lazy[gaps], lambda: lazy.x[gaps]):
        with pytest.raises(ValueError, match="Cannot mask with non-boolean array"):
            refused().compute(scheduler="sync")


def test_lazy_positions_and_names_are_refused() -> None:
    """When the plan is built, and without computing them."""
    lazy = frame_of([pd.DataFrame({"a": [0], "s": ["a"]})] * 2)
    with no_compute():
        for refused in (
            lambda: lazy.iloc[lazy.a],
            lambda: lazy.a.iloc[lazy.index],
            lambda: lazy.iloc[lazy.a.max()],
            lambda: lazy.iloc[:, lazy.a],
        ):
            with pytest.raises(UsageError, match=r"iloc takes positions in memory.*loc\[labels\]"):
                refused()
        for key in (lazy.s, lazy.a, lazy.index):
            with pytest.raises(UsageError, match=r"truth values, not of .*df\.loc\[labels\]"):
                lazy[key]


@pytest.mark.parametrize(
    "ask",
    [
        lambda df: df.groupby(level=0).x.sum(),
        lambda df: df.x.groupby(level=0).sum(),
        lambda df: df.groupby(level=0).x.transform("sum"),
        lambda df: df.groupby(df.index).x.sum(),
        lambda df: df.rename_axis("row").groupby(["row", "k"]).x.max(),
        lambda df: df.groupby("k").x.nlargest(2),
        lambda df: df.groupby("k").x.nsmallest(1, keep="all"),
        lambda df: df.groupby("k").x.rolling(2).sum(),
        lambda df: df.groupby("k")[["x"]].expanding().max(),
        lambda df: df.groupby("k").x.ewm(com=1).mean(),
        lambda df: df.melt("k", ["x"], ignore_index=False),
        lambda df: df[["k", "x"]].melt(ignore_index=False).groupby(level=0).value.sum(),
        lambda df: df.assign(row=df.index),
        lambda df: df.x.where(df.k == 1, df.index),
        lambda df: df.index.nunique(),
        lambda df: df.index.value_counts(),
        lambda df: df.explode("l"),
        lambda df: df.explode("l").reset_index(),
        lambda df: df.explode("l").groupby(level=0).l.agg(list),
        lambda df: df.l.explode(),
        lambda df: df.l.str.join("-").str.extractall(r"(\w)"),
    ],
)
def test_steps_that_read_labels_number_rows_through(ask: Callable[[Any], Any]) -> None:
    """Rows without labels but their numbers are told apart by those of all rows, over several partitions."""
    whole = pd.DataFrame(
        {"k": [1, 2, 1, 2, 1], "x": [1, 5, 3, 7, 3], "l": [["a"], [], ["b", "c"], ["a", "b"], None]}
    )
    for cuts in ([2, 2], [1, 3], [0, 5]):
        lazy = frame_of([whole[: cuts[0]], whole[cuts[0] : cuts[1]], whole[cuts[1] :]])
        agree(lambda lazy=lazy: ask(lazy.reset_index(drop=True)), lambda: ask(whole))


def test_numbers_of_rows_in_an_index_are_unique() -> None:
    """Labels that only number rows are those of all rows to what asks about the labels themselves."""
    lazy = frame_of([pd.DataFrame({"x": [3, 4]})] * 3).reset_index(drop=True)
    assert bool(lazy.index.is_unique.compute())
    assert bool(lazy.index.is_monotonic_increasing.compute())
    assert not bool(lazy.index.is_monotonic_decreasing.compute())
