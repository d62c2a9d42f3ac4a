"""The benchmark of delayed calls, at toy size, so that it keeps working."""

from __future__ import annotations

import sys

from benchmarks.measure import run


def test_the_toy_run_prints_every_table() -> None:
    """Every table has a row for each thing measured."""
    # In a process of its own: dask changes for all of a process how exceptions are pickled.
    out = run([sys.executable, "-m", "benchmarks.delayed", "--toy"]).output
    for row in ("| chain |     build |", "| fan   | processes |", "bytes sent to workers"):
        assert row in out
