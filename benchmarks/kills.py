"""The price of dying workers: a random one is killed every 2 seconds while 1.6 million records are grouped.

The script is that of :mod:`benchmarks.groups`, run undisturbed and with ``kill -9`` in turns. The answer must be the
same, and the ratio of the times is what the deaths cost.

::

    python -m benchmarks.kills --folder ~/events
    python -m benchmarks.kills --toy
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.groups import SCRIPTS, make_events
from benchmarks.measure import circumstances, markdown_table, run

WORKER = "pannier.schedulers.multiprocessing.worker"
"""What a worker's command line says."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description="Time a groupby whose workers are killed."
    )
    parser.add_argument("--toy", action="store_true", help="little data, two deaths")
    parser.add_argument("--records", type=int, default=1_600_000, help="default: %(default)s")
    parser.add_argument("--every", type=float, default=2.0, help="seconds (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    options = parser.parse_args(argv)
    records, every, repeat, most = options.records, options.every, options.repeat, sys.maxsize
    if options.toy:
        # A task that is hit a third time would end the run.
        records, every, repeat, most = 20_000, 0.2, 1, 2
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        command = [
            sys.executable,
            str(SCRIPTS / "pannier_groupby.py"),
            make_events(options.folder or Path(scratch), records),
        ]
        turns = []
        for turn in range(repeat):
            undisturbed = run(command)
            with workers_dying(every, most, random.Random(turn)) as killed:
                disturbed = run(command)
            turns.append((undisturbed, disturbed, len(killed)))
            print(
                f"{turn + 1}/{repeat}: {undisturbed.seconds:.2f} s, {disturbed.seconds:.2f} s",
                file=sys.stderr,
            )
    ratios = [disturbed.seconds / undisturbed.seconds for undisturbed, disturbed, _ in turns]
    row = [
        f"{statistics.median(undisturbed.seconds for undisturbed, _, _ in turns):.2f}",
        f"{statistics.median(disturbed.seconds for _, disturbed, _ in turns):.2f}",
        ", ".join(str(killed) for *_, killed in turns),
        f"{statistics.median(ratios):.2f}",
        f"{max(ratios):.2f}",
    ]
    header = ["undisturbed, s", f"a kill every {every} s", "workers killed", "median ratio", "worst"]
    print(f"{records:,} brief events grouped by name, {repeat} turns. {circumstances()}\n")
    print(markdown_table(header, [row]))
    wrong = sum(undisturbed.output != disturbed.output for undisturbed, disturbed, _ in turns)
    if wrong:
        print(f"{wrong} answers are wrong", file=sys.stderr)
    return 1 if wrong else 0


@contextlib.contextmanager
def workers_dying(every: float, most: int, rng: random.Random) -> Iterator[list[int]]:
    """The ids of the workers killed, of scripts that this process runs: one ``every`` seconds, ``most`` in all."""
    killed: list[int] = []
    stopped = threading.Event()

    def kill() -> None:
        while len(killed) < most and not stopped.wait(every):
            if workers := list(running_workers()):
                victim = rng.choice(workers)
                with contextlib.suppress(psutil.NoSuchProcess):
                    victim.kill()
                    killed.append(victim.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stopped.set()
        thread.join()


def running_workers() -> Iterator[psutil.Process]:
    """Workers that are descendants of this process."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(WORKER in word for word in process.cmdline()):
                yield process


if __name__ == "__main__":
    sys.exit(main())
