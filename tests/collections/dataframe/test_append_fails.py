"""Files that are added to others: all of them, or none where the run fails."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

import pannier as pn
from pannier.errors import InputError

WHOLE = pd.DataFrame({"n": range(8), "t": list("abcdefgh")})
OLD = pn.from_pandas(WHOLE, npartitions=3)
SYNC = {"scheduler": "sync"}

WRITERS: list[Any] = [
    pytest.param("to_parquet", "", {"append": True, "write_index": False}, id="parquet"),
    pytest.param(
        "to_parquet",
        "",
        {"append": True, "write_index": False, "write_metadata_file": True},
        id="parquet-metadata",
    ),
    pytest.param(
        "to_parquet", "", {"append": True, "write_index": False, "partition_on": "t"}, id="parquet-folders"
    ),
    pytest.param("to_csv", "/part-*.csv", {"mode": "a"}, id="csv-a"),
    pytest.param("to_csv", "/part-*.csv.gz", {"mode": "a"}, id="csv-gz"),
    pytest.param("to_csv", "/new-*.csv", {"mode": "x"}, id="csv-x"),
    pytest.param("to_csv", "/all.csv", {"mode": "a", "single_file": True}, id="csv-single"),
    pytest.param("to_json", "/part-*.json", {"mode": "a"}, id="json"),
]


def fails_late(block: pd.DataFrame) -> pd.DataFrame:
    """The block, or where it is the last one, a full disk."""
    if (block.n == 7).any():
        raise OSError(errno.ENOSPC, "No space left on device")
    return block


def contents(folder: Path) -> dict[str, bytes]:
    """All files, hidden ones too, and folders with files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(frame: Any, verb: str, path: str, options: dict[str, Any], compute_kwargs: Any = SYNC) -> list[str]:
    return getattr(frame, verb)(path, compute_kwargs=compute_kwargs, **options)  # type: ignore[no-any-return]


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize(("verb", "path", "options"), WRITERS)
def test_a_folder_is_as_before_where_a_partition_fails(
    tmp_path: Path, verb: str, path: str, options: dict[str, Any], is_there: bool, scheduler: str
) -> None:
    """And a run that succeeds adds to it what it would have added then."""
    target = f"{tmp_path}/data{path}"
    if is_there and options.get("mode") != "x":
        write(OLD, verb, target, options)
    before = contents(tmp_path)
    broken, kwargs = (
        OLD.map_partitions(fails_late, meta=OLD._meta),
        {"scheduler": scheduler, "num_workers": 2},
    )
    for run in (0, 1):
        with pytest.raises(OSError, match="No space left"):
            write(broken, verb, target, options, kwargs)
        assert contents(tmp_path) == before, f"run {run}"
        assert not list(tmp_path.rglob(".pannier-*"))
    paths = write(OLD, verb, target, options)
    assert set(before) <= set(contents(tmp_path))
    read: Any = {"to_parquet": pn.read_parquet, "to_csv": pn.read_csv, "to_json": pn.read_json}[verb]
    times = 2 if before else 1
    folder: Any = f"{tmp_path}/data" if verb == "to_parquet" else paths
    if verb != "to_csv" or not before:
        assert read(folder).n.sum().compute(scheduler="sync") == times * WHOLE.n.sum()
    assert not list(tmp_path.rglob(".pannier-*"))


@pytest.mark.parametrize(("verb", "path", "options"), WRITERS)
def test_a_folder_elsewhere_is_as_before(verb: str, path: str, options: dict[str, Any]) -> None:
    """As by a protocol of fsspec."""
    fs = fsspec.filesystem("memory")
    if fs.exists("/append"):
        fs.rm("/append", recursive=True)
    target = f"memory://append/to{path}"
    if options.get("mode") != "x":
        write(OLD, verb, target, options)
    before = {each: fs.cat(each) for each in fs.find("/append")}
    with pytest.raises(OSError, match="No space left"):
        write(OLD.map_partitions(fails_late, meta=OLD._meta), verb, target, options)
    assert {each: fs.cat(each) for each in fs.find("/append")} == before
    write(OLD, verb, target, options)
    assert set(before) <= set(fs.find("/append"))


def test_a_folder_is_as_before_where_the_footers_cannot_be_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes last fails when all files are in their places."""
    OLD.to_parquet(tmp_path / "data", compute_kwargs=SYNC)
    (tmp_path / "data" / "_common_metadata").mkdir()
    before = contents(tmp_path)
    with pytest.raises(OSError, match="_common_metadata"):
        OLD.to_parquet(tmp_path / "data", append=True, write_metadata_file=True, compute_kwargs=SYNC)
    assert contents(tmp_path) == before


def test_files_of_several_types_are_not_appended(tmp_path: Path) -> None:
    """Types of objects are compared when all files are written."""
    mixed = pn.from_map(lambda i: pd.DataFrame({"o": [[1, "a"][i]]}, dtype=object), [0, 1])
    with pytest.raises(InputError, match="no type holds both"):
        mixed.to_parquet(tmp_path / "new", append=True, compute_kwargs=SYNC)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(("verb", "path", "options"), WRITERS[:6])
def test_a_process_that_is_killed_leaves_nothing_that_is_read(
    tmp_path: Path, verb: str, path: str, options: dict[str, Any]
) -> None:
    """And what it was about to add goes with the next run that writes there."""
    if options.get("mode") != "x":
        write(OLD, verb, f"{tmp_path}/data{path}", options)
    before = contents(tmp_path)
    script = f"""
import os, signal
import pandas as pd, pannier as pn

def ends(block):
    if (block.n == 7).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return block

frame = pn.from_pandas(pd.DataFrame({{"n": range(8), "t": list("abcdefgh")}}), npartitions=3)
frame = frame.map_partitions(ends, meta=frame._meta)
frame.{verb}({f"{tmp_path}/data{path}"!r}, compute_kwargs={{"scheduler": "sync"}}, **{options!r})
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    found = contents(tmp_path)
    assert {name: data for name, data in found.items() if "/.pannier-" not in name} == before
    assert len(found) > len(before)
    again = script.partition("frame = pn")[0] + (
        f"pn.from_pandas(pd.DataFrame({{'n': [1], 't': ['a']}}), npartitions=1)"
        f".{verb}({f'{tmp_path}/data{path}'!r}, compute_kwargs={{'scheduler': 'sync'}}, **{options!r})"
    )
    done = subprocess.run([sys.executable, "-c", again], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob(".pannier-*"))
