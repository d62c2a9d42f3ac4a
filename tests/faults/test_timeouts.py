"""Tasks that hang or take too long."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import pannier as pn
from pannier import config
from pannier.errors import ConfigError, PannierError, TaskTimeout, UsageError
from pannier.schedulers.events import WorkerLost, observe
from pannier.schedulers.multiprocessing import get, pool
from pannier.testing import no_leftovers
from pannier.testing.faults import count_attempt

SECONDS = 0.2


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Whatever happens, nothing stays."""
    with no_leftovers():
        yield
        pool.close()


def test_a_task_that_hangs_is_ended() -> None:
    """After the retries the error names task, step and seconds; it is a TimeoutError, too."""
    dsk = {("fine", i): (abs, -i) for i in range(20)} | {("hang", 3): (time.sleep, 600)}
    with config.set(retries=1), pytest.raises(TaskTimeout) as caught:
        get(dsk, list(dsk), num_workers=2, task_timeout=SECONDS)
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, PannierError)
    assert "task ('hang', 3) (step 'hang') ran for more than the 0.2 seconds of task_timeout" in str(
        caught.value
    )


def test_it_is_tried_again(tmp_path: Path) -> None:
    """On a fresh worker; what the others do is not charged."""

    def slow_at_first(log: str) -> str:
        if count_attempt(log, "slow") <= 2:
            time.sleep(600)
        return "done"

    seen: list[object] = []
    dsk = {("fine", i): (abs, -i) for i in range(20)} | {"slow": (slow_at_first, str(tmp_path))}
    with observe(seen.append):
        assert get(dsk, ["slow", ("fine", 7)], num_workers=2, task_timeout=SECONDS) == ["done", 7]
    lost = [event for event in seen if type(event) is WorkerLost]
    assert [event.tasks for event in lost] == [("slow",), ("slow",)]


def test_many_short_tasks_are_no_long_one() -> None:
    """Each has its own time, also in one batch."""
    dsk = {("nap", i): (time.sleep, SECONDS / 2) for i in range(6)}
    assert get(dsk, list(dsk), num_workers=1, task_timeout=SECONDS) == [None] * 6


def test_the_record_is_named(tmp_path: Path) -> None:
    """Where a task treats records, the error says which one it was at."""
    (tmp_path / "a.txt").write_text("".join(f"{i}\n" for i in range(100)))

    def hang(line: str) -> str:
        if line == "42\n":
            time.sleep(600)
        return line

    bag = pn.read_text(str(tmp_path / "a.txt")).map(hang)
    with (
        config.set(retries=1),
        pytest.raises(TaskTimeout, match=r"in map\(.*hang\), at .*a.txt, line 43\nrecord: '42"),
    ):
        bag.compute(task_timeout=SECONDS)


def test_a_watched_task_is_slower_and_may_be(tmp_path: Path) -> None:
    """As long as it moves from record to record, being watched is no reason to end it."""

    def slow(i: int) -> int:
        if i == 0 and count_attempt(tmp_path, "slow") == 1:
            os._exit(1)
        time.sleep(SECONDS / 20)
        return i

    bag = pn.from_sequence(range(40), npartitions=1).map(slow)
    with config.set(retries=1):
        assert bag.sum().compute(task_timeout=SECONDS) == 780


def test_a_record_that_hangs_can_be_left_out() -> None:
    """As one that ends its process."""

    def hang(i: int) -> int:
        if i == 42:
            time.sleep(600)
        return i

    bag = pn.from_sequence(range(100), npartitions=1).map(hang)
    with config.set(on_poison="quarantine"), pytest.warns(pn.errors.RecordsLeftOut, match="record: 42"):
        assert bag.sum().compute(task_timeout=SECONDS) == 4950 - 42


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_only_processes_can_be_ended(scheduler: str) -> None:
    """Asked for in a call, it is refused elsewhere; the setting is for worker processes, and harms nobody."""
    bag = pn.from_sequence([1])
    with pytest.raises(UsageError, match="task_timeout needs scheduler='processes'"):
        bag.compute(scheduler=scheduler, task_timeout=1)
    with config.set(task_timeout=1):
        assert bag.compute(scheduler=scheduler) == [1]


@pytest.mark.parametrize("seconds", [0, -1, "soon"])
def test_the_setting_is_checked(seconds: object) -> None:
    """It is a number of seconds above 0."""
    with pytest.raises(ConfigError, match="task_timeout"):
        config.set(task_timeout=seconds)
