"""Verbs that look at several partitions, or bags, at once: the same as itertools over the whole."""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from tests.oracle.strategies import Parted, agree, bags, dicts, ints, mixed, pairs, quick, words


@quick
@given(bags(mixed), st.integers(0, 12))
def test_take(case: Parted, k: int) -> None:
    """The first k records, walking on over as many partitions as it needs; fewer when there are fewer."""
    assert case.bag.take(k) == case.records[:k]
    agree(lambda: case.bag.take(k, compute=False), lambda: case.records[:k])


@quick
@given(bags(mixed), st.integers(0, 12), st.integers(1, 6))
def test_take_of_some_partitions(case: Parted, k: int, npartitions: int) -> None:
    """``npartitions`` limits how far it walks, with a warning when that is not enough; -1 is no limit."""
    assert case.bag.take(k, npartitions=-1) == case.records[:k]
    if npartitions > len(case.partitions):
        with pytest.raises(ValueError, match=f"{npartitions} partitions"):
            case.bag.take(k, npartitions=npartitions)
        return
    some = list(itertools.chain.from_iterable(case.partitions[:npartitions]))
    assert case.bag.take(k, npartitions=npartitions, warn=False) == some[:k]
    agree(lambda: case.bag.take(k, npartitions=npartitions, compute=False), lambda: some[:k])
    if len(some) < k and npartitions < len(case.partitions):
        with pytest.warns(UserWarning, match="asked for"):
            case.bag.take(k, npartitions=npartitions)


@quick
@given(bags(words))
def test_accumulate(case: Parted) -> None:
    """The running totals of itertools."""
    agree(
        lambda: case.bag.accumulate(operator.add),
        lambda: list(itertools.accumulate(case.records, operator.add)),
    )


@quick
@given(bags(words), words)
def test_accumulate_from_an_initial_value(case: Parted, initial: str) -> None:
    """With an initial value, that comes first, as in itertools."""
    agree(
        lambda: case.bag.accumulate(operator.add, initial=initial),
        lambda: list(itertools.accumulate(case.records, operator.add, initial=initial)),
    )


def _append(total: list[str], word: str) -> list[str]:
    total.append(word)
    return total


@quick
@given(bags(words))
def test_accumulate_in_place(case: Parted) -> None:
    """A function may change its total in place: the initial value of the plan stays as it was given."""
    totals = case.bag.accumulate(_append, initial=[]).map(len)
    assert totals.compute() == totals.compute()


@quick
@given(bags(mixed))
def test_first_and_is_empty(case: Parted) -> None:
    """The first record, an error when there is none, and whether there is one."""
    assert case.bag.is_empty() == (not case.records)
    if case.records:
        assert case.bag.first() == case.records[0]
    else:
        with pytest.raises(ValueError, match="first"):
            case.bag.first()


@quick
@given(bags(ints), bags(words))
def test_product(case: Parted, other: Parted) -> None:
    """Every pair of a record of one and a record of the other, once."""
    expected = Counter(itertools.product(case.records, other.records))
    assert Counter(case.bag.product(other.bag).compute()) == expected
    assert Counter(case.bag.cartesian(other.bag).compute()) == expected


@quick
@given(bags(pairs), st.lists(pairs, max_size=4))
def test_join(case: Parted, small: list[tuple[str, int]]) -> None:
    """Pairs of a small record and one of the bag with equal keys, each as often as it occurs."""
    expected = Counter((right, left) for left in case.records for right in small if right[1] == left[1])
    computed = case.bag.join(small, 1).compute()
    assert Counter(computed) == expected
    assert Counter(case.bag.join(pn.delayed(list)(small), 1).compute()) == expected
    one = pn.from_sequence(small, npartitions=1)
    assert Counter(case.bag.join(one, operator.itemgetter(1)).compute()) == expected
    other_key = Counter((right, left) for left in case.records for right in small if right[0] == left[0][:1])
    computed = case.bag.join(small, lambda pair: pair[0][:1], 0).compute()
    assert Counter(computed) == other_key


@quick
@given(bags(pairs))
def test_unzip(case: Parted) -> None:
    """One bag for each place in the records."""
    first, second = case.bag.unzip(2)
    agree(lambda: first, lambda: [word for word, _ in case.records])
    agree(lambda: second, lambda: [n for _, n in case.records])


