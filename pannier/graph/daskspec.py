"""Dask's task spec to and from a :class:`~pannier.graph.graph.Graph`.

Dask is optional, and imported once something of its is met.  Both specs say the same things in other words::

    Task(key, func, TaskRef("x"))      {key: Task(func, Ref("x"))}
    Alias(key, "x")                    {key: Task(same, Ref("x"))}
    DataNode(key, value)               a value of the graph
    List(...), Tuple(...), Dict(...)   a list, tuple or dict with references inside it

What has no counterpart here, such as a kind of node that a library has added, is run by its own ``__call__``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pannier.graph.graph import Graph
from pannier.graph.task import NESTING, Key, Literal, Ref, Task, collect_deps

if TYPE_CHECKING:
    from dask._task_spec import GraphNode

_SPEC: Final = "dask._task_spec"


def is_dask_graph(dsk: object) -> bool:
    """Whether ``dsk`` is a graph of Dask's: one of its expressions, or a mapping with nodes of its task spec.

    >>> is_dask_graph({"x": 1, "y": (max, "x", 3)})
    False
    """
    if _SPEC not in sys.modules:
        return False
    if callable(getattr(dsk, "__dask_graph__", None)):
        return True
    from dask._task_spec import GraphNode

    return isinstance(dsk, Mapping) and any(isinstance(node, GraphNode) for node in dsk.values())


def is_node(value: object) -> bool:
    """Whether ``value``, in a graph of Dask's, is more than a value: a node of its task spec, or a future."""
    from dask._task_spec import GraphNode, TaskRef

    return isinstance(value, (GraphNode, TaskRef))


def futures_of(dsk: Mapping[Any, Any]) -> dict[Any, Any]:
    """The results in ``dsk`` that a cluster has, by key."""
    from dask._task_spec import TaskRef

    return {key: node for key, node in dsk.items() if isinstance(node, TaskRef) and hasattr(node, "result")}


def from_dask(dsk: Any) -> Graph:
    """A graph of Dask's as one of ours.  Results that a cluster has are fetched by tasks.

    >>> from dask._task_spec import DataNode, List, Task, TaskRef
    >>> dsk = {"x": DataNode("x", 1), "y": Task("y", sum, List(TaskRef("x"), 2))}
    >>> graph = from_dask(dsk)
    >>> graph.tasks, graph.values
    ({'y': Task(sum, [Ref('x'), 2])}, {'x': 1})
    """
    from dask._task_spec import DataNode, convert_legacy_graph

    if not isinstance(dsk, Mapping):
        dsk = dsk.__dask_graph__()
    dsk = dict(dsk)
    tasks: dict[Key, Task] = {key: Task(_fetch, Remote(future)) for key, future in futures_of(dsk).items()}
    values: dict[Key, Any] = {}
    others = {key: node for key, node in dsk.items() if key not in tasks}
    for key, node in convert_legacy_graph(others, dsk.keys()).items():
        if type(node) is DataNode:
            values[key] = node.value
        else:
            converted = _argument_from(node)
            tasks[key] = converted if type(converted) is Task else Task(same, converted)
    return Graph(tasks, values)


def tokenize(collection: object) -> str:
    """What Dask calls the content of ``collection``."""
    from dask.tokenize import tokenize

    return tokenize(collection)


def to_dask(graph: Graph) -> dict[Any, GraphNode]:
    """``graph`` in Dask's task spec.

    >>> to_dask(Graph({"y": Task(sum, [Ref("x"), 2])}, {"x": 1}))
    {'x': DataNode(1), 'y': <Task 'y' sum(...)>}
    """
    from dask._task_spec import Alias, DataNode

    dsk: dict[Any, GraphNode] = {}
    for key, value in graph.values.items():
        dsk[key] = DataNode(key, value)
    for key, task in graph.tasks.items():
        if task.func is _fetch:
            dsk[key] = task.args[0].future
        elif task.func is same and type(task.args[0]) is Ref and len(task.deps) == 1:
            dsk[key] = Alias(key, task.args[0].key)  # type: ignore[arg-type]
        else:
            dsk[key] = _task_to(key, task)
    return dsk


