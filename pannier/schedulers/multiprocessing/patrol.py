"""The time that tasks may take, and the end of workers whose task has had it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from pannier.schedulers.multiprocessing.slots import Slot

_ROUNDS: Final = 4
"""Looks at each worker in the time a task may take: it is ended at most a quarter of that late."""
_LONGEST_ROUND: Final = 1.0
"""Seconds."""
_WATCHED_FACTOR: Final = 10
"""Watching a task costs it some 6 us a record and step: more than many a step itself."""


@dataclass(slots=True)
class _Sight:
    """What a worker was seen to run."""

    pid: int
    task: int
    since: float
    """When it was seen first."""
    place: object
    """Where the task was then, if it is watched."""
    moved: float
    """When it was first seen at that place."""


class Patrol:
    """Kills workers whose task runs longer than ``seconds``; with None, none.

    The parent looks at what the workers run, so that they need no clock of their own.  ``place`` says at which record
    a task is, if that is watched: as long as it moves on within the time, it may take ten times as long in all.
    """

    def __init__(self, seconds: float | None, slots: Sequence[Slot], place: Callable[[int], object]) -> None:
        self.seconds = seconds
        self._slots = slots
        self._place = place
        self._seen: dict[int, _Sight] = {}
        """By place."""
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
        for slot in self._slots:
            worker = slot.worker
            task = None if worker is None or slot.is_waiting else worker.running
            if worker is None or task is None:
                self._seen.pop(slot.number, None)
            elif self._is_overdue(slot.number, worker.pid, task, self.seconds):
                self._killed.add(worker.pid)
                os.kill(worker.pid, signal.SIGKILL)  # it is our child and not waited for: the id is its own

    def _is_overdue(self, slot: int, pid: int, task: int, seconds: float) -> bool:
        now, place = perf_counter(), self._place(task)
        seen = self._seen.get(slot)
        if seen is None or (seen.pid, seen.task) != (pid, task):
            self._seen[slot] = _Sight(pid, task, now, place, now)
            return False
        if seen.place != place:
            seen.place, seen.moved = place, now
        return now - seen.moved > seconds or now - seen.since > _WATCHED_FACTOR * seconds

    def ended(self, pid: int) -> bool:
        """Whether the worker ``pid``, which has died, was killed here."""
        if pid not in self._killed:
            return False
        self._killed.remove(pid)
        return True
