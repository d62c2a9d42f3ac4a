"""annotate: what is urgent runs first, and what may fail is tried again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier import config
from pannier.errors import UsageError, WorkerDied


def note(path: str, name: str, *_: Any) -> str:
    with open(path, "a") as file:
        file.write(name)
    return name


@pytest.fixture
def log(tmp_path: Path) -> str:
    (tmp_path / "log").touch()
    return str(tmp_path / "log")


def noted(log: str) -> str:
    return Path(log).read_text()


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_priority(log: str, scheduler: str) -> None:
    """What has a higher priority, and what that needs, runs before all else that is ready."""
    call = pn.delayed(note)
    low, usual = [], [call(log, "b", call(log, "a")) for _ in range(3)]
    with pn.annotate(priority=-1):
        low.append(call(log, "z"))
    needed = call(log, "1")
    with pn.annotate(priority=5):
        urgent = call(log, "2", needed)
        with pn.annotate(priority=7):
            first = call(log, "0")
        with pn.annotate(retries=1):
            still_urgent = call(log, "3", urgent)
    pn.compute(low, usual, still_urgent, first, scheduler=scheduler, num_workers=1)
    if scheduler == "processes":  # a worker has some tasks ahead, which were ready before "3" was
        assert sorted(noted(log)) == sorted("0123abababz")
        assert (noted(log)[0], noted(log)[-1]) == ("0", "z")
    else:
        assert noted(log) == "0123" + "ab" * 3 + "z"


def fails(log: str, times: int) -> int:
    note(log, "x")
    if len(noted(log)) <= times:
        raise OSError(f"attempt {len(noted(log))}")
    return times


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_retries_after_exceptions(log: str, scheduler: str) -> None:
    """As often as said; then the last error, with the name of the task."""
    with pn.annotate(retries=2):
        call = pn.delayed(fails)(log, 2)
    assert call.compute(scheduler=scheduler) == 2
    assert noted(log) == "xxx"
    with pn.annotate(retries=2):
        call = pn.delayed(fails)(log, 10)
    with pytest.raises(OSError, match="attempt 6") as caught:
        call.compute(scheduler=scheduler)
    assert caught.value.__notes__[0].startswith("in task 'fails-")
    with pytest.raises(OSError, match="attempt 7"):
        pn.delayed(fails)(log, 10).compute(scheduler=scheduler)


def dies(log: str, times: int) -> int:
    note(log, "x")
    if len(noted(log)) <= times:
        os._exit(1)
    return times


def test_retries_after_deaths(log: str) -> None:
    """In place of the setting, either way."""
    with config.set(retries=0):
        with pn.annotate(retries=2):
            call = pn.delayed(dies)(log, 2)
        assert call.compute(scheduler="processes") == 2
    with pn.annotate(retries=0):
        call = pn.delayed(dies)(log, 100)
    with pytest.raises(WorkerDied):
        call.compute(scheduler="processes")
    assert noted(log) == "x" * 4


def test_annotations_stay_with_what_is_made_of_calls(log: str) -> None:
    """Clones, chains, methods and operators, and values that have travelled."""
    with pn.annotate(retries=2):
        call = pn.delayed(fails)(log, 2)
        text = pn.delayed("a").upper() + "b"
    assert pn.clone(call).compute(scheduler="sync") == 2
    graph, _ = text.graph()
    assert len(graph.annotations) == 2
    assert (
        pn.computing.to_graph([pn.from_delayed([pn.delayed(list)(text)])])[0].annotations == graph.annotations
    )


REFUSED: dict[str, Callable[[], Any]] = {
    "a priority is a number": lambda: pn.annotate(priority="high"),  # type: ignore[arg-type]
    "retries are a whole number": lambda: pn.annotate(retries=-1),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message: str) -> None:
    """With what is right."""
    with pytest.raises(UsageError, match=message), REFUSED[message]():
        pass
