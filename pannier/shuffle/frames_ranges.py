"""Both ends of a shuffle of frames by ranges of their keys, and what is between: partitions are in the order of keys.

A split with few rows keeps them together, and if all splits do, the first gather gets everything: so little is
gathered as the root of a tree would.  A split with many rows puts them in the order of their keys and cuts them into
pieces; the index has the first key of each.  From these the barrier chooses the bounds of the ranges::

    split 0   |a..c|c..f|f..k|     bounds  d, h
    split 1   |b..e|e..h|h..z|     ranges  key < d,  d <= key < h,  h <= key

A range reads the pieces that it may have rows in, and leaves out those of its neighbours.  Equal keys are in one range.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import pandas as pd

from pannier import host
from pannier.frozen import frozen
from pannier.kernels.frames.blocks import concatenated
from pannier.kernels.frames.groupcodes import comparable, groups_of, order_of
from pannier.kernels.kernel import BlockKernel
from pannier.shuffle.codec import encode
from pannier.shuffle.decisions import once
from pannier.shuffle.frames import parts_of, send
from pannier.shuffle.frames_codec import packed
from pannier.shuffle.frames_few import few_rows
from pannier.shuffle.frames_joining import joined
from pannier.shuffle.routes import PARTITION_BYTES, FrameGathering, Layout, laid_out
from pannier.shuffle.store import BucketWriter, Frame

_PIECES: Final = 256
"""Pieces that a split is cut into, of a few splits."""
_PIECES_IN_ALL: Final = 1 << 16
_PIECE_ROWS: Final = 1 << 11
"""Rows that are worth a piece of their own."""
_TOGETHER: Final = 1 << 24
"""Bytes of partial results that are merged at a time: then it is in memory that is there already."""
_GROWTH: Final = 5
"""Bytes that a range takes in memory for each encoded byte, roughly."""


@frozen
class Keys:
    """Which columns of the frames that are shuffled are keys: the first ones."""

    n: int
    meta: Any
    """A frame without rows."""
    keeps_index: bool = False
    """Whether the index goes along; else rows are numbered anew wherever they come to."""

    def of(self, block: pd.DataFrame) -> list[pd.Series[Any]]:
        """The keys of rows, comparable with those of any other block."""
        return [comparable(block.iloc[:, i], self.meta.dtypes.iloc[i]) for i in range(self.n)]


class Piece(NamedTuple):
    """Rows of one split, in the order of their keys."""

    frames: list[Frame]
    rows: int
    size: int
    """What its frames weigh."""


class Pieces(NamedTuple):
    """The index of what one split made."""

    pieces: list[Piece]
    first: pd.DataFrame | None
    """The first row of each piece, its keys alone; None where the only piece is in no order."""


class Range(NamedTuple):
    """What is gathered at a time."""

    pieces: list[Piece]
    bounds: tuple[pd.DataFrame | None, pd.DataFrame | None]
    """The keys that it starts with and ends before, each a frame of one row; None where there is no such bound."""


@frozen
class RangeSplit:
    """Puts the rows of a block in the order of their keys, and cuts them into pieces, if they are many."""

    keys: Keys
    splits: int
    """How many splits there are."""
    shown: str
    """The verb as the user wrote it."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = True

    def __call__(self, records: Any) -> Pieces:
        block = records
        if not len(block):
            return Pieces([], None)
        pieces = min(_PIECES, max(1, len(block) // _PIECE_ROWS), max(8, _PIECES_IN_ALL // self.splits))
        writer = BucketWriter(host.current(), self.folder, is_gathering=False)
        try:
            return split(block, self.keys, writer, pieces if len(block) > few_rows(self.splits) else 0)
        finally:
            writer.discard()

    def __pannier_fingerprint__(self) -> RangeSplit:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> RangeSplit:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


def split(block: pd.DataFrame, keys: Keys, writer: BucketWriter, pieces: int) -> Pieces:
    """The index of ``block`` cut into as many ``pieces``; with 0 it stays as it is."""
    whole, first = packed(block, keys.keeps_index), None
    ends = [0, len(block)]
    if pieces:
        order = order_of(keys.of(block))
        ends = np.linspace(0, len(block), pieces + 1).astype(np.intp).tolist()
        whole = whole.taken(order)
        first = block.iloc[order[ends[:-1]], : keys.n].reset_index(drop=True)
    send(whole, zip(range(len(ends) - 1), ends, ends[1:], strict=False), writer, block)
    frames = writer.close(encode(whole.recipe)).frames
    made = [
        Piece(frames[number], ends[number + 1] - ends[number], sum(frame.weight for frame in frames[number]))
        for number in range(len(ends) - 1)
    ]
    return Pieces(made, first)


@frozen
class ByRange:
    """Ranges of keys go to gathers in order, as many bytes to each."""

    keys: Keys
    coalesce: bool
    """Whether fewer gathers than there are may get all."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> CutByKey:
        """The function of the indexes of all splits to the layout."""
        return CutByKey(gathers, self.keys, self.coalesce, folder)


@frozen
class CutByKey:
    """The barrier of a shuffle by range: from the indexes of all splits the layout of its ``npartitions`` gathers."""

    npartitions: int
    keys: Keys
    coalesce: bool
    """Whether fewer gathers than ``npartitions`` may get all there is."""
    folder: str
    """That of the splits' files, which are removed when nobody needs the layout any more."""
    keeps_inputs: ClassVar[bool] = True
    """The indexes live as long as the layout, so that it can be made again when one split was lost."""
    stand_in: ClassVar[Pieces] = Pieces([], None)
    """The index of a split that failed, in a run that goes on without it."""

    def __pannier_fingerprint__(self) -> CutByKey:
        """The same in no folder, which decides nothing."""
        return dataclasses.replace(self, folder="")

    def __call__(self, indexes: Sequence[Pieces]) -> Layout:
        numbered = [_numbered(index, number) for number, index in enumerate(indexes) if index.pieces]
        shares: list[list[Range]] = [[] for _ in range(self.npartitions)]
        if not numbered:
            return laid_out(shares, self.folder)
        if all(index.first is None for index in numbered) and (self.coalesce or self.npartitions == 1):
            shares[0].append(Range([piece for index in numbered for piece in index.pieces], (None, None)))
            return laid_out(shares, self.folder)
        ordered = [self._ordered(index) for index in numbered]
        frames = (frame for index in ordered for piece in index.pieces for frame in piece.frames)
        bounds, gathers = once(self.folder, frames, lambda: self._cut(ordered))
        for each, gather in zip(self._ranges(ordered, bounds), gathers, strict=True):
            shares[gather].append(each)
        return laid_out(shares, self.folder)

    def _ordered(self, index: Pieces) -> Pieces:
        """``index`` of pieces that are in order."""
        if index.first is not None:
            return index
        (piece,) = index.pieces
        number = piece.frames[0].split
        block = joined(parts_of(piece.frames))
        return _numbered(
            split(block, self.keys, BucketWriter(None, ""), 1), number
        )  # few rows: they travel in the layout

    def _cut(self, indexes: Sequence[Pieces]) -> tuple[pd.DataFrame, list[int]]:
        """The first keys of all ranges but the first, and for each range its gather."""
        first = concatenated([index.first for index in indexes])
        weights = np.array([piece.size for index in indexes for piece in index.pieces])
        codes = groups_of(self.keys.of(first)).codes
        order = np.argsort(codes, kind="stable")
        before = np.cumsum(weights[order]) - weights[order]
        total = int(weights.sum())
        gathers = min(self.npartitions, 1 + total // PARTITION_BYTES) if self.coalesce else self.npartitions
        here = host.current()
        memory = total if here is None else max(1, here.memory // _GROWTH)
        ranges = max(1, -(-total // (memory * gathers)))
        cuts = np.arange(1, gathers * ranges)
        places = np.minimum(np.searchsorted(before, cuts / ranges * (total / gathers)), len(order) - 1)
        chosen = codes[order[places]]
        # With less memory there are more ranges, but no key goes to another gather then: where gathers begin, they do.
        starts = np.append(codes[order[0]], chosen[ranges - 1 :: ranges])
        numbers = np.searchsorted(starts, starts[np.searchsorted(starts, chosen, side="right") - 1])
        is_new = np.diff(chosen, prepend=codes[order[0]]) > 0
        bounds = first.iloc[order[places[is_new]]]
        return bounds, [0, *numbers[is_new].tolist()]

    def _ranges(self, indexes: Sequence[Pieces], bounds: pd.DataFrame) -> Iterator[Range]:
        """The ranges between ``bounds``, each with the pieces that may have rows in it."""
        first = concatenated([bounds, *[index.first for index in indexes]])
        codes = groups_of(self.keys.of(first)).codes
        n = len(bounds)
        cuts = [bounds.iloc[[i]] for i in range(n)]
        numbers: list[list[Piece]] = [[] for _ in range(n + 1)]
        at = n
        for index in indexes:
            own = codes[at : at + len(index.pieces)]
            at += len(index.pieces)
            # A piece begins with its first key, and may go on up to that of the next one.
            low = np.searchsorted(codes[:n], own, side="right").tolist()
            high = [*low[1:], n]
            for piece, start, stop in zip(index.pieces, low, high, strict=True):
                for number in range(start, stop + 1):
                    numbers[number].append(piece)
        for number, pieces in enumerate(numbers):
            yield Range(pieces, (cuts[number - 1] if number else None, cuts[number] if number < n else None))


def _numbered(index: Pieces, number: int) -> Pieces:
    """``index``, whose frames say that they are of split ``number``."""
    pieces = [
        piece._replace(frames=[frame._replace(split=number) for frame in piece.frames])
        for piece in index.pieces
    ]
    return Pieces(pieces, index.first)


@frozen
class RangeGather(FrameGathering):
    """Partition i of a shuffle by range: what ``finish`` makes of its rows, a range at a time."""

    keys: Keys
    finish: BlockKernel | None
    """From rows to what comes of them; rows of one key are in the order of the whole frame."""
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        layout, i = blocks
        made = [self._finished(self._rows(each)) for each in layout.part(i)]
        return concatenated(made or [self._finished(self.keys.meta)])

    def _finished(self, block: Any) -> Any:
        return block if self.finish is None else self.finish(block)

    def _rows(self, each: Range) -> Any:
        """The rows of a range."""
        lower, upper = each.bounds
        bounds = [bound for bound in each.bounds if bound is not None]
        merge = getattr(self.finish, "merged", None)
        if merge is not None and not bounds:
            blocks = [self._joined(some) for some in _few_at_a_time(each.pieces)]
            return blocks[0] if len(blocks) == 1 else concatenated(list(map(merge, blocks)))
        block = self._joined(each.pieces)
        if not bounds:
            return block
        n = self.keys.n
        codes = groups_of(self.keys.of(concatenated([block.iloc[:, :n], *bounds]))).codes
        codes, ends = codes[: len(block)], codes[len(block) :]
        inside = np.ones(len(block), dtype=np.bool_)
        if lower is not None:
            inside &= codes >= ends[0]
        if upper is not None:
            inside &= codes < ends[-1]
        return block if inside.all() else block[inside]

    def _joined(self, pieces: Sequence[Piece]) -> Any:
        """The rows of ``pieces``."""
        block = joined(parts_of([frame for piece in pieces for frame in piece.frames]))
        return self.keys.meta if block is None else block

    @property
    def label(self) -> str:
        return self.shown


def _few_at_a_time(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """``pieces``, in order, as many together as weigh no more than :data:`_TOGETHER`."""
    first, size = 0, 0
    for i, piece in enumerate(pieces):
        if size and size + piece.size > _TOGETHER:
            yield pieces[first:i]
            first, size = i, 0
        size += piece.size
    yield pieces[first:]
