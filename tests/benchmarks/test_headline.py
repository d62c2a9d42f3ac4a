"""The headline benchmark, at toy size, so that it keeps working."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import headline
from benchmarks.measure import Run


def answer(*pairs: tuple[str, int]) -> Run:
    return Run(1.0, 1.0, 0, json.dumps(pairs))


def test_answers_may_differ_among_ties_for_last_place() -> None:
    """Order is free, and so is which of the tied names made it; nothing else is."""
    reference = answer(("a", 3), ("b", 2), ("c", 1))
    assert headline.same_top(answer(("b", 2), ("a", 3), ("d", 1)), reference)
    assert not headline.same_top(answer(("a", 3), ("x", 2), ("c", 1)), reference)
    assert not headline.same_top(answer(("a", 3), ("b", 2)), reference)
    assert not headline.same_top(answer(("a", 3), ("b", 2), ("c", 2)), reference)
    assert not headline.same_top(answer(), reference)


def test_data_is_made_once(tmp_path: Path) -> None:
    """A folder that has the data is used as it is; another size is other data."""
    pattern = headline.make_data(tmp_path, 10_000)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")}
    assert len(before) == headline.FILES
    assert headline.make_data(tmp_path, 10_000) == pattern
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")} == before
    assert headline.make_data(tmp_path, 20_000) != pattern


def test_a_wrong_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 1 and the script that is wrong is named when answers differ."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("print('[[\"nobody\", 1]]')")
    monkeypatch.setattr(headline, "OURS", {"liar": str(wrong)})
    monkeypatch.setattr(headline, "PEERS", {headline.POOL: "pool.py", headline.DASK: "pool.py"})
    assert headline.main(["--size", "100 kB", "--repeat", "1", "--folder", str(tmp_path)]) == 1
    assert "wrong answer: liar" in capsys.readouterr().err


def test_toy(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole benchmark runs on a little data, all answers agree, and every script has its row."""
    assert headline.main(["--toy"]) == 0
    rows = capsys.readouterr().out.splitlines()
    for name in (headline.POOL, *headline.OURS):
        assert any(row.startswith(f"| {name}") for row in rows)
