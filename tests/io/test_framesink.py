"""Writing partitions of frames: what pandas and our own readers read back, in files that are whole or absent."""

from __future__ import annotations

import gzip
import os
import pickle
import re
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import orc

from pannier.errors import InputError, LostResult, UsageError
from pannier.host import Host, entered
from pannier.io.compression import CODECS, decompress
from pannier.io.framesink import FrameSink, csv_sink, json_sink
from pannier.io.orc import orc_source
from pannier.io.orc_sink import orc_sink


def write(sink: FrameSink, blocks: list[pd.DataFrame]) -> list[str]:
    """What the tasks of a plan with these steps return in the end."""
    kernel, reduction = pickle.loads(pickle.dumps((sink.kernel, sink.reduction)))
    written = [kernel(block, *[each[i] for each in sink.params]) for i, block in enumerate(blocks)]
    if reduction is None:
        return written
    return reduction.finish(reduction.combine([reduction.chunk(each) for each in written]))


@pytest.fixture
def whole():
    return pd.DataFrame(
        {"x": [1, 2, 3, 4, 5], "s": ["a", None, 'é"', "d,d", "e\nf"], "f": [0.1, np.nan, 3, 4, 5]}
    )


@pytest.fixture
def blocks(whole):
    return [whole.iloc[:2], whole.iloc[2:2], whole.iloc[2:]]


# --- CSV ---------------------------------------------------------------------------------------------------


def test_each_partition_becomes_a_csv_file(tmp_path, blocks):
    """As pandas writes it, whatever the newline of the system."""
    paths = write(csv_sink(tmp_path / "out", 3, index=False), blocks)
    assert paths == [str(tmp_path / f"out/{i}.part") for i in range(3)]
    for path, block in zip(paths, blocks, strict=True):
        assert Path(path).read_bytes() == block.to_csv(index=False).encode()


@pytest.mark.parametrize("name", [None, *CODECS])
@pytest.mark.parametrize("single_file", [False, True])
def test_csv_files_are_compressed(tmp_path, whole, blocks, name, single_file):
    """By the suffix, or by name; also when partitions are put together."""
    suffix = f".csv{'' if name is None else CODECS[name].suffixes[0]}"
    path = tmp_path / (f"all{suffix}" if single_file else f"*{suffix}")
    paths = write(csv_sink(path, 3, single_file=single_file, index=False), blocks)
    texts = [Path(path).read_bytes() for path in paths]
    if name is not None:
        texts = [b"".join(decompress(iter([text]), name, path)) for text in texts]
    frames = [whole] if single_file else blocks
    assert [text.decode() for text in texts] == [frame.to_csv(index=False) for frame in frames]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_one_file_has_the_partitions_in_order(tmp_path, whole, blocks, encoding):
    """With one header and one byte order mark."""
    path = tmp_path / "all.csv"
    assert write(csv_sink(path, 3, single_file=True, encoding=encoding), blocks) == [str(path)]
    assert path.read_bytes() == whole.to_csv().encode(encoding)
    assert os.listdir(tmp_path) == ["all.csv"]


def test_pieces_of_one_file_are_in_the_folder_of_the_run(tmp_path, whole, blocks):
    """Where every process reads them, and from where they go when the file is there."""
    host = Host(str(tmp_path / "run"), 0)
    host.make_folder()
    with entered(host):
        sink = csv_sink(tmp_path / "all.csv", 3, single_file=True)
        pieces = [sink.kernel(block, i, not i) for i, block in enumerate(blocks)]
        assert {str(Path(piece).parent) for piece in pieces} == {str(tmp_path / "run/to_csv")}
        assert not (tmp_path / "all.csv").exists()
        sink.reduction.finish(pieces)
        assert not any(map(os.path.exists, pieces))
        with pytest.raises(LostResult, match="a piece of"):
            sink.reduction.finish(pieces)
    assert (tmp_path / "all.csv").read_text() == whole.to_csv()


def test_headers_are_written_as_asked(tmp_path, blocks):
    """Of the first file only, of none, or with other names."""
    first = write(csv_sink(tmp_path / "a*", 3, header_first_partition_only=True), blocks)
    assert [Path(path).read_text().startswith(",x") for path in first] == [True, False, False]
    none = write(csv_sink(tmp_path / "b", 3, single_file=True, header=False), blocks)
    assert not Path(none[0]).read_text().startswith(",x")
    named = write(csv_sink(tmp_path / "c*", 3, header=["p", "q", "r"]), blocks)
    assert all(Path(path).read_text().startswith(",p,q,r") for path in named)


@pytest.mark.parametrize("single_file", [False, True])
def test_files_are_appended_to(tmp_path, blocks, single_file):
    """What was there comes first; one file has one header still."""
    path = tmp_path / ("all.csv" if single_file else "*.csv")
    write(csv_sink(path, 3, single_file=single_file), blocks)
    (again, *_) = write(csv_sink(path, 3, single_file=single_file, mode="a"), blocks)
    lines = Path(again).read_text().splitlines()
    assert [line.startswith(",x") for line in lines].count(True) == (1 if single_file else 2)
    with pytest.raises(FileExistsError, match="mode='x' writes new ones only"):
        write(csv_sink(path, 3, single_file=single_file, mode="x"), blocks)


