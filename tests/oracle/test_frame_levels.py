"""Levels of an index: its labels, slices of them, and names that are numbers, as in files without a header."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames, quick

_RNG = np.random.default_rng(0)
_WHOLE = pd.DataFrame(
    {
        0: _RNG.integers(0, 4, 40),
        1: _RNG.integers(10, 13, 40),
        2: _RNG.permutation(40),
        3: _RNG.permutation(40) / 8,
    }
)
"""A level that is called 0 in the place 1 is what pandas finds for 0, and what is asked for by place is not."""


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.set_index([1, 0]).sort_index(),
        lambda df: df.set_index([2, 0])[3].sort_values(),
        lambda df: df.set_index([1, 0], drop=False)[2].drop_duplicates().sort_values(),
        lambda df: df.set_index(0)[3].sort_values(),
        lambda df: df.set_index([1, 0]).groupby(level=0)[3].sum(),
        lambda df: df.set_index([1, 0]).groupby(level=1)[3].max(),
        lambda df: df.groupby([1, 0])[[2, 3]].corr(),
        lambda df: df.groupby([1, 0])[3].nlargest(2),
        lambda df: df.groupby([1, 0])[[2, 3]].agg(["min", "max"]),
        lambda df: df.set_index([2, 1, 0])[3].rank().sort_values(),
        lambda df: df.set_index([2, 0]).groupby([1, 0])[3].transform("sum").sort_index(),
        lambda df: df.set_index([1, 0])[[2]].join(df.groupby([1, 0])[[3]].sum()).sort_values(2),
    ],
)
def test_steps(steps: Callable[[Any], Any]) -> None:
    """Sorts, groups, joins and what goes through a shuffle keep each level in its place."""
    agree(lambda: steps(pn.from_pandas(_WHOLE, npartitions=4)), lambda: steps(_WHOLE))


@pytest.mark.parametrize("index", [[0, 1], [1, 0], [2, 0, 1]])
def test_files_without_a_header(tmp_path: Path, index: list[int]) -> None:
    """The index of a file is that of its columns, in any order."""
    path = tmp_path / "a.csv"
    _WHOLE.to_csv(path, index=False, header=False)
    agree(
        lambda: pn.read_csv(path, header=None, index_col=index, blocksize=100),
        lambda: pd.read_csv(path, header=None, index_col=index),
    )


@quick
@given(
    frames("isctn"), st.lists(st.sampled_from("isctn"), min_size=1, max_size=3, unique=True), st.booleans()
)
def test_labels(parted: Parted, names: list[str], flag: bool) -> None:
    """Different labels and how often each appears, whatever is missing."""
    parted = Parted([pd.DataFrame(index=pd.MultiIndex.from_frame(part[names])) for part in parted.parts])
    whole = parted.whole
    agree(parted.lazy.index.unique, whole.index.unique)
    agree(parted.lazy.index.nunique, whole.index.nunique)
    for options in (
        {"dropna": flag},
        {"normalize": True, "ascending": flag},
        {"sort": False, "dropna": flag},
    ):
        agree(
            lambda options=options: parted.lazy.index.value_counts(**options),
            lambda options=options: whole.index.value_counts(**options),
        )


@quick
@given(frames("isfc"), st.permutations("isfc"), st.integers(1, 4), st.sampled_from([None, True, False]))
def test_labels_in_order(parted: Parted, names: list[str], n: int, ascending: bool | None) -> None:
    """Whether labels of all partitions are in order, of one level after the other."""
    names = names[:n]
    if ascending is not None:
        parts = parted.whole.sort_values(names, ascending=ascending)
        cuts = [0, *itertools.accumulate(map(len, parted.parts))]
        parted = Parted([parts.iloc[a:b] for a, b in itertools.pairwise(cuts)])
    parted = Parted([part.set_index(names) for part in parted.parts])
    for name in ("is_monotonic_increasing", "is_monotonic_decreasing"):
        agree(
            lambda name=name: getattr(parted.lazy.index, name),
            lambda name=name: getattr(parted.whole.index, name),
        )


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize(
    "other", [{}, {"j": [1, 2]}, {"j": ["a", None]}, {"j": [None, pd.Timestamp("2015")]}]
)
@pytest.mark.parametrize(
    "options", [{}, {"dropna": False}, {"sort": False}, {"normalize": True, "dropna": False}]
)
def test_labels_of_a_level_that_are_all_missing(
    rows: int, other: dict[str, list[Any]], options: dict[str, Any]
) -> None:
    """They have the type that they have in the index."""
    levels = pd.DataFrame({"i": [None, None], **other}, dtype=None if other else object)[:rows]
    whole = pd.DataFrame(index=pd.MultiIndex.from_frame(levels))
    lazy = pn.from_pandas(whole, npartitions=2, sort=False)
    agree(lambda: lazy.index.value_counts(**options), lambda: whole.index.value_counts(**options))


_ENDS = [None, 2, (2,), (0, "b"), (2, "a"), (3, "zz"), ("x",), (1, 1)]


@quick
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=12
    ),
    st.integers(1, 4),
    st.sampled_from(_ENDS),
    st.sampled_from(_ENDS),
)
def test_slices(rows: list[tuple[Any, ...]], npartitions: int, low: Any, high: Any) -> None:
    """Rows between labels of the first levels; of rows in no order those that pandas has of them in order."""
    mixed = pd.DataFrame(rows).assign(v=range(len(rows))).set_index([0, 1, 2]).rename_axis([2, 0, None])
    in_order = mixed.set_axis(mixed.index.set_names([None] * 3)).sort_index(kind="stable")
    agree(
        lambda: pn.from_pandas(in_order, npartitions=npartitions).loc[low:high],
        lambda: in_order.loc[low:high],
    )
    agree(
        lambda: (
            pn.from_pandas(mixed, npartitions=npartitions, sort=False)
            .loc[low:high]
            .v.sort_values(ascending=True)
        ),
        lambda: in_order.loc[low:high].v.sort_values(ascending=True).rename_axis([2, 0, None]),
    )


def test_counts_in_parts_are_refused() -> None:
    """There is another way to count more labels than fit into memory."""
    df = pn.from_pandas(_WHOLE.set_index([0, 1]), npartitions=2, sort=False)
    with pytest.raises(UsageError, match=r"takes no index of levels: use df.reset_index\(\).groupby"):
        df.index.value_counts(split_out=2)
