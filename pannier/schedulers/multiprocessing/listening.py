"""Who in a worker reads the socket: the main thread while it has nothing else to do, another one while it has.

To hand each message from thread to thread would cost as much as a short task.  So the main thread reads itself, and
while it works another thread looks after it every few milliseconds.  Only when it finds the main thread
still at the same work does it read in its place, until that is done.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from queue import SimpleQueue
from socket import socket
from threading import Lock, Thread
from time import sleep
from typing import Final

from pannier.schedulers.multiprocessing.wire import Inbox, receive

RELIEF_SECONDS: Final = 0.005
"""After so long at one piece of work the main thread is relieved: by a half more on average before a message is
answered in the middle of it."""


class Listener:
    """Calls ``take`` with each frame that arrives at ``sock``, by one thread at a time, and ``end`` when it is closed.

    ``fail`` is called in place of an exception that ``take`` raises in the other thread.
    """

    def __init__(
        self,
        sock: socket,
        take: Callable[[int, bytes], None],
        end: Callable[[], None],
        fail: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._take = take
        self._end = end
        self._fail = fail
        self._inbox = Inbox()
        self._reading = Lock()
        self._has_taken = False
        """Whether the other thread has taken frames of which the main one does not know."""
        self._is_listening = False
        """Whether the main thread reads or is about to."""
        self._works = 0
        """How many pieces of work the main thread has begun."""
        self._is_resting = True
        """Whether the other thread waits to be told of the next one."""
        self._calls: SimpleQueue[None] = SimpleQueue()

    def start(self) -> None:
        """Start the other thread; called by the main one."""
        Thread(target=self._relieve, name="pannier-reader", daemon=True).start()

    def listen(self, seconds: float | None = None) -> bool:
        """Whether something has arrived, after waiting for it at most so long; in the main thread."""
        self._is_listening = True
        try:
            with self._reading:
                if self._has_taken:
                    self._has_taken = False
                    return True
                if seconds is not None and not self._is_readable(seconds):
                    return False
                self._read()
                return True
        finally:
            self._works += 1
            self._is_listening = False
            if self._is_resting:
                self._is_resting = False
                self._calls.put(None)

    def _is_readable(self, seconds: float | None) -> bool:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))

    def _read(self) -> None:
        """Take what arrives next."""
        data = receive(self._sock)
        assert data is not None  # it blocks
        if not data:
            self._end()
        for kind, payload in self._inbox.feed(data):
            self._take(kind, payload)

    # The other thread.

    def _relieve(self) -> None:
        try:
            while True:
                self._calls.get()
                self._look_after()
        except BaseException:  # noqa: BLE001  the process ends with it
            # Without this thread nobody would see the end of the parent.
            self._fail()

    def _look_after(self) -> None:
        """Return when the main thread has been listening for a while."""
        works = self._works
        while True:
            sleep(RELIEF_SECONDS)
            if works != self._works:
                works = self._works
            elif not self._is_listening:
                self._read_for(works)
            elif self._rests():
                return

    def _rests(self) -> bool:
        """Whether it may: the main thread will call.  Not if it has begun something just now, without calling."""
        self._is_resting = True
        self._is_resting = self._is_listening
        return self._is_resting

    def _read_for(self, works: int) -> None:
        """Read in place of the main thread, until it has done this one of its ``works``."""
        while works == self._works and not self._is_listening:
            self._is_readable(None)
            with self._reading:
                if works == self._works and not self._is_listening:
                    self._read()
                    self._has_taken = True
