"""Cutting files at line ends: the partitions together are the file, wherever they are cut."""

from __future__ import annotations

from pathlib import Path

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


def lines_of_file(path: Path, encoding: str, delimiter: str | None) -> list[str]:
    """What Python itself reads."""
    if delimiter is None:
        with path.open(encoding=encoding) as file:
            return list(file)
    with path.open(encoding=encoding, newline="") as file:
        *ended, last = file.read().split(delimiter)
    return [line + delimiter for line in ended] + [last] * bool(last)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None)
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
    assert [line for batch in batches for line in batch.records] == lines_of_file(path, encoding, delimiter)
    numbers = [b.origin.locate(i).line for b in batches for i in range(len(b.records))]
    assert numbers == list(range(1, len(numbers) + 1))
