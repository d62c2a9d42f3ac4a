"""Rows picked out of frames, beside pandas' own."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.kernels.frames.picking import rows_at, rows_where

MANY = 5000
"""More rows than are left to pandas."""


def chunked(texts: list[str | None], cuts: list[int]) -> pd.Series[Any]:
    """A series of ``texts`` in chunks that end at ``cuts``."""
    array = pa.array(texts, pa.large_string())
    edges = [0, *sorted(cuts), len(texts)]
    chunks = [array.slice(low, high - low) for low, high in itertools.pairwise(edges)]
    dtype: Any = pd.Series(["a"]).dtype
    return pd.Series(dtype.__from_arrow__(pa.chunked_array(chunks, pa.large_string())))


def frame_of(rows: int, cuts: list[int]) -> pd.DataFrame:
    """A frame of ``rows`` rows with columns of every kind, two of one name; its labels are no numbers of rows."""
    numbers = np.arange(rows)
    columns: list[pd.Series[Any]] = [
        chunked([None if i % 7 == 3 else "é" * (i % 5) + str(i) for i in range(rows)], cuts),
        pd.Series(numbers),
        pd.Series(numbers / 2),
        pd.Series(numbers % 2 == 0),
        pd.Series(numbers.astype("M8[s]")),
        pd.Series(numbers.astype("M8[s]")).dt.tz_localize("Europe/Berlin"),
        pd.Series(numbers, dtype="Int64").where(numbers % 3 > 0),
        pd.Series(pd.Categorical.from_codes(numbers % 3 - 1, ["b", "a"])),
        pd.Series([(i, "x") for i in range(rows)], dtype=object),
        pd.Series([f"{i % 2}" for i in range(rows)], dtype=pd.ArrowDtype(pa.string())),
        pd.Series([None if i % 5 == 4 else f"{i % 2}" for i in range(rows)], dtype=object),
    ]
    frame = pd.concat(columns, axis=1)
    frame.attrs["unit"] = {"n": "m"}
    frame.columns = pd.Index(["s", "n", "n", "b", "t", "z", "i", "c", "o", "a", "x"], name="columns")
    return frame.set_axis(pd.Index(numbers[::-1] * 2, name="labels"))


@pytest.mark.parametrize("rows", [0, 1, 100, MANY])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_rows_by_truth_values(rows: int, share: float) -> None:
    frame = frame_of(rows, [rows // 3, rows // 3, rows // 2])
    found = np.random.default_rng(rows).random(rows) < share
    pd.testing.assert_frame_equal(rows_where(frame, found), frame[found])
    assert rows_where(frame, found).attrs == frame.attrs
    as_series = pd.Series(found, frame.index)
    pd.testing.assert_frame_equal(rows_where(frame, as_series), frame[as_series])
    for name in ("s", "b", "o", "x"):
        pd.testing.assert_series_equal(rows_where(frame[name], as_series), frame[name][as_series])
    nameless = frame["s"].rename(None)
    pd.testing.assert_series_equal(rows_where(nameless, found), nameless[found])
    pd.testing.assert_index_equal(rows_where(frame.index, found), frame.index[found])
    pd.testing.assert_frame_equal(rows_at(frame, found), frame[found].reset_index(drop=True))


def test_labels_at_equal_distances() -> None:
    """Have a frequency where pandas leaves them one."""
    frame = frame_of(MANY, [10]).set_axis(pd.date_range("2015", periods=MANY, freq="D"))
    found = np.arange(MANY) % 2 == 0
    pd.testing.assert_frame_equal(rows_where(frame, found), frame[found])
    pd.testing.assert_series_equal(rows_where(frame["s"], found), frame["s"][found])


@given(st.lists(st.integers(0, 60), max_size=6), st.data())
def test_rows_by_places(cuts: list[int], data: st.DataObject) -> None:
    frame = frame_of(60, cuts)
    places = np.array(data.draw(st.lists(st.integers(0, 59), max_size=90)), np.intp)
    pd.testing.assert_frame_equal(rows_at(frame, places), frame.take(places).reset_index(drop=True))


@given(st.sampled_from([0, 60]), st.lists(st.integers(0, 60), max_size=6), st.data())
def test_rows_that_are_missing(rows: int, cuts: list[int], data: st.DataObject) -> None:
    """Are as pandas' reindex makes them, of a wider type where one is needed."""
    frame = frame_of(rows, [min(cut, rows) for cut in cuts])
    last = rows - 1
    places = np.array([-1, *data.draw(st.lists(st.integers(-1, last), max_size=90))], np.intp)
    expected = frame.reset_index(drop=True).reindex(places).reset_index(drop=True)
    pd.testing.assert_frame_equal(rows_at(frame, places), expected)


def test_truth_values_with_other_labels_or_gaps_are_left_to_pandas() -> None:
    frame = frame_of(MANY, [10])
    found = pd.Series(np.arange(MANY) % 3 == 0, frame.index)
    backwards = found.iloc[::-1]
    with pytest.warns(UserWarning, match="reindexed"):
        pd.testing.assert_frame_equal(rows_where(frame, backwards), frame[found])
    gaps = found.astype("boolean").where(found, pd.NA)
    pd.testing.assert_frame_equal(rows_where(frame, gaps), frame[found])
    with pytest.raises(ValueError, match="length"):
        rows_where(frame, np.array([True]))


def test_what_is_picked_is_its_own() -> None:
    """Writing to it leaves the frame as it was."""
    frame = frame_of(MANY, [10])
    picked = rows_where(frame, np.ones(MANY, bool))
    picked.iloc[0, 1] = -1
    assert frame.iloc[0, 1] == 0
