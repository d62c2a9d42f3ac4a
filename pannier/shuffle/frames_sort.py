"""Both ends of a sort of frames: splits write their rows in order, gathers merge a range of keys out of all runs.

Merging is sorting again: what pandas sorts a column with finds the runs in what it is given.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from pannier import host
from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Narrow, Projection
from pannier.kernels.frames.levels import ruled
from pannier.kernels.frames.sorting import Key, Order
from pannier.shuffle.codec import encode
from pannier.shuffle.frames import parts_of, send
from pannier.shuffle.frames_codec import Packed, packed
from pannier.shuffle.frames_cuts import Share, Slice, SortedRun
from pannier.shuffle.frames_joining import joined
from pannier.shuffle.store import BucketWriter

_BLOCK_ROWS: Final = 1 << 14
_LEAST_ROWS: Final = 1 << 9
"""Rows of a block at most, and at least: the key of one row of each is in the index."""
_BLOCK_BYTES: Final = 1 << 20
_BLOCKS_A_GATHER: Final = 8
"""Blocks that a gather should find in a run: at both ends it reads some rows that are not its own."""
_SAMPLES: Final = 64
"""Rows whose keys are in the index of a run, at least: with few, ranges would be uneven."""


@frozen
class OrderSplit:
    """Writes the rows of a block as one sorted run.

    The sink of the chain that makes the block; its result is the index of the run, None if there are no rows.
    """

    order: Order
    keeps_index: bool
    gathers: int
    shown: str
    """The verb as the user wrote it."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = True

    def __call__(self, records: Any) -> SortedRun | None:
        if not len(records):
            return None
        keys = self.order.keys(records)
        places = self.order.places(keys)
        whole = packed(records, self.keeps_index)
        step = self._step(whole)
        row_key = self.order.row_keys(keys)
        starts = list(range(0, whole.rows, step))
        sampled = range(0, whole.rows, max(1, whole.rows // max(_SAMPLES, 2 * self.gathers)))
        writer = BucketWriter(host.current(), self.folder, is_gathering=False)
        try:
            for number, start in enumerate(starts):
                part = whole.taken(places[start : start + step])
                send(part, [(number, 0, part.rows)], writer, records)
            blocks = writer.close(encode(whole.recipe)).frames
        finally:
            writer.discard()
        heads = {frame for frames in blocks.values() for frame in frames if not frame.rows}  # all the same
        return SortedRun(
            list(heads),
            [blocks[number][-1] for number in range(len(starts))],
            starts,
            [row_key(int(places[start])) for start in starts],
            [(row_key(int(places[at])), at) for at in sampled],
        )

    def _step(self, whole: Packed) -> int:
        """Rows of a block."""
        row_bytes = max(1, whole.nbytes // whole.rows)
        wanted = min(whole.rows // (self.gathers * _BLOCKS_A_GATHER), _BLOCK_BYTES // row_bytes)
        return min(max(wanted, _LEAST_ROWS), _BLOCK_ROWS)

    def __pannier_fingerprint__(self) -> OrderSplit:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> OrderSplit:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def columns(self) -> Columns:
        """The columns that it reads itself."""
        return self.order.columns

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


@dataclass(frozen=True, slots=True, eq=False)
class OrderGather(FrameKernel):
    """Partition i of a sort of frames: its range of keys out of all runs, in order."""

    order: Order
    tears: bool
    """Whether equal keys may be in two partitions."""
    ignore_index: bool
    """Whether rows are numbered anew, in each partition."""
    meta: Any
    """A block without rows."""
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        layout, i = blocks
        share: Share = layout.part(i)
        parts = [part for each in share.slices for part in parts_of(each.frames)]
        rows = [sum(each.rows for each in some.frames) for some in share.slices]
        block = joined(parts)
        del parts  # the bytes as read
        if block is None:
            return self.meta
        keys = self.order.keys(block)
        kept = self._kept(share, rows, self.order.row_keys(keys))
        if kept is None:
            made = block.take(self.order.places(keys))
        else:
            some = [column.take(kept).reset_index(drop=True) for column in keys]
            made = block.take(kept[self.order.places(some)])
        index = pd.RangeIndex(len(made)) if self.ignore_index else ruled(made.index, self.meta.index)
        return made.set_axis(index)

    def _kept(self, share: Share, rows: list[int], row_key: Callable[[int], Key]) -> Any:
        """The places of the rows of the range; None if these are all."""
        found = []
        before = 0
        for each, n in zip(share.slices, rows, strict=True):
            start, stop = self._inside(each, n, before, share, row_key)
            found.append(np.arange(before + start, before + stop))
            before += n
        return None if sum(map(len, found)) == before else np.concatenate(found)

    def _inside(
        self, some: Slice, rows: int, before: int, share: Share, row_key: Callable[[int], Key]
    ) -> tuple[int, int]:
        """From where to where the rows of a slice are in the range."""

        def full(at: int) -> Key:
            key = row_key(before + at)
            return (*key, some.split, some.start + at) if self.tears else key

        numbers = range(rows)
        start = 0 if share.lower is None else bisect_left(numbers, share.lower, key=full)
        stop = rows if share.upper is None else bisect_left(numbers, share.upper, lo=start, key=full)
        return start, stop

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or not isinstance(self.meta, pd.DataFrame):
            return Projection(self, ((None,),))
        columns = wanted | frozenset(self.order.by or ())
        return Projection(dataclasses.replace(self, meta=Narrow(columns)(self.meta)), ((columns,),))

    @property
    def label(self) -> str:
        return self.shown
