"""Files in memory take a part of the memory limit, and no more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pannier import config
from pannier.schedulers.multiprocessing.files import RunFiles
from pannier.schedulers.multiprocessing.results import pack, unpack

MIB = 1 << 20

pytestmark = pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no folder in memory")


def test_room() -> None:
    """A quarter of the limit; as much as the setting says, but never more than half of the limit."""
    assert RunFiles(64 * MIB).room == 16 * MIB
    with config.set(shm_bytes="20 MiB"):
        assert RunFiles(64 * MIB).room == 20 * MIB
        assert RunFiles(30 * MIB).room == 15 * MIB
    with config.set(shm_bytes=0):
        assert RunFiles(64 * MIB).room == 0


def test_what_has_no_room_is_spilled(tmp_path: Path) -> None:
    """Results go to memory as long as there is room, then to the spill folder; room comes back."""
    with config.set(spill_folder=str(tmp_path)):
        files = RunFiles(4_000_000)
        files.make()
        try:
            folders = files.folders("test-")
            values = [bytes([i]) * 400_000 for i in range(4)]
            handles = []
            for value in values:
                folders.room = files.room
                handles.append(pack(value, folders, 1000))
                files.add(handles[-1])
            spilled = [str(path) for path in tmp_path.rglob("*") if path.is_file()]
            assert [handle.path in spilled for handle in handles] == [False, False, True, True]
            assert [unpack(handle) for handle in handles] == values
            assert 800_000 <= files.in_memory <= 1_000_000
            for handle in handles:
                files.drop(handle)
            assert (files.in_memory, files.room) == (0, 1_000_000)
        finally:
            files.remove()
