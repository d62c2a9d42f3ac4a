"""The five joins of the db-benchmark, each from CSV files to the whole answer in memory, beside dask.dataframe.

1e7 rows of 7 columns with 10, 1e4, 1e4, 1e4 and 1e7 (https://duckdblabs.github.io/db-benchmark): by a number, inner
and left, by a text, and by a number that no two rows share.

::

    python -m benchmarks.frame_joins --folder ~/tables
    python -m benchmarks.frame_joins --toy
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import DASK_FRAME, parser
from benchmarks.inquiry import inquire, question_table
from benchmarks.measure import circumstances
from benchmarks.tables import made

SCRIPTS = Path(__file__).parent / "frame_scripts"
ENGINES = {"pannier": "joins_pannier.py", DASK_FRAME: "joins_dask.py"}
QUESTIONS = tuple(map(str, range(1, 6)))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("frame_joins", "Time the joins of a db-benchmark.")
    arguments.add_argument("--rows", type=int, default=10_000_000, help="default: %(default)s")
    parsed = arguments.parse_args(argv)
    rows = 20_000 if parsed.toy else parsed.rows
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        folder = made("joins", parsed.folder or Path(scratch), rows)
        print(f"{rows:,} rows. {circumstances('pandas', 'pyarrow', 'dask')}\n")
        commands = {
            name: [str(SCRIPTS / file), "csv", str(folder)]
            for name, file in ENGINES.items()
            if not any(name.startswith(each) for each in parsed.leave_out)
        }
        answers = inquire(commands, {}, repeat=1 if parsed.toy else parsed.repeat)
    print(question_table(answers, QUESTIONS))
    return 1 if answers.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
