"""Blocks that Arrow parses: where it does, where it leaves the block to pandas, and that nobody can tell."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from pannier.io import csvarrow, csvrecords
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


@pytest.fixture
def pandas_reads(monkeypatch):
    """What pandas is asked to read, once the sources are made."""
    asked = []
    original = CsvOptions.parse

    def parse(self, data, **others):
        asked.append(others)
        return original(self, data, **others)

    monkeypatch.setattr(CsvOptions, "parse", parse)
    return asked


def is_native(path: Path, asked: list, **keywords) -> bool:
    source, _ = csv_source(str(path), **keywords)
    asked.clear()
    read(source)
    return not asked


CLEAN = "i,f,b,s,g\n" + '1,0.5,True,"x, ""y""\nz",\n-2,,False,NA,True\n3,1e5,TRUE,é,false\n' * 40


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
    ],
    ids=lambda keywords: ",".join(keywords) or "none",
)
def test_clean_files_never_meet_pandas(tmp_path, pandas_reads, keywords):
    """Numbers, truth values, texts, gaps, quotes and quoted newlines are Arrow's to parse; all is as by pandas."""
    path = tmp_path / "a.csv"
    path.write_text(CLEAN)
    assert is_native(path, pandas_reads, **keywords)
    keywords.pop("blocksize", None)
    assert_frame_equal(read(csv_source(str(path), **keywords)[0]), pd.read_csv(path, **keywords))


def test_texts_that_end_with_a_newline(tmp_path, pandas_reads):
    """Where quotes open and close alike, so that a part of the file may be read in two ways, Arrow reads it too."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + '1,"x, ""y""\n",z\n' * 20_000)
    assert is_native(path, pandas_reads, blocksize=100_000)
    assert_frame_equal(read(csv_source(str(path), blocksize=100_000)[0]), pd.read_csv(path))
    path.write_text("a,b,c\n" + '1,"x, ""y""\n",z\n' * 20_000 + '1,"x, ""y""\n,z\n')
    with pytest.raises(pd.errors.ParserError, match="EOF inside string"):
        read(csv_source(str(path), blocksize=100_000)[0])


@pytest.mark.parametrize("row", ["1,x\n2\n", "+1,x\n", '1,"x\n', "1,\udcff\n"], ids=ascii)
def test_what_arrow_refuses_is_left_to_pandas(tmp_path, pandas_reads, row):
    """Short rows, signs, open quotes and bytes that are no text go to pandas, which may raise."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 100 + row.encode("utf-8", "surrogateescape"))
    source, _ = csv_source(str(path), sample=50)
    pandas_reads.clear()
    outcome(read, source)
    assert pandas_reads


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "0x1F"], "int64"),
        (["1", "0X1f"], "int64"),
        (["0.5", "NAN"], "float64"),
        (["0.5", "-inf "], "float64"),
    ],
)
def test_what_arrow_would_accept_and_pandas_not(tmp_path, values, kind):
    """Spellings of numbers that only Arrow knows are errors where a column is numbers, as they are texts to pandas."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + f"{values[0]},1\n" * 100 + f"{values[1]},1\n")
    source, meta = csv_source(str(path), sample=50)
    assert meta["a"].dtype == kind
    with pytest.raises(ValueError, match=f"line 102.*{values[1]!r}"):
        read(source)


def test_hexadecimals_in_texts_do_not_cost_a_block(tmp_path, pandas_reads):
    """A text with 0x in it keeps Arrow, also beside whole numbers."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,0xfe\n" * 100)
    assert is_native(path, pandas_reads)
    assert read(csv_source(str(path))[0])["b"].tolist() == ["0xfe"] * 100


def test_quotes_that_come_late(tmp_path, monkeypatch, pandas_reads):
    """A block that begins without quotes and has quoted newlines later is read again, by Arrow."""
    monkeypatch.setattr(csvarrow, "PIECE", 64)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,x\n" * 100 + '2,"y\nz"\n3,w\n')
    assert is_native(path, pandas_reads)
    assert read(csv_source(str(path))[0])["b"].tolist()[-2:] == ["y\nz", "w"]


def test_a_quote_open_at_the_end_is_never_a_value(tmp_path):
    """Arrow takes what follows an open quote for a text; pandas is asked instead, and raises."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + '1,"x"\n' * 100 + '1,"y\n')
    source, _ = csv_source(str(path), sample=50)
    with pytest.raises(pd.errors.ParserError, match="EOF inside string"):
        read(
            source.__class__(
                verb="read_csv", reader=source.reader.with_columns(frozenset({"a"})), parts=source.parts
            )
        )


def test_no_threads_but_the_tasks_own(tmp_path):
    """Arrow parses a block in the thread of its task."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,x\n" * 10)
    source, _ = csv_source(str(path))
    with mock.patch("pyarrow.csv.ReadOptions", wraps=pa.csv.ReadOptions) as made:
        read(source)
    assert made.call_args.kwargs["use_threads"] is False


def test_fractions_round_correctly(tmp_path):
    """A fraction is the nearest double, whoever parses its block."""
    rng = np.random.default_rng(1)
    values = [repr(float(x)) for x in rng.uniform(-1, 1, 500) * 10.0 ** rng.integers(-300, 300, 500)]
    path = tmp_path / "a.csv"
    for extra in ("", "short\n"):
        path.write_text("a,b\n" + "".join(f"{value},x\n" for value in values) + extra.replace("short", "1"))
        assert read(csv_source(str(path))[0])["a"].tolist()[:500] == [float(value) for value in values]
