"""``get`` of the multiprocessing scheduler: one run from its first task to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pannier import config
from pannier.errors import LostResult
from pannier.graph.graph import Graph
from pannier.host import run_folder
from pannier.schedulers import sync
from pannier.schedulers.loop import Run
from pannier.schedulers.memory import limit
from pannier.schedulers.multiprocessing import ending, worker
from pannier.schedulers.multiprocessing.dispatch import Dispatcher
from pannier.schedulers.multiprocessing.tasks import Encoder


def get(
    dsk: Mapping[Any, Any] | Graph,
    keys: Any,
    *,
    num_workers: int | None = None,
    memory_limit: str | int | None = None,
    task_timeout: float | None = None,
) -> Any:
    """The results of ``keys`` (a key, or lists of keys nested at will), computed by worker processes.

    ``num_workers`` defaults to the setting of that name: the processors this process may use.  Workers stay
    for the next call, until they have been idle for the setting ``idle_timeout``.  Called by a task, it
    runs in the task's own process, so that workers do not start workers.

    ``memory_limit`` (bytes, or a text such as "4 GiB") defaults to the setting of that name: what all workers
    and the results that they store in memory may take together.  ``task_timeout`` (seconds) defaults to the setting
    of that name: a task that takes longer is ended with its process, and tried again.

    Raises what a task raises, with a note naming the task and the worker's traceback as its cause;
    :class:`~pannier.errors.SerializationError` for a task or result that cannot be pickled;
    :class:`~pannier.errors.WorkerDied` for a task whose process died more often than ``retries`` allows, and
    :class:`~pannier.errors.TaskTimeout` for one that took too long as often.

    >>> get({"x": 1, "y": (max, "x", 3)}, ["x", "y"])
    [1, 3]
    """
    if worker.is_worker:
        return sync.get(dsk, keys, memory_limit=memory_limit)
    run = Run(dsk, keys)
    n = max(1, min(config.get("num_workers", num_workers), len(run.tasks.tasks)))
    with run.under_way(n), run_folder() as folder:
        seconds = config.get("task_timeout", task_timeout)
        run.results |= RunDispatcher(run, n, folder, limit(memory_limit), seconds).results()
    return run.answer()


class RunDispatcher(Dispatcher):
    """Drives ``run``, whose tasks are all known, in the thread that calls :meth:`results`."""

    def __init__(
        self, run: Run, workers: int, folder: str, memory: int, task_timeout: float | None = None
    ) -> None:
        super().__init__(run, Encoder(run.tasks), workers, folder, memory, task_timeout)
        self._whole = run
        self._trials.own_retries = run.tasks.retries
        run.view.result_of = self._ledger.remote
        self._is_orderly = False
        """Whether the loop has come to its end, so that what workers without tasks have said has been read."""

    def results(self) -> dict[Any, Any]:
        """The wanted results by key.  Raises what a task raised, or why it could not run."""
        try:
            while True:
                self._run_all()
                try:
                    results = self._ledger.results(self._whole.tasks, self._memory)
                except LostResult as error:
                    if not self._make_again(self._whole.losses.answer_reader(error), error):
                        raise
                else:
                    self._trials.warn()
                    return results
        finally:
            self.close(self._is_orderly)

    def _run_all(self) -> None:
        """Run the tasks that are not done."""
        run = self._run
        self._is_orderly = False
        while self._state.left and run.error is None:
            self._assign()
            if run.error is None:
                for key, ready in self._selector.select(self._patrol.wait(self._recall())):
                    self._hear(key.data, ready)
                self._patrol.look()
        if run.error is not None:
            ending.drain(self._slots, self._selector)
        self._is_orderly = True
        if run.error is not None:
            raise run.error
