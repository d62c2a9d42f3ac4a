"""Ready tasks, and which of them a worker takes next.

They wait in heaps by number, one for each worker and a common one.  A task that reads a large result waits in the
heap of the worker that has it in memory; a worker takes the lowest number of its own heap and the common
one, and from another worker's heap before it would idle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from pannier.schedulers.multiprocessing.slots import Slot


class Queues:
    """The heaps of one run.  ``home`` says which worker has a task's largest input in memory, if one has."""

    def __init__(self, ready: list[int], slots: Sequence[Slot], home: Callable[[int], Slot | None]) -> None:
        self._common = ready
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
        home = self._home(task)
        heappush(self._common if home is None else home.ready, task)
        self._length += 1

    def push_alone(self, task: int) -> None:
        """``task`` is ready, and to travel alone: a worker died of it, or its batch was unreadable."""
        heappush(self._alone, task)
        self._length += 1

    def pop_alone(self) -> int:
        """The next task that must travel alone."""
        self._length -= 1
        return heappop(self._alone)

    def heap_for(self, slot: Slot) -> list[int] | None:
        """The heap whose first task ``slot`` should take next: its own or the common one, else another's."""
        own, common = slot.ready, self._common
        if own and common:
            return own if own[0] < common[0] else common
        if own or common:
            return own or common
        others = [other.ready for other in self._slots if other.ready]
        return max(others, key=len, default=None)

    def pop(self, heap: list[int]) -> int:
        """The first task of ``heap``, taken."""
        self._length -= 1
        return heappop(heap)
