"""The distributed scheduler: a cluster of Dask's, by its client.

The cluster decides where, when and in which order tasks run.  Its workers need this package; its own dashboard shows
what they do, and our observers hear of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pannier.graph.daskspec import to_dask
from pannier.graph.graph import Graph
from pannier.graph.spec import flat_keys, to_graph
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
    needed = dict(zip(tasks.keys, tasks.tasks, strict=True))
    wanted = {*flat_keys(keys), *(dep for task in tasks.tasks for dep in task.deps)}
    values = {key: value for key, value in graph.values.items() if key in wanted}
    return client.get(to_dask(Graph(needed, values)), keys, **options)
