"""Sorting: the same as the builtin over the whole, however the records are partitioned."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from tests.oracle.strategies import Parted, agree, bags, dicts, ints, mixed, pairs, quick, words

numbers = st.one_of(ints, st.booleans(), st.floats(allow_nan=False), st.just(10**30))
comparable = st.one_of(
    [
        st.just(each)
        for each in (
            ints,
            words,
            numbers,
            pairs,
            st.lists(ints, max_size=3),
            st.binary(max_size=2),
            st.dates(),
        )
    ]
)
counts = st.one_of(st.none(), st.integers(1, 7))


@quick
@given(comparable.flatmap(bags), st.booleans(), counts)
def test_sort_by_the_record(case: Parted, reverse: bool, n: int | None) -> None:
    """Without a key, as sorted: numbers of several types, infinities, texts, tuples."""
    agree(
        lambda: case.bag.sort_by(reverse=reverse, npartitions=n),
        lambda: sorted(case.records, reverse=reverse),
    )


@quick
@given(bags(st.tuples(ints, numbers)), st.booleans(), counts)
def test_sorting_is_stable(case: Parted, reverse: bool, n: int | None) -> None:
    """Records of equal keys stay in their order, also in reverse."""
    expected = sorted(case.records, key=operator.itemgetter(0), reverse=reverse)
    for found in (
        case.bag.sort_by(lambda pair: pair[0], reverse=reverse, npartitions=n),
        case.bag.sort_by(0, reverse=reverse, npartitions=n),
        case.bag.sort_by_key(reverse=reverse, npartitions=n),
    ):
        computed = found.compute()
        assert list(map(repr, computed)) == list(map(repr, expected))


@quick
@given(bags(mixed), st.booleans(), counts)
def test_keys_that_cannot_be_compared(case: Parted, reverse: bool, n: int | None) -> None:
    """Raise what they raise in sorted, and only then."""
    agree(
        lambda: case.bag.sort_by(reverse=reverse, npartitions=n),
        lambda: sorted(case.records, reverse=reverse),
    )


@quick
@given(bags(dicts), st.booleans())
def test_records_that_cannot_be_compared(case: Parted, reverse: bool) -> None:
    """Need not be, if their keys can; a record without the key is the error that looking it up is."""
    agree(
        lambda: case.bag.sort_by("name", reverse=reverse),
        lambda: sorted(case.records, key=lambda r: r["name"], reverse=reverse),
    )
    agree(
        lambda: case.bag.sort_by("n", reverse=reverse),
        lambda: sorted(case.records, key=lambda r: r["n"], reverse=reverse),
    )


@quick
@given(bags(ints), st.integers(1, 7))
def test_the_number_of_partitions(case: Parted, n: int) -> None:
    """Is as asked for, else as before; each record is in one, and equal keys are in one."""
    assert case.bag.sort_by().npartitions == len(case.partitions)
    parts = case.bag.sort_by(npartitions=n).glom().compute()
    assert len(parts) == n
    assert [x for part in parts for x in part] == sorted(case.records)
    homes = [set(part) for part in parts]
    assert sum(map(len, homes)) == len(set(case.records))


@quick
@given(bags(st.one_of(st.floats(), st.frozensets(ints, max_size=2))), st.booleans(), st.integers(1, 4))
def test_no_record_is_lost_where_there_is_no_order(case: Parted, reverse: bool, n: int) -> None:
    """NaN, and sets, which are compared as subsets: each record comes back once, in any order."""
    records = [x for x in case.records if isinstance(x, frozenset)]
    for bag, expected in (
        (case.bag.filter(lambda x: isinstance(x, frozenset)), records),
        (
            case.bag.remove(lambda x: isinstance(x, frozenset)),
            [x for x in case.records if isinstance(x, float)],
        ),
    ):
        computed = bag.sort_by(reverse=reverse, npartitions=n).compute()
        assert sorted(map(repr, computed)) == sorted(map(repr, expected))


@quick
@given(bags(words), st.integers(0, 5))
def test_what_follows_a_sort(case: Parted, k: int) -> None:
    """Goes on from there, in order."""
    ordered = sorted(case.records, key=len)
    agree(
        lambda: case.bag.sort_by(len).map(str.upper).zip_with_index(),
        lambda: [(x.upper(), i) for i, x in enumerate(ordered)],
    )
    assert case.bag.sort_by(len).take(k) == ordered[:k]
    agree(lambda: case.bag.sort_by(len).topk(k, key=len), lambda: sorted(ordered, key=len, reverse=True)[:k])
    assert list(case.bag.sort_by(len)) == ordered


@quick
@given(bags(words))
def test_the_key_is_asked_for_once(case: Parted) -> None:
    """For each record, in any number of partitions."""
    asked: list[int] = []
    numbered = case.bag.zip_with_index()
    numbered.sort_by(lambda pair: (asked.append(pair[1]), pair[0])[1], npartitions=3).compute()
    assert sorted(asked) == list(range(len(case.records)))


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_other_schedulers(scheduler: str) -> None:
    """Give the same order."""
    bag = pn.range(5000, npartitions=4).map(lambda x: (x * 7919 % 1000, x))
    expected = sorted(((x * 7919 % 1000, x) for x in range(5000)), key=operator.itemgetter(0), reverse=True)
    assert bag.sort_by(0, reverse=True, npartitions=3).compute(scheduler=scheduler) == expected


@pytest.mark.parametrize("n", [0, -1])
def test_too_few_partitions(n: int) -> None:
    """At least one is needed."""
    bag: Any = pn.range(3, npartitions=1)
    with pytest.raises(ValueError, match="at least 1 partition"):
        bag.sort_by(npartitions=n)
