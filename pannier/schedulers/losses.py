"""Results that turn out to be lost while somebody reads them, and what must run again then.

A task that finds a file of an earlier one gone or damaged raises :class:`~pannier.errors.LostResult`.  Which task
has written it?

* A barrier, a task with ``keeps_inputs``, names in its result the files of all its inputs.  Whoever reads it and
  misses a file says by ``index`` which of the barrier's inputs wrote it: that one runs again, then the barrier,
  whose result names the file, then the reader.  Without an index, the file was the barrier's own.
* A scheduler that keeps results in files itself says in ``path`` which file it misses.

Tasks that ran meanwhile with what has been replaced may find the same loss: they run again for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from pannier.errors import LostResult, annotate
from pannier.graph.graph import OrderedTasks
from pannier.graph.task import Key, Ref, Task
from pannier.schedulers.state import State, Status

PathOf: TypeAlias = Callable[[int], str | None]
"""The file in which a scheduler keeps a task's result, if it is in one."""


class Again(NamedTuple):
    """What a driver has to do about a loss."""

    lost: list[int]
    """Tasks that run again; what they made is not to be handed out any more."""
    ready: list[int]
    """Tasks that are ready because of it."""
    revoked: frozenset[int]
    """Tasks that were ready and no longer are."""


def _no_path(_: int) -> str | None:
    return None


class Losses:
    """The losses of one run.  A task is run again for its results at most ``retries`` times."""

    def __init__(self, tasks: OrderedTasks, state: State, keepers: frozenset[int], retries: int) -> None:
        self.path_of: PathOf = _no_path
        self._tasks = tasks
        self._state = state
        self._keepers = keepers
        self._retries = retries
        self._times: Counter[int] = Counter()
        self._outdated: set[int] = set()
        """Tasks that were running when something they read was lost."""

    def answer(self, task: int, error: BaseException) -> Again | None:
        """What is to run again since the running ``task`` raised ``error``; None if the run is to end with it."""
        if not isinstance(error, LostResult):
            return None
        lost: list[int] = []
        if task in self._outdated:
            self._outdated.remove(task)
        else:
            lost = self._makers(task, error)
            if not self._may_redo(lost, error):
                return None
        self._state.give_back(task)
        return self._redo(lost, task)

    def answer_reader(self, error: LostResult) -> Again | None:
        """The same for the user, who reads the results when all tasks are done."""
        lost = [task for task in self._tasks.outputs if self.path_of(task) == error.path]
        return self._redo(lost) if self._may_redo(lost, error) else None

    def _makers(self, task: int, error: LostResult) -> list[int]:
        """The tasks to run again, one after the other; the first is the one whose file is lost."""
        tasks, dependencies = self._tasks, self._tasks.dependencies
        if error.path:
            return [dep for dep in dependencies[task] if self.path_of(dep) == error.path]
        barriers = [dep for dep in dependencies[task] if dep in self._keepers]
        if len(barriers) > 1:  # their files are in different folders
            barriers = [each for each in barriers if str(tasks.tasks[each].func.folder) in str(error)]  # type: ignore[attr-defined]
        if not barriers:
            return []
        barrier = barriers[0]
        if error.index < 0:
            return [barrier]
        wanted = _listed(tasks.tasks[barrier])[error.index]
        return [*[dep for dep in dependencies[barrier] if tasks.keys[dep] == wanted], barrier]

    def _may_redo(self, lost: list[int], error: LostResult) -> bool:
        if not lost:
            return False
        self._times[lost[0]] += 1
        times = self._times[lost[0]]
        if times <= self._retries:
            return True
        key = self._tasks.keys[lost[0]]
        made = "once" if times == 1 else f"{times} times"
        annotate(error, f"task {key!r} has made it {made}; the setting retries says how often it runs again")
        return False

    def _redo(self, lost: list[int], task: int | None = None) -> Again:
        state = self._state
        ready: list[int] = [] if task is None else [task]
        revoked: set[int] = set()
        again = []
        for each in lost:
            if state.status(each) is not Status.DONE:
                continue  # it is being made again for somebody else
            again.append(each)
            new, no_longer = state.redo(each)
            ready += new
            revoked.update(no_longer)
            running = [user for user in self._tasks.dependents[each] if state.status(user) is Status.RUNNING]
            self._outdated.update(running)
        return Again(
            again, [each for each in ready if state.status(each) is Status.READY], frozenset(revoked)
        )


def _listed(task: Task) -> list[Key]:
    """The inputs of ``task`` as its function gets them: an input may be among them more than once."""
    return [
        each.key for arg in task.args for each in (arg if type(arg) is list else [arg]) if type(each) is Ref
    ]
