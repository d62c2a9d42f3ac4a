"""The dict-of-tuples spec: a graph as users write it by hand.

A graph is a dict from keys to computations.  A computation is

* a **task**: a tuple whose head is callable; the rest are its arguments,
* a **key** of the graph: the same result under another name,
* a **list, tuple, dict or set** of computations,
* anything else: a **value**.

Arguments are computations too.  Where a value must not be read as a key or a task, say so with
:class:`~pannier.graph.task.Literal`; :class:`~pannier.graph.task.Task` and ``Ref`` may be mixed in.
``True``, ``False`` and ``None`` are never read as keys, although ``True == 1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pannier import graph
from pannier.errors import GraphError
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Literal, Ref, Task, collect_deps

_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_NEVER_KEYS = frozenset({bool, type(None)})


def to_graph(dsk: Mapping[Any, Any] | Graph) -> Graph:
    """``dsk`` as a :class:`Graph`; a graph is passed on as it is, and Dask's task spec is understood too.

    Raises :class:`~pannier.errors.GraphError` when ``dsk`` is not a mapping.

    >>> graph = to_graph({"x": 1, "y": (max, "x", 3), "z": "y"})
    >>> graph.tasks["y"], graph.values
    (Task(max, Ref('x'), 3), {'x': 1})
    """
    if isinstance(dsk, Graph):
        return dsk
    if graph.daskspec.is_dask_graph(dsk):
        return graph.daskspec.from_dask(dsk)
    if not isinstance(dsk, Mapping):
        raise GraphError(f"a graph is a dict from keys to tasks, not {type(dsk).__name__}: {dsk!r:.100}")
    tasks: dict[Key, Task] = {}
    values: dict[Key, Any] = {}
    for key, computation in dsk.items():
        if type(computation) is tuple and computation and callable(computation[0]):
            tasks[key] = _to_task(computation, dsk)
            continue
        argument = _to_argument(computation, dsk)
        kind = type(argument)
        if kind is Task:
            tasks[key] = argument
        elif kind is Ref or kind in _CONTAINERS:
            alias = Task(graph.daskspec.same, argument)
            if alias.deps or _holds_task(argument):
                tasks[key] = alias
            else:
                values[key] = alias({})
        else:
            values[key] = argument.value if kind is Literal else argument
    return Graph(tasks, values)


def _holds_task(value: Any) -> bool:
    """Whether there is a task in ``value``, so that it must wait for a scheduler to run it."""
    kind = type(value)
    if kind is dict:
        return any(map(_holds_task, value.values()))
    return kind is Task or (kind in _CONTAINERS and any(map(_holds_task, value)))


def _to_task(computation: tuple[Any, ...], dsk: Mapping[Key, Any]) -> Task:
    """A tuple with a callable head as a :class:`Task`."""
    args = []
    deps: dict[Key, None] = {}
    flat = True
    for arg in computation[1:]:
        converted = _to_argument(arg, dsk)
        kind = type(converted)
        if kind is Ref:
            deps[converted.key] = None
        elif kind in _CONTAINERS or kind is Task:
            flat = False
            collect_deps(converted, deps)
        elif kind is Literal:
            flat = False
        args.append(converted)
    return Task.of(computation[0], tuple(args), {}, tuple(deps), flat)


def _to_argument(value: Any, dsk: Mapping[Key, Any]) -> Any:
    """``value`` with keys as :class:`Ref` and tuples with a callable head as :class:`Task`."""
    kind = type(value)
    if kind is list:
        return [_to_argument(inner, dsk) for inner in value]
    if kind is dict:
        return {name: _to_argument(inner, dsk) for name, inner in value.items()}
    if kind is Ref or kind is Literal or kind is Task or kind in _NEVER_KEYS:
        return value
    if kind is tuple and value and callable(value[0]):
        return _to_task(value, dsk)
    try:
        if value in dsk:
            return Ref(value)
    except TypeError:  # not hashable, so not a key
        pass
    if kind is tuple:
        return tuple([_to_argument(inner, dsk) for inner in value])
    if kind is set or kind is frozenset:
        return kind([_to_argument(inner, dsk) for inner in value])
    return value


def flat_keys(keys: Any) -> list[Key]:
    """The keys in ``keys``: one key, or lists of keys nested to any depth.

    Raises :class:`~pannier.errors.GraphError` for what cannot be a key.

    >>> flat_keys([["x", "y"], [["z"]]])
    ['x', 'y', 'z']
    """
    found: list[Key] = []
    stack = [keys]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
            continue
        try:
            hash(item)
        except TypeError:
            raise GraphError(
                f"{item!r:.100} cannot be a key: a {type(item).__name__} is not hashable"
            ) from None
        found.append(item)
    return found


def nest(keys: Any, results: Mapping[Key, Any]) -> Any:
    """The results of ``keys``, nested as the keys are.

    >>> nest([["x"], "y"], {"x": 1, "y": 2})
    [[1], 2]
    """
    if isinstance(keys, list):
        return [nest(inner, results) for inner in keys]
    return results[keys]
