"""Writing folders of Parquet: one schema for all files, and no mixture of old files and new ones."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pannier import host
from pannier.errors import InputError, UsageError
from pannier.io.parquet import parquet_source
from pannier.io.parquet_sink import ParquetWriter, parquet_sink
from pannier.io.sink import written_aside
from pannier.leftovers import new_file_name, new_name, removed
from tests.io.test_framesink import write


@pytest.fixture
def whole():
    return pd.DataFrame(
        {
            "x": [1, 2, 3, 4, 5],
            "s": ["a", None, "é", "d", "e"],
            "o": [None, None, dt.date(2020, 1, 1), None, dt.date(2020, 1, 2)],
            "c": pd.Categorical([*"uvuvw"]),
            "I": pd.array([1, None, 3, 4, 5], "Int8"),
        },
        index=pd.date_range("2020", periods=5, name="t"),
    )


@pytest.fixture
def blocks(whole):
    return [whole.iloc[:2], whole.iloc[2:2], whole.iloc[2:]]


def read(path: object, **options: object) -> pd.DataFrame:
    source, _, _ = parquet_source(path, **options)
    return pd.concat(map(source.reader, source.parts))


def test_what_is_written_is_read_back(tmp_path, whole, blocks):
    """By pandas and by ourselves; each file by itself too, whose name sorts in the order of partitions."""
    paths = write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    assert paths == [str(tmp_path / f"part.{i}.parquet") for i in range(3)]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), whole, check_freq=False)
    pd.testing.assert_frame_equal(read(tmp_path), whole, check_freq=False)
    assert len(parquet_sink(tmp_path / "n", whole, 101).params[0][7]) == len("part.007.parquet")


def test_all_files_have_one_schema(tmp_path, whole, blocks):
    """An empty partition, and one without any value in a column of objects, write no column without type."""
    paths = write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    schemas = [pq.read_schema(path).remove_metadata() for path in paths]
    assert schemas[0] == schemas[1] == schemas[2]
    assert schemas[0].field("o").type == pa.date32()
    assert schemas[0].field("s").type in (pa.string(), pa.large_string())


def test_a_column_without_any_value_is_text(tmp_path):
    """Rather than of no type, which other engines cannot read."""
    none = pd.DataFrame({"o": pd.Series([None, None], dtype=object)})
    (path,) = write(parquet_sink(tmp_path, none.iloc[:0], 1), [none])
    assert pq.read_schema(path).field("o").type == pa.string()


def test_types_that_differ_between_partitions_are_an_error(tmp_path):
    """That names both files; `schema=` settles it before."""
    one, other = pd.DataFrame({"o": ["x"]}, dtype=object), pd.DataFrame({"o": [1]}, dtype=object)
    with pytest.raises(
        InputError, match=r"column 'o' was written as string to .*part\.0.* and as int64 to .*part\.1"
    ):
        write(parquet_sink(tmp_path, one.iloc[:0], 2), [one, other])
    sink = parquet_sink(tmp_path, one.iloc[:0], 2, schema={"o": pa.string()})
    with pytest.raises(pa.ArrowTypeError) as caught:
        write(sink, [one, other])
    assert re.search(
        r"while writing .*part\.1\.parquet; .* convert it with astype", caught.value.__notes__[0]
    )


def test_a_schema_can_be_given(tmp_path, whole, blocks):
    """For columns whose type is not the one wanted."""
    sink = parquet_sink(tmp_path, whole.iloc[:0], 3, schema=pa.schema({"x": pa.int16()}))
    assert {str(pq.read_schema(path).field("x").type) for path in write(sink, blocks)} == {"int16"}
    with pytest.raises(UsageError, match="a column 'y' that there is not"):
        parquet_sink(tmp_path, whole.iloc[:0], 3, schema={"y": pa.int16()})


@pytest.mark.parametrize(("write_index", "expected"), [(True, "t"), (False, None), (None, "t")])
def test_the_index_is_written_as_asked(tmp_path, whole, blocks, write_index, expected):
    """As a column, or not at all."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3, write_index=write_index), blocks)
    assert read(tmp_path).index.name == expected