@quick
@given(bags(ints))
def test_zip(case: Parted) -> None:
    """Bags of one layout side by side, as the builtin; also with itself."""
    other = case.bag.map(str)
    agree(lambda: pn.zip(case.bag, other), lambda: [(x, str(x)) for x in case.records])
    agree(lambda: pn.zip(case.bag, other, case.bag), lambda: [(x, str(x), x) for x in case.records])


@quick
@given(bags(ints), bags(ints))
def test_zip_of_bags_that_do_not_match(case: Parted, other: Parted) -> None:
    """Bags of different layouts are an error, in building or in computing, never cut to the shorter."""
    if list(map(len, case.partitions)) == list(map(len, other.partitions)):
        agree(
            lambda: pn.zip(case.bag, other.bag), lambda: list(zip(case.records, other.records, strict=True))
        )
    else:
        with pytest.raises(ValueError, match="partition"):
            pn.zip(case.bag, other.bag).compute()


@quick
@given(st.lists(bags(mixed), min_size=1, max_size=4))
def test_concat_and_union(cases: list[Parted]) -> None:
    """One bag after the other, partitions as they are."""
    agree(
        lambda: pn.concat([case.bag for case in cases]), lambda: [x for case in cases for x in case.records]
    )
    joined = pn.concat([case.bag for case in cases])
    assert joined.npartitions == sum(len(case.partitions) for case in cases)
    agree(lambda: cases[0].bag.union(cases[-1].bag), lambda: cases[0].records + cases[-1].records)


@quick
@given(bags(mixed, max_partitions=8), st.integers(1, 12))
def test_repartition(case: Parted, n: int) -> None:
    """The same records in the same order in exactly n partitions."""
    agree(lambda: case.bag.repartition(n), lambda: case.records)
    assert case.bag.repartition(n).npartitions == n
    assert len(case.bag.repartition(n).glom().compute()) == n
    agree(lambda: case.bag.coalesce(n), lambda: case.records)
    assert case.bag.coalesce(n).npartitions == min(n, len(case.partitions))


@quick
@given(bags(mixed))
def test_zip_with_index(case: Parted) -> None:
    """Each record with its number in the whole."""
    agree(case.bag.zip_with_index, lambda: [(x, i) for i, x in enumerate(case.records)])


@quick
@given(st.lists(mixed, max_size=20), st.integers(1, 25))
def test_from_sequence(records: list[Any], n: int) -> None:
    """Any number of partitions or records a partition gives the same records."""
    agree(lambda: pn.from_sequence(records, npartitions=n), lambda: records)
    agree(lambda: pn.from_sequence(records, partition_size=n), lambda: records)
    agree(lambda: pn.from_sequence(iter(records)), lambda: records)
    sizes = pn.from_sequence(records, partition_size=n).map_partitions(len).compute()
    assert max(sizes) <= n


@quick
@given(st.integers(0, 30), st.integers(1, 40))
def test_range(n: int, npartitions: int) -> None:
    """The numbers of the builtin."""
    agree(lambda: pn.range(n, npartitions=npartitions), lambda: list(range(n)))


@quick
@given(bags(mixed))
def test_to_delayed_and_back(case: Parted) -> None:
    """A delayed value a partition; bags and values made of them are the same."""
    parts = case.bag.to_delayed()
    assert list(pn.compute(*parts)) == case.partitions
    agree(lambda: pn.from_delayed(parts), lambda: case.records)
    agree(lambda: pn.delayed(len)(parts[0]), lambda: len(case.partitions[0]))


@quick
@given(bags(ints))
def test_persist(case: Parted) -> None:
    """A persisted bag has the same records in the same partitions, and goes on as any bag."""
    kept = case.bag.map(abs).persist()
    agree(lambda: kept, lambda: [abs(x) for x in case.records])
    agree(kept.glom, lambda: [[abs(x) for x in part] for part in case.partitions])
    agree(
        lambda: kept.map(str).frequencies(), lambda: list(Counter(str(abs(x)) for x in case.records).items())
    )


@quick
@given(bags(dicts))
def test_optimizing_changes_no_answer(case: Parted) -> None:
    """The plan as written gives the same answer as the optimized one."""

    def build() -> Any:
        names = pn.concat([case.bag, case.bag.filter(lambda r: "n" in r)]).pluck("name")
        return (
            names.map(str.strip)
            .remove(lambda word: not word)
            .frequencies(sort=True)
            .map(lambda pair: pair[::-1])
        )

    names = [r["name"].strip() for r in [*case.records, *(r for r in case.records if "n" in r)]]
    expected = [(n, word) for word, n in Counter(filter(None, names)).most_common()]
    agree(build, lambda: expected)
    assert build().compute(optimize_graph=False) == expected


