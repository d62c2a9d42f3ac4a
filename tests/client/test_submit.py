"""Calls and their futures: arguments, keys, order, failures, cancelling, retrying."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import gc
import os
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

import pannier as pn
from pannier.errors import SerializationError, UsageError
from tests.faults.scripts import wait_until


def add(x: int, y: int = 1) -> int:
    return x + y


def fail(message: str) -> None:
    raise KeyError(message)


def touch(path: Path) -> int:
    """How often it was called."""
    with path.open("a") as file:
        file.write(".")
    return len(path.read_text())


def wait_for(path: Path) -> bool:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return path.exists()


@dataclass
class Pair:
    left: Any
    right: Any


def test_the_example(client: pn.Client, tmp_path: Path) -> None:
    """Futures of files, given in a list to a call that sums them up."""
    for i in range(5):
        (tmp_path / f"{i}.txt").write_text("x" * i)
    futures = [client.submit(lambda path: path.read_text(), path) for path in tmp_path.iterdir()]
    summary = client.submit(lambda texts: sum(map(len, texts)), futures)
    assert summary.result() == 10


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda one, two: [one, [two]], [1, [2]]),
        (lambda one, two: (one, two), (1, 2)),
        (lambda one, two: {"a": one, two: {"b": two}}, {"a": 1, 2: {"b": 2}}),
        (lambda one, two: {one, two, 3}, {1, 2, 3}),
        (lambda one, two: Pair(one, [two]), Pair(1, [2])),
        (lambda one, two: functools.partial(add, one, two).args, (1, 2)),
    ],
)
def test_futures_inside_of_arguments(
    client: pn.Client, make: Callable[[Any, Any], Any], expected: object
) -> None:
    """A future arrives as its result wherever in an argument it is."""
    one, two = client.submit(add, 0), client.submit(add, 1)
    given = make(one, two)
    assert client.submit(lambda x, *, y: (x, y), given, y=given).result() == (expected, expected)


def test_results_stay_in_the_workers(client: pn.Client) -> None:
    """A large result that only another call reads does not pass through this process."""
    received = sum(slot.worker.received for slot in client.session._dispatcher._slots if slot.worker)
    large = client.submit(bytes, 50_000_000)
    assert client.submit(len, large).result() == 50_000_000
    now = sum(slot.worker.received for slot in client.session._dispatcher._slots if slot.worker)
    assert now - received < 100_000


def test_arguments_are_taken_as_they_are(client: pn.Client, tmp_path: Path) -> None:
    """What is changed after submit changes nothing, nor does a variable of the function."""
    gate = client.submit(wait_for, tmp_path / "go")
    values, factor = [1, 2], 10
    scaled = client.submit(lambda values, _: [value * factor for value in values], values, gate)
    values.append(3)
    factor = 100
    (tmp_path / "go").touch()
    assert scaled.result() == [10, 20]
    assert client.submit(lambda: factor).result() == 100


def test_functions_of_main_are_not_outdated(client: pn.Client) -> None:
    """A function that reads a list or a variable sees what they are when it is submitted, each time."""
    box, scope = [1], {"__name__": "__main__", "scale": 2}
    exec("def times(x): return x * scale", scope)
    seen = []
    for _ in range(2):
        seen.append((client.submit(lambda: box[0]).result(), client.submit(scope["times"], 5).result()))
        box[0] += 1
        scope["scale"] += 1
    assert seen == [(1, 10), (2, 15)]
    same = lambda: box[0]  # noqa: E731
    first = client.submit(same).result()
    box[0] = 40
    assert (first, client.submit(same).result()) == (3, 40)


def test_equal_keys_are_one_call(client: pn.Client, tmp_path: Path) -> None:
    """A key is run once as long as there is a future of it, and equal pure calls have equal keys."""
    first = client.submit(touch, tmp_path / "a", key="one")
    second = client.submit(touch, tmp_path / "a", key="one")
    assert (first.result(), second.result(), first.key) == (1, 1, "one")
    del first
    third = client.submit(touch, tmp_path / "a", key="one")
    assert third.result() == 1
    pure = [client.submit(touch, tmp_path / "b", pure=True) for _ in range(3)]
    assert client.gather(pure) == [1, 1, 1]
    assert client.submit(touch, tmp_path / "b").result() == 2  # an ordinary call is a call
    assert len({future.key for future in client.map(add, range(3))}) == 3


def test_priorities(client: pn.Client, tmp_path: Path) -> None:
    """Of what waits, the higher priority runs first, then what was submitted first."""
    log = tmp_path / "log"

    def note(name: str) -> None:
        with log.open("a") as file:
            file.write(name)

    with pn.Client(n_workers=1, set_as_default=False) as own:
        blocked = own.submit(wait_for, tmp_path / "go")
        futures = [
            own.submit(note, name, priority=priority)
            for name, priority in [("c", 0), ("d", 0), ("a", 5), ("e", -3), ("b", 5)]
        ]
        (tmp_path / "go").touch()
        own.gather([blocked, *futures])
    assert log.read_text() == "abcde"
    for wrong in (1 << 60, 0.5):
        with pytest.raises(UsageError, match="a priority is a whole number"):
            client.submit(add, 1, priority=wrong)  # type: ignore[arg-type]


def test_failures(client: pn.Client) -> None:
    """The exception keeps its type and gains a note; those that need the result fail with it; others go on."""
    failed = client.submit(fail, "lost", key="culprit")
    after = client.submit(add, client.submit(add, failed))
    fine = client.map(add, range(50))
    with pytest.raises(KeyError, match="lost") as caught:
        after.result()
    assert "in task 'culprit'" in caught.value.__notes__
    assert "in fail" in str(caught.value.__cause__)
    assert (failed.status, after.status) == ("error", "error")
    assert isinstance(failed.exception(), KeyError)
    assert failed.traceback() is not None
    assert client.gather(fine) == list(range(1, 51))
    assert fine[0].exception() is None
    assert fine[0].traceback() is None
    late = client.submit(add, failed)  # its input has failed already
    assert isinstance(late.exception(), KeyError)


def test_many_failures_do_not_hold_up_each_other(client: pn.Client) -> None:
    """Every one of many short calls that raise tells its own error."""
    futures = client.map(fail, map(str, range(2000)))
    assert [future.exception().args[0] for future in futures] == list(map(str, range(2000)))


def test_retries(client: pn.Client, tmp_path: Path) -> None:
    """A call that raises is tried again as often as is said, no more."""

    def third_time(path: Path) -> str:
        if touch(path) < 3:
            raise OSError("not yet")
        return "done"

    assert client.submit(third_time, tmp_path / "a", retries=2).result() == "done"
    with pytest.raises(OSError, match="not yet"):
        client.submit(third_time, tmp_path / "b", retries=1).result()
    assert touch(tmp_path / "b") == 3


def test_retry_of_what_failed(client: pn.Client, tmp_path: Path) -> None:
    """Asked of a future whose input has failed, it runs that first."""

    def when_there(path: Path) -> str:
        return path.read_text()

    source = client.submit(when_there, tmp_path / "late")
    upper = client.submit(str.upper, source)
    assert isinstance(upper.exception(), FileNotFoundError)
    (tmp_path / "late").write_text("now")
    upper.retry()
    assert upper.result() == "NOW"
    assert source.result() == "now"


def test_what_cannot_travel(client: pn.Client) -> None:
    """Functions and arguments are refused at once, results when they are made, with the part at fault."""
    lock = threading.Lock()
    with pytest.raises(SerializationError, match=r"the function .* the variable 'lock' of .* is a lock"):
        client.submit(lambda: lock)
    with pytest.raises(SerializationError, match=r"an argument .* item 'a' of the dict is a lock"):
        client.submit(len, {"a": lock})
    with pytest.raises(SerializationError, match=r"the value .* a lock"):
        client.scatter([lock], hash=False)
    future = client.submit(add, 1)
    with pytest.raises(SerializationError, match=r"is a Future .* can travel only into a task of its client"):
        pn.delayed(add)([future]).compute(scheduler="processes")
    with pytest.raises(SerializationError, match="the task's result cannot travel"):
        client.submit(threading.Lock).result()
    with pytest.raises(UsageError, match="is a function to call"):
        client.submit(3)  # type: ignore[arg-type]
    assert client.submit(add, 1).result() == 2


def test_a_future_travels_only_into_its_own_client(client: pn.Client) -> None:
    """Pickling it elsewhere, returning one and giving it to another client say what is wrong."""
    future = client.submit(add, 1)
    with pytest.raises(UsageError, match="only into a task of its client"):
        pickle.dumps(future)
    with (
        pn.Client(n_workers=1, set_as_default=False) as other,
        pytest.raises(UsageError, match="another client"),
    ):
        other.submit(add, future)
    with pytest.raises(SerializationError, match="the task's result cannot travel"):
        client.submit(lambda: pn.get_client().submit(add, 1)).result()


def test_cancel(client: pn.Client, tmp_path: Path) -> None:
    """What waits is not run, what needs it is cancelled, what runs goes on for nobody, what is done stays done."""
    done = client.submit(add, 1)
    done.result()
    running = [client.submit(wait_for, tmp_path / "go") for _ in range(2)]
    time.sleep(0.2)
    waiting = client.submit(touch, tmp_path / "log")
    after = client.submit(add, waiting)
    assert client.cancel([done, waiting, running[0]]) == [waiting, running[0]]
    assert waiting.cancelled()
    assert waiting.cancel()
    assert not done.cancel()
    with pytest.raises(CancelledError, match="was cancelled"):
        waiting.result()
    with pytest.raises(CancelledError, match=waiting.key):
        after.result(timeout=10)
    with pytest.raises(CancelledError):
        after.exception()
    time.sleep(0.2)  # its worker may have had it already, and gives it back
    (tmp_path / "go").touch()
    assert running[1].result() is True
    assert running[0].status == "cancelled"
    assert client.gather(client.map(add, range(20))) == list(range(1, 21))
    assert not (tmp_path / "log").exists()
    waiting.retry()
    assert waiting.result() == 1


def test_cancel_by_force(client: pn.Client, tmp_path: Path) -> None:
    """The worker is ended with the call, and others are none the worse for it."""
    pid_file = tmp_path / "pid"

    def hang() -> None:
        pid_file.write_text(str(os.getpid()))
        time.sleep(600)

    future = client.submit(hang)
    assert wait_for(pid_file)
    time.sleep(0.05)
    assert future.cancel(force=True)
    assert client.gather(client.map(add, range(20))) == list(range(1, 21))
    wait_until(lambda: not psutil.pid_exists(int(pid_file.read_text())))
    assert not psutil.pid_exists(int(pid_file.read_text()))


def test_a_future_of_a_released_one(client: pn.Client) -> None:
    """Once released it is cancelled for its holder; its result lives on where a call has read it."""
    future = client.submit(add, 1)
    after = client.submit(add, future)
    future.release()
    assert after.result() == 3
    assert (future.status, future.done()) == ("cancelled", True)
    assert repr(future) == "<Future: released>"
    with pytest.raises(CancelledError, match="released"):
        future.result()


def test_the_last_future_goes(client: pn.Client) -> None:
    """The client forgets the result though nothing wakes it; also if the future is part of a cycle."""
    future: Any = client.submit(add, 1, key="alone")
    assert future.result() == 2
    ring = [future]
    ring.append(ring)
    assert client.future_of("alone").result() == 2
    del future, ring
    gc.collect()

    def is_forgotten() -> bool:
        with contextlib.suppress(UsageError):
            return not client.future_of("alone")
        return True

    wait_until(is_forgotten)
    assert is_forgotten()


def test_chains(client: pn.Client) -> None:
    """Each call is given the future of the one before, which goes at the same moment, from several threads."""

    def chain(ends: list[int]) -> None:
        future = client.submit(add, 0)
        for _ in range(1000):
            future = client.submit(add, future)
        ends.append(future.result())

    ends: list[int] = []
    threads = [threading.Thread(target=chain, args=(ends,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [1001] * 3


def test_callbacks(client: pn.Client, caplog: pytest.LogCaptureFixture) -> None:
    """They are called once each, may wait for other futures, and what they raise is logged."""
    seen: list[Any] = []
    event = threading.Event()

    def callback(future: pn.Future) -> None:
        seen.append((future.result(), client.submit(add, future).result()))
        event.set()

    future = client.submit(add, 1)
    future.add_done_callback(callback)
    assert event.wait(10)
    future.add_done_callback(lambda done: seen.append(done.result()))  # at once, since it is done
    assert seen == [(2, 3), 2]
    future.add_done_callback(lambda _: 1 / 0)
    assert "a callback of a future raised" in caplog.text


def test_await(client: pn.Client) -> None:
    """In a coroutine, a future may be awaited, alone or with others."""

    async def main() -> Any:
        return await asyncio.gather(*map(_awaited, client.map(add, range(3))))

    async def _awaited(future: pn.Future) -> Any:
        return await future

    assert asyncio.run(main()) == [1, 2, 3]


def test_timeouts(client: pn.Client, tmp_path: Path) -> None:
    """A result that is not there in time says so, and can be had later."""
    future = client.submit(wait_for, tmp_path / "go")
    with pytest.raises(TimeoutError, match=r"is not done after 0\.05 seconds"):
        future.result(timeout=0.05)
    with pytest.raises(TimeoutError):
        future.exception(timeout=0)
    (tmp_path / "go").touch()
    assert future.result(timeout=20) is True


def test_copies_and_shown_forms(client: pn.Client) -> None:
    """A copy is a future of the same call; what is shown says how it is."""
    future = client.submit(add, 1, key="shown")
    assert copy.deepcopy([future])[0].result() == 2
    assert repr(future) == "<Future shown: finished>"
    failed = client.submit(fail, "x", key="failed")
    failed.exception()
    assert repr(failed) == "<Future failed: error: KeyError>"
    assert repr(client) == "<Client: 2 workers>"
    assert client.submit(lambda: 1).key.startswith("lambda-")
    assert client.future_of("shown").result() == 2
    with pytest.raises(UsageError, match="there is no call 'nobody'"):
        client.future_of("nobody")


def test_threads_share_a_client(client: pn.Client) -> None:
    """Several threads submit and wait at the same time."""
    answers: list[int] = []

    def work(start: int) -> None:
        futures = client.map(add, range(start, start + 200))
        answers.extend(client.gather(futures))

    threads = [threading.Thread(target=work, args=(1000 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [1000 * i + j + 1 for i in range(4) for j in range(200)]


def test_calls_follow_the_program(client: pn.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call finds the working directory, the settings and the module path of the moment, not those of the start."""

    def seen() -> tuple[str, int, bool]:
        return os.getcwd(), pn.config.get("fan_in"), str(tmp_path) in sys.path

    assert client.submit(seen).result()[1:] == (8, False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pn.config.set(fan_in=3):
        assert client.gather([client.submit(seen) for _ in range(8)]) == [(str(tmp_path), 3, True)] * 8
    assert client.submit(seen).result()[1] == 8


def test_what_a_function_closes_over_is_not_kept(client: pn.Client) -> None:
    """Neither the objects, nor the results of futures, nor large pickles, once the call is done."""

    class Large:
        def __init__(self) -> None:
            self.data = bytes(8_000_000)

    def submit() -> weakref.ref[Large]:
        large = Large()
        assert client.submit(lambda: len(large.data)).result() == 8_000_000
        return weakref.ref(large)

    gone = [submit() for _ in range(12)]
    gc.collect()
    assert [each() for each in gone] == [None] * 12
    client.submit(add, 1).result()
    wait_until(lambda: client.session._run.function_bytes < 40_000_000)
    assert client.session._run.function_bytes < 40_000_000


def test_failures_keep_no_futures(client: pn.Client) -> None:
    """What was raised holds no future by its traceback, so that results go when they are not wanted any more."""

    def submit(raising: Callable[[list[pn.Future]], Any]) -> weakref.ref[pn.Future]:
        futures = [client.submit(add, 1), client.submit(fail, "x")]
        with pytest.raises(KeyError):
            raising(futures)
        return weakref.ref(futures[0])

    ways: list[Callable[[list[pn.Future]], Any]] = [
        lambda futures: [future.result() for future in futures],
        client.gather,
        lambda futures: list(pn.as_completed(futures, with_results=True)),
    ]
    gc.collect()
    gc.disable()
    try:
        kept = [submit(way) for way in ways]
        until = time.monotonic() + 10  # the client's own thread may be about to let go
        while any(each() is not None for each in kept) and time.monotonic() < until:
            time.sleep(0.01)
        assert [each() for each in kept] == [None] * 3
    finally:
        gc.enable()
