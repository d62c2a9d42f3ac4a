"""Stretches of time of the rows of each group, against pandas."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, quick
from tests.oracle.test_frame_groupby_bins import CLOSE, few, timed

NAMES = ["count", "size", "nunique", "sum", "prod", "mean", "median", "min", "max", "first", "last", "std", "var",
         "sem", "ohlc"]  # fmt: skip
rules = st.sampled_from(["7h", "D", "W", "ME"])


def complete(parted: Parted) -> list[Any]:
    """Partitions of rows with a time and a key, numbered: pandas takes labels for places where times are in a column."""
    parts = [part.dropna(subset=["t", "k"]) for part in parted.parts]
    ends = [0, *itertools.accumulate(map(len, parts))]
    return [part.set_axis(range(start, start + len(part))) for part, start in zip(parts, ends, strict=False)]


@quick
@given(timed(min_rows=1), st.sampled_from(NAMES), rules)
def test_reductions(parted: Parted, name: str, rule: str) -> None:
    """Each group has its own first and last bin."""
    parts = complete(parted)
    assume(sum(map(len, parts)))

    def steps(df: Any) -> Any:
        return getattr(df.groupby("k").resample(rule, on="t").y, name)()

    agree(lambda: steps(frame_of(parts)), lambda: steps(pd.concat(parts)), **CLOSE)


@few
@given(timed(min_rows=1), rules)
def test_other_ways_to_ask(parted: Parted, rule: str) -> None:
    """Several columns, several reductions, functions, and times in the index."""
    parts = complete(parted)
    assume(sum(map(len, parts)))
    seen: set[Any] = set()
    labelled = []
    for part in parts:
        labelled.append(part[~part.t.isin(list(seen)) & ~part.t.duplicated()].set_index("t"))
        seen.update(part.t)
    for some, steps in (
        (parts, lambda df: df.groupby("k").resample(rule, on="t")[["x", "y"]].sum()),
        (parts, lambda df: df.groupby("k").resample(rule, on="t").y.agg(["sum", "max"])),
        (parts, lambda df: df.groupby("k").resample(rule, on="t").agg({"x": "mean", "y": "count"})),
        (parts, lambda df: df.groupby("k").resample(rule, on="t").agg(total=("y", "sum"))),
        (parts, lambda df: df.groupby("k").resample(rule, on="t", closed="right", label="right").y.sum()),
        (parts, lambda df: df.groupby("k").resample(rule, on="t").y.quantile(0.3)),
        (labelled, lambda df: df.groupby("k").y.resample(rule).sum()),
        (labelled, lambda df: df.groupby("k").resample(rule).y.apply(lambda values: len(values) * 2)),
        (labelled, lambda df: df.y.groupby(df.k).resample(rule).max()),
        (labelled, lambda df: df.groupby("k").y.resample(rule).ffill()),
        (labelled, lambda df: df.groupby("k").resample(rule).bfill(limit=1)),
        (labelled, lambda df: df.groupby("k").y.resample(rule).asfreq(fill_value=7)),
        (labelled, lambda df: df.groupby("k").y.resample(rule).nearest()),
    ):
        agree(
            lambda some=some, steps=steps: steps(frame_of(some)),
            lambda some=some, steps=steps: steps(pd.concat(some)),
            **CLOSE,
        )


def test_what_is_refused() -> None:
    """Errors are those of pandas, while the plan is built."""
    whole = pd.DataFrame({"t": pd.to_datetime(["2015-01-03", "2015-01-01"]), "k": [1, 1], "x": [1, 2]})
    df = pn.from_pandas(whole, npartitions=2)
    with pytest.raises(KeyError, match="grouper name tt is not found"):
        df.groupby("k").resample("D", on="tt")
    with pytest.raises(TypeError, match="Only valid with DatetimeIndex"):
        df.groupby("k").resample("D")
    with pytest.raises(KeyError, match="Columns not found: 'y'"):
        df.groupby("k").resample("D", on="t")[["y"]]
    with pytest.raises(UsageError, match=r"ffill is of times in the index.*set_index\('t'\)"):
        df.groupby("k").resample("D", on="t").ffill()
    with pytest.raises(UsageError, match="use reset_index"):
        df.set_index("k").groupby(level="k").resample("D", on="t")
    with pytest.raises(KeyError, match="grouper name t is not found"):
        df.groupby("t").resample("D", on="t")
    with pytest.raises(AttributeError, match=r"neither a column nor a method 'summ'.*sum"):
        _ = df.groupby("k").resample("D", on="t").summ
    assert "resample('D',)" in repr(df.groupby("k").resample("D", on="t"))
