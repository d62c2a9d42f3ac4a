"""Tasks that submit tasks, and wait for them."""

from __future__ import annotations

import os
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.errors import UsageError


def double(x: int) -> int:
    return 2 * x


def fibonacci(n: int) -> int:
    if n < 2:
        return n
    client = pn.get_client()
    one, two = client.submit(fibonacci, n - 1), client.submit(fibonacci, n - 2)
    return int(one.result() + two.result())


def test_a_recursion_on_two_workers(client: pn.Client) -> None:
    """Tasks that wait for tasks come to an end, and do not take a process each."""
    assert client.submit(fibonacci, 9).result(timeout=100) == 34
    client.submit(double, 1).result()
    assert len(client.session._dispatcher._slots) < 12


def test_one_worker_is_enough() -> None:
    """A task waits for one that can only run where it is itself."""
    with pn.Client(n_workers=1, set_as_default=False) as client:
        assert client.submit(fibonacci, 6).result(timeout=100) == 8


def test_a_thread_of_a_task_that_waits() -> None:
    """Another worker takes the place of one whose task waits in threads of its own."""

    def task() -> list[int]:
        own = pn.get_client()
        with ThreadPoolExecutor(3) as threads:
            return list(threads.map(lambda x: own.submit(double, x).result(), range(6)))

    with pn.Client(n_workers=1, set_as_default=False) as client:
        assert client.submit(task).result(timeout=60) == [0, 2, 4, 6, 8, 10]
        assert client.submit(double, 4).result(timeout=60) == 8


def test_every_word_in_a_task(client: pn.Client) -> None:
    """Map, gather, scatter, wait, as_completed, cancelling and failures, as in the program."""

    def task() -> list[Any]:
        own = pn.get_client()
        value = own.scatter([1, 2, 3])
        doubled = own.map(double, range(4))
        total = own.submit(sum, doubled)
        after = own.submit(lambda items, total: (items, total), value, total)
        found = [own.gather(doubled), after.result(), sorted(f.result() for f in pn.as_completed(doubled))]
        found.append(len(pn.wait([total, after]).done))
        failed = own.submit(int, "x")
        found.append(type(failed.exception()).__name__)
        found.append(type(own.submit(double, failed).exception()).__name__)
        late = own.submit(time.sleep, 30, priority=-10)
        waiting = own.submit(double, late)
        found.append(late.cancel())
        with pytest.raises(CancelledError):
            waiting.result(timeout=20)
        try:
            own.submit(time.sleep, 1).result(timeout=0.01)
        except TimeoutError as error:
            found.append(str(error)[-34:])
        return found

    assert client.submit(task).result(timeout=60) == [
        [0, 2, 4, 6],
        ([1, 2, 3], 12),
        [0, 2, 4, 6],
        2,
        "ValueError",
        "ValueError",
        True,
        "is not done after 0.01 seconds; it goes on"[-34:],
    ]


def test_what_was_done_before_is_there_for_those_that_wait(client: pn.Client) -> None:
    """A task waits for one that ran in the same batch before it, by its key."""

    def by_key(i: int) -> int:
        return int(pn.get_client().future_of(f"made-{i}").result()) if i % 2 else i

    warm = client.map(by_key, [0] * 50)
    made = [client.submit(double, i, key=f"made-{i}") for i in range(40)]
    found = client.map(by_key, range(40))
    assert client.gather(found) == [2 * i if i % 2 else i for i in range(40)]
    assert len(client.gather(warm)) == len(made) + 10


def test_a_future_in_a_closure_stays_one(client: pn.Client, tmp_path: Path) -> None:
    """A function that refers to a future may wait for it; its result is kept until then."""

    def slow() -> str:
        deadline = time.monotonic() + 30
        while not (tmp_path / "go").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        return "slow"

    future = client.submit(slow)

    def reader() -> str:
        return type(future).__name__ + future.result()

    found = client.submit(reader)
    del reader
    (tmp_path / "go").touch()
    assert found.result(timeout=30) == "Futureslow"


def test_children_of_a_task_that_is_gone_are_dropped(client: pn.Client, tmp_path: Path) -> None:
    """When the futures of a task go, what only they wanted is not run; fire_and_forget is."""

    def parent(keep: bool) -> int:
        own = pn.get_client()
        blocked = own.map(time.sleep, [0.2] * 2, priority=5)
        child = own.submit((tmp_path / f"ran-{keep}").touch, priority=-5)
        if keep:
            pn.fire_and_forget(child)
        return len(blocked)

    assert client.gather(client.map(parent, [False, True])) == [2, 2]
    deadline = time.monotonic() + 20
    while not (tmp_path / "ran-True").exists() and time.monotonic() < deadline:
        client.submit(double, 1).result()
        time.sleep(0.01)
    assert (tmp_path / "ran-True").exists()
    assert not (tmp_path / "ran-False").exists()


def test_a_task_computes_collections_itself(client: pn.Client) -> None:
    """Where a client is open and where none is, in the task's own process."""

    def task() -> tuple[int, bool]:
        pids = pn.range(4, npartitions=2).map_partitions(lambda _: [os.getpid()]).compute()
        return pn.range(5, npartitions=2).sum().compute(), set(pids) == {os.getpid()}

    assert client.submit(task).result() == (10, True)


def test_no_client_in_other_tasks(client: pn.Client) -> None:
    """A task of a collection has none, and no task can open one."""

    def ask(_: int) -> str:
        try:
            pn.get_client()
        except UsageError as error:
            return str(error)
        return ""

    assert "not submitted to a client" in pn.range(1, npartitions=1).map(ask).compute()[0]
    with pytest.raises(UsageError, match="a task has its client already"):
        client.submit(pn.Client).result()
