"""The memory that a process and its descendants hold together, sampled from outside.

Two sums are taken. The resident sets count a page once for each process that has it mapped; the proportional
ones (PSS) share it out among them, so that they add up to what is really held. Files in memory that nobody has
mapped are in neither: what ``/dev/shm`` holds more than at the start is a number of its own.

::

    with subprocess.Popen(command) as process:
        watch = Watch(process.pid)
        process.wait()
        peak = watch.stop()
"""

from __future__ import annotations

import contextlib
import os
import threading
import time

import psutil

from benchmarks.measure import Peak

INTERVAL = 0.05
"""Seconds between samples."""
SHARE = 10
"""A sampler at work for longer than one part in so many pauses for longer: it takes time from what it watches."""
SHM = "/dev/shm"


class Watch:
    """Samples process ``pid`` and all its descendants, in a thread, until :meth:`stop`."""

    def __init__(self, pid: int, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._family = {pid: psutil.Process(pid)}
        self._shm = _held_in_shm()
        self._peak = Peak()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch of memory", daemon=True)
        self._thread.start()

    def stop(self) -> Peak:
        """The peak since the watch began."""
        self._stopped.set()
        self._thread.join()
        return self._peak

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            start = time.perf_counter()
            self._sample()
            pause = max(self._interval, (SHARE - 1) * (time.perf_counter() - start))

    def _sample(self) -> None:
        # One whose parent has died is nobody's descendant any more, but was seen before.
        for process in list(self._family.values()):
            with contextlib.suppress(psutil.Error):
                self._family |= {child.pid: child for child in process.children(recursive=True)}
        family = list(self._family.values())
        rss = 0
        for process in family:
            try:
                rss += process.memory_info().rss
            except psutil.Error:
                del self._family[process.pid]
        # A page counts at most once in each process, so a sum of resident sets that is lower than the peak needs no
        # closer look. The kernel walks all pages for one.
        pss = sum(map(_pss, family)) if rss > self._peak.pss else 0
        shm = _held_in_shm() - self._shm
        self._peak = Peak(max(self._peak.rss, rss), max(self._peak.pss, pss), max(self._peak.shm, shm))


def _pss(process: psutil.Process) -> int:
    """Bytes; 0 of a process that is gone."""
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", info.rss))


def _held_in_shm() -> int:
    try:
        status = os.statvfs(SHM)
    except OSError:
        return 0
    return (status.f_blocks - status.f_bfree) * status.f_frsize
