"""Reading text: what comes out, in which partitions, and what it costs before anybody asks."""

from __future__ import annotations

import gzip
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pannier.errors import UsageError
from pannier.io.lines import MAX_BATCH, TextReader
from pannier.io.text import text_source
from pannier.kernels.batches import Batch
from pannier.plan.nodes import Source


def batches(source: Source) -> list[Batch]:
    return [batch for part in source.parts for batch in source.reader(part)]


def records(source: Source) -> list[Any]:
    return [record for batch in batches(source) for record in batch.records]


def partitions(source: Source) -> list[list[Any]]:
    return [[record for batch in source.reader(part) for record in batch.records] for part in source.parts]


def files(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def test_lines_are_those_of_open(tmp_path):
    r"""Lines end at \n, \r\n and \r only, come with \n, and the last keeps what it has."""
    text = "a\r\nb\rc\x0bd\x0ce\x1cf\x85g\u2028h\n\nlast"
    path = files(tmp_path, {"a.txt": text}) / "a.txt"
    with path.open(encoding="utf-8") as file:
        assert records(text_source(path)) == list(file)


def test_a_delimiter_splits_on_nothing_else(tmp_path):
    """With a delimiter a line ends after exactly that, and keeps it."""
    path = files(tmp_path, {"a.txt": "one\n|two\r|three"})
    assert records(text_source(path, linedelimiter="|")) == ["one\n|", "two\r|", "three"]


def test_a_newline_as_delimiter_leaves_carriage_returns(tmp_path):
    r"""A delimiter of \n asks for no universal newlines."""
    path = files(tmp_path, {"a.txt": "one\r\ntwo\r\n"})
    assert records(text_source(path, linedelimiter="\n")) == ["one\r\n", "two\r\n"]


def test_empty_files_have_no_records(tmp_path):
    """A file of no bytes is a partition of no records, whatever its suffix says."""
    files(tmp_path, {"a.txt": "", "b.txt.gz": "", "c.txt": "x", "d.xz": ""})
    assert partitions(text_source(tmp_path)) == [[], [], ["x"], []]


def test_records_can_carry_their_path(tmp_path):
    """With include_path a record is the line and the file it is from."""
    files(tmp_path, {"a.txt": "1\n2\n", "b.txt": "3\n"})
    a, b = str(tmp_path / "a.txt"), str(tmp_path / "b.txt")
    assert records(text_source(tmp_path, include_path=True)) == [("1\n", a), ("2\n", a), ("3\n", b)]


def test_other_encodings_and_error_handlers(tmp_path):
    """The encoding and the handler of bad bytes are those of open()."""
    (tmp_path / "a.txt").write_bytes("é\nü".encode("latin-1"))
    assert records(text_source(tmp_path, encoding="latin-1")) == ["é\n", "ü"]
    assert records(text_source(tmp_path, errors="replace")) == ["\ufffd\n", "\ufffd"]


def test_plain_files_are_cut_into_blocks_of_about_equal_size(tmp_path):
    """100 bytes in blocks of at most 40 are three partitions; None and a large size leave one."""
    path = files(tmp_path, {"a.txt": "123456789\n" * 10}) / "a.txt"
    assert [len(lines) for lines in partitions(text_source(path, blocksize=40))] == [4, 3, 3]
    assert [len(lines) for lines in partitions(text_source(path, blocksize="1 KiB"))] == [10]
    assert [len(lines) for lines in partitions(text_source(path, blocksize=None))] == [10]


def test_a_long_line_belongs_to_the_block_it_begins_in(tmp_path):
    """Blocks that a line covers whole are empty, and nothing is lost."""
    path = files(tmp_path, {"a.txt": "a" * 95 + "\nb\nc\n"}) / "a.txt"
    assert [len(lines) for lines in partitions(text_source(path, blocksize=20))] == [1, 0, 0, 0, 2]


def test_compressed_files_are_one_partition_whatever_the_blocksize(tmp_path):
    """A block size for a compressed file is no error."""
    with gzip.open(tmp_path / "a.gz", "wt") as file:
        file.write("line\n" * 1000)
    assert [len(lines) for lines in partitions(text_source(tmp_path, blocksize=10))] == [1000]


def test_files_per_partition_groups_whole_files(tmp_path):
    """Five files by two are three partitions, in order."""
    files(tmp_path, {f"{i}.txt": f"{i}\n" * 30 for i in range(5)})
    source = text_source(tmp_path, files_per_partition=2, blocksize=10)
    assert [set(lines) for lines in partitions(source)] == [{"0\n", "1\n"}, {"2\n", "3\n"}, {"4\n"}]


def test_many_small_files_share_partitions_and_few_do_not(tmp_path):
    """1000 small files are some 32 partitions, in order; 8 files stay 8."""
    few = files(tmp_path / "few", {f"{i}.txt": "x\n" for i in range(8)})
    assert len(text_source(few).parts) == 8
    many = files(tmp_path / "many", {f"{i:04}.txt": f"{i:04}\n" for i in range(1000)})
    source = text_source(many)
    assert 32 <= len(source.parts) <= 40
    assert records(source) == [f"{i:04}\n" for i in range(1000)]
    assert len(text_source(many, blocksize=None).parts) == 1000


def test_batches_are_small_whatever_the_lines(tmp_path):
    """Short lines come some thousands at a time, long ones by the bytes; every batch has an origin."""
    files(tmp_path, {"long.txt": ("x" * 1000 + "\n") * 5000, "short.txt": "x\n" * 50_000})
    found = batches(text_source(tmp_path))
    assert max(len(batch.records) for batch in found) <= MAX_BATCH
    assert max(sum(map(len, batch.records)) for batch in found) < 1 << 20
    assert sum(len(batch.records) for batch in found) == 55_000
    assert {batch.origin.locate(0).source for batch in found} == {
        str(tmp_path / "long.txt"),
        str(tmp_path / "short.txt"),
    }


def test_addresses_count_from_the_start_of_the_file(tmp_path):
    """A record in the third batch of the second block knows its line and byte in the file."""
    path = files(tmp_path, {"a.txt": "".join(f"{i}\r\n" for i in range(60_000))}) / "a.txt"
    text = path.read_bytes()
    for batch in batches(text_source(path, blocksize="100 kB"))[::3]:
        address = batch.origin.locate(5)
        number = int(batch.records[5])
        assert (address.source, address.line) == (str(path), number + 1)
        assert text[address.offset :].startswith(b"%d\r\n" % number)


def test_lines_before_a_block_are_counted_only_when_asked(tmp_path, monkeypatch):
    """Reading a block in the middle of a file does not read what is before it."""
    path = files(tmp_path, {"a.txt": "line\n" * 100}) / "a.txt"
    source = text_source(path, blocksize=100)
    counted = []
    chunks = TextReader.chunks
    monkeypatch.setattr(TextReader, "chunks", lambda self, part: counted.append(part) or chunks(self, part))
    (batch,) = source.reader(source.parts[3])
    assert counted == []
    assert batch.origin.locate(1).line == 62
    assert batch.origin.locate(2).line == 63
    assert len(counted) == 1


def test_building_reads_no_content(tmp_path, monkeypatch):
    """A source is made of names and sizes: nothing is opened."""
    (tmp_path / "a.gz").write_bytes(b"no gzip at all")
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe" * 100)
    monkeypatch.setattr("builtins.open", lambda *a, **k: pytest.fail("opened"))
    monkeypatch.setattr("io.open", lambda *a, **k: pytest.fail("opened"))
    assert len(text_source(tmp_path, blocksize=100).parts) == 3


def test_reader_and_parts_travel(tmp_path):
    """Reader and parts read the same after a round trip through pickle."""
    files(tmp_path, {"a.txt": "1\n2\n"})
    source = text_source(tmp_path, include_path=True, storage_options={"anon": True})
    reader, parts = pickle.loads(pickle.dumps((source.reader, source.parts)))
    assert (reader, parts) == (source.reader, source.parts)
    assert [batch.records for batch in reader(parts[0])] == [records(source)]


def test_a_worker_reads_without_what_it_does_not_need(tmp_path):
    """Reading local files in a fresh process loads neither fsspec nor the plan nor pandas."""
    files(tmp_path, {"a.txt": "1\n2\n"})
    source = text_source(tmp_path)
    code = (
        "import pickle, sys; reader, part = pickle.loads(bytes.fromhex(sys.argv[1]));"
        "print([batch.records for batch in reader(part)], *sorted(sys.modules))"
    )
    task = pickle.dumps((source.reader, source.parts[0])).hex()
    run = subprocess.run([sys.executable, "-c", code, task], capture_output=True, text=True, check=True)
    assert run.stdout.startswith(r"[['1\n', '2\n']]")
    assert not {"fsspec", "pandas", "numpy", "pyarrow", "pannier.plan"} & set(run.stdout.split())


def test_storage_options_are_not_shown():
    """Credentials do not reach an explain() or a log through the reader's repr."""
    assert "hunter2" not in repr(TextReader(storage_options={"secret": "hunter2"}))


def test_the_name_says_what_is_read(tmp_path):
    """Equal reads have equal names; another option, or a file that changed, gives another."""
    path = files(tmp_path, {"a.txt": "1\n"}) / "a.txt"
    name = text_source(path).name
    assert name.startswith("read_text-")
    assert text_source(path).name == name
    assert text_source(path, errors="ignore").name != name
    path.write_text("changed\n")
    assert text_source(path).name != name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "utf-88"}, "unknown encoding 'utf-88'; did you mean"),
        ({"encoding": "base64"}, "unknown encoding 'base64'"),
        ({"errors": "skip"}, "unknown errors='skip'"),
        ({"linedelimiter": ""}, "at least one character"),
        ({"linedelimiter": "é", "encoding": "ascii"}, "cannot be written in ascii"),
        ({"compression": "gz"}, "unknown compression 'gz'; did you mean 'gzip'"),
        ({"blocksize": 0}, "at least one byte"),
        ({"blocksize": "64 apples"}, "cannot read '64 apples' as a size"),
        ({"files_per_partition": 0}, "at least 1"),
    ],
)
def test_bad_options_are_refused_at_once(tmp_path, options, message):
    """An unknown or impossible option is an error where it is written, with what would be right."""
    files(tmp_path, {"a.txt": "1\n"})
    with pytest.raises(UsageError, match=message):
        text_source(tmp_path, **options)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_addresses_travel(tmp_path: Path, suffix: str) -> None:
    """Another process can tell where lines are from, while this one reads on."""
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes((gzip.compress if suffix else bytes)(b"one\ntwo\n" * 50_000))
    source = text_source(str(path))
    for batch in source.reader(source.parts[0]):
        origin = pickle.loads(pickle.dumps(batch.origin))
        assert origin.locate(1) == batch.origin.locate(1)
