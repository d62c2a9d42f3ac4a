"""The session of the tasks in a worker: what they want goes to that of the parent, through the worker's socket."""

from __future__ import annotations

import itertools
import os
import pickle
import threading
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import CancelledError
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from pannier import config
from pannier.schedulers.failures import Failure, unpack_error
from pannier.schedulers.multiprocessing.live.promises import (
    CANCELLED,
    FINISHED,
    Claim,
    Claims,
    Gate,
    Promise,
)
from pannier.schedulers.multiprocessing.results import Folders, Handle
from pannier.schedulers.multiprocessing.wire import CALL

if TYPE_CHECKING:
    from pannier.schedulers.multiprocessing.worker import Worker

_idents: Final = itertools.count(1)


class NestedSession:
    """As :class:`~pannier.schedulers.multiprocessing.live.session.Session`, for the tasks of ``worker``."""

    is_closed = False

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._promises: dict[int, Promise] = {}
        self.claims = Claims(self._give_up)
        self._writers = itertools.count(1)
        self.inline_bytes = worker.inline_bytes

    @property
    def workers(self) -> int:
        """How many there are, for all that a task knows: as many as clients have by default."""
        return int(config.get("num_workers"))

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
        promise = self._promise(name, key)
        self._ask(
            "submit",
            promise.ident,
            function,
            arguments,
            [each.ident for each in inputs],
            [each.ident for each in holds],
            name,
            promise.key,
            name,  # code cannot be sent
            retries,
            priority,
        )
        return promise

    def scatter(self, handle: Handle, holds: Sequence[Promise], name: str, key: str | None) -> Promise:
        promise = self._promise(name, key)
        self._ask("scatter", promise.ident, handle, [each.ident for each in holds], name, promise.key)
        return promise

    def find(self, key: str) -> Promise | None:
        """None: only the parent, which looks when it is told of a call, knows of all there are."""
        return None

    def adopt(self, key: str) -> Promise:
        """The promise that is called ``key``; it is cancelled if there is none."""
        promise = self._promise(key, key)
        self._ask("adopt", promise.ident, key)
        return promise

    def hold(self, promise: Promise) -> None:
        """There is one more future of ``promise``."""
        promise.references += 1

    def _give_up(self, claim: Claim) -> None:
        if (promise := self.claims.end(claim)) is not None:
            self.forget(promise)

    def forget(self, promise: Promise) -> None:
        """There is one future less of ``promise``."""
        promise.references -= 1
        if not promise.references:
            self._promises.pop(promise.ident, None)
            self._worker.send_later(CALL, pickle.dumps(("forget", promise.ident)))

    def detach(self, promise: Promise) -> None:
        """Make the result of ``promise`` though nobody may want it."""
        self._ask("detach", promise.ident)

    def cancel(self, promises: Iterable[Promise], is_forced: bool = False) -> list[Promise]:
        cancelled = [
            each
            for each in promises
            if each.settle(CANCELLED, None, CancelledError(f"{each.key!r} was cancelled"))
        ]
        self._ask("cancel", [each.ident for each in cancelled], is_forced)
        return cancelled

    def retry(self, promise: Promise) -> None:
        if promise.is_settled and promise.status != FINISHED:
            promise.reopen()
            self._ask("retry", promise.ident)

    def wait(self, gate: Gate, seconds: float | None, awaited: Iterable[Promise]) -> bool:
        """Whether ``gate`` is open, after waiting for it at most so long; ``awaited`` may run here if that is for ever."""
        if gate.is_open:
            return True
        number = next(_idents)
        is_main = threading.current_thread() is threading.main_thread()
        helps = is_main and seconds is None  # else it would not be back in time
        self._ask("wait", number, [each.ident for each in awaited if helps and not each.is_settled])
        try:
            if not is_main:  # the main thread may be waiting for this one
                return gate.wait(seconds)
            return self._worker.help(gate, None if seconds is None else monotonic() + seconds)
        finally:
            self._ask("resume", number)

    def folders(self) -> Folders:
        return self._worker.folders(f"{os.getpid()}-task-{next(self._writers)}-")

    def check(self) -> None:
        """It is open as long as its worker lives."""

    def hear(self, payload: bytes) -> None:
        """News of a promise; in the thread that reads."""
        ident, status, handle, error = pickle.loads(payload)
        promise = self._promises.get(ident)
        if promise is not None:
            promise.settle(status, handle, None if error is None else unpack_error(Failure(*error)))

    def _promise(self, name: str, key: str | None) -> Promise:
        ident = next(_idents)
        promise = Promise(ident, key or f"{name}-{os.getpid()}-{ident}")
        self._promises[ident] = promise
        return promise

    def _ask(self, verb: str, *arguments: Any) -> None:
        self._worker.send(CALL, pickle.dumps((verb, *arguments)))
