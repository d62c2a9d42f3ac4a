"""Frames over sockets that take and give what they like."""

from __future__ import annotations

import socket

from hypothesis import given
from hypothesis import strategies as st

from pannier.schedulers.multiprocessing.wire import Inbox, Outbox, frame, receive


@given(frames=st.lists(st.tuples(st.integers(0, 255), st.binary())), size=st.integers(1, 40))
def test_frames_survive_any_cut(frames: list[tuple[int, bytes]], size: int) -> None:
    """However the stream of bytes is cut, the frames that come out are those that went in."""
    data = b"".join(frame(kind, payload) for kind, payload in frames)
    inbox = Inbox()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert [found for piece in pieces for found in inbox.feed(piece)] == frames


def test_a_full_socket_keeps_nobody_waiting() -> None:
    """What a socket does not take waits in the outbox, in order, and goes when there is room."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        outbox = Outbox()
        sent = [frame(1, bytes([i]) * 300_000) for i in range(4)]
        for data in sent:
            outbox.put(data)
        outbox.flush(ours)
        assert outbox
        received = bytearray()
        while outbox or len(received) < sum(map(len, sent)):
            received += receive(theirs) or b""
            outbox.flush(ours)
        assert bytes(received) == b"".join(sent)
        assert receive(theirs) is None
        ours.close()
        assert receive(theirs) == b""
