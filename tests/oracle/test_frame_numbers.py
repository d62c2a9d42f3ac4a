"""Labels of rows that have no others than their numbers: files of CSV in several partitions, beside one in pandas."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from tests.oracle.frame_strategies import agree, same

ROWS = pd.DataFrame(
    {
        "k": [1, 2, 1, 3, 2, 2, 1, 3, 1, 2, 3, 1],
        "x": [0.5, -1, 3, 2, -4, 7, 1, None, 6, 5, -2, 4],
        "t": list("abcabdaecbfa"),
    }
)


def concat(frames: list[Any], **options: Any) -> Any:
    """Frames under each other, by pandas or lazily."""
    kind = pd if isinstance(frames[0], (pd.DataFrame, pd.Series)) else pdf
    return kind.concat(frames, **options)


def left(df: Any) -> Any:
    return df[df.x > 0]


STEPS: list[Callable[[Any], Any]] = [
    left,
    lambda df: df.dropna(),
    lambda df: df.query("x > 0 and k < 3"),
    lambda df: left(df)[left(df).k > 1],
    lambda df: left(df).x + left(df).k,
    lambda df: left(df).assign(y=1).x.where(left(df).k > 1),
    lambda df: left(df).x.cumsum(),
    lambda df: left(df).x.shift(1),
    lambda df: left(df).x.rolling(2).sum(),
    lambda df: left(df).x.rank(),
    lambda df: left(df).index.to_frame(),
    lambda df: left(df).index.max(),
    lambda df: left(df).index.to_series(),
    lambda df: left(df).assign(i=left(df).index.to_series()),
    lambda df: left(df).assign(i=left(df).index),
    lambda df: left(df).reset_index(),
    lambda df: left(df).set_index("t", append=True).sort_index(),
    lambda df: left(df).set_index("t", append=True).reset_index(level=1),
    lambda df: left(df).set_index("t", append=True).reset_index(level=["t"], drop=True),
    lambda df: left(df).set_index("t", append=True).droplevel(1).x.cumsum(),
    lambda df: left(df).set_index("t", append=True).reset_index(level=[0, 1]),
    lambda df: left(df).iloc[2:].index.map(lambda label: label + 1).to_series(),
    lambda df: (
        df[df.groupby("k").x.transform(lambda group: group.sum()) > 0][lambda rows: rows.index > 2]
        .assign(y=1)
        .x.map(lambda value: value + 1)
    ),
    lambda df: (
        df[df.groupby("k").x.transform("sum") > 1].query("index > 2").apply(lambda row: row.k + row.x, axis=1)
    ),
    lambda df: left(df).groupby(level=0).x.sum(),
    lambda df: left(df).groupby("k").x.idxmax(),
    lambda df: left(df).groupby("k").x.transform(lambda group: group - group.index.max()),
    lambda df: left(df).assign(y=left(df).groupby("k").x.transform(lambda group: group.sum())),
    lambda df: left(df).groupby("k").x.cumsum(),
    lambda df: left(df).groupby("k").head(1),
    lambda df: left(df).groupby("k").tail(1),
    lambda df: left(df).groupby("k").filter(lambda group: len(group) > 2),
    lambda df: left(df).x.idxmax(),
    lambda df: left(df).nlargest(2, "x"),
    lambda df: left(df).x.nsmallest(2),
    lambda df: left(df).explode("t"),
    lambda df: left(df).loc[3:8],
    lambda df: left(df).iloc[2:5],
    lambda df: left(df).drop(index=[3, 8], errors="ignore"),
    lambda df: left(df).sort_values("x"),
    lambda df: df.sort_values("x"),
    lambda df: left(df).sort_index(ascending=False),
    lambda df: left(df).rename_axis("row").sort_values("row", ascending=False, ignore_index=True),
    lambda df: df.drop_duplicates("t").sort_values("x"),
    lambda df: left(df).join(df[["k"]].rename(columns={"k": "z"})),
    lambda df: left(df).merge(left(df)[["x"]], left_index=True, right_index=True),
    lambda df: left(df).join(left(df)[left(df).k > 1][["t"]].rename(columns={"t": "z"}), how="inner"),
    lambda df: concat([df, df]),
    lambda df: concat([df, left(df), df]).x,
    lambda df: left(concat([df, df])),
    lambda df: concat([left(df), pd.DataFrame({"k": [7]}, index=[70])]),
    lambda df: concat([df, df]).reset_index(),
    lambda df: left(df).merge(pd.DataFrame({"k": [1, 2]}), on="k")[lambda merged: merged.x > 1],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


def read(folder: Path, cuts: tuple[int, ...]) -> Any:
    """The rows in as many files as ``cuts`` make of them, the first of which says the types."""
    bounds = [0, *cuts, len(ROWS)]
    name = "-".join(map(str, bounds))
    for i, (start, end) in enumerate(itertools.pairwise(bounds)):
        ROWS[start:end].to_csv(folder / f"{name}.{i}.csv", index=False)
    types = {"k": "int64", "x": "float64", "t": "str"}
    return pn.read_csv(str(folder / f"{name}.*.csv"), dtype=types)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("cuts", [(5,), (1, 6), (3, 5, 9), (0, 4, 4, 11)])
def test_labels_are_those_of_all_rows(
    folder: Path, step: Callable[[Any], Any], cuts: tuple[int, ...]
) -> None:
    """Whatever rows are left, and wherever they go."""
    lazy = read(folder, cuts)
    agree(lambda: step(lazy), lambda: step(ROWS), check_freq=False, check_index_type=False)


@given(
    cuts=st.lists(st.integers(0, len(ROWS)), max_size=5).map(sorted).map(tuple),
    least=st.floats(-5, 8),
    most=st.integers(0, 3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_labels_of_rows_left_by_several_filters(
    folder: Path, cuts: tuple[int, ...], least: float, most: int
) -> None:
    """Partitions that lose all their rows count, too."""
    lazy = read(folder, cuts)

    def ask(df: Any) -> Any:
        some = df[df.x >= least]
        return concat([some, some[some.k <= most], df])

    agree(lambda: ask(lazy), lambda: ask(ROWS), check_index_type=False)


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_schedulers_number_rows_alike(folder: Path, scheduler: str) -> None:
    lazy = left(read(folder, (3, 5, 9)))
    one, other = pn.compute(lazy, lazy.x.sum(), scheduler=scheduler)
    same(one, left(ROWS), check_index_type=False)
    assert other == left(ROWS).x.sum()
    kept = lazy.persist(scheduler=scheduler)
    same(kept[kept.k > 1].compute(scheduler="sync"), left(ROWS)[left(ROWS).k > 1], check_index_type=False)


def test_rows_one_by_one_have_their_labels(folder: Path) -> None:
    for rows in (lambda df: df, left):
        lazy, whole = rows(read(folder, (3, 5, 9))), rows(ROWS)
        assert [label for label, _ in lazy.iterrows()] == whole.index.tolist()
        assert [row.Index for row in lazy.itertuples()] == whole.index.tolist()
        assert list(lazy.k.items()) == list(whole.k.items())
        same(lazy.head(7), whole.head(7), check_index_type=False)
        same(lazy.partitions[:].compute(), whole, check_index_type=False)


def test_rows_that_are_left_of_some_partitions(folder: Path) -> None:
    """They are numbered as if there were no other partitions, as all rows of these are."""
    lazy = read(folder, (3, 5, 9))
    some = ROWS[3:9].reset_index(drop=True)
    same(lazy.partitions[1:3].compute(), some)
    same(left(lazy).partitions[1:3].compute(), left(some), check_index_type=False)
    same(left(lazy.partitions[1:3]).compute(), left(some), check_index_type=False)
    twice = left(concat([lazy, lazy])).partitions[3:6]
    same(twice.compute(), left(concat([ROWS[9:].reset_index(drop=True), ROWS[:5]])), check_index_type=False)


def test_dask_numbers_them_too(folder: Path) -> None:
    dask = pytest.importorskip("dask")
    lazy = left(read(folder, (3, 5, 9)))
    (answer,) = dask.compute(lazy, scheduler="sync")
    same(answer, left(ROWS), check_index_type=False)
    (kept,) = dask.persist(lazy, scheduler="sync")
    same(kept.compute(scheduler="sync"), left(ROWS), check_index_type=False)


def test_counting_makes_no_row_twice(folder: Path) -> None:
    """The same task reads rows, leaves some out and counts them."""
    text = left(read(folder, (5,))).explain()
    tasks = text[text.index("as tasks:") :]
    assert "2 x read_csv-...-count" in tasks
    assert tasks.count("read_csv") == 1
