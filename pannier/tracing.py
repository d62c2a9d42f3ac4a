"""Where a task is, noted so that it is known after its process has died.

A task that ended its process runs again under a :class:`Tracer`: before anything is done with a record, a note of it
goes to a file, by one write to the system's memory, which outlives the process.  Who started the process reads it.

The file has the note, and at :data:`_ORIGIN_AT` the origin that the note's ``place`` counts from, which is larger and
changes less often.  Each is a length and a pickle.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Collection
from typing import Any, Final, NamedTuple

_ORIGIN_AT: Final = 1 << 16
"""Offset; a note is far smaller."""
_LENGTH_BYTES: Final = 8


class Note(NamedTuple):
    """One record that something was about to happen to."""

    number: int
    """How many notes the task made before it; the same for the same record each time the task runs."""
    step: str
    """What was about to happen, as the user wrote it."""
    place: int
    """The record's number in its origin."""
    text: str
    """The record itself, cut."""
    origin: Any = None
    """What knows the record's address: has a method ``locate(index)``.  None if that could not be noted."""

    def __str__(self) -> str:
        """Step, address and record, for people.

        >>> print(Note(0, "map(int)", 3, "'x'"))
        in map(int), at an unknown place
        record: 'x'
        """
        try:
            where = "an unknown place" if self.origin is None else str(self.origin.locate(self.place))
        except Exception as error:  # noqa: BLE001  reading the file again must not hide what is known
            where = f"an address that could not be found ({error})"
        return f"in {self.step}, at {where}\nrecord: {self.text}"


class Tracer:
    """Notes what a task is about to do in the file at ``path``, and leaves out the records of ``left_out`` numbers.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     tracer = Tracer(file.name)
    ...     tracer.note("map(int)", None, 3, "'x'")
    ...     read(file.name).step
    ...     tracer.clear()
    ...     tracer.close()
    ...     read(file.name) is None
    True
    'map(int)'
    True
    """

    def __init__(self, path: str, left_out: Collection[int] = ()) -> None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115  open as long as the task runs
        self._left_out = left_out
        self._noted = 0
        self._origin: object = None
        self._origins = 0

    def note(self, step: str, origin: object, index: int, text: str) -> bool:
        """Whether ``step`` is to treat record ``index`` of ``origin``, which looks like ``text``."""
        number = self._noted
        self._noted += 1
        if number in self._left_out:
            return False
        if origin is not self._origin:
            self._origin = origin
            self._origins += 1
            self._write(_ORIGIN_AT, _packed_origin(self._origins, origin))
        self._write(0, pickle.dumps((self._origins, number, step, index, text)))
        return True

    def clear(self) -> None:
        """All records that were noted are done with."""
        self._write(0, b"")

    def close(self) -> None:
        """The task has ended, and so has the file's use."""
        self._file.close()

    def _write(self, offset: int, data: bytes) -> None:
        os.pwrite(self._file.fileno(), len(data).to_bytes(_LENGTH_BYTES, "little") + data, offset)


def read(path: str) -> Note | None:
    """The last note in the file at ``path``; None if there is none."""
    try:
        with open(path, "rb") as file:
            note = _read(file)
            if not note:
                return None
            origins, *fields = pickle.loads(note)
            file.seek(_ORIGIN_AT)
            packed = _read(file)
    except (OSError, EOFError, pickle.UnpicklingError):  # it died while it wrote
        return None
    try:
        known, origin = pickle.loads(packed)
    except Exception:  # noqa: BLE001  an origin may be of any class
        known, origin = None, None
    number, step, place, text = fields
    return Note(number, step, place, text, origin if known == origins else None)


def _read(file: Any) -> bytes:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    data: bytes = file.read(length)
    return data


def _packed_origin(number: int, origin: object) -> bytes:
    try:
        return pickle.dumps((number, origin), 5)
    except Exception:  # noqa: BLE001  as in read
        return pickle.dumps((number, None))
