"""Windows along groups, against pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("shuffled"),
]

few = settings(max_examples=4)
"""Examples for each of many methods."""

LOOSE: dict[str, Any] = {"check_exact": False, "rtol": 1e-9, "atol": 1e-6}

ANY: list[tuple[str, dict[str, Any]]] = [
    ("mean", {}),
    ("sum", {}),
    ("var", {}),
    ("std", {}),
    ("corr", {}),
    ("cov", {}),
    ("agg", {"func": ["sum", "mean"]}),
]
SHARP: list[tuple[str, dict[str, Any]]] = [
    *ANY,
    ("count", {}),
    ("nunique", {}),
    ("first", {}),
    ("last", {}),
    ("min", {}),
    ("max", {}),
    ("median", {}),
    ("quantile", {"q": 0.3, "interpolation": "lower"}),
    ("rank", {"method": "max", "ascending": False}),
    ("var", {"ddof": 0}),
    ("sem", {}),
    ("skew", {}),
    ("kurt", {}),
    ("apply", {"func": np.ptp, "raw": True}),
]
WINDOWS: dict[str, tuple[Callable[[Any], Any], list[tuple[str, dict[str, Any]]]]] = {
    "rolling": (lambda groups: groups.rolling(2, min_periods=1), SHARP),
    "rolling around": (lambda groups: groups.rolling(3, center=True), [("sum", {}), ("max", {})]),
    "expanding": (lambda groups: groups.expanding(), SHARP),
    "expanding from 2": (lambda groups: groups.expanding(min_periods=2), [("sum", {}), ("count", {})]),
    "ewm": (lambda groups: groups.ewm(com=1.5), [*ANY, ("std", {"bias": True})]),
    "ewm of finite": (
        lambda groups: groups.ewm(span=4, adjust=False, ignore_na=True, min_periods=2),
        [("mean", {}), ("var", {})],
    ),
}
CASES = [(kind, name, kwargs) for kind, (_, methods) in WINDOWS.items() for name, kwargs in methods]
KEYS: Any = st.sampled_from(["s", "b", ["s", "b"]])


def both(parted: Parted, steps: Callable[[Any], Any], **options: Any) -> None:
    """Whatever the partitions, ``steps`` have the answer of pandas."""
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **{**LOOSE, **options})


def shown(argument: Any) -> str:
    """What is given, without addresses, which no two runs share."""
    return "-".join(argument) if isinstance(argument, dict) else str(argument)


@pytest.mark.parametrize(("kind", "name", "kwargs"), CASES, ids=shown)
@few
@given(parted=frames("ifsb", max_partitions=4), key=KEYS, columns=st.sampled_from(["f", ["i", "f"]]))
def test_windows_of_groups(
    kind: str, name: str, kwargs: dict[str, Any], key: Any, columns: Any, parted: Parted
) -> None:
    """Each method gives a row for each row that is in a group, under its key, in the order of keys."""
    assume(len(parted.whole.dropna(subset=["s"])))
    windows = WINDOWS[kind][0]
    both(parted, lambda df: getattr(windows(df.groupby(key)[columns]), name)(**kwargs))


@few
@given(
    parted=frames("ifsb", max_partitions=4),
    kind=st.sampled_from(list(WINDOWS)),
    options=st.fixed_dictionaries({}, optional=dict.fromkeys(["sort", "dropna", "as_index"], st.booleans())),
    key=KEYS,
)
def test_the_order_of_groups(kind: str, options: dict[str, Any], key: Any, parted: Parted) -> None:
    """The options of groups hold for their windows; groups that are not sorted are in any order."""
    assume(len(parted.whole.dropna(subset=["s"])))
    windows, in_order = WINDOWS[kind][0], options.get("sort", True)
    for steps in (
        lambda df: windows(df.groupby(key, **options).i).sum(),
        lambda df: windows(df.groupby(key, **options)[["i", "f"]]).mean(),
        lambda df: windows(df.groupby(key, **options)).mean(numeric_only=True),
    ):
        both(parted, steps, in_order=in_order)


@few
@given(parted=frames("ifsb", max_partitions=4), kind=st.sampled_from(list(WINDOWS)))
def test_columns_of_windows(kind: str, parted: Parted) -> None:
    """Columns may be chosen after the windows are made."""
    assume(len(parted.whole.dropna(subset=["s"])))
    windows = WINDOWS[kind][0]
    both(parted, lambda df: windows(df.groupby("s")).f.sum())
    both(parted, lambda df: windows(df.groupby("s"))[["f"]].sum())
    both(parted, lambda df: windows(df.groupby("s")[["i", "f"]]).agg({"f": "sum", "i": ["mean"]}))
    both(parted, lambda df: windows(df.f.groupby(df.s)).sum())


def test_pipe_of_windows() -> None:
    """A function of windows may be one of a chain of methods."""
    whole = pd.DataFrame({"k": list("abab"), "x": [1.0, 2.0, 3.0, 5.0]})

    def steps(df: Any) -> Any:
        return df.groupby("k").x.expanding().pipe(lambda grown: grown.agg(["min", "max"]))

    pd.testing.assert_frame_equal(
        steps(pn.from_pandas(whole, npartitions=2)).compute(scheduler="sync"), steps(whole)
    )


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_windows_on_a_column(scheduler: str) -> None:
    """Times of each group are in order, and may be in a column that is not asked for."""
    times = pd.date_range("2015-01-01", periods=12, freq="h")
    whole = pd.DataFrame({"k": list("abc") * 4, "t": times, "x": np.arange(12.0), "y": np.arange(12)})
    lazy = pn.from_pandas(whole, npartitions=4)
    for steps in (
        lambda df: df.groupby("k").rolling("4h", on="t").x.sum(),
        lambda df: df.groupby("k").rolling("4h", on="t")[["y", "x"]].sum(),
        lambda df: df.groupby("k").rolling("4h", on="t").count(),
    ):
        made, asked = steps(lazy).compute(scheduler=scheduler), steps(whole)
        getattr(pd.testing, f"assert_{'series' if asked.ndim == 1 else 'frame'}_equal")(made, asked)


def test_what_windows_of_groups_refuse() -> None:
    """Errors come at building, and say what to do."""
    df = pn.from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1, 2, 3], "s": ["a", "b", "c"]}), npartitions=2)
    groups = df.groupby("k")
    with pytest.raises(ValueError, match="min_periods must be >= 0"):
        groups.x.expanding(-1)
    with pytest.raises(ValueError, match="Must pass one of comass, span, halflife, or alpha"):
        groups.x.ewm()
    with pytest.raises(ValueError, match="alpha must satisfy"):
        groups.x.ewm(alpha=2)
    with pytest.raises(ValueError, match="halflife can only be a timedelta"):
        groups.x.ewm(halflife="1D")
    with pytest.raises(UsageError, match=r"times= would not go with the rows"):
        groups.x.ewm(halflife="1D", times=df.x)
    with pytest.raises(UsageError, match=r"cov of windows of groups .*\.expanding\(\.\.\.\)\.cov\(\)"):
        groups.x.expanding().cov(df.x)
    with pytest.raises(AttributeError, match="did you mean 'median'"):
        groups.x.expanding().medain()
    with pytest.raises(AttributeError, match="neither a column nor a method 'median'"):
        groups.x.ewm(1).median()
    with pytest.raises(KeyError, match="Column not found: xx"):
        groups.expanding()["xx"]
    with pytest.raises(pd.errors.DataError, match="non-numeric type"):
        groups.ewm(1).mean()
    assert repr(groups.x.ewm(alpha=0.5)).startswith("ewm(alpha=0.5, adjust=True) of ")
