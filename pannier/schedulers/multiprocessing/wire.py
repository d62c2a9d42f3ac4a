"""Frames: what the parent and its workers say to each other, over one inherited socket each.

A frame is a kind (one byte), a length (eight bytes) and a payload, a pickle of plain tuples::

    parent -> worker                           worker -> parent
      RUN      settings of the run to come       RESULTS     results and failures
      TASKS    tasks, with what they need        RETURNED    numbers of tasks given back, not begun
      RECALL   give back what has not begun      UNREADABLE  numbers of tasks that cannot be unpickled
      END      forget the run, wait so long      OUTPUT      what a task printed, logged or warned
      NEWS     a future has its result           CALL        what a task asks for, as a client of futures
      FOLLOW   the parent's surroundings now

The parent's end never blocks: what the socket does not take waits in :class:`Outbox`.  The worker's end
does block, so whatever a worker says is read before it says more.
"""

from __future__ import annotations

import struct
from socket import socket
from typing import Final

RUN, TASKS, RECALL, END, RESULTS, RETURNED, UNREADABLE, OUTPUT, NEWS, CALL, FOLLOW = range(1, 12)

_HEADER: Final = struct.Struct("<BQ")
_CHUNK: Final = 1 << 16
"""Bytes asked of a socket at a time: allocated afresh, and what is larger than 128 KiB is mapped, for 60 us a time."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    """``payload`` with its header.

    >>> Inbox().feed(frame(RESULTS, b"abc"))
    [(5, b'abc')]
    """
    return _HEADER.pack(kind, len(payload)) + payload


class Inbox:
    """Cuts the bytes that arrive into frames.

    >>> inbox = Inbox()
    >>> inbox.feed(frame(END) + frame(RUN, b"abc")[:4])
    [(4, b'')]
    >>> inbox.feed(frame(RUN, b"abc")[4:])
    [(1, b'abc')]
    """

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames that ``data`` completes, as (kind, payload)."""
        pending = self._pending
        pending += data
        frames = []
        start = 0
        while len(pending) - start >= _HEADER.size:
            kind, length = _HEADER.unpack_from(pending, start)
            stop = start + _HEADER.size + length
            if len(pending) < stop:
                break
            frames.append((kind, bytes(memoryview(pending)[start + _HEADER.size : stop])))
            start = stop
        del pending[:start]
        return frames


class Outbox:
    """Bytes on their way to a worker, for a socket that does not block."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending: list[memoryview] = []

    def __bool__(self) -> bool:
        return bool(self._pending)

    def put(self, data: bytes) -> None:
        """Line up ``data`` behind what is waiting."""
        self._pending.append(memoryview(data))

    def flush(self, sock: socket) -> int:
        """Bytes that ``sock`` took; the rest waits.  Raises ConnectionError when nobody reads any more."""
        taken = 0
        pending = self._pending
        while pending:
            try:
                n = sock.send(pending[0])
            except BlockingIOError:
                break
            taken += n
            if n == len(pending[0]):
                pending.pop(0)
            else:
                pending[0] = pending[0][n:]
        return taken


def receive(sock: socket) -> bytes | None:
    """What ``sock`` has to give now, empty when the other side is gone; None when there is nothing yet."""
    try:
        return sock.recv(_CHUNK)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""
