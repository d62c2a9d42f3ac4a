"""The files of one run: the folders they lie in, and how much of them is in memory."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Final

from pannier.config import get as setting
from pannier.schedulers.multiprocessing.results import Folders, Handle, Stored

_TMPFS: Final = "/dev/shm"  # noqa: S108  folders in it are made by mkdtemp
_MEMORY_SHARE: Final = 4
"""By default files may take this part of the machine's memory: the tasks need the rest."""


class RunFiles:
    """Two folders, made now and removed with all they hold by :meth:`remove`.

    Workers make no folder: so that, once the parent is dead and a worker has removed them, nothing
    another worker does can bring them back.
    """

    def __init__(self) -> None:
        prefix = f"pannier-{os.getpid()}-"
        limit: int | None = setting("shm_bytes")
        self._room = _room_in_memory() if limit is None else limit
        self._memory = tempfile.mkdtemp(prefix=prefix, dir=_TMPFS) if self._room else None
        spill: str = setting("spill_folder") or tempfile.gettempdir()
        os.makedirs(spill, exist_ok=True)
        self._disk = tempfile.mkdtemp(prefix=prefix, dir=spill)

    @property
    def room(self) -> int:
        """Bytes of memory that further files may take."""
        return max(0, self._room)

    def folders(self, writer: str) -> Folders:
        """Where ``writer``, one of several, writes its files."""
        return Folders(self._memory, self._disk, prefix=writer)

    def add(self, handle: Handle) -> None:
        """Account for the file of ``handle``, if it is one."""
        if type(handle) is Stored and self._is_in_memory(handle):
            self._room -= handle.nbytes

    def drop(self, handle: Handle) -> None:
        """Remove the file of ``handle``, if it is one; those who have mapped it keep its pages."""
        if type(handle) is Stored:
            os.unlink(handle.path)
            if self._is_in_memory(handle):
                self._room += handle.nbytes

    def remove(self) -> None:
        """Remove the folders and everything in them."""
        for folder in (self._memory, self._disk):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)

    def _is_in_memory(self, stored: Stored) -> bool:
        return self._memory is not None and stored.path.startswith(self._memory)


def _room_in_memory() -> int:
    """Bytes that files in memory may take when no setting says so; 0 where the system has no such folder."""
    if not os.access(_TMPFS, os.W_OK | os.X_OK):
        return 0
    status = os.statvfs(_TMPFS)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            memory = min(memory, int(file.read()))
    except (OSError, ValueError):  # no cgroup, or no limit in it
        pass
    return min(memory // _MEMORY_SHARE, status.f_bavail * status.f_frsize // 2)
