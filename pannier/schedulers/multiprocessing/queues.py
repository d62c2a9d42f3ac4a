"""Ready tasks, and which of them a worker takes next.

They wait in heaps by number, one for each worker, a common one and one for sources.  A task that reads a large
result waits in the heap of the worker that has it in memory; a worker takes the lowest number of its own heap
and the common ones, and from another worker's heap before it would idle.  A source it takes only if that is
admitted (see :mod:`~pannier.schedulers.multiprocessing.admission`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from heapq import heapify, heappop, heappush

from pannier.schedulers.multiprocessing.admission import Admission
from pannier.schedulers.multiprocessing.slots import Slot


class Queues:
    """The heaps of one run.  ``home`` says which worker has a task's largest input in memory, if one has."""

    def __init__(
        self,
        ready: list[int],
        slots: Sequence[Slot],
        home: Callable[[int], Slot | None],
        admission: Admission,
    ) -> None:
        self.sources = ready  # nothing has run yet, so they have no inputs
        """The heap of tasks that make data and free none."""
        self._common: list[int] = []
        self._admission = admission
        self._slots = slots
        self._home = home
        self._alone: list[int] = []
        self._length = len(ready)

    def __len__(self) -> int:
        return self._length

    @property
    def has_alone(self) -> bool:
        """Whether there are tasks that must travel alone."""
        return bool(self._alone)

    def push(self, task: int) -> None:
        """``task`` is ready."""
        self._length += 1
        if self._admission.is_source(task):
            heappush(self.sources, task)
            return
        home = self._home(task)
        heappush(self._common if home is None else home.ready, task)

    def push_alone(self, task: int) -> None:
        """``task`` is ready, and to travel alone: a worker died of it, or its batch was unreadable."""
        heappush(self._alone, task)
        self._length += 1

    def pop_alone(self) -> int:
        """The next task that must travel alone."""
        self._length -= 1
        return heappop(self._alone)

    def take_back(self, tasks: Collection[int]) -> None:
        """``tasks`` are no longer ready."""
        if not tasks:
            return
        for heap in (self.sources, self._common, self._alone, *[slot.ready for slot in self._slots]):
            kept = [task for task in heap if task not in tasks]
            self._length -= len(heap) - len(kept)
            heap[:] = kept
            heapify(heap)

    def heap_for(self, slot: Slot) -> list[int] | None:
        """The heap whose first task ``slot`` should take next: its own or a common one, else another's.

        None if there is no task, or none is admitted.
        """
        own, common, sources = slot.ready, self._common, self.sources
        best = own if own and not (common and common[0] < own[0]) else common
        if sources and not (best and best[0] < sources[0]) and self._admission.has_room(sources[0]):
            return sources
        best = best or max((other.ready for other in self._slots), key=len)
        if best:
            return best
        return sources if sources and not self._admission.is_worth_waiting(sources[0]) else None

    def pop(self, heap: list[int]) -> int:
        """The first task of ``heap``, taken."""
        self._length -= 1
        return heappop(heap)
