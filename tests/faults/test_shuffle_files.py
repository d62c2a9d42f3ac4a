"""Files of a shuffle that are damaged or removed while the run needs them."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import loky
import pytest

import pannier as pn
from pannier import config
from pannier.errors import LostResult
from pannier.schedulers.events import TaskFinished, observe, stage_of
from pannier.schedulers.multiprocessing import pool
from pannier.testing import no_leftovers
from tests.faults.shuffled import (
    GATHERS,
    GROUPS,
    KEYS,
    ORDERED,
    ROWS,
    SPLITS,
    Record,
    bag,
    between,
    calls,
    counted,
    grouped,
    note,
    numbers,
    ordered,
    records,
    shuffle_files,
)

EXECUTORS: dict[str, Callable[[], Executor]] = {
    "ThreadPoolExecutor": lambda: ThreadPoolExecutor(2),
    "loky": lambda: loky.ProcessPoolExecutor(2),
}


@pytest.fixture(scope="module", params=["sync", "threads", "processes", *EXECUTORS])
def scheduler(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str | Executor]:
    """Every kind of scheduler.  What pannier starts itself, it ends."""
    if request.param in EXECUTORS:
        with EXECUTORS[request.param]() as executor:
            yield executor
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("tmp")))
        with no_leftovers():
            yield request.param
            pool.close()


@pytest.fixture(scope="module", autouse=True)
def workers() -> Iterator[None]:
    """They stay from test to test, and no longer."""
    yield
    pool.close()


@pytest.fixture(autouse=True)
def spill(tmp_path: Path) -> Iterator[Path]:
    """Where files go; they are all gone when the run is over."""
    folder = tmp_path / "spill"
    folder.mkdir()
    with config.set(spill_folder=str(folder), shm_bytes=0):
        yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where tasks say that they were called."""
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


