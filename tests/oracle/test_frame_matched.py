"""Frames of other rows, put beside each other: answers about groups, and summaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier import dataframe as pdf
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("shuffled"),
]

some = settings(max_examples=15)
KEYS: list[Any] = ["i", "s", ["i", "s"]]


def concat(frames: list[Any], **options: Any) -> Any:
    of = pd if isinstance(frames[0], (pd.Series, pd.DataFrame)) else pdf
    return of.concat(frames, axis=1, **options)


OF_GROUPS: dict[str, Callable[[Any, Any], Any]] = {
    "arithmetic": lambda df, g: g.f.max() - g.f.min(),
    "a ratio": lambda df, g: (g.f.sum() / g.size()).round(6),
    "one of a pick": lambda df, g: g.f.mean() * g[["f", "n"]].sum()["n"],
    "a method": lambda df, g: g.f.sum().add(g.n.sum(), fill_value=0),
    "frames": lambda df, g: g[["f", "n"]].max() - g[["n", "f"]].min(),
    "a frame and a series": lambda df, g: g[["f", "n"]].sum().sub(g.f.mean(), axis=0),
    "whole groups": lambda df, g: g.f.median() - g.f.mean(),
    "some groups": lambda df, g: g.f.sum()[g.size() > 1],
    "other groups": lambda df, g: g.f.sum() + df[df.n > 0].groupby(g.names).n.sum(),
    "a new column": lambda df, g: g[["f"]].sum().assign(mean=g.f.mean(), n=g.size()),
    "beside": lambda df, g: concat([g.f.sum().rename("a"), g.n.count().rename("b")]),
    "inner": lambda df, g: concat([g.f.sum().rename("a"), g.n.count()[g.n.count() > 1]], join="inner"),
    "first of both": lambda df, g: g.f.min().combine_first(g.n.max()),
    "of applied": lambda df, g: g.f.apply(len) / g.size(),
    "a chain": lambda df, g: (g.f.max() - g.f.min()) / (g.n.max() - g.n.min() + 1) - g.f.count(),
}


class Groups:
    """Groups, and by what they are."""

    def __init__(self, df: Any, names: Any) -> None:
        self.groups = df.groupby(names)
        self.names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self.groups, name)

    def __getitem__(self, columns: Any) -> Any:
        return self.groups[columns]


@pytest.mark.parametrize("name", OF_GROUPS)
@some
@given(parted=frames("isfn"), key=st.sampled_from(KEYS))
def test_answers_about_groups(name: str, key: Any, parted: Parted) -> None:
    """Are matched group by group, as pandas does, whatever partitions they are in."""

    def steps(df: Any) -> Any:
        return OF_GROUPS[name](df, Groups(df, key))

    types = len(parted.whole) > 0
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), check_dtype=types, check_index_type=types)


@some
@given(parted=frames("in"))
def test_a_summary_and_answers_about_groups(parted: Parted) -> None:
    """A count of values is no second answer in each partition."""
    for steps in (
        lambda df: df.groupby("i").n.sum() / df.i.value_counts(),
        lambda df: df.i.value_counts() - df.groupby("i").n.sum(),
        lambda df: df.groupby("i").n.sum().sub(df.i.value_counts(), fill_value=0),
        lambda df: df.groupby("i").n.sum().nlargest(2) - df.groupby("i").size(),
        lambda df: df.groupby("i").n.sum().to_frame().div(df.i.value_counts(), axis="index"),
    ):
        agree(lambda s=steps: s(parted.lazy), lambda s=steps: s(parted.whole), check_dtype=False)


@some
@given(parted=frames("fn"))
def test_a_summary_and_columns(parted: Parted) -> None:
    """Its labels are those of columns, on either side."""
    for steps in (
        lambda df: df - df.mean(),
        lambda df: df.mean() - df,
        lambda df: df.sub(df.max()),
        lambda df: df.assign(top=df.f.nlargest(1)),
    ):
        agree(lambda s=steps: s(parted.lazy), lambda s=steps: s(parted.whole), check_dtype=False)


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.x - df.x.nlargest(2),
        lambda df: df.x.nlargest(2) + df.x,
        lambda df: df.x.add(df.x.nlargest(2)),
        lambda df: df.sub(df.x.nlargest(2), axis=0),
        lambda df: df.x.combine_first(df.x.nlargest(2)),
        lambda df: df - df.describe(),
        lambda df: pdf.concat([df, df.x.nlargest(2).rename("y")], axis=1),
        lambda df: df.align(df.x.nlargest(2), axis=0),
        lambda df: df.x + df.groupby("x").size(),
    ],
)
def test_rows_of_many_partitions_and_a_summary(steps: Any) -> None:
    """Labels of both would come into every partition: that is refused."""
    df = pn.from_pandas(pd.DataFrame({"x": range(6)}), npartitions=3).clear_divisions()
    with pytest.raises(UsageError, match=r"cannot be matched.*merge\(\)"):
        steps(df)


def test_a_correlation_with_a_summary_is_of_the_labels_of_both() -> None:
    x = pd.Series([1, 5, 2, 7, 9, 3])
    lazy = pn.from_pandas(x, npartitions=3)
    expected = x.corr(x.nlargest(3) ** 2)
    assert lazy.corr(lazy.nlargest(3) ** 2).compute() == pytest.approx(expected)


def test_rows_that_were_cut_anew_are_not_taken_for_those_before() -> None:
    """A column of other rows makes other partitions; the frame that it came to has its own still."""
    one, other = pd.DataFrame({"x": range(6)}), pd.DataFrame({"y": range(6)}, index=range(3, 9))
    a, b = pn.from_pandas(one, npartitions=2), pn.from_pandas(other, npartitions=3)
    made, expected = a.assign(y=b.y), one.assign(y=other.y)
    pd.testing.assert_series_equal((made.y + a.x).compute(), expected.y + one.x)
    pd.testing.assert_frame_equal(a.assign(z=made.y).compute(), one.assign(z=expected.y))


def test_answers_about_groups_are_matched_in_one_partition() -> None:
    df = pn.from_pandas(pd.DataFrame({"k": [1, 2] * 50, "x": range(100)}), npartitions=5)
    groups = df.groupby("k")
    made = groups.x.max() - groups.x.min()
    assert (groups.x.max().npartitions, made.npartitions) == (5, 1)
    assert made.compute().tolist() == [98, 98]


def test_keys_of_other_rows() -> None:
    """Are matched by label in one partition, an index in order; several are refused."""
    whole = pd.DataFrame({"k": [1, 2, 1, 2], "x": [1.0, 2.0, 3.0, 4.0], "y": [4, 1, 3, 2]}, list("abcd"))
    one, two = (pn.from_pandas(whole, npartitions=n) for n in (1, 2))
    for steps in (
        lambda df: df.sort_values("y").groupby(df.k).x.sum(),
        lambda df: df.groupby(df.k.sort_values()).x.sum(),
        lambda df: df.groupby([df.sort_values("y").k, "y"]).x.cumsum(),
        lambda df: df[df.y > 1].x.groupby(df.k).apply(lambda column: column.max()),
        lambda df: df.groupby(df.sort_values("y").index).x.sum(),
    ):
        agree(lambda steps=steps: steps(one), lambda steps=steps: steps(whole))
        with pytest.raises(UsageError, match="cannot be matched"):
            steps(two)
    with pytest.raises(UsageError, match="'k' of other rows, which lacks some of their labels; join"):
        one.groupby(one[one.y > 1].k).x.sum().compute()
    with pytest.raises(UsageError, match="an index of as many labels, not 3 by one of 4"):
        one[one.y > 1].groupby(one.index).x.sum().compute()


def test_keys_of_several_values() -> None:
    """Are refused: an index of levels, and a frame."""
    lazy = pn.from_pandas(pd.DataFrame({"k": [1, 2, 1, 2], "x": [4, 3, 2, 1]}), npartitions=2)
    best = lazy.groupby("k").apply(lambda group: group.nlargest(1, "x"))
    with pytest.raises(UsageError, match=r"not by an index of 2 of them; use groupby\(level=\[0, 1\]\)"):
        best.groupby(best.index)
    with pytest.raises(UsageError, match=r"not by a frame; use groupby\(\['k'\]\)"):
        lazy.groupby([lazy[["k"]]])


@pytest.mark.parametrize("names", [("i", "j"), ("i", None), (None, "j"), ("i", "i")], ids=str)
@pytest.mark.parametrize(
    "labels", [([0, 1, 2, 3], [2, 3, 7]), ([0, 1], [5, 6, 8]), ([4, 5], [0, 4, 9, 10])], ids=str
)
def test_labels_of_two_names(names: Any, labels: Any) -> None:
    """Are called as those of the first, as in pandas, whichever side lacks rows in a partition."""
    one, other = (
        pd.Series(range(len(each)), pd.Index(each, name=name), name="x")
        for each, name in zip(labels, names, strict=True)
    )
    for steps in (
        lambda a, b: a + b,
        lambda a, b: a.sub(b, fill_value=0),
        lambda a, b: a.to_frame() * b.to_frame(),
        lambda a, b: a.to_frame().add(b, axis=0),
        lambda a, b: a.lt(b),
        lambda a, b: a.to_frame().combine_first(b.rename("y").to_frame()),
        lambda a, b: a.to_frame().join(b.rename("y"), how="outer"),
        lambda a, b: a.to_frame().join(b.rename("y"), how="inner"),
        lambda a, b: b.to_frame().join(a.rename("y"), how="right"),
        *[
            lambda a, b, join=join, side=side: a.align(b, join=join)[side]
            for join in ("outer", "inner", "left", "right")
            for side in (0, 1)
        ],
    ):
        for m, n in ((1, 1), (2, 1), (1, 3), (2, 3)):
            agree(
                lambda m=m, n=n, steps=steps: steps(
                    pn.from_pandas(one, npartitions=m), pn.from_pandas(other, npartitions=n)
                ),
                lambda steps=steps: steps(one, other),
                in_order=False,
                check_dtype=False,
            )
