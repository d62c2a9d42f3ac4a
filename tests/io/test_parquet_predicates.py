"""Leaving out row groups: never one with a row that matches, by pandas' comparison or by Arrow's."""

from __future__ import annotations

import datetime as dt
import operator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.io.parquet import parquet_source
from pannier.io.parquet_predicates import NOTHING, bounds_in, columns_without_null, may_match

COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
BIG = 2**53
ALL = list(range(40))

numbers = st.sampled_from(
    [0, 1, -1, 2, 0.1, 0.5, 1e40, float("inf"), float("nan"), BIG, BIG + 1, float(BIG), True, np.float32(0.1)]
)
whole = st.sampled_from([0, 1, -1, 2, BIG, BIG + 1, BIG + 2])


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@given(
    kind=st.sampled_from(["int64", "float64", "float32", "bool", "Int64"]),
    data=st.data(),
    op=st.sampled_from(sorted(COMPARE)),
    value=numbers,
)
@settings(max_examples=60, deadline=None)
def test_a_part_with_a_row_that_matches_in_pandas_is_kept(tmp_path_factory, kind, data, op, value):
    """Whatever rounding pandas does to compare, whatever is null or NaN."""
    element = {"int64": whole, "Int64": whole | st.none(), "bool": st.booleans()}.get(
        kind, numbers.map(float)
    )
    values = data.draw(st.lists(element, min_size=1, max_size=6))
    column = pd.Series(pd.array(values, "Int64") if kind == "Int64" else np.array(values, kind), name="x")
    path = tmp_path_factory.mktemp("p") / "a.parquet"
    column.to_frame().to_parquet(path, row_group_size=2)
    source, _, _ = parquet_source(path, split_row_groups=True)
    pruned = source.reader.pruned(source.parts, [[("x", op, value)]])
    matches = [
        bool(COMPARE[op](source.reader(part)["x"], value).fillna(False).any()) for part in source.parts
    ]
    assert not any(out and match for out, match in zip(pruned, matches, strict=True))
    hinted = source.reader.filtered([[("x", op, value)]])
    for part in source.parts:
        block, some = source.reader(part), hinted(part)
        kept = COMPARE[op](block["x"], value).fillna(False)
        pd.testing.assert_frame_equal(
            some[COMPARE[op](some["x"], value).fillna(False)], block[kept], check_index_type=False
        )


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("==", 4, [True, False, True]),
        ("==", 3, [True, True, True]),
        ("<", 1, [True, True, True]),
        ("<", 2, [False, True, True]),
        (">=", 10, [True, True, False]),
        ("in", [2, 12], [False, True, False]),
        ("in", [2, None], [False, False, False]),
        ("in", {5}, [True, False, True]),
        ("!=", 1, [False, False, False]),
        ("not in", [1, 2], [False, False, False]),
        ("==", "x", [False, False, False]),
        ("==", np.int32(4), [True, False, True]),
        ("==", Decimal(4), [True, False, True]),
    ],
)
def test_parts_that_cannot_match_are_known(tmp_path, op, value, expected):
    """By their least and greatest value; what cannot be told stays."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1, 2, 4, 5, 10, 12]}).to_parquet(path, row_group_size=2)
    source, _, _ = parquet_source(path, split_row_groups=True)
    assert source.reader.pruned(source.parts, [[("x", op, value)]]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pd.Timestamp("2020-01-03"), [True, False]),
        ("2020-01-03", [True, False]),
        (dt.date(2020, 1, 3), [True, False]),
        (np.datetime64("2020-01-03"), [True, False]),
        (pd.Timestamp("2020-01-03", tz="UTC"), [False, False]),
        (3, [False, False]),
    ],
)
def test_times_are_compared_with_what_names_a_time(tmp_path, value, expected):
    """Texts and dates as pandas reads them; with or without time zone are never mixed."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"t": pd.date_range("2020-01-01", periods=4)}).to_parquet(path, row_group_size=2)
    source, _, _ = parquet_source(path, split_row_groups=True)
    assert source.reader.pruned(source.parts, [[("t", ">=", value)]]) == expected


