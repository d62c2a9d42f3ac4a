"""Many futures: map, gather, scatter, wait and as_completed."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.errors import UsageError


def double(x: int) -> int:
    return 2 * x


def fail_on_odd(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return path.name


def test_map(client: pn.Client) -> None:
    """A future for each tuple of arguments, which may hold futures; keyword arguments go to all."""
    doubled = client.map(double, range(4))
    assert client.gather(client.map(pow, doubled, [2, 2, 2], mod=10)) == [0, 4, 6]
    assert [future.key for future in client.map(double, [1, 2], key="d")] == ["d-0", "d-1"]
    assert [future.key for future in client.map(double, [1, 2], key=["a", "b"])] == ["a", "b"]
    assert client.map(double, []) == []
    with pytest.raises(UsageError, match="2 calls to be made, and 1 keys"):
        client.map(double, [1, 2], key=["a"])


def test_gather(client: pn.Client) -> None:
    """Containers keep their kind and what else is in them."""
    one, two = client.map(double, [1, 2])
    assert client.gather([one, (two, 7), {"a": one}, {two}]) == [2, (4, 7), {"a": 2}, {4}]
    assert client.gather(one) == 2
    assert client.gather(future for future in [one, two]) == [2, 4]
    assert client.gather([]) == []


def test_gather_of_failures(client: pn.Client, tmp_path: Path) -> None:
    """The first failure is raised as soon as it is known; or those that failed are left out."""
    futures = client.map(fail_on_odd, range(4))
    with pytest.raises(ValueError, match=r"[13] is odd"):
        client.gather(futures)
    assert client.gather(futures, errors="skip") == [0, 2]
    assert client.gather({"a": futures[0], "b": futures[1]}, errors="skip") == {"a": 0}
    slow = client.submit(wait_for, tmp_path / "go")
    start = time.monotonic()
    with pytest.raises(ValueError, match="5 is odd"):
        client.gather([slow, client.submit(fail_on_odd, 5)])
    assert not slow.done()
    assert time.monotonic() - start < 25
    (tmp_path / "go").touch()
    with pytest.raises(UsageError, match="errors is 'raise' or 'skip', not 'skp'; did you mean 'skip'"):
        client.gather(futures, errors="skp")


def test_scatter(client: pn.Client) -> None:
    """Values that calls read without carrying them; equal ones are one; containers keep their kind."""
    frame = pd.DataFrame({"x": range(50_000)})
    future = client.scatter(frame)
    assert future.status == "finished"
    assert client.scatter(frame.copy()).key == future.key
    assert client.scatter(frame, hash=False).key != future.key
    sent = sum(slot.worker.sent for slot in client.session._dispatcher._slots if slot.worker)
    totals = client.map(lambda frame, i: int(frame.x.sum()) + i, [future] * 4, range(4))
    assert client.gather(totals) == [1249975000 + i for i in range(4)]
    now = sum(slot.worker.sent for slot in client.session._dispatcher._slots if slot.worker)
    assert now - sent < 50_000
    pd.testing.assert_frame_equal(future.result(), frame)
    named = client.scatter({"a": 1, "b": [2]}, broadcast=True)
    assert client.gather(named) == {"a": 1, "b": [2]}
    assert client.gather(client.scatter((1, 2))) == (1, 2)


def test_large_arguments_go_through_files(client: pn.Client) -> None:
    """An argument that is too large for a message is stored, and its file removed after the call."""
    folder = Path(client.session._dispatcher._files._memory or client.session._dispatcher._files._disk)
    data = bytes(5_000_000)
    before = {path.name for path in folder.iterdir()}
    assert client.gather(client.map(len, [data, data])) == [5_000_000] * 2
    client.submit(double, 1).result()
    deadline = time.monotonic() + 10
    while {path.name for path in folder.iterdir()} - before and time.monotonic() < deadline:
        client.submit(double, 1).result()
    assert {path.name for path in folder.iterdir()} <= before


def test_wait(client: pn.Client, tmp_path: Path) -> None:
    """For all, for the first, or for the first failure; not for ever."""
    slow = client.submit(wait_for, tmp_path / "go")
    quick = client.submit(double, 1)
    done, not_done = pn.wait([slow, quick], return_when="FIRST_COMPLETED")
    assert (done, not_done) == ({quick}, {slow})
    odd = client.submit(fail_on_odd, 1)
    assert odd in pn.wait([slow, odd], return_when="FIRST_EXCEPTION").done
    with pytest.raises(TimeoutError, match="1 of 2 futures are not done"):
        pn.wait([slow, quick], timeout=0.05)
    (tmp_path / "go").touch()
    assert pn.wait([slow, quick]).not_done == set()
    assert pn.wait(slow).done == {slow}
    assert pn.wait([]).done == set()
    with pytest.raises(UsageError, match="return_when is"):
        pn.wait([slow], return_when="SOME")


def test_as_completed(client: pn.Client, tmp_path: Path) -> None:
    """In the order in which they are done, not that in which they were submitted; more may be added."""
    slow = client.submit(wait_for, tmp_path / "go")
    found: list[Any] = []
    completed = pn.as_completed([slow, client.submit(double, 1)])
    for future in completed:
        found.append(future.result())
        if future is not slow and len(found) < 4:
            completed.add(client.submit(double, found[-1]))
        if len(found) == 4:
            (tmp_path / "go").touch()
    assert found == [2, 4, 8, 16, "go"]
    assert completed.is_empty()


def test_as_completed_with_results(client: pn.Client, tmp_path: Path) -> None:
    """Pairs; what a call has raised is raised, or given in place of the result."""
    futures = client.map(fail_on_odd, range(2))
    pairs = dict(pn.as_completed(futures, with_results=True, raise_errors=False))
    assert pairs[futures[0]] == 0
    assert isinstance(pairs[futures[1]], ValueError)
    with pytest.raises(ValueError, match="1 is odd"):
        list(pn.as_completed(futures, with_results=True))
    waiting = client.submit(wait_for, tmp_path / "go")
    with pytest.raises(TimeoutError, match=r"1 futures are not done after 0\.05 seconds"):
        next(pn.as_completed([waiting], timeout=0.05))
    (tmp_path / "go").touch()


def test_batches(client: pn.Client) -> None:
    """What is done comes at once, each future once, one that was given twice twice."""
    futures = client.map(double, range(20))
    pn.wait(futures)
    assert [len(batch) for batch in pn.as_completed(futures).batches()] == [20]
    assert len(list(pn.as_completed([futures[0], futures[0]]))) == 2
    completed = pn.as_completed(futures)
    assert (completed.count(), completed.has_ready()) == (20, True)
    completed.clear()
    assert list(completed) == []


def test_a_sweep_that_stops_early(client: pn.Client, tmp_path: Path) -> None:
    """The first good answer cancels the rest, of which those that wait never run."""

    def attempt(i: int) -> int:
        with (tmp_path / "log").open("a") as file:
            file.write(".")
        time.sleep(0.02)
        return i

    futures = client.map(attempt, range(200))
    for future, answer in pn.as_completed(futures, with_results=True):
        if answer == 5:
            client.cancel(futures)
            assert future is futures[5]
            break
    with pytest.raises(CancelledError):
        futures[199].result()
    assert client.submit(double, 4).result() == 8
    assert len((tmp_path / "log").read_text()) < 50
