"""The multiprocessing scheduler: what travels, what stays, and who does what."""

from __future__ import annotations

import functools
import multiprocessing as mp
import os
import random
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import psutil
import pytest

from pannier import config
from pannier.errors import RemoteError, SerializationError, WorkerDied
from pannier.graph.task import Literal, Task
from pannier.schedulers.events import Event, RunStarted, TaskFinished, WorkerLost, observe
from pannier.schedulers.multiprocessing import get, output, pool
from pannier.schedulers.multiprocessing.wire import RUN


@pytest.fixture
def fresh_pool() -> Iterator[None]:
    """No idle workers before and after the test."""
    pool.close()
    yield
    pool.close()


def inc(x: int) -> int:
    return x + 1


def pid(*_: object) -> int:
    return os.getpid()


def slow_pid(seconds: float, *_: object) -> int:
    time.sleep(seconds)
    return os.getpid()


# Workers.


def threads_of_libraries(*_: object) -> list[str | None]:
    return [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "OPENBLAS", "MKL")]


@pytest.mark.usefixtures("fresh_pool")
@pytest.mark.parametrize(
    ("given", "seen"), [({}, ["1", "1", "1"]), ({"OMP_NUM_THREADS": "4"}, ["4", "1", "1"])]
)
def test_libraries_have_one_thread_in_a_worker(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], seen: list[str]
) -> None:
    """Unless the environment says how many; that of this process stays as it is."""
    for name in ("OMP", "OPENBLAS", "MKL"):
        monkeypatch.delenv(f"{name}_NUM_THREADS", raising=False)
    for name, count in given.items():
        monkeypatch.setenv(name, count)
    assert get({"x": (threads_of_libraries, 1)}, "x") == seen
    assert threads_of_libraries() == [given.get("OMP_NUM_THREADS"), None, None]


@pytest.mark.usefixtures("fresh_pool")
def test_workers_stay_for_the_next_run() -> None:
    """A second run uses the processes of the first, and no more processes than it has tasks."""
    dsk = {("pid", i): (slow_pid, 0.05) for i in range(4)}
    first = set(get(dsk, list(dsk), num_workers=2))
    second = set(get(dsk, list(dsk), num_workers=2))
    assert len(first) == 2
    assert second == first
    assert get({"pid": (pid,)}, "pid", num_workers=2) in first
    assert {worker.pid for worker in pool.idle_workers()} == first
    assert os.getpid() not in first


@pytest.mark.usefixtures("fresh_pool")
def test_idle_workers_end() -> None:
    """After ``idle_timeout`` seconds without work a worker ends; the next run does not notice."""
    with config.set(idle_timeout=0.2):
        worker = get({"pid": (pid,)}, "pid")
    process = psutil.Process(worker)
    deadline = time.monotonic() + 10
    while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.status() == psutil.STATUS_ZOMBIE
    assert get({"pid": (pid,)}, "pid") != worker
    assert not psutil.pid_exists(worker)


@pytest.mark.usefixtures("fresh_pool")
def test_runs_at_the_same_time_share_no_worker() -> None:
    """A run that starts while another one is busy gets workers of its own."""
    found: list[int] = []
    dsk = {"pid": (slow_pid, 0.5)}
    thread = threading.Thread(target=lambda: found.append(get(dsk, "pid", num_workers=1)))
    thread.start()
    time.sleep(0.1)
    found.append(get({"pid": (pid,)}, "pid", num_workers=1))
    thread.join()
    assert len(set(found)) == 2


def test_workers_follow_folder_and_module_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm worker sees later changes of the working directory and of ``sys.path``."""
    get({"pid": (pid,)}, "pid")
    (tmp_path / "only_here_now.py").write_text("def f(x): return x * 2")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import only_here_now  # type: ignore[import-not-found]

    assert get({"cwd": (os.getcwd,), "f": (only_here_now.f, 4)}, ["cwd", "f"]) == [str(tmp_path), 8]


def test_settings_travel() -> None:
    """Settings in force when a run starts are those of its tasks, and only then."""
    dsk = {"fan_in": (config.get, Literal("fan_in"))}
    with config.set(fan_in=5):
        assert get(dsk, "fan_in") == 5
    assert get(dsk, "fan_in") == config.get("fan_in")


def test_workers_draw_different_random_numbers() -> None:
    """Random generators are seeded in each worker, not copied."""

    def draw() -> tuple[float, float]:
        time.sleep(0.02)
        return random.random(), float(np.random.rand())  # noqa: NPY002  what users have

    dsk = {("draw", i): (draw,) for i in range(4)}
    draws = get(dsk, list(dsk), num_workers=2)
    assert all(len(set(numbers)) == 4 for numbers in zip(*draws, strict=True))


def run_on_processes(x: int) -> list[int]:
    dsk = {("pid", i): (pid,) for i in range(3)}
    return [os.getpid(), *get(dsk, list(dsk))]


def test_a_run_inside_a_task_starts_no_workers() -> None:
    """A task that computes on processes does so in its own."""
    assert len(set(get({"x": (run_on_processes, 1)}, "x"))) == 1


def say_and_negate(i: int) -> int:
    print("from a child of a task", flush=True)  # leaving the pool kills its processes  # noqa: T201
    return -i


def child_of_a_task() -> list[int]:
    with mp.get_context("fork").Pool(2) as inner:
        return inner.map(say_and_negate, range(100))


@pytest.mark.usefixtures("fresh_pool")
def test_a_worker_starts_light() -> None:
    """It imports neither the parent's side nor what no task has asked for."""
    loaded = get({"x": (eval, "sorted(__import__('sys').modules)")}, "x")
    assert "pannier.schedulers.multiprocessing.worker" in loaded
    for name in ("multiprocessing.dispatch", "multiprocessing.pool", "sync"):
        assert f"pannier.schedulers.{name}" not in loaded
    assert not {"pannier.plan", "pannier.kernels", "pannier.io", "numpy", "pandas", "fsspec"} & set(loaded)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.usefixtures("fresh_pool")
