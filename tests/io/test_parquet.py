"""Parquet as frames: what pandas reads of the whole, in partitions that all have its columns and types."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import InputError, UsageError
from pannier.io.parquet import parquet_source
from pannier.tokens import tokenize


def blocks_of(path: object, **options: object) -> tuple[list[pd.DataFrame], pd.DataFrame, tuple | None]:
    """The partitions as another process would read them, each checked against meta, row count and divisions."""
    source, meta, divisions = parquet_source(path, **options)
    reader, parts = pickle.loads(pickle.dumps((source.reader, source.parts)))
    blocks = [reader(part) for part in parts]
    for block, part in zip(blocks, parts, strict=True):
        pd.testing.assert_frame_equal(block.iloc[:0], meta.iloc[:0], check_index_type=False)
        assert block.index.dtype == meta.index.dtype
        assert block.index.names == meta.index.names
        assert reader.count_rows(part) in (None, len(block))
    if divisions is not None:
        assert len(divisions) == len(blocks) + 1
        for block, low, high in zip(blocks, divisions, divisions[1:], strict=False):
            assert block.empty or (low <= block.index.min() and block.index.max() <= high)
    return blocks, meta, divisions


def read(path: object, **options: object) -> pd.DataFrame:
    blocks = blocks_of(path, **options)[0]
    return pd.concat(blocks) if len(blocks) > 1 else blocks[0]


def frame(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "i": range(n),
            "f": rng.normal(size=n),
            "s": rng.choice([*"abc", None], n),
            "b": rng.random(n) > 0.5,
            "t": pd.date_range("2020", periods=n, tz="UTC"),
            "d": pd.date_range("2020", periods=n).date,
            "c": pd.Categorical(rng.choice([*"xyz"], n), categories=[*"wzyx"], ordered=True),
            "I": pd.array([None, *range(n - 1)], dtype="Int64"),
            "l": [[1, 2]] * n,
            "td": pd.to_timedelta(range(n), unit="s"),
            "gaps": [*range(n - 1), None],
            "maybe": [True] * (n - 1) + [None],
        }
    )


@pytest.fixture
def folder(tmp_path):
    """Five files of one frame, in row groups of three rows."""
    whole = frame()
    schema = pa.Schema.from_pandas(whole)
    schema = schema.set(schema.get_field_index("gaps"), pa.field("gaps", pa.int64()))
    for k in range(5):
        table = pa.Table.from_pandas(whole.iloc[k * 8 : k * 8 + 8], schema, safe=False)
        pq.write_table(table, tmp_path / f"{k}.parquet", row_group_size=3)
    return tmp_path


SPLITS = [
    {},
    {"split_row_groups": True},
    {"split_row_groups": False},
    {"split_row_groups": 2},
    {"blocksize": 300},
]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"columns": ["s", "gaps", "i"]},
        {"dtype_backend": "pyarrow"},
        {"dtype_backend": "numpy_nullable"},
    ],
)
def test_a_folder_is_what_pandas_reads_of_it(folder, options, split):
    """Columns, types and rows are those of the whole, however it is cut; a null in one file counts for all."""
    pd.testing.assert_frame_equal(read(folder, **options, **split), pd.read_parquet(folder, **options))


@pytest.mark.parametrize("split", SPLITS)
def test_rows_are_there_where_no_column_is_wanted(folder, split):
    """However it is cut, and whatever pandas has of them, which depends on pyarrow."""
    pd.testing.assert_frame_equal(read(folder, columns=[], **split), pd.read_parquet(folder)[[]])


@given(data=st.data(), n=st.integers(0, 30), split=st.sampled_from(SPLITS))
@settings(max_examples=30, deadline=None)
def test_any_rows_in_any_files_are_what_pandas_reads(tmp_path_factory, data, n, split):
    """Empty files and row groups, nulls anywhere and any index come out as when all is read at once."""
    folder = tmp_path_factory.mktemp("random")
    whole = pd.DataFrame(
        {
            "i": pd.array(
                data.draw(st.lists(st.integers(-5, 5) | st.none(), min_size=n, max_size=n)), "Int64"
            ),
            "x": data.draw(st.lists(st.floats(), min_size=n, max_size=n)),
            "s": pd.array(
                data.draw(st.lists(st.sampled_from([*"ab", "é", None]), min_size=n, max_size=n)), "str"
            ),
            "b": pd.array(data.draw(st.lists(st.booleans() | st.none(), min_size=n, max_size=n)), "boolean"),
            "c": pd.Categorical(
                data.draw(st.lists(st.sampled_from("uvw"), min_size=n, max_size=n)), categories=[*"wuv"]
            ),
        }
    )
    if data.draw(st.booleans(), "index"):
        whole.index = pd.Index(
            data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), "int64", name="k"
        )
    table = pa.Table.from_pandas(whole, preserve_index=whole.index.name is not None)
    if data.draw(st.booleans(), "plain types"):
        table = table.replace_schema_metadata(None)
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=4)))
    for k, (start, end) in enumerate(zip([0, *cuts], [*cuts, n], strict=True)):
        size = data.draw(st.integers(1, 5))
        pq.write_table(table.slice(start, end - start), folder / f"{k}.parquet", row_group_size=size)
    pd.testing.assert_frame_equal(read(folder, **split), pd.read_parquet(folder), check_index_type=False)


# --- the index -----------------------------------------------------------------------------------------


def test_rows_are_numbered_over_all_files_where_nothing_else_is_the_index(folder):
    """Each part knows its first row, so that the divisions are known without reading."""
    blocks, _, divisions = blocks_of(folder, split_row_groups=False)
    assert divisions == (0, 8, 16, 24, 32, 39)
    assert [type(block.index) for block in blocks] == [pd.RangeIndex] * 5


def test_a_range_that_one_file_describes_is_its_index(tmp_path):
    """Start, step and name of a RangeIndex come back, in each part."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": range(6)}, index=pd.RangeIndex(10, 22, 2, name="r")).to_parquet(path, row_group_size=4)
    blocks, _, divisions = blocks_of(path, split_row_groups=True)
    assert [block.index for block in blocks][1].equals(pd.RangeIndex(18, 22, 2, name="r"))
    assert divisions == (10, 18, 20)
    pd.testing.assert_frame_equal(pd.concat(blocks), pd.read_parquet(path))


