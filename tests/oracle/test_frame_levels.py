"""Levels of an index whose names are numbers, as those of columns are in files without a header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
from tests.oracle.frame_strategies import agree

_RNG = np.random.default_rng(0)
_WHOLE = pd.DataFrame(
    {
        0: _RNG.integers(0, 4, 40),
        1: _RNG.integers(10, 13, 40),
        2: _RNG.permutation(40),
        3: _RNG.permutation(40) / 8,
    }
)
"""A level that is called 0 in the place 1 is what pandas finds for 0, and what is asked for by place is not."""


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.set_index([1, 0]).sort_index(),
        lambda df: df.set_index([2, 0])[3].sort_values(),
        lambda df: df.set_index([1, 0], drop=False)[2].drop_duplicates().sort_values(),
        lambda df: df.set_index(0)[3].sort_values(),
        lambda df: df.set_index([1, 0]).groupby(level=0)[3].sum(),
        lambda df: df.set_index([1, 0]).groupby(level=1)[3].max(),
        lambda df: df.groupby([1, 0])[[2, 3]].corr(),
        lambda df: df.groupby([1, 0])[3].nlargest(2),
        lambda df: df.groupby([1, 0])[[2, 3]].agg(["min", "max"]),
        lambda df: df.set_index([2, 1, 0])[3].rank().sort_values(),
        lambda df: df.set_index([2, 0]).groupby([1, 0])[3].transform("sum").sort_index(),
        lambda df: df.set_index([1, 0])[[2]].join(df.groupby([1, 0])[[3]].sum()).sort_values(2),
    ],
)
def test_steps(steps: Callable[[Any], Any]) -> None:
    """Sorts, groups, joins and what goes through a shuffle keep each level in its place."""
    agree(lambda: steps(pn.from_pandas(_WHOLE, npartitions=4)), lambda: steps(_WHOLE))


@pytest.mark.parametrize("index", [[0, 1], [1, 0], [2, 0, 1]])
def test_files_without_a_header(tmp_path: Path, index: list[int]) -> None:
    """The index of a file is that of its columns, in any order."""
    path = tmp_path / "a.csv"
    _WHOLE.to_csv(path, index=False, header=False)
    agree(
        lambda: pn.read_csv(path, header=None, index_col=index, blocksize=100),
        lambda: pd.read_csv(path, header=None, index_col=index),
    )
