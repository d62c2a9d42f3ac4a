"""Blocks that are read column by column: where they are, where not, and that nobody can tell."""

from __future__ import annotations

from unittest import mock

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pandas._libs.parsers import STR_NA_VALUES
from pandas.testing import assert_frame_equal

from pannier.io import csvlean, csvrecords
from pannier.io.csv import csv_source
from pannier.io.csvoptions import CsvOptions
from pannier.plan.nodes import Source

CELLS = (
    *[
        "",
        "NA",
        "nan",
        "NAN",
        "None",
        "inf",
        "-inf ",
        "nan ",
        "+5",
        " 5",
        "5 ",
        "007",
        "1_000",
        "0x1F",
        "0X1f",
        "1e400",
    ],
    *[
        "1e-400",
        ".5",
        "5.",
        "1e5",
        "-0",
        "-0.0",
        "0.1",
        "2.5000000000000004",
        "123456789012345678",
        "True",
        "tRue",
    ],
    *[
        "false",
        "abc",
        " ",
        "  ",
        "ä",
        " x ",
        '"q"',
        '"a,b"',
        '"a\nb"',
        '"x""y"',
        '""',
        '"1"',
        '" NA"',
        '"\r\n"',
        '"ab"cd',
        'x"y',
    ],
    *['","', '"""', 'a"', "\x00", "x\x00y", "2020-01-01", "#", "\\"],
)
COLUMNS = st.sampled_from(
    [("1", "2", "30"), ("1.5", "2", ""), ("True", "false"), ("a", '"b,c"', "NA"), ("1", "NA")]
)
NASTY = st.lists(st.sampled_from(CELLS), min_size=1, max_size=4)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A file of one to four columns of some cells each, with a wrong record now and then."""
    columns = draw(st.lists(COLUMNS | NASTY, min_size=1, max_size=4))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    cells = st.tuples(*map(st.sampled_from, columns)).map(",".join)
    bad = st.sampled_from(["", "  ", "1", "1,2,3,4,5,6", ",,"])
    rows = draw(st.lists(st.one_of(*[cells] * 12, bad), max_size=25))
    header = ",".join(f"c{i}" for i in range(len(columns)))
    return header + end + end.join(rows) + draw(st.sampled_from(["", end]))


def read(source: Source) -> pd.DataFrame:
    frames = [source.reader(part) for part in source.parts]
    return pd.concat(frames, ignore_index=isinstance(frames[0].index, pd.RangeIndex))


def outcome(func, *args, **kwargs):
    try:
        return func(*args, **kwargs)
    except ValueError as error:
        return error


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts(), st.sampled_from([None, 7, 40]), st.data())
def test_a_file_is_read_as_by_pandas(tmp_path, text, blocksize, data):
    """Whatever is in a file: frames are those of pandas, to the bit, and where pandas raises there are no frames."""
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    expected = outcome(pd.read_csv, path)
    with mock.patch.object(csvrecords, "_WINDOWS", (3, 8, 40)):
        actual = outcome(lambda: read(csv_source(str(path), blocksize=blocksize)[0]))
        if isinstance(expected, ValueError):
            assert isinstance(actual, ValueError)
            return
        assert not isinstance(actual, ValueError), actual
        if not isinstance(expected.index, pd.RangeIndex):  # fields beyond the header, as an index
            actual, expected = actual.reset_index(drop=True), expected.reset_index(drop=True)
            assert_frame_equal(actual, expected)
            return
        assert_frame_equal(actual, expected)
        wanted = data.draw(st.sets(st.sampled_from(list(expected.columns))))
        source, _ = csv_source(str(path), blocksize=blocksize)
        reader = source.reader.with_columns(frozenset(wanted))
        some = pd.concat([reader(part) for part in source.parts], ignore_index=True)
        assert_frame_equal(some, expected[[name for name in expected.columns if name in wanted]])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["1,x,0.5", "2,y,", f"2,{'y' * 90},", '3,"p,q",1', '4,"p\nq",1', '5,"p""q",1']),
        max_size=30,
    ),
    st.integers(0, 30),
    st.sampled_from(["6,z,1,more", "6,z,1,", '6,"z",1,"a,b"', "6,z,y,1\n7", "6,z,,,1"]),
    st.sampled_from([None, 7, 40]),
    st.sampled_from([16, 64, csvlean.PIECE]),
    st.sets(st.sampled_from("abc")),
)
@example(["1,x,0.5"] * 8 + [f"2,{'y' * 90},"], 9, "6,z,,,1", None, 16, set())  # a sample begins with it
def test_a_long_row_is_an_error_whatever_columns_are_wanted(
    tmp_path, rows, position, bad, blocksize, piece, wanted
):
    """Pandas drops fields of a row that has too many, once it is told what columns to read; here they are noticed."""
    path = tmp_path / "a.csv"
    rows.insert(position, bad)
    path.write_text("a,b,c\n1,x,1\n" + "\n".join(rows) + "\n")
    with (
        mock.patch.object(csvlean, "PIECE", piece),
        mock.patch.object(csvrecords, "_WINDOWS", (3, 8, 40)),
        pytest.raises(pd.errors.ParserError, match=r"Expected 3 fields.*saw [4-6]"),
    ):
        read(only(csv_source(str(path), blocksize=blocksize, sample=6)[0], *wanted))


@pytest.fixture
def parses(monkeypatch):
    """How pandas is asked to read, once the sources are made."""
    asked = []
    original = CsvOptions.parse

    def parse(self, data, **others):
        if others.get("nrows") != 1:
            asked.append(others)
        return original(self, data, **others)

    monkeypatch.setattr(CsvOptions, "parse", parse)
    return asked


def is_lean(asked: list) -> bool:
    """Whether no block was read as a whole."""
    lean = [others.get("low_memory", False) for others in asked]
    asked.clear()
    return lean != [] and all(lean)


def only(source: Source, *columns: str) -> Source:
    """The same source, of which the frames' ``columns`` are wanted."""
    return Source(verb=source.verb, reader=source.reader.with_columns(frozenset(columns)), parts=source.parts)


