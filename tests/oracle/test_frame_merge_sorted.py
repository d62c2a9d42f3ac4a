"""Merges in the order of keys that are levels of an index, or categories."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick

HOWS = st.sampled_from(["inner", "left", "right", "outer"])
WAYS: Any = st.sampled_from([{}, {"broadcast": False}, {"npartitions": 3}])


def indexed(parted: Parted, names: list[str]) -> Parted:
    """The same rows with columns as their index."""
    return Parted([part.set_index(names) for part in parted.parts])


@quick
@given(
    frames("isbtf"),
    frames("isbtn"),
    st.sampled_from([["i"], ["s"], ["t"], ["i", "s"]]),
    st.sampled_from(["i", "s", "t", "is"]),
    HOWS,
    WAYS,
)
def test_sorted_by_levels(left: Parted, right: Parted, index: list[str], on: str, how: Any, way: Any) -> None:
    """Keys are sorted, levels and columns beside each other too."""
    left, right = indexed(left, index), indexed(right, index)

    def keys(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.reset_index()[[*on]]

    agree(
        lambda: left.lazy.merge(right.lazy, how, [*on], sort=True, **way).map_partitions(keys),
        lambda: keys(left.whole.merge(right.whole, how, [*on], sort=True)),
        check_index_type=False,
    )


@pytest.mark.parametrize("how", ["inner", "left", "outer"])
def test_levels_that_are_no_columns_afterwards(how: Any) -> None:
    """It is said what to do."""
    left = frame_of([pd.DataFrame({"i": [2, 1], "x": [1, 2]}).set_index("i")] * 2)
    right = frame_of([pd.DataFrame({"j": [2, 1], "y": [1, 2]})] * 2)
    with pytest.raises(UsageError, match=r"by 'i', a level .* use reset_index\(\)"):
        left.merge(right, how, left_on="i", right_on="j", sort=True)


@quick
@given(frames("cs"), frames("cs"), st.sampled_from([("c", "s"), ("s", "c"), ("c", "d")]), HOWS, WAYS)
def test_sorted_by_categories_that_differ(
    left: Parted, right: Parted, keys: tuple[str, str], how: Any, way: Any
) -> None:
    """Beside texts, or other categories, they are in the order of what they are, and gaps are last.

    pandas has gaps first where one is the first of all keys.
    """
    assume(
        len(left.whole) and len(right.whole)
    )  # pandas has other types, and another order, where a side has no rows
    rights = [part.assign(d=part.c.cat.set_categories([*"wxy"])).add_suffix("_r") for part in right.parts]
    options: Any = {"left_on": [keys[0]], "right_on": [f"{keys[1]}_r"], "sort": True}
    both = [keys[0], f"{keys[1]}_r"]

    def lazy() -> Any:  # of which type an answer without rows is depends on which side has none
        return left.lazy.merge(frame_of(rights), how, **options, **way)[both].astype("object")

    def plain() -> Any:
        return left.whole.merge(pd.concat(rights), how, **options)[both].astype("object")

    agree(
        lambda: lazy().dropna(how="all").reset_index(drop=True),
        lambda: plain().dropna(how="all").reset_index(drop=True),
    )
    agree(lambda: lazy().isna().sum(), lambda: plain().isna().sum())
    if keys == ("c", "d"):
        gaps = lazy().isna().all(axis=1).compute()
        assert gaps.is_monotonic_increasing
