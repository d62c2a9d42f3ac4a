"""A spill folder, or what is written to, on a disk that is too small, made for the test in a namespace of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ON_A_DISK = """
mount -t tmpfs -o size=$1 tmpfs spill && shift && "$@"
code=$?
find spill -mindepth 1
exit $code
"""
"""Runs a command beside a disk of the size that is the first argument, and says what it has left there."""


@functools.cache
def namespace() -> list[str]:
    """The command that starts another one where it may mount; skips the test where there is none."""
    for options in (["--mount"], ["--map-root-user", "--mount"]):
        command = ["unshare", *options]
        try:
            subprocess.run(
                [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    pytest.skip("this system does not let the test mount a disk of its own")


def run(folder: Path, script: str, disk: str) -> str:
    """What ``script`` says if it spills to a disk of this size, where it must leave nothing."""
    (folder / "spill").mkdir(exist_ok=True)
    (folder / "script.py").write_text(SCRIPT + script)
    environ = {
        "PYTHONPATH": str(ROOT),
        "PANNIER_SPILL_FOLDER": str(folder / "spill"),
        "PANNIER_SHM_BYTES": "0",
    }
    done = subprocess.run(
        [*namespace(), "sh", "-c", ON_A_DISK, "sh", disk, sys.executable, "script.py"],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said, _, left = done.stdout.partition("the end\n")
    assert (left, done.stderr) == ("", "")
    return said.strip()


SCRIPT = """
import random
import pannier as pn
from pannier.schedulers.multiprocessing import pool

def wide(i): return i, random.Random(i).randbytes(300)  # which cannot be compressed
def last_digit(record): return record[0] % 10
def shape(group): return group[0], len(group[1])

def report(bag, **options):
    try:
        print(sorted(bag.compute(num_workers=2, **options)))
    except OSError as error:
        print(error.errno, error)
        print(error.__notes__[-1].split("'")[1].rpartition("-")[0])
    finally:
        pool.close()
        print("the end")

records = pn.range(20_000, npartitions=4).map(wide)
"""
SHAPES = str([(digit, 2000) for digit in range(10)])


def full(folder: Path, stage: str, what: str = "the files of a shuffle") -> str:
    """What a script says of a disk that is full."""
    message = f"no space is left for {what}; the setting spill_folder names another place"
    return f"28 [Errno 28] {message}: '{folder / 'spill'}'\n{stage}"


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("verb", ["groupby", "sort_by"])
def test_while_splits_write(tmp_path: Path, verb: str, scheduler: str) -> None:
    """The error names folder and setting; nothing is left; with more room, the same script works."""
    bag = f"records.{verb}(last_digit).map({'shape' if verb == 'groupby' else 'last_digit'})"
    script = f"report({bag}, scheduler={scheduler!r})"
    said = run(tmp_path, script, disk="2m")
    assert said == full(tmp_path, f"range-map-{verb}")
    said = run(tmp_path, script, disk="50m")
    assert said == (SHAPES if verb == "groupby" else str([i // 2000 for i in range(20_000)]))


@pytest.mark.parametrize(("scheduler", "memory"), [("sync", "2 MiB"), ("processes", "4 MiB")])
def test_while_a_gather_splits_again(tmp_path: Path, scheduler: str, memory: str) -> None:
    """Where there is room for the 6.2 MB of the splits and no more."""
    script = (
        f"report(records.groupby(last_digit).map(shape), scheduler={scheduler!r}, memory_limit={memory!r})"
    )
    said = run(tmp_path, script, disk="6800k")
    assert said == full(tmp_path, "groupby-map")
    said = run(tmp_path, script, disk="50m")
    assert said == SHAPES


def test_while_a_result_is_stored(tmp_path: Path) -> None:
    """What gathers return may be as large as what they read."""
    script = "report(records.groupby(last_digit), scheduler='processes')"
    said = run(tmp_path, script, disk="8m")
    assert said == full(tmp_path, "groupby", "a task's result")


def test_while_the_layout_is_written(tmp_path: Path) -> None:
    """Many splits that write no file may together need one, which says who reads what."""
    script = """
few = pn.range(4_000, npartitions=100).map(wide)
report(few.groupby(last_digit).map(shape), scheduler="sync")
"""
    said = run(tmp_path, script, disk="100k")
    assert said == full(tmp_path, "groupby-route")
    said = run(tmp_path, script, disk="50m")
    assert said == str([(digit, 400) for digit in range(10)])


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
@pytest.mark.parametrize("verb", ["to_csv", "to_json", "to_orc", "to_parquet", "to_textfiles"])
def test_while_files_are_written(tmp_path: Path, verb: str, scheduler: str) -> None:
    """The error says which file: neither it nor anything hidden is there, and files before it are."""
    script = f"""
import os, re, shutil
import pandas as pd
texts = [random.Random(i).randbytes(50).hex() for i in range(20_000)]
written = pn.from_sequence(texts, npartitions=20)
if {verb!r} != "to_textfiles":
    written = pn.from_pandas(pd.DataFrame({{"text": texts}}), npartitions=20)
try:
    run = {{"scheduler": {scheduler!r}, "num_workers": 2}}
    made = written.{verb}("spill/out", compute=False).compute(**run)
except OSError as error:
    (note,) = [note for note in error.__notes__ if note.startswith("while writing ")]
    print(error.errno, re.sub("[0-9]+", "#", os.path.relpath(note.removeprefix("while writing "))))
    there = sorted(os.listdir("spill/out"))
    print(len(there) > 2, [name for name in there if note.endswith(name) or name.startswith(".")])
finally:
    shutil.rmtree("spill/out")
    pool.close()
    print("the end")
"""
    suffix = {"to_orc": "part.#.orc", "to_parquet": "part.#.parquet"}.get(verb, "#.part")
    assert run(tmp_path, script, disk="1m") == f"28 spill/out/{suffix}\nTrue []"
