"""Tasks as bars: exact while they are few, summarized truly when they are many."""

from __future__ import annotations

import random

import pytest

from pannier.diagnostics.profile.recorder import RunData
from pannier.diagnostics.profile.tasks import TaskData
from pannier.diagnostics.profile.timeline import MOST_BARS, Bar, Lanes, bars

RUN = RunData(1, 0.0, 100.0, 2, None)


def task(i: int, start: float, end: float, stage: str = "map", worker: int = 0) -> TaskData:
    return TaskData((stage, i), stage, start, end, worker, None, 1)


def area(found: list[Bar], stage: str) -> float:
    return sum((bar.end - bar.start) * bar.height for bar in found if bar.stage == stage)


def test_few_tasks_are_drawn_as_they_are() -> None:
    """A bar each, with its own times, key and lane."""
    tasks = [task(i, i * 0.1, i * 0.1 + 0.05, worker=i % 2) for i in range(MOST_BARS)]
    found = bars(tasks, Lanes([RUN]), 0.0, 100.0)
    assert len(found) == MOST_BARS
    drawn = {(bar.lane, bar.start, bar.end) for bar in found}
    assert drawn == {(each.worker_id, each.start_time, each.end_time) for each in tasks}
    assert "('map', 0)" in found[0].label


@pytest.mark.parametrize("n", [MOST_BARS + 1, 100_000])
def test_many_tasks_keep_their_time(n: int) -> None:
    """Few bars, whose area is the time that each stage took; a long task among short ones keeps its bar."""
    draw = random.Random(1)
    tasks = [task(-1, 0.0, 5.0, "long", worker=1)]
    clock = 0.0
    for i in range(n):
        spent = draw.random() * 100 / n / 2
        tasks.append(task(i, clock, clock + spent, ("map", "sum")[i % 2]))
        clock += spent + draw.random() * 100 / n / 3
    found = bars(tasks, Lanes([RUN]), 0.0, 100.0)
    assert len(found) <= MOST_BARS
    for stage in ("map", "sum", "long"):
        spent = sum(each.end_time - each.start_time for each in tasks if each.stage == stage)
        assert area(found, stage) == pytest.approx(spent)
    assert [(bar.start, bar.end, bar.height) for bar in found if bar.stage == "long"] == [(0.0, 5.0, 1.0)]


def test_piles_do_not_hide_idle_time() -> None:
    """Between bars of a lane there is what there was between the tasks, but for what is idle inside a pile."""
    tasks = [task(i, i * 0.001, i * 0.001 + 0.0005) for i in range(10_000)]
    tasks += [task(i, 50 + i * 0.001, 50 + i * 0.001 + 0.0005) for i in range(10_000)]
    found = bars(tasks, Lanes([RUN]), 0.0, 100.0)
    assert not [bar for bar in found if bar.start < 49 and bar.end > 11]
    assert all(bar.height == pytest.approx(0.5, abs=0.05) for bar in found if bar.is_pile)
    assert "idle" in found[0].label


def test_a_stage_for_every_task() -> None:
    """Hand-written keys may make every task a stage: piles name some of them, and the others together."""
    tasks = [task(i, i * 0.001, i * 0.001 + 0.001, f"s{i}") for i in range(20_000)]
    found = bars(tasks, Lanes([RUN]), 0.0, 100.0)
    assert len(found) <= MOST_BARS
    assert {bar.stage for bar in found if bar.is_pile and bar.bottom > 0.9} <= {None}
    assert sum((bar.end - bar.start) * bar.height for bar in found) == pytest.approx(20.0)


def test_runs_one_after_the_other_share_lanes() -> None:
    """And runs that overlap do not."""
    lanes = Lanes([RunData(1, 0, 1, 2, None), RunData(2, 2, 3, 3, None), RunData(3, 2.5, 2.6, 1, None)])
    assert lanes.labels == ["worker 0", "worker 1", "worker 2", "other run"]
    assert [lanes.place(1, 1), lanes.place(2, 1), lanes.place(3, 0)] == [1, 1, 3]
    assert lanes.outer == {1, 2}


def test_workers_that_were_replaced_have_lanes() -> None:
    """An executor may use more workers, one after the other, than it said it had."""
    lanes = Lanes([RUN, RunData(2, 50.0, 60.0, 1, None)], [task(0, 1.0, 2.0, worker=3)])
    assert lanes.labels == [*(f"worker {i}" for i in range(4)), "other run"]
    assert (lanes.place(1, 3), lanes.place(2, 0)) == (3, 4)
