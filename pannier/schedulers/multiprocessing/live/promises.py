"""What is known of a result that will be there later, and how threads wait for it."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from pannier.schedulers.multiprocessing.results import Handle

PENDING: Final = "pending"
FINISHED: Final = "finished"
ERROR: Final = "error"
CANCELLED: Final = "cancelled"

Watcher: TypeAlias = Callable[["Promise"], None]

_lock = threading.Lock()
"""Guards what promises know; held for a few assignments at a time."""


def _new_lock() -> None:
    """In a forked child: another thread of the parent may have held it."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)


class Promise:
    """A result to come.

    >>> promise = Promise(3, "load-3")
    >>> promise.watch(lambda settled: print(settled.key, settled.status))
    >>> promise.settle(FINISHED, b"...")
    load-3 finished
    True
    """

    __slots__ = ("_watchers", "error", "handle", "ident", "key", "references", "status")

    def __init__(self, ident: int, key: str) -> None:
        self.ident = ident
        """Its number in the session that made it."""
        self.key = key
        """What the user calls it; no other one in the session is called so."""
        self.status = PENDING
        self.handle: Handle = None
        """Stands for the result, once it is finished."""
        self.error: BaseException | None = None
        """Why there is none, if it has failed or was cancelled."""
        self.references = 1
        """How many futures there are."""
        self._watchers: list[Watcher] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of it."""
        return self.status != PENDING

    def settle(self, status: str, handle: Handle = None, error: BaseException | None = None) -> bool:
        """Whether this is the news: what became of it, told to those who watch."""
        with _lock:
            if self.status != PENDING:
                return False
            self.handle, self.error, self.status = handle, error, status
            watchers, self._watchers = self._watchers, None
        for watcher in watchers or ():
            watcher(self)
        return True

    def reopen(self) -> None:
        """It is made once more."""
        with _lock:
            self.status, self.handle, self.error = PENDING, None, None

    def revoke(self, error: BaseException) -> None:
        """What it stands for is gone, if it was ever there."""
        if not self.settle(CANCELLED, None, error):
            with _lock:
                if self.status == FINISHED:
                    self.status, self.handle, self.error = CANCELLED, None, error

    def watch(self, watcher: Watcher) -> None:
        """Call ``watcher`` once when it is settled, in the thread that settles it; now if it is."""
        with _lock:
            if self.status == PENDING:
                if self._watchers is None:
                    self._watchers = []
                self._watchers.append(watcher)
                return
        watcher(self)

    def unwatch(self, watcher: Watcher) -> None:
        """Call ``watcher`` no more."""
        with _lock:
            if self._watchers is not None and watcher in self._watchers:
                self._watchers.remove(watcher)


class Claim(weakref.ref[Any]):
    """What a future has of a promise; its session keeps it, and is given it when the future is gone.

    A Ctrl-C that comes while Python code of a finalizer runs is lost: Python only prints it.  So the future has
    none, and what is called with its claim is best written in C.
    """

    __slots__ = ("promise",)

    promise: Promise | None
    """None once the future was released."""


class Claims:
    """The claims of all futures of a session; ``on_end`` is called with one when its future is gone."""

    def __init__(self, on_end: Callable[[Claim], object]) -> None:
        self._on_end = on_end
        self._kept: set[Claim] = set()

    def of(self, future: object, promise: Promise) -> Claim:
        """That of ``future``, which counts as one of ``promise``."""
        claim = Claim(future, self._on_end)
        claim.promise = promise
        self._kept.add(claim)
        return claim

    def end(self, claim: Claim) -> Promise | None:
        """The promise that has a future less, since that of ``claim`` is gone; None if it was released before."""
        self._kept.discard(claim)
        return claim.promise


class Gate:
    """Closed until somebody opens it; one thread may wait for that."""

    __slots__ = ("_bolt", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self._bolt = threading.Lock()  # an Event, which is made of three objects, takes three times as long
        self._bolt.acquire()

    def open(self, _: Promise | None = None) -> None:
        """Let whoever waits pass; may be a watcher itself."""
        self.is_open = True
        with contextlib.suppress(RuntimeError):  # another thread has opened it
            self._bolt.release()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it is open, after waiting for it at most so long."""
        if not self.is_open:
            self._bolt.acquire(timeout=-1 if seconds is None else max(0.0, seconds))
        return self.is_open


class Countdown(Gate):
    """Opens when ``enough`` of some promises are settled, or at the first failure if ``until_failure``.

    >>> promises = [Promise(i, f"f-{i}") for i in range(2)]
    >>> gate = Countdown(promises)
    >>> for promise in promises:
    ...     promise.settle(FINISHED), gate.is_open
    (True, False)
    (True, True)
    """

    __slots__ = ("_counting", "_left", "_promises", "_until_failure")

    def __init__(
        self, promises: Iterable[Promise], enough: int | None = None, until_failure: bool = False
    ) -> None:
        super().__init__()
        self._promises = list(promises)
        self._left = len(self._promises) if enough is None else min(enough, len(self._promises))
        self._until_failure = until_failure
        self._counting = threading.Lock()
        if not self._left:
            self.open()
        for promise in self._promises:
            promise.watch(self._count)

    def leave(self) -> None:
        """Watch no more."""
        for promise in self._promises:
            if not promise.is_settled:
                promise.unwatch(self._count)

    def _count(self, promise: Promise) -> None:
        with self._counting:
            self._left -= 1
            if self._left <= 0 or (self._until_failure and promise.status != FINISHED):
                self.open()
