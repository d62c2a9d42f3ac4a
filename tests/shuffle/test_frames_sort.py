"""From blocks by way of sorted runs to ranges: the parts of a sort of frames put together by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier import host
from pannier.errors import LostResult
from pannier.host import Host
from pannier.kernels.frames.sorting import Order
from pannier.room import Room
from pannier.shuffle.frames_cuts import ByOrder
from pannier.shuffle.frames_sort import OrderGather, OrderSplit
from pannier.shuffle.routes import Layout

ROWS = np.random.default_rng(5).permutation(20_000)


def laid_out(blocks: Sequence[Any], order: Order, gathers: int, route: ByOrder) -> Layout:
    split = OrderSplit(order, True, gathers, "sort_values", "folder")
    indexes = [split(block) for block in blocks]
    return route.task(gathers, [len(indexes)], "folder")(indexes)


def gathered(blocks: Sequence[Any], order: Order, gathers: int, route: ByOrder) -> list[pd.DataFrame]:
    layout = laid_out(blocks, order, gathers, route)
    gather = OrderGather(order, route.tears, False, blocks[0].iloc[:0], "sort_values")
    return [gather(layout, i) for i in range(gathers)]


@pytest.mark.parametrize("room", [0, 100_000, 1 << 30])
@pytest.mark.parametrize("tears", [True, False])
@pytest.mark.parametrize("n_keys", [1, 3, 700, 20_000])
def test_ranges_are_even_and_in_order(tmp_path: Path, tears: bool, n_keys: int, room: int) -> None:
    """Through files, memory or both; a key is only as good as a border where it may not be torn."""
    whole = pd.DataFrame({"k": ROWS % n_keys, "at": range(len(ROWS)), "s": "some text"})
    blocks = [whole[:7000], whole[7000:7000], whole[7000:7010], whole[7010:]]
    order = Order.of(whole.iloc[:0], ("k",), ascending=False)
    with host.entered(Host(str(tmp_path), 1 << 30, Room(room))):
        made = gathered(blocks, order, 5, ByOrder(tears, coalesce=False))
    assert any(tmp_path.rglob("*")) == (room < 1 << 30)
    pd.testing.assert_frame_equal(pd.concat(made), whole.sort_values("k", ascending=False, kind="stable"))
    sizes = list(map(len, made))
    if tears or n_keys > 100:
        assert max(sizes) < 1.3 * len(whole) / 5
    if not tears:
        for one, other in itertools.combinations(made, 2):
            assert not one["k"].isin(other["k"]).any()


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 5), max_size=30), min_size=1, max_size=4),
    st.integers(1, 6),
    st.booleans(),
)
def test_few_rows_travel_in_the_layout(parts: list[list[int]], gathers: int, tears: bool) -> None:
    """And are gathered once each, equal ones in their order."""
    numbers = itertools.count()
    blocks = [
        pd.DataFrame(
            {"k": pd.Series(part, dtype="i8"), "at": pd.Series([next(numbers) for _ in part], dtype="i8")}
        )
        for part in parts
    ]
    order = Order.of(blocks[0].iloc[:0], ("k",))
    made = gathered(blocks, order, gathers, ByOrder(tears, coalesce=False))
    expected = pd.concat(blocks).sort_values("k", kind="stable")
    assert pd.concat(made)["at"].tolist() == expected["at"].tolist()


def test_little_goes_to_one_gather() -> None:
    """Unless the number of partitions was asked for."""
    whole = pd.DataFrame({"k": ROWS})
    order = Order.of(whole.iloc[:0], ("k",))
    sizes = list(map(len, gathered([whole], order, 4, ByOrder(tears=True, coalesce=True))))
    assert sizes == [20_000, 0, 0, 0]


def test_bounds_may_be_given() -> None:
    """The first key of each partition but the first."""
    whole = pd.DataFrame({"k": ROWS})
    order = Order.of(whole.iloc[:0], ("k",))
    bounds = tuple(map(order.bound, [-5, 100, 100, 19_999]))
    made = gathered([whole[:500], whole[500:]], order, 5, ByOrder(False, False, bounds))
    assert [(len(part), part["k"].min()) for part in made if len(part)] == [
        (100, 0),
        (19_899, 100),
        (1, 19_999),
    ]


def test_a_changed_file_is_lost(tmp_path: Path) -> None:
    """And named, with the split to make again."""
    whole = pd.DataFrame({"k": ROWS})
    order = Order.of(whole.iloc[:0], ("k",))
    with host.entered(Host(str(tmp_path), 1 << 30)):
        layout = laid_out([whole], order, 1, ByOrder(tears=True, coalesce=False))
        (path,) = [each for each in (tmp_path / "folder").iterdir() if each.stat().st_size > 50_000]
        path.write_bytes(b"x" * path.stat().st_size)
        with pytest.raises(LostResult, match="have changed") as caught:
            OrderGather(order, True, False, whole.iloc[:0], "sort_values")(layout, 0)
    assert caught.value.index == 0


def test_runs_are_cut_at_the_same_keys_wherever_they_are_kept(tmp_path: Path) -> None:
    """Each of two computations may ask for some of the partitions, as head() and tail() do."""
    whole = pd.DataFrame({"k": ROWS, "s": "some text"})
    few = whole[whole["k"] < 14_000]  # in small blocks, where it shows most what is around their values
    blocks = [whole[whole["k"] >= 14_000], *[few[start : start + 20] for start in range(0, len(few), 20)]]
    order = Order.of(whole.iloc[:0], ("k",))
    made = []
    for name, room in zip("abc", (None, Room(300_000), Room(1 << 30)), strict=True):
        with host.entered(Host(str(tmp_path / name), 1 << 30, room)):
            made.append([len(block) for block in gathered(blocks, order, 5, ByOrder(False, coalesce=False))])
    assert made[0] == made[1] == made[2]
