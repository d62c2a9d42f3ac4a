"""Broken, mislabelled and undecodable files: an error that says which, where and what to do."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tempfile
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from pannier.errors import InputError
from pannier.io.text import text_source

COMPRESS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
    ".lz4": lz4.frame.compress,
}

TEXT = b"".join(b"%d %x\n" % (i, i * i * 7919) for i in range(100_000))


def read(path: object, **options: object) -> list[str]:
    source = text_source(str(path), **options)
    return [line for part in source.parts for batch in source.reader(part) for line in batch.records]


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("share", [0.0001, 0.5, 0.9999])
def test_a_file_cut_short_is_never_taken_for_a_whole_one(tmp_path, suffix, share):
    """Wherever a compressed file stops early, reading it says so, with its name and what was good."""
    data = COMPRESS[suffix](TEXT)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data[: max(1, int(len(data) * share))])
    with pytest.raises(InputError, match=r"a\.\w+: .* (ends before its end mark, )?after [\d,]+ good bytes"):
        read(path)


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_second_member_cut_short_is_noticed(tmp_path, suffix):
    """A whole file followed by half of one is damaged, not whole."""
    data = COMPRESS[suffix](TEXT)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data + data[: len(data) // 2])
    with pytest.raises(InputError, match="good bytes"):
        read(path)


@pytest.mark.parametrize("suffix", COMPRESS)
def test_what_follows_a_member_and_is_none_is_an_error(tmp_path, suffix):
    """Trailing bytes that are no member are reported, not left out."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(COMPRESS[suffix](TEXT) + b"some other bytes that are no member at all")
    with pytest.raises(InputError, match=rf"damaged after {len(TEXT):,} good bytes"):
        read(path)


def test_a_wrong_checksum_is_an_error(tmp_path):
    """A gzip file whose content does not match its checksum is damaged."""
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    path = tmp_path / "a.gz"
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read(path)


def test_lines_before_the_damage_are_given(tmp_path):
    """Everything good comes before the error."""
    data = gzip.compress(TEXT)
    path = tmp_path / "a.gz"
    path.write_bytes(data[: len(data) // 2])
    source = text_source(path)
    lines: list[str] = []
    batches = iter(source.reader(source.parts[0]))
    with pytest.raises(InputError):
        lines.extend(line for batch in batches for line in batch.records)
    assert len("".join(lines)) > len(TEXT) // 4
    assert TEXT.decode().startswith("".join(lines))


@pytest.mark.parametrize(
    ("name", "compress", "message"),
    [
        ("a.gz", bytes, "not gzip data: it does not look compressed; pass compression=None"),
        ("tiny.gz", lambda lines: lines[:3], "not gzip data: it does not look compressed"),
        ("a.gz", bz2.compress, "not gzip data: it looks like bz2; pass compression='bz2'"),
        ("a.zst", gzip.compress, "not zstd data: it looks like gzip"),
        ("a.txt", gzip.compress, "gzip data though its name does not say so"),
        ("a.json", zstandard.compress, "zstd data though its name does not say so"),
    ],
)
def test_a_wrong_suffix_is_recognized(tmp_path, name, compress, message):
    """A file in another format than its name says is named, with the option that reads it."""
    (tmp_path / name).write_bytes(compress(b"plain text\n"))
    with pytest.raises(InputError, match=rf"{name}: this is {message}"):
        read(tmp_path / name)


def test_compression_none_reads_compressed_bytes_as_they_are(tmp_path):
    """Who says compression=None means it."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x\n"))
    assert "".join(read(tmp_path / "a.gz", compression=None, encoding="latin-1")).startswith("\x1f\x8b")


@pytest.mark.parametrize("blocksize", [None, 1000, 10])
def test_undecodable_bytes_have_an_address(tmp_path, blocksize):
    """The error keeps its type and says file, line and byte, in whatever block the line is."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"fine line\r\n" * 500 + b"10 \xe9\n" + b"fine\n" * 500)
    with pytest.raises(UnicodeDecodeError) as caught:
        read(path, blocksize=blocksize)
    (note,) = caught.value.__notes__
    assert note.startswith(f"in {path}, line 501 (byte 5,503 of the file)")
    assert "encoding=" in note
    assert "errors='replace'" in note
    assert caught.value.object == b"10 \xe9\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "iso2022_jp", "utf-7", "shift_jis"])
def test_undecodable_bytes_have_an_address_in_any_encoding(tmp_path, encoding):
    """Line numbers are right where lines are found by decoding, too."""
    bad = {"utf-16": b"\xff\xdf", "utf-16-be": b"\xdf\xff", "utf-32": b"\xff\xff\xff\xff"}.get(
        encoding, b"\xff\xff"
    )
    path = tmp_path / "a.txt"
    good = ("fine\n" * 50).encode(encoding)
    path.write_bytes(good + bad + "\n".encode(encoding)[-4:])
    with pytest.raises(UnicodeDecodeError) as caught:
        read(path, encoding=encoding)
    where = f"in {path}, line 51 (byte {len(good):,} of the file)"  # Python 3.13 has a note of its own, too
    assert any(note.startswith(where) for note in caught.value.__notes__)


def test_a_byte_order_mark_names_the_encoding(tmp_path):
    """A UTF-16 file read as UTF-8 is told from its first bytes."""
    (tmp_path / "a.txt").write_text("x\n", encoding="utf-16")
    with pytest.raises(UnicodeDecodeError) as caught:
        read(tmp_path / "a.txt")
    assert "encoding='utf-16'" in caught.value.__notes__[0]


def test_a_file_that_shrank_is_an_error(tmp_path):
    """A file that has become shorter since it was listed is not read as a shorter one."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"line\n" * 1000)
    source = text_source(path, blocksize=1000)
    path.write_bytes(b"line\n" * 500)
    with pytest.raises(InputError, match=r"a\.txt: the file ends at byte"):
        [list(source.reader(part)) for part in source.parts]


def test_a_file_that_went_away_is_named(tmp_path):
    """A file deleted after it was listed is a missing file."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    source = text_source(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.txt"):
        list(source.reader(source.parts[0]))


def test_an_address_without_its_file_has_no_line(tmp_path):
    """When the file is gone, an address inside it still has its offset, and finding it does not fail."""
    path = tmp_path / "a.txt"
    path.write_text("line\n" * 100)
    source = text_source(path, blocksize=100)
    (batch,) = source.reader(source.parts[2])
    path.unlink()
    address = batch.origin.locate(3)
    assert (address.source, address.line, address.offset) == (str(path), None, 215)


def test_permission_denied_names_the_file():
    """A file that may not be read is an error of the operating system's kind, with its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_text("x")
        path.chmod(0)
        Path(folder).chmod(0o755)
        source = text_source(path)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            with pytest.raises(PermissionError, match=r"a\.txt"):
                list(source.reader(source.parts[0]))
        finally:
            if is_root:
                os.seteuid(0)


def test_files_are_closed_when_reading_stops_early(tmp_path):
    """A reader that is dropped after one batch leaves no file open."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"x\n" * 10_000_000)
    source = text_source(path)
    before = len(os.listdir("/proc/self/fd"))
    batches = source.reader(source.parts[0])
    next(iter(batches))
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del batches
    assert len(os.listdir("/proc/self/fd")) == before
