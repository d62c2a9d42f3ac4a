"""A shuffle of frames by the hash of their keys in which rows whose keys no others have stay where they are.

Where nearly every row has a key of its own, moving rows to find that out takes longer than all else.  So a split that has
room keeps its block as it is, beside the hashes of its rows; the barrier, which sees all hashes, finds those that are there
more than once.  Rows with such go to buckets by key, and are taken out of their block by the gather that wants them; the
others are handed to a gather block by block.  Where hardly any row would stay, all go to buckets.

This is a semi-join reduction (Bernstein and Chiu, 1981) of a block by all others, by hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier import host
from pannier.errors import InternalError
from pannier.frozen import frozen
from pannier.kernels.frames.keyhash import Hashes, hash_rows, key_columns
from pannier.kernels.frames.picking import rows_where
from pannier.room import Lease
from pannier.shuffle.frames import FrameGather, Side, in_buckets, parts_of, spread
from pannier.shuffle.frames_codec import InBlock, Packed
from pannier.shuffle.frames_few import TOGETHER, AssignFew, FewBySize, FewOrSplit
from pannier.shuffle.frames_joining import joined
from pannier.shuffle.routes import Assign, Bucket, Layout
from pannier.shuffle.store import BucketWriter, Frame, Runs

_WHOLE: Final = -2
"""The number of the bucket for blocks that are kept whole."""
_SLICES: Final = 1 << 8
"""Parts of the hashes of a block, however many buckets there are: small enough to be sorted in a core's cache."""
_WINDOW: Final = 1 << 17
"""Rows that are hashed at a time."""
_SAMPLE: Final = 1 << 16
"""Rows from which it is judged whether many share keys."""
_MOST_AGAIN: Final = 16
"""Of so many rows one may have a key that others have, for the rest to stay."""
_ROW_BYTES: Final = 16
"""What is kept beside a row: its hash and its place."""

Places: TypeAlias = npt.NDArray[np.intp]


class Whole:
    """A block, and the hashes and places of its rows, slice by slice."""

    __slots__ = ("_block", "_lock", "_parts", "ends", "hashes", "places", "rows", "side")

    def __init__(self, block: pd.DataFrame, side: Side) -> None:
        """``block`` by the lowest bits of the hashes of its keys."""
        hashes = np.empty(len(block), "u8")
        for start in range(0, len(block), _WINDOW):
            hashes[start : start + _WINDOW] = _hashes(block.iloc[start : start + _WINDOW], side)
        numbers = (hashes & np.uint64(_SLICES - 1)).astype("u1")
        self._block: pd.DataFrame | None = block
        self.side = side
        self.rows = len(block)
        self.places: Places = np.argsort(numbers, kind="stable")  # by digits, for numbers as small as these
        self.hashes = hashes[self.places]
        self.ends: list[int] = [0, *np.cumsum(np.bincount(numbers, minlength=_SLICES)).tolist()]
        self._parts: list[list[Packed]] | None = None
        self._lock = Lock()

    def slice(self, number: int) -> slice:
        """Where the rows of a slice are among hashes and places."""
        return slice(self.ends[number], self.ends[number + 1])

    @property
    def block(self) -> pd.DataFrame:
        """All rows, as long as they have not been split."""
        if self._block is None:
            raise InternalError("a block was wanted whole that has been split")
        return self._block

    def split(self, buckets: int, *, waits: bool) -> list[list[Packed]] | None:
        """The rows by bucket, in parts; whoever comes first splits them, and others may wait for that, or get None."""
        if not self._lock.acquire(blocking=waits):
            return None
        try:
            if self._parts is None:
                hashes = np.empty_like(self.hashes)
                hashes[self.places] = self.hashes
                parts: list[list[Packed]] = [[] for _ in range(buckets)]
                for part, places in in_buckets(self.block, self.side, buckets, known=hashes):
                    for bucket, start, stop in places:
                        if start < stop:
                            parts[bucket].append(part.sliced(start, stop))
                self._parts, self._block = parts, None
            return self._parts
        finally:
            self._lock.release()


def _hashes(block: pd.DataFrame, side: Side) -> Hashes:
    return hash_rows(key_columns(block, side.on))


@frozen
class Share(InBlock):
    """The rows of a block that was kept whole which go to one bucket of so many."""

    whole: Whole
    bucket: int
    buckets: int

    def parts(self) -> list[Packed]:
        parts = self.whole.split(self.buckets, waits=True)
        assert parts is not None, "it waited"
        return parts[self.bucket]


class Home(NamedTuple):
    """A block that was kept whole, without the rows that go elsewhere."""

    whole: Whole
    going: npt.NDArray[np.bool_] | None
    """Which these are; None where there are no such."""
    lease: Lease | None
    """Of its memory, while it waits."""

    def block(self) -> pd.DataFrame:
        """The rows that stay."""
        return self.whole.block if self.going is None else rows_where(self.whole.block, ~self.going)


class Dealt(NamedTuple):
    """What a gather reads: buckets, as in any shuffle, and blocks that have stayed whole."""

    buckets: list[Bucket]
    homes: list[Home]


