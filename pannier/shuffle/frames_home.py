"""The shuffle that brings rows back: each to the partition that its position names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pannier import host
from pannier.frozen import frozen
from pannier.kernels.kernel import BlockKernel
from pannier.shuffle.codec import encode
from pannier.shuffle.frames import gathered, send
from pannier.shuffle.frames_codec import packed
from pannier.shuffle.routes import Assign, Bucket
from pannier.shuffle.store import BucketWriter, Runs


@frozen
class HomeSplit:
    """Sends the rows of a block to the partitions that their positions, in the last column, name."""

    bits: int
    """Of a position, those below the number of the partition."""
    shown: str
    """The verb as the user wrote it."""
    keeps_index: bool = True
    """Whether the index goes along."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = True

    def __call__(self, records: Any) -> Runs:
        block = records
        if not len(block):
            return Runs({})
        positions = block.iloc[:, -1].to_numpy()
        order = np.argsort(positions)
        numbers = positions[order] >> self.bits
        starts = np.flatnonzero(np.diff(numbers, prepend=-1)).tolist()
        whole = packed(block, self.keeps_index)
        part = whole.taken(order)
        writer = BucketWriter(host.current(), self.folder)
        try:
            stops = [*starts[1:], len(block)]
            send(part, zip(numbers[starts].tolist(), starts, stops, strict=True), writer, block)
            return writer.close(encode(whole.recipe))
        finally:
            writer.discard()

    def __pannier_fingerprint__(self) -> HomeSplit:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> HomeSplit:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


@frozen
class Home:
    """Every bucket goes to the gather of its number."""

    brings_home: ClassVar[bool] = True
    """Rows go to the partitions that they are from, whatever their number."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> AssignHome:
        """The function of the indexes of all splits to the layout."""
        return AssignHome(gathers, tuple(splits), coalesce=False, folder=folder)


@frozen
class AssignHome(Assign):
    """The barrier of such a shuffle."""

    def _assigned(self, buckets: Mapping[int, Bucket]) -> dict[int, int]:
        return {number: number for number in buckets}


@frozen
class HomeGather(BlockKernel):
    """Partition i of such a shuffle: what ``finish`` makes of its rows."""

    meta: Any
    """A block without rows."""
    finish: BlockKernel
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        layout, i = blocks
        block = gathered(layout.part(i))
        return self.finish(self.meta if block is None else block)

    @property
    def label(self) -> str:
        return self.shown
