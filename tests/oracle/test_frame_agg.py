"""Several reductions at once against pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames

few = settings(max_examples=10, deadline=None)
LOOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-9}
"""Floats are added in another order than pandas does."""
_LETTERS = pd.DataFrame({"k": list("babacb"), "x": range(1, 7), "y": [1.5, None, 2, 3, 4, 5]})


@pytest.mark.parametrize(
    "func",
    [
        "sum",
        ["min", "max"],
        ["sum", "count", "nunique"],
        {"i": "sum", "f": "mean"},
        {"i": "max", "s": "count", "t": "min"},
        {"i": ["sum", "min"], "f": ["mean", "sum"]},
        {"i": "sum", "t": ["max", "count"]},
    ],
    ids=str,
)
@few
@given(parted=frames("ifst"))
def test_of_frames(func: Any, parted: Parted) -> None:
    """A name gives what the method gives, a list rows of names, a dict what each column is asked for."""
    of = slice(None, 2) if isinstance(func, (str, list)) else slice(None)
    agree(lambda: parted.lazy.iloc[:, of].agg(func), lambda: parted.whole.iloc[:, of].agg(func), **LOOSE)


@pytest.mark.parametrize(
    "func", ["mean", ["sum", "mean", "count"], ["max"], {"least": "min", "n": "count"}], ids=str
)
@few
@given(parted=frames("if"))
def test_of_series(func: Any, parted: Parted) -> None:
    """Names give one value, lists and dicts a series of them."""
    for column in "if":
        agree(lambda c=column: parted.lazy[c].agg(func), lambda c=column: parted.whole[c].agg(func), **LOOSE)


@pytest.mark.parametrize(
    "func", [["sum", "max"], ["mean", "count"], ["any", "all"], ["min"], ["nunique", "size"]], ids=str
)
@few
@given(parted=frames("insc"))
def test_types_for_missing_values(func: list[str], parted: Parted) -> None:
    """A list gives columns of the types that pandas has for a frame, not those of the single values."""
    ordered = [part.assign(c=part.c.cat.as_ordered()) for part in parted.parts]
    parted = Parted([part.assign(m=part.n.astype("Float64"), b=part.n > 0) for part in ordered])
    columns = ["i", "n", "m", "b", *("sc" if func == ["min"] and len(parted.whole) else "")]
    agree(lambda: parted.lazy[columns].agg(func), lambda: parted.whole[columns].agg(func), **LOOSE)


def test_rows_that_are_named() -> None:
    """Each has its column and its reduction."""
    df = pn.from_pandas(_LETTERS, npartitions=3)

    def named(frame: Any) -> Any:
        return frame.agg(total=("x", "sum"), mean=("y", "mean"), most=("x", "max"))

    agree(lambda: named(df), lambda: named(_LETTERS))
    agree(lambda: df.x.agg(a="sum", b="max"), lambda: _LETTERS.x.agg(a="sum", b="max"))


def test_arguments_go_to_the_methods() -> None:
    """Those of one, and of several."""
    df = pn.from_pandas(_LETTERS[["x", "y"]], npartitions=3)
    for steps in (
        lambda d: d.agg("var", ddof=0),
        lambda d: d.agg(["var", "std"], ddof=0),
        lambda d: d.agg("sum", axis=1),
        lambda d: d.x.agg(["var", "std"], ddof=0),
        lambda d: d.aggregate({"y": "sum"}),
    ):
        agree(lambda steps=steps: steps(df), lambda steps=steps: steps(_LETTERS[["x", "y"]]), **LOOSE)


def test_whole_numbers_stay_whole() -> None:
    """A large sum in one column does not become a float since there are floats in another."""
    frame = pd.DataFrame({"x": [2**53, 1], "y": [0.5, 1.5]})
    df = pn.from_pandas(frame, npartitions=2)
    agree(lambda: df.agg(["sum", "max"]), lambda: frame.agg(["sum", "max"]))


def test_what_is_refused() -> None:
    """Before anything runs, with what to do instead."""
    df = pn.from_pandas(_LETTERS, npartitions=3)
    for call, kind, said in (
        (lambda: df.agg(len), UsageError, r"reduction\(\) takes functions"),
        (lambda: df.agg([max]), UsageError, "names of reductions"),
        (lambda: df.agg("summ"), AttributeError, "did you mean 'sum'"),
        (lambda: df.agg({"x": "maxx"}), AttributeError, "did you mean 'max'"),
        (lambda: df.agg({"z": "max"}), KeyError, "z"),
        (lambda: df.agg(["describe"]), UsageError, "one value each, and describe gives a Series"),
        (lambda: df.agg(["sum"], axis=1), UsageError, r"assign\(\)"),
        (lambda: df.agg([]), UsageError, "at least one name"),
        (df.agg, TypeError, "agg"),
        (lambda: df.agg(["mean"]), TypeError, "mean"),
    ):
        with pytest.raises(kind, match=said):
            call()
