"""What runs inside a worker process.

Two threads.  The main thread takes frames in the order they came, runs their tasks and sends the results.
While it is at a task for long the other one waits on the socket
(:mod:`~pannier.schedulers.multiprocessing.listening`): it lines up frames, answers RECALL, and sees the
end of the parent, however it ends: then it removes the files of the run and ends the process.

Before each task the main thread writes its number to a page of memory shared with the parent, so that the
parent knows which task a dead worker was running.  It costs 50 ns, a message some 10 us.
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import shutil
import sys
import traceback
from collections import deque
from socket import socket
from threading import Lock
from time import monotonic, perf_counter
from typing import Any, Final

from pannier.graph.task import resolve
from pannier.host import Host, entered, is_temporary
from pannier.leftovers import remove_held
from pannier.schedulers.collector import PATIENCE
from pannier.schedulers.culprits import refused_value
from pannier.schedulers.failures import pack_error
from pannier.schedulers.multiprocessing import footprint, output, surroundings
from pannier.schedulers.multiprocessing.footprint import Diet
from pannier.schedulers.multiprocessing.listening import Listener
from pannier.schedulers.multiprocessing.live.nested import NestedSession
from pannier.schedulers.multiprocessing.live.payloads import unpack_call
from pannier.schedulers.multiprocessing.live.promises import Gate
from pannier.schedulers.multiprocessing.results import Folders, Handle, pack
from pannier.schedulers.multiprocessing.store import Store
from pannier.schedulers.multiprocessing.wire import (
    END,
    FOLLOW,
    NEWS,
    OUTPUT,
    RECALL,
    RESULTS,
    RETURNED,
    RUN,
    TASKS,
    UNREADABLE,
    frame,
)
from pannier.tracing import Tracer

PAGE_BYTES: Final = 16
"""Size of the shared page: the number of the task that runs, and the most memory that the last ones took."""
IDLE: Final = -1
"""On the shared page: no task is running."""
REPORT_SECONDS: Final = 0.02
"""A batch that takes longer reports what it has so far."""
TIDY_SECONDS: Final = 0.2
"""How long a worker is idle before it collects garbage: not while the next run may be coming, since with pandas
loaded that takes some 50 ms."""

is_worker = False
"""True in a worker process."""
current: Worker | None = None
"""In a worker process: the one there is."""


class _Report:
    """What the parent is to be told of tasks, and since when."""

    __slots__ = ("began", "done", "failures")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a new one."""
        self.began = perf_counter()
        self.done: list[tuple[int, Handle, float]] = []
        self.failures: list[tuple[int, tuple[Any, ...]]] = []


