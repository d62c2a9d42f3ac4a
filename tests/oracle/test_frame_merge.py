"""Merges of frames are those of pandas, whatever the partitions, the kinds of keys and the way that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

KEYS = st.sampled_from([["i"], ["s"], ["f"], ["t"], ["c"], ["n"], ["i", "s"], ["b", "t", "f"]])
HOWS = st.sampled_from(["inner", "left", "right", "outer"])
WAYS: Any = st.sampled_from([{}, {"broadcast": False}, {"npartitions": 3}])
EVERY = "ifsbtcn"


def agree_but_for_order(lazy: Callable[[], Any], plain: Callable[[], Any]) -> None:
    """As :func:`agree`, in any order of rows; numbers of rows, which come of their order, are the same numbers."""

    def ordered(frame: pd.DataFrame) -> pd.DataFrame:
        is_numbered = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
        texts = list(map(repr, frame.itertuples(index=not is_numbered, name=None)))
        order = sorted(range(len(frame)), key=texts.__getitem__)
        return frame.iloc[order].reset_index(drop=True) if is_numbered else frame.iloc[order]

    class Ordered:
        def __init__(self) -> None:
            self.lazy = lazy()
            self.node = self.lazy.node

        def compute(self, **options: Any) -> pd.DataFrame:
            return ordered(self.lazy.compute(**options))

    agree(Ordered, lambda: ordered(plain()))


@quick
@given(frames(EVERY), frames(EVERY), KEYS, HOWS, WAYS)
def test_merge_on_columns(left: Parted, right: Parted, on: list[str], how: Any, way: Any) -> None:
    """The rows are those of pandas, in every way to join; types too."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, on, **way),
        lambda: left.whole.merge(right.whole, how, on),
    )


@quick
@given(frames(EVERY), frames(EVERY, max_partitions=1), KEYS, st.sampled_from(["inner", "left"]))
def test_a_small_right_side_keeps_the_order(left: Parted, right: Parted, on: list[str], how: Any) -> None:
    """Of the left, and of the right for one row: exactly what pandas gives."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.whole, how, on, broadcast=True),
        lambda: left.whole.merge(right.whole, how, on),
    )


@quick
@given(frames("ifs", max_partitions=1), frames("isb"), st.sampled_from([["i"], ["s"], ["i", "s"]]))
def test_a_small_left_side_is_looked_up_by_the_right(left: Parted, right: Parted, on: list[str]) -> None:
    """With how="right" in the order of the right."""
    agree(
        lambda: left.lazy.merge(right.lazy, "right", on, broadcast=True),
        lambda: left.whole.merge(right.whole, "right", on),
    )


@quick
@given(frames("is"), frames("is"), st.sampled_from(["inner", "left", "right"]))
def test_few_rows_are_in_the_order_of_pandas_though_shuffled(left: Parted, right: Parted, how: Any) -> None:
    """As long as they are finished at once."""
    agree(
        lambda: left.lazy.merge(right.lazy, how, "i", broadcast=False),
        lambda: left.whole.merge(right.whole, how, "i"),
    )


@quick
@given(frames("ifs"), frames("is"), HOWS, st.sampled_from([None, 1, 2]))
def test_many_rows_are_finished_some_at_a_time(left: Parted, right: Parted, how: Any, n: int | None) -> None:
    """And numbered through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pannier.shuffle.frames._TOGETHER", 1)
        agree_but_for_order(
            lambda: left.lazy.merge(right.lazy, how, "i", broadcast=False, npartitions=n),
            lambda: left.whole.merge(right.whole, how, "i"),
        )


@quick
@given(frames("if"), frames("ns"), HOWS)
def test_keys_of_other_names_and_types(left: Parted, right: Parted, how: Any) -> None:
    """Equal numbers meet; both columns stay."""
    agree(
        lambda: left.lazy.merge(right.lazy, how, left_on="i", right_on="n", broadcast=False),
        lambda: left.whole.merge(right.whole, how, left_on="i", right_on="n"),
    )


@quick
@given(frames("is"), frames("cf"), st.sampled_from(["inner", "left"]))
def test_texts_meet_categories(left: Parted, right: Parted, how: Any) -> None:
    """Of equal text."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, left_on="s", right_on="c", broadcast=False),
        lambda: left.whole.merge(right.whole, how, left_on="s", right_on="c"),
    )


@quick
@given(frames("if"), frames("is"), HOWS, WAYS)
def test_merge_on_the_index(left: Parted, right: Parted, how: Any, way: Any) -> None:
    """Labels are kept."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, left_index=True, right_index=True, **way),
        lambda: left.whole.merge(right.whole, how, left_index=True, right_index=True),
    )


