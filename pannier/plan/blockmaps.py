"""Block maps: which input blocks make output block i of a :class:`~pannier.plan.nodes.Blockwise`.

Each is a few integers, whatever the number of partitions, and answers in constant or logarithmic time.
A block is named ``(input number, block number)``; a list of such names is handed to the kernel as a
list of blocks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import field
from itertools import accumulate
from typing import Protocol, TypeAlias

from pannier.frozen import frozen

Place: TypeAlias = tuple[int, int]
"""(number of the input, number of its block)."""
Argument: TypeAlias = Place | list[Place]


class BlockMap(Protocol):
    """Output block to input blocks."""

    @property
    def npartitions(self) -> int:
        """How many output blocks there are."""

    def arguments(self, i: int) -> tuple[Argument, ...]:
        """What the kernel is called with to make output block ``i``."""


@frozen
class Aligned:
    """Block i of every input, or block 0 of those that are ``broadcast``.

    >>> Aligned(3, (False, True)).arguments(2)
    ((0, 2), (1, 0))
    """

    npartitions: int
    broadcast: tuple[bool, ...] = (False,)
    """One element an input, in order: is it a single block that all output blocks share?"""

    @property
    def is_one_to_one(self) -> bool:
        """Whether block i needs block i of the first input, and of the others only shared single blocks."""
        return self.broadcast[:1] == (False,) and all(self.broadcast[1:])

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return tuple((n, 0 if single else i) for n, single in enumerate(self.broadcast))


@frozen
class Concatenated:
    """The blocks of the inputs, one input after the other.

    >>> Concatenated((2, 0, 3)).arguments(2), Concatenated((2, 0, 3)).npartitions
    (((2, 0),), 5)
    """

    counts: tuple[int, ...]
    """How many blocks each input has."""
    _ends: tuple[int, ...] = field(init=False, repr=False)
    """The number of the first output block after those of each input."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(accumulate(self.counts)))

    @property
    def npartitions(self) -> int:
        return self._ends[-1] if self._ends else 0

    def arguments(self, i: int) -> tuple[Argument, ...]:
        n = bisect_right(self._ends, i)
        return ((n, i - (self._ends[n] - self.counts[n])),)


@frozen
class Selected:
    """Some blocks of one input, in any order.

    >>> Selected((4, 7)).arguments(1)
    ((0, 7),)
    """

    indices: tuple[int, ...]

    @property
    def npartitions(self) -> int:
        return len(self.indices)

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return ((0, self.indices[i]),)


@frozen
class Grouped:
    """Runs of neighbouring blocks of one input, as lists.

    >>> Grouped((0, 2, 5)).arguments(1)
    ([(0, 2), (0, 3), (0, 4)],)
    """

    bounds: tuple[int, ...]
    """Output block i is made of the input blocks bounds[i] to bounds[i + 1] (exclusive)."""

    @property
    def npartitions(self) -> int:
        return len(self.bounds) - 1

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return ([(0, j) for j in range(self.bounds[i], self.bounds[i + 1])],)


@frozen
class Spans:
    """Runs of neighbouring blocks of one input, as lists; a block may be in several.

    >>> Spans((0, 1), (2, 3)).arguments(1)
    ([(0, 1), (0, 2)],)
    """

    starts: tuple[int, ...]
    stops: tuple[int, ...]
    """Output block i is made of the input blocks starts[i] to stops[i] (exclusive)."""

    @property
    def npartitions(self) -> int:
        return len(self.starts)

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return ([(0, j) for j in range(self.starts[i], self.stops[i])],)


@frozen
class Neighbours:
    """Block i of some inputs, and of others, as a list, the block before or after it, where there is one.

    >>> Neighbours(3, (0, -1, None)).arguments(1), Neighbours(3, (0, -1)).arguments(0)
    (((0, 1), [(1, 0)], (2, 0)), ((0, 0), []))
    """

    npartitions: int
    offsets: tuple[int | None, ...]
    """What to add to i for each input; None for one whose only block all output blocks share."""

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return tuple([self._argument(n, i, offset) for n, offset in enumerate(self.offsets)])

    def _argument(self, n: int, i: int, offset: int | None) -> Argument:
        if not offset:
            return (n, 0 if offset is None else i)
        return [(n, i + offset)] if 0 <= i + offset < self.npartitions else []


@frozen
class Divided:
    """Every block of one input several times over: its kernel picks a share of it by parameter.

    >>> [Divided((0, 3, 4)).arguments(i) for i in range(4)]
    [((0, 0),), ((0, 0),), ((0, 0),), ((0, 1),)]
    """

    bounds: tuple[int, ...]
    """Input block j becomes the output blocks bounds[j] to bounds[j + 1] (exclusive)."""

    @property
    def npartitions(self) -> int:
        return self.bounds[-1]

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return ((0, bisect_right(self.bounds, i) - 1),)


@frozen
class Product:
    """Every block of a first input with every block of a second.

    >>> Product(2, 3).arguments(4)
    ((0, 1), (1, 1))
    """

    left: int
    right: int

    @property
    def npartitions(self) -> int:
        return self.left * self.right

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return ((0, i // self.right), (1, i % self.right))


@frozen
class Joined:
    """Several block maps side by side: the arguments of steps fused into one.

    >>> Joined.of([(0, 0, Aligned(3)), (0, 1, Aligned(3, (False, True)))], 3).arguments(2)
    ((0, 2), (1, 0))
    """

    npartitions: int
    maps: tuple[tuple[int, int, BlockMap], ...]
    """For each map: what to add to its input numbers, how many leading arguments to leave out, the map."""

    @staticmethod
    def of(maps: Sequence[tuple[int, int, BlockMap]], npartitions: int) -> BlockMap:
        """The maps as one; a single map that is used whole stays as it is."""
        if len(maps) == 1 and maps[0][:2] == (0, 0):
            return maps[0][2]
        return Joined(npartitions, tuple(maps))

    def arguments(self, i: int) -> tuple[Argument, ...]:
        return tuple(
            [(n + shift, j) for n, j in argument]
            if isinstance(argument, list)
            else (argument[0] + shift, argument[1])
            for shift, skip, blockmap in self.maps
            for argument in blockmap.arguments(i)[skip:]
        )
