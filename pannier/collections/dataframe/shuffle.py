"""Verbs over frames that bring rows of equal keys together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pannier import shuffle
from pannier.errors import UsageError
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.shuffle.frames import FrameGather, FrameSplit, Side
from pannier.shuffle.frames_few import FewBySize, FewOrSplit, few_rows
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
    _check(verb, npartitions)
    n = npartitions or max(node.npartitions for node in over)
    buckets = _buckets(n)
    node = Shuffle(
        verb=verb,
        over=tuple(over),
        splits=tuple([FrameSplit(side, buckets, shown or verb) for side in sides]),
        route=BySize(coalesce=npartitions is None),
        gathers=n,
    )
    gather = FrameGather(tuple(sides), finish, buckets, shown or verb, ignore_index)
    return frames_gathered(verb, node, gather)


def few_or_many(
    verb: str,
    over: Node,
    side: Side,
    finish: BlockKernel | None,
    npartitions: int | None,
    *,
    may_stay: bool,
    coalesce: bool = False,
    ignore_index: bool = False,
) -> Blockwise:
    """The same of one input, where few rows stay together in the first partition, which others may, too, to ``coalesce``.

    Rows whose keys no others have ``may_stay`` where they are, if ``finish`` says what comes ``of_alone``.
    """
    _check(verb, npartitions)
    splits = over.npartitions
    n, few, coalesce = npartitions or splits, few_rows(splits), coalesce or npartitions is None
    buckets = _buckets(n)
    split = FewOrSplit(side, buckets, verb, few=few)
    route = FewBySize(side, buckets, coalesce)
    gather = FrameGather((side,), finish, buckets, verb, ignore_index)
    if may_stay:
        split = shuffle.frames_whole.WholeOrSplit(side, buckets, verb, few=few, splits=splits)
        route = shuffle.frames_whole.WholeBySize(side, buckets, coalesce)
        gather = shuffle.frames_whole.WholeGather((side,), finish, buckets, verb, ignore_index)
    node = Shuffle(verb=verb, over=(over,), splits=(split,), route=route, gathers=n)
    return frames_gathered(verb, node, gather)


def _check(verb: str, npartitions: int | None) -> None:
    if npartitions is not None and npartitions < 1:
        raise UsageError(f"{verb} needs at least 1 partition, not {npartitions}")


def _buckets(gathers: int) -> int:
    """How many buckets there are for so many gathers: a power of two."""
    return max(_LEAST_BUCKETS, 1 << (_BUCKETS_A_GATHER * gathers - 1).bit_length())


def frames_gathered(verb: str, node: Shuffle, gather: BlockKernel) -> Blockwise:
    """A node whose block i is what ``gather`` makes of block i of ``node`` and ``i``."""
    return Blockwise(
        verb=verb,
        kernel=gather,
        over=(node,),
        blockmap=Aligned(node.gathers),
        params=(range(node.gathers),),
    )
