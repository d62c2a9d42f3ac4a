"""What is known of a run: a pure state machine over task numbers.

Events go in (:meth:`State.start`, :meth:`State.finish`, :meth:`State.give_back`), decisions come out:
which tasks became ready, which results nobody needs any more.  Two rules keep it pure:

* no I/O, no clock, no thread: a driver asks and tells, under its own lock;
* an illegal move raises :class:`~pannier.errors.InternalError` and changes nothing.

A task is waiting, then ready, then running, then done; a running task whose worker is lost becomes
ready again.  A result lives from ``finish`` until its last reader is done, and to the end of the run
when it is wanted.  ::

    waiting --last input done--> ready --start--> running --finish--> done --last reader done--> (dropped)
                                   ^                 |
                                   +----give_back----+
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from pannier.errors import InternalError


class Status(IntEnum):
    """Where a task is in its life."""

    WAITING = 0
    READY = 1
    RUNNING = 2
    DONE = 3


_READY, _RUNNING, _DONE = int(Status.READY), int(Status.RUNNING), int(Status.DONE)
"""Plain integers: the enum's members cost a lookup each in the hot path."""


class State:
    """The tasks of one run, by number.

    >>> state = State([[], [0]], [[1], []], outputs=[1])
    >>> state.ready
    [0]
    >>> state.start(0)
    >>> state.finish(0)
    ([1], [])
    >>> state.start(1)
    >>> state.finish(1)
    ([], [0])
    >>> state.is_done
    True
    """

    __slots__ = ("_dependencies", "_dependents", "_readers", "_status", "_waiting_for", "left", "ready")

    left: int
    """How many tasks are not done."""
    ready: list[int]
    """The tasks that are ready before anything has run, ascending."""

    def __init__(
        self,
        dependencies: Sequence[Sequence[int]],
        dependents: Sequence[Sequence[int]],
        outputs: Iterable[int],
    ) -> None:
        self._dependencies = dependencies
        self._dependents = dependents
        self._waiting_for = [len(deps) for deps in dependencies]
        self._readers = [len(users) for users in dependents]
        for task in outputs:
            self._readers[task] += 1  # the user reads it, after the run
        self.left = len(dependencies)
        self.ready = [task for task, n in enumerate(self._waiting_for) if not n]
        self._status = bytearray(len(dependencies))
        for task in self.ready:
            self._status[task] = _READY

    @property
    def is_done(self) -> bool:
        """Whether every task is done."""
        return not self.left

    def status(self, task: int) -> Status:
        """Where ``task`` is in its life."""
        return Status(self._status[task])

    def start(self, task: int) -> None:
        """A ready ``task`` was handed to a worker."""
        if self._status[task] != _READY:
            raise self._illegal("start", task)
        self._status[task] = _RUNNING

    def finish(self, task: int) -> tuple[list[int], list[int]]:
        """A running ``task`` is done: (tasks that became ready, tasks whose results to drop)."""
        status = self._status
        if status[task] != _RUNNING:
            raise self._illegal("finish", task)
        status[task] = _DONE
        self.left -= 1
        ready = []
        for user in self._dependents[task]:
            self._waiting_for[user] -= 1
            if not self._waiting_for[user]:
                status[user] = _READY
                ready.append(user)
        dropped = []
        for dep in self._dependencies[task]:
            self._readers[dep] -= 1
            if not self._readers[dep]:
                dropped.append(dep)
        return ready, dropped

    def give_back(self, task: int) -> None:
        """A running ``task`` was lost with its worker, or never begun: it is ready again."""
        if self._status[task] != _RUNNING:
            raise self._illegal("give back", task)
        self._status[task] = _READY

    def foresee(self, begun: Iterable[int], most: int) -> tuple[list[int], list[int]]:
        """(tasks done, results dropped) once ``begun`` and whatever becomes ready by them are done.

        Looks no further than about ``most`` tasks.  Changes nothing.

        >>> state = State([[], [], [0, 1]], [[2], [2], []], outputs=[2])
        >>> state.foresee([0], 10), state.foresee([0, 1], 10)
        (([0], []), ([0, 1, 2], [0, 1]))
        """
        waiting_for: dict[int, int] = {}
        readers: dict[int, int] = {}
        done, dropped = list(begun), []
        for task in done:  # which grows meanwhile
            for dep in self._dependencies[task]:
                readers[dep] = readers.get(dep, self._readers[dep]) - 1
                if not readers[dep]:
                    dropped.append(dep)
            if len(done) >= most:
                continue
            for user in self._dependents[task]:
                waiting_for[user] = waiting_for.get(user, self._waiting_for[user]) - 1
                if not waiting_for[user]:
                    done.append(user)
        return done, dropped

    def _illegal(self, move: str, task: int) -> InternalError:
        return InternalError(
            f"cannot {move} task number {task}, which is {self.status(task).name.lower()}; "
            "please report this with the traceback"
        )
