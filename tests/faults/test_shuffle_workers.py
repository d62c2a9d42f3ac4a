"""Worker processes that die in a shuffle, and records and functions that fail in one."""

from __future__ import annotations

import functools
import glob
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import pannier as pn
from pannier import config, host
from pannier.errors import SerializationError, WorkerDied
from pannier.schedulers.multiprocessing import pool
from pannier.testing import no_leftovers
from pannier.testing.faults import ExitProcess, OnAttempt
from tests.faults.shuffled import (
    GATHERS,
    GROUPS,
    ORDERED,
    ROWS,
    SPLITS,
    Record,
    bag,
    between,
    calls,
    grouped,
    note,
    numbers,
    records,
)

PAUSE = 0.03
"""Longer than a worker keeps finished tasks to itself."""
FATAL = records()[4 * ROWS - 1]
"""The last record of the fourth partition."""


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After each test no process and no file is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spill = tmp_path / "spill"
    with config.set(spill_folder=str(spill), scheduler="processes", num_workers=2), no_leftovers():
        yield
        assert list(spill.iterdir()) == []
        pool.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where tasks say that they were called."""
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@pytest.fixture
def dying(tmp_path: Path) -> Callable[..., OnAttempt]:
    """A function of records that at some of them is the end of its process, the first times."""
    folder = tmp_path / "dying"
    folder.mkdir()
    return lambda *only, times=1: OnAttempt(times, ExitProcess(-signal.SIGKILL), folder, only=only)


def slowly(record: Record) -> Record:
    """``record``; the first of a partition takes its time."""
    if not record[1] % ROWS:
        time.sleep(PAUSE)
    return record


def test_a_worker_dies_in_a_split(log: Path, dying: Any) -> None:
    """That split runs again, and no other."""
    groups = bag(log).map(slowly).map(dying(FATAL)).groupby(0, npartitions=GATHERS).map(numbers)
    assert sorted(groups.compute()) == GROUPS
    assert calls(log, "split") == [1, 1, 1, 2, 1, 1]


MANY = 40_000


def wide(number: int) -> tuple[int, str]:
    """A record of which a worker has to write some before it has seen all."""
    return number, f"{number:0300}"


def dies_with_file(log: str, record: tuple[int, str]) -> tuple[int, str]:
    """``record``; at the last one, the first time, the end of a process that has written a part of its file."""
    if record[0] == MANY - 1 and note(log, "last") == 1:
        here = host.current()
        assert here is not None
        found = glob.glob(f"{here.folder}/groupby-*/{os.getpid()}-*")
        Path(log, "sizes").write_text("".join(f"{os.path.getsize(path)}\n" for path in found))
        os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()
    return record


def test_half_a_file_does_not_count(log: Path) -> None:
    """What a split has written when its worker dies is in nobody's index."""
    records = pn.range(MANY, npartitions=1).map(wide).map(functools.partial(dies_with_file, str(log)))
    groups = records.groupby(last_digit, npartitions=GATHERS).map(length).compute(memory_limit="16 MiB")
    assert sorted(groups) == [(digit, MANY // 10) for digit in range(10)]
    assert int((log / "sizes").read_text()) > 0


def last_digit(record: tuple[int, str]) -> int:
    return record[0] % 10


def length(group: tuple[int, list[Any]]) -> tuple[int, int]:
    return group[0], len(group[1])


def test_a_worker_dies_in_a_split_of_a_sort(log: Path, dying: Any) -> None:
    """Likewise."""
    assert bag(log).map(slowly).map(dying(FATAL)).sort_by(0, npartitions=GATHERS).compute() == ORDERED
    assert calls(log, "split") == [1, 1, 1, 2, 1, 1]


def part(log: str, groups: Iterable[tuple[int, list[int]]]) -> list[list[tuple[int, list[int]]]]:
    """A record of all ``groups`` of a partition.  Counts calls by the first key, and takes its time."""
    found = list(groups)
    note(log, f"first-key-{found[0][0]}")
    time.sleep(PAUSE)
    return [found]


def test_a_worker_dies_in_a_gather(log: Path, dying: Any) -> None:
    """That gather runs again, and no other, nor any split: what they made outlives the worker."""
    parts = grouped(log).map_partitions(lambda groups: part(str(log), groups)).map(dying_in(dying(GROUPS[7])))
    made = parts.compute()
    assert sorted(group for groups in made for group in groups) == GROUPS
    assert calls(log, "split") == [1] * SPLITS
    times = {groups[0][0]: (log / f"first-key-{groups[0][0]}").stat().st_size for groups in made}
    assert times == {groups[0][0]: 2 if GROUPS[7] in groups else 1 for groups in made}


def dying_in(dying: OnAttempt) -> Callable[[list[Any]], list[Any]]:
    return lambda groups: [dying(group) for group in groups]


def test_all_workers_die_between_splits_and_gathers(log: Path) -> None:
    """New ones take their place, and no split runs again."""

    def kill() -> None:
        for child in psutil.Process().children():
            if any("pannier.schedulers.multiprocessing.worker" in each for each in child.cmdline()):
                child.kill()
                killed.append(child.pid)

    killed: list[int] = []
    with between("groupby", kill):
        assert sorted(grouped(log).compute()) == GROUPS
    assert len(killed) == 2
    assert calls(log, "split") == [1] * SPLITS


@pytest.mark.parametrize("stage", ["split", "gather"])
def test_a_task_that_dies_each_time(log: Path, dying: Any, stage: str) -> None:
    """It is named, with the record that is the end of it."""
    if stage == "split":
        bad = bag(log).map(dying(FATAL, times=99)).groupby(0)
        named, record = (
            r"from_sequence-map-groupby-\w+', 3\)",
            r"record 399 of the partition\nrecord: \(33, 1599,",
        )
    else:
        bad = grouped(log).map(dying(GROUPS[7], times=99))
        named, record = r"groupby-map-\w+', \d\)", r"of what groupby made\nrecord: \(7, "
    with pytest.raises(
        WorkerDied, match=rf"{named}.* died in each of 3 attempts: killed by SIGKILL"
    ) as caught:
        bad.compute()
    assert caught.match(record)


def with_lock(record: Record) -> Any:
    return (*record[:2], threading.Lock()) if record == FATAL else record


def test_a_record_that_cannot_be_pickled(log: Path) -> None:
    """The error says so, what to do, and which record it is: by its key, or where records are kept in order its place."""
    for verb in ("groupby", "sort_by"):
        with pytest.raises(SerializationError, match=r"cannot pickle '_thread.lock'.*leave out") as caught:
            getattr(bag(log).map(with_lock), verb)(0).compute()
        notes = "\n".join(caught.value.__notes__)
        assert "record: (33, 1599, <unlocked _thread.lock" in notes
        assert ("key: 33" if verb == "groupby" else "at record 399 of the partition") in notes
        assert "map" in notes
        assert verb in notes
        assert "', 3)" in notes


def fails(record: Record) -> float:
    return 1 / (record[1] - FATAL[1])


def fails_on_group(group: tuple[int, list[int]]) -> float:
    return 1 / (group[0] - 7)


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (
            lambda it: it.map(fails).groupby(abs),
            "in map(tests.faults.test_shuffle_workers.fails), at record 399",
        ),
        (lambda it: it.groupby(fails), "in groupby(tests.faults.test_shuffle_workers.fails), at record 399"),
        (lambda it: it.sort_by(fails), "in sort_by(tests.faults.test_shuffle_workers.fails), at record 399"),
        (lambda it: it.groupby(0).map(fails_on_group), "of what groupby made\nrecord: (7, [(7, 1, "),
    ],
    ids=["before", "key of groupby", "key of sort_by", "after"],
)
def test_a_function_that_fails(log: Path, make: Callable[..., Any], note: str) -> None:
    """Its exception keeps its type, and says at which record."""
    with pytest.raises(ZeroDivisionError) as caught:
        make(bag(log)).compute()
    assert note in "\n".join(caught.value.__notes__)
    assert os.listdir(config.get("spill_folder")) == []
