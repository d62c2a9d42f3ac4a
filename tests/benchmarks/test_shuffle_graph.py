"""The cost of a shuffle's graph, at toy size."""

from __future__ import annotations

import pytest

from benchmarks import shuffle_graph


def test_toy(capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each size; edges grow with partitions, not with their square."""
    assert shuffle_graph.main(["--toy", "--leave-out", "dask"]) == 0
    rows = [row for row in capsys.readouterr().out.splitlines() if row.startswith("| pannier")]
    edges = [int(row.split("|")[6].replace(",", "")) for row in rows]
    assert edges == [2 * 20, 2 * 40]


def test_a_wrong_answer_is_an_error() -> None:
    """All keys, each with the sum of its numbers."""
    shuffle_graph.check([(0, sum(range(0, 20, 2))), (1, sum(range(1, 20, 2)))], 2)
    with pytest.raises(AssertionError):
        shuffle_graph.check([(0, 90)], 2)
