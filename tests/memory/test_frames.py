"""A shuffle of frames on threads takes no more than its share of memory, wherever its pieces are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
import numpy as np
import pandas as pd
import pannier as pn

PARTS, ROWS = 24, 250_000

def part(i):
    k = (np.arange(ROWS) + i * ROWS) * 7_368_787 % (PARTS * ROWS)
    return pd.DataFrame({"k": k, "v": k + 0.5, "w": k % 7, "x": -k})

def shape(block):
    assert (block.v == block.k + 0.5).all() and (block.x == -block.k).all()
    return pd.DataFrame({"rows": [len(block)], "total": [block.k.sum()]})

def peak():  # MiB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024

def run(parts):
    meta = pd.DataFrame({"rows": [0], "total": [0]})
    moved = pn.from_map(part, range(parts)).shuffle("k", npartitions=24).map_partitions(shape, meta=meta)
    return moved.compute(scheduler=sys.argv[1], num_workers=2, memory_limit=sys.argv[2])

run(2)
before = peak()
shapes = run(PARTS)
n = PARTS * ROWS
assert (shapes.rows.sum(), shapes.total.sum()) == (n, n * (n - 1) // 2), shapes
print(peak() - before)
"""
LIMIT = 128
"""MiB; the rows take 192."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with Linux' means")


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_a_shuffle_of_more_than_the_limit(tmp_path: Path, scheduler: str) -> None:
    """192 MB under a limit of 128 MiB: a sixteenth of it has pieces, the others are in files."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, scheduler, f"{LIMIT} MiB"],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
        env={**os.environ, "PANNIER_SPILL_FOLDER": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < LIMIT
    assert list(tmp_path.iterdir()) == []