@pytest.mark.parametrize(
    ("predicates", "rows"),
    [
        ([[("s", "==", "c")]], [2]),
        ([[("s", "<", "b")]], [0]),
        ([[("i", "in", [3, 5, 1000])]], [2]),
        ([[("i", "<", 4), ("u", ">", 2)]], [0, 1, 2]),
        ([[("i", "==", 1)], [("f", "<=", 2)]], [0, 1]),
        ([[("f", "<", 2**60)]], ALL),
        ([[("i", "==", 1)], [("u", "==", 3)]], ALL),
        ([[("i", "<", 60)]], ALL),
        ([[("g", "==", 0.1)]], ALL),
        ([[("s", "!=", "z")]], ALL),
    ],
)
def test_rows_are_left_out_where_arrow_compares_as_pandas_does(tmp_path, predicates, rows):
    """If only few are left; conditions of which that is not sure leave out none."""
    whole = pd.DataFrame(
        {
            "i": [1, 2, 3, None, None] + [50] * 35,
            "f": [1.0, 2.0, 3.0, None, float("nan")] + [50] * 35,
            "s": ["a", "b", "c", None, "d"] + ["z"] * 35,
            "u": pd.array([1, 2, 3, 4, 5] + [50] * 35, "uint64"),
            "g": pd.array([0.1] * 40, "float32"),
        }
    )
    table = pa.Table.from_pandas(whole).set_column(
        0, "i", pa.array([1, 2, 3, None, None] + [50] * 35, pa.int8())
    )
    pq.write_table(table, tmp_path / "a.parquet")
    source, _, _ = parquet_source(tmp_path)
    block = source.reader.filtered(predicates)(source.parts[0])
    pd.testing.assert_frame_equal(block, source.reader(source.parts[0]).loc[rows], check_index_type=False)


def test_all_of_one_list_or_all_of_another():
    """A row group is kept for any list all of whose conditions may hold."""
    bounds = {"x": (1, 3, False), "y": ("a", "c", False)}.get
    assert may_match(((("x", ">", 5),), (("y", "==", "b"), ("x", "<", 2))), bounds)
    assert not may_match(((("x", ">", 5),), (("y", "==", "b"), ("x", "<", 1))), bounds)
    assert may_match(((("z", ">", 5),),), bounds)


def test_a_column_that_is_null_matches_no_comparison(tmp_path):
    """A missing column, too; but it differs from every value."""
    assert not may_match(((("x", "==", 1),),), lambda _: NOTHING)
    assert may_match(((("x", "!=", 1),),), lambda _: NOTHING)
    pq.write_table(pa.table({"x": pa.array([None, None], pa.int64())}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"y": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "2.parquet")
    source, _, _ = parquet_source(tmp_path, split_row_groups=True)
    assert source.reader.pruned(source.parts, [[("x", ">", 0)]]) == [True, True, False]


def test_without_statistics_nothing_is_known(tmp_path):
    """Also where a text is too long to be one."""
    path = tmp_path / "a.parquet"
    table = pa.table({"x": [1, 2], "s": ["a" * 5000, "b" * 5000]})
    pq.write_table(table, path, write_statistics=False)
    bare, _, _ = parquet_source(path)
    pq.write_table(table, tmp_path / "b.parquet")
    long, _, _ = parquet_source(tmp_path / "b.parquet")
    assert bare.reader.pruned(bare.parts, [[("x", ">", 5)]]) == [False]
    assert long.reader.pruned(long.parts, [[("s", ">", "c")]]) == [False]
    assert bounds_in(None, 2) is None


def test_columns_that_cannot_be_null_are_those_every_list_compares():
    """A list of values with a null in it, and `not in`, let nulls through."""
    predicates = (
        (("a", ">", 1), ("b", "in", (1,))),
        (("a", "==", 2), ("b", "in", (None,)), ("c", "not in", (1,))),
    )
    assert columns_without_null(predicates) == {"a"}


# --- parts ---------------------------------------------------------------------------------------------------


def sizes(tmp_path, rows: list[int], group: int, **options):
    """Rows of the parts of files of so many rows."""
    for k, n in enumerate(rows):
        pq.write_table(pa.table({"x": np.arange(n)}), tmp_path / f"{k}.parquet", row_group_size=group)
    source, _, _ = parquet_source(tmp_path, **options)
    return [source.reader.count_rows(part) for part in source.parts]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [30]),
        ({"blocksize": "1 GiB"}, [30]),
        ({"blocksize": 1}, [5, 5, 5, 5, 5, 5]),
        ({"split_row_groups": False}, [10, 20]),
        ({"split_row_groups": True}, [5, 5, 5, 5, 5, 5]),
        ({"split_row_groups": 3}, [10, 15, 5]),
        ({"aggregate_files": False}, [10, 20]),
    ],
)
def test_row_groups_are_cut_and_gathered(tmp_path, options, expected):
    """By bytes, by their number, or by file."""
    assert sizes(tmp_path, [10, 20], 5, **options) == expected


def test_files_without_rows_are_no_part(tmp_path):
    """Unless all are, which is one part without rows."""
    assert sizes(tmp_path, [0, 3, 0], 5, split_row_groups=True) == [3]
    assert sizes(tmp_path, [0, 0, 0], 5, split_row_groups=True) == [0]


def test_what_is_small_is_cut_for_several_workers(tmp_path):
    """Below the size of a block, but not into pieces that are not worth a task."""
    rng = np.random.default_rng(0)
    pq.write_table(pa.table({"x": rng.random(1 << 21)}), tmp_path / "a.parquet", row_group_size=1 << 16)
    source, _, _ = parquet_source(tmp_path)
    assert len(source.parts) == 2  # of 8 MiB each
