"""The benchmark of encodings, at toy size, so that it keeps working."""

from __future__ import annotations

import sys
from array import array

from benchmarks.encodings import CODECS, PIECES, is_plain, kinds
from benchmarks.measure import run


def test_the_toy_run_prints_every_row() -> None:
    """Each kind of records, each length of a piece, each encoding."""
    out = run([sys.executable, "-m", "benchmarks.encodings", "--toy"]).output
    assert all(name in out for name in CODECS)
    for name in kinds(10):
        assert out.count(f"| {name} ") == len(PIECES)


def test_what_is_plain() -> None:
    """Builtin types alone, at any depth."""
    assert all(is_plain(records) for records in kinds(20).values())
    assert not is_plain([{"a": [array("d")]}])
    assert not is_plain([(1, bytearray())])
