"""A sort of 5 million records by key as whole scripts, from text files to text files.

A line is a whole number below 2**48, a tab and a text, 100 bytes in all, in 8 plain files. Each script reads the lines,
makes each a pair of a number and a text, sorts the pairs by the number, and writes them as lines to files whose names
are in the order of what is in them. All that is in the time; the check of the files is not. pannier's ``sort_by_key``
and PySpark's ``sortByKey`` use all processors, ``sorted`` uses one; the last column is the time of all processors
that a script was given by the time of ``sorted``. See ``sort_scripts/``.

::

    python -m benchmarks.sorting --folder ~/numbers
    python -m benchmarks.sorting --toy
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.contest import PYSPARK, compete, options, parser, table, wrong_answers
from benchmarks.measure import Run, circumstances, markdown_table
from pannier.datasets import vocabulary
from pannier.datasets.draws import Draws

FILES = 8
LINE_BYTES = 100
SCRIPTS = Path(__file__).parent / "sort_scripts"
PANNIER, PLAIN = "pannier sort_by_key", "sorted, one process"
SORTED = {
    PANNIER: "pannier_sort.py",
    f"{PYSPARK} sortByKey": "spark_sort.py",
    PLAIN: "plain_sorted.py",
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("sorting", "Time a sort.")
    arguments.add_argument("--records", type=int, default=5_000_000, help="default: %(default)s")
    parsed = arguments.parse_args(argv)
    records = 20_000 if parsed.toy else parsed.records
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        pattern = make_data(parsed.folder or Path(scratch), records)
        result = Path(scratch, "sorted")
        print(f"{records:,} records. {circumstances('pyspark')}\n")
        commands = {name: [str(SCRIPTS / file), pattern, str(result)] for name, file in SORTED.items()}
        runs = compete(commands, options(parsed), after=lambda: checked(result, records))
    print(table(runs))
    print(f"\n{per_core(runs)}")
    return 1 if wrong_answers(runs) else 0


def per_core(runs: Mapping[str, Sequence[Run]]) -> str:
    """Time times processors of pannier by the time of ``sorted``, which uses one; medians over the turns."""
    cores = len(os.sched_getaffinity(0))
    ratios = [
        ours.seconds * cores / one.seconds for ours, one in zip(runs[PANNIER], runs[PLAIN], strict=True)
    ]
    row = [PANNIER, str(cores), f"{statistics.median(ratios):.2f}"]
    return markdown_table(["beside sorted in one process", "cores", "time x cores by that of sorted"], [row])


def checked(folder: Path, records: int) -> str:
    """A hash of the lines of all files of ``folder``, which is removed; says so if they are not in order."""
    content, last, count = hashlib.sha256(), -1, 0
    for path in sorted(folder.glob("part-*")):
        with path.open("rb") as file:
            for line in file:
                number = int(line.partition(b"\t")[0])
                if number < last:
                    return f"not sorted: {number} after {last} in {path.name}"
                last = number
                count += 1
                content.update(line)
    shutil.rmtree(folder)
    return content.hexdigest()[:16] if count == records else f"{count} records, not {records}"


def make_data(folder: Path, records: int) -> str:
    """The pattern of the files in ``folder``, made unless they are there."""
    folder /= f"numbers-{records}"
    if not folder.exists():
        print(f"making {records:,} lines in {folder}", file=sys.stderr)
        aside = folder.with_name(f"{folder.name}.part")
        aside.mkdir(parents=True)
        # Elsewhere, because what this process holds is a floor under every peak it reports.
        with multiprocessing.get_context("spawn").Pool() as pool:
            pool.starmap(write_part, [(aside, number, records) for number in range(FILES)])
        aside.rename(folder)
    return str(folder / "numbers-*.txt")


def write_part(folder: Path, number: int, records: int) -> None:
    """File ``number``."""
    draws = Draws("numbers", number)
    with (folder / f"numbers-{number}.txt").open("w", encoding="ascii") as file:
        for _ in range(number, records, FILES):
            line = f"{draws.below(2**48)}\t{draws.one(vocabulary.WORDS)} {draws.sha()} {draws.sha()}"
            file.write(f"{line[: LINE_BYTES - 1]:-<{LINE_BYTES - 1}}\n")


if __name__ == "__main__":
    sys.exit(main())
