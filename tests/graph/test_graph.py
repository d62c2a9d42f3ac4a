"""Graphs: the part a run needs, its order, and the errors of graphs that cannot run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pannier.errors import GraphError
from pannier.graph.graph import Graph, find_cycle, invert
from pannier.graph.spec import to_graph
from pannier.graph.task import Ref, Task
from pannier.schedulers import sync, threaded


def inc(x: int) -> int:
    return x + 1


def test_only_what_is_wanted_is_needed() -> None:
    """Tasks that nothing wanted depends on are left out."""
    graph = to_graph({"a": (inc, 1), "b": (inc, "a"), "other": (inc, "a"), "v": 5, "c": (max, "b", "v")})
    ordered = graph.ordered(["c"])
    assert ordered.keys == ["a", "b", "c"]
    assert ordered.dependencies == [[], [0], [1]]
    assert ordered.dependents == [[1], [2], []]
    assert ordered.outputs == [2]
    assert ordered.values == {"v": 5}


def test_a_wanted_key_counts_once() -> None:
    """Keys may be asked for repeatedly, and may be values that need no task."""
    graph = to_graph({"a": (inc, 1), "v": 5})
    assert graph.ordered(["a", "v", "a"]).outputs == [0]
    assert graph.ordered(["v"]).tasks == []


def test_a_graph_knows_its_keys() -> None:
    """Tasks and values are both in it."""
    graph = Graph({"y": Task(inc, Ref("x"))}, {"x": 7})
    assert ("x" in graph, "y" in graph, "z" in graph, len(graph)) == (True, True, False, 2)


def cycle_of(error: GraphError) -> list[str]:
    """The keys of the cycle that an error prints."""
    return re.findall(r"'(\w+)'", str(error).partition(": ")[2])


@pytest.mark.parametrize(
    ("dsk", "members"),
    [
        ({"a": (inc, "a")}, {"a"}),
        ({"a": "a"}, {"a"}),
        (
            {"a": (inc, "b"), "b": (inc, "c"), "c": (inc, "a"), "out": (max, "a", "in"), "in": (inc, 1)},
            set("abc"),
        ),
    ],
    ids=["itself", "alias of itself", "three behind others"],
)
def test_a_cycle_is_printed(dsk: dict[str, Any], members: set[str]) -> None:
    """The error shows the tasks along the cycle, from one of them around to itself, and no others."""
    wanted = "out" if "out" in dsk else "a"
    with pytest.raises(GraphError, match="the graph has a cycle") as caught:
        sync.get(dsk, wanted)
    path = cycle_of(caught.value)
    assert path[0] == path[-1]
    assert sorted(path[1:]) == sorted(members)


def test_a_cycle_that_is_not_needed_does_not_matter() -> None:
    """Only the part that is wanted has to make sense."""
    assert sync.get({"a": (inc, "b"), "b": (inc, "a"), "x": (inc, 1)}, "x") == 2


def test_a_long_cycle_is_found() -> None:
    """Walking it is no recursion."""
    n = 50_000
    cycle = find_cycle([[(i + 1) % n] for i in range(n)], [[(i - 1) % n] for i in range(n)])
    assert cycle is not None
    assert len(cycle) == n + 1


def test_inverting_twice_is_the_same_graph() -> None:
    """Dependents of dependents are dependencies."""
    dependencies = [[], [0], [0, 1], [1]]
    assert invert(invert(dependencies)) == dependencies


@pytest.mark.parametrize("get", [sync.get, threaded.get], ids=["sync", "threads"])
def test_a_chain_of_100_000_tasks_runs(get: Any) -> None:
    """Depth costs no recursion: in converting, checking, ordering and running."""
    n = 100_000
    dsk: dict[Any, Any] = {("x", 0): 0} | {("x", i): (inc, ("x", i - 1)) for i in range(1, n + 1)}
    assert get(dsk, ("x", n)) == n


def test_a_chain_of_aliases_runs() -> None:
    """An alias of an alias of an alias is no recursion either."""
    n = 10_000
    assert sync.get({0: "value"} | {i: i - 1 for i in range(1, n)}, n - 1) == "value"
