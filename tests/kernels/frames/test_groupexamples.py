"""Rows that are made up are of every type."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import pannier as pn
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.windows import one_row

DTYPES: list[Any] = [
    pd.IntervalDtype("int64", "right"),
    pd.IntervalDtype("float64", "both"),
    pd.IntervalDtype("datetime64[ns]", "left"),
    pd.ArrowDtype(pa.timestamp("us")),
    pd.ArrowDtype(pa.timestamp("s", "UTC")),
    pd.ArrowDtype(pa.duration("ms")),
    pd.ArrowDtype(pa.date32()),
    pd.ArrowDtype(pa.time64("us")),
    pd.ArrowDtype(pa.list_(pa.int64())),
    pd.PeriodDtype("M"),
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_examples_have_the_types_asked_for(dtype: Any) -> None:
    """As a column, and one row as well."""
    meta = pd.DataFrame({"x": pd.Series([], dtype=dtype)})
    assert list(example(meta).dtypes) == [dtype]
    assert list(one_row(meta).dtypes) == [dtype]


def test_rows_of_intervals_and_times_of_arrow_are_asked_what_all_are() -> None:
    """Duplicates and gaps are found in frames that have such columns."""
    whole = pd.DataFrame(
        {
            "span": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
            "time": pd.array([pd.Timestamp("2020-01-01"), None, None], pd.ArrowDtype(pa.timestamp("us"))),
        }
    )
    lazy = pn.from_pandas(whole, npartitions=2)
    pd.testing.assert_series_equal(lazy.duplicated().compute(), whole.duplicated())
    pd.testing.assert_series_equal(lazy.nunique().compute(), whole.nunique())
    pd.testing.assert_frame_equal(lazy.shift(1).compute(), whole.shift(1))
    pd.testing.assert_frame_equal(lazy.ffill().compute(), whole.ffill())
