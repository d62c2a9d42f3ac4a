"""Groups of rows that mostly have keys of their own: whatever stays where it is, the answers are those of pandas."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from pannier import host
from pannier.errors import InternalError
from pannier.host import Host
from pannier.kernels.kernel import BlockKernel
from pannier.room import Room
from pannier.shuffle import frames_whole
from pannier.shuffle.frames import Side, parts_of
from pannier.shuffle.frames_whole import Dealt, Share, Whole, WholeBySize, WholeGather, WholeOrSplit, repeated
from pannier.shuffle.routes import Layout

BUCKETS = 16


class Sums(BlockKernel):
    """The sum of each key, as answers about groups are made: of all their rows, or of keys that have one each."""

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].groupby(0, sort=False, as_index=False).sum()

    def of_alone(self, block: Any) -> Any:
        assert block[0].is_unique
        return block


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are many."""
    monkeypatch.setattr(frames_whole, "_SLICES", 4)
    monkeypatch.setattr(frames_whole, "_WINDOW", 3)
    monkeypatch.setattr("pannier.shuffle.frames._WINDOW", 5)
    monkeypatch.setattr("pannier.shuffle.frames._PART_ROWS", 1)


def laid_out(blocks: list[pd.DataFrame], gathers: int, few: int = 1) -> Layout:
    side = Side((0,), blocks[0].iloc[:0], keeps_index=False, keeps_hashes=True)
    split = WholeOrSplit(side, BUCKETS, "sum", few=few, splits=len(blocks))
    indexes = [split(block) for block in blocks]
    return WholeBySize(side, BUCKETS, coalesce=False).task(gathers, [len(blocks)], "folder")(indexes)


def gathered(blocks: list[pd.DataFrame], gathers: int, few: int = 1) -> list[pd.DataFrame]:
    layout = laid_out(blocks, gathers, few)
    side = Side((0,), blocks[0].iloc[:0], keeps_index=False, keeps_hashes=True)
    gather = WholeGather((side,), Sums(), BUCKETS, "sum")
    return [gather(layout, i) for i in range(gathers)]


def same_sums(made: list[pd.DataFrame], blocks: list[pd.DataFrame]) -> None:
    found = pd.concat(made).set_index(0).sort_index()
    pd.testing.assert_frame_equal(found, pd.concat(blocks).groupby(0).sum(), check_dtype=False)


def blocks_of(*keys: Any) -> list[pd.DataFrame]:
    counter = itertools.count(1)
    return [pd.DataFrame({0: list(own), 1: [next(counter) for _ in own]}) for own in keys]


@pytest.mark.parametrize("few", [1, 6])
@pytest.mark.parametrize("room", [0, 2000, 1 << 20])
@settings(max_examples=60)
@given(
    keys=st.lists(st.lists(st.integers(0, 400), max_size=30), min_size=1, max_size=5),
    gathers=st.integers(1, 4),
    most=st.sampled_from([1, 16, 1 << 30]),
)
def test_sums_are_those_of_pandas(
    keys: list[list[int]], gathers: int, most: int, room: int, few: int, tmp_path_factory: Any
) -> None:
    """With room for all blocks, some or none, and where many, some or no keys are shared; few rows come along."""
    folder = tmp_path_factory.mktemp("run")
    blocks = [frame.astype("int64") for frame in blocks_of(*keys)]
    with pytest.MonkeyPatch.context() as patch, host.entered(Host(str(folder), 1 << 20, Room(room))):
        patch.setattr(frames_whole, "_MOST_AGAIN", most)
        same_sums(gathered(blocks, gathers, few), blocks)


