"""A run that goes on, its workers and the thread that drives them; what a client in this process talks to.

The state is the thread's alone.  Others append what they want to a queue and wake the thread if it sleeps: a call
costs them little more than its pickle, no lock is held while anything is decided, and a Ctrl-C that interrupts them
finds nothing half done.  That a future is gone is noted by C code alone, which cannot wake the thread: it looks.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import selectors
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import CancelledError
from typing import Any, Final

from pannier import config
from pannier.errors import InternalError, UsageError
from pannier.host import run_folder
from pannier.schedulers.memory import limit
from pannier.schedulers.multiprocessing.live.dispatch import LiveDispatcher
from pannier.schedulers.multiprocessing.live.guests import Guest
from pannier.schedulers.multiprocessing.live.promises import (
    CANCELLED,
    ERROR,
    FINISHED,
    Claim,
    Claims,
    Countdown,
    Gate,
    Promise,
)
from pannier.schedulers.multiprocessing.live.run import Call, LiveRun
from pannier.schedulers.multiprocessing.results import Folders, Handle
from pannier.schedulers.multiprocessing.slots import Slot

MOST_URGENT: Final = 1 << 20
"""Priorities lie between this number and its negative."""
_CLASS: Final = 1 << 40
"""Numbers that calls of one priority have at their disposal."""
_LOOK_SECONDS: Final = 0.2
"""How long a future may be gone before the thread knows, if it sleeps."""

_log = logging.getLogger("pannier")


class Session:
    """Up to ``workers`` worker processes for calls, which together with results may take ``memory_limit`` bytes."""

    def __init__(self, workers: int, memory_limit: object = None, task_timeout: object = None) -> None:
        self.workers = workers
        self._sequence = itertools.count(1)
        self._writers = itertools.count(1)
        self._naming = threading.Lock()
        """Guards the table of promises, and how many futures there are of each."""
        self._promises: dict[str, Promise] = {}
        """By key."""
        self._detached: set[Promise] = set()
        """Those that are made though nobody may want them."""
        self._closed: BaseException | None = None
        self._is_stopping = False
        self._inbox: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._gone: deque[Claim] = deque()
        self.claims = Claims(self._gone.append)
        self._unwanted: deque[Promise] = deque()
        """Promises that have a future less, once for each."""
        self._is_asleep = False
        self._ringing = threading.RLock()  # a user's finalizer may ring while its thread does
        self._guests: dict[Slot, Guest] = {}
        self._run = LiveRun()
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(run_folder())
            self._dispatcher = LiveDispatcher(
                self._run,
                workers,
                folder,
                limit(memory_limit),
                config.get("task_timeout", task_timeout),
                self._hear_guest,
                self._lose_guest,
            )
            stack.callback(self._dispatcher.close, is_orderly=True)
            self._bell, self._rope = os.pipe()
            stack.callback(os.close, self._bell)
            stack.callback(os.close, self._rope)
            os.set_blocking(self._bell, False)
            os.set_blocking(self._rope, False)
            self._dispatcher.selector.register(self._bell, selectors.EVENT_READ)
            self._dispatcher.start()
            self._leaving = stack.pop_all()
        self.inline_bytes = self._dispatcher.inline_bytes
        self._thread = threading.Thread(target=self._work, name="pannier-client", daemon=True)
        self._thread.start()

    # What any thread may do.

    def submit(
        self,
        function: bytes,
        arguments: Handle,
        inputs: Sequence[Promise],
        holds: Sequence[Promise],
        *,
        name: str,
        key: str | None,
        kind: Hashable,
        retries: int,
        priority: int | None,
    ) -> Promise:
        """The promise of what a call returns, from now on with one more future.

        If there is one of that ``key`` already, that one.  The lower its number, the
        earlier it runs: the higher its ``priority``, and then the earlier it was submitted.
        """
        parts = function, arguments, inputs, holds, kind, retries
        return self._enter(name, key, priority or 0, self._add, parts)

    def scatter(self, handle: Handle, holds: Sequence[Promise], name: str, key: str | None) -> Promise:
        """The promise of a value that is there."""
        promise = self._enter(name, key, 0, self._put, (handle, holds))
        promise.settle(FINISHED, handle)
        return promise

    def begin_outside(self, name: str, key: str | None) -> Promise:
        """The promise of what a thread of this process makes, and will give to :meth:`finish_outside`."""
        return self._enter(name, key, 0, self._begin_outside, (b"", None, (), (), name, 0))

    def finish_outside(self, promise: Promise, handle: Handle, error: BaseException | None = None) -> None:
        """``handle`` stands for the result, unless ``error`` says why there is none."""
        self.post(self._dispatcher.finish_outside, promise.ident, handle, error)

    def find(self, key: str) -> Promise | None:
        """The promise of that name, from now on with one more future, if there is one that was not cancelled."""
        with self._naming:
            return self._find(key)

    def adopt(self, key: str) -> Promise:
        """As :meth:`find`.  Raises :class:`~pannier.errors.UsageError` if there is none."""
        promise = self.find(key)
        if promise is None:
            raise UsageError(f"there is no call {key!r}: it was cancelled, or its last future is gone")
        return promise

    def hold(self, promise: Promise) -> None:
        """There is one more future of ``promise``."""
        with self._naming:
            promise.references += 1

    def forget(self, promise: Promise) -> None:
        """There is one future less of ``promise``."""
        self._unwanted.append(promise)
        self._ring()

    def detach(self, promise: Promise) -> None:
        """Make the result of ``promise`` though nobody may want it."""
        self.hold(promise)
        with self._naming:
            self._detached.add(promise)
        promise.watch(self._end_detached)

    def wait_for_detached(self) -> None:
        """Return when all such results are made."""
        with self._naming:
            gate = Countdown(self._detached)
        gate.wait()

    def _end_detached(self, promise: Promise) -> None:
        with self._naming:
            self._detached.discard(promise)
        if promise.status == ERROR:
            _log.error("the call %r, which nobody waits for, has failed", promise.key, exc_info=promise.error)
        self.forget(promise)

    def cancel(self, promises: Iterable[Promise], is_forced: bool = False) -> list[Promise]:
        """Those of ``promises`` that were pending and now are cancelled, and with them what waits for them."""
        cancelled = []
        for promise in promises:
            error = CancelledError(f"{promise.key!r} was cancelled")
            if promise.settle(CANCELLED, None, error):
                cancelled.append(promise)
                self.post(self._dispatcher.cancel, promise, error, is_forced)
        return cancelled

    def retry(self, promise: Promise) -> None:
        """Make the result of ``promise`` once more, if it has failed or was cancelled."""
        self.check()
        if promise.is_settled and promise.status != FINISHED:
            promise.reopen()
            self.post(self._dispatcher.retry, promise.ident)

    def wait(self, gate: Gate, seconds: float | None, awaited: Iterable[Promise]) -> bool:
        """Whether ``gate`` is open, after waiting for it at most so long."""
        if not gate.is_open:
            self._check_thread()
        return gate.wait(seconds)

    def folders(self) -> Folders:
        """Where the calling thread writes the next value that is too large for a message."""
        return self._dispatcher.folders(f"client-{next(self._writers)}-")

    def check(self) -> None:
        """Raise if it is closed, or not of this process."""
        if self._closed is not None:
            raise self._closed

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be submitted any more."""
        return self._closed is not None

    def post(self, action: Callable[..., None], *arguments: Any) -> None:
        """Have the thread call ``action``."""
        self._inbox.append((action, arguments))
        self._ring()

    def _ring(self) -> None:
        """Wake the thread if it sleeps."""
        if self._is_asleep:
            with self._ringing:
                if self._is_asleep:
                    self._is_asleep = False
                    with contextlib.suppress(BlockingIOError):  # many have rung
                        os.write(self._rope, b"\0")

    def close(self) -> None:
        """Cancel what is not done, drop what is, and let the workers go."""
        if self._closed is not None:
            return
        self._closed = UsageError(
            "the client is closed, so that nothing can be submitted to it; make a new one"
        )
        self.post(self._stop)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def close_in_fork(self) -> None:
        """In a forked child of the process: workers and thread are the parent's."""
        self._closed = UsageError(
            "this process was forked from the one that has the client: make a client of its own here"
        )
        self._naming, self._ringing = threading.Lock(), threading.RLock()
        self._is_asleep = False
        for promise in [*self._promises.values()]:
            promise.revoke(self._closed)
        os.close(self._bell)
        os.close(self._rope)

    # What the thread does.

    def _work(self) -> None:
        error: BaseException = CancelledError("the client was closed")
        try:
            while not self._is_stopping:
                self._turn()
        except BaseException as raised:  # noqa: BLE001  every future tells it
            error = self._closed = InternalError(
                "the client has failed, and all its calls with it; please report this with the traceback"
            )
            error.__cause__ = raised
        finally:
            self._end(error)

    def _turn(self) -> None:
        """Wait until there is something to do, and do it: first what workers wait for, last what users do."""
        dispatcher = self._dispatcher
        seconds = dispatcher.patience()
        if self._promises:
            seconds = _LOOK_SECONDS if seconds is None else min(seconds, _LOOK_SECONDS)
        dispatcher.tell_news()
        self._is_asleep = True
        events = dispatcher.selector.select(0 if self._inbox or self._unwanted or self._gone else seconds)
        self._is_asleep = False
        for key, ready in events:
            if key.data is not None:
                dispatcher.hear(key.data, ready)
            else:
                os.read(self._bell, 1 << 10)
        unwanted = self._take_unwanted()  # calls that were given these are in the inbox by now
        self._empty_inbox()
        dispatcher.assign()
        for promise in unwanted:
            self._forget(promise)

    def _take_unwanted(self) -> list[Promise]:
        """Promises that have a future less by now, once for each."""
        while self._gone:
            if (promise := self.claims.end(self._gone.popleft())) is not None:
                self._unwanted.append(promise)
        return [self._unwanted.popleft() for _ in range(len(self._unwanted))]

    def _empty_inbox(self) -> None:
        while self._inbox:
            action, arguments = self._inbox.popleft()
            action(*arguments)

    def _stop(self) -> None:
        self._is_stopping = True

    def _end(self, error: BaseException) -> None:
        with self._ringing:
            self._is_asleep = False
        with self._naming:
            promises = [*self._promises.values()]
            self._promises.clear()
        self._leaving.close()
        for promise in promises:
            promise.revoke(error)

    def _enter(
        self,
        name: str,
        key: str | None,
        priority: int,
        action: Callable[..., None],
        parts: tuple[Any, ...],
    ) -> Promise:
        """A new promise, with which and ``parts`` the thread calls ``action``; that of ``key``, if there is one.

        Both are entered under one lock: whoever finds the promise, and submits what needs it, comes after it.
        """
        with self._naming:
            self.check()  # what is entered before the end is told of it
            if key is not None and (known := self._find(key)) is not None:
                return known
            place = next(self._sequence)
            promise = Promise((MOST_URGENT - priority) * _CLASS + place, key or f"{name}-{place}")
            self._promises[promise.key] = promise
            self._inbox.append((action, (promise, *parts)))
        self._ring()
        return promise

    def _find(self, key: str) -> Promise | None:
        known = self._promises.get(key)
        if known is None or known.status == CANCELLED:
            return None
        known.references += 1
        return known

    def _add(self, promise: Promise, function: bytes, *parts: Any) -> None:
        self._dispatcher.add(promise.ident, Call(promise, *parts), self._function(function))

    def _begin_outside(self, promise: Promise, function: bytes, *parts: Any) -> None:
        self._dispatcher.begin_outside(promise.ident, Call(promise, *parts), self._function(function))

    def _function(self, pickled: bytes) -> int:
        """The number of a function, which is a value that is kept for a while."""
        functions = self._run.functions
        number = functions.get(pickled)
        if number is None:
            number = functions[pickled] = next(self._sequence)
            self._run.function_bytes += len(pickled)
            self._dispatcher.put(number, pickled)
        else:
            functions.move_to_end(pickled)
        return number

    def _put(self, promise: Promise, handle: Handle, holds: Sequence[Promise]) -> None:
        self._dispatcher.put(promise.ident, handle, [each.ident for each in holds])

    def _forget(self, promise: Promise) -> None:
        with self._naming:
            promise.references -= 1
            if promise.references:
                return
            if self._promises.get(promise.key) is promise:
                del self._promises[promise.key]
        self._dispatcher.let_go(promise.ident)

    # What tasks ask for.

    def urgency(self, slot: Slot) -> int:
        """The priority of what the task that runs at ``slot`` submits: before whatever waits beside that task."""
        running = slot.worker.running if slot.worker is not None else None
        if running is None:
            return 0
        return min(MOST_URGENT - 1, MOST_URGENT - running // _CLASS + 1)

    def tell(self, slot: Slot, payload: bytes) -> None:
        """Send the worker of ``slot`` news."""
        self._dispatcher.tell(slot, payload)

    def _hear_guest(self, slot: Slot, payload: bytes) -> None:
        guest = self._guests.get(slot)
        if guest is None or guest.worker is not slot.worker:
            self._lose_guest(slot)
            guest = self._guests[slot] = Guest(self, slot)
        guest.hear(payload)

    def _lose_guest(self, slot: Slot) -> None:
        guest = self._guests.pop(slot, None)
        if guest is not None:
            guest.leave()

    def _check_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise UsageError("this thread makes results and cannot wait for one")
