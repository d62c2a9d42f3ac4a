"""Random pipelines: steps that fuse, select, concatenate and share must not change each other's answers.

A pipeline grows stage by stage, each made of the last one, or of it and an earlier one, beside a model of
it: plain lists, one a partition.  So records, their order and their layout are all compared.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.testing import no_compute
from tests.oracle.strategies import WAYS, Parted, bags

Partitions = list[list[int]]


@dataclass(frozen=True)
class Stage:
    """A bag, and its partitions as plain lists."""

    bag: Any
    parts: Partitions

    @property
    def records(self) -> list[int]:
        return list(itertools.chain.from_iterable(self.parts))


Grow = Callable[[Stage, Stage, int], Stage]
"""The next stage from the last one, an earlier one and a small number."""


def _map(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.map(operator.add, n), [[x + n for x in part] for part in last.parts])


def _map_item(last: Stage, earlier: Stage, n: int) -> Stage:
    count = len(earlier.records)
    return Stage(
        last.bag.map(operator.sub, earlier.bag.count()), [[x - count for x in part] for part in last.parts]
    )


def _map_bag(last: Stage, earlier: Stage, n: int) -> Stage:
    if list(map(len, earlier.parts)) != list(map(len, last.parts)):
        earlier = last
    both = [list(map(operator.sub, a, b)) for a, b in zip(last.parts, earlier.parts, strict=True)]
    return Stage(last.bag.map(operator.sub, earlier.bag), both)


def _filter(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(
        last.bag.filter(lambda x: x % 3 != n % 3), [[x for x in p if x % 3 != n % 3] for p in last.parts]
    )


def _flat_map(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.flat_map(lambda x: [x] * (x % 2)), [[x for x in p if x % 2] for p in last.parts])


def _sort(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.map_partitions(sorted), list(map(sorted, last.parts)))


def _head(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.map_partitions(itertools.islice, n), [part[:n] for part in last.parts])


def _index(last: Stage, earlier: Stage, n: int) -> Stage:
    numbered = last.bag.map_partitions_with_index(lambda i, part: [x + i for x in part])
    return Stage(numbered, [[x + i for x in part] for i, part in enumerate(last.parts)])


def _accumulate(last: Stage, earlier: Stage, n: int) -> Stage:
    walk = itertools.accumulate(last.records, max)
    return Stage(last.bag.accumulate(max), [list(itertools.islice(walk, len(part))) for part in last.parts])


def _enumerate(last: Stage, earlier: Stage, n: int) -> Stage:
    walk = iter(map(operator.add, last.records, itertools.count()))
    bag = last.bag.zip_with_index().starmap(operator.add)
    return Stage(bag, [list(itertools.islice(walk, len(part))) for part in last.parts])


def _concat(last: Stage, earlier: Stage, n: int) -> Stage:
    if len(last.records) + len(earlier.records) > 200:
        return last
    return Stage(pn.concat([last.bag, earlier.bag]), last.parts + earlier.parts)


def _select(last: Stage, earlier: Stage, n: int) -> Stage:
    chosen = [(i * n + n) % len(last.parts) for i in range(min(n + 1, len(last.parts)))]
    parts = last.bag.to_delayed()
    return Stage(pn.from_delayed([parts[i] for i in chosen]), [last.parts[i] for i in chosen])


def _repartition(last: Stage, earlier: Stage, n: int) -> Stage:
    now, then = len(last.parts), n + 1
    bag = last.bag.repartition(then)
    if then <= now:
        bounds = [i * now // then for i in range(then + 1)]
        runs = [last.parts[start:end] for start, end in itertools.pairwise(bounds)]
        return Stage(bag, [list(itertools.chain.from_iterable(run)) for run in runs])
    shares = [(i + 1) * then // now - i * then // now for i in range(now)]
    return Stage(
        bag,
        [
            part[len(part) * k // n_shares : len(part) * (k + 1) // n_shares]
            for part, n_shares in zip(last.parts, shares, strict=True)
            for k in range(n_shares)
        ],
    )


def _take(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.take(n * 3, compute=False), [last.records[: n * 3]])


def _topk(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.topk(n, split_every=2), [sorted(last.records, reverse=True)[:n]])


def _distinct(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.distinct(npartitions=1), [list(dict.fromkeys(last.records))])


def _fold(last: Stage, earlier: Stage, n: int) -> Stage:
    bag = last.bag.fold(_append, operator.iadd, initial=[], split_every=2, out_type=pn.Bag)
    return Stage(bag, [last.records])


def _append(total: list[int], x: int) -> list[int]:
    total.append(x)
    return total


def _join(last: Stage, earlier: Stage, n: int) -> Stage:
    small = earlier.bag.distinct(npartitions=1).map(lambda x: x % 5).distinct(npartitions=1)
    keys = {x % 5 for x in earlier.records}
    bag = last.bag.join(small, on_self=lambda x: x % 5, on_other=lambda x: x).pluck(1)
    return Stage(bag, [[x for x in part if x % 5 in keys] for part in last.parts])


def _persist(last: Stage, earlier: Stage, n: int) -> Stage:
    return Stage(last.bag.persist(), last.parts)


STEPS: Sequence[Grow] = (
    *(_map, _map_item, _map_bag, _filter, _flat_map, _sort, _head, _index, _accumulate, _enumerate),
    *(_concat, _select, _repartition, _take, _topk, _distinct, _fold, _join),
)
choices = st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.integers(0, 5))
"""A step, which earlier stage it may also read, and its number."""


def grow(source: Parted, steps: Sequence[tuple[Grow, int, int]]) -> list[Stage]:
    """The stages of a pipeline, the source included."""
    stages = [Stage(source.bag, source.partitions)]
    for step, back, n in steps:
        stages.append(step(stages[-1], stages[-1 - back % len(stages)], n))
    return stages


@settings(max_examples=200)
@given(bags(st.integers(-9, 9)), st.lists(choices, min_size=1, max_size=8), st.booleans())
@example(Parted([[1], [1]], "concat"), [(_index, 0, 0)], True)
@example(Parted([[0], [1]], "flatten"), [(_fold, 0, 0), (_concat, 1, 0), (_fold, 0, 0)], True)
def test_last_stage(source: Parted, steps: list[tuple[Grow, int, int]], optimize: bool) -> None:
    """The last stage alone has the records and the layout of its model, optimized or as written."""
    with no_compute():
        last = grow(source, steps)[-1]
    assert last.bag.glom().compute(optimize_graph=optimize) == last.parts
    assert last.bag.compute(optimize_graph=optimize) == last.records
    assert last.bag.npartitions == len(last.parts)
    assert list(last.bag) == last.records


@settings(max_examples=100)
@given(bags(st.integers(-9, 9)), st.lists(choices, min_size=1, max_size=6), st.booleans())
def test_all_stages_at_once(source: Parted, steps: list[tuple[Grow, int, int]], optimize: bool) -> None:
    """Stages computed together share work, and each has its own answer."""
    stages = grow(source, steps)
    computed = pn.compute([stage.bag.glom() for stage in stages], optimize_graph=optimize)
    assert computed == ([stage.parts for stage in stages],)


@settings(max_examples=50)
@given(bags(st.integers(-9, 9)), st.lists(choices, min_size=1, max_size=4), st.lists(choices, max_size=4))
def test_persisted_in_between(
    source: Parted, before: list[tuple[Grow, int, int]], after: list[tuple[Grow, int, int]]
) -> None:
    """A stage that was persisted goes on like the one it was made of; computing does not change it."""
    stages = grow(source, [*before, (_persist, 0, 0), *after])
    for _ in range(2):
        assert stages[-1].bag.compute() == stages[-1].records
        assert stages[len(before) + 1].bag.glom().compute() == stages[len(before) + 1].parts


@settings(max_examples=30)
@given(st.sampled_from(sorted(WAYS)), st.lists(choices, min_size=1, max_size=8), st.sampled_from([1, 2, 3]))
def test_on_threads(way: str, steps: list[tuple[Grow, int, int]], num_workers: int) -> None:
    """Threads give what one thread gives."""
    source = Parted([[3, 1, 4], [], [1, 5, 9, -2, 6], [-5]], way)
    last = grow(source, steps)[-1]
    assert last.bag.glom().compute(scheduler="threads", num_workers=num_workers) == last.parts
