"""A shuffle of 1,000 by 1,000 tiny partitions: what the graph costs, before and while it runs.

A bag of ten numbers a partition is grouped by their remainder, and each group summed up by a function; pannier's
``groupby`` beside both of ``dask.bag``'s. For each, in a process of its own: seconds to plan and build the graph, and
to order it; tasks and edges; seconds to run a graph of the same edges whose tasks do nothing; and the whole
``compute``, on 2 worker processes that were started before. Half the partitions show how edges grow.

::

    python -m benchmarks.shuffle_graph          the figures of the README
    python -m benchmarks.shuffle_graph --toy    40 by 40
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.contest import DASK, why_not
from benchmarks.measure import ROOT, circumstances, markdown_table

WORKERS = 2
RECORDS = 10
"""A partition."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shuffle_graph", description="Time the graph of a shuffle."
    )
    parser.add_argument("--toy", action="store_true", help="40 by 40 partitions")
    parser.add_argument("--partitions", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--leave-out", nargs="+", default=[], metavar="NAME", help="of 'dask.bag'")
    parser.add_argument("--measure", choices=[*SIDES], help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    n = 40 if options.toy else options.partitions
    if options.measure:
        print(json.dumps(SIDES[options.measure](n)))
        return 0
    rows = []
    for partitions in (n // 2, n):
        for name in SIDES:
            reason = why_not(name, options.leave_out)
            if reason:
                print(f"{name} is left out: {reason}", file=sys.stderr)
            else:
                rows.append([name, f"{partitions:,}", *cells(measured(name, partitions))])
    header = [
        "shuffle",
        "partitions",
        "build, s",
        "order, s",
        "tasks",
        "edges",
        "idle tasks, s",
        "compute, s",
    ]
    print(f"Shuffles of tiny partitions, {WORKERS} workers. {circumstances('dask')}\n")
    print(markdown_table(header, rows))
    return 0


def measured(name: str, partitions: int) -> dict[str, float]:
    """What a fresh process finds."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.shuffle_graph",
        "--measure",
        name,
        "--partitions",
        str(partitions),
    ]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(answer)
    return found


def cells(found: dict[str, float]) -> list[str]:
    return [f"{value:,}" if isinstance(value, int) else f"{value:.2f}" for value in found.values()]


def total(group: tuple[int, Any]) -> tuple[int, int]:
    key, numbers = group
    return key, sum(numbers)


def check(answer: Sequence[tuple[int, int]], n: int) -> None:
    count = RECORDS * n
    assert dict(answer) == {key: sum(range(key, count, n)) for key in range(n)}


def idle(*inputs: object) -> None:
    pass


def by_pannier(n: int) -> dict[str, float]:
    import pannier as pn
    from pannier.computing import to_graph
    from pannier.graph.graph import Graph
    from pannier.graph.task import Ref, Task
    from pannier.schedulers import multiprocessing

    def summed() -> Any:
        numbers = pn.from_sequence(range(RECORDS * n), npartitions=n)
        return numbers.groupby(lambda number: number % n, npartitions=n).map(total)

    pn.range(WORKERS, npartitions=WORKERS).map(str).compute(num_workers=WORKERS)
    start = time.perf_counter()
    graph, (keys,) = to_graph([summed()])
    built = time.perf_counter()
    tasks = graph.ordered(keys)
    ordered = time.perf_counter()
    same = Graph({key: Task(idle, *map(Ref, task.deps)) for key, task in graph.tasks.items()}, {})
    idling = time.perf_counter()
    multiprocessing.get(same, keys, num_workers=WORKERS)
    idled = time.perf_counter()
    check(summed().compute(num_workers=WORKERS), n)
    return {
        "build": built - start,
        "order": ordered - built,
        "tasks": len(tasks.tasks),
        "edges": sum(map(len, tasks.dependencies)),
        "idle": idled - idling,
        "compute": time.perf_counter() - idled,
    }


def by_dask(n: int, shuffle: str) -> dict[str, float]:
    import concurrent.futures

    import dask
    import dask.bag as db
    from dask._task_spec import Task, TaskRef, convert_legacy_graph
    from dask.multiprocessing import get
    from dask.order import order

    def summed() -> Any:
        numbers = db.from_sequence(range(RECORDS * n), npartitions=n)
        return numbers.groupby(lambda number: number % n, npartitions=n, shuffle=shuffle).map(total)

    with (
        tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch,
        dask.config.set(temporary_directory=scratch),  # partd leaves a folder in it
        concurrent.futures.ProcessPoolExecutor(WORKERS) as pool,
    ):
        list(pool.map(idle, range(WORKERS)))
        start = time.perf_counter()
        bag = summed()
        graph = convert_legacy_graph(dict(dask.optimize(bag)[0].__dask_graph__()))
        built = time.perf_counter()
        order(graph)
        ordered = time.perf_counter()
        edges = {key: task.dependencies & graph.keys() for key, task in graph.items()}
        same = {key: Task(key, idle, *map(TaskRef, reads)) for key, reads in edges.items()}
        idling = time.perf_counter()
        get(same, bag.__dask_keys__(), pool=pool)
        idled = time.perf_counter()
        check(summed().compute(scheduler="processes", pool=pool), n)
        return {
            "build": built - start,
            "order": ordered - built,
            "tasks": len(graph),
            "edges": sum(map(len, edges.values())),
            "idle": idled - idling,
            "compute": time.perf_counter() - idled,
        }


SIDES: dict[str, Callable[[int], dict[str, float]]] = {
    "pannier": by_pannier,
    f"{DASK}, tasks": lambda n: by_dask(n, "tasks"),
    f"{DASK}, disk": lambda n: by_dask(n, "disk"),
}


if __name__ == "__main__":
    sys.exit(main())