@quick
@given(frames("if"), frames("is"), HOWS, st.integers(1, 4), st.integers(1, 4))
def test_known_divisions_are_merged_partition_by_partition(
    left: Parted, right: Parted, how: Any, n: int, m: int
) -> None:
    """Without a shuffle; divisions stay known."""
    one = pn.from_pandas(left.whole, npartitions=n)
    other = pn.from_pandas(right.whole, npartitions=m)
    options: Any = {"left_index": True, "right_index": True}
    agree_but_for_order(
        lambda: one.merge(other, how, **options),
        lambda: left.whole.merge(right.whole, how, **options),
    )
    if one.known_divisions and other.known_divisions:
        made = one.merge(other, how, **options)
        assert made.known_divisions
        assert "shuffle" not in made.explain()


@quick
@given(frames("if"), frames("s"), HOWS, WAYS)
def test_a_column_meets_an_index(left: Parted, right: Parted, how: Any, way: Any) -> None:
    """Either way round; rows have the labels of the side with the column."""
    if left.whole.empty:
        return  # here pandas gives them the labels of the other side
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, left_on="i", right_index=True, **way),
        lambda: left.whole.merge(right.whole, how, left_on="i", right_index=True),
    )
    agree_but_for_order(
        lambda: right.lazy.merge(left.lazy, how, left_index=True, right_on="i", **way),
        lambda: right.whole.merge(left.whole, how, left_index=True, right_on="i"),
    )


@quick
@given(frames(EVERY), frames(EVERY), KEYS, WAYS, st.booleans())
def test_semi_and_anti_joins(left: Parted, right: Parted, on: list[str], way: Any, by_index: bool) -> None:
    """Give the rows of the left as they are, once each."""
    options: Any = {"left_index": True, "right_index": True} if by_index else {"on": on}
    keys = right.whole.index.to_frame() if by_index else right.whole[on]
    if by_index:
        has = left.whole.index.isin(right.whole.index)
    else:
        at = left.whole[on].assign(at=range(len(left.whole))).merge(keys, on=on)["at"]
        has = np.isin(np.arange(len(left.whole)), at)
    for how, chosen in (("leftsemi", has), ("leftanti", ~has)):
        made = left.lazy.merge(right.lazy, how, **options, **way).compute(scheduler="sync")
        same(made, left.whole[chosen], in_order=False)


_LEVELS = [["i"], ["i", "s"], ["s", "i"], ["i", "c"], ["s", "c", "i"]]


@quick
@given(frames("isc"), frames("isc"), st.sampled_from(_LEVELS), st.sampled_from(_LEVELS), WAYS)
def test_indexes_meet_by_levels_of_one_name(
    left: Parted, right: Parted, own: list[str], others: list[str], way: Any
) -> None:
    """Wherever these are among the levels, and whatever else the indexes have."""
    left, right = [
        Parted([part.assign(v=1).set_index(levels).fillna({"s": "", "c": "x"})[["v"]] for part in side.parts])
        for side, levels in ((left, own), (right, others))
    ]
    shared = [name for name in own if name in others]
    alone = [side.whole for side, levels in ((left, own), (right, others)) if levels == shared == ["i"]]
    # Of repeated labels beside levels pandas joins none; here it is so if they are repeated in one partition.
    assume(len(alone) != 1 or alone[0].index.is_unique)
    options: Any = {"left_index": True, "right_index": True, **way}
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, **options).reset_index().set_index("v_x"),
        lambda: (
            left.whole.merge(right.whole, left_index=True, right_index=True).reset_index().set_index("v_x")
        ),
    )
    keys = [side.whole.reset_index()[shared] for side in (left, right)]
    at = keys[0].assign(at=range(len(keys[0]))).merge(keys[1], on=shared)["at"]
    has = np.isin(np.arange(len(left.whole)), at)
    for how, chosen in (("leftsemi", has), ("leftanti", ~has)):
        made = left.lazy.merge(right.lazy, how, **options).compute(scheduler="sync")
        same(
            made.reset_index().set_index("v"), left.whole[chosen].reset_index().set_index("v"), in_order=False
        )


