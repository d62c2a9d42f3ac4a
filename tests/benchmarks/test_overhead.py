"""The overhead benchmark, at toy size, so that it keeps working."""

from __future__ import annotations

import pytest

from benchmarks import overhead


def test_the_toy_run_prints_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every table has a row for each thing measured."""
    assert overhead.main(["--toy"]) == 0
    out = capsys.readouterr().out
    for row in ("| sync ", "| threads ", "| processes ", "second `.compute()`", "4 readers"):
        assert row in out
