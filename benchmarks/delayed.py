"""What delayed calls cost, to make and to run, beside Dask's.

``python -m benchmarks.delayed`` prints the tables of benchmarks/README.md.  Dask's chains and fans take time that grows
with the square of their length to build, so both are compared at a size that is kind to it, and ours is shown at a large one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pannier
from benchmarks.measure import circumstances, is_installed, markdown_table

WORKERS = 2
SCHEDULERS = ("threads", "processes")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.delayed", description="Time what delayed calls cost."
    )
    parser.add_argument("--toy", action="store_true", help="few calls, one turn")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: %(default)s)")
    options = parser.parse_args(argv)
    few, many, repeat = (100, 1_000, 1) if options.toy else (500, 100_000, options.repeat)
    print(circumstances("dask"))
    print()
    print(calls_table(few, many, repeat))
    print()
    print(argument_table(10**5 if options.toy else 2 * 10**8, 10 if options.toy else 1_000))
    return 0


def add_one(x: int) -> int:
    return x + 1


def chain(library: ModuleType, n: int) -> Any:
    call = library.delayed(add_one)
    value = call(0)
    for _ in range(n - 1):
        value = call(value)
    return value


def fan(library: ModuleType, n: int) -> Any:
    call = library.delayed(add_one)
    return library.delayed(sum)([call(i) for i in range(n)])


SHAPES: dict[str, Callable[[ModuleType, int], Any]] = {"chain": chain, "fan": fan}


def seconds_of(library: ModuleType, shape: str, n: int) -> dict[str, float]:
    """To build ``n`` calls, and to run them on each scheduler."""
    expected = n if shape == "chain" else n * (n + 1) // 2
    start = time.perf_counter()
    value = SHAPES[shape](library, n)
    found = {"build": time.perf_counter() - start}
    for scheduler in SCHEDULERS:
        start = time.perf_counter()
        answer = value.compute(scheduler=scheduler, num_workers=WORKERS)
        found[scheduler] = time.perf_counter() - start
        assert answer == expected
    return found


def calls_table(few: int, many: int, repeat: int) -> str:
    """Microseconds a call, and the median over the turns of Dask's time by ours."""
    peer = None
    if is_installed("dask"):
        import dask

        peer = dask
    rows = []
    for shape in SHAPES:
        seconds_of(pannier, shape, few)  # workers start
        turns = [
            (seconds_of(pannier, shape, few), peer and seconds_of(peer, shape, few)) for _ in range(repeat)
        ]
        large = [seconds_of(pannier, shape, many) for _ in range(repeat)]
        for step in ("build", *SCHEDULERS):
            row = [shape, step, us([own[step] for own, _ in turns], few)]
            both = [(own[step], other[step]) for own, other in turns if other]
            row.append(us([other for _, other in both], few) if both else "-")
            row.append(f"{statistics.median(other / own for own, other in both):.0f}" if both else "-")
            rows.append([*row, us([each[step] for each in large], many)])
    header = ["shape", "step", f"us a call of {few:,}", "Dask", "Dask's by ours", f"ours, of {many:,}"]
    caption = f"Trivial calls, {WORKERS} workers; medians of {repeat} turns:\n\n"
    return caption + markdown_table(header, rows)


def us(seconds: Sequence[float], n: int) -> str:
    return f"{statistics.median(seconds) / n * 1e6:.1f}"


def argument_table(nbytes: int, calls: int) -> str:
    """One large argument of many calls, on processes."""
    import numpy as np
    import pandas as pd

    from pannier.schedulers.multiprocessing import pool

    frame = pd.DataFrame({"x": np.zeros(nbytes // 8)})
    use = pannier.delayed(row)
    use(frame.head(1), 0).compute(scheduler="processes", num_workers=WORKERS)
    sent = sum(worker.sent for worker in pool.idle_workers())
    start = time.perf_counter()
    values = [use(frame, i % len(frame)) for i in range(calls)]
    built = time.perf_counter() - start
    pannier.compute(*values, scheduler="processes", num_workers=WORKERS)
    seconds = time.perf_counter() - start - built
    sent = sum(worker.sent for worker in pool.idle_workers()) - sent
    header = ["a frame given to", "of", "ms to build", "seconds to run", "bytes sent to workers"]
    cells = [f"{calls:,} calls", f"{nbytes:,} bytes", f"{built * 1000:.1f}", f"{seconds:.2f}", f"{sent:,}"]
    return "A large argument of many calls, on processes:\n\n" + markdown_table(header, [cells])


def row(frame: Any, i: int) -> float:
    return float(frame.x.iloc[i])


if __name__ == "__main__":
    sys.exit(main())