def test_indexes_without_a_level_of_one_name() -> None:
    """Have nothing to meet by."""
    deep = pn.from_pandas(pd.DataFrame({"k": [1], "l": [2], "v": 3}).set_index(["k", "l"]), npartitions=1)
    flat = pd.DataFrame({"w": [1]}, index=pd.Index([1], name="m"))
    for how in ("inner", "leftsemi"):
        with pytest.raises(ValueError, match="no overlapping index names"):
            deep.join(flat, how=how)
        with pytest.raises(UsageError, match=r"joined by their names; give all a name with rename_axis\(\)"):
            deep.rename_axis([None, "l"]).join(flat.rename_axis(None), how=how)


@quick
@given(frames("i"), frames("if"), st.sampled_from(["inner", "left", "right"]), WAYS)
def test_keys_may_be_levels_of_the_index(left: Parted, right: Parted, how: Any, way: Any) -> None:
    """On one side or on both."""
    one, other = left.lazy.rename_axis(index="k"), right.lazy.rename(columns={"i": "k"})
    own, others = left.whole.rename_axis(index="k"), right.whole.rename(columns={"i": "k"})
    agree_but_for_order(lambda: one.merge(other, how, "k", **way), lambda: own.merge(others, how, "k"))
    agree_but_for_order(lambda: other.merge(one, how, "k", **way), lambda: others.merge(own, how, "k"))
    agree_but_for_order(lambda: one.merge(one, how, "k", **way), lambda: own.merge(own, how, "k"))


@quick
@given(frames("is"), frames("is"), st.sampled_from([["i"], ["s"], ["i", "s"]]), HOWS, WAYS)
def test_sorted_merges(left: Parted, right: Parted, on: list[str], how: Any, way: Any) -> None:
    """Are in the order of the keys."""
    agree(
        lambda: left.lazy.merge(right.lazy, how, on, sort=True, **way)[on],
        lambda: left.whole.merge(right.whole, how, on, sort=True)[on],
    )
    agree(
        lambda: left.lazy.join(right.lazy, how=how, suffixes=("_l", None), sort=True).index,
        lambda: left.whole.merge(right.whole, how, left_index=True, right_index=True).sort_index().index,
    )


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@pytest.mark.parametrize("keys", ["w", "c", "f", "iw", "ci", "fw", "wf", "wcf"])
@pytest.mark.parametrize("suffix", ["", "2"], ids=["one name", "two names"])
def test_sorted_merges_have_missing_keys_where_pandas_has_them(how: Any, keys: str, suffix: str) -> None:
    """First among times and categories, last among numbers."""
    times = pd.to_datetime(["2020-01-02", None, "2020-01-01", "2020-01-02", None])
    left = pd.DataFrame(
        {
            "c": pd.Categorical(["b", None, "a", "b", None], categories=["b", "a"]),
            "w": times,
            "f": [2.0, None, 1.0, None, 7.0],
            "i": [1, 1, 0, 1, 0],
            "s": range(5),
        }
    )
    right = left.iloc[[0, 3, 2, 1, 4, 1]].rename(columns={key: key + suffix for key in keys})
    options: Any = {"left_on": list(keys), "right_on": [key + suffix for key in keys], "sort": True}
    if not suffix:
        options = {"on": list(keys), "sort": True}
    lazy = [pn.from_pandas(frame, npartitions=2, sort=False) for frame in (left, right)]
    made = lazy[0].merge(lazy[1], how, broadcast=False, **options).compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, left.merge(right, how, **options))


@pytest.mark.filterwarnings("ignore:You are merging on int and float:UserWarning")
@quick
@given(frames("ifs"), frames("ibf"), HOWS, WAYS)
def test_merges_sorted_by_keys_of_two_names(left: Parted, right: Parted, how: Any, way: Any) -> None:
    """By the one that has a value, called with its suffix; where both sides lack rows, by either."""
    options: Any = {"left_on": ["i", "f"], "right_on": ["f", "i"], "sort": True}
    keys = ["i_y", "f_y"] if how == "right" else ["i_x", "f_x"]

    def shown(made: Any) -> Any:
        return made[["f_y", "i_y", *keys]] if how == "outer" else made[keys]

    agree(
        lambda: shown(left.lazy.merge(right.lazy, how, **options, **way)),
        lambda: shown(left.whole.merge(right.whole, how, **options)),
    )


