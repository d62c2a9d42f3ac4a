"""Sorted frames are those of pandas, in order, whatever the partitions; and what else brings rows together."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import InputError, UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

EVERY = "ifsbtcn"
BY = st.lists(st.sampled_from(EVERY), min_size=1, max_size=3, unique=True)
NPARTITIONS = st.sampled_from([None, 1, 3, 6])


@quick
@given(frames(EVERY), BY, st.data())
def test_sort_values(parted: Parted, by: list[str], data: st.DataObject) -> None:
    """By several keys, each its way, and stable: exactly what pandas gives."""
    ascending = data.draw(st.lists(st.booleans(), min_size=len(by), max_size=len(by)))
    na = data.draw(st.sampled_from(["first", "last"]))
    ignore = data.draw(st.booleans())
    n = data.draw(NPARTITIONS)
    options: Any = {"ascending": ascending, "na_position": na, "ignore_index": ignore}
    agree(
        lambda: parted.lazy.sort_values(by, npartitions=n, **options),
        lambda: parted.whole.sort_values(by, kind="stable", **options),
    )


@quick
@given(frames("if"), st.booleans(), NPARTITIONS)
def test_sort_values_by_a_function_of_the_column(parted: Parted, ascending: bool, n: Any) -> None:
    """Of all its values."""
    agree(
        lambda: parted.lazy.sort_values("i", key=abs, ascending=ascending, npartitions=n),
        lambda: parted.whole.sort_values("i", key=abs, ascending=ascending, kind="stable"),
    )


@quick
@given(frames("is"), st.booleans(), st.sampled_from(["first", "last"]), NPARTITIONS)
def test_sort_index(parted: Parted, ascending: bool, na: Any, n: Any) -> None:
    """Labels may be there twice."""
    agree(
        lambda: parted.lazy.sort_index(ascending=ascending, na_position=na, npartitions=n),
        lambda: parted.whole.sort_index(ascending=ascending, na_position=na, kind="stable"),
    )


LEVELS = st.sampled_from([0, 1, 2, "s", "i", ["i"], ["f", "s"], [2, 0], ["s", "i", "f"]])


@quick
@given(frames("ifsbc"), LEVELS, st.booleans(), st.sampled_from(["first", "last"]), NPARTITIONS, st.data())
def test_sort_index_by_levels(
    parted: Parted, level: Any, rest: bool, na: Any, n: Any, data: st.DataObject
) -> None:
    """Of a frame and of a series, with the other levels behind or not, and each of some its way."""
    options: Any = {"level": level, "sort_remaining": rest, "na_position": na}
    count = len(level) if isinstance(level, list) else 1
    ways = st.lists(st.booleans(), min_size=count, max_size=count)
    options["ascending"] = data.draw(st.one_of(st.booleans(), ways))
    lazy = parted.lazy.set_index(["i", "s", "f"], sort=False)
    whole = parted.whole.set_index(["i", "s", "f"])
    agree(lambda: lazy.sort_index(npartitions=n, **options), lambda: whole.sort_index(**options))
    agree(lambda: lazy.c.sort_index(**options), lambda: whole.c.sort_index(**options))


@quick
@given(frames("ifs"), st.sampled_from([0, "i", ["f"], [1, 0]]), st.booleans())
def test_sort_index_by_a_function_of_levels(parted: Parted, level: Any, rest: bool) -> None:
    """Which is called with those that are named only."""
    options: Any = {"level": level, "sort_remaining": rest, "key": abs}
    agree(
        lambda: parted.lazy.set_index(["i", "f", "s"], sort=False).sort_index(**options),
        lambda: parted.whole.set_index(["i", "f", "s"]).sort_index(**options),
    )


@quick
@given(frames("is"), st.sampled_from([0, "s", ["s"], -1]), st.sampled_from([True, False, [False]]))
def test_sort_index_by_the_only_level(parted: Parted, level: Any, ascending: Any) -> None:
    """Is sort_index without it."""
    agree(
        lambda: parted.lazy.set_index("s", sort=False).sort_index(level=level, ascending=ascending),
        lambda: parted.whole.set_index("s").sort_index(
            ascending=ascending if isinstance(ascending, bool) else ascending[0], kind="stable"
        ),
    )


def test_levels_that_rows_cannot_be_sorted_by() -> None:
    """Raise what pandas raises, when the plan is made."""
    whole = pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]})
    lazy, whole = (
        frame_of([whole[:1], whole[1:]]).set_index(["a", "b"], sort=False),
        whole.set_index(["a", "b"]),
    )
    cases: list[Any] = [{"level": "z"}, {"level": 2}, {"level": ["a", "b"], "ascending": [True]}]
    for options in cases:
        with pytest.raises((KeyError, IndexError, ValueError)) as theirs:
            whole.sort_index(**options)
        for each in (lazy, lazy.c):
            with pytest.raises(theirs.type, match=re.escape(str(theirs.value.args[0]))):
                each.sort_index(**options)


@quick
@given(frames(EVERY), st.sampled_from(EVERY), st.booleans(), NPARTITIONS)
def test_set_index(parted: Parted, column: str, drop: bool, n: Any) -> None:
    """Is sort_values and set_index of pandas; partitions do not share labels."""
    agree(
        lambda: parted.lazy.set_index(column, drop=drop, npartitions=n),
        lambda: parted.whole.sort_values(column, kind="stable").set_index(column, drop=drop),
    )
    made = parted.lazy.set_index(column, npartitions=n)
    parts = [part.index for part in made.partitions]
    labels = [part.compute(scheduler="sync").dropna() for part in parts]
    for one, other in itertools.combinations(labels, 2):
        assert not one.isin(other).any()


@quick
@given(frames("ifs"), st.sampled_from([["i", "s"], ["s", "f"]]))
def test_set_index_of_several_columns(parted: Parted, columns: list[str]) -> None:
    """Gives levels."""
    agree(
        lambda: parted.lazy.set_index(columns),
        lambda: parted.whole.set_index(columns).sort_index(kind="stable"),
    )


@quick
@given(frames("if"))
def test_set_index_of_a_series(parted: Parted) -> None:
    """Of the same rows."""
    agree(
        lambda: parted.lazy.set_index(parted.lazy["i"] * 2),
        lambda: parted.whole.set_index(parted.whole["i"] * 2).sort_index(kind="stable"),
    )


@quick
@given(frames("if"), st.lists(st.integers(-3, 3), max_size=4))
def test_set_index_with_divisions(parted: Parted, inner: list[int]) -> None:
    """Has these partitions, which are known."""
    divisions = [-4, *sorted(inner), 4]
    made = parted.lazy.set_index("i", divisions=divisions)
    assert made.divisions == tuple(divisions)
    same(made.compute(scheduler="sync"), parted.whole.set_index("i").sort_index(kind="stable"))
    for part, (low, high) in zip(made.partitions, itertools.pairwise(divisions), strict=True):
        labels = part.compute(scheduler="sync").index
        assert ((labels >= low) & ((labels < high) | (high == 4))).all()


@quick
@given(frames(EVERY), st.one_of(st.none(), BY), st.sampled_from(["first", "last", False]), st.booleans())
def test_drop_duplicates(parted: Parted, subset: Any, keep: Any, ignore: bool) -> None:
    """Of few rows in their order."""
    agree(
        lambda: parted.lazy.drop_duplicates(subset, keep=keep, ignore_index=ignore),
        lambda: parted.whole.drop_duplicates(subset, keep=keep, ignore_index=ignore),
    )


@given(frames("ifs", max_partitions=1), st.sampled_from(["first", "last", False]), st.booleans())
def test_drop_duplicates_of_one_partition(parted: Parted, keep: Any, ignore: bool) -> None:
    """In their order, however many rows there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pannier.shuffle.frames._TOGETHER", 1)
        agree(
            lambda: parted.lazy.drop_duplicates(["f", "s"], keep=keep, ignore_index=ignore),
            lambda: parted.whole.drop_duplicates(["f", "s"], keep=keep, ignore_index=ignore),
        )


