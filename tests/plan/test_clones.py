"""Clones of plans: other names, the same blocks, and nothing shared."""

from __future__ import annotations

from typing import Any

import pannier as pn
from pannier.graph.task import Ref, Task
from pannier.plan.calls import Call
from pannier.plan.clones import Cloner
from pannier.plan.lower import lower
from pannier.plan.nodes import FromGraph, Node
from pannier.plan.passes import optimize
from pannier.schedulers import sync


def nothing() -> None:
    return None


def results(node: Node) -> list[Any]:
    graph, keys = lower(optimize([node]))
    (found,) = sync.get(graph, keys)
    return list(found)


def a_graph() -> FromGraph:
    """Its first block is one of another node, the second a task that reads it, the third a value."""
    bag = pn.range(4, npartitions=1).map(str).node
    keys: list[Any] = [(bag.name, 0), "length", "value"]
    tasks: dict[Any, Task] = {"length": Task(len, Ref((bag.name, 0)))}
    return FromGraph(verb="mine", keys=keys, tasks=tasks, values={"value": 5}, over=(bag,), names=(bag.name,))


def test_graphs_over_other_nodes() -> None:
    """References to blocks of other nodes hold, whatever passes make of these."""
    node = a_graph()
    expected = [["0", "1", "2", "3"], 4, 5]
    assert results(node) == expected
    gate = Call("gate", nothing, (), {}, (), True, ())
    for after in (None, gate):
        clone = Cloner("seed", after=after).clone(node)
        assert isinstance(clone, FromGraph)
        assert results(clone) == expected
        assert clone.name != node.name
        assert clone.tasks.keys().isdisjoint(node.tasks)
        graph, _ = lower(optimize([clone]))
        assert ("gate" in graph.tasks) is (after is not None)


def test_what_is_kept_keeps_its_name() -> None:
    """And what it is made of."""
    bag = pn.range(4, npartitions=2)
    kept, last = bag.map(str), bag.map(str).map(len)
    clone = Cloner("seed", kept=[kept.node]).clone(last.node)
    assert isinstance(clone, Node)
    assert clone.name != last.node.name
    assert [each.name for each in clone.inputs] == [kept.node.name]
