"""Joins of which one side is looked up since there is memory for it, which is known when they are computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier.plan.passes.look_up import look_up_where_there_is_room
from pannier.plan.rewrite import topological

ROWS = 120_000
"""Of nine columns, more than are small."""
WHOLE = "the right frame beside each partition: about"
SHUFFLED = "(shuffled: "


def table(seed: int, keys: Any, **other: Any) -> pd.DataFrame:
    """Rows in no order with ``keys`` of which some come again, and many columns."""
    rng = np.random.default_rng(seed)
    columns = {f"v{i}": rng.random(ROWS) for i in range(17)}
    return pd.DataFrame({"k": rng.choice(keys, ROWS)} | columns | other)


NUMBERS = np.arange(0, 3 * ROWS)
FAR = NUMBERS * 10**12 - 2**62
TIMES = pd.Timestamp("2020-01-01").as_unit("us") + pd.to_timedelta(NUMBERS % 1000, "s")
LEFT, RIGHT = table(1, NUMBERS), table(2, NUMBERS)


def lazy(frame: pd.DataFrame, npartitions: int = 3) -> Any:
    return pn.from_pandas(frame.reset_index(drop=True), npartitions=npartitions)


def optimized(frame: Any) -> str:
    text: str = frame.explain()
    return text[text.index("as optimized:") :]


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
@pytest.mark.parametrize("how", ["inner", "left"])
@pytest.mark.parametrize("keys", [NUMBERS, FAR, TIMES, NUMBERS / 2, NUMBERS.astype("uint32")])
def test_rows_are_those_of_pandas_in_its_order(keys: Any, how: str, scheduler: str) -> None:
    """For keys that are addresses and others; a shuffle has the order of buckets."""
    left, right = table(3, keys), table(4, keys)
    made = lazy(left).merge(lazy(right), how=how, on="k")
    assert WHOLE in optimized(made)
    pd.testing.assert_frame_equal(made.compute(scheduler=scheduler), left.merge(right, how=how, on="k"))


def test_a_right_join_looks_up_the_left_frame() -> None:
    """All rows of the right one are in the answer."""
    made = lazy(LEFT).merge(lazy(RIGHT), how="right", on="k")
    assert "the left frame beside each partition" in optimized(made)
    pd.testing.assert_frame_equal(made.compute(), LEFT.merge(RIGHT, how="right", on="k"))


def test_an_inner_join_looks_up_a_much_smaller_left_frame() -> None:
    """Rather than the right one, which keeps the order of the left frame."""
    wide = RIGHT.assign(**{f"w{i}": RIGHT.v0 for i in range(20)})
    made = lazy(LEFT).merge(lazy(wide), on="k")
    assert "the left frame beside each partition" in optimized(made)
    made, expected = [
        each.sort_values(["k", "v0_x", "v0_y"], ignore_index=True)
        for each in (made.compute(), LEFT.merge(wide, on="k"))
    ]
    pd.testing.assert_frame_equal(made, expected)


@pytest.mark.parametrize(("left", "right"), [(2, 5), (5, 2)])
def test_there_are_as_many_partitions_as_a_shuffle_makes(left: int, right: int) -> None:
    """Those that are too many have no rows."""
    made = lazy(LEFT, left).merge(lazy(RIGHT, right), on="k")
    assert WHOLE in optimized(made)
    assert made.npartitions == 5
    assert made.partitions[4].compute().columns.tolist() == made.columns.tolist()
    pd.testing.assert_frame_equal(made.compute(), LEFT.merge(RIGHT, on="k"))


def test_joins_computed_together_each_have_their_own_empty_partitions() -> None:
    """Of other columns, however many the joins are."""
    joined = [
        lazy(LEFT, 2).merge(lazy(RIGHT.add_suffix(end)), left_on="k", right_on=f"k{end}") for end in "ab"
    ]
    for made, last in zip(joined, pn.compute(*[each.partitions[2] for each in joined]), strict=True):
        assert WHOLE in optimized(made)
        assert last.dtypes.equals(made.dtypes)


def test_only_wanted_columns_are_read() -> None:
    """As in any join, behind the key."""
    made = lazy(LEFT).merge(lazy(RIGHT), on="k")[["k", "v3_y"]]
    assert "(the right frame" in optimized(made)
    pd.testing.assert_frame_equal(made.compute(), LEFT.merge(RIGHT, on="k")[["k", "v3_y"]])


@pytest.mark.parametrize(
    "joined",
    [
        lambda left, right: left.merge(right, on="k", broadcast=False),
        lambda left, right: left.merge(right, on="k", npartitions=3),
        lambda left, right: left.merge(right, on="k", shuffle_method="disk"),
        lambda left, right: left.merge(right, on="k", validate="1:1"),
        lambda left, right: left.merge(right, on="k", indicator=True),
        lambda left, right: left.merge(right, on="k", how="outer"),
        lambda left, right: left.merge(right, on=["k", "v0"]),
        lambda left, right: left.assign(k=left.k.astype(str)).merge(
            right.assign(k=right.k.astype(str)), on="k"
        ),
        lambda left, right: left.merge(right.assign(k=right.k.astype("int32")), on="k"),
    ],
)
def test_other_joins_are_shuffled(joined: Callable[[Any, Any], Any]) -> None:
    """Those of which it was said, those that need both sides, and those by other keys than one number of one type."""
    text = optimized(joined(lazy(LEFT), lazy(RIGHT)))
    assert SHUFFLED in text
    assert "beside each partition" not in text


@pytest.mark.parametrize(
    "settings",
    [{"broadcast_bytes": "1 MiB"}, {"memory_limit": "128 MiB"}, {"scheduler": "processes"}],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_that_leave_a_shuffle(settings: dict[str, Any]) -> None:
    """A size that was said, too little memory, and tasks that do not share theirs."""
    with pn.config.set(**settings):
        assert SHUFFLED in optimized(lazy(LEFT).merge(lazy(RIGHT), on="k"))


def test_the_limit_of_a_computation_decides() -> None:
    """So the order of rows tells which way it went."""
    made = lazy(LEFT).merge(lazy(RIGHT), on="k")
    expected = LEFT.merge(RIGHT, on="k")
    assert made.compute(memory_limit="1 GiB").equals(expected)
    little = made.compute(memory_limit="128 MiB")
    assert not little.equals(expected)
    by = ["k", "v0_x", "v0_y"]
    pd.testing.assert_frame_equal(
        little.sort_values(by, ignore_index=True), expected.sort_values(by, ignore_index=True)
    )


def test_parts_of_an_answer_agree_with_it() -> None:
    """However they are asked for."""
    made = lazy(LEFT).merge(lazy(RIGHT), on="k")
    whole = made.compute()
    assert [row.k for row in made.itertuples(index=False)] == whole.k.tolist()
    assert made.head(5).equals(whole.head(5))
    assert pd.concat([made.partitions[i].compute() for i in range(3)], ignore_index=True).equals(whole)
    assert made.persist().compute().equals(whole)


@pytest.mark.parametrize(
    "grown",
    [
        lambda frame: lazy(LEFT).merge(frame, on="k")[["k"]],
        lambda frame: frame.merge(pd.DataFrame({"k": [1]}), on="k"),
        lambda frame: frame.map_partitions(lambda block: pd.concat([block] * 9)),
        lambda frame: frame.explode("k"),
    ],
)
def test_what_may_have_grown_is_of_unknown_size(grown: Callable[[Any], Any]) -> None:
    """A join may have many more rows than its sides, so it is not whole beside partitions of another frame."""
    other = grown(lazy(RIGHT))
    before = optimized(other).count("beside each partition")
    assert optimized(lazy(LEFT).merge(other, how="left", on="k")).count("beside each partition") == before


def test_what_was_filtered_or_is_in_memory_is_looked_up() -> None:
    """It has no more rows than before, or they are known."""
    right = lazy(RIGHT)
    for other in (right[right.v0 > 0.5].assign(w=1), right.map_partitions(lambda block: block).persist()):
        assert WHOLE in optimized(lazy(LEFT).merge(other, how="left", on="k"))


def test_all_sides_that_are_whole_share_the_room() -> None:
    """A chain of joins holds all of them at once."""
    others = [RIGHT.add_suffix(f"_{i}").rename(columns={f"k_{i}": "k"}) for i in range(3)]
    made: Any = lazy(LEFT)
    for other in others:
        made = made.merge(lazy(other), on="k")
    weight = int(RIGHT.memory_usage().sum())
    for room, n in ((0, 0), (weight * 3 // 2, 1), (weight * 5 // 2, 2), (weight * 4, 3)):
        nodes = topological(look_up_where_there_is_room([made.node], room))
        labels = [getattr(getattr(node, "kernel", None), "label", "") for node in nodes]
        assert sum("beside each partition" in label for label in labels) == n


def test_what_else_is_computed_does_not_decide() -> None:
    """Or partitions of one join that are computed one by one might not fit each other."""
    joins = [lazy(LEFT).merge(lazy(RIGHT[RIGHT.k % 2 == n]), how="left", on="k") for n in (0, 1)]
    nodes = look_up_where_there_is_room([each.node for each in joins], int(RIGHT.memory_usage().sum()))
    assert all("beside each partition" in node.kernel.label for node in nodes)
