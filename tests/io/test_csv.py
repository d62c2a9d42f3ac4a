"""Reading delimited and fixed-width files: every keyword of pandas, in one block or many, and what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import pickle
import warnings
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from pannier import config
from pannier.errors import InputError, UsageError
from pannier.io.csv import csv_source
from pannier.io.csvblocks import PIECE
from pannier.plan.estimates import Weighing
from pannier.plan.nodes import Source

BASE = "a,b,c,d\n" + "".join(f'{i},{i / 2},"t{i}, x",2020-01-{i % 28 + 1:02d}\n' for i in range(24))
FIXED = "id    num     name\n" + "".join(f"{i:<6}{i * 2:<8}{'t' + str(i)}\n" for i in range(24))
PIPES = type("Pipes", (csv.excel,), {"delimiter": "|"})


def frames(source: Source) -> list[pd.DataFrame]:
    return [source.reader(part) for part in source.parts]


def whole(source: Source, *, keeps_index: bool = False) -> pd.DataFrame:
    return pd.concat(frames(source), ignore_index=not keeps_index)


def write(folder: Path, **texts: str) -> str:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    return f"{folder}/*.csv"


def check(path: str, verb: str = "read_csv", **keywords: Any) -> None:
    """In blocks of any size a file is what pandas makes of it, and every block is like the meta."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.ParserWarning)
        expected = getattr(pd, verb)(path, **keywords)
        keeps_index = keywords.get("index_col") is not None and keywords["index_col"] is not False
        for blocksize in (None, 90):
            source, meta = csv_source(path, blocksize=blocksize, verb=verb, **keywords)
            for frame in frames(source):
                assert_frame_equal(frame.iloc[:0], meta, check_index_type=False)
            actual = whole(source, keeps_index=keeps_index)
            assert_frame_equal(actual, expected, check_index_type=not keeps_index)


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"usecols": ["c", "a"]},
        {"usecols": [3, 0]},
        {"usecols": lambda name: name in "bd"},
        {"index_col": "a"},
        {"index_col": ["a", "c"]},
        {"index_col": 1},
        {"index_col": False},
        {"parse_dates": ["d"]},
        {"parse_dates": ["d"], "date_format": "%Y-%m-%d"},
        {"parse_dates": True, "index_col": "d"},
        {"dtype": str},
        {"dtype": object},
        {"dtype": {"a": "float32", "c": "str"}},
        {"dtype": {"a": "Int64", "b": "float32"}},
        {"dtype": {"a": pd.CategoricalDtype(list(range(24)))}},
        {"dtype_backend": "numpy_nullable"},
        {"dtype_backend": "pyarrow"},
        {"names": list("wxyz"), "header": 0},
        {"names": list("wxyz")},
        {"names": ["x", "y"], "usecols": [0, 2], "header": 0},
        {"header": None},
        {"header": None, "skiprows": 1},
        {"header": 2},
        {"header": [0, 1]},
        {"skiprows": 3},
        {"skiprows": [1, 2]},
        {"skiprows": [1, 20]},
        {"skiprows": lambda line: line % 2 == 1},
        {"skipfooter": 2, "engine": "python"},
        {"nrows": 7},
        {"engine": "python"},
        {"engine": "c", "low_memory": True, "memory_map": True, "cache_dates": False},
        {"na_values": ["t3, x"]},
        {"na_values": {"a": [3]}},
        {"na_values": 5},
        {"keep_default_na": False},
        {"na_filter": False},
        {"true_values": ["t1, x"], "false_values": ["no"]},
        {"converters": {"c": str.upper}},
        {"converters": {0: lambda text: int(text) * 2}},
        {"thousands": "."},
        {"on_bad_lines": "skip"},
        {"encoding": "latin-1"},
        {"encoding_errors": "replace"},
    ],
    ids=lambda keywords: ",".join(keywords) or "none",
)
def test_keywords_of_pandas(tmp_path, keywords):
    """What pandas makes of a file with any keyword is what comes of its blocks."""
    path = tmp_path / "a.csv"
    path.write_text(BASE)
    check(str(path), **keywords)


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        (BASE.replace(",", ";").replace(".", ","), {"sep": ";", "decimal": ","}),
        (BASE.replace(",", "|"), {"dialect": PIPES}),
        (BASE.replace(",", "|"), {"delimiter": "|"}),
        (BASE.replace("\n", "|"), {"lineterminator": "|"}),
        ("# hi\n#\n" + BASE.replace("\n", '\n# "mid\n'), {"comment": "#"}),
        (BASE.replace('"', "'"), {"quotechar": "'"}),
        (BASE.replace('"', ""), {"quoting": 3, "names": list("vwxyz"), "header": 0}),
        ("x,y\n" + '1,a\\,b\n2,a\\"\n3,"q\\"\nz"\n' * 9, {"escapechar": "\\"}),
        ("a,b\n" + ' 1, x\n2, "y,\n"\n' * 20, {"skipinitialspace": True}),
        ("a,b\n\n" + "1,2\n\n" * 20, {"skip_blank_lines": False}),
        ("a b\n" + "x  1\n y 2\n" * 20, {"sep": r"\s+"}),
        ("a::b\n" + "x::1\n" * 20, {"sep": "::", "engine": "python"}),
        ("a,b\n" + "1,2\n3,4,5\n" * 20, {"on_bad_lines": "skip"}),
        ("a,b\n" + "1,2\n3,4,5\n" * 20, {"on_bad_lines": "warn"}),
        ("a,b\n" + "1,2\n3,4,5\n" * 20, {"on_bad_lines": lambda fields: fields[:2], "engine": "python"}),
        ("a,b\n" + "1,2\n3,4,5\n" * 20, {"usecols": ["a"]}),
        ("a,b\n" + "1,2,\n" * 20, {"index_col": False}),
        ("a,b\n" + "1,x\n" * 20, {"names": list("pqr")}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_dialects(tmp_path, text, keywords):
    """Separators, quotes, escapes, comments and bad lines are what pandas takes them for, at any block border."""
    path = tmp_path / "a.csv"
    path.write_text(text)
    check(str(path), **keywords)


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n"1\n2",2\n"3\n\n4",5\n' * 1 + '"1\n2",2\n' * 20,
        '"a\nx",b\n' + "1,2\n" * 20,
        'a,b\r\n"x\r\ny",2\r\n' + "z,1\r\n" * 30,
        "a,b\n" + '"x, ""y""\n\n",1\n' * 20,
        "a,b\n" + 'it is 5" long,1\n6",2\n' * 20,
        "a,b\n" + '",",","\n' * 20,
        "a,b\n" + "1,2\n" * 20 + "3,4",
        "\n\na,b\n" + "1,2\n\n" * 20,
        "a,b\n" + "x\n,2\n" * 20,
        "a,b\n" + "True,1\n,2\nFalse,3\n" * 10,
        "a\n" + "1\n\n2\n" * 20,
        'a\nx\n"b\nc"\n' * 10,
        "a,a,b\n" + "1,2,3\n" * 20,
        "a,b\n",
        "a,b",
        "\ufeffa,b\n" + "é,1\n" * 20,
    ],
    ids=repr,
)
def test_texts(tmp_path, text):
    """Quoted newlines, stray quotes, missing line ends, short rows and byte order marks are read as by pandas."""
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    check(str(path))


