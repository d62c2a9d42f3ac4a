"""Which allocators are used once frames are there, and what they keep."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pyarrow as pa
import pytest

SCRIPT = """
import pyarrow as pa
{before}
import pannier as pn
pn.DataFrame
print(pa.default_memory_pool().backend_name)
"""

needs_jemalloc = pytest.mark.skipif(
    "jemalloc" not in pa.supported_memory_backends(), reason="this build of Arrow has no jemalloc"
)
needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")


def allocator(before: str = "", **variables: str) -> str:
    """The name of the allocator, in a process of its own, after frames are loaded."""
    return printed(SCRIPT.format(before=before), **variables)


def printed(script: str, **variables: str) -> str:
    chosen = ("ARROW_DEFAULT_MEMORY_POOL", "MALLOC_", "GLIBC_TUNABLES")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(chosen)}
    return subprocess.check_output([sys.executable, "-c", script], env=plain | variables, text=True).strip()


@needs_jemalloc
def test_frames_settle_on_jemalloc() -> None:
    """Where nobody has chosen an allocator, Arrow's columns come from jemalloc."""
    assert allocator() == "jemalloc"


@needs_jemalloc
def test_the_variable_of_arrow_is_obeyed() -> None:
    """Whoever names an allocator by Arrow's own variable gets it, mimalloc too."""
    assert allocator(ARROW_DEFAULT_MEMORY_POOL="mimalloc") == "mimalloc"


@needs_jemalloc
def test_a_pool_that_was_set_stays() -> None:
    """A pool that the script has set before is left alone."""
    assert allocator("pa.set_memory_pool(pa.system_memory_pool())") == "system"


@needs_jemalloc
def test_workers_settle_on_jemalloc() -> None:
    """A worker process does, too, before the first block is made in it."""
    script = """
import pandas as pd, pyarrow as pa
import pannier as pn
df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
named = df.map_partitions(lambda part: part.assign(name=pa.default_memory_pool().backend_name))
print(named.compute(scheduler="processes", num_workers=1).name.tolist())
"""
    assert printed(script) == "['jemalloc', 'jemalloc']"


@needs_glibc
def test_threads_share_heaps() -> None:
    """Blocks of many threads are in few heaps: one for four processors, and one that a library has made before."""
    script = """
import ctypes, os, threading
import pannier as pn
pn.DataFrame
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
with open("/proc/self/maps") as file:
    low, high = (int(end, 16) for line in file if "[heap]" in line for end in line.split()[0].split("-"))
heaps, all_there = set(), threading.Barrier(40)
def allocate():
    place = libc.malloc(100_000)
    all_there.wait()
    heaps.add("process" if low <= place < high + (64 << 20) else place >> 26)
threads = [threading.Thread(target=allocate) for _ in range(40)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(heaps) <= max(1, os.cpu_count() // 4) + 1)
"""
    assert printed(script) == "True"
    assert printed(script, MALLOC_ARENA_MAX="100") == "False"


def kept(blocks: int, **variables: str) -> int:
    """MiB that a process still has of ``blocks`` of 18 MiB, once they are freed."""
    script = f"""
import os
import pannier as pn
pn.DataFrame
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
del [b"x" * (18 << 20)][:]
before = resident()
blocks = [b"x" * (18 << 20) for _ in range({blocks})]
del blocks
print((resident() - before) >> 20)
"""
    return int(printed(script, **variables))


@needs_glibc
def test_what_blocks_have_freed_is_kept() -> None:
    """The buffers of one block are there for the next one; of many not more than 128 MiB are kept."""
    assert kept(3) >= 30
    assert kept(16) <= 128


@needs_glibc
def test_the_variables_of_glibc_are_obeyed() -> None:
    """Whoever says what glibc is to keep has it so."""
    assert kept(3, MALLOC_TRIM_THRESHOLD_="131072") <= 1
    assert kept(3, GLIBC_TUNABLES="glibc.malloc.trim_threshold=131072") <= 1