@pytest.mark.parametrize("index", [["t"], ["i", "s"], ["gaps"], ["c"]])
def test_the_index_that_pandas_has_written_is_the_index(tmp_path, index):
    """One column or several, with gaps or with categories."""
    path = tmp_path / "a.parquet"
    frame().set_index(index).to_parquet(path, row_group_size=7)
    pd.testing.assert_frame_equal(read(path, split_row_groups=True), pd.read_parquet(path))
    some = {"columns": ["f", index[0]]}
    pd.testing.assert_frame_equal(read(path, **some), pd.read_parquet(path, **some))


def test_an_index_can_be_chosen_or_refused(tmp_path):
    """``index=`` takes columns for it, and False makes a column of what was one, named as reset_index does."""
    path = tmp_path / "a.parquet"
    whole = pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}, index=pd.Index([7, 5]))
    whole.to_parquet(path)
    pd.testing.assert_frame_equal(read(path, index=False), whole.reset_index()[["x", "y", "index"]])
    for chosen in ("x", ["x"], ["x", "y"]):
        expected = whole.reset_index()[["x", "y", "index"]].set_index(chosen)
        pd.testing.assert_frame_equal(read(path, index=chosen), expected)


def test_divisions_come_from_statistics_of_a_sorted_index(tmp_path):
    """Parts are put in the order of the index, whatever their files are called."""
    whole = frame(20).set_index("t")
    for k, start in enumerate([10, 0]):
        whole.iloc[start : start + 10].to_parquet(tmp_path / f"{k}.parquet", row_group_size=5)
    blocks, _, divisions = blocks_of(tmp_path, split_row_groups=True, calculate_divisions=True)
    assert divisions == (*whole.index[::5], whole.index[-1])
    pd.testing.assert_frame_equal(pd.concat(blocks), whole, check_freq=False)