def test_a_task_may_fork(capfd: pytest.CaptureFixture[str]) -> None:
    """A worker is no daemon: its tasks may use ``multiprocessing``, and what their children print is no mess."""
    assert get({"x": (child_of_a_task,)}, "x") == [-i for i in range(100)]
    printed = capfd.readouterr().out  # two children may print at once, between a line and its end
    assert printed.replace("\n", "") == "from a child of a task" * 100
    assert printed.count("\n") == 100


# What travels.


class CountedPickles:
    """A function that counts in a file how often it was pickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, x: int) -> int:
        return x + 1

    def __reduce__(self) -> Any:
        with open(self.path, "a") as file:
            file.write("x")
        return CountedPickles, (self.path,)


def test_a_function_is_pickled_once_a_run(tmp_path: Path) -> None:
    """However many tasks share a function, and its bound methods, it is pickled once."""
    path = tmp_path / "pickles"
    func = CountedPickles(path)
    dsk: dict[Any, Any] = {("x", i): (func, i) for i in range(300)}
    dsk |= {("method", i): (func.__call__, i) for i in range(300)}
    assert get(dsk, list(dsk), num_workers=2) == list(range(1, 301)) * 2
    assert path.read_text() == "xx"


class Refuses:
    def __reduce__(self) -> NoReturn:
        raise TypeError("I do not travel")


def make_lock(_: object = None) -> Any:
    return {"data": [1, threading.Lock()]}


def uses(what: object) -> Callable[[int], int]:
    def step(x: int) -> int:
        return x if what else 0

    return step


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (
            (uses(threading.Lock()), 1),
            r"the function .* the variable 'what' of .*step is a lock \(_thread.lock\)",
        ),
        ((functools.partial(inc, Refuses()), 1), "argument 0 of the partial is a Refuses"),
        ((inc, [1, {"a": Refuses()}]), "an argument .* item 'a' of item 1 of the list is a Refuses"),
        ((make_lock, 1), "the task's result .* item 1 of item 'data' of the dict is a lock"),
        ((iter, Task(lambda: (i for i in range(3)))), "the task's result .* is a generator"),
    ],
)
def test_what_cannot_travel_is_named(task: tuple[Any, ...], said: str) -> None:
    """An unpicklable function, argument or result is a SerializationError naming task, part and type."""
    with pytest.raises(SerializationError, match=said) as caught:
        get({("step-0f", 3): task}, ("step-0f", 3))
    assert "in task ('step-0f', 3)" in caught.value.__notes__


def test_a_value_of_the_graph_that_cannot_travel_is_named() -> None:
    """So is a value that tasks read."""
    with pytest.raises(SerializationError, match=r"the value of 'lock' .* lock"):
        get({"lock": threading.Lock(), "x": (bool, "lock")}, "x")


class ExplodesOnArrival:
    def __init__(self, where: int) -> None:
        self.where = where

    def __reduce__(self) -> Any:
        return explode_elsewhere, (self.where,)


def explode_elsewhere(where: int) -> int:
    if os.getpid() != where:
        raise ValueError("boom on arrival")
    return where


def test_an_argument_that_cannot_be_unpickled_is_its_tasks_fault() -> None:
    """The error names the task whose argument it is, though it came in a batch with others."""
    dsk: dict[Any, Any] = {("x", i): (inc, i) for i in range(3000)}
    dsk["bad"] = (str, Literal(ExplodesOnArrival(os.getpid())), ("x", 0))
    with pytest.raises(ValueError, match="boom on arrival") as caught:
        get(dsk, list(dsk), num_workers=2)
    assert "in task 'bad'" in caught.value.__notes__


class NeverTheSame(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


class HoldsALock(Exception):
    def __init__(self) -> None:
        super().__init__("with a lock")
        self.lock = threading.Lock()


def fail(kind: Callable[..., Exception], *args: object) -> NoReturn:
    raise kind(*args)


@pytest.mark.parametrize("task", [(fail, NeverTheSame, 1, 2), (fail, HoldsALock)])
def test_an_exception_that_cannot_travel_is_told(task: tuple[Any, ...]) -> None:
    """One that cannot be pickled or built again becomes a RemoteError with type, message and traceback."""
    with pytest.raises(RemoteError, match=task[1].__name__) as caught:
        get({"x": task}, "x")
    assert "raise kind(*args)" in str(caught.value.__cause__)


def fail_to_divide(x: int) -> float:
    return x / 0


def test_the_traceback_of_the_worker_is_the_cause() -> None:
    """The exception's cause shows where in the task it was raised, and not how it was run."""
    with pytest.raises(ZeroDivisionError) as caught:
        get({"x": (fail_to_divide, 1)}, "x")
    cause = str(caught.value.__cause__)
    assert "return x / 0" in cause
    assert "worker.py" not in cause


