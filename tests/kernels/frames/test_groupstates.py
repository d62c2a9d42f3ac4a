"""What is kept of groups, and how it merges: exactly, stably, and without what nobody asked for."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from pannier.kernels.frames.groupspec import GroupSpec, Plan


def planned(frame: pd.DataFrame, func: object) -> Plan:
    """How to aggregate column x by column k."""
    return GroupSpec(frame.iloc[:0], ("k",), (frame.k.iloc[:0],)).chosen("x").aggregation(func, {})


def answer(frame: pd.DataFrame, func: object, pieces: int = 3) -> pd.DataFrame | pd.Series:
    """The answer from partials of some pieces of ``frame``."""
    plan = planned(frame, func)
    cuts = np.linspace(0, len(frame), pieces + 1).astype(int)
    parts = [frame.iloc[a:b] for a, b in itertools.pairwise(cuts)]
    partials = [plan.aggregate.chunk(plan.keyed(part)) for part in parts]
    return plan.aggregate.finish(plan.aggregate.combine([plan.aggregate.combine(partials[:2]), partials[2]]))


def test_whole_numbers_are_added_exactly() -> None:
    """Sums of whole numbers that no float can hold come out to the last digit."""
    frame = pd.DataFrame({"k": [0, 0, 1], "x": [2**62, 1, 2**62 + 3]})
    assert answer(frame, "sum").tolist() == [2**62 + 1, 2**62 + 3]


def test_variance_far_from_zero() -> None:
    """Variances of large numbers that differ little keep their digits."""
    x = 1e9 + np.array([4.0, 7, 13, 16, 4, 7])
    frame = pd.DataFrame({"k": [0, 0, 0, 0, 1, 1], "x": x})
    assert answer(frame, "var").tolist() == pytest.approx([30, 4.5], rel=1e-12)


def test_first_and_last_by_order_of_blocks() -> None:
    """The first and last values that are not missing, of all blocks in their order."""
    frame = pd.DataFrame({"k": [0] * 6, "x": [np.nan, 1, 2, 3, 4, np.nan]})
    assert answer(frame, ["first", "last"]).iloc[0].tolist() == [1, 4]


def test_shared_states_are_kept_once() -> None:
    """What two aggregations both need of a column is one column of a partial."""
    frame = pd.DataFrame({"k": [0, 1], "x": [1.0, 2.0]})
    both = planned(frame, ["var", "std", "sem"])
    assert (
        both.aggregate.chunk(both.keyed(frame)).shape[1]
        == planned(frame, "var").aggregate.chunk(both.keyed(frame)).shape[1]
    )


def test_partials_are_small() -> None:
    """A partial has one row for each group of its block."""
    frame = pd.DataFrame({"k": [0, 1] * 50, "x": range(100)})
    plan = planned(frame, "mean")
    assert len(plan.aggregate.chunk(plan.keyed(frame))) == 2


def test_many_groups_are_the_same() -> None:
    """Blocks with a group a row, which are not reduced first, give the same answer."""
    n = 150_000
    frame = pd.DataFrame({"k": np.random.default_rng(0).permutation(np.repeat(np.arange(n), 2)), "x": 1.5})
    frame["x"] = np.arange(2 * n) / 3
    got = answer(frame, ["sum", "min", "count", "first"])
    pd.testing.assert_frame_equal(got, frame.groupby("k").x.agg(["sum", "min", "count", "first"]))
