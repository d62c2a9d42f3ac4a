"""The synchronous and the threaded scheduler: answers, errors, and what stays in memory."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from pannier import config
from pannier.errors import ConfigError
from pannier.graph.task import Ref, Task
from pannier.schedulers import sync, threaded

GETS = pytest.mark.parametrize("get", [sync.get, threaded.get], ids=["sync", "threads"])


class Big:
    """A result that can be watched."""


def make(*_: Any) -> Big:
    return Big()


@GETS
def test_the_classic_example(get: Any, tmp_path: Path) -> None:
    """Load, clean, analyze, store: as anybody would write it."""

    def load(name: str) -> str:
        return (tmp_path / name).read_text()

    def clean(text: str) -> list[str]:
        return text.lower().split()

    def analyze(cleaned: list[list[str]]) -> dict[str, int]:
        words = [word for words in cleaned for word in words]
        return {word: words.count(word) for word in words}

    def store(counts: dict[str, int]) -> str:
        (tmp_path / "result").write_text(str(counts))
        return "stored"

    for name, text in {"a.data": "X y", "b.data": "y", "c.data": ""}.items():
        (tmp_path / name).write_text(text)
    dsk = {
        "load-1": (load, "a.data"),
        "load-2": (load, "b.data"),
        "load-3": (load, "c.data"),
        "clean-1": (clean, "load-1"),
        "clean-2": (clean, "load-2"),
        "clean-3": (clean, "load-3"),
        "analyze": (analyze, [f"clean-{i}" for i in [1, 2, 3]]),
        "store": (store, "analyze"),
    }
    assert get(dsk, "store") == "stored"
    assert (tmp_path / "result").read_text() == "{'x': 1, 'y': 2}"
    assert get(dsk, ["analyze", ["load-3"]]) == [{"x": 1, "y": 2}, [""]]


@GETS
def test_a_task_runs_once(get: Any) -> None:
    """However many read it, and if it is asked for by name besides."""
    calls: list[str] = []

    def work(name: str, *_: Any) -> str:
        calls.append(name)
        return name

    dsk = {"a": (work, "A"), "b": (work, "B", "a"), "c": (work, "C", "a"), "d": (work, "D", "b", "c", "a")}
    assert get(dsk, ["a", "d", "a"]) == ["A", "D", "A"]
    assert sorted(calls) == ["A", "B", "C", "D"]


@GETS
def test_a_result_is_dropped_when_its_last_reader_is_done(get: Any) -> None:
    """Not before, and not at the end of the run."""
    watched: list[weakref.ref[Big]] = []
    alive: list[bool] = []

    def watch(big: Big) -> str:
        watched.append(weakref.ref(big))
        return "seen"

    def look(*_: Any) -> None:
        gc.collect()
        alive.append(watched[0]() is not None)

    dsk = {
        "big": (make,),
        "first": (watch, "big"),
        "between": (look, "first"),
        "second": (lambda big, _: None, "big", "between"),
        "after": (look, "second"),
    }
    assert get(dsk, "after") is None
    assert alive == [True, False]


@GETS
def test_an_answer_goes_with_whoever_holds_it(get: Any) -> None:
    """Nothing of a run that is over waits for the collector."""
    gc.disable()
    try:
        answer = get({"big": (make,)}, "big")
        watched = weakref.ref(answer)
        del answer
        assert watched() is None
    finally:
        gc.enable()


@GETS
def test_a_chain_holds_one_result_at_a_time(get: Any) -> None:
    """The peak of live results does not grow with the length of a chain."""
    live: weakref.WeakSet[Big] = weakref.WeakSet()
    peak = 0

    def step(_: Any) -> Big:
        nonlocal peak
        big = Big()
        live.add(big)
        peak = max(peak, len(live))
        return big

    get({("x", 0): 0} | {("x", i): (step, ("x", i - 1)) for i in range(1, 50)}, ("x", 49))
    assert peak <= 2


@GETS
def test_an_exception_keeps_its_type_and_says_its_task(get: Any) -> None:
    """The user's own exception object, with its traceback into the user's function and a note."""
    raised = LookupError("no such name")

    def find() -> None:
        raise raised

    with pytest.raises(LookupError) as caught:
        get({"good": (int, "1"), "find-1": (find,), "out": (max, "good", "find-1")}, "out")
    assert caught.value is raised
    assert caught.value.__notes__ == ["in task 'find-1'"]
    assert any(entry.name == "find" for entry in caught.traceback)


@GETS
def test_nothing_starts_after_a_failure(get: Any) -> None:
    """Tasks that do not depend on the one that failed are left alone too."""
    ran: list[str] = []

    def fail() -> None:
        ran.append("failed")
        raise ValueError("no")

    others = {f"other-{i}": (ran.append, "other") for i in range(20)}
    dsk = {**others, "bad": (fail,)}
    with pytest.raises(ValueError, match="no"):
        get(dsk, ["bad", *others], num_workers=1)
    assert ran[-1] == "failed"
    assert len(ran) < len(dsk)


@GETS
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_that_is_no_error_ends_the_run(get: Any, error: type[BaseException]) -> None:
    """Ctrl-C and ``exit()`` inside a task reach the caller, who is not left waiting."""

    def stop() -> None:
        raise error

    with pytest.raises(error):
        get({"x": (stop,), "y": (str, "x")}, "y")


@GETS
def test_a_task_may_itself_compute(get: Any) -> None:
    """A run inside a task of a run has workers of its own."""

    def inner(n: int) -> int:
        answer: int = get({"x": (pow, n, 2)}, "x", num_workers=1)
        return answer

    dsk = {("in", i): (inner, i) for i in range(8)}
    assert get(dsk, [("in", i) for i in range(8)], num_workers=2) == [i**2 for i in range(8)]


@GETS
def test_tasks_with_keyword_arguments(get: Any) -> None:
    """``Task`` carries what tuples cannot say."""
    assert get({"x": [3, 1, 2], "y": Task(sorted, Ref("x"), reverse=True)}, "y") == [3, 2, 1]


def test_sync_runs_in_the_calling_thread() -> None:
    """Breakpoints and thread-local state are the caller's own."""
    assert sync.get({"x": (threading.current_thread,)}, "x") is threading.current_thread()


def test_threads_run_side_by_side() -> None:
    """Two tasks that wait for each other both end; a third worker would be one too many to ask for."""
    barrier = threading.Barrier(2)
    dsk = {("x", i): (barrier.wait, 20) for i in range(2)}
    assert sorted(threaded.get(dsk, [("x", 0), ("x", 1)], num_workers=2)) == [0, 1]


def test_the_number_of_threads_is_obeyed() -> None:
    """As an argument, and as a setting."""

    def names(**options: int) -> set[str]:
        dsk = {("x", i): (lambda: threading.current_thread().name,) for i in range(40)}
        return set(threaded.get(dsk, list(dsk), **options))

    assert len(names(num_workers=1)) == 1
    with config.set(num_workers=1):
        assert len(names()) == 1
    with pytest.raises(ConfigError), config.set(num_workers=0):
        pass


def test_no_thread_is_left_behind() -> None:
    """Threads live as long as the call, also when it fails."""
    before = set(threading.enumerate())
    threaded.get({"x": (int, "1")}, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        threaded.get({"x": (int, "no"), "y": (int, "1")}, ["x", "y"])
    assert set(threading.enumerate()) == before
