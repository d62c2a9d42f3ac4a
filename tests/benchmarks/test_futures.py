"""The benchmark of futures, at toy size, so that it keeps working."""

from __future__ import annotations

import sys

from benchmarks.measure import run


def test_the_toy_run_prints_every_pool() -> None:
    """The table has a row for each pool."""
    out = run([sys.executable, "-m", "benchmarks.futures", "--toy"]).output
    for row in ("| pn.Client ", "| ProcessPoolExecutor ", "| loky ", "| distributed "):
        assert row in out
