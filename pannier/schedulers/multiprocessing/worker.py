"""What runs inside a worker process.

Two threads.  The main thread takes frames in the order they came, runs their tasks and sends the results.
The reader thread is always waiting on the socket; it lines up frames for the main thread, answers
RECALL while a task is running, and sees the end of the parent, however it ends: then it removes the
files of the run and ends the process.

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
from collections import OrderedDict, deque
from queue import Empty, SimpleQueue
from socket import socket
from threading import Lock, Thread
from time import perf_counter
from typing import Any, Final

from pannier.graph.task import resolve
from pannier.host import Host, entered, is_temporary
from pannier.schedulers.collector import PATIENCE
from pannier.schedulers.culprits import refused_value
from pannier.schedulers.failures import pack_error
from pannier.schedulers.multiprocessing import footprint, output, surroundings
from pannier.schedulers.multiprocessing.footprint import Diet
from pannier.schedulers.multiprocessing.results import Folders, Handle, Stored, pack, unpack
from pannier.schedulers.multiprocessing.wire import (
    END,
    OUTPUT,
    RECALL,
    RESULTS,
    RETURNED,
    RUN,
    TASKS,
    UNREADABLE,
    frame,
    read_frames,
)
from pannier.tracing import Tracer

PAGE_BYTES: Final = 16
"""Size of the shared page: the number of the task that runs, and the most memory that the last ones took."""
IDLE: Final = -1
"""On the shared page: no task is running."""
REPORT_SECONDS: Final = 0.02
"""A batch that takes longer reports what it has so far."""
RECENT_BYTES: Final = 128 << 20
"""Pickled bytes of large results that a worker keeps as objects for the next task that reads them."""
RECENT_SHARE: Final = 16
"""Less than that where this part of the worker's memory is less: objects take several times the bytes of their pickle."""
TIDY_SECONDS: Final = 0.2
"""How long a worker is idle before it collects garbage: not while the next run may be coming, since with pandas
loaded that takes some 50 ms."""

is_worker = False
"""True in a worker process."""


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


class Worker:
    """Takes frames from ``sock`` until it closes; ``page`` is the memory shared with the parent."""

    def __init__(self, sock: socket, page: memoryview) -> None:
        self._sock = sock
        self._page = page
        self._sending = Lock()
        self._taking = Lock()
        self._frames: deque[tuple[int, bytes]] = deque()
        self._arrivals: SimpleQueue[None] = SimpleQueue()
        self._todo: deque[tuple[int, tuple[Any, ...]]] = deque()
        self._folders = Folders(None, "")
        self._host = Host("", 0)
        self._inline_bytes = 0
        self._patience: float | None = None
        self._reset()

    def _reset(self) -> None:
        self._store = Store(min(RECENT_BYTES, self._host.memory // RECENT_SHARE))
        self._diet = Diet(self._host.memory)
        self._functions: dict[int, Any] = {}
        self._drops: set[int] = set()

    def run(self) -> None:
        """Work, in this thread, until the process ends."""
        Thread(target=self._read, name="pannier-reader", daemon=True).start()
        while True:
            self._wait()
            with self._taking:
                if self._frames:  # else a RECALL has been faster
                    self._take(*self._frames.popleft())
                while self._drops:
                    self._store.drop(self._drops.pop())
            if self._todo:
                with entered(self._host):
                    self._work()

    def _wait(self) -> None:
        """Return when there is a frame; end the process when it has been idle for too long."""
        if self._patience is not None:
            try:
                self._arrivals.get(timeout=min(TIDY_SECONDS, self._patience))
            except Empty:
                footprint.give_back()
                gc.freeze()
            else:
                return
        try:
            self._arrivals.get(timeout=self._patience)
        except Empty:
            os._exit(0)

    def send(self, kind: int, payload: bytes) -> None:
        """Send a frame; from any thread."""
        try:
            with self._sending:
                self._sock.sendall(frame(kind, payload))
        except ConnectionError:
            self._end_with_parent()

    def let_go(self) -> None:
        """In a child that a task has forked: the socket is the worker's."""
        output.uninstall()
        self._sock.close()

    # The reader thread.

    def _read(self) -> None:
        try:
            for kind, payload in read_frames(self._sock):
                self._receive(kind, payload)
        except BaseException:  # noqa: BLE001  the process ends with it
            # Without this thread the parent would wait for ever, say after pannier was upgraded under it.
            traceback.print_exc()
            os._exit(1)
        self._end_with_parent()

    def _receive(self, kind: int, payload: bytes) -> None:
        if kind == RECALL:
            self._give_back()
            return
        if kind == RUN:
            # Now, since the parent may die before the main thread comes to it.
            self._folders, folder, memory, self._inline_bytes, payload = pickle.loads(payload)
            self._host = Host(folder, memory)
        self._frames.append((kind, payload))
        self._arrivals.put(None)

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
            self._patience = None
            surroundings.adopt(pickle.loads(payload))
        elif kind == END:
            self._reset()
            self._patience = pickle.loads(payload)

    # The main thread.

    def _work(self) -> None:
        done: list[tuple[int, Handle, float]] = []
        began = reported = perf_counter()
        failure = None
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
                failure = (number, tuple(pack_error(error, __file__)))
                break
            self._store.put(number, handle, value)
            del value
            stopped = perf_counter()
            done.append((number, handle, stopped))
            if stopped > self._diet.next_look:
                self._page[1] = self._diet.look(stopped, self._store.forget_recent)
            if stopped - reported > REPORT_SECONDS and self._todo:
                output.flush()
                self.send(RESULTS, pickle.dumps((began, done, None)))
                done, began, reported = [], stopped, stopped
        output.flush()
        self._page[0] = IDLE
        self.send(RESULTS, pickle.dumps((began, done, failure)))
        if failure is not None:
            self._give_back()

    def _call(self, function: int, args: Any, refs: Any, deps: Any = None, trace: Any = None) -> Any:
        """The result of a task; see :func:`~pannier.schedulers.multiprocessing.tasks.encode`."""
        if trace is not None:
            return self._call_watched(trace, function, args, refs, deps)
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
            return pack(value, self._folders, self._inline_bytes)
        except OSError:
            raise
        except Exception as error:
            raise refused_value(value, "the task's result", error) from error


def main() -> None:
    """The life of a worker process, whose arguments are two inherited file descriptors."""
    global is_worker
    is_worker = True
    descriptors = int(sys.argv[1]), int(sys.argv[2])
    for descriptor in descriptors:
        # A process started by a task would keep the socket open beyond the worker's death.
        os.set_inheritable(descriptor, False)
    del sys.argv[1:]
    page = mmap.mmap(descriptors[1], PAGE_BYTES)
    worker = Worker(socket(fileno=descriptors[0]), memoryview(page).cast("q"))
    output.install(lambda payload: worker.send(OUTPUT, payload))
    os.register_at_fork(after_in_child=worker.let_go)
    gc.set_threshold(*PATIENCE)
    gc.freeze()
    worker.run()
