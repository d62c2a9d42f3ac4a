"""``to_textfiles``: files that read back as they were, whole or not at all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.errors import UsageError
from pannier.testing.assertions import no_compute

SCHEDULERS = pytest.mark.parametrize("scheduler", ["sync", "threads"])


def files(folder: Path) -> list[str]:
    """The names of all files below ``folder``, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@SCHEDULERS
@pytest.mark.parametrize("suffix", ["txt", "txt.gz", "txt.bz2", "txt.xz", "txt.zst", "txt.lz4"])
def test_round_trip(tmp_path: Path, scheduler: str, suffix: str) -> None:
    """What was written reads back, record by record and partition by partition; paths are returned in order."""
    records = [f"record {i} é" for i in range(2500)]
    bag = pn.from_sequence(records, npartitions=11)
    paths = bag.to_textfiles(str(tmp_path / f"out-*.{suffix}"), scheduler=scheduler)
    assert paths == [str(tmp_path / f"out-{i:02}.{suffix}") for i in range(11)]
    assert files(tmp_path) == [Path(path).name for path in paths]
    back = pn.read_text(paths, files_per_partition=1).str.rstrip("\n")
    assert back.glom().compute() == bag.glom().compute()


def test_json_lines(tmp_path: Path) -> None:
    """The common pair of verbs."""
    records = [{"id": i, "text": "a\nb"} for i in range(10)]
    paths = pn.from_sequence(records, npartitions=3).map(json.dumps).to_textfiles(tmp_path / "*.json.gz")
    assert pn.read_text(paths).map(json.loads).compute() == records


def test_a_directory_is_made_and_filled(tmp_path: Path) -> None:
    """Names are numbers of partitions; names of one's own keep their order."""
    bag = pn.range(4, 2).map(str)
    assert bag.to_textfiles(tmp_path / "new" / "deep") == [
        str(tmp_path / f"new/deep/{i}.part") for i in range(2)
    ]
    paths = bag.to_textfiles(str(tmp_path / "day-*.txt"), name_function=lambda i: f"2015-01-{i + 1:02}")
    assert [Path(path).name for path in paths] == ["day-2015-01-01.txt", "day-2015-01-02.txt"]
    named = [str(tmp_path / "x.txt"), str(tmp_path / "y.txt.gz")]
    assert bag.to_textfiles(named) == named
    assert gzip.decompress(Path(named[1]).read_bytes()) == b"2\n3"


def test_the_last_line(tmp_path: Path) -> None:
    """Is ended only when that is asked for; bytes are written as they are."""
    bag = pn.from_sequence(["a", b"b\xff"], npartitions=1)
    (path,) = bag.to_textfiles(tmp_path)
    assert Path(path).read_bytes() == b"a\nb\xff"
    (path,) = bag.to_textfiles(tmp_path, last_endline=True)
    assert Path(path).read_bytes() == b"a\nb\xff\n"


def test_nothing_is_written_before_it_is_asked_for(tmp_path: Path) -> None:
    """``compute=False`` gives a bag of the paths, which writes when it is computed."""
    with no_compute():
        written = pn.range(4, 2).map(str).to_textfiles(tmp_path, compute=False)
    assert isinstance(written, pn.Bag)
    assert files(tmp_path) == []
    assert written.compute() == [str(tmp_path / f"{i}.part") for i in range(2)]
    assert files(tmp_path) == ["0.part", "1.part"]


@SCHEDULERS
def test_a_failure_leaves_no_half_file(tmp_path: Path, scheduler: str) -> None:
    """Neither a part of the file nor one aside; a file that was there before stays as it was."""
    (tmp_path / "1.part").write_text("before")

    def fail_late(x: int) -> str:
        if x == 4999:
            raise ValueError("late")
        return str(x)

    with pytest.raises(ValueError, match="late") as caught:
        pn.range(5000, 2).map(fail_late).to_textfiles(tmp_path, scheduler=scheduler)
    assert "record: 4999" in caught.value.__notes__[0]
    assert set(files(tmp_path)) <= {"0.part", "1.part"}
    assert (tmp_path / "1.part").read_text() == "before"


def test_records_that_are_no_text(tmp_path: Path) -> None:
    """The error says what can be written, and which step and record it was."""
    with pytest.raises(TypeError, match=r"only str and bytes can be written.*\.map\(json\.dumps\)") as caught:
        pn.from_sequence(["a", {"b": 1}], npartitions=1).to_textfiles(tmp_path)
    note = caught.value.__notes__[0]
    assert note.startswith("in to_textfiles, at ")
    assert note.endswith("record: {'b': 1}")
    assert files(tmp_path) == []


def test_bad_paths_and_options(tmp_path: Path) -> None:
    """Refused when building, before anything is written."""
    bag = pn.range(4, 2).map(str)
    options: list[tuple[Any, dict[str, Any]]] = [
        (tmp_path / "*-*.txt", {}),
        ([str(tmp_path / "one.txt")], {}),
        (tmp_path / "*.txt", {"name_function": lambda i: f"{-i}"}),
        (tmp_path / "*.txt", {"compression": "zap"}),
        (tmp_path / "*.txt", {"encoding": "utf-99"}),
    ]
    for path, given in options:
        with no_compute(), pytest.raises(UsageError):
            bag.to_textfiles(path, **given)
    assert files(tmp_path) == []


def test_an_empty_partition_is_an_empty_file(tmp_path: Path) -> None:
    """So that there is one file a partition."""
    paths = pn.range(4, 2).filter(lambda x: x > 2).map(str).to_textfiles(tmp_path / "*.txt")
    assert [Path(path).read_text() for path in paths] == ["", "3"]
    assert pn.read_text(paths).compute() == ["3"]


@pytest.mark.parametrize("path", ["", "part-*.txt"])
def test_older_files_do_not_stay_among_new_ones(tmp_path: Path, path: str) -> None:
    """A glob would read both: an error before anything is computed; as many files again, or a list, may be written."""
    written = pn.range(6, 3).map(str).to_textfiles(tmp_path / path)
    (tmp_path / "notes.md").write_text("no part of it")
    fewer = pn.range(60, 2).map(str)
    refused = f"already .* among them {Path(written[2]).name}: remove"
    for compute in (True, False):
        with no_compute(), pytest.raises(UsageError, match=refused):
            fewer.to_textfiles(tmp_path / path, compute=compute)
    assert [Path(each).read_text() for each in written] == ["0\n1", "2\n3", "4\n5"]
    assert pn.range(9, 3).map(str).to_textfiles(tmp_path / path) == written
    assert pn.range(2, 2).map(str).to_textfiles(written[:2]) == written[:2]
    assert [Path(each).read_text() for each in written] == ["0", "1", "6\n7\n8"]


def test_older_objects_do_not_stay_among_new_ones() -> None:
    """The same of what fsspec writes to."""
    folder = "memory://older-objects"
    written = pn.range(3, 3).map(str).to_textfiles(folder, scheduler="sync")
    with no_compute(), pytest.raises(UsageError, match=r"among them 2\.part"):
        pn.range(6, 2).map(str).to_textfiles(folder)
    assert pn.read_text(written).compute(scheduler="sync") == ["0", "1", "2"]
