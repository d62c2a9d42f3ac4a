from __future__ import annotations

import pytest

from pannier.diagnostics.stages import MAX_STAGES, RunProgress
from pannier.schedulers.events import RunStarted, TaskFinished


def started(stages: dict[str, int], time: float = 100.0) -> RunProgress:
    return RunProgress(RunStarted(run=1, stages=stages, workers=2, time=time))


def finished(name: str, began: float, ended: float) -> TaskFinished:
    return TaskFinished(run=1, key=(f"{name}-0f3a", 0), worker=0, started=began, stopped=ended, nbytes=None)


def test_counts_by_stage() -> None:
    """A finished task counts for the stage its key names, and for no other."""
    run = started({"map": 2, "sum": 1})
    run.finish_task(finished("map", 100.0, 101.0))
    assert [(stage.name, stage.done, stage.total) for stage in run.stages] == [("map", 1, 2), ("sum", 0, 1)]


def test_first_stage_runs_from_the_start() -> None:
    """The stage that runs first shows time before any of its tasks is done; a later one does not."""
    run = started({"map": 2, "sum": 1}, time=100.0)
    assert [stage.elapsed(107.0) for stage in run.stages] == [7.0, 0.0]


def test_time_left_is_in_proportion() -> None:
    """A stage a quarter done after 3 seconds needs 9 more; with nothing done nobody knows."""
    run = started({"map": 4}, time=100.0)
    (stage,) = run.stages
    assert stage.remaining(103.0) is None
    run.finish_task(finished("map", 100.0, 102.0))
    assert stage.remaining(103.0) == pytest.approx(9.0)


def test_stage_stops_with_its_last_task() -> None:
    """The time of a stage ends with its last task, not with the run."""
    run = started({"map": 1, "sum": 1}, time=100.0)
    run.finish_task(finished("map", 100.5, 104.0))
    run.finish_task(finished("sum", 104.0, 109.0))
    run.end(110.0)
    assert [stage.elapsed(500.0) for stage in run.stages] == [4.0, 5.0]
    assert [stage.outcome for stage in run.stages] == ["", ""]
    assert run.elapsed(500.0) == 10.0


def test_failed_run_says_how_far_each_stage_came() -> None:
    """The failing stage, one cut off and one never begun are told apart."""
    run = started({"read": 3, "map": 3, "sum": 1})
    run.finish_task(finished("read", 100.0, 101.0))
    run.finish_task(finished("map", 101.0, 102.0))
    run.fail_task(("map-0f3a", 2))
    run.end(103.0)
    assert [stage.outcome for stage in run.stages] == ["stopped", "failed", "not run"]


def test_rows_are_bounded() -> None:
    """A graph with thousands of stages fits a screen, and no task of it goes uncounted."""
    run = started({f"step{i}": 1 for i in range(5_000)})
    for i in range(5_000):
        run.finish_task(finished(f"step{i}", 100.0, 101.0))
    assert len(run.stages) == MAX_STAGES
    assert run.stages[-1].name == f"{5_000 - MAX_STAGES + 1} more"
    assert sum(stage.done for stage in run.stages) == sum(stage.total for stage in run.stages) == 5_000
    assert [stage.outcome for stage in run.stages] == [""] * MAX_STAGES
