"""Which task ran when, and where."""

from __future__ import annotations

from typing import NamedTuple

from pannier.diagnostics.profile.recorder import Recorder
from pannier.graph.task import Key
from pannier.schedulers.events import Event, TaskFinished, stage_of


class TaskData(NamedTuple):
    """A task that ran; times are seconds on the clock of :func:`time.perf_counter`."""

    key: Key
    stage: str
    """The step that it belongs to; see :func:`~pannier.schedulers.events.stage_of`."""
    start_time: float
    end_time: float
    worker_id: int
    """Number of the thread or process, from 0."""
    nbytes: int | None
    """Bytes of its stored result; None where results stay in memory as they are."""
    run: int
    """Number of the run."""


class Profiler(Recorder[TaskData]):
    """Records when each task ran, on which worker, and the size of its result where that is known.

    ``results`` is a list of :class:`TaskData`, ``runs`` one of :class:`RunData`.  A ``with`` block begins with empty
    ones; between :meth:`register` and :meth:`unregister` they grow until :meth:`clear`.  A task that ran twice, since
    its worker died with its result, is there twice.

    The interface follows Dask's ``Profiler``.

    >>> from pannier.schedulers.sync import get
    >>> with Profiler() as profile:
    ...     get(
    ...         {"load-1": (int, "1"), "load-2": (int, "2"), "add": (sum, ["load-1", "load-2"])},
    ...         "add",
    ...     )
    3
    >>> [(task.key, task.stage, task.worker_id) for task in profile.results]
    [('load-1', 'load', 0), ('load-2', 'load', 0), ('add', 'add', 0)]
    """

    def _record(self, event: Event) -> None:
        if isinstance(event, TaskFinished):
            self.results.append(
                TaskData(
                    event.key,
                    stage_of(event.key),
                    event.started,
                    event.stopped,
                    event.worker,
                    event.nbytes,
                    event.run,
                )
            )
