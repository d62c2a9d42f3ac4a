"""What a process has resident, and how it gives back what it does not use.

A worker that has freed its objects may still hold their memory: cycles wait for the collector, and an allocator
keeps pages that it has once been given, above all behind a small block that lives.
"""

from __future__ import annotations

import functools
import gc
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

WEIGH_SECONDS: Final = 0.02
"""Between two looks at a process: a look takes some 15 us."""
LEAST_SHARE: Final = 128 << 20
"""No process is found too large below this: Python with pandas and pyarrow takes most of it."""
_STATUS: Final = re.compile(rb"^(VmHWM|RssFile|RssShmem):\s*(\d+) kB", re.MULTILINE)
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


def take_peak() -> int:
    """The most bytes that this process has had for itself since the last call; 0 where the system does not tell."""
    try:
        with open("/proc/self/status", "rb", buffering=0) as file:
            status = file.read()
        with open("/proc/self/clear_refs", "wb", buffering=0) as file:
            file.write(b"5")  # https://docs.kernel.org/filesystems/proc.html: the peak starts anew
    except OSError:
        return 0
    kib = {name: int(value) for name, value in _STATUS.findall(status)}
    return max(0, kib.get(b"VmHWM", 0) - kib.get(b"RssFile", 0) - kib.get(b"RssShmem", 0)) << 10


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

    def look(self, now: float, let_go: Callable[[], None]) -> int:
        """The most bytes that the process has had since the last look.

        If it is too large now, it lets go of what it keeps for convenience, and gives memory back.  What remains
        is the least that it can do with; the next time is when it has grown by a half.
        """
        self.next_look = now + WEIGH_SECONDS
        peak = take_peak()
        size = resident(os.getpid())
        if size is not None and size > self._allowed:
            let_go()
            give_back()
            self._allowed = max(self._allowed, _grown(resident(os.getpid()) or 0))
        return peak


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


def is_crowded(peaks: Sequence[int], memory: int) -> bool:
    """Whether one more worker would take too much beside those that work, whose tasks took ``peaks`` bytes.

    The first of them is never too much.

    >>> gib = 1 << 30
    >>> is_crowded([], gib), is_crowded([gib // 4], gib), is_crowded([gib // 4, gib // 2], gib)
    (False, False, True)
    """
    largest = max(peaks, default=0)
    return largest > LEAST_SHARE and (len(peaks) + 1) * largest > memory


def _grown(size: int) -> int:
    return size + size // 2
