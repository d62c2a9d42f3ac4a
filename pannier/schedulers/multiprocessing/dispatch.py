"""The parent's loop: gives tasks to workers, and takes their results as handles.

Which task a worker takes is up to :class:`~pannier.schedulers.multiprocessing.queues.Queues`.  How many: a
worker without work gets a batch at once, a worker with little work left gets the next one, so that it need not
wait for the message (see :mod:`~pannier.schedulers.batching`).  Tasks that wait behind a longer one than was
thought are called back when another worker has nothing to do.

When a worker dies, the task that it was running is charged an attempt, and from then on travels alone; the
others it had are ready again.  Results that it reported are in files or here, and outlive it.
"""

from __future__ import annotations

import pickle
import selectors
from collections.abc import Hashable, Iterable
from time import perf_counter
from typing import ClassVar, Final

from pannier import config
from pannier.errors import SerializationError
from pannier.graph.task import Key
from pannier.host import Host
from pannier.schedulers.batching import MOST_TASKS, TARGET_SECONDS, UNKNOWN_SECONDS, Pace
from pannier.schedulers.events import TaskFinished, WorkerLost
from pannier.schedulers.failures import Failure, unpack_error
from pannier.schedulers.losses import Again
from pannier.schedulers.multiprocessing import ending, footprint, output, pool, surroundings
from pannier.schedulers.multiprocessing.admission import STOCK_SHARE, Admission, Stock
from pannier.schedulers.multiprocessing.driven import Drivable, Encoded, Encodes
from pannier.schedulers.multiprocessing.files import RunFiles
from pannier.schedulers.multiprocessing.ledger import Ledger
from pannier.schedulers.multiprocessing.patrol import Patrol
from pannier.schedulers.multiprocessing.process import WorkerProcess
from pannier.schedulers.multiprocessing.queues import Queues
from pannier.schedulers.multiprocessing.results import Handle, Stored, size_of
from pannier.schedulers.multiprocessing.slots import Slot
from pannier.schedulers.multiprocessing.tasks import Refused
from pannier.schedulers.multiprocessing.trials import Trials
from pannier.schedulers.multiprocessing.wire import OUTPUT, RECALL, RESULTS, RETURNED, RUN, TASKS, UNREADABLE

RECALL_SECONDS: Final = 0.05
"""How long tasks may wait behind a running one while another worker is idle."""


