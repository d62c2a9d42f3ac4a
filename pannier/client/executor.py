"""A client in the clothes of ``concurrent.futures``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from concurrent.futures import Future as StandardFuture
from typing import TYPE_CHECKING, Any

from pannier.client.future import Future

if TYPE_CHECKING:
    from pannier.client.client import Client


class ClientExecutor(Executor):
    """An executor whose calls run in the workers of ``client``; its futures are those of the standard library."""

    def __init__(self, client: Client, **options: Any) -> None:
        self._client = client
        self._options = options
        self._lock = threading.Lock()
        self._is_shut = False
        self._futures: dict[StandardFuture[Any], Future] = {}
        """Those that are not done."""

    @property
    def _max_workers(self) -> int:
        """How many calls run at once, as other executors say it."""
        return self._client.session.workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> StandardFuture[Any]:
        """A future of ``fn(*args, **kwargs)``.  Raises RuntimeError once the executor is shut down."""
        with self._lock:
            if self._is_shut:
                raise RuntimeError("cannot schedule new futures after shutdown")
            future = self._client.submit_with(fn, args, kwargs, **self._options)
            standard: StandardFuture[Any] = StandardFuture()
            self._futures[standard] = future
        standard.add_done_callback(self._drop)
        future.add_done_callback(lambda done: _pass_on(done, standard))
        return standard

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more calls; return when all are done if ``wait``.  The client stays open."""
        with self._lock:
            self._is_shut = True
            pending = dict(self._futures)
        if cancel_futures:
            for standard in pending:
                standard.cancel()
        if wait:
            for standard in pending:
                if not standard.cancelled():
                    standard.exception()

    def _drop(self, standard: StandardFuture[Any]) -> None:
        with self._lock:
            future = self._futures.pop(standard, None)
        if future is not None and standard.cancelled():
            future.cancel()


def _pass_on(done: Future, standard: StandardFuture[Any]) -> None:
    """Tell ``standard`` what has become of ``done``."""
    if done.cancelled() and standard.cancel():
        standard.set_running_or_notify_cancel()
        return
    if not standard.set_running_or_notify_cancel():
        return
    try:
        standard.set_result(done.result())
    except BaseException as error:  # noqa: BLE001  whoever asks gets it
        standard.set_exception(error)
