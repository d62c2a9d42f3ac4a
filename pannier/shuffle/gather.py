"""The start of a reduce task: one bucket after the other becomes records again.

All of a key is in one bucket, so a bucket is finished by itself, and one is in memory at a time.  A bucket
that is too large for that is split again, by further bits of the same hash, into files of its own; and where all
its keys have one hash, by Python's own, which one process may use.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from pannier import host
from pannier.errors import InternalError
from pannier.frozen import frozen
from pannier.kernels.batches import BATCH_RECORDS, Batch, Batches, InMemory, take
from pannier.kernels.groups import Grouping
from pannier.kernels.hashing import HASH_BITS
from pannier.shuffle.codec import decode, unframe
from pannier.shuffle.routes import Bucket, Layout
from pannier.shuffle.split import spread
from pannier.shuffle.store import BucketWriter, Frame

_AGAIN: Final = 16
"""Buckets that a bucket too large is split into."""
_NO_BITS: Final = 2 * HASH_BITS
"""From here on, neither the hash of the shuffle nor, after it, Python's own has bits left to split by."""
_GROWTH: Final = 5
"""Bytes that records take in memory for each encoded byte, roughly: dicts of short texts and numbers."""


@frozen
class Gather:
    """The records of partition i of a shuffle: those of its buckets, one after the other."""

    groupings: tuple[Grouping, ...]
    """What the splits of each input used."""
    finish: Callable[..., Iterable[Any]]
    """From the whole partials of one bucket, one an input, to its records."""
    buckets: int
    shown: str
    streams: bool = False
    """Whether ``finish`` gets the first input's partials one by one, in order, and only the others whole."""

    def __call__(self, layout: Layout, i: int) -> Batches:
        return Batches(self._batches(layout.part(i)))

    def _batches(self, buckets: Iterable[Bucket]) -> Iterator[Batch]:
        """The records of ``buckets``; no batch has any of two."""
        shift = self.buckets.bit_length() - 1
        n = BATCH_RECORDS if self.streams else min(grouping.batch for grouping in self.groupings)
        first = 0
        for bucket in buckets:
            records = iter(self._records(bucket, shift))
            while batch := take(records, n):
                yield Batch(batch, InMemory(f"what {self.shown} made", first))
                first += len(batch)

    def _records(self, bucket: Bucket, shift: int) -> Iterable[Any]:
        here = host.current()
        held = Bucket(bucket.sides[1:]) if self.streams else bucket
        if here is not None and held.size * _GROWTH > here.memory and shift < _NO_BITS:
            return self._split_again(bucket, here, shift)
        first = (partials if self.streams else whole)(self.groupings[0], bucket.sides[0])
        return self.finish(first, *map(whole, self.groupings[1:], bucket.sides[1:]))

    def _split_again(self, bucket: Bucket, here: host.Host, shift: int) -> Iterator[Any]:
        """The records of a bucket too large to be in memory."""
        indexes = []
        for grouping, frames in zip(self.groupings, bucket.sides, strict=True):
            writer = BucketWriter(here, "again")
            try:
                for piece in partials(grouping, frames):
                    spread(piece, grouping, writer, _AGAIN, shift)
                indexes.append(writer.close().frames)
            finally:
                writer.discard()
        found = sorted({smaller for frames in indexes for smaller in frames})
        if len(found) == 1:  # one key alone, or keys of one hash: further bits would be no better
            shift = HASH_BITS if shift < HASH_BITS else _NO_BITS
        else:
            shift += _AGAIN.bit_length() - 1
        for smaller in found:
            yield from self._records(Bucket(tuple([frames.get(smaller, []) for frames in indexes])), shift)
        for path in {frame.path for frames in indexes for each in frames.values() for frame in each}:
            if path is not None:
                os.unlink(path)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


def partials(grouping: Grouping, frames: Sequence[Frame]) -> Iterator[Any]:
    """The partials in ``frames``, in their order; checks that they have as many rows as were written."""
    for frame in frames:
        rows = 0
        for blob in unframe(frame.read()):
            partial = decode(blob)
            rows += grouping.rows(partial)
            yield partial
        if rows != frame.rows:
            raise InternalError(f"{frame.rows} rows were written to {frame.path} and {rows} came back")


def whole(grouping: Grouping, frames: Sequence[Frame]) -> Any:
    """The one partial of all ``frames``."""
    return grouping.combine(partials(grouping, frames))
