"""Between the splits and the gathers of a sort of frames: which range of keys each gather reads.

Each split writes its rows as one sorted run, in blocks of some thousand rows, and puts the key of the first row of
each block, and of some more rows, into the index.  Weighted by the bytes that they stand for, these say where to cut.
A gather reads the blocks of every run that may have rows of its range, and leaves out those of its neighbours.

Where equal keys may be cut apart, a row's place in its run is the last part of its key: then no key is too large for
a partition, and the order is still that of a stable sort.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from pannier.frozen import frozen
from pannier.kernels.frames.sorting import Key
from pannier.shuffle.decisions import once
from pannier.shuffle.ranges import cuts
from pannier.shuffle.routes import PARTITION_BYTES, Layout, laid_out
from pannier.shuffle.store import Frame


class SortedRun(NamedTuple):
    """The rows of one split, in order."""

    heads: list[Frame]
    """What its blocks are put together with, unless they are kept as they are."""
    blocks: list[Frame]
    starts: list[int]
    """How many rows there are before each block."""
    keys: list[Key]
    """Of the first row of each block."""
    samples: list[tuple[Key, int]]
    """The keys of some rows at equal distances, with their places."""


class Slice(NamedTuple):
    """Blocks of a run that follow each other."""

    frames: list[Frame]
    """Heads first."""
    split: int
    start: int
    """The place of the first row in the run."""


class Share(NamedTuple):
    """What a gather reads."""

    slices: list[Slice]
    lower: Key | None
    """The smallest key there may be; None if there is no bound."""
    upper: Key | None
    """The smallest key that is too large."""


@frozen
class ByOrder:
    """Ranges of keys go to gathers in order, as many bytes to each."""

    tears: bool
    """Whether equal keys may be in two partitions."""
    coalesce: bool
    """Whether fewer gathers than there are may get all."""
    bounds: tuple[Key, ...] | None = None
    """The smallest key of each partition but the first, where the user has said them."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> CutByOrder:
        """The function of the indexes of all splits to the layout."""
        return CutByOrder(gathers, self.tears, self.coalesce, self.bounds, folder)


@frozen
class CutByOrder:
    """The barrier of a sort of frames: from the runs of all splits the layout of its ``npartitions`` gathers."""

    npartitions: int
    tears: bool
    coalesce: bool
    bounds: tuple[Key, ...] | None
    folder: str
    """That of the splits' files, which are removed when nobody needs the layout any more."""
    keeps_inputs: ClassVar[bool] = True
    """The runs live as long as the layout, so that it can be made again when one split was lost."""
    stand_in: ClassVar[None] = None
    """The run of a split that failed, in a run that goes on without it."""

    def __pannier_fingerprint__(self) -> CutByOrder:
        """The same in no folder, which decides nothing."""
        return dataclasses.replace(self, folder="")

    def __call__(self, indexes: Sequence[SortedRun | None]) -> Layout:
        runs = [(split, run) for split, run in enumerate(indexes) if run is not None]
        frames = (frame for _, run in runs for frame in run.blocks)
        bounds = self.bounds
        if bounds is None:
            bounds = once(self.folder, frames, lambda: self._cut(runs))
        ends: list[Key | None] = [None, *bounds, *[None] * (self.npartitions - len(bounds))]
        shares = [Share([], *pair) for pair in pairwise(ends)]
        for split, run in runs:
            keys = [self._full(key, split, start) for key, start in zip(run.keys, run.starts, strict=True)]
            for share in shares[: len(bounds) + 1]:
                first = 0 if share.lower is None else max(0, bisect_left(keys, share.lower) - 1)
                stop = len(keys) if share.upper is None else bisect_left(keys, share.upper)
                if first < stop:
                    blocks = [*run.heads, *run.blocks[first:stop]]
                    some = [frame._replace(split=split) for frame in blocks]
                    share.slices.append(Slice(some, split, run.starts[first]))
        return laid_out(shares, self.folder)

    def _full(self, key: Key, split: int, place: int) -> Key:
        return (*key, split, place) if self.tears else key

    def _cut(self, runs: Iterable[tuple[int, SortedRun]]) -> tuple[Key, ...]:
        """The smallest key of each range but the first."""
        weighed = sorted(self._weighed(runs), key=_key_of)
        weights = [weight for _, weight in weighed]
        gathers = self.npartitions
        if self.coalesce:
            gathers = min(gathers, 1 + int(sum(weights)) // PARTITION_BYTES)
        found: list[Key] = []
        for cut in cuts(weights, gathers) if weighed else ():
            key = weighed[cut][0]
            if (found and not found[-1] < key) or not weighed[0][0] < key:
                continue  # of equal keys
            found.append(key)
        return tuple(found[: gathers - 1])

    def _weighed(self, runs: Iterable[tuple[int, SortedRun]]) -> Iterator[tuple[Key, float]]:
        """All samples with the bytes that they stand for."""
        for split, run in runs:
            weight = sum(frame.weight for frame in run.blocks) / len(run.samples)
            for key, place in run.samples:
                yield self._full(key, split, place), weight


def _key_of(pair: tuple[Key, float]) -> Key:
    return pair[0]