@pytest.mark.parametrize(("encoding", "is_cut"), [("latin-1", True), ("cp1252", True), ("utf-16", False)])
def test_encodings(tmp_path, encoding, is_cut):
    """Files in encodings whose bytes can be told apart are cut, and all are decoded."""
    path = tmp_path / "a.csv"
    path.write_bytes(("a,b\n" + "é,1\nü,2\n" * 30).encode(encoding))
    check(str(path), encoding=encoding)
    source, _ = csv_source(str(path), blocksize=50, encoding=encoding)
    assert (len(source.parts) > 1) is is_cut


def test_more_fields_than_names_are_an_index(tmp_path):
    """A header one shorter than the records makes their first field the index, as in pandas."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"r{i},{i},{i}\n" for i in range(20)))
    source, _ = csv_source(str(path), blocksize=30)
    assert_frame_equal(whole(source, keeps_index=True), pd.read_csv(path))


@pytest.mark.parametrize(
    "keywords", [{}, {"widths": [6, 8, 5]}, {"colspecs": [(0, 6), (14, 19)]}, {"nrows": 3}]
)
def test_fixed_width(tmp_path, keywords):
    """Fixed-width files are cut at lines, and the columns found in the first file hold for all blocks."""
    path = tmp_path / "a.txt"
    path.write_text(FIXED)
    check(str(path), "read_fwf", **keywords)


def test_fixed_width_has_a_name_for_each_column_that_is_found(tmp_path):
    """Of others pandas makes an index; here it is said which columns there are."""
    path = tmp_path / "a.txt"
    path.write_text("1  2  3\n4  5  6\n")
    with pytest.raises(
        UsageError, match=r"names= has 2 names, and blanks make 3 columns, which begin at 0, 3, 6;"
    ):
        csv_source(str(path), verb="read_fwf", names=["a", "b"])


def test_tables_are_separated_by_tabs(tmp_path):
    """read_table reads tabs, unless told otherwise."""
    path = tmp_path / "a.tsv"
    path.write_text(BASE.replace(",", "\t"))
    check(str(path), "read_table")


def test_many_files_compressed_and_not(tmp_path):
    """Compressed files are a partition each, and rows come in the order of names."""
    expected = []
    for number, name in enumerate(["a.csv", "b.csv.gz", "c.csv"]):
        text = f"x,y\n{number},u\n{number},v\n"
        (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        expected += [number, number]
    source, _ = csv_source([f"{tmp_path}/*.csv", f"{tmp_path}/*.gz"])
    assert [len(frame) for frame in frames(source)] == [2, 2, 2]
    source, _ = csv_source(f"{tmp_path}/*")
    assert whole(source)["x"].tolist() == expected


def test_remote_files():
    """Files behind a protocol are cut and read like local ones."""
    fs = fsspec.filesystem("memory")
    with fs.open("/csv/a.csv", "wb") as file:
        file.write(BASE.encode())
    source, _ = csv_source("memory://csv/*.csv", blocksize=300)
    assert len(source.parts) == 3
    assert whole(source)["a"].tolist() == list(range(24))


def test_empty_files_have_no_rows(tmp_path):
    """Files without bytes, or with a header alone, are partitions without rows but with the columns of others."""
    pattern = write(tmp_path, a="", b="x,y\n", c="x,y\n1,2\n", d="\n\n")
    source, meta = csv_source(pattern)
    assert meta.dtypes.tolist() == [np.dtype("int64")] * 2
    for frame, rows in zip(frames(source), [0, 0, 1, 0], strict=True):
        assert_frame_equal(frame.iloc[:0], meta)
        assert len(frame) == rows


def test_nothing_but_empty_files(tmp_path):
    """Without any columns there is the error of pandas, which names a file."""
    with pytest.raises(pd.errors.EmptyDataError, match=r"a\.csv"):
        csv_source(write(tmp_path, a="", b="\n"))


def test_types_come_from_all_sampled_files(tmp_path):
    """A type is what the samples of all files are together: first, last and between."""
    pattern = write(
        tmp_path, a="i,s,f,b,n\n1,1,1,True,\n", b="i,s,f,b,n\n2,x,0.5,,\n", c="i,s,f,b,n\n,7,3,False,\n"
    )
    source, meta = csv_source(pattern)
    assert [str(dtype) for dtype in meta.dtypes] == [
        "float64",
        str(pd.Series(["x"]).dtype),
        "float64",
        "object",
        "float64",
    ]
    assert whole(source)["s"].tolist() == ["1", "x", "7"]
    assert whole(source)["b"].tolist()[0] is True


def test_the_middle_of_a_large_file_is_sampled(tmp_path):
    """A column that turns to fractions later is known to have them before anything is read."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,1\n" * 1000 + "1,0.5\n" * 1000)
    _, meta = csv_source(str(path), sample=400)
    assert meta.dtypes.tolist() == [np.dtype("int64"), np.dtype(float)]


