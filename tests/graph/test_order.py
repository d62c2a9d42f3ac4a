"""The static order of tasks: valid on any graph, and sparing with live results on the shapes that matter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shapes import Adjacency, dependents_of, relabelled, shapes
from pannier.graph.order import order

TOY_SHAPES = shapes(scale=1)


def ordered(dependencies: Adjacency) -> list[int]:
    return order(dependencies, dependents_of(dependencies))


def assert_valid(tasks: Sequence[int], dependencies: Adjacency) -> None:
    assert sorted(tasks) == list(range(len(dependencies)))
    seen: set[int] = set()
    for task in tasks:
        assert seen.issuperset(dependencies[task])
        seen.add(task)


@st.composite
def graphs(draw: st.DrawFn) -> Adjacency:
    """Any acyclic graph, its ids in no helpful order."""
    size = draw(st.integers(0, 25))
    reads = [draw(st.sets(st.integers(0, task - 1), max_size=6)) if task else set() for task in range(size)]
    return relabelled([sorted(each) for each in reads], draw(st.integers(0, 2**16)))


@given(graphs())
def test_any_graph_gets_a_valid_order(dependencies: Adjacency) -> None:
    """Every task once, after all it reads."""
    assert_valid(ordered(dependencies), dependencies)


@pytest.mark.parametrize("name", TOY_SHAPES)
def test_a_shape_gets_a_valid_order_and_always_the_same(name: str) -> None:
    """The order is a function of the graph."""
    dependencies = TOY_SHAPES[name]()
    first = ordered(dependencies)
    assert_valid(first, dependencies)
    assert ordered([list(reads) for reads in dependencies]) == first


def test_the_empty_graph_has_the_empty_order() -> None:
    """No task, no order."""
    assert order([], []) == []
