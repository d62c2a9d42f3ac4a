"""The headline example as a whole script, beside a hand-written pool and ``dask.bag``.

The ten most frequent names in 600 MB of JSON lines in 8 gzip files: see ``headline_scripts/``.  pannier runs it
twice, with ``json.loads`` itself, which a plan may look through, and with a function around it, which it may not.

::

    python -m benchmarks.headline                      the figures of the README
    python -m benchmarks.headline --folder ~/events    keeps the data for the next time
    python -m benchmarks.headline --toy                a few seconds, to see that it works
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import (
    Run,
    circumstances,
    is_installed,
    markdown_table,
    median_cpu_seconds,
    median_ratio,
    median_seconds,
    run,
    take_turns,
)
from pannier.sizes import format_bytes, parse_bytes

FILES = 8
SCRIPTS = Path(__file__).parent / "headline_scripts"
POOL, DASK = "multiprocessing.Pool", "dask.bag"
PEERS = {POOL: "pool.py", DASK: "dask_bag.py"}
OURS = {"pannier, opaque function": "pannier_opaque.py", "pannier, json.loads": "pannier_loads.py"}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.headline", description="Time the headline example."
    )
    parser.add_argument("--toy", action="store_true", help="4 MB, one turn")
    parser.add_argument("--size", default="600 MB", help="of the lines, decompressed (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    options = parser.parse_args(argv)
    size, repeat = (4_000_000, 1) if options.toy else (parse_bytes(options.size), options.repeat)
    scripts = PEERS | OURS
    if not is_installed("dask"):
        print("dask is not installed and is left out", file=sys.stderr)
        del scripts[DASK]
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        pattern = make_data(options.folder or Path(scratch), size)
        commands = {name: [sys.executable, str(SCRIPTS / file), pattern] for name, file in scripts.items()}
        runs = take_turns(commands, repeat)
    print(report(runs, size))
    reference = runs[POOL][0]
    wrong = [(name, each) for name in runs for each in runs[name] if not same_top(each, reference)]
    for name, each in wrong:
        print(f"wrong answer: {name} says {each.output}{POOL} says {reference.output}", file=sys.stderr)
    return 1 if wrong else 0


def make_data(folder: Path, size: int) -> str:
    """The pattern of the files in ``folder``, made unless they are there; about ``size`` bytes decompressed."""
    folder /= f"events-{size}"
    pattern = "2015-*-*.json.gz"
    if len(list(folder.glob(pattern))) < FILES:
        print(f"making {size / 1e6:.0f} MB of events in {folder}", file=sys.stderr)
        # Elsewhere, because what this process holds is a floor under every peak it reports.
        arguments = ["events", str(folder), f"--files={FILES}", f"--size={size}"]
        run([sys.executable, "-m", "pannier.datasets", *arguments])
    return str(folder / pattern)


def report(runs: Mapping[str, Sequence[Run]], size: int) -> str:
    peers = [name for name in PEERS if name in runs]
    header = ["whole script", "seconds", "CPU s", *(f"time by {name}'s" for name in peers), "peak RSS"]
    rows = []
    for name, own in runs.items():
        ratios = [f"{median_ratio(own, runs[peer]):.2f}" for peer in peers]
        seconds, cpu_seconds = f"{median_seconds(own):.2f}", f"{median_cpu_seconds(own):.2f}"
        rows.append([name, seconds, cpu_seconds, *ratios, format_bytes(max(each.peak_rss for each in own))])
    caption = (
        f"Ten most frequent names in {size / 1e6:.0f} MB of JSON lines, {FILES} gzip files; medians of "
        f"{len(runs[POOL])} turns, ratios taken within a turn; peak RSS of the largest single process of a script, "
        "not of all together."
    )
    return "\n".join([caption, circumstances("dask"), "", markdown_table(header, rows)])


def same_top(one: Run, other: Run) -> bool:
    """Whether both list the same names and counts; which of several names tied for last place is open."""
    ours, theirs = (sorted(map(tuple, json.loads(each.output))) for each in (one, other))
    last = min((count for _, count in ours), default=0)
    return sorted(count for _, count in ours) == sorted(count for _, count in theirs) and [
        pair for pair in ours if pair[1] > last
    ] == [pair for pair in theirs if pair[1] > last]


if __name__ == "__main__":
    sys.exit(main())