CLEAN = "i,f,b,s,g\n" + '1,0.5,True,"x, ""y""\nz",\n-2,,False,NA,True\n3,1e5,TRUE,é,\n' * 40


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"blocksize": 200},
        {"usecols": ["i", "s"]},
        {"dtype": {"i": "int32", "f": "float32", "s": "str"}},
        {"na_values": ["é"], "keep_default_na": False, "usecols": ["s"]},
        {"header": 0, "names": list("vwxyz")},
        {"on_bad_lines": "skip"},
        {"thousands": "_", "true_values": ["yes"], "skipinitialspace": True},
    ],
    ids=lambda keywords: ",".join(keywords) or "none",
)
@pytest.mark.parametrize("piece", [16, 300, csvlean.PIECE])
def test_clean_files_are_read_column_by_column(tmp_path, monkeypatch, parses, piece, keywords):
    """Numbers, truth values, texts, gaps, quotes and quoted newlines; all is as by pandas."""
    monkeypatch.setattr(csvlean, "PIECE", piece)
    path = tmp_path / "a.csv"
    path.write_text(CLEAN)
    source, meta = csv_source(str(path), **keywords)
    keywords.pop("blocksize", None)
    expected = pd.read_csv(path, **keywords)
    for name in meta.columns:
        parses.clear()
        assert_frame_equal(read(only(source, name)), expected[[name]])
        assert is_lean(parses) is (name not in ("g", "z"))
    assert len(read(only(source))) == len(expected)
    assert is_lean(parses)


def test_texts_that_end_with_a_newline(tmp_path, parses):
    """Where quotes open and close alike, so that a part of the file may be read in two ways."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + '1,"x, ""y""\n",z\n' * 20_000)
    source, _ = csv_source(str(path), blocksize=100_000)
    parses.clear()
    assert_frame_equal(read(only(source, "c")), pd.read_csv(path)[["c"]])
    assert is_lean(parses)
    path.write_text("a,b,c\n" + '1,"x, ""y""\n",z\n' * 20_000 + '1,"x, ""y""\n,z\n')
    with pytest.raises(pd.errors.ParserError, match="EOF inside string"):
        read(csv_source(str(path), blocksize=100_000)[0])


@pytest.mark.parametrize(
    ("row", "column"),
    [("0.5,x\n", "a"), ('1,"x\n', "a"), ("1,x,\n", "a"), ("1,\udcff\n", "b")],
    ids=ascii,
)
def test_errors_are_those_of_the_whole_block(tmp_path, parses, row, column):
    """Another type, an open quote, a row too long and bytes that are no text: the block is read once more."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 100 + row.encode("utf-8", "surrogateescape"))
    source, _ = csv_source(str(path), sample=50)
    parses.clear()
    with pytest.raises(ValueError, match="line 102"):
        read(only(source, column))
    assert not is_lean(parses)


