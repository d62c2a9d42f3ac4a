"""How profilers are switched on and off, and what they keep."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pannier as pn
from pannier.diagnostics import CacheProfiler, Profiler, ResourceProfiler
from pannier.errors import UsageError
from pannier.schedulers import events, multiprocessing, sync, threaded
from pannier.testing import ExitProcess, OnAttempt

GRAPH = {"x": (int, "1"), "y": (str, "x")}
KINDS = pytest.mark.parametrize("kind", [Profiler, CacheProfiler, ResourceProfiler])


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No observer and no thread outlives a test."""
    yield
    assert events.observers() == ()
    assert not [thread for thread in threading.enumerate() if thread.name == "resources"]


@KINDS
def test_a_block_begins_anew(kind: Any) -> None:
    """A block forgets what the one before recorded; a block inside a block does not."""
    profile = kind()
    for _ in range(2):
        with profile:
            sync.get(GRAPH, "y")
            with profile:
                sync.get(GRAPH, "y")
        assert len(profile.runs) == 2
        assert profile.results


@KINDS
def test_registered_profilers_add_up(kind: Any) -> None:
    """Between register and unregister every run is added, until clear."""
    profile = kind()
    profile.register()
    sync.get(GRAPH, "y")
    sync.get(GRAPH, "y")
    profile.unregister()
    sync.get(GRAPH, "y")
    assert len(profile.runs) == 2
    assert {record.run for record in profile.results if hasattr(record, "run")} <= {
        run.run for run in profile.runs
    }
    profile.clear()
    assert (profile.results, profile.runs) == ([], [])


@KINDS
def test_leaving_the_block_while_a_run_goes_on(kind: Any) -> None:
    """The run is recorded as far as it came, and disturbed no more."""
    go, begun = threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return go.wait(60)

    with kind() as profile:
        thread = threading.Thread(
            target=sync.get, args=({"a": (int, "1"), "w": (wait,), "b": (list, ["a", "w"])}, "b")
        )
        thread.start()
        begun.wait(60)
    known = list(profile.results)
    go.set()
    thread.join()
    assert profile.results == known
    (run,) = profile.runs
    assert run.error is None


def test_a_task_that_ran_twice_is_there_once_for_each_result(tmp_path: Any) -> None:
    """A task whose worker died before it was done is recorded once, when it is done."""
    deadly = OnAttempt(1, ExitProcess(), tmp_path, only=[3])
    graph = {("step-0f3a", i): (deadly, i) for i in range(6)}
    with Profiler() as profile:
        multiprocessing.get(graph, list(graph), num_workers=2)
    assert sorted(task.key for task in profile.results) == sorted(graph)


def test_a_run_inside_a_task() -> None:
    """Tasks of a run that a task starts are recorded under the number of their own run."""
    with Profiler() as profile:
        threaded.get({"outer": (lambda: sync.get({"inner": (int, "1")}, "inner"),)}, "outer", num_workers=1)
    inner, outer = profile.results
    assert (inner.key, outer.key) == ("inner", "outer")
    assert inner.run != outer.run
    assert {run.run for run in profile.runs} == {inner.run, outer.run}


def test_sampling_ends_with_the_run() -> None:
    """Between runs nothing is sampled, even in a block; a run shorter than ``dt`` has one sample."""
    with ResourceProfiler(dt=60) as profile:
        sync.get(GRAPH, "y")
        assert not [thread for thread in threading.enumerate() if thread.name == "resources"]
        sync.get(GRAPH, "y")
    assert len(profile.results) == 2


def test_workers_are_sampled() -> None:
    """Memory of worker processes counts, not only that of this one."""

    def take() -> int:
        import mmap
        import time

        time.sleep(0.5)  # there are samples before
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        with mmap.mmap(-1, 64 << 20, flags) as block:  # fresh pages, whatever other tests have left free
            block.write(b"x" * len(block))
            time.sleep(1.5)  # a busy machine samples late
            return len(block)

    with ResourceProfiler(dt=0.02) as profile:
        multiprocessing.get({"x": (take,)}, "x", num_workers=1)
    mem = [sample.mem for sample in profile.results]
    assert max(mem) - min(mem) > 48 << 20


@pytest.mark.parametrize("dt", [0, -1, float("nan")])
def test_no_time_between_samples(dt: float) -> None:
    """A ``dt`` that is not positive is refused where it is given."""
    with pytest.raises(UsageError, match="more than 0"):
        ResourceProfiler(dt=dt)


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_bags_frames_and_delayed(scheduler: str) -> None:
    """Steps are called as explain and progress bars call them."""
    pd = pytest.importorskip("pandas")
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2)
    with Profiler() as profile:
        pn.range(6, npartitions=3).sum().compute(scheduler=scheduler)
        frame.x.sum().compute(scheduler=scheduler)
        pn.delayed(max)(pn.delayed(int)("3"), 2).compute(scheduler=scheduler)
    stages = {task.stage for task in profile.results}
    assert {"range-sum", "sum", "int", "max"} <= stages
