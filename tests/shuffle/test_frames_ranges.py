"""Blocks cut into pieces by ranges of their keys, and put together in the order of keys, by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pannier import host
from pannier.host import Host
from pannier.room import Room
from pannier.shuffle.frames_ranges import ByRange, Keys, RangeGather, RangeSplit

MANY = 1 << 20
"""Of so many splits none keeps its rows together."""


def gathered(blocks: Sequence[pd.DataFrame], gathers: int) -> list[pd.DataFrame]:
    keys = Keys(1, blocks[0].iloc[:0])
    split = RangeSplit(keys, MANY, "groupby", "folder")
    pieces = [split(block) for block in blocks]
    layout = ByRange(keys, coalesce=False).task(gathers, [len(pieces)], "folder")(pieces)
    gather = RangeGather(keys, None, "groupby")
    return [gather(layout, i) for i in range(gathers)]


def test_keys_go_to_the_same_gathers_wherever_pieces_are_kept(tmp_path: Path) -> None:
    """Each of two computations may ask for some of the partitions, as head() and tail() do."""
    draw = np.random.default_rng(3)
    large = pd.DataFrame({"k": draw.integers(0, 1000, 50_000), "s": "some text"})
    few = pd.DataFrame({"k": draw.integers(0, 300, 1500), "s": "some text"})
    blocks = [large, *[few[start : start + 10] for start in range(0, len(few), 10)]]
    made = []
    for name, room in zip("abc", (None, Room(large["k"].nbytes), Room(1 << 30)), strict=True):
        with host.entered(Host(str(tmp_path / name), 1 << 30, room)):
            made.append([sorted(set(block["k"])) for block in gathered(blocks, 7)])
    assert made[0] == made[1] == made[2]


def test_keys_go_to_the_same_gathers_however_much_memory_there_is(tmp_path: Path) -> None:
    """It says how many ranges each gather has, also where a key has more rows than a gather should."""
    draw = np.random.default_rng(3)
    rows = np.concatenate([draw.integers(0, 1000, 60_000), np.full(40_000, 500), np.full(20_000, 0)])
    whole = pd.DataFrame({"k": draw.permutation(rows)})
    blocks = [whole[start : start + 30_000] for start in range(0, len(whole), 30_000)]
    made = []
    for memory in (1 << 30, 1 << 18, 1 << 16, 1 << 12):
        with host.entered(Host(str(tmp_path / str(memory)), memory)):
            made.append([sorted(set(block["k"])) for block in gathered(blocks, 5)])
            assert list(itertools.chain(*made[-1])) == list(range(1000))
    assert made[0] == made[1] == made[2] == made[3]
