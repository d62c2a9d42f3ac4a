"""Types that all partitions have together are found without keeping these."""

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

PARTS, ROWS, WIDTH = 24, 50_000, 32
RIGHT = pd.DataFrame({"k": np.arange(1, 7), "r": np.arange(1, 7)})

def part(i):
    columns = {f"x{j}": np.full(ROWS, j + 0.5) for j in range(WIDTH)}
    return pd.DataFrame({"k": np.full(ROWS, 0 if i == PARTS - 1 else 1 + i % 6), **columns})

def peak():  # MiB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024

def texts(parts):
    frame = pn.from_map(part, parts).merge(RIGHT, how="left", on="k")
    if sys.argv[2] == "astype":
        counts = frame.astype({"r": str}).map_partitions(lambda block: block.r.value_counts(), meta=COUNTS)
        return set(counts.compute(scheduler=sys.argv[1]).index)
    paths = frame.to_csv(f"{sys.argv[3]}/{len(parts)}", columns=["r"], index=False, header=False, scheduler=sys.argv[1])
    return {line.strip() for path in paths for line in open(path)} - {'""'}

pn.config.set(num_workers=2)
COUNTS = pd.Series([1], pd.Index(["1"], name="r"), name="count")
texts([0, PARTS - 1])
before = peak()
found = texts(range(PARTS))
assert found == {f"{i}.0" for i in range(1, 7)}, found
print(peak() - before)
"""
LIMIT = 128
"""MiB; the rows take 320."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with Linux' means")


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
@pytest.mark.parametrize("step", ["astype", "to_csv"])
def test_texts_of_whole_numbers_with_gaps(tmp_path: Path, scheduler: str, step: str) -> None:
    """All partitions are made before the first text, since the last alone has gaps; none waits for it in memory."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, scheduler, step, str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < LIMIT
