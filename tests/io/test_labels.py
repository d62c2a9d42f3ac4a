"""What ``explain()`` says that readers of frames leave out."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn

WHOLE = pd.DataFrame({"i": range(4), "x": range(4), "y": 1.5, "k": list("abab")})


def read_csv(folder: Path) -> Any:
    WHOLE.to_csv(folder / "a.csv", index=False)
    return pn.read_csv(folder / "a.csv")


def read_parquet(folder: Path) -> Any:
    WHOLE.to_parquet(folder / "a.parquet")
    return pn.read_parquet(folder / "a.parquet")


def read_orc(folder: Path) -> Any:
    WHOLE.to_orc(folder / "a.orc")
    return pn.read_orc(folder / "a.orc")


def read_sql_table(folder: Path) -> Any:
    with contextlib.closing(sqlite3.connect(folder / "a.db")) as connection:
        WHOLE.to_sql("t", connection, index=False)
    return pn.read_sql_table("t", f"sqlite:///{folder}/a.db", "i")


def from_pandas(_: Path) -> Any:
    return pn.from_pandas(WHOLE, npartitions=2)


READERS = [read_csv, read_parquet, read_orc, read_sql_table, from_pandas]


def optimized(frame: Any) -> str:
    """The first line of the plan as it will run."""
    return str(frame.explain().partition("as optimized:\n")[2].split("\n")[0])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_columns_that_are_read_are_named(reader: Callable[[Path], Any], tmp_path: Path) -> None:
    """Only where some are left out; a reader of all is its verb alone."""
    df = reader(tmp_path)
    assert f"1. {reader.__name__} | " in optimized(df + df)
    assert f"1. {reader.__name__}  [" in df.explain()
    assert f"1. {reader.__name__} [k, x] | " in optimized(df[["x", "k"]].count()).replace("[x, k]", "[k, x]")
    assert f"1. {reader.__name__} [y] | " in optimized(df.y.sum())


def test_readers_of_json(tmp_path: Path) -> None:
    """Those of whole documents are their verb alone."""
    WHOLE.to_json(tmp_path / "a.json", orient="columns")
    assert "1. read_json  [" in pn.read_json(tmp_path / "a.json", orient="columns").explain()


@pytest.mark.parametrize("orient", ["table", "split", "index", "columns", "values"])
def test_labels_of_several_documents(tmp_path: Path, orient: Any) -> None:
    """Are those that the files give; where they give none, rows are numbered through."""
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        WHOLE[["i", "x"]].to_json(path, orient=orient)
    parts = [pd.read_json(path, orient=orient) for path in paths]
    whole = pd.concat(parts, ignore_index=orient == "values")
    frame, first = pn.read_json(paths, orient=orient), whole.columns[0]
    pd.testing.assert_frame_equal(frame.compute(scheduler="sync"), whole)
    kept = frame[frame[first] % 2 == 1].compute(scheduler="sync")
    pd.testing.assert_frame_equal(kept, whole[whole[first] % 2 == 1])


def test_many_columns_are_cut(tmp_path: Path) -> None:
    """Six are named."""
    pd.DataFrame({f"c{i}": [1] for i in range(9)}).to_csv(tmp_path / "a.csv", index=False)
    df = pn.read_csv(tmp_path / "a.csv")
    assert "read_csv [c0, c1, c2, c3, c4, c5, ...] |" in optimized(df[[f"c{i}" for i in range(8)]].sum())


def test_filters_that_reach_a_reader_are_shown(tmp_path: Path) -> None:
    """With their values, and before the filter, which stays."""
    df = read_parquet(tmp_path)
    assert "1. read_parquet [x, y] where x > 2 | " in optimized(df[df.x > 2].y.sum())
    either = df[((df.x > 2) & (df.k == "a")) | (df.y < 0)]
    assert "1. read_parquet where x > 2 and k == 'a' or y < 0 | " in optimized(either)


def test_errors_name_the_columns_that_were_read(tmp_path: Path) -> None:
    """A file that is gone is missed by the reader of these."""
    df = read_csv(tmp_path)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        df.y.sum().compute(scheduler="sync")
    assert any("in read_csv [y]" in note for note in caught.value.__notes__)
