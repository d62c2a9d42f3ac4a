"""Cutting files at line ends: the partitions together are the file, wherever they are cut."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pannier.io import blocks
from pannier.io.text import text_source

ENCODINGS = (
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-be latin-1 cp1252 cp037 shift_jis gb18030"
    " euc_jp big5 utf-7 iso2022_jp hz"
).split()
ALPHABETS = (
    "a\r\n",
    "ab\n",
    "\r\nx\x0b\x1c\x85\u2028",
    "|;a\n",
    "\u0a0a\u0d0d\u0a00\u0d00\r\n",
    "é中\r\na",
    "aab\n",
)
DELIMITERS = (None, "\n", "\r\n", "|", "aa", "\n\n", "aba", "é")


def lines_of_file(path: Path, delimiter: str | None, encoding: str, errors: str = "strict") -> list[str]:
    """What Python itself reads."""
    if delimiter is None:
        with path.open(encoding=encoding, errors=errors) as file:
            return list(file)
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        *ended, last = "".join(file).split(delimiter)
    return [line + delimiter for line in ended] + [last] * bool(last)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    text=st.sampled_from(ALPHABETS).flatmap(lambda alphabet: st.text(alphabet, max_size=40)),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(DELIMITERS),
    blocksize=st.one_of(st.none(), st.integers(1, 50)),
    piece=st.sampled_from((1, 2, 3, 5, 64)),
)
def test_partitions_are_the_lines_of_the_file(
    *, tmp_path, monkeypatch, text, encoding, delimiter, blocksize, piece
):
    """All partitions' lines are the file's lines in order, and every address is exact."""
    try:
        path = tmp_path / "a.txt"
        path.write_bytes(text.encode(encoding))
        (delimiter or "").encode(encoding)
    except UnicodeEncodeError:
        return
    monkeypatch.setattr(blocks, "PIECE", piece)
    source = text_source(path, encoding=encoding, linedelimiter=delimiter, blocksize=blocksize)
    batches = [batch for part in source.parts for batch in source.reader(part)]
    assert [line for batch in batches for line in batch.records] == lines_of_file(path, delimiter, encoding)
    numbers = [b.origin.locate(i).line for b in batches for i in range(len(b.records))]
    assert numbers == list(range(1, len(numbers) + 1))


NOISE = (
    b"a\n\r\xff",
    b"\n\r\x00\xd8\xdc\xfe\xff",
    b"\x8f\x81\x30\xa4\xd4\n\r",
    b"\xc3\xa9\xe4\xb8\xad\n\ra",
    b"\x1b$B(J\n~{}+-\r",
)

MARKS = {"utf-16": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_BE}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    data=st.sampled_from(NOISE).flatmap(lambda some: st.lists(st.sampled_from(some), max_size=30)).map(bytes),
    encoding=st.sampled_from(ENCODINGS),
    errors=st.sampled_from(("strict", "replace", "backslashreplace", "surrogateescape")),
    delimiter=st.sampled_from((None, "\n", "a")),
    blocksize=st.one_of(st.none(), st.integers(1, 30)),
)
def test_undecodable_bytes_are_handled_as_in_the_whole_file(
    *, tmp_path, data, encoding, errors, delimiter, blocksize
):
    """Any bytes under any handler give the lines Python reads, or an error where it raises one."""
    path = tmp_path / "a.txt"
    path.write_bytes(MARKS.get(encoding, b"") + data)
    options = {"encoding": encoding, "errors": errors}
    try:
        expected = lines_of_file(path, delimiter, **options)
    except UnicodeDecodeError:
        expected = None
    source = text_source(path, linedelimiter=delimiter, blocksize=blocksize, compression=None, **options)
    try:
        lines = [line for part in source.parts for batch in source.reader(part) for line in batch.records]
    except UnicodeDecodeError:
        lines = None
    assert lines == expected


@pytest.mark.parametrize(
    ("encoding", "delimiter", "errors", "is_cut"),
    [
        ("utf-8", "é", "strict", True),
        ("utf-16", None, "replace", True),
        ("cp037", None, "strict", True),
        ("shift_jis", None, "strict", True),
        ("shift_jis", "|", "strict", False),  # also the second byte of a character
        ("shift_jis", None, "replace", False),  # a broken character may swallow the line end
        ("utf-7", None, "strict", False),
        ("iso2022_jp", None, "strict", False),
        ("hz", None, "strict", False),
    ],
)
def test_files_are_cut_only_where_it_is_exact(tmp_path, encoding, delimiter, errors, is_cut):
    """Encodings whose bytes do not show where lines end are read as one block."""
    path = tmp_path / "a.txt"
    path.write_bytes("line|\n".encode(encoding) * 100)
    source = text_source(path, encoding=encoding, linedelimiter=delimiter, errors=errors, blocksize=100)
    assert (len(source.parts) > 1) is is_cut


def test_a_mark_is_only_at_the_start(tmp_path):
    """The byte order mark is no text where the encoding says so, in the first block and no other."""
    path = tmp_path / "a.txt"
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        path.write_text("\ufeffx\n" * 20, encoding=encoding)
        source = text_source(path, encoding=encoding, blocksize=10)
        lines = [line for part in source.parts for batch in source.reader(part) for line in batch.records]
        assert lines == ["\ufeffx\n"] * 20
