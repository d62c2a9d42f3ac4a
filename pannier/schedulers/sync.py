"""The synchronous scheduler: every task in the calling thread, in the planned order.

For debugging (breakpoints and tracebacks are those of plain Python) and for tiny work.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Condition, Lock
from typing import Any

from pannier.graph.graph import Graph
from pannier.host import run_folder
from pannier.schedulers.loop import Run, work
from pannier.schedulers.memory import shared
from pannier.schedulers.timeouts import refuse_timeout


def get(
    dsk: Mapping[Any, Any] | Graph,
    keys: Any,
    *,
    num_workers: int | None = None,
    memory_limit: str | int | None = None,
    task_timeout: float | None = None,
) -> Any:
    """The results of ``keys`` (a key, or lists of keys nested at will), computed in this thread.

    ``num_workers`` is accepted so that schedulers can be exchanged; there is one worker.  ``memory_limit``
    (bytes, or a text such as "4 GiB") defaults to the setting of that name; steps that can keep to a budget, do.
    ``task_timeout`` is refused: nobody can end a task here.

    Raises what a task raises, with a note naming the task, and
    :class:`~pannier.errors.GraphError` for a graph that is not one.

    >>> get({"x": 1, "y": (max, "x", 3)}, ["x", "y"])
    [1, 3]
    """
    refuse_timeout(task_timeout, "this thread")
    run = Run(dsk, keys)
    with run.under_way(workers=1), run_folder() as folder:
        work(run, Condition(Lock()), 0, shared(folder, 1, memory_limit))
    return run.answer()
