"""What a future costs: the round trip of a trivial call, and many calls submitted and gathered, beside peers.

::

    python -m benchmarks.futures          the figures of the README
    python -m benchmarks.futures --toy    a few seconds, to see that it works

All pools have two worker processes, are warm, and take turns in one process.  Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import pannier as pn
from benchmarks.measure import circumstances, is_installed, markdown_table

WORKERS = 2
OURS = "pn.Client"


@dataclass(frozen=True, slots=True)
class Pool:
    """Something that calls are submitted to."""

    submit: Callable[..., Any]
    gather: Callable[[list[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of one pool took, in seconds."""

    round_trip: float
    """The median of some."""
    least: float
    """The shortest: what a busy machine tells least wrong."""
    submitted: float
    """A call, until all were submitted."""
    gathered: float
    """A call, until all had their results."""
    cpu: float
    """The same, by the processor time of this process."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.futures", description="Time what futures cost."
    )
    parser.add_argument("--toy", action="store_true", help="few calls, one turn")
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    options = parser.parse_args(argv)
    repeat, trips, calls = (1, 20, 200) if options.toy else (options.repeat, 300, 10_000)
    turns: dict[str, list[Turn]] = {}
    with contextlib.ExitStack() as stack:
        pools = {name: stack.enter_context(make()) for name, make in POOLS.items() if is_there(name)}
        for name, pool in pools.items():
            measured(pool, 20, 200)
            turns[name] = []
        for turn in range(repeat):
            for name, pool in pools.items():
                # A turn of Dask's takes a minute: one is enough to see where it is.
                if name == "distributed" and turn and not options.toy:
                    continue
                turns[name].append(measured(pool, trips, calls))
                print(f"{turn + 1}/{repeat} {name}: {turns[name][-1].gathered * 1e6:.0f} us", file=sys.stderr)
    print(circumstances("loky", "distributed"))
    print(f"\nTrivial calls on {WORKERS} processes, medians of {repeat} turns; ratios within a turn:\n")
    header = ["us a call", "round trip", "shortest", "of many: submitted", "gathered", "own CPU"]
    header += ["round trip by ours", "gathered by ours"]
    print(markdown_table(header, [row(name, turns[name], turns[OURS]) for name in turns]))
    return 0


def row(name: str, turns: Sequence[Turn], ours: Sequence[Turn]) -> list[str]:
    """One line of the table."""
    fields = ("round_trip", "least", "submitted", "gathered", "cpu")
    cells = [f"{statistics.median(getattr(turn, field) for turn in turns) * 1e6:.0f}" for field in fields]
    for field in ("round_trip", "gathered"):
        ratios = [getattr(one, field) / getattr(own, field) for one, own in zip(turns, ours, strict=False)]
        cells.append(f"{statistics.median(ratios):.1f}")
    return [name, *cells]


def add_one(x: int) -> int:
    return x + 1


def measured(pool: Pool, trips: int, calls: int) -> Turn:
    """One turn."""
    seconds = []
    for i in range(trips):
        start = time.perf_counter()
        assert pool.submit(add_one, i).result() == i + 1
        seconds.append(time.perf_counter() - start)
    cpu, start = time.process_time(), time.perf_counter()
    futures = [pool.submit(add_one, i) for i in range(calls)]
    submitted = time.perf_counter() - start
    assert sum(pool.gather(futures)) == calls * (calls + 1) // 2
    gathered = time.perf_counter() - start
    cpu = time.process_time() - cpu
    return Turn(statistics.median(seconds), min(seconds), submitted / calls, gathered / calls, cpu / calls)


@contextlib.contextmanager
def client() -> Iterator[Pool]:
    with pn.Client(n_workers=WORKERS) as client:
        yield Pool(client.submit, client.gather)


@contextlib.contextmanager
def process_pool() -> Iterator[Pool]:
    with ProcessPoolExecutor(WORKERS) as executor:
        yield Pool(executor.submit, results)


@contextlib.contextmanager
def loky_pool() -> Iterator[Pool]:
    import loky

    with loky.ProcessPoolExecutor(WORKERS) as executor:
        yield Pool(executor.submit, results)


@contextlib.contextmanager
def distributed_client() -> Iterator[Pool]:
    os.environ.setdefault("DASK_DISTRIBUTED__ADMIN__TICK__LIMIT", "1 hour")
    import dask
    import distributed

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch,
        dask.config.set(temporary_directory=scratch),  # its workers leave a folder in it
        distributed.LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):

        def submit(func: Callable[..., Any], *args: Any) -> Any:
            return client.submit(func, *args, pure=False)

        yield Pool(submit, client.gather)


def results(futures: list[Any]) -> list[Any]:
    return [future.result() for future in futures]


POOLS: dict[str, Callable[[], contextlib.AbstractContextManager[Pool]]] = {
    OURS: client,
    "ProcessPoolExecutor": process_pool,
    "loky": loky_pool,
    "distributed": distributed_client,
}


def is_there(name: str) -> bool:
    """Whether this pool can be had here."""
    return name not in {"loky", "distributed"} or is_installed(name)


if __name__ == "__main__":
    sys.exit(main())