@pytest.mark.parametrize("index", [[1, 2, 2, 3], [1, 3, 2, 4], ["b", "c", None, "a"]])
def test_divisions_are_unknown_where_parts_overlap(tmp_path, index):
    """Equal values in two parts, mixed ones or nulls leave the order of the files and no divisions."""
    path = tmp_path / "a.parquet"
    whole = pd.DataFrame({"x": range(4)}, index=pd.Index(index, name="k"))
    whole.to_parquet(path, row_group_size=2)
    blocks, _, divisions = blocks_of(path, split_row_groups=True, calculate_divisions=True)
    assert divisions is None
    pd.testing.assert_frame_equal(pd.concat(blocks), whole)


# --- files that differ ----------------------------------------------------------------------------------


def test_columns_of_all_files_are_united(tmp_path):
    """A missing column is null in the rows of its file, numbers are widened, categories are those of all."""
    whole = [
        pd.DataFrame({"a": np.array([1, 2], "int32"), "b": ["x", "y"], "n": [None, None]}),
        pd.DataFrame({"a": [1.5, 2], "c": [1, 2], "q": [True, False], "k": pd.Categorical(["u", "v"])}),
        pd.DataFrame({"a": [3, 2], "c": [1, 2], "n": ["p", "q"], "k": pd.Categorical(["w", "v"])}),
    ]
    for k, each in enumerate(whole):
        each.to_parquet(tmp_path / f"{k}.parquet")
    expected = pd.concat(whole, ignore_index=True).astype({"k": pd.CategoricalDtype([*"uvw"])})
    expected["q"] = expected["q"].where(expected["q"].notna(), None)  # as pandas reads truth values
    pd.testing.assert_frame_equal(
        read(tmp_path, split_row_groups=True), expected[["a", "b", "n", "c", "q", "k"]].astype({"n": "str"})
    )


def test_extension_types_are_widened_with_what_they_describe(tmp_path):
    """Int32 in one file and Int64 in another are Int64."""
    for k, kind in enumerate(["Int32", "Int64"]):
        pd.DataFrame({"a": pd.array([1, None], kind)}).to_parquet(tmp_path / f"{k}.parquet")
    assert read(tmp_path, split_row_groups=True)["a"].dtype == "Int64"


def test_types_that_nothing_unites_are_an_error_that_names_both_files(tmp_path):
    """It says the column, the types, and what to do."""
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "0.parquet")
    pd.DataFrame({"a": ["x"]}).to_parquet(tmp_path / "1.parquet")
    message = r"column 'a' is of type int64 in .*0\.parquet and of type (large_)?string in .*1\.parquet"
    with pytest.raises(InputError, match=message):
        parquet_source(tmp_path)


def test_types_that_nothing_unites_do_not_matter_of_columns_that_are_left_out(tmp_path):
    """As the error says; but of those that filters or the index need."""
    for k, value in enumerate([1, "x"]):
        frame = pd.DataFrame({"a": [value, value], "b": [k, 2], "c": [3, 4]})
        frame.to_parquet(tmp_path / f"{k}.parquet")
    assert read(tmp_path, columns=["b"])["b"].tolist() == [0, 2, 1, 2]
    assert read(tmp_path, columns=["c"], filters=[("b", "<", 2)])["c"].tolist() == [3, 3]
    for needed in ({"columns": ["a"]}, {"columns": ["b"], "index": "a"}, {"filters": [[("a", "==", 1)]]}):
        with pytest.raises(InputError, match="no type holds both"):
            parquet_source(tmp_path, **{"columns": ["b"], **needed})


def test_nullable_whole_numbers_and_narrow_floats_are_floats(tmp_path):
    """Of a type that neither file has, pandas' description is that of the floats."""
    for k, each in enumerate([pd.array([1, None], "Int64"), np.array([1.5], "float32")]):
        pd.DataFrame({"a": each}).to_parquet(tmp_path / f"{k}.parquet")
    pd.testing.assert_series_equal(read(tmp_path)["a"], pd.Series([1, np.nan, 1.5], name="a"))