def test_texts_stay_as_they_are_written(tmp_path):
    """Where a column is text, a block of digits alone keeps its zeros."""
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x\n" * 30 + "007\n" * 30)
    source, _ = csv_source(str(path), blocksize=40)
    assert frames(source)[-1]["a"].tolist()[-1] == "007"


def test_missing_values_may_be_assumed(tmp_path):
    """With assume_missing whole numbers without a type of their own are fractions."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,x\n")
    _, meta = csv_source(str(path), assume_missing=True, dtype={"b": "int64"})
    assert [str(dtype) for dtype in meta.dtypes[:2]] == ["float64", "int64"]


@pytest.mark.parametrize(
    ("before", "bad", "value", "fix"),
    [
        ("1", "2.5", "'2.5'", "float64"),
        ("1", "", "a missing value", "float64"),
        ("1", "x", "'x'", "str"),
        ("1", "9223372036854775808", "'9223372036854775808'", "str"),
        ("1", "0x1F", "'0x1F'", "str"),
        ("0.5", "abc", "'abc'", "str"),
        ("True", "maybe", "'maybe'", "str"),
        ("True", "", "a missing value", "boolean"),
    ],
)
@pytest.mark.parametrize("blocksize", [None, 600])
def test_a_block_that_disagrees(tmp_path, before, bad, value, fix, blocksize):
    """A value beyond the declared type is an error with file, line, column, value and the dtype= that holds it."""
    path = tmp_path / "a.csv"
    lines = ["k,v", *[f'"u\n{i}",{before}' for i in range(300)], f"w,{bad}", f"w,{before}"]
    path.write_text("\n".join(lines) + "\n")
    source, _ = csv_source(str(path), blocksize=blocksize, sample=100)
    with pytest.raises(InputError) as caught:
        frames(source)
    message = str(caught.value)
    assert f"{path}, line 602: column 'v'" in message
    assert value in message
    assert f"dtype={{'v': '{fix}'}}" in message
    source, _ = csv_source(str(path), blocksize=blocksize, sample=100, dtype={"v": fix})
    assert len(whole(source)) == 302


def test_other_orders_of_columns(tmp_path):
    """Columns are found by name, whatever their order in a file."""
    source, meta = csv_source(write(tmp_path, a="x,y\n1,p\n", b="y,x\nq,2\n"))
    assert meta.columns.tolist() == ["x", "y"]
    assert_frame_equal(whole(source), pd.DataFrame({"x": [1, 2], "y": ["p", "q"]}))


@pytest.mark.parametrize(
    ("text", "said"),
    [("x\n1\n", "lacks 'y'"), ("x,y,z\n1,2,3\n", "has 'z' besides"), ("x,w\n1,2\n", "lacks 'y'")],
)
@pytest.mark.parametrize("engine", ["c", "python"])
def test_other_columns(tmp_path, text, said, engine):
    """A file with other columns is an error that names them and what to do."""
    source, _ = csv_source(write(tmp_path, a="x,y\n1,2\n", b=text), engine=engine)
    with pytest.raises(InputError, match=rf"b\.csv.*{said}.*usecols"):
        frames(source)


def test_common_columns_can_be_chosen(tmp_path):
    """With usecols files may have others besides."""
    source, _ = csv_source(write(tmp_path, a="x,y\n1,2\n", b="z,x\n5,3\n"), usecols=["x"])
    assert whole(source)["x"].tolist() == [1, 3]


def test_the_path_as_a_column(tmp_path):
    """The column of paths is categorical, with the same categories in every partition."""
    pattern = write(tmp_path, a="x\n1\n2\n", b="x\n3\n", c="")
    source, meta = csv_source(pattern, include_path_column=True)
    paths = [f"{tmp_path}/{name}.csv" for name in "abc"]
    assert meta["path"].dtype == pd.CategoricalDtype(paths)
    assert all(frame["path"].dtype == meta["path"].dtype for frame in frames(source))
    assert whole(source)["path"].tolist() == [paths[0], paths[0], paths[1]]
    source, meta = csv_source(pattern, include_path_column="file")
    assert list(meta.columns) == ["x", "file"]
    assert list(source.reader.with_columns(frozenset({"file"}))(source.parts[0]).columns) == ["file"]
    with pytest.raises(UsageError, match="another name"):
        csv_source(pattern, include_path_column="x")


@pytest.mark.parametrize(
    "keywords", [{}, {"engine": "python"}, {"usecols": ["b", "c", "d"]}, {"index_col": "a"}]
)
def test_projection(tmp_path, keywords):
    """A reader for some columns gives these, in the order of the file, with all rows."""
    path = tmp_path / "a.csv"
    path.write_text(BASE)
    source, meta = csv_source(str(path), blocksize=300, **keywords)
    for wanted in (["d", "b"], ["c"], []):
        reader = source.reader.with_columns(frozenset(wanted))
        for part, frame in zip(source.parts, frames(source), strict=True):
            kept = [name for name in meta.columns if name in wanted]
            assert_frame_equal(reader(part), frame[kept])


def test_projection_keeps_errors(tmp_path):
    """A record with too many fields is an error also when only some columns are read."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,2,3\n" + "1,2\n" * 100)
    source, _ = csv_source(str(path), sample=50)
    for reader in (source.reader, source.reader.with_columns(frozenset({"a"}))):
        with pytest.raises(pd.errors.ParserError) as caught:
            reader(source.parts[0])
        assert any("line 102 of the file" in note and str(path) in note for note in caught.value.__notes__)