@quick
@given(bags(ints))
def test_equal_work_has_one_name(case: Parted) -> None:
    """The same steps over the same bag are the same work; a different argument is other work."""
    assert case.bag.map(_plus, 1).name == case.bag.map(_plus, 1).name
    assert case.bag.map(_plus, 1).name != case.bag.map(_plus, 2).name
    assert case.bag.map(_plus, 1).name != case.bag.map(_plus, 1.0).name
    assert case.bag.topk(2).name != case.bag.topk(3).name


def _plus(x: int, n: float) -> float:
    return x + n


@quick
@given(bags(ints), st.integers(0, 8))
def test_random_samples_of_a_size(case: Parted, k: int) -> None:
    """Without replacement no record is drawn twice; with it, any record may be; too few are an error."""
    numbered = case.bag.zip_with_index()
    everything = list(zip(case.records, itertools.count(), strict=False))
    if k > len(everything):
        with pytest.raises(ValueError, match="sample"):
            pn.bag.random.sample(numbered, k).compute()
    else:
        drawn = pn.bag.random.sample(numbered, k).compute()
        assert len({*drawn}) == len(drawn) == k
        assert {*drawn} <= {*everything}
    if k and not everything:
        with pytest.raises(ValueError, match="choices"):
            pn.bag.random.choices(numbered, k).compute()
    else:
        drawn = pn.bag.random.choices(numbered, k).compute()
        assert len(drawn) == k
        assert {*drawn} <= {*everything}


@quick
@given(bags(ints))
def test_foreach(case: Parted) -> None:
    """``foreach`` calls the function once for every record, in equal partitions too, and has no answer."""
    seen: list[int] = []
    assert case.bag.foreach(seen.append) is None
    assert sorted(seen) == sorted(case.records)
    parts: list[list[int]] = []
    assert case.bag.foreach_partition(lambda part: parts.append(list(part))) is None
    assert sorted(parts) == sorted(case.partitions)


@quick
@given(st.lists(st.lists(mixed, max_size=3), min_size=1, max_size=4))
def test_iterating_streams(partitions: list[list[Any]]) -> None:
    """Iteration computes no partition that was not asked for."""
    made: list[int] = []

    def make(i: int) -> list[Any]:
        made.append(i)
        return partitions[i]

    bag = pn.from_delayed([pn.delayed(make)(i) for i in range(len(partitions))])
    walk = iter(bag)
    assert made == []
    assert list(walk) == [x for part in partitions for x in part]
    assert made == list(range(len(partitions)))


ITERATED: dict[str, Callable[[Any], Any]] = {
    "map": lambda bag: bag.map(abs),
    "accumulate": lambda bag: bag.accumulate(operator.add),
    "zip_with_index": lambda bag: bag.zip_with_index(),
    "repartition to fewer": lambda bag: bag.repartition(3),
    "repartition to more": lambda bag: bag.repartition(20),
    "reduce": lambda bag: bag.frequencies().repartition(4),
    "concat": lambda bag: pn.concat([bag.map(abs), bag.map(str)]),
}


@pytest.mark.parametrize("pipeline", ITERATED)
@pytest.mark.parametrize("num_workers", [1, 2, 5])
def test_iterating_makes_nothing_twice(pipeline: str, num_workers: int) -> None:
    """What a later partition reads of an earlier one, a carry or a block, is kept until then."""
    made: Counter[int] = Counter()
    bag = ITERATED[pipeline](pn.range(24, npartitions=8).map(lambda x: (made.update([x]), x)[1]))
    with pn.config.set(num_workers=num_workers):
        iterated = list(bag)
    assert max(made.values()) <= (2 if pipeline == "concat" else 1)
    assert iterated == bag.compute()


def test_iterating_computes_a_total_once() -> None:
    """A total that every partition reads is kept; the records it was made of are made again, once."""
    made: Counter[int] = Counter()
    bag = pn.range(24, npartitions=8).map(lambda x: (made.update([x]), x)[1])
    with pn.config.set(num_workers=2):
        assert list(bag.map(operator.sub, bag.max())) == [x - 23 for x in range(24)]
    assert max(made.values()) <= 2
