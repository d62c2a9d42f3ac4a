"""The graphs of real Bags as int adjacency, for measuring orders beside :mod:`benchmarks.shapes`.

A plan is optimized and lowered as for a run, handed to a scheduler that only looks at it, and never computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pannier as pn
from benchmarks.graph_builder import Adjacency
from pannier.graph.graph import Graph


class _LookedAt(Exception):
    """Ends a compute with the graph it would have run."""

    def __init__(self, graph: Graph) -> None:
        super().__init__("the graph was only looked at")
        self.graph = graph


def _look(graph: Graph, keys: object, **options: object) -> NoReturn:
    raise _LookedAt(graph)


def adjacency(*collections: Any, optimize_graph: bool = True) -> Adjacency:
    """Dependencies of the tasks that would compute ``collections`` together, numbered as they were lowered."""
    try:
        pn.compute(*collections, scheduler=_look, optimize_graph=optimize_graph)
    except _LookedAt as looked:
        tasks = looked.graph.tasks
    index = {key: i for i, key in enumerate(tasks)}
    return [[index[dep] for dep in task.deps if dep in index] for task in tasks.values()]


def bag_plans(scale: int = 4) -> dict[str, Callable[[], Adjacency]]:
    """Plans by name, over ``32 * scale`` partitions."""
    n = 32 * scale

    def bag() -> Any:
        return pn.from_sequence(range(4 * n), npartitions=n).map(str)

    def as_written(*collections: Any) -> Adjacency:
        return adjacency(*collections, optimize_graph=False)

    def statistics(plan: Callable[..., Adjacency]) -> Adjacency:
        sizes = bag().map(len)
        return plan(sizes.min(), sizes.max(), sizes.mean(), sizes.std())

    def normalized() -> Adjacency:
        sizes = bag().map(len)
        return adjacency(sizes.map(divmod, sizes.max()).count())

    def grouped(key: Callable[[object], object]) -> Any:
        """Two groupbys in a row, and a third that is combined first."""
        groups = bag().groupby(key).pluck(0).groupby(key).pluck(0)
        return groups.groupby(key).count()

    return {
        "bag: frequencies, topk": lambda: adjacency(bag().map(len).frequencies().topk(3)),
        "bag: frequencies, topk, as written": lambda: as_written(bag().map(len).frequencies().topk(3)),
        "bag: four statistics": lambda: statistics(adjacency),
        "bag: four statistics, as written": lambda: statistics(as_written),
        "bag: divided by its maximum": normalized,
        "bag: zip of two sources": lambda: adjacency(pn.zip(bag(), bag().map(len)).count()),
        "bag: accumulate": lambda: adjacency(bag().map(len).accumulate(max)),
        "bag: accumulate, sum": lambda: adjacency(bag().map(len).accumulate(max).sum()),
        "bag: product, count": lambda: adjacency(
            bag().repartition(10 * scale).product(bag().repartition(4)).count()
        ),
        "bag: concat, distinct, count": lambda: adjacency(pn.concat([bag(), bag()]).distinct().count()),
        "bag: groupby three times, sum": lambda: adjacency(grouped(len).pluck(1).sum()),
        "bag: two groupbys, a sum each": lambda: adjacency(grouped(len).count(), grouped(str).count()),
    }
