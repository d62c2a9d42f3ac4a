"""The time that tasks may take, and the end of workers whose task has had it."""

from __future__ import annotations

import os
import signal
from collections.abc import Container, Sequence
from time import perf_counter
from typing import Final

from pannier.schedulers.multiprocessing.slots import Slot

_ROUNDS: Final = 4
"""Looks at each worker in the time a task may take: it is ended at most a quarter of that late."""
_LONGEST_ROUND: Final = 1.0
"""Seconds."""
_WATCHED_FACTOR: Final = 2
"""A task that is watched record by record may take so much longer."""


class Patrol:
    """Kills workers whose task runs longer than ``seconds``; with None, none.

    The parent looks at what the workers run, so that they need no clock of their own.  ``watched`` are the numbers of
    tasks that may take longer.
    """

    def __init__(self, seconds: float | None, slots: Sequence[Slot], watched: Container[int]) -> None:
        self.seconds = seconds
        self._slots = slots
        self._watched = watched
        self._seen: dict[int, tuple[int, int, float]] = {}
        """By place: the worker's process id, the task that it runs, and since when at the latest."""
        self._killed: set[int] = set()

    def wait(self, seconds: float | None) -> float | None:
        """``seconds``, or less if the next look is due before."""
        if self.seconds is None:
            return seconds
        least = min(self.seconds / _ROUNDS, _LONGEST_ROUND)
        return least if seconds is None else min(seconds, least)

    def look(self) -> None:
        """Kill the workers whose time is over.  What they have said before is still read, and counts."""
        if self.seconds is None:
            return
        now = perf_counter()
        for slot in self._slots:
            worker = slot.worker
            task = None if worker is None else worker.running
            if worker is None or task is None:
                self._seen.pop(slot.number, None)
                continue
            pid, known, since = self._seen.get(slot.number, (0, 0, 0.0))
            if (pid, known) != (worker.pid, task):
                self._seen[slot.number] = (worker.pid, task, now)
            elif now - since > self.seconds * (_WATCHED_FACTOR if task in self._watched else 1):
                self._killed.add(worker.pid)
                os.kill(worker.pid, signal.SIGKILL)  # it is our child and not waited for: the id is its own

    def ended(self, pid: int) -> bool:
        """Whether the worker ``pid``, which has died, was killed here."""
        if pid not in self._killed:
            return False
        self._killed.remove(pid)
        return True
