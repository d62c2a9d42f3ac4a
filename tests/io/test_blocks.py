"""Cutting files into parts, from names and sizes alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.io.blocks import Range, check_blocksize, line_chunks, plan_parts
from pannier.io.files import File
from pannier.io.framing import framing

MIB = 1 << 20


def plan(sizes, *, blocksize=64 * MIB, files_per_partition=None, can_split=True):
    files = [File(f"{i:06}", size, "") for i, size in enumerate(sizes)]
    return plan_parts(
        files, blocksize=blocksize, files_per_partition=files_per_partition, can_split=lambda _: can_split
    )


@given(
    sizes=st.lists(st.one_of(st.none(), st.integers(0, 200)), max_size=80),
    blocksize=st.one_of(st.none(), st.integers(1, 100)),
    files_per_partition=st.one_of(st.none(), st.integers(1, 5)),
    can_split=st.booleans(),
)
def test_parts_cover_every_file_once_and_in_order(sizes, blocksize, files_per_partition, can_split):
    """Every byte of every file is in one part, and no part is empty."""
    parts = plan(sizes, blocksize=blocksize, files_per_partition=files_per_partition, can_split=can_split)
    assert all(parts)
    by_file = itertools.groupby((piece for part in parts for piece in part), key=lambda piece: piece.path)
    for (path, ranges), (index, size) in zip(by_file, enumerate(sizes), strict=True):
        assert path == f"{index:06}"
        first, *rest = ranges
        end = first.offset + (first.length or 0)
        assert first.offset == 0
        for piece in rest:
            assert piece.offset == end
            end += piece.length
        assert first.length is None or end == size


def test_up_to_32_files_are_a_partition_each():
    """Few files are never gathered, however small; 33 may be."""
    assert len(plan([10] * 32)) == 32
    assert len(plan([0] * 8)) == 8
    assert len(plan([0] * 33)) == 1


def test_many_files_leave_work_for_many_workers():
    """Gathering keeps at least 32 partitions, of at most 16 MiB of small files."""
    assert 32 <= len(plan([10] * 10_000)) <= 33
    assert {len(part) for part in plan([MIB] * 10_000)} == {16}


def test_neighbours_of_a_split_file_stay_apart():
    """A file that is split shares no part with the files around it."""
    parts = plan([1] * 20 + [1000] + [1] * 20, blocksize=500)
    assert [Range("000020", 0, 500)] in [list(part) for part in parts]
    assert [piece.path for part in parts for piece in part if piece.path == "000020"] == ["000020"] * 2


def test_a_file_of_unknown_size_is_alone():
    """What a server does not say the size of is not gathered."""
    parts = plan([1] * 40 + [None] + [1] * 40)
    assert (Range("000040"),) in parts


@pytest.mark.parametrize("size", [0, 0.5, -1, "0 B"])
def test_a_block_has_at_least_one_byte(size):
    """Sizes below one byte are refused."""
    with pytest.raises(UsageError):
        check_blocksize(size)


def test_a_line_longer_than_all_pieces_is_gathered_whole():
    """A 20 MB line comes as one chunk, in time linear in its length."""
    lines = framing("utf-8")
    line = b"x" * 20_000_000 + b"\n"
    pieces = [line[i : i + 10_000] for i in range(0, len(line), 10_000)]
    assert [len(data) for _, data in line_chunks([b"a\n", *pieces, b"b\n"], lines, 0)] in (
        [2 + len(line) + 2],
        [2, len(line) + 2],
    )
