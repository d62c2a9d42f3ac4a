"""The files of one run: the folders they lie in, and how much of them is in memory."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import Final

from pannier.host import new_folder
from pannier.leftovers import sweep
from pannier.schedulers.memory import kept
from pannier.schedulers.multiprocessing.results import Folders, Handle, Stored

_MEMORY_SHARE: Final = 4
"""By default files may take this part of the memory that the run may take: the tasks need the rest."""
_TMPFS: Final = "/dev/shm"  # noqa: S108  names in it are random


class RunFiles:
    """Two folders, named at once, made by :meth:`make` and removed with all they hold by :meth:`remove`.

    A worker learns the names before the folders exist, so that there is no moment in which the death of the
    parent would leave a folder that nobody knows.  Workers make no folders: once the parent is dead and a worker has
    removed them, nothing another worker does can bring them back.
    """

    def __init__(self, limit: int) -> None:
        """The run may take ``limit`` bytes of memory, of which files get a part."""
        self._disk = new_folder()
        name = os.path.basename(self._disk)
        self._most = kept(limit, _room_in_memory(limit))
        self._room = self._most
        self._memory = os.path.join(_TMPFS, name) if self._room else None
        self._is_made = False
        sweep(_TMPFS)

    @property
    def in_memory(self) -> int:
        """Bytes of memory that files take."""
        return self._most - self._room

    @property
    def room(self) -> int:
        """Bytes of memory that further files may take."""
        return max(0, self._room)

    def make(self) -> None:
        """Make the folders, readable by this user only, unless they are there."""
        if self._is_made:
            return
        self._is_made = True
        if self._memory is not None:
            os.mkdir(self._memory, mode=0o700)
        os.makedirs(os.path.dirname(self._disk), exist_ok=True)
        os.mkdir(self._disk, mode=0o700)

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
            with contextlib.suppress(FileNotFoundError):  # it was lost
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


def _room_in_memory(limit: int) -> int:
    """Bytes that files in memory may take when no setting says so; 0 where the system has no such folder."""
    if not os.access(_TMPFS, os.W_OK | os.X_OK):
        return 0
    status = os.statvfs(_TMPFS)
    return min(limit // _MEMORY_SHARE, status.f_bavail * status.f_frsize // 2)
