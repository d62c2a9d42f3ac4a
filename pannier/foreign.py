"""Collections of Dask, as what :func:`~pannier.computing.compute` accepts.

They are known by the ``__dask_graph__`` protocol, whoever defines them, and Dask is not imported before one is met.
Those that are computed together are optimized together, by their own ``__dask_optimize__``, since parts of one
graph that were optimized apart do not fit together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from pannier import graph
from pannier.errors import UsageError
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Literal, Ref, Task
from pannier.plan.nodes import FromGraph, Node


def is_foreign(value: object) -> bool:
    """Whether ``value`` is a collection of Dask's, or of a library that follows its protocol.

    >>> is_foreign([1, 2])
    False
    """
    kind = type(value)
    if not callable(getattr(kind, "__dask_graph__", None)) or hasattr(kind, "default_scheduler"):
        return False  # ours follow it too
    # Some, such as xarray's, hold lazy values or plain ones.  To ask expressions would make their graph.
    return _is_expression(kind) or value.__dask_graph__() is not None  # type: ignore[attr-defined]


class Adopted:
    """A collection of Dask's with a node of ours."""

    default_scheduler: ClassVar[str] = "threads"

    def __init__(self, collection: Any, node: FromGraph, keys: Any) -> None:
        self.node: Node = node
        self.keys = keys
        """The keys of its blocks, nested as its own ``finish`` wants their results."""
        self.is_single = node.npartitions == 1
        self._collection = collection
        self._finish, self._arguments = collection.__dask_postcompute__()
        if collection.__dask_scheduler__.__module__ == "dask.multiprocessing":
            self.default_scheduler = "processes"  # type: ignore[misc]

    def finish(self, blocks: list[Any]) -> Any:
        """The answer that Dask would give."""
        keys = graph.spec.flat_keys(self.keys)
        if len(blocks) == len(keys):
            blocks = graph.spec.nest(self.keys, dict(zip(keys, blocks, strict=True)))
        elif any(isinstance(each, list) for each in self.keys):
            raise UsageError(
                f"the partitions of this {type(self._collection).__name__} are a grid, so without all of them there "
                "is no answer in part"
            )
        return self._finish(blocks, *self._arguments)

    def rebuild(self, node: Node) -> Any:
        """The collection of Dask's over the results in ``node``."""
        assert isinstance(node, FromGraph)
        rebuild, arguments = self._collection.__dask_postpersist__()
        values = [node.values[key] for key in node.keys]
        return rebuild(dict(zip(graph.spec.flat_keys(self.keys), values, strict=True)), *arguments)

    def whole(self) -> Whole:
        """The answer as one block."""
        assert isinstance(self.node, FromGraph)
        key = ("finish", self.node.name)
        finish = Task(self._finish, _references(self.keys), *map(Literal, self._arguments))
        tasks = {**self.node.tasks, key: finish}
        return Whole(verb=self.node.verb, keys=[key], tasks=tasks, values=self.node.values)


class Whole(FromGraph):
    """The answer of a collection of Dask's as one block."""

    __slots__ = ("__weakref__",)


_wholes: WeakValueDictionary[str, Whole] = WeakValueDictionary()
"""By Dask's token of a collection."""


def whole(collection: Any) -> Whole:
    """The answer of ``collection``, of Dask's, as one block, found once however many calls are given it."""
    token = graph.daskspec.tokenize(collection)
    known = _wholes.get(token)
    if known is None:
        (adopted,) = adopt([collection])
        known = _wholes[token] = adopted.whole()
    return known


def adopt(collections: Iterable[Any], optimize_graph: bool = True) -> list[Any]:
    """``collections`` with those of Dask as :class:`Adopted`, to be lowered together; others stay as they are."""
    adopted = list(collections)
    foreign = {i: each for i, each in enumerate(adopted) if is_foreign(each)}
    if not foreign:
        return adopted
    if optimize_graph:
        foreign = {i: each.optimize() if _is_expression(type(each)) else each for i, each in foreign.items()}
    joined = _graph_of(foreign.values(), optimize_graph)
    for i, each in foreign.items():
        keys = each.__dask_keys__()
        node = FromGraph(
            verb="from_dask", keys=graph.spec.flat_keys(keys), tasks=joined.tasks, values=joined.values
        )
        adopted[i] = Adopted(each, node, keys)
        joined = Graph({}, {})  # the first one brings the tasks of all
    return adopted


def _graph_of(collections: Iterable[Any], optimize_graph: bool) -> Graph:
    """The tasks of all, those with the same optimizer optimized together."""
    graphs: dict[Callable[..., Any] | None, dict[Any, Any]] = {}
    keys: dict[Callable[..., Any] | None, list[Any]] = {}
    for each in collections:
        optimizer = getattr(each, "__dask_optimize__", None) if optimize_graph else None
        graphs.setdefault(optimizer, {}).update(each.__dask_graph__())
        keys.setdefault(optimizer, []).append(each.__dask_keys__())
    tasks: dict[Key, Task] = {}
    values: dict[Key, Any] = {}
    for optimizer, dsk in graphs.items():
        if optimizer is not None:
            # Optimizers leave out futures, which a cluster would know by name.
            dsk = {**graph.daskspec.futures_of(dsk), **optimizer(dsk, keys[optimizer])}  # noqa: PLW2901
        own = graph.daskspec.from_dask(dsk)
        tasks.update(own.tasks)
        values.update(own.values)
    return Graph(tasks, values)


def _is_expression(kind: type) -> bool:
    """Whether a collection has an expression behind it, which is optimized as such, and no graph yet."""
    return hasattr(kind, "expr")


def _references(keys: Any) -> Any:
    return [_references(each) for each in keys] if isinstance(keys, list) else Ref(keys)
