"""Files that are lost between tasks: every scheduler runs again what wrote them, and no more than that."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pannier import config
from pannier.errors import LostResult
from pannier.schedulers.events import ResultLost, observe
from pannier.testing.faults import count_attempt
from tests.faults.shuffles import FOLDER, Barrier, answer, attempts, files_left, graph

Get = Callable[..., Any]

GATHERS = [("gather", k) for k in range(4)]


@pytest.mark.parametrize("harm", ["gone", "truncated"])
def test_one_lost_file_is_made_again(get: Get, tmp_path: Path, harm: str) -> None:
    """The split that wrote it, the barrier and the gathers that missed it run again; the answer is right."""
    seen: list[Any] = []
    with observe(seen.append):
        assert get(graph(Barrier(str(tmp_path), harm)), GATHERS) == answer()
    assert [event.tasks for event in seen if type(event) is ResultLost] == [(("split", 1), "barrier")]
    assert count_attempt(tmp_path, "barrier") == 3
    assert [count_attempt(tmp_path, f"split {i}") for i in range(3)] == [2, 3, 2]


def test_a_file_may_be_lost_twice(get: Get, tmp_path: Path) -> None:
    """As often as ``retries`` says."""
    assert get(graph(Barrier(str(tmp_path), "gone", times=2)), GATHERS) == answer()
    assert [count_attempt(tmp_path, f"split {i}") for i in range(3)] == [2, 4, 2]


def test_a_file_lost_each_time_ends_the_run(get: Get, tmp_path: Path) -> None:
    """The error names the file, the task that wrote it and the setting."""
    with pytest.raises(LostResult, match=rf"the file .*{FOLDER}.* is gone") as caught:
        get(graph(Barrier(str(tmp_path), "gone", times=99)), GATHERS)
    notes = "\n".join(caught.value.__notes__)
    assert "task ('split', 1) has made it 3 times; the setting retries" in notes
    assert count_attempt(tmp_path, "split 1") == 4


def test_no_retries_no_second_time(get: Get, tmp_path: Path) -> None:
    """With ``retries=0`` nothing runs twice."""
    with config.set(retries=0), pytest.raises(LostResult, match="is gone"):
        get(graph(Barrier(str(tmp_path), "gone")), GATHERS)
    assert count_attempt(tmp_path, "split 1") == 2


def test_files_go_with_the_result_that_names_them(get: Get, tmp_path: Path) -> None:
    """When the last gather is done, the barrier's folder is removed; others are left alone."""
    dsk = graph(Barrier(str(tmp_path)))
    assert get(dsk, ["left", GATHERS]) == [[], answer()]
    other = graph(Barrier(str(tmp_path), folder="another"))
    assert get(other, "left") == [FOLDER]
    assert get({**dsk, "early": (files_left, "barrier")}, "early") == [FOLDER]


def misses(log: str, _: Any) -> None:
    count_attempt(log, "misses")
    raise LostResult("something is gone", 0)


def test_a_loss_that_nobody_can_make_good_ends_the_run(get: Get, tmp_path: Path) -> None:
    """Without a barrier among the task's inputs there is nothing to run again."""
    with pytest.raises(LostResult, match="something is gone"):
        get({"x": (len, "abc"), "y": (misses, str(tmp_path), "x")}, "y")
    assert attempts(tmp_path) == 1


class Keeps:
    """A barrier over anything."""

    keeps_inputs: ClassVar[bool] = True

    def __call__(self, *args: Any) -> Any:
        return args


def test_a_barrier_that_lost_its_own_file_runs_alone(get: Get, tmp_path: Path) -> None:
    """Without an index, the missing file is the barrier's."""

    def read(log: str, made: Any) -> Any:
        if count_attempt(log, "read") == 1:
            raise LostResult("the barrier's file is gone")
        return made

    log = str(tmp_path)
    dsk = {"first": (count_attempt, log, "made"), "all": (Keeps(), "first"), "read": (read, log, "all")}
    assert get(dsk, "read") == (1,)
    assert count_attempt(log, "made") == 2


def test_the_error_travels() -> None:
    """Message, index, path and notes survive pickling."""
    error = LostResult("gone", 3, "/a")
    error.add_note("in task 'x'")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.index, copy.path, copy.__notes__) == ("gone", 3, "/a", ["in task 'x'"])
