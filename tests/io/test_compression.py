"""Compressed files: every format, and every shape in which a whole file can come."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import zlib
from collections.abc import Iterator

import lz4.frame
import pytest
import zstandard

from pannier.errors import UsageError
from pannier.io.compression import CODECS, compressing, decompress, infer, resolve, sniff

PLAIN = b"".join(b'{"id": %d, "name": "%x"}\n' % (i, i * i * 7919) for i in range(30_000))

COMPRESS = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
}
"""The formats as others write them."""


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[i : i + size] for i in range(0, len(data), size))


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("size", [7, 1000, 1 << 20])
def test_any_pieces_give_the_plain_bytes(name, size):
    """However the file arrives, what comes out is what went in, in chunks of bounded size."""
    chunks = list(decompress(pieces(COMPRESS[name](PLAIN), size), name, "a"))
    assert b"".join(chunks) == PLAIN
    assert max(map(len, chunks)) <= 1 << 18


@pytest.mark.parametrize("name", CODECS)
def test_members_one_after_another_are_one_file(name):
    """Concatenated files, empty ones among them, decompress to the concatenation."""
    compress = COMPRESS[name]
    data = compress(PLAIN) + compress(b"") + compress(b"end\n")
    for size in (10, 1 << 20):
        assert b"".join(decompress(pieces(data, size), name, "a")) == PLAIN + b"end\n"


@pytest.mark.parametrize("name", CODECS)
def test_what_is_written_reads_back(name):
    """A compressing writer makes files that others and this package read, the same every time."""
    written = []
    for _ in range(2):
        file = io.BytesIO()
        with compressing(file, name) as out:
            out.write(PLAIN[:1000])
            out.write(PLAIN[1000:])
        assert not file.closed
        written.append(file.getvalue())
    assert written[0] == written[1]
    assert b"".join(decompress(pieces(written[0]), name, "a")) == PLAIN
    assert sniff(written[0]) == name


@pytest.mark.parametrize("name", CODECS)
def test_an_empty_file_is_empty(name):
    """No bytes at all decompress to none, and so does a compressed nothing."""
    assert list(decompress([], name, "a")) == []
    assert list(decompress(pieces(COMPRESS[name](b"")), name, "a")) == []


def bgzf(data: bytes) -> bytes:
    """A block as bgzip writes it: a gzip member with its size in an extra field."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    deflated = compressor.compress(data) + compressor.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(deflated) + 25)
    return head + deflated + struct.pack("<II", zlib.crc32(data), len(data))


def test_blocked_gzip_is_gzip():
    """A .bgz file, many members with extra fields and an empty one at the end, reads as one."""
    data = b"".join(bgzf(PLAIN[i : i + 60_000]) for i in range(0, len(PLAIN), 60_000)) + bgzf(b"")
    assert b"".join(decompress(pieces(data, 1 << 17), "gzip", "a")) == PLAIN


@pytest.mark.parametrize("name", ["gzip", "xz"])
def test_zero_padding_is_skipped(name):
    """Zeros after a member, as tapes and xz leave them, are no data."""
    compress = COMPRESS[name]
    data = compress(b"a\n") + bytes(512) + compress(b"b\n") + bytes(512)
    for size in (5, 1 << 20):
        assert b"".join(decompress(pieces(data, size), name, "a")) == b"a\nb\n"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.GZ", "gzip"),
        ("a.bgz", "gzip"),
        ("a.tar.zst", "zstd"),
        ("a.lz4", "lz4"),
        ("gz", None),
        ("a.bz2", "bz2"),
    ],
)
def test_suffixes_name_formats(path, name):
    """The format is taken from the suffix, in any case of letters."""
    assert infer(path) == name
    assert resolve("infer", path) == name
    assert resolve(None, path) is None


def test_an_unknown_format_is_refused_with_the_known_ones():
    """The message names what is known and what was probably meant."""
    with pytest.raises(UsageError, match=r"did you mean 'zstd'.*known are 'infer', 'gzip'"):
        resolve("zst", "a")


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    """Without the optional package the error says how to install it."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ImportError, match=r"pip install 'pannier\[zstd\]'"):
        list(decompress([b"x"], "zstd", "a"))