def test_errors_name_the_line_of_the_file(tmp_path):
    """A note says where in the file a block's error is: a long record, an open quote, bytes that are no text."""
    path = tmp_path / "a.csv"
    for bad, error in (
        (b"1,2,3\n", pd.errors.ParserError),
        (b'1,"x\n', pd.errors.ParserError),
        (b"1,\xff\n", UnicodeDecodeError),
    ):
        path.write_bytes(b"a,b\n" + b"1,x\n" * 200 + bad + b"1,x\n" * 200)
        source, _ = csv_source(str(path), blocksize=500, sample=50)
        with pytest.raises(error) as caught:
            frames(source)
        assert any("line 202 " in note and str(path) in note for note in caught.value.__notes__), (
            caught.value.__notes__
        )


def test_a_limited_reader_reads_little(tmp_path, monkeypatch):
    """The first rows of a part cost a read, not the part; of many files it goes on until there are enough."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * (8 * PIECE // 4))
    source, _ = csv_source(str(path), blocksize=None)
    assert len(source.reader.limited(3)(source.parts[0])) == 3
    reads = []
    original = Path.open

    def opened(self, *args, **kwargs):
        file = original(self, *args, **kwargs)
        reads.append(file)
        return file

    monkeypatch.setattr(Path, "open", opened)
    positions = []
    monkeypatch.setattr("pannier.io.csvblocks._read_at", pytest.fail)
    reader = source.reader.limited(3)
    with monkeypatch.context() as patch:
        patch.setattr(
            "pannier.io.csvblocks.ByteStream.close",
            lambda self: positions.append(reads[-1].tell()) if not reads[-1].closed else None,
        )
        reader(source.parts[0])
    assert positions
    assert max(positions) <= 2 * PIECE


def test_rows_of_all_files_together(tmp_path):
    """The number of rows counts over all files, in one partition."""
    pattern = write(tmp_path, a="x\n1\n2\n", b="x\n3\n4\n", c="x\n5\n")
    source, _ = csv_source(pattern, nrows=3)
    assert len(source.parts) == 1
    assert whole(source)["x"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("rows", "sample"), [(1, 256_000), (3, 256_000), (5, 256_000), (3, 20)])
def test_types_of_few_rows_are_those_of_these_rows(tmp_path, rows, sample):
    """What comes behind the rows that are read, in the same file or in others, widens nothing."""
    records = ["1,True", "2,False", "3,True", "4,", "x,True", *["y,"] * 40]
    text = "a,b\n" + "\n".join(records)
    write(tmp_path, a="a,b\n" + "\n".join(records[:2]), b="a,b\n" + "\n".join(records[2:]), c="a,b\nz,z\n")
    source, _ = csv_source(f"{tmp_path}/*", nrows=rows)
    assert_frame_equal(whole(source), pd.read_csv(io.StringIO(text), nrows=rows))
    (tmp_path / "one.csv").write_text(text)
    source, _ = csv_source(f"{tmp_path}/one.csv", nrows=rows, sample=sample)
    assert_frame_equal(whole(source), pd.read_csv(io.StringIO(text), nrows=rows))


def test_the_middle_of_a_file_is_behind_few_rows(tmp_path):
    """It is looked at for types where all rows are read."""
    (tmp_path / "a.csv").write_text("a\n" + "1\n" * 40 + "0.5\n" * 60)
    source, _ = csv_source(f"{tmp_path}/a.csv", nrows=30, sample=10, sample_rows=5)
    assert whole(source)["a"].tolist() == [1] * 30
    assert whole(source)["a"].dtype == "int64"


def test_parts_and_readers_travel_and_say_where_they_are(tmp_path):
    """A part prints its file and bytes, and part and reader can be pickled."""
    path = tmp_path / "a.csv"
    path.write_text(BASE)
    source, _ = csv_source(str(path), blocksize=500)
    assert str(source.parts[1]).startswith(f"{path}, bytes ")
    reader, part = pickle.loads(pickle.dumps((source.reader, source.parts[1])))
    assert_frame_equal(reader(part), source.reader(source.parts[1]))
    assert isinstance(reader, Weighing)
    assert reader.weigh(part) > 500
    assert reader.with_columns(frozenset({"a"})).weigh(part) < reader.weigh(part)
    assert csv_source(str(path), blocksize=500)[0].name == source.name
    assert csv_source(str(path), blocksize=500, sep=";")[0].name != source.name


@pytest.mark.parametrize(
    ("workers", "setting", "limit", "parts"),
    [
        (2, "64 MiB", None, 8),
        (100, "64 MiB", None, 40),
        (2, 1000, None, 41),
        (2, "64 MiB", "1 GiB", 8),
        (2, "64 MiB", "48 KiB", 20),
    ],
)
def test_blocks_are_several_a_worker_and_neither_small_nor_large(
    tmp_path, monkeypatch, workers, setting, limit, parts
):
    """Without a block size there are several blocks a worker, within the settings and what is worth its start."""
    monkeypatch.setattr("pannier.io.csv._LEAST_BLOCK", 1024)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 10_000)
    with config.set(num_workers=workers, blocksize=setting, memory_limit=limit):
        source, _ = csv_source(str(path))
    assert len(source.parts) == parts
    assert sum(len(source.reader.with_columns(frozenset())(part)) for part in source.parts) == 10_000


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"chunksize": 5}, "blocksize="),
        ({"iterator": True}, "blocksize="),
        ({"engine": "pyarrow"}, "leave engine= out"),
        ({"dtype": "category"}, r"astype\('category'\)"),
        ({"dtype": {"a": "category"}}, "'a'"),
        ({"separ": ","}, "no keyword 'separ'"),
        ({"usecol": ["a"]}, "did you mean 'usecols'"),
        ({"encoding": "utf-9"}, "unknown encoding"),
        ({"nrows": -1}, "nrows"),
        ({"blocksize": 0}, "blocksize"),
        ({"compression": "rar"}, "unknown compression"),
        ({"verb": "read_cvs"}, "did you mean 'read_csv'"),
    ],
)
def test_what_cannot_be_had_is_refused(tmp_path, keywords, said):
    """A keyword that means nothing, or cannot be honoured, is refused with what to do instead."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match=said):
        csv_source(str(path), **keywords)


