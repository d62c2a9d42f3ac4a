"""6 GB of records grouped and sorted under a memory limit of 1 GiB, with the memory of all processes sampled outside.

Full events in 8 gzip files, 1.1 kB of JSON each and several times that as Python objects. Grouped: by the last four digits
of their number, so that each of 10,000 groups has records in every file, then length and a sum of each group.
Sorted: by their number read backwards, so that every partition has records of every file; each partition is looked
through for its order. The right answers are known from how the numbers are made. See ``large_scripts/``.

The exit status is 1 if an answer is wrong, or if all processes together ever held more than 1.25 times the limit.

::

    python -m benchmarks.out_of_core --folder ~/large
    python -m benchmarks.out_of_core --toy
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answers import digest
from benchmarks.groups import FILES, make_events
from benchmarks.measure import Run, circumstances, markdown_table, run
from pannier.sizes import format_bytes, parse_bytes

EVENT_BYTES = 1124
FIRST_ID = 2_400_000_000
IDS_A_FILE = 10_000_000
MARGIN = 1.25
"""What all processes may hold, by the limit: Python, its modules and what the system counts twice come on top."""
SCRIPTS = Path(__file__).parent / "large_scripts"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.out_of_core", description="Watch the memory of groups and sorts."
    )
    parser.add_argument("--toy", action="store_true", help="10 MB under 256 MiB")
    parser.add_argument("--size", default="6 GB", help="of the lines, decompressed (default: %(default)s)")
    parser.add_argument("--memory-limit", default="1 GiB", help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    options = parser.parse_args(argv)
    size, limit = ("10 MB", "256 MiB") if options.toy else (options.size, options.memory_limit)
    records = parse_bytes(size) // EVENT_BYTES
    expected = {"pannier_groupby.py": grouped(records), "pannier_sort.py": summed(records)}
    rows, failures = [], []
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        pattern = make_events(options.folder or Path(scratch), records, brief=False)
        for script, answer in expected.items():
            each = run([sys.executable, str(SCRIPTS / script), pattern, limit], watched=True)
            is_right = each.output.strip() == answer
            rows.append(row(script, each, is_right))
            if not is_right:
                failures.append(f"wrong answer: {script} says {each.output.strip()}, not {answer}")
            if each.together.rss > MARGIN * parse_bytes(limit):
                failures.append(f"{script} held {format_bytes(each.together.rss)} under a limit of {limit}")
    header = ["script", "seconds", "CPU s", "all processes, RSS", "PSS", "files in /dev/shm", "answer"]
    print(f"{records:,} events, {size}, under memory_limit={limit!r}; peaks. {circumstances()}\n")
    print(markdown_table(header, rows))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def row(script: str, each: Run, is_right: bool) -> list[str]:
    peaks = (each.together.rss, each.together.pss, each.together.shm)
    return [
        script,
        f"{each.seconds:.1f}",
        f"{each.cpu_seconds:.1f}",
        *map(format_bytes, peaks),
        "right" if is_right else "wrong",
    ]


def ids(records: int) -> list[range]:
    """The numbers of the events of each file."""
    return [
        range(FIRST_ID + i * IDS_A_FILE, FIRST_ID + i * IDS_A_FILE + records // FILES + (i < records % FILES))
        for i in range(FILES)
    ]


def grouped(records: int) -> str:
    groups: dict[str, list[int]] = {}
    for each in ids(records):
        for number in each:
            group = groups.setdefault(f"{number % 10_000:04}", [0, 0])
            group[0] += 1
            group[1] += number
    return digest((key, count, total) for key, (count, total) in groups.items())


def summed(records: int) -> str:
    return f"{records} {sum(map(sum, ids(records)))}"


if __name__ == "__main__":
    sys.exit(main())