@quick
@given(frames(EVERY), BY, st.integers(1, 4))
def test_drop_duplicates_into_several_partitions(parted: Parted, subset: list[str], n: int) -> None:
    """In any order."""
    agree(
        lambda: parted.lazy.drop_duplicates(subset, split_out=n),
        lambda: parted.whole.drop_duplicates(subset),
        in_order=False,
    )


@quick
@given(frames("ifs"), BY.filter(lambda by: set(by) <= set("ifs")), st.integers(1, 4))
def test_shuffle(parted: Parted, on: list[str], n: int) -> None:
    """All rows are there, and those of a key in one partition."""
    made = parted.lazy.shuffle(on, npartitions=n)
    same(made.compute(scheduler="sync"), parted.whole, in_order=False)
    parts = [part.compute(scheduler="sync").assign(part=i) for i, part in enumerate(made.partitions)]
    keys = pd.concat(parts)[[*on, "part"]].drop_duplicates()
    assert not keys.duplicated(on).any()


@quick
@given(frames("fs"), st.sampled_from("fs"), st.booleans(), st.booleans())
def test_series(parted: Parted, column: str, ascending: bool, ignore: bool) -> None:
    """Are sorted by their values or labels, and lose those that are there twice."""
    lazy, whole = parted.lazy[column], parted.whole[column]
    options: Any = {"ascending": ascending, "ignore_index": ignore}
    agree(lambda: lazy.sort_values(**options), lambda: whole.sort_values(kind="stable", **options))
    agree(lambda: lazy.sort_index(**options), lambda: whole.sort_index(kind="stable", **options))
    agree(lazy.drop_duplicates, whole.drop_duplicates)


