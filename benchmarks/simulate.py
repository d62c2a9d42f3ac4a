"""How many results are alive while a graph runs in a given order: peak and integral over time.

The schedule is list scheduling, as pannier's schedulers do it: whenever a worker is free it takes the
ready task of lowest position. A result is alive from the end of its task to the end of its last consumer.
Final results (tasks that nothing reads) leave at once and are not counted, as in dask's own measure,
``dask.order.diagnostics``.

A keeper, such as the barrier of a shuffle, has a result that refers to files which its inputs wrote: these live as long
as its own result does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a run held."""

    peak: float
    """Most results alive at once, or most of their sizes, counted after each task's end has dropped what it can."""
    integral: float
    """The same, summed over time (one unit is the run time of a mean task)."""


def simulate(
    order: Sequence[int],
    dependencies: Sequence[Sequence[int]],
    dependents: Sequence[Sequence[int]],
    workers: int = 1,
    seconds: Sequence[float] | None = None,
    sizes: Sequence[float] | None = None,
    keepers: Collection[int] = (),
) -> Liveness:
    """Peak and integral of live results when ``workers`` run the graph in this order.

    ``seconds`` gives each task's run time and ``sizes`` what its result counts; the default is 1 for all.

    Two chains of two, one after the other, then side by side:

    >>> chains = [[], [0], [], [2]], [[1], [], [3], []]
    >>> simulate([0, 1, 2, 3], *chains), simulate([0, 2, 1, 3], *chains)
    (Liveness(peak=1, integral=2.0), Liveness(peak=2, integral=4.0))

    Two splits, a barrier and two gathers: the splits stay to the end when the barrier keeps them.

    >>> shuffle = [0, 1, 2, 3, 4], [[], [], [0, 1], [2], [2]], [[2], [2], [3, 4], [], []]
    >>> simulate(*shuffle), simulate(*shuffle, keepers=[2])
    (Liveness(peak=2, integral=5.0), Liveness(peak=3, integral=9.0))
    """
    position = [0] * len(order)
    for place, task in enumerate(order):
        position[task] = place
    missing = [len(reads) for reads in dependencies]
    readers = [len(each) for each in dependents]
    size = sizes or [1] * len(order)
    ready = [position[task] for task, count in enumerate(missing) if count == 0]
    heapify(ready)
    running: list[tuple[float, int]] = []
    now, integral = 0.0, 0.0
    live: float = 0
    peak: float = 0
    while ready or running:
        while ready and len(running) < workers:
            place = heappop(ready)
            heappush(running, (now + (seconds[order[place]] if seconds else 1.0), place))
        end = running[0][0]
        integral += live * (end - now)
        now = end
        # Everything that ends at this moment ends before a worker looks for its next task.
        while running and running[0][0] == now:
            task = order[heappop(running)[1]]
            if readers[task]:
                live += size[task]
            released = [] if task in keepers else list(dependencies[task])
            for read in released:  # which grows: a keeper's end releases what it kept
                readers[read] -= 1
                if not readers[read]:
                    live -= size[read]
                    if read in keepers:
                        released += dependencies[read]
            for reader in dependents[task]:
                missing[reader] -= 1
                if missing[reader] == 0:
                    heappush(ready, position[reader])
            peak = max(peak, live)
    return Liveness(peak, integral)
