"""Verbs over frames that bring rows of equal keys together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pannier.errors import UsageError
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.shuffle.frames import FrameGather, FrameSplit, Side
from pannier.shuffle.routes import BySize

_LEAST_BUCKETS: Final = 16
_BUCKETS_A_GATHER: Final = 4


def shuffled_frames(
    verb: str,
    over: Sequence[Node],
    sides: Sequence[Side],
    finish: BlockKernel | None = None,
    npartitions: int | None = None,
    shown: str = "",
    ignore_index: bool = False,
) -> Blockwise:
    """A node of what ``finish`` makes of the frames of ``over``, all rows of one key at a time.

    ``finish`` is called with one frame a side, of some of the keys; by default it is the frame of the only side itself.
    With ``ignore_index`` rows are numbered anew in each partition.
    Without ``npartitions`` there are as many partitions as the largest input has, and those that too little is
    left for are empty.  Raises :class:`~pannier.errors.UsageError` for a number below 1.
    """
    if npartitions is not None and npartitions < 1:
        raise UsageError(f"{verb} needs at least 1 partition, not {npartitions}")
    n = npartitions or max(node.npartitions for node in over)
    buckets = max(_LEAST_BUCKETS, 1 << (_BUCKETS_A_GATHER * n - 1).bit_length())
    shuffle = Shuffle(
        verb=verb,
        over=tuple(over),
        splits=tuple([FrameSplit(side, buckets, shown or verb) for side in sides]),
        route=BySize(coalesce=npartitions is None),
        gathers=n,
    )
    gather = FrameGather(tuple(sides), finish, buckets, shown or verb, ignore_index)
    return frames_gathered(verb, shuffle, gather)


def frames_gathered(verb: str, shuffle: Shuffle, gather: BlockKernel) -> Blockwise:
    """A node whose block i is what ``gather`` makes of block i of ``shuffle`` and ``i``."""
    return Blockwise(
        verb=verb,
        kernel=gather,
        over=(shuffle,),
        blockmap=Aligned(shuffle.gathers),
        params=(range(shuffle.gathers),),
    )
