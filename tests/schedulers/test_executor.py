"""The executor scheduler beyond the contract: order, batches, errors of the executor itself."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import loky
import pytest

from pannier.errors import RemoteError, SerializationError
from pannier.graph.task import Literal
from pannier.schedulers.executor import get


def inc(x: int) -> int:
    return x + 1


def process_pool() -> ProcessPoolExecutor:
    """One process that is no fork: other tests may have left threads of native libraries behind."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


class Counting(ThreadPoolExecutor):
    """Counts what is submitted."""

    submitted = 0

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        return super().submit(*args, **kwargs)


class Immediate(Executor):
    """Runs what is submitted at once, in the calling thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_any_executor_will_do() -> None:
    """An executor that says nothing of its workers runs graphs, too."""
    assert get({"x": (inc, 1), "y": (inc, "x")}, "y", executor=Immediate(), num_workers=1) == 3


def test_tiny_tasks_travel_together() -> None:
    """Thousands of tiny tasks are a few dozen submissions."""
    dsk = {("x", i): (inc, i) for i in range(5000)}
    with Counting(2) as executor:
        assert get(dsk, list(dsk), executor=executor) == list(range(1, 5001))
    assert executor.submitted < 500


def test_long_tasks_travel_alone() -> None:
    """Tasks of a tenth of a second run on all threads side by side."""
    dsk = {("x", i): (lambda: (time.sleep(0.1), threading.get_ident())[1],) for i in range(6)}
    with Counting(3) as executor:
        threads = get(dsk, list(dsk), executor=executor)
    assert executor.submitted == 6
    assert len(set(threads)) == 3


def test_the_executor_stays_open() -> None:
    """The executor belongs to the caller, after success and after failure."""
    with ThreadPoolExecutor(2) as executor:
        with pytest.raises(ZeroDivisionError):
            get({"x": (lambda: 1 / 0,)}, "x", executor=executor)
        assert get({"x": (inc, 1)}, "x", executor=executor) == 2
        assert executor.submit(inc, 1).result() == 2


def test_threads_share_memory() -> None:
    """On threads results are the objects themselves, picklable or not."""
    with ThreadPoolExecutor(2) as executor:
        lock, same = get({"lock": (threading.Lock,), "same": "lock"}, ["lock", "same"], executor=executor)
    assert lock is same


def test_functions_need_not_be_importable() -> None:
    """Lambdas and closures reach a plain process pool."""
    offset = 10
    with process_pool() as executor:
        dsk = {"x": (lambda: lambda y: y + offset,), "y": (lambda f: f(1), "x")}
        assert get(dsk, "y", executor=executor) == 11


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ((inc, [threading.Lock()]), "an argument of the task .* item 0 of the list is a lock"),
        ((threading.Lock,), "the task's result .* is a lock"),
    ],
)
def test_what_cannot_travel_is_named(task: tuple[Any, ...], said: str) -> None:
    """Between processes an unpicklable argument or result is a SerializationError naming the task."""
    with process_pool() as executor, pytest.raises(SerializationError, match=said) as caught:
        get({"step-1": task}, "step-1", executor=executor)
    assert "in task 'step-1'" in caught.value.__notes__


class NeverTheSame(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def fail() -> None:
    raise NeverTheSame(1, 2)


def test_an_exception_that_cannot_travel_is_told() -> None:
    """As on worker processes, with its message and its traceback."""
    with process_pool() as executor, pytest.raises(RemoteError, match="1 and 2") as caught:
        get({"x": (fail,)}, "x", executor=executor)
    assert "in fail" in str(caught.value.__cause__)


def test_a_broken_executor_names_the_task() -> None:
    """When a worker of the pool dies, its own exception is raised and says which task it had."""
    with process_pool() as executor, pytest.raises(BrokenProcessPool) as caught:
        get({"bad-7": (os._exit, 1)}, "bad-7", executor=executor)
    assert caught.value.__notes__ == ["the executor failed while it had task 'bad-7'"]


def test_a_closed_executor_is_an_error() -> None:
    """What the executor raises at once is raised."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        get({"x": (inc, 1)}, "x", executor=executor)


def test_pending_tasks_are_cancelled_after_a_failure() -> None:
    """What has not begun when a task fails never runs."""
    ran = []

    def note(i: int, x: object) -> None:
        ran.append(i)

    dsk: dict[Any, Any] = {"bad": (lambda: 1 / 0,)}
    dsk |= {("x", i): (note, i, Literal("bad")) for i in range(50)}
    dsk["all"] = (list, [*dsk])
    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        get(dsk, ["bad", "all"], executor=executor)
    assert len(ran) < 50


def test_loky_runs_functions_of_this_module() -> None:
    """A reusable executor of loky, as joblib has, is one more executor."""
    executor = loky.get_reusable_executor(max_workers=2)
    try:
        dsk = {("x", i): (inc, i) for i in range(100)}
        assert get(dsk, list(dsk), executor=executor) == list(range(1, 101))
    finally:
        executor.shutdown(wait=True)
