"""The tools that benchmarks share."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.measure import Run, circumstances, markdown_table, median_ratio, run, take_turns


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_run_is_timed_weighed_and_heard() -> None:
    """A run knows its seconds, on the wall and on the processor, the memory of its largest process, and what it printed."""
    result = run(python("x = bytearray(100_000_000); import time; time.sleep(0.1); print('naïve')"))
    assert result.output == "naïve\n"
    assert result.seconds > 0.1
    assert result.cpu_seconds > 0
    assert result.peak_rss > 100_000_000


def test_memory_of_a_child_counts() -> None:
    """The largest process may be one that the script waited for."""
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'bytearray(100_000_000)'])"
    assert run(python(script)).peak_rss > 100_000_000


def test_scripts_import_the_checkout() -> None:
    """Scripts see the package next to the benchmarks, wherever they are started from."""
    assert run(python("import pannier.sizes; print(pannier.sizes.parse_bytes('1 kB'))")).output == "1000\n"


def test_a_failing_script_is_no_measurement() -> None:
    """A script that fails ends the benchmark."""
    with pytest.raises(subprocess.CalledProcessError):
        run(python("raise SystemExit(3)"))


def test_turns_are_interleaved(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts take turns; each has as many runs as asked for."""
    runs = take_turns({"a": python("print('a')"), "b": python("print('b')")}, repeat=2)
    assert {name: [run.output for run in own] for name, own in runs.items()} == {
        "a": ["a\n", "a\n"],
        "b": ["b\n", "b\n"],
    }
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "1/2 a",
        "1/2 b",
        "2/2 a",
        "2/2 b",
    ]


def test_ratios_are_taken_within_a_turn() -> None:
    """A slow turn of the machine slows both and leaves the ratio alone."""
    ours, base = ([Run(seconds, seconds, 0, "") for seconds in times] for times in ((1, 10, 2), (2, 20, 1)))
    assert median_ratio(ours, base) == 0.5
    assert median_ratio(base, base) == 1


def test_table_lines_up() -> None:
    """Every line of a table has the same width and as many cells."""
    lines = markdown_table(["a", "long header"], [["longer than a", "1"], ["b", "2"]]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert {line.count("|") for line in lines} == {3}


def test_circumstances_name_what_is_installed() -> None:
    """Versions of what is there; nothing of what is not; one line."""
    text = circumstances("pytest", "no-such-distribution")
    assert f"pytest {pytest.__version__}" in text
    assert "no-such-distribution" not in text
    assert "\n" not in text
