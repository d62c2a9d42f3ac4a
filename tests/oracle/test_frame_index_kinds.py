"""What labels are besides their values: a range where pandas has one, with the frequency that pandas gives instants."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

from tests.oracle.frame_strategies import agree, frame_of

_N: Final = 13
_INDEXES: Final = [
    pd.RangeIndex(_N),
    pd.RangeIndex(40, 40 - 3 * _N, -3, name="k"),
    pd.Index(np.arange(_N)),
    pd.Index([5, 1, 3, 9, 7, 12, 15, 13, 19, 17, 21, 23, 25]),
    pd.date_range("2021", periods=_N, freq="D", name="d"),
    pd.date_range("2021", periods=_N, freq="MS", tz="Europe/Berlin"),
    pd.date_range("2021", periods=_N, freq="D").repeat(1),
    pd.timedelta_range("1h", periods=_N, freq="90min"),
]


@pytest.mark.parametrize("index", _INDEXES, ids=range(len(_INDEXES)))
@pytest.mark.parametrize("cuts", [(4, 9), (0, 1, 1, 8, 13), ()])
@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.groupby("i").f.cumsum(),
        lambda df: df.groupby("i").cumcount(),
        lambda df: df.groupby(["i", "b"])[["f"]].shift(),
        lambda df: df.groupby("i").f.transform("mean"),
        lambda df: df.f.rank(),
        lambda df: df[["i", "f"]].rank(),
        lambda df: df.sort_index(),
        lambda df: df.sort_index(ascending=False),
        lambda df: df.sort_index(ascending=False).sort_index(),
        lambda df: df.sort_values("u"),
        lambda df: df.sort_values("u").sort_index(),
        lambda df: df[df.b].sort_index(),
        lambda df: df[df.b].groupby("i").f.cumsum(),
        lambda df: df[df.u < 0].f.rank(),
        lambda df: df.iloc[2:9].groupby("i").f.cumsum(),
        lambda df: df.shift(1),
        lambda df: df.f.shift(-2),
        lambda df: df[["i", "f"]].diff(),
        lambda df: df.f.rolling(3).mean(),
        lambda df: df.f.ffill(),
    ],
)
def test_kinds(steps: Callable[[Any], Any], cuts: tuple[int, ...], index: Any) -> None:
    """Rows that go through a shuffle, or are looked at with their neighbours, have the index that pandas gives them."""
    rng = np.random.default_rng(3)
    whole = pd.DataFrame(
        {
            "i": rng.integers(0, 3, _N),
            "f": np.where(rng.random(_N) < 0.3, np.nan, rng.random(_N)),
            "b": rng.random(_N) < 0.5,
            "u": rng.permutation(_N),
        },
        index=index,
    )
    parts = [whole.iloc[start:stop] for start, stop in itertools.pairwise([0, *cuts, _N])]
    agree(lambda: steps(frame_of(parts)), lambda: steps(whole), check_index_type="exact", check_freq=True)
