"""From blocks by way of buckets to frames: the parts of a shuffle of frames put together by hand."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier import host
from pannier.errors import InternalError, LostResult, SerializationError
from pannier.host import Host
from pannier.kernels.kernel import BlockKernel
from pannier.room import Room
from pannier.shuffle.frames import FrameGather, FrameSplit, Side, parts_of
from pannier.shuffle.routes import BySize, Layout
from tests.oracle.frame_strategies import Parted, frames, same

BUCKETS = 16


def side_of(blocks: Sequence[Any], *on: Any, keeps_index: bool = True) -> Side:
    return Side(on or None, blocks[0].iloc[:0], keeps_index)


def laid_out(blocks: Sequence[Any], side: Side, gathers: int, buckets: int = BUCKETS) -> Layout:
    split = FrameSplit(side, buckets, "shuffle", "folder")
    indexes = [split(block) for block in blocks]
    return BySize(coalesce=False).task(gathers, [len(indexes)], "folder")(indexes)


def shuffled(blocks: Sequence[Any], side: Side, gathers: int, finish: BlockKernel | None = None) -> list[Any]:
    layout = laid_out(blocks, side, gathers)
    gather = FrameGather((side,), finish, BUCKETS, "shuffle")
    return [gather(layout, i) for i in range(gathers)]


@settings(max_examples=40)
@given(
    frames("ifsbtcn"),
    st.sampled_from([("i",), ("f",), ("s", "c"), ("t",), ("n", "b"), ()]),
    st.integers(1, 4),
)
def test_rows_come_to_the_partition_of_their_key_in_order(
    parted: Parted, on: tuple[str, ...], gathers: int
) -> None:
    """Whatever the columns and partitions; all rows of a key are in one partition, as pandas has them."""
    whole = parted.whole.assign(at=range(len(parted.whole))).rename_axis("index")
    ends = np.cumsum([0, *map(len, parted.parts)])
    blocks = [whole.iloc[a:b] for a, b in itertools.pairwise(ends)]
    made = shuffled(blocks, side_of(blocks, *on), gathers)
    same(pd.concat(made), whole, in_order=False)
    by = list(on or ["index"])
    seen = pd.concat([each.reset_index().assign(made=i) for i, each in enumerate(made)])
    for _, rows in seen.groupby(by, dropna=False, observed=True):
        assert len(set(rows["made"])) == 1
        assert rows["at"].is_monotonic_increasing


def test_rows_of_a_key_keep_their_order(tmp_path: Path) -> None:
    """Through files, windows, several splits, and buckets that are split again."""
    n = 20_000
    whole = pd.DataFrame({"k": np.arange(n) % 700, "at": np.arange(n), "s": [f"text {i}" for i in range(n)]})
    blocks = [whole.iloc[:9000], whole.iloc[9000:9000], whole.iloc[9000:]]
    with host.entered(Host(str(tmp_path), 64 << 10)):
        made = shuffled(blocks, side_of(blocks, "k"), 3)
        assert os.listdir(tmp_path / "again") == []
    for each in made:
        assert each.groupby("k")["at"].is_monotonic_increasing.all()
    pd.testing.assert_frame_equal(pd.concat(made).sort_values("at"), whole)


def test_a_key_too_large_for_memory_is_still_gathered(tmp_path: Path) -> None:
    """In one piece."""
    whole = pd.DataFrame({"k": 1, "at": range(50_000)})
    with host.entered(Host(str(tmp_path), 64 << 10)):
        made = shuffled([whole], side_of([whole], "k"), 2)
    assert sorted(map(len, made)) == [0, 50_000]


def test_partitions_without_rows_have_the_columns_of_the_others() -> None:
    """And their types."""
    blocks = [pd.DataFrame({"k": [1], "c": pd.Categorical(["x"]), "s": ["a"]})]
    made = shuffled(blocks, side_of(blocks, "k"), 3)
    for each in made:
        assert each.dtypes.tolist() == blocks[0].dtypes.tolist()


def test_without_an_index_rows_are_numbered_anew() -> None:
    """In each partition."""
    blocks = [pd.DataFrame({"k": [1, 2, 1]}, index=["x", "y", "z"])]
    (made,) = shuffled(blocks, side_of(blocks, "k", keeps_index=False), 1)
    assert made.index.equals(pd.RangeIndex(3))


def test_rows_are_numbered_anew_though_finished_a_few_at_a_time(tmp_path: Path) -> None:
    """From 0 in each partition."""
    whole = pd.DataFrame({"k": range(30_000)})
    side = side_of([whole], "k", keeps_index=False)
    with host.entered(Host(str(tmp_path), 128 << 10)):
        layout = laid_out([whole], side, 1)
        made = FrameGather((side,), None, BUCKETS, "shuffle", ignore_index=True)(layout, 0)
    assert made.index.equals(pd.RangeIndex(30_000))


@dataclass(frozen=True, slots=True)
class Sizes(BlockKernel):
    """How many rows each key has, on both sides."""

    def __call__(self, *blocks: Any) -> Any:
        counts = [block.groupby("k").size().rename(str(n)) for n, block in enumerate(blocks)]
        return pd.concat(counts, axis=1)


def test_two_sides_meet_by_key() -> None:
    """Also where one has texts and the other categories, and where one has no row of a key."""
    one = [pd.DataFrame({"k": ["a", "b", "a"]}), pd.DataFrame({"k": ["c"]})]
    other = [pd.DataFrame({"k": pd.Categorical(["c", "a"])})]
    sides = (side_of(one, "k"), side_of(other, "k"))
    indexes = [FrameSplit(sides[0], BUCKETS, "merge")(block) for block in one]
    indexes += [FrameSplit(sides[1], BUCKETS, "merge")(block) for block in other]
    layout = BySize(coalesce=False).task(2, [2, 1], "f")(indexes)
    gather = FrameGather(sides, Sizes(), BUCKETS, "merge")
    found = pd.concat([gather(layout, i) for i in range(2)]).fillna(0)
    assert {key: tuple(row) for key, row in zip(found.index, found.to_numpy(int), strict=True)} == {
        "a": (2, 1),
        "b": (1, 0),
        "c": (1, 1),
    }


@pytest.mark.parametrize("room", [0, 400_000, 1 << 30])
def test_pieces_may_stay_in_memory(tmp_path: Path, room: int) -> None:
    """As many as there is room for; rows are the same, and when nobody reads them any more, room comes back."""
    draw = np.random.default_rng(0)
    blocks = [
        pd.DataFrame(
            {
                "k": pd.Categorical.from_codes(draw.integers(0, 3, 5000), [f"{i}", "x", "y"]),
                "t": pd.Series(map(str, range(5000)), dtype="str"),
                "o": [(i,) for i in range(5000)] if i == 2 else np.arange(5000),
            }
        )
        for i in range(4)
    ]
    side, lent = side_of(blocks, "k", "t"), Room(room)
    plain = shuffled(blocks, side, 3)
    with host.entered(Host(str(tmp_path), 1 << 30, lent)):
        layout = laid_out(blocks, side, 3)
        made = [FrameGather((side,), None, BUCKETS, "shuffle")(layout, i) for i in range(3)]
    frames = [frame for i in range(3) for bucket in layout.part(i) for frame in bucket.sides[0]]
    assert {frame.lease is not None for frame in frames if frame.split == 0} == {room > 0}
    assert {type(frame.data) is bytes for frame in frames if frame.split == 2} == {True}  # it has objects
    same(pd.concat(made), pd.concat(plain), in_order=False)
    del frames, layout
    assert lent.lease(room) is not None


def test_a_changed_file_is_lost(tmp_path: Path) -> None:
    """And named, with the split to make again."""
    block = pd.DataFrame({"k": range(10_000)})
    with host.entered(Host(str(tmp_path), 1 << 30)):
        layout = laid_out([block], side_of([block], "k"), 1)
        (path,) = [each for each in (tmp_path / "folder").iterdir() if each.stat().st_size > 50_000]
        path.write_bytes(b"x" * path.stat().st_size)
        with pytest.raises(LostResult, match="have changed") as caught:
            FrameGather((side_of([block], "k"),), None, BUCKETS, "shuffle")(layout, 0)
    assert caught.value.index == 0


def test_rows_are_counted() -> None:
    """A frame that stands for more rows than it has is noticed."""
    block = pd.DataFrame({"k": [1, 2]})
    bucket = laid_out([block], side_of([block], "k"), 1).part(0)[0]
    wrong = [each._replace(rows=each.rows and 5) for each in bucket.sides[0]]
    with pytest.raises(InternalError, match="5 rows were written"):
        list(parts_of(wrong))


def test_a_value_that_cannot_be_pickled_is_named() -> None:
    """With its column."""
    values: list[Any] = ["fine", (each for each in "a")]
    block = pd.DataFrame({"k": [1, 2], "v": pd.Series(values, dtype=object)})
    with pytest.raises(SerializationError) as caught:
        FrameSplit(side_of([block], "k"), BUCKETS, "shuffle")(block)
    assert "column: 'v'\nvalue: <generator" in caught.value.__notes__[0]


def test_keys_go_to_the_same_partitions_wherever_buckets_are_kept(tmp_path: Path) -> None:
    """Each of two computations may ask for some of the partitions, as head() and tail() do."""
    draw = np.random.default_rng(3)
    large = pd.DataFrame({"k": draw.integers(8, 100, 2000), "s": "some text"})
    small = [pd.DataFrame({"k": draw.integers(0, 12, 9), "s": "text"}) for _ in range(200)]
    blocks = [large, *small]  # what is around values shows most in small blocks
    side, made = side_of(blocks, "k"), []
    for name, room in zip("abc", (None, Room(70_000), Room(1 << 30)), strict=True):
        with host.entered(Host(str(tmp_path / name), 1 << 30, room)):
            made.append([sorted(set(block["k"])) for block in shuffled(blocks, side, 7)])
    assert made[0] == made[1] == made[2]


def test_rows_have_the_same_order_wherever_buckets_are_kept(tmp_path: Path) -> None:
    """It is that of the frame where buckets are gathered together, which is not for what they take as bytes to say."""
    draw = np.random.default_rng(3)
    blocks = [pd.DataFrame({"k": draw.integers(0, 100, 9), "s": "text"}) for _ in range(100)]
    for memory in range(20_000, 100_000, 20_000):  # some too little for all of a partition, some enough
        made = []
        for name, room in zip("abc", (None, Room(20_000), Room(1 << 30)), strict=True):
            with host.entered(Host(str(tmp_path / name), memory, room)):
                made.append(shuffled(blocks, side_of(blocks, "k"), 2))
        for other in made[1:]:
            for one, another in zip(made[0], other, strict=True):
                pd.testing.assert_frame_equal(one, another)
