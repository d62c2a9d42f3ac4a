"""Memory of several processes, sampled from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import run
from benchmarks.together import Watch

TWO_CHILDREN = """
import subprocess, sys
code = "import time; x = bytearray(50_000_000); x[::4096] = bytes(len(x[::4096])) ; time.sleep(0.5)"
for child in [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]:
    child.wait()
"""
FORKED = """
import os, time
x = b"x" * 100_000_000
if os.fork():
    os.wait()
else:
    time.sleep(0.5)
"""


def test_processes_are_added_up() -> None:
    """Two children of 50 MB hold 100 MB together."""
    each = run([sys.executable, "-c", TWO_CHILDREN], watched=True)
    assert each.together.rss > 100_000_000
    assert each.together.pss > 100_000_000


def test_shared_memory_counts_once() -> None:
    """What parent and child share is in the sum of resident sets twice, in the proportional one once."""
    together = run([sys.executable, "-c", FORKED], watched=True).together
    assert together.rss > 200_000_000
    assert 100_000_000 < together.pss < 150_000_000


def test_files_in_memory_count(tmp_path: Path) -> None:
    """A file in memory that no process has mapped has a number of its own."""
    path = Path(f"/dev/shm/{tmp_path.name}-{os.getpid()}")
    code = f"p = {str(path)!r}; open(p, 'wb').write(bytes(20_000_000)); import time, os; time.sleep(0.4); os.unlink(p)"
    together = run([sys.executable, "-c", code], watched=True).together
    assert together.shm > 15_000_000


def test_nothing_is_watched_unless_asked_for() -> None:
    """Without a watch the numbers are zeros."""
    assert run([sys.executable, "-c", ""]).together.rss == 0


def test_a_watch_outlives_what_it_watches() -> None:
    """A process that ends before the watch does is no error."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.2)"])
    watch = Watch(process.pid, interval=0.01)
    process.wait()
    assert watch.stop().rss > 0
