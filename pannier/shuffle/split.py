"""The end of a map task: its records become pieces by key, and pieces go to buckets."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from pannier import host
from pannier.errors import SerializationError, annotate
from pannier.frozen import frozen
from pannier.kernels.batches import Partition
from pannier.kernels.chain import show
from pannier.kernels.groups import Grouping
from pannier.kernels.hashing import HASH_BITS, hash_keys, own_hashes
from pannier.shuffle.codec import is_encodable
from pannier.shuffle.store import BucketWriter, Runs

WINDOW: Final = 1 << 13
"""Records that are grouped before they are encoded: enough to fill the buckets, few enough to stay small."""
COMBINED: Final = 1 << 16
"""Records that are combined before their totals join those before them."""
MOST_KEYS: Final = 1 << 17
"""Totals that one split keeps before it sends them on."""


@frozen
class Split:
    """Sends the ``(key, value)`` records of a partition to ``buckets`` buckets, as partials of ``grouping``.

    The sink of the chain that makes the partition; its result is the index of what it wrote.
    """

    grouping: Grouping
    buckets: int
    """How many there are: a power of two."""
    shown: str
    """The verb as the user wrote it."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = False

    def __call__(self, records: Iterable[Any]) -> Runs:
        writer = BucketWriter(host.current(), self.folder)
        try:
            for piece in pieces(self.grouping, records):
                spread(piece, self.grouping, writer, self.buckets)
            return writer.close()
        except SerializationError:
            if isinstance(records, Partition):
                records.blame(None)  # it is known by its key, and not the record that was pulled last
            raise
        finally:
            writer.discard()

    def __pannier_fingerprint__(self) -> Split:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> Split:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


def pieces(grouping: Grouping, records: Iterable[Any]) -> Iterator[dict[Any, Any]]:
    """Partials of all ``records``: of few at a time where that saves nothing, else of as many keys as may be."""
    walk = iter(records)
    if not grouping.shrinks:
        for first in walk:
            yield grouping.chunk(itertools.chain((first,), itertools.islice(walk, WINDOW - 1)))
        return
    total: dict[Any, Any] = {}
    for first in walk:
        total = grouping.extended(total, itertools.chain((first,), itertools.islice(walk, COMBINED - 1)))
        if len(total) > MOST_KEYS:
            yield total
            total = {}
    if total:
        yield total


def spread(
    piece: dict[Any, Any], grouping: Grouping, writer: BucketWriter, buckets: int, shift: int = 0
) -> None:
    """Give ``writer`` the part of ``piece`` that belongs to each bucket, by the hash's bits from ``shift`` on.

    Where it has no more bits, Python's own hash goes on.  It is not the same in another process.
    """
    hashes = hash_keys(list(piece)) if shift < HASH_BITS else own_hashes(piece)
    parts: list[dict[Any, Any]] = [{} for _ in range(buckets)]
    last = buckets - 1
    for (key, value), hashed in zip(piece.items(), hashes, strict=True):
        parts[hashed >> shift % HASH_BITS & last][key] = value
    for bucket, part in enumerate(parts):
        if part:
            try:
                writer.add(bucket, part, grouping.rows(part))
            except SerializationError as error:
                _name_culprit(part, error)
                raise


def _name_culprit(part: dict[Any, Any], error: SerializationError) -> None:
    """Note on ``error`` what it is in ``part`` that cannot be encoded."""
    for key, value in part.items():
        for each in value if type(value) is list else [value]:
            if not is_encodable((key, each)):
                annotate(error, f"key: {show(key)}\nrecord: {show(each)}")
                return