# Large results.


def make_array(n: int) -> Any:
    return np.ones(n)


def add_up(array: Any, i: int) -> float:
    return float(array.sum()) + i


@pytest.mark.usefixtures("fresh_pool")
def test_large_results_do_not_pass_through_the_parent() -> None:
    """A 100 MB array with four readers: next to nothing crosses the sockets, little is added to the parent."""
    dsk: dict[Any, Any] = {"array": (make_array, 12_500_000)}
    dsk |= {("sum", i): (add_up, "array", i) for i in range(4)}
    get({"pid": (pid,)}, "pid")
    before = psutil.Process().memory_info().rss
    assert get(dsk, [("sum", i) for i in range(4)], num_workers=2) == [12_500_000.0 + i for i in range(4)]
    assert psutil.Process().memory_info().rss - before < 10_000_000
    assert sum(worker.sent + worker.received for worker in pool.idle_workers()) < 1_000_000


def test_results_are_writable_by_the_user() -> None:
    """A large array that is the answer can be written to, and leaves no file."""
    array = get({"array": (make_array, 100_000)}, "array")
    array[:] = 2
    assert array.sum() == 200_000
    assert not list(Path("/dev/shm").glob(f"pannier-{os.getpid()}-*"))


def read_twice(i: int, array: Any) -> tuple[int, int]:
    time.sleep(0.01)
    return os.getpid(), int(array.ctypes.data)


def test_a_reader_goes_where_its_largest_input_is() -> None:
    """While its worker has nothing better to do, a task runs where its large input is in memory."""
    dsk: dict[Any, Any] = {}
    for i in range(12):
        dsk["make", i] = (lambda i: (time.sleep(0.02), np.ones(20_000), os.getpid())[1:], i)
        dsk["read", i] = (lambda made: (made[1], os.getpid()), ("make", i))
    places = get(dsk, [("read", i) for i in range(12)], num_workers=2)
    assert sum(maker == reader for maker, reader in places) >= 9


@pytest.mark.parametrize("shm_bytes", [0, "200 kB", None])
def test_answers_do_not_depend_on_where_files_lie(shm_bytes: object, tmp_path: Path) -> None:
    """In memory, on disk or both, results are the same, and files of dropped results go at once."""
    dsk: dict[Any, Any] = {("x", 0): (make_array, 30_000)}
    dsk |= {("x", i): (lambda a: a + 1, ("x", i - 1)) for i in range(1, 10)}
    dsk["files"] = (lambda _, folder: len(list(folder.rglob("*"))), ("x", 9), tmp_path)
    with config.set(shm_bytes=shm_bytes, spill_folder=str(tmp_path)):
        array, n = get(dsk, [("x", 9), "files"], num_workers=2)
    assert (array == 10).all()
    assert n <= 4
    assert list(tmp_path.iterdir()) == []


def test_values_of_the_graph_reach_all_workers() -> None:
    """A large value given with the graph is packed once, for all its readers."""
    dsk: dict[Any, Any] = {"array": np.ones(100_000)}
    dsk |= {("sum", i): (add_up, "array", i) for i in range(10)}
    assert get(dsk, [("sum", i) for i in range(10)], num_workers=2) == [100_000.0 + i for i in range(10)]