@quick
@given(frames("ifs"), st.sampled_from([["f"], ["i", "f"], ["s"]]))
def test_columns_that_are_read_of_what_is_sorted(parted: Parted, columns: list[str]) -> None:
    """Are the same as of all of it."""
    agree(
        lambda: parted.lazy.sort_values("i")[columns],
        lambda: parted.whole.sort_values("i", kind="stable")[columns],
    )
    agree(
        lambda: parted.lazy.set_index("i")[["f"]],
        lambda: parted.whole.set_index("i").sort_index(kind="stable")[["f"]],
    )
    agree(
        lambda: parted.lazy.drop_duplicates("i")[columns], lambda: parted.whole.drop_duplicates("i")[columns]
    )
    agree(lambda: parted.lazy.shuffle("i")[columns], lambda: parted.whole[columns], in_order=False)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_other_schedulers(scheduler: str) -> None:
    """Give the same, through files as well, with keys that are frequent or missing."""
    n = 30_000
    numbers = np.random.default_rng(3).integers(0, 500, n)
    whole = pd.DataFrame({"k": np.where(numbers < 100, np.nan, numbers), "at": range(n), "s": "some text"})
    whole.loc[5000:20_000, "k"] = 250.0
    lazy = frame_of([whole[:9000], whole[9000:9000], whole[9000:]])
    made = lazy.sort_values("k", ascending=False, npartitions=4)
    same(made.compute(scheduler=scheduler), whole.sort_values("k", ascending=False, kind="stable"))
    sizes = made.map_partitions(len).compute(scheduler=scheduler)
    assert max(sizes) < 0.3 * n  # though half of the rows have one key
    same(
        lazy.set_index("k", npartitions=4).compute(scheduler=scheduler),
        whole.set_index("k").sort_index(kind="stable"),
    )


@quick
@given(frames("is"), st.booleans())
def test_numbers_of_rows_are_labels_where_they_matter(parted: Parted, ascending: bool) -> None:
    """Though a partition does not know how many rows are before its own."""
    lazy, whole = parted.lazy.reset_index(drop=True), parted.whole.reset_index(drop=True)
    agree(lambda: lazy.sort_index(ascending=ascending), lambda: whole.sort_index(ascending=ascending))
    agree(
        lambda: lazy.set_index("i", append=True),
        lambda: whole.set_index("i", append=True).sort_index(kind="stable"),
    )
    agree(lambda: lazy.shuffle(on_index=True, npartitions=2), lambda: whole, in_order=False)
    other = whole[whole["i"] > 0].add_suffix("_other")
    agree(lambda: lazy.join(other), lambda: whole.join(other))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "Float32"])
