"""The node kinds every collection is made of.

A node is frozen, knows its inputs and how many blocks (partitions) it has, and is named by a token of
its operands, so that equal work has equal names and is done once.  What a node *does* is its kernel;
passes ask the node's kind and the kernel's traits, never a collection's class.

========== =========================================== =================================
kind       what it says                                lowers to
========== =========================================== =================================
Source     how to make block i                         one task a part
Blockwise  output block i from named input blocks      fused chains, one task a block
TreeReduce chunk, combine, finish                      a chunk a block, a tree, one block
Scan       a carry along the blocks                    chunk, a chain of carries, apply
Shuffle    every output block needs every input block  splits, one barrier, gathers
FromGraph  blocks that are tasks of a given graph      as is
========== =========================================== =================================
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Protocol, Self

from pannier import kernels
from pannier.frozen import frozen
from pannier.graph.annotations import Annotation
from pannier.graph.task import Key, Task
from pannier.plan.blockmaps import BlockMap
from pannier.tokens import tokenize


@frozen(eq=False, kw_only=True)
class Node(ABC):
    """One step of a plan; see the module for its kinds."""

    verb: str
    """The user's word for the step: what progress bars, errors and ``explain()`` call it."""
    name: str = ""
    """Verb and token, the first element of the keys of this node's blocks.  Made from the operands
    unless given: a pass gives the name of the node whose blocks its new node makes."""

    def __post_init__(self) -> None:
        if not self.name:
            token = tokenize(type(self).__name__, *self._operands())
            object.__setattr__(self, "name", f"{self.verb}-{token}")

    @abstractmethod
    def _operands(self) -> tuple[object, ...]:
        """Everything that decides what this node's blocks are."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes whose blocks this one reads."""
        return ()

    @property
    def npartitions(self) -> int:
        """How many blocks this node has."""
        return 1

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        """The same step over other nodes with the same blocks."""
        return self


@frozen(eq=False, kw_only=True)
class Source(Node):
    """Block i is ``reader(parts[i])``: a list of records or a stream of batches."""

    reader: Callable[[Any], Any]
    parts: Sequence[Any]
    """What the reader needs to know of each block: small, picklable, one a block."""

    def _operands(self) -> tuple[object, ...]:
        return self.reader, self.parts

    @property
    def npartitions(self) -> int:
        return len(self.parts)

    def read_by(self, reader: Callable[[Any], Any], chosen: Sequence[int] | None = None) -> Source:
        """The ``chosen`` parts, or all, read by another reader.

        The name is made of this one's: parts may be whole frames, and to look through their content is costly.
        """
        parts = self.parts if chosen is None else [self.parts[i] for i in chosen]
        name = f"{self.verb}-{tokenize(self.name, reader, chosen)}"
        return Source(verb=self.verb, name=name, reader=reader, parts=parts)


@frozen(eq=False, kw_only=True)
class Blockwise(Node):
    """Output block i is ``kernel(*blocks, *params)`` for the blocks that ``blockmap`` names.

    Without a kernel the blocks are passed on as they are: concatenation and selection cost nothing.
    """

    kernel: Callable[..., Any] | None
    over: tuple[Node, ...]
    """The inputs, in the order in which ``blockmap`` numbers them."""
    blockmap: BlockMap
    params: tuple[Sequence[Any], ...] = ()
    """Further arguments of the kernel, one element a block each: seeds, paths, parts of a source."""

    def _operands(self) -> tuple[object, ...]:
        return self.kernel, [node.name for node in self.over], self.blockmap, self.params

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.over

    @property
    def npartitions(self) -> int:
        return self.blockmap.npartitions

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        return dataclasses.replace(self, over=inputs)


@frozen(eq=False, kw_only=True)
class TreeReduce(Node):
    """One block: partials of all input blocks, combined ``fan_in`` at a time in block order."""

    reduction: kernels.reductions.Reduction
    over: Node
    fan_in: int
    chunked: bool = False
    """Whether the input's blocks are partials already."""

    def _operands(self) -> tuple[object, ...]:
        return self.reduction, self.over.name, self.fan_in, self.chunked

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.over,)

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        return dataclasses.replace(self, over=inputs[0])


@frozen(eq=False, kw_only=True)
class Scan(Node):
    """Block i is ``apply(block i, carry before it)``; the carries run along the blocks.

    With ``chunk`` a carry is ``carry(carry before, chunk(block))``, so that blocks are applied in
    parallel once their small summaries are known.  Without, it is ``carry(carry before, applied
    block)``: for operations that only the whole walk can summarize.  Without ``carry`` what is applied, or
    summarized, is itself the next carry.
    """

    chunk: Callable[[Any], Any] | None
    carry: Callable[[Any, Any], Any] | None
    apply: Callable[..., Any]
    first: Any
    """The carry before block 0."""
    over: Node

    def _operands(self) -> tuple[object, ...]:
        return self.chunk, self.carry, self.apply, self.first, self.over.name

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.over,)

    @property
    def npartitions(self) -> int:
        return self.over.npartitions

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        return dataclasses.replace(self, over=inputs[0])


@frozen(eq=False, kw_only=True)
class Shuffle(Node):
    """Block i is what a gather needs to make partition i: which pieces of the splits of all inputs it reads.

    The gathers are a :class:`Blockwise` over this node, with their numbers as its parameter.
    """

    over: tuple[Node, ...]
    splits: tuple[SplitSink, ...]
    """For each input, what ends the making of its blocks."""
    route: Route
    """From what the splits made, which gather reads what."""
    gathers: int
    chunked: bool = False
    """Whether the blocks of the inputs are what splits made already."""

    def _operands(self) -> tuple[object, ...]:
        return [node.name for node in self.over], self.splits, self.route, self.gathers

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.over

    @property
    def npartitions(self) -> int:
        return self.gathers

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        return dataclasses.replace(self, over=inputs)

    def splits_in_place(self) -> tuple[SplitSink, ...]:
        """The splits, told where their files go."""
        return tuple([split.in_folder(self.name) for split in self.splits])


class SplitSink(Protocol):
    """The end of the chain that makes a block which is to be shuffled."""

    over_blocks: ClassVar[bool]
    """Whether it takes a whole block, a frame, rather than an iterable of records."""

    def __call__(self, records: Iterable[Any]) -> Any:
        """An index of the pieces of ``records`` that gathers may read."""

    def in_folder(self, folder: str) -> Self:
        """The same split with its files in this folder of a run's."""


class Route(Protocol):
    """The barrier of a shuffle."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> Callable[[list[Any]], Any]:
        """A function of the indexes of all splits, ``splits`` of each input, to what every gather is given."""


@frozen(eq=False, kw_only=True)
class FromGraph(Node):
    """Block i is the result of ``keys[i]``: a task of an opaque graph, a value, or a block of another node."""

    keys: Sequence[Key]
    tasks: Mapping[Key, Task] = field(default_factory=dict)
    values: Mapping[Key, Any] = field(default_factory=dict)
    annotations: Mapping[Key, Annotation] = field(default_factory=dict)
    """What is said of tasks."""
    over: tuple[Node, ...] = ()
    """Nodes whose blocks the tasks read."""
    names: tuple[str, ...] = ()
    """Of these, the names by which tasks and keys refer to them: block i of a node is ``(name, i)``.  A pass may put
    others in their place."""

    def _operands(self) -> tuple[object, ...]:
        return (list(self.keys),)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.over

    @property
    def npartitions(self) -> int:
        return len(self.keys)

    def with_inputs(self, inputs: tuple[Node, ...]) -> Node:
        return dataclasses.replace(self, over=inputs) if inputs != self.over else self
