"""Writing made-up data: names, sizes, sameness, no half files."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pannier.datasets import event_lines, timeseries_lines, write_events, write_timeseries, write_weblogs
from pannier.datasets.__main__ import main
from pannier.datasets.files import Kind, Part, write_files
from pannier.errors import UsageError


def contents(paths: list[str]) -> dict[str, bytes]:
    return {os.path.basename(path): Path(path).read_bytes() for path in paths}


def test_names_match_the_headline_glob(tmp_path: Path) -> None:
    """Files are named by the day they tell of, and nothing else is left in the folder."""
    paths = write_events(tmp_path / "new" / "folder", files=40, records=40)
    assert [os.path.basename(path) for path in paths][::39] == ["2015-01-01.json.gz", "2015-02-09.json.gz"]
    assert sorted(map(str, (tmp_path / "new" / "folder").glob("2015-*-*.json.gz"))) == paths
    assert len(os.listdir(tmp_path / "new" / "folder")) == 40


def test_the_first_file_holds_what_the_lines_say(tmp_path: Path) -> None:
    """Files and iterators are two doors to the same data."""
    (path,) = write_events(tmp_path, files=1, records=500, seed=3, dirty=0.1)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        assert list(file) == list(event_lines(500, seed=3, dirty=0.1))


def test_a_file_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    """Made together, alone, or in another order: the same bytes."""
    together = contents(write_events(tmp_path / "a", files=4, size="200 kB", seed=5))
    alone: dict[str, bytes] = {}
    for number in (2, 0, 3, 1):
        alone |= contents(write_events(tmp_path / "b", files=4, size="200 kB", seed=5, only=[number]))
    assert alone == together
    assert len(set(together.values())) == 4


def test_made_at_the_same_time(tmp_path: Path) -> None:
    """Processes that share a folder do not disturb each other, even at the same file."""
    expected = contents(write_weblogs(tmp_path / "a", files=3, records=900))
    command = [sys.executable, "-m", "pannier.datasets", "weblogs", str(tmp_path / "b")]
    command += ["--files", "3", "--records", "900", "--only"]
    env = dict(os.environ, PYTHONPATH=":".join(filter(None, sys.path)))
    processes = [
        subprocess.Popen([*command, *numbers], env=env, stdout=subprocess.DEVNULL)
        for numbers in (["0", "1"], ["1", "2"])
    ]
    assert [process.wait() for process in processes] == [0, 0]
    assert contents(sorted(map(str, (tmp_path / "b").iterdir()))) == expected


def test_days_do_not_repeat_each_other(tmp_path: Path) -> None:
    """Each file has its own day and its own ids."""
    paths = write_events(tmp_path, files=3, records=300)
    events = [
        json.loads(line) for path in paths for line in gzip.decompress(Path(path).read_bytes()).splitlines()
    ]
    assert len({event["id"] for event in events}) == 300
    assert {event["created_at"][:10] for event in events} == {"2015-01-01", "2015-01-02", "2015-01-03"}


@pytest.mark.parametrize("write", [write_events, write_weblogs, write_timeseries])
def test_size_is_met(tmp_path: Path, write: Callable[..., list[str]]) -> None:
    """All files together have the bytes asked for, at most a line more in each, and end in a whole line."""
    parts = contents(write(tmp_path, files=3, size="1 MB", compression=None)).values()
    assert 1_000_000 <= sum(map(len, parts)) < 1_050_000
    assert all(data.endswith(b"\n") for data in parts)


def test_times_cover_the_day_when_sized(tmp_path: Path) -> None:
    """Asking for bytes instead of records still spreads the events over about one day."""
    (path,) = write_events(tmp_path, files=1, size="3 MB", compression=None)
    *_, last = Path(path).read_text(encoding="utf-8").splitlines()
    assert "2015-01-01T22" < json.loads(last)["created_at"] <= "2015-01-01T23:59:59Z"


def test_records_are_divided(tmp_path: Path) -> None:
    """The first files take the remainder; a header is no record."""
    paths = write_timeseries(tmp_path, files=3, records=8)
    assert [Path(path).read_text().count("\n") - 1 for path in paths] == [3, 3, 2]
    assert Path(paths[0]).read_text() == "".join(timeseries_lines(3))


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    """A file that cannot be finished is not there, whole or half; the one before it stays."""

    def lines(part: Part):  # type: ignore[no-untyped-def]
        yield "fine\n"
        if part.number == 1:
            raise RuntimeError("no more")
        yield "fine\n"

    kind = Kind(suffix=".txt", line_bytes=5, lines=lines)
    with pytest.raises(RuntimeError, match="no more"):
        write_files(kind, tmp_path, files=2, records=4, size=None, seed=0, compression="gz", only=None)
    assert os.listdir(tmp_path) == ["2015-01-01.txt.gz"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either records"),
        ({"records": 1, "size": 1}, "not both"),
        ({"records": -1}, "negative"),
        ({"records": 1, "files": 0}, "between 1 and 365"),
        ({"records": 1, "files": 366}, "between 1 and 365"),
        ({"records": 1, "files": 2, "only": [2]}, "numbered 0 to 1"),
        ({"size": "much"}, "cannot read 'much' as a size"),
        ({"size": 1, "compression": "rar"}, "'gz' or plain"),
    ],
)
def test_wrong_options(tmp_path: Path, options: dict[str, object], message: str) -> None:
    """A call that makes no sense says so before anything is written."""
    with pytest.raises(UsageError, match=message):
        write_events(tmp_path / "x", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes what the function writes and prints the paths."""
    arguments = ["--size", "50 kB", "--files", "2", "--seed", "4", "--dirty", "0.1", "--brief"]
    assert main(["events", str(tmp_path / "a"), *arguments]) == 0
    printed = capsys.readouterr().out.split()
    expected = write_events(tmp_path / "b", size="50 kB", files=2, seed=4, dirty=0.1, brief=True)
    assert contents(printed) == contents(expected)


@pytest.mark.parametrize(
    "arguments",
    [
        ["weblogs", "--records", "1", "--dirty", "0.5"],
        ["timeseries", "--records", "1", "--brief"],
        ["events", "--size", "much"],
    ],
)
def test_command_line_refuses(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What makes no sense ends with status 2 and a message, not a traceback."""
    with pytest.raises(SystemExit) as exit_:
        main([*arguments, str(tmp_path)])
    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_command_line_compression(tmp_path: Path) -> None:
    """Plain files are asked for as none."""
    main(["events", str(tmp_path), "--records", "2", "--files", "1", "--compression", "none"])
    assert os.listdir(tmp_path) == ["2015-01-01.json"]
