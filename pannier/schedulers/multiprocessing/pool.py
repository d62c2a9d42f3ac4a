"""Idle workers, kept for the next run: most of a run's start is starting Python.

A run takes workers one by one as it needs them and puts them back; so runs in several threads never
share one.  A worker without work for ``idle_timeout`` seconds ends itself, which takes no thread in this
process; and all end with this process, however it ends.
"""

from __future__ import annotations

import atexit
import os
import pickle
import threading
import time
from typing import Final
from weakref import WeakSet

from pannier.config import get as setting
from pannier.schedulers.multiprocessing import output
from pannier.schedulers.multiprocessing.process import WorkerProcess
from pannier.schedulers.multiprocessing.wire import END, OUTPUT

_MARGIN_SECONDS: Final = 1.0
"""A worker this close to its end is not used any more: it might end with the task in its hands."""

_lock = threading.Lock()
_idle: list[tuple[WorkerProcess, float]] = []
"""Workers and when they end themselves, on the monotonic clock; the most recently used last."""
_everyone: WeakSet[WorkerProcess] = WeakSet()
"""All workers of this process, the busy ones too."""


def take() -> WorkerProcess:
    """A worker that nobody else uses: an idle one, else a new one.  Returns before it has started."""
    while (candidate := _pop()) is not None:
        worker, end = candidate
        for kind, payload in worker.frames():
            if kind == OUTPUT:  # of a thread that a task has left behind
                output.show(payload)
        if not worker.is_gone and time.monotonic() < end - _MARGIN_SECONDS:
            return worker
        worker.end()
    worker = WorkerProcess()
    _everyone.add(worker)
    return worker


def put_back(worker: WorkerProcess) -> None:
    """Keep ``worker``, which is idle, for the next run."""
    timeout: float = setting("idle_timeout")
    worker.send(END, pickle.dumps(timeout))
    with _lock:
        _idle.append((worker, time.monotonic() + timeout))


def idle_workers() -> list[WorkerProcess]:
    """The workers that wait for a run now."""
    with _lock:
        return [worker for worker, _ in _idle]


def close() -> None:
    """End all idle workers now.  The next run starts new ones."""
    while (candidate := _pop()) is not None:
        candidate[0].end()


def _pop() -> tuple[WorkerProcess, float] | None:
    with _lock:
        return _idle.pop() if _idle else None


def _let_go() -> None:
    """In a forked child: the workers are the parent's."""
    global _lock
    _lock = threading.Lock()  # another thread may have held it
    for worker in _everyone:
        worker.close_in_fork()
    _everyone.clear()
    _idle.clear()


atexit.register(close)
os.register_at_fork(after_in_child=_let_go)
