"""Between splits and gathers: which buckets each gather reads, decided from the sizes that came out.

There are more buckets than gathers.  The largest go first, each to the gather with the least so far; and only
as many gathers get any as the bytes are worth, so that little data is not scattered over many partitions.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Final, NamedTuple

from pannier import host
from pannier.errors import NotRepeatable
from pannier.frozen import frozen
from pannier.kernels.kernel import BlockKernel
from pannier.shuffle.codec import decode, encode
from pannier.shuffle.decisions import once
from pannier.shuffle.store import Frame, FrameWriter, Runs, in_memory

PARTITION_BYTES: Final = 1 << 20
"""Encoded bytes that are worth a partition of their own, where the user has not said how many there are to be."""
_INLINE_BYTES: Final = 64 << 10
"""Size of a layout up to which it travels as a value."""


class Bucket(NamedTuple):
    """What a gather reads of one bucket."""

    sides: tuple[list[Frame], ...]
    """For each input of the shuffle its frames, in the order of their records."""

    @property
    def rows(self) -> int:
        """Rows in all frames."""
        return sum(frame.rows for frames in self.sides for frame in frames)

    @property
    def size(self) -> int:
        """Encoded bytes in all frames."""
        return sum(frame.size for frames in self.sides for frame in frames)

    @property
    def weight(self) -> int:
        """What all frames weigh: with the same records the same in each run, unlike their sizes."""
        return sum(frame.weight for frames in self.sides for frame in frames)


class Layout(NamedTuple):
    """For each gather its share of the pieces: as it is, or encoded, all of them here or in one file."""

    parts: list[Any]

    def part(self, i: int) -> Any:
        """What gather ``i`` reads, as its route has put it.

        Raises :class:`~pannier.errors.LostResult` if the file is not as it was; the route has to run again then.
        """
        part = self.parts[i]
        return decode(part.read()) if type(part) is Frame else part

    def has_none(self, i: int) -> bool:
        """Whether gather ``i`` is known to get nothing, without reading."""
        return isinstance(self.parts[i], list) and not self.parts[i]


class FrameGathering(BlockKernel):
    """What makes partition i of frames, of a layout and i."""

    __slots__ = ()

    finish: BlockKernel | None

    @property
    def is_same_of_none(self) -> bool:
        return self.finish is None or self.finish.is_same_of_none

    def gets_none(self, *blocks: Any) -> bool:
        layout: Layout = blocks[0]
        return layout.has_none(blocks[1])


@frozen
class BySize:
    """Buckets go to gathers by their sizes."""

    coalesce: bool
    """Whether fewer gathers than there are may get all."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> Assign:
        """The function of the indexes of all splits to the layout."""
        return Assign(gathers, tuple(splits), self.coalesce, folder)


@frozen
class Assign:
    """The barrier of a shuffle: from the indexes of all splits the layout of its ``npartitions`` gathers."""

    npartitions: int
    splits: tuple[int, ...]
    """How many splits each input of the shuffle has; their indexes come in this order."""
    coalesce: bool
    """Whether fewer gathers than ``npartitions`` may get all there is."""
    folder: str
    """That of the splits' files, which are removed when nobody needs the layout any more."""
    keeps_inputs: ClassVar[bool] = True
    """The indexes live as long as the layout, so that it can be made again when one split was lost."""
    stand_in: ClassVar[Runs] = Runs({})
    """The index of a split that failed, in a run that goes on without it."""

    def __pannier_fingerprint__(self) -> Assign:
        """The same in no folder, which decides nothing."""
        return dataclasses.replace(self, folder="")

    def __call__(self, indexes: Sequence[Runs]) -> Layout:
        buckets = self._by_bucket(indexes)
        frames = chain.from_iterable(chain.from_iterable(bucket.sides) for bucket in buckets.values())
        rows = {number: bucket.rows for number, bucket in buckets.items()}
        gather_of, rows_then = once(self.folder, frames, lambda: (self._assigned(buckets), rows))
        if rows != rows_then:
            raise NotRepeatable(
                "a file of a shuffle was lost, and what was made again has other records than before, while some "
                "were gathered already: a function gives another result each time (random numbers, the time of day, "
                "what another program changes). Run again, or make it give the same for the same record"
            )
        shares: list[list[Bucket]] = [[] for _ in range(self.npartitions)]
        for number, gather in gather_of.items():
            shares[gather].append(buckets[number])
        return laid_out(shares, self.folder)

    def _by_bucket(self, indexes: Sequence[Runs]) -> dict[int, Bucket]:
        found: dict[int, tuple[list[Frame], ...]] = {}
        number = 0
        for side, count in enumerate(self.splits):
            for split in range(number, number + count):
                for bucket, frames in indexes[split].frames.items():
                    if bucket not in found:
                        found[bucket] = tuple([] for _ in self.splits)
                    found[bucket][side].extend([frame._replace(split=split) for frame in frames])
            number += count
        return {bucket: Bucket(found[bucket]) for bucket in sorted(found)}

    def _assigned(self, buckets: Mapping[int, Bucket]) -> dict[int, int]:
        """For each bucket the number of its gather."""
        sizes = {number: bucket.weight for number, bucket in buckets.items()}
        gathers = self.npartitions
        if self.coalesce:
            gathers = min(gathers, 1 + sum(sizes.values()) // PARTITION_BYTES)
        loads = [(0, i) for i in range(gathers)]
        found = {}
        for number in sorted(sizes, key=sizes.__getitem__, reverse=True):
            load, found[number] = loads[0]
            heapq.heapreplace(loads, (load + sizes[number], found[number]))
        return found


def laid_out(shares: Sequence[Any], folder: str) -> Layout:
    """The layout of the ``shares`` of all gathers: in a file if it is large, so that each reads its own part only."""
    here = host.current()
    if here is not None and here.room is not None:
        return Layout(list(shares))
    parts = [encode(share) for share in shares]
    if here is None or sum(map(len, parts)) <= _INLINE_BYTES:
        return Layout([in_memory(part, 0) for part in parts])
    writer = FrameWriter(here, folder)
    try:
        return Layout([writer.write(part, 0) for part in parts])
    finally:
        writer.close()
