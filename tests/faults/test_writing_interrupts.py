"""Files that are being written when their run is interrupted, ended or killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.scripts import Script, wait_until

LONG = """
import time
import pandas as pd
import pannier as pn

class Slow:
    def __str__(self):
        print("waiting\\n", end="", flush=True)
        time.sleep(600)

def slow(record):
    return str(Slow()) if record % 2_000 == 1_999 else str(record)

def slow_rows(block):
    return block.assign(x=[Slow() if each % 2 == 1 else each for each in block.x])

def slow_frame(block):
    if 2 in block.x.array:
        str(Slow())
    return block

def written(verb, *args, **options):
    options |= dict(compute_kwargs=dict(scheduler={scheduler!r}, num_workers=1))
    getattr(frame, verb)(*args, **options)

frame = pn.from_pandas(pd.DataFrame(dict(x=pd.Series(range(4), dtype=object))), npartitions=2)
lasting = pn.from_pandas(pd.DataFrame(dict(x=range(4))), npartitions=2)
{verb}
"""
VERBS = {
    "to_textfiles": "pn.range(4_000, npartitions=2).map(slow).to_textfiles("
    "'out', scheduler={scheduler!r}, num_workers=1)",
    "to_csv": "frame = frame.map_partitions(slow_rows, meta=frame._meta); written('to_csv', 'out/*.csv')",
    "to_csv to one file": "frame = frame.map_partitions(slow_rows, meta=frame._meta);"
    " written('to_csv', 'out/all.csv', single_file=True)",
    "to_parquet over another": "lasting.to_parquet('out', compute_kwargs=dict(scheduler='sync'));"
    " frame = lasting.map_partitions(slow_frame, meta=lasting._meta);"
    " written('to_parquet', 'out', overwrite=True)",
}
SCHEDULERS = ["sync", "threads", "processes"]


def at_work(start: Callable[..., Script], verb: str, scheduler: str) -> Script:
    """A script that waits while it writes."""
    text = VERBS[verb].format(scheduler=scheduler)
    script = start(LONG.format(verb=text, scheduler=scheduler))
    assert script.wait_for_line() == "waiting", script.output()
    return script


def hidden(folder: Path) -> list[str]:
    """The names of files and folders in ``folder`` that readers do not see."""
    return [name for name in os.listdir(folder) if name.startswith(".")] if folder.is_dir() else []


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("verb", VERBS)
def test_ctrl_c(start: Callable[..., Script], tmp_path: Path, verb: str, scheduler: str) -> None:
    """No half-written file and no folder on its way stays."""
    script = at_work(start, verb, scheduler)
    assert hidden(tmp_path / "out") or verb == "to_csv to one file"
    script.interrupt()
    _, err = script.output()
    assert err.count("\nKeyboardInterrupt") == 1, err
    assert hidden(tmp_path / "out") == []


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_sigterm(start: Callable[..., Script], tmp_path: Path, scheduler: str) -> None:
    """The same."""
    script = at_work(start, "to_textfiles", scheduler)
    assert hidden(tmp_path / "out")
    script.process.terminate()
    script.output()
    assert script.process.returncode == -signal.SIGTERM
    assert hidden(tmp_path / "out") == []


def test_the_script_is_killed(start: Callable[..., Script], tmp_path: Path) -> None:
    """The workers find out, and remove what they were writing."""
    script = at_work(start, "to_textfiles", "processes")
    assert hidden(tmp_path / "out")
    script.process.kill()
    script.output()
    wait_until(lambda: not hidden(tmp_path / "out"))
    assert hidden(tmp_path / "out") == []


GOES_ON = """
import time
import pannier as pn

def slow(record):
    if record == 1_999:
        print("waiting", flush=True)
        time.sleep(2)
    return str(record)

try:
    pn.range(2_000, npartitions=1).map(slow).to_textfiles("out", scheduler="threads", num_workers=1)
except KeyboardInterrupt:
    print("interrupted", flush=True)
time.sleep(3)
print(sorted(__import__("os").listdir("out")))
"""


def test_a_thread_that_goes_on(start: Callable[..., Script]) -> None:
    """Its file is gone when the program goes on, and does not come later."""
    script = start(GOES_ON)
    assert script.wait_for_line() == "waiting"
    script.interrupt()
    assert script.answer().split("\n") == ["interrupted", "[]"]
