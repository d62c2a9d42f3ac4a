"""Verbs that bring a bag down: the same as the builtin, or toolz or statistics, over the whole."""

from __future__ import annotations

import functools
import heapq
import itertools
import math
import operator
import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import toolz
from hypothesis import assume, given
from hypothesis import strategies as st

import pannier as pn
from pannier.testing import assert_eq
from tests.oracle.strategies import Parted, agree, bags, dicts, ints, mixed, pairs, quick, split_every, words

floats = st.floats(-1e6, 1e6)


@quick
@given(bags(mixed), split_every)
def test_count_any_all(case: Parted, every: int | None) -> None:
    """Counts and truth of any records; of none they are 0, False and True."""
    agree(lambda: case.bag.count(split_every=every), lambda: len(case.records))
    agree(lambda: case.bag.any(split_every=every), lambda: any(case.records))
    agree(lambda: case.bag.all(split_every=every), lambda: all(case.records))


@quick
@given(bags(ints), split_every)
def test_sum_max_min(case: Parted, every: int | None) -> None:
    """The builtins; the largest of nothing raises what the builtin raises."""
    agree(lambda: case.bag.sum(split_every=every), lambda: sum(case.records))
    agree(lambda: case.bag.max(split_every=every), lambda: max(case.records))
    agree(lambda: case.bag.min(split_every=every), lambda: min(case.records))


@quick
@given(bags(pairs), split_every)
def test_largest_by_key(case: Parted, every: int | None) -> None:
    """Of equals, the first in order is the answer, as it is the builtin's."""
    by_number = operator.itemgetter(1)
    agree(lambda: case.bag.max(key=by_number, split_every=every), lambda: max(case.records, key=by_number))
    agree(lambda: case.bag.min(key=by_number, split_every=every), lambda: min(case.records, key=by_number))


@quick
@given(bags(floats))
def test_mean(case: Parted) -> None:
    """The mean, to rounding; of nothing it is an error of value, as in statistics."""
    if not case.records:
        with pytest.raises(ValueError, match="mean"):
            case.bag.mean().compute()
        return
    assert case.bag.mean().compute() == pytest.approx(statistics.fmean(case.records), abs=1e-9)


@quick
@given(bags(ints))
def test_mean_of_integers_is_exact(case: Parted) -> None:
    """Whole numbers are summed without rounding, however large."""
    assume(case.records)
    big = 2**80
    agree(
        lambda: case.bag.map(lambda x: x + big).mean(),
        lambda: (sum(case.records) + big * len(case.records)) / len(case.records),
    )


@quick
@given(bags(st.floats(-1, 1)), st.sampled_from([0.0, 1.0, 1e9]), st.integers(0, 2))
def test_variance(case: Parted, offset: float, ddof: int) -> None:
    """Variance and deviation as exact arithmetic has them, also far from zero; too few records raise."""
    shifted = [x + offset for x in case.records]
    bag = case.bag.map(lambda x: x + offset)
    n = len(shifted)
    if n <= ddof:
        for lazy in (bag.var(ddof=ddof), bag.std(ddof=ddof)):
            with pytest.raises(ValueError, match=r"var|std"):
                lazy.compute()
        return
    exact = float(statistics.pvariance(shifted)) * n / (n - ddof)
    assert bag.var(ddof=ddof).compute() == pytest.approx(exact, rel=1e-12, abs=1e-300)
    assert bag.std(ddof=ddof).compute() == pytest.approx(math.sqrt(exact), rel=1e-12, abs=1e-150)


@quick
@given(bags(mixed), split_every, st.booleans())
def test_frequencies(case: Parted, every: int | None, sort: bool) -> None:
    """Counts by equality, in the order records first appear, or the most frequent first."""
    counts = Counter(case.records)
    expected = counts.most_common() if sort else list(counts.items())
    agree(lambda: case.bag.frequencies(split_every=every, sort=sort), lambda: expected)
    agree(case.bag.count_by_value, lambda: dict(counts))


@quick
@given(bags(st.one_of(ints, st.lists(ints, max_size=1))))
def test_unhashable_records(case: Parted) -> None:
    """What cannot be a key of a dict cannot be counted: the same error as for the whole."""
    agree(case.bag.frequencies, lambda: list(Counter(case.records).items()))


@quick
@given(bags(pairs), st.integers(0, 5), split_every, st.sampled_from([None, 1, operator.itemgetter(1), len]))
def test_topk(case: Parted, k: int, every: int | None, key: Any) -> None:
    """The k largest and smallest, equals in the order they come."""
    func = operator.itemgetter(1) if key == 1 else key
    agree(lambda: case.bag.topk(k, key, split_every=every), lambda: heapq.nlargest(k, case.records, key=func))
    agree(lambda: case.bag.top(k, key), lambda: sorted(case.records, key=func, reverse=True)[:k])
    agree(lambda: case.bag.take_ordered(k, key), lambda: sorted(case.records, key=func)[:k])


@quick
@given(bags(mixed), bags(dicts))
def test_distinct(case: Parted, named: Parted) -> None:
    """The first of equals, in order; by a key or a field too."""
    agree(lambda: case.bag.distinct(npartitions=1), lambda: list(toolz.unique(case.records)))
    agree(
        lambda: named.bag.distinct("name", npartitions=1),
        lambda: list(toolz.unique(named.records, key=lambda r: r["name"])),
    )
    agree(
        lambda: named.bag.distinct(key=len, npartitions=1),
        lambda: list(toolz.unique(named.records, key=len)),
    )


