"""A sort whose files vanish or change under it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import pannier as pn
from pannier import config
from pannier.schedulers.multiprocessing import pool
from pannier.testing import no_leftovers
from pannier.testing.faults import count_attempt

SPLITS = 4
ROWS = 2000
PADDING = "x" * 100
Record = tuple[int, str]


@pytest.fixture(autouse=True)
def spill(tmp_path: Path) -> Iterator[Path]:
    """Where the files lie; nothing stays of them."""
    folder = tmp_path / "spill"
    folder.mkdir()
    with config.set(spill_folder=str(folder), shm_bytes=0), no_leftovers():
        yield folder
        pool.close()
    assert list(folder.iterdir()) == []


def numbered(log: str, i: int) -> Record:
    if not i % ROWS:
        count_attempt(log, f"split {i // ROWS}")
    return i * 7919 % 8009, f"{i}{PADDING}"


def harming(log: str, spill: Path, how: str, record: Record) -> Record:
    """``record``; the first time, one file of the sort is damaged."""
    if count_attempt(log, "harm") == 1:
        path = max(path for path in spill.rglob("*") if path.is_file() and path.stat().st_size > ROWS * 100)
        if how == "gone":
            path.unlink()
        elif how == "truncated":
            os.truncate(path, path.stat().st_size // 2)
        else:
            path.write_bytes(bytes(path.stat().st_size))
    return record


@pytest.mark.parametrize(
    ("how", "scheduler"),
    [("gone", "processes"), ("gone", "sync"), ("truncated", "threads"), ("zeros", "sync")],
)
def test_a_damaged_run_is_sorted_again(tmp_path: Path, spill: Path, how: str, scheduler: str) -> None:
    """One split runs again, once, and the order is right."""
    log = tmp_path / "log"
    log.mkdir()
    records = [(i * 7919 % 8009, f"{i}{PADDING}") for i in range(SPLITS * ROWS)]
    found = (
        pn.range(SPLITS * ROWS, npartitions=SPLITS)
        .map(lambda i: numbered(str(log), i))
        .sort_by_key(npartitions=3)
        .map(lambda record: harming(str(log), spill, how, record) if record[0] == 0 else record)
        .compute(scheduler=scheduler, num_workers=1)
    )
    assert found == sorted(records, key=lambda record: record[0])
    calls = [count_attempt(str(log), f"split {i}") - 1 for i in range(SPLITS)]
    assert sorted(calls) == [1, 1, 1, 2]


def test_partial_answers() -> None:
    """What a failing partition would have had is missing, and the rest is in order."""

    def halved(i: int) -> int:
        if i == 700:
            raise ValueError(i)
        return -i // 2

    answer = pn.range(1000, npartitions=4).map(halved).sort_by().compute(scheduler="sync", on_error="partial")
    assert answer.value == sorted(-i // 2 for i in range(1000) if not 500 <= i < 750)
