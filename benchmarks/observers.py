"""What it costs to watch a run, and that it costs nothing not to.

::

    python -m benchmarks.observers          the figures of the README
    python -m benchmarks.observers --toy    a few seconds, to see that it works

Processor time of this process for trivial tasks, with nobody watching, with each listener, and with Dask's listener of
the same name on Dask's scheduler.  All take turns; what a listener adds is taken within a turn.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.measure import circumstances, is_installed, markdown_table
from benchmarks.overhead import GETS, WORKERS, dask_get, fan_out
from pannier import diagnostics

NOBODY = "nobody"
Listener = Callable[[], contextlib.AbstractContextManager[Any]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.observers", description="Time what watching costs."
    )
    parser.add_argument("--toy", action="store_true", help="small graphs, one turn")
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    options = parser.parse_args(argv)
    print(circumstances("dask"))
    print()
    print(observers_table(100 if options.toy else 10_000, 1 if options.toy else options.repeat))
    return 0


def listeners(package: Any) -> dict[str, Listener]:
    """Of ``package``, ours or Dask's, who may watch."""
    return {
        NOBODY: contextlib.nullcontext,
        "`Callback(pretask, posttask)`": lambda: package.Callback(pretask=nothing, posttask=nothing),
        "`Profiler`": package.Profiler,
        "`CacheProfiler`": package.CacheProfiler,
        "`ProgressBar`": lambda: package.ProgressBar(out=io.StringIO()),
    }


def nothing(*_: Any) -> None:
    """A callback."""


def observers_table(n: int, repeat: int) -> str:
    """Microseconds a task, and how many of them are due to who watches, beside Dask's."""
    rows = []
    for name in GETS:
        contestants = {"ours": (GETS[name], listeners(diagnostics))}
        if is_installed("dask"):
            import dask.diagnostics

            contestants["dask"] = (dask_get(name), listeners(dask.diagnostics))
        turns = [one_turn(contestants, n) for _ in range(repeat + 1)][1:]
        for who in listeners(diagnostics):
            row = [name, who]
            for contestant in contestants:
                costs = [turn[contestant, who] / n * 1e6 for turn in turns]
                added = [(turn[contestant, who] - turn[contestant, NOBODY]) / n * 1e6 for turn in turns]
                row += [
                    f"{statistics.median(costs):.1f}",
                    "" if who == NOBODY else f"{statistics.median(added):.1f}",
                ]
            rows.append(row)
    header = ["scheduler", "watched by", "us a task", "added"]
    header += ["Dask's", "added by it"] if len(rows[0]) > len(header) else []
    caption = (
        f"Processor time of this process, trivial tasks, {n:,} fan-out into one sum, {WORKERS} workers;"
        f" medians of {repeat} turns:\n\n"
    )
    return caption + markdown_table(header, rows)


def one_turn(contestants: dict[str, Any], n: int) -> dict[tuple[str, str], float]:
    """Seconds by contestant and who watches."""
    found = {}
    for contestant, (get, known) in contestants.items():
        for who, listener in known.items():
            dsk = fan_out(n)
            with listener():
                start = time.process_time()
                total = get(dsk, "sum", num_workers=WORKERS)
                found[contestant, who] = time.process_time() - start
            assert total == n * (n + 1) // 2
    return found


if __name__ == "__main__":
    sys.exit(main())
