"""``get_executor()`` keeps the contract of ``concurrent.futures``."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import CancelledError, Executor, as_completed, wait
from concurrent.futures import Future as StandardFuture
from pathlib import Path
from typing import Any

import pytest

import pannier as pn


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return path.name


def stamp(path: Path) -> float:
    wait_for(path)
    return time.time()


def show(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


def test_submit_and_map(client: pn.Client) -> None:
    """Arguments of any name, results in order, standard futures that the standard library waits for."""
    with client.get_executor() as executor:
        assert isinstance(executor, Executor)
        future = executor.submit(show, 1, key="k", retries=2, fn=3)
        assert isinstance(future, StandardFuture)
        assert future.result(timeout=20) == ((1,), {"key": "k", "retries": 2, "fn": 3})
        assert list(executor.map(pow, [2, 3], [3, 2])) == [8, 9]
        futures = [executor.submit(abs, -i) for i in range(20)]
        assert {each.result() for each in as_completed(futures, timeout=20)} == set(range(20))
        assert wait(futures).not_done == set()


def test_exceptions(client: pn.Client) -> None:
    """They come out of result and exception, with their type."""
    with client.get_executor() as executor:
        failed = executor.submit(int, "x")
        assert isinstance(failed.exception(timeout=20), ValueError)
        with pytest.raises(ValueError, match="invalid literal"):
            failed.result()
        with pytest.raises(ValueError, match="invalid literal"):
            list(executor.map(int, ["1", "x"]))


def test_cancel(client: pn.Client, tmp_path: Path) -> None:
    """What waits can be cancelled; the call is not run, and callbacks are told."""
    seen: list[bool] = []
    with client.get_executor() as executor:
        running = [executor.submit(wait_for, tmp_path / "go") for _ in range(2)]
        waiting = executor.submit((tmp_path / "ran").touch)
        waiting.add_done_callback(lambda done: seen.append(done.cancelled()))
        assert waiting.cancel()
        with pytest.raises(CancelledError):
            waiting.result()
        with pytest.raises(TimeoutError):
            running[0].result(timeout=0.05)
        (tmp_path / "go").touch()
        assert [each.result(timeout=20) for each in running] == ["go", "go"]
    assert seen == [True]
    assert not (tmp_path / "ran").exists()


def test_shutdown(client: pn.Client, tmp_path: Path) -> None:
    """It waits for what is pending, or cancels it, and refuses more; the client stays open."""
    executor = client.get_executor()
    futures = [executor.submit(wait_for, tmp_path / "go") for _ in range(3)]
    threading.Timer(0.1, (tmp_path / "go").touch).start()
    executor.shutdown()
    assert all(each.done() for each in futures)
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(abs, 1)
    other = client.get_executor()
    blocked = [other.submit(wait_for, tmp_path / "again") for _ in range(6)]
    other.shutdown(wait=False, cancel_futures=True)
    assert blocked[-1].cancelled()
    (tmp_path / "again").touch()
    assert client.submit(abs, -1).result() == 1


def test_asyncio_and_collections_use_it(client: pn.Client) -> None:
    """``run_in_executor`` of an event loop, and a collection with the executor as its scheduler."""

    async def main(executor: Executor) -> int:
        return await asyncio.get_running_loop().run_in_executor(executor, abs, -3)

    with client.get_executor() as executor:
        assert asyncio.run(main(executor)) == 3
        assert pn.range(5, npartitions=2).map(str).compute(scheduler=executor) == ["0", "1", "2", "3", "4"]


def test_options_for_all_calls(client: pn.Client, tmp_path: Path) -> None:
    """Retries, priority and purity, given once."""

    def second_time(path: Path) -> str:
        if not path.exists():
            path.touch()
            raise OSError
        return "done"

    with client.get_executor(retries=1, priority=2) as executor:
        assert executor.submit(second_time, tmp_path / "a").result(timeout=20) == "done"
    with client.get_executor(pure=True) as executor:
        first, second = (executor.submit(stamp, tmp_path / "go") for _ in range(2))
        (tmp_path / "go").touch()
        assert first.result(timeout=20) == second.result(timeout=20)
