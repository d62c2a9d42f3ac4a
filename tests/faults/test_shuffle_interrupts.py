"""Shuffles that are interrupted, ended, killed or abandoned; each in a script as a user would write it."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.faults.scripts import Script

LONG = """
import time
import pannier as pn

def wide(i): return i, f"{{i:0300}}"
def last_digit(record): return record[0] % 10
def wait(it):
    print("waiting\\n", end="", flush=True)  # in one piece, from several threads
    time.sleep(600)

def in_split(record):
    if record[0] % 20_000 == 19_999: wait(record)
    return record

records = pn.range(40_000, npartitions=2).map(wide)
{verb}.compute(scheduler={scheduler!r}, num_workers=2, memory_limit="16 MiB")
"""
STAGES = {
    "split": "records.map(in_split).groupby(last_digit)",
    "gather": "records.groupby(last_digit).map(wait)",
    "split of a sort": "records.map(in_split).sort_by(last_digit)",
    "gather of a sort": "records.sort_by(last_digit).map(wait)",
}
SCHEDULERS = ["sync", "threads", "processes"]


def at_work(start: Callable[..., Script], stage: str, scheduler: str) -> Script:
    """A script that has written files and waits, in this stage of a shuffle."""
    script = start(LONG.format(verb=STAGES[stage], scheduler=scheduler), PANNIER_SHM_BYTES="0")
    assert script.wait_for_line() == "waiting"
    assert any(path.is_file() for folder in script.files() for path in folder.rglob("*"))
    return script


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c(start: Callable[..., Script], stage: str, scheduler: str) -> None:
    """It ends the script with one KeyboardInterrupt, at once: no process and no file is left."""
    script = at_work(start, stage, scheduler)
    script.interrupt()
    _, err = script.output()
    assert script.process.returncode in (-signal.SIGINT, 1)
    assert err.count("\nKeyboardInterrupt") == 1
    assert err.count("Traceback") == 1
    script.leaves_nothing()


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("stage", ["split", "gather"])
def test_sigterm(start: Callable[..., Script], stage: str, scheduler: str) -> None:
    """It ends the script as the signal does; no process and no file is left."""
    script = at_work(start, stage, scheduler)
    script.process.terminate()
    script.output()
    assert script.process.returncode == -signal.SIGTERM
    script.leaves_nothing()


@pytest.mark.parametrize("stage", STAGES)
def test_the_script_is_killed(start: Callable[..., Script], stage: str) -> None:
    """The workers find out, remove the files and end, in the middle of whatever they do."""
    script = at_work(start, stage, "processes")
    script.process.kill()
    script.process.wait()
    script.leaves_nothing()


WALKED = """
import os
import pannier as pn
from pannier import config

def wide(i): return i, f"{{i:0300}}"
def last_digit(record): return record[0] % 10
def files(): return len([path for path in os.listdir("spill") if os.listdir(f"spill/{{path}}")])

config.set(scheduler={scheduler!r}, num_workers=2, shm_bytes=0)
groups = pn.range(4_000, npartitions=4).map(wide).groupby(last_digit, npartitions=6)
{walk}
"""
WALKS = {
    "break": "for group in groups: print(files()); break",
    "exception": """
try:
    for group in groups: print(files()); 1 / 0
except ZeroDivisionError: pass""",
    "closed": "walk = iter(groups); next(walk); print(files()); walk.close()",
    "forgotten": "walk = iter(groups); next(walk); print(files()); del walk",
    "to the end": "for group in groups: last = files()\nprint(last)",
}


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("how", WALKS)
def test_a_loop_over_groups_that_is_left(start: Callable[..., Script], how: str, scheduler: str) -> None:
    """Files are there while the next groups may be asked for, and no longer."""
    script = start(WALKED.format(walk=f"{WALKS[how]}\nprint(files())", scheduler=scheduler))
    assert script.answer().split() == ["1", "0"]


def test_a_loop_that_lives_to_the_end_of_the_script(start: Callable[..., Script]) -> None:
    """Nothing outlives the process."""
    script = start(
        WALKED.format(walk="walk = iter(groups)\nnext(walk)\nprint(files())", scheduler="processes")
    )
    assert script.answer() == "1"
    script.leaves_nothing()
