"""What happens in a run, told to observers: progress bars, profiles and reports are built on it.

Observers are functions of one event, registered for the length of a ``with`` block.  They run in the
scheduler's own thread, one event at a time, so they should return quickly.  An error of an observer ends the run
with it.  A run without observers makes no events.  Those that tell of each task are not frozen, since that would take
most of the time that watching costs; observers share them, and leave them as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias

from pannier.frozen import frozen
from pannier.graph.task import Key
from pannier.schedulers.view import RunView


@frozen
class RunStarted:
    """A scheduler accepted a graph."""

    run: int
    """Number of the run in this process, from 1."""
    stages: Mapping[str, int]
    """Number of tasks by stage, in the order they first run; see :func:`stage_of`."""
    workers: int
    """Threads or processes that will share the tasks."""
    time: float
    """Seconds on the clock of :func:`time.perf_counter`."""
    view: RunView = field(default_factory=RunView, compare=False, repr=False)
    """The run itself, to be looked at while one of its events is told; empty before and after the run."""


@dataclass(slots=True)  # not frozen: see the module
class TaskStarted:
    """A task was handed to a worker; once more if it is to run again.

    Where workers are processes, or an executor's, it may wait there for others that travelled with it:
    :attr:`TaskFinished.started` says when it really began.
    """

    run: int
    """Number of the run."""
    key: Key
    """The task's key."""
    worker: int | None
    """Number of the thread or process, from 0; None where an executor chooses it later."""
    time: float
    """Seconds on the clock of :func:`time.perf_counter`."""


@dataclass(slots=True)  # not frozen: see the module
class TaskFinished:
    """A task is done."""

    run: int
    """Number of the run."""
    key: Key
    """The task's key."""
    worker: int
    """Number of the thread or process that ran it, from 0."""
    started: float
    """When it started to run, in seconds on the clock of :func:`time.perf_counter`."""
    stopped: float
    """When it was done."""
    nbytes: int | None
    """Size of the stored result in bytes; None where results stay in memory as they are."""


@dataclass(slots=True)  # not frozen: see the module
class ResultsDropped:
    """Results that no task reads any more, and the user did not ask for, are gone."""

    run: int
    """Number of the run."""
    tasks: tuple[Key, ...]
    """The tasks that made them."""
    time: float
    """Seconds on the clock of :func:`time.perf_counter`."""


@frozen
class TaskFailed:
    """A task raised, and the run will end."""

    run: int
    """Number of the run."""
    key: Key
    """The task's key."""
    error: BaseException
    """What the run will raise."""


@frozen
class ResultLost:
    """A file that tasks left for others is gone or damaged; they run again."""

    run: int
    """Number of the run."""
    tasks: tuple[Key, ...]
    """The tasks that run again: the one whose file it was, and what must follow it."""
    error: BaseException
    """What the task that missed it raised."""


@frozen
class WorkerLost:
    """A worker process died; the tasks it was running run again elsewhere."""

    run: int
    """Number of the run."""
    worker: int
    """Number of the worker."""
    exitcode: int | None
    """Its exit code, negative for a signal; None where it is not known."""
    tasks: tuple[Key, ...]
    """The tasks it was running."""


@frozen
class RunFinished:
    """The run is over."""

    run: int
    """Number of the run."""
    error: BaseException | None
    """What it raises, None when it succeeded."""
    time: float
    """Seconds on the clock of :func:`time.perf_counter`."""


Event: TypeAlias = (
    RunStarted
    | TaskStarted
    | TaskFinished
    | ResultsDropped
    | TaskFailed
    | ResultLost
    | WorkerLost
    | RunFinished
)
Observer: TypeAlias = Callable[[Event], None]

_observers: tuple[Observer, ...] = ()
_changing: Final = Lock()
_unobserved: Final[ContextVar[bool]] = ContextVar("_unobserved", default=False)


def observers() -> tuple[Observer, ...]:
    """The observers registered now; a run asks once, when it starts."""
    return () if _unobserved.get() else _observers


@contextlib.contextmanager
def unobserved() -> Iterator[None]:
    """Have no observer told of the runs that this thread starts inside the block: they are part of building a plan."""
    token = _unobserved.set(True)
    try:
        yield
    finally:
        _unobserved.reset(token)


@contextlib.contextmanager
def observe(observer: Observer) -> Iterator[Observer]:
    """Tell ``observer`` of every event of the runs that start inside the block.

    >>> from pannier.schedulers.sync import get
    >>> seen = []
    >>> with observe(seen.append):
    ...     get({"x": (max, 1, 2)}, "x")
    2
    >>> [type(event).__name__ for event in seen]
    ['RunStarted', 'TaskStarted', 'TaskFinished', 'RunFinished']
    """
    global _observers
    with _changing:
        _observers = (*_observers, observer)
    try:
        yield observer
    finally:
        with _changing:
            remaining = list(_observers)
            remaining.remove(observer)
            _observers = tuple(remaining)


def stage_of(key: Key) -> str:
    """The stage a key belongs to: the verb of a collection's node, or a hand-made key's own start.

    >>> stage_of(("frequencies-0f3a", 3)), stage_of("clean-2"), stage_of(7)
    ('frequencies', 'clean', '7')
    """
    name = key[0] if isinstance(key, tuple) and key else key
    return str(name).rpartition("-")[0] or str(name)
