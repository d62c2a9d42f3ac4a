"""What frames cost around the work itself: importing them, a tiny job in a fresh process, and a long plan.

::

    python -m benchmarks.frame_plans
    python -m benchmarks.frame_plans --toy
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import (
    circumstances,
    markdown_table,
    median_cpu_ratio,
    median_cpu_seconds,
    median_seconds,
    run,
    take_turns,
)

PYTHON = sys.executable
IMPORTS = {
    "import pandas, pyarrow": "import pandas, pyarrow",
    "pannier.dataframe.DataFrame": "from pannier import dataframe; dataframe.DataFrame",
    "pannier.read_csv": "import pannier as pn; pn.read_csv",
    "import dask.dataframe": "import dask.dataframe",
}
JOBS = {
    "pandas, and import pyarrow": """
import sys, pandas, pyarrow
print(pandas.read_csv(sys.argv[1]).groupby("k").v.mean())
""",
    "pannier": """
import sys, pannier as pn
print(pn.read_csv(sys.argv[1]).groupby("k").v.mean().compute())
""",
    "dask.dataframe": """
import sys, dask.dataframe as dd
print(dd.read_csv(sys.argv[1]).groupby("k").v.mean().compute())
""",
}
"""A mean by key of a thousand rows: whole scripts."""
BUILD = """
import sys, time
import pandas as pd
import pannier as pn
npartitions, steps = map(int, sys.argv[1:])
df = pn.from_pandas(pd.DataFrame({"x": range(2 * npartitions), "y": 1.0}), npartitions=npartitions)
start = time.perf_counter()
for i in range(steps // 2):
    df = df.assign(**{f"c{i % 5}": df.x + i})
    df = df[df.y > -i]
built = time.perf_counter()
df.graph()
print(built - start, time.perf_counter() - built)
"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.frame_plans", description="Time plans of frames."
    )
    parser.add_argument("--toy", action="store_true", help="a small plan, one turn")
    parser.add_argument("--repeat", type=int, default=15, help="turns (default: %(default)s)")
    parsed = parser.parse_args(argv)
    npartitions, steps, repeat = (50, 10, 1) if parsed.toy else (5_000, 100, parsed.repeat)
    print(f"{circumstances('pandas', 'pyarrow', 'dask')}\n")
    print(_whole_processes("import", {name: [PYTHON, "-c", code] for name, code in IMPORTS.items()}, repeat))
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as folder:
        path = Path(folder, "small.csv")
        path.write_text(
            "k,v\n" + "".join(f"{'abcdef'[i % 6]},{i / 7}\n" for i in range(1000)), encoding="utf-8"
        )
        jobs = {name: [PYTHON, "-c", code, str(path)] for name, code in JOBS.items()}
        print(f"\n{_whole_processes('a mean of 1,000 rows by key', jobs, repeat)}")
    timings = [run([PYTHON, "-c", BUILD, str(npartitions), str(steps)]).output.split() for _ in range(repeat)]
    built, optimized = (statistics.median(map(float, column)) for column in zip(*timings, strict=True))
    print(f"\n{steps} chained operations over {npartitions:,} partitions:\n")
    rows = [["building", f"{built:.3f}"], ["optimizing and lowering", f"{optimized:.3f}"]]
    print(markdown_table(["step", "seconds"], [*rows, ["both", f"{built + optimized:.3f}"]]))
    return 0


def _whole_processes(what: str, commands: Mapping[str, Sequence[str]], repeat: int) -> str:
    """A table of ``commands``, which take turns."""
    take_turns(commands, 1)  # these may compile what they import
    runs = take_turns(commands, repeat)
    base = next(iter(runs.values()))
    rows = [
        [
            name,
            f"{median_seconds(own):.3f}",
            f"{median_cpu_seconds(own):.3f}",
            f"{median_cpu_ratio(own, base):.2f}",
        ]
        for name, own in runs.items()
    ]
    return markdown_table([what, "seconds", "CPU s", "CPU s by the first"], rows)


if __name__ == "__main__":
    sys.exit(main())
