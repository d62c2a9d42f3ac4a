"""Idle workers, kept for the next run: most of a run's start is starting Python.

A run takes workers one by one as it needs them and puts them back; so runs in several threads never
share one.  Workers without work for ``idle_timeout`` seconds end, and all end with this process.
"""

from __future__ import annotations

import atexit
import os
import threading
import time

from pannier.config import get as setting
from pannier.schedulers.multiprocessing.process import WorkerProcess
from pannier.schedulers.multiprocessing.wire import END

_lock = threading.Lock()
_idle: list[WorkerProcess] = []
"""The most recently used last."""
_timer: threading.Timer | None = None


def take() -> WorkerProcess:
    """A worker that nobody else uses: an idle one, else a new one.  Returns before it has started."""
    while True:
        with _lock:
            worker = _idle.pop() if _idle else None
        if worker is None:
            return WorkerProcess()
        if worker.is_alive():
            return worker
        worker.end()


def put_back(worker: WorkerProcess) -> None:
    """Keep ``worker``, which is idle, for the next run."""
    global _timer
    worker.send(END)
    worker.idle_since = time.monotonic()
    with _lock:
        _idle.append(worker)
        if _timer is None:
            _timer = _start_timer(setting("idle_timeout"))


def idle_workers() -> list[WorkerProcess]:
    """The workers that wait for a run now."""
    with _lock:
        return list(_idle)


def close() -> None:
    """End all idle workers now.  The next run starts new ones."""
    global _timer
    with _lock:
        workers = list(_idle)
        _idle.clear()
        if _timer is not None:
            _timer.cancel()
            _timer = None
    for worker in workers:
        worker.end()


def _start_timer(seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, _shrink)
    timer.daemon = True
    timer.start()
    return timer


def _shrink() -> None:
    """End the workers that have been idle for too long, and come back when the next one may be."""
    global _timer
    timeout = setting("idle_timeout")
    now = time.monotonic()
    with _lock:
        expired = [worker for worker in _idle if now - worker.idle_since >= timeout]
        _idle[:] = [worker for worker in _idle if now - worker.idle_since < timeout]
        oldest = min((worker.idle_since for worker in _idle), default=None)
        _timer = None if oldest is None else _start_timer(max(0.01, oldest + timeout - now))
    for worker in expired:
        worker.end()


def _let_go() -> None:
    """In a forked child: the workers are the parent's."""
    global _timer, _lock
    _lock = threading.Lock()  # another thread may have held it
    for worker in _idle:
        worker.close_in_fork()
    _idle.clear()
    _timer = None


atexit.register(close)
os.register_at_fork(after_in_child=_let_go)