@pytest.mark.parametrize("has_gaps", [False, True])
def test_types_hold_without_statistics(tmp_path, has_gaps):
    """Whether whole numbers have gaps is looked up in the column where the footer does not say."""
    table = pa.table({"x": pa.array([1, None if has_gaps else 2]), "y": [True, False]})
    pq.write_table(table, tmp_path / "a.parquet", write_statistics=False)
    pd.testing.assert_frame_equal(read(tmp_path), pd.read_parquet(tmp_path))


# --- folders that stand for columns ------------------------------------------------------------------------


@pytest.fixture
def hive(tmp_path):
    for year in (2015, 2014):
        for place in ("b", "a%20x"):
            inner = tmp_path / f"year={year}" / f"place={place}"
            inner.mkdir(parents=True)
            pd.DataFrame({"v": [year, 1]}).to_parquet(inner / "f.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "_metadata").touch()
    return tmp_path


@pytest.mark.parametrize("options", [{}, {"columns": ["place", "v"]}, {"dtype_backend": "pyarrow"}])
@pytest.mark.parametrize("split", [True, "infer"])
def test_folders_named_for_values_are_columns(hive, options, split):
    """As categories, numbers where all are, and known in every part; markers beside the files are left alone."""
    found = read(hive, split_row_groups=split, **options)
    pd.testing.assert_frame_equal(found, pd.read_parquet(hive, **options))
    below = read(hive / "year=2014", **{**options, "columns": ["place", "v"]})
    assert list(below["place"]) == ["a x", "a x", "b", "b"]


def test_folders_of_a_pattern_are_columns_too(hive):
    """Those below the part of the pattern that is fixed."""
    assert set(read(str(hive / "year=*" / "*" / "*.parquet"))["year"]) == {2014, 2015}


def test_a_folder_without_value_is_null(tmp_path):
    """Hive's name for a missing value makes one, and large numbers stay text."""
    for name in ("y=__HIVE_DEFAULT_PARTITION__", "y=99999999999"):
        (tmp_path / name).mkdir()
        pd.DataFrame({"v": [1]}).to_parquet(tmp_path / name / "f.parquet")
    found = read(tmp_path)["y"]
    assert found.cat.categories.tolist() == ["99999999999"]
    assert found.isna().tolist() == [False, True]


def test_filters_on_folders_leave_out_their_parts(hive):
    """It is known from the name alone that no row matches."""
    source, _, _ = parquet_source(hive, filters=[("year", "==", 2014)], split_row_groups=True)
    assert source.reader.pruned(source.parts) == [False, False, True, True]
    expected = pd.read_parquet(hive, filters=[("year", "==", 2014)])
    pd.testing.assert_frame_equal(read(hive, filters=[("year", "==", 2014)]).reset_index(drop=True), expected)


def test_a_folder_may_not_contradict_a_column(hive):
    """A name that is a column already is refused, as pandas does."""
    pd.DataFrame({"v": [1], "year": [3]}).to_parquet(hive / "year=2014" / "place=b" / "f.parquet")
    with pytest.raises(InputError, match="'year' is in the files, and a folder"):
        parquet_source(hive)


# --- filters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "filters",
    [
        [("i", ">", 20)],
        [("i", ">", 20), ("s", "==", "a")],
        [[("i", "<", 3)], [("s", "in", ["a", "b"]), ("b", "=", True)]],
        [("s", "not in", ["a"])],
        [("s", "!=", "a")],
        [("gaps", ">=", 30)],
        [("i", ">", 1000)],
        [("c", "==", "x")],
        (pc.field("i") > 20) & pc.field("b"),
    ],
)
@pytest.mark.parametrize("split", [{}, {"split_row_groups": True}])
def test_filters_keep_the_rows_that_pandas_keeps(folder, filters, split):
    """Row by row, with the types of the whole; rows keep the numbers they have without filters."""
    blocks, _, _ = blocks_of(folder, filters=filters, **split)
    found = pd.concat(blocks)
    expected = pd.read_parquet(folder, filters=filters)
    pd.testing.assert_frame_equal(found.reset_index(drop=True).astype(expected.dtypes), expected)
    pd.testing.assert_frame_equal(found, read(folder).loc[found.index].astype(found.dtypes))
    narrow = read(folder, filters=filters, columns=["f"], **split)
    assert narrow["f"].tolist() == expected["f"].tolist()


