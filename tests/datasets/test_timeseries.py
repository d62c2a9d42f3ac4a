"""What the made-up timeseries promise."""

from __future__ import annotations

import csv
import hashlib
from datetime import date, datetime
from itertools import pairwise

import pytest

from pannier.datasets import timeseries_lines


def test_lines_never_change() -> None:
    """The data of a seed is pinned, to the last digit."""
    pinned = "2961d6efba56350c25a3cd34b3ddc7a250ceabf42e404b212ed8f44c97375954"
    assert hashlib.sha256("".join(timeseries_lines(2_000)).encode()).hexdigest() == pinned


def test_seeds_differ() -> None:
    """Another seed makes other rows under the same header."""
    ours, theirs = list(timeseries_lines(100, seed=1)), list(timeseries_lines(100, seed=2))
    assert ours[0] == theirs[0]
    assert not set(ours[1:]) & set(theirs[1:])


def test_rows() -> None:
    """The header names the columns; times advance through the day; values keep to their ranges."""
    rows = list(csv.DictReader(timeseries_lines(5_000)))
    assert list(rows[0]) == ["timestamp", "id", "name", "x", "y"]
    assert len(rows) == 5_000
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert all(a < b for a, b in pairwise(times))
    assert {time.date() for time in times} == {date(2015, 1, 1)}
    assert times[-1].hour == 23
    assert len({row["name"] for row in rows}) == 26
    assert all(-1 <= float(row["x"]) <= 1 and abs(float(row["y"])) < 5 for row in rows)
    assert sum(int(row["id"]) for row in rows) / len(rows) == pytest.approx(1000, abs=3)


def test_no_rows() -> None:
    """A table without rows still has its header."""
    assert list(timeseries_lines(0)) == ["timestamp,id,name,x,y\n"]
