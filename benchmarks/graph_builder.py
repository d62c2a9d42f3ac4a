"""Graphs as int adjacency, and a builder for them.

``dependencies[t]`` lists the tasks that task ``t`` reads, as :func:`~pannier.graph.order.order` takes it first.

>>> dependents_of([[], [0], [0, 1]])
[[1, 2], [2], []]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Adjacency: TypeAlias = list[list[int]]


def dependents_of(dependencies: Adjacency) -> Adjacency:
    """The reverse adjacency: for each task, those that read it."""
    dependents: Adjacency = [[] for _ in dependencies]
    for task, reads in enumerate(dependencies):
        for read in reads:
            dependents[read].append(task)
    return dependents


class Builder:
    """Appends tasks and hands back their ids, so that a generator reads like the computation."""

    def __init__(self) -> None:
        self.dependencies: Adjacency = []

    def task(self, *reads: int) -> int:
        self.dependencies.append(list(reads))
        return len(self.dependencies) - 1

    def tasks(self, reads: Iterable[Iterable[int]]) -> list[int]:
        return [self.task(*each) for each in reads]

    def sources(self, n: int) -> list[int]:
        return [self.task() for _ in range(n)]

    def map(self, *inputs: list[int]) -> list[int]:
        return self.tasks(zip(*inputs, strict=True))

    def tree(self, level: list[int], fan_in: int) -> int:
        while len(level) > 1:
            level = self.tasks(level[i : i + fan_in] for i in range(0, len(level), fan_in))
        return level[0]

    def shuffle(self, level: list[int], npartitions: int) -> list[int]:
        """A split task for each block, a piece for each pair, a gather for each output."""
        splits = self.map(level)
        pieces = [[self.task(split) for _ in range(npartitions)] for split in splits]
        return self.tasks(zip(*pieces, strict=True))