def same(value: Any) -> Any:
    """``value``: the function of an alias, and of a container of results."""
    return value


class Remote:
    """A result that a cluster has, by its :class:`distributed.Future`.

    Only the process of its client can fetch it, so to others it travels as the result itself.
    """

    __slots__ = ("future",)

    def __init__(self, future: Any) -> None:
        self.future = future

    def __reduce__(self) -> tuple[Any, ...]:
        return same, (self.future.result(),)


def _fetch(result: Any) -> Any:
    return result.future.result() if type(result) is Remote else result


def _argument_from(value: Any) -> Any:
    """What stands in a task of Dask's, as it stands in one of ours."""
    from dask import _task_spec as spec

    if isinstance(value, spec.TaskRef):
        return Ref(value.key)
    if not isinstance(value, spec.GraphNode):
        return _literal(value)
    kind: Any = type(value)
    if kind is spec.Alias:
        return Ref(value.target)  # type: ignore[attr-defined]
    if kind is spec.DataNode:
        return _literal(value.value)  # type: ignore[attr-defined]
    if kind in (spec.List, spec.Tuple, spec.Set):
        return kind.klass(map(_argument_from, value.args))  # type: ignore[attr-defined]
    if kind is spec.Dict:
        return _dict_from(value.args)  # type: ignore[attr-defined]
    if kind is spec.Task:
        return _task_from(value)
    needed = list(value.dependencies)
    return Task(_run, Literal(value), Literal(needed), [Ref(key) for key in needed])


def _literal(value: Any) -> Any:
    return Literal(value) if type(value) in NESTING or type(value) is Ref else value


def _task_from(task: Any) -> Task:
    args = map(_argument_from, task.args)
    return Task(task.func, *args, **{name: _argument_from(arg) for name, arg in task.kwargs.items()})


def _dict_from(flat: Sequence[Any]) -> Any:
    """Keys and values in turn; keys may be references too, which none of ours is."""
    names, values = list(map(_argument_from, flat[::2])), map(_argument_from, flat[1::2])
    if any(type(name) in NESTING or type(name) is Ref for name in names):
        return Task(_to_dict, names, list(values))
    return dict(zip(names, values, strict=True))


def _to_dict(names: Iterable[Any], values: Iterable[Any]) -> dict[Any, Any]:
    return dict(zip(names, values, strict=True))


def _run(node: Any, needed: Sequence[Key], results: Sequence[Any]) -> Any:
    """What a node of Dask's gives for the results that it needs."""
    return node(dict(zip(needed, results, strict=True)))


def _task_to(key: Key, task: Task) -> GraphNode:
    from dask._task_spec import List, TaskRef
    from dask._task_spec import Task as DaskTask

    args = list(map(_argument_to, task.args))
    kwargs = {name: _argument_to(arg) for name, arg in task.kwargs.items()}
    read: dict[Key, None] = {}
    collect_deps((task.args, dict(task.kwargs)), read)
    waited = [TaskRef(dep) for dep in task.deps if dep not in read]  # type: ignore[arg-type]
    if waited:
        return DaskTask(key, _run_after, List(*waited), task.func, *args, **kwargs)
    return DaskTask(key, task.func, *args, **kwargs)


def _run_after(waited: Any, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """A task of ours may wait for results that are no arguments of it."""
    return func(*args, **kwargs)


def _argument_to(value: Any) -> Any:
    """What stands in a task of ours, as it stands in one of Dask's, which look into no plain containers."""
    from dask import _task_spec as spec

    kind = type(value)
    if kind is Ref:
        return spec.TaskRef(value.key)
    if kind is Literal:
        inner = value.value
        return spec.DataNode(None, inner) if isinstance(inner, (spec.GraphNode, spec.TaskRef)) else inner
    if kind is Task:
        return _task_to(None, value)
    if kind not in NESTING:
        return value
    parts = list(value.values() if kind is dict else value)
    converted = list(map(_argument_to, parts))
    if all(new is old for new, old in zip(converted, parts, strict=True)):
        return value
    if kind is dict:
        return spec.Dict(dict(zip(value, converted, strict=True)))
    if kind is list:
        return spec.List(*converted)
    return spec.Task(None, kind, spec.List(*converted))