def test_rows_with_keys_of_their_own_stay(tmp_path: Path) -> None:
    """They are handed on in their order, in the memory where they are; what shares a key goes to a bucket."""
    blocks = blocks_of(range(60), range(100, 160), [*range(200, 259), 7])
    with host.entered(Host(str(tmp_path), 1 << 20, Room(1 << 20))):
        layout = laid_out(blocks, gathers=3)
    homes = [layout.part(i).homes for i in range(3)]
    assert [len(own) for own in homes] == [1, 1, 1]
    first, second, third = [own[0].block() for own in homes]
    assert second is blocks[1]
    assert first[0].tolist() == [key for key in range(60) if key != 7]
    assert third[0].tolist() == list(range(200, 259))
    frames = [frame for i in range(3) for bucket in layout.part(i).buckets for frame in bucket.sides[0]]
    assert sum(frame.rows for frame in frames) == 2


def test_blocks_with_shared_keys_are_split_once(tmp_path: Path) -> None:
    """The first gather that wants rows of such a block splits it; the block itself is let go then."""
    blocks = blocks_of(range(40), range(40))
    with host.entered(Host(str(tmp_path), 1 << 20, Room(1 << 20))):
        layout = laid_out(blocks, gathers=2)
    part = layout.part(0)
    assert isinstance(part, Dealt)
    assert not part.homes
    shares = [frame.data for bucket in part.buckets for frame in bucket.sides[0]]
    assert all(isinstance(share, Share) for share in shares)
    rows = sum(piece.packed.rows for bucket in part.buckets for piece in parts_of(bucket.sides[0]))
    assert rows == sum(bucket.rows for bucket in part.buckets)
    assert shares[0].whole.split(BUCKETS, waits=True) is shares[0].whole.split(BUCKETS, waits=False)
    with pytest.raises(InternalError, match="split"):
        _ = shares[0].whole.block


def test_repeated_hashes_are_found_in_all_blocks() -> None:
    """Also within one block; where there are many, nobody looks for all."""
    side = Side((0,), pd.DataFrame({0: [0], 1: [0]}).iloc[:0])
    blocks = blocks_of([*range(50), 3], range(50, 100), [*range(100, 150), 60])
    marks = repeated([Whole(block, side) for block in blocks])
    assert marks is not None
    found = [[] if own is None else np.flatnonzero(own).tolist() for own in marks]
    assert found == [[3, 50], [10], [50]]
    assert repeated([Whole(block, side) for block in blocks_of(range(50), range(50))]) is None


@pytest.mark.parametrize("scheduler", ["threads", "sync", "processes"])
@pytest.mark.parametrize("shared", [0, 5, 4000])
def test_verbs_give_what_pandas_gives(scheduler: str, shared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts with gaps, categories and times as keys, over several partitions, with keys that no, few or all rows share."""
    monkeypatch.setattr("pannier.shuffle.frames_few._FEW_ROWS", 10)
    rows = 8000
    numbers = np.random.default_rng(0).permutation(np.arange(rows) % (rows - shared))
    texts = pd.Series(numbers.astype(str)).where(numbers % 1000 > 0)
    whole = pd.DataFrame(
        {
            "s": texts,
            "c": pd.Categorical(numbers % 7),
            "t": pd.to_datetime(numbers, unit="h"),
            "v": numbers / 8,
        }
    )
    lazy = pn.from_pandas(whole, npartitions=5)
    keys = ["s", "c", "t"]
    options: dict[str, Any] = {"sort": False, "observed": True, "as_index": False}
    for dropna in (False, True):
        found, expected = [
            df.groupby(keys, dropna=dropna, **options).agg({"v": ["sum", "size", "max"]})
            for df in (lazy, whole)
        ]
        found = found.compute(scheduler=scheduler, num_workers=2)
        order = [("t", "")]
        pd.testing.assert_frame_equal(
            found.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True)
        )


def test_answers_can_be_written_to() -> None:
    """What has stayed where it was is not the user's own frame."""
    rows = 300_000
    whole = pd.DataFrame({"k": np.random.default_rng(0).permutation(rows) << 20, "v": np.arange(rows)})
    lazy = pdf.concat([pn.from_pandas(each, npartitions=1) for each in (whole, whole[:0])])
    found = lazy.groupby("k", sort=False).v.sum().compute()
    found.iloc[:] = -1
    assert whole.v.tolist() == list(range(rows))
