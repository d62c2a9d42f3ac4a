"""Profilers, on every scheduler."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pannier.diagnostics import CacheProfiler, Profiler, ResourceProfiler, visualize
from pannier.schedulers import events

Get = Callable[..., Any]
SIZE = 200_000
GRAPH: dict[Any, Any] = {("load-0a", i): (bytes, SIZE + i) for i in range(4)}
GRAPH |= {("size-0a", i): (len, ("load-0a", i)) for i in range(4)}
GRAPH["total"] = (sum, [("size-0a", i) for i in range(4)])
TOTAL = 4 * SIZE + 6


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No observer and no thread outlives a test."""
    yield
    assert events.observers() == ()
    assert not [thread for thread in threading.enumerate() if thread.name == "resources"]


def test_every_task_is_recorded(scheduler: tuple[str, Get]) -> None:
    """With its stage, times within the run, worker, and bytes where results are stored."""
    name, get = scheduler
    with Profiler() as profile:
        assert get(GRAPH, "total") == TOTAL
    (run,) = profile.runs
    assert (run.error, run.workers in (1, 2)) == (None, True)
    assert {task.key for task in profile.results} == set(GRAPH)
    assert len(profile.results) == len(GRAPH)
    for task in profile.results:
        assert task.stage == (task.key[0].split("-")[0] if isinstance(task.key, tuple) else "total")
        assert run.start_time <= task.start_time <= task.end_time <= run.end_time
        assert task.worker_id in range(run.workers)
        assert task.run == run.run
        is_stored = name not in ("sync", "threads", "ThreadPoolExecutor")
        assert (task.nbytes is not None) == is_stored
        if is_stored and task.stage == "load":
            assert task.nbytes is not None
            assert task.nbytes > SIZE


def test_results_live_until_their_last_reader(get: Get) -> None:
    """What each weighs in bytes, and from when to when; what the user asked for lives to the end of the run."""
    with CacheProfiler() as profile:
        assert get(GRAPH, "total") == TOTAL
    (run,) = profile.runs
    lives = {result.key: result for result in profile.results}
    assert len(profile.results) == len(lives) == len(GRAPH)
    for i in range(4):
        load, size = lives["load-0a", i], lives["size-0a", i]
        assert load.metric >= SIZE
        assert load.cache_time <= size.cache_time <= load.free_time + 1e-3
        assert load.free_time <= size.free_time <= lives["total"].free_time
    assert lives["total"].free_time == run.end_time


def test_a_metric_of_results(scheduler: tuple[str, Get]) -> None:
    """A size by ``sys.getsizeof`` is that of the data, wherever they are; what needs the data says so."""
    name, get = scheduler
    with CacheProfiler(sys.getsizeof) as profile:
        get({"x": (bytes, SIZE)}, "x")
    assert profile.metric_name == "getsizeof"
    assert profile.results[0].metric > SIZE
    counted = CacheProfiler(len, "length")
    if name == "processes":
        with counted, pytest.raises(TypeError, match="RemoteResult"):
            get({"x": (bytes, SIZE)}, "x")
    else:
        with counted:
            get({"x": (bytes, SIZE)}, "x")
        assert (counted.metric_name, counted.results[0].metric) == ("length", SIZE)


def test_resources_of_a_run(get: Get) -> None:
    """Samples follow each other from the run's start to its end, with processor time and memory that was used."""
    with ResourceProfiler(dt=0.02) as profile:
        get({("x", i): (sum, (range, 1_000_000)) for i in range(4)}, [("x", i) for i in range(4)])
    (run,) = profile.runs
    samples = profile.results
    assert samples[-1].time == pytest.approx(run.end_time, abs=0.5)
    assert samples[0].time - samples[0].seconds == pytest.approx(run.start_time, abs=0.5)
    for before, after in itertools.pairwise(samples):
        assert after.time - after.seconds == pytest.approx(before.time)
    assert all(sample.mem > 1 << 20 for sample in samples)
    assert sum(sample.cpu / 100 * sample.seconds for sample in samples) > 0


def test_a_failed_run(get: Get, tmp_path: Path) -> None:
    """What was done is recorded, the run with its error, and the page says so."""
    with (
        Profiler() as tasks,
        CacheProfiler() as results,
        ResourceProfiler(dt=0.01) as resources,
        pytest.raises(ValueError, match="two"),
    ):
        get({"good": (int, "1"), "bad": (int, "two"), "all": (list, ["good", "bad"])}, "all")
    assert {task.key for task in tasks.results} <= {"good"}
    for profile in (tasks, results, resources):
        (run,) = profile.runs
        assert run.error is not None
        assert run.error.startswith("ValueError: invalid literal")
    page = visualize([tasks, resources, results], tmp_path / "profile.html", show=False)
    assert "The run ended with ValueError: invalid literal" in page.html
