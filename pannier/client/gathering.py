"""Waiting for many futures: all of them, some, or one after the other as they are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from time import monotonic
from typing import Any, Final, NamedTuple

from pannier.client.future import Future
from pannier.errors import UsageError, near_matches
from pannier.schedulers.multiprocessing.live.promises import FINISHED, Countdown, Gate, Promise

_RETURN_WHEN: Final = (ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION)
ERRORS: Final = ("raise", "skip")


class DoneAndNotDone(NamedTuple):
    """What :func:`wait` returns."""

    done: set[Future]
    """Futures whose call has returned, raised or been cancelled."""
    not_done: set[Future]
    """The others."""


def wait(
    fs: Future | Iterable[Future], timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> DoneAndNotDone:
    """The futures that are done, and those that are not, as soon as all are done.

    ``return_when`` may also be ``"FIRST_COMPLETED"``, or ``"FIRST_EXCEPTION"``, which is when one has failed or
    was cancelled, or all are done.  Raises TimeoutError after ``timeout`` seconds.

    >>> import pannier as pn
    >>> with pn.Client(n_workers=1) as client:
    ...     len(pn.wait(client.map(abs, [1, -2])).done)
    2
    """
    if return_when not in _RETURN_WHEN:
        raise UsageError(
            f"return_when is {', '.join(_RETURN_WHEN)}, not {return_when!r}{near_matches(return_when, _RETURN_WHEN)}"
        )
    futures = [fs] if isinstance(fs, Future) else list(fs)
    enough = 1 if return_when == FIRST_COMPLETED else None
    if futures and not wait_for(futures, timeout, enough, return_when == FIRST_EXCEPTION):
        left = sum(not future.done() for future in futures)
        raise TimeoutError(f"{left} of {len(futures)} futures are not done after {timeout:g} seconds")
    done = {future for future in futures if future.done()}
    return DoneAndNotDone(done, {*futures} - done)


def wait_for(
    futures: Iterable[Future], timeout: float | None, enough: int | None, until_failure: bool
) -> bool:
    """Whether ``enough`` futures, or all, are done within ``timeout`` seconds, or one failed ``until_failure``."""
    futures = list(futures)
    promises = [future.promise for future in futures]
    gate = Countdown(promises, enough, until_failure)
    try:
        return gate.is_open or futures[0].client.session.wait(gate, timeout, promises)
    finally:
        gate.leave()


def futures_in(value: Any, found: dict[Future, None]) -> None:
    """Add the futures in ``value``, a future or lists, tuples, sets and dicts of such, to ``found``."""
    kind = type(value)
    if kind is Future:
        found[value] = None
    elif kind in (list, tuple, set, frozenset):
        for each in value:
            futures_in(each, found)
    elif kind is dict:
        for each in value.values():
            futures_in(each, found)


def with_results(value: Any, skip: bool) -> Any:
    """``value`` with the results in place of the futures; ``skip`` leaves those out of containers that have none."""
    kind = type(value)
    if kind is Future:
        return value.result()
    if kind in (list, tuple, set, frozenset):
        return kind([with_results(each, skip) for each in value if not (skip and _is_without(each))])
    if kind is dict:
        return {
            name: with_results(each, skip) for name, each in value.items() if not (skip and _is_without(each))
        }
    return value


def _is_without(value: Any) -> bool:
    return type(value) is Future and value.status != FINISHED


class as_completed(Iterator[Any]):  # noqa: N801  read as a function, as those of the peers are
    """Futures in the order in which they are done, those that are added meanwhile as well.

    ``with_results`` gives pairs of a future and its result, and raises what a call has raised unless
    ``raise_errors`` is False: then the second of the pair is the exception.  Raises TimeoutError when the next is
    not there ``timeout`` seconds after the first was asked for.

    >>> import pannier as pn
    >>> with pn.Client(n_workers=1) as client:
    ...     sorted(future.result() for future in pn.as_completed(client.map(abs, [1, -2])))
    [1, 2]
    """

    def __init__(
        self,
        futures: Iterable[Future] | None = None,
        with_results: bool = False,
        raise_errors: bool = True,
        *,
        timeout: float | None = None,
    ) -> None:
        self._with_results = with_results
        self._raise_errors = raise_errors
        self._timeout = timeout
        self._deadline: float | None = None
        self._waiting: dict[Promise, list[Future]] = {}
        self._settled: deque[Promise] = deque()
        self._gate = Gate()
        for future in futures or ():
            self.add(future)

    def add(self, future: Future) -> None:
        """Give ``future`` as well, once it is done."""
        promise = future.promise
        others = self._waiting.setdefault(promise, [])
        others.append(future)
        if len(others) == 1:
            promise.watch(self._ring)

    def update(self, futures: Iterable[Future]) -> None:
        """Give ``futures`` as well."""
        for future in futures:
            self.add(future)

    def count(self) -> int:
        """How many futures are still to be given."""
        return sum(map(len, self._waiting.values()))

    def has_ready(self) -> bool:
        """Whether the next one is there already."""
        return bool(self._settled)

    def is_empty(self) -> bool:
        """Whether all have been given."""
        return not self._waiting

    def next_batch(self, block: bool = True) -> list[Any]:
        """All that are done and were not given; if there are none, after waiting for one if ``block``."""
        batch = [next(self)] if block and not self._settled else []
        while self._settled:
            batch.append(next(self))
        return batch

    def batches(self) -> Iterator[list[Any]]:
        """All in lists, each of what was done when it was asked for."""
        while self._waiting:
            yield self.next_batch()

    def clear(self) -> None:
        """Give no more of those that were added."""
        for promise in self._waiting:
            promise.unwatch(self._ring)
        self._waiting.clear()
        self._settled.clear()

    def __next__(self) -> Any:
        if not self._waiting:
            raise StopIteration
        if self._deadline is None and self._timeout is not None:
            self._deadline = monotonic() + self._timeout
        while not self._settled:
            self._wait()
        promise = self._settled[0]
        futures = self._waiting[promise]
        future = futures.pop()
        if not futures:
            self._settled.popleft()
            del self._waiting[promise]
        if not self._with_results:
            return future
        if promise.status != FINISHED and not self._raise_errors:
            return future, promise.error
        return future, future.result()

    def _ring(self, promise: Promise) -> None:
        self._settled.append(promise)
        self._gate.open()

    def _wait(self) -> None:
        self._gate = Gate()
        if self._settled:  # since it was asked
            return
        session = next(iter(self._waiting.values()))[0].client.session
        seconds = None if self._deadline is None else self._deadline - monotonic()
        if not session.wait(self._gate, seconds, list(self._waiting)):
            raise TimeoutError(f"{self.count()} futures are not done after {self._timeout:g} seconds")
