"""Sorted runs: what a sort keeps of a partition, in blocks that are read one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any, NamedTuple

from pannier.errors import InternalError, annotate
from pannier.kernels.chain import show
from pannier.shuffle.codec import decode, encode
from pannier.shuffle.store import Frame, FrameWriter, in_memory


class Block(NamedTuple):
    """Some hundred records of a run, which follow each other."""

    frame: Frame
    keys: list[Any]
    """Some of their keys, at equal distances; the first is that of the first record."""


class Run(NamedTuple):
    """Records of one split, sorted."""

    blocks: list[Block]
    last: Any
    """The key of the last record."""
    row_bytes: int
    """What a record takes in memory, roughly."""


def write_block(keys: list[Any], records: list[Any], writer: FrameWriter | None) -> Frame:
    """The frame of ``records`` with their ``keys``, which may be the same list; in memory without a ``writer``."""
    data = encode((None if keys is records else keys, records))
    return in_memory(data, len(records)) if writer is None else writer.write(data, len(records))


def read_block(frame: Frame) -> tuple[list[Any], list[Any]]:
    """The keys and the records that :func:`write_block` was given.

    Raises :class:`~pannier.errors.LostResult` if the file is not as it was.

    >>> read_block(write_block([1, 2], ["a", "b"], None))
    ([1, 2], ['a', 'b'])
    """
    keys, records = decode(frame.read())
    if len(records) != frame.rows:
        raise InternalError(f"{frame.rows} rows were written to {frame.path} and {len(records)} came back")
    return records if keys is None else keys, records


def picked(keys: list[Any], records: list[Any], chosen: list[bool]) -> tuple[list[Any], list[Any]]:
    """Of ``keys`` and ``records``, which may be the same list, those that are chosen.

    >>> picked([1, 2], ["a", "b"], [False, True])
    ([2], ['b'])
    """
    some = list(compress(records, chosen))
    return some if keys is records else list(compress(keys, chosen)), some


def ordered(keys: list[Any], reverse: bool) -> list[int]:
    """The places of ``keys`` in sorted order, equal ones in that of their places.

    >>> ordered(["b", "a", "b"], reverse=True)
    [0, 2, 1]
    """
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def clash(keys: Sequence[Any]) -> tuple[int, int] | None:
    """The places of two keys that cannot be compared, first that of the odder type; None if none are found.

    Only neighbours are tried, which finds two of any types that do not go together.

    >>> clash([1, 2, 3, "x", 4])
    (3, 2)
    """
    for i in range(1, len(keys)):
        try:
            bool(keys[i] < keys[i - 1])
        except Exception:  # noqa: BLE001  whatever a comparison of users' keys raises
            types = Counter(map(type, keys))
            return min((i, i - 1), (i - 1, i), key=lambda pair: types[type(keys[pair[0]])])
    return None


def explained(error: Exception, one: Any, other: Any, where: str = "") -> Exception:
    """``error``, with the two keys that cannot be compared, and what to do about it."""
    if one is None or other is None:
        hint = (
            "records without a key go last with key=lambda record: (key is None, key), where key is looked up"
        )
    else:
        hint = "give key= something that makes them alike, as key=str does"
    keys = f"{show(one)} ({type(one).__name__}) and {show(other)} ({type(other).__name__})"
    return annotate(error, f"the keys {keys}{where} have no order; {hint}")
