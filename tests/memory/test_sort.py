"""A sort takes no more than its share of memory, whatever it sorts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
import pannier as pn

RECORDS, HOT = 640_000, int(sys.argv[2])

def record(i):
    key = i * 7_368_787 % RECORDS
    return (0 if key < HOT else key), f"{i:0100}"

def in_order(pairs):
    first = last = None
    n = 0
    for n, pair in enumerate(pairs, 1):
        assert last is None or last < pair  # the text is the number in the bag, so this is stability too
        first, last = first or pair, pair
    return [(n, first, last)]

def peak():  # MiB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024

def run(n):
    bag = pn.range(n, npartitions=16).map(record).sort_by(0, npartitions=2)
    return bag.map_partitions(in_order).compute(scheduler="sync", memory_limit=sys.argv[1])

run(1000)
before = peak()
parts = run(RECORDS)
assert sum(n for n, _, _ in parts) == RECORDS, parts
assert all(n for n, _, _ in parts) and parts[0][2] < parts[1][1]
print(peak() - before)
"""
LIMIT = 48
"""MiB; the records take some 150."""


@pytest.mark.parametrize("hot", [0, 600_000])
def test_a_sort_of_more_than_the_limit(tmp_path: Path, hot: int) -> None:
    """150 MB under a limit of 48 MiB, in two partitions, also if nearly all records have one key."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, f"{LIMIT} MiB", str(hot)],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
        env={"PANNIER_SPILL_FOLDER": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < LIMIT
    assert list(tmp_path.iterdir()) == []
