"""What every collection is: a node of a plan, and a way to finish its blocks."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Self, TypeVar

from pannier import computing
from pannier.collections.daskprotocol import DaskProtocol
from pannier.graph.graph import Graph
from pannier.graph.task import Key
from pannier.plan.nodes import Node

C = TypeVar("C", bound="Collection")


class Collection(DaskProtocol):
    """A lazy value made of partitions.  Building one never computes.

    A subclass says how its blocks become an answer (:meth:`finish`) and which scheduler suits it.
    """

    __slots__ = ("node",)

    default_scheduler: ClassVar[str] = "threads"
    """Name of the scheduler used when neither a call nor the configuration says otherwise."""

    node: Node
    """The last step of the plan."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def finish(self, blocks: list[Any]) -> Any:
        """The answer, from the results of the node's blocks in order: here those results, as a list."""
        return blocks

    def rebuild(self, node: Node) -> Self:
        """The same kind of collection over another node."""
        return type(self)(node)

    @property
    def name(self) -> str:
        """The name of the last step, equal for equal work."""
        return self.node.name

    @property
    def npartitions(self) -> int:
        """The number of partitions."""
        return self.node.npartitions

    def compute(self, **options: Any) -> Any:
        """The answer, as an ordinary Python value in this process.

        ``options`` are those of :func:`pannier.compute`: ``scheduler``, ``num_workers``, ``memory_limit``,
        ``optimize_graph``, ``on_error``, ``resume``.
        """
        (answer,) = computing.compute(self, traverse=False, **options)
        return answer

    def persist(self, **options: Any) -> Self:
        """The same collection with its partitions computed and kept in memory."""
        (kept,) = computing.persist(self, traverse=False, **options)
        return kept  # type: ignore[no-any-return]

    def explain(self) -> str:
        """The plan as written, as optimized and as tasks, as a text; computes nothing."""
        return computing.explain(self)

    def graph(self, optimize_graph: bool = True) -> tuple[Graph, list[Key]]:
        """The task graph, and the keys of the partitions in it; computes nothing."""
        graph, (keys,) = computing.to_graph([self], optimize_graph)
        return graph, keys

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio  # for the few who await

        return asyncio.to_thread(self.compute).__await__()
