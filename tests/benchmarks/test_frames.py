"""The benchmarks of frames at toy size: answers agree, and one that is wrong is an error."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import frame_groups, frame_joins, frame_out_of_core, frame_plans, frames
from benchmarks.frame_answers import summary

LIAR = """
import json, pathlib, sys
if sys.argv[1] in ("csv", "parquet"):
    pathlib.Path(sys.argv[3]).write_text(json.dumps({"1": 0.5}), encoding="utf-8")
print("1 nothing")
"""


@pytest.mark.parametrize(
    ("benchmark", "rows"),
    [(frames, frames.MEANS), (frame_groups, frame_groups.ALL), (frame_joins, frame_joins.QUESTIONS)],
    ids=["frames", "frame_groups", "frame_joins"],
)
def test_toy(benchmark: ModuleType, rows: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """All answers agree, and every script, or every question, has its row."""
    left_out = ["dask", "DuckDB"]  # starting them takes as long as all others together
    assert benchmark.main(["--toy", "--leave-out", *left_out]) == 0
    printed = capsys.readouterr().out.splitlines()
    for name in rows:
        if not name.startswith(tuple(left_out)):
            assert any(row.startswith(f"| {name} ") for row in printed)


@pytest.mark.parametrize(
    ("benchmark", "table", "own"),
    [
        (frames, "MEANS", "pannier_mean.py"),
        (frame_groups, "ENGINES", "groups_pannier.py"),
        (frame_joins, "ENGINES", "joins_pannier.py"),
    ],
    ids=["frames", "frame_groups", "frame_joins"],
)
def test_a_wrong_answer_is_an_error(
    benchmark: ModuleType,
    table: str,
    own: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The status is 1 and the script that is wrong is named when answers differ."""
    liar = tmp_path / "liar.py"
    liar.write_text(LIAR)
    monkeypatch.setattr(benchmark, table, {"pannier": own, "liar": str(liar)})
    assert benchmark.main(["--toy"]) == 1
    errors = capsys.readouterr().err
    assert "wrong answer" in errors
    assert "liar says" in errors


@pytest.mark.parametrize(
    ("keys", "values"),
    [([1, 2], [5, 6]), ([1, 2, 3], [6, 5, 7]), ([1, 2, 3], [5, 6, 8])],
    ids=["a row less", "rows of others", "another value"],
)
def test_answers_that_differ_have_other_summaries(keys: list[int], values: list[int]) -> None:
    """A summary tells answers apart by their rows, their values, and by which are beside which."""
    assert summary(keys, values) != summary([1, 2, 3], [5, 6, 7])
    assert summary([3, 1, 2], [7, 5, 6]) == summary([1, 2, 3], [5, 6, 7])


def test_toy_plans(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a row for what is imported and one for each step of making a graph."""
    assert frame_plans.main(["--toy"]) == 0
    printed = capsys.readouterr().out.splitlines()
    for name in (*frame_plans.IMPORTS, "building", "optimizing and lowering"):
        assert any(row.startswith(f"| {name} ") for row in printed)


def test_toy_out_of_core(capsys: pytest.CaptureFixture[str]) -> None:
    """Right, and within the limit."""
    assert frame_out_of_core.main(["--toy"]) == 0
    assert "right |" in capsys.readouterr().out.splitlines()[-1]


def test_too_much_memory_and_wrong_files_are_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status is 1, and what was held and what is wrong is said."""
    script = tmp_path / "nothing.py"
    script.write_text("print('nothing')")
    monkeypatch.setattr(frame_out_of_core, "SCRIPT", script)
    monkeypatch.setattr(frame_out_of_core, "MARGIN", 0.0)
    assert frame_out_of_core.main(["--toy"]) == 1
    errors = capsys.readouterr().err
    assert "wrong answer: 0 0.0, not 40000 " in errors
    assert "were held under a limit of 512 MiB" in errors
