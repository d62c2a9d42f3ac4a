"""What is known of a run whose tasks come and go: a pure state machine, as that of a run whose tasks are all known.

Beside the moves of :class:`~pannier.schedulers.state.State` there are those of a user, who may add a task, want a
result no more, or cancel, and the failure of a task, which does not end the run::

    waiting, ready, running --fail--> failed --retry--> waiting or ready
    done, failed            --last reader gone--> (forgotten)
    waiting, ready          --last reader gone--> (forgotten)     nobody needs it any more
    running                 --last reader gone--> goes on, and is forgotten when it ends

A failed task, which may be tried again, and those that failed because of it, remain readers of their inputs.
Of the dependents of a task only those are kept that wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pannier.schedulers.state import State, Status

_WAITING, _READY, _RUNNING, _DONE, _FAILED = (*map(int, Status), 4)


class LiveState(State):
    """The tasks of a run that goes on, by number.

    >>> state = LiveState()
    >>> state.add(1, []), state.add(2, [1])
    (True, False)
    >>> state.start(1)
    >>> state.finish(1)
    ([2], [])
    >>> state.let_go(1)  # which the other one reads
    >>> state.let_go(2)
    >>> state.forgotten
    [2, 1]
    """

    __slots__ = ("_abandoned", "forgotten", "revoked")

    _dependencies: dict[int, Sequence[int]]
    _dependents: dict[int, dict[int, None]]
    _readers: dict[int, int]
    _status: dict[int, int]
    _waiting_for: dict[int, int]

    def __init__(self) -> None:
        super().__init__((), (), ())
        self._dependencies, self._dependents = {}, {}
        self._readers, self._status, self._waiting_for = {}, {}, {}
        self._abandoned: set[int] = set()
        """Running tasks that were cancelled."""
        self.forgotten: list[int] = []
        """Tasks and values that nobody needs any more, for a driver to take: a user's doing, or a failure's."""
        self.revoked: set[int] = set()
        """Tasks that were ready and no longer are, for a driver to take."""

    def __contains__(self, task: int) -> bool:
        return task in self._status

    @property
    def dependencies(self) -> dict[int, Sequence[int]]:
        """By number, the tasks and values that a task reads."""
        return self._dependencies

    @property
    def dependents(self) -> dict[int, dict[int, None]]:
        """By number, the tasks that wait for a task."""
        return self._dependents

    def is_ready(self, task: int) -> bool:
        """Whether ``task`` waits for a worker only."""
        return self._status[task] == _READY

    def is_running(self, task: int) -> bool:
        """Whether a worker has ``task``."""
        return self._status[task] == _RUNNING

    def is_waiting(self, task: int) -> bool:
        """Whether ``task`` waits for another one."""
        return self._status[task] == _WAITING

    def is_done_with(self, task: int) -> bool:
        """Whether the result of ``task`` is there."""
        return self._status.get(task) == _DONE

    # What users do.

    def put(self, value: int, holds: Sequence[int] = ()) -> None:
        """There is a ``value``, which one reader wants, and which is itself a reader of what it ``holds``."""
        self._enter(value, holds, _DONE)

    def add(self, task: int, dependencies: Sequence[int]) -> bool:
        """There is a new ``task``, whose result one reader wants: whether it is ready."""
        self._enter(task, dependencies, _WAITING)
        self.left += 1
        return self._wait_again(task)

    def want(self, task: int) -> None:
        """The result of ``task`` has one more reader."""
        self._readers[task] += 1

    def let_go(self, task: int) -> None:
        """A reader wants the result of ``task`` no more."""
        self._readers[task] -= 1
        self._forget_unread([task])

    def cancel(self, task: int) -> list[int]:
        """Nobody is to get the result of ``task``: it, if it was not done or failed, and all that fail with it.

        If a worker runs it, it goes on doing so, and whatever comes of it counts no more.
        """
        status = self._status[task]
        if status in (_DONE, _FAILED) or task in self._abandoned:
            return []
        if status != _RUNNING:
            return self.fail(task)
        self._abandoned.add(task)
        return [task, *self._fail_waiting(task)]

    def retry(self, task: int) -> tuple[list[int], list[int]]:
        """``task`` is to run again, if it has failed, and so are those it reads: (all of them, those that are ready).

        One that was cancelled and still runs just goes on.
        """
        again = []
        stack = [task]
        while stack:
            each = stack.pop()
            if each in self._abandoned:
                self._abandoned.discard(each)
            elif self._status[each] == _FAILED:
                self._status[each] = _WAITING
                self.left += 1
                stack.extend(self._dependencies[each])
            else:
                continue
            again.append(each)
        return again, [each for each in again if self._status[each] == _WAITING and self._wait_again(each)]

    # What becomes of tasks.

    def finish(self, task: int) -> tuple[list[int], list[int]]:
        if task in self._abandoned:
            self.fail(task)
            return [], []
        ready, dropped = super().finish(task)
        self._dependencies[task] = ()
        self._dependents[task] = {}
        self._forget_unread(dropped)
        return ready, []

    def give_back(self, task: int) -> bool:
        if task in self._abandoned or not self._readers[task]:
            self.fail(task)
            return False
        return super().give_back(task)

    def fail(self, task: int) -> list[int]:
        """``task``, which no worker has any more, has no result: it and all that fail with it."""
        self._abandoned.discard(task)
        if self._status[task] == _READY:
            self.revoked.add(task)
        self._status[task] = _FAILED
        self.left -= 1
        failed = [task, *self._fail_waiting(task)]
        self._forget_unread(failed)
        return failed

    # Inside.

    def _enter(self, number: int, dependencies: Sequence[int], status: int) -> None:
        self._dependencies[number] = dependencies
        self._dependents[number] = {}
        self._status[number] = status
        self._readers[number] = 1
        self._waiting_for[number] = 0
        for dep in dependencies:
            self._readers[dep] += 1

    def _wait_again(self, task: int) -> bool:
        """Whether ``task`` is ready; else it waits for those of its inputs that are not done."""
        missing = [dep for dep in self._dependencies[task] if self._status[dep] != _DONE]
        for dep in missing:
            self._dependents[dep][task] = None
        self._waiting_for[task] = len(missing)
        self._status[task] = _WAITING if missing else _READY
        return not missing

    def _fail_waiting(self, task: int) -> list[int]:
        """Those that wait for ``task``, directly or not: they have failed."""
        failed: list[int] = []
        stack = [task]
        while stack:
            each = stack.pop()
            users, self._dependents[each] = self._dependents[each], {}
            for user in users:
                if self._status[user] == _WAITING:
                    self._status[user] = _FAILED
                    self.left -= 1
                    failed.append(user)
                    stack.append(user)
        return failed

    def _forget_unread(self, tasks: Iterable[int]) -> None:
        """Forget those of ``tasks`` that nobody reads, and those that only they have read."""
        stack = list(tasks)
        while stack:
            task = stack.pop()
            if self._readers.get(task, 1) or self._status[task] == _RUNNING:
                continue
            status = self._status[task]
            for dep in self._dependencies[task]:
                self._dependents[dep].pop(task, None)
                self._readers[dep] -= 1
                stack.append(dep)
            if status in (_WAITING, _READY):
                self.left -= 1
            if status == _READY:
                self.revoked.add(task)
            self.forgotten.append(task)
            self.remove(task)

    def remove(self, task: int) -> None:
        """Know no more of ``task``, which nobody reads and no worker has."""
        for table in (self._dependencies, self._dependents, self._readers, self._status, self._waiting_for):
            table.pop(task, None)