def cut(path: str) -> None:
    os.truncate(path, os.path.getsize(path) // 2)


def flip(path: str) -> None:
    """Change one bit in the middle."""
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


HARMS = {"cut": cut, "changed": flip, "gone": os.unlink}


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("verb", ["groupby", "sort_by"])
def test_a_lost_file_is_made_again(scheduler: Any, log: Path, verb: str, how: str) -> None:
    """It is noticed; the split that wrote it runs again, and only that one; the answer is right."""
    with between(verb, lambda: HARMS[how](shuffle_files(verb)[2])):
        if verb == "groupby":
            assert sorted(grouped(log).compute(scheduler=scheduler)) == GROUPS
        else:
            assert ordered(log).compute(scheduler=scheduler) == ORDERED
    assert sorted(calls(log, "split")) == [1] * (SPLITS - 1) + [2]


def test_all_files_may_go(scheduler: Any, log: Path, spill: Path) -> None:
    """Something removes whatever is old: everything runs again, once."""

    def clear() -> None:
        for folder in spill.glob("pannier-*/*"):
            shutil.rmtree(folder)

    with between("groupby", clear):
        assert sorted(grouped(log).compute(scheduler=scheduler)) == GROUPS
    assert calls(log, "split") == [2] * SPLITS


@pytest.mark.parametrize("how", HARMS)
def test_a_file_lost_each_time_ends_the_run(scheduler: Any, log: Path, how: str) -> None:
    """The error names file and reason, the task that wrote it, how often, and the settings that matter."""
    seen: set[str] = set()
    victims: list[str] = []

    def harm() -> None:
        victims.append(min(set(shuffle_files("groupby")) - seen))
        seen.update(shuffle_files("groupby"))
        HARMS[how](victims[-1])

    reason = {"cut": "too short", "changed": "have changed", "gone": "is gone"}[how]
    with between("groupby", harm, times=99), pytest.raises(LostResult, match=reason) as caught:
        grouped(log).compute(scheduler=scheduler)
    assert victims[-1] in str(caught.value)
    assert "spill_folder" in str(caught.value)
    assert "has made it 3 times; the setting retries" in "".join(caught.value.__notes__)
    assert sorted(calls(log, "split")) == [1] * (SPLITS - 1) + [3]


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_what_is_in_memory_is_not_lost(log: Path, scheduler: str) -> None:
    """Where splits have room in memory for some of what they write, only what a file had is made again."""

    def clear() -> None:
        for path in shuffle_files("groupby"):
            os.unlink(path)

    with config.set(shm_bytes="250 kB"), between("groupby", clear):
        assert sorted(grouped(log).compute(scheduler=scheduler)) == GROUPS
    assert set(calls(log, "split")) == {1, 2}


def length(group: tuple[int, list[Any]]) -> tuple[int, int]:
    return group[0], len(group[1])


@pytest.mark.parametrize("how", HARMS)
def test_a_lost_layout_is_made_again(scheduler: Any, log: Path, how: str) -> None:
    """What says who reads what may be a file of its own, checked like the others; no split runs again."""
    few = [(i % KEYS, i * ROWS, f"{i:0100}") for i in range(1200)]  # every record counts a call
    bag = pn.from_sequence(few, npartitions=12).map(functools.partial(counted, str(log)))
    harmed: list[str] = []

    def harm() -> None:
        harmed.extend(shuffle_files("groupby"))
        for path in harmed:
            HARMS[how](path)

    with between("groupby", harm) as stages:
        groups = bag.groupby(0, npartitions=4).map(length).compute(scheduler=scheduler)
    assert sorted(groups) == [(key, 1200 // KEYS) for key in range(KEYS)]
    assert len(harmed) == 1
    assert stages.count("groupby-route") == 2
    assert calls(log, "split") == [1] * 1200


def total(pair: tuple[Record, Record]) -> int:
    return pair[0][1] + pair[1][1]


@pytest.mark.parametrize("victim", [0, -1], ids=["left", "right"])
def test_both_sides_of_a_join(scheduler: Any, log: Path, victim: int) -> None:
    """It is the right one of two inputs whose split runs again."""
    other = pn.from_sequence(records()[: ROWS * 2], npartitions=2)
    joined = bag(log).join(other, 0, how="inner", broadcast=False, npartitions=GATHERS).map(total)
    expected = [a + b for _, group in GROUPS for a in group for b in group if b < ROWS * 2]
    with between("join", lambda: os.unlink(shuffle_files("join")[victim])) as stages:
        assert sorted(joined.compute(scheduler=scheduler)) == sorted(expected)
    assert stages.count("join-route") == 2


@pytest.mark.parametrize("victim", range(2 * SPLITS))
def test_partitions_that_are_there_twice(log: Path, victim: int) -> None:
    """Equal partitions have one split; whichever file is lost, the one that wrote it runs again."""
    once = bag(log)
    thrice = pn.concat([once, once, once.map(negated)]).groupby(0, npartitions=GATHERS).map(length)
    with between("groupby", lambda: os.unlink(shuffle_files("groupby")[victim])):
        assert sorted(thrice.compute(scheduler="sync")) == [(key, len(group) * 3) for key, group in GROUPS]
    assert sorted(calls(log, "split")) == [1] * (SPLITS - 1) + [2]


def negated(record: Record) -> Record:
    return record[0], -record[1], record[2]


@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_a_split_that_comes_out_otherwise(log: Path, scheduler: str) -> None:
    """Each record is there once, though sizes change between the gathers before and after a loss."""
    swelling = bag(log).map(functools.partial(swollen, str(log))).groupby(0, npartitions=GATHERS).map(numbers)
    stages: list[str] = []

    def lose(event: object) -> None:
        if type(event) is TaskFinished:
            stages.append(stage_of(event.key))
            if stages[-1].endswith("groupby-map") and stages.count(stages[-1]) == 1:
                for path in shuffle_files("groupby"):
                    os.unlink(path)

    with observe(lose):
        groups = swelling.compute(scheduler=scheduler, num_workers=1)
    assert sorted(groups) == GROUPS
    assert calls(log, "split") == [2] * SPLITS


def swollen(log: str, record: Record) -> Record:
    """``record``, for some keys much larger when its task runs again."""
    is_again = os.path.getsize(f"{log}/split-{record[1] // ROWS}") > 1
    return record[0], record[1], record[2] * (9 if is_again and record[0] < 10 else 1)


@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_while_groups_are_walked(log: Path, scheduler: str) -> None:
    """A loop over a bag goes on with the same groups when a file is lost between two steps."""
    with config.set(scheduler=scheduler, num_workers=2):
        walk = iter(grouped(log))
        groups = [next(walk)]
        os.unlink(shuffle_files("groupby")[0])
        assert sorted([*groups, *walk]) == GROUPS


@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_partial_answers_are_for_other_failures(log: Path, scheduler: str) -> None:
    """With ``on_error="partial"`` a lost file is made again, too, and nothing is missing."""
    with between("groupby", lambda: os.unlink(shuffle_files("groupby")[0])):
        answer = grouped(log).compute(scheduler=scheduler, on_error="partial")
    assert (sorted(answer.value), answer.failures) == (GROUPS, [])


def test_the_folder_of_the_run_may_not_go(log: Path, spill: Path) -> None:
    """A worker does not make it again, since it cannot know whether the run is over; the error says what is missing."""

    def clear() -> None:
        for folder in spill.iterdir():
            shutil.rmtree(folder)

    with (
        between("groupby", clear),
        pytest.raises(FileNotFoundError, match="folder for the files of a run is gone"),
    ):
        grouped(log).compute(scheduler="processes")


def fail_or_wait(log: str, record: Record) -> Record:
    """Fails in the partition that is the first to start; others wait until the run is over."""
    if not record[1] % ROWS:
        with contextlib.suppress(FileExistsError):
            os.symlink(str(record[1]), f"{log}/first")
        if os.readlink(f"{log}/first") == str(record[1]):
            raise KeyError(record[1])
        while not os.path.exists(f"{log}/over"):
            time.sleep(0.01)
    return record


@pytest.mark.parametrize("kind", EXECUTORS)
def test_tasks_that_outlive_their_run(log: Path, spill: Path, kind: str) -> None:
    """After a failure an executor ends the tasks that it has begun; they leave no files."""
    with EXECUTORS[kind]() as executor:
        with pytest.raises(KeyError):
            bag(log).map(functools.partial(fail_or_wait, str(log))).groupby(0).compute(scheduler=executor)
        assert list(spill.iterdir()) == []
        note(str(log), "over")
