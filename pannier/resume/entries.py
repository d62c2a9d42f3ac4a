"""Kept results: one file each, whole or not there.

::

    header    magic, name, lengths of the two parts, their checksum
    result    pickle
    about     pickle of an About: which files the result names, and which classes of __main__ it needs

A file is written aside and renamed, so two runs that keep the same result do not disturb each other.  What is
truncated, damaged or of another name counts as missing.
"""

from __future__ import annotations

import io
import mmap
import operator
import os
import pickle
import struct
import sys
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import IO, Any, Final

from pannier.errors import PannierError
from pannier.io.files import find_files
from pannier.tokens.code import is_importable

_HEADER: Final = struct.Struct("<8s32sQQI")
_MAGIC: Final = b"pannier1"


class DamagedEntryError(PannierError):
    """The kept result at ``path`` is not what was written, or has gone."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class LostInputError(PannierError):
    """A file that an earlier task has left for this one is gone or damaged; the run has to be planned anew."""


class _NotToKeepError(Exception):
    """The result is too large, or cannot be had from another run's file."""


@dataclass(frozen=True, slots=True)
class About:
    """What a kept result depends on besides itself."""

    run: str
    """The run that made it."""
    files: tuple[tuple[str, str], ...]
    """Files that it names, and their versions when it was kept."""
    names: tuple[str, ...]
    """Functions and classes of ``__main__`` that it refers to."""

    def of_main(self) -> dict[str, Any] | None:
        """What the names stand for in this process; None if not all are there, or the files have changed."""
        main = sys.modules["__main__"]
        try:
            if any(_version(path) != version for path, version in self.files):
                return None
            return {name: operator.attrgetter(name)(main) for name in self.names}
        except Exception:  # noqa: BLE001  a filesystem's own errors, or no such name
            return None


def entry_path(folder: str, name: str) -> str:
    """Where in a resume folder the result of that name is kept.

    >>> entry_path("/state", "0f3a")
    '/state/results/0f/0f3a'
    """
    return os.path.join(folder, "results", name[:2], name)


def keep(
    folder: str,
    name: str,
    result: Any,
    *,
    run: str = "",
    files: Iterable[str] = (),
    scratch: Iterable[str] = (),
    limit: int | None = None,
) -> None:
    """Keep ``result``, which ``run`` has made, if it can be pickled and takes no more than ``limit`` bytes.

    ``files`` belong to it, and those of ``scratch`` that it names: tasks also write files that nobody needs after
    them.  Raises OSError, with the folder's name, where it cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keep(folder, "0" * 32, [1, 2])
    ...     about = look_up(folder, "0" * 32)
    ...     load(folder, "0" * 32, about.of_main())
    [1, 2]
    """
    path = entry_path(folder, name)
    if run and (before := look_up(folder, name)) is not None and before.run == run:
        run += f" again {os.urandom(4).hex()}"  # who has read what it made the first time may have read something else
    aside = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(aside, "w+b") as file:
            pickler, sink = _write_result(file, result, limit)
            needed = [*files, *_named_in(file, scratch)]
            about = About(run, _versions(needed), tuple(pickler.names))
            _write_about(file, sink, name, about)
        os.replace(aside, path)
    except OSError as error:
        error.add_note(f"while a result was kept for a later run in {folder}")
        raise
    except Exception:  # noqa: BLE001  picklers raise anything; then there is nothing to keep
        return
    finally:
        Path(aside).unlink(missing_ok=True)


def look_up(folder: str, name: str) -> About | None:
    """What goes with the result of that name; None if it is not kept, or its file is not whole.

    The result itself is not read.
    """
    try:
        with open(entry_path(folder, name), "rb") as file:
            lengths = _read_header(file, name)
            if lengths is None:
                return None
            file.seek(lengths[0], os.SEEK_CUR)
            about = pickle.loads(file.read())
            return about if isinstance(about, About) else None
    except Exception:  # noqa: BLE001  damaged bytes make a pickle raise anything
        return None


