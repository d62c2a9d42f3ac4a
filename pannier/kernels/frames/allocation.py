"""Which allocator Arrow takes the memory of columns from."""

from __future__ import annotations

import os
import sys
from typing import Final

_CHOICE: Final = "ARROW_DEFAULT_MEMORY_POOL"
"""The variable by which Arrow lets its user choose."""
_is_settled = False


def settle_allocator() -> None:
    """Have Arrow use jemalloc, where it has it, unless the user has chosen otherwise.

    Blocks are read and freed by the hundred, and mimalloc, Arrow's own choice, gives pages back and asks for them again
    in between: to be given zeroed pages took longer than to parse a file into them.  jemalloc keeps them for a second.
    Before Arrow is loaded nothing is done, and after the first time neither: each program calls it before it runs.
    """
    global _is_settled
    if _is_settled or "pyarrow" not in sys.modules:
        return
    _is_settled = True
    import pyarrow as pa  # bags, whose plans come by here, do without it

    is_own_choice = _CHOICE not in os.environ and pa.default_memory_pool().backend_name == "mimalloc"
    if is_own_choice and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
