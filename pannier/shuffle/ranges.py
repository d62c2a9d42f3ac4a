"""Between the splits and the gathers of a sort: which range of keys each gather merges.

Splits write sorted runs of blocks, and put some keys of each block into the index.  Weighted by the bytes that they
stand for, these say where to cut.  Equal keys are never cut apart, so each range can be merged by itself::

    split 0, run 0   |a..c|c..f|f..k|     bounds  d, h
    split 0, run 1   |b..e|e..h|h..z|     ranges  key <= d,  d < key <= h,  h < key
    split 1, run 0   |a..b|b..g|g..x|

Most blocks are inside one range.  A record of any other belongs to the one to which bisecting the bounds by its key
leads, between those of the block's ends.  That is a single one even where ``<`` is no order (NaN, sets): whatever
the keys are, each record is gathered exactly once.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, ClassVar, Final, NamedTuple

from pannier import host
from pannier.frozen import frozen
from pannier.kernels.kernel import MISSING
from pannier.shuffle.decisions import once
from pannier.shuffle.routes import PARTITION_BYTES, Layout, laid_out
from pannier.shuffle.runs import Block, Run, clash, explained, ordered, picked, read_block, write_block
from pannier.shuffle.store import Frame

RANGE_SHARE: Final = 4
"""The part of a task's memory that merging one range may take."""
_MERGING: Final = 80
"""Bytes a record takes besides its own while a range is merged: places in lists, and its number."""


class Piece(NamedTuple):
    """A block, as far as it belongs to a range."""

    frame: Frame
    window: list[Any]
    """The bounds that its keys may lie on both sides of; without any, all of it belongs to the range."""
    place: int
    """How many bounds of the window lie before the range."""

    def read(self) -> tuple[list[Any], list[Any]]:
        """Keys and records that belong to the range."""
        keys, records = read_block(self.frame)
        if not self.window:
            return keys, records
        return picked(keys, records, [place == self.place for place in _places(self.window, keys)])


class Range(NamedTuple):
    """What a gather merges at a time."""

    pieces: list[Piece]
    """In the order of their records in the bag, as far as keys are equal."""
    upper: Any
    """The largest key there may be; MISSING if there is no bound."""
    nbytes: int
    """Bytes of memory that merging all of it takes, roughly."""


