"""One worker process, as the parent sees it."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from pannier.schedulers.multiprocessing.wire import Inbox, Outbox, frame, receive
from pannier.schedulers.multiprocessing.worker import IDLE, PAGE_BYTES

_BOOT: Final = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
import sys
sys.path[:] = sys.argv[3:]
from pannier.schedulers.multiprocessing.worker import main
main()
"""
"""Ctrl-C reaches every process of the terminal; only the parent answers it.  The signal is blocked in the
parent while the process starts, so that it cannot arrive before it is ignored."""

_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The variables that say how many threads libraries start, by default one for each processor: workers are as many."""

_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit of ru_maxrss."""
_ENDING_SECONDS: Final = 2.0
"""How long a process may take from closing its socket to its end."""


class WorkerProcess:
    """A worker process, started, and the parent's end of the socket to it.

    It needs no listening address and no key: the worker inherits its end of a socket pair, which nobody
    else can open.  It never imports the parent's ``__main__``.
    """

    def __init__(self) -> None:
        self.sock, theirs = socket.socketpair()
        self.sock.setblocking(False)
        page = _shared_page()
        try:
            self._page = memoryview(mmap.mmap(page, PAGE_BYTES)).cast("q")
            self._page[0] = IDLE
            self._process = _start(theirs.fileno(), page)
        finally:
            os.close(page)
            theirs.close()
        self.sent = 0
        """Bytes that went to the worker."""
        self.received = 0
        """Bytes that came from it."""
        self.is_gone = False
        """Whether the worker has closed its end, which it does only by ending."""
        self.exitcode: int | None = None
        """Once reaped: the exit code, negative for a signal; None when it is not known."""
        self.peak_rss: int | None = None
        """Once reaped: the most memory it had resident, in bytes; None when it is not known."""
        self._is_reaped = False
        self._inbox = Inbox()
        self._outbox = Outbox()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> int | None:
        """Number of the task that it runs now, or was running when it ended; None between tasks."""
        number = self._page[0]
        return None if number == IDLE else number

    @property
    def peak(self) -> int:
        """The most bytes that it had for itself while it ran its last tasks; 0 when that is not known."""
        return self._page[1]

    @property
    def is_congested(self) -> bool:
        """Whether some of what was sent still waits for the socket; :meth:`flush` sends on."""
        return bool(self._outbox)

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Send a frame, as far as the socket takes it now."""
        self._outbox.put(frame(kind, payload))
        self.flush()

    def flush(self) -> None:
        """Send on what waits."""
        try:
            self.sent += self._outbox.flush(self.sock)
        except ConnectionError:  # it died; its last words are still to be read
            self._outbox = Outbox()

    def frames(self) -> list[tuple[int, bytes]]:
        """The frames that have arrived, as (kind, payload)."""
        data = receive(self.sock)
        if data is None:
            return []
        self.is_gone = not data
        self.received += len(data)
        return self._inbox.feed(data)

    def end(self) -> None:
        """Kill the process if it is alive, and clear up after it."""
        if not self._is_reaped:
            self._process.kill()
            self.reap()
        self.sock.close()

    def reap(self) -> None:
        """Wait for the process, which is ending, and learn how it ended."""
        if self._is_reaped:
            return
        self._is_reaped = True
        try:
            status, usage = self._wait()
        except ChildProcessError:  # the program leaves its children to the system to reap
            self._process.returncode = 0
            return
        self.exitcode = self._process.returncode = os.waitstatus_to_exitcode(status)
        # Linux counts what was resident when the process was started, a copy of the parent.
        peak = usage.ru_maxrss * _RSS_UNIT
        self.peak_rss = (
            peak if peak > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT else None
        )

    def _wait(self) -> tuple[int, resource.struct_rusage]:
        """Exit status and usage of the process, which is killed if it takes long to end."""
        deadline = time.monotonic() + _ENDING_SECONDS
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        while not pid and time.monotonic() < deadline:
            time.sleep(0.001)
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if not pid:  # it closed its socket, and lives on
            self._process.kill()
            _, status, usage = os.wait4(self.pid, 0)
        return status, usage

    def close_in_fork(self) -> None:
        """In a forked child of the parent: let go of the worker, which is the parent's."""
        self.sock.close()
        self._is_reaped = True
        self._process.returncode = 0


def _start(sock: int, page: int) -> subprocess.Popen[bytes]:
    """A Python process that runs the boot code with this process's interpreter options and module path.

    Libraries in it start one thread, unless the environment says how many.
    """
    home = str(Path(__file__).parents[3])  # even if the entry it was found by means another folder now
    path = [str(entry) for entry in sys.path]
    options: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
    command = [sys.executable, *options, "-c", _BOOT, str(sock), str(page), *path, home]
    environment = dict.fromkeys(_THREADS, "1") | os.environ
    before: Any = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(sock, page), env=environment)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _shared_page() -> int:
    """The descriptor of a small nameless file, to be mapped by parent and worker."""
    if hasattr(os, "memfd_create"):
        page = os.memfd_create("pannier")
    else:
        with tempfile.TemporaryFile() as file:
            page = os.dup(file.fileno())
    os.ftruncate(page, PAGE_BYTES)
    return page
