r"""The order in which tasks should run, so that few results are alive at any time.

**Goal.** A result is alive from the end of its task to the end of its last reader. Given only the shape of the
graph, find one static order (a position for each task) that keeps the peak and the time-integral of live
results low, for one worker and for several: whenever a worker is free it takes the ready task of lowest
position. The order is found before anything runs, so it must cost a few microseconds a task.

**Picture.** Two blocks are loaded (0, 1), mapped (2, 3) and summed (4). Load, map, load, map, sum::

        4            >>> order([[], [], [0], [1], [2, 3]], [[2], [3], [4], [4], []])
       / \            [0, 2, 1, 3, 4]
      2   3
      |   |          By stage (0, 1, 2, 3, 4) both raw blocks would be alive at once.
      0   1

**Algorithm.** The best order is out of reach (the problem is NP-hard: Sethi, "Complete register allocation
problems", 1975), and no rule of thumb wins on all shapes. So three cheap walks each propose an order, a linear
count of live results scores them, and the best is kept.

1. *Pull, newest first.* Go for a goal: run what it lacks, the most demanding branch first (Sethi and Ullman,
   1970), then the goal itself. The next goal is a reader of the newest live result. This is depth first
   towards the consumer: trees, blockwise pipelines, shuffles, products.
2. *Pull, oldest first.* The next goal is a reader of the oldest live result, which sweeps over the graph like a
   broom: grids, long stencils, random layers.
3. *Push.* Run whatever became ready last, so that a result meets all its readers at once: out-trees, several
   reductions over one source.

Both pulls stop for a task that is *free*: ready, and ending at least as many results as it makes. To run
it at once can only help. A chain therefore finishes before its sibling starts, and the consumers of a gather
run before the next gather.

In-trees need one walk only; for them the classic register allocation is exact among depth-first orders.

**All-to-all.** Tasks that read exactly the same results (the gathers of a shuffle) are joined through a virtual
task: splits -> barrier -> gathers. This turns splits x gathers edges into splits + gathers, and makes all splits
come before any gather.

**Invariants.** Every walk emits each task once, after all it reads. Ties are broken by task id, never by hash
or address: equal graphs get equal orders. No recursion. Every walk is linear in tasks and edges, but for
sorting the neighbours of one task.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from operator import add
from typing import TypeAlias

Adjacency: TypeAlias = Sequence[Sequence[int]]
"""For each task, its neighbours."""

_MIN_GATHER = 4
"""Reads. A barrier saves edges where gathers x splits > gathers + splits: two gathers of 4 splits are enough."""


def order(dependencies: Adjacency, dependents: Adjacency) -> list[int]:
    """The task ids in the order in which one worker should run them.

    Tasks are ``0..n-1``; ``dependencies[t]`` are the tasks whose results ``t`` reads (each once), and
    ``dependents`` is the reverse. The graph must have no cycle. Every task comes after its dependencies. With
    several workers, a task's index in the answer is its priority, lowest first.

    A chain is finished before the next is begun:

    >>> order([[], [], [0], [1]], [[2], [3], [], []])
    [0, 2, 1, 3]
    """
    if not any(dependencies):
        return list(range(len(dependencies)))
    if max(map(len, dependents)) == 1:
        return _order_forest(dependencies, dependents)
    shape = _survey(len(dependencies), *_with_barriers(dependencies, dependents))
    pulled = _pull(shape, newest_first=True)
    candidates = [pulled, _pull(shape, newest_first=False), _push(shape, pulled)]
    best = min(candidates, key=lambda candidate: _score(shape, candidate))
    if len(best) == len(dependencies):
        return best
    return [task for task in best if task < len(dependencies)]


def _order_forest(dependencies: Adjacency, dependents: Adjacency) -> list[int]:
    """Depth-first order of in-trees, where nothing is read twice: at each task, its most demanding branch first.

    >>> order([[], [], [], [1, 2], [0, 3]], [[4], [3], [3], [4], []])
    [1, 2, 3, 0, 4]
    """
    top_down = [task for task, readers in enumerate(dependents) if not readers]
    roots = len(top_down)
    for task in top_down:
        top_down += dependencies[task]
    demand = _demand(reversed(top_down), dependencies)
    stack = top_down[:roots]
    backwards = []
    while stack:
        task = stack.pop()
        backwards.append(task)
        reads = dependencies[task]
        if len(reads) > 1:
            reads = sorted(reads, key=demand.__getitem__, reverse=True)
        stack += reads
    backwards.reverse()
    return backwards


@dataclass(frozen=True, slots=True)
class _Shape:
    """A graph, and what the walks ask about each task."""

    dependencies: Adjacency
    dependents: Adjacency
    weight: Sequence[int]
    """Results a task stands for while it is alive: 1, or all splits behind a barrier."""
    demand: Sequence[int]
    """Results alive at once when a task and all it needs are run alone (exact on trees)."""
    spread: Sequence[int]
    """The mirror of demand: results alive at once below a task (exact on out-trees)."""
    sinks: Sequence[int]
    """Tasks that nothing reads, the shallowest first."""


def _with_barriers(dependencies: Adjacency, dependents: Adjacency) -> tuple[Adjacency, Adjacency]:
    """The graph with a virtual task between any set of results and the gathers that all read exactly this set.

    Virtual tasks are numbered after the real ones.

    >>> splits, gathers = [[], [], [], []], [[0, 1, 2, 3], [3, 2, 1, 0]]
    >>> _with_barriers(splits + gathers, [[4, 5], [4, 5], [4, 5], [4, 5], [], []])
    ([[], [], [], [], [6], [6], [0, 1, 2, 3]], [[6], [6], [6], [6], [], [], [4, 5]])
    """
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for task, reads in enumerate(dependencies):
        if len(reads) >= _MIN_GATHER:
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


def _survey(real: int, dependencies: Adjacency, dependents: Adjacency) -> _Shape:
    """What the walks need to know of a graph in which the tasks from ``real`` on are barriers."""
    missing = list(map(len, dependencies))
    by_level = [task for task, lacking in enumerate(missing) if not lacking]
    level = [0] * len(dependencies)
    # First in, first out: a task comes after all tasks of lower level.
    for task in by_level:
        for reader in dependents[task]:
            missing[reader] -= 1
            if not missing[reader]:
                level[reader] = level[task] + 1
                by_level.append(reader)
    demand = _demand(by_level, dependencies)
    sinks = [task for task in by_level if not dependents[task]]
    sinks.sort(key=demand.__getitem__)
    sinks.sort(key=level.__getitem__)
    weight = [1] * real
    weight += map(len, dependencies[real:])
    return _Shape(dependencies, dependents, weight, demand, _spread(by_level, dependents), sinks)


def _demand(bottom_up: Iterable[int], dependencies: Adjacency) -> list[int]:
    """Results alive at once when a task and all it needs are run alone, for each task, as if nothing were shared.

    The branches of a task run from the most to the least demanding, and each leaves one result behind (Sethi
    and Ullman, "The generation of optimal code for arithmetic expressions", 1970).

    >>> _demand([0, 1, 2, 3, 4], [[], [], [], [1, 2], [0, 3]])
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


