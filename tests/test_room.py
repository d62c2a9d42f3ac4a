"""Memory set aside for what waits between tasks."""

from __future__ import annotations

import gc
import pickle

import pytest

from pannier.errors import InternalError
from pannier.room import Room


def test_room_is_lent_and_comes_back() -> None:
    """As much as there is, and again once who had it has let go."""
    room = Room(100)
    leases = [room.lease(40), room.lease(60)]
    assert room.lease(1) is None
    leases.pop()
    assert room.lease(61) is None
    assert room.lease(60) is not None


def test_what_is_in_a_cycle_comes_back_too() -> None:
    """Whenever the collector finds it, in whatever thread, also while room is asked for."""
    room = Room(1000)
    for _ in range(2000):
        cycle: list[object] = [room.lease(1)]
        cycle.append(cycle)
    del cycle
    gc.collect()
    assert room.lease(1000) is not None


def test_a_lease_does_not_leave_its_process() -> None:
    """Nor does anything that has one, whatever kind of copy is made."""
    lease = Room(1).lease(1)
    for protocol in range(2, 6):
        with pytest.raises(InternalError, match="about to leave that process"):
            pickle.dumps({"kept": lease}, protocol)
