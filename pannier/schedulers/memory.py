"""How much memory a computation may take."""

from __future__ import annotations

import os
from typing import Final

from pannier import config, host

_SHARE: Final = 0.7
"""Of the machine's memory, by default: the rest is for the system and for other programs."""


def limit(given: object = None) -> int:
    """Bytes of memory that a computation may take: the setting ``memory_limit``, else 0.7 of :func:`machine`."""
    chosen: int | None = config.get("memory_limit", given)
    return int(machine() * _SHARE) if chosen is None else chosen


def machine() -> int:
    """Bytes of memory of the machine, or of the cgroup of this process where that has a limit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            return min(memory, int(file.read()))
    except (OSError, ValueError):  # no cgroup, or no limit in it
        return memory


def share(workers: int) -> int:
    """Bytes that each of ``workers`` may take; where a task starts them, of what the task itself may.

    >>> with config.set(memory_limit="1 GiB"):
    ...     share(2) == 512 << 20
    True
    """
    own = host.current()
    return (limit() if own is None else own.memory) // workers
