"""Writing partitions: names, lines, formats, and files that are whole or absent."""

from __future__ import annotations

import gzip
import json
import pickle
import re
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.io.compression import CODECS
from pannier.io.sink import TextWriter, partition_paths
from pannier.io.text import text_source
from pannier.kernels.batches import Batch, InMemory, Partition, batches_of


def read(path: object, **options: object) -> list[str]:
    source = text_source(str(path), **options)
    return [line for part in source.parts for batch in source.reader(part) for line in batch.records]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/out", ["/out/00.part", "/out/01.part", "/out/10.part"]),
        ("/out/", ["/out/00.part", "/out/01.part", "/out/10.part"]),
        ("/out/a-*.json.gz", ["/out/a-00.json.gz", "/out/a-01.json.gz", "/out/a-10.json.gz"]),
        ("s3://b/x/*.txt", ["s3://b/x/00.txt", "s3://b/x/01.txt", "s3://b/x/10.txt"]),
        (Path("/out"), ["/out/00.part", "/out/01.part", "/out/10.part"]),
    ],
)
def test_paths_come_from_a_directory_or_a_pattern(path, names):
    """Partition numbers stand for the star, with zeros before them so that the names sort."""
    paths = partition_paths(path, 11)
    assert [paths[0], paths[1], paths[10]] == names
    assert paths == sorted(paths)


def test_paths_are_absolute(tmp_path, monkeypatch):
    """A worker in another folder writes to the same place."""
    monkeypatch.chdir(tmp_path)
    assert partition_paths("out", 1) == [str(tmp_path / "out/0.part")]
    assert partition_paths(["a", tmp_path / "b"], 2) == [str(tmp_path / "a"), str(tmp_path / "b")]


@pytest.mark.parametrize(
    ("path", "npartitions", "name_function", "message"),
    [
        ("/out/*/*.txt", 2, None, "one '*'"),
        (["a"], 2, None, "1 paths were given for 2 partitions"),
        (["a", "a"], 2, None, "same path 'a'"),
        ("/out", 11, str, "gave '9' for 9 and '10' for 10; fixed-width"),
        ("/out", 2, lambda i: "x", "differ and sort"),
        ("/out", 2, lambda i: i, "must give a text; for 0 it gave 0"),
    ],
)
def test_names_that_would_not_do_are_refused(path, npartitions, name_function, message):
    """Clashing, unsorted or missing names are an error before anything is written."""
    with pytest.raises(UsageError, match=re.escape(message)):
        partition_paths(path, npartitions, name_function)


@given(
    records=st.lists(
        st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=5), max_size=30
    )
)
def test_lines_read_back_as_they_were(records):
    """Each record is a line, empty ones too, the last without an end unless it is empty."""
    fs = fsspec.filesystem("memory")
    path = TextWriter()(iter(records), "memory://written/a.txt")
    try:
        ends = ["\n"] * (len(records) - 1) + ["" if records and records[-1] else "\n"]
        assert read(path) == [record + end for record, end in zip(records, ends, strict=bool(records))]
    finally:
        fs.rm("/written", recursive=True)


def test_a_record_that_ends_its_line_is_not_ended_twice(tmp_path):
    """Lines that were read are written as they were; others get a line end between them."""
    path = str(tmp_path / "a.txt")
    TextWriter()(["a\n", "b", b"c\n", b"d", "e"], path)
    assert Path(path).read_bytes() == b"a\nb\nc\nd\ne"
    TextWriter(last_endline=True)(["a\n", "b"], path)
    assert Path(path).read_bytes() == b"a\nb\n"
    TextWriter(last_endline=True)([], path)
    assert Path(path).read_bytes() == b""


@pytest.mark.parametrize("name", [None, *CODECS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "shift_jis", "iso2022_jp"])
def test_every_format_and_encoding_reads_back(tmp_path, name, encoding):
    """5000 records survive any compression in any encoding; a byte order mark is written once."""
    suffix = CODECS[name].suffixes[0] if name else ".txt"
    records = [f"{i} テスト" for i in range(5000)]
    path = TextWriter(encoding=encoding)(iter(records), str(tmp_path / f"a{suffix}"))
    assert read(path, encoding=encoding) == [record + "\n" for record in records[:-1]] + records[-1:]


def test_a_named_compression_needs_no_suffix(tmp_path):
    """The format may be given by name; a suffix then says nothing."""
    path = TextWriter(compression="gzip")(["a"], str(tmp_path / "a.txt"))
    assert gzip.decompress(Path(path).read_bytes()) == b"a"
    path = TextWriter(compression=None)(["a"], str(tmp_path / "a.gz"))
    assert Path(path).read_bytes() == b"a"


