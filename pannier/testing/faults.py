"""Scripted faults: what goes wrong, at which record, on which attempt; and a check that nothing stays.

A fault is put into a run as a function of records::

    bag.map(OnAttempt(1, ExitProcess(), folder))                     every record costs a worker once
    bag.map(OnAttempt(2, RaiseError(OSError()), folder, only=[7]))   record 7 fails twice

Attempts are counted in files, since the process that made the first may be gone at the second.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import itertools
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from pannier.config import get as setting


@dataclass(frozen=True, slots=True)
class OnAttempt:
    """A function that returns the record it is given, but runs ``fault()`` on the first attempts at it.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     flaky = OnAttempt(1, RaiseError(OSError("disk on fire")), folder)
    ...     for attempt in range(2):
    ...         try:
    ...             print(flaky("record"))
    ...         except OSError as error:
    ...             print(error)
    disk on fire
    record
    """

    attempts: int
    """How many attempts at each record meet the fault."""
    fault: Callable[[], object]
    folder: str | os.PathLike[str]
    """Where attempts are counted: an empty folder that all processes see."""
    only: Collection[Any] | None = None
    """The records that meet the fault; None for all."""

    def __call__(self, record: Any) -> Any:
        if (self.only is None or record in self.only) and count_attempt(self.folder, record) <= self.attempts:
            self.fault()
        return record


def count_attempt(folder: str | os.PathLike[str], record: Any) -> int:
    """How many times this was called with ``folder`` and ``record``, this call included.

    Records are told apart by their ``repr``.  Safe for any number of processes.
    """
    name = hashlib.sha256(repr(record).encode()).hexdigest()[:16]
    for attempt in itertools.count(1):
        with contextlib.suppress(FileExistsError):
            Path(folder, f"{name}-{attempt}").touch(exist_ok=False)
            break
    return attempt


@dataclass(frozen=True, slots=True)
class RaiseError:
    """A fault that raises ``error``."""

    error: BaseException

    def __call__(self) -> NoReturn:
        raise self.error


@dataclass(frozen=True, slots=True)
class ExitProcess:
    """A fault that ends its process at once, without a word.

    In the process that made it, it raises AssertionError instead: the test must live on.

    >>> ExitProcess(-9)()
    Traceback (most recent call last):
    ...
    AssertionError: a fault that ends a worker ran in the process that made it
    """

    code: int = 1
    """The exit code; a negative one is a signal."""
    maker: int = field(default_factory=os.getpid)
    """Id of the process that is spared."""

    def __call__(self) -> NoReturn:
        if os.getpid() == self.maker:
            raise AssertionError("a fault that ends a worker ran in the process that made it")
        if self.code < 0:
            os.kill(os.getpid(), -self.code)
            time.sleep(60)  # until the signal is delivered
        os._exit(self.code)


_MARK: Final = "NO_LEFTOVERS_OF"
"""Environment variable with the marks of the blocks a process was started in."""


@contextlib.contextmanager
def no_leftovers(patience: float = 10) -> Iterator[None]:
    """A block after which nothing stays of what was started inside: no process, no file of pannier's.

    What is on its way out has ``patience`` seconds.  Processes started inside, by this process or by
    others started inside, are known by a mark in their environment, so orphans count too; files are new
    ones named for pannier in memory, in the temporary folder and in the spill folder.  Raises
    AssertionError with what is left.  Needs ``psutil``.

    >>> import subprocess
    >>> with no_leftovers(patience=0.1):
    ...     sleeper = subprocess.Popen(["sleep", "60"])
    Traceback (most recent call last):
    ...
    AssertionError: left behind: process ... (sleep 60)
    >>> sleeper.kill()
    >>> sleeper.wait()
    -9
    """
    mark = uuid.uuid4().hex
    outer = os.environ.get(_MARK)
    files = _files()
    os.environ[_MARK] = f"{outer or ''} {mark}"
    try:
        yield
    finally:
        if outer is None:
            del os.environ[_MARK]
        else:
            os.environ[_MARK] = outer
    deadline = time.monotonic() + patience
    while left := [
        *_processes(mark),
        *[path for path in sorted(_files() - files) if not _is_of_others(path, mark)],
    ]:
        if time.monotonic() > deadline:
            raise AssertionError(f"left behind: {', '.join(left)}")
        time.sleep(0.05)


def _files() -> set[str]:
    folders = ["/dev/shm", tempfile.gettempdir(), setting("spill_folder")]  # noqa: S108  results lie there
    return {path for folder in folders if folder for path in glob.glob(f"{folder}/*pannier*")}


def _is_of_others(path: str, mark: str) -> bool:
    """Whether ``path`` is named for a living process that has nothing to do with the block."""
    import psutil

    named = re.search(r"pannier-(\d+)-", os.path.basename(path))
    if named is None or int(named[1]) == os.getpid():
        return False
    try:
        return mark not in psutil.Process(int(named[1])).environ().get(_MARK, "")
    except psutil.Error:
        return False


def _processes(mark: str) -> list[str]:
    """The processes that carry ``mark``, for people to read."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if mark in process.environ().get(_MARK, ""):
                found.append(f"process {process.pid} ({' '.join(process.cmdline()):.200})")
    return found
