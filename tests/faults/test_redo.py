"""Result files of worker processes that vanish or change while they are needed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pannier import config
from pannier.errors import LostResult
from pannier.graph.task import Ref, Task
from pannier.schedulers.multiprocessing import get, pool
from pannier.testing import no_leftovers
from pannier.testing.faults import count_attempt
from tests.faults.shuffles import Barrier, answer, graph

LARGE = 1_000_000


def result_files() -> list[str]:
    """Those of the runs of the parent process; called by a task."""
    folders = "/dev/shm", config.get("spill_folder")
    return [path for each in folders for path in glob.glob(f"{each}/pannier-{os.getppid()}-*/*")]


@pytest.fixture(autouse=True, params=["1 GB", "0"], ids=["memory", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Files lie in memory, and on disk; nothing stays of them."""
    spill = tmp_path / "spill"
    spill.mkdir()
    with config.set(shm_bytes=request.param, spill_folder=str(spill)), no_leftovers():
        yield
        pool.close()


def make(log: str, name: str) -> bytes:
    count_attempt(log, f"made {name}")
    return name.encode() * LARGE


def add(log: str, name: str, data: bytes) -> bytes:
    count_attempt(log, f"made {name}")
    return data + name.encode()


def harm(log: str, how: str, times: int, *_: object) -> None:
    if count_attempt(log, "harm") <= times:
        for path in result_files():
            os.unlink(path) if how == "gone" else os.truncate(path, os.path.getsize(path) // 2)


def calls(log: Path, name: str) -> int:
    return count_attempt(log, name) - 1


@pytest.mark.parametrize("how", ["gone", "truncated"])
def test_a_lost_result_is_made_again(tmp_path: Path, how: str) -> None:
    """Its task runs again, and only that; workers that still have it in memory need nothing."""
    log = str(tmp_path)
    dsk: dict[Any, Any] = {name: Task(make, log, name) for name in "ab"}
    dsk["harm"] = (harm, log, how, 1, "a", "b")
    dsk |= {("use", i): (lambda data, _, i: (len(data), i), "ab"[i % 2], "harm", i) for i in range(8)}
    keys = [("use", i) for i in range(8)]
    assert get(dsk, keys, num_workers=4) == [(LARGE, i) for i in range(8)]
    assert calls(tmp_path, "harm") == 1
    assert 2 <= calls(tmp_path, "made a") + calls(tmp_path, "made b") <= 4


def test_what_was_dropped_is_made_again_too(tmp_path: Path) -> None:
    """The tasks above a lost result run again, if their results are gone by design."""
    log = str(tmp_path)
    dsk = {
        "a": Task(make, log, "a"),
        "b": Task(add, log, "b", Ref("a")),
        "c": Task(add, log, "c", Ref("b")),
        "harm": Task(harm, log, "gone", 1, Ref("c")),
    }
    assert get(dsk, ["c", "harm"], num_workers=1) == [b"a" * LARGE + b"bc", None]
    assert [calls(tmp_path, f"made {name}") for name in "abc"] == [2, 2, 2]


def test_a_result_lost_each_time_ends_the_run(tmp_path: Path) -> None:
    """The error says which task's, where it was and which setting names another place."""
    log = str(tmp_path)

    def lose(log: str) -> bytes:
        count_attempt(log, "lose")
        return bytes(LARGE)

    dsk = {"data": (lose, log), "harm": (harm, log, "gone", 99, "data")}
    with config.set(retries=0), pytest.raises(LostResult, match=r"is gone.*spill_folder") as caught:
        get(dsk, ["data", "harm"], num_workers=1)
    assert any("task 'data' has made it once" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("harm", ["gone", "truncated"])
def test_many_gathers_miss_one_file_at_a_time(tmp_path: Path, harm: str) -> None:
    """However many find the same loss, it counts once."""
    log = tmp_path / "log"
    log.mkdir()
    with config.set(retries=1):
        dsk = graph(Barrier(str(log), harm, victim=7), splits=20, gathers=10)
        keys = [("gather", k) for k in range(10)]
        assert get(dsk, keys, num_workers=4) == answer(20, 10)
    assert calls(log, "split 7") == 2
    assert calls(log, "barrier") == 2