def test_folders_are_made_and_the_path_comes_back(tmp_path):
    """The writer returns the path it was given, after making what folders it lacks."""
    path = str(tmp_path / "x/y/0.part")
    assert TextWriter()(["a"], path) == path
    assert [each.name for each in (tmp_path / "x/y").iterdir()] == ["0.part"]


def test_a_streaming_partition_is_written(tmp_path):
    """What a chain hands to a step is written without being made whole."""
    partition = Partition(batches_of([f"{i}" for i in range(5000)]))
    path = TextWriter(last_endline=True)(partition, str(tmp_path / "a.txt"))
    assert read(path) == [f"{i}\n" for i in range(5000)]


@pytest.mark.parametrize("target", ["{}/a.txt", "memory://written/a.txt"])
def test_a_record_of_another_type_is_named_and_leaves_no_file(tmp_path, target):
    """The error says which record, of what type, and what to do; there is no file afterwards."""
    path = target.format(tmp_path)
    with pytest.raises(TypeError, match=r"record 1 of the partition is of type dict.*json\.dumps"):
        TextWriter()(["a", {"b": 1}], path)
    assert not list(tmp_path.iterdir())
    assert not fsspec.filesystem("memory").find("/written")


@pytest.mark.parametrize("target", ["{}/a.txt.gz", "memory://written/a.txt.gz"])
def test_a_failure_leaves_what_was_there(tmp_path, target):
    """When making the records fails, the file of an earlier run stays as it was, and nothing else."""
    path = target.format(tmp_path)
    TextWriter()(["before"], path)

    def records():
        yield from ["x" * 1000] * 5000
        raise KeyError("user")

    with pytest.raises(KeyError, match="user"):
        TextWriter()(records(), path)
    assert read(path) == ["before"]
    assert [each.name for each in tmp_path.iterdir()] == ([] if "memory" in target else ["a.txt.gz"])
    fs = fsspec.filesystem("memory")
    assert fs.find("/written") == (["/written/a.txt.gz"] if "memory" in target else [])
    if "memory" in target:
        fs.rm("/written", recursive=True)


@pytest.mark.parametrize(
    ("records", "error"), [("abéd", UnicodeEncodeError), (["a", "b", 3, "d"], TypeError)]
)
def test_a_chain_can_name_the_record_that_failed(tmp_path, records, error):
    """A partition knows which one it was, although records are encoded many at a time."""
    partition = Partition(batches_of(list(records)))
    with pytest.raises(error):
        TextWriter(encoding="ascii")(partition, str(tmp_path / "a.txt"))
    batch, index = partition.current()
    assert batch.records[index] == records[2]


LINES = st.text("a\n", max_size=3) | st.binary(max_size=2).map(lambda data: data.replace(b"\r", b"b"))


@given(st.lists(st.lists(LINES, max_size=4), max_size=4), st.booleans(), st.sampled_from(["utf-8", "utf-16"]))
def test_lines_are_the_same_in_any_batches(tmp_path_factory, batches, last_endline, encoding):
    """Empty ones, those with newlines at their ends, bytes among texts: one step or many, one file."""
    folder = tmp_path_factory.mktemp("lines")
    write = TextWriter(encoding=encoding, last_endline=last_endline)
    together = Partition(iter([Batch(records, InMemory("", 0)) for records in batches]))
    apart = Partition(iter([Batch([record], InMemory("", 0)) for records in batches for record in records]))
    assert (
        Path(write(together, str(folder / "a"))).read_bytes()
        == Path(write(apart, str(folder / "b"))).read_bytes()
    )


def test_files_being_written_are_no_data(tmp_path):
    """A reader of the folder does not see a file before it is whole."""
    seen = []

    def records():
        yield "x"
        seen.extend(path.name for path in tmp_path.iterdir())
        yield "y"

    TextWriter()(["whole"], str(tmp_path / "0.part"))
    TextWriter()((record for record in records()), str(tmp_path / "1.part"))
    assert len(seen) == 2
    assert all(name == "0.part" or name.startswith(".") for name in seen)


def test_the_writer_travels():
    """A writer is the same after pickle, and shows no credentials."""
    writer = TextWriter("gzip", "latin-1", {"secret": "hunter2"}, last_endline=True)
    assert pickle.loads(pickle.dumps(writer)) == writer
    assert "hunter2" not in repr(writer)


@pytest.mark.parametrize("options", [{"encoding": "utf-88"}, {"compression": "zip"}])
def test_bad_options_are_refused_at_once(options):
    """An unknown encoding or compression is an error where the writer is made."""
    with pytest.raises(UsageError, match="unknown"):
        TextWriter(**options)


def test_json_lines_round_trip(tmp_path):
    """The common case: dumps, write, read, loads."""
    records = [{"i": i, "text": "ä\n\u2028"} for i in range(100)]
    path = TextWriter()(map(json.dumps, records), str(tmp_path / "a.json.gz"))
    assert list(map(json.loads, read(path))) == records
