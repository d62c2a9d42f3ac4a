"""The results that a worker has, as handles and as objects."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from pannier.schedulers.multiprocessing.results import Handle, Stored, unpack

RECENT_BYTES: Final = 128 << 20
"""Pickled bytes of large results that a worker keeps as objects for the next task that reads them."""
RECENT_SHARE: Final = 16
"""Less than that where this part of the worker's memory is less: objects take several times the bytes of their pickle."""
GIVEN_SHARE: Final = 4
"""The part of the worker's memory that the pickles may have of large values which it keeps as objects, and which were
given with the tasks: the next task reads them, too, nearly always."""


class Recent:
    """The large values that were used last, of ``most`` pickled bytes together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._nbytes = 0
        self._kept: OrderedDict[int, tuple[Stored, Any]] = OrderedDict()

    def get(self, number: int) -> tuple[Stored, Any] | None:
        """The value ``number`` with its handle, if it is kept."""
        found = self._kept.get(number)
        if found is not None:
            self._kept.move_to_end(number)
        return found

    def keep(self, number: int, handle: Stored, value: Any) -> None:
        """Keep ``value``, if it is not too large, in place of those that were used longest ago."""
        self._kept[number] = handle, value
        self._nbytes += handle.nbytes
        while self._nbytes > self._most:
            self.forget(next(iter(self._kept)))

    def forget(self, number: int) -> None:
        """Keep the value ``number`` no longer."""
        if number in self._kept:
            handle, _ = self._kept.pop(number)
            self._nbytes -= handle.nbytes

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._nbytes = 0


class Store:
    """The inputs a worker knows: values, or handles until they are first read.

    Small values stay until the parent says drop.  Large ones are in files, so that of their values only the most
    recent are kept: of results, and of what was given with the tasks, whose numbers are negative.
    """

    def __init__(self, memory: int) -> None:
        self.handles: dict[int, Handle] = {}
        self._values: dict[int, tuple[Handle, Any]] = {}
        """With the handles that they were, as everywhere: a lost result is made again, under another one."""
        self._results = Recent(min(RECENT_BYTES, memory // RECENT_SHARE))
        self._given = Recent(memory // GIVEN_SHARE)

    def get(self, number: int) -> Any:
        """The result of task ``number``."""
        handle = self.handles[number]
        known = self._values.get(number) or self._recent(number).get(number)
        if known is not None and known[0] is handle:
            return known[1]
        value = unpack(handle)
        self._keep(number, handle, value)
        return value

    def put(self, number: int, handle: Handle, value: Any) -> None:
        """Keep ``value``, for which ``handle`` stands."""
        self.handles[number] = handle
        self._keep(number, handle, value)

    def forget_recent(self) -> None:
        """Keep no large values; they are in files."""
        self._results.clear()
        self._given.clear()

    def drop(self, number: int) -> None:
        """Forget the result of task ``number``."""
        self._forget(number)
        self.handles.pop(number, None)

    def _recent(self, number: int) -> Recent:
        return self._results if number >= 0 else self._given

    def _keep(self, number: int, handle: Handle, value: Any) -> None:
        self._forget(number)
        if type(handle) is Stored:
            self._recent(number).keep(number, handle, value)
        else:
            self._values[number] = handle, value

    def _forget(self, number: int) -> None:
        self._values.pop(number, None)
        self._recent(number).forget(number)
