"""Bytes alive in real runs of pipelines with two and three shuffles, in pannier's order of tasks and in three others.

Everything that tasks leave for others is a file: results, and what shuffles write. Their sizes are summed up from
outside of the tasks, a hundred times a second, while worker processes run a pipeline; the highest sum and the mean
over the run count. The scheduler, the graph and the data are the same for all orders, which are those of
:mod:`benchmarks.shuffle_order`.

::

    python -m benchmarks.shuffle_runs          the figures of the README
    python -m benchmarks.shuffle_runs --toy    little data
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from glob import glob
from statistics import fmean
from typing import Any
from unittest.mock import patch

import pannier as pn
from benchmarks.measure import circumstances, markdown_table
from benchmarks.shuffle_order import ORDERS
from benchmarks.together import SHM
from pannier.sizes import format_bytes

INTERVAL = 0.01
"""Seconds between samples."""
RECORD_BYTES = 1000
PARTITIONS = 64


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shuffle_runs", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--toy", action="store_true", help="little data")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turns (default: %(default)s)")
    options = parser.parse_args(argv)
    records, repeat = (2_000, 1) if options.toy else (200_000, options.repeat)
    print(
        f"Bytes of results and shuffle files, {records:,} records of {RECORD_BYTES} bytes in {PARTITIONS} "
        f"partitions, {' / '.join(ORDERS)}; medians of {repeat} runs. {circumstances('dask')}\n"
    )
    rows = []
    for name, pipeline in pipelines(records).items():
        runs = [[measured(pipeline, find) for find in ORDERS.values()] for _ in range(repeat)]
        answers = {answer for turn in runs for answer, *_ in turn}
        assert len(answers) == 1, f"{name}: {answers}"
        columns = [
            [sorted(turn[i][kind] for turn in runs)[repeat // 2] for i in range(len(ORDERS))]
            for kind in (1, 2)
        ]
        seconds = [sorted(turn[i][3] for turn in runs)[repeat // 2] for i in range(len(ORDERS))]
        cells = [" / ".join(map(format_bytes, numbers)) for numbers in columns]
        rows.append([name, *cells, " / ".join(f"{each:.2f}" for each in seconds)])
    print(markdown_table(["pipeline", "peak", "mean", "seconds"], rows))
    return 0


def pipelines(records: int) -> dict[str, Callable[[], tuple[Any, ...]]]:
    """Collections to compute together, by name."""

    def source(first: int) -> Any:
        numbers = pn.from_sequence(range(first, first + records), npartitions=PARTITIONS)
        return numbers.map(lambda i: (i, random.Random(i).randbytes(RECORD_BYTES)))

    def grouped(bag: Any, by: int) -> Any:
        """All records again, brought together by the remainder of their number."""
        return bag.groupby(lambda record: record[0] % by).pluck(1).flatten()

    def size(record: Any) -> int:
        return len(record[1])

    def chain(count: int, first: int = 0, by: int = 1000) -> Any:
        bag = source(first)
        for i in range(count):
            bag = grouped(bag, by + i)
        return bag

    def normalized() -> Any:
        sizes = chain(2)
        return sizes.map(lambda record, count: size(record) * count, sizes.count()).sum()

    return {
        "two shuffles": lambda: (chain(2).map(size).sum(),),
        "three shuffles": lambda: (chain(3).map(size).sum(),),
        "two pipelines of two shuffles": lambda: (chain(2).map(size).sum(), chain(2, 1).map(size).sum()),
        "one source, two pipelines": lambda: (chain(2).map(size).sum(), chain(2, by=500).map(size).sum()),
        "two shuffles, times their count": lambda: (normalized(),),
    }


def measured(
    pipeline: Callable[[], tuple[Any, ...]], find: Callable[..., list[int]]
) -> tuple[tuple[Any, ...], int, int, float]:
    """The answer in the order that ``find`` finds, the highest and mean bytes of files, and seconds."""
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as folder:
        collections = pipeline()
        with (
            pn.config.set(spill_folder=folder, inline_bytes=1),
            patch("pannier.graph.order.order", find),
            sampled([f"{folder}/*", f"{SHM}/pannier-{os.getpid()}-*"]) as sums,
        ):
            start = time.perf_counter()
            answer = pn.compute(*collections, scheduler="processes")
            seconds = time.perf_counter() - start
        return answer, max(sums, default=0), int(fmean(sums or [0])), seconds


@contextlib.contextmanager
def sampled(patterns: Sequence[str]) -> Iterator[list[int]]:
    """A list that grows by the bytes in all files below ``patterns`` while the block runs."""
    sums: list[int] = []
    stopped = threading.Event()

    def sample() -> None:
        while not stopped.wait(INTERVAL):
            sums.append(sum(bytes_in(path) for pattern in patterns for path in glob(pattern)))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield sums
    finally:
        stopped.set()
        thread.join()


def bytes_in(folder: str) -> int:
    """Of all files below ``folder``; one that vanishes meanwhile does not count."""
    total = 0
    folders = [folder]
    for each in folders:
        with contextlib.suppress(FileNotFoundError), os.scandir(each) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat().st_size
    return total


if __name__ == "__main__":
    sys.exit(main())
