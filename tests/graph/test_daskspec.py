"""Dask's task spec to and from ours, against Dask's own execution."""

from __future__ import annotations

import operator
import subprocess
import sys
from typing import Any, NamedTuple

import dask
import pytest
from dask._task_spec import Alias, DataNode, Dict, GraphNode, List, Set, Task, TaskRef, Tuple
from dask.local import get_sync as dask_get

from pannier.graph.daskspec import is_dask_graph, to_dask
from pannier.graph.graph import Graph
from pannier.graph.spec import to_graph
from pannier.graph.task import Literal, Ref
from pannier.graph.task import Task as OwnTask
from pannier.schedulers import multiprocessing, sync, threaded


def arguments(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    return args, kwargs


class Pair(NamedTuple):
    left: Any
    right: Any


class Doubled(Task):
    """A kind of node that somebody else has added."""

    def __call__(self, values: Any = ()) -> Any:
        return 2 * super().__call__(values)


X = {"x": DataNode("x", 7), "data": DataNode("data", {"of": ["x"]})}
FROM_DASK = {
    "task": Task("t", operator.sub, TaskRef("x"), 1),
    "keywords": Task("t", arguments, 1, key=TaskRef("x"), plain=2),
    "alias": Alias("t", "x"),
    "reference": TaskRef("x"),
    "data": DataNode("t", [1, (len, "ab")]),
    "list": List(TaskRef("x"), List(TaskRef("x"), 2), [3, "x"]),
    "tuple": Tuple(TaskRef("x"), Set(TaskRef("x"), 2)),
    "dict": Dict({"a": TaskRef("x"), "b": Dict({"c": TaskRef("x")})}),
    "reference as a key": Dict([(TaskRef("x"), 1), ("y", List(TaskRef("x")))]),
    "nested task": Task("t", sum, List(Task(None, operator.neg, TaskRef("x")), 1)),
    "literals": Task("t", arguments, ["x", (len, "x")], {"x": "x"}, DataNode(None, "x"), TaskRef("data")),
    "fused": Task.fuse(Task("a", operator.neg, TaskRef("x")), Task("t", operator.add, TaskRef("a"), 1)),
    "another kind": Doubled("t", operator.add, TaskRef("x"), TaskRef("x")),
    "legacy": (sum, [(operator.neg, "x"), "x", 1]),
    "legacy alias": "x",
    "legacy named tuple": (list, Pair("x", 2)),
}
TO_DASK = {
    "task": OwnTask(operator.sub, Ref("x"), 1),
    "keywords": OwnTask(arguments, 1, key=Ref("x"), plain={"y": [Ref("x")]}),
    "containers": OwnTask(arguments, [Ref("x"), [1]], (Ref("x"), (2,)), {"a": Ref("x")}, {Ref("x"), 3}),
    "frozen set": OwnTask(arguments, frozenset({Ref("x"), 3})),
    "nested task": OwnTask(sum, [OwnTask(operator.neg, Ref("x")), 1]),
    "literals": OwnTask(arguments, "x", Literal((len, "x")), Literal(Ref("x")), ["x"], {"x": "x"}),
    "literal of Dask's": OwnTask(arguments, Literal(TaskRef("x"))),
    "one list in a list": OwnTask(arguments, [[Ref("x")]], [[1, 2]]),
}


@pytest.mark.parametrize("node", FROM_DASK.values(), ids=FROM_DASK)
def test_what_dask_says(node: Any) -> None:
    """Every kind of node gives here what it gives there, on any scheduler."""
    dsk = {**X, "t": node}
    expected = dask_get(dsk, "t")
    for get in (sync.get, threaded.get):
        answer = get(dsk, "t")
        assert answer == expected
        assert type(answer) is type(expected)


def test_across_processes() -> None:
    """Nodes without a counterpart travel, as all others do."""
    names = ["another kind", "fused", "literals", "reference as a key"]
    dsk = {**X, **{name: FROM_DASK[name] for name in names}}
    assert multiprocessing.get(dsk, names, num_workers=2) == list(dask_get(dsk, names))


@pytest.mark.parametrize("task", TO_DASK.values(), ids=TO_DASK)
def test_what_we_say(task: OwnTask) -> None:
    """Every task gives there what it gives here, and the same again on the way back."""
    graph = Graph({"t": task}, {"x": 7})
    dsk = to_dask(graph)
    assert all(isinstance(node, GraphNode) and node.key == key for key, node in dsk.items())
    assert dsk["t"].dependencies == set(task.deps)
    expected = sync.get(graph, "t")
    assert dask_get(dsk, "t") == expected
    assert sync.get(dsk, "t") == expected


def test_aliases_and_containers_at_the_top() -> None:
    """A name for a key, and a list of results, are said as such."""
    graph = to_graph({"x": 1, "y": "x", "z": ["x", "y", 2]})
    dsk = to_dask(graph)
    assert dsk["y"] == Alias("y", "x")
    assert dask_get(dsk, ["y", "z"]) == (1, [1, 1, 2])


def test_a_dask_graph_is_told_from_others() -> None:
    """By a node in it, or by being an expression; a dict of tuples is ours."""
    total = dask.delayed(sum)([1, 2])
    assert is_dask_graph(total.dask)
    assert is_dask_graph({"x": 1, "y": Alias("y", "x")})
    assert not is_dask_graph({"x": 1, "y": (max, "x", 3)})
    assert not is_dask_graph({})
    assert not is_dask_graph(7)
    assert sync.get(total.dask, total.key) == 3


def test_dask_is_not_imported() -> None:
    """By graphs that have nothing of it."""
    script = """
import sys
import pannier as pn
assert pn.get({"x": 1, "y": (max, "x", 3)}, "y") == 3
assert pn.compute([pn.delayed(len)("abc"), 1]) == ([3, 1],)
assert not {name for name in sys.modules if name.partition(".")[0] in ("dask", "distributed")}
"""
    subprocess.run([sys.executable, "-c", script], check=True)
