"""Calls that are put off: tasks that know what makes the results they read.

There may be very many of them, so none is a node of a plan: :func:`joined` makes one node of all that some values
are made of, when they are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pannier.errors import GraphError
from pannier.graph.annotations import Annotation, Tried
from pannier.graph.constants import store_constants
from pannier.graph.task import Key, Task
from pannier.plan.blockmaps import Selected
from pannier.plan.callnames import label_of
from pannier.plan.nodes import Blockwise, FromGraph, Node


class Call(Task):
    """A task named ``key``, with the calls and the nodes that make what it reads."""

    __slots__ = ("annotation", "key", "reads")

    key: str
    reads: tuple[Made, ...]
    annotation: Annotation | None

    def __init__(
        self,
        key: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        deps: tuple[Key, ...],
        flat: bool,
        reads: tuple[Made, ...],
        annotation: Annotation | None = None,
    ) -> None:
        self.key = key
        self.annotation = annotation
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.deps = deps
        self.flat = flat
        self.reads = reads


class NamedCall(Call):
    """A call whose key the user has chosen: no other call may have it."""

    __slots__ = ()


Made: TypeAlias = Call | Node
"""What makes a value: a call, or a node."""


def keys_of(made: Made) -> Sequence[Key]:
    """The keys by which a task refers to what is ``made``, block by block."""
    if isinstance(made, Call):
        return (made.key,)
    if isinstance(made, FromGraph) and not made.over:
        return made.keys
    return [(made.name, i) for i in range(made.npartitions)]


def calls_behind(made: Iterable[Made]) -> tuple[dict[Key, Call], list[Node]]:
    """All calls that ``made`` are made of, each once, every one before those that it reads; and the nodes that they read.

    Iterative, and linear in calls.  Raises :class:`~pannier.errors.GraphError` if two calls have been given one name.
    """
    calls: dict[Key, Call] = {}
    nodes: dict[str, Node] = {}
    stack = list(made)
    while stack:
        each = stack.pop()
        if not isinstance(each, Call):
            nodes[each.name] = each
            continue
        known = calls.get(each.key)
        if known is None:
            calls[each.key] = each
            stack += each.reads
        elif known is not each and NamedCall in (type(known), type(each)):
            raise GraphError(f"two calls are named {each.key!r}; give each a name of its own")
    return calls, list(nodes.values())


def joined(made: Sequence[Made], verb: str = "delayed", name: str = "") -> FromGraph:
    """One node whose block i is the value that ``made[i]`` makes."""
    calls, nodes = calls_behind(made)
    tasks: dict[Key, Task] = dict(calls)
    values: dict[Key, Any] = {}
    annotations = {key: call.annotation for key, call in calls.items() if call.annotation is not None}
    store_constants(tasks, values)
    _let_retry(tasks, annotations)
    over = []
    for node in nodes:
        if isinstance(node, FromGraph) and not node.over:
            tasks.update(node.tasks)
            values.update(node.values)
            annotations.update(node.annotations)
        else:
            over.append(node)
    return FromGraph(
        verb=verb,
        name=name,
        keys=[keys_of(each)[0] for each in made],
        tasks=tasks,
        values=values,
        annotations=annotations,
        over=tuple(over),
        names=tuple([node.name for node in over]),
    )


def node_of_value(value: Any, key: str) -> FromGraph:
    """One block that is ``value``."""
    return FromGraph(verb=label_of(key), name=key, keys=[key], values={key: value})


def nodes_of(made: Sequence[Made]) -> list[Node]:
    """A node of one block for each value that is ``made``; the calls behind them are in one node."""
    calls = [each for each in made if isinstance(each, Call)]
    node = joined(calls)
    places = iter(range(len(calls)))
    return [
        Blockwise(verb="partition", kernel=None, over=(node,), blockmap=Selected((next(places),)))
        if isinstance(each, Call)
        else each
        for each in made
    ]


def _let_retry(tasks: dict[Key, Task], annotations: Mapping[Key, Annotation]) -> None:
    """Have those of ``tasks`` tried again of which it is said; equal functions stay the same one."""
    known: dict[tuple[int, int], Tried] = {}
    for key, said in annotations.items():
        if said.retries:
            task = tasks[key]
            func = known.setdefault((id(task.func), said.retries), Tried(task.func, said.retries))
            tasks[key] = Task.of(func, task.args, task.kwargs, task.deps, task.flat)
