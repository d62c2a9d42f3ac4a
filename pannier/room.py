"""Memory that a run sets aside for what waits between two of its tasks, where all of them are in one process."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import NoReturn

from pannier.errors import InternalError


class Room:
    """So many bytes, lent to whoever keeps something in memory until a later task reads it.

    >>> room = Room(10)
    >>> first = room.lease(7)
    >>> room.lease(7) is None
    True
    >>> del first
    >>> room.lease(7) is None
    False
    """

    __slots__ = ("_free", "_lock", "_returned", "nbytes")

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes
        """How many there are in all, lent or not."""
        self._free = nbytes
        self._lock = Lock()
        self._returned: deque[int] = deque()

    def lease(self, nbytes: int) -> Lease | None:
        """Leave to keep ``nbytes``, for as long as the lease lives; None if there is no room for them."""
        with self._lock:
            while self._returned:
                self._free += self._returned.popleft()
            if nbytes > self._free:
                return None
            return self._lent(nbytes)

    def claim(self, nbytes: int) -> Lease:
        """A lease of ``nbytes`` even if others have the room: for those who must not depend on who came first.

        >>> room = Room(10)
        >>> claimed = room.claim(20)
        >>> room.lease(1) is None
        True
        """
        with self._lock:
            return self._lent(nbytes)

    def _lent(self, nbytes: int) -> Lease:
        self._free -= nbytes
        return Lease(nbytes, self._returned)


class Lease:
    """Bytes of a :class:`Room`.  It cannot be pickled, nor can what is kept in memory and has it."""

    __slots__ = ("_nbytes", "_returned")

    def __init__(self, nbytes: int, returned: deque[int]) -> None:
        self._nbytes = nbytes
        self._returned = returned

    def __del__(self) -> None:
        # In one step: the collector may call this anywhere, also where the lock is held.
        self._returned.append(self._nbytes)

    def __reduce__(self) -> NoReturn:
        raise InternalError("what a run keeps in the memory of its process was about to leave that process")
