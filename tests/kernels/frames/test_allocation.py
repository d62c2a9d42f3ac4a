"""Which allocator Arrow uses once frames are there."""

from __future__ import annotations

import os
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

pytestmark = pytest.mark.skipif(
    "jemalloc" not in pa.supported_memory_backends(), reason="this build of Arrow has no jemalloc"
)


def allocator(before: str = "", **variables: str) -> str:
    """The name of the allocator, in a process of its own, after frames are loaded."""
    return printed(SCRIPT.format(before=before), **variables)


def printed(script: str, **variables: str) -> str:
    plain = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    return subprocess.check_output([sys.executable, "-c", script], env=plain | variables, text=True).strip()


def test_frames_settle_on_jemalloc() -> None:
    """Where nobody has chosen an allocator, Arrow's columns come from jemalloc."""
    assert allocator() == "jemalloc"


def test_the_variable_of_arrow_is_obeyed() -> None:
    """Whoever names an allocator by Arrow's own variable gets it, mimalloc too."""
    assert allocator(ARROW_DEFAULT_MEMORY_POOL="mimalloc") == "mimalloc"


def test_a_pool_that_was_set_stays() -> None:
    """A pool that the script has set before is left alone."""
    assert allocator("pa.set_memory_pool(pa.system_memory_pool())") == "system"


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
