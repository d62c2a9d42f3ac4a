"""Frames as bytes and back: the same in every respect that pandas can be asked about."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.errors import SerializationError
from pannier.shuffle.codec import decode, encode, frame, unframe
from pannier.shuffle.frames_codec import decoded, packed
from pannier.shuffle.frames_joining import Part, joined, put_together
from tests.oracle.frame_strategies import frames, same

MOMENTS = ["2020-01-01 00:00:00", None, "1950-02-03 04:05:06"]
COLUMNS: dict[str, Any] = {
    "int8": pd.Series([1, -2, 3], dtype="int8"),
    "uint64": pd.Series([2**64 - 1, 0, 1], dtype="uint64"),
    "float16": pd.Series([1.5, np.nan, -0.0], dtype="float16"),
    "complex": pd.Series([1j, np.nan, 2], dtype="complex128"),
    "bool": pd.Series([True, False, True]),
    "seconds": pd.Series(MOMENTS, dtype="M8[s]"),
    "microseconds": pd.Series([5, None, -3], dtype="M8[us]"),
    "nanoseconds": pd.Series(MOMENTS, dtype="M8[ns]"),
    "zone": pd.Series(MOMENTS, dtype="datetime64[us, Europe/Berlin]"),
    "offset": pd.Series(
        MOMENTS, dtype=pd.DatetimeTZDtype("us", datetime.timezone(datetime.timedelta(hours=2)))
    ),
    "duration": pd.Series([1, None, 3], dtype="m8[ms]"),
    "text": pd.Series(["a", None, "é"], dtype="str"),
    "python text": pd.Series(["a", None, "é"], dtype="string[python]"),
    "arrow text": pd.Series(["a", None, "é"], dtype="string[pyarrow]"),
    "surrogates": pd.Series(["a", None, "\ud800"], dtype=pd.StringDtype("python")),
    "ordered": pd.Series(pd.Categorical(["b", None, "a"], ["c", "b", "a"], ordered=True)),
    "categories of times": pd.Series(["2020", None, "2021"], dtype="M8[s]").astype("category"),
    "Int32": pd.Series([1, None, 3], dtype="Int32"),
    "Float64": pd.Series([1.5, None, 3], dtype="Float64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "arrow int": pd.Series([1, None, 3], dtype="int64[pyarrow]"),
    "arrow decimal": pd.Series([None, None, None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    "arrow list": pd.Series([[1], None, [2, 3]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "period": pd.Series(pd.PeriodIndex(["2020-01", None, "2021-02"], freq="M")),
    "interval": pd.Series(pd.IntervalIndex.from_tuples([(0, 1), (1, 2), (5, 6)], closed="left")),
    "sparse": pd.Series([0.0, 1.0, 0.0], dtype="Sparse[float64]"),
    "objects": pd.Series([None, float("nan"), (1, "a")], dtype=object),
    "texts as objects": pd.Series(["a", None, "b"], dtype=object),
}
"""One column of every kind that there is."""
GENERATORS: list[Any] = [(each for each in "a")]
INDEXES: dict[str, Any] = {
    "numbers": pd.Index([3, 1, 3], name="n"),
    "texts": pd.Index(["a", "b", None], dtype="str", name=("a", 1)),
    "objects": pd.Index(["a", 1, None], dtype=object),
    "times": pd.DatetimeIndex(["2020", "2019", None], tz="UTC", name="t"),
    "categories": pd.CategoricalIndex(["x", "y", "x"]),
    "levels": pd.MultiIndex.from_tuples([(1, "a"), (2, "b"), (1, None)], names=["one", None]),
    "range": pd.RangeIndex(3),
}


def there_and_back(block: Any) -> Any:
    """``block`` put together from parts of one and two rows."""
    whole = packed(block)
    recipe = decode(encode(whole.recipe))
    data = frame([whole.sliced(0, 1).encoded(), whole.sliced(1, len(block)).encoded()])
    return put_together([decoded(recipe, blob) for blob in unframe(data)])


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_as_it_was(name: str) -> None:
    """In a frame, as a series and as an index; in type, values and kind of missing."""
    column = COLUMNS[name].rename(name)
    back = there_and_back(column.to_frame())
    pd.testing.assert_frame_equal(back, column.to_frame(), check_freq=False)
    assert list(map(repr, back[name])) == list(map(repr, column))
    pd.testing.assert_series_equal(there_and_back(column), column)
    if name != "float16":  # of which there is no index
        index = pd.Index(column, dtype=column.dtype)
        pd.testing.assert_index_equal(there_and_back(index), index)


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_comes_back_as_it_was(name: str) -> None:
    """With its names; a range as the numbers it has."""
    index = INDEXES[name]
    expected = pd.DataFrame({"a": [1, 2, 3]}, index=index)
    pd.testing.assert_frame_equal(there_and_back(expected), expected, check_index_type=name != "range")
    back = there_and_back(index)
    pd.testing.assert_index_equal(back, index, exact="equiv")


def test_labels_of_columns_come_back_as_they_were() -> None:
    """Also the same ones twice, of several levels, and of no text."""
    for labels in (
        pd.Index(["a", "a", None], name="labels"),
        pd.Index([1, 2.5, "x"], dtype=object),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]),
        pd.RangeIndex(3),
    ):
        expected = pd.DataFrame([[1, "x", 2.5], [2, "y", None]])
        expected.columns = labels
        back = there_and_back(expected)
        pd.testing.assert_frame_equal(back, expected)
        assert back.columns.identical(labels)


def test_a_frame_may_have_no_column() -> None:
    """Its index is all there is."""
    expected = pd.DataFrame(index=pd.Index(["a", "b"]))
    pd.testing.assert_frame_equal(there_and_back(expected), expected)


def test_a_frame_that_came_back_can_be_written_to() -> None:
    """Its memory is its own."""
    back = there_and_back(pd.DataFrame({"a": [1, 2]}))
    back.loc[0, "a"] = 5
    back["a"].to_numpy(copy=True)[0] = 7
    assert back["a"].tolist() == [5, 2]


@settings(max_examples=40)
@given(frames("ifsbtcn"), st.randoms(use_true_random=False))
def test_rows_may_be_taken_before_they_are_encoded(parted: Any, random: Any) -> None:
    """In any order: they are those that pandas takes."""
    whole = parted.whole
    places = list(range(len(whole)))
    random.shuffle(places)
    taken = packed(whole).taken(np.array(places, "i8"))
    same(put_together([decoded(taken.recipe, taken.encoded())]), whole.iloc[places])
    same(put_together([taken]), whole.iloc[places])


@settings(max_examples=40)
@given(frames("ifsbtcn"), st.integers(0, 9), st.integers(0, 9))
def test_chunks_are_put_into_one_a_slice_at_a_time(parted: Any, start: int, length: int) -> None:
    """Columns in chunks, as files are read and blocks are joined, are sliced as others are."""
    block = pd.concat(parted.parts, ignore_index=True)
    whole = packed(block, keeps_chunks=True)
    part = whole.sliced(min(start, len(block)), min(start + length, len(block)))
    assert isinstance(part.batch, pa.RecordBatch)
    same(put_together([part]), block.iloc[start : start + length])
    same(put_together([decoded(part.recipe, part.encoded())]), block.iloc[start : start + length])


def test_without_an_index_rows_are_numbered() -> None:
    """From 0."""
    parts = packed(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), keeps_index=False)
    back = put_together([parts, decoded(parts.recipe, parts.encoded())])
    pd.testing.assert_frame_equal(back, pd.DataFrame({"a": [1, 2, 1, 2]}))


def test_frames_of_other_types_are_joined_as_pandas_joins_them() -> None:
    """Whole numbers and floats become floats; of categories there are all."""
    one = pd.DataFrame({"a": [1], "c": pd.Categorical(["x"])})
    other = pd.DataFrame({"a": [2.5], "c": pd.Categorical(["y"])}, index=[1])
    parts = [packed(one), packed(other), packed(one)]
    back = joined(
        [Part(decoded(decode(encode(each.recipe)), each.encoded()), i) for i, each in enumerate(parts)]
    )
    assert back["a"].tolist() == [1.0, 2.5, 1.0]
    assert back["c"].tolist() == ["x", "y", "x"]
    assert back["c"].dtype.categories.tolist() == ["x", "y"]
    assert joined([]) is None


def test_what_cannot_be_pickled_is_said() -> None:
    """A generator in a column of objects."""
    with pytest.raises(SerializationError, match="cannot be pickled"):
        packed(pd.Series(GENERATORS, dtype=object)).encoded()


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("start", [0, 301])
def test_bytes_are_those_of_the_values(name: str, start: int) -> None:
    """Of the rows alone, in a slice of a larger block too; what is said of missing ones may be rounded."""
    block = pd.concat([COLUMNS[name]] * 200, ignore_index=True).to_frame()
    part = packed(block, keeps_index=False).sliced(start, 600)
    arrow = part.batch.nbytes + sum(each.nbytes for each in part.loose)
    assert abs(part.nbytes - arrow) <= 16
