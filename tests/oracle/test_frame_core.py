"""Columns, filters, assignments and operators against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames, quick

_LETTERS = pd.DataFrame({"k": list("babacb"), "x": range(1, 7)})


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
    frame = pd.DataFrame({"i": [1, 2], "s": ["a", "b"]})
    with pytest.raises(Exception) as expected:  # noqa: PT011  compared below
        steps(frame)
    with pytest.raises(expected.type):
        steps(pn.from_pandas(frame, npartitions=2))


def test_one_column_of_a_comparison() -> None:
    """Frames that are compared in one column have more of them for other answers."""
    frame = pd.DataFrame({"i": [1, 2, 0], "f": [1.0, 2.0, 3.0], "g": 1})
    df = pn.from_pandas(frame, npartitions=2)
    left, right = df[["i", "f"]], (df * 2)[["i", "f"]]
    same, _ = pn.compute((left == right)["i"], left, scheduler="sync")
    assert same.tolist() == [False, False, True]


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        (1, 2),
        range(2),
        np.array([1, 2]),
        pd.Series([1, 2]),
        pd.Index([1, 2]),
        pd.DataFrame({"z": [1, 2]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_columns_are_not_made_of_what_is_in_memory(value: Any) -> None:
    """A list or a pandas object would be repeated in every partition, so it is refused at once, with a way out."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    with pytest.raises(UsageError, match=r"column 'z' is made of one value.*from_pandas\(\)"):
        df.assign(z=value)
    with pytest.raises(UsageError, match="column 'z'"):
        df["z"] = value
    with pytest.raises(UsageError, match="column 'z'"):
        df.assign(z=lambda frame: value)


def test_columns_are_made_of_single_values() -> None:
    """Of pandas, of numpy, and lazy ones."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    made = df.assign(a="text", b=np.float32(1), c=np.array(2), d=pd.Timestamp(0), e=df.x.max(), f=None)
    whole = _LETTERS.assign(a="text", b=np.float32(1), c=2, d=pd.Timestamp(0), e=6, f=None)
    agree(lambda: made, lambda: whole)


@pytest.mark.parametrize(
    "mask",
    [[True] * 6, np.array([True] * 6), pd.Series([True] * 6), pd.Index([True] * 6), pd.array([True] * 6)],
    ids=lambda mask: type(mask).__name__,
)
def test_rows_are_not_chosen_by_what_is_in_memory(mask: Any) -> None:
    """Its rows are in no partition that is known."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    for choose in (lambda: df[mask], lambda: df.loc[mask], lambda: df.x[mask]):
        with pytest.raises(UsageError, match="rows are chosen by a lazy series of truth values"):
            choose()


@pytest.mark.parametrize("holder", [list, np.array, pd.Index, pd.Series])
def test_columns_are_chosen_by_any_list(holder: Any) -> None:
    """As pandas has it."""
    names = holder(["x", "k"])
    agree(lambda: pn.from_pandas(_LETTERS, npartitions=3)[names], lambda: _LETTERS[names])
