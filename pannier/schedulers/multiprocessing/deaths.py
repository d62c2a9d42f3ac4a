"""How a worker process died, in words that help."""

from __future__ import annotations

import signal
from typing import Final

from pannier.errors import TaskTimeout, WorkerDied
from pannier.graph.task import Key
from pannier.schedulers.events import stage_of
from pannier.sizes import format_bytes

_NATIVE: Final = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGABRT,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGTRAP,
        signal.SIGSYS,
    }
)


def worker_died(
    key: Key, attempts: int, exitcode: int | None, peak_rss: int | None, has_begun: bool
) -> WorkerDied:
    """The error for the task ``key`` whose worker died in each of ``attempts`` attempts.

    >>> print(worker_died(("map-0f", 3), 3, -9, 2 << 30, True))
    the worker process of task ('map-0f', 3) (step 'map') died in each of 3 attempts: killed by SIGKILL \
(peak memory 2.0 GiB). The system does so when memory runs out: use smaller partitions or fewer workers
    """
    times = "died" if attempts == 1 else f"died in each of {attempts} attempts"
    peak = "" if peak_rss is None else f" (peak memory {format_bytes(peak_rss)})"
    how, cause = _explain(exitcode)
    if not has_begun:
        cause += ". It died before the task began: while it started, or while it read the task's arguments"
    return WorkerDied(
        f"the worker process of task {key!r} (step {stage_of(key)!r}) {times}: {how}{peak}. {cause}"
    )


def timed_out(key: Key, attempts: int, seconds: float) -> TaskTimeout:
    """The error for the task ``key``, which took more than ``seconds`` in the last of ``attempts`` attempts.

    >>> print(timed_out(("map-0f", 3), 3, 5.0))
    task ('map-0f', 3) (step 'map') ran for more than the 5 seconds of task_timeout, and was ended (attempt 3). It \
hangs, waits for something, or needs a longer task_timeout or smaller partitions
    """
    return TaskTimeout(
        f"task {key!r} (step {stage_of(key)!r}) ran for more than the {seconds:g} seconds of task_timeout, and was"
        f" ended (attempt {attempts}). It hangs, waits for something, or needs a longer task_timeout or smaller"
        " partitions"
    )


def _explain(exitcode: int | None) -> tuple[str, str]:
    """What happened, and why it most likely did."""
    if exitcode is None:
        return "how is not known", "This program leaves its child processes to the system to reap"
    if exitcode >= 0:
        return f"exit code {exitcode}", "The task ended its process itself, as os._exit does"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:  # real-time signals have no names
        name = f"signal {-exitcode}"
    how = f"killed by {name}"
    if -exitcode == signal.SIGKILL:
        return how, "The system does so when memory runs out: use smaller partitions or fewer workers"
    if -exitcode in _NATIVE:
        return how, (
            "Native code that the task called has crashed; PYTHONFAULTHANDLER=1 makes workers print where"
        )
    return how, "Somebody else ended the process"
