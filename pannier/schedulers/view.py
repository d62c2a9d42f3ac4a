"""A run as observers may look at it: what its tasks are, how far each is, which results are alive.

A scheduler holds still while it tells of an event, so then the view is of one moment.  A run pays nothing for what
nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final

from pannier.graph.graph import OrderedTasks
from pannier.graph.task import Key
from pannier.schedulers.state import State, Status

_NO_TASKS: Final = OrderedTasks([], [], [], [], [], {})


class RunView:
    """What is known of the run of ``tasks``, which are in ``state``; ``result_of`` gives a result by number.

    Without arguments, a run that tells nothing of itself.

    >>> view = RunView()
    >>> view.graph, len(view.state["finished"])
    ({}, 0)
    """

    def __init__(
        self,
        tasks: OrderedTasks = _NO_TASKS,
        state: State | None = None,
        result_of: Callable[[int], Any] | None = None,
    ) -> None:
        self.tasks = tasks
        self.progress = State([], [], []) if state is None else state
        self.result_of = result_of

    @cached_property
    def graph(self) -> dict[Key, Any]:
        """The tasks that the run needs, and the values known before it, by key."""
        return {**dict(zip(self.tasks.keys, self.tasks.tasks, strict=True)), **self.tasks.values}

    @cached_property
    def state(self) -> dict[str, Any]:
        """Where the tasks are, under the names that Dask gives it.

        ``waiting``, ``ready``, ``running``, ``finished`` and ``released`` are sets of keys: what is released is
        finished, and nobody needs its result any more.  ``cache`` has the results that are alive, by key;
        ``dependencies`` and ``dependents`` a list of keys for each task.  They are never copies, and tell how it is
        when they are asked.
        """
        return {
            "waiting": Having(self, Status.WAITING),
            "ready": Having(self, Status.READY),
            "running": Having(self, Status.RUNNING),
            "finished": Having(self, Status.DONE),
            "released": Released(self, Status.DONE),
            "cache": Alive(self),
            "dependencies": Edges(self, self.tasks.dependencies),
            "dependents": Edges(self, self.tasks.dependents),
        }

    @cached_property
    def numbers(self) -> dict[Key, int]:
        """The numbers of the tasks."""
        return {key: number for number, key in enumerate(self.tasks.keys)}

    def result(self, key: Key) -> Any:
        """The result of the task ``key``, which has just finished or is in ``state["cache"]``.

        Where workers share memory with this process, or results travel through it, it is the result itself; where
        results stay with the workers, a :class:`~pannier.schedulers.multiprocessing.results.RemoteResult`.
        Raises KeyError for any other key, and when the run is over.
        """
        if self.result_of is None:
            raise KeyError(key)
        return self.result_of(self.numbers[key])

    def close(self) -> None:
        """Let go of the results: the run is over."""
        self.result_of = None

    @property
    def has_results(self) -> bool:
        """Whether results can be looked at."""
        return self.result_of is not None


class Having(AbstractSet[Key]):
    """The keys of the tasks with ``status``."""

    def __init__(self, view: RunView, status: Status) -> None:
        self._view = view
        self._status = status

    @classmethod
    def _from_iterable(cls, keys: Iterable[Any]) -> set[Any]:
        return set(keys)

    def __len__(self) -> int:
        return self._view.progress.count(self._status)

    def __iter__(self) -> Iterator[Key]:
        keys = self._view.tasks.keys
        return (keys[task] for task in self._view.progress.having(self._status))

    def __contains__(self, key: object) -> bool:
        task = self._view.numbers.get(key)
        return task is not None and self._view.progress.status(task) is self._status

    def __repr__(self) -> str:
        return repr(set(self))


class Released(Having):
    """The keys of those whose results nobody needs any more."""

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Key]:
        keys, progress = self._view.tasks.keys, self._view.progress
        return (keys[task] for task in progress.having(self._status) if progress.is_released(task))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) and self._view.progress.is_released(self._view.numbers[key])


class Alive(Mapping[Key, Any]):
    """The results that are alive, and the values known before the run."""

    def __init__(self, view: RunView) -> None:
        self._view = view

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Key]:
        if not self._view.has_results:
            return
        keys, progress = self._view.tasks.keys, self._view.progress
        yield from self._view.tasks.values
        for task in progress.having(Status.DONE):
            if not progress.is_released(task):
                yield keys[task]

    def __getitem__(self, key: Key) -> Any:
        values = self._view.tasks.values
        if key in values and self._view.has_results:
            return values[key]
        task = self._view.numbers[key]
        progress = self._view.progress
        if progress.status(task) is not Status.DONE or progress.is_released(task):
            raise KeyError(key)
        return self._view.result(key)

    def __repr__(self) -> str:
        return f"<results of {', '.join(map(repr, self))}>"


class Edges(Mapping[Key, list[Key]]):
    """For each task the keys of those it is connected with."""

    def __init__(self, view: RunView, numbers: Sequence[Sequence[int]]) -> None:
        self._view = view
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._view.tasks.keys)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._view.tasks.keys)

    def __getitem__(self, key: Key) -> list[Key]:
        keys = self._view.tasks.keys
        return [keys[task] for task in self._numbers[self._view.numbers[key]]]