def test_a_column_whose_nulls_are_filtered_out_has_the_type_it_has_without(folder):
    """Where every condition on a row excludes null, whole numbers stay whole."""
    filters = [("gaps", ">", 3)]
    assert (
        read(folder, filters=filters)["gaps"].dtype == pd.read_parquet(folder, filters=filters)["gaps"].dtype
    )


def test_a_filter_of_another_type_raises_what_it_does_in_pandas(folder):
    """Arrow's own exception, with the place."""
    with pytest.raises(pa.ArrowNotImplementedError) as caught:
        read(folder, filters=[("i", ">", "x")])
    assert "filters of read_parquet" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ([("ii", ">", 1)], "no column 'ii' to filter by; did you mean 'i'"),
        ([("i", "~", 1)], "unknown operator '~'"),
        ("i > 1", "filters are a list of"),
        ([("i", ">")], "is none"),
    ],
)
def test_filters_that_mean_nothing_are_refused(folder, filters, message):
    """When the frame is built."""
    with pytest.raises(UsageError, match=re.escape(message)):
        parquet_source(folder, filters=filters)


# --- what passes ask a reader ----------------------------------------------------------------------------------


def test_a_reader_gives_some_columns_in_its_own_order(folder):
    """And those only, with types and index as they were."""
    source, _, _ = parquet_source(folder)
    block = source.reader.with_columns(frozenset(["t", "gaps", "b"]))(source.parts[0])
    assert list(block) == ["b", "t", "gaps"]
    assert block["gaps"].dtype == "float64"


@pytest.mark.parametrize("options", [{}, {"filters": [("i", ">", 5)]}, {"columns": []}])
def test_a_limited_reader_gives_the_first_rows(folder, options):
    """Of each part, over row groups and files, after filters."""
    source, _, _ = parquet_source(folder, **options)
    whole = source.reader(source.parts[0])
    for rows in (0, 1, 7, 100):
        pd.testing.assert_frame_equal(source.reader.limited(rows)(source.parts[0]), whole.head(rows))
        assert source.reader.limited(rows).count_rows(source.parts[0]) in (None, min(rows, len(whole)))


def test_a_limited_reader_reads_little(folder, monkeypatch):
    """The row groups behind the first rows are not touched."""
    source, _, _ = parquet_source(folder)
    read_groups = []
    original = pq.ParquetFile.iter_batches

    def noting(self, size, groups, *args, **kwargs):
        read_groups.append(groups)
        return original(self, size, groups, *args, **kwargs)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", noting)
    source.reader.limited(4)(source.parts[0])
    assert read_groups == [[0], [1]]


def test_columns_of_few_texts_can_come_as_categories(tmp_path):
    """For consumers that group by them: the same values, coded; where they do not repeat, text is faster."""
    rng = np.random.default_rng(0)
    values = rng.integers(0, 10**9, 20_000)
    few = pd.Series(values % 50).astype(str).where(values % 7 > 0)
    whole = pd.DataFrame({"few": few, "many": values.astype(str), "i": values % 5})
    whole.to_parquet(tmp_path / "a.parquet", row_group_size=7000)
    source, _, _ = parquet_source(tmp_path)
    block = source.reader.with_dictionaries(["few", "many", "i", "x"])(source.parts[0])
    assert [isinstance(dtype, pd.CategoricalDtype) for dtype in block.dtypes] == [True, False, False]
    pd.testing.assert_frame_equal(block.astype({"few": whole["few"].dtype}), whole)


def test_long_texts_are_texts(tmp_path):
    """Those with offsets of 64 bits, as text, codes or categories, beside others."""
    values = [*"abca", None] * 40
    pq.write_table(pa.table({"s": pa.array(values, pa.large_string())}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"s": pa.array(values, pa.string())}), tmp_path / "1.parquet")
    expected = pd.DataFrame({"s": values * 2})
    source, _, _ = parquet_source(tmp_path)
    for found in (
        read(tmp_path, split_row_groups=True),
        read(tmp_path, categories=["s"], split_row_groups=True).astype("str"),
        source.reader.with_dictionaries(["s"])(source.parts[0]).astype("str"),
    ):
        pd.testing.assert_frame_equal(found, expected)
    source, _, _ = parquet_source(tmp_path, categories={"s": [*"cba"]})
    block = source.reader.with_dictionaries(["s"])(source.parts[0])
    assert block["s"].cat.categories.tolist() == [*"cba"]


