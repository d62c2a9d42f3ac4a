"""Workers give memory back, and are replaced when they cannot."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator

import pytest

from pannier.schedulers.multiprocessing import get, pool
from pannier.schedulers.multiprocessing.footprint import (
    LEAST_SHARE,
    Diet,
    Scales,
    give_back,
    resident,
    take_peak,
)

MIB = 1 << 20
LIMIT = 3 * LEAST_SHARE
"""For one worker and its files in memory: the worker may take three quarters of it."""

kept: list[object] = []
"""What tasks leave behind in their process."""


@pytest.fixture(autouse=True)
def fresh_pool() -> Iterator[None]:
    """No idle workers before and after each test."""
    pool.close()
    yield
    pool.close()


def own_size() -> int:
    size = resident(os.getpid())
    assert size is not None
    return size


def leak(nbytes: int, before: object = None) -> tuple[int, int]:
    """Keeps ``nbytes`` in the process for ever: its id and size."""
    kept.append(bytearray(b"x") * nbytes)
    return os.getpid(), own_size()


def litter(n: int, before: object = None) -> tuple[int, int]:
    """Frees ``n`` KiB that lie under a small block that lives: id and size before the next task."""
    report = os.getpid(), own_size()
    blocks = [bytes(1000) for _ in range(n)]
    kept.append(bytes(1000))
    del blocks
    return report


def knot(nbytes: int, before: object = None) -> tuple[int, int]:
    """Leaves ``nbytes`` to the garbage collector: id and size before."""
    report = os.getpid(), own_size()
    loop: list[object] = [bytearray(b"x") * nbytes]
    loop.append(loop)
    return report


def one_after_the_other(task: object, argument: int, n: int) -> list[tuple[int, int]]:
    """What ``n`` tasks, each of which waits for the one before, say."""
    dsk = {("task", i): (task, argument, ("task", i - 1) if i else None) for i in range(n)}
    return get(dsk, list(dsk), num_workers=1, memory_limit=LIMIT)  # type: ignore[no-any-return]


def test_resident() -> None:
    """Memory counts once it is written to, and no more once it is freed; no process has no size."""
    give_back()  # what other tests have left free would be filled first
    before = own_size()
    block = bytearray(b"x") * (64 * MIB)
    assert own_size() - before > 60 * MIB
    del block
    assert own_size() - before < 10 * MIB
    assert resident(2**22 + 1) is None


def test_give_back() -> None:
    """Pages below a block that lives, and cycles, are returned to the system."""
    give_back()  # what other tests have left free would be filled first
    before = own_size()
    knot(50 * MIB)
    litter(100_000)
    assert own_size() - before > 120 * MIB
    give_back()
    assert own_size() - before < 20 * MIB
    kept.clear()


def test_a_worker_that_leaks_is_replaced() -> None:
    """No worker grows much beyond its share, and the results of those that were replaced are still there."""
    share = LIMIT * 3 // 4
    says = one_after_the_other(leak, 100 * MIB, 10)
    assert len({pid for pid, _ in says}) >= 3
    assert max(size for _, size in says) < share + 150 * MIB


def test_a_worker_that_can_give_back_stays() -> None:
    """A worker that is too large because of garbage or of its allocator gives memory back, and goes on."""
    for task, argument in ((litter, 300_000), (knot, 300 * MIB)):
        says = one_after_the_other(task, argument, 4)
        assert len({pid for pid, _ in says}) == 1
        assert max(size for _, size in says) < 150 * MIB


def test_a_large_worker_does_not_stay_for_the_next_run() -> None:
    """A worker that is too large at the end of a run is ended."""
    one_after_the_other(leak, 400 * MIB, 1)
    assert pool.idle_workers() == []


def hold(nbytes: int, before: object = None) -> tuple[int, int]:
    """Keeps one block of ``nbytes`` in the process, like a model that every task needs: its id and size."""
    if not kept:
        kept.append(bytearray(b"x") * nbytes)
    return os.getpid(), own_size()


def test_what_every_worker_needs_is_no_reason_to_replace_it() -> None:
    """A worker that is too large from its first task on is replaced once, not for ever."""
    says = one_after_the_other(hold, 400 * MIB, 8)
    assert len({pid for pid, _ in says}) == 2


def test_scales_look_now_and_then() -> None:
    """Workers are weighed every 20 ms at most."""
    scales = Scales(0)
    block = bytearray(b"x") * (LEAST_SHARE + MIB)
    assert scales.is_too_large(os.getpid(), 1.0)
    assert not scales.is_too_large(os.getpid(), 1.01)
    assert scales.is_too_large(os.getpid(), 1.03)
    del block


def test_peak() -> None:
    """The peak is that since the last look, whether or not the memory was freed since."""
    give_back()  # what other tests have left free would be filled first
    take_peak()
    block = bytearray(b"x") * (64 * MIB)
    del block
    assert take_peak() - own_size() > 60 * MIB
    assert take_peak() - own_size() < 10 * MIB


def heavy(nbytes: int, i: int) -> tuple[float, float]:
    """Takes ``nbytes`` for a while: when it began and ended."""
    began = time.monotonic()
    block = bytearray(b"x") * nbytes
    time.sleep(0.1)
    del block
    return began, time.monotonic()


def test_heavy_tasks_run_fewer_at_a_time() -> None:
    """Once it is known what tasks take, only so many run at a time as the limit allows, and one always."""
    for limit, allowed in ((600 * MIB, {1, 2}), (100 * MIB, {1}), (10_000 * MIB, {2, 3})):
        dsk = {("heavy", i): (heavy, 200 * MIB, i) for i in range(12)}
        spans = sorted(get(dsk, list(dsk), num_workers=3, memory_limit=limit))
        learned = min(end for _, end in spans[:3])
        # A task that was given before another one had reported runs all the same.
        later = [began for began, _ in spans if began > learned][3:]
        together = [sum(begins <= began < ends for begins, ends in spans) for began in later]
        assert max(together) in allowed


def test_a_diet_that_does_not_help_is_not_repeated() -> None:
    """A process that needs its memory looks for garbage again only when it has grown by a half."""
    calls: list[int] = []
    diet = Diet(0)
    blocks = [bytearray(b"x") * (2 * LEAST_SHARE)]
    for now in (1.0, 2.0):
        diet.look(now, lambda: calls.append(1))
    assert len(calls) == 1
    blocks.append(bytearray(b"x") * own_size())
    diet.look(3.0, lambda: calls.append(1))
    assert len(calls) == 2
    blocks.clear()
    gc.collect()
