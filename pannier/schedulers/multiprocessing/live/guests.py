"""What tasks ask of the session, as clients of their own: the answers go back through the worker's socket.

A worker numbers its promises itself, so that it need not wait for an answer before it goes on.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from pannier.errors import UsageError
from pannier.schedulers.failures import pack_error
from pannier.schedulers.multiprocessing.live.promises import FINISHED, Promise
from pannier.schedulers.multiprocessing.results import Handle
from pannier.schedulers.multiprocessing.slots import Slot

if TYPE_CHECKING:
    from pannier.schedulers.multiprocessing.live.session import Session


class Guest:
    """The tasks of one worker, as a client of ``session``."""

    def __init__(self, session: Session, slot: Slot) -> None:
        self._session = session
        self._slot = slot
        self.worker = slot.worker
        """The worker, which another one may have followed."""
        self._promises: dict[int, Promise] = {}
        """By the worker's number."""
        self._watchers: dict[int, Callable[[Promise], None]] = {}

    def hear(self, payload: bytes) -> None:
        """Do what a message asks for."""
        verb, *arguments = pickle.loads(payload)
        _VERBS[verb](self, *arguments)

    def leave(self) -> None:
        """The worker is gone, or goes: it wants nothing any more."""
        for ident in [*self._promises]:
            self.forget(ident)

    def submit(
        self,
        ident: int,
        function: bytes,
        arguments: Handle,
        inputs: list[int],
        holds: list[int],
        name: str,
        key: str,
        kind: Hashable,
        retries: int,
        priority: int | None,
    ) -> None:
        """A call, as :meth:`Session.submit` has it, whose result the worker calls ``ident``."""
        needed = [self._promises[each] for each in (*inputs, *holds)]
        lacking = next((each for each in needed if not each.references), None)
        if lacking is not None:
            self._refuse(ident, key, f"{lacking.key!r}, which it needs, is not there")
            return
        promise = self._session.submit(
            function,
            arguments,
            needed[: len(inputs)],
            needed[len(inputs) :],
            name=name,
            key=key,
            kind=kind,
            retries=retries,
            priority=self._session.urgency(self._slot) if priority is None else priority,
        )
        self._keep(ident, promise)

    def scatter(self, ident: int, handle: Handle, holds: list[int], name: str, key: str) -> None:
        """A value for tasks to read."""
        self._keep(ident, self._session.scatter(handle, [self._promises[each] for each in holds], name, key))

    def adopt(self, ident: int, key: str) -> None:
        """A promise that has come to the worker from elsewhere."""
        promise = self._session.find(key)
        if promise is None:
            self._refuse(ident, key, "it was cancelled, or its last future is gone")
        else:
            self._keep(ident, promise)

    def forget(self, ident: int) -> None:
        """The worker has no future of it any more."""
        promise = self._promises.pop(ident, None)
        if promise is not None:
            promise.unwatch(self._watchers.pop(ident))
            if promise.references:
                self._session.forget(promise)

    def detach(self, ident: int) -> None:
        """As :meth:`Session.detach`."""
        self._session.detach(self._promises[ident])

    def cancel(self, idents: list[int], is_forced: bool) -> None:
        """As :meth:`Session.cancel`."""
        self._session.cancel([self._promises[each] for each in idents], is_forced)

    def retry(self, ident: int) -> None:
        """As :meth:`Session.retry`."""
        promise = self._promises[ident]
        self._session.retry(promise)
        promise.watch(self._watchers[ident])

    def wait(self, number: int, idents: list[int]) -> None:
        """A task waits, for the time of that ``number``, for any of these, and would run them."""
        self._slot.waits[number] = [self._promises[each].ident for each in idents if each in self._promises]

    def resume(self, number: int) -> None:
        """It goes on."""
        self._slot.waits.pop(number, None)

    def _refuse(self, ident: int, key: str, why: str) -> None:
        """There is no promise ``key``, and ``why``."""
        promise = Promise(0, key)
        promise.references = 0
        promise.revoke(UsageError(f"there is no call {key!r}: {why}"))
        self._keep(ident, promise)

    def _keep(self, ident: int, promise: Promise) -> None:
        def tell(settled: Promise) -> None:
            self._session.post(self._tell, ident, settled)  # another thread may have cancelled it

        self._promises[ident], self._watchers[ident] = promise, tell
        promise.watch(tell)

    def _tell(self, ident: int, promise: Promise) -> None:
        """Say what became of ``promise``."""
        error = None
        if promise.status != FINISHED:
            assert promise.error is not None
            error = tuple(pack_error(promise.error))
        if self._slot.worker is self.worker is not None:
            self._session.tell(self._slot, pickle.dumps((ident, promise.status, promise.handle, error)))


_VERBS: dict[str, Callable[..., None]] = {
    verb: vars(Guest)[verb]
    for verb in ("submit", "scatter", "adopt", "forget", "detach", "cancel", "retry", "wait", "resume")
}
