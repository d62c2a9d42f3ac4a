"""The benchmarks of groups, with and without deaths and limits, at toy size."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import groups, kills, out_of_core
from benchmarks.answers import digest

PEERS = ["--leave-out", "PySpark", "dask"]


def events_of(pattern: str) -> list[dict[str, str]]:
    folder, name = Path(pattern).parent, Path(pattern).name
    return [
        json.loads(line)
        for path in sorted(folder.glob(name))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


def test_data_is_made_once(tmp_path: Path) -> None:
    """All files of it, as many records as asked for; brief and full events are different data."""
    pattern = groups.make_events(tmp_path, 100)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")}
    assert len(before) == groups.FILES
    assert len(events_of(pattern)) == 100
    assert groups.make_events(tmp_path, 100) == pattern
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")} == before
    assert groups.make_events(tmp_path, 100, brief=False) != pattern


def test_toy_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """All answers agree, and every script that takes part has its row."""
    assert groups.main(["--toy", *PEERS]) == 0
    rows = capsys.readouterr().out.splitlines()
    for name in ("pannier groupby", *groups.COUNTED):
        assert any(row.startswith(f"| {name} ") for row in rows)


def test_a_wrong_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 1 and the script that is wrong is named when answers differ."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("print('nothing')")
    monkeypatch.setattr(groups, "GROUPED", {"pannier groupby": "pannier_groupby.py", "liar": str(wrong)})
    monkeypatch.setattr(groups, "COUNTED", {"pannier frequencies": "pannier_frequencies.py"})
    assert groups.main(["--toy"]) == 1
    assert "wrong answer: liar" in capsys.readouterr().err


def test_what_is_right_out_of_core_is_known(tmp_path: Path) -> None:
    """Groups and sums found without reading are those of the events."""
    numbers = [event["id"] for event in events_of(groups.make_events(tmp_path, 1001, brief=False))]
    sums = Counter[str]()
    for number in numbers:
        sums[number[-4:]] += int(number)
    lengths = Counter(number[-4:] for number in numbers)
    assert out_of_core.grouped(1001) == digest((key, lengths[key], sums[key]) for key in sums)
    assert out_of_core.summed(1001) == f"1001 {sum(map(int, numbers))}"


def test_toy_out_of_core(capsys: pytest.CaptureFixture[str]) -> None:
    """Right, and within the limit."""
    assert out_of_core.main(["--toy"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert sum("| right |" in row.replace("  ", " ") for row in rows) == 2


def test_too_much_memory_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 1 and the script that held it is named, and so is one that is wrong."""
    for name in ("pannier_groupby.py", "pannier_sort.py"):
        # long enough for its memory to be looked at
        (tmp_path / name).write_text("import time\ntime.sleep(0.5)\nprint('nothing')")
    monkeypatch.setattr(out_of_core, "SCRIPTS", tmp_path)
    monkeypatch.setattr(out_of_core, "MARGIN", 0.0)
    assert out_of_core.main(["--size", "100 kB", "--folder", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert "pannier_sort.py held" in errors
    assert "wrong answer: pannier_groupby.py says nothing" in errors


def test_toy_kills(capsys: pytest.CaptureFixture[str]) -> None:
    """Workers die, and the answer is right all the same."""
    assert kills.main(["--toy"]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    assert int(row.split("|")[3]) > 0
