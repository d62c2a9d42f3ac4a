"""Which allocator Arrow takes the memory of columns from."""

from __future__ import annotations

import os
from typing import Final

import pyarrow as pa

_CHOICE: Final = "ARROW_DEFAULT_MEMORY_POOL"
"""The variable by which Arrow lets its user choose."""


def settle_allocator() -> None:
    """Have Arrow use jemalloc, where it has it, unless the user has chosen otherwise.

    Blocks are read and freed by the hundred, and mimalloc, Arrow's own choice, gives pages back and asks for them again
    in between: to be given zeroed pages took longer than to parse a file into them.  jemalloc keeps them for a second.
    """
    is_own_choice = _CHOICE not in os.environ and pa.default_memory_pool().backend_name == "mimalloc"
    if is_own_choice and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
