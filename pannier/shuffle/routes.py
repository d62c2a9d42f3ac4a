"""Between splits and gathers: which buckets each gather reads, decided from the sizes that came out.

There are more buckets than gathers.  The largest go first, each to the gather with the least so far; and only
as many gathers get any as the bytes are worth, so that little data is not scattered over many partitions.
"""

from __future__ import annotations

import dataclasses
import heapq
import operator
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

from pannier import host
from pannier.shuffle.codec import decode, encode
from pannier.shuffle.store import Frame, Runs, write_all

PARTITION_BYTES: Final = 1 << 20
"""Encoded bytes that are worth a partition of their own, where the user has not said how many there are to be."""
_INLINE_BYTES: Final = 64 << 10
"""Size of a layout up to which it travels as a value."""


class Bucket(NamedTuple):
    """What a gather reads of one bucket."""

    sides: tuple[list[Frame], ...]
    """For each input of the shuffle its frames, in the order of their records."""

    @property
    def size(self) -> int:
        """Encoded bytes in all frames."""
        return sum(frame.size for frames in self.sides for frame in frames)


class Layout(NamedTuple):
    """For each gather its encoded share of the pieces, here or in a file."""

    parts: list[bytes]
    path: str | None = None
    bounds: list[int] | None = None

    def part(self, i: int) -> Any:
        """What gather ``i`` reads, as its route has put it."""
        if self.path is None:
            return decode(self.parts[i])
        assert self.bounds is not None
        start, end = self.bounds[i : i + 2]
        with open(self.path, "rb", buffering=0) as file:
            return decode(os.pread(file.fileno(), end - start, start))


@dataclass(frozen=True, slots=True)
class BySize:
    """Buckets go to gathers by their sizes."""

    coalesce: bool
    """Whether fewer gathers than there are may get all."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> Assign:
        """The function of the indexes of all splits to the layout."""
        return Assign(gathers, tuple(splits), self.coalesce, folder)


@dataclass(frozen=True, slots=True)
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
        shares: list[list[Bucket]] = [[] for _ in range(self.npartitions)]
        for i, bucket in _assigned(buckets, self._gathers(buckets)):
            shares[i].append(bucket)
        return laid_out(shares, self.folder)

    def _by_bucket(self, indexes: Sequence[Runs]) -> list[Bucket]:
        found: dict[int, tuple[list[Frame], ...]] = {}
        number = 0
        for side, count in enumerate(self.splits):
            for split in range(number, number + count):
                for bucket, frames in indexes[split].frames.items():
                    if bucket not in found:
                        found[bucket] = tuple([] for _ in self.splits)
                    found[bucket][side].extend([frame._replace(split=split) for frame in frames])
            number += count
        return [Bucket(found[bucket]) for bucket in sorted(found)]

    def _gathers(self, buckets: Sequence[Bucket]) -> int:
        """How many gathers get something to read."""
        if not self.coalesce:
            return self.npartitions
        total = sum(bucket.size for bucket in buckets)
        return min(self.npartitions, 1 + total // PARTITION_BYTES)


def _assigned(buckets: Sequence[Bucket], gathers: int) -> Iterator[tuple[int, Bucket]]:
    """Each bucket with the number of its gather."""
    loads = [(0, i) for i in range(gathers)]
    for bucket in sorted(buckets, key=operator.attrgetter("size"), reverse=True):
        load, i = loads[0]
        heapq.heapreplace(loads, (load + bucket.size, i))
        yield i, bucket


def laid_out(shares: Sequence[Any], folder: str) -> Layout:
    """The layout of the ``shares`` of all gathers: in a file if it is large, so that each reads its own part only."""
    parts = [encode(share) for share in shares]
    here = host.current()
    if here is None or sum(map(len, parts)) <= _INLINE_BYTES:
        return Layout(parts)
    path = here.new_path(folder)
    bounds = [0]
    with open(path, "xb", buffering=0) as file:
        for part in parts:
            write_all(file, part)
            bounds.append(bounds[-1] + len(part))
    return Layout([], path, bounds)
