"""How much memory a computation may take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from pannier import config, host

_SHARE: Final = 0.7
"""Of the machine's memory, by default: the rest is for the system and for other programs."""
_GROUPS: Final = "sys/fs/cgroup"


def limit(given: object = None) -> int:
    """Bytes of memory that a computation may take: ``given``, else the setting ``memory_limit``, else 0.7 of
    :func:`machine`.  Where a task starts the computation, no more than the task itself may take.

    >>> limit("1 GiB") == 1 << 30
    True
    """
    chosen: int | None = config.get("memory_limit", given)
    own = host.current()
    if own is None:
        return int(machine() * _SHARE) if chosen is None else chosen
    return own.memory if given is None or chosen is None else min(own.memory, chosen)


def share(workers: int, given: object = None) -> int:
    """Bytes that each of ``workers`` may take of the :func:`limit`.

    >>> share(2, "1 GiB") == 512 << 20
    True
    """
    return limit(given) // workers


def machine(root: str = "/") -> int:
    """Bytes of memory of the machine, or of the tightest cgroup around this process where that has less.

    ``root`` is the folder under which ``proc`` and ``sys`` are looked for.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_cgroup_limits(root)])


def _cgroup_limits(root: str) -> Iterator[int]:
    """The limits of this process's cgroups and of all above them, in both versions of the kernel's interface.

    A container may see its own cgroup as the top one and yet be told its path on the host; then only the top
    is there to be read.  https://docs.kernel.org/admin-guide/cgroup-v2.html
    """
    try:
        with open(os.path.join(root, "proc/self/cgroup"), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield from _limits_above(os.path.join(root, _GROUPS), path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits_above(os.path.join(root, _GROUPS, "memory"), path, "memory.limit_in_bytes")


def _limits_above(mount: str, path: str, name: str) -> Iterator[int]:
    """What the files ``name`` say from the cgroup ``path`` up to the top, where they say a number."""
    names = [part for part in path.split("/") if part not in {"", ".."}]
    for depth in range(len(names), -1, -1):
        try:
            with open(os.path.join(mount, *names[:depth], name), encoding="ascii") as file:
                yield int(file.read())
        except (OSError, ValueError):  # no such cgroup in sight, or "max": no limit
            continue
