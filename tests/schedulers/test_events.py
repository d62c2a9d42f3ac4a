"""Events: what observers are told of a run."""

from __future__ import annotations

from typing import Any

import pytest

from pannier.schedulers import sync, threaded
from pannier.schedulers.events import (
    Event,
    ResultsDropped,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    observe,
    observers,
    stage_of,
)

GETS = pytest.mark.parametrize("get", [sync.get, threaded.get], ids=["sync", "threads"])


def fail() -> None:
    raise KeyError("name")


@GETS
def test_a_run_is_told_from_start_to_end(get: Any) -> None:
    """Start with the number of tasks by stage, every task with its times, end."""
    seen: list[Event] = []
    dsk = {
        ("load-1a", 0): (int, "1"),
        ("load-1a", 1): (int, "2"),
        "sum-2b": (sum, [("load-1a", 0), ("load-1a", 1)]),
    }
    with observe(seen.append):
        assert get(dsk, "sum-2b") == 3
    start, *tasks, end = seen
    assert isinstance(start, RunStarted)
    assert dict(start.stages) == {"load": 2, "sum": 1}
    assert start.workers >= 1
    assert isinstance(end, RunFinished)
    assert end.error is None
    finished = [task for task in tasks if isinstance(task, TaskFinished)]
    assert len(finished) == 3
    assert {task.key for task in finished} == dsk.keys()
    begun = [task for task in tasks if isinstance(task, TaskStarted)]
    assert {task.key for task in begun} == dsk.keys()
    (dropped,) = [task for task in tasks if isinstance(task, ResultsDropped)]
    assert set(dropped.tasks) == {("load-1a", 0), ("load-1a", 1)}
    assert len(tasks) == 7
    assert {task.run for task in seen} == {start.run}
    for task in finished:
        assert start.time <= task.started <= task.stopped <= end.time
        assert 0 <= task.worker < start.workers


@GETS
def test_a_failure_is_told(get: Any) -> None:
    """The task that failed and the error that the run raises."""
    seen: list[Event] = []
    with observe(seen.append), pytest.raises(KeyError) as caught:
        get({"bad": (fail,)}, "bad")
    _, begun, failed, end = seen
    assert isinstance(begun, TaskStarted)
    assert isinstance(failed, TaskFailed)
    assert (failed.key, failed.error) == ("bad", caught.value)
    assert isinstance(end, RunFinished)
    assert end.error is caught.value


def test_observers_are_there_for_the_block() -> None:
    """Two of them see the same; the same one may be there twice; none is left after an error."""
    first: list[Event] = []
    second: list[Event] = []
    with observe(first.append), observe(second.append):
        sync.get({"x": (int, "1")}, "x")
    assert first == second
    assert observers() == ()
    with pytest.raises(ZeroDivisionError), observe(first.append):
        raise ZeroDivisionError
    assert observers() == ()
    one: list[Event] = []
    append = one.append
    with observe(append), observe(append):
        sync.get({}, [])
    assert [type(event) for event in one] == [RunStarted, RunStarted, RunFinished, RunFinished]


def test_who_comes_later_is_not_told_of_earlier_runs() -> None:
    """A run asks for observers once, when it starts."""
    seen: list[Event] = []

    def start_observing() -> None:
        watching = observe(seen.append)
        watching.__enter__()
        watchers.append(watching)

    watchers: list[Any] = []
    try:
        sync.get({"x": (start_observing,)}, "x")
    finally:
        watchers[0].__exit__(None, None, None)
    assert seen == []


@GETS
def test_an_observer_that_raises_ends_the_run(get: Any) -> None:
    """Its error is raised where the run was asked for; no further task runs."""
    ran: list[int] = []

    def refuse(event: Event) -> None:
        if isinstance(event, RunStarted):
            raise PermissionError("not now")

    with observe(refuse), pytest.raises(PermissionError, match="not now"):
        get({"x": (ran.append, 1)}, "x")
    assert ran == []


@GETS
def test_each_observer_is_told_of_everything(get: Any) -> None:
    """One that raises does not keep events from the others; a second error becomes a note of the first."""
    seen: list[Event] = []

    def refuse(event: Event) -> None:
        if isinstance(event, TaskFinished):
            raise PermissionError("not this")
        if isinstance(event, RunFinished):
            raise OSError("nor that")

    with observe(refuse), observe(seen.append), pytest.raises(PermissionError, match="not this") as caught:
        get({"x": (int, "1"), "y": (str, "x")}, "y")
    assert [type(event).__name__ for event in seen] == [
        *("RunStarted", "TaskStarted", "TaskFinished", "RunFinished")
    ]
    assert caught.value.__notes__ == [
        "an observer raised this when it was told of TaskFinished",
        "an observer raised this when it was told of RunFinished, too: OSError: nor that",
    ]


def test_a_stage_is_the_word_before_the_token() -> None:
    """Of tuples the first element counts; a key without a token is its own stage."""
    assert stage_of(("read_text-map-0f3a", 3)) == "read_text-map"
    assert [stage_of(key) for key in ["clean-2", "clean", 7, ("x",), ()]] == [
        "clean",
        "clean",
        "7",
        "x",
        "()",
    ]
