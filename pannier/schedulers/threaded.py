"""The threaded scheduler: workers that share memory and pull tasks from one run.

For work that releases the interpreter lock (pandas, numpy, files) and for results too large to copy.
Threads live as long as the call, so a task may itself call :func:`get` without starving.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Condition, Lock, Thread
from typing import Any

from pannier.config import get as setting
from pannier.graph.graph import Graph
from pannier.host import Host, run_folder
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
    """The results of ``keys`` (a key, or lists of keys nested at will), computed by threads.

    ``num_workers`` defaults to the setting of that name: the processors this process may use.  ``memory_limit``
    (bytes, or a text such as "4 GiB") does likewise; steps that can keep to a budget, do.
    ``task_timeout`` is refused: nobody can end a task here.

    Raises what a task raises, with a note naming the task; tasks already running end first.
    Ctrl-C stops the run at the next task border.

    >>> get({"x": 1, "y": (max, "x", 3)}, ["x", "y"])
    [1, 3]
    """
    refuse_timeout(task_timeout, "threads")
    run = Run(dsk, keys)
    n = max(1, min(setting("num_workers", num_workers), len(run.tasks.tasks)))
    changed = Condition(Lock())
    with run.under_way(workers=n), run_folder() as folder:
        _run(run, changed, n, shared(folder, n, memory_limit))
    return run.answer()


def _run(run: Run, changed: Condition, n: int, host: Host) -> None:
    """Let ``n`` threads run the tasks, to their end or the first failure."""
    threads = [
        Thread(target=work, args=(run, changed, i, host), name=f"pannier-{run.number}-{i}", daemon=True)
        for i in range(n)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException as interrupt:
        with changed:
            run.error = run.error or interrupt
            changed.notify_all()
        raise
