"""The mean of a column by another, of CSV files, as whole scripts, beside dask.dataframe, Polars and DuckDB.

The data is 3.2 million rows of five columns in 8 files, and ten times as many. See ``frame_scripts/``.

::

    python -m benchmarks.frames                                      the figures of the README
    python -m benchmarks.frames --folder ~/tables --repeat 5         keeps the data for the next time
    python -m benchmarks.frames --toy                                to see that it works
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import DASK_FRAME, DUCKDB, POLARS, compete, options, parser, table, wrong_answers
from benchmarks.measure import circumstances
from benchmarks.tables import made

SCRIPTS = Path(__file__).parent / "frame_scripts"
MEANS = {
    "pannier": "pannier_mean.py",
    DASK_FRAME: "dask_mean.py",
    POLARS: "polars_mean.py",
    DUCKDB: "duckdb_mean.py",
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("frames", "Time a mean by groups.")
    arguments.add_argument("--rows", type=int, nargs="+", default=[3_200_000, 32_000_000])
    parsed = arguments.parse_args(argv)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        for rows in [8_000] if parsed.toy else parsed.rows:
            pattern = str(made("visits", parsed.folder or Path(scratch), rows) / "2015-*-*.csv")
            print(
                f"{rows:,} rows in 8 files. {circumstances('pandas', 'pyarrow', 'dask', 'polars', 'duckdb')}\n"
            )
            commands = {name: [str(SCRIPTS / file), pattern] for name, file in MEANS.items()}
            runs = compete(commands, options(parsed))
            print(f"{table(runs)}\n")
            wrong += wrong_answers(runs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
