"""Steps of one partition in one task: what comes of partitions without rows."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.kernels.frames.program import Program, Step
from pannier.kernels.kernel import BlockKernel
from pannier.shuffle.routes import Layout


class Gather(BlockKernel):
    """Stands for a gather, whose rows are in the layout itself, and counts its calls."""

    __slots__ = ("calls", "is_same")

    def __init__(self, *, is_same: bool) -> None:
        self.is_same = is_same
        self.calls = 0

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        layout, i = blocks
        self.calls += 1
        return pd.DataFrame({"x": layout.part(i)}, dtype="int64")

    @property
    def is_same_of_none(self) -> bool:
        return self.is_same

    def gets_none(self, *blocks: Any) -> bool:
        layout, i = blocks
        return bool(layout.has_none(i))


LAYOUT = Layout([[1, 2], [], [], []])


def gathered(gather: Gather) -> list[pd.DataFrame]:
    program = Program((Step(gather, (0, 1)),), 2)
    return [program(LAYOUT, i) for i in range(4)]


def test_what_comes_of_no_rows_is_made_once() -> None:
    gather = Gather(is_same=True)
    made = gathered(gather)
    assert [len(each) for each in made] == [2, 0, 0, 0]
    assert gather.calls == 2


def test_each_partition_without_rows_has_a_frame_of_its_own() -> None:
    one, other = gathered(Gather(is_same=True))[1:3]
    one["y"] = 0
    assert list(other.columns) == ["x"]


def test_what_may_differ_is_made_for_each_partition() -> None:
    gather = Gather(is_same=False)
    gathered(gather)
    assert gather.calls == 4


def test_another_argument_may_make_a_difference() -> None:
    gather = Gather(is_same=True)
    program = Program((Step(gather, (0, 1)),), 3)
    for i in range(4):
        program(LAYOUT, i, "other")
    assert gather.calls == 4


def test_what_was_made_stays_behind_when_a_program_travels() -> None:
    gather = Gather(is_same=True)
    program = Program((Step(gather, (0, 1)),), 2)
    program(LAYOUT, 1)
    there = pickle.loads(pickle.dumps(program))
    assert there(LAYOUT, 1).empty
    assert there.steps[0].kernel.calls == 2


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("sort", [True, False])
def test_few_groups_leave_partitions_without_rows(scheduler: str, sort: bool) -> None:
    frame = pd.DataFrame({"k": ["b", "a", "b", "c"] * 5, "v": range(20)})
    means = pn.from_pandas(frame, npartitions=5).groupby("k", sort=sort).agg({"v": ["mean", "count"]})
    parts = pn.compute(*means.to_delayed(), scheduler=scheduler)
    assert sum(map(len, parts)) == 3
    for part in parts:
        pd.testing.assert_frame_equal(part[:0], parts[0][:0])
    pd.testing.assert_frame_equal(
        means.compute(scheduler=scheduler), frame.groupby("k", sort=sort).agg({"v": ["mean", "count"]})
    )
