"""What the tail of an ORC file says: the rows and bytes of each stripe, and how many nulls a column has.

The tail is a protocol buffer (https://orc.apache.org/specification/ORCv1/, "File Tail"), of which a few fields are
needed that pyarrow does not pass on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pannier.frozen import frozen
from pannier.io.files import open_file
from pannier.io.parquet_footers import reading

_VARINT: Final = 0
_WIDTHS: Final = {1: 8, 5: 4}
"""Bytes of numbers of a fixed width, by their kind."""


@frozen
class Stripe:
    """A stripe: rows that are stored together."""

    rows: int
    size: int
    """Bytes as stored."""


@frozen
class OrcTail:
    """What a file says of itself."""

    path: str
    version: str
    schema: Any
    """The Arrow schema."""
    stripes: tuple[Stripe, ...]
    nulls: Mapping[str, int | None]
    """How many nulls a column has; None where the file does not say."""

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return sum(stripe.rows for stripe in self.stripes)


def read_tail(path: str, version: str, storage_options: Mapping[str, Any] | None) -> OrcTail:
    """The tail of the file at ``path``.  Raises :class:`~pannier.errors.InputError` for what is no ORC file."""
    from pyarrow import orc

    with open_file(path, storage_options, seekable=True) as file, reading(path, "ORC"):
        opened = orc.ORCFile(file)
        tail, schema = opened.reader.serialized_file_tail(), opened.schema
    (footer,) = [value for number, value in _fields(tail) if number == 2]
    stripes, counts, roots = [], [], None
    for number, value in _fields(footer):
        if number == 3:
            found = dict(_fields(value))
            size = sum(int(found.get(part, 0)) for part in (2, 3, 4))
            stripes.append(Stripe(int(found.get(5, 0)), size))
        elif number == 4 and roots is None:
            roots = _children(value)
        elif number == 7:
            counts.append(dict(_fields(value)).get(1))
    rows = sum(stripe.rows for stripe in stripes)
    nulls: dict[str, int | None] = {}
    for name, column in zip(schema.names, roots or (), strict=False):
        count = counts[column] if column < len(counts) else None
        nulls[name] = None if count is None else rows - int(count)
    return OrcTail(path, version, schema, tuple(stripes), nulls)


def _children(kind: bytes) -> list[int]:
    """The numbers of the columns that a type consists of, which are packed or one by one."""
    found: list[int] = []
    for number, value in _fields(kind):
        if number != 2:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        position = 0
        while position < len(value):
            child, position = _varint(value, position)
            found.append(child)
    return found


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    r"""The fields of a message, each its number and value: an int, or bytes.

    >>> list(_fields(b"\x08\x96\x01\x12\x02hi"))
    [(1, 150), (2, b'hi')]
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value: int | bytes
            value, position = _varint(message, position)
        else:
            length = _WIDTHS.get(kind)
            if length is None:
                length, position = _varint(message, position)
            value = message[position : position + length]
            position += length
        yield number, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A number of seven bits a byte, the least first, and where it ends."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
