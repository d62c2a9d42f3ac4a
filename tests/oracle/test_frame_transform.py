"""transform against pandas: steps by name, and functions of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from pandas.errors import SpecificationError

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames

few = settings(max_examples=12)

_STEPS: list[Callable[[Any], Any]] = [
    lambda df: df.transform("isna"),
    lambda df: df[["i", "f"]].transform("cumsum"),
    lambda df: df[["i", "f"]].transform("shift", 0, 2),
    lambda df: df[["i", "f"]].transform("add", other=1),
    lambda df: df[["i", "f"]].abs().transform("sqrt"),
    lambda df: df[["i", "f"]].transform(np.abs),
    lambda df: df[["i", "f"]].transform(["abs", "cumsum"]),
    lambda df: df.transform({"f": "rank", "s": "isna"}),
    lambda df: df.transform({"f": ["rank", np.floor], "i": "diff"}),
    lambda df: df.f.transform("fillna", value=0),
    lambda df: df.f.transform(np.ceil),
    lambda df: df.f.transform(["floor", "rank", np.abs]),
    lambda df: df.i.transform({"a": "abs", 1: "cummax"}),
    lambda df: df.i.transform({"a": ["abs"], "b": ["cummin", "abs"]}),
    lambda df: df.s.transform("to_frame"),
    lambda df: df.transform({"f": "rank", "s": "isna"}).s,
    lambda df: df.transform({"f": ["rank", np.floor], "i": "diff"})["f"],
]


@few
@given(frames("ifs"))
def test_steps_by_name(parted: Parted) -> None:
    """One for all, a list of some, or those of each column, across partitions."""
    for steps in _STEPS:
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (lambda df: df.transform("sum"), ValueError, "'sum'.: it is no method of a DataFrame that makes a row"),
        (lambda df: df.x.transform("head"), ValueError, "no method of a Series"),
        (lambda df: df.transform("to_frame"), ValueError, "no method of a DataFrame"),
        (lambda df: df.x.transform("cumsun"), ValueError, "did you mean 'cumsum'"),
        (lambda df: df.transform({"x": "sum"}), ValueError, "'sum'"),
        (lambda df: df.transform({"xx": "abs"}), KeyError, "there is no column 'xx'; did you mean 'x'"),
        (lambda df: df.transform([]), ValueError, "No transform functions"),
        (lambda df: df.x.transform({}), ValueError, "No transform functions"),
        (lambda df: df.transform(["abs", "abs"]), SpecificationError, "unique"),
        (lambda df: df.x.transform(["abs", "abs"]), SpecificationError, "unique"),
        (lambda df: df.transform({"x": {"y": "abs"}}), SpecificationError, "nested renamer"),
        (lambda df: df.transform("abs", 2), ValueError, "No axis named 2"),
    ],
)  # fmt: skip
def test_what_pandas_does_not_transform(steps: Any, error: type[Exception], message: str) -> None:
    """Is an error of the same type, when the plan is built."""
    whole = pd.DataFrame({"x": range(10), "y": range(10)})
    with pytest.raises(error):
        steps(whole)
    with pn.testing.no_compute(), pytest.raises(error, match=message):
        steps(pn.from_pandas(whole, npartitions=2))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (lambda df: df.transform(lambda x: x - x.mean()), r"whole columns, which are in many partitions; use map\(\)"),
        (lambda df: df.x.transform([abs]), "not <built-in function abs>"),
        (lambda df: df.transform({"x": len}), "takes names of steps"),
        (lambda df: df.x.transform(np.add, 0, 1), r"call np.add\(...\) itself"),
        (lambda df: df.x.transform("modf"), "make one value of one"),
        (lambda df: df.transform("abs", axis=1), "for axis=1 call a method"),
        (lambda df: df.x.transform(["to_frame", "abs"]), "side by side, not frames"),
        (lambda df: df[["x", "x"]].transform(["abs"]), "cannot tell them apart"),
        (lambda df: df.transform("shift", 0, 1, freq="D"), r"makes other rows; call .shift\(...\) itself"),
    ],
)  # fmt: skip
def test_what_is_refused(steps: Any, message: str) -> None:
    """What would be of a partition where pandas means a column, and what has no place."""
    whole = pd.DataFrame({"x": range(10), "y": range(10)}, index=pd.date_range("2015", periods=10))
    df = pn.from_pandas(whole, npartitions=2)
    with pn.testing.no_compute(), pytest.raises(UsageError, match=message):
        steps(df)
