"""Scripts that do the same thing, run whole and in turns: a table of time and memory, and a check of the answers.

Each script is a process of its own, from starting Python to the answer. What they print must be equal. A
ratio is a script's time by that of the first script in the same turn.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import (
    Run,
    is_installed,
    markdown_table,
    median_cpu_seconds,
    median_seconds,
    run,
)
from pannier.sizes import format_bytes

DASK, PYSPARK = "dask.bag", "PySpark RDD"
DASK_FRAME, POLARS, DUCKDB = "dask.dataframe", "Polars", "DuckDB"
DISTRIBUTIONS = {DASK: "dask", PYSPARK: "pyspark", DASK_FRAME: "dask", POLARS: "polars", DUCKDB: "duckdb"}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line of every contest says."""

    toy: bool
    repeat: int
    """Turns."""
    slow_repeat: int
    """Turns that the slow scripts take part in."""
    folder: Path | None
    """Where the data is kept."""
    leave_out: Sequence[str]
    """Scripts whose name begins with one of these do not run."""


def parser(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser of the options that all contests have; :func:`options` reads them."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{prog}", description=description)
    parser.add_argument("--toy", action="store_true", help="little data, one turn")
    parser.add_argument("--repeat", type=int, default=3, help="turns (default: %(default)s)")
    parser.add_argument(
        "--slow-repeat", type=int, default=1, help="turns that dask.bag takes part in (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    parser.add_argument(
        "--leave-out", nargs="+", default=[], metavar="NAME", help=f"of {', '.join(DISTRIBUTIONS)}"
    )
    return parser


def options(parsed: argparse.Namespace) -> Options:
    """What ``parsed`` says; a toy has one turn."""
    once = {"repeat": 1, "slow_repeat": 1} if parsed.toy else {}
    names = [field.name for field in dataclasses.fields(Options)]
    return Options(**({name: getattr(parsed, name) for name in names} | once))


def compete(
    scripts: Mapping[str, Sequence[str]],
    options: Options,
    *,
    after: Callable[[], str] | None = None,
) -> dict[str, list[Run]]:
    """Runs by name, made in turns; what cannot run here is named on stderr and left out.

    What all processes of a script held together is that of one more run, in which they are sampled.

    ``scripts`` are the arguments of Python by name. ``after`` is called at the end of each run, and what it returns
    is the run's output: for scripts that write files.
    """
    runs: dict[str, list[Run]] = {}
    for name in scripts:
        reason = why_not(name, options.leave_out)
        if reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
        else:
            runs[name] = []

    def once(name: str, *, watched: bool = False) -> Run:
        made = run([sys.executable, *scripts[name]], watched=watched)
        return dataclasses.replace(made, output=after()) if after else made

    for turn in range(options.repeat):
        for name, own in runs.items():
            if turn >= options.slow_repeat and name.startswith(DASK):
                continue
            own.append(once(name))
            print(f"{turn + 1}/{options.repeat} {name}: {own[-1].seconds:.2f} s", file=sys.stderr)
    for name, own in runs.items():
        together = once(name, watched=True).together  # to be watched takes time
        own[-1] = dataclasses.replace(own[-1], together=together)
        print(f"{name}: {format_bytes(together.pss)} in all processes", file=sys.stderr)
    return runs


def why_not(name: str, leave_out: Sequence[str] = ()) -> str:
    """Why the script ``name`` does not run here; empty if it does.

    >>> why_not("PySpark RDD join", ["PySpark"])
    'as asked'
    """
    if any(name.startswith(each) for each in leave_out):
        return "as asked"
    for peer, distribution in DISTRIBUTIONS.items():
        if name.startswith(peer) and not is_installed(distribution):
            return f"{distribution} is not installed"
    if name.startswith(PYSPARK) and not (shutil.which("java") or "JAVA_HOME" in os.environ):
        return "there is no Java"
    return ""


def table(runs: Mapping[str, Sequence[Run]]) -> str:
    """A row for each script; medians over its turns, ratios to the first script within a turn, peaks over all turns.

    Memory together, of the run that was watched, is the proportional sum and, in brackets, what files in ``/dev/shm`` took.
    """
    first = next(iter(runs))
    header = [
        "whole script",
        "seconds",
        "CPU s",
        f"time by that of {first}",
        "memory together",
        "largest RSS",
    ]
    rows = []
    for name, own in runs.items():
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(own, runs[first], strict=False))
        pss, shm = (max(getattr(each.together, kind) for each in own) for kind in ("pss", "shm"))
        rows.append(
            [
                name,
                f"{median_seconds(own):.2f}",
                f"{median_cpu_seconds(own):.2f}",
                f"{ratio:.2f}",
                f"{format_bytes(pss)} ({format_bytes(shm)})",
                format_bytes(max(each.peak_rss for each in own)),
            ]
        )
    return markdown_table(header, rows)


def wrong_answers(runs: Mapping[str, Sequence[Run]]) -> int:
    """How many runs printed something else than the first one did; each is named on stderr."""
    reference = next(iter(runs.values()))[0].output
    wrong = [(name, each.output) for name, own in runs.items() for each in own if each.output != reference]
    for name, output in wrong:
        print(f"wrong answer: {name} says {output.strip()}, not {reference.strip()}", file=sys.stderr)
    return len(wrong)