@pytest.mark.parametrize("engine", [{}, {"engine": "python"}])
def test_columns_that_no_file_has(tmp_path, engine):
    """A name in usecols that is not in the header is pandas' error, with what there is and what is near."""
    path = tmp_path / "a.csv"
    path.write_text("who,what\n1,2\n")
    with pytest.raises(ValueError, match="not found: \\['whoo'\\]") as caught:
        csv_source(str(path), usecols=["what", "whoo"], **engine)
    (note,) = caught.value.__notes__
    assert note.endswith("its columns are 'who', 'what'; of usecols there is no 'whoo'; did you mean 'who'?")


def test_files_that_change_meanwhile(tmp_path):
    """A block of a file that has become shorter is an error, not fewer rows."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 100)
    source, _ = csv_source(str(path), blocksize=100)
    path.write_text("a,b\n" + "1,2\n" * 10)
    with pytest.raises(InputError, match="had at least"):
        frames(source)


def test_blocks_of_a_file_cover_it_once(tmp_path):
    """At every block size each record is in one partition, though newlines are quoted and quotes are stray."""
    path = tmp_path / "a.csv"
    cells = ['"x\ny"', 'a"b', '"c,""d"""', "e", '""']
    rows = [f"{i},{first},{second}" for i, (first, second) in enumerate(itertools.product(cells, cells))]
    path.write_text("i,p,q\n" + "\n".join(rows) + "\n")
    expected = pd.read_csv(path)
    for blocksize in (1, 5, 13, 29, 50):
        source, _ = csv_source(str(path), blocksize=blocksize)
        assert_frame_equal(whole(source), expected)


