"""What an order needs to know about the shape of a graph, found in a few linear passes.

Every number here is of tasks and results; sizes and run times are not known before a run. Graphs are pairs of
adjacency lists, ``dependencies`` (what a task reads) and ``dependents`` (who reads it), and must have no cycle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from operator import add
from typing import TypeAlias

from pannier.frozen import frozen

Adjacency: TypeAlias = Sequence[Sequence[int]]
"""For each task, its neighbours on one side."""

MIN_GATHER = 4
"""Reads. A barrier between s splits and g gathers saves s x g - s - g edges: nothing for 2 x 2, half for 4 x 4."""


@frozen
class Shape:
    """A graph with its all-to-alls joined through barriers, and one number a task for each question asked of it."""

    dependencies: Adjacency
    dependents: Adjacency
    reads: Sequence[int]
    """How many results each task reads."""
    readers: Sequence[int]
    """How many tasks read its result."""
    readers_sum: Sequence[int]
    """The sum of their ids."""
    weight: Sequence[int]
    """Results a task stands for while it is alive: 1, or for a barrier all its splits."""
    demand: Sequence[int]
    """See :func:`demands`."""
    spread: Sequence[int]
    """See :func:`spreads`."""
    gain: Sequence[int]
    """See :func:`gains`."""
    sinks: Sequence[int]
    """Tasks that nothing reads: those nearest to the sources first, of these the least demanding."""


def survey(dependencies: Adjacency, dependents: Adjacency) -> Shape:
    """The shape of a graph. Its barriers are numbered after its tasks."""
    joined, read_by = with_barriers(dependencies, dependents)
    reads = list(map(len, joined))
    missing = list(reads)
    by_level = [task for task, lacking in enumerate(missing) if not lacking]
    level = [0] * len(joined)
    # First in, first out: a task comes after all tasks of lower level.
    for task in by_level:
        for reader in read_by[task]:
            missing[reader] -= 1
            if not missing[reader]:
                level[reader] = level[task] + 1
                by_level.append(reader)
    demand = demands(by_level, joined)
    sinks = [task for task in by_level if not read_by[task]]
    sinks.sort(key=demand.__getitem__)
    sinks.sort(key=level.__getitem__)
    weight = [1] * len(dependencies)
    weight += map(len, joined[len(dependencies) :])
    return Shape(
        dependencies=joined,
        dependents=read_by,
        reads=reads,
        readers=list(map(len, read_by)),
        readers_sum=list(map(sum, read_by)),
        weight=weight,
        demand=demand,
        spread=spreads(by_level, read_by),
        gain=gains(read_by),
        sinks=sinks,
    )


def with_barriers(dependencies: Adjacency, dependents: Adjacency) -> tuple[Adjacency, Adjacency]:
    """The graph with a virtual task between any set of results and the gathers that all read exactly this set.

    >>> splits, gathers = [[], [], [], []], [[0, 1, 2, 3], [3, 2, 1, 0]]
    >>> with_barriers(splits + gathers, [[4, 5], [4, 5], [4, 5], [4, 5], [], []])
    ([[], [], [], [], [6], [6], [0, 1, 2, 3]], [[6], [6], [6], [6], [], [], [4, 5]])
    """
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for task, reads in enumerate(dependencies):
        if len(reads) >= MIN_GATHER:
            groups[tuple(sorted(reads))].append(task)
    shared = {splits: gathers for splits, gathers in groups.items() if len(gathers) > 1}
    if not shared:
        return dependencies, dependents
    joined, read_by = list(dependencies), list(dependents)
    is_gather = bytearray(len(dependencies))
    barriers_of: defaultdict[int, list[int]] = defaultdict(list)
    for splits, gathers in shared.items():
        barrier = len(joined)
        joined.append(list(splits))
        read_by.append(gathers)
        for gather in gathers:
            is_gather[gather] = 1
            joined[gather] = [barrier]
        for split in splits:
            barriers_of[split].append(barrier)
    # A gather reads one set of splits only, so each gather that reads a split is behind one of its barriers.
    for split, barriers in barriers_of.items():
        read_by[split] = [reader for reader in dependents[split] if not is_gather[reader]] + barriers
    return joined, read_by


def demands(bottom_up: Iterable[int], dependencies: Adjacency) -> list[int]:
    """For each task, the results alive at once when it and what it needs are run alone, as if nothing were shared.

    The branches of a task run from the most to the least demanding, and each leaves one result behind (Sethi
    and Ullman, "The generation of optimal code for arithmetic expressions", 1970). ``bottom_up`` are all tasks,
    each after what it reads.

    >>> demands([0, 1, 2, 3, 4], [[], [], [], [1, 2], [0, 3]])
    [1, 1, 1, 2, 2]
    """
    demand = [1] * len(dependencies)
    for task in bottom_up:
        reads = dependencies[task]
        if len(reads) > 1:
            branches = sorted([demand[read] for read in reads], reverse=True)
            demand[task] = max(map(add, branches, count()))
        elif reads:
            demand[task] = demand[reads[0]]
    return demand


def spreads(bottom_up: Sequence[int], dependents: Adjacency) -> list[int]:
    """For each task, the results alive at once while all below it runs depth first, as if it were an out-tree.

    All readers but the last, the one of largest spread, run while their source is alive. On out-trees this is
    the number that Strahler (1952) gave to rivers.

    >>> spreads([0, 1, 2, 3, 4], [[1, 2], [3, 4], [], [], []])
    [1, 1, 0, 0, 0]
    """
    spread = [0] * len(dependents)
    for task in reversed(bottom_up):
        readers = dependents[task]
        if len(readers) > 1:
            *_, second, first = sorted([spread[reader] for reader in readers])
            spread[task] = max(first, second + 1)
        elif readers:
            spread[task] = max(1, spread[readers[0]])
    return spread


def gains(dependents: Adjacency) -> list[int]:
    """For each task, the results it would end if it ran first, less the one it would make.

    A final result leaves at once, and nothing is gained by making it late: it counts as a gain.

    >>> gains([[2], [2, 3], [4], [4], []])
    [-1, -1, 0, -1, 3]
    """
    gain = [-1 if readers else 1 for readers in dependents]
    for readers in dependents:
        if len(readers) == 1:
            gain[readers[0]] += 1
    return gain
