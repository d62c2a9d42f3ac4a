"""Answers, and the partitions that a user's function is given, belong to the user: values can be set in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn

WHOLE = pd.DataFrame(
    {
        "i": range(6),
        "f": [0.5 * i for i in range(6)],
        "s": list("abcaba"),
        "n": pd.array([1, None, 3] * 2, "Int64"),
        "t": pd.date_range("2020", periods=6),
        "z": pd.date_range("2020", periods=6, tz="UTC"),
        "c": pd.Categorical(list("pqr") * 2),
        "b": [True, False] * 3,
    }
)
STEPS: dict[str, Callable[[Any], Any]] = {
    "read": lambda df: df,
    "filter": lambda df: df[df.i < 9],
    "column": lambda df: df.f,
    "sums": lambda df: df.groupby("s")[["i", "f", "n", "b"]].sum(),
    "largest": lambda df: df.groupby("b")[["i", "f", "s", "t"]].max(),
    "sizes": lambda df: df.groupby("s").size(),
    "value_counts": lambda df: df.s.value_counts(),
    "sort": lambda df: df.sort_values("f", ascending=False),
    "merge": lambda df: df.merge(df[["s", "f"]], on="s"),
}


def sources(tmp_path: Path) -> list[Any]:
    WHOLE.to_parquet(tmp_path / "a.parquet", row_group_size=3)
    return [
        pn.read_parquet(tmp_path / "a.parquet"),
        pn.read_parquet(tmp_path / "a.parquet", split_row_groups=True),
        pn.from_pandas(WHOLE, npartitions=1),
        pn.from_pandas(WHOLE, npartitions=2),
    ]


def swapped(block: Any) -> Any:
    """``block`` with the values of the first and last row in each other's places, set one by one."""
    first, last = block.iloc[0], block.iloc[-1]
    if block.ndim == 1:
        block.iloc[0], block.iloc[-1] = last, first
        return block
    for i in range(block.shape[1]):
        block.iloc[0, i], block.iloc[-1, i] = last.iloc[i], first.iloc[i]
    return block


@pytest.mark.parametrize("name", STEPS)
def test_answers(tmp_path: Path, name: str) -> None:
    """Whatever they share memory with."""
    for lazy in sources(tmp_path):
        answer = STEPS[name](lazy).compute(scheduler="sync")
        expected = swapped(answer.copy())
        made = swapped(answer)
        assert made.equals(expected)
        assert not STEPS[name](lazy).compute(scheduler="sync").equals(made)


def test_partitions_of_functions(tmp_path: Path) -> None:
    """They may be changed in place, and the next one that reads them sees nothing of it."""
    for lazy in sources(tmp_path):
        kept = lazy.persist(scheduler="sync")
        for frame in (lazy, kept):
            made = frame.map_partitions(swapped).compute(scheduler="sync")
            parts = [swapped(part.compute(scheduler="sync")) for part in frame.partitions]
            assert made.equals(pd.concat(parts))
            delayed = [pn.delayed(swapped)(part) for part in frame.to_delayed()]
            assert made.equals(pd.concat(pn.compute(*delayed, scheduler="sync")))
        assert kept.compute(scheduler="sync").equals(lazy.compute(scheduler="sync"))
