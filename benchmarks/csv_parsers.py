"""One file of CSV parsed in one thread: by the reader of frames, and by what it could parse with.

Milliseconds, the fastest of some turns, of a file that the system has in memory; in brackets by those of the reader.
``pandas`` is :func:`pandas.read_csv` with ``low_memory=False``, ``in chunks`` with True.  The reader also counts
fields, where columns are left out: see ``docs/decisions/0035-csv.md``.  All have their memory from allocators that keep
what is freed (``docs/decisions/0033-allocator.md``), without which pandas takes a third longer.

::

    python -m benchmarks.csv_parsers --folder ~/tables
    python -m benchmarks.csv_parsers --toy
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import csv

from benchmarks.encodings import best
from benchmarks.measure import circumstances, markdown_table
from benchmarks.tables import made
from pannier.io.csv import csv_source
from pannier.kernels.frames.allocation import settle_allocators

CASES = (
    ("visits", 3_200_000, "2015-01-01.csv", ("user_id", "value")),
    ("groups", 10_000_000, "part-0.csv", ("id1", "v1")),
    ("groups", 10_000_000, "part-0.csv", ("id3", "v1", "v3")),
    ("joins", 10_000_000, "x-0.csv", ()),
)
"""Tables, their rows, a file of them, and the columns that are wanted; none for all."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.csv_parsers", description="Time parsers of CSV."
    )
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    parser.add_argument("--toy", action="store_true", help="few rows, one turn")
    options = parser.parse_args(argv)
    settle_allocators()  # as every program does before it runs
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        print(f"{circumstances('pandas', 'pyarrow', 'polars')}\n")
        folder = options.folder or Path(scratch)
        print(table(folder, 1 if options.toy else options.repeat, 1000 if options.toy else 1))
    return 0


def table(folder: Path, repeat: int, fraction: int) -> str:
    """The figures, of tables with a ``fraction`` of their rows."""
    rows: list[list[str]] = []
    names: list[str] = []
    for kind, n, name, columns in CASES:
        path = made(kind, folder, n // fraction) / name
        found = {parser: best(parse, [given], repeat) for parser, parse, given in parsers(str(path), columns)}
        own = found["pannier"]
        cells = [f"{each * 1e3:,.0f} ({each / own:.2f})" for each in found.values()]
        names = list(found)
        rows.append([f"{kind}, {path.stat().st_size / 1e6:.0f} MB", ", ".join(columns) or "all", *cells])
    return markdown_table(["file", "columns", *names], rows)


def parsers(path: str, columns: tuple[str, ...]) -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """What parses the file at ``path``: its name, a function and what to call it with."""
    wanted = list(columns) or None
    source, meta = csv_source(path, blocksize=None)
    yield "pannier", source.reader.with_columns(frozenset(columns or meta.columns)), source.parts[0]
    in_one_thread = {"usecols": wanted, "nrows": sys.maxsize}  # with a number of rows, that is
    yield "pandas", partial(pd.read_csv, **in_one_thread, low_memory=False), path
    yield "in chunks", partial(pd.read_csv, **in_one_thread), path
    yield "Arrow", partial(by_arrow, columns), path
    try:
        import polars as pl
    except ImportError:
        return
    yield "Polars", partial(pl.read_csv, columns=wanted), path


def by_arrow(columns: tuple[str, ...], path: str) -> Any:
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(use_threads=False),
        convert_options=csv.ConvertOptions(include_columns=list(columns), strings_can_be_null=True),
    )


if __name__ == "__main__":
    os.environ["POLARS_MAX_THREADS"] = "1"  # read when it is loaded
    sys.exit(main())
