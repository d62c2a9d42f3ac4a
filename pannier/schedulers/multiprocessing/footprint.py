"""What a process has resident, and how it gives back what it does not use.

A worker that has freed its objects may still hold their memory: cycles wait for the collector, and an allocator
keeps pages that it has once been given, above all behind a small block that lives.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable
from typing import Any, Final

WEIGH_SECONDS: Final = 0.1
"""Between two looks at a process: a look takes some 10 us."""
LEAST_SHARE: Final = 128 << 20
"""No process is found too large below this: Python with pandas and pyarrow takes most of it."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int | None:
    """Bytes of memory that process ``pid`` has for itself alone; None where the system does not tell.

    Files that it has mapped, such as stored results, are not its own.

    >>> resident(os.getpid()) > 1 << 20
    True
    """
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:
            _, pages, shared, *_ = file.read().split()
    except OSError:
        return None
    return (int(pages) - int(shared)) * _PAGE


def give_back() -> None:
    """Return what this process does not use to the system, as far as it can be returned."""
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], Any]:
    """The function malloc_trim of glibc, which returns free pages from anywhere in the heap; elsewhere a stand-in."""
    import ctypes  # only processes that have grown need it

    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return int


class Diet:
    """Keeps this process within ``share`` bytes between its tasks, as far as giving back helps."""

    def __init__(self, share: int) -> None:
        self._allowed = max(share, LEAST_SHARE)
        self.next_look = 0.0
        """When to call :meth:`look` again."""

    def look(self, now: float, let_go: Callable[[], None]) -> None:
        """If the process is too large, let it go of what it keeps for convenience, and give memory back.

        What remains is the least that it can do with; the next time is when it has grown by a half.
        """
        self.next_look = now + WEIGH_SECONDS
        size = resident(os.getpid())
        if size is not None and size > self._allowed:
            let_go()
            give_back()
            self._allowed = max(self._allowed, _grown(resident(os.getpid()) or 0))


class Scales:
    """Weighs the workers of one place against their ``share``, in bytes.

    A worker that is too large, though it has given back what it could, is to be replaced.  If the one that takes its
    place is too large from its first tasks on, that is what they need, and it may grow by a half: replacing it again
    and again would help nobody.
    """

    def __init__(self, share: int) -> None:
        self._share = max(share, LEAST_SHARE)
        self._allowed = self._share
        self._is_replacement = False
        self._next_look = 0.0

    def is_too_large(self, pid: int, now: float) -> bool:
        """Whether the worker ``pid``, which has just ended a task, is to be replaced."""
        if now < self._next_look:
            return False
        self._next_look = now + WEIGH_SECONDS
        size = resident(pid) or 0
        if self._is_replacement:
            self._allowed = max(self._share, _grown(size))
            self._is_replacement = False
        return size > self._allowed

    def replaced(self) -> None:
        """The worker was replaced."""
        self._is_replacement = True
        self._next_look = 0.0


def _grown(size: int) -> int:
    return size + size // 2