@quick
@given(frames("if"), frames("s"), HOWS, st.integers(1, 3))
def test_a_column_meets_an_index_of_numbers(left: Parted, right: Parted, how: Any, n: int) -> None:
    """Labels are those of the side with the column, also where the other only numbers its rows."""
    if left.whole.empty:
        return  # here pandas gives them the labels of the other side
    numbered = right.whole.reset_index(drop=True)
    lazy = pn.from_pandas(numbered, npartitions=n)
    agree_but_for_order(
        lambda: left.lazy.merge(lazy, how, left_on="i", right_index=True, broadcast=False),
        lambda: left.whole.merge(numbered, how, left_on="i", right_index=True),
    )


@quick
@given(frames("isf"), frames("isb"), KEYS.filter(lambda on: {*on} <= {*"is"}), WAYS)
def test_anti_joins_of_pandas(left: Parted, right: Parted, on: list[str], way: Any) -> None:
    """Rows are numbered through, where pandas has gaps."""
    hows: Any = ("left_anti", "right_anti")
    for how in hows:
        agree_but_for_order(
            lambda how=how: left.lazy.merge(right.lazy, how, on, **way),
            lambda how=how: left.whole.merge(right.whole, how, on).reset_index(drop=True),
        )


@quick
@given(frames("is", max_rows=5), frames("sf", max_rows=5))
def test_cross_join(left: Parted, right: Parted) -> None:
    """Every pair."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, "cross"),
        lambda: left.whole.merge(right.whole, "cross"),
    )


@quick
@given(frames("if"), frames("sb"), st.sampled_from(["left", "right", "inner", "outer"]))
def test_join(left: Parted, right: Parted, how: Any) -> None:
    """On the index, and of a column with an index."""
    agree_but_for_order(
        lambda: left.lazy.join(right.lazy, how=how),
        lambda: left.whole.join(right.whole, how=how),
    )
    if left.whole.empty:
        return  # here pandas gives rows the labels of the right
    agree_but_for_order(
        lambda: left.lazy.join(right.lazy, on="i", how=how),
        lambda: left.whole.join(right.whole, on="i", how=how),
    )


@quick
@given(frames("is"), frames("is"), st.sampled_from(["1:1", "1:m", "m:1", "m:m"]), HOWS, st.booleans())
def test_validate_and_indicator(
    left: Parted, right: Parted, validate: Any, how: Any, indicator: bool
) -> None:
    """Across all partitions; what pandas raises is raised."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, "i", indicator=indicator, validate=validate),
        lambda: left.whole.merge(right.whole, how, "i", indicator=indicator, validate=validate),
    )


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@pytest.mark.parametrize("broadcast", [None, False])
@pytest.mark.parametrize(
    "suffixes", [("", ""), (None, None), ("_a", None), ("_a", "_a"), ("_b", "_b"), (None, "_b")]
)
def test_suffixes_that_do_not_tell_columns_apart(how: Any, broadcast: bool | None, suffixes: Any) -> None:
    """Are refused as pandas refuses them, though it does not merge the rows."""
    left = pd.DataFrame({"k": [1, 2], "v": [1, 2], "v_a": [3, 4]})
    right = pd.DataFrame({"k": [2, 3], "v": [5, 6]})
    one, other = frame_of([left[:1], left[1:]]), frame_of([right[:1], right[1:]])
    agree_but_for_order(
        lambda: one.merge(other, how, "k", suffixes=suffixes, broadcast=broadcast),
        lambda: left.merge(right, how, "k", suffixes=suffixes),
    )


@quick
@given(
    frames("ifs"),
    frames("ifb"),
    st.sampled_from([["f_x"], ["f_y", "b"], ["i"], ["s"], ["b", "s"]]),
    HOWS,
    WAYS,
)
def test_columns_that_are_read_of_a_merge(
    left: Parted, right: Parted, columns: list[str], how: Any, way: Any
) -> None:
    """Are the same as of all of it, with their suffixes."""
    agree_but_for_order(
        lambda: left.lazy.merge(right.lazy, how, "i", **way)[columns],
        lambda: left.whole.merge(right.whole, how, "i")[columns],
    )


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_other_schedulers(scheduler: str) -> None:
    """Give the same, through files as well."""
    n = 20_000
    left = pd.DataFrame({"k": np.arange(n) % 777, "v": range(n), "s": [f"text {i}" for i in range(n)]})
    right = pd.DataFrame({"k": np.arange(0, 1000, 2), "w": "x"})
    one = frame_of([left[:7000], left[7000:7000], left[7000:]])
    other = frame_of([right[:100], right[100:]])
    for broadcast in (False, True):
        made = one.merge(other, "left", "k", broadcast=broadcast).compute(scheduler=scheduler)
        expected = left.merge(right, "left", "k")
        same(made.sort_values("v", ignore_index=True), expected)


