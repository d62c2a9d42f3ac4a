"""Which allocators the memory of blocks comes from, and how long they keep what is freed."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

_CHOICE: Final = "ARROW_DEFAULT_MEMORY_POOL"
"""The variable by which Arrow lets its user choose."""
_TUNED: Final = (
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_ARENA_MAX",
    "GLIBC_TUNABLES",
)
"""The variables by which glibc lets its user choose: https://man7.org/linux/man-pages/man3/mallopt.3.html"""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_KEPT: Final = 128 << 20
"""Bytes freed at the end of a heap that glibc keeps, instead of twice the largest block that has been freed."""
_MAPPED: Final = 32 << 20
"""Bytes from which on a block is the system's own, given back once it is freed; the most that glibc allows."""
_SHARING: Final = 4
"""Processors, one thread on each, that share a heap: what one thread frees, another then takes."""
_is_settled = False


def settle_allocators() -> None:
    """Have Arrow and the C library keep what blocks have freed for the next ones, unless the user has chosen otherwise.

    Blocks are read and freed by the hundred.  To be given zeroed pages in between took longer than to parse a file into
    them.  mimalloc, Arrow's own choice, gives pages back at once, where jemalloc keeps them for a second; glibc does
    when the buffers of pandas' parser are freed, which are its last.
    Before Arrow is loaded nothing is done, and after the first time neither: each program calls it before it runs.
    """
    global _is_settled
    if _is_settled or "pyarrow" not in sys.modules:
        return
    _is_settled = True
    _settle_arrow()
    if not any(name in os.environ for name in _TUNED):
        _settle_c()


def _settle_arrow() -> None:
    import pyarrow as pa  # bags, whose plans come by here, do without it

    is_own_choice = _CHOICE not in os.environ and pa.default_memory_pool().backend_name == "mimalloc"
    if is_own_choice and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def _settle_c() -> None:
    import ctypes  # workers of bags come without it

    with contextlib.suppress(AttributeError, OSError):  # other C libraries have no such function
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _MAPPED)  # or else the first block sets it, and with it what is kept
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_ARENA_MAX, max(1, (os.cpu_count() or 1) // _SHARING))
