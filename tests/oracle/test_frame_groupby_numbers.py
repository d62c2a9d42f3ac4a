"""Numbers of groups against pandas."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.testing import no_compute
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

KEYS: Any = st.one_of(
    st.sampled_from("ifsbtcn"), st.lists(st.sampled_from("ifsbtcn"), min_size=1, max_size=3, unique=True)
)
FLAGS: Any = st.fixed_dictionaries(
    {"sort": st.booleans(), "dropna": st.booleans(), "observed": st.booleans()}
)


pytestmark = pytest.mark.usefixtures("shuffled")


@quick
@given(frames("ifsbtcn"), KEYS, FLAGS, st.booleans())
def test_number_of_each_row(parted: Parted, key: Any, flags: dict[str, bool], ascending: bool) -> None:
    """Groups are numbered in the order of keys, or as they appear, through all partitions."""
    assume((flags["sort"] and ascending) or _is_counted(key, flags))
    agree(
        lambda: parted.lazy.groupby(key, **flags).ngroup(ascending),
        lambda: parted.whole.groupby(key, **flags).ngroup(ascending),
    )


@quick
@given(frames("ifsbtcn"), KEYS, FLAGS)
def test_how_many_there_are(parted: Parted, key: Any, flags: dict[str, bool]) -> None:
    """Categories without rows, and missing keys, are counted where they are groups."""
    assume(_is_counted(key, flags))
    agree(
        lambda: parted.lazy.groupby(key, **flags).ngroups, lambda: parted.whole.groupby(key, **flags).ngroups
    )


def _is_counted(key: Any, flags: dict[str, bool]) -> bool:
    """Whether groups are not combinations with categories that need no rows."""
    return flags["observed"] or len(key) == 1 or "c" not in key


@quick
@given(frames("is"), st.booleans())
def test_of_other_keys(parted: Parted, sort: bool) -> None:
    """A series of the same rows, a level of the index; of a series, of a choice of columns."""
    for steps in (
        lambda df: df.groupby(df.i % 3, sort=sort).ngroup(),
        lambda df: df.groupby(level=0, sort=sort).ngroup(),
        lambda df: df.i.groupby(df.s, sort=sort).ngroup(),
        lambda df: df.groupby("s", sort=sort).i.ngroup(),
        lambda df: df.assign(number=df.groupby("s", sort=sort).ngroup()),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_many_rows(scheduler: str) -> None:
    """Of few groups and of many, on other schedulers."""
    rng = np.random.default_rng(0)
    whole = pd.DataFrame({"few": rng.choice(["b", "a", None], 9000), "many": rng.integers(0, 6000, 9000)})
    lazy = frame_of([whole[:4000], whole[4000:4000], whole[4000:]])
    for key in ("few", "many"):
        for sort in (True, False):
            expected = whole.groupby(key, sort=sort).ngroup()
            same(lazy.groupby(key, sort=sort).ngroup().compute(scheduler=scheduler), expected)


def test_length() -> None:
    """``len`` computes what ``ngroups`` is, lazily."""
    groups = frame_of([pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [2, 3]})]).groupby("k")
    with no_compute():
        n = groups.ngroups
    assert n.compute(scheduler="sync") == len(groups) == 3


def test_combinations_without_rows_are_refused() -> None:
    """Which ones pandas counts depends on rows that are in no group."""
    part = pd.DataFrame({"c": pd.Categorical(["x"]), "k": [1]})
    lazy = frame_of([part, part])
    message = r"of combinations of categories, with or without rows.* use groupby\(..., observed=True\)"
    with pytest.raises(UsageError, match=f"ngroup.*{message}"):
        lazy.groupby(["c", "k"], sort=False, observed=False).ngroup()
    with pytest.raises(UsageError, match=f"ngroup.*{message}"):
        lazy.groupby(["c", "k"], observed=False).ngroup(ascending=False)
    with pytest.raises(UsageError, match=f"ngroups {message}"):
        _ = lazy.groupby(["c", "k"], observed=False).ngroups
    assert lazy.groupby(["c", "k"], observed=False).ngroup().compute(scheduler="sync").tolist() == [0, 0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("cuts", [[], [0], [10], [5, 5, 30], [0, 7, 7, 22]], ids=str)
@pytest.mark.parametrize("odd", [None, np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("verb", ["mean", "sum", "var", "std"])
def test_single_precision(verb: str, odd: float | None, cuts: list[int]) -> None:
    """Stays what it is, of groups and of whole columns, with gaps and with infinite values."""
    values = np.random.default_rng(3).integers(0, 1000, 40).astype("f4") / np.float32(8)
    if odd is not None:
        values[::9] = odd
    whole = pd.DataFrame({"k": np.arange(40) % 3, "x": values})
    lazy = Parted([whole[a:b] for a, b in itertools.pairwise([0, *cuts, 40])]).lazy
    for ask in (lambda df: df.groupby("k").x, lambda df: df[["x"]]):
        answer = getattr(ask(lazy), verb)().compute(scheduler="sync")
        pd.testing.assert_series_equal(answer, getattr(ask(whole), verb)(), rtol=1e-5)
        assert answer.dtype == np.float32
