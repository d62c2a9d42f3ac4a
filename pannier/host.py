"""What a running task may know of where it runs: a folder for its files, and how much memory is its share.

A scheduler enters a :class:`Host` around the tasks it runs; a task that keeps data outside of its result asks
for the :func:`current` one.  Where a scheduler knows nothing of hosts, there is none, and a task must put
everything into its result.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

from pannier import config
from pannier.leftovers import HELD, PREFIX, is_held, new_name, remove_held, removed, sweep
from pannier.room import Room
from pannier.tracing import Tracer

_numbers: Final = itertools.count(1)


class Host:
    """The surroundings of the tasks of one run, in one process."""

    __slots__ = ("folder", "memory", "room", "trace", "written")

    def __init__(self, folder: str, memory: int, room: Room | None = None) -> None:
        self.folder = folder
        """A folder that every process of the run can read; removed when nobody can need it any more."""
        self.memory = memory
        """Bytes that one task may hold at a time."""
        self.room = room
        """For what tasks keep in memory for later ones; None where these may be in another process, or another run."""
        self.trace: Tracer | None = None
        """Wants to know of each record before anything is done with it; None as long as all is well."""
        self.written = 0
        """Bytes that tasks of this process have written to files, by their own account."""

    def new_path(self, subfolder: str) -> str:
        """A path in ``subfolder`` that nothing else writes to.  The folder is there.

        Raises FileNotFoundError when the run is over: a task may outlive it, and nobody would remove its files.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.path.dirname(Host(folder, 0).new_path("shuffle-0f")) == f"{folder}/shuffle-0f"
        True
        """
        folder = os.path.join(self.folder, subfolder)
        if not os.path.isdir(folder):
            self._make(folder)
        path = os.path.join(folder, f"{os.getpid()}-{next(_numbers)}")
        note_file(path)
        return path

    def hold(self, path: str) -> str:
        """Have ``path`` removed when the run ends, unless the link that is returned is gone: a name of its own.

        For what a task writes elsewhere, and cannot remove where it is interrupted or its process killed.  Raises
        FileNotFoundError when the run is over.
        """
        folder = os.path.join(self.folder, HELD)
        if not os.path.isdir(folder):
            self._make(folder)
        link = os.path.join(folder, os.path.basename(path))
        with contextlib.suppress(FileExistsError):
            os.symlink(path, link)
        return link

    def make_folder(self) -> None:
        """Make the folder, if it is not there, for processes that may only make folders in it."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)

    def _make(self, folder: str) -> None:
        if not is_temporary(self.folder) or is_held(self.folder):
            self.make_folder()
        try:
            os.mkdir(folder, mode=0o700)
        except FileExistsError:
            pass  # another thread or process has been faster
        except FileNotFoundError:
            raise FileNotFoundError(
                errno.ENOENT,
                "the folder for the files of a run is gone, which only the run itself should remove; "
                "the setting spill_folder names another place",
                self.folder,
            ) from None


_current: ContextVar[Host | None] = ContextVar("host", default=None)
_chosen: ContextVar[str | None] = ContextVar("chosen", default=None)
_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)


def current() -> Host | None:
    """The host of the task that runs in this thread; None when its scheduler has none."""
    return _current.get()


def tracer() -> Tracer | None:
    """What wants to know of each record that the task in this thread treats, if anything does."""
    here = _current.get()
    return None if here is None else here.trace


@contextlib.contextmanager
def entered(host: Host | None) -> Iterator[None]:
    """Make ``host`` the current one of this thread inside the block."""
    token = _current.set(host)
    try:
        yield
    finally:
        _current.reset(token)


def note_file(path: str) -> None:
    """Tell whoever watches the running task that it writes ``path``, which its result may name."""
    noted = _noted.get()
    if noted is not None:
        noted.append(path)


@contextlib.contextmanager
def held(path: str) -> Iterator[None]:
    """Have ``path`` removed by the run of this task if the block does not come to its end.

    Raises FileNotFoundError when the run is over.
    """
    here = _current.get()
    if here is None:
        yield
        return
    link = here.hold(path)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(link)


@contextlib.contextmanager
def noting_files() -> Iterator[list[str]]:
    """The paths that are noted in this thread inside the block, as they come.

    >>> with noting_files() as paths:
    ...     note_file("/out/0.part")
    >>> paths
    ['/out/0.part']
    """
    paths: list[str] = []
    token = _noted.set(paths)
    try:
        yield paths
    finally:
        _noted.reset(token)


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """The path of a folder, which whoever needs it makes; removed after the block."""
    path = new_folder()
    with removed(path):
        yield path


@contextlib.contextmanager
def files_in(folder: str) -> Iterator[None]:
    """Let the tasks of runs inside the block write their files to ``folder``, for whoever removes it.

    For several runs that read each other's results.  What their tasks hold elsewhere is removed after the block.
    """
    token = _chosen.set(folder)
    try:
        yield
    finally:
        _chosen.reset(token)
        remove_held(folder)


def run_folder() -> contextlib.AbstractContextManager[str]:
    """The folder for the files of one run's tasks: that of :func:`files_in`, else a temporary one."""
    chosen = _chosen.get()
    return temporary_folder() if chosen is None else contextlib.nullcontext(chosen)


def is_temporary(folder: str) -> bool:
    """Whether ``folder`` is one of those that :func:`new_folder` names, which die with their process.

    >>> is_temporary(new_folder()), is_temporary("/data/state/files/0f")
    (True, False)
    """
    return os.path.basename(folder).startswith(PREFIX)


def new_folder() -> str:
    """A path for a folder of this process, where the settings want temporary files; it is not made."""
    import tempfile

    parent = config.get("spill_folder") or tempfile.gettempdir()
    sweep(parent)
    return os.path.join(parent, new_name())
