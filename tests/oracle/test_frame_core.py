"""Columns, filters, assignments and operators against pandas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.oracle.frame_strategies import Parted, agree, frames, quick


@quick
@given(frames())
def test_columns_filters_and_assignments(parted: Parted) -> None:
    """Rows are chosen and columns are made as pandas does, whatever the partitions."""

    def steps(df: Any) -> Any:
        kept = df[(df.i > 0) | ~df.b]
        return kept.assign(k=kept.i * 2 + kept.f, one=1)[["k", "s", "one"]].rename(columns={"k": "m"})

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole))


@quick
@given(frames("if"))
def test_arithmetic(parted: Parted) -> None:
    """Operators between frames, series and values, in either order."""
    for steps in (
        lambda df: df + 1,
        lambda df: 2 - df,
        lambda df: df * df,
        lambda df: df.i / df.f,
        lambda df: -df.i,
        lambda df: df.f == df.f,
        lambda df: df < 1,
        lambda df: df.i**2 % 3,
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@quick
@given(frames("ifsbtcn"))
def test_every_type_comes_back(parted: Parted) -> None:
    """Partitions are joined to what they were cut from."""
    agree(lambda: parted.lazy, lambda: parted.whole)
    agree(lambda: parted.lazy.index, lambda: parted.whole.index)


@quick
@given(frames("is"))
def test_heads_and_lengths(parted: Parted) -> None:
    """The first and last rows are found across empty partitions."""
    lazy, whole = parted.lazy, parted.whole
    for n in (0, 1, 3, 100):
        assert lazy.head(n, scheduler="sync").equals(whole.head(n))
        assert lazy.tail(n, scheduler="sync").equals(whole.tail(n))
    assert len(lazy) == len(whole)
    assert lazy.shape[1] == 2
    assert lazy.empty == whole.empty


@pytest.mark.parametrize("steps", [lambda df: df["zz"], lambda df: df[["i", "zz"]], lambda df: df.s + 1])
def test_errors_come_when_building(steps: Any) -> None:
    """What pandas would refuse is refused before anything runs."""
    import pandas as pd

    import pannier as pn

    frame = pd.DataFrame({"i": [1, 2], "s": ["a", "b"]})
    with pytest.raises(Exception) as expected:  # noqa: PT011  compared below
        steps(frame)
    with pytest.raises(expected.type):
        steps(pn.from_pandas(frame, npartitions=2))


def test_one_column_of_a_comparison() -> None:
    """Frames that are compared in one column have more of them for other answers."""
    import pandas as pd

    import pannier as pn

    frame = pd.DataFrame({"i": [1, 2, 0], "f": [1.0, 2.0, 3.0], "g": 1})
    df = pn.from_pandas(frame, npartitions=2)
    left, right = df[["i", "f"]], (df * 2)[["i", "f"]]
    same, _ = pn.compute((left == right)["i"], left, scheduler="sync")
    assert same.tolist() == [False, False, True]
