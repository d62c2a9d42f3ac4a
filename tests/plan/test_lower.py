"""Lowering: which tasks a plan becomes, and what they are called with."""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any

import pytest

import pannier as pn
from pannier.graph.task import Ref, Task
from pannier.plan.lower import lower
from pannier.plan.nodes import FromGraph
from pannier.schedulers.events import stage_of
from pannier.schedulers.sync import get
from tests.plan.plans import PLANS, numbers


def tasks(collection: Any) -> dict[str, int]:
    """How many tasks of each stage there are."""
    graph, _ = collection.graph()
    return dict(Counter(map(stage_of, graph.tasks)))


def test_a_chain_is_a_task_a_partition() -> None:
    """However many steps it has."""
    assert tasks(numbers(7).map(str).filter(bool).flatten()) == {"range-map-filter-flatten": 7}


def test_long_names_are_cut() -> None:
    """The name of a task says where it starts and ends."""
    assert tasks(numbers(2).map(str).filter(bool).flatten().pluck(0).map(str)) == {"range-...-pluck": 2}


@pytest.mark.parametrize(
    ("npartitions", "split_every", "combines"),
    [
        (1, None, 0),
        (8, None, 0),
        (9, None, 2),
        (64, None, 8),
        (65, None, 9 + 2),
        (9, 3, 3),
        (8, 2, 4 + 2),
        (5, 100, 0),
    ],
)
def test_reductions_are_trees(npartitions: int, split_every: int | None, combines: int) -> None:
    """Partial results are combined ``split_every`` at a time, in as many levels as it takes."""
    total = numbers(npartitions).sum(split_every)
    expected = {"range-sum": npartitions, "sum": 1} | ({"sum-combine": combines} if combines else {})
    assert tasks(total) == expected
    assert total.compute(scheduler="sync") == 45


def test_a_reduction_reads_partials_in_order() -> None:
    """Functions that are associative but not commutative give the answer of the whole."""
    words = pn.from_sequence("abcdefghijklmnopqrstuvwxyz", npartitions=26)
    assert words.fold(operator.add, split_every=3).compute(scheduler="sync") == "abcdefghijklmnopqrstuvwxyz"


def test_unions_and_selections_cost_no_task() -> None:
    """Blocks are passed on as they are."""
    both = numbers(2).union(numbers(3))
    assert tasks(both) == {"range": 5}
    assert tasks(both._partitions([0, 4])) == {"range": 5}
    graph, keys = both._partitions([4, 0]).graph()
    assert get(graph, keys) == [[6, 7, 8, 9], [0, 1, 2, 3, 4]]


def test_a_scan_carries_small_things() -> None:
    """Numbering counts each partition beside it; running totals pass the last one on."""
    assert tasks(numbers(3).zip_with_index()) == {
        "range": 3,
        "zip_with_index": 3,
        "zip_with_index-chunk": 3,
        "zip_with_index-carry": 3,
    }
    assert tasks(numbers(3).accumulate(max)) == {"range": 3, "accumulate": 3, "accumulate-carry": 3}


def test_a_literal_in_a_plan_is_no_reference() -> None:
    """Arguments and records that look like references, keys or tasks come through as they are."""
    strange = [Ref("x"), Task(max, 1, 2), ("range", 0), (max, 1)]
    assert pn.from_sequence(strange, npartitions=2).compute(scheduler="sync") == strange
    for value in strange:
        assert numbers(1).map(lambda _, v: v, value).take(1, scheduler="sync") == [value]
        assert pn.delayed(lambda v: v)(value).compute(scheduler="sync") == value
        assert callable(value) or pn.delayed(value).compute(scheduler="sync") == value
        assert numbers(2).join([value], lambda _: 0).pluck(0).take(1, scheduler="sync") == [value]
        first = numbers(1).accumulate(lambda carry, _: carry, value).take(1, scheduler="sync")
        assert repr(first) == repr([value])  # it is copied, and a copy of a task is another task


@pytest.mark.parametrize("plan", PLANS)
def test_every_block_has_a_task_or_a_value(plan: str) -> None:
    """Before and after optimizing; and tasks refer to nothing that is not there."""
    collections = PLANS[plan]()
    for optimize_graph in (True, False):
        for collection in collections:
            graph, keys = collection.graph(optimize_graph)
            assert len(keys) == collection.npartitions
            assert all(key in graph for key in keys)
            assert all(dep in graph for task in graph.tasks.values() for dep in task.deps)


def test_a_graph_of_ones_own_is_lowered_as_it_is() -> None:
    """Its keys are the keys of the blocks."""
    node = FromGraph(verb="mine", keys=["y", "x"], tasks={"y": Task(len, Ref("x"))}, values={"x": "abc"})
    graph, [keys] = lower([node])
    assert keys == ["y", "x"]
    assert get(graph, keys) == [3, "abc"]