def test_keywords_reach_the_conversion_to_pandas(folder):
    """Those of Arrow."""
    options = {"date_as_object": False}
    expected = pd.read_parquet(folder, to_pandas_kwargs=options)
    assert expected["d"].dtype.kind == "M"
    pd.testing.assert_frame_equal(read(folder, arrow_to_pandas=options), expected)


def test_hints_leave_out_row_groups_and_keep_the_numbers_of_rows(folder):
    """What may match is there, under its label; divisions still hold."""
    source, _, _ = parquet_source(folder)
    reader = source.reader.filtered([[("i", ">", 25)]])
    found = pd.concat([reader(part) for part in source.parts])
    whole = pd.read_parquet(folder)
    pd.testing.assert_frame_equal(found, whole.iloc[24:])
    assert reader.count_rows(source.parts[0]) is None


def test_weight_is_near_what_a_block_takes(folder, tmp_path):
    """Within a factor of two for numbers and texts."""
    rng = np.random.default_rng(1)
    whole = pd.DataFrame({"x": rng.random(10_000), "s": rng.integers(0, 10**9, 10_000).astype(str)})
    whole.to_parquet(tmp_path / "w.parquet")
    source, _, _ = parquet_source(tmp_path / "w.parquet")
    assert 0.5 < source.reader.weigh(source.parts[0]) / whole.memory_usage(deep=True).sum() < 2


# --- categories ---------------------------------------------------------------------------------------------------


def test_columns_can_be_read_as_categories(folder):
    """Their values are looked up when the frame is built, or given."""
    found = read(folder, categories=["s", "i"], split_row_groups=True)
    expected = pd.read_parquet(folder)
    assert set(found["s"].cat.categories) == {"a", "b", "c"}
    assert found["i"].cat.categories.tolist() == list(range(40))
    assert found["s"].astype("str").equals(expected["s"])
    assert read(folder, categories={"s": [*"dcba"]})["s"].cat.categories.tolist() == [*"dcba"]


def test_a_value_outside_of_given_categories_is_an_error(folder):
    """With file, column and value, rather than a null in its place."""
    with pytest.raises(InputError, match=r"0\.parquet.* column 's' has the value '.', which is not among"):
        read(folder, categories={"s": ["z"]})


# --- files and errors -----------------------------------------------------------------------------------------------


def test_only_files_with_the_extension_are_read_of_a_directory(tmp_path):
    """A file that is named is read whatever it is called."""
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"x": [2]}).to_parquet(tmp_path / "b.data")
    assert read(tmp_path)["x"].tolist() == [1]
    assert read(tmp_path, parquet_file_extension=None)["x"].tolist() == [1, 2]
    assert read(tmp_path / "b.data")["x"].tolist() == [2]
    assert read([tmp_path / "b.data", tmp_path / "a.parquet"])["x"].tolist() == [2, 1]
    with pytest.raises(FileNotFoundError, match=r"no files that end in \.pq, but 'a.parquet'"):
        parquet_source(tmp_path, parquet_file_extension=".pq")


def test_files_elsewhere_are_read_by_fsspec():
    """A URL, or an fsspec filesystem with a path."""
    fs = fsspec.filesystem("memory")
    with fs.open("/lake/a.parquet", "wb") as file:
        frame().to_parquet(file)
    try:
        pd.testing.assert_frame_equal(read("memory://lake"), frame())
        pd.testing.assert_frame_equal(read("/lake/a.parquet", filesystem=fs), frame())
    finally:
        fs.rm("/lake", recursive=True)