@pytest.mark.parametrize("na_position", ["first", "last"])
@pytest.mark.parametrize("ascending", [True, False])
def test_missing_numbers_of_any_width(
    dtype: str, na_position: str, ascending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are missing in the keys by which ranges are cut, too."""
    monkeypatch.setattr("pannier.shuffle.frames_cuts.PARTITION_BYTES", 20)
    values = [np.inf, None, -np.inf, 0.0, None, 2.5, np.inf, None, -1.0]
    whole = pd.DataFrame({"x": pd.Series(values, dtype=dtype), "n": range(9)})
    for ends in ([2, 4], [2, 2, 3, 5], range(1, 9)):
        parts = [whole.iloc[a:b] for a, b in itertools.pairwise([0, *ends, 9])]
        agree(
            lambda parts=parts: frame_of(parts).sort_values(
                "x", na_position=na_position, ascending=ascending
            ),
            lambda: whole.sort_values("x", na_position=na_position, ascending=ascending, kind="stable"),
        )


def test_partition_size_says_how_many_partitions() -> None:
    """Where it is known what the frame weighs."""
    frame = frame_of([pd.DataFrame({"k": range(1000)})] * 4)
    assert frame.sort_values("k", partition_size="8 KiB").npartitions == 4
    assert frame.set_index("k", partition_size="16 KiB").npartitions == 2
    assert frame.map_partitions(pd.DataFrame.head).sort_values("k", npartitions="auto").npartitions == 4


def test_labels_outside_of_divisions_are_an_error() -> None:
    """When they are met."""
    lazy = frame_of([pd.DataFrame({"k": [1, 5], "v": [1, 2]}), pd.DataFrame({"k": [9], "v": [3]})])
    with pytest.raises(UsageError, match=r"partition 1 has labels from .*, and its divisions are 3 to 8"):
        lazy.set_index("k", divisions=[0, 3, 8]).compute(scheduler="sync")
    with pytest.raises(UsageError, match="in order"):
        lazy.set_index("k", divisions=[3, 0])
    for options in ({}, {"sorted": True}):
        with pytest.raises(
            UsageError, match=r"no column of categories, .*cast it first, as by astype\('str'\)"
        ):
            lazy.assign(k=lazy.k.astype("category")).set_index("k", divisions=[0, 8, 9], **options)
    with pytest.raises(UsageError, match="2 sorted partitions have 3 divisions"):
        lazy.set_index("k", divisions=[0, 9], sorted=True)
    made = lazy.set_index("k", divisions=[0, 8, 9], sorted=True)
    assert made.divisions == (0, 8, 9)
    assert made.v.compute(scheduler="sync").tolist() == [1, 2, 3]


def test_categories_that_are_not_known_have_no_order() -> None:
    """An error says what to do."""
    parts = [pd.DataFrame({"c": pd.Categorical([name])}) for name in "xy"]
    with pytest.raises(InputError, match="'y' is not known"):
        frame_of(parts).sort_values("c").compute(scheduler="sync")


def test_errors_are_raised_while_the_plan_is_made() -> None:
    """Those of pandas, and those of options that cannot be."""
    lazy = frame_of([pd.DataFrame({"a": [1], "b": [2]})])
    with pytest.raises(KeyError, match="nix"):
        lazy.sort_values("nix")
    with pytest.raises(KeyError, match="nix"):
        lazy.set_index("nix")
    with pytest.raises(KeyError, match="nix"):
        lazy.drop_duplicates("nix")
    with pytest.raises(KeyError, match="nix"):
        lazy.shuffle("nix")
    with pytest.raises(ValueError, match="ascending"):
        lazy.sort_values(["a", "b"], ascending=[True])
    with pytest.raises(UsageError, match="at least 1 partition, not 0"):
        lazy.sort_values("a", npartitions=0)
    with pytest.raises(UsageError, match="one way to shuffle"):
        lazy.shuffle("a", shuffle_method="mpi")
    with pytest.raises(UsageError, match="columns, or on_index=True"):
        lazy.shuffle()


@quick
@given(frames("if"))
def test_sort_values_by_nothing(parted: Parted) -> None:
    """Leaves rows where they are."""
    agree(lambda: parted.lazy.sort_values([]), lambda: parted.whole.sort_values([]))