def test_json_lines_are_appended(tmp_path, whole, blocks):
    """Behind those of the files there are, as pandas does; what is no lines cannot be."""
    sink = json_sink(tmp_path / "*.json", 3, mode="a")
    paths = write(sink, blocks)
    assert write(sink, blocks) == paths
    for path, block in zip(paths, blocks, strict=True):
        text = block.to_json(orient="records", lines=True) if len(block) else "\n"
        assert Path(path).read_text() == 2 * text
    with pytest.raises(UsageError, match="mode must be 'w', or 'a' for a record a line"):
        json_sink(tmp_path / "*.json", 3, orient="split", mode="a")


@pytest.mark.parametrize("sink", [csv_sink, json_sink])
@pytest.mark.parametrize("root", ["", "memory://"])
@pytest.mark.parametrize(
    ("path", "named"), [("out[1]", "3.part"), ("out[1]/a-*.txt", "a-3.txt"), ("out-*", "out-3")]
)
def test_old_files_are_not_left_among_new_ones(tmp_path, whole, blocks, sink, root, path, named):
    """Those of other names are, and what is written again is replaced."""
    path = f"{root}{tmp_path}/{path if root == '' else path.replace('[1]', '')}"
    first = write(sink(path, 4, mode="w"), [*blocks, whole])
    write(sink(path, 4), [*blocks, whole])
    before = fsspec.open(first[3]).open().read()
    with pytest.raises(UsageError, match=rf"among them {named}: remove them, .* mode='a'"):
        sink(path, 3)
    assert write(sink(path, 3, mode="a"), blocks) == first[:3]
    assert write(sink(first[:3], 3), blocks) == first[:3]
    assert fsspec.open(first[3]).open().read() == before
    fsspec.core.url_to_fs(first[3])[0].rm(fsspec.core.url_to_fs(first[3])[1])
    write(sink(path, 3), blocks)


@pytest.mark.parametrize("single_file", [False, True])
@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_what_is_appended_has_no_mark(tmp_path, blocks, encoding, suffix, single_file):
    """A byte order mark is at the beginning of a file only: within, it would be text of the first label."""

    def appended(encoding):
        path = tmp_path / encoding / f"{'all' if single_file else '*'}.csv{suffix}"
        for _ in range(2):
            paths = write(csv_sink(path, 3, single_file=single_file, mode="a", encoding=encoding), blocks)
        made = [Path(each).read_bytes() for each in paths]
        return [(gzip.decompress(each) if suffix else each).decode(encoding) for each in made]

    assert appended(encoding) == appended("utf-8")


@pytest.mark.parametrize("single_file", [False, True])
def test_a_partition_that_cannot_be_written_leaves_no_file(tmp_path, single_file):
    """Neither the old one changed nor a new one."""
    path = tmp_path / ("all.csv" if single_file else "*.csv")
    bad = pd.DataFrame({"s": ["a", "☃"]})
    with pytest.raises(UnicodeEncodeError):
        write(csv_sink(path, 1, single_file=single_file, encoding="latin-1"), [bad])
    assert os.listdir(tmp_path) == []


def test_files_are_written_elsewhere(whole, blocks):
    """By fsspec, one a partition or one for all."""
    fs = fsspec.filesystem("memory")
    try:
        paths = write(csv_sink("memory://out/*.csv", 3, index=False), blocks)
        assert paths[1] == "memory://out/1.csv"
        write(csv_sink("memory://out/all.csv", 3, single_file=True, index=False), blocks)
        assert fs.cat("/out/all.csv").decode() == whole.to_csv(index=False)
    finally:
        fs.rm("/out", recursive=True)


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("out", {"mode": "r"}, "mode must be"),
        ("*.csv", {"single_file": True}, "path is that of the one file"),
        ("a", {"single_file": True, "header_first_partition_only": False}, "one header"),
        ("a", {"compression": "rar"}, "unknown compression"),
        ("a", {"encoding": "utf-0"}, "utf-0"),
        ("*/*", {}, "one '*'"),
    ],
)
def test_bad_options_are_refused(path, options, message):
    """When the plan is made."""
    with pytest.raises(UsageError, match=re.escape(message)):
        csv_sink(path, 2, **options)


# --- JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orient", "lines"),
    [
        ("records", None),
        ("records", False),
        ("split", None),
        ("columns", False),
        ("index", None),
        ("table", None),
    ],
)
def test_each_partition_becomes_a_json_file(tmp_path, whole, orient, lines):
    """A record a line by default, or in any orient of pandas."""
    blocks = [whole.iloc[:2], whole.iloc[2:]]
    paths = write(json_sink(tmp_path / "*.json.gz", 2, orient=orient, lines=lines), blocks)
    is_lines = orient == "records" if lines is None else lines
    found = [pd.read_json(path, orient=orient, lines=is_lines) for path in paths]
    pd.testing.assert_frame_equal(
        pd.concat(found, ignore_index=True), whole, check_dtype=False, check_index_type=False
    )


