"""How workers leave a run: one by one while it goes on, and all of them at its end."""

from __future__ import annotations

import pickle
import selectors
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from pannier.schedulers.multiprocessing import pool
from pannier.schedulers.multiprocessing.slots import Slot
from pannier.schedulers.multiprocessing.wire import RECALL, RESULTS, RETURNED, UNREADABLE

GRACE_SECONDS: Final = 0.1
"""How long workers may take to end their tasks after a failure before they are killed."""


def retire(slot: Slot, selector: selectors.BaseSelector) -> None:
    """End the worker of ``slot``, if it lives; the next task for ``slot`` starts another one."""
    assert slot.worker is not None
    selector.unregister(slot.worker.sock)
    slot.worker.end()
    slot.fill(None)


def drain(slots: Sequence[Slot], selector: selectors.BaseSelector) -> None:
    """After a failure: let the other workers end what they do, if that is soon."""
    deadline = perf_counter() + GRACE_SECONDS
    for slot in slots:
        if slot.given and slot.worker is not None:
            slot.worker.send(RECALL)
    while any(slot.given for slot in slots) and (left := deadline - perf_counter()) > 0:
        for key, ready in selector.select(left):
            _drain_slot(key.data, ready, selector)


def _drain_slot(slot: Slot, ready: int, selector: selectors.BaseSelector) -> None:
    worker = slot.worker
    assert worker is not None
    if ready & selectors.EVENT_WRITE:
        worker.flush()
        if not worker.is_congested:
            selector.modify(worker.sock, selectors.EVENT_READ, slot)
    if not ready & selectors.EVENT_READ:
        return
    for kind, payload in worker.frames():
        if kind == RESULTS:
            _, done, failures = pickle.loads(payload)
            for task, *_ in [*done, *failures]:
                slot.settle(task)
        elif kind in (RETURNED, UNREADABLE):
            tasks = pickle.loads(payload)
            for task in tasks if kind == RETURNED else tasks[0]:
                slot.settle(task)
    if worker.is_gone:
        retire(slot, selector)


def let_go(slots: Sequence[Slot], is_orderly: bool) -> None:
    """Keep the idle workers for the next run, if this one is ``is_orderly``, and end the others."""
    for slot in slots:
        worker, slot.worker = slot.worker, None
        if worker is None:
            continue
        if is_orderly and not (slot.given or slot.is_too_large or worker.is_congested):
            pool.put_back(worker)
        else:
            worker.end()
