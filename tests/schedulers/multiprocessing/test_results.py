"""Handles to results: what is inline, what is in files, where the files are, and how they read back."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.schedulers.multiprocessing import results
from pannier.schedulers.multiprocessing.results import ALIGNMENT, Folders, Stored, pack, size_of, unpack


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "memory").mkdir()
    (tmp_path / "disk").mkdir()
    return Folders(str(tmp_path / "memory"), str(tmp_path / "disk"), room=1 << 30, prefix="w-")


def files(folders: Folders) -> list[str]:
    assert folders.memory is not None
    return [str(path) for folder in (folders.memory, folders.disk) for path in sorted(Path(folder).iterdir())]


@pytest.mark.parametrize("value", [0, -1.5, True, None])
def test_numbers_are_their_own_handles(folders: Folders, value: object) -> None:
    """Plain numbers, truth values and None are not pickled."""
    assert pack(value, folders, 0) is value
    assert unpack(value) is value  # type: ignore[arg-type]


@given(value=st.recursive(st.none() | st.text() | st.binary(), st.lists), limit=st.integers(0, 200))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, value: Any, limit: int) -> None:
    """Whatever goes in comes out; it is inline exactly if its pickle is within the limit."""
    folder = tmp_path_factory.mktemp("results")
    handle = pack(value, Folders(None, str(folder)), limit)
    assert unpack(handle) == value
    if value is not None:
        assert isinstance(handle, Stored) == (size_of(handle) > limit)


def test_small_arrays_travel_inline(folders: Folders) -> None:
    """An array within the limit makes no file, although its buffer could lie out of band."""
    array = np.arange(2000)
    handle = pack(array, folders, 64 << 10)
    assert type(handle) is bytes
    assert (unpack(handle) == array).all()
    assert files(folders) == []


def test_arrays_are_mapped_aligned_and_writable(folders: Folders) -> None:
    """Arrays read back lie in the file's pages, aligned for Arrow; writing to one changes it and no other."""
    arrays = [np.arange(n, dtype="i8") for n in (1001, 50_000, 3, 70_001)]
    handle = pack(arrays, folders, 1000)
    assert type(handle) is Stored
    first, second = unpack(handle), unpack(handle)
    for array, copy in zip(arrays, first, strict=True):
        assert (array == copy).all()
        assert copy.flags.writeable
    for large in first[:2] + first[3:]:
        assert large.ctypes.data % ALIGNMENT == 0
        assert not large.flags.owndata
    first[1][:] = 0
    assert (second[1] == arrays[1]).all()


def test_results_outlive_their_file(folders: Folders) -> None:
    """What has been read stays valid when the file is removed."""
    handle = pack(np.arange(100_000), folders, 0)
    assert type(handle) is Stored
    array = unpack(handle)
    os.unlink(handle.path)
    assert array.sum() == 4999950000


def test_frames_of_pandas_round_trip(folders: Folders) -> None:
    """A DataFrame of numbers, texts and times reads back equal."""
    frame = pd.DataFrame({"n": range(20_000), "s": "text", "t": pd.Timestamp("2015-01-01")})
    pd.testing.assert_frame_equal(unpack(pack(frame, folders, 0)), frame)


def test_memory_first_then_disk(folders: Folders) -> None:
    """Files go to memory while there is room, and to disk after that; the room is accounted for."""
    folders.room = 150_000
    for _ in range(2):
        pack(bytes(100_000), folders, 0)
    memory, disk = files(folders)
    assert memory.startswith(str(folders.memory))
    assert disk.startswith(folders.disk)
    assert 0 < folders.room < 50_000


@pytest.mark.parametrize(
    "value", [bytes(1_000_000), list(range(300_000)), [np.full(10_000, i) for i in range(3)]]
)
def test_a_file_that_outgrows_its_room_is_moved(folders: Folders, value: Any) -> None:
    """A result larger than the room moves to disk while it is written, and reads back equal."""
    folders.room = 150_000
    handle = pack(value, folders, 0)
    assert [str(path) for path in files(folders)] == [handle.path]  # type: ignore[union-attr]
    assert handle.path.startswith(folders.disk)  # type: ignore[union-attr]
    assert folders.room == 150_000
    np.testing.assert_equal(unpack(handle), value)


class Full:
    """A file on a device that has space for ``space`` more bytes."""

    def __init__(self, file: Any, space: int) -> None:
        self._file, self._space = file, space

    def write(self, data: Any) -> int:
        if not self._space:
            raise OSError(errno.ENOSPC, "No space left on device")
        n: int = self._file.write(data[: self._space])
        self._space -= n
        return n

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_full_tmpfs_is_no_error(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tmpfs smaller than its room, as containers have, costs a move to disk."""
    create = results._Sink._create

    def create_full(sink: Any) -> Any:
        return Full(create(sink), 100_000) if sink._in_memory else create(sink)

    monkeypatch.setattr(results._Sink, "_create", create_full)
    value = list(range(200_000))
    handle = pack(value, folders, 0)
    assert handle.path.startswith(folders.disk)  # type: ignore[union-attr]
    assert unpack(handle) == value


def test_a_full_disk_is_named(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of disk space, the error names the folder and the setting, and no file stays."""
    create = results._Sink._create
    monkeypatch.setattr(results._Sink, "_create", lambda sink: Full(create(sink), 100_000))
    with pytest.raises(OSError, match="spill_folder") as caught:
        pack(list(range(200_000)), folders, 0)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == os.path.dirname(folders.disk)
    assert files(folders) == []


class Unpicklable:
    def __reduce__(self) -> Any:
        raise RuntimeError("not me")


def test_a_failed_pickle_leaves_no_file(folders: Folders) -> None:
    """A result that fails to pickle after megabytes takes back its file."""
    with pytest.raises(RuntimeError, match="not me"):
        pack([bytes(1_000_000), Unpicklable()], folders, 0)
    assert files(folders) == []
