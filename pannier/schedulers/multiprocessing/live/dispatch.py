"""The dispatcher of a run that goes on: as many workers run tasks as are wanted, however many wait for others.

A task that waits for the result of another one holds its worker.  So that worker runs what it waits for itself, on
top of the waiting task, unless another one does already: a recursion goes down on one worker as in one program.  It
runs nothing else there, which might itself wait for the task beneath.  Where there is nothing of that kind to do,
another worker takes its place until it goes on.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from time import perf_counter
from typing import ClassVar, Final

from pannier.schedulers.multiprocessing import ending, output, surroundings
from pannier.schedulers.multiprocessing.dispatch import Dispatcher
from pannier.schedulers.multiprocessing.live.promises import CANCELLED, FINISHED, Promise
from pannier.schedulers.multiprocessing.live.run import Call, CallEncoder, LiveRun
from pannier.schedulers.multiprocessing.results import Folders, Handle
from pannier.schedulers.multiprocessing.slots import Everything, Slot
from pannier.schedulers.multiprocessing.wire import CALL, FOLLOW, NEWS, OUTPUT

SHORT_SECONDS: Final = 0.02
"""How long tasks are ready and workers wait before one more is started, which takes longer: most waits are short."""

_log = logging.getLogger("pannier")


class LiveDispatcher(Dispatcher):
    """Drives ``run`` on ``workers`` workers; by one thread, which calls :meth:`hear`, :meth:`assign` and the rest.

    ``on_call`` is told what tasks ask of the session, ``on_loss`` which place has lost its worker.
    """

    goes_on: ClassVar[bool] = True

    def __init__(
        self,
        run: LiveRun,
        workers: int,
        folder: str,
        memory: int,
        task_timeout: float | None,
        on_call: Callable[[Slot, bytes], None],
        on_loss: Callable[[Slot], None],
    ) -> None:
        super().__init__(run, CallEncoder(run), workers, folder, memory, task_timeout)
        self._live = run
        self._workers = workers
        self._on_call = on_call
        self._on_loss = on_loss
        self._numbers = count(workers)
        self._mark = surroundings.mark()
        self._has_added = False
        """Whether there are new calls, which are to find the surroundings that there are now."""
        self._news: list[tuple[Promise, Handle]] = []
        """Results that nobody has been told of."""
        self._short_since: float | None = None
        """Since when there have been ready tasks, and too few workers whose tasks do not wait."""
        self.selector = self._selector
        self.inline_bytes = self._inline_bytes

    def start(self) -> None:
        """Start the workers; they are ready some time later."""
        for slot in self._slots:
            self._fill(slot)

    def folders(self, writer: str) -> Folders:
        """Where ``writer``, a thread of this process, writes values that are too large for a message."""
        folders = self._files.folders(writer)
        folders.room = self._files.room
        return folders

    # What the session tells.

    def put(self, value: int, handle: Handle, holds: Sequence[int] = ()) -> None:
        """``handle`` stands for a ``value`` that tasks may read, and which refers to the promises ``holds``."""
        self._live.state.put(value, holds)
        self._ledger.put(value, handle)

    def add(self, number: int, call: Call, function: int) -> None:
        """``call`` is to be run; ``number`` is its place among the others."""
        self._files.add(call.arguments)
        self._has_added = True
        is_ready = self._live.add(number, call, function)
        for each in call.inputs:
            if each.error is not None:
                self._live.settle_failed(self._live.state.fail(number), each.error, each.status)
                return
        if is_ready:
            self._ready.push(number)

    def begin_outside(self, number: int, call: Call, function: int) -> None:
        """A thread of this process is at work for ``call``; it will :meth:`finish_outside`."""
        self._live.add(number, call, function)
        self._live.state.start(number)

    def finish_outside(self, number: int, handle: Handle, error: BaseException | None) -> None:
        """``handle`` stands for the result of such work, unless it has ended in ``error``."""
        if error is not None:
            self._live.fail(number, error)
            return
        self._ledger.put(number, handle)
        ready, _ = self._live.state.finish(number)
        for user in ready:
            self._ready.push(user)
        self._settle(number, handle)

    def cancel(self, promise: Promise, error: BaseException, is_forced: bool) -> None:
        """Nobody is to get the result of ``promise``; ``is_forced`` if its worker is to be ended with it."""
        state, number = self._live.state, promise.ident
        if number not in state:
            return
        self._live.settle_failed(state.cancel(number), error, CANCELLED)
        for slot in self._slots:
            if slot.worker is None or number not in slot.given:
                continue
            if slot.worker.running != number:
                if not slot.is_late:
                    self._call_back(slot)
            elif is_forced:
                os.kill(slot.worker.pid, signal.SIGKILL)  # a child not waited for: the id is its own

    def retry(self, number: int) -> None:
        """What has failed, and what it needs of what has failed, is to be run again."""
        again, ready = self._live.state.retry(number)
        for each in again:
            self._live.calls[each].promise.reopen()
        for each in ready:
            self._ready.push(each)

    def let_go(self, number: int) -> None:
        """No user wants the result or value ``number`` any more."""
        if number in self._live.state:
            self._live.state.let_go(number)

    def tell(self, slot: Slot, payload: bytes) -> None:
        """Send the worker of ``slot`` news of what its tasks wait for."""
        worker = slot.worker
        assert worker is not None
        worker.send(NEWS, payload)
        self._watch_congestion(slot, worker)

    # The loop.

    def patience(self) -> float | None:
        """How long to wait for messages, in seconds; None as long as it takes."""
        self._sweep()  # while the workers work
        self._patrol.look()
        queue = any(len(slot.given) > 1 for slot in self._slots)
        seconds = self._patrol.wait(self._recall() if queue else None)
        if self._short_since is None:
            return seconds
        return SHORT_SECONDS if seconds is None else min(SHORT_SECONDS, seconds)

    def tell_news(self) -> None:
        """Tell of the results that have come; last of all: who waits for them goes on when this thread sleeps."""
        news, self._news = self._news, []
        for promise, handle in news:
            promise.settle(FINISHED, handle)

    def hear(self, slot: Slot, ready: int) -> None:
        """The socket of ``slot`` has something to say, or takes more."""
        worker = slot.worker
        if worker is None:
            return
        self._hear(slot, ready)
        if slot.worker is not worker:
            self._on_loss(slot)

    def assign(self) -> None:
        """Give ready tasks to workers."""
        self._sweep()  # what was cancelled is not ready
        if self._has_added:
            self._has_added = False
            self._tell_surroundings()
        if len(self._slots) > self._workers or any(slot.waits for slot in self._slots):
            self._lend()
            self._resize()
        self._assign()

    def _tell_surroundings(self) -> None:
        """Tell the workers if the program has gone to another folder, changed a setting, and the like."""
        mark = surroundings.mark()
        if mark == self._mark:
            return
        import cloudpickle

        self._mark = mark
        payload = cloudpickle.dumps(surroundings.take())
        for slot in self._slots:
            if slot.worker is not None:
                slot.worker.send(FOLLOW, payload)
                self._watch_congestion(slot, slot.worker)

    def _sweep(self) -> None:
        """Forget what nobody needs any more: results, values, tasks that will never run."""
        run = self._live
        for function in run.outdated_functions():
            run.state.let_go(function)
        if run.state.forgotten:
            forgotten, run.state.forgotten = run.state.forgotten, []
            self._ledger.drop([number for number in forgotten if number in self._ledger])
            for number in forgotten:
                self._trials.known.pop(number, None)
            run.clear_up(forgotten)
        if run.state.revoked:
            revoked, run.state.revoked = run.state.revoked, set()
            self._ready.take_back(revoked)
        for arguments in run.unread:
            self._files.drop(arguments)
        run.unread.clear()

    def _lend(self) -> None:
        """Let workers whose task waits run what it waits for."""
        for slot in self._slots:
            if slot.worker is None or not slot.is_waiting:
                continue
            given: set[int] = set()
            awaited = next((each for each in reversed(slot.waits.values()) if each), [])
            task = self._awaited(awaited, given)
            if task is not None:
                self._ready.take_back({task})
                kind = self._encoder.kind(task)
                self._send(slot, [self._start(slot, task, kind, self._pace.cost(kind))])
                continue
            for other in self._slots:
                if other.unbegun > 0 and not other.is_late and not given.isdisjoint(other.given):
                    self._call_back(other)

    def _awaited(self, numbers: Iterable[int], given: set[int]) -> int | None:
        """A ready task among these ``numbers`` and what they need; if there is none, those that workers are ``given``."""
        state = self._live.state
        stack = [*numbers][::-1]
        seen = set(stack)
        while stack:
            number = stack.pop()
            if number not in state:
                continue
            if state.is_ready(number):
                return number
            if state.is_waiting(number):
                new = [dep for dep in state.dependencies[number] if dep not in seen]
                stack.extend(new)
                seen.update(new)
            elif state.is_running(number):
                given.add(number)
        return None

    def _resize(self) -> None:
        """Have as many places as are wanted beside those whose task waits."""
        active = [slot for slot in self._slots if not slot.is_waiting]
        missing = self._workers - len(active)
        if missing <= 0 or not self._ready:
            self._short_since = None
        elif self._short_since is None:
            self._short_since = perf_counter()
        elif perf_counter() - self._short_since > SHORT_SECONDS:
            self._slots += [Slot(next(self._numbers), self._stock, self._host.memory) for _ in range(missing)]
            self._short_since = None
        if missing < 0 and not self._ready:
            idle = [slot for slot in active if not slot.given]
            for slot in idle[missing:]:
                self._remove(slot)

    def _remove(self, slot: Slot) -> None:
        """Have a place less; nobody waits there, and nothing."""
        if slot.worker is not None:
            self._selector.unregister(slot.worker.sock)
            self._on_loss(slot)
            ending.let_go([slot], is_orderly=True)
        self._slots.remove(slot)
        self._ledger.forget(slot)
        for task in slot.ready:
            self._ready.push(task)

    # What workers say.

    def _fill(self, slot: Slot) -> None:
        super()._fill(slot)
        slot.functions = Everything()

    def _act_on(self, slot: Slot, kind: int, payload: bytes) -> None:
        if kind == CALL:
            self._on_call(slot, payload)
        elif kind == OUTPUT:
            try:
                output.show(payload)
            except Exception:  # noqa: BLE001  a warning that a filter makes an error; streams of the user
                _log.exception("what a task printed, logged or warned could not be shown")
        else:
            super()._act_on(slot, kind, payload)

    def _take_results(self, slot: Slot, began: float, done: list[tuple[int, Handle, float]]) -> None:
        super()._take_results(slot, began, done)
        for task, handle, _ in done:
            self._settle(task, handle)

    def _settle(self, task: int, handle: Handle) -> None:
        """``handle`` stands for the result of ``task``, if anybody still wants it."""
        call = self._live.calls.get(task)
        if call is None:
            return
        if not self._live.state.is_done_with(task):
            self._ledger.drop([task])
            return
        self._live.finish(call)
        self._news.append((call.promise, handle))
