"""What runs along partitions, against pandas: cumulative results, shifts, fills and overlaps."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.frame_strategies import Parted, agree, frames, quick

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@quick
@given(frames("ifn"), st.sampled_from(["cumsum", "cumprod", "cummin", "cummax"]), st.booleans())
def test_cumulative_results(parted: Parted, name: str, skipna: bool) -> None:
    """Totals run on over borders and empty partitions; missing values stay, or end all."""

    def steps(df: Any) -> Any:
        return getattr(df, name)(skipna=skipna)

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)
    agree(lambda: steps(parted.lazy.f), lambda: steps(parted.whole.f), **CLOSE)


@quick
@given(frames("isbtcn"), st.sampled_from(["cumsum", "cumprod", "cummin", "cummax"]))
def test_cumulative_results_of_other_types(parted: Parted, name: str) -> None:
    """Types are those of pandas; what it refuses is refused."""
    for column in "isbtcn":
        agree(
            lambda column=column: getattr(parted.lazy[column], name)(),
            lambda column=column: getattr(parted.whole[column], name)(),
        )


@quick
@given(frames("if"), st.sampled_from(["cumsum", "cummax", "diff", "shift", "ffill", "bfill"]))
def test_along_columns(parted: Parted, name: str) -> None:
    """With axis=1 each row is by itself."""
    agree(lambda: getattr(parted.lazy, name)(axis=1), lambda: getattr(parted.whole, name)(axis=1))


@quick
@given(frames("ifsbtcn"), st.integers(-15, 15))
def test_shift(parted: Parted, periods: int) -> None:
    """Values come from as far away as it takes, in either direction."""
    agree(lambda: parted.lazy.shift(periods), lambda: parted.whole.shift(periods))
    agree(lambda: parted.lazy.i.shift(periods), lambda: parted.whole.i.shift(periods))
    agree(
        lambda: parted.lazy.i.shift(periods, fill_value=7),
        lambda: parted.whole.i.shift(periods, fill_value=7),
    )


@quick
@given(frames("if"), st.lists(st.integers(-4, 4), min_size=1, max_size=3, unique=True))
def test_shift_by_several(parted: Parted, periods: list[int]) -> None:
    """Several periods make several columns."""
    agree(lambda: parted.lazy.shift(periods), lambda: parted.whole.shift(periods))


@quick
@given(frames("ifbn"), st.integers(-5, 5))
def test_differences(parted: Parted, periods: int) -> None:
    """Differences, absolute and relative, cross borders."""
    agree(lambda: parted.lazy.diff(periods), lambda: parted.whole.diff(periods))
    agree(
        lambda: parted.lazy[["i", "f"]].pct_change(periods),
        lambda: parted.whole[["i", "f"]].pct_change(periods),
    )


@quick
@given(frames("ifsbtcn", max_rows=20, max_partitions=8), st.sampled_from([None, 1, 2, 5]))
def test_fills(parted: Parted, limit: int | None) -> None:
    """Missing values are filled from other partitions, no further than the limit."""
    agree(lambda: parted.lazy.ffill(limit=limit), lambda: parted.whole.ffill(limit=limit))
    agree(lambda: parted.lazy.bfill(limit=limit), lambda: parted.whole.bfill(limit=limit))
    agree(lambda: parted.lazy.s.ffill(limit=limit), lambda: parted.whole.s.ffill(limit=limit))


@quick
@given(frames("if"), st.integers(0, 4), st.integers(0, 4))
def test_map_overlap(parted: Parted, before: int, after: int) -> None:
    """A function sees as many rows around each partition as it needs."""

    def around(rows: pd.DataFrame, factor: float) -> pd.DataFrame:
        return rows.shift(before) * factor + rows.shift(-after)

    agree(lambda: parted.lazy.map_overlap(around, before, after, 2.0), lambda: around(parted.whole, 2.0))
