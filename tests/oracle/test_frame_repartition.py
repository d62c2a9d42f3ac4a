"""Other partitions of the same rows, and frames that are matched by their labels, against pandas."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.collections.dataframe.base import wrap
from pannier.errors import UsageError
from pannier.io.frames import FrameParts
from pannier.plan.nodes import Source
from tests.oracle.frame_strategies import COLUMNS, Parted, agree, frame_of, frames, quick, same, series_of


@dataclass(frozen=True)
class Divided:
    """A frame of known divisions."""

    whole: pd.DataFrame
    lazy: Any


@st.composite
def divided(draw: st.DrawFn, columns: str = "if", *, unique: bool = False) -> Divided:
    """Frames whose partitions hold the labels between two of their divisions; any may be empty.

    Partitions are in order, but not rows within them.
    """
    n = draw(st.integers(0, 12))
    labels = draw(st.lists(st.integers(0, 20), min_size=n, max_size=n, unique=unique))
    data = {
        name: series_of(name, draw(st.lists(COLUMNS[name][1], min_size=n, max_size=n)), labels)
        for name in columns
    }
    rows = pd.DataFrame(data, index=pd.Index(labels, dtype="int64"))
    inner = draw(st.lists(st.integers(1, 19), max_size=4, unique=True))
    divisions = (0, *sorted(inner), 20)
    parts = [
        rows[(rows.index >= low) & ((rows.index < high) | (high == 20))] for low, high in pairwise(divisions)
    ]
    source = Source(verb="parts", reader=FrameParts("parts"), parts=parts)
    return Divided(pd.concat(parts), wrap(source, rows[:0], divisions))


def sizes(lazy: Any) -> list[int]:
    """How many rows each partition has."""
    return [len(part.compute(scheduler="sync")) for part in lazy.partitions]


@quick
@given(frames("isc"), st.integers(1, 9))
def test_other_numbers_of_partitions(parted: Parted, n: int) -> None:
    """Rows and their order stay, whatever the number."""
    lazy = parted.lazy.repartition(npartitions=n)
    assert lazy.npartitions == n
    agree(lambda: lazy, lambda: parted.whole)
    agree(lambda: lazy.s, lambda: parted.whole.s)
    agree(lambda: lazy.index, lambda: parted.whole.index)


@quick
@given(divided(), st.integers(1, 9))
def test_known_divisions_stay_known(data: Divided, n: int) -> None:
    """More partitions are cut between labels, and each has the rows its divisions say."""
    lazy = data.lazy.repartition(npartitions=n)
    assert lazy.known_divisions
    assert (lazy.divisions[0], lazy.divisions[-1]) == (0, 20)
    same(lazy.enforce_runtime_divisions().compute(scheduler="sync").sort_index(kind="stable"),
         data.whole.sort_index(kind="stable"))  # fmt: skip


@quick
@given(divided(), st.lists(st.integers(1, 19), max_size=6, unique=True), st.booleans())
def test_divisions_of_ones_choice(data: Divided, inner: list[int], wider: bool) -> None:
    """Each partition gets the rows between its labels, from several old ones if need be."""
    divisions = [-3, *sorted(inner), 33] if wider else [0, *sorted(inner), 20]
    lazy = data.lazy.repartition(divisions=divisions, force=wider)
    assert lazy.divisions == tuple(divisions)
    for part, (low, high) in zip(lazy.partitions, pairwise(divisions), strict=True):
        labels = part.index.compute(scheduler="sync")
        assert all(low <= label < high or label == high == divisions[-1] for label in labels)
    same(lazy.compute(scheduler="sync").sort_index(kind="stable"), data.whole.sort_index(kind="stable"))


@pytest.mark.parametrize("others", [[1, 1, 2, 4], [1, 1, 2, 3]])
@pytest.mark.parametrize(
    "func",
    [
        lambda one, other: one["x"] + other["x"],
        lambda one, other: one.align(other)[0],
        lambda one, other: one.combine_first(other),
        lambda one, other: one.assign(y=other["x"]),
        lambda one, other: one["x"].where(other["x"] > 1),
    ],
)
def test_repeated_labels_that_other_partitions_decide_about(func: Any, others: list[int]) -> None:
    """Are refused: pandas pairs each with each but where all labels are equal.  In one partition it is as in pandas."""
    one = pd.DataFrame({"x": [1, 2, 3, 4]}, [1, 1, 2, 3])
    other = pd.DataFrame({"x": [10, 20, 30, 40]}, others)
    first, second = pn.from_pandas(one, npartitions=2), pn.from_pandas(other, npartitions=2)
    with pytest.raises(UsageError, match="label 1 is repeated, in the same way on both sides"):
        func(first, second).compute()
    first, second = first.repartition(npartitions=1), second.repartition(npartitions=1)
    agree(lambda: func(first, second), lambda: func(one, other))
    assert func(first, first).compute().equals(func(one, one))


def test_repeated_labels_of_one_frame() -> None:
    """Meet row by row, also when one side was cut at the labels of another frame."""
    one = pd.DataFrame({"x": [1, 2, 3, 4]}, [1, 1, 2, 3])
    other = pd.DataFrame({"x": [10, 20]}, [1, 2])
    agree(
        lambda: (
            (first := pn.from_pandas(one, npartitions=2)).assign(y=pn.from_pandas(other, npartitions=2).x).y
            + first.x
        ),
        lambda: one.assign(y=other.x).y + one.x,
    )


@quick
@given(divided("if"), divided("if"))
def test_sums_of_repeated_labels(one: Divided, other: Divided) -> None:
    """Are those of pandas, or refused."""
    try:
        made = (one.lazy["f"] + other.lazy["i"]).compute(scheduler="sync")
    except UsageError:
        assert not one.whole.index.is_unique
        assert not other.whole.index.is_unique
        return
    same(made, one.whole["f"] + other.whole["i"], in_order=False)


@quick
@given(divided("if", unique=True), divided("if", unique=True))
def test_frames_are_matched_by_label(a: Divided, b: Divided) -> None:
    """Operators join the labels of both sides, as pandas does; assignment and filters keep those of the left."""

    def ordered(steps: Any) -> None:
        agree(
            lambda: steps(a.lazy, b.lazy),
            lambda: steps(a.whole, b.whole).sort_index(),
            in_order=False,
            check_dtype=False,
        )

    ordered(lambda x, y: x.i + y.i)
    ordered(lambda x, y: x - y)
    ordered(lambda x, y: (x.i + y.i) * (y.f - x.f))
    if len(a.whole):  # else pandas takes the rows of what is assigned
        ordered(lambda x, y: x.assign(k=y.i, m=x.i))
        ordered(lambda x, y: (x.assign(k=y.i).k + x.i) - y.i)
    ordered(lambda x, y: x.i.add(y.i, fill_value=0))
    ordered(lambda x, y: x.align(y, join="inner")[1])
    ordered(lambda x, y: x.i.align(y.i, fill_value=1)[0])


@quick
@given(divided("ib", unique=True), divided("ib", unique=True))
@pytest.mark.filterwarnings("ignore:Boolean Series key will be reindexed")
def test_filters_of_other_rows(a: Divided, b: Divided) -> None:
    """A mask of other rows is matched by label, and must have a value for each; partitions may be cut where its are."""

    def steps(x: Any, y: Any) -> Any:
        return x[(y.b | True).rename("b")].i if isinstance(x, pd.DataFrame) else x[y.b | True].i

    in_order = a.whole.index.is_monotonic_increasing
    agree(lambda: steps(a.lazy, b.lazy), lambda: steps(a.whole, b.whole), in_order=in_order)


def test_sizes_in_bytes() -> None:
    """Partitions are joined and cut until each is of about the size that is asked for."""
    df = pn.from_pandas(pd.DataFrame({"x": range(10_000)}), npartitions=10)
    larger = df.repartition(partition_size="25 kB")
    smaller = df.repartition(partition_size=3000)
    assert sizes(larger) == [3000, 3000, 3000, 1000]
    assert max(sizes(smaller)) * 8 <= 3000
    assert sum(sizes(smaller)) == 10_000
    assert (df.x + 1).persist(scheduler="sync").repartition(partition_size="1 MB").npartitions == 1


def test_stretches_of_time() -> None:
    """Partitions of a day or a month each begin where these begin."""
    index = pd.date_range("2015-01-30 18:00", "2015-04-02 06:00", freq="6h")
    whole = pd.DataFrame({"x": range(len(index))}, index=index)
    df = pn.from_pandas(whole, npartitions=3)
    months = df.repartition(freq="MS")
    assert months.divisions == (
        index[0], pd.Timestamp("2015-02-01"), pd.Timestamp("2015-03-01"), pd.Timestamp("2015-04-01"), index[-1],
    )  # fmt: skip
    assert df.repartition(freq="D").divisions[1] == pd.Timestamp("2015-01-31")
    same(months.compute(scheduler="sync"), whole, check_freq=False)
    more = df.repartition(npartitions=7)
    assert more.npartitions == 7
    assert more.known_divisions


def test_numbers_of_rows_are_numbered_on() -> None:
    """Rows of files, which are numbered within each partition, are numbered through however these are cut."""
    parts = [pd.DataFrame({"x": [10 * i + k for k in range(4)]}) for i in range(3)]
    files = frame_of(parts)
    df = wrap(files.node, files._meta, numbers=True)
    for n in (1, 2, 3, 7):
        same(df.repartition(npartitions=n).compute(scheduler="sync"), pd.concat(parts, ignore_index=True))


def test_current_divisions_and_wrong_ones() -> None:
    """Divisions are found where labels are in order; wrong ones are an error that names partition and labels."""
    whole = pd.DataFrame({"x": range(6)})
    lazy = frame_of([whole[:2], whole[2:5], whole[5:]])
    assert lazy.compute_current_divisions(scheduler="sync") == (0, 2, 5, 5)
    with pytest.raises(UsageError, match="partition 0 has labels up to 5, and partition 1 from 0"):
        frame_of([whole[5:], whole[:2]]).compute_current_divisions(scheduler="sync")
    wrong = wrap(lazy.node, lazy._meta, (0, 3, 4, 5)).enforce_runtime_divisions()
    with pytest.raises(UsageError, match="partition 1 has labels from 2 to 4, and its divisions are 3 to 4"):
        wrong.compute(scheduler="sync")


def test_partitions_without_rows_have_the_borders_of_their_neighbours() -> None:
    """There are n + 1 divisions as long as one partition has rows; they go by what comes next."""
    whole = pd.DataFrame({"x": range(6)})
    none = whole[:0]
    lazy = frame_of([none, whole[:2], none, none, whole[2:]])
    assert lazy.compute_current_divisions(scheduler="sync") == (0, 0, 2, 2, 2, 5)
    assert frame_of([whole, none]).compute_current_divisions(scheduler="sync") == (0, 5, 5)
    with pytest.raises(UsageError, match="partition 0 has labels up to 5, and partition 2 from 0"):
        frame_of([whole[5:], none, whole[:2]]).compute_current_divisions(scheduler="sync")
    with pytest.raises(UsageError, match="no rows"):
        frame_of([none, none]).compute_current_divisions(scheduler="sync")


def test_current_divisions_of_an_index_that_was_set() -> None:
    """They can be found of few rows, and given back to keep them."""
    whole = pd.DataFrame({"k": list("babacb"), "x": range(6)})
    kept = pn.from_pandas(whole, npartitions=3).set_index("k").persist(scheduler="sync")
    divisions = kept.compute_current_divisions(scheduler="sync")
    assert len(divisions) == kept.npartitions + 1
    assert (divisions[0], divisions[-1]) == ("a", "c")
    filled = [i for i in range(kept.npartitions) if len(kept.partitions[i])]
    rows = kept.partitions[: filled[-1] + 1]
    divisions = rows.compute_current_divisions(scheduler="sync")
    known = rows.reset_index().set_index("k", sorted=True, divisions=divisions)
    agree(lambda: known, lambda: whole.set_index("k").sort_index(kind="stable"))


def test_divisions_that_would_hide_rows_are_refused() -> None:
    """Where the last partitions are empty, the last label is before the border of theirs: saying so is an error."""
    whole = pd.DataFrame({"k": range(6), "x": 1})
    lazy = frame_of([whole[:2], whole[2:], whole[:0]]).set_index("k", sort=False)
    divisions = lazy.compute_current_divisions(scheduler="sync")
    assert divisions == (0, 2, 5, 5)
    known = lazy.reset_index().set_index("k", sorted=True, divisions=divisions)
    with pytest.raises(
        UsageError, match="partition 1 has labels from 2 to 5, and its divisions are 2 to 5, that excluded"
    ):
        known.compute(scheduler="sync")
    kept = lazy.partitions[:2].reset_index().set_index("k", sorted=True, divisions=divisions[:3])
    agree(lambda: kept, lambda: whole.set_index("k"))


def test_what_is_refused() -> None:
    """Wrong calls say what would be right."""
    df = pn.from_pandas(pd.DataFrame({"x": range(6)}), npartitions=3)
    unknown = df.clear_divisions()
    for call, message in (
        (df.repartition, "give one of"),
        (lambda: df.repartition(3), "npartitions="),
        (lambda: df.repartition(npartitions=0), "at least 1"),
        (lambda: df.repartition(divisions=[0, 9]), "force=True"),
        (lambda: df.repartition(divisions=[2, 5]), "rows would be lost"),
        (lambda: df.repartition(divisions=[0, 3, 2, 5]), "each greater"),
        (lambda: unknown.repartition(divisions=[0, 5]), "known divisions"),
        (lambda: df.repartition(freq="D"), "index of times"),
        (lambda: df.x + unknown.repartition(npartitions=2).x, "set_index"),
    ):
        with pytest.raises(UsageError, match=message):
            call()
