"""Tables for the benchmarks of frames, seeded, made with numpy and written with Arrow.

- ``visits``: what the README's example reads, CSV of five columns in 8 files.
- ``groups``: the table of the db-benchmark of groups (https://duckdblabs.github.io/db-benchmark), 9 columns, K = 100,
  in 8 CSV and 8 Parquet files.
- ``joins``: the four tables of its benchmark of joins, of n, n / 1e6, n / 1e3 and n rows.

Made in a process of its own, because what the measuring process holds is a floor under every peak it reports.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT

FILES = 8
_FACTOR = 100
"""K of the db-benchmark: how many groups the columns of few groups have."""


def made(kind: str, folder: Path, rows: int) -> Path:
    """The folder of the tables of ``kind``, below ``folder``; made unless it is there."""
    own = folder / f"{kind}-{rows}"
    if not own.exists():
        print(f"making {rows:,} rows of {kind} in {own}", file=sys.stderr)
        aside = own.with_name(f"{own.name}.part")
        code = "from benchmarks.tables import main; main()"
        subprocess.run(
            [sys.executable, "-c", code, kind, str(aside.absolute()), "--rows", str(rows)],
            cwd=ROOT,
            check=True,
        )
        aside.rename(own)
    return own


def main() -> None:
    parser = argparse.ArgumentParser(description="Make tables.")
    parser.add_argument("kind", choices=["visits", "groups", "joins"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parsed = parser.parse_args()
    parsed.folder.mkdir(parents=True)
    {"visits": _visits, "groups": _groups, "joins": _joins}[parsed.kind](parsed.folder, parsed.rows)


def _visits(folder: Path, rows: int) -> None:
    import numpy as np

    for number, n in enumerate(_shares(rows)):
        draws = np.random.default_rng([1, number])
        seconds = np.sort(draws.integers(0, 86_400, n)).astype("datetime64[s]")
        day = np.datetime64(f"2015-01-{number + 1:02}") - np.datetime64("1970-01-01")
        columns = {
            "time": np.datetime_as_string(seconds + day.astype("timedelta64[s]")),
            "user_id": draws.integers(0, 100_000, n),
            "page": _names("page", 2_000)[draws.integers(0, 2_000, n)],
            "seconds": draws.integers(0, 600, n),
            "value": np.round(draws.exponential(20, n), 4),
        }
        _write(columns, folder / f"2015-01-{number + 1:02}", csv=True, parquet=False)


def _groups(folder: Path, rows: int) -> None:
    import numpy as np

    few, many = _FACTOR, max(rows // _FACTOR, 1)
    for number, n in enumerate(_shares(rows)):
        draws = np.random.default_rng([2, number])
        columns = {
            "id1": _names("id", few, 3)[draws.integers(0, few, n)],
            "id2": _names("id", few, 3)[draws.integers(0, few, n)],
            "id3": _names("id", many, 10)[draws.integers(0, many, n)],
            "id4": draws.integers(1, few + 1, n),
            "id5": draws.integers(1, few + 1, n),
            "id6": draws.integers(1, many + 1, n),
            "v1": draws.integers(1, 6, n),
            "v2": draws.integers(1, 16, n),
            "v3": np.round(draws.uniform(0, 100, n), 6),
        }
        _write(columns, folder / f"part-{number}", csv=True, parquet=True)


def _joins(folder: Path, rows: int) -> None:
    """Of the keys of each pair of tables nine in ten are in both."""
    import numpy as np

    draws = np.random.default_rng(3)
    sizes = {"small": max(rows // 1_000_000, 10), "medium": max(rows // 1_000, 100), "big": rows}
    keys = {}
    for name, size in sizes.items():
        chosen = draws.permutation(size + size // 10)
        keys[name] = chosen[:size] + 1, np.concatenate([chosen[: size - size // 10], chosen[size:]]) + 1
    for number, n in enumerate(_shares(rows)):
        own = {name: left[draws.integers(0, len(left), n)] for name, (left, _) in keys.items()}
        start = sum(_shares(rows)[:number])
        own["big"] = keys["big"][0][start : start + n]
        columns = {"id1": own["small"], "id2": own["medium"], "id3": own["big"]}
        columns |= {f"id{i + 3}": _text(columns[f"id{i}"]) for i in (1, 2, 3)}
        columns["v1"] = np.round(draws.uniform(0, 100, n), 6)
        _write(columns, folder / f"x-{number}", csv=True, parquet=False)
    for name, columns_of in {"small": (1,), "medium": (1, 2), "big": (1, 2, 3)}.items():
        right = keys[name][1]
        for number, n in enumerate(_shares(len(right)) if name == "big" else [len(right)]):
            start = sum(_shares(len(right))[:number])
            columns = {}
            for i, other in zip(columns_of, keys, strict=False):
                values = (
                    right
                    if other == name
                    else keys[other][1][draws.integers(0, len(keys[other][1]), len(right))]
                )
                columns[f"id{i}"] = values[start : start + n]
            columns |= {f"id{i + 3}": _text(columns[f"id{i}"]) for i in columns_of}
            columns["v2"] = np.round(draws.uniform(0, 100, n), 6)
            _write(columns, folder / f"{name}-{number}", csv=True, parquet=False)


def _shares(rows: int) -> list[int]:
    return [rows // FILES + (number < rows % FILES) for number in range(FILES)]


def _names(prefix: str, count: int, width: int = 4) -> Any:
    import numpy as np

    return np.array([f"{prefix}{i:0{width}}" for i in range(1, count + 1)], dtype=object)


def _text(numbers: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise("id", pa.array(numbers).cast(pa.string()), "")


def _write(columns: Mapping[str, Any], path: Path, *, csv: bool, parquet: bool) -> None:
    import pyarrow as pa
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq

    table = pa.table(dict(columns))
    if csv:
        pcsv.write_csv(table, f"{path}.csv", pcsv.WriteOptions(quoting_style="none"))
    if parquet:
        pq.write_table(table, f"{path}.parquet")
