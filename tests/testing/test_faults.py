from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pannier.testing import ExitProcess, OnAttempt, RaiseError, no_leftovers


def run_elsewhere(func: Any, *args: Any) -> int:
    """The exit code of a process that calls ``func``; 0 if it returns, 1 if it raises."""
    program = "import pickle, sys; func, args = pickle.load(sys.stdin.buffer); func(*args)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((func, args)),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def test_fails_on_the_first_attempts_at_each_record(tmp_path: Path) -> None:
    """Attempts are counted for each record on its own, and the record comes back after them."""
    flaky = OnAttempt(2, RaiseError(OSError("scripted")), tmp_path)
    outcomes = []
    for record in ["a", "a", "b", "a", "b", "b", "b"]:
        try:
            outcomes.append(flaky(record))
        except OSError:
            outcomes.append("failed")
    assert outcomes == ["failed", "failed", "failed", "a", "failed", "b", "b"]


def test_only_the_named_records_fail(tmp_path: Path) -> None:
    """A fault can be aimed at one record."""
    flaky = OnAttempt(1, RaiseError(KeyError("scripted")), tmp_path, only=[7])
    assert flaky(6) == 6
    with pytest.raises(KeyError):
        flaky(7)


@pytest.mark.parametrize("code", [1, 3, -signal.SIGKILL, -signal.SIGSEGV])
def test_ends_another_process(code: int) -> None:
    """The process ends with the code, or by the signal, that was asked for."""
    assert run_elsewhere(ExitProcess(code)) == code


def test_attempts_are_counted_over_processes(tmp_path: Path) -> None:
    """A process that died at the first attempt has made it; the next process makes the second."""
    deadly = OnAttempt(1, ExitProcess(5), tmp_path)
    assert [run_elsewhere(deadly, "record") for _ in range(2)] == [5, 0]


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_clean_block_leaves_nothing() -> None:
    """A process that ends, and is on its way out when the block is left, is no leftover."""
    with no_leftovers():
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2)"])
    process.wait()


def test_orphan_is_found() -> None:
    """A process counts also when its parent, started in the block, is gone."""
    program = "import subprocess; print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid)"
    pid = 0
    with pytest.raises(AssertionError, match="sleep 60"), no_leftovers(patience=0):
        pid = int(subprocess.check_output([sys.executable, "-c", program]))
    os.kill(pid, signal.SIGKILL)


def test_file_is_found(own_temporary_folder: Path) -> None:
    """A new file named for pannier is reported, older ones are not."""
    (own_temporary_folder / "pannier-old").touch()
    with pytest.raises(AssertionError, match=r"left behind: \S+/pannier-new$"), no_leftovers(patience=0):
        (own_temporary_folder / "pannier-new").touch()


def test_files_of_other_runs_are_not_counted(own_temporary_folder: Path) -> None:
    """What lives in parallel is left alone; what a process left that is gone, or this one, is reported."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with no_leftovers(patience=0):
        (own_temporary_folder / f"pannier-{os.getppid()}-x").touch()
    for pid in (gone.pid, os.getpid()):
        with pytest.raises(AssertionError, match=f"pannier-{pid}-x"), no_leftovers(patience=0):
            (own_temporary_folder / f"pannier-{pid}-x").touch()


def test_blocks_nest_and_leave_the_environment_alone() -> None:
    """A process started in an inner block is a leftover of both, and the mark is taken back."""
    before = dict(os.environ)
    with (
        pytest.raises(AssertionError, match="sleep 60"),
        no_leftovers(patience=0),
        pytest.raises(AssertionError, match="sleep 60"),
        no_leftovers(patience=0),
    ):
        sleeper = subprocess.Popen(["sleep", "60"])
    sleeper.kill()
    sleeper.wait()
    assert dict(os.environ) == before


def test_error_of_the_block_comes_through() -> None:
    """What fails inside is reported as it is."""
    with pytest.raises(ZeroDivisionError), no_leftovers():
        _ = 1 / 0
