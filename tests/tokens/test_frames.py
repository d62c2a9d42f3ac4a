"""Tokens of pandas' frames: by labels, dtypes and values, however they lie in blocks."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.tokens import tokenize

DTYPES: dict[str, Callable[[list[Any]], Any]] = {
    "int64": lambda n: pd.Series(n, dtype="int64"),
    "float64": lambda n: pd.Series(n, dtype="float64"),
    "bool": lambda n: pd.Series(n).gt(2),
    "str": lambda n: pd.Series([f"word {each}" for each in n], dtype="str"),
    "string": lambda n: pd.Series([None if each == 3 else f"word {each}" for each in n], dtype="string"),
    "python string": lambda n: pd.Series([f"word {each}" for each in n], dtype=pd.StringDtype("python")),
    "object": lambda n: pd.Series([(each, "a") for each in n], dtype=object),
    "category": lambda n: pd.Series([f"word {each}" for each in n], dtype="category"),
    "datetime64": lambda n: pd.Series(pd.to_datetime(n, unit="s")),
    "datetime64 with zone": lambda n: pd.Series(pd.to_datetime(n, unit="s", utc=True)),
    "timedelta64": lambda n: pd.Series(pd.to_timedelta(n, unit="s")),
    "period": lambda n: pd.Series(pd.PeriodIndex(pd.to_datetime(n, unit="D"), freq="D")),
    "interval": lambda n: pd.Series(pd.IntervalIndex.from_arrays(n, [each + 1 for each in n])),
    "Int64": lambda n: pd.Series([None if each == 3 else each for each in n], dtype="Int64"),
    "Float64": lambda n: pd.Series([None if each == 3 else each for each in n], dtype="Float64"),
    "boolean": lambda n: pd.Series([None if each == 3 else each > 3 for each in n], dtype="boolean"),
    "arrow": lambda n: pd.Series([None if each == 3 else each for each in n], dtype="int64[pyarrow]"),
    "arrow list": lambda n: pd.Series([[each] for each in n]).astype("object").pipe(_arrow_lists),
    "sparse": lambda n: pd.Series(pd.arrays.SparseArray(n)),
}


def _arrow_lists(series: pd.Series[Any]) -> pd.Series[Any]:
    import pyarrow as pa

    return series.astype(pd.ArrowDtype(pa.list_(pa.int64())))


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_and_nothing_else(dtype: str) -> None:
    """A series made anew, cut out of a longer one, put together or copied has the same token; another has another."""
    make = DTYPES[dtype]
    series = make([1, 2, 3, 4])
    token = tokenize(series)
    again = make([1, 2, 3, 4])
    repr(again), again.nunique, again.isna().sum()  # what fills caches
    long = make([1, 1, 2, 3, 4, 4]).iloc[1:5].set_axis(pd.RangeIndex(4))
    if dtype not in {"category", "sparse"}:
        assert tokenize(long) == token
        parts = [make([1, 2]), make([3, 4])]
        assert tokenize(pd.concat(parts, ignore_index=True)) == token
    assert tokenize(again) == tokenize(series.copy()) == tokenize(pickle.loads(pickle.dumps(series))) == token
    assert tokenize(series, ensure_deterministic=True) == token
    others = [[1, 2, 4, 3], [1, 2, 3], [1, 2, 3, 5], [5, 2, 3, 4], [2, 2, 3, 4]]
    if dtype not in ("bool", "boolean"):
        assert len({tokenize(make(other)) for other in others} | {token}) == 6
    assert tokenize(make([])) != token
    assert tokenize(pd.DataFrame({"a": series})) != tokenize(pd.DataFrame({"a": make([4, 2, 1, 3])}))


def test_no_two_dtypes_share_a_token() -> None:
    """Also where all columns are empty, or hold nothing but missing values."""
    for values in ([], [3, 3]):
        series = [make(values) for make in DTYPES.values()]
        assert len({tokenize(each) for each in series}) == len(DTYPES)


def test_columns_count_and_blocks_do_not() -> None:
    """A frame put together column by column is the frame that was made at once."""
    whole = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0], "c": [5, 6], "d": ["x", "y"]})
    pieces = pd.DataFrame({"a": [1, 2]})
    for name in "bcd":
        pieces[name] = whole[name].copy()
    assert tokenize(pieces) == tokenize(whole) == tokenize(whole[["d", "c", "b", "a"]][["a", "b", "c", "d"]])
    matrix = np.arange(6.0).reshape(2, 3)
    frames = [pd.DataFrame(matrix), pd.DataFrame(np.asfortranarray(matrix)), pd.DataFrame(matrix)[[0, 1, 2]]]
    assert len({tokenize(frame) for frame in frames}) == 1


def test_what_looks_alike_is_told_apart() -> None:
    """Names, order, index, its name and kind, flags and attributes all count."""
    frame = pd.DataFrame({"a": [1, 2], "b": [1, 2]})
    named = frame.copy()
    named.attrs["unit"] = "m"
    alike = [
        frame,
        named,
        frame.set_flags(allows_duplicate_labels=False),
        frame[["b", "a"]],
        frame.rename(columns={"a": "c"}),
        frame.rename_axis("i"),
        frame.rename_axis(columns="i"),
        frame.set_axis([0, 1]),
        frame.set_axis([1, 0]),
        frame.set_axis([0.0, 1.0]),
        frame.set_axis(["0", "1"]),
        frame.set_axis(pd.RangeIndex(0, 4, 2)),
        frame.set_axis(pd.date_range("2015", periods=2)),
        frame.set_axis(pd.date_range("2015", periods=2, tz="UTC")),
        frame.set_axis(pd.MultiIndex.from_tuples([(1, "a"), (1, "b")])),
        frame.set_axis(pd.MultiIndex.from_tuples([(1, "a"), (1, "b")], names=["x", None])),
        frame.iloc[:0],
        frame[[]],
        frame.a,
        frame.b,
        frame.a.rename(None),
        frame.a.array,
        frame.a.to_numpy(),
        frame.index,
        frame.columns,
        pd.Categorical(["a"], ["a", "b"]),
        pd.Categorical(["a"], ["a", "c"]),
        pd.Categorical(["a"], ["b", "a"]),
        pd.Categorical(["a"], ["a", "b"], ordered=True),
        pd.CategoricalIndex(["a"]),
        pd.interval_range(0, 2, closed="left"),
        pd.interval_range(0, 2, closed="right"),
        pd.period_range("2015", periods=2, freq="D"),
        pd.period_range("2015", periods=2, freq="M"),
        pd.date_range("2015", periods=2),
        pd.DatetimeIndex(["2015-01-01", "2015-01-02"]),
        pd.Series(["a", None], dtype="str"),
        pd.Series(["a", None], dtype="string"),
        pd.Series(["a", None], dtype=object),
        pd.Series(["a", np.nan], dtype=object),
        pd.Series(["a", pd.NA], dtype=object),
        pd.Series(["a", "b"], dtype="str").iloc[:1],
        pd.Series(["a", "b"], dtype="str").iloc[1:],
        pd.Series([1, None], dtype="Int64"),
        pd.Series([None, 1], dtype="Int64"),
        pd.Series([0, None], dtype="Int64"),
        pd.Series([0, None], dtype="Int32"),
        pd.Series([0.0, None], dtype="Float64"),
        pd.Series([0.0, None]),
        pd.StringDtype("pyarrow"),
        pd.StringDtype("pyarrow", na_value=np.nan),
        pd.NA,
        pd.NaT,
        pd.Timestamp("2015"),
        pd.Timedelta(1),
        pd.Period("2015"),
        pd.offsets.Day(1),
        pd.offsets.MonthEnd(1),
    ]
    assert len({tokenize(each) for each in alike}) == len(alike)


def test_a_subclass_is_not_its_base() -> None:
    """What a subclass adds is content."""

    class Measured(pd.DataFrame):
        _metadata: ClassVar[list[str]] = ["unit"]
        unit: str

    frames = [Measured({"a": [1]}), Measured({"a": [1]}), Measured({"a": [1]})]
    for frame, unit in zip(frames, "mms", strict=True):
        frame.unit = unit
    first, second, third = [tokenize(frame) for frame in frames]
    assert first == second != third
    assert tokenize(pd.DataFrame({"a": [1]})) not in (first, third)


columns = st.lists(st.none() | st.floats(width=16) | st.text(max_size=2), min_size=1, max_size=5)


@given(columns, columns)
def test_columns_of_objects(own: list[Any], other: list[Any]) -> None:
    """Two series of objects share a token exactly if their elements are the same, each with its type."""
    a, b = pd.Series(own, dtype=object), pd.Series(other, dtype=object)
    assert (tokenize(a) == tokenize(b)) == (repr(list(a)) == repr(list(b)))
