"""A computation keeps to its memory limit: all processes and their files in memory, sampled from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

import psutil
import pytest

MIB: Final = 1 << 20
TMPFS: Final = Path("/dev/shm")

RUNNING_SUM = """
import pannier as pn

def make(records):
    return [bytes(1000) + b"%d" % i for i in range(8000)]  # 8 MB

def add(total, record):
    for _ in range(5):  # the carry is slower than what it waits for
        total += len(record)
    return total

if __name__ == "__main__":
    blocks = pn.range(60, npartitions=60).map_partitions(make)
    print(blocks.accumulate(add, 0).count().compute(num_workers=3, memory_limit="256 MiB"))
"""

LEAK = """
import os, time
import pannier as pn

kept = []

def leak(i):
    kept.append(bytearray(b"x") * 30_000_000)
    time.sleep(0.02)
    return os.getpid()

if __name__ == "__main__":
    pids = pn.range(40, npartitions=40).map(leak).compute(num_workers=2, memory_limit="512 MiB")
    print(len(pids))
"""

pytestmark = pytest.mark.skipif(not TMPFS.is_dir(), reason="measures with Linux' means")


class Peaks(NamedTuple):
    """The most bytes that were in use at a time."""

    processes: int
    """Memory of the processes' own, without what they share."""
    files: int
    """Results in memory and in the spill folder."""
    total: int
    """Processes, and files in memory."""
    answer: str
    """What the script printed."""


def size_of_files(folder: Path, pid: int) -> int:
    """Bytes of the files that a computation of process ``pid`` has in ``folder``."""
    size = 0
    for run in folder.glob(f"pannier-{pid}-*"):
        try:
            with os.scandir(run) as entries:
                size += sum(entry.stat().st_size for entry in entries)
        except FileNotFoundError:  # removed meanwhile
            continue
    return size


def size_of_processes(root: psutil.Process) -> int:
    """Bytes that ``root`` and its children have for themselves."""
    size = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            memory = process.memory_info()
        except psutil.NoSuchProcess:
            continue
        size += memory.rss - memory.shared
    return size


def measure(script: str, folder: Path) -> Peaks:
    """The peaks of a Python script whose computations spill to ``folder``, sampled every 5 ms."""
    program = folder / "program.py"
    program.write_text(script)
    environment = {**os.environ, "PANNIER_SPILL_FOLDER": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = files = total = 0
    with subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, text=True, env=environment
    ) as run:
        root = psutil.Process(run.pid)
        while run.poll() is None:
            try:
                own = size_of_processes(root)
            except psutil.NoSuchProcess:
                break
            in_memory = size_of_files(TMPFS, run.pid)
            processes = max(processes, own)
            files = max(files, in_memory + size_of_files(folder, run.pid))
            total = max(total, own + in_memory)
            time.sleep(0.005)
        assert run.stdout is not None
        answer = run.stdout.read().strip()
    assert run.returncode == 0
    return Peaks(processes, files, total, answer)


def test_a_running_sum(tmp_path: Path) -> None:
    """Of 480 MB of blocks that wait for their turn, no more than a quarter of 256 MiB is stored at a time."""
    peaks = measure(RUNNING_SUM, tmp_path)
    assert peaks.answer == "480001"
    assert peaks.files < 96 * MIB  # a block more for each worker: nobody knows what the first ones weigh
    assert peaks.total < 320 * MIB


def test_tasks_that_leak(tmp_path: Path) -> None:
    """40 tasks that leak 30 MB each stay within 512 MiB, since their processes are replaced."""
    peaks = measure(LEAK, tmp_path)
    assert peaks.answer == "40"
    assert peaks.total < 512 * MIB
