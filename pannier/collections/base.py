"""What every collection is: a node of a plan, and a way to finish its blocks.

This is a protocol, too, for collections that others define.  All that takes collections (``pn.compute``, ``persist``,
``explain``, ``visualize``, arguments of delayed functions) takes what has these, whatever else it is:

``default_scheduler``
    The name of a scheduler, as an attribute of the class.  By it a collection is told from other values.
``node``
    A node of a plan, such as :func:`from_graph` makes of a hand-written graph.
``finish(blocks)``
    The answer, from the results of the node's blocks in order.  It does not look at the node: it may be called where
    the plan is not known.
``rebuild(node)``
    The same kind of collection over a node with as many blocks: what ``persist`` returns is made so.
``is_single``
    True where there is one block and it is the answer; such a collection may be an argument of delayed functions.

:class:`Collection` has the methods that follow from these, and :class:`~pannier.collections.single.Single` arithmetic.
"""

from __future__ import annotations

import copy
import importlib
import os
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pannier import computing
from pannier.collections.daskprotocol import DaskProtocol
from pannier.errors import GraphError, near_matches
from pannier.graph.graph import Graph
from pannier.graph.spec import to_graph
from pannier.graph.task import Key, Ref
from pannier.plan.nodes import FromGraph, Node
from pannier.tokens import tokenize

if TYPE_CHECKING:
    from pannier.diagnostics.draw.picture import Picture

C = TypeVar("C", bound="Collection")


class Collection(DaskProtocol):
    """A lazy value made of partitions.  Building one never computes.

    A subclass says how its blocks become an answer (:meth:`finish`) and which scheduler suits it.
    """

    __slots__ = ("node",)

    default_scheduler: ClassVar[str] = "threads"
    """Name of the scheduler used when neither a call nor the configuration says otherwise."""

    _joins_blocks: ClassVar[bool] = False
    """Whether :meth:`finish` joins blocks, also where a step has left what one is made of unjoined."""

    _draws_tasks: ClassVar[bool] = True
    """Whether :meth:`visualize` draws tasks rather than the plan."""

    node: Node
    """The last step of the plan."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def finish(self, blocks: list[Any]) -> Any:
        """The answer, from the results of the node's blocks in order: here those results, as a list."""
        return blocks

    def _answered(self) -> Self:
        """What is computed where this is asked for: itself, or what has the same answer put right at the end."""
        return self

    def rebuild(self, node: Node) -> Self:
        """The same kind of collection over another node."""
        other = copy.copy(self)
        other.node = node
        return other

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

    def visualize(
        self,
        filename: str | os.PathLike[str] | None = None,
        format: str | None = None,
        optimize_graph: bool = True,
        **options: Any,
    ) -> Picture:
        """A picture of the tasks (``tasks=True``) or of the plan, which notebooks show; computes nothing.

        Of a frame it is the plan, of other collections the tasks, unless ``tasks`` says otherwise.  With ``filename``
        it is written to a file as well.  Options are those of :func:`pannier.visualize`.
        """
        options.setdefault("tasks", self._draws_tasks)
        draw = importlib.import_module("pannier.diagnostics.draw.visualize")  # for those who look
        picture: Picture = draw.visualize(
            self, filename=filename, format=format, optimize_graph=optimize_graph, **options
        )
        return picture

    def graph(self, optimize_graph: bool = True) -> tuple[Graph, list[Key]]:
        """The task graph, and the keys of the partitions in it; computes nothing."""
        graph, (keys,) = computing.to_graph([self], optimize_graph)
        return graph, keys

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio  # for the few who await

        return asyncio.to_thread(self.compute).__await__()


def from_graph(
    verb: str, dsk: Mapping[Any, Any], keys: Iterable[Key], over: Iterable[computing.Computable] = ()
) -> FromGraph:
    """A node whose block i is the result of ``keys[i]`` in the hand-written graph ``dsk``.

    Tasks may read blocks of other collections, those that ``over`` lists, where :func:`block` stands for one.
    Keys need to be unique in ``dsk`` only.  The name of the node is ``verb`` and a token of what ``dsk`` says, so that
    equal work is done once.

    Raises :class:`~pannier.errors.GraphError` for a key that is not there.

    >>> import pannier as pn
    >>> parts = pn.range(6, npartitions=3)
    >>> dsk = {"ends": (list.__add__, block(parts, 0), block(parts, 2))}
    >>> Collection(from_graph("ends", dsk, ["ends"], over=[parts])).compute()
    [[0, 1, 4, 5]]
    """
    nodes = tuple([each.node for each in over])
    names = tuple([node.name for node in nodes])
    graph, wanted = to_graph(dsk), list(keys)
    for key in wanted:
        if key not in graph:
            raise GraphError(f"no task is named {key!r}{near_matches(key, dsk)}")
    token = tokenize(graph.tasks, graph.values, wanted, names)
    own: dict[Key, Key] = {key: (f"{verb}-inner-{token}", key) for key in dsk}
    for i, key in reversed(list(enumerate(wanted))):
        own[key] = (f"{verb}-{token}", i)
    return FromGraph(
        verb=verb,
        name=f"{verb}-{token}",
        keys=[own[key] for key in wanted],
        tasks={own[key]: task.reading(own) for key, task in graph.tasks.items()},
        values={own[key]: value for key, value in graph.values.items()},
        over=nodes,
        names=names,
    )


def block(collection: computing.Computable, i: int) -> Ref:
    """Stands for the result of block ``i`` of ``collection`` in a graph that is made over it."""
    return Ref((collection.node.name, i))