@frozen
class Ranges:
    """Ranges of keys go to gathers in order, as many bytes to each."""

    reverse: bool
    coalesce: bool
    """Whether fewer gathers than there are may get all."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> Cut:
        """The function of the indexes of all splits to the layout."""
        return Cut(gathers, self.reverse, self.coalesce, folder)


@frozen
class Cut:
    """The barrier of a sort: from the runs of all splits the layout of its ``npartitions`` gathers."""

    npartitions: int
    reverse: bool
    """Whether runs are sorted from large to small, and the first gather gets the largest."""
    coalesce: bool
    """Whether fewer gathers than ``npartitions`` may get all there is."""
    folder: str
    """That of the splits' files, which are removed when nobody needs the layout any more."""
    keeps_inputs: ClassVar[bool] = True
    """The runs live as long as the layout, so that it can be made again when one split was lost."""
    stand_in: ClassVar[list[Run]] = []
    """The runs of a split that failed, in a run that goes on without it."""

    def __pannier_fingerprint__(self) -> Cut:
        """The same in no folder, which decides nothing."""
        return dataclasses.replace(self, folder="")

    def __call__(self, indexes: Sequence[list[Run]]) -> Layout:
        frames = (block.frame for runs in indexes for run in runs for block in run.blocks)
        bounds, gathers = once(self.folder, frames, lambda: self._cut(indexes))
        shares: list[list[Range]] = [[] for _ in range(self.npartitions)]
        for each, gather in zip(_ranges(indexes, bounds), gathers, strict=True):
            if each.pieces:
                shares[gather].append(each)
        if self.reverse:
            for share in shares:
                share.reverse()
        return laid_out(shares, self.folder)

    def _cut(self, indexes: Sequence[list[Run]]) -> tuple[list[Any], list[int]]:
        """The bounds between ranges, and the gather of each range."""
        keys, weights = _sampled(indexes)
        size = int(sum(weights))
        gathers = min(self.npartitions, 1 + size // PARTITION_BYTES) if self.coalesce else self.npartitions
        stops = list(_stops(weights, gathers, self.reverse, _fitting(indexes, size)))
        return [keys[stop - 1] for stop, _ in stops[:-1]], [gather for _, gather in stops]


def _sampled(indexes: Sequence[list[Run]]) -> tuple[list[Any], list[float]]:
    """The keys in the indexes, sorted, equal ones once; and how many encoded bytes each of them stands for."""
    found: list[Any] = []
    sizes: list[float] = []
    splits: list[int] = []
    for split, runs in enumerate(indexes):
        for block in chain.from_iterable(run.blocks for run in runs):
            found += block.keys
            sizes += [block.frame.size / len(block.keys)] * len(block.keys)
            splits += [split] * len(block.keys)
    try:
        order = ordered(found, reverse=False)
    except Exception as error:
        if places := clash(found):
            one, other = places
            where = f", of partitions {splits[one]} and {splits[other]} of the bag,"
            explained(error, found[one], found[other], where)
        raise
    keys: list[Any] = []
    weights: list[float] = []
    for i in order:
        if keys and not keys[-1] < found[i]:
            weights[-1] += sizes[i]
        else:
            keys.append(found[i])
            weights.append(sizes[i])
    return keys, weights


def _fitting(indexes: Sequence[list[Run]], size: int) -> float:
    """How many of the ``size`` bytes that ``indexes`` stand for a range may have, to fit into memory."""
    here = host.current()
    if here is None:
        return math.inf
    taken = sum(
        block.frame.rows * (run.row_bytes + _MERGING)
        for run in chain.from_iterable(indexes)
        for block in run.blocks
    )
    return here.memory / RANGE_SHARE * size / taken if taken else math.inf


def _stops(
    weights: Sequence[float], gathers: int, reverse: bool, fitting: float
) -> Iterator[tuple[int, int]]:
    """For each range how many keys there are up to its end, and the number of its gather.

    What a gather gets does not depend on ``fitting``, for a run that is resumed with other memory; only in
    how many ranges it comes does.
    """
    ends = [*cuts(weights, gathers), len(weights)]
    slices = [weights[start:end] for start, end in pairwise([0, *ends])]
    for some, end, gather in zip(slices, ends, _shared(slices, gathers, reverse), strict=True):
        n = math.ceil(sum(some) / fitting) or 1
        for cut in cuts(some, n):
            yield end - len(some) + cut, gather
        if n > 1 and end == len(weights):  # so that the largest key, if it fills a range alone, is its bound
            yield end, gather
        yield end, gather


def cuts(weights: Sequence[float], n: int) -> list[int]:
    """After how many of ``weights`` to cut each time to have about ``n`` parts of equal weight, in order.

    What weighs more than a part should is the last of one which has little else.

    >>> cuts([1, 1, 1, 1], 2), cuts([1, 9, 1, 1], 4)
    ([2], [1, 2])
    """
    share = sum(weights) / n
    found = []
    done, quota = 0.0, share
    for i, weight in enumerate(weights):
        if i and done + weight / 2 > quota:
            found.append(i)
            quota = share * (round(done / share) + 1)
        done += weight
    return found


def _shared(slices: Sequence[Sequence[float]], gathers: int, reverse: bool) -> list[int]:
    """For each slice the number of its gather: they share the weight evenly, by the middle of each slice."""
    loads = list(map(sum, slices))
    total = sum(loads) or 1.0
    middles = [end - load / 2 for end, load in zip(accumulate(loads), loads, strict=True)]
    if reverse:
        middles = [total - middle for middle in middles]
    return [min(int(middle / total * gathers), gathers - 1) for middle in middles]


def _ranges(indexes: Sequence[list[Run]], bounds: list[Any]) -> list[Range]:
    """The ranges that ``bounds`` make, in ascending order."""
    pieces: list[list[Piece]] = [[] for _ in range(len(bounds) + 1)]
    nbytes = [0.0] * len(pieces)
    for split, runs in enumerate(indexes):
        for run in runs:
            for i, piece in _pieces(run, bounds, split):
                pieces[i].append(piece)
                rows = piece.frame.rows / (len(piece.window) + 1)
                nbytes[i] += rows * (run.row_bytes + _MERGING)
    uppers = [*bounds, MISSING]
    return [Range(*each) for each in zip(pieces, uppers, map(int, nbytes), strict=True)]


def _pieces(run: Run, bounds: list[Any], split: int) -> Iterator[tuple[int, Piece]]:
    """The pieces of the blocks of ``run``, each with the number of its range."""
    ends = [*(block.keys[0] for block in run.blocks), run.last]
    for block, places in zip(run.blocks, pairwise(_places(bounds, ends)), strict=True):
        low, high = sorted(places)
        window = bounds[low:high]
        if block.frame.is_inline and window:
            yield from _cut_here(block, window, low)
        else:
            frame = block.frame._replace(split=split)
            for i in range(low, high + 1):
                yield i, Piece(frame, window, i - low)


def _cut_here(block: Block, window: list[Any], low: int) -> Iterator[tuple[int, Piece]]:
    """The pieces of a block that is no file's, cut: it would go whole to every gather."""
    keys, records = read_block(block.frame)
    places = _places(window, keys)
    for place in set(places):
        some = picked(keys, records, [each == place for each in places])
        yield low + place, Piece(write_block(*some, None), [], 0)


def _places(bounds: list[Any], keys: Iterable[Any]) -> list[int]:
    """How many of ``bounds`` are smaller than each of ``keys``."""
    return [bisect_left(bounds, key) for key in keys]