def test_an_index_that_counts_can_be_described_only(tmp_path):
    """With write_index=None no column is written for it, and rows are numbered when read."""
    whole = pd.DataFrame({"x": range(4)})
    write(parquet_sink(tmp_path, whole.iloc[:0], 2, write_index=None), [whole.iloc[:2], whole.iloc[2:]])
    assert pq.read_schema(tmp_path / "part.0.parquet").names == ["x"]
    pd.testing.assert_frame_equal(read(tmp_path), whole)


# --- folders of values ----------------------------------------------------------------------------------------


def test_columns_become_folders(tmp_path):
    """Each value is a folder's name, escaped where it must be; no value has Hive's name."""
    whole = pd.DataFrame({"k": ["a/b", "c d", None, "a/b"], "n": [1, 2, 1, 1], "x": range(4)})
    blocks = [whole.iloc[:3], whole.iloc[3:]]
    paths = write(
        parquet_sink(tmp_path, whole.iloc[:0], 2, partition_on=["k", "n"], write_index=False), blocks
    )
    assert str(tmp_path / "k=a%2Fb/n=1/part.1.parquet") in paths
    assert str(tmp_path / "k=__HIVE_DEFAULT_PARTITION__/n=1/part.0.parquet") in paths
    found = read(tmp_path).sort_values("x").reset_index(drop=True)
    assert found["k"].astype(object).where(found["k"].notna(), None).tolist() == ["a/b", "c d", None, "a/b"]
    assert found["n"].tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize(
    "values", [["a", "__HIVE_DEFAULT_PARTITION__"], pd.Categorical(["__HIVE_DEFAULT_PARTITION__", None])]
)
def test_a_text_that_stands_for_no_value_is_refused(tmp_path, values):
    """It would be read as missing."""
    whole = pd.DataFrame({"k": values, "x": [1, 2]})
    with pytest.raises(
        InputError, match=r"column 'k' has the text '__HIVE_.*leave the column out of partition_on"
    ):
        write(parquet_sink(tmp_path, whole.iloc[:0], 1, partition_on="k"), [whole])


@pytest.mark.parametrize(
    ("values", "folders"),
    [
        ([True, False], ["k=true", "k=false"]),
        (np.array([0.1, 2.0], "float32"), ["k=0.1", "k=2"]),
        (pd.to_datetime(["2020-01-01", "2021-01-01"]).as_unit("s"), None),
        (pd.to_timedelta([1, 2], "h"), None),
        ([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], ["k=2020-01-01", "k=2021-01-01"]),
        (pd.Categorical([True, False]), ["k=true", "k=false"]),
        (pd.Categorical(["b", "a"], ["b", "a", "c"]), ["k=b", "k=a"]),
    ],
)
def test_folders_are_called_as_pandas_calls_them(tmp_path, values, folders):
    whole = pd.DataFrame({"k": values, "x": [1, 2]})
    blocks = [whole.iloc[:1], whole.iloc[1:]]
    write(parquet_sink(tmp_path / "ours", whole.iloc[:0], 2, partition_on="k", write_index=False), blocks)
    whole.to_parquet(tmp_path / "theirs", partition_cols=["k"], index=False)
    found, expected = (sorted(map(unquote, os.listdir(tmp_path / each))) for each in ("ours", "theirs"))
    assert found == expected
    assert folders is None or set(folders) == set(found)
    assert sorted(read(tmp_path / "theirs")["k"]) == sorted(pd.read_parquet(tmp_path / "theirs")["k"])


