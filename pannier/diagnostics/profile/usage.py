"""What this process and those that it has started take: processor time and memory."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Final, NamedTuple

from pannier.errors import UsageError
from pannier.schedulers.multiprocessing.footprint import resident

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_HAS_PROC: Final = os.path.exists("/proc/self/stat")


class Usage(NamedTuple):
    """Of all the processes together."""

    seconds: float
    """Processor time since they started; of those that have ended meanwhile, too."""
    nbytes: int
    """Memory that they have for themselves."""


def measure() -> Usage:
    """What they have taken until now.

    A look takes some 10 us for each process of the machine.  Raises :class:`~pannier.errors.UsageError` where neither
    the system nor psutil tells.
    """
    return _from_proc() if _HAS_PROC else _from_psutil()


def _from_proc() -> Usage:
    ticks: dict[int, int] = {}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: a name in parentheses may hold anything.
                _, parent, *fields = file.read().rpartition(b")")[2].split()
        except OSError:  # it has ended
            continue
        children[int(parent)].append(int(name))
        ticks[int(name)] = sum(map(int, fields[9:13]))  # its own and of the children that it has waited for
    family = [os.getpid()]
    for pid in family:  # which grows meanwhile
        family += children[pid]
    return Usage(sum(ticks.get(pid, 0) for pid in family) / _TICKS, sum(resident(pid) or 0 for pid in family))


def _from_psutil() -> Usage:
    try:
        import psutil
    except ModuleNotFoundError as error:
        raise UsageError(
            "this system does not tell what processes take: ResourceProfiler needs psutil here (pip install psutil)"
        ) from error
    seconds, nbytes = 0.0, 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            times = process.cpu_times()
            nbytes += process.memory_info().rss
        except psutil.Error:  # it has ended
            continue
        seconds += times.user + times.system
    return Usage(seconds, nbytes)