class Worker:
    """Takes frames from ``sock`` until it closes; ``page`` is the memory shared with the parent."""

    def __init__(self, sock: socket, page: memoryview) -> None:
        self._sock = sock
        self._page = page
        self._sending = Lock()
        self._later: deque[bytes] = deque()
        self._taking = Lock()
        self._frames: deque[tuple[int, bytes]] = deque()
        self._listener = Listener(sock, self._receive, self._end_with_parent, _fail)
        self._todo: deque[tuple[int, tuple[Any, ...]]] = deque()
        self._folders = Folders(None, "")
        self._host = Host("", 0)
        self.inline_bytes = 0
        self._goes_on = False
        self._report = _Report()
        self._session: NestedSession | None = None
        """What its tasks have asked for futures; None as long as none has."""
        self._patience: float | None = None
        self._reset()

    def _reset(self) -> None:
        self._store = Store(self._host.memory)
        self._diet = Diet(self._host.memory)
        self._functions: dict[int, Any] = {}
        self._drops: set[int] = set()

    def run(self) -> None:
        """Work, in this thread, until the process ends."""
        self._listener.start()
        while True:
            self._wait()
            self._take_next()
            if self._todo:
                with entered(self._host):
                    self._work()

    def _take_next(self) -> None:
        """Take the next frame, and forget what the parent has said to."""
        with self._taking:
            if self._frames:  # else a RECALL has been faster
                self._take(*self._frames.popleft())
            while self._drops:
                self._store.drop(self._drops.pop())

    def _wait(self) -> None:
        """Return when there may be a frame; end the process when it has been idle for too long."""
        if self._frames:
            return
        if self._patience is not None:
            if self._listener.listen(min(TIDY_SECONDS, self._patience)):
                return
            footprint.give_back()
            gc.freeze()
        if not self._listener.listen(self._patience):
            os._exit(0)

    def send(self, kind: int, payload: bytes) -> None:
        """Send a frame; from any thread."""
        data = frame(kind, payload)
        while self._later:
            data = self._later.popleft() + data
        try:
            with self._sending:
                self._sock.sendall(data)
        except ConnectionError:
            self._end_with_parent()

    def send_later(self, kind: int, payload: bytes) -> None:
        """Send a frame with the next one that is sent; a finalizer may not wait for a lock that its thread holds."""
        self._later.append(frame(kind, payload))

    def let_go(self) -> None:
        """In a child that a task has forked: the socket is the worker's."""
        output.uninstall()
        self._sock.close()

    # The thread that reads.

    def _receive(self, kind: int, payload: bytes) -> None:
        if kind == RECALL:
            self._give_back()
            return
        if kind == NEWS:
            if self._session is not None:
                self._session.hear(payload)
            return
        if kind == RUN:
            # Now, since the parent may die before the main thread comes to it.
            self._folders, folder, memory, self.inline_bytes, self._goes_on, payload = pickle.loads(payload)
            self._host = Host(folder, memory)
        self._frames.append((kind, payload))

    def _give_back(self) -> None:
        """Tell the parent which tasks this worker has and has not begun, and forget them."""
        returned = []
        with self._taking:
            while self._frames:
                self._take(*self._frames.popleft())
            while self._todo:
                try:
                    returned.append(self._todo.pop()[0])
                except IndexError:  # the main thread, which pops from the other end, has just taken it
                    break
        self.send(RETURNED, pickle.dumps(returned))

    def _end_with_parent(self) -> None:
        for folder in (self._folders.memory, self._folders.disk, self._host.folder):
            # Another worker may add a file while this one removes them; then once more.
            while folder and is_temporary(folder) and os.path.isdir(folder):
                remove_held(folder)
                shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    # Both threads, under the lock.

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TASKS:
            functions, inputs, drops, room, numbers, blob = pickle.loads(payload)
            self._functions.update(functions)
            # The main thread may be about to read what is dropped here, so it drops between its batches.
            self._drops.update(drops)
            self._drops.difference_update(inputs)
            self._store.handles.update(inputs)
            self._folders.room = room
            try:
                self._todo.extend(zip(numbers, pickle.loads(blob), strict=True))
            except BaseException as error:  # noqa: BLE001  __setstate__ methods and imports raise anything
                self.send(UNREADABLE, pickle.dumps((numbers, tuple(pack_error(error, __file__)))))
        elif kind == RUN:
            self._reset()
            self._session = None
            self._patience = None
            surroundings.adopt(pickle.loads(payload))
        elif kind == FOLLOW:
            surroundings.adopt(pickle.loads(payload))
        elif kind == END:
            self._reset()
            self._patience = pickle.loads(payload)

    # The main thread.

    def _work(self) -> None:
        report = self._report = _Report()
        while self._todo:
            try:
                number, task = self._todo.popleft()
            except IndexError:  # a RECALL has just taken it
                break
            self._page[0] = number
            try:
                value = self._call(*task)
                handle = self._pack(value)
            except BaseException as error:  # noqa: BLE001  what a task raises is the parent's to judge
                report.failures.append((number, tuple(pack_error(error, __file__))))
                if not self._goes_on:
                    break
                stopped = perf_counter()
            else:
                self._store.put(number, handle, value)
                del value
                stopped = perf_counter()
                report.done.append((number, handle, stopped))
            if stopped > self._diet.next_look:
                self._page[1] = self._diet.look(stopped, self._store.forget_recent)
            if stopped - report.began > REPORT_SECONDS and self._todo:
                self._send_report(report)
        has_failed = bool(report.failures)
        self._page[0] = IDLE
        self._send_report(report)
        if has_failed and not self._goes_on:
            self._give_back()

    def _send_report(self, report: _Report) -> None:
        """Tell the parent what has been done, and begin a new report."""
        output.flush()
        self.send(RESULTS, pickle.dumps((report.began, report.done, report.failures)))
        report.clear()

    def help(self, gate: Gate, deadline: float | None) -> bool:
        """Whether ``gate`` is open by the ``deadline`` on the monotonic clock; until then, do what the parent sends.

        For a task that waits, in the main thread: what it waits for must know what has been done before it, and what
        was to come behind it goes to others.
        """
        report, running = self._report, self._page[0]
        if report.done or report.failures:
            self._send_report(report)
        self._give_back()
        while not gate.is_open:
            if not self._frames and not self._listener.listen(
                None if deadline is None else deadline - monotonic()
            ):
                return gate.is_open
            self._take_next()
            if self._todo:
                self._work()
                self._report, self._page[0] = report, running
        return True

    def nested_session(self) -> NestedSession | None:
        """What tasks that a client has submitted submit calls of their own to; None if these are others."""
        if self._session is None and self._goes_on:
            self._session = NestedSession(self)
        return self._session

    def folders(self, prefix: str) -> Folders:
        """Where a task writes values for other tasks."""
        return Folders(self._folders.memory, self._folders.disk, self._folders.room, prefix)

    def _call(self, function: int, args: Any, refs: Any, deps: Any = None, trace: Any = None) -> Any:
        """The result of a task; see :func:`~pannier.schedulers.multiprocessing.tasks.encode`."""
        if trace is not None:
            return self._call_watched(trace, function, args, refs, deps)
        if refs is None:
            args, kwargs = unpack_call(args, [self._store.get(number) for number in deps])
            return self._store.get(function)(*args, **kwargs)
        func = self._functions[function]
        if type(func) is bytes:
            func = self._functions[function] = pickle.loads(func)
        get = self._store.get
        if deps is not None:
            args, kwargs = resolve((args, refs), {key: get(number) for key, number in deps})
            return func(*args, **kwargs)
        if refs:
            args = list(args)
            for place, number in refs:
                args[place] = get(number) if type(number) is int else [get(n) for n in number]
        return func(*args)

    def _call_watched(self, trace: tuple[Any, ...], *task: Any) -> Any:
        host = Host(self._host.folder, self._host.memory)
        host.trace = Tracer(*trace)
        try:
            with entered(host):
                return self._call(*task)
        finally:
            host.trace.close()

    def _pack(self, value: Any) -> Handle:
        try:
            return pack(value, self._folders, self.inline_bytes)
        except OSError:
            raise
        except Exception as error:
            raise refused_value(value, "the task's result", error) from error


def _fail() -> None:
    """End the process, which cannot hear its parent any more, say after pannier was upgraded under it."""
    traceback.print_exc()
    os._exit(1)


def main() -> None:
    """The life of a worker process, whose arguments are two inherited file descriptors."""
    global is_worker, current
    is_worker = True
    descriptors = int(sys.argv[1]), int(sys.argv[2])
    for descriptor in descriptors:
        # A process started by a task would keep the socket open beyond the worker's death.
        os.set_inheritable(descriptor, False)
    del sys.argv[1:]
    page = mmap.mmap(descriptors[1], PAGE_BYTES)
    worker = current = Worker(socket(fileno=descriptors[0]), memoryview(page).cast("q"))
    output.install(lambda payload: worker.send(OUTPUT, payload))
    os.register_at_fork(after_in_child=worker.let_go)
    gc.set_threshold(*PATIENCE)
    gc.freeze()
    worker.run()