def test_a_file_that_was_written_to_meanwhile_is_an_error(tmp_path):
    """Its footer is not the one that the plan was made from."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    source, _, _ = parquet_source(path)
    pd.DataFrame({"x": [1, 2, 3]}).to_parquet(path)
    os.utime(path, (1, 1))
    with pytest.raises(InputError, match="written to since its footer was read; build the frame again"):
        source.reader(source.parts[0])


def test_what_is_no_parquet_is_an_error_that_names_it(tmp_path):
    """Also where the data behind a good footer is damaged."""
    (tmp_path / "a.parquet").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet"):
        parquet_source(tmp_path)
    pd.DataFrame({"s": list(map(str, range(1000)))}).to_parquet(tmp_path / "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[4:1000] = b"\xff" * 996
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read as Parquet"):
        read(tmp_path)
    (tmp_path / "a.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        parquet_source(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["ff"]}, "no column 'ff' to read; did you mean 'f'"),
        ({"index": "k"}, "no column 'k' to index by"),
        ({"categories": ["k"]}, "no column 'k' to read as categories"),
        ({"split_row_groups": 0}, "at least 1"),
        ({"split_row_groups": "x"}, "'infer', 'adaptive'"),
        ({"blocksize": 0}, "at least one byte"),
        ({"engine": "fastparquet"}, "read by pyarrow"),
        ({"dtype_backend": "x"}, "numpy_nullable"),
        ({"filesystem": 3}, "fsspec filesystem"),
    ],
)
def test_bad_options_are_refused(folder, options, message):
    """When the frame is built, with the nearest good value where there is one."""
    with pytest.raises(UsageError, match=re.escape(message)):
        parquet_source(folder, **options)


def test_equal_readers_have_equal_tokens(folder):
    """So that the same files read twice are read once."""
    one, other = (parquet_source(folder)[0] for _ in range(2))
    assert one.name == other.name
    assert tokenize(one.reader) != tokenize(one.reader.with_columns(frozenset("i")))


def test_parts_say_where_they_are(folder):
    """For the notes of errors."""
    source, _, _ = parquet_source(folder, split_row_groups=2)
    assert str(source.parts[0]).startswith(f"{folder}/0.parquet, row groups 0 to 1 (6 rows, ")
    assert Path(source.parts[0].pieces[0].path).exists()


def test_labels_that_are_no_texts_come_back(tmp_path):
    """Numbers and pairs as names of columns, and the name of the columns themselves."""
    path = tmp_path / "a.parquet"
    whole = pd.DataFrame({1: [1], 2: [2]}).rename_axis(columns="n")
    whole.to_parquet(path)
    pd.testing.assert_frame_equal(read(path, columns=[2]), whole[[2]])
    for names in (["2"], ["2", "1"]):  # as the file calls them
        pd.testing.assert_frame_equal(read(path, columns=names), pd.read_parquet(path, columns=names))
    pd.testing.assert_series_equal(pn.read_parquet(path, columns="2").compute(scheduler="sync"), whole[2])
    pairs = pd.DataFrame({("a", 1): [1], ("b", 2): [2]})
    pairs.to_parquet(path)
    pd.testing.assert_frame_equal(read(path), pairs)


@pytest.mark.parametrize("first", [pa.null(), pa.string(), pa.large_string()])
@pytest.mark.parametrize("is_ordered", [False, True])
def test_categories_of_other_types_of_texts(tmp_path, first, is_ordered):
    """Categories are those of all files, where some have none, or texts of another width."""
    empty = pa.types.is_null(first)
    for name, kind, values in [
        ("a", first, [None] if empty else ["x", None]),
        ("b", pa.large_string(), ["y", "x"]),
    ]:
        codes = pa.array([None if each is None else values.index(each) for each in values], pa.int8())
        dictionary = pa.array(
            [] if empty and name == "a" else [each for each in values if each is not None], kind
        )
        coded = pa.DictionaryArray.from_arrays(codes, dictionary, ordered=is_ordered)
        pq.write_table(pa.table({"c": coded}), tmp_path / f"{name}.parquet")
    source, meta, _ = parquet_source(tmp_path)
    found = pd.concat(map(source.reader, source.parts))["c"]
    assert found.dtype == meta["c"].dtype
    assert found.dtype.ordered == is_ordered
    assert found.dropna().tolist() == (["y", "x"] if empty else ["x", "y", "x"])
