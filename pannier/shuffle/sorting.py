"""Both ends of a sort: splits write sorted runs, gathers merge a range of keys out of all runs.

Runs are short.  Sorting a window of some ten thousand records stays in the cache of a core, where sorting a whole
partition waits for memory at every record; and what was encoded in sorted order is decoded in sorted order, so that
merging reads all runs front to back.  Merging is sorting again: Timsort finds the runs in what it is given.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar, Final

from pannier import host
from pannier.errors import SerializationError
from pannier.frozen import frozen
from pannier.kernels.batches import Batch, Partition, batches_of
from pannier.kernels.kernel import MISSING
from pannier.shuffle.codec import is_encodable
from pannier.shuffle.ranges import Piece, Range
from pannier.shuffle.routes import Layout
from pannier.shuffle.runs import Block, Run, clash, explained, ordered, picked, write_block
from pannier.shuffle.store import INLINE_BYTES, FrameWriter
from pannier.sizes import sizeof

WINDOW: Final = 1 << 14
"""Records of a run, where these are no more than a few MB."""
_ROWS_A_GATHER: Final = 512
"""Records of a run that a gather should find in it: at both ends it reads some that are not its own."""
_WINDOW_SHARE: Final = 12
"""The part of a task's memory that the records of a run may take."""
_BLOCK_ROWS: Final = 256
_BLOCK_BYTES: Final = 256 << 10
_LEAST_ROWS: Final = 32
"""Records of a block, however large they are: one key of each block is in the index."""
_SAMPLES: Final = 64
"""Keys in the index of a run, at least: with few, ranges would be uneven."""


