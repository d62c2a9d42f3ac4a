"""What one split writes, and how it is read back."""

from __future__ import annotations

import os
import pickle
import threading
from pathlib import Path

import pytest

from pannier.errors import InternalError, LostResult, SerializationError
from pannier.host import Host
from pannier.room import Room
from pannier.shuffle.codec import decode, unframe
from pannier.shuffle.store import INLINE_BYTES, BucketWriter, Frame, Runs

MIB = 1 << 20


def write(host: Host | None, pieces: list[tuple[int, object]]) -> Runs:
    writer = BucketWriter(host, "shuffle")
    for bucket, piece in pieces:
        writer.add(bucket, piece, 1)
    return writer.close()


def read(frames: list[Frame]) -> list[object]:
    return [decode(blob) for each in frames for blob in unframe(each.read())]


def by_bucket(pieces: list[tuple[int, object]]) -> dict[int, list[object]]:
    found: dict[int, list[object]] = {}
    for bucket, piece in pieces:
        found.setdefault(bucket, []).append(piece)
    return found


@pytest.mark.parametrize("memory", [8 * MIB, 1 << 40])
@pytest.mark.parametrize("nbytes", [10, 5000, 300_000])
def test_pieces_come_back_by_bucket_and_in_order(tmp_path: Path, memory: int, nbytes: int) -> None:
    """Whether they stay in the index, fit into the buffer or fill it many times."""
    pieces = [(i * i % 7, (i, bytes([i % 256]) * nbytes)) for i in range(60)]
    runs = write(Host(str(tmp_path), memory), pieces)
    assert {bucket: read(frames) for bucket, frames in runs.frames.items()} == by_bucket(pieces)
    assert sum(each.rows for frames in runs.frames.values() for each in frames) == 60


def test_little_data_makes_no_file(tmp_path: Path) -> None:
    """It travels in the index."""
    write(Host(str(tmp_path), MIB), [(0, "x" * (INLINE_BYTES // 2))])
    assert list(tmp_path.iterdir()) == []


def test_one_file_a_split(tmp_path: Path) -> None:
    """However often the buffer was full."""
    write(Host(str(tmp_path), MIB), [(i % 5, "x" * 200_000) for i in range(50)])
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 1


def test_the_largest_buckets_are_written_first(tmp_path: Path) -> None:
    """Small ones wait for more, so that no frame is small before the end."""
    pieces = [(i % 2, "x" * (50_000 if i % 2 else 5)) for i in range(200)]
    runs = write(Host(str(tmp_path), MIB), pieces)
    assert len(runs.frames[0]) == 1 < len(runs.frames[1])


def test_without_a_host_nothing_is_written() -> None:
    """A scheduler that knows of no files gets everything in the result."""
    pieces = [(i % 3, "x" * MIB) for i in range(9)]
    runs = write(None, pieces)
    assert {bucket: read(frames) for bucket, frames in runs.frames.items()} == by_bucket(pieces)


def test_much_data_is_compressed(tmp_path: Path) -> None:
    """Once more was written than the system's cache is likely to hold."""
    pieces = [(i % 3, f"{i}" * 100_000) for i in range(100)]
    runs = write(Host(str(tmp_path), 4 * MIB), pieces)
    assert {each.nbytes < each.size for frames in runs.frames.values() for each in frames} == {False, True}
    assert {bucket: read(frames) for bucket, frames in runs.frames.items()} == by_bucket(pieces)
    assert sum(each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()) < 20 * MIB


@pytest.mark.parametrize("room", [0, 20_000, 450_000, 1 << 30])
def test_pieces_stay_in_memory_while_there_is_room(tmp_path: Path, room: int) -> None:
    """What has none is in files; the order of each bucket is the same."""
    pieces = [(i * i % 7, (i, bytes([i % 256]) * 30_000)) for i in range(60)]
    runs = write(Host(str(tmp_path), 8 * MIB, Room(room)), pieces)
    assert {bucket: read(frames) for bucket, frames in runs.frames.items()} == by_bucket(pieces)
    kept = sum(each.nbytes for frames in runs.frames.values() for each in frames if each.lease)
    assert kept <= room
    assert (kept > 0) == (room > MIB // 4)
    assert any(tmp_path.rglob("*")) == (room < 60 * 30_000)


def test_a_piece_may_stay_as_it_is(tmp_path: Path) -> None:
    """It is before those that had to be encoded, and gives its room back when it goes."""
    room = Room(100)
    writer = BucketWriter(Host(str(tmp_path), MIB, room), "shuffle")
    for i in range(4):
        if lease := writer.lease(40):
            writer.keep(0, [i], 1, 40, lease)
        else:
            writer.add(0, [i], 1)
    del lease
    frames = writer.close().frames[0]
    assert [each.data for each in frames[:2]] == [[0], [1]]
    assert read(frames[2:]) == [[2], [3]]
    assert room.lease(40) is None
    del frames, writer
    assert room.lease(100) is not None


def test_what_stays_in_memory_cannot_be_sent(tmp_path: Path) -> None:
    """Neither an encoded piece nor one as it is."""
    runs = write(Host(str(tmp_path), MIB, Room(MIB)), [(0, "x" * 100_000)])
    with pytest.raises(InternalError):
        pickle.dumps(runs)


def damaged(tmp_path: Path) -> tuple[str, Frame]:
    runs = write(Host(str(tmp_path), MIB), [(0, "x" * 100_000)])
    (found,) = runs.frames[0]
    assert found.path is not None
    return found.path, found._replace(split=3)


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """The error names the file and which split has to run again."""
    path, frame = damaged(tmp_path)
    with open(path, "r+b") as file:
        file.seek(5000)
        file.write(b"y")
    with pytest.raises(LostResult, match="have changed") as caught:
        frame.read()
    assert path in str(caught.value)
    assert caught.value.index == 3


def test_a_cut_file_is_noticed(tmp_path: Path) -> None:
    """So is one that lost its end."""
    path, frame = damaged(tmp_path)
    os.truncate(path, 5000)
    with pytest.raises(LostResult, match="too short"):
        frame.read()


def test_a_missing_file_is_noticed(tmp_path: Path) -> None:
    """And one that somebody has removed."""
    path, frame = damaged(tmp_path)
    os.unlink(path)
    with pytest.raises(LostResult, match="gone"):
        frame.read()


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that cannot be read")
def test_a_disk_that_cannot_read_is_noticed() -> None:
    """What it had is made again, elsewhere on it."""
    with pytest.raises(LostResult, match="the disk cannot read it"):
        Frame("/proc/self/mem", b"", 0, 7, 7, 1, 0).read()


def test_what_cannot_be_pickled_says_so(tmp_path: Path) -> None:
    """With the next step."""
    with pytest.raises(SerializationError, match="leave out"):
        write(Host(str(tmp_path), MIB), [(0, threading.Lock())])
