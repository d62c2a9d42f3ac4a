"""Calls that are put off: tasks that know what makes the results they read.

There may be very many of them, so none is a node of a plan: :func:`joined` makes one node of all that some values
are made of, when they are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pannier.errors import GraphError
from pannier.graph.constants import store_constants
from pannier.graph.task import Key, Task
from pannier.plan.nodes import FromGraph, Node


class Call(Task):
    """A task named ``key``, with the calls and the nodes that make what it reads."""

    __slots__ = ("key", "reads")

    key: str
    reads: tuple[Made, ...]

    def __init__(
        self,
        key: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        deps: tuple[Key, ...],
        flat: bool,
        reads: tuple[Made, ...],
    ) -> None:
        self.key = key
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
"""What makes one value: a call, or a node of one block."""


def key_of(made: Made) -> Key:
    """The key by which a task refers to the value that is ``made``."""
    if isinstance(made, Call):
        return made.key
    if isinstance(made, FromGraph) and not made.over:
        return made.keys[0]
    return made.name, 0


def joined(made: Sequence[Made], verb: str = "delayed", name: str = "") -> FromGraph:
    """One node whose block i is the value that ``made[i]`` makes.

    Iterative, and linear in all the calls that these are made of, each of which is taken once.
    Raises :class:`~pannier.errors.GraphError` if two calls have been given one name.
    """
    tasks: dict[Key, Task] = {}
    nodes: dict[str, Node] = {}
    stack = list(reversed(made))
    while stack:
        each = stack.pop()
        if not isinstance(each, Call):
            nodes[each.name] = each
            continue
        known = tasks.get(each.key)
        if known is None:
            tasks[each.key] = each
            stack += each.reads
        elif known is not each and NamedCall in (type(known), type(each)):
            raise GraphError(f"two calls are named {each.key!r}; give each a name of its own")
    values: dict[Key, Any] = {}
    for node in nodes.values():
        if isinstance(node, FromGraph) and not node.over:
            tasks.update(node.tasks)
            values.update(node.values)
    over = tuple([node for node in nodes.values() if not isinstance(node, FromGraph) or node.over])
    store_constants(tasks, values)
    return FromGraph(
        verb=verb,
        name=name,
        keys=[key_of(each) for each in made],
        tasks=tasks,
        values=values,
        over=over,
        names=tuple([node.name for node in over]),
    )
