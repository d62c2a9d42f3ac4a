"""A function called again and again beside a run."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread


class Ticker:
    """Calls ``function`` every ``dt`` seconds, in a thread called ``name``, until :meth:`stop`."""

    def __init__(self, function: Callable[[], object], dt: float, name: str) -> None:
        self._over = Flag()
        self._thread = Thread(target=self._run, args=(function, dt), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the last call is over.  The caller holds no lock that ``function`` takes."""
        self._over.set()
        self._thread.join()

    def _run(self, function: Callable[[], object], dt: float) -> None:
        while not self._over.wait(dt):
            function()
