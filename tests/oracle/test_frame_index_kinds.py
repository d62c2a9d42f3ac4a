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
        lambda df: df.drop_duplicates(),
        lambda df: df.drop_duplicates("u", keep=False),
        lambda df: df.drop_duplicates("i"),
        lambda df: df.drop_duplicates(["i", "b"], keep="last"),
        lambda df: df.u.drop_duplicates(),
        lambda df: df[df.b].drop_duplicates("u"),
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


@pytest.mark.parametrize(
    "index", [*_INDEXES, pd.Index([3, 1, 3] * 4 + [1], name="r")], ids=range(len(_INDEXES) + 1)
)
@pytest.mark.parametrize("cuts", [(4, 9), (0, 1, 1, 8, 13), ()])
def test_different_labels(cuts: tuple[int, ...], index: Any) -> None:
    """They are a range, or have a frequency, as pandas has it."""
    whole = pd.DataFrame({"u": np.arange(_N) % 4}, index=index)
    lazy = frame_of([whole.iloc[start:stop] for start, stop in itertools.pairwise([0, *cuts, _N])])
    for steps in (
        lambda df: df.index.unique(),
        lambda df: df[df.u < 3].index.unique(),
        lambda df: df.iloc[2:9].index.unique(),
    ):
        agree(lambda: steps(lazy), lambda: steps(whole), exact=True)  # noqa: B023
        found, expected = steps(lazy).compute(scheduler="sync"), steps(whole)
        assert getattr(found, "freq", None) == getattr(expected, "freq", None)


@pytest.mark.parametrize("rule", ["4h", "1h", "3h", "D", "MS"])
@pytest.mark.parametrize("cuts", [(4, 9), (0, 1, 1, 8, 13), ()])
def test_instants_in_steps(cuts: tuple[int, ...], rule: str) -> None:
    """What has a row for each stretch of time keeps its frequency in a sort, and where nothing is there twice."""
    whole = pd.DataFrame({"u": np.arange(_N)}, index=pd.date_range("2021", periods=_N, freq="2h", name="d"))
    lazy = frame_of([whole.iloc[start:stop] for start, stop in itertools.pairwise([0, *cuts, _N])])
    for steps in (
        lambda df: df.resample(rule).sum().sort_index(),
        lambda df: df.resample(rule).mean().sort_index(ascending=False),
        lambda df: df.u.resample(rule).sum().sort_index(),
        lambda df: df.asfreq(rule).sort_index(),
        lambda df: df.resample(rule).sum().reset_index().set_index("d").sort_index(),
        lambda df: df.asfreq(rule).shift(1),
        lambda df: df.resample(rule).count().rank(),
    ):
        agree(lambda: steps(lazy), lambda: steps(whole), check_freq=True)  # noqa: B023


@pytest.mark.parametrize("cuts", [(4, 9), (0, 1, 1, 8, 13), ()])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin"])
def test_rows_up_to_a_text_that_is_an_instant(cuts: tuple[int, ...], tz: str | None) -> None:
    """Are cut at midnight by ``truncate``, not at the end of the day, as by ``loc``."""
    whole = pd.DataFrame({"x": range(_N)}, pd.date_range("2021", periods=_N, freq="12h", tz=tz))
    ends: list[Any] = [(None, "2021-01-04"), ("2021-01-02", "2021-01-05 06:00"), ("2021-01-03", None)]
    if tz:
        ends = [[each and pd.Timestamp(each, tz=tz) for each in pair] for pair in ends]
    parts = [whole[i:j] for i, j in itertools.pairwise((0, *cuts, _N))]
    for before, after in ends:
        for steps in (lambda df: df, lambda df: df.x):
            agree(
                lambda b=before, a=after, steps=steps: steps(frame_of(parts)).truncate(b, a),
                lambda b=before, a=after, steps=steps: steps(whole).truncate(b, a),
                check_freq=False,
            )


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "Int32"])
@pytest.mark.parametrize("cuts", [(2, 5), (0, 1, 1, 3, 8), ()])
def test_small_numbers_that_become_labels(cuts: tuple[int, ...], dtype: str) -> None:
    """Keep their type where those of a partition are a range, or none: pandas makes one of int64 of a whole column."""
    whole = pd.DataFrame({"k": pd.Series([5, 3, 9, 1, 20, 8, 8, 2], dtype=dtype), "x": range(8)})
    parts = [whole[i:j] for i, j in itertools.pairwise((0, *cuts, 8))]
    for steps in (
        lambda df: df.set_index("k", drop=False),
        lambda df: df.set_index(df.k),
        lambda df: df[df.x < 6].set_index("k").reset_index(),
        lambda df: df.set_index("k").groupby(level=0).x.sum(),
    ):
        agree(
            lambda steps=steps: steps(frame_of(parts)),
            lambda steps=steps: steps(whole.sort_values("k", kind="stable")),
        )