def test_columns_of_files_without_quotes(tmp_path):
    """Where quotes mean nothing, columns are read alone as well."""
    path = write(tmp_path, a="a,b\n" + '1,"x\n2,y\n' * 9)
    source, _ = csv_source(path, blocksize=20, quoting=csv.QUOTE_NONE)
    reader = source.reader.with_columns(frozenset(["a"]))
    assert pd.concat(map(reader, source.parts)).a.tolist() == [1, 2] * 9


def test_columns_called_by_numbers_where_no_record_begins(tmp_path):
    """A record may be longer than a block, and some blocks then have none."""
    path = write(tmp_path, a="1,x,2.5\n" * 3 + f"2,{'y' * 90},3.5\n" * 2)
    source, _ = csv_source(path, blocksize=12, header=None)
    reader = source.reader.with_columns(frozenset([2]))
    assert pd.concat(map(reader, source.parts))[2].tolist() == [2.5] * 3 + [3.5] * 2


@pytest.mark.parametrize("dtype_backend", ["numpy_nullable", "pyarrow"])
def test_narrow_blocks_with_other_backends(tmp_path, dtype_backend):
    """Numbers and texts of a block are as wide as those of the whole, whatever the backend."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "1.5,18446744073709551615,x\n2,3,007\n3,4,1\n4,5,2\n" * 9)
    check(str(path), dtype_backend=dtype_backend)


@pytest.mark.parametrize("keywords", [{"index_col": "a"}, {"index_col": 0}, {"index_col": ["b", "a"]}])
def test_texts_like_numbers_in_an_index(tmp_path, keywords):
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "x,1.5,1\n" + "7,2.5,2\n" * 40)
    check(str(path), **keywords)
    check(str(path), **keywords, dtype={"a": object})


@pytest.mark.parametrize(
    ("header", "keywords"),
    [
        (",b,c", {"index_col": 0}),
        (",,c", {"index_col": [0, 1]}),
        ("a,,c", {"index_col": [1, 0]}),
        (",b,c", {"index_col": "Unnamed: 0"}),
        ("Unnamed: 0,b,c", {"index_col": 0}),
        ("b,,c", {"index_col": 0, "usecols": [1, 2]}),
        ("# first\n,b,c", {"index_col": 0, "skiprows": 1}),
        (",b,c", {"index_col": 0, "header": 0, "names": ["x", "y", "z"]}),
    ],
)
def test_an_index_without_a_name_in_the_header(tmp_path, header, keywords):
    """Has none, as in pandas; one that is called as pandas calls columns without a name keeps it."""
    path = tmp_path / "a.csv"
    path.write_text(header + "\n" + "1,2,x\n3,4,y\n" * 30)
    check(str(path), **keywords)
    whole_file = csv_source(str(path), compression="infer", blocksize=None, **keywords)[1]
    assert list(whole_file.index.names) == list(pd.read_csv(path, **keywords).index.names)


def test_a_misfit_in_an_index_without_a_name(tmp_path):
    """Is said with its line, by the name that dtype= knows it by."""
    path = write(tmp_path, a=",b\n" + "1,2\n" * 50 + "x,2\n")
    source, _ = csv_source(path, index_col=0, sample=20)
    with pytest.raises(InputError, match="line 52: column 'Unnamed: 0' has 'x', and its type is int64"):
        whole(source)


@pytest.mark.parametrize(
    "keywords",
    [
        {"usecols": ["a", "c"]},
        {"usecols": [2]},
        {"usecols": lambda name: name != "a"},
        {"usecols": ["b", "c"], "index_col": "b"},
        {"usecols": ["a", "c"], "converters": {"c": lambda text: text or "none"}},
        {"usecols": ["a", "c"], "keep_default_na": False},
        {"usecols": ["a", "c"], "dtype": {"c": str}},
        {"usecols": ["a", "c"], "skip_blank_lines": False},
    ],
)
@pytest.mark.parametrize("rows", ["5\n", '"5\n6"\n', "\n5\n", "7,8\n"])
def test_blocks_of_short_rows_of_which_some_columns_are_used(tmp_path, rows, keywords):
    """What they have no fields for is missing, as in a file with longer rows."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,x\n" + rows * 60 + "1,2,y\n" + rows.strip())
    check(str(path), **keywords)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("keywords", [{"header": None}, {"header": 0}, {"keep_default_na": False}])
