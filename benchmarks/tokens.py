"""What a name for content costs: tokens of arrays, frames and small objects, beside Dask's in the same process.

::

    python -m benchmarks.tokens          the figures of the README
    python -m benchmarks.tokens --toy    a few seconds, to see that it works

Two tables: processor time a value, in turns; and how many pairs of values that differ share a token.  Dask hashes
buffers with xxhash where that is installed, else with SHA-1; it has a column for each.
"""

from __future__ import annotations

import argparse
import functools
import json
import operator
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import Peak, Run, circumstances, is_installed, markdown_table
from pannier.tokens import tokenize

MEGABYTE = 1_000_000
Tokenize = Callable[..., str]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tokens", description="Time tokens.")
    parser.add_argument("--toy", action="store_true", help="few values, one turn")
    parser.add_argument("--repeat", type=int, default=3, help="turns (default: %(default)s)")
    options = parser.parse_args(argv)
    peers = {"pannier": tokenize, **dask_tokenizers()}
    print(circumstances("dask", "numpy", "pandas", "pyarrow", "xxhash"))
    print()
    print(time_table(peers, 100 if options.toy else 1, 1 if options.toy else options.repeat))
    print()
    print(pair_table(peers))
    return 0


def dask_tokenizers() -> dict[str, Tokenize]:
    """Dask's function as it finds its hashes, and with the last of these alone, which is Python's own."""
    if not is_installed("dask"):
        return {}
    import dask.hashing
    import dask.tokenize

    def with_own_hash(*values: object) -> str:
        found = dask.hashing.hashers
        dask.hashing.hashers = found[-1:]
        try:
            token: str = dask.tokenize.tokenize(*values)
            return token
        finally:
            dask.hashing.hashers = found

    first = dask.hashing.hashers[0].__name__.removeprefix("_hash_")
    return {f"Dask, {first}": dask.tokenize.tokenize, "Dask, sha1": with_own_hash}


@dataclass(frozen=True)
class Place:
    """Of the script itself, so that there is no name to import it by."""

    path: str
    line: int


def works(scale: int) -> Iterator[tuple[str, list[Any]]]:
    """What is tokenized, by a caption; made when it is its turn."""
    many = 1000 // scale
    random = np.random.default_rng(0)
    yield f"{many:,} arrays of 1 MB", [random.random(MEGABYTE // 8) for _ in range(many)]
    yield f"{many:,} views of 1 MB, every other row", [random.random((500, 500))[::2] for _ in range(many)]
    yield f"{many:,} frames of 1 MB, numbers and texts", [frame(random) for _ in range(many)]
    objects = list(small_objects(100_000 // scale))
    yield f"{len(objects):,} small objects", objects
    yield f"a list of {len(objects):,} small objects", [objects]
    yield f"{many:,} objects of a class of the script", [Place("a.csv", line) for line in range(many)]


def frame(random: np.random.Generator) -> pd.DataFrame:
    rows = 25_000
    words = np.array([f"word {n}" for n in range(1000)], dtype=object)
    numbers = {name: random.random(rows) for name in "abc"}
    return pd.DataFrame(
        {
            **numbers,
            "d": random.integers(0, 100, rows, dtype="int32"),
            "e": words[random.integers(0, 1000, rows)],
        }
    )


def small_objects(n: int) -> Iterator[Any]:
    functions = [json.loads, re.sub, len, functools.partial(max, 3), operator.itemgetter("a"), frame]
    for i in range(n // 8):
        yield i
        yield f"text {i}"
        yield (i, "a", i + 0.5)
        yield [i, None, True, str(i)]
        yield {"a": i, "b": [i, 2], "c": {"d": (1, 2)}}
        yield Peak(rss=i)
        yield Run(1.5, 2.5, i, "output", Peak(i, 2, 3))
        yield functions[i % len(functions)]


def time_table(peers: dict[str, Tokenize], scale: int, repeat: int) -> str:
    """Microseconds a value, and the median over the turns of Dask's time by ours."""
    ours, *others = peers
    rows = []
    for caption, values in works(scale):
        for each in peers.values():
            each(values[0])
        turns = [
            {name: cpu_seconds(function, values) for name, function in peers.items()} for _ in range(repeat)
        ]
        row = [caption]
        row += [
            f"{statistics.median(turn[name] for turn in turns) / len(values) * 1e6:,.1f}" for name in peers
        ]
        row += [f"{statistics.median(turn[name] / turn[ours] for turn in turns):.1f}" for name in others]
        rows.append(row)
        print(f"{caption}: {', '.join(row[1:])}", file=sys.stderr)
    header = ["", *(f"{name}, us" for name in peers), *(f"{name}, by ours" for name in others)]
    return f"Processor time a value; medians of {repeat} turns:\n\n" + markdown_table(header, rows)


def cpu_seconds(function: Tokenize, values: Sequence[Any]) -> float:
    start = time.process_time()
    for value in values:
        function(value)
    return time.process_time() - start


def different() -> dict[str, tuple[Any, Any]]:
    """Pairs of values that a function can tell apart."""
    texts = pd.Series([f"word {n}" for n in range(10)], dtype="str")
    table = pd.DataFrame({"a": [1, 2]})
    levels = pd.MultiIndex.from_tuples([(1, 2)])
    return {
        "rows of a column of texts": (texts.iloc[:5], texts.iloc[5:].set_axis(texts.index[:5])),
        "texts cut elsewhere": (np.array(["a-b", "c"], object), np.array(["a", "b-c"], object)),
        "transposed": (np.arange(4).reshape(2, 2), np.arange(4).reshape(2, 2).T),
        "fields of a structure": (np.zeros(2, [("a", "f8")]), np.zeros(2, [("b", "f8")])),
        "masks": (np.ma.array([1, 2], mask=[0, 0]), np.ma.array([1, 2], mask=[0, 1])),
        "zeros": (0.0, -0.0),
        "numbers and texts": ({1: "a"}, {"1": "a"}),
        "names of an index": (table, table.rename_axis("i")),
        "names of levels": (levels, levels.set_names(["x", "y"])),
        "attributes of a frame": (table, with_attributes(table.copy())),
        "objects in a column": (pd.Series([[1], [2]]), pd.Series([[2], [2]])),
        "frequencies": (pd.date_range("2015", periods=2), pd.DatetimeIndex(["2015-01-01", "2015-01-02"])),
        "units of time": (np.array([0], "M8[s]"), np.array([0], "M8[ms]")),
        "missing numbers": (pd.array([0, None], "Int64"), pd.array([0, 0], "Int64")),
        "dtypes of texts": (pd.Series(["a"], dtype="str"), pd.Series(["a"], dtype="string")),
    }


def with_attributes(value: pd.DataFrame) -> pd.DataFrame:
    value.attrs["unit"] = "m"
    return value


def pair_table(peers: dict[str, Tokenize]) -> str:
    """Of the pairs of different values, those that each gives one token, and those it has none for."""
    pairs = different()
    rows = []
    for name, function in peers.items():
        shared, refused = [], []
        for caption, (a, b) in pairs.items():
            try:
                same = function(a) == function(b)
            except Exception as error:  # noqa: BLE001  it is what the table tells
                refused.append(f"{caption} ({type(error).__name__})")
            else:
                shared += [caption] if same else []
        rows.append([name, ", ".join(shared) or "-", ", ".join(refused) or "-"])
    caption = f"Of {len(pairs)} pairs of values that differ, those that share a token, and those that have none:\n\n"
    return caption + markdown_table(["", "one token", "an exception"], rows)


if __name__ == "__main__":
    sys.exit(main())
