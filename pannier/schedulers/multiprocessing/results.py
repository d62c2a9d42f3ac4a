"""Results on their way between processes: small ones in the message, large ones in files.

A :data:`Handle` stands for a result.  The parent passes handles on and never looks inside:

* a number, a truth value or None is its own handle,
* ``bytes`` are the pickle of a small result,
* :class:`Stored` is a file that holds a large one, written by the worker that computed it.

A file holds the pickle stream, then the buffers pickled out of band (PEP 574: arrays, Arrow columns), each
at a multiple of 64 bytes, then an index of them.  The stream goes to the file while it is made, so a large
list exists once as objects and never a second time as bytes in memory.  Reading maps the file
copy-on-write: arrays lie in the file's pages, shared by all that read them, and can still be written to.

Files lie in memory (tmpfs) as long as there is room, then in the spill folder.  A file that turns out too
large for the room left is moved while it is written.
"""

from __future__ import annotations

import errno
import io
import mmap
import os
import pickle
import shutil
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from pannier.errors import LostResult
from pannier.schedulers import byvalue
from pannier.sizes import format_bytes

ALIGNMENT: Final = 64
"""Bytes; what Arrow recommends for its buffers, and a cache line."""
_IN_BAND_BYTES: Final = 4096
"""Buffers below one page are copied into the pickle: cheaper than an entry in the index."""
_COPY_BYTES: Final = 1 << 20
_OWN_HANDLE: Final = frozenset({int, float, bool, type(None)})


class Stored(NamedTuple):
    """A result in a file."""

    path: str
    nbytes: int
    """Bytes of its pickle and buffers."""
    index_at: int
    """Offset of the index of buffers in the file."""
    size: int
    """Bytes of the file."""


Handle: TypeAlias = int | float | bytes | Stored | None
"""Stands for a result; see the module."""


@dataclass(slots=True)
class Folders:
    """Where a worker writes the files of one run."""

    memory: str | None
    """A folder in memory; None where there is none."""
    disk: str
    """The folder for what memory has no room for."""
    room: int = 0
    """Bytes that may still be written to ``memory``."""
    prefix: str = ""
    """Start of the file names, unlike that of any other writer."""
    _written: int = 0

    def next_name(self) -> str:
        """A file name not used before."""
        self._written += 1
        return f"{self.prefix}{self._written}"


def pack(value: Any, folders: Folders, inline_bytes: int) -> Handle:
    """A handle to ``value``; a file is written if its pickle has more than ``inline_bytes`` bytes.

    Pickled by the C pickler, and by cloudpickle where that refuses (functions and classes of ``__main__``).
    Raises what the latter raises, and OSError when there is no space for the file.
    """
    if type(value) in _OWN_HANDLE:
        return value  # type: ignore[no-any-return]
    try:
        return _pack(value, folders, inline_bytes, pickle.Pickler)
    except OSError:
        raise
    except Exception:  # noqa: BLE001  picklers raise anything: PicklingError, TypeError, AttributeError, ...
        return pack_by_value(value, folders, inline_bytes)


def pack_by_value(value: Any, folders: Folders, inline_bytes: int) -> Handle:
    """A handle to ``value``, which came from the parent: what is of its ``__main__`` is pickled by value.

    Slower than :func:`pack`, which may take the names of this process's ``__main__`` for granted.
    """
    return _pack(value, folders, inline_bytes, byvalue.pickler())


def unpack(handle: Handle) -> Any:
    """The value that ``handle`` stands for.

    >>> unpack(pack([1, 2], Folders(None, "/nowhere"), 1000))
    [1, 2]
    """
    if type(handle) is bytes:
        return pickle.loads(handle)
    if type(handle) is Stored:
        return _read(handle)
    return handle


def size_of(handle: Handle) -> int:
    """Bytes of the pickled result.

    >>> size_of(None), size_of(b"abc"), size_of(Stored("/a", 70000, 70016, 70024))
    (8, 3, 70000)
    """
    if type(handle) is bytes:
        return len(handle)
    return handle.nbytes if type(handle) is Stored else 8


class RemoteResult:
    """The result of a task on processes, which is with the workers or in a file and is not loaded.

    >>> result = RemoteResult(pack([1, 2], Folders(None, "/nowhere"), 1000))
    >>> result, result.fetch()
    (<result of 20 B with the workers>, [1, 2])
    """

    __slots__ = ("_handle",)

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    @property
    def nbytes(self) -> int:
        """Bytes of the pickled result."""
        return size_of(self._handle)

    def fetch(self) -> Any:
        """The result itself, loaded into this process.

        To be asked for before the run drops it: in the callback that is given it.
        Raises :class:`~pannier.errors.LostResult` when its file is gone.
        """
        return unpack(self._handle)

    def __sizeof__(self) -> int:
        return self.nbytes

    def __repr__(self) -> str:
        return f"<result of {format_bytes(self.nbytes)} with the workers>"


