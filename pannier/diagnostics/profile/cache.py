"""Which results are alive, when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, NamedTuple

from pannier.diagnostics.profile.recorder import Recorder
from pannier.graph.task import Key
from pannier.schedulers.events import (
    Event,
    ResultLost,
    ResultsDropped,
    RunFinished,
    RunStarted,
    TaskFinished,
    stage_of,
)
from pannier.schedulers.view import RunView
from pannier.sizes import sizeof


class CacheData(NamedTuple):
    """A result and its life; times are seconds on the clock of :func:`time.perf_counter`."""

    key: Key
    """The task that made it."""
    stage: str
    """The step that the task belongs to; see :func:`~pannier.schedulers.events.stage_of`."""
    metric: float
    """What it weighs."""
    cache_time: float
    """When it was made."""
    free_time: float
    """When nobody needed it any more, or the run was over."""
    run: int
    """Number of the run."""


class CacheProfiler(Recorder[CacheData]):
    """Records which results are alive, from their making until no task reads them any more.

    ``results`` is a list of :class:`CacheData`.  What a result weighs is its bytes: those of its pickle on processes
    and executors of processes, else an estimate, or ``metric(result)``, a number, if that is given.  ``metric_name``
    says what it measures, by default its name.  On processes a metric is given a
    :class:`~pannier.schedulers.multiprocessing.results.RemoteResult`, as
    :meth:`Callback.posttask <pannier.diagnostics.Callback.posttask>` is: what asks for ``nbytes`` or ``sys.getsizeof``
    is answered, and what needs the data has to ``fetch()`` it.

    The interface follows Dask's ``CacheProfiler``, whose metric counts results.

    >>> from pannier.schedulers.sync import get
    >>> with CacheProfiler(metric=len) as profile:
    ...     get({"words": (str.split, "to be or not"), "last": (max, "words")}, "last")
    'to'
    >>> [(result.key, result.metric) for result in profile.results]
    [('words', 4), ('last', 2)]
    """

    def __init__(self, metric: Callable[[Any], float] | None = None, metric_name: str | None = None) -> None:
        super().__init__()
        self._metric = metric
        own_name = "bytes" if metric is None else getattr(metric, "__name__", type(metric).__name__)
        self.metric_name = metric_name or own_name
        """What the results are weighed by."""
        self._alive: dict[int, tuple[RunView, dict[Key, tuple[float, float]]]] = {}
        """Of the runs under way, what the living results weigh and since when they are there."""

    def _begin_run(self, event: RunStarted) -> None:
        self._alive[event.run] = event.view, {}

    def _record(self, event: Event) -> None:
        if event.run not in self._alive:  # recording has just ended
            return
        view, alive = self._alive[event.run]
        if isinstance(event, TaskFinished):
            alive[event.key] = self._weight(event, view), event.stopped
        elif isinstance(event, ResultsDropped):
            self._free(alive, event.tasks, event.time, event.run)
        elif isinstance(event, ResultLost):
            self._free(alive, event.tasks, perf_counter(), event.run)

    def _end_run(self, event: RunFinished) -> None:
        _, alive = self._alive.pop(event.run)
        self._free(alive, list(alive), event.time, event.run)

    def _weight(self, event: TaskFinished, view: RunView) -> float:
        if self._metric is not None:
            return self._metric(view.result(event.key))
        return sizeof(view.result(event.key)) if event.nbytes is None else event.nbytes

    def _free(
        self, alive: dict[Key, tuple[float, float]], keys: Iterable[Key], time: float, run: int
    ) -> None:
        for key in keys:
            if key in alive:
                metric, since = alive.pop(key)
                self.results.append(CacheData(key, stage_of(key), metric, since, time, run))
