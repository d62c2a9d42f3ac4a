"""Rows drawn by chance: which they may be, how many, and always the same ones."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, frame_of, frames, quick, same


def numbered(parted: Parted) -> Parted:
    """The same frame with rows that can be told apart."""
    bounds = [0, *itertools.accumulate(map(len, parted.parts))]
    return Parted(
        [
            part.assign(row=range(a, b))
            for part, (a, b) in zip(parted.parts, itertools.pairwise(bounds), strict=True)
        ]
    )


@quick
@given(frames("is").map(numbered), st.integers(0, 15), st.booleans(), st.integers(0, 9))
def test_a_number_of_rows(parted: Parted, n: int, replace: bool, seed: int) -> None:
    """Exactly so many rows of the frame, each once unless they are put back."""
    lazy, whole = parted.lazy.sample(n=n, replace=replace, random_state=seed), parted.whole
    try:
        whole.sample(n=n, replace=replace)
    except ValueError:
        with pytest.raises(ValueError, match="rows was asked for"):
            lazy.compute(scheduler="sync")
        return
    drawn = lazy.compute(scheduler="sync")
    assert len(drawn) == n
    assert replace or drawn.row.is_unique
    same(drawn, whole.iloc[drawn.row])


@quick
@given(frames("is").map(numbered), st.floats(0, 1), st.booleans(), st.integers(0, 9))
def test_a_share_of_rows(parted: Parted, frac: float, replace: bool, seed: int) -> None:
    """About so many rows of each partition."""
    lazy = parted.lazy.sample(frac=frac, replace=replace, random_state=seed)
    for part, drawn in zip(parted.parts, lazy.to_delayed(), strict=True):
        rows = drawn.compute(scheduler="sync")
        assert abs(len(rows) - frac * len(part)) < 1
        assert replace or rows.row.is_unique
        same(rows, parted.whole.iloc[rows.row])


@quick
@given(frames("is").map(numbered), st.booleans(), st.integers(0, 9))
def test_splits_have_each_row_once(parted: Parted, shuffle: bool, seed: int) -> None:
    """Splits are disjoint, and together all there is."""
    splits = parted.lazy.random_split([0.5, 0.3, 0.2], random_state=seed, shuffle=shuffle)
    drawn = pd.concat([split.compute(scheduler="sync") for split in splits])
    same(drawn.sort_values("row"), parted.whole)


@pytest.mark.parametrize("replace", [False, True])
def test_each_row_is_as_likely(replace: bool) -> None:
    """Rows of large and small partitions are drawn equally often."""
    whole = pd.DataFrame({"row": range(12)})
    df = frame_of([whole[:1], whole[1:1], whole[1:9], whole[9:]])
    counts = np.zeros(12)
    for seed in range(600):
        drawn = df.sample(n=4, replace=replace, random_state=seed).row.compute(scheduler="sync")
        np.add.at(counts, drawn.to_numpy(), 1)
    assert counts.sum() == 2400
    assert counts.min() > 140  # 200 are expected, with a standard deviation of at most 14
    assert counts.max() < 260


def test_small_partitions_are_not_left_out() -> None:
    """A share of partitions of one row each is that share of the rows, not none."""
    whole = pd.DataFrame({"row": range(200)})
    df = frame_of([whole[i : i + 1] for i in range(200)])
    assert 35 < len(df.sample(frac=0.25, random_state=1).compute(scheduler="sync")) < 65


def test_the_same_rows_on_every_scheduler() -> None:
    """A seed stands for rows, whoever draws them."""
    df = pn.from_pandas(pd.DataFrame({"x": range(100)}), npartitions=5)
    for sample in (
        df.sample(n=7, random_state=3),
        df.sample(n=7, replace=True, random_state=np.random.default_rng(3)),
        df.sample(frac=0.2, random_state=np.random.RandomState(3)),
        df.random_split([0.5, 0.5], random_state=3)[0],
    ):
        same(sample.compute(scheduler="threads"), sample.compute(scheduler="sync"))
    same(
        df.sample(n=7, random_state=3).compute(scheduler="sync"),
        df.sample(n=7, random_state=3).compute(scheduler="sync"),
    )
    assert not df.sample(n=7).compute(scheduler="sync").equals(df.sample(n=7).compute(scheduler="sync"))


def test_what_is_refused() -> None:
    """Wrong calls say what would be right."""
    df = pn.from_pandas(pd.DataFrame({"x": range(6)}), npartitions=3)
    for call, message in (
        (lambda: df.sample(n=1, frac=0.5), "not both"),
        (lambda: df.sample(frac=1.5), "replace=True"),
        (lambda: df.sample(n=-1), "at least 0"),
        (lambda: df.sample(frac=0.5, random_state="a"), "random_state"),
        (lambda: df.random_split([0.5, 0.6]), "add up to 1"),
    ):
        with pytest.raises(UsageError, match=message):
            call()
