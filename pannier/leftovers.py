"""Temporary folders and files: none stays, however the process that made it ends.

A ``finally`` removes them, and a handler when SIGTERM ends the process.  After SIGKILL, a crash of the system's or a
power cut nobody can: then they are found by name at the next start.  So a name says whose it is::

    pannier-4711-1f3a9c-5b0e77d1-0f31c2a4d5e6f708
            pid  start  kernel   random

Process ids come again, and a folder may be shared with containers and machines whose process 4711 is another one.
So the process is gone for certain only if *this* kernel, in this namespace of processes, has no process 4711 that
started at this tick of its clock.  What belongs elsewhere, or to another user, is left alone; so is everything where
there is no ``/proc``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

PREFIX: Final = "pannier-"
HELD: Final = "held"
"""The folder, inside that of a run, of links to what is elsewhere and goes when the run's folder does."""
_OWNED: Final = r"\.?pannier-(\d+)-([0-9a-f]+)-([0-9a-f]{8})-[0-9a-f]{16}(\.tmp)?"
_MOST_TRIES: Final = 100
"""At removing a folder that others still write to; all of them are on their way out."""

_swept: Final[set[str]] = set()
_held: Final[dict[str, int]] = {}
"""Folders to remove on SIGTERM, and the processes that hold them: a forked child is not their owner."""
_ending: Final[set[str]] = set()
"""Those that are being removed, so that no thread should make them again."""


def new_name() -> str:
    """A name for a temporary folder of this process.

    >>> new_name().startswith(f"pannier-{os.getpid()}-")
    True
    """
    return f"{PREFIX}{_owner(os.getpid())}-{secrets.token_hex(8)}"


def new_file_name() -> str:
    """A name for a temporary file of this process, hidden, for a folder that is not ours."""
    return f".{new_name()}.tmp"


def sweep(folder: str) -> None:
    """Remove from ``folder`` what processes of this user that are gone have left there; once a process.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.mkdir(f"{folder}/{new_name()}")
    ...     sweep(folder)
    ...     len(os.listdir(folder))
    1
    """
    if folder in _swept:
        return
    _swept.add(folder)
    kernel = _kernel()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = re.fullmatch(_OWNED, entry.name)
            if name is None or name[3] != kernel or _started(int(name[1])) == name[2]:
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid != os.getuid():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


@contextlib.contextmanager
def removed(folder: str) -> Iterator[None]:
    """Remove ``folder``, if it is there, after the block; also if SIGTERM ends the process inside it.

    Only if the program has no handler of its own: that decides what becomes of the block.  Python runs handlers
    between two steps of its main thread, so native code that is called there is let to end first.
    """
    pid = _held[folder] = os.getpid()
    if _is_main() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        _ending.add(folder)
        if os.getpid() == pid:  # else this is a forked child, which ends; the folder is its parent's
            _remove(folder)
        _held.pop(folder, None)
        _ending.discard(folder)
        # A generator may end in another thread than it began in.
        if _is_main() and not _held and signal.getsignal(signal.SIGTERM) is _end:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _is_main() -> bool:
    """Whether this is the thread that may set handlers."""
    return threading.current_thread() is threading.main_thread()


def is_held(folder: str) -> bool:
    """Whether this process is inside a block of :func:`removed` for ``folder``, and may still make it.

    >>> with removed("/nowhere/a"):
    ...     is_held("/nowhere/a"), is_held("/nowhere/b")
    (True, False)
    """
    return _held.get(folder) == os.getpid() and folder not in _ending


def _end(number: int, _: FrameType | None) -> None:
    """Remove what this process holds, and end it as the signal does without a handler."""
    signal.signal(number, signal.SIG_DFL)
    _ending.update(_held)
    for folder, pid in list(_held.items()):
        if pid == os.getpid():
            _remove(folder)
    os.kill(os.getpid(), number)


def _remove(folder: str) -> None:
    for _ in range(_MOST_TRIES):
        if not os.path.isdir(folder):
            return
        remove_held(folder)
        shutil.rmtree(folder, ignore_errors=True)


def remove_held(folder: str) -> None:
    """Remove what the links in the subfolder :data:`HELD` of ``folder`` lead to, files and folders.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.mkdir(f"{folder}/{HELD}")
    ...     os.mkdir(f"{folder}/staging")
    ...     os.symlink(f"{folder}/staging", f"{folder}/{HELD}/1")
    ...     remove_held(folder)
    ...     os.listdir(folder), os.listdir(f"{folder}/{HELD}")
    (['held'], [])
    """
    with contextlib.suppress(OSError), os.scandir(os.path.join(folder, HELD)) as links:
        for link in links:
            with contextlib.suppress(OSError):
                path = os.readlink(link.path)
                os.unlink(link.path)
                if os.path.isdir(path):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    os.unlink(path)


@functools.lru_cache(maxsize=1)
def _owner(pid: int) -> str:
    """Process ``pid``, which is this one, in the words of a name."""
    started, kernel = _started(pid), _kernel()
    return f"{pid}-{started}-{kernel}" if started and kernel else str(pid)


def _started(pid: int) -> str | None:
    """When process ``pid`` of this namespace started, in ticks since the kernel did; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field is the program's name in parentheses, and may have any of both inside.
            return f"{int(file.read().rpartition(b')')[2].split()[19]):x}"
    except (OSError, IndexError, ValueError):
        return None


@functools.cache
def _kernel() -> str | None:
    """A digest of the running kernel and of this process's namespaces of processes and clocks; None if unknown."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return None  # it shows another namespace than the one we are in
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            parts = [file.read()]
        parts += [os.readlink(f"/proc/self/ns/{kind}").encode() for kind in ("pid", "time")]
    except OSError:
        return None
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:8]
