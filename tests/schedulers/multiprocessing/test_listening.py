"""Frames are taken once each and in order, by the main thread while it is idle, by another one while it is not."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pannier.schedulers.multiprocessing.listening import RELIEF_SECONDS, Listener
from pannier.schedulers.multiprocessing.wire import frame
from tests.faults.scripts import wait_until


class Ear:
    """A listener in this thread, what it has taken, by whom, and the other end of its socket."""

    def __init__(self) -> None:
        self.theirs, self.mine = socket.socketpair()
        self.taken: list[bytes] = []
        self.threads: list[threading.Thread] = []
        self.has_ended = threading.Event()
        self.listener = Listener(self.mine, self.take, self.end, lambda: None)
        self.listener.start()

    def take(self, kind: int, payload: bytes) -> None:
        self.taken.append(payload)
        self.threads.append(threading.current_thread())

    def end(self) -> None:
        self.has_ended.set()
        raise EOFError

    def say(self, *payloads: bytes) -> None:
        self.theirs.sendall(b"".join(frame(1, payload) for payload in payloads))


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.theirs.close()
    with contextlib.suppress(EOFError):
        while not ear.has_ended.is_set():
            ear.listener.listen()
    ear.mine.close()


def test_an_idle_main_thread_reads_itself(ear: Ear) -> None:
    """No thread hands anything to another one."""
    main = threading.current_thread()
    for i in range(50):
        ear.say(b"%d" % i)
        assert ear.listener.listen(5)
    assert ear.taken == [b"%d" % i for i in range(50)]
    assert ear.threads.count(main) >= 45
    assert not ear.listener.listen(0.02)


def test_a_busy_main_thread_is_relieved(ear: Ear) -> None:
    """What arrives while it works for long is taken meanwhile; afterwards it reads itself again."""
    ear.say(b"work")
    assert ear.listener.listen(5)
    time.sleep(RELIEF_SECONDS * 2)
    ear.say(b"recall")
    wait_until(lambda: ear.taken == [b"work", b"recall"])
    assert ear.taken == [b"work", b"recall"]
    assert ear.threads[1] is not threading.current_thread()
    while ear.listener._has_taken:
        assert ear.listener.listen(0)
    ear.say(b"more")
    while len(ear.taken) < 3:
        assert ear.listener.listen(5)
    assert ear.taken[2] == b"more"


def test_frames_that_come_in_pieces_while_readers_change(ear: Ear) -> None:
    """Every frame once, whole and in order, whoever reads which part of it."""
    payloads = [bytes([i]) * (i * 1500) for i in range(120)]

    def speak() -> None:
        data = b"".join(frame(1, payload) for payload in payloads)
        for start in range(0, len(data), 70_001):
            ear.theirs.sendall(data[start : start + 70_001])
            time.sleep(0.002)

    speaker = threading.Thread(target=speak)
    speaker.start()
    while len(ear.taken) < len(payloads):
        ear.listener.listen(0.01)
        if len(ear.taken) % 3 == 0:
            time.sleep(RELIEF_SECONDS * 1.5)
    speaker.join()
    assert ear.taken == payloads
    assert len(set(ear.threads)) == 2


def test_the_end_is_seen_in_the_middle_of_work(ear: Ear) -> None:
    """When the other side goes, a busy main thread need not look."""
    ear.say(b"work")
    assert ear.listener.listen(5)
    ear.theirs.close()
    assert ear.has_ended.wait(10)
