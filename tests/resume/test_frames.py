"""Frames of files, taken up by another run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn

WHOLE = pd.DataFrame(
    {
        "n": [1, 2, 3, 4],
        "t": ["a", None, "c", "a"],
        "k": pd.Categorical(list("abab")),
        "d": pd.to_datetime(["2024-03-10 01:30"] * 4, utc=True),
    }
)


@pytest.mark.parametrize("npartitions", [1, 3])
@pytest.mark.parametrize(
    "read", [pn.read_parquet, pn.read_orc, pn.read_csv, pn.read_json], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_files_are_not_read_again(
    tmp_path: Path, read: Callable[..., Any], npartitions: int, scheduler: str
) -> None:
    """Nor is there a warning that they were."""
    calls = tmp_path / "calls"
    calls.mkdir()

    def noted(block: pd.DataFrame) -> pd.DataFrame:
        (calls / f"{len(list(calls.iterdir()))}-{len(block)}").touch()
        return block

    kind = read.__name__.removeprefix("read_")
    frame = pn.from_pandas(WHOLE if kind == "parquet" else WHOLE[["n", "t"]], npartitions=npartitions)
    options = {"index": False} if kind == "csv" else {}
    getattr(frame, f"to_{kind}")(tmp_path / "data", compute_kwargs={"scheduler": "sync"}, **options)
    expected = read(tmp_path / "data").compute(scheduler="sync")

    def run() -> pd.DataFrame:
        frame = read(tmp_path / "data")
        made = frame.map_partitions(noted, meta=frame._meta)
        return made.compute(scheduler=scheduler, resume=tmp_path / "state")  # type: ignore[no-any-return]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.testing.assert_frame_equal(run(), expected)
        first = sorted(calls.iterdir())
        assert first
        pd.testing.assert_frame_equal(run(), expected)
    assert sorted(calls.iterdir()) == first
