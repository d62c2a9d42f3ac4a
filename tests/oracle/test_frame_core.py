"""Columns, filters, assignments and operators against pandas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    for n in (0, 1, 3, 100, -1, -3):
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


@quick
@given(frames("if"), st.integers(0, 2))
def test_columns_are_inserted(parted: Parted, loc: int) -> None:
    """At any place, of the same rows or of one value, and what is read of them later is found by its name."""

    def steps(df: Any, column: str, value: Callable[[Any], Any]) -> Any:
        df = df.copy()
        df.insert(loc, column, value(df))
        return df

    values: list[Callable[[Any], Any]] = [lambda df: df.i * 2, lambda df: df.f.sum(), lambda df: "text"]
    for value in values:
        for then in (lambda df: df, lambda df: df[["y", "f"]], lambda df: df.i):
            agree(
                lambda value=value, then=then: then(steps(parted.lazy, "y", value)),
                lambda value=value, then=then: then(steps(parted.whole, "y", value)),
            )


@pytest.mark.parametrize(
    ("loc", "column"), [(0, "x"), (3, "z"), (-1, "z"), (-9, "z"), (1.5, "z"), ("k", "z"), (0, ["z"])]
)
def test_columns_that_pandas_does_not_insert(loc: Any, column: Any) -> None:
    """Are refused in its words, and the frame stays as it is."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    with pytest.raises(Exception) as expected:  # noqa: PT011  compared below
        _LETTERS.copy().insert(loc, column, 1)
    with pytest.raises(expected.type, match=re.escape(str(expected.value))):
        df.insert(loc, column, 1)
    assert list(df.columns) == ["k", "x"]


def test_columns_of_one_name_are_not_inserted() -> None:
    """They could not be read apart; beside two of another name there may be a new one."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    with pytest.raises(UsageError, match=r"there is a column 'x', and columns are read by their names"):
        df.insert(0, "x", 1, allow_duplicates=True)
    with pytest.raises(UsageError, match="column 'z' is made of one value"):
        df.insert(0, "z", [1] * 6)
    twins = _LETTERS.set_axis(["k", "k"], axis=1)
    lazy, whole = pn.from_pandas(twins, npartitions=3), twins.copy()
    for each in (lazy, whole):
        each.insert(1, "z", 1)
    agree(lambda: lazy, lambda: whole)
    agree(lambda: lazy.z + 1, lambda: whole.z + 1)


def test_a_function_is_called_by_assign_alone() -> None:
    """Elsewhere it is a value, as pandas has it."""
    lazy, whole = pn.from_pandas(_LETTERS, npartitions=3), _LETTERS.copy()
    for df in (lazy, whole):
        df["len"] = len
        df.insert(0, "max", max)
    agree(lambda: lazy, lambda: whole)


@pytest.mark.parametrize("columns", [["i", "f"], ["f", "i"]], ids=str)
@quick
@given(parted=frames("ifs"))
def test_values_of_columns_beside_a_frame(columns: list[str], parted: Parted) -> None:
    """Reductions of the columns are compared and reckoned with column by column, and columns stay in their order."""
    for steps in (
        lambda df: df / df.max().abs(),  # which zero is the greatest, 0.0 or -0.0, is of no matter
        lambda df: df.max() - df,
        lambda df: df > df.mean(),
        lambda df: df == df.min(),
        lambda df: df.sub(df.mean()),
        lambda df: df.ge(df.mean()),
        lambda df: df[df.columns[::-1]] + df[df.columns[::-1]].sum(),
    ):
        whole = steps(parted.whole[columns])
        lazy = steps(parted.lazy[columns])
        assert list(lazy.columns) == list(whole.columns)
        agree(lambda steps=steps: steps(parted.lazy[columns]), lambda whole=whole: whole)
