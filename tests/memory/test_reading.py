"""Reading takes the same memory whatever the size of the file."""

from __future__ import annotations

import functools
import gzip
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

SCRIPT = """
import resource, sys
from pannier.io.text import text_source
source = text_source(sys.argv[1])
def peak():  # KiB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = peak()
lines = 0
for part in source.parts:
    for batch in source.reader(part):
        lines += len(batch.records)
print(lines, len(source.parts), (peak() - before) // 1024)
"""

LINE = b'{"id": 12345, "type": "PushEvent", "actor": {"login": "someone"}, "payload": "%b"}\n' % (b"x" * 900)
"""About 1 kB, which compresses to almost nothing."""

LINES = 400_000

OPEN = {".json.gz": functools.partial(gzip.open, compresslevel=1), ".json.zst": zstandard.open, ".json": open}


def read(path: Path) -> tuple[int, int, int]:
    """Lines, partitions, and MiB that reading added to the peak of a fresh process."""
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True, timeout=100
    )
    lines, partitions, growth = map(int, run.stdout.split())
    return lines, partitions, growth


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".json.gz", ".json.zst", ".json"])
def test_a_large_file_streams(tmp_path, suffix):
    """400 MB of lines, from a few MB of file or in blocks, add less than 64 MiB to a process."""
    path = tmp_path / f"large{suffix}"
    with OPEN[suffix](path, "wb") as file:
        for _ in range(LINES // 1000):
            file.write(LINE * 1000)
    lines, partitions, growth = read(path)
    assert lines == LINES
    assert partitions == (6 if suffix == ".json" else 1)
    assert growth < 64


@pytest.mark.slow
def test_a_long_line_takes_no_more_than_its_size_a_few_times(tmp_path):
    """One line of 64 MB among short ones takes less than 8 times its size."""
    path = tmp_path / "long.txt.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"short\n" * 1000 + b"x" * 64_000_000 + b"\n" + b"short\n" * 1000)
    lines, _, growth = read(path)
    assert lines == 2001
    assert growth < 512
