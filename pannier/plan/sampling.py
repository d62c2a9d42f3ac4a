"""A plan of the same steps over the first rows of its sources: what a step makes is seen before the plan runs.

Every step stays as it is; what there is less of is what it gets.  A source gives the first rows of a few of its
parts, and no rows for others that are read; a reduction gets the first block of each input; a shuffle as many of each
as samples of its own are wanted, and has one gather, so that its rows are together.  Nothing is done that could take long: where a plan reads
blocks that only a function of unknown cost makes, as delayed values are, there is no sample.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pannier.frozen import frozen
from pannier.graph.task import Key
from pannier.kernels.batches import Batch, Batches, batches_of
from pannier.kernels.frames.base import FrameReader, Head
from pannier.kernels.kernel import BlockKernel, Kernel
from pannier.kernels.partitions import First
from pannier.plan.blockmaps import Aligned, Argument, BlockMap, Concatenated, Selected
from pannier.plan.nodes import Blockwise, FromGraph, Node, Scan, Shuffle, Source, TreeReduce
from pannier.plan.rewrite import topological

_PARTS_READ: Final = 8
"""Parts of a source that give rows."""


class NoSample(Exception):
    """There is no sample of a plan, because of how its blocks are made."""


@frozen
class Listed:
    """A block map that is written down.

    >>> Listed((((0, 2),), ((0, 0),))).arguments(1)
    ((0, 0),)
    """

    places: tuple[tuple[Argument, ...], ...]

    @property
    def npartitions(self) -> int:
        return len(self.places)

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return self.places[i]


@frozen
class FirstRecords:
    """A reader of records that stops after ``rows`` of each part."""

    reader: Callable[[Any], Any]
    rows: int

    def __call__(self, part: Any) -> Batches:
        return Batches(self._batches(part))

    def _batches(self, part: Any) -> Iterator[Batch]:
        left, batches = self.rows, batches_of(self.reader(part))
        try:
            for batch in batches if left else ():
                yield Batch(batch.records[:left], batch.origin)
                left -= len(batch.records)
                if left <= 0:
                    return
        finally:
            batches.close()  # type: ignore[attr-defined]  # a generator, which may hold a file

    @property
    def label(self) -> str:
        """The step as the user wrote it."""
        return str(getattr(self.reader, "label", "read"))


def sampled(root: Node, wanted: Sequence[int], rows: int, known: Mapping[str, Sequence[Any]]) -> Node:
    """A node whose blocks are samples of the blocks ``wanted`` of ``root``, in order.

    Sources give ``rows`` rows of a part.  Of nodes whose names are ``known``, first blocks are samples already.
    Raises :class:`NoSample`.
    """
    order = topological([root])
    needs: dict[str, set[int]] = defaultdict(set)
    needs[root.name].update(wanted)
    for node in reversed(order):
        if not _is_known(node, needs, known):
            for each, i in list(_read(node, needs[node.name], needs)):
                needs[each.name].add(i)
    done: dict[str, _Sample] = {}
    for node in order:
        need = sorted(needs[node.name])
        if need and _is_known(node, needs, known):
            done[node.name] = _of_known(node, known[node.name])
        elif need:
            done[node.name] = _sampled(node, need, done, rows)
    return done[root.name].blocks(wanted)


def _is_known(node: Node, needs: Mapping[str, set[int]], known: Mapping[str, Sequence[Any]]) -> bool:
    return node.name in known and max(needs[node.name], default=0) < len(known[node.name])


def _of_known(node: Node, blocks: Sequence[Any]) -> _Sample:
    name = f"{node.name}-sample"
    values: dict[Key, Any] = {(name, i): block for i, block in enumerate(blocks)}
    kept = FromGraph(verb=node.verb, name=name, keys=list(values), values=values)
    is_shuffled = any(isinstance(each, Shuffle) for each in topological([node]))
    empty = frozenset(range(1, len(blocks)) if is_shuffled else ())
    return _Sample(kept, {i: i for i in range(len(blocks))}, empty)


@frozen
class _Sample:
    """A node of samples."""

    node: Node
    places: dict[int, int]
    """From the number of a block to that of its sample."""
    empty: frozenset[int] = frozenset()
    """The numbers of blocks whose samples have no rows, since a shuffle has put all into its first."""

    def blocks(self, numbers: Sequence[int]) -> Node:
        """The samples of these blocks."""
        indices = tuple([self.places[i] for i in numbers])
        if indices == tuple(range(self.node.npartitions)):
            return self.node
        return Blockwise(verb="partitions", kernel=None, over=(self.node,), blockmap=Selected(indices))


def _read(node: Node, own: set[int], seen: Mapping[str, set[int]]) -> Iterator[tuple[Node, int]]:
    """The blocks of inputs that are read for the samples of the blocks ``own`` of ``node``.

    A reduction is made of those blocks that others have been ``seen`` to read, or else of the first.
    """
    if not own:
        return
    match node:
        case TreeReduce():
            yield from ((node.over, i) for i in seen[node.over.name] or [0])
        case Shuffle():
            yield from ((each, i) for each in node.inputs for i in _shuffled(node, each, len(own)))
        case Scan():
            yield from ((node.over, i) for i in range(max(own) + 1))
        case Blockwise():
            if not node.over:
                raise NoSample
            for i in {0, *own} if _is_gathered(node) else own:
                yield from ((node.over[n], j) for n, j in _flat(node.blockmap.arguments(i)))
        case FromGraph():
            if any(node.keys[i] not in node.values for i in own):
                raise NoSample


def _flat(arguments: Iterable[Argument]) -> Iterator[tuple[int, int]]:
    for argument in arguments:
        if isinstance(argument, list):
            yield from argument
        else:
            yield argument


def _shuffled(node: Shuffle, over: Node, blocks: int) -> range:
    """Which blocks of an input are shuffled for samples of so many: more than the first, where it may have no rows.

    Rows that go back to their places have to stay those of the first one.
    """
    return range(
        1 if getattr(node.route, "brings_home", False) else min(over.npartitions, blocks, _PARTS_READ)
    )


def _is_gathered(node: Blockwise) -> bool:
    """Whether the blocks of ``node`` are the partitions of a shuffle."""
    return any(isinstance(each, Shuffle) for each in node.over)


def _sampled(node: Node, need: list[int], done: dict[str, _Sample], rows: int) -> _Sample:
    """The samples of the blocks ``need`` of ``node``."""
    match node:
        case Source():
            return _of_source(node, need, rows)
        case FromGraph():
            return _of_values(node, need, rows)
        case TreeReduce():
            over = done[node.over.name]
            return _Sample(replace(node, name="", over=over.blocks(sorted(over.places))), {0: 0})
        case Shuffle():
            inputs = tuple([done[each.name].blocks(_shuffled(node, each, len(need))) for each in node.over])
            return _Sample(replace(node, name="", over=inputs, gathers=1), dict.fromkeys(need, 0))
        case Scan():
            kept = range(max(need) + 1)
            over = done[node.over.name]
            scan = replace(node, name="", over=over.blocks(kept))
            return _Sample(scan, {i: i for i in kept}, over.empty)
        case Blockwise():
            return _of_step(node, need, done)
        case _:
            raise NoSample


def _of_source(node: Source, need: list[int], rows: int) -> _Sample:
    live = need[:_PARTS_READ]
    reader: Callable[[Any], Any]
    if isinstance(node.reader, FrameReader):
        reader = node.reader.limited(rows)
    else:
        reader = node.reader if isinstance(node.reader, BlockKernel) else FirstRecords(node.reader, rows)
    made: Node = node.read_by(reader, live)
    if isinstance(node.reader, BlockKernel) and not isinstance(node.reader, FrameReader):
        made = _step(made, Head(rows))
    return _with_empty(made, live, need)


def _of_values(node: FromGraph, need: list[int], rows: int) -> _Sample:
    """The first rows of blocks that are in memory."""
    keys = [node.keys[i] for i in need]
    values = {key: node.values[key] for key in keys}
    kept = FromGraph(verb=node.verb, name=f"{node.name}-{need}", keys=keys, values=values)
    places = {old: new for new, old in enumerate(need)}
    if keys == [node.name]:
        return _Sample(kept, places)  # one value, whatever its type
    is_frame = all(hasattr(value, "iloc") or hasattr(value, "get_indexer") for value in values.values())
    return _Sample(_step(kept, Head(rows) if is_frame else First(rows)), places)


def _of_step(node: Blockwise, need: list[int], done: dict[str, _Sample]) -> _Sample:
    if _is_gathered(node):
        made, asked, empty = need[:1], [0], frozenset(need[1:])
    else:
        sides = {i: _are_empty(node, i, done) for i in need}
        empty = frozenset([i for i, each in sides.items() if any(each)])
        is_free = not getattr(node.kernel, "puts_beside", True)
        made = asked = [i for i in need if is_free or i not in empty or all(sides[i])] or need
    arguments = [node.blockmap.arguments(i) for i in asked]
    over = tuple([done[each.name].node if each.name in done else each for each in node.over])
    places = tuple([_moved(each, node.over, done) for each in arguments])
    params = tuple([[values[i] for i in asked] for values in node.params])
    blockmap = _blockmap(node.blockmap, places, over)
    step = replace(node, name="", over=over, blockmap=blockmap, params=params)
    return replace(_with_empty(step, made, need), empty=empty)


def _are_empty(node: Blockwise, i: int, done: dict[str, _Sample]) -> list[bool]:
    """Of each argument of block ``i`` whether its rows are in another block: then those of others are not beside them."""

    def is_empty(place: tuple[int, int]) -> bool:
        over = done.get(node.over[place[0]].name)
        return over is not None and place[1] in over.empty

    return [
        bool(argument) and all(map(is_empty, argument)) if isinstance(argument, list) else is_empty(argument)
        for argument in node.blockmap.arguments(i)
    ]


def _moved(
    arguments: tuple[Argument, ...], over: Sequence[Node], done: dict[str, _Sample]
) -> tuple[Argument, ...]:
    """``arguments`` with the numbers of samples in place of those of blocks."""

    def moved(place: tuple[int, int]) -> tuple[int, int]:
        return place[0], done[over[place[0]].name].places[place[1]]

    return tuple([list(map(moved, each)) if isinstance(each, list) else moved(each) for each in arguments])


def _blockmap(old: BlockMap, places: tuple[tuple[Argument, ...], ...], over: Sequence[Node]) -> BlockMap:
    """The map that gives ``places``; a simple one, which passes know, where one does."""
    if isinstance(old, Aligned):
        aligned = Aligned(len(places), old.broadcast)
        lengths = [each.npartitions for each, shared in zip(over, old.broadcast, strict=True) if not shared]
        if all(n == len(places) for n in lengths) and all(
            aligned.arguments(i) == place for i, place in enumerate(places)
        ):
            return aligned
    return Listed(places)


def _with_empty(made: Node, there: list[int], need: list[int]) -> _Sample:
    """``made``, of the blocks that are ``there``, and one block without rows for all others."""
    places = {old: new for new, old in enumerate(there)}
    if len(there) == len(need):
        return _Sample(made, places)
    empty = _step(made, Head(0) if _makes_frames(made) else First(0), [0])
    counts = (made.npartitions, 1)
    both = Blockwise(verb="sample", kernel=None, over=(made, empty), blockmap=Concatenated(counts))
    return _Sample(both, dict.fromkeys(need, made.npartitions) | places)


def _makes_frames(node: Node) -> bool:
    maker = node.reader if isinstance(node, Source) else getattr(node, "kernel", None)
    return isinstance(maker, BlockKernel)


def _step(over: Node, kernel: Kernel | BlockKernel, blocks: Sequence[int] | None = None) -> Node:
    """``kernel`` over some blocks of ``over``, by default all."""
    if blocks is not None:
        over = Blockwise(verb="partitions", kernel=None, over=(over,), blockmap=Selected(tuple(blocks)))
    return Blockwise(verb="sample", kernel=kernel, over=(over,), blockmap=Aligned(over.npartitions))
