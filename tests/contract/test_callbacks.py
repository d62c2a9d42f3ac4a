"""Callbacks, on every scheduler."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pannier.diagnostics import Callback
from pannier.schedulers.multiprocessing.results import RemoteResult

Get = Callable[..., Any]
GRAPH: dict[Any, Any] = {"one": 1, ("inc", 0): (max, "one", 2), ("inc", 1): (max, "one", 3)}
GRAPH["sum"] = (sum, [("inc", 0), ("inc", 1)])
TASKS = {("inc", 0), ("inc", 1), "sum"}


class Surprise(Exception):
    """An exception of a callback."""


class Log(Callback):
    """Writes down every call, without calling ``super().__init__``."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def start(self, dsk: Any) -> None:
        self.calls.append(("start", set(dsk)))

    def start_state(self, dsk: Any, state: Any) -> None:
        self.calls.append(("start_state", set(state["ready"]) | set(state["waiting"])))

    def pretask(self, key: Any, dsk: Any, state: Any) -> None:
        assert key in dsk
        assert key in state["running"]
        self.calls.append(("pretask", key))

    def posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker_id: int) -> None:
        assert key in state["finished"]
        assert worker_id in (0, 1)
        self.calls.append(("posttask", key, result.fetch() if isinstance(result, RemoteResult) else result))

    def finish(self, dsk: Any, state: Any, errored: bool) -> None:
        self.calls.append(("finish", len(state["finished"]), errored))


def test_every_callback_is_called(get: Get) -> None:
    """With the graph, the state, the results that tasks made and the outcome; each start comes before its end."""
    with Log() as log:
        assert get(GRAPH, "sum") == 5
    begin, begin_state, *middle, end = log.calls
    assert begin == ("start", set(GRAPH))
    assert begin_state == ("start_state", TASKS)
    assert end == ("finish", 3, False)
    assert [call[1] for call in middle if call[0] == "pretask"][-1] == "sum"
    assert {call[1:] for call in middle if call[0] == "posttask"} == {
        (("inc", 0), 2),
        (("inc", 1), 3),
        ("sum", 5),
    }
    for key in TASKS:
        places = [call[0] for call in middle if call[1] == key]
        assert places == ["pretask", "posttask"]


def test_what_a_result_is(scheduler: tuple[str, Get]) -> None:
    """The result itself where it passes through this process anyway, else a handle with its size."""
    name, get = scheduler
    given: list[Any] = []
    with Callback(posttask=lambda key, result, *_: given.append(result)):
        get({"x": (list, (range, 100_000))}, "x")
    (result,) = given
    if name == "processes":
        assert isinstance(result, RemoteResult)
        assert result.nbytes > 100_000
    else:
        assert result == list(range(100_000))


def test_a_failed_run_finishes(get: Get) -> None:
    """A task that raises has no ``posttask``, and ``finish`` hears of the error."""
    with Log() as log, pytest.raises(ValueError, match="two"):
        get({"good": (int, "1"), "bad": (int, "two"), "all": (list, ["good", "bad"])}, "all")
    assert log.calls[-1][0] == "finish"
    assert log.calls[-1][2] is True
    assert ("pretask", "bad") in log.calls
    assert "bad" not in [call[1] for call in log.calls if call[0] == "posttask"]


@pytest.mark.parametrize("hook", ["start", "start_state", "pretask", "posttask", "finish"])
def test_an_error_in_a_callback_is_the_runs(get: Get, hook: str) -> None:
    """It ends the run and is raised with its own type; ``finish`` is called, of other callbacks too."""

    def fail(*_: Any) -> None:
        raise Surprise(hook)

    ends: list[bool] = []
    other = Callback(finish=lambda dsk, state, errored: ends.append(errored))
    with other, Callback(**{hook: fail}), pytest.raises(Surprise, match=hook) as caught:
        get(GRAPH, "sum")
    assert ends == [hook != "finish"]
    assert "an observer raised this" in caught.value.__notes__[0]
    assert get(GRAPH, "sum") == 5


def test_a_callback_may_keep_a_task_from_running(get: Get) -> None:
    """What ``pretask`` raises comes before the task, on whichever worker."""
    ran: list[Any] = []

    def refuse(key: Any, *_: Any) -> None:
        raise Surprise

    with Callback(pretask=refuse, posttask=lambda key, *_: ran.append(key)), pytest.raises(Surprise):
        get(GRAPH, "sum")
    assert ran == []


def test_runs_at_once_are_told_apart(get: Get) -> None:
    """Runs of several threads each have their own graph and state."""
    ends: list[tuple[set[Any], int]] = []

    def note(dsk: Any, state: Any, errored: bool) -> None:
        ends.append((set(dsk), len(state["finished"])))

    def run(n: int) -> None:
        get({("x", n, i): (max, i, 0) for i in range(n)}, [("x", n, i) for i in range(n)])

    with Callback(finish=note):
        threads = [threading.Thread(target=run, args=(n,)) for n in (3, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends, key=lambda end: end[1]) == [({("x", n, i) for i in range(n)}, n) for n in (3, 5)]
