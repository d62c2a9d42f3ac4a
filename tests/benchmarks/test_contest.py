"""What contests of scripts have in common: who takes part, the table, and whether the answers agree."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from benchmarks import contest
from benchmarks.answers import digest
from benchmarks.contest import DASK, PYSPARK, Options, compete, table, why_not, wrong_answers
from benchmarks.measure import Peak, Run


def options(**given: object) -> Options:
    default = {"toy": True, "repeat": 2, "slow_repeat": 1, "folder": None, "leave_out": []}
    return Options(**(default | given))  # type: ignore[arg-type]


def answer(seconds: float, output: str = "yes") -> Run:
    return Run(seconds, seconds, 1 << 20, output, Peak(3 << 20, 2 << 20, 1 << 20))


def test_scripts_take_turns_and_slow_ones_fewer(capsys: pytest.CaptureFixture[str]) -> None:
    """Each script runs as often as asked for; dask.bag has a number of its own."""
    runs = compete({"ours": ["-c", "print(1)"], DASK: ["-c", "print(1)"]}, options())
    assert {name: len(own) for name, own in runs.items()} == {"ours": 2, DASK: 1}
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "1/2 ours",
        f"1/2 {DASK}",
        "2/2 ours",
        "ours",
        DASK,
    ]
    assert wrong_answers(runs) == 0


def test_who_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A script that does not run has no row, and why is on stderr."""
    assert list(compete({"a": ["-c", ""], "b": ["-c", ""]}, options(repeat=1, leave_out=["b"]))) == ["a"]
    assert "b is left out: as asked" in capsys.readouterr().err


def test_peers_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySpark needs its package and Java; pannier needs nothing."""
    monkeypatch.setattr(contest, "is_installed", lambda distribution: distribution != "pyspark")
    assert why_not(f"{PYSPARK} join") == "pyspark is not installed"
    monkeypatch.setattr(contest, "is_installed", lambda distribution: True)
    monkeypatch.setattr(shutil, "which", lambda command: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert why_not(f"{PYSPARK} join") == "there is no Java"
    assert why_not("pannier join") == ""


def test_ratios_are_to_the_first_script_in_the_same_turn() -> None:
    """A script that ran in fewer turns is compared within those."""
    runs = {"ours": [answer(1), answer(4)], "slow": [answer(5)], "even": [answer(1), answer(4)]}
    rows = {row.split("|")[1].strip(): row.split("|")[4].strip() for row in table(runs).splitlines()[2:]}
    assert rows == {"ours": "1.00", "slow": "5.00", "even": "1.00"}
    assert "2.0 MiB (1.0 MiB)" in table(runs)


def test_wrong_answers_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Each run that says something else than the first."""
    assert wrong_answers({"ours": [answer(1)], "theirs": [answer(1), answer(1, "no")]}) == 1
    assert "wrong answer: theirs says no, not yes" in capsys.readouterr().err


def test_what_files_say_stands_for_the_output(tmp_path: Path) -> None:
    """A script that writes files is judged by them."""
    path = tmp_path / "file"
    script = ["-c", f"open({str(path)!r}, 'a').write('x')"]
    runs = compete({"ours": script}, options(), after=path.read_text)
    assert [each.output for each in runs["ours"]] == ["x", "xx"]


def test_memory_is_of_a_run_of_its_own(tmp_path: Path) -> None:
    """Each script runs once more than there are turns, and is sampled then; what is left of a run is looked after."""
    path, count = tmp_path / "file", itertools.count(1)
    script = [
        "-c",
        f"open({str(path)!r}, 'x').close(); b = bytearray(50_000_000); import time; time.sleep(0.2)",
    ]

    def cleared() -> str:
        path.unlink()
        return str(next(count))

    runs = compete({"ours": script}, options(), after=cleared)
    assert [each.output for each in runs["ours"]] == ["1", "2"]
    assert next(count) == 4
    assert [each.together.rss > 50_000_000 for each in runs["ours"]] == [False, True]


def test_a_digest_knows_no_order() -> None:
    """Rows in any order, as tuples or lists, have one digest; other rows have another."""
    assert digest([("a", 1), ("b", 2)]) == digest(iter([["b", 2], ["a", 1]]))
    assert digest([("a", 1)]) != digest([("a", 1), ("a", 1)])
    assert digest([("a", 1)]) != digest([("a", 2)])