@pytest.mark.parametrize("rows", ["1,x,2\n1\n", "1,x,2\n\n", "1\n", '1,"x,y",2\n', '1,"x\ny",2'], ids=repr)
def test_all_columns_are_looked_at_where_rows_are_uneven(tmp_path, parses, rows):
    """A short row, a blank line and separators or line ends in quotes: all columns show that no row is too long, some are made."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "1,x,2\n" * 100 + rows)
    source, _ = csv_source(str(path), sample=50)
    parses.clear()
    assert_frame_equal(read(only(source, "a")), pd.read_csv(path)[["a"]])
    assert "usecols" not in parses[-1]
    assert is_lean(parses)


@pytest.mark.parametrize("columns", [3, 4, 5, 9])
@pytest.mark.parametrize("quote", ["", '"'])
def test_quotes_without_separators_are_no_reason_to_look_at_all_columns(tmp_path, parses, columns, quote):
    """Rows have as many separators then as they have without."""
    path = tmp_path / "a.csv"
    row = ",".join(["1", *[f"{quote}x{quote}"] * (columns - 1)])
    path.write_text(",".join("abcdefghi"[:columns]) + "\n" + f"{row}\n" * 1000)
    source, _ = csv_source(str(path), sample=50)
    parses.clear()
    assert_frame_equal(read(only(source, "a")), pd.read_csv(path)[["a"]])
    assert all("usecols" in each for each in parses)


@pytest.mark.parametrize("columns", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("more", [1, 2, 4, 8])
@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_rows_that_are_too_long_are_errors_however_many(tmp_path, columns, more, n):
    """Also where what they have too much is as much as whole rows have."""
    path = tmp_path / "a.csv"
    row = ",".join(["1"] * columns)
    path.write_text(
        ",".join("abcdefghi"[:columns])
        + "\n"
        + f"{row}\n" * 1000
        + f"{row}{',2' * more}\n" * n
        + f"{row}\n" * 1000
    )
    source, _ = csv_source(str(path), sample=50)
    with pytest.raises(pd.errors.ParserError, match="line 1,002"):
        read(only(source, "a"))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "1.0"], "int64"),
        (["1", "0x1F"], "int64"),
        (["1", "18446744073709551615"], "int64"),
        (["0.5", "x"], "float64"),
        (["True", "1"], "bool"),
    ],
)
def test_other_values_are_errors(tmp_path, values, kind):
    """What is not of the sampled type, in a later chunk than the first."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + f"{values[0]},1\n" * 200_000 + f"{values[1]},1\n")
    source, meta = csv_source(str(path), sample=50)
    assert meta["a"].dtype == kind
    with pytest.raises(ValueError, match=f"line 200,002.*{values[1]!r}"):
        read(source)


@pytest.mark.filterwarnings("error")
def test_texts_that_look_like_numbers(tmp_path, parses):
    """They are texts wherever they stand, as they are written: a chunk of its own, or among others."""
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x\n" * 100 + "007\n" * 600_000 + "1e5\nTrue\n")
    source, _ = csv_source(str(path), sample=50)
    parses.clear()
    found = read(source)["a"]
    assert is_lean(parses)
    assert_frame_equal(found.to_frame(), pd.read_csv(path, dtype=str))


@pytest.mark.parametrize("word", ["", *sorted(STR_NA_VALUES)], ids=repr)
@pytest.mark.parametrize("keywords", [{}, {"na_values": ["7"]}, {"dtype": {"a": "float32"}}], ids=repr)
def test_all_words_for_gaps(tmp_path, parses, word, keywords):
    """Also those that begin as numbers do, for which the block is read as a whole."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "0.5,1\n-1.5,7\n" * 100 + f"{word},1\n1.25,-1\n")
    source, _ = csv_source(str(path), sample=50, **keywords)
    parses.clear()
    assert_frame_equal(read(only(source, "a")), pd.read_csv(path, **keywords)[["a"]])
    assert is_lean(parses) is (not word.startswith(("-", "1")) or "na_values" in keywords)


def test_a_quote_open_at_the_end_is_never_a_value(tmp_path):
    """What follows an open quote is no text, also of columns that nobody wants."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + '1,"x"\n' * 100 + '1,"y\n')
    source, _ = csv_source(str(path), sample=50)
    with pytest.raises(pd.errors.ParserError, match="EOF inside string"):
        read(only(source, "a"))


