"""What is known of a run: a pure state machine over task numbers.

Events go in (:meth:`State.start`, :meth:`State.finish`, :meth:`State.give_back`, :meth:`State.redo`), decisions
come out: which tasks became ready, which results nobody needs any more.  Two rules keep it pure:

* no I/O, no clock, no thread: a driver asks and tells, under its own lock;
* an illegal move raises :class:`~pannier.errors.InternalError` and changes nothing.

A task is waiting, then ready, then running, then done; a running task whose worker is lost becomes
ready again.  A result lives from ``finish`` until its last reader is done, and to the end of the run
when it is wanted.  ::

    waiting --last input done--> ready --start--> running --finish--> done --last reader done--> (dropped)
       ^                           ^                 |                 |
       |                           +----give_back----+                 |
       +---------------------------redo--------------------------------+

A waiting task may start behind the one it waits for, on the same worker; given back, it waits again.

A keeper is a task whose result refers to its inputs (to files that they wrote): it counts as a reader of
them for as long as its own result lives, so that one input that turns out to be lost can be made again
without all others.

What holds between any two moves, whatever a task's own status:

* ``waiting_for`` counts the inputs of a task that are not done;
* ``readers`` counts the readers of a result that are not done, keepers whose results live, and the user.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Protocol, TypeVar

from pannier.errors import InternalError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Table(Protocol[T_co]):
    """Something for each task: a list where all are known, else a dict."""

    def __getitem__(self, number: int, /) -> T_co: ...


class MutableTable(Table[T], Protocol):
    """The same, of what changes."""

    def __setitem__(self, number: int, value: T, /) -> None: ...


class Status(IntEnum):
    """Where a task is in its life."""

    WAITING = 0
    READY = 1
    RUNNING = 2
    DONE = 3


_WAITING, _READY, _RUNNING, _DONE = map(int, Status)
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

    __slots__ = (
        "_dependencies",
        "_dependents",
        "_keepers",
        "_readers",
        "_status",
        "_waiting_for",
        "left",
        "ready",
    )

    _dependencies: Table[Collection[int]]
    _dependents: Table[Collection[int]]
    _readers: MutableTable[int]
    _status: bytearray | dict[int, int]
    _waiting_for: MutableTable[int]
    left: int
    """How many tasks are not done."""
    ready: list[int]
    """The tasks that are ready before anything has run, ascending."""

    def __init__(
        self,
        dependencies: Sequence[Collection[int]],
        dependents: Sequence[Collection[int]],
        outputs: Iterable[int],
        keepers: Collection[int] = (),
    ) -> None:
        self._dependencies = dependencies
        self._keepers = frozenset(keepers)
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

    def count(self, status: Status) -> int:
        """How many tasks are where ``status`` says."""
        assert isinstance(self._status, bytearray)  # the tasks are all known
        return self._status.count(status)

    def having(self, status: Status) -> Iterator[int]:
        """These tasks, ascending."""
        assert isinstance(self._status, bytearray)
        return (task for task, each in enumerate(self._status) if each == status)

    def is_released(self, task: int) -> bool:
        """Whether nobody needs the result of ``task`` any more."""
        return not self._readers[task]

    def start(self, task: int) -> None:
        """A ready ``task`` was handed to a worker."""
        if self._status[task] != _READY:
            raise self._illegal("start", task)
        self._status[task] = _RUNNING

    def follower(self, task: int) -> int | None:
        """The task that waits for the running ``task`` alone, and is the only one to read its result.

        >>> state = State([[], [0]], [[1], []], outputs=[1])
        >>> state.start(0)
        >>> state.follower(0)
        1
        """
        dependents = self._dependents[task]
        if len(dependents) != 1:
            return None
        (user,) = dependents
        return user if self._status[user] == _WAITING and self._waiting_for[user] == 1 else None

    def start_behind(self, task: int) -> None:
        """A waiting ``task`` was handed to the worker that runs the one it follows, to be run after that."""
        if self._status[task] != _WAITING or self._waiting_for[task] != 1:
            raise self._illegal("start behind another one", task)
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
            if not self._waiting_for[user] and status[user] == _WAITING:
                status[user] = _READY
                ready.append(user)
        dropped: list[int] = []
        if task not in self._keepers:
            self._release(task, dropped)
        if not self._readers[task]:  # made again for readers that have meanwhile finished with the old one
            dropped.append(task)
        if self._keepers:
            for each in dropped:
                if each in self._keepers:
                    self._release(each, dropped)
        return ready, dropped

    def give_back(self, task: int) -> bool:
        """A running ``task`` was lost with its worker, or never begun: it is to run again.

        Whether it is ready: it waits if one of its inputs is being made again.
        """
        if self._status[task] != _RUNNING:
            raise self._illegal("give back", task)
        self._status[task] = _WAITING if self._waiting_for[task] else _READY
        return self._status[task] == _READY

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
            for dep in () if task in self._keepers else self._dependencies[task]:
                readers[dep] = readers.get(dep, self._readers[dep]) - 1
                if not readers[dep]:
                    dropped.append(dep)
            if len(done) >= most:
                continue
            for user in self._dependents[task]:
                waiting_for[user] = waiting_for.get(user, self._waiting_for[user]) - 1
                if not waiting_for[user] and self._status[user] == _WAITING:
                    done.append(user)
        return done, dropped

    def redo(self, task: int) -> tuple[list[int], list[int]]:
        """The result of ``task``, which is done, is lost: (tasks that became ready, tasks that no longer are).

        It runs again, and so do the tasks above it whose results it reads and were dropped.  Tasks that wait
        for its result, or were ready to read it, wait for the new one.  Running ones go on with what they have,
        and what they make counts.
        """
        if self._status[task] != _DONE or not self._readers[task]:
            raise self._illegal("redo", task)
        again = self._to_redo(task)
        revoked = []
        for each in again:
            self._status[each] = _WAITING
            for user in self._dependents[each]:
                self._waiting_for[user] += 1
                if self._status[user] == _READY:
                    self._status[user] = _WAITING
                    revoked.append(user)
        self.left += len(again)
        ready = [each for each in again if not self._waiting_for[each]]
        for each in ready:
            self._status[each] = _READY
        return ready, revoked

    def _to_redo(self, task: int) -> list[int]:
        """``task`` and the tasks above it that must run first, entered as readers of their inputs."""
        again = [task]
        for each in again:
            if each == task and each in self._keepers:
                continue  # its result was there until now, so it has not let go of its inputs
            for dep in self._dependencies[each]:
                if self._status[dep] == _DONE and not self._readers[dep]:
                    again.append(dep)
                self._readers[dep] += 1
        return again

    def _release(self, task: int, dropped: list[int]) -> None:
        """``task`` reads its inputs no more; those nobody reads are added to ``dropped``."""
        readers = self._readers
        for dep in self._dependencies[task]:
            readers[dep] -= 1
            if not readers[dep] and self._status[dep] == _DONE:
                dropped.append(dep)

    def _illegal(self, move: str, task: int) -> InternalError:
        status = self.status(task).name.lower()
        if self._status[task] == _DONE and not self._readers[task]:
            status += " and dropped"
        return InternalError(
            f"cannot {move} task number {task}, which is {status}; please report this with the traceback"
        )