@pytest.mark.parametrize(
    "values",
    [
        [True, False, False],
        pd.array([True, None, False], "boolean"),
        [1.0, 2.0, np.nan],
        np.array([0.1, 1e30, -np.inf], "float32"),
        ["1", "01", "1"],
        [1 << 40, 1, 2],
        pd.to_datetime(["2020-01-01", None, "2020-01-02 01:02:03.000000004"], format="ISO8601").as_unit("ns"),
        pd.to_datetime(["2020-10-25 00:30", "2020-10-25 01:30", None], utc=True).tz_convert("Europe/Berlin"),
        pd.to_timedelta([1, None, 2], "h"),
        pd.Categorical([False, True, None]),
    ],
)
def test_values_of_folders_come_back_as_they_were(tmp_path, values):
    """As categories; pandas makes texts of most, and numbers of texts of digits."""
    whole = pd.DataFrame({"k": values, "x": [1, 2, 3]})
    blocks = [whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]]
    write(parquet_sink(tmp_path, whole.iloc[:0], 3, partition_on="k", write_index=False), blocks)
    found = read(tmp_path).sort_values("x", ignore_index=True)["k"]
    kind = getattr(whole["k"].dtype, "categories", whole["k"]).dtype
    pd.testing.assert_series_equal(found.astype(kind), whole["k"].astype(kind))
    assert found.cat.categories.dtype == pd.Index(whole["k"].dropna().astype(kind)).dtype or kind == "boolean"
    source, _, _ = parquet_source(tmp_path, filters=[("k", "==", whole["k"].iloc[0])])
    assert [x for part in source.parts for x in source.reader(part)["x"]] == whole["x"][
        whole["k"] == whole["k"].iloc[0]
    ].tolist()


def test_values_of_folders_that_are_not_all_of_a_type_are_texts(tmp_path):
    """A folder of other files came beside those that were written, or a text among the old ones."""
    whole = pd.DataFrame({"k": [True, False], "x": [1, 2]})
    write(parquet_sink(tmp_path, whole.iloc[:0], 1, partition_on="k"), [whole])
    shutil.copytree(tmp_path / "k=true", tmp_path / "k=neither")
    assert sorted(read(tmp_path)["k"]) == ["false", "neither", "true"]


# --- files that are there already -----------------------------------------------------------------------------


def test_files_are_appended(tmp_path, whole, blocks):
    """Their numbers go on, and what was there stays."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    later = whole.set_index(whole.index + pd.Timedelta("10D"))
    divisions = (later.index[0], later.index[-1])
    paths = write(parquet_sink(tmp_path, later.iloc[:0], 1, append=True, divisions=divisions), [later])
    assert paths == [str(tmp_path / "part.3.parquet")]
    pd.testing.assert_frame_equal(read(tmp_path), pd.concat([whole, later]), check_freq=False)


def test_files_come_back_in_the_order_they_were_appended_in(tmp_path):
    """Whatever the numbers of digits that their names need: files are read by name."""
    sizes = [3, 0, 6, 1, 20, 1, 81, 1, 1, 12]
    for i, size in enumerate(sizes):
        blocks = [pd.DataFrame({"x": [sum(sizes[:i]) + k]}) for k in range(size)]
        options = {"append": True, "write_index": False}
        write(parquet_sink(tmp_path, pd.DataFrame({"x": [0]}).iloc[:0], size, **options), blocks)
    assert read(tmp_path).x.tolist() == list(range(sum(sizes)))


@pytest.mark.parametrize("by", [None, "c"])
def test_files_of_given_names_are_appended(tmp_path, whole, blocks, by):
    """Numbers go on behind those in the names there are; a name that there is already is refused."""
    options = {"append": True, "ignore_divisions": True, "partition_on": by}

    def append(name):
        write(parquet_sink(tmp_path, whole.iloc[:0], 3, name_function=name, **options), blocks)
        return len(read(tmp_path))

    assert [append(lambda i: f"part-{i:04}") for _ in range(3)] == [5, 10, 15]
    assert append(lambda i: f"{i:03}-part.v1") == 20
    before = read(tmp_path)
    with pytest.raises(UsageError, match=r"has a file 009-part\.v1\.parquet already, .* append=True would"):
        append(lambda i: f"{i:03}-part.v1")
    pd.testing.assert_frame_equal(read(tmp_path), before)


def test_an_index_that_begins_before_the_old_one_ends_is_not_appended(tmp_path, whole, blocks):
    """Unless divisions are to be ignored."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    divisions = (whole.index[0], whole.index[-1])
    with pytest.raises(UsageError, match="ignore_divisions=True appends nevertheless"):
        parquet_sink(tmp_path, whole.iloc[:0], 1, append=True, divisions=divisions)
    sink = parquet_sink(tmp_path, whole.iloc[:0], 1, append=True, divisions=divisions, ignore_divisions=True)
    write(sink, [whole])
    assert len(read(tmp_path)) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": "float64"}, "column 'x' is int64 in .* and double in the frame to append"),
        ({"x": None}, "has the columns"),
    ],
)
def test_other_columns_are_not_appended(tmp_path, whole, blocks, change, message):
    """Or columns of other types."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    other = whole.drop(columns="x") if change["x"] is None else whole.astype(change)
    with pytest.raises(UsageError, match=message):
        parquet_sink(tmp_path, other.iloc[:0], 1, append=True)
    with pytest.raises(UsageError, match=r"is partitioned on \[\], and the frame to append on \['c'\]"):
        parquet_sink(tmp_path, whole.iloc[:0], 1, append=True, partition_on="c")


def test_old_files_are_not_left_among_new_ones(tmp_path, whole, blocks):
    """Files that would be replaced anyway are no reason to refuse."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    write(parquet_sink(tmp_path, whole.iloc[:0], 3), blocks)
    with pytest.raises(UsageError, match=r"among them part\.1\.parquet.* overwrite=True replaces them all"):
        parquet_sink(tmp_path, whole.iloc[:0], 1)


