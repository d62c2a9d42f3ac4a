"""A run's places for workers: what each has been given and what it knows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from pannier.schedulers.batching import TARGET_SECONDS
from pannier.schedulers.multiprocessing.admission import Stock
from pannier.schedulers.multiprocessing.footprint import Scales
from pannier.schedulers.multiprocessing.process import WorkerProcess

HELD_BYTES: Final = 32 << 20
"""Pickled bytes of small results that a worker keeps as objects; the oldest are dropped first."""
HELD_SHARE: Final = 16
"""Less than that where this part of the worker's memory is less: objects take several times the bytes of their pickle."""


class Everything:
    """Contains everything."""

    def __contains__(self, _: object) -> bool:
        return True

    def add(self, _: object) -> None:
        """It is there."""


class Slot:
    """One place: a process, or none yet, and the parent's knowledge of it.

    The process may take ``share`` bytes; what its results are expected to take is booked in ``stock``.
    """

    def __init__(self, number: int, stock: Stock, share: int) -> None:
        self.number = number
        """From 0, for observers."""
        self._stock = stock
        self._scales = Scales(share)
        self._most_held_bytes = min(HELD_BYTES, share // HELD_SHARE)
        self.ready: list[int] = []
        """A heap of ready tasks whose largest input this worker has in memory."""
        self.worker: WorkerProcess | None = None
        self.fill(None)

    def fill(self, worker: WorkerProcess | None) -> None:
        """Put ``worker``, to which the run is new, in this place."""
        self.worker = worker
        self.given: dict[int, tuple[Hashable, float, int]] = {}
        """Tasks sent and not yet reported, in the order sent: their kinds, the seconds that they are expected to
        take and the bytes that they are expected to add to the results that wait."""
        self.load = 0.0
        """The sum of the seconds."""
        self.functions: set[int] | Everything = set()
        """Functions that the worker has."""
        self.waits: dict[int, list[int]] = {}
        """The tasks that its tasks wait for, each on top of the one before; none for one that cannot be helped."""
        self.drops: list[int] = []
        """Results that the worker is to forget, told with the next batch."""
        self.heard = 0.0
        """When it was last given tasks, asked to give some back, or reported results."""
        self.is_late = False
        """Whether it was asked to give tasks back and has reported nothing since."""
        self.is_too_large = False
        """Whether it takes more than its share though it has given back what it could: it gets no more tasks."""
        self.holds: dict[int, int] = {}
        """Results that the worker has, or the handles to their files: the bytes that they take, oldest first."""
        self._held_bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether it may have more tasks now, so that it need not wait for them later."""
        return not self.given or (
            self.load <= TARGET_SECONDS and not self.is_late and not self.is_too_large and not self.waits
        )

    @property
    def is_waiting(self) -> bool:
        """Whether every task that it has waits for another one, so that it does nothing."""
        return bool(self.waits) and len(self.given) <= len(self.waits)

    @property
    def unbegun(self) -> int:
        """How many of its tasks wait for another one, or for the process to start."""
        is_running = self.worker is not None and self.worker.running in self.given
        return len(self.given) - is_running - len(self.waits)

    def give(self, task: int, kind: Hashable, seconds: float, nbytes: int) -> None:
        """``task`` is to be sent to the worker; see :attr:`given`."""
        self.given[task] = (kind, seconds, nbytes)
        self.load += seconds
        if nbytes:
            self._stock.used += nbytes

    def settle(self, task: int) -> Hashable:
        """The kind of ``task``, which is reported or given back."""
        kind, seconds, nbytes = self.given.pop(task)
        self.load = self.load - seconds if self.given else 0.0
        if nbytes:
            self._stock.used -= nbytes
        return kind

    def weigh(self, now: float) -> None:
        """Find out whether the worker, which has just reported, is too large; most calls find it too early to look."""
        if self.worker is not None and not self.is_too_large:
            self.is_too_large = self._scales.is_too_large(self.worker.pid, now)
            if self.is_too_large:
                self._scales.replaced()

    def hold(self, number: int, nbytes: int) -> None:
        """The worker now has the result ``number``, of ``nbytes``, or, if it is in a file, a handle of none."""
        self.holds[number] = nbytes
        self._held_bytes += nbytes

    def drop(self, number: int) -> None:
        """The worker is to forget the result ``number``."""
        self._held_bytes -= self.holds.pop(number)
        self.drops.append(number)

    def make_room(self) -> None:
        """Drop the oldest results until the rest is small enough."""
        while self._held_bytes > self._most_held_bytes:
            self.drop(next(iter(self.holds)))
