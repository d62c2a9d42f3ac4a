"""A future: what a submitted call will return."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from pannier.client.callbacks import call_back
from pannier.schedulers.multiprocessing.live.payloads import reduce_promise
from pannier.schedulers.multiprocessing.live.promises import (
    CANCELLED,
    FINISHED,
    Claim,
    Gate,
    Promise,
)
from pannier.schedulers.multiprocessing.results import unpack

if TYPE_CHECKING:
    from pannier.client.client import Client


class Future:
    """The result of a call that a :class:`~pannier.Client` has been given, whether it is there yet or not.

    Given as an argument to another call, alone or inside of lists, dicts and whatever else, it arrives as its result,
    which does not pass through this process unless it is small.  The result is kept for as long as there is a
    future of it.

    >>> import pannier as pn
    >>> with pn.Client(n_workers=1) as client:
    ...     total = client.submit(sum, [1, 2])
    ...     client.submit(max, [total, 1]).result()
    3
    """

    __slots__ = ("__weakref__", "_claim", "_client")

    def __init__(self, client: Client, promise: Promise) -> None:
        self._client = client
        self._claim: Claim = client.session.claims.of(self, promise)

    @property
    def promise(self) -> Promise:
        """What the session knows of it.  Raises CancelledError once it is released."""
        promise = self._claim.promise
        if promise is None:
            raise CancelledError("the future was released, and its result with it")
        return promise

    @property
    def client(self) -> Client:
        """The client that it belongs to."""
        return self._client

    @property
    def key(self) -> str:
        """The name of the call, of which there is one in a client."""
        return self.promise.key

    @property
    def status(self) -> str:
        """``"pending"``, ``"finished"``, ``"error"`` or ``"cancelled"``."""
        promise = self._claim.promise
        return CANCELLED if promise is None else promise.status

    def done(self) -> bool:
        """Whether the call has returned, raised or been cancelled."""
        promise = self._claim.promise
        return promise is None or promise.is_settled

    def cancelled(self) -> bool:
        """Whether the call was cancelled, itself or one whose result it needs."""
        return self.status == CANCELLED

    def result(self, timeout: float | None = None) -> Any:
        """What the call returns, once it has; each time a new copy.

        Raises what the call raised, with the worker's traceback as its cause;
        ``concurrent.futures.CancelledError`` if it was cancelled; TimeoutError after ``timeout`` seconds, and
        then the call goes on; :class:`~pannier.errors.WorkerDied` and the other errors of worker processes.
        """
        promise = self._settled(timeout)
        if promise.status == FINISHED:
            return unpack(promise.handle)
        assert promise.error is not None
        raise _copy_of(promise.error)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What the call has raised, once it is done; None if it has returned.

        Raises ``concurrent.futures.CancelledError`` if it was cancelled, TimeoutError after ``timeout`` seconds.
        """
        promise = self._settled(timeout)
        if promise.status == CANCELLED:
            assert promise.error is not None
            raise _copy_of(promise.error)
        return promise.error

    def traceback(self, timeout: float | None = None) -> types.TracebackType | None:
        """The traceback of what the call has raised, once it is done; that of the worker is text, in its cause."""
        if self.exception(timeout) is None:
            return None
        try:
            self.result()
        except BaseException as error:  # noqa: BLE001  whatever the call has raised
            return error.__traceback__
        return None  # it was run again meanwhile

    def cancel(self, force: bool = False) -> bool:
        """Whether the call is cancelled now: nobody gets its result, and calls that need it are cancelled, too.

        A call that a worker has begun runs to its end all the same, unless ``force`` ends the worker with it.  One
        that is done stays done.
        """
        return self._claim.promise is None or bool(self._client.cancel([self], force)) or self.cancelled()

    def retry(self) -> None:
        """Run the call again, if it failed or was cancelled, and those that it needs and that failed."""
        self._client.retry([self])

    def release(self) -> None:
        """Let the result go now, and not when the future is no longer referred to; a pending call may not run."""
        promise, self._claim.promise = self._claim.promise, None
        if promise is not None:
            self._client.session.forget(promise)

    def add_done_callback(self, fn: Callable[[Future], object]) -> None:
        """Have ``fn`` called with this future once it is done, in a thread for callbacks; at once if it is done.

        What it raises is logged.
        """
        call_back(self.promise, lambda: fn(self))

    def _settled(self, timeout: float | None) -> Promise:
        promise = self.promise
        if not promise.is_settled:
            gate = Gate()
            promise.watch(gate.open)
            try:
                if not self._client.session.wait(gate, timeout, [promise]):
                    raise TimeoutError(f"{promise.key!r} is not done after {timeout:g} seconds; it goes on")
            finally:
                if not promise.is_settled:
                    promise.unwatch(gate.open)
        return promise

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio  # for the few who await

        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def tell(_: Promise) -> None:
            try:
                loop.call_soon_threadsafe(done.set)
            except RuntimeError:  # the loop is closed, and nobody awaits any more
                pass

        self.promise.watch(tell)
        try:
            yield from done.wait().__await__()
        finally:
            if self._claim.promise is not None:
                self._claim.promise.unwatch(tell)
        return self.result()

    def __reduce__(self) -> tuple[Any, ...]:
        promise = self.promise
        return reduce_promise(self._client.session, promise, (self._client.revive, (promise.key,)))

    def __pannier_token__(self) -> str:
        return self.key

    def __copy__(self) -> Future:
        promise = self.promise
        self._client.session.hold(promise)
        return Future(self._client, promise)

    def __deepcopy__(self, _: dict[int, Any]) -> Future:
        return self.__copy__()

    def __repr__(self) -> str:
        promise = self._claim.promise
        if promise is None:
            return "<Future: released>"
        what = f": {type(promise.error).__name__}" if promise.status == "error" else ""
        return f"<Future {promise.key}: {promise.status}{what}>"


def _copy_of(error: BaseException) -> BaseException:
    """``error`` again, to be raised; itself if it cannot be copied.

    A traceback refers to the variables of those who ask for a result, futures among them, which refer to the error:
    if that were the one with the traceback, none of them would go before a garbage collection.
    """
    try:
        found = copy.copy(error)
    except Exception:  # noqa: BLE001  an exception's own __reduce__ and __init__ may raise anything
        return error
    if type(found) is not type(error):
        return error
    found.__cause__ = error.__cause__
    return found
