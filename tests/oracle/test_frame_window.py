"""What runs along partitions, against pandas: cumulative results, shifts, fills and overlaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frames, quick, same
from tests.plan.test_frame_passes import columns_read

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@quick
@given(frames("ifn"), st.sampled_from(["cumsum", "cumprod", "cummin", "cummax"]), st.booleans())
def test_cumulative_results(parted: Parted, name: str, skipna: bool) -> None:
    """Totals run on over borders and empty partitions; missing values stay, or end all."""

    def steps(df: Any) -> Any:
        return getattr(df, name)(skipna=skipna)

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)
    agree(lambda: steps(parted.lazy.f), lambda: steps(parted.whole.f), **CLOSE)


@quick
@given(frames("isbtcn"), st.sampled_from(["cumsum", "cumprod", "cummin", "cummax"]))
def test_cumulative_results_of_other_types(parted: Parted, name: str) -> None:
    """Types are those of pandas; what it refuses is refused."""
    for column in "isbtcn":
        agree(
            lambda column=column: getattr(parted.lazy[column], name)(),
            lambda column=column: getattr(parted.whole[column], name)(),
        )


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@quick
@given(frames("f"), st.sampled_from(["cumsum", "cumprod"]), st.booleans())
def test_undefined_results_stay_undefined(parted: Parted, name: str, skipna: bool) -> None:
    """The sum of both infinities, and the product of one and zero, are undefined, and so is all that follows."""

    def steps(df: Any) -> Any:
        df = df.replace({1e9: np.inf, -2.25: -np.inf})
        return getattr(df, name)(skipna=skipna)

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **CLOSE)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("dtype", ["Float64", "Float32", "double[pyarrow]", "float[pyarrow]"])
@pytest.mark.parametrize("skipna", [True, False])
def test_undefined_results_are_not_missing(dtype: str, skipna: bool) -> None:
    """Where a type tells what is undefined from what is missing, both stay what they are over borders of partitions."""
    for name, values in {
        "cumsum": [np.inf, -np.inf, 1, None, 2],
        "cumprod": [None, np.inf, 0, 3, None, 1],
    }.items():
        whole = pd.Series(values, dtype="Float64").astype(dtype)
        expected = getattr(whole, name)(skipna=skipna)
        for n in range(2, len(values) + 1):
            made = getattr(pn.from_pandas(whole, npartitions=n), name)(skipna=skipna).compute(
                scheduler="sync"
            )
            assert made.dtype == expected.dtype
            assert list(map(repr, made)) == list(map(repr, expected))


@pytest.mark.parametrize("name", ["cummin", "cummax"])
@pytest.mark.parametrize("skipna", [True, False])
def test_cumulative_results_of_ordered_categories(name: str, skipna: bool) -> None:
    """Their order is that of the categories, and not of what they are called."""
    values = pd.Categorical(["x", "y", "x", None, "z", "y", "x"], ["y", "x", "z"], ordered=True)
    whole = pd.Series(values)
    lazy = pn.from_pandas(whole, npartitions=7)
    agree(lambda: getattr(lazy, name)(skipna=skipna), lambda: getattr(whole, name)(skipna=skipna))


@quick
@given(frames("if"), st.sampled_from(["cumsum", "cummax", "diff", "shift", "ffill", "bfill"]))
def test_along_columns(parted: Parted, name: str) -> None:
    """With axis=1 each row is by itself."""
    agree(lambda: getattr(parted.lazy, name)(axis=1), lambda: getattr(parted.whole, name)(axis=1))


@quick
@given(frames("ifsbtcn"), st.integers(-15, 15))
def test_shift(parted: Parted, periods: int) -> None:
    """Values come from as far away as it takes, in either direction."""
    agree(lambda: parted.lazy.shift(periods), lambda: parted.whole.shift(periods))
    agree(lambda: parted.lazy.i.shift(periods), lambda: parted.whole.i.shift(periods))
    agree(
        lambda: parted.lazy.i.shift(periods, fill_value=7),
        lambda: parted.whole.i.shift(periods, fill_value=7),
    )


@quick
@given(frames("if"), st.lists(st.integers(-4, 4), min_size=1, max_size=3, unique=True))
def test_shift_by_several(parted: Parted, periods: list[int]) -> None:
    """Several periods make several columns."""
    agree(lambda: parted.lazy.shift(periods), lambda: parted.whole.shift(periods))


@quick
@given(frames("ifbn"), st.integers(-5, 5))
def test_differences(parted: Parted, periods: int) -> None:
    """Differences, absolute and relative, cross borders."""
    agree(lambda: parted.lazy.diff(periods), lambda: parted.whole.diff(periods))
    agree(
        lambda: parted.lazy[["i", "f"]].pct_change(periods),
        lambda: parted.whole[["i", "f"]].pct_change(periods),
    )


@quick
@given(frames("ifsbtcn", max_rows=20, max_partitions=8), st.sampled_from([None, 1, 2, 5]))
def test_fills(parted: Parted, limit: int | None) -> None:
    """Missing values are filled from other partitions, no further than the limit."""
    agree(lambda: parted.lazy.ffill(limit=limit), lambda: parted.whole.ffill(limit=limit))
    agree(lambda: parted.lazy.bfill(limit=limit), lambda: parted.whole.bfill(limit=limit))
    agree(lambda: parted.lazy.s.ffill(limit=limit), lambda: parted.whole.s.ffill(limit=limit))


@quick
@given(frames("if"), st.integers(0, 4), st.integers(0, 4))
def test_map_overlap(parted: Parted, before: int, after: int) -> None:
    """A function sees as many rows around each partition as it needs."""

    def around(rows: pd.DataFrame, factor: float) -> pd.DataFrame:
        return rows.shift(before) * factor + rows.shift(-after)

    agree(lambda: parted.lazy.map_overlap(around, before, after, 2.0), lambda: around(parted.whole, 2.0))


@quick
@given(frames("if"), st.sampled_from(["D", "3h", "ME"]))
def test_shift_of_labels(parted: Parted, freq: str) -> None:
    """With a frequency labels move, and values stay."""
    parts = [
        part.set_axis(pd.Timestamp("2015-01-30") + pd.to_timedelta(part.index, unit="h"))
        for part in parted.parts
    ]
    lazy, whole = Parted(parts).lazy, pd.concat(parts)
    agree(lambda: lazy.shift(2, freq=freq), lambda: whole.shift(2, freq=freq))
    agree(lambda: lazy.i.shift(-1, freq=freq), lambda: whole.i.shift(-1, freq=freq))


def test_divisions_move_with_labels() -> None:
    """Where all labels move by the same time, it is known where."""
    whole = pd.DataFrame({"x": range(10)}, index=pd.date_range("2015-01-01", periods=10))
    df = pn.from_pandas(whole, npartitions=3)
    moved = df.shift(1, freq="6h").enforce_runtime_divisions()
    assert moved.divisions[0] == pd.Timestamp("2015-01-01 06:00")
    same(moved.compute(scheduler="sync"), whole.shift(1, freq="6h"), check_freq=False)
    assert not df.shift(1, freq="ME").known_divisions


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        (lambda df: df.shift(1).x, {"x"}),
        (lambda df: df.cumsum()[["x"]], {"x"}),
        (lambda df: df.bfill().y, {"y"}),
        (lambda df: df[["x", "z"]].rolling(2, center=True).sum().z, {"z"}),
        (lambda df: df.rolling(2)["x"].sum(), {"x"}),
        (lambda df: df.rolling(2, on="z").x.max(), {"x", "z"}),
        (lambda df: df.iloc[1:3].y, {"y"}),
        (lambda df: df.reset_index(drop=True).y, {"y"}),
        (lambda df: df.sample(frac=0.5).u, {"u"}),
        (lambda df: df.repartition(npartitions=1).u, {"u"}),
    ],
)
def test_only_columns_that_are_read_are_made(steps: Any, columns: set[str]) -> None:
    """Windows, and what is carried along partitions for them, read what is read of them."""
    df = pn.from_pandas(
        pd.DataFrame({"x": [3, 1, 2, 5], "y": list("abab"), "z": [0.5, 1.5, 2.5, 3.5], "u": 1}), npartitions=3
    )
    assert set(columns_read(steps(df))) == {frozenset(columns)}
    steps(df).compute(scheduler="sync")


def test_columns_that_others_read_stay_out_of_windows() -> None:
    """What is read of a frame beside a window of it does not get into the window."""
    whole = pd.DataFrame({"x": range(6), "b": [True, False] * 3})
    df = pn.from_pandas(whole, npartitions=3)
    for steps in (
        lambda d: d.rolling(2, center=True).sum().x[d.b],
        lambda d: d.shift(-1).x.where(d.b),
        lambda d: d.bfill().x.where(d.b),
    ):
        same(steps(df).compute(scheduler="sync"), steps(whole))


def test_windows_on_other_schedulers() -> None:
    """Threads and processes give the same answer."""
    whole = pd.DataFrame({"x": range(40), "y": [1.0, None] * 20})
    df = pn.from_pandas(whole, npartitions=7)
    expected = whole.ffill().shift(3).rolling(5, center=True).mean().cumsum()
    for scheduler in ("threads", "processes"):
        steps = df.ffill().shift(3).rolling(5, center=True).mean().cumsum()
        same(steps.compute(scheduler=scheduler), expected)


def test_functions_see_rows_around_and_values() -> None:
    """Arguments of map_overlap may be computed values, and meta may be given."""
    whole = pd.DataFrame({"x": range(10)})
    df = pn.from_pandas(whole, npartitions=4)

    def scaled(rows: pd.DataFrame, factor: float) -> pd.DataFrame:
        return rows.shift(1) * factor

    expected = whole.shift(1) * 9
    same(df.map_overlap(scaled, 1, 0, df.x.max()).compute(scheduler="sync"), expected)
    same(df.map_overlap(scaled, 1, 0, 9, meta={"x": "float64"}).compute(scheduler="sync"), expected)


def test_what_is_refused() -> None:
    """Wrong calls say what would be right, at building where they can."""
    df = pn.from_pandas(pd.DataFrame({"x": range(6)}), npartitions=3)
    for call, message in (
        (lambda: df.map_overlap(lambda rows: rows, -1, 0), "at least 0"),
        (lambda: df.map_overlap(lambda rows, other: rows, 1, 0, df.x), "assign"),
        (
            lambda: df.map_overlap(lambda rows: rows[1:], 1, 0, meta=df._meta).compute(scheduler="sync"),
            "one of each",
        ),
        (lambda: df.map_overlap(lambda rows: rows[::-1], 1, 0).compute(scheduler="sync"), "labels of rows"),
        (lambda: df.shift(1, freq="infer"), "infer"),
        (lambda: df.ffill(limit_area="inside"), "limit_area"),
    ):
        with pytest.raises(UsageError, match=message):
            call()
    with pytest.raises(ValueError, match="greater than 0"):
        df.ffill(limit=0)
