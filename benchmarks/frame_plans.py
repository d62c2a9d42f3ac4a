"""What frames cost before anything runs: importing them, and building and optimizing a long plan of many partitions.

::

    python -m benchmarks.frame_plans
    python -m benchmarks.frame_plans --toy
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence

from benchmarks.measure import circumstances, markdown_table, median_ratio, median_seconds, run, take_turns

PYTHON = sys.executable
IMPORTS = {
    "import pandas, pyarrow": "import pandas, pyarrow",
    "from pannier import dataframe": "from pannier import dataframe; dataframe.DataFrame",
    "import dask.dataframe": "import dask.dataframe",
}
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
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    parsed = parser.parse_args(argv)
    npartitions, steps, repeat = (50, 10, 1) if parsed.toy else (5_000, 100, parsed.repeat)
    print(f"{circumstances('pandas', 'pyarrow', 'dask')}\n")
    runs = take_turns({name: [PYTHON, "-c", code] for name, code in IMPORTS.items()}, repeat)
    base = next(iter(runs.values()))
    rows = [
        [name, f"{median_seconds(own):.3f}", f"{median_ratio(own, base):.2f}"] for name, own in runs.items()
    ]
    print(markdown_table(["whole process", "seconds", "by the first"], rows))
    timings = [run([PYTHON, "-c", BUILD, str(npartitions), str(steps)]).output.split() for _ in range(repeat)]
    built, optimized = (statistics.median(map(float, column)) for column in zip(*timings, strict=True))
    print(f"\n{steps} chained operations over {npartitions:,} partitions:\n")
    rows = [["building", f"{built:.3f}"], ["optimizing and lowering", f"{optimized:.3f}"]]
    print(markdown_table(["step", "seconds"], [*rows, ["both", f"{built + optimized:.3f}"]]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