@frozen
class WholeOrSplit(FewOrSplit):
    """Keeps a block whole where there is room for it, it has more rows than a few, and few of all seem to share keys."""

    splits: int = 1
    """How many blocks there are."""

    def __call__(self, records: Any) -> Runs:
        block, here = records, host.current()
        room = None if here is None else here.room
        is_plain = not any(map(pd.api.types.is_object_dtype, block.dtypes))
        if len(block) <= self.few or room is None or not is_plain or not self._seem_alone(block):
            return FewOrSplit.__call__(self, block)
        nbytes = int(block.memory_usage(index=True).sum())
        kept = nbytes + _ROW_BYTES * len(block)
        # Where rows come to must not depend on who came first: if there is room for all such blocks, each stays.
        if kept * self.splits > room.nbytes:
            return FewOrSplit.__call__(self, block)
        whole = Whole(block, self.side)
        frame = Frame(None, whole, 0, nbytes, nbytes, len(block), 0, lease=room.claim(kept), weight=nbytes)
        return Runs({_WHOLE: [frame]})

    def _seem_alone(self, block: pd.DataFrame) -> bool:
        """Whether about as few of the first rows share keys as would if few of all rows do."""
        hashes = np.sort(_hashes(block.iloc[:_SAMPLE], self.side))
        again = np.count_nonzero(hashes[1:] == hashes[:-1])
        # n rows share keys n**2 / 2k times, if there are k of them: the birthday paradox.
        return bool(2 * again * _MOST_AGAIN * len(block) * self.splits <= len(hashes) ** 2)


@frozen
class WholeBySize(FewBySize):
    """Buckets go to gathers by their sizes, and blocks that were kept whole in their order."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> AssignWhole:
        return AssignWhole(gathers, tuple(splits), self.coalesce, folder, self.side, self.buckets)


@frozen
class AssignWhole(AssignFew):
    """The barrier of such a shuffle."""

    def __call__(self, indexes: Sequence[Runs]) -> Layout:
        if not any(_WHOLE in runs.frames for runs in indexes):
            return AssignFew.__call__(self, indexes)
        kept = [self._kept(runs) for runs in indexes]
        wholes = [frame.data for frame in kept if frame is not None]
        stay = all(frame is not None or not runs.frames for frame, runs in zip(kept, indexes, strict=True))
        going = repeated(wholes) if stay else None
        homes: list[Home] = []
        shared = list(indexes)
        for number, frame in enumerate(kept):
            if frame is None:
                continue
            if going is None:
                shared[number] = self._shares(frame)
                continue
            homes.append(Home(frame.data, going[len(homes)], frame.lease))
            shared[number] = self._sent(homes[-1])
        layout = Assign.__call__(self, shared)
        n = len(layout.parts)
        dealt = [Dealt(layout.part(i), []) for i in range(n)]
        for number, home in enumerate(homes):
            dealt[number * n // len(homes)].homes.append(home)
        return Layout(dealt)

    def _kept(self, runs: Runs) -> Frame | None:
        """The frame of the block of a split that was kept whole, or is small enough to be so now."""
        if _WHOLE in runs.frames:
            return runs.frames[_WHOLE][0]
        if TOGETHER not in runs.frames:
            return None
        block = joined(parts_of(runs.frames[TOGETHER]))
        whole = Whole(block, self.side)
        weight = sum(frame.weight for frame in runs.frames[TOGETHER])
        return Frame(None, whole, 0, weight, weight, len(block), 0, weight=weight)

    def _shares(self, frame: Frame) -> Runs:
        """All rows of a block that was kept whole, by bucket."""
        whole: Whole = frame.data
        frames = {}
        numbers = (whole.hashes & np.uint64(self.buckets - 1)).astype(np.intp)
        for bucket, rows in enumerate(np.bincount(numbers, minlength=self.buckets).tolist()):
            if rows:
                nbytes = frame.nbytes * rows // whole.rows
                share = Share(whole, bucket, self.buckets)
                frames[bucket] = [
                    frame._replace(data=share, nbytes=nbytes, size=nbytes, rows=rows, weight=nbytes)
                ]
        return Runs(frames)

    def _sent(self, home: Home) -> Runs:
        """The rows that go elsewhere, by bucket: few, which travel in the layout."""
        if home.going is None:
            return Runs({})
        writer = BucketWriter(None, "")
        block = rows_where(home.whole.block, home.going)
        return writer.close(spread(block, self.side, writer, self.buckets))


def repeated(wholes: Sequence[Whole]) -> list[npt.NDArray[np.bool_] | None] | None:
    """For each block the rows whose hashes are there more than once in all, None if there are no such; None if there are many."""
    most = sum(whole.rows for whole in wholes) // _MOST_AGAIN
    found: list[npt.NDArray[np.bool_] | None] = [None] * len(wholes)
    total = 0
    for number in range(_SLICES):
        own = [whole.hashes[whole.slice(number)] for whole in wholes]
        ordered = np.sort(np.concatenate(own))
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        total += len(again)
        if total * _SLICES > most * (number + 2):
            return None
        if not len(again):
            continue
        for i, (hashes, whole) in enumerate(zip(own, wholes, strict=True)):
            nearest = again[np.minimum(np.searchsorted(again, hashes), len(again) - 1)]
            places = whole.places[whole.slice(number)][nearest == hashes]
            if len(places):
                marks = found[i]
                found[i] = marks = np.zeros(whole.rows, np.bool_) if marks is None else marks
                marks[places] = True
    return found


@frozen
class WholeGather(FrameGather):
    """Partition i of such a shuffle: blocks that have stayed whole, then what comes of buckets."""

    def made_of(self, part: Any) -> list[Any]:
        if not isinstance(part, Dealt):
            return FrameGather.made_of(self, part)
        for frame in _shared(part.buckets):  # so many at once as there are gathers at work
            frame.data.whole.split(self.buckets, waits=False)
        finish: Any = self.finish
        made = [finish.of_alone(home.block()) for home in part.homes]
        return made + (FrameGather.made_of(self, part.buckets) if part.buckets else [])


def _shared(buckets: Sequence[Bucket]) -> Iterator[Frame]:
    """The frames of one bucket that are shares of blocks kept whole: all buckets have such of the same blocks, if any has."""
    for bucket in buckets[:1]:
        yield from (frame for frame in bucket.sides[0] if isinstance(frame.data, Share))
