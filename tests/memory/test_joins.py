"""A join takes the memory of its records, not of their matches."""

from __future__ import annotations

import subprocess
import sys

import pytest

PEAK = """
import sys
import pannier as pn
def peak():  # KiB
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
broadcast, how = sys.argv[1] == "True", sys.argv[2]
def count(own, other):
    return own.join(other, how=how, broadcast=broadcast).count().compute(scheduler="sync", memory_limit="256 MiB")
pn.config.set(shm_bytes=0)  # files, so that all that grows is what the join holds
few = pn.range(10, npartitions=2).map(lambda x: ("hot", x))
count(few, few)
before = peak()
"""

PRODUCT = (
    PEAK
    + """
many = pn.range(2000, npartitions=4).map(lambda x: ("hot", x))
print(count(many, many), (peak() - before) // 1024)
"""
)

LARGE = (
    PEAK
    + """
large = pn.range(200_000, npartitions=4).map(lambda x: ("hot", f"{x:01000}"))
print(count(large, few), (peak() - before) // 1024)
"""
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with Linux' means")


def run(script: str, broadcast: bool, how: str) -> tuple[int, int]:
    """Records, and MiB that joining added to the peak of a process."""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(broadcast), how],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    records, growth = map(int, ended.stdout.split())
    return records, growth


@pytest.mark.parametrize(
    ("how", "broadcast"), [("inner", True), ("inner", False), ("left", True), ("outer", False)]
)
def test_a_key_that_is_frequent_on_both_sides(how: str, broadcast: bool) -> None:
    """4,000,000 matches, which as a list would take more than 400 MiB, add less than 48 to a process."""
    records, growth = run(PRODUCT, broadcast, how)
    assert records == 4_000_000
    assert growth < 48


@pytest.mark.parametrize(("how", "records"), [("inner", 2_000_000), ("anti", 0)])
def test_this_bag_streams(how: str, records: int) -> None:
    """200 MB of records of one key are shuffled and joined in less memory than they take."""
    found, growth = run(LARGE, False, how)
    assert found == records
    assert growth < 160
