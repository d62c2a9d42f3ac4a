"""What a worker keeps as objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from pannier.schedulers.multiprocessing.results import Folders, Handle, pack
from pannier.schedulers.multiprocessing.store import GIVEN_SHARE, RECENT_SHARE, Store

SIZE = 10_000
"""Bytes of a value."""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(None, str(tmp_path))


def handle(folders: Folders, text: str) -> Handle:
    return pack(bytearray(text * SIZE, "ascii"), folders, inline_bytes=100)


def test_recent_results_are_kept(folders: Folders) -> None:
    """As many as have room, those that were used last; others are read from their files again."""
    store = Store(memory=RECENT_SHARE * 5 * SIZE // 2)
    store.handles.update({i: handle(folders, str(i)) for i in range(3)})
    first, second = store.get(0), store.get(1)
    assert store.get(0) is first
    store.get(2)
    assert store.get(0) is first
    assert store.get(1) is not second
    assert store.get(1) == second


def test_what_was_given_has_room_of_its_own(folders: Folders) -> None:
    """An argument that all tasks read is an object once, however many results are made meanwhile."""
    store = Store(memory=GIVEN_SHARE * 2 * SIZE)
    store.handles[-1] = handle(folders, "x")
    given = store.get(-1)
    for i in range(10):
        store.put(i, handle(folders, str(i)), i)
        assert store.get(-1) is given
    store.forget_recent()
    assert store.get(-1) is not given


def test_what_is_dropped_or_made_again(folders: Folders) -> None:
    """Is not what it was: a new handle means a new value."""
    store = Store(memory=1 << 30)
    store.put(0, handle(folders, "a"), "old")
    store.handles[0] = handle(folders, "b")
    assert store.get(0) == bytearray("b" * SIZE, "ascii")
    store.drop(0)
    with pytest.raises(KeyError):
        store.get(0)


def test_small_values_stay(folders: Folders) -> None:
    """Until they are dropped."""
    store = Store(memory=0)
    store.put(0, 5, 5)
    store.put(1, b"\x80\x04]\x94.", [])
    store.forget_recent()
    assert (store.get(0), store.get(1)) == (5, [])
    assert store.get(1) is store.get(1)