def load(folder: str, name: str, of_main: Mapping[str, Any]) -> Any:
    """The result of that name; ``of_main`` are the functions and classes of ``__main__`` that it needs.

    Raises :class:`DamagedEntryError` if it cannot be read.
    """
    path = entry_path(folder, name)
    try:
        with open(path, "rb") as file:
            lengths = _read_header(file, name)
            data = file.read()
    except OSError as error:
        raise DamagedEntryError(path) from error
    if lengths is None or zlib.crc32(data) != lengths[2]:
        raise DamagedEntryError(path)
    return _Unpickler(io.BytesIO(data), of_main).load()


def _write_result(file: IO[bytes], result: Any, limit: int | None) -> tuple[_Pickler, _Sink]:
    sink = _Sink(file, limit)
    file.seek(_HEADER.size)
    pickler = _Pickler(sink, 5)
    pickler.dump(result)
    return pickler, sink


def _versions(files: Iterable[str]) -> tuple[tuple[str, str], ...]:
    try:
        return tuple([(path, _version(path)) for path in files])
    except Exception as error:  # a filesystem's own errors: it may want credentials
        raise _NotToKeepError from error


def _write_about(file: IO[bytes], sink: _Sink, name: str, about: About) -> None:
    size = sink.size
    sink.write(pickle.dumps(about, 5))
    file.seek(0)
    file.write(_HEADER.pack(_MAGIC, name.encode(), size, sink.size - size, sink.checksum))


def _read_header(file: IO[bytes], name: str) -> tuple[int, int, int] | None:
    """Length of result and about, and their checksum; None if this is not the whole entry."""
    start = file.read(_HEADER.size)
    if len(start) < _HEADER.size:
        return None
    magic, found, result, about, checksum = _HEADER.unpack(start)
    is_whole = os.fstat(file.fileno()).st_size == _HEADER.size + result + about
    return (result, about, checksum) if (magic, found, is_whole) == (_MAGIC, name.encode(), True) else None


def _named_in(file: IO[bytes], files: Iterable[str]) -> list[str]:
    """Those of ``files`` that are named in what was written to ``file``."""
    files = list(files)
    if not files:
        return []
    file.flush()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return [path for path in files if data.find(path.encode("utf-8", "surrogatepass")) >= 0]


def _version(path: str) -> str:
    (found,) = find_files(path)
    return found.version


class _Sink:
    """A file that takes so many bytes, and knows their checksum."""

    def __init__(self, file: IO[bytes], limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self.size = 0
        self.checksum = 0

    def write(self, data: Any) -> int:
        """Called by the pickler, with a ``PickleBuffer`` for the data of an array that is no small one."""
        data = pickle.PickleBuffer(data).raw()
        self.size += len(data)
        if self._limit is not None and self.size > self._limit:
            raise _NotToKeepError
        self.checksum = zlib.crc32(data, self.checksum)
        return self._file.write(data)


class _Pickler(pickle.Pickler):
    """Pickles what is of ``__main__`` by name; cloudpickle's copy would be another class in another run."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.names: dict[str, None] = {}

    def reducer_override(self, value: Any) -> Any:
        """How ``value`` is pickled, where not as usual."""
        if not isinstance(value, (type, FunctionType)) or is_importable(value):
            return NotImplemented
        if value.__module__ != "__main__" or "<" in value.__qualname__:
            raise _NotToKeepError
        self.names[value.__qualname__] = None
        return _of_main, (value.__qualname__,)


def _of_main(name: str) -> Any:
    """What ``__main__`` calls ``name``."""
    return operator.attrgetter(name)(sys.modules["__main__"])


class _Unpickler(pickle.Unpickler):
    """In a worker, ``__main__`` is not the user's: his things come with the task."""

    def __init__(self, file: Any, of_main: Mapping[str, Any]) -> None:
        super().__init__(file)
        self._of_main = of_main

    def find_class(self, module: str, name: str) -> Any:
        """What a pickle means by a name."""
        if (module, name) == (__name__, _of_main.__name__):
            return self._of_main.__getitem__
        return super().find_class(module, name)
