"""How much memory a computation may take."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Final

from pannier import config, host
from pannier.errors import LargeAnswer
from pannier.host import Host
from pannier.room import Room
from pannier.sizes import format_bytes

_SHARE: Final = 0.7
"""Of the machine's memory, by default: the rest is for the system and for other programs."""
_ANSWER_SHARE: Final = 4
"""An answer of more than this part of the limit is warned of: as objects it takes several times the bytes of its pickle."""
_MOST_KEPT: Final = 2
"""What waits for later tasks never takes more than this part of the limit, so that something is left for the tasks."""
_ROOM_SHARE: Final = 16
"""In the process of the tasks it takes this part by default: Python and its modules are there, too."""
_AMPLE: Final = 4 << 30
"""Bytes of a limit with which Python and tasks are served: of what is above, more is for what waits."""
_AMPLE_SHARE: Final = 4
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


def kept(limit: int, default: int) -> int:
    """Bytes of the ``limit`` for what waits for later tasks: as the setting ``shm_bytes`` says, else ``default``.

    >>> kept(64 << 20, 16 << 20) == 16 << 20
    True
    """
    given: int | None = config.get("shm_bytes")
    return min(limit // _MOST_KEPT, default if given is None else given)


def shared(folder: str, workers: int, given: object = None) -> Host:
    """The host of ``workers`` that are all in this process, with their files in ``folder``.

    What they keep in memory ends with the process, so if files are to stay for another one, all is files.
    """
    most = limit(given)
    room = kept(most, _room(most)) if host.is_temporary(folder) else 0
    return Host(folder, (most - room) // workers, Room(room) if room else None)


def _room(most: int) -> int:
    """Bytes of a limit of ``most`` for what waits between two tasks of this process, where nobody says.

    >>> [_room(gigabytes << 30) >> 20 for gigabytes in (1, 4, 16)]
    [64, 256, 3328]
    """
    return min(most, _AMPLE) // _ROOM_SHARE + max(0, most - _AMPLE) // _AMPLE_SHARE


@functools.cache  # reading all that takes as long as a tenth of a small computation
def machine(root: str = "/") -> int:
    """Bytes of memory of the machine, or of the tightest cgroup around this process where that has less.

    ``root`` is the folder under which ``proc`` and ``sys`` are looked for.  Asked once a process.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_cgroup_limits(root)])


def warn_of_answer(nbytes: int, memory: int) -> None:
    """Warn the caller of pannier if an answer of ``nbytes`` takes more than a quarter of ``memory`` bytes.

    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     warn_of_answer(300 << 20, 1 << 30)
    >>> print(str(caught[0].message)[:51])
    the answer has 300.0 MiB, and more as Python object
    """
    if nbytes * _ANSWER_SHARE <= memory:
        return
    warnings.warn(
        f"the answer has {format_bytes(nbytes)}, and more as Python objects: much of the {format_bytes(memory)} of "
        "memory that this computation may take (memory_limit), and all of it is now loaded into this process. "
        "Write it out with to_textfiles, go through it with `for record in bag`, which loads a few partitions "
        "at a time, or reduce it first",
        LargeAnswer,
        stacklevel=_depth_of_caller(),
    )


def _depth_of_caller() -> int:
    """The stacklevel at which the function that called this one sees the first caller outside of pannier."""
    level = 1
    frame = sys._getframe(1)  # noqa: SLF001  as the warnings module itself does
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "pannier":
        frame = frame.f_back
        level += 1
    return level


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
