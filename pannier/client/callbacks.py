"""The thread in which users' callbacks run, so that they may take their time, submit and wait."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from pannier.schedulers.multiprocessing.live.promises import Promise

_IDLE_SECONDS: Final = 1.0
"""After so long without a callback the thread ends; the next one starts another."""

_log = logging.getLogger("pannier")
_lock = threading.Lock()
_callbacks: SimpleQueue[Callable[[], object]] = SimpleQueue()
_thread: threading.Thread | None = None


def call_back(promise: Promise, callback: Callable[[], object]) -> None:
    """Call ``callback`` once when ``promise`` is settled, in a thread for that; here and now if it is."""
    if promise.is_settled:
        _call(callback)
    else:
        promise.watch(lambda _: _line_up(callback))


def _line_up(callback: Callable[[], object]) -> None:
    global _thread
    _callbacks.put(callback)
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="pannier-callbacks", daemon=True)
            _thread.start()


def _run() -> None:
    global _thread
    while True:
        try:
            callback = _callbacks.get(timeout=_IDLE_SECONDS)
        except Empty:
            with _lock:
                if _callbacks.empty():
                    _thread = None
                    return
        else:
            _call(callback)
            del callback  # and the future that it holds


def _call(callback: Callable[[], object]) -> None:
    try:
        callback()
    except Exception:  # noqa: BLE001  whatever the user raises
        _log.exception("a callback of a future raised")


def _forget_thread() -> None:
    """In a forked child: the thread is the parent's."""
    global _lock, _callbacks, _thread
    _lock, _callbacks, _thread = threading.Lock(), SimpleQueue(), None


os.register_at_fork(after_in_child=_forget_thread)
