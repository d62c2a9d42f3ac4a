"""The distributed scheduler: a cluster of Dask's, by its client.

The cluster decides where, when and in which order tasks run.  Its workers need this package; its own dashboard shows
what they do, and our observers hear of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from pannier.graph.daskspec import to_dask
from pannier.graph.graph import Graph
from pannier.graph.spec import flat_keys, nest, to_graph
from pannier.graph.task import Key
from pannier.schedulers.timeouts import refuse_timeout


def get(
    dsk: Mapping[Any, Any] | Graph,
    keys: Any,
    *,
    client: Any,
    num_workers: int | None = None,
    memory_limit: str | int | None = None,
    task_timeout: float | None = None,
    **options: Any,
) -> Any:
    """The results of ``keys`` (a key, or lists of keys nested at will), computed by the cluster of ``client``.

    ``num_workers`` and ``memory_limit`` are accepted so that schedulers can be exchanged; the cluster has its own.
    ``task_timeout`` is refused.  Other ``options`` are those of ``client.get``: ``workers``, ``resources``,
    ``retries``, ``priority``.

    Raises what a task raises, and :class:`~pannier.errors.GraphError` for a graph that is not one.
    """
    refuse_timeout(task_timeout, "a cluster")
    graph = to_graph(dsk)
    tasks = graph.ordered(flat_keys(keys))
    read = {*flat_keys(keys), *(dep for task in tasks.tasks for dep in task.deps)}
    values = {key: value for key, value in graph.values.items() if key in read}
    names = _names([*tasks.keys, *values])
    run = Graph(
        {names[key]: task.reading(names) for key, task in zip(tasks.keys, tasks.tasks, strict=True)},
        {names[key]: value for key, value in values.items()},
    )
    return client.get(to_dask(run), nest(keys, names), **options)


def _names(keys: Iterable[Key]) -> dict[Key, Key]:
    """A name of this run for each key.

    A cluster knows results by key, those of earlier runs too while it has them, and keys of graphs by hand are used again
    for other tasks.  It takes texts and tuples of them, while ours may be anything.
    """
    run = uuid4().hex
    names: dict[Key, Key] = {}
    for number, key in enumerate(keys):
        first = key[0] if isinstance(key, tuple) and key else key
        names[key] = (f"{first if isinstance(first, str) else 'task'}-{run}", number)
    return names
