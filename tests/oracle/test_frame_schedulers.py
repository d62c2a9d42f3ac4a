"""The same answers in one thread, in several and in processes: pipelines of frames, each of several steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier import dataframe as pdf
from pannier.testing import ExitProcess, OnAttempt
from tests.oracle.frame_strategies import same

TEAMS = pd.DataFrame({"name": ["Ada", "Nora", "Ada", "Ivan"], "team": ["red", "blue", "green", "red"]})
SCHEDULERS = ["sync", "threads", "processes"]
Steps = Callable[[Any, Any], Any]
"""Of a frame and of the teams, either both lazy or both of pandas."""

STABLE: Any = {"kind": "stable", "ignore_index": True}

PIPELINES: dict[str, Steps] = {
    "rows": lambda df, _: df,
    "filter, assign, aggregate": lambda df, _: (
        df[(df.x > 1) & df.name.notna()]
        .assign(z=lambda d: d.x * d.y, long=lambda d: d.name.str.len())
        .groupby("name")
        .agg({"z": ["sum", "mean"], "long": "max", "x": "std"})
    ),
    "shares of groups": lambda df, _: df.assign(share=df.y / df.groupby("name").y.transform("sum")),
    "distinct values of groups": lambda df, _: df.groupby("name", dropna=False).x.nunique(),
    "values": lambda df, _: df.x.sum() + df.y.max() - df.y.mean(),
    "describe": lambda df, _: df[["x", "y"]].describe(),
    "value_counts": lambda df, _: df.name.value_counts(),
    "drop_duplicates": lambda df, _: df.drop_duplicates(["name", "x"], ignore_index=True),
    "sort_values": lambda df, _: df.sort_values(["name", "x"], ascending=[True, False], **STABLE),
    "merge": lambda df, teams: in_order(df.merge(teams, on="name", how="left")),
    "merge with itself": lambda df, _: in_order(df.merge(df[df.y > 0.5], on=["name", "x"])),
    "groups of a merge": lambda df, teams: df.merge(teams, on="name").groupby("team")[["y"]].sum(),
    "rolling": lambda df, _: df[["x", "y"]].rolling(4, min_periods=1).mean(),
    "cumulated and shifted": lambda df, _: df.x.cumsum() - df.y.shift(2),
    "a function of a value": lambda df, _: df.x.map(lambda x: x % 3),
    "largest": lambda df, _: df.nlargest(5, ["x", "y"]),
}


def in_order(frame: Any) -> Any:
    """The rows of a merge in an order that depends on them alone: that of pandas' merge is not promised."""
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three CSV files, of one table of which some names are missing."""
    draws = np.random.default_rng(5)
    whole = pd.DataFrame(
        {
            "name": draws.choice(["Ada", "Nora", "Viktor", None], 90),
            "x": draws.integers(0, 12, 90),
            "y": draws.integers(0, 64, 90) / 64,  # sums are exact in any order
        }
    )
    folder = tmp_path_factory.mktemp("table")
    for i in range(3):
        whole[30 * i : 30 * i + 30].to_csv(folder / f"{i}.csv", index=False)
    return folder


def lazy(folder: Path) -> Any:
    """The table in six partitions."""
    return pn.read_csv(str(folder / "*.csv"), blocksize=250)


def plain(folder: Path) -> pd.DataFrame:
    """The table of pandas."""
    return pd.concat(map(pd.read_csv, sorted(folder.glob("*.csv"))), ignore_index=True)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_pipeline(pipeline: str, scheduler: str, folder: Path) -> None:
    """The answer is that of pandas: values, types, labels and order."""
    steps = PIPELINES[pipeline]
    made = steps(lazy(folder), pn.from_pandas(TEAMS, npartitions=2))
    same(made.compute(scheduler=scheduler, num_workers=2), steps(plain(folder), TEAMS))


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_written_and_read_again(scheduler: str, folder: Path, tmp_path: Path) -> None:
    """Rows sorted into Parquet files come back as pandas has them, from their files too."""
    made = lazy(folder).set_index("x")
    made.to_parquet(str(tmp_path), compute_kwargs={"scheduler": scheduler, "num_workers": 2})
    expected = plain(folder).set_index("x").sort_index(kind="stable")
    again = pdf.read_parquet(str(tmp_path))
    same(again.compute(scheduler=scheduler, num_workers=2), expected)
    same(again[again.y > 0.5].y.compute(scheduler=scheduler, num_workers=2), expected[expected.y > 0.5].y)
    same(pd.read_parquet(tmp_path).sort_index(kind="stable"), expected)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_the_users_exception_comes_back(scheduler: str, folder: Path) -> None:
    """An exception keeps its type and says which step failed, and of which file."""

    def fail(x: int) -> int:
        raise LookupError(f"no {x}")

    with pytest.raises(LookupError, match="no ") as caught:
        lazy(folder).x.map(fail, meta=("x", "int64")).sum().compute(scheduler=scheduler, num_workers=2)
    notes = "\n".join(caught.value.__notes__)
    assert "map" in notes
    assert ".csv" in notes


def test_a_dead_worker_changes_no_answer(folder: Path, tmp_path: Path) -> None:
    """Partitions whose worker died at the first attempt are there once, also those that it had shuffled."""
    fault = OnAttempt(1, ExitProcess(), tmp_path, only=[0, 11])
    df = lazy(folder)
    made = df.assign(x=df.x.map(fault, meta=("x", "int64"))).sort_values(["x", "name"], **STABLE)
    answer = made.compute(scheduler="processes", num_workers=2)
    same(answer, plain(folder).sort_values(["x", "name"], **STABLE))
    assert len(list(tmp_path.iterdir())) >= 2