def test_explain_says_how_and_why() -> None:
    """Small sides are known by their bytes."""
    left = frame_of([pd.DataFrame({"k": [1]}), pd.DataFrame({"k": [2]})])
    text = left.merge(pd.DataFrame({"k": [1], "v": [2]})).explain()
    assert "merge(inner, k) (the right frame beside each partition: about" in text
    text = left.merge(left, how="outer").explain()
    assert "merge(outer, k) (shuffled: both sides are needed whole)" in text
    with pn.config.set(broadcast_bytes=0):
        assert "the right frame is about" in left.merge(left).explain()


def test_errors_are_raised_while_the_plan_is_made() -> None:
    """Those of pandas, and those of options that do not go together."""
    left = frame_of([pd.DataFrame({"k": [1], "a": ["x"]})])
    right = frame_of([pd.DataFrame({"k": [1], "b": ["x"]})])
    with pytest.raises(KeyError, match="nix"):
        left.merge(right, on="nix")
    for of_left, of_right, said in (("kk", "kk", "the left"), ("k", "bb", "the right")):
        with pytest.raises(KeyError, match=r"^'(kk|bb)'") as caught:
            left.merge(right, left_on=of_left, right_on=of_right)
        assert caught.value.__notes__[0].startswith(f"{said} frame has the columns")
        assert "did you mean" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="merge on"):
        left.merge(right, left_on="a", right_on="k")
    with pytest.raises(ValueError, match="not a valid argument"):
        left.merge(right, on="k", validate="nonsense", broadcast=False)
    with pytest.raises(UsageError, match="did you mean 'left'"):
        left.merge(right, how="lft")
    with pytest.raises(UsageError, match="no column in common"):
        left[["a"]].merge(right[["b"]])
    with pytest.raises(UsageError, match="not by both"):
        left.merge(right, on="k", left_index=True)
    with pytest.raises(UsageError, match="each side has a key"):
        left.merge(right, left_on="k")
    with pytest.raises(UsageError, match="make a column of a series first"):
        left.merge(right, left_on=left["a"], right_on="b")
    with pytest.raises(UsageError, match="a join with how='outer' may be"):
        left.merge(right, "outer", broadcast=True)
    with pytest.raises(UsageError, match="a join with how='right' that validates may be looked up"):
        left.merge(right, "right", validate="1:1", broadcast=True)
    with pytest.raises(UsageError, match="leave out npartitions"):
        left.merge(right, broadcast=True, npartitions=2)
    with pytest.raises(TypeError, match="not int"):
        left.merge(3)
    with pytest.raises(ValueError, match="columns overlap"):
        left.join(left)
    with pytest.raises(ValueError, match="columns overlap"):
        left.merge(left, on="k", suffixes=(None, None))
    for how in ("inner", "leftsemi"):
        with pytest.raises(ValueError, match="both an index level and a column label of the right frame"):
            left.merge(right.rename_axis(index="k"), how, on="k")


@pytest.mark.parametrize("way", [{}, {"broadcast": False}])
@pytest.mark.parametrize("how", ["inner", "left", "right", "outer", "cross"])
def test_objects_that_are_texts(how: Any, way: dict[str, Any]) -> None:
    """Stay objects, also where all rows of a partition have texts, or none has one."""
    values = ["x", None, "y", 1, "z"]
    left = pd.DataFrame({"k": range(5), "a": pd.Series(values, dtype=object)})
    right = pd.DataFrame({"k": [0, 1, 1, 7], "b": pd.Series(["u", "v", "w", None], dtype=object)})
    on = {} if how == "cross" else {"on": "k"}
    lazy = frame_of([left[:3], left[3:]]).merge(
        frame_of([right[:2], right[2:]]), how, **on, **({} if how == "cross" else way)
    )
    agree_but_for_order(lambda: lazy, lambda: left.merge(right, how, **on))
    parts = [part.compute(scheduler="sync").dtypes.astype(str).to_dict() for part in lazy.partitions]
    assert parts == [lazy._meta.dtypes.astype(str).to_dict()] * len(parts)
