"""What runs take of the machine."""

from __future__ import annotations

import os
from threading import Lock
from time import perf_counter
from typing import Final, NamedTuple

from pannier.diagnostics.profile.recorder import Recorder
from pannier.diagnostics.profile.usage import measure
from pannier.diagnostics.ticker import Ticker
from pannier.errors import UsageError
from pannier.schedulers.events import RunFinished, RunStarted

_LEAST_SHARE: Final = 0.5
"""What is left of a run after the last sample is one of its own from this part of ``dt`` on, else part of that one:
systems count processor time in hundredths of a second."""


class ResourceData(NamedTuple):
    """What the processes took in the ``seconds`` before ``time``."""

    time: float
    """Seconds on the clock of :func:`time.perf_counter`."""
    mem: int
    """Bytes of memory that they had at ``time``."""
    cpu: float
    """Percent of one processor: two that are busy are 200."""
    seconds: float


class ResourceProfiler(Recorder[ResourceData]):
    """Records processor time and memory of this process and all that it has started, workers among them.

    It samples every ``dt`` seconds while a run is under way, and once more when it ends; ``results`` is a list of
    :class:`ResourceData`.  Memory is what the processes have for themselves: libraries and results in files, which
    they share, are not counted (:class:`CacheProfiler` tells what results take).

    Raises :class:`~pannier.errors.UsageError` for a ``dt`` that is not positive, and where neither the system (Linux
    does) nor psutil tells what processes take.

    The interface follows Dask's ``ResourceProfiler``, but for memory, which is in bytes.

    >>> from pannier.schedulers.sync import get
    >>> with ResourceProfiler(dt=0.1) as profile:
    ...     get({"x": (sum, (range, 1_000_000))}, "x")
    499999500000
    >>> profile.results[-1].mem > 1_000_000
    True
    """

    def __init__(self, dt: float = 1) -> None:
        super().__init__()
        if not dt > 0:
            raise UsageError(f"dt is the seconds between two samples, more than 0, not {dt!r}")
        measure()  # so that what is missing is told here, and not by a run
        self._dt = dt
        self._lock = Lock()
        """Guards what follows."""
        self._sampled: set[int] = set()
        """The runs under way."""
        self._ticker: Ticker | None = None
        self._since = 0.0
        self._used = 0.0
        """When the last sample was taken, and the processor time until then."""
        self._continues = False
        """Whether that sample is the last of ``results``, and not only where the first one begins."""

    def clear(self) -> None:
        with self._lock:
            super().clear()
            self._continues = False

    def _begin_run(self, event: RunStarted) -> None:
        with self._lock:
            self._sampled.add(event.run)
            if self._ticker is None:
                self._used, _ = measure()
                self._since = perf_counter()
                self._continues = False
                self._ticker = Ticker(self._sample, self._dt, "resources")

    def _end_run(self, event: RunFinished) -> None:
        with self._lock:
            self._sampled.discard(event.run)
            if self._sampled or self._ticker is None:
                return
            ticker, self._ticker = self._ticker, None
        ticker.stop()
        self._sample(is_last=True)

    def _sample(self, is_last: bool = False) -> None:
        with self._lock:
            now, usage = perf_counter(), measure()
            start, mem, used = self._since, usage.nbytes, usage.seconds - self._used
            if is_last and now - start < _LEAST_SHARE * self._dt and self._continues:
                before = self.results.pop()
                start, mem = before.time - before.seconds, max(mem, before.mem)
                used += before.cpu / 100 * before.seconds
            most = 100.0 * (os.cpu_count() or 1)
            cpu = min(most, max(0.0, 100 * used / max(now - start, 1e-9)))
            self.results.append(ResourceData(now, mem, cpu, now - start))
            self._since, self._used = now, usage.seconds
            self._continues = True
