"""The results that a worker has, as handles and as objects."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from pannier.schedulers.multiprocessing.results import Handle, Stored, unpack

RECENT_BYTES: Final = 128 << 20
"""Pickled bytes of large results that a worker keeps as objects for the next task that reads them."""
RECENT_SHARE: Final = 16
"""Less than that where this part of the worker's memory is less: objects take several times the bytes of their pickle."""


class Store:
    """The inputs a worker knows: values, or handles until they are first read.

    Small values stay until the parent says drop.  Large ones are in files, so that of their values only
    the most recent are kept.
    """

    def __init__(self, recent_bytes: int = RECENT_BYTES) -> None:
        self._most_recent_bytes = recent_bytes
        self.handles: dict[int, Handle] = {}
        self._values: dict[int, tuple[Handle, Any]] = {}
        self._recent: OrderedDict[int, tuple[Stored, Any]] = OrderedDict()
        """Like the other values, with the handles that they were: a lost result is made again, under another one."""
        self._recent_bytes = 0

    def get(self, number: int) -> Any:
        """The result of task ``number``."""
        handle = self.handles[number]
        known = self._values.get(number) or self._recent.get(number)
        if known is not None and known[0] is handle:
            if number in self._recent:
                self._recent.move_to_end(number)
            return known[1]
        value = unpack(handle)
        self._keep(number, handle, value)
        return value

    def put(self, number: int, handle: Handle, value: Any) -> None:
        """Keep ``value``, for which ``handle`` stands."""
        self.handles[number] = handle
        self._keep(number, handle, value)

    def _keep(self, number: int, handle: Handle, value: Any) -> None:
        self._forget(number)
        if type(handle) is not Stored:
            self._values[number] = handle, value
            return
        self._recent[number] = handle, value
        self._recent_bytes += handle.nbytes
        while self._recent_bytes > self._most_recent_bytes:
            self._forget_recent(next(iter(self._recent)))

    def forget_recent(self) -> None:
        """Keep no large values; they are in files."""
        self._recent.clear()
        self._recent_bytes = 0

    def drop(self, number: int) -> None:
        """Forget the result of task ``number``."""
        self._forget(number)
        self.handles.pop(number, None)

    def _forget(self, number: int) -> None:
        self._values.pop(number, None)
        if number in self._recent:
            self._forget_recent(number)

    def _forget_recent(self, number: int) -> None:
        handle, _ = self._recent.pop(number)
        self._recent_bytes -= handle.nbytes
