"""Pipelines of shuffles through files, as graphs whose results have sizes and whose tasks take as long as they move.

The unit of size is a block of a source: what a split writes of it is as large. A barrier's own result is nothing, but
keeps what the splits wrote until all gathers are done. A partial result of a reduction is a hundredth. The unit of time
is what it takes to read or to write a block.

>>> shape = chain(2, 1)
>>> shape.dependencies, shape.keepers
([[], [], [0, 1], [2], [2], [3, 4]], [2])
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks.graph_builder import Adjacency

PARTIAL = 0.01
FAN_IN = 8


@dataclass(slots=True)
class Sized:
    """A graph that grows."""

    dependencies: Adjacency = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    keepers: list[int] = field(default_factory=list)
    """Barriers: what they read lives as long as their own result."""

    def task(self, *reads: int, size: float = 1.0, read: float | None = None) -> int:
        """The number of a task that makes ``size`` of the results of ``reads``, or of ``read`` of them."""
        self.dependencies.append(list(reads))
        self.sizes.append(size)
        self.seconds.append(size + (sum(self.sizes[each] for each in reads) if read is None else read))
        return len(self.sizes) - 1

    def sources(self, n: int, size: float = 1.0) -> list[int]:
        return [self.task(size=size) for _ in range(n)]

    def map(self, *inputs: Iterable[int], size: float = 1.0) -> list[int]:
        return [self.task(*reads, size=size) for reads in zip(*inputs, strict=True)]

    def gathers(self, splits: list[int], n: int, size: float = 1.0) -> list[int]:
        """``n`` tasks behind a barrier of ``splits``."""
        barrier = self.task(*splits, size=0.0, read=PARTIAL)
        self.keepers.append(barrier)
        share = sum(self.sizes[split] for split in splits) / n
        return [self.task(barrier, size=size, read=share) for _ in range(n)]

    def total(self, level: list[int]) -> int:
        while len(level) > 1:
            level = [self.task(*level[i : i + FAN_IN], size=PARTIAL) for i in range(0, len(level), FAN_IN)]
        return level[0]


def chain(n: int, count: int, size: Callable[[int], float] = lambda _: 1.0) -> Sized:
    """``count`` shuffles in a row, then a sum: gather and next split are one task, as plans are lowered.

    What shuffle number ``i`` moves has ``size(i)`` a block.
    """
    g = Sized()
    level = g.sources(n, size(0))
    for i in range(1, count):
        level = g.gathers(level, n, size(i))
    g.total(g.gathers(level, n, PARTIAL))
    return g


def chain_of_steps(n: int, count: int) -> Sized:
    """The same with each step a task of its own, as in a graph made by hand."""
    g = Sized()
    level = g.sources(n)
    for _ in range(count):
        level = g.map(g.gathers(g.map(level), n))
    g.total(g.map(level, size=PARTIAL))
    return g


def chains_together(n: int, count: int, pipelines: int) -> Sized:
    """Independent pipelines in one compute."""
    g = Sized()
    for _ in range(pipelines):
        level = g.sources(n)
        for _ in range(1, count):
            level = g.gathers(level, n)
        g.total(g.gathers(level, n, PARTIAL))
    return g


def two_keys(n: int, count: int) -> Sized:
    """One source, grouped by two keys, each ``count`` times; the source's blocks are read by two splits."""
    g = Sized()
    source = g.sources(n)
    for _ in range(2):
        level = g.map(source)
        for _ in range(1, count):
            level = g.gathers(level, n)
        g.total(g.gathers(level, n, PARTIAL))
    return g


def join_then_shuffle(n: int) -> Sized:
    g = Sized()
    joined = g.gathers(g.sources(n) + g.sources(n), n)
    g.total(g.gathers(joined, n, PARTIAL))
    return g


def shuffle_then_join(n: int) -> Sized:
    """A grouped source is joined with another one."""
    g = Sized()
    other = g.sources(n)
    grouped = g.gathers(g.sources(n), n)
    g.total(g.gathers(grouped + other, n, PARTIAL))
    return g


def written_and_counted(n: int, count: int) -> Sized:
    """The last gathers are read by a writer and by a sum."""
    g = Sized()
    level = g.sources(n)
    for _ in range(count):
        level = g.gathers(level, n)
    g.map(level, size=0.0)
    g.total(g.map(level, size=PARTIAL))
    return g


def normalized(n: int, count: int) -> Sized:
    """The last gathers are summed up, then divided by the sum: all of them live at once."""
    g = Sized()
    level = g.sources(n)
    for _ in range(count):
        level = g.gathers(level, n)
    total = g.total(g.map(level, size=PARTIAL))
    g.total([g.task(block, total, size=PARTIAL) for block in level])
    return g


def uneven(g: Sized, seed: int) -> Sized:
    """The same pipeline with blocks of random size, and tasks of random length, which no order knows."""
    draws = random.Random(seed)
    g.sizes = [size * draws.expovariate(1) for size in g.sizes]
    g.seconds = [seconds * draws.expovariate(1) for seconds in g.seconds]
    return g


def shuffle_shapes(scale: int = 4) -> dict[str, Callable[[], Sized]]:
    """Pipelines by name, of ``16 * scale`` partitions."""
    n = 16 * scale
    return {
        "two shuffles": lambda: chain(n, 2),
        "three shuffles": lambda: chain(n, 3),
        "three shuffles, each a third of the last": lambda: chain(n, 3, lambda i: 3.0**-i),
        "two shuffles, a task a step": lambda: chain_of_steps(n, 2),
        "three shuffles, a task a step": lambda: chain_of_steps(n, 3),
        "two pipelines of two shuffles": lambda: chains_together(n, 2, 2),
        "three pipelines of three shuffles": lambda: chains_together(n, 3, 3),
        "one source by two keys": lambda: two_keys(n, 1),
        "one source by two keys, twice each": lambda: two_keys(n, 2),
        "join, shuffle": lambda: join_then_shuffle(n),
        "shuffle, join": lambda: shuffle_then_join(n),
        "two shuffles, written and counted": lambda: written_and_counted(n, 2),
        "two shuffles, normalized": lambda: normalized(n, 2),
    }