@pytest.mark.parametrize(
    ("names", "usecols"), [("a", [0]), ("a", ["a"]), ("ab", [0]), ("ab", ["b"]), ("abc", [0, 2])]
)
def test_blocks_of_blank_rows_of_which_some_columns_are_used(tmp_path, names, usecols, keywords, end):
    """A blank row has no field at all, and is one of missing values."""
    path = tmp_path / "a.csv"
    row = ",".join(names.upper())
    for text in (row + 2 * end, row + 30 * end, row + 2 * end + row + 9 * end):
        path.write_bytes(text.encode())
        check(str(path), names=list(names), usecols=usecols, skip_blank_lines=False, **keywords)


def test_blocks_of_short_rows_among_comments(tmp_path):
    """A record with a comment behind it is not the one that is looked at."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,x\n" + "# no\n5 # yes\n6\n" * 30)
    check(str(path), usecols=["c"], comment="#")


FLAGS = "a,b\n" + ("True,1\n" * 30 + ",2\n" + "False,3\n" * 30)


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        (FLAGS, {"index_col": "a"}),
        (FLAGS, {"index_col": 0}),
        (FLAGS.replace("a,b", ",b"), {"index_col": 0}),
        (FLAGS.replace("True", "TRUE"), {"index_col": ["b", "a"]}),
        (
            FLAGS.replace("True", "yes").replace("False", "no"),
            {"index_col": 0, "true_values": ["yes"], "false_values": ["no"]},
        ),
        (FLAGS.replace("True", "1").replace("False", "0"), {"index_col": "a"}),
        (FLAGS.replace("True", "x"), {"index_col": "a"}),
        (FLAGS, {"index_col": "a", "dtype": {"b": float}}),
        (FLAGS, {"index_col": "a", "dtype": {"a": object}}),
        (FLAGS, {"index_col": "a", "usecols": ["a", "b"]}),
    ],
)
def test_truth_values_with_gaps_in_an_index(tmp_path, text, keywords):
    """Are numbers in all blocks, though pandas alone would keep those of a block without gaps."""
    path = tmp_path / "a.csv"
    path.write_text(text)
    check(str(path), **keywords)


def test_gaps_in_an_index_of_truth_values_of_one_file(tmp_path):
    """Make numbers of those of all, and numbers do not mix with them."""
    path = write(tmp_path, a="a,b\n" + "True,1\n" * 9, b="a,b\nFalse,1\n,2\n")
    assert whole(csv_source(path, index_col="a")[0], keeps_index=True).index.tolist()[:9] == [1.0] * 9
    path = write(tmp_path, b="a,b\nFalse,1\n,2\n" + "True,1\n" * 50 + "1,3\n")
    with pytest.raises(InputError, match="line 54: column 'a' has '1', and its type is float64"):
        whole(csv_source(path, index_col="a", sample=20)[0])


def test_lines_that_end_with_carriage_returns_are_sampled_as_others(tmp_path):
    path = write(tmp_path, a="x\r" + "1\r" * 50 + "1.5\r")
    assert csv_source(path)[1].x.dtype == "float64"


def test_what_does_not_fit_is_said_with_usecols_too(tmp_path):
    path = write(tmp_path, a="a,b\n" + "1,2\n" * 50 + "x,2\n")
    source, _ = csv_source(path, usecols=["a"], sample=20)
    with pytest.raises(InputError, match=r"line 52: column 'a' has 'x', and its type is int64"):
        whole(source)


@pytest.mark.parametrize("keywords", [{"header": 0}, {"header": None}, {"dtype": str}])
def test_records_of_more_fields_where_no_column_is_an_index(tmp_path, keywords):
    """They are bad lines where a block begins, too; pandas cuts off what is too much only where the first one has it."""
    rows = ["a,b", *["c,d", "e,f,g"] * 20]
    path = write(tmp_path, x="\n".join(rows))
    for blocksize in (4, 6, 90):
        source, _ = csv_source(path, blocksize=blocksize, index_col=False, on_bad_lines="skip", **keywords)
        expected = pd.read_csv(f"{tmp_path}/x.csv", index_col=False, on_bad_lines="skip", **keywords)
        assert_frame_equal(whole(source), expected)
    write(tmp_path, x="\n".join(["a,b", *["c,d"] * 40, "e,f,g"]))
    source, _ = csv_source(path, blocksize=4, index_col=False, sample=20, **keywords)
    with pytest.raises(pd.errors.ParserError, match="Expected 2 fields in line"):
        frames(source)
    write(tmp_path, x="\n".join(["a,b", *["c,d,", "e,f,g"] * 20]))
    check(f"{tmp_path}/x.csv", index_col=False, header=0)


@pytest.mark.parametrize(
    ("first", "second", "keywords"),
    [
        ("a,b", "a,b\r\n1,2\r\n", {"skip_blank_lines": False}),
        ("\r\n", "\r\n2020\r\n2021\r\n", {"header": 0, "names": ["n"]}),
    ],
)
def test_the_header_of_a_file_without_records_is_not_that_of_others(tmp_path, first, second, keywords):
    """It may have more lines there."""
    path = write(tmp_path, a=first, b=second)
    source, _ = csv_source(path, blocksize=None, **keywords)
    assert_frame_equal(whole(source), pd.read_csv(f"{tmp_path}/b.csv", **keywords))


@pytest.mark.parametrize("blocksize", [4, 90])
def test_used_columns_of_named_ones_in_blocks_of_short_rows(tmp_path, blocksize):
    """A record has as many fields as there are names."""
    keywords = {"header": None, "names": [*"abcd"], "usecols": [0, 1]}
    path = write(tmp_path, x="1,2,3,4\n1,2\n1\n1,2,3,4\n")
    expected = pd.read_csv(f"{tmp_path}/x.csv", **keywords)
    source, _ = csv_source(path, blocksize=blocksize, assume_missing=True, **keywords)
    assert_frame_equal(whole(source), expected, check_dtype=False)


@pytest.mark.parametrize("dtype", [{"a": str}, {"a": float, "b": str}, {"a": str, "a.1": float}])
def test_types_of_columns_that_share_a_name(tmp_path, dtype):
    """They are those of all columns that are called so in the header, but of none whose own name has a number."""
    write(tmp_path, x="a,a,b,b.1\n" + "1,2,3,4\n" * 40)
    check(f"{tmp_path}/x.csv", dtype=dtype)


@pytest.mark.parametrize("text", ['"word, "', "word", '"two\nlines"'])
@pytest.mark.parametrize(
    "keywords", [{}, {"usecols": ["t"]}, {"usecols": ["a", "c"]}, {"usecols": ["c"], "comment": "#"}]
)
def test_a_first_record_longer_than_what_is_looked_at(tmp_path, monkeypatch, text, keywords):
    """Nothing is put into it, as is at the end of one without all fields."""
    monkeypatch.setattr("pannier.io.csvblocks._FIRST", 4)
    path = tmp_path / "a.csv"
    path.write_text("a,t,b,c\n" + f"1,{text},2,x\n\n# \n" * 20)
    check(str(path), converters={"c": str}, **{"comment": "#"} | keywords)


def test_a_long_first_record_with_too_many_fields(tmp_path):
    """Is a bad line of its block, however late the last of its fields comes."""
    path = tmp_path / "a.csv"
    path.write_text("t,b\nx,1\n" + f'\n"{"a long text " * 6000}",2,3\n' * 3 + "y,1\n")
    source, _ = csv_source(str(path), blocksize=70_000, sample=4, on_bad_lines="skip")
    assert whole(source)["t"].tolist() == ["x", "y"]


LONG = str(2**63 + 5)
"""Needs 64 bits, without a sign."""

LONGER = str(2**64 + 1)
"""Needs more."""


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1", "", "3"] * 99 + [LONGER], f"line 299: .*'{LONGER}'"),
        (["1", "", "3"] * 99 + [LONG], f"line 299: .*'{LONG}'"),
        (["1", ""] * 99 + [f"-{LONG}"], f"line 200: .*'-{LONG}'"),
        ([""] * 300 + [LONGER], f"line 302: .*'{LONGER}'"),
        ([LONG, ""] * 99, "line 3: .*a missing value"),
        ([LONG, "-1"] * 99 + [""], "line 200: .*a missing value"),
        ([LONG, "-1"] * 99 + [LONGER], f"line 200: .*'{LONGER}'"),
        ([LONG, "", "3"] * 99 + [LONGER], "line 3: .*a missing value"),
        ([LONGER, "", "2"] * 99 + ["1.5"], ""),
        ([LONG] * 99 + ["-3"], "line 101: .*'-3'"),
    ],
)
@pytest.mark.parametrize("keywords", [{}, {"index_col": "a"}])
def test_whole_numbers_that_64_bits_do_not_hold(tmp_path, values, found, keywords):
    """Of such pandas makes objects or texts, by what is anywhere in the file: digits are never lost in silence."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{value},{i}\n" for i, value in enumerate(values)))
    source, _ = csv_source(str(path), blocksize=60, sample=40, **keywords)
    if (
        keywords and pd.read_csv(path, **keywords).index.dtype == float
    ):  # where pandas does not care for digits
        assert_frame_equal(whole(source, keeps_index=True), pd.read_csv(path, **keywords))
        return
    with pytest.raises(InputError, match=rf"{found}.*dtype={{'a': 'str'}}"):
        whole(source, keeps_index=bool(keywords))
    check(str(path), dtype={"a": "str"}, **keywords)


@pytest.mark.parametrize(
    "values",
    [
        ["1", "", "1e20", "3"] * 9,
        ["1", "", "3"] * 9 + ["0.5", f"{2**62}"],
        [LONGER, "", "3"] * 9,
        [LONG, "-1"] * 9,
        ["0.5", "", LONGER] * 9,
        [LONG, "a", ""] * 9,
    ],
)
@pytest.mark.parametrize("keywords", [{}, {"index_col": "a"}])
def test_long_numbers(tmp_path, values, keywords):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{value},{i}\n" for i, value in enumerate(values)))
    check(str(path), **keywords)