def _pack(value: Any, folders: Folders, inline_bytes: int, pickler: Callable[..., Any]) -> Handle:
    buffers: list[memoryview] = []

    def is_in_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _IN_BAND_BYTES:
            return True
        buffers.append(raw)
        return False

    sink = _Sink(folders, inline_bytes)
    try:
        pickler(sink, 5, buffer_callback=is_in_band).dump(value)
        nbytes = sink.size + sum(buffer.nbytes for buffer in buffers)
        if nbytes > inline_bytes:
            return sink.store(buffers, nbytes)
        if not buffers:
            return sink.inline()
    except BaseException:
        sink.discard()
        raise
    inline = io.BytesIO()
    pickler(inline, 5).dump(value)
    return inline.getvalue()


class _Sink:
    """What a pickler writes to: memory up to a limit, then a file."""

    def __init__(self, folders: Folders, limit: int) -> None:
        self.size = 0
        self._folders = folders
        self._limit = limit
        self._chunks: list[bytes] = []
        self._file: io.FileIO | None = None
        self._filled = 0
        self._in_memory = folders.memory is not None

    def write(self, data: Any) -> int:
        """Called by the pickler, with about 64 KiB at a time."""
        n = len(data)
        self.size += n
        self._chunks.append(bytes(data))
        if self.size > self._limit:
            self._append_chunks()
        return n

    def inline(self) -> bytes:
        """All that was written."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def store(self, buffers: list[memoryview], nbytes: int) -> Stored:
        """The finished file, with ``buffers`` and their index."""
        self._append_chunks()
        index = array("q", [self.size])
        for buffer in buffers:
            self._pad()
            index.extend((self._filled, buffer.nbytes))
            self._append(buffer)
        self._pad()
        at = self._filled
        self._append(memoryview(index).cast("B"))
        assert self._file is not None
        self._file.close()
        if self._in_memory:
            self._folders.room -= self._filled
        return Stored(str(self._file.name), nbytes, at, self._filled)

    def discard(self) -> None:
        """Take back what was written to a file."""
        if self._file is not None:
            self._file.close()
            os.unlink(self._file.name)

    def _append_chunks(self) -> None:
        for chunk in self._chunks:
            self._append(memoryview(chunk))
        self._chunks.clear()

    def _pad(self) -> None:
        self._append(memoryview(bytes(-self._filled % ALIGNMENT)))

    def _append(self, data: memoryview) -> None:
        if self._file is None:
            self._file = self._create()
        if self._in_memory and self._filled + len(data) > self._folders.room:
            self._move_to_disk()
        while data:
            try:
                n = self._file.write(data)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                if not self._in_memory:
                    raise _disk_full(self._folders.disk) from None
                self._move_to_disk()  # a container's tmpfs may be tiny, and others may fill it
            else:
                self._filled += n
                data = data[n:]

    def _create(self) -> io.FileIO:
        folder = self._folders.memory if self._in_memory else self._folders.disk
        assert folder is not None
        return open(os.path.join(folder, self._folders.next_name()), "xb", buffering=0)

    def _move_to_disk(self) -> None:
        assert self._file is not None
        old = self._file
        self._in_memory = False
        self._file = self._create()
        old.close()
        try:
            with open(old.name, "rb") as source:
                shutil.copyfileobj(source, self._file, _COPY_BYTES)
        except OSError as error:
            raise (_disk_full(self._folders.disk) if error.errno == errno.ENOSPC else error) from None
        finally:
            os.unlink(old.name)


def _disk_full(folder: str) -> OSError:
    return OSError(
        errno.ENOSPC,
        "no space is left for a task's result; the setting spill_folder names another place",
        os.path.dirname(folder),
    )


def _read(stored: Stored) -> Any:
    try:
        with open(stored.path, "rb") as file:
            if os.fstat(file.fileno()).st_size != stored.size:
                raise _lost(stored, "has another size than it was written with")
            pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    except FileNotFoundError:
        raise _lost(stored, "is gone") from None
    index = array("q", pages[stored.index_at :].tobytes())
    buffers = [pages[at : at + n] for at, n in zip(index[1::2], index[2::2], strict=True)]
    return pickle.loads(pages[: index[0]], buffers=buffers)


def _lost(stored: Stored, how: str) -> LostResult:
    return LostResult(
        f"the file {stored.path}, which holds a task's result, {how}. Something else clears its folder or writes to"
        " it, or the disk is failing; the setting spill_folder names another place",
        path=stored.path,
    )
