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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from threading import Condition
from time import perf_counter, sleep
from typing import Any, TypeAlias

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
    ResultsDropped,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    observers,
    stage_of,
)
from pannier.schedulers.losses import Again, Losses
from pannier.schedulers.partial import rescued
from pannier.schedulers.state import State
from pannier.schedulers.view import RunView

Told: TypeAlias = tuple[int, float, float, int | None]
"""Of a task that is done: the number of the worker, when it started and stopped, the bytes of its result if known."""

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
        self.outputs = frozenset(self.tasks.outputs)
        """Numbers of the tasks whose results are wanted."""
        self._folders = {i: folder for i in keepers if (folder := _folder(self.tasks.tasks[i].func))}
        self.results: dict[Key, Any] = dict(self.tasks.values)
        """Results by key: values where workers share memory, handles to them where they do not."""
        self.ready = self.state.ready
        """A heap of the numbers of the tasks that can start."""
        self.folder = ""
        """Where tasks write files, once a driver has said so."""
        self.number = next(_numbers)
        self.observers = observers()
        self.view = RunView(self.tasks, self.state, self._result)
        self.error: BaseException | None = None

    @contextmanager
    def under_way(self, workers: int) -> Iterator[None]:
        """Tell observers that ``workers`` workers set out, and, when the block ends, that the run is over."""
        self._begin(workers)
        try:
            yield
        except BaseException as error:
            self.error = self.error or error
            raise
        finally:
            self._end()

    def _result(self, task: int) -> Any:
        return self.results[self.tasks.keys[task]]

    def _begin(self, workers: int) -> None:
        if self.observers:
            stages = Counter(map(stage_of, self.tasks.keys))
            self.emit(RunStarted(self.number, stages, workers, perf_counter(), self.view))

    def emit(self, event: Event) -> None:
        """Tell every observer of ``event``; one that raises ends the run with its error."""
        for observer in self.observers:
            try:
                observer(event)
            except BaseException as error:  # noqa: BLE001  it is raised at the end of the run
                self._blame(error, event)

    def _blame(self, error: BaseException, event: Event) -> None:
        """An observer raised ``error`` when it was told of ``event``."""
        told = f"an observer raised this when it was told of {type(event).__name__}"
        if self.error is None:
            self.error = annotate(error, told)
        elif error is not self.error:
            annotate(self.error, f"{told}, too: {type(error).__name__}: {error}")

    def finish(self, task: int, result: Any, told: Told | None = None) -> list[int]:
        """The tasks that became ready because the running ``task`` has its ``result``.

        Results nobody needs any more are forgotten.  Observers, if there are any, are ``told`` of it.
        """
        keys, results = self.tasks.keys, self.results
        results[keys[task]] = result
        ready, dropped = self.state.finish(task)
        if told is not None:
            self.emit(TaskFinished(self.number, keys[task], *told))
        for dep in dropped:
            del results[keys[dep]]
        if dropped and (self._folders or self.observers):
            self.clear_up(dropped)
        return ready

    def clear_up(self, dropped: Sequence[int]) -> None:
        """What else there is to do when the results of ``dropped`` are forgotten."""
        if self._folders:
            self.remove_files(dropped)
        if self.observers:
            keys = tuple([self.tasks.keys[task] for task in dropped])
            self.emit(ResultsDropped(self.number, keys, perf_counter()))

    def tell_start(self, task: int, worker: int | None) -> bool:
        """Tell observers that ``task`` is handed to ``worker``, if known.  Whether it may go on: none has ended the run."""
        self.emit(TaskStarted(self.number, self.tasks.keys[task], worker, perf_counter()))
        return self.error is None

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

    def rescued(self, task: int, error: BaseException) -> Any:
        """A result in place of that of ``task``, which can have none because of ``error``; None if there is none."""
        return rescued(self.tasks.tasks[task], error)

    def _end(self) -> None:
        if self.observers:
            self.emit(RunFinished(self.number, self.error, perf_counter()))
        self.view.close()  # which has a way back to the run, so that its results would stay until the collector comes

    def answer(self) -> Any:
        """The wanted results, nested as the keys were.  Raises what ended the run: a task's error, or an observer's."""
        if self.error is not None:
            raise self.error
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
        task = _next_task(run, changed, worker)
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
                task = _next_task(run, changed, worker)
            continue
        # To queue for the lock would make two workers hand it, and the interpreter lock, over at every task.
        while not changed.acquire(blocking=False):
            sleep(0)
        try:
            new = run.finish(task, result, (worker, started, perf_counter(), None) if timed else None)
            del result
            for number in new:
                heappush(ready, number)
            if len(new) > 1 or not state.left or run.error is not None:
                changed.notify_all()
            task = _next_task(run, changed, worker)
        finally:
            changed.release()


def _next_task(run: Run, changed: Condition, worker: int) -> int | None:
    """The ready task of lowest number, started; None when the run is over.  Waits if it must."""
    ready, state = run.ready, run.state
    while run.error is None and state.left:
        if ready:
            task = heappop(ready)
            state.start(task)
            if not run.observers or run.tell_start(task, worker):
                return task
            changed.notify_all()
        else:
            changed.wait()
    return None
