"""One run of a graph, and the loop that in-process workers share.

:class:`Run` joins the pure :class:`~pannier.schedulers.state.State` with the results and a heap of
ready tasks.  Workers *pull*: each takes the ready task of lowest number, runs it, reports it and takes
the next, under one lock.  One worker is the synchronous scheduler, several threads the threaded one;
no task is handed from thread to thread, so small tasks cost little and run in the planned order.
Schedulers whose workers are elsewhere *push* and drive the same :class:`Run` from their own loop.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from threading import Condition
from time import perf_counter, sleep
from typing import Any

from pannier import config
from pannier.errors import annotate
from pannier.graph.graph import Graph
from pannier.graph.spec import flat_keys, nest, to_graph
from pannier.graph.task import Key
from pannier.host import Host, entered
from pannier.schedulers.collector import patient, paused
from pannier.schedulers.events import (
    Event,
    ResultLost,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
    observers,
    stage_of,
)
from pannier.schedulers.losses import Again, Losses
from pannier.schedulers.state import State

_numbers = itertools.count(1)


class Run:
    """The tasks that ``keys`` need, and how far they are."""

    def __init__(self, dsk: Mapping[Any, Any] | Graph, keys: Any) -> None:
        self.wanted = keys
        with paused():
            self.tasks = to_graph(dsk).ordered(flat_keys(keys))
            keepers = frozenset([i for i, task in enumerate(self.tasks.tasks) if _keeps_inputs(task.func)])
            self.state = State(self.tasks.dependencies, self.tasks.dependents, self.tasks.outputs, keepers)
        self.losses = Losses(self.tasks, self.state, keepers, config.get("retries"))
        self._folders = {i: folder for i in keepers if (folder := _folder(self.tasks.tasks[i].func))}
        self.results: dict[Key, Any] = dict(self.tasks.values)
        """Results by key: values where workers share memory, handles to them where they do not."""
        self.ready = self.state.ready
        """A heap of the numbers of the tasks that can start."""
        self.folder = ""
        """Where tasks write files, once a driver has said so."""
        self.number = next(_numbers)
        self.observers = observers()
        self.error: BaseException | None = None

    def begin(self, workers: int) -> None:
        """Tell observers that ``workers`` workers set out."""
        if self.observers:
            stages = Counter(map(stage_of, self.tasks.keys))
            self.emit(RunStarted(self.number, stages, workers, perf_counter()))

    def emit(self, event: Event) -> None:
        """Tell every observer of ``event``; an observer that raises ends the run with its error."""
        try:
            for observer in self.observers:
                observer(event)
        except BaseException as error:  # noqa: BLE001  it is raised at the end of the run
            self.error = self.error or error

    def finish(self, task: int, result: Any) -> list[int]:
        """The tasks that became ready because the running ``task`` has its ``result``.

        Results nobody needs any more are forgotten.
        """
        keys, results = self.tasks.keys, self.results
        results[keys[task]] = result
        ready, dropped = self.state.finish(task)
        for dep in dropped:
            del results[keys[dep]]
        if dropped and self._folders:
            self.remove_files(dropped)
        return ready

    def remove_files(self, dropped: Iterable[int]) -> None:
        """Remove the folders of files that the results of ``dropped``, which nobody needs any more, refer to."""
        for task in dropped:
            if task in self._folders:
                shutil.rmtree(os.path.join(self.folder, self._folders[task]), ignore_errors=True)

    def goes_on(self, task: int, error: BaseException) -> bool:
        """Whether the run goes on though the running ``task`` raised ``error``: what it missed is made again."""
        again = self.losses.answer(task, error)
        if again is None:
            return False
        self.tell_of(again, error)
        self.ready[:] = [*[each for each in self.ready if each not in again.revoked], *again.ready]
        heapify(self.ready)
        return True

    def tell_of(self, again: Again, error: BaseException) -> None:
        """Tell observers what is made again."""
        if self.observers and again.lost:
            keys = tuple([self.tasks.keys[each] for each in again.lost])
            self.emit(ResultLost(self.number, keys, error))

    def fail(self, task: int, error: BaseException) -> None:
        """End the run with ``error``, which ``task`` raised; the first failure counts."""
        if self.error is None:
            key = self.tasks.keys[task]
            self.error = annotate(error, f"in task {key!r}")
            if self.observers:
                self.emit(TaskFailed(self.number, key, error))

    def end(self, error: BaseException | None) -> None:
        """Tell observers that the run is over."""
        if self.observers:
            self.emit(RunFinished(self.number, error, perf_counter()))

    def answer(self) -> Any:
        """The wanted results, nested as the keys were.  For results that are values."""
        return nest(self.wanted, self.results)


def _keeps_inputs(func: Any) -> bool:
    """Whether results of ``func`` refer to files that the tasks it reads have written."""
    return getattr(func, "keeps_inputs", False) is True


def _folder(func: Any) -> str | None:
    """The folder of these files, inside that of the run."""
    return getattr(func, "folder", None)


def work(run: Run, changed: Condition, worker: int, host: Host) -> None:
    """Run tasks, as guests of ``host``, until none is left or one fails: the life of an in-process worker.

    ``changed`` guards ``run`` and wakes workers that wait for a task to become ready.  An exception
    of a task is left in ``run.error``.
    """
    run.folder = host.folder
    with entered(host), patient():
        _work(run, changed, worker)


def _work(run: Run, changed: Condition, worker: int) -> None:
    tasks, state, results, ready = run.tasks.tasks, run.state, run.results, run.ready
    timed = bool(run.observers)
    started = 0.0
    with changed:
        task = _next_task(run, changed)
    while task is not None:
        if timed:
            started = perf_counter()
        try:
            result = tasks[task](results)
        except BaseException as error:  # noqa: BLE001  it is raised at the end of the run
            with changed:
                if not run.goes_on(task, error):
                    run.fail(task, error)
                changed.notify_all()
                task = _next_task(run, changed)
            continue
        # To queue for the lock would make two workers hand it, and the interpreter lock, over at every task.
        while not changed.acquire(blocking=False):
            sleep(0)
        try:
            if timed:
                key = run.tasks.keys[task]
                run.emit(TaskFinished(run.number, key, worker, started, perf_counter(), None))
            new = run.finish(task, result)
            del result
            for number in new:
                heappush(ready, number)
            if len(new) > 1 or not state.left or run.error is not None:
                changed.notify_all()
            task = _next_task(run, changed)
        finally:
            changed.release()


def _next_task(run: Run, changed: Condition) -> int | None:
    """The ready task of lowest number, started; None when the run is over.  Waits if it must."""
    ready, state = run.ready, run.state
    while run.error is None and state.left:
        if ready:
            task = heappop(ready)
            state.start(task)
            return task
        changed.wait()
    return None