@frozen
class SortSplit:
    """Writes the records of a partition as sorted runs.

    The sink of the chain that makes the partition; its result is the list of runs.
    """

    key: Callable[[Any], Any] | None
    """Of a record; None where records are their own keys."""
    reverse: bool
    gathers: int
    shown: str
    """The verb as the user wrote it."""
    folder: str = ""
    """Of the files of this shuffle, in the folder of the run.  Given by the plan, which knows its name."""
    over_blocks: ClassVar[bool] = False

    def __call__(self, records: Iterable[Any]) -> list[Run]:
        partition = records if isinstance(records, Partition) else Partition(batches_of(records))
        here = host.current()
        writer = None if here is None else FrameWriter(here, self.folder)
        try:
            return [self._run(window, writer) for window in self._windows(partition)]
        finally:
            if writer is not None:
                writer.close()

    def __pannier_fingerprint__(self) -> SortSplit:
        """The same in no folder, which decides nothing."""
        return self.in_folder("")

    def in_folder(self, folder: str) -> SortSplit:
        """The same split with its files in this folder of a run's."""
        return dataclasses.replace(self, folder=folder)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown

    def _windows(self, partition: Partition) -> Iterator[_Window]:
        """As many records at a time as make a run."""
        here = host.current()
        most_rows = max(WINDOW, self.gathers * _ROWS_A_GATHER)
        most_bytes = float("inf") if here is None else here.memory / _WINDOW_SHARE
        window = _Window(partition, self.key)
        nbytes = 0
        for batch in partition.batches():
            if batch.records:
                window.add(batch)
                nbytes += len(batch.records) * _row_bytes(batch.records)
            if len(window.records) >= most_rows or nbytes >= most_bytes:
                yield window
                window, nbytes = _Window(partition, self.key), 0
        if window.records:
            yield window

    def _run(self, window: _Window, writer: FrameWriter | None) -> Run:
        keys, records = window.keys, window.records
        row_bytes = _row_bytes(records)
        order = window.order(self.reverse)
        step = min(_BLOCK_ROWS, max(_LEAST_ROWS, _BLOCK_BYTES // row_bytes))
        sampled = max(1, min(step, len(order) // _SAMPLES))
        if len(order) * row_bytes <= INLINE_BYTES:
            writer = None
        blocks = []
        for start in range(0, len(order), step):
            places = order[start : start + step]
            some = list(map(records.__getitem__, places))
            some_keys = some if self.key is None else list(map(keys.__getitem__, places))
            try:
                frame = write_block(some_keys, some, writer)
            except SerializationError:
                window.blame_for_encoding(places)
                raise
            blocks.append(Block(frame, some_keys[::sampled]))
        return Run(blocks, keys[order[-1]], row_bytes)


def _row_bytes(records: list[Any]) -> int:
    """What a record takes in memory, from a few of them."""
    some = records[:: max(1, len(records) // 4)]
    return sum(map(sizeof, some)) // len(some)


class _Window:
    """Records of a partition that are sorted together, and their keys."""

    __slots__ = ("_batches", "_key", "_partition", "keys", "records")

    def __init__(self, partition: Partition, key: Callable[[Any], Any] | None) -> None:
        self._partition = partition
        self._key = key
        self._batches: list[Batch] = []
        self.records: list[Any] = []
        self.keys: list[Any] = self.records if key is None else []
        """The same list, if records are their own keys."""

    def add(self, batch: Batch) -> None:
        """Take in the records of ``batch``.  A failure of their keys is laid to the record that has it."""
        self._batches.append(batch)
        self.records += batch.records
        key = self._key
        if key is None:
            return
        position = iter(batch.records)
        try:
            self.keys += [key(record) for record in position]
        except Exception:
            self._partition.blame(batch, len(batch.records) - operator.length_hint(position) - 1)
            raise

    def order(self, reverse: bool) -> list[int]:
        """The places of the records in sorted order.  A failure is laid to a record whose key does not fit in."""
        try:
            return ordered(self.keys, reverse)
        except Exception as error:
            self._partition.blame(None)
            if places := clash(self.keys):
                one, other = places
                explained(error, self.keys[one], self.keys[other])
                self._blame(one)
            raise

    def blame_for_encoding(self, places: Iterable[int]) -> None:
        """Have the failure laid to the one of the records at ``places`` that cannot be encoded, or its key."""
        keys, records = self.keys, self.records
        self._partition.blame(None)
        for place in places:
            if not is_encodable((keys[place], records[place])):
                self._blame(place)
                return

    def _blame(self, place: int) -> None:
        for batch in self._batches:
            if place < len(batch.records):
                self._partition.blame(batch, place)
                return
            place -= len(batch.records)


@frozen
class SortGather:
    """The records of partition i of a sort, in order: those of its ranges, one after the other."""

    keyed: bool
    """Whether records have keys of their own beside them."""
    reverse: bool
    shown: str

    def __call__(self, layout: Layout, i: int) -> Iterator[Any]:
        return chain.from_iterable(map(self._records, layout.part(i)))

    def _records(self, each: Range) -> Iterator[Any]:
        here = host.current()
        if here is None or each.nbytes <= here.memory // 2 or each.upper is MISSING:
            return self._merged(each.pieces)
        return self._of_one_key(each)

    def _merged(self, pieces: Iterable[Piece], below: Any = MISSING) -> Iterator[Any]:
        """The records of ``pieces``, or those with a key smaller than ``below``, in order."""
        keys: list[Any] = []
        records: list[Any] = []
        for piece in pieces:
            some_keys, some = piece.read()
            if below is not MISSING:
                some_keys, some = picked(some_keys, some, [key < below for key in some_keys])
            records += some
            if self.keyed:
                keys += some_keys
        try:
            order = ordered(keys if self.keyed else records, self.reverse)
        except Exception as error:
            if places := clash(keys):
                explained(error, *[keys[place] for place in places])
            raise
        return map(records.__getitem__, order)

    def _of_one_key(self, each: Range) -> Iterator[Any]:
        """The records of a range too large for memory, which nearly all have its largest key.

        Those stay in the order of their pieces; only the others are sorted, and the files are read twice.
        """
        if self.reverse:
            yield from _not_below(each.upper, each.pieces)
        yield from self._merged(each.pieces, each.upper)
        if not self.reverse:
            yield from _not_below(each.upper, each.pieces)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        return self.shown


def _not_below(key: Any, pieces: Iterable[Piece]) -> Iterator[Any]:
    """The records of ``pieces`` with a key that is not smaller than ``key``, one piece at a time."""
    for piece in pieces:
        keys, records = piece.read()
        yield from picked(keys, records, [not each < key for each in keys])[1]
