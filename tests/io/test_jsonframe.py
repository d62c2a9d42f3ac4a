"""JSON as frames: what pandas reads of the whole, and every late field and odd value named with its line."""

from __future__ import annotations

import gzip
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.errors import InputError, UsageError
from pannier.io.jsonframe import json_source


def blocks_of(path: object, **options: object) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """The partitions as another process would read them, each checked against meta."""
    source, meta, divisions = json_source(path, **options)
    assert divisions is None
    reader, parts = pickle.loads(pickle.dumps((source.reader, source.parts)))
    blocks = [reader(part) for part in parts]
    for block in blocks:
        pd.testing.assert_frame_equal(block.iloc[:0], meta, check_index_type=False)
    return blocks, meta


def read(path: object, **options: object) -> pd.DataFrame:
    return pd.concat(blocks_of(path, **options)[0], ignore_index=True)


def lines(records: list[object]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


RECORDS = [
    {
        "i": k,
        "f": k / 7,
        "s": "abc"[k % 3],
        "b": k % 2 == 0,
        "n": {"x": [k]},
        "created_at": f"2020-01-{k % 28 + 1:02}",
        "gaps": k if k % 5 else None,
        **({"some": k} if k % 4 == 0 else {}),
    }
    for k in range(60)
]


@pytest.fixture
def folder(tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.json").write_text(lines(RECORDS[k * 20 : k * 20 + 20]))
    return tmp_path


@pytest.mark.parametrize("blocksize", ["default", None, 100, 1000])
def test_lines_are_what_pandas_reads_of_them(folder, blocksize):
    """However they are cut: a field that a record lacks, and a null, count for the types of all."""
    whole = "".join((folder / f"{k}.json").read_text() for k in range(3))
    (folder / "whole").mkdir()
    (folder / "whole" / "w.json").write_text(whole)
    expected = pd.read_json(folder / "whole" / "w.json", lines=True)
    pd.testing.assert_frame_equal(read(str(folder / "*.json"), blocksize=blocksize), expected)


@given(
    records=st.lists(
        st.fixed_dictionaries(
            {"i": st.integers(-9, 9)},
            optional={
                "x": st.integers(-3, 3) | st.sampled_from([0.5, None]),
                "s": st.sampled_from(["a", "b", None]),
                "b": st.booleans() | st.none(),
            },
        ),
        min_size=1,
        max_size=12,
    ),
    blocksize=st.integers(20, 400),
)
@settings(max_examples=25, deadline=None)
def test_any_blocks_have_the_types_of_the_whole(tmp_path_factory, records, blocksize):
    """Whole numbers and gaps, truth values and gaps, texts and nothing at all."""
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(lines(records))
    expected = pd.read_json(path, lines=True)
    found = read(path, blocksize=blocksize)
    pd.testing.assert_frame_equal(found, expected)


def test_compressed_files_are_a_partition_each(folder):
    """By their suffix, with blank lines left out."""
    for k in range(3):
        text = (folder / f"{k}.json").read_text().replace("\n", "\n\n", 3)
        (folder / f"{k}.json.gz").write_bytes(gzip.compress(text.encode()))
    blocks, _ = blocks_of(str(folder / "*.json.gz"), blocksize=100)
    assert [len(block) for block in blocks] == [20, 20, 20]


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns"])
def test_other_orients_are_a_file_a_partition(tmp_path, orient):
    """With the index that is in the files."""
    whole = pd.DataFrame({"x": [1, 2, 3, 4], "s": [*"abcd"]}, index=[5, 6, 7, 8])
    for k in range(2):
        whole.iloc[k * 2 : k * 2 + 2].to_json(tmp_path / f"{k}.json", orient=orient)
    blocks, _ = blocks_of(tmp_path, orient=orient, lines=False)
    expected = [pd.read_json(tmp_path / f"{k}.json", orient=orient) for k in range(2)]
    for block, each in zip(blocks, expected, strict=True):
        pd.testing.assert_frame_equal(block, each)


# --- what no sample has ----------------------------------------------------------------------------------


def late(tmp_path, record: dict, **more: object):
    """A file whose only odd record is out of every sample's sight."""
    path = tmp_path / "a.json"
    usual = {"a": 1, "s": "x", "b": True, "pad": "p" * 1000}
    path.write_text(lines([usual] * 1200 + [{**usual, **record}] + [usual] * 1200))
    return path, {"sample": 1000, "blocksize": "500 kB", **more}


def test_a_field_that_appears_late_is_an_error_that_says_where(tmp_path):
    """It is not dropped; the message has what would read it."""
    path, options = late(tmp_path, {"new": [1, 2]})
    message = (
        r"a\.json, line 1201: there is a field 'new' \(\[1, 2\]\) that no sample .* dtype=\{'new': \.\.\.\}"
    )
    with pytest.raises(InputError, match=message):
        read(path, **options)
    found = read(path, **options, dtype={"new": object})
    assert found["new"].dropna().tolist() == [[1, 2]]
    assert list(read(path, **options, columns=["s", "a"])) == ["s", "a"]
    meta = pd.DataFrame({"a": pd.Series(dtype="float64")})
    assert read(path, **options, meta=meta)["a"].dtype == "float64"
    assert "new" in read(path, **{**options, "sample": "10 MB"})


@pytest.mark.parametrize(
    ("record", "message", "fix"),
    [
        ({"a": None}, "field 'a' has the value None, and its type is int64", "float64"),
        ({"a": 0.5}, "field 'a' has the value 0.5, and its type is int64", "float64"),
        ({"s": 5}, "field 's' has the value 5, and its type is str", "object"),
        ({"b": None}, "field 'b' has the value None, and its type is bool", "boolean"),
    ],
)
def test_a_value_of_another_type_is_an_error_that_says_where(tmp_path, record, message, fix):
    """And what to pass, which then reads it."""
    (name,) = record
    path, options = late(tmp_path, record)
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert f"{path}, line 1201: {message}" in str(caught.value).replace("string", "str")
    assert f"pass dtype={{{name!r}: {fix!r}}}" in str(caught.value)
    found = read(path, **options, dtype={name: fix})
    assert found[name].dtype == fix
    assert len(found) == 2401


def test_a_number_that_is_a_text_in_one_block_stays_a_text(tmp_path):
    """Although pandas makes numbers of texts that look like them."""
    path, options = late(tmp_path, {"s": "007"})
    assert read(path, **options)["s"].iloc[1200] == "007"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": \n', r"a\.json, line 2: not JSON: .* the line is "),
        ('{"a": 1}\n[1]\n', r"a\.json, line 2: a row of a frame is an object, not '\[1\]'"),
        ("\n\n", r"a\.json: there are no lines to tell columns by; give meta="),
    ],
)
def test_lines_that_are_no_rows_are_named(tmp_path, text, message):
    """When they are sampled."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=message):
        json_source(tmp_path)


def test_a_line_that_is_no_row_is_named_when_it_is_read(tmp_path):
    """Deep in a block that no sample has seen."""
    path, options = late(tmp_path, {})
    text = path.read_text().splitlines(keepends=True)
    text[1500] = '{"a": 1,}\n'
    path.write_text("".join(text))
    with pytest.raises(InputError, match=r"a\.json, line 1501: not JSON"):
        read(path, **options)


# --- options ----------------------------------------------------------------------------------------------


def test_rows_can_say_which_file_they_come_from(folder):
    """In a column of categories that all partitions share."""
    found = read(folder, include_path_column=True)
    assert found["path"].cat.categories.tolist() == [str(folder / f"{k}.json") for k in range(3)]
    assert found["path"].value_counts().tolist() == [20, 20, 20]
    named = read(folder, include_path_column="file", path_converter=lambda path: int(path[-6]))
    assert named["file"].astype(int).tolist() == np.repeat([0, 1, 2], 20).tolist()
    with pytest.raises(UsageError, match="another name"):
        json_source(folder, include_path_column="i")


def test_a_reader_gives_some_columns_and_the_first_rows(folder):
    """Without parsing more lines than these."""
    source, _, _ = json_source(folder, include_path_column=True)
    reader = source.reader.with_columns(frozenset(["s", "i"])).limited(3)
    block = reader(source.parts[0])
    assert list(block) == ["i", "s"]
    assert block["i"].tolist() == [0, 1, 2]
    assert source.reader.weigh(source.parts[0]) > 0


def by_hand(text, orient, lines):
    return pd.DataFrame([json.loads(line) for line in text])


def test_another_function_can_read(folder):
    """In place of that of pandas."""
    assert read(folder, engine=by_hand)["n"].iloc[3] == {"x": [3]}
    assert "n" in read(folder, engine="ujson")


def test_keywords_reach_pandas(folder):
    """Those that hold for each partition."""
    assert read(folder)["created_at"].dtype.kind == "M"
    assert read(folder, dtype=False)["created_at"].iloc[0] == "2020-01-01"


def test_a_name_like_that_of_a_time_is_read_by_its_values(tmp_path):
    """Where some are none, all are texts, in each block."""
    path = tmp_path / "a.json"
    path.write_text(lines([{"created_at": at} for at in ["2020-01-01"] * 50 + ["soon"] * 50]))
    pd.testing.assert_frame_equal(read(path, blocksize=300), pd.read_json(path, lines=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orient": "split", "lines": True}, "needs orient='records'"),
        ({"lines": False, "blocksize": 100}, "needs lines=True"),
        ({"nrows": 3}, "no nrows=: take head()"),
        ({"chunksize": 3}, "a partition is a chunk"),
        ({"columns": ["k"]}, "no sample of the files has a field 'k'"),
        ({"compression": "rar"}, "unknown compression"),
    ],
)
def test_bad_options_are_refused(folder, options, message):
    """When the frame is built."""
    with pytest.raises(UsageError, match=re.escape(message)):
        json_source(folder, **options)
