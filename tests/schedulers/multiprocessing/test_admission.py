"""Sources start while there is room for what they make, or where waiting frees nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import pytest

from pannier.graph.spec import to_graph
from pannier.schedulers.events import Event, TaskFinished, observe, stage_of
from pannier.schedulers.multiprocessing import get
from pannier.schedulers.multiprocessing.admission import Admission, Stock
from pannier.schedulers.state import State

BLOCK = 1_000_000
"""Bytes that a source makes."""


def make(i: int) -> bytes:
    return bytes(BLOCK)


def step(carry: int, block: bytes) -> int:
    time.sleep(0.01)
    return carry + len(block)


def lengths(*blocks: bytes) -> int:
    return sum(map(len, blocks))


def chain(n: int) -> dict[Any, Any]:
    """Each of ``n`` blocks waits for what the one before it has made."""
    dsk: dict[Any, Any] = {("step-0", -1): 0}
    for i in range(n):
        dsk["make-0", i] = (make, i)
        dsk["step-0", i] = (step, ("step-0", i - 1), ("make-0", i))
    return dsk


class Place:
    """A worker's place."""

    def __init__(self) -> None:
        self.given: dict[int, tuple[Hashable, float, int]] = {}


def admission_of(
    dsk: dict[Any, Any], wanted: Any, budget: int, used: int
) -> tuple[Admission, State, Place, list[Any]]:
    """What decides for a graph whose tasks all make results of 10 bytes, a place, and keys by number."""
    tasks = to_graph(dsk).ordered([wanted])
    state = State(tasks.dependencies, tasks.dependents, tasks.outputs)
    place = Place()
    stock = Stock(budget)
    stock.used = used
    admission = Admission(tasks, frozenset(tasks.outputs), state, lambda task: "kind", stock, [place])
    admission.learn("kind", 10, 1)
    return admission, state, place, list(tasks.keys)


def test_sources() -> None:
    """A source reads nothing, or only results that many tasks read."""
    dsk: dict[Any, Any] = {"shared": (make, 0), "narrow": (make, 0), "end": (lengths, "narrow")}
    dsk |= {("wide", i): (lengths, "shared") for i in range(20)}
    dsk["all"] = (lengths, "end", *[("wide", i) for i in range(20)])
    admission, _, _, keys = admission_of(dsk, "all", 100, 0)
    sources = {key for task, key in enumerate(keys) if admission.is_source(task)}
    assert sources == {"shared", "narrow", *[("wide", i) for i in range(20)]}


def begin(state: State, place: Place, task: int) -> None:
    """``task`` runs."""
    state.start(task)
    place.given[task] = ("", 0.0, 10)


def test_room_is_for_what_is_expected() -> None:
    """A source starts while the mean of its kind fits; one that never fits starts when there is little else."""
    admission, *_ = admission_of(chain(3), ("step-0", 2), budget=40, used=25)
    assert admission.has_room(0)
    admission.learn("kind", 30, 1)
    assert not admission.has_room(0)
    admission.learn("kind", 1000, 1)
    assert admission.has_room(0)


def test_waiting_for_what_frees() -> None:
    """Waiting is worth while when a running source makes tasks ready that free what waits for it."""
    admission, state, place, keys = admission_of(chain(4), ("step-0", 3), budget=30, used=30)
    number = {key: task for task, key in enumerate(keys)}
    for i in (1, 2):
        begin(state, Place(), number["make-0", i])
        state.finish(number["make-0", i])
    assert not admission.is_worth_waiting(number["make-0", 3])
    admission.learn("kind", 10, 1)  # something has happened since
    begin(state, place, number["make-0", 0])
    assert admission.is_worth_waiting(number["make-0", 3])


def test_waiting_for_what_frees_nothing() -> None:
    """Waiting is in vain when all sources must be stored anyway."""
    dsk: dict[Any, Any] = {("make", i): (make, i) for i in range(3)}
    dsk["all"] = (lengths, *[("make", i) for i in range(3)])
    admission, state, place, _ = admission_of(dsk, "all", budget=10, used=20)
    begin(state, place, 0)
    assert not admission.is_worth_waiting(1)


def most_waiting(call: Callable[[], object]) -> int:
    """The largest number of blocks that waited for their step in the run of ``call``."""
    counts = {"make": 0, "step": 0}
    most = 0

    def count(event: Event) -> None:
        nonlocal most
        if isinstance(event, TaskFinished):
            counts[stage_of(event.key)] += 1
            most = max(most, counts["make"] - counts["step"])

    with observe(count):
        call()
    return most


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_do_not_run_ahead(workers: int) -> None:
    """Of blocks that wait for their turn, no more are stored than fit into a quarter of the limit."""
    n = 40

    def run() -> None:
        assert get(chain(n), ("step-0", n - 1), num_workers=workers, memory_limit=16 * BLOCK) == n * BLOCK

    # Until one has come back, nothing is known of a kind.
    assert most_waiting(run) <= 4 + workers


def meet(folder: str, i: int) -> bytes:
    """A block, once the other task of the pair is running, too."""
    time.sleep(0.02)  # too long to travel with another one
    Path(folder, str(i)).touch()
    deadline = time.monotonic() + 30
    while not Path(folder, str(i ^ 1)).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"task {i} was left alone")
        time.sleep(0.001)
    return bytes(BLOCK)


def test_what_must_be_stored_is_made_side_by_side(tmp_path: Path) -> None:
    """Where every block must wait for the last one, a full budget stops no worker."""
    n = 12
    dsk: dict[Any, Any] = {("make-0", i): (meet, str(tmp_path), i) for i in range(n)}
    dsk["all"] = (lengths, *[("make-0", i) for i in range(n)])
    assert get(dsk, "all", num_workers=2, memory_limit=8 * BLOCK) == n * BLOCK
