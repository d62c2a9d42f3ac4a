"""What makes every collection one of Dask's, too: the ``__dask_graph__`` protocol.

By it ``dask.compute``, ``dask.persist``, ``dask.delayed`` and a ``distributed.Client`` take our collections.  Their
plans are optimized here, so all that Dask gets is tasks.  Under its schedulers a task has no
:class:`~pannier.host.Host`, so what would else be a file of a run is part of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from pannier import computing, graph
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Ref, Task
from pannier.plan.nodes import FromGraph


class DaskProtocol:
    """The methods that Dask looks for."""

    __slots__ = ()

    @property
    def _offered(self) -> Any:
        """The collection that is computed where this is asked for."""
        return self._answered()  # type: ignore[attr-defined]

    def __dask_graph__(self) -> Mapping[Key, Any]:
        return _Offered(self)

    def __dask_keys__(self) -> list[Key]:
        name, n = self._offered.node.name, self._offered.node.npartitions
        return [(name, i) for i in range(n)]

    def __dask_layers__(self) -> tuple[str, ...]:
        return (self._offered.node.name,)

    def __dask_tokenize__(self) -> tuple[str, str]:
        return type(self).__qualname__, self.node.name  # type: ignore[attr-defined]

    @property
    def __dask_optimize__(self) -> Callable[..., Any]:
        # A new one each time: Dask 2026.8 mixes up the answers of collections with the same one, computed among others.
        return partial(_as_it_is)

    @property
    def __dask_scheduler__(self) -> Callable[..., Any]:
        return computing.find_scheduler(None, [self])  # type: ignore[list-item]

    def __dask_postcompute__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _finish, (_hollow(self._offered),)

    def __dask_postpersist__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _rebuild, (_hollow(self._offered),)


class _Offered(Mapping[Any, Any]):
    """The tasks of a collection in Dask's task spec, made when one is asked for.

    Dask asks for the graph only to see that there is one.
    """

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    @cached_property
    def _nodes(self) -> dict[Any, Any]:
        own, keys = self._collection.graph()
        tasks = dict(own.tasks)
        for promised, key in zip(self._collection.__dask_keys__(), keys, strict=True):
            if promised not in own:
                tasks[promised] = Task(graph.daskspec.same, Ref(key))
        made: dict[Any, Any] = graph.daskspec.to_dask(Graph(tasks, own.values))
        return made

    def __getitem__(self, key: Any) -> Any:
        return self._nodes[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def copy(self) -> _Offered:
        """Itself: it does not change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self._nodes,)


def _as_it_is(dsk: Any, keys: Any, **options: Any) -> Any:
    """The graph, which is optimized already."""
    return dsk


def _hollow(collection: Any) -> Any:
    """A collection like this one without its plan, which may be large, for what only needs to know its kind."""
    node = collection.node
    return collection.rebuild(FromGraph(verb=node.verb, name=node.name, keys=collection.__dask_keys__()))


def _finish(blocks: Any, hollow: Any) -> Any:
    return hollow.finish(list(blocks))


def _rebuild(dsk: Mapping[Any, Any], hollow: Any, *, rename: Mapping[str, str] | None = None) -> Any:
    """The collection over results, or the tasks that make them."""
    node = hollow.node
    name = (rename or {}).get(node.name, node.name)
    nodes = {key: value for key, value in dsk.items() if graph.daskspec.is_node(value)}
    values = {key: value for key, value in dsk.items() if key not in nodes}
    own = graph.daskspec.from_dask(nodes)
    keys = [(name, i) for i in range(node.npartitions)]
    return hollow.rebuild(
        FromGraph(verb=node.verb, name=name, keys=keys, tasks=own.tasks, values={**own.values, **values})
    )
