r"""The order in which tasks should run, so that few results are alive at any time.

**Goal.** A result is alive from the end of its task to the end of its last reader. Given only the shape of the
graph, find one static order (a position for each task) that keeps the peak and the time-integral of live
results low, with one worker and with several: whenever a worker is free it takes the ready task of lowest
position. The order is found before anything runs, so it must cost microseconds a task.

**Picture.** Two blocks are loaded (0, 1), mapped (2, 3) and summed (4)::

        4
       / \
      2   3
      |   |
      0   1

Load, map, load, map, sum. Stage by stage (0, 1, 2, 3, 4) both raw blocks would be alive at once.

>>> order([[], [], [0], [1], [2, 3]], [[2], [3], [4], [4], []])
[0, 2, 1, 3, 4]

**Algorithm.** The best order is out of reach (Sethi, "Complete register allocation problems", 1975: NP-hard), and
no rule of thumb wins on all shapes. So a few cheap walks over the graph each propose an order and count the
results alive meanwhile, and the one of lowest peak times integral is taken.

A walk goes from goal to goal. To reach a goal it makes what the goal lacks, the most demanding branch first
(Sethi and Ullman, 1970). On its way it turns aside for *eager* tasks: ready ones that end enough results. Walks
differ in two choices (:data:`_STYLES`):

- The next goal reads the *newest* live result: depth first towards the consumer, best on trees, pipelines and
  shuffles. Or the *oldest*: this sweeps over the graph like a broom, best on grids, stencils and random layers. Or
  it is the next final result *as listed*: whoever wrote the graph may have known a good order, as in a product of
  matrices row by row.
- A task is eager if it ends at least as many results as it makes: a chain finishes before the next one starts. Or
  only if it ends more: best when its result must wait long for another. Or always: best when several reductions
  read one source.

A walk is given up once it is worse than the best so far, and the first is taken at once when no order could have a
lower peak. In-trees need no walk: there the lowest peak can be had by rule.

**All-to-all.** The gathers of a shuffle all read the same splits. They are recognised by that, and joined through
a virtual task: splits -> barrier -> gathers. All splits then come before any gather, and splits x gathers edges
become splits + gathers.

**Invariants.** A walk names each task once, after all it reads. Ties are broken by id and by place in the given
lists, never by hash or address: equal graphs get equal orders. Nothing recurses, and all is linear in tasks and edges,
but for sorting the neighbours of one task.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum

from pannier.frozen import frozen
from pannier.graph.order_shape import Adjacency, Shape, demands, survey


def order(dependencies: Adjacency, dependents: Adjacency) -> list[int]:
    """The task ids in the order in which one worker should run them.

    Tasks are ``0..n-1``; ``dependencies[t]`` are the tasks whose results ``t`` reads, each once, and ``dependents``
    is the reverse. The graph must have no cycle. Every task comes after its dependencies. With several workers, a
    task's place in the answer is its priority, lowest first.

    Two chains, one after the other:

    >>> order([[], [], [0], [1]], [[2], [3], [], []])
    [0, 2, 1, 3]
    """
    if not any(dependencies):
        return list(range(len(dependencies)))
    if max(map(len, dependents)) == 1:
        return _order_in_trees(dependencies, dependents)
    best = _best_walk(survey(dependencies, dependents))
    if len(best) == len(dependencies):
        return best
    return [task for task in best if task < len(dependencies)]


def _order_in_trees(dependencies: Adjacency, dependents: Adjacency) -> list[int]:
    """Depth first, at each task its most demanding branch first, of these the one of most tasks.

    The first rule makes the peak as low as it can be (Sethi and Ullman, 1970). The second shortens the wait of
    those results that are ready before their siblings.

    >>> _order_in_trees([[], [], [], [1, 2], [0, 3]], [[4], [3], [3], [4], []])
    [1, 2, 3, 0, 4]
    """
    top_down = [task for task, readers in enumerate(dependents) if not readers]
    stack = list(top_down)
    for task in top_down:
        top_down += dependencies[task]
    demand = demands(reversed(top_down), dependencies)
    size = [1] * len(dependencies)
    for task in reversed(top_down):
        for reader in dependents[task]:
            size[reader] += size[task]
    backwards = []
    while stack:
        task = stack.pop()
        backwards.append(task)
        branches = dependencies[task]
        if len(branches) > 1:
            branches = sorted(branches, key=size.__getitem__, reverse=True)
            branches.sort(key=demand.__getitem__, reverse=True)
        stack += branches
    backwards.reverse()
    return backwards


class _Aim(Enum):
    """Which goal is next."""

    NEWEST = "a reader of the newest result alive"
    OLDEST = "a reader of the oldest result alive"
    LISTED = "the final result of lowest id"


@frozen
class _Style:
    """What tells one walk from another."""

    aim: _Aim
    eager_from: int
    """A ready task runs at once if it ends this many results more than it makes."""
    from_end: bool = False
    """Does it start where the first walk ended?"""


_STYLES = (
    _Style(_Aim.NEWEST, eager_from=0),
    _Style(_Aim.LISTED, eager_from=1),
    _Style(_Aim.OLDEST, eager_from=0),
    # The first walk may have had to start amidst a mesh. Where it ended is an edge, from where one front will do.
    _Style(_Aim.OLDEST, eager_from=0, from_end=True),
    _Style(_Aim.NEWEST, eager_from=-1, from_end=True),
)


@frozen
class _Walk:
    """An order, and what is alive when one worker runs it."""

    order: list[int]
    peak: int
    integral: int


@frozen
class _Progress:
    """How far a walk has come; its lists change in place."""

    missing: list[int]
    """For each task, how many of the results it reads are not made yet."""
    unread: list[int]
    """For each task, how many of its readers have not run."""
    done: bytearray
    """For each task, has it run?"""
    alive: deque[int]
    """Results by age. One that was dropped stays until it is met at an end."""
    stack: list[int]
    """Tasks to run, the last first; each has above it what it lacks."""


def _best_walk(shape: Shape) -> list[int]:
    """The order of lowest peak times integral; of equals the first."""
    best = _walk(shape, _STYLES[0], shape.sinks, range(len(shape.dependencies)), limit=math.inf)
    assert best is not None, "a walk without limit comes to its end"
    if best.peak <= max(map(len, shape.dependencies)):
        return best.order  # The widest task needs as many: no order has a lower peak.
    rank = [0] * len(best.order)
    for place, task in enumerate(best.order):
        rank[task] = place
    last_first = sorted(shape.sinks, key=rank.__getitem__, reverse=True)
    for style in _STYLES[1:]:
        sinks = last_first if style.from_end else shape.sinks
        best = _walk(shape, style, sinks, rank, limit=best.peak * best.integral) or best
    return best.order


def _walk(
    shape: Shape, style: _Style, sinks: Sequence[int], rank: Sequence[int], *, limit: float
) -> _Walk | None:
    """One order, or None once its peak times integral has reached ``limit``.

    Tasks that become eager together run by ``rank``.
    """
    dependencies, dependents, weight = shape.dependencies, shape.dependents, shape.weight
    missing, unread, gain = list(shape.reads), list(shape.readers), list(shape.gain)
    # The sum of the readers still to run: when one is left, the sum names it.
    readers_left = list(shape.readers_sum)
    eager_from = style.eager_from
    stack: list[int] = []
    progress = _Progress(missing, unread, bytearray(len(missing)), deque(), stack)
    order: list[int] = []
    live = peak = integral = 0
    for task in _steps(shape, style, sinks, progress):
        order.append(task)
        if unread[task]:
            live += weight[task]
        for read in dependencies[task]:
            left = unread[read] = unread[read] - 1
            if not left:
                live -= weight[read]
                continue
            readers_left[read] -= task
            if left == 1:
                last = readers_left[read]
                gain[last] += 1
                if gain[last] == eager_from and not missing[last]:
                    stack.append(last)
        integral += live
        if live > peak:
            peak = live
            if peak * integral >= limit:
                return None
        height = len(stack)
        for reader in dependents[task]:
            lacking = missing[reader] = missing[reader] - 1
            if not lacking and gain[reader] >= eager_from:
                stack.append(reader)
        if len(stack) > height + 1:
            stack[height:] = sorted(stack[height:], key=rank.__getitem__, reverse=True)
    return _Walk(order, peak, integral) if peak * integral < limit else None


def _steps(shape: Shape, style: _Style, sinks: Sequence[int], progress: _Progress) -> Iterator[int]:
    """Each task once, when it can run: what is on the stack, then goal after goal.

    A task that lacks results is put off until they are made, the most demanding one first.
    """
    dependencies, demand = shape.dependencies, shape.demand
    missing, done, alive, stack = progress.missing, progress.done, progress.alive, progress.stack
    for goal in _goals(shape, style, sinks, progress):
        stack.append(goal)
        while stack:
            task = stack.pop()
            if done[task]:
                continue
            if missing[task]:
                lacking = [read for read in dependencies[task] if not done[read]]
                if len(lacking) > 2 and dependencies[lacking[0]] == dependencies[lacking[-1]]:
                    lacking.reverse()  # gathers of one barrier: the last ones are those that may be empty
                lacking.sort(key=demand.__getitem__)
                stack.append(task)
                stack += lacking
            else:
                done[task] = 1
                alive.append(task)
                yield task


def _goals(shape: Shape, style: _Style, sinks: Sequence[int], progress: _Progress) -> Iterator[int]:
    """What to reach next, decided from the progress made when asked.

    Of the readers of a result, the one that lacks least, then the one of least spread. While nothing is alive, the
    next of ``sinks``.
    """
    alive, missing, unread, done = progress.alive, progress.missing, progress.unread, progress.done
    if style.aim is _Aim.LISTED:
        yield from sorted(sinks)
        return
    end, drop = (-1, alive.pop) if style.aim is _Aim.NEWEST else (0, alive.popleft)
    waiting: dict[int, list[int]] = {}
    for sink in sinks:
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
                waiting[result] = readers[::-1]
            reader = waiting[result].pop()
            if not done[reader]:
                yield reader
