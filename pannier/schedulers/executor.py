"""The executor scheduler: any ``concurrent.futures.Executor``, such as loky's or mpi4py's.

The executor decides where tasks run, this module in which order.  Tasks that take little time travel
together (:mod:`~pannier.schedulers.batching`), and results by value, through this process.  A
``ThreadPoolExecutor`` shares memory with it, so there nothing is pickled.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from heapq import heappop, heappush
from threading import get_ident
from time import perf_counter
from typing import Any, Final, NamedTuple

from pannier import config
from pannier.errors import annotate
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Task
from pannier.host import Host, entered, run_folder
from pannier.schedulers import byvalue
from pannier.schedulers.batching import MOST_TASKS, TARGET_SECONDS, UNKNOWN_SECONDS, Pace, kind_of
from pannier.schedulers.culprits import refused_task, refused_value
from pannier.schedulers.failures import Failure, pack_error, unpack_error
from pannier.schedulers.loop import Run
from pannier.schedulers.memory import share, shared
from pannier.schedulers.timeouts import refuse_timeout

_DEPTH: Final = 2
"""Batches submitted for each worker: one to run, one to follow without a pause."""


def get(
    dsk: Mapping[Any, Any] | Graph,
    keys: Any,
    *,
    executor: Executor,
    num_workers: int | None = None,
    memory_limit: str | int | None = None,
    task_timeout: float | None = None,
) -> Any:
    """The results of ``keys`` (a key, or lists of keys nested at will), computed by ``executor``.

    ``num_workers`` says how many tasks the executor runs at once, where it does not say so itself.
    ``memory_limit`` (bytes, or a text such as "4 GiB") defaults to the setting of that name; steps that can
    keep to a budget, do.
    ``task_timeout`` is refused: nobody can end a task of an executor.
    The executor stays open.  After a failure, tasks that it has begun run to their end unobserved.

    Raises what a task raises, with a note naming the task;
    :class:`~pannier.errors.SerializationError` for a task or result that cannot be pickled; and what
    the executor raises when it breaks.

    >>> with ThreadPoolExecutor(2) as pool:
    ...     get({"x": 1, "y": (max, "x", 3)}, ["x", "y"], executor=pool)
    [1, 3]
    """
    refuse_timeout(task_timeout, "an executor")
    run = Run(dsk, keys)
    known = num_workers or getattr(executor, "_max_workers", None)
    feeder = _Feeder(run, executor, config.get("num_workers", known))
    with run.under_way(feeder.workers), run_folder() as folder:
        feeder.feed(feeder.host(folder, memory_limit))
    return run.answer()


class _Outcome(NamedTuple):
    """What became of a batch."""

    done: list[tuple[Any, float]]
    """Results, or their pickles, and the seconds each took; fewer than tasks if one failed."""
    failure: BaseException | tuple[Any, ...] | None
    """The exception of the task after these, or the fields of a Failure that holds it."""
    worker: tuple[int, int]
    """Ids of the process and the thread."""


class _Feeder:
    """Keeps the executor supplied with batches of one run."""

    def __init__(self, run: Run, executor: Executor, workers: int) -> None:
        self.workers = workers
        self._run = run
        self._executor = executor
        self._shares_memory = isinstance(executor, ThreadPoolExecutor)
        self._pace = Pace()
        self._futures: dict[Future[_Outcome], list[int]] = {}
        self._workers: dict[tuple[int, int], int] = {}

    def host(self, folder: str, memory_limit: object) -> Host:
        """What tasks may know of where they run."""
        if self._shares_memory:
            return shared(folder, self.workers, memory_limit)
        return Host(folder, share(self.workers, memory_limit))

    def feed(self, host: Host) -> None:
        """Run all tasks as guests of ``host``, or until ``run.error`` is set."""
        run = self._run
        run.folder = host.folder
        if not self._shares_memory:
            host.make_folder()
        try:
            while run.state.left and run.error is None:
                while run.ready and len(self._futures) < _DEPTH * self.workers and run.error is None:
                    self._submit(self._batch(), host)
                if run.error is None:
                    for future in wait(self._futures, return_when=FIRST_COMPLETED).done:
                        self._take(future, self._futures.pop(future))
        finally:
            for future in self._futures:
                future.cancel()

    def _batch(self) -> list[int]:
        """Ready tasks, started: one, or as many as are known to take little time."""
        run = self._run
        batch: list[int] = []
        most = min(MOST_TASKS, len(run.ready) // self.workers)
        seconds = 0.0
        while run.ready and (not batch or len(batch) < most) and seconds < TARGET_SECONDS:
            cost = self._pace.cost(kind_of(run.tasks.tasks[run.ready[0]].func))
            if batch and cost >= UNKNOWN_SECONDS:
                break
            seconds += cost
            batch.append(heappop(run.ready))
            run.state.start(batch[-1])
            seconds = self._follow(batch, seconds)
        return batch

    def _follow(self, batch: list[int], seconds: float) -> float:
        """Add the chain of tasks behind the last one of ``batch``, as far as their cost is known and small.

        Nobody else could run them earlier.  What they cost together with the ``seconds`` before.
        """
        run = self._run
        while len(batch) < MOST_TASKS and seconds < TARGET_SECONDS:
            follower = run.state.follower(batch[-1])
            if follower is None:
                break
            seconds += self._pace.cost(kind_of(run.tasks.tasks[follower].func))
            if seconds >= UNKNOWN_SECONDS:
                break
            run.state.start_behind(follower)
            batch.append(follower)
        return seconds

    def _submit(self, batch: list[int], host: Host) -> None:
        run = self._run
        if run.observers and not all(run.tell_start(number, None) for number in batch):
            return
        tasks = [run.tasks.tasks[number] for number in batch]
        keys = [run.tasks.keys[number] for number in batch]
        results = run.results
        inputs = {key: results[key] for task in tasks for key in task.deps if key in results}
        if self._shares_memory:
            future = self._executor.submit(_call_all, tasks, keys, inputs, _as_it_is, host)
        else:
            payload = self._dumps(batch, tasks, keys, inputs)
            if payload is None:
                return
            future = self._executor.submit(_call_pickled, payload, host.folder, host.memory)
        self._futures[future] = batch

    def _dumps(
        self, batch: list[int], tasks: list[Task], keys: list[Key], inputs: dict[Key, Any]
    ) -> bytes | None:
        try:
            return byvalue.dumps((tasks, keys, inputs))
        except Exception as error:  # noqa: BLE001  picklers and __reduce__ methods raise anything
            for number, task in zip(batch, tasks, strict=True):
                refused = refused_task(self._run.tasks.keys[number], task)
                if refused is not None:
                    self._run.fail(number, refused)
                    return None
            self._run.fail(batch[0], error)
            return None

    def _take(self, future: Future[_Outcome], batch: list[int]) -> None:
        """Enter what ``future``, which is done, has to say about ``batch``."""
        run, tasks = self._run, self._run.tasks
        try:
            done, failure, worker = future.result()
        except BaseException as error:  # noqa: BLE001  the executor's own: it broke, or was shut down
            names = ", ".join(repr(tasks.keys[number]) for number in batch[:5])
            run.error = run.error or annotate(error, f"the executor failed while it had task {names}")
            return
        clock = perf_counter() - sum(seconds for _, seconds in done)
        for number, (result, seconds) in zip(batch, done, strict=False):
            self._pace.learn(kind_of(tasks.tasks[number].func), seconds, 1)
            value = result if self._shares_memory else pickle.loads(result)
            told = None
            if run.observers:
                place = self._workers.setdefault(worker, len(self._workers))
                told = (place, clock, clock + seconds, None if self._shares_memory else len(result))
            for task in run.finish(number, value, told):
                heappush(run.ready, task)
            clock += seconds
        if failure is not None:
            raised = failure if isinstance(failure, BaseException) else unpack_error(Failure(*failure))
            for number in batch[len(done) + 1 :]:
                if run.state.give_back(number):
                    heappush(run.ready, number)
            if not run.goes_on(batch[len(done)], raised):
                run.fail(batch[len(done)], raised)


def _call_pickled(payload: bytes, folder: str, memory: int) -> _Outcome:
    """Run a pickled batch; in a worker of the executor."""
    tasks, keys, inputs = pickle.loads(payload)
    outcome = _call_all(tasks, keys, inputs, _as_pickle, Host(folder, memory))
    if isinstance(outcome.failure, BaseException):
        return outcome._replace(failure=tuple(pack_error(outcome.failure, __file__)))
    return outcome


def _call_all(
    tasks: Sequence[Task],
    keys: Sequence[Key],
    results: dict[Key, Any],
    prepare: Callable[[Any], Any],
    host: Host,
) -> _Outcome:
    """Run ``tasks``, as guests of ``host``, one after another until one fails.

    ``results`` are what they read, but for the result of the task before in a chain.
    """
    with entered(host):
        return _call_each(tasks, keys, results, prepare)


def _call_each(
    tasks: Sequence[Task], keys: Sequence[Key], results: dict[Key, Any], prepare: Callable[[Any], Any]
) -> _Outcome:
    done: list[tuple[Any, float]] = []
    failure = None
    started = perf_counter()
    before: Key | None = None
    for task, key, following in zip(tasks, keys, [*tasks[1:], None], strict=True):
        try:
            value = task(results)
            result = prepare(value)
        except BaseException as error:  # noqa: BLE001  what a task raises is the caller's to judge
            failure = error
            break
        results.pop(before, None)
        before = None
        if following is not None and key in following.deps:
            results[key], before = value, key
        del value
        stopped = perf_counter()
        done.append((result, stopped - started))
        started = stopped
    return _Outcome(done, failure, (os.getpid(), get_ident()))


def _as_it_is(value: Any) -> Any:
    return value


def _as_pickle(value: Any) -> bytes:
    """The pickle of a result, by cloudpickle where pickle refuses."""
    try:
        return pickle.dumps(value, 5)
    except Exception:  # noqa: BLE001  picklers raise anything
        try:
            return byvalue.dumps(value)
        except Exception as error:
            raise refused_value(value, "the task's result", error) from error
