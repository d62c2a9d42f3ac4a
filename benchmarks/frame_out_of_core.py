"""5 GB of CSV sorted by a column into Parquet files, under a memory limit of 1 GiB, watched from outside.

``read_csv(...).set_index("user_id").to_parquet(...)``, of the table of ``benchmarks.frames``.  What was written is looked
through: rows, the sum of the values, the order within files, and that no file's labels go back behind the one's
before.  The exit status is 1 if something is wrong, or if the process ever held more than 1.25 times the limit.

::

    python -m benchmarks.frame_out_of_core --folder ~/tables
    python -m benchmarks.frame_out_of_core --toy
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import circumstances, markdown_table, run
from benchmarks.tables import made
from pannier.sizes import format_bytes, parse_bytes

SCRIPT = Path(__file__).parent / "frame_scripts" / "set_index.py"
MARGIN = 1.25
"""What the process may hold, by the limit: Python, its modules and what the system counts twice come on top."""
LOOK = """
import glob, sys
import pandas as pd
rows, total, last = 0, 0.0, -1
for path in sorted(glob.glob(sys.argv[1] + "/*.parquet"), key=lambda p: int(p.split(".")[-2])):
    frame = pd.read_parquet(path, columns=["value"])
    if len(frame):
        assert frame.index.is_monotonic_increasing, path
        assert frame.index[0] > last, path
        last = frame.index[-1]
    rows += len(frame)
    total += frame.value.sum()
print(rows, round(total, 2))
"""
SUM = """
import glob, sys
import pyarrow.compute as pc, pyarrow.csv as csv
rows, total = 0, 0.0
for path in sorted(glob.glob(sys.argv[1])):
    values = csv.read_csv(path, convert_options=csv.ConvertOptions(include_columns=["value"]))["value"]
    rows, total = rows + len(values), total + pc.sum(values).as_py()
print(rows, round(total, 2))
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.frame_out_of_core", description="Watch the memory of set_index."
    )
    parser.add_argument("--toy", action="store_true", help="a few thousand rows under 512 MiB")
    parser.add_argument("--rows", type=int, default=108_000_000, help="46 bytes each (default: %(default)s)")
    parser.add_argument("--memory-limit", default="1 GiB", help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    parsed = parser.parse_args(argv)
    rows, limit = (40_000, "512 MiB") if parsed.toy else (parsed.rows, parsed.memory_limit)
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        pattern = str(made("visits", parsed.folder or Path(scratch), rows) / "2015-*-*.csv")
        target = str(Path(scratch) / "sorted")
        each = run([sys.executable, str(SCRIPT), pattern, target, limit], watched=True)
        found, expected = (
            subprocess.run(
                [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
            ).stdout
            for code, path in ((LOOK, target), (SUM, pattern))
        )
    held = each.together.rss
    print(f"{rows:,} rows under memory_limit={limit!r}. {circumstances('pandas', 'pyarrow')}\n")
    cells = [
        f"{each.seconds:.1f}",
        f"{each.cpu_seconds:.1f}",
        format_bytes(held),
        format_bytes(each.together.pss),
    ]
    header = ["script", "seconds", "CPU s", "peak RSS", "PSS", "answer"]
    print(
        markdown_table(header, [["set_index, to_parquet", *cells, "right" if found == expected else "wrong"]])
    )
    if found != expected:
        print(f"wrong answer: {found.strip()}, not {expected.strip()}", file=sys.stderr)
    if held > MARGIN * parse_bytes(limit):
        print(f"{format_bytes(held)} were held under a limit of {limit}", file=sys.stderr)
    return int(found != expected or held > MARGIN * parse_bytes(limit))


if __name__ == "__main__":
    sys.exit(main())