@pytest.mark.parametrize("more", [{}, {"date_format": "%Y-%m-%d"}, {"dayfirst": True}], ids=repr)
def test_times_are_read_with_the_others(tmp_path, parses, more):
    """Named ones, if they are wanted: as pandas parses the whole column, gaps among them."""
    path = tmp_path / "a.csv"
    days = pd.date_range("2015-01-01", periods=5000).strftime("%Y-%m-%d")
    path.write_text("d,e,a\n" + "".join(f"{day},{'' if i % 7 else day},{i}\n" for i, day in enumerate(days)))
    expected = pd.read_csv(path, parse_dates=["d", "e"], **more)
    for wanted in (["a"], ["d"], ["d", "a"], ["d", "e", "a"]):
        source, _ = csv_source(str(path), parse_dates=["d", "e"], blocksize=50_000, **more)
        parses.clear()
        assert_frame_equal(read(only(source, *wanted)), expected[wanted])
        assert is_lean(parses)


def test_a_text_among_times_is_an_error(tmp_path):
    """In a later block too, with its line."""
    path = tmp_path / "a.csv"
    path.write_text("d,a\n" + "2015-01-01,1\n" * 1000 + "soon,1\n")
    source, meta = csv_source(str(path), parse_dates=["d"], sample=100)
    assert meta["d"].dtype.kind == "M"
    with pytest.raises(ValueError, match="column 'd' has"):
        read(only(source, "d"))


@pytest.mark.parametrize("rest", [{}, {"memory_map": True}, {"index_col": "i"}])
def test_truth_values_behind_gaps_alone_are_an_error(tmp_path, rest):
    """Not the numbers 1.0 and 0.0, if the samples had no value at all; numbers are what they are."""
    path = tmp_path / "a.csv"
    for late in ("True", "False"):
        path.write_text("i,a\n" + "1,\n" * 1000 + f"1,{late}\n")
        source, meta = csv_source(str(path), sample=100, blocksize=500, **rest)
        assert meta["a"].dtype == float
        with pytest.raises(ValueError, match=f"column 'a' has '{late}'"):
            read(source)
    path.write_text("i,a\n" + "1,\n" * 1000 + "1,7\n1,0.5\n")
    source, _ = csv_source(str(path), sample=100, blocksize=500, **rest)
    assert read(source)["a"].dropna().tolist() == [7.0, 0.5]


@pytest.mark.parametrize("rest", [{}, {"memory_map": True}, {"index_col": "i"}, {"quotechar": "'"}])
@pytest.mark.parametrize("late", ["True", "FALSE", "yes"])
def test_truth_values_alone_among_fractions_are_an_error(tmp_path, rest, late):
    """Not the numbers 1.0 and 0.0, if a block has nothing else; numbers are what they are."""
    path = tmp_path / "a.csv"
    words = {"true_values": ["yes", "1"], "false_values": ["no"]}
    path.write_text("i,a\n" + "1,0.5\n" * 1000 + f"1,{late}\n1,\n" * 60)
    source, _ = csv_source(str(path), sample=100, blocksize=500, **rest, **words)
    with pytest.raises(ValueError, match=rf"line 1,002: column 'a' has '{late}'.*dtype=\{{'a': 'str'\}}"):
        read(source)
    path.write_text("i,a\n" + "1,0.5\n" * 1000 + "1,1\n1,\n1,0.0\n" * 60)
    source, _ = csv_source(str(path), sample=100, blocksize=500, **rest, **words)
    assert read(source)["a"].dropna().tolist() == [0.5] * 1000 + [1.0, 0.0] * 60