def test_more_small_results_than_a_worker_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results that a worker was told to drop are sent again when a task needs them."""
    monkeypatch.setattr("pannier.schedulers.multiprocessing.slots.HELD_BYTES", 10_000)
    dsk: dict[Any, Any] = {("x", i): (lambda i: bytes([i]) * 1000, i) for i in range(60)}
    dsk |= {("y", i): (lambda a, b: a[:1] + b[:1], ("x", i), ("x", 59 - i)) for i in range(60)}
    answer = get(dsk, [("y", i) for i in range(60)], num_workers=2)
    assert answer == [bytes([i, 59 - i]) for i in range(60)]


# Who does what.


def test_short_tasks_do_not_wait_behind_a_long_one() -> None:
    """Tasks queued behind one that takes longer than its like are called back for the idle worker."""

    def task(i: int) -> tuple[int, float]:
        time.sleep(1.5 if i == 150 else 0.0005)
        return os.getpid(), time.perf_counter()

    dsk = {("task", i): (task, i) for i in range(400)}
    answers = get(dsk, list(dsk), num_workers=2)
    long_pid, long_end = answers[150]
    others = [end for i, (_, end) in enumerate(answers) if i != 150]
    assert sum(end > long_end for end in others) == 0
    assert {pid for pid, _ in answers} > {long_pid}


def test_every_worker_gets_work_first() -> None:
    """As many tasks as workers run side by side, though they could travel together."""
    dsk = {("pid", i): (slow_pid, 0.2) for i in range(2)}
    for _ in range(2):
        assert len(set(get(dsk, list(dsk), num_workers=2))) == 2


def test_work_is_shared() -> None:
    """Of many short tasks no worker does nearly all."""
    dsk = {("pid", i): (slow_pid, 0.001) for i in range(400)}
    counts = Counter(get(dsk, list(dsk), num_workers=2))
    assert min(counts.values()) > 100


def test_events_count_workers_and_bytes() -> None:
    """Events name the worker, from 0, and the bytes of each result."""
    seen: list[Event] = []
    dsk: dict[Any, Any] = {("array", i): (make_array, 50_000) for i in range(4)}
    with observe(seen.append):
        get(dsk, list(dsk), num_workers=2)
    assert isinstance(seen[0], RunStarted)
    assert seen[0].workers == 2
    finished = [event for event in seen if isinstance(event, TaskFinished)]
    assert {event.worker for event in finished} <= {0, 1}
    assert all(event.nbytes is not None and 400_000 < event.nbytes < 401_000 for event in finished)


def test_a_lost_worker_is_an_event() -> None:
    """Each death is told: worker, exit code and the task it was running."""
    seen: list[Event] = []
    with (
        config.set(retries=1),
        observe(seen.append),
        pytest.raises(WorkerDied, match="exit code 4") as caught,
    ):
        get({"bad": (os._exit, 4)}, "bad", num_workers=1)
    assert "died in each of 2 attempts" in str(caught.value)
    lost = [event for event in seen if isinstance(event, WorkerLost)]
    assert [(event.worker, event.exitcode, event.tasks) for event in lost] == [(0, 4, ("bad",))] * 2


def grow_and_die(megabytes: int) -> None:
    data = b"x" * (megabytes << 20)
    os.kill(os.getpid(), 9 if data else 0)


def test_a_death_tells_the_peak_memory() -> None:
    """The error of a killed worker says how much memory it had."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # Linux counts it for a child, too
    with config.set(retries=0), pytest.raises(WorkerDied, match=r"peak memory [\d.]+ (MiB|GiB)"):
        get({"x": (grow_and_die, own + 200)}, "x")


class DiesOnArrival:
    def __reduce__(self) -> Any:
        return exit_elsewhere, (os.getpid(),)


def exit_elsewhere(where: int) -> None:
    if os.getpid() != where:
        os._exit(1)


def test_a_death_before_the_task_begins_is_told_so() -> None:
    """A worker that dies of a task's arguments names the task and says so."""
    with pytest.raises(WorkerDied, match=r"task 'x' .* before the task began"):
        get({"x": (str, Literal(DiesOnArrival()))}, "x")


def test_a_task_that_closes_its_files_does_not_hang_the_run() -> None:
    """A worker that cuts its own connection counts as dead."""
    with config.set(retries=0), pytest.raises(WorkerDied):
        get({"x": (lambda: (os.closerange(3, 100), time.sleep(0.2)),)}, "x")


def test_a_worker_that_does_not_understand_its_parent_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker of another version of pannier, as after an upgrade, says why and does not hang the run."""
    worker = pool.take()
    worker.send(RUN, b"in another language")
    while not worker.is_gone:
        for _, payload in worker.frames():
            output.show(payload)
        time.sleep(0.01)
    worker.reap()
    worker.end()
    assert worker.exitcode == 1
    assert "UnpicklingError" in capsys.readouterr().err


def test_a_worker_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where workers cannot import what they need, the run ends with an error and does not hang."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pool.close()
    with pytest.raises(WorkerDied, match="before the task began"):
        get({"x": (inc, 1)}, "x")