def test_a_folder_is_overwritten_when_all_is_written(tmp_path, whole, blocks):
    """The old files can be read up to then, and are whole if anything goes wrong."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3, write_metadata_file=True), blocks)
    sink = parquet_sink(tmp_path, whole.iloc[:0], 2, overwrite=True)
    parts = [sink.kernel(block, name) for block, name in zip(blocks[::2], *sink.params, strict=True)]
    pd.testing.assert_frame_equal(read(tmp_path), whole, check_freq=False)
    paths = sink.reduction.finish([written for part in parts for written in part])
    assert paths == [str(tmp_path / f"part.{i}.parquet") for i in range(2)]
    assert sorted(os.listdir(tmp_path)) == ["part.0.parquet", "part.1.parquet"]
    pd.testing.assert_frame_equal(read(tmp_path), whole, check_freq=False)


def test_folders_elsewhere_are_written_and_overwritten(whole, blocks):
    """By fsspec."""
    fs = fsspec.filesystem("memory")
    try:
        for _ in range(2):
            paths = write(parquet_sink("memory://lake/t", whole.iloc[:0], 3, overwrite=True), blocks)
            assert paths[0] == "memory://lake/t/part.0.parquet"
            assert len(fs.find("/lake")) == 3
            pd.testing.assert_frame_equal(read("memory://lake/t"), whole, check_freq=False)
    finally:
        fs.rm("/lake", recursive=True)


# --- more ------------------------------------------------------------------------------------------------------


def test_a_partition_that_cannot_be_written_leaves_no_file(tmp_path):
    """And no half one."""
    bad = pd.DataFrame({"o": [1, "x", b"y"]}, dtype=object)
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        write(parquet_sink(tmp_path, bad.iloc[:0], 1), [bad])
    assert os.listdir(tmp_path) == []


def test_the_footers_of_all_files_can_be_in_one(tmp_path, whole, blocks):
    """As other engines read it; appending keeps it right."""
    write(parquet_sink(tmp_path, whole.iloc[:0], 3, write_metadata_file=True), blocks)
    assert pq.read_metadata(tmp_path / "_metadata").num_rows == 5
    assert pq.read_schema(tmp_path / "_common_metadata").names == ["x", "s", "o", "c", "I", "t"]
    write(parquet_sink(tmp_path, whole.iloc[:0], 1, append=True), [whole])
    metadata = pq.read_metadata(tmp_path / "_metadata")
    assert metadata.num_rows == 10
    assert metadata.row_group(0).column(0).file_path == "part.0.parquet"


def test_options_reach_the_files(tmp_path, whole, blocks):
    """Compression, the size of row groups, and metadata of one's own."""
    sink = parquet_sink(
        tmp_path, whole.iloc[:0], 3, compression="zstd", row_group_size=2, custom_metadata={"by": "me"}
    )
    metadata = pq.read_metadata(write(sink, blocks)[2])
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.num_row_groups == 2
    assert metadata.metadata[b"by"] == b"me"
    sink = parquet_sink(tmp_path, whole.iloc[:0], 3, compression=None)
    assert pq.read_metadata(write(sink, blocks)[0]).row_group(0).column(0).compression == "UNCOMPRESSED"


