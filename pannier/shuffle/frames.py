"""Both ends of a shuffle of frames by key: rows go to buckets by the hash of some columns, and buckets to gathers.

What is between them, the files and the layout, is that of any shuffle.  A split takes its block apart once; then, a
window of rows at a time that stays in a core's cache, rows are hashed, put into the order of their buckets by one
sort of small numbers and one take a column, and cut into parts.  A gather joins the parts of a few buckets into one
frame a side and hands these to what ends the verb: an aggregation, a join.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final, Self, cast

import numpy as np
import pandas as pd

from pannier import host
from pannier.errors import InternalError, SerializationError, annotate
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Narrow, Projection
from pannier.kernels.frames.blocks import Unjoined, concatenated, renumbered
from pannier.kernels.frames.keyhash import HASH_BITS, Hashes, hash_rows, key_columns
from pannier.kernels.kernel import BlockKernel
from pannier.shuffle.codec import encode, is_encodable, unframe
from pannier.shuffle.frames_codec import InBlock, Packed, Recipe, decoded, packed, recipe_of
from pannier.shuffle.frames_joining import Part, hashes_of, joined
from pannier.shuffle.routes import Bucket, FrameGathering
from pannier.shuffle.store import BucketWriter, Frame, Runs

_WINDOW: Final = 1 << 17
"""Rows that are brought into the order of their buckets at a time."""
_PART_ROWS: Final = 1 << 10
"""Rows of a bucket in a window, on average, that make it worth the microseconds of a part."""
_WINDOW_SHARE: Final = 16
"""The part of a task's memory that a window may take."""
_AGAIN: Final = 16
"""Buckets that a bucket too large is split into."""
_GROWTH: Final = 5
"""Bytes that a bucket takes in memory for each encoded byte, roughly: as read, as a frame, and as what comes of it."""
_TOGETHER: Final = 16 << 20
"""Encoded bytes of buckets that are finished together: enough to be worth a call of pandas, few for a core's cache."""
_TOGETHER_HASHED: Final = 128 << 20
"""The same where hashes are known, so that few rows are looked up in a table."""


@frozen(eq=False)  # frames have no equality that is a truth value
class Side:
    """One input of a shuffle of frames."""

    on: tuple[Any, ...] | None
    """Labels of the columns, or names of index levels, that make the key; None for all of the index."""
    meta: Any
    """A block of it without rows, for where there are none."""
    keeps_index: bool = True
    """Whether the index goes along; else rows are numbered anew wherever they come to."""
    keeps_order: bool = False
    """Whether rows of several buckets, finished at once because they are few, are in the order of the whole frame."""
    keeps_hashes: bool = False
    """Whether hashes of keys go along, and ``finish`` gets them behind all frames: None where they are not known."""

    @property
    def columns(self) -> Columns:
        """What splitting reads."""
        return frozenset(self.on or ())

    def narrowed(self, wanted: Columns) -> Side:
        """The same side with those columns only that are ``wanted``, or make the key."""
        if wanted is None or not isinstance(self.meta, pd.DataFrame):
            return self
        return dataclasses.replace(self, meta=Narrow(wanted | frozenset(self.on or ()))(self.meta))