def test_a_chunk_of_truth_values_alone_is_an_error(tmp_path):
    """Pandas would make numbers of them, whatever other chunks of the block have."""
    path, width, rows = tmp_path / "a.csv", 256, 1 << 11  # as many are a chunk
    names = ",".join(f"c{i}" for i in range(width))
    for rest, late in (("," * (width - 1), "True"), (",2" * (width - 1), "False")):
        path.write_text(f"{names}\n" + f"0.5{rest}\n" * rows + f"{late}{rest}\n")
        source, _ = csv_source(str(path), sample=100, blocksize=1 << 24)
        with pytest.raises(ValueError, match=f"column 'c0' has '{late}'"):
            read(only(source, "c0"))


def test_numbers_like_truth_values_beside_words(tmp_path, parses):
    """Columns of 1, 0 and gaps are fractions, also where other columns have truth values or such texts."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,s\n" + "0.5,True,x\n" + "1,False,true\n,True,y\n" * 500)
    source, _ = csv_source(str(path), sample=10, blocksize=1000)
    parses.clear()
    assert_frame_equal(read(source), pd.read_csv(path))
    assert all(others.get("low_memory") or others.get("usecols") == ["a"] for others in parses)


@pytest.mark.parametrize("rest", ["", "3.5,x\n4,5\n", "1,2\n\n\n"])
def test_blank_records_before_those_with_an_index(tmp_path, rest):
    """The header says that the first field is the index, where blank records do not."""
    path = tmp_path / "a.csv"
    path.write_text("p,q\n" + "\n" * 20 + rest)
    keywords = {"names": ["a"], "header": 0, "skip_blank_lines": False}
    source, _ = csv_source(str(path), blocksize=4, **keywords)
    assert_frame_equal(read(source), pd.read_csv(path, **keywords))


@pytest.mark.filterwarnings("ignore:Length of header")
@pytest.mark.parametrize("rest", [{}, {"index_col": False}, {"engine": "python"}])
@pytest.mark.parametrize("usecols", [["b"], ["a"], ["a", "b"]])
def test_some_columns_of_records_with_an_index(tmp_path, usecols, rest):
    """The first field is the index where the header has no name for it, also if only some columns are read."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "7,1,2\n8,3,4\n" * 50)
    source, _ = csv_source(str(path), sample=50, blocksize=100, usecols=usecols, **rest)
    expected = pd.read_csv(path, usecols=usecols, **rest)
    found = pd.concat([source.reader(part) for part in source.parts])
    if expected.index.equals(pd.RangeIndex(len(expected))):
        found = found.reset_index(drop=True)
    assert_frame_equal(found, expected)


@pytest.mark.parametrize("columns", [("a",), ("a", "b")])
def test_blanks_at_the_end_of_what_is_read_at_once(tmp_path, columns):
    """They are part of the text that follows, wherever the bytes are cut."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + " xyz,1\n" * 100_000)  # 2 ** 18 is a multiple of its length, and one
    source, _ = csv_source(str(path), sample=50)
    assert set(read(only(source, *columns))["a"]) == {" xyz"}


@pytest.mark.parametrize("keywords", [{}, {"encoding": "latin-1"}, {"compression": "gzip"}], ids=str)
@pytest.mark.parametrize("columns", [("n",), ("n", "t", "x")])
def test_blocks_of_several_chunks(tmp_path, parses, keywords, columns):
    """More than pandas is given first, and more than it parses at a time."""
    path = tmp_path / "a.csv"
    whole = pd.DataFrame({"n": range(300_000), "t": [f"é{i % 7}" for i in range(300_000)], "x": 0.5})
    whole.to_csv(path, index=False, **keywords)
    source, _ = csv_source(str(path), blocksize=None, **keywords)
    parses.clear()
    assert_frame_equal(read(only(source, *columns)), whole[list(columns)])
    assert is_lean(parses)


def test_columns_that_nobody_wants_are_not_converted(tmp_path, parses):
    """Pandas is told which columns are wanted, and needs one to count rows by."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,x,0.5\n2,y,1.5\n")
    source, _ = csv_source(str(path))
    parses.clear()
    assert read(only(source, "c", "a")).to_dict("list") == {"a": [1, 2], "c": [0.5, 1.5]}
    assert len(read(only(source))) == 2
    assert [others["usecols"] for others in parses] == [["a", "c"], ["a"]]