@quick
@given(bags(words), split_every)
def test_fold_without_an_initial_value(case: Parted, every: int | None) -> None:
    """``functools.reduce`` for a function that is associative, and its TypeError for nothing."""
    agree(
        lambda: case.bag.fold(operator.add, split_every=every),
        lambda: functools.reduce(operator.add, case.records),
    )
    agree(lambda: case.bag.reduce(operator.add), lambda: functools.reduce(operator.add, case.records))
    agree(lambda: case.bag.tree_reduce(operator.add), lambda: functools.reduce(operator.add, case.records))


@quick
@given(bags(words), split_every)
def test_fold_with_an_initial_value(case: Parted, every: int | None) -> None:
    """The initial value counts once, before the first record; it is the answer for nothing."""
    agree(
        lambda: case.bag.fold(operator.add, initial="<", split_every=every),
        lambda: functools.reduce(operator.add, case.records, "<"),
    )


def _append(total: list[Any], record: Any) -> list[Any]:
    total.append(record)
    return total


def _extend(total: list[Any], other: list[Any]) -> list[Any]:
    total += other
    return total


@quick
@given(bags(words), split_every)
def test_fold_with_combine(case: Parted, every: int | None) -> None:
    """Totals of another kind than records; functions may change their total in place."""
    for lazy in (
        lambda: case.bag.fold(_append, _extend, initial=[], split_every=every),
        lambda: case.bag.aggregate([], _append, _extend),
        lambda: case.bag.tree_aggregate([], _append, _extend, split_every=every),
    ):
        agree(lazy, lambda: case.records)
        agree(lazy, lambda: case.records)
    agree(
        lambda: case.bag.fold(_append, _extend, initial=[], out_type=pn.Bag, split_every=every).map(
            str.upper
        ),
        lambda: [word.upper() for word in case.records],
    )


@quick
@given(bags(pairs), split_every)
def test_foldby(case: Parted, every: int | None) -> None:
    """A fold for each key, keys in the order they first appear."""
    records = case.records
    agree(
        lambda: case.bag.foldby(0, _add_number, 0, operator.add, 0, split_every=every),
        lambda: list(toolz.reduceby(0, _add_number, records, 0).items()),
    )
    agree(
        lambda: case.bag.foldby(0, _add_number, 0, operator.add, split_every=every),
        lambda: list(toolz.reduceby(0, _add_number, records, 0).items()),
    )
    agree(
        lambda: case.bag.foldby(lambda pair: pair[1] % 2, max, split_every=every),
        lambda: list(toolz.reduceby(lambda pair: pair[1] % 2, max, records).items()),
    )
    agree(
        lambda: case.bag.foldby(1, _append, [], _extend, split_every=every),
        lambda: list(toolz.groupby(1, records).items()),
    )


def _add_number(total: int, pair: tuple[str, int]) -> int:
    return total + pair[1]


@quick
@given(bags(ints), split_every)
def test_reduction(case: Parted, every: int | None) -> None:
    """Any pair of functions that works in levels; nothing is reduced as an empty list."""
    agree(lambda: case.bag.reduction(sum, sum, split_every=every), lambda: sum(case.records))
    agree(lambda: case.bag.reduction(max, max, split_every=every), lambda: max(case.records))
    agree(
        lambda: case.bag.reduction(sorted, heapq_merge, split_every=every, out_type=pn.Bag).map(abs),
        lambda: [abs(x) for x in sorted(case.records)],
    )


def heapq_merge(parts: list[list[int]]) -> list[int]:
    return list(heapq.merge(*parts))


@quick
@given(bags(ints), ints)
def test_arithmetic_of_items(case: Parted, n: int) -> None:
    """Operators of items are those of their values, on either side, errors included."""
    operators: list[Callable[[Any, Any], Any]] = [
        *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod),
        *(operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt),
    ]
    total, count = sum(case.records), len(case.records)
    for op in operators:
        agree(lambda op=op: op(case.bag.sum(), case.bag.count()), lambda op=op: op(total, count))
        agree(lambda op=op: op(case.bag.sum(), n), lambda op=op: op(total, n))
        agree(lambda op=op: op(n, case.bag.sum()), lambda op=op: op(n, total))
    agree(lambda: -abs(case.bag.sum()), lambda: -abs(total))
    agree(lambda: case.bag.count_by_value()[n], lambda: dict(Counter(case.records))[n])
    agree(lambda: case.bag.sum().apply(str), lambda: str(total))


@quick
@given(bags(ints))
def test_several_answers_at_once(case: Parted) -> None:
    """Answers computed together are those computed one by one."""
    bag = case.bag
    answers = pn.compute(bag.sum(), bag.map(abs), {"n": bag.count()}, 7)
    assert_eq(list(answers), [sum(case.records), [abs(x) for x in case.records], {"n": len(case.records)}, 7])


@quick
@given(bags(ints), bags(ints))
def test_reduction_of_a_reduction(case: Parted, other: Parted) -> None:
    """What a reduction gives is a bag or an item like any other."""
    agree(
        lambda: case.bag.frequencies().pluck(1).topk(2).sum() + other.bag.count(),
        lambda: sum(heapq.nlargest(2, Counter(case.records).values())) + len(other.records),
    )
    agree(
        lambda: pn.concat([each.bag.distinct(npartitions=1) for each in (case, other)]).distinct(
            npartitions=1
        ),
        lambda: list(toolz.unique(itertools.chain(case.records, other.records))),
    )
