"""What a running task may know of where it runs: a folder for its files, and how much memory is its share.

A scheduler enters a :class:`Host` around the tasks it runs; a task that keeps data outside of its result asks
for the :func:`current` one.  Where a scheduler knows nothing of hosts, there is none, and a task must put
everything into its result.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

from pannier import config

_numbers: Final = itertools.count(1)


class Host:
    """The surroundings of the tasks of one run, in one process."""

    __slots__ = ("folder", "memory", "written")

    def __init__(self, folder: str, memory: int) -> None:
        self.folder = folder
        """A folder that every process of the run can read; removed when nobody can need it any more."""
        self.memory = memory
        """Bytes that one task may hold at a time."""
        self.written = 0
        """Bytes that tasks of this process have written to files, by their own account."""

    def new_path(self, subfolder: str) -> str:
        """A path in ``subfolder`` that nothing else writes to.  The folder is there.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.path.dirname(Host(folder, 0).new_path("shuffle-0f")) == f"{folder}/shuffle-0f"
        True
        """
        folder = os.path.join(self.folder, subfolder)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return os.path.join(folder, f"{os.getpid()}-{next(_numbers)}")


_current: ContextVar[Host | None] = ContextVar("host", default=None)
_chosen: ContextVar[str | None] = ContextVar("chosen", default=None)


def current() -> Host | None:
    """The host of the task that runs in this thread; None when its scheduler has none."""
    return _current.get()


@contextlib.contextmanager
def entered(host: Host | None) -> Iterator[None]:
    """Make ``host`` the current one of this thread inside the block."""
    token = _current.set(host)
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """The path of a folder, which whoever needs it makes; removed after the block."""
    path = new_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def files_in(folder: str) -> Iterator[None]:
    """Let the tasks of runs inside the block write their files to ``folder``, for whoever removes it.

    For several runs that read each other's results.
    """
    token = _chosen.set(folder)
    try:
        yield
    finally:
        _chosen.reset(token)


def run_folder() -> contextlib.AbstractContextManager[str]:
    """The folder for the files of one run's tasks: that of :func:`files_in`, else a temporary one."""
    chosen = _chosen.get()
    return temporary_folder() if chosen is None else contextlib.nullcontext(chosen)


def new_folder() -> str:
    """A path for a folder of this process, where the settings want temporary files; it is not made."""
    import tempfile

    parent = config.get("spill_folder") or tempfile.gettempdir()
    return os.path.join(parent, f"pannier-{os.getpid()}-{secrets.token_hex(8)}")
