"""Merges of two blocks, and what they read."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest

from pannier.kernels.frames.merging import LookUp, Merge, Prepare, Prepared

LEFT = pd.DataFrame({"k": ["b", None, "a", "b"], "v": [1, 2, 3, 4], "w": [True, False, True, True]})
RIGHT = pd.DataFrame({"k": ["a", "b", None], "v": [1.5, 2.5, 3.5], "z": ["x", "y", "z"]})


def merge(how: str, **options: Any) -> Merge:
    return Merge(how, ("k",), ("k",), tuple(LEFT), tuple(RIGHT), **options)


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@pytest.mark.parametrize("side", [0, 1])
def test_either_side_may_be_looked_up(how: Any, side: int) -> None:
    """With the same rows, columns and types; where the right one is, in pandas' order."""
    if (how, side) in {("left", 0), ("right", 1)}:
        return  # rows without a match would be seen by one partition only
    block, small = (LEFT, RIGHT) if side else (RIGHT, LEFT)
    prepared: Prepared = pickle.loads(pickle.dumps(Prepare(merge(how), side)(small)))
    assert prepared.table is not None
    made = LookUp(merge(how), side, "merge")(block, prepared)
    expected = LEFT.merge(RIGHT, how, on="k")
    if side == 0 and how == "inner":
        made, expected = [each.sort_values("v_x", ignore_index=True) for each in (made, expected)]
    pd.testing.assert_frame_equal(made, expected)


@pytest.mark.parametrize("how", ["inner", "left", "right"])
@pytest.mark.parametrize("names", [("c", "c"), ("c", None), ("c", "d")])
def test_columns_that_get_suffixes_keep_their_common_name(how: Any, names: tuple[str, str | None]) -> None:
    """As they do where no name clashes."""
    left, right = [side.rename_axis(name, axis=1) for side, name in zip((LEFT, RIGHT), names, strict=True)]
    pd.testing.assert_frame_equal(merge(how)(left, right), left.merge(right, how, on="k"))


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
def test_what_is_not_looked_up_is_merged_by_pandas(how: Any) -> None:
    """Categories, for one."""
    left, right = LEFT.astype({"k": "category"}), RIGHT.astype({"k": "category"})
    made = merge(how)(left, right)
    pd.testing.assert_frame_equal(made, left.merge(right, how, on="k"))


def test_semi_and_anti_joins_of_objects() -> None:
    """By a merge of the keys."""
    left, right = LEFT.astype({"k": object}), RIGHT.iloc[:1].astype({"k": object})
    assert merge("leftsemi")(left, right)["v"].tolist() == [3]
    assert merge("leftanti")(left, right)["v"].tolist() == [1, 2, 4]


@pytest.mark.parametrize(
    ("how", "wanted", "left", "right"),
    [
        ("inner", {"z"}, {"k"}, {"k", "z"}),
        ("inner", {"w"}, {"k", "w"}, {"k"}),
        ("left", {"v_x"}, {"k", "v"}, {"k", "v"}),
        ("left", {"v_y", "z"}, {"k", "v"}, {"k", "v", "z"}),
        ("leftsemi", {"w"}, {"k", "w"}, {"k"}),
    ],
)
def test_merges_say_which_columns_they_read(how: str, wanted: Any, left: Any, right: Any) -> None:
    """Of both sides: with keys, and with what gives a name its suffix."""
    assert merge(how).projected(frozenset(wanted), 2).needs == (left, right)
    assert LookUp(merge(how), 0, "").projected(frozenset(wanted), 2).needs == (right, left)
    some = merge(how)(LEFT[[c for c in LEFT if c in left]], RIGHT[[c for c in RIGHT if c in right]])
    whole = merge(how)(LEFT, RIGHT)
    pd.testing.assert_frame_equal(some[sorted(wanted)], whole[sorted(wanted)])