def test_names_come_from_a_function(tmp_path, whole):
    """With the suffix that readers look for."""
    sink = parquet_sink(tmp_path, whole.iloc[:0], 2, name_function=lambda i: f"day-{i}")
    assert sink.params == (["day-0.parquet", "day-1.parquet"],)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"append": True, "overwrite": True}, "give one of them"),
        ({"partition_on": "k"}, "no column 'k' to partition on"),
        ({"partition_on": ["x"]}, "names all columns"),
        ({"name_function": lambda i: "x"}, "must give texts that differ"),
        ({"engine": "fastparquet"}, "written by pyarrow"),
        ({"schema": 3}, "schema must be 'infer'"),
    ],
)
def test_bad_options_are_refused(tmp_path, options, message):
    """When the plan is made."""
    with pytest.raises(UsageError, match=re.escape(message)):
        parquet_sink(tmp_path, pd.DataFrame({"x": [1]}), 2, **options)


def test_a_file_is_no_folder(tmp_path):
    """Nothing is written over it."""
    Path(tmp_path / "a").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        parquet_sink(tmp_path / "a", pd.DataFrame({"x": [1]}), 1)


def test_numbers_are_written_as_they_are(tmp_path):
    """Not as what a column with gaps would be."""
    whole = pd.DataFrame({"x": np.array([1, 2], "uint8"), "y": np.array([1, 2], "float32")})
    write(parquet_sink(tmp_path, whole.iloc[:0], 1), [whole])
    pd.testing.assert_frame_equal(read(tmp_path), whole)


def test_a_thread_that_goes_on_makes_no_folder_again(tmp_path: Path) -> None:
    """The run may end while rows are made to a table: then its folder in the target stays away."""
    folder, staging = str(tmp_path / new_name()), tmp_path / new_file_name()

    class EndsTheRun:
        def __str__(self) -> str:
            run.__exit__(None, None, None)
            staging.mkdir()  # by another thread, which was about to begin a file
            return "some"

    schema = pa.schema([pa.field("x", pa.int64())])
    writer = ParquetWriter(schema, str(staging), ("g",), write_index=False)
    block = pd.DataFrame({"x": [1], "g": [EndsTheRun()]})
    run = removed(folder)
    run.__enter__()
    with host.entered(host.Host(folder, 1 << 20)), pytest.raises(FileNotFoundError, match="a run is gone"):
        writer(block, "0.parquet")
    assert not staging.exists()


def test_a_file_of_a_run_that_is_over_has_no_folder(tmp_path: Path) -> None:
    """Nobody would remove it."""
    over = host.Host(str(tmp_path / new_name()), 1 << 20)
    with (
        host.entered(over),
        pytest.raises(FileNotFoundError),
        written_aside(str(tmp_path / "out" / "a"), {}),
    ):
        pass
    assert not (tmp_path / "out").exists()