class Dispatcher:
    """Runs ``run`` on up to ``workers`` worker processes, each started when there is a task for it.

    Its tasks may write to ``folder``; together with their results in memory they may take ``memory`` bytes.  Each
    may take ``task_timeout`` seconds, if there is a limit.
    """

    goes_on: ClassVar[bool] = False
    """Whether the tasks behind one that has failed run all the same."""

    def __init__(
        self,
        run: Drivable,
        encoder: Encodes,
        workers: int,
        folder: str,
        memory: int,
        task_timeout: float | None = None,
    ) -> None:
        self._run = run
        self._state = run.state
        self._inline_bytes: int = config.get("inline_bytes")
        self._memory = memory
        self._files = RunFiles(memory)
        self._host = Host(folder, (memory - self._files.room) // workers)
        self._stock = stock = Stock(memory // STOCK_SHARE)
        self._slots = [Slot(i, stock, self._host.memory) for i in range(workers)]
        self._encoder = encoder
        self._pace = Pace()
        self._ledger = Ledger(
            run.tasks.values, run.outputs, self._files, self._slots, stock, self._inline_bytes
        )
        self._selector = selectors.DefaultSelector()
        dependencies = run.tasks.dependencies
        self._admission = Admission(run.tasks, run.outputs, run.state, self._encoder.kind, stock, self._slots)
        self._ready = Queues(
            run.ready, self._slots, lambda task: self._ledger.home(dependencies[task]), self._admission
        )
        run.folder = folder
        run.losses.path_of = self._ledger.path
        self._trials = Trials(run.tasks.keys, folder)
        self._patrol = Patrol(task_timeout, self._slots, self._trials.place)

    def close(self, is_orderly: bool) -> None:
        """Let the workers go, for the next run if this one ``is_orderly``, and remove its files."""
        self._selector.close()
        ending.let_go(self._slots, is_orderly)
        self._files.remove()

    # Which tasks go where.

    def _assign(self) -> None:
        """Give ready tasks to the workers that have nothing, or too little, to do."""
        while self._ready and self._run.error is None:
            slot = self._next_slot()
            if slot is None:
                return
            if slot.worker is None:
                self._fill(slot)
            batch = self._batch(slot)
            if not batch:
                return
            self._send(slot, batch)

    def _next_slot(self) -> Slot | None:
        """The place most in need of work: idle, else not yet filled, else with the least work left."""
        best: Slot | None = None
        best_rank: tuple[float, ...] = ()
        is_crowded = self._is_crowded()
        for slot in self._slots:
            if not slot.has_room or (self._ready.has_alone if slot.given else is_crowded):
                continue  # tasks that travel alone wait for a worker to become idle
            rank = (bool(slot.given), slot.worker is None, not slot.ready, slot.load)
            if best is None or rank < best_rank:
                best, best_rank = slot, rank
        return best

    def _is_crowded(self) -> bool:
        """Whether the memory is only enough for the workers that have tasks now."""
        peaks = [slot.worker.peak for slot in self._slots if slot.given and slot.worker is not None]
        return footprint.is_crowded(peaks, self._memory - self._files.in_memory)

    def _batch(self, slot: Slot) -> list[int]:
        """Ready tasks for ``slot``, started: its share of them, as long as their cost is known and small."""
        ready = self._ready
        if ready.has_alone and not slot.given:
            task = ready.pop_alone()
            return [self._start(slot, task, self._encoder.kind(task), UNKNOWN_SECONDS)]
        batch: list[int] = []
        most = min(MOST_TASKS, max(1, len(ready) // len(self._slots)))
        seconds = 0.0
        while len(batch) < most and seconds < TARGET_SECONDS:
            heap = ready.heap_for(slot)
            if heap is None:
                break
            kind = self._encoder.kind(heap[0])
            cost = self._pace.cost(kind)
            if cost >= UNKNOWN_SECONDS and slot.given:
                break
            seconds += cost
            nbytes = self._admission.expected(heap[0], kind) if heap is ready.sources else 0
            batch.append(self._start(slot, ready.pop(heap), kind, cost, nbytes))
            seconds = self._follow(slot, batch, seconds)
        return batch

    def _follow(self, slot: Slot, batch: list[int], seconds: float) -> float:
        """Add the chain of tasks behind the last one of ``batch``, as far as their cost is known and small.

        Nobody else could run them earlier; but they must not run if it fails.  What they cost together with the
        ``seconds`` before.
        """
        while not self.goes_on and len(batch) < MOST_TASKS and seconds < TARGET_SECONDS:
            follower = self._state.follower(batch[-1])
            if follower is None or follower in self._trials.known:
                break
            kind = self._encoder.kind(follower)
            cost = self._pace.cost(kind)
            if cost >= UNKNOWN_SECONDS:
                break
            self._state.start_behind(follower)
            slot.give(follower, kind, cost, 0)
            batch.append(follower)
            seconds += cost
        return seconds

    def _start(self, slot: Slot, task: int, kind: Hashable, cost: float, nbytes: int = 0) -> int:
        self._state.start(task)
        slot.give(task, kind, cost, nbytes)
        return task

    # What they are sent.

    def _fill(self, slot: Slot) -> None:
        slot.fill(pool.take())
        import cloudpickle  # while the worker starts

        assert slot.worker is not None
        self._selector.register(slot.worker.sock, selectors.EVENT_READ, slot)
        folders = self._files.folders(f"{slot.worker.pid}-")
        adopted = cloudpickle.dumps(surroundings.take())
        slot.worker.send(
            RUN,
            pickle.dumps(
                (
                    folders,
                    self._host.folder,
                    self._host.memory,
                    self._inline_bytes,
                    self.goes_on,
                    adopted,
                )
            ),
        )
        self._files.make()
        self._host.make_folder()

    def _send(self, slot: Slot, batch: list[int]) -> None:
        run, encoder, worker = self._run, self._encoder, slot.worker
        assert worker is not None
        if run.observers and not all(run.tell_start(task, slot.number) for task in batch):
            for unsent in batch:
                slot.settle(unsent)
            return
        slot.make_room()
        encoded: list[Encoded] = []
        functions: dict[int, bytes] = {}
        inputs: dict[int, Handle] = {}
        try:
            for task in batch:
                form = encoder.encode(task)
                encoded.append(self._trials.watched(task, form) if self._trials.known else form)
                if form[0] not in slot.functions:
                    slot.functions.add(form[0])
                    functions[form[0]] = encoder.pickled[form[0]]
                for number in encoder.inputs(task):
                    if number not in slot.holds and number not in slot.given:
                        inputs[number] = handle = self._ledger.handle(number)
                        slot.hold(number, 0 if type(handle) is Stored else size_of(handle))
            blob = encoder.dumps(batch, encoded)
        except (Refused, SerializationError, OSError) as error:
            culprit, reason = (
                (error.task, error.error)
                if isinstance(error, Refused)
                else (batch[max(0, len(encoded) - 1)], error)  # one of its inputs cannot be packed
            )
            self._give_back(slot, [task for task in batch if task != culprit])
            slot.settle(culprit)
            self._run.fail(culprit, reason)
            return
        room = self._files.room // len(self._slots)
        worker.send(TASKS, pickle.dumps((functions, inputs, slot.drops, room, batch, blob)))
        slot.drops = []
        slot.heard = perf_counter()
        self._watch_congestion(slot, worker)

    def _watch_congestion(self, slot: Slot, worker: WorkerProcess) -> None:
        """Send on what the socket has not taken, as soon as it does."""
        if worker.is_congested:
            self._selector.modify(worker.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, slot)

    def _recall(self) -> float | None:
        """Call back tasks that wait at a busy worker while another is idle.

        How long to wait for messages before asking again, in seconds; None as long as it takes.
        """
        idle = [slot for slot in self._slots if not slot.given or slot.is_waiting]
        if not idle or self._is_crowded():
            return None
        # Starting a worker for a task that waits only for its own worker to start would not help it.
        least = 1 if any(slot.worker is not None for slot in idle) else 2
        now = perf_counter()
        wait = None
        for slot in self._slots:
            if slot.worker is not None and slot.unbegun >= least:
                wait = RECALL_SECONDS
                if now - slot.heard > RECALL_SECONDS:
                    self._call_back(slot)
        return wait

    def _call_back(self, slot: Slot) -> None:
        """Have the worker of ``slot`` give back what it has not begun."""
        assert slot.worker is not None
        slot.worker.send(RECALL)
        slot.heard = perf_counter()
        slot.is_late = True

    # What they say.

    def _hear(self, slot: Slot, ready: int) -> None:
        """The socket of ``slot`` has something to say, or takes more."""
        worker = slot.worker
        assert worker is not None
        if ready & selectors.EVENT_WRITE:
            self._flush(worker, slot)
        if ready & selectors.EVENT_READ:
            for kind, payload in worker.frames():
                self._act_on(slot, kind, payload)
            if worker.is_gone:
                self._lose(slot, worker)
            elif slot.is_too_large and not slot.given:
                ending.retire(slot, self._selector)

    def _flush(self, worker: WorkerProcess, slot: Slot) -> None:
        worker.flush()
        if not worker.is_congested:
            self._selector.modify(worker.sock, selectors.EVENT_READ, slot)

    def _act_on(self, slot: Slot, kind: int, payload: bytes) -> None:
        if kind == OUTPUT:
            output.show(payload)
        elif kind == RESULTS:
            slot.is_late = False
            slot.heard = perf_counter()
            began, done, failures = pickle.loads(payload)
            self._take_results(slot, began, done)
            slot.weigh(slot.heard)
            for task, error in failures:
                slot.settle(task)
                self._take_failure(task, unpack_error(Failure(*error)))
        elif kind == RETURNED:
            self._give_back(slot, pickle.loads(payload))
        elif kind == UNREADABLE:
            tasks, error = pickle.loads(payload)
            if len(tasks) == 1:
                slot.settle(tasks[0])
                self._run.fail(tasks[0], unpack_error(Failure(*error)))
            else:
                self._give_back(slot, tasks, alone=True)

    def _take_results(self, slot: Slot, began: float, done: list[tuple[int, Handle, float]]) -> None:
        state, ledger, run = self._state, self._ledger, self._run
        counted: Hashable = None
        count, nbytes, since, last = 0, 0, began, began
        for task, handle, stopped in done:
            kind = slot.settle(task)
            if kind != counted:
                if count:
                    self._pace.learn(counted, last - since, count)
                    self._admission.learn(counted, nbytes, count)
                counted, count, nbytes, since = kind, 0, 0, last
            count += 1
            nbytes += ledger.enter(task, handle, slot)
            ready, dropped = state.finish(task)
            if run.observers:
                key = run.tasks.keys[task]
                run.emit(TaskFinished(run.number, key, slot.number, last, stopped, size_of(handle)))
            if dropped:
                ledger.drop(dropped)
                run.clear_up(dropped)
            for user in ready:
                self._ready.push(user)
            last = stopped
        if count:
            self._pace.learn(counted, last - since, count)
            self._admission.learn(counted, nbytes, count)

    def _take_failure(self, task: int, error: BaseException) -> None:
        """``task`` raised ``error``."""
        if not self._make_again(self._run.losses.answer(task, error), error):
            self._run.fail(task, error)

    def _make_again(self, again: Again | None, error: BaseException) -> bool:
        """Whether what was missing is made again."""
        if again is not None:
            self._run.tell_of(again, error)
            self._ledger.drop(again.lost)
            self._ready.take_back(again.revoked)
            for task in again.ready:
                self._ready.push(task)
        return again is not None

    def _give_back(self, slot: Slot, tasks: Iterable[int], alone: bool = False) -> None:
        """``tasks``, which ``slot`` has not begun, are ready again; ``alone`` if each is to travel so."""
        for task in tasks:
            slot.settle(task)
            if not self._state.give_back(task):
                continue
            if alone:
                self._ready.push_alone(task)
            else:
                self._ready.push(task)

    def _lose(self, slot: Slot, worker: WorkerProcess) -> None:
        """The worker of ``slot`` has died."""
        worker.reap()
        running = worker.running
        has_begun = running in slot.given
        culprit = running if has_begun else next(iter(slot.given), None)
        self._give_back(slot, [task for task in slot.given if task != culprit])
        lost: tuple[Key, ...] = ()
        if culprit is not None:
            lost = (self._run.tasks.keys[culprit],)
            seconds = self._patrol.seconds if self._patrol.ended(worker.pid) else None
            error = self._trials.fail(culprit, worker, has_begun, seconds)
            if error is None:
                self._give_back(slot, [culprit], alone=True)
            else:
                self._end_task(slot, culprit, error)
        ending.retire(slot, self._selector)
        if self._run.observers:
            self._run.emit(WorkerLost(self._run.number, slot.number, worker.exitcode, lost))

    def _end_task(self, slot: Slot, task: int, error: Exception) -> None:
        """``task``, which ``slot`` was given, can have no result because of ``error``."""
        instead = self._run.rescued(task, error)
        if instead is None:
            slot.settle(task)
            self._run.fail(task, error)
        else:
            now = perf_counter()
            self._take_results(slot, now, [(task, pickle.dumps(instead), now)])