@frozen
class FrameSplit:
    """Sends the rows of a block to ``buckets`` buckets, by the hash of their keys; they keep their order.

    The sink of the chain that makes the block; its result is the index of what it wrote.
    """

    side: Side
    buckets: int
    """How many there are: a power of two."""
    shown: str
    """The verb as the user wrote it."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = True

    def __call__(self, records: Any) -> Runs:
        writer = BucketWriter(host.current(), self.folder)
        try:
            return writer.close(spread(records, self.side, writer, self.buckets) if len(records) else b"")
        finally:
            writer.discard()

    def __pannier_fingerprint__(self) -> FrameSplit:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> FrameSplit:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def columns(self) -> Columns:
        """The columns that it reads itself."""
        return self.side.columns

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


def spread(block: Any, side: Side, writer: BucketWriter, buckets: int, shift: int = 0) -> bytes:
    """Give ``writer`` the rows of ``block``, each to the bucket that bits of its hash from ``shift`` on say.

    Returns what parts of it have to begin with: the recipe of the frame.
    """
    for part, places in in_buckets(block, side, buckets, shift):
        send(part, places, writer, block)
    return encode(part.recipe)


def in_buckets(
    block: Any, side: Side, buckets: int, shift: int = 0, known: Hashes | None = None
) -> Iterator[tuple[Packed, list[tuple[int, int, int]]]]:
    """The rows of ``block`` in the order of their buckets, a window at a time, and for each bucket where it begins and ends.

    Hashes of rows may be ``known``.
    """
    hashes = np.empty(len(block), "u8") if side.keeps_hashes else None
    whole = packed(block, side.keeps_index, side.keeps_order, hashes, keeps_chunks=True)
    for start, stop in _windows(whole, buckets):
        some = block[start:stop] if isinstance(block, pd.Index) else block.iloc[start:stop]
        own = hash_rows(key_columns(some, side.on)) if known is None else known[start:stop]
        if hashes is not None:
            hashes[start:stop] = own
        numbers = (own >> np.uint64(shift) & np.uint64(buckets - 1)).astype("u1" if buckets <= 256 else "u2")
        order = np.argsort(numbers, kind="stable")  # by digits, for numbers as small as these
        ends = np.cumsum(np.bincount(numbers, minlength=buckets)).tolist()
        part = whole.sliced(start, stop).taken(order)
        yield part, list(zip(range(buckets), [0, *ends[:-1]], ends, strict=True))


def send(whole: Packed, places: Iterable[tuple[int, int, int]], writer: BucketWriter, block: Any) -> None:
    """Give ``writer`` parts of ``whole``, which is of ``block``: for each a bucket, and where it begins and ends.

    They stay as they are while there is room for them.  Nobody knows what objects take.
    """
    nbytes = whole.nbytes
    lease = None if whole.loose else writer.lease(nbytes)
    for bucket, start, stop in places:
        if start == stop:
            continue
        part = whole.sliced(start, stop)
        weight = nbytes * part.rows // whole.rows
        if lease is None:
            writer.add_encoded(bucket, encoded(part, block), part.rows, None if whole.loose else weight)
        else:
            writer.keep(bucket, part, part.rows, weight, lease)


def _windows(whole: Packed, buckets: int) -> Iterator[tuple[int, int]]:
    """Where runs of rows begin and end that are split at a time."""
    here = host.current()
    step = max(_WINDOW, _PART_ROWS * buckets)
    if here is not None:
        row_bytes = max(1, whole.nbytes // whole.rows)
        step = min(step, max(_PART_ROWS, here.memory // _WINDOW_SHARE // row_bytes))
    for start in range(0, whole.rows, step):
        yield start, min(start + step, whole.rows)


def encoded(part: Packed, block: Any) -> bytes:
    """``part``, which is of ``block``, as bytes; an error says which column cannot be."""
    try:
        return part.encoded()
    except SerializationError as error:
        for name, column in block.items() if isinstance(block, pd.DataFrame) else [(block.name, block)]:
            for value in column if column.dtype == object else ():
                if not is_encodable(value):
                    annotate(error, f"column: {name!r}\nvalue: {value!r:.200}")
                    raise
        raise


@frozen
class FrameGather(FrameGathering, FrameKernel):
    """Partition i of a shuffle of frames: what ``finish`` makes of its buckets, a few of them at a time.

    All rows of a key are in one call of ``finish``, which gets one frame a side, in which rows of one key are in
    the order of the whole frame.
    """

    sides: tuple[Side, ...]
    finish: BlockKernel | None
    """From one frame a side to the rows that come of them; None for the frame of the only side itself."""
    buckets: int
    shown: str
    ignore_index: bool = False
    """Whether rows are numbered anew, in each partition."""
    whole: bool = True
    """Whether a partition is one frame, where it may be :class:`~pannier.kernels.frames.blocks.Unjoined`."""

    def __call__(self, *blocks: Any) -> Any:
        layout, i = blocks
        made = self.made_of(layout.part(i))
        if self.whole or len(made) < 2:
            made = [concatenated(made or [self._finished([])], numbered=self.ignore_index)]
        if self.ignore_index:
            made = renumbered(made)
        return made[0] if len(made) == 1 else Unjoined(made)

    def made_of(self, buckets: list[Bucket]) -> list[Any]:
        """What ``finish`` makes of some buckets at a time."""
        here = host.current()
        most = here.memory // _GROWTH if here is not None else _TOGETHER
        is_hashed = any(side.keeps_hashes for side in self.sides)
        together = min(most, _TOGETHER_HASHED if is_hashed else _TOGETHER)
        is_small = sum(bucket.weight for bucket in buckets) <= together
        with _Again(self.sides) as again:
            fitting = again.fitting(buckets, self.buckets.bit_length() - 1, most)
            return [
                self._finished(some, in_order=is_small and len(some) > 1)
                for some in _together(fitting, together)
            ]

    def unjoined(self) -> FrameGather:
        return dataclasses.replace(self, whole=False)

    @property
    def may_go(self) -> tuple[int, ...]:
        """The sides that could as well be whole beside each partition of the other, if a plan has room for one."""
        found: tuple[int, ...] = getattr(self.finish, "may_go", ())
        return found

    def _finished(self, buckets: list[Bucket], in_order: bool = False) -> Any:
        args, hashes = [], []
        for n, side in enumerate(self.sides):
            parts = _parts(buckets, n)
            block = joined(parts, side.keeps_order and in_order)
            args.append(side.meta if block is None else block)
            if side.keeps_hashes:
                hashes.append(hashes_of(parts))
        return args[0] if self.finish is None else self.finish(*args, *hashes)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        n = len(self.sides)
        finish = self.finish
        needs: tuple[Columns, ...] = (wanted if finish is None else None,) * n
        if isinstance(finish, FrameKernel):
            left = finish.projected(wanted, n)
            finish, needs = left.kernel, cast("tuple[Columns, ...]", left.needs)
        sides = [side.narrowed(columns) for side, columns in zip(self.sides, needs, strict=True)]
        kernel = dataclasses.replace(self, sides=tuple(sides), finish=finish)
        return Projection(kernel, (needs,))  # of the one shuffle, for each of its sides

    @property
    def label(self) -> str:
        return self.shown


def _together(buckets: Iterable[Bucket], most: int) -> Iterator[list[Bucket]]:
    """``buckets`` in lists of about ``most`` bytes."""
    found: list[Bucket] = []
    size = 0
    for bucket in buckets:
        if found and size + bucket.weight > most:
            yield found
            found, size = [], 0
        found.append(bucket)
        size += bucket.weight
    if found:
        yield found


def gathered(buckets: Sequence[Bucket]) -> Any:
    """The frame of all rows in ``buckets``, which have one side; None if there are none.

    Raises :class:`~pannier.errors.LostResult` if a file is not as it was.
    """
    return joined(_parts(buckets, 0))


def _parts(buckets: Sequence[Bucket], side: int) -> list[Part]:
    """All that one side has in ``buckets``; what is of one split follows each other."""
    frames = itertools.chain.from_iterable(bucket.sides[side] for bucket in buckets)
    return list(parts_of(sorted(frames, key=_split_of)))


def _split_of(frame: Frame) -> int:
    return frame.split


def parts_of(frames: Iterable[Frame]) -> Iterator[Part]:
    """The parts in ``frames``; checks that they have as many rows as were written."""
    recipe: Recipe | None = None
    for frame in frames:
        data = frame.read()
        if not frame.rows:
            recipe = recipe_of(data)
            continue
        if isinstance(data, Packed):
            found = [data]
        elif isinstance(data, InBlock):
            found = data.parts()
        else:
            found = [] if recipe is None else [decoded(recipe, blob) for blob in unframe(data)]
        rows = sum(values.rows for values in found)
        if rows != frame.rows:
            raise InternalError(f"{frame.rows} rows were written to {frame.path} and {rows} came back")
        for values in found:
            yield Part(values, frame.split)


class _Again:
    """Splits buckets that are too large into smaller ones; their files live as long as its ``with`` block."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides
        self._paths: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for path in self._paths:
            os.unlink(path)

    def fitting(self, buckets: Iterable[Bucket], shift: int, most: int) -> Iterator[Bucket]:
        """``buckets``, or what they are split into until each has no more than ``most`` bytes.

        Rows of one key cannot be split: a bucket of one hash stays as it is.
        """
        here = host.current()
        for bucket in buckets:
            if here is None or bucket.weight <= most or shift >= HASH_BITS:
                yield bucket
                continue
            smaller = self._split(bucket, here, shift)
            further = HASH_BITS if len(smaller) == 1 else shift + _AGAIN.bit_length() - 1
            yield from self.fitting(smaller, further, most)

    def _split(self, bucket: Bucket, here: host.Host, shift: int) -> list[Bucket]:
        found: dict[int, tuple[list[Frame], ...]] = {}
        for n, (side, frames) in enumerate(zip(self._sides, bucket.sides, strict=True)):
            for some in _batches(parts_of(frames), here.memory // _GROWTH):
                writer = BucketWriter(here, "again")
                try:
                    runs = writer.close(spread(joined(some), side, writer, _AGAIN, shift))
                finally:
                    writer.discard()
                for number, made in runs.frames.items():
                    if number not in found:
                        found[number] = tuple([] for _ in self._sides)
                    found[number][n].extend(made)
                    self._paths.update(frame.path for frame in made if frame.path is not None)
        return [Bucket(found[number]) for number in sorted(found)]


def _batches(parts: Iterable[Part], most: int) -> Iterator[list[Part]]:
    """``parts`` in lists of about as many rows as are split at a time, and no more than about ``most`` bytes."""
    found: list[Part] = []
    rows = size = 0
    for part in parts:
        found.append(part)
        rows += part.packed.rows
        size += part.packed.nbytes
        if rows >= _WINDOW or size >= most:
            yield found
            found, rows, size = [], 0, 0
    if found:
        yield found
