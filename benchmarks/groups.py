"""Groups of records as whole scripts: all events of a name brought together, and only counted by name.

The data is 1.6 million brief events, 600 MB of JSON lines in 8 gzip files; 20,000 names by Zipf's law, of which the
first has a tenth of all records. See ``group_scripts/``.

- Grouped: ``groupby`` by a function, then length and maximum of a field of each group, by pannier, PySpark's RDD
  (``groupByKey``) and ``dask.bag``. The function of a group is opaque: its records must be brought together.
- Counted: ``groupby(...).count()`` and ``reduce_by_key`` beside ``frequencies``, all by pannier.

::

    python -m benchmarks.groups                                      the figures of the README
    python -m benchmarks.groups --folder ~/events --repeat 5         keeps the data for the next time
    python -m benchmarks.groups --records 100_000 --slow-repeat 3    dask.bag takes minutes for 1.6 million
    python -m benchmarks.groups --toy                                half a minute, to see that it works
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.contest import DASK, PYSPARK, compete, options, parser, table, wrong_answers
from benchmarks.measure import circumstances, run

FILES = 8
SCRIPTS = Path(__file__).parent / "group_scripts"
GROUPED = {
    "pannier groupby": "pannier_groupby.py",
    f"{PYSPARK} groupByKey": "spark_groupby.py",
    f"{DASK} groupby": "dask_groupby.py",
}
COUNTED = {
    "pannier frequencies": "pannier_frequencies.py",
    "pannier groupby, count": "pannier_count.py",
    "pannier reduce_by_key": "pannier_reduce.py",
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("groups", "Time groups of records.")
    arguments.add_argument("--records", type=int, default=1_600_000, help="default: %(default)s")
    parsed = arguments.parse_args(argv)
    records = 8_000 if parsed.toy else parsed.records
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        pattern = make_events(parsed.folder or Path(scratch), records)
        print(f"{records:,} brief events in {FILES} files. {circumstances('dask', 'pyspark')}")
        for scripts in (GROUPED, COUNTED):
            commands = {name: [str(SCRIPTS / file), pattern] for name, file in scripts.items()}
            runs = compete(commands, options(parsed))
            print(f"\n{table(runs)}")
            wrong += wrong_answers(runs)
    return 1 if wrong else 0


def make_events(folder: Path, records: int, *, brief: bool = True) -> str:
    """The pattern of the files in ``folder``, made unless they are there."""
    folder /= f"{'brief' if brief else 'full'}-{records}"
    pattern = "2015-*-*.json.gz"
    if len(list(folder.glob(pattern))) < FILES:
        print(f"making {records:,} events in {folder}", file=sys.stderr)
        # Elsewhere, because what this process holds is a floor under every peak it reports.
        command = [sys.executable, "-m", "pannier.datasets", "events", str(folder)]
        command += [f"--files={FILES}", f"--records={records}", *(["--brief"] if brief else [])]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            list(threads.map(run, [[*command, f"--only={number}"] for number in range(FILES)]))
    return str(folder / pattern)


if __name__ == "__main__":
    sys.exit(main())