def _spread(bottom_up: Sequence[int], dependents: Adjacency) -> list[int]:
    """Results alive at once while all below a task is run depth first, for each task, as if it were a tree.

    All readers but the last, which is the one of largest spread, run while their source is still alive: this
    is Strahler's number of a river (1952).

    >>> _spread([0, 1, 2, 3, 4], [[1, 2], [3, 4], [], [], []])
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


def _pull(shape: _Shape, *, newest_first: bool) -> list[int]:
    """An order made goal by goal; free tasks run at once."""
    dependencies, dependents, demand = shape.dependencies, shape.dependents, shape.demand
    missing = list(map(len, dependencies))
    unread = list(map(len, dependents))
    # The sum of the readers still to run: when one is left, the sum names it.
    readers_left = list(map(sum, dependents))
    gain = _gains(dependents)
    done = bytearray(len(dependencies))
    alive: deque[int] = deque()
    order: list[int] = []
    for goal in _goals(shape, alive, unread, missing, done, newest_first=newest_first):
        stack = [goal]
        while stack:
            task = stack.pop()
            if done[task]:
                continue
            if missing[task]:
                lacking = [read for read in dependencies[task] if not done[read]]
                lacking.sort(key=demand.__getitem__)
                stack.append(task)
                stack += lacking
                continue
            done[task] = 1
            order.append(task)
            if unread[task]:
                alive.append(task)
            for read in dependencies[task]:
                unread[read] -= 1
                readers_left[read] -= task
                if unread[read] == 1:
                    last = readers_left[read]
                    gain[last] += 1
                    if gain[last] == 0 and not missing[last]:
                        stack.append(last)
            for reader in dependents[task]:
                missing[reader] -= 1
                if not missing[reader] and gain[reader] >= 0:
                    stack.append(reader)
    return order


def _gains(dependents: Adjacency) -> list[int]:
    """Results each task would end if it ran first, less the one it would make itself. From 0 on it is free."""
    gain = [-1 if readers else 0 for readers in dependents]
    for readers in dependents:
        if len(readers) == 1:
            gain[readers[0]] += 1
    return gain


def _goals(
    shape: _Shape,
    alive: deque[int],
    unread: Sequence[int],
    missing: Sequence[int],
    done: bytearray,
    *,
    newest_first: bool,
) -> Iterator[int]:
    """What :func:`_pull` should reach next, decided from how far it is when asked.

    A reader of the newest (or oldest) result alive: the one that lacks least, then the one with the least below
    it. While nothing is alive, a sink.
    """
    end, drop = (-1, alive.pop) if newest_first else (0, alive.popleft)
    waiting: dict[int, list[int]] = {}
    for sink in shape.sinks:
        if not done[sink]:
            yield sink
        while alive:
            result = alive[end]
            if not unread[result]:
                drop()
                continue
            if result not in waiting:
                readers = sorted(shape.dependents[result], key=shape.spread.__getitem__)
                readers.sort(key=missing.__getitem__)
                readers.reverse()
                waiting[result] = readers
            reader = waiting[result].pop()
            if not done[reader]:
                yield reader


def _push(shape: _Shape, ranking: Sequence[int]) -> list[int]:
    """An order in which a task runs as soon as it is ready, the latest first; ``ranking`` settles the rest."""
    dependencies, dependents = shape.dependencies, shape.dependents
    rank = _positions(ranking)
    missing = list(map(len, dependencies))
    order: list[int] = []
    stack = [task for task in reversed(ranking) if not missing[task]]
    while stack:
        task = stack.pop()
        order.append(task)
        ready = []
        for reader in dependents[task]:
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)
        if len(ready) > 1:
            ready.sort(key=rank.__getitem__, reverse=True)
        stack += ready
    return order


def _score(shape: _Shape, order: Sequence[int]) -> int:
    """Peak times integral of live results when one worker runs ``order``: lower is better."""
    position = _positions(order)
    change = [0] * len(order)
    integral = 0
    for start, task in enumerate(order):
        readers = shape.dependents[task]
        if readers:
            end = max([position[reader] for reader in readers])
            weight = shape.weight[task]
            change[start] += weight
            change[end] -= weight
            integral += weight * (end - start)
    return max(accumulate(change)) * integral


def _positions(order: Sequence[int]) -> list[int]:
    """For each task, its place in the order."""
    position = [0] * len(order)
    for place, task in enumerate(order):
        position[task] = place
    return position
