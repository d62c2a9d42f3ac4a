"""A shuffle of frames by the hash of their keys that is hardly there where there are few rows.

A split with few rows keeps them together, as one piece.  If all splits do, the first gather joins these pieces, as
the root of a tree would.  If some have many rows, these went to buckets by key as in any shuffle of frames, and
the barrier sends the few after them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from pannier import host
from pannier.frozen import frozen
from pannier.shuffle.codec import encode
from pannier.shuffle.frames import FrameSplit, Side, parts_of, send, spread
from pannier.shuffle.frames_codec import packed
from pannier.shuffle.frames_joining import joined
from pannier.shuffle.routes import Assign, Layout
from pannier.shuffle.store import BucketWriter, Runs

TOGETHER: Final = -1
"""The number of the bucket for pieces that were not split."""
_FEW_ROWS: Final = 1 << 18
"""Rows up to which a piece may stay together."""
_FEW_IN_ALL: Final = 1 << 22
"""Rows that the pieces of all splits may have, when all stay together."""


def few_rows(splits: int) -> int:
    """Rows up to which each of so many splits keeps its piece together.

    >>> few_rows(8), few_rows(5000)
    (262144, 838)
    """
    return min(_FEW_ROWS, _FEW_IN_ALL // max(1, splits))


@frozen
class FewOrSplit(FrameSplit):
    """Sends the rows of a block to buckets by key, if they are more than a few."""

    few: int = 0
    """Rows up to which they stay together."""

    def __call__(self, records: Any) -> Runs:
        block = records
        if not 0 < len(block) <= self.few:
            return FrameSplit.__call__(self, block)
        writer = BucketWriter(host.current(), self.folder)
        try:
            whole = packed(block, self.side.keeps_index)
            send(whole, [(TOGETHER, 0, len(block))], writer, block)
            return writer.close(encode(whole.recipe))
        finally:
            writer.discard()

    def in_folder(self, folder: str) -> FewOrSplit:
        return dataclasses.replace(self, folder=folder)


@frozen
class FewBySize:
    """Buckets go to gathers by their sizes; pieces that stayed together are split if any other was."""

    side: Side
    buckets: int
    coalesce: bool
    """Whether fewer gathers than there are may get all."""

    def task(self, gathers: int, splits: Sequence[int], folder: str) -> AssignFew:
        """The function of the indexes of all splits to the layout."""
        return AssignFew(gathers, tuple(splits), self.coalesce, folder, self.side, self.buckets)


@frozen
class AssignFew(Assign):
    """The barrier of such a shuffle."""

    side: Side
    buckets: int

    def __pannier_fingerprint__(self) -> Assign:
        """The same in no folder, which decides nothing."""
        return dataclasses.replace(self, folder="")

    def __call__(self, indexes: Sequence[Runs]) -> Layout:
        is_split = any(bucket != TOGETHER for runs in indexes for bucket in runs.frames)
        if is_split or (self.npartitions > 1 and not self.coalesce):
            indexes = [self._split(runs) for runs in indexes]
        return Assign.__call__(self, indexes)

    def _split(self, runs: Runs) -> Runs:
        """``runs`` with what stayed together in the buckets that it belongs to."""
        pieces = runs.frames.get(TOGETHER)
        if pieces is None:
            return runs
        block = joined(parts_of(pieces))
        writer = BucketWriter(None, "")  # few rows: they travel in the layout
        return writer.close(spread(block, self.side, writer, self.buckets))