def test_an_empty_partition_is_an_empty_json_file(tmp_path, blocks):
    """Without lines."""
    paths = write(json_sink(tmp_path, 3), blocks)
    assert Path(paths[1]).read_bytes().strip() == b""


def test_lines_need_records():
    """As in pandas, but when the plan is made."""
    with pytest.raises(UsageError, match="needs orient='records'"):
        json_sink("out", 1, orient="split", lines=True)


# --- ORC -----------------------------------------------------------------------------------------------------


def test_each_partition_becomes_an_orc_file(tmp_path, whole, blocks):
    """With the index as a column, or without; empty ones have columns too."""
    paths = write(orc_sink(tmp_path / "a", whole.iloc[:0], 3), blocks)
    assert [Path(path).name for path in paths] == ["part.0.orc", "part.1.orc", "part.2.orc"]
    found = pd.concat([pd.read_orc(path) for path in paths], ignore_index=True)
    pd.testing.assert_frame_equal(found, whole.reset_index())
    paths = write(orc_sink(tmp_path / "b-*.orc", whole.iloc[:0], 3, write_index=False), blocks)
    source, _, _ = orc_source(paths)
    found = pd.concat(map(source.reader, source.parts))
    pd.testing.assert_frame_equal(found, whole)


@pytest.mark.parametrize("value", [5, 0.5, True, "a", b"x", [1, 2], pd.Timestamp(2020, 1, 1).date()])
@pytest.mark.parametrize("place", [0, 4])
def test_columns_of_objects_of_orc_files_have_one_type(tmp_path, value, place):
    """That of the values of any partition; a partition without, or without rows, has it too."""
    objects = pd.Series([None] * 5, dtype=object)
    objects[place] = value
    whole = pd.DataFrame({"x": range(5), "o": objects, "none": pd.Series([None] * 5, dtype=object)})
    blocks = [whole.iloc[:2], whole.iloc[2:2], whole.iloc[2:4], whole.iloc[4:]]
    paths = write(orc_sink(tmp_path / "a", whole.iloc[:0], 4, write_index=False), blocks)
    kinds = {orc.ORCFile(path).schema for path in paths}
    assert len(kinds) == 1
    assert kinds.pop().field("none").type == "string"
    source, meta, _ = orc_source(paths)
    found = pd.concat(map(source.reader, source.parts))
    assert found.dtypes.equals(meta.dtypes)
    expected = pa.Table.from_pandas(whole[["x", "o"]])
    pd.testing.assert_frame_equal(found[["x", "o"]], expected.to_pandas())
    assert found["none"].isna().all()


def test_columns_of_objects_of_two_types_are_no_orc_files(tmp_path):
    """Which would not be one frame when they are read."""
    blocks = [pd.DataFrame({"o": pd.Series([value], dtype=object)}) for value in (1, "a")]
    sink = orc_sink(tmp_path / "a", blocks[0].iloc[:0], 2, write_index=False)
    with pytest.raises(InputError, match="column 'o' was written as int64 to"):
        write(sink, blocks)


@pytest.mark.parametrize("narrow", ["uint8", "uint16", "uint32", "uint64", "UInt8", "float16"])
@pytest.mark.parametrize("place", [0, 1])
def test_types_that_orc_has_not_are_those_of_wider_partitions(tmp_path, narrow, place):
    """As pandas has all rows; where no partition is wider, the error names the column and another type."""
    blocks = [pd.DataFrame({"n": pd.Series([1, 2], dtype=kind)}) for kind in ("int64", "int64", "float64")]
    blocks[place] = blocks[place].astype(narrow)
    meta = blocks[1 - place].iloc[:0]
    sink = orc_sink(tmp_path / "a", meta, 2, write_index=False)
    found = pd.concat(map(pd.read_orc, write(sink, blocks[:2])))
    expected = pd.concat(blocks[:2]).astype("int64" if "int" in narrow.lower() else "float64")
    pd.testing.assert_frame_equal(found, expected)
    found = pd.concat(map(pd.read_orc, write(sink, [blocks[place], blocks[2]])))
    pd.testing.assert_frame_equal(found, pd.concat([blocks[place].astype("float64"), blocks[2]]))
    with pytest.raises(
        UsageError, match=r"part\.0\.orc: column 'n' is .*no type; .* astype\({'n': '[a-z]+[0-9]+'}\)"
    ):
        write(sink, [blocks[place]] * 2)
    with pytest.raises(UsageError, match=r"column 'n' is .*no type"):
        orc_sink(tmp_path / "a", blocks[place].iloc[:0], 2, write_index=False)


def test_old_orc_files_are_not_left_among_new_ones(tmp_path, whole, blocks):
    write(orc_sink(tmp_path, whole.iloc[:0], 3), blocks)
    write(orc_sink(tmp_path, whole.iloc[:0], 3), blocks)
    with pytest.raises(UsageError, match=r"among them part\.2\.orc: remove them"):
        orc_sink(tmp_path, whole.iloc[:0], 2)
