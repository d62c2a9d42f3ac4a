"""The ten questions of the db-benchmark on groups, each from files, beside dask.dataframe, Polars and DuckDB.

1e7 rows of 9 columns, K = 100, in 8 CSV and 8 Parquet files (https://duckdblabs.github.io/db-benchmark).  One script an
engine asks all questions, one after the other, each of the files.  dask.dataframe answers 8 and 9 by a Python function
a group, which takes minutes: it is asked them with ``--all``.

::

    python -m benchmarks.frame_groups --folder ~/tables
    python -m benchmarks.frame_groups --toy
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import DASK_FRAME, DUCKDB, POLARS, parser
from benchmarks.inquiry import inquire, question_table
from benchmarks.measure import circumstances
from benchmarks.tables import made

SCRIPTS = Path(__file__).parent / "frame_scripts"
ENGINES = {
    "pannier": "groups_pannier.py",
    POLARS: "groups_polars.py",
    DUCKDB: "groups_duckdb.py",
    DASK_FRAME: "groups_dask.py",
}
ALL = tuple(map(str, range(1, 11)))
WITHOUT_APPLY = tuple(name for name in ALL if name not in ("8", "9"))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("frame_groups", "Time the questions of a db-benchmark.")
    arguments.add_argument("--rows", type=int, default=10_000_000, help="default: %(default)s")
    arguments.add_argument("--all", action="store_true", help="ask dask.dataframe what takes it minutes, too")
    parsed = arguments.parse_args(argv)
    rows = 20_000 if parsed.toy else parsed.rows
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        folder = made("groups", parsed.folder or Path(scratch), rows)
        print(f"{rows:,} rows in 8 files. {circumstances('pandas', 'pyarrow', 'dask', 'polars', 'duckdb')}")
        for form in ("csv", "parquet"):
            commands = {
                name: [str(SCRIPTS / file), form, str(folder)]
                for name, file in ENGINES.items()
                if not any(name.startswith(each) for each in parsed.leave_out)
            }
            asked = {DASK_FRAME: ALL if parsed.all or parsed.toy else WITHOUT_APPLY}
            answers = inquire(commands, asked, repeat=1 if parsed.toy else parsed.repeat)
            print(f"\n{form}:\n\n{question_table(answers, ALL)}")
            wrong += answers.wrong()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
