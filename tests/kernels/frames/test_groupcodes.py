"""Rows by group: numbers of groups, their order, and whether reducing pays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pannier.kernels.frames import groupcodes
from pannier.kernels.frames.groupcodes import (
    addressed_groups,
    are_alone,
    are_distinct,
    comparable,
    groups_of,
    is_reducible,
    order_of,
)

KEYS: dict[str, pd.Series[Any]] = {
    "whole numbers close together": pd.Series([5, 3, 5, 4]),
    "whole numbers far apart": pd.Series([1 << 60, -(1 << 60), 1 << 60, 0]),
    "small unsigned numbers": pd.Series([250, 3, 250, 7], dtype="uint8"),
    "large unsigned numbers": pd.Series([2**64 - 1, 3, 2**64 - 1, 7], dtype="uint64"),
    "floats": pd.Series([0.5, -0.5, 0.5, np.nan]),
    "texts": pd.Series(["b", "é", "b", None]),
    "texts of as many bytes": pd.Series(["zz", "bc", "zz", "é"]),
    "some of such texts": pd.Series(["0000", "zz", "bc", "zz", "é", "1"])[1:5].reset_index(drop=True),
    "empty texts": pd.Series(["", "", "", ""]),
    "objects": pd.Series(["b", "c", "b", None], dtype=object),
    "truth values": pd.Series([True, False, True, False]),
    "categories": pd.Series(["y", "x", "y", None], dtype=pd.CategoricalDtype(["z", "y", "x"])),
    "times": pd.to_datetime(pd.Series(["2020", "2019", "2020", None])),
    "times with a zone": pd.to_datetime(pd.Series(["2020", "2019", "2020", None])).dt.tz_localize("UTC"),
    "nullable numbers": pd.Series([5, 3, 5, None], dtype="Int64"),
}


@pytest.mark.parametrize("name", KEYS)
def test_groups_are_those_of_pandas(name: str) -> None:
    """Groups are numbered in the order of their keys, what is missing last."""
    key = KEYS[name]
    expected = key.to_frame("k").groupby("k", dropna=False, observed=True).ngroup()
    assert groups_of([key]).codes.tolist() == expected.tolist()


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_are_addresses(name: str) -> None:
    """Where keys are small numbers no table is needed, and the groups are the same; elsewhere there are none."""
    key = KEYS[name]
    found = addressed_groups([key, key])
    assert (found is not None) == (
        name in {"whole numbers close together", "small unsigned numbers", "truth values", "categories"}
    )
    if found is not None:
        assert found.codes.tolist() == groups_of([key]).codes.tolist()
        assert found.first.tolist() == groups_of([key]).first.tolist()


@pytest.mark.parametrize("rows", [0, 1, 9, 5000])
@pytest.mark.parametrize("most", [1, 3, 1000])
def test_the_first_row_of_each_group(rows: int, most: int) -> None:
    """However late a group comes, its first row is found."""
    numbers = np.sort(np.random.default_rng(rows).integers(0, most, rows))[::-1]
    groups = groups_of([pd.Series(numbers)])
    firsts = pd.Series(np.arange(rows)).groupby(numbers).first()
    assert groups.first.tolist() == firsts.tolist()


@pytest.mark.parametrize("name", KEYS)
def test_several_keys(name: str) -> None:
    """Two keys are ordered by the first, then by the second."""
    frame = pd.DataFrame({"a": KEYS[name], "b": ["q", "p", "p", "p"]})
    expected = frame.groupby(["a", "b"], dropna=False, observed=True).ngroup()
    assert groups_of([frame.a, frame.b]).codes.tolist() == expected.tolist()


def test_many_keys_with_many_values() -> None:
    """Numbers of keys that do not fit one number together are made smaller on the way."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 1 << 62, (50, 6)))
    frame = pd.concat([frame, frame.iloc[:10]])
    expected = frame.groupby(list(frame.columns)).ngroup()
    assert groups_of([frame[i] for i in frame]).codes.tolist() == expected.tolist()


def test_no_rows() -> None:
    """Of no rows there are no groups."""
    for key in KEYS.values():
        assert groups_of([key.iloc[:0]]).n == 0


def test_all_missing() -> None:
    """Missing values are one group."""
    assert groups_of([pd.Series([None, None], dtype="str")]).codes.tolist() == [0, 0]


@pytest.mark.parametrize("name", KEYS)
def test_order_is_stable(name: str) -> None:
    """Rows are put in the order of their keys; those of equal ones stay in theirs."""
    key = KEYS[name]
    codes = groups_of([key]).codes
    assert order_of([key]).tolist() == sorted(range(len(codes)), key=codes.__getitem__)


def test_rows_of_their_own_are_not_reduced() -> None:
    """Where there are about as many keys as rows each row stays by itself; where there are fewer, not."""
    n = 200_000
    rng = np.random.default_rng(0)
    assert not is_reducible([pd.Series(rng.permutation(n))])
    assert is_reducible([pd.Series(rng.integers(0, n // 20, n))])
    assert is_reducible([pd.Series(np.sort(rng.integers(0, n // 20, n)))])


def test_order_of_categories_that_differ_by_block() -> None:
    """Blocks whose categories are in another order are compared by the one order that is known, or by value."""
    block = pd.Series(pd.Categorical(["a", "b"], ["b", "a"]))
    known = pd.CategoricalDtype(["a", "b"])
    assert comparable(block, known).cat.codes.tolist() == [0, 1]
    assert order_of([comparable(block, pd.CategoricalDtype())]).tolist() == [0, 1]


@pytest.mark.parametrize("name", KEYS)
def test_distinct_rows_are_known(name: str) -> None:
    """Rows that pandas puts into one group are never taken for distinct; objects are not looked at."""
    key = KEYS[name]
    assert not are_distinct([key])
    assert are_distinct([key.drop_duplicates()]) == (key.dtype != object)


def test_one_pair_among_many_is_found() -> None:
    """Of a hundred thousand rows two have the same keys, far from each other."""
    keys = np.arange(100_000)
    assert are_distinct([pd.Series(keys)])
    keys[77_777] = 5
    assert not are_distinct([pd.Series(keys)])


def test_keys_that_come_again_at_equal_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partials of the same groups, one after the other, are not hashed as a whole to see that they have the same keys."""
    hashed: list[int] = []
    original = groupcodes.hash_rows

    def hash_rows(keys: Any) -> Any:
        hashed.append(len(keys[0]))
        return original(keys)

    monkeypatch.setattr(groupcodes, "hash_rows", hash_rows)
    assert not are_distinct([pd.Series(np.tile(np.arange(100_000), 10))])
    assert sum(hashed) < 10_000


@pytest.mark.parametrize("pairs", [0, 1, 100, 499, 500])
def test_rows_alone_are_told_from_others(pairs: int) -> None:
    """As long as there are not few of them; no other row is ever taken for one."""
    keys = np.random.default_rng(0).permutation([*range(1000 - pairs), *range(pairs)])
    counts = np.bincount(keys)[keys]
    alone = are_alone(keys.astype("u8"))
    assert not (alone & (counts > 1)).any()
    if pairs < 500:
        assert alone.sum() == 1000 - 2 * pairs
