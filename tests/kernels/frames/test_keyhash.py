"""Hashes of rows: equal keys have equal hashes whatever their type, and other keys nearly always others."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.kernels.frames.keyhash import hash_rows, key_columns

LONG = "of more than eight bytes"
TIMES = ["2020-01-01 00:00:00", "1950-02-03 04:05:06", "2262-01-01 00:00:00"]


def hashes(values: Any, dtype: Any = None) -> list[int]:
    return [int(each) for each in hash_rows([pd.Series(values, dtype=dtype)])]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 0], "int8"),
        ([1, 0], "uint64"),
        ([1, -0.0], "float32"),
        ([True, False], "bool"),
        ([1, 0], "Int64"),
        ([1, 0], "Float64"),
        ([True, False], "boolean"),
        ([1, 0], "int64[pyarrow]"),
        ([True, False], "bool[pyarrow]"),
        ([decimal.Decimal(1), 0.0], object),
        ([np.int8(1), np.bool_(False)], object),
        ([1, 0], "category"),
    ],
)
def test_numbers_that_are_equal_have_one_hash(values: list[Any], dtype: Any) -> None:
    """Of whatever type of column."""
    assert hashes(values, dtype) == hashes([1, 0], "int64")


@pytest.mark.parametrize(
    "dtype",
    [object, "category", "string[python]", "string[pyarrow]", pd.ArrowDtype(pa.string())],
)
def test_texts_that_are_equal_have_one_hash(dtype: Any) -> None:
    """Of whatever type of column and length."""
    texts = ["", "a", "é", LONG, "x" * 255, "x" * 256, "x" * 257, "y" * 5000]
    assert hashes(texts, dtype) == hashes(texts, "str")
    assert len(set(hashes(texts, "str"))) == len(texts)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_that_are_equal_have_one_hash(unit: Any) -> None:
    """Of whatever unit, in a column of times or of objects."""
    times = pd.to_datetime(TIMES)
    expected = hashes(times)
    assert hashes(times.as_unit(unit)) == expected
    assert hashes(list(times.as_unit(unit)), object) == expected
    zoned = times.as_unit(unit).tz_localize("UTC")
    assert hashes(zoned.tz_convert("Asia/Tokyo")) == hashes(list(zoned), object)
    since = times - times[0]
    assert hashes(since) == hashes(list(since), object)


def test_all_that_is_missing_has_one_hash() -> None:
    """None, NaN, NaT and NA, in columns of any type."""
    columns = [
        ([None, "a"], "str"),
        ([np.nan, 1.0], "float64"),
        ([pd.NaT, pd.NaT], "M8[us]"),
        ([pd.NA, 1], "Int64"),
        ([None, "x"], "category"),
        ([None, 1], "int64[pyarrow]"),
        ([None, (1, 2)], object),
        ([np.nan, "a"], object),
        ([pd.NaT, pd.Period("2020", "D")], "period[D]"),
    ]
    assert len({hashes(*column)[0] for column in columns}) == 1


@given(
    st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.dates(), st.tuples(st.text())))
)
def test_objects_hash_by_what_they_are(values: list[Any]) -> None:
    """A value has the same hash whatever is beside it."""
    together = hash_rows([pd.Series(values, dtype=object)]).tolist()
    assert together == [hashes([value], object)[0] for value in values]


@given(st.lists(st.text(max_size=20), min_size=1), st.data())
def test_texts_hash_by_what_they_are_in_any_slice(texts: list[str], data: st.DataObject) -> None:
    """Also where a column is a part of another, with missing values."""
    column = pd.Series([*texts, None], dtype="str")
    start = data.draw(st.integers(0, len(texts)))
    assert hash_rows([column.iloc[start:]]).tolist() == hash_rows([column]).tolist()[start:]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 16, 255, 256, 300])
def test_texts_of_one_length_hash_as_among_others(length: int) -> None:
    """However many there are."""
    alike = [f"{i:05}".rjust(length, "x")[-length:] if length else "" for i in range(20_000)]
    mixed = pd.Series([each for text in alike for each in (text, text + "longer", None)], dtype="str")
    assert hash_rows([pd.Series(alike, dtype="str")]).tolist() == hash_rows([mixed]).tolist()[::3]


def test_rows_of_several_columns_hash_by_all() -> None:
    """In their order."""
    one, other = pd.Series([1, 1, 2]), pd.Series(["a", "b", "a"])
    both = hash_rows([one, other]).tolist()
    assert len(set(both)) == len(both)
    assert both != hash_rows([other, one]).tolist()


def test_buckets_are_of_about_equal_size() -> None:
    """Whichever bits of the hash are taken, for numbers and for texts."""
    for column in (pd.Series(range(64_000)), pd.Series([f"id{i:09}" for i in range(64_000)])):
        for shift in (0, 20, 58):
            sizes = np.bincount((hash_rows([column]) >> np.uint64(shift) & np.uint64(63)).astype("i8"))
            assert sizes.min() > 800
            assert sizes.max() < 1200


def test_hashes_are_the_same_in_another_process() -> None:
    """Also those of text, which Python salts."""
    program = (
        "import pandas as pd; from pannier.kernels.frames.keyhash import hash_rows;"
        "print(hash_rows([pd.Series(['a', 1, None, (1, 'b')], dtype=object)]).tolist())"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == str(hashes(["a", 1, None, (1, "b")], object))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([pd.Interval(0, 1), pd.Interval(1, 2)], "interval"),
        ([1 + 2j, 1j], "complex128"),
        ([[1], [2]], pd.ArrowDtype(pa.list_(pa.int64()))),
        ([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)], pd.ArrowDtype(pa.date32())),
        ([1.5, 2.5], "Sparse[float64]"),
        ([10**400, "\ud800"], object),
    ],
)
def test_columns_of_any_type_have_hashes(values: list[Any], dtype: Any) -> None:
    """The same for the same values."""
    assert hashes([*values, values[0]], dtype)[-1] == hashes(values, dtype)[0]


def test_keys_are_columns_or_levels_of_the_index() -> None:
    """By name; without names, all of the index."""
    index = pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["i", None])
    frame = pd.DataFrame({"a": [3, 4]}, index=index)
    assert [key.tolist() for key in key_columns(frame, ["i", "a"])] == [[1, 2], [3, 4]]
    assert [key.tolist() for key in key_columns(frame, None)] == [[1, 2], ["x", "y"]]
