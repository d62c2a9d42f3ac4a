"""Verbs that bring records of equal key together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from pannier.errors import UsageError
from pannier.kernels.chain import Chain
from pannier.kernels.groups import Grouping
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.shuffle.gather import Gather
from pannier.shuffle.routes import BySize
from pannier.shuffle.split import Split

_LEAST_BUCKETS: Final = 256
_BUCKETS_A_GATHER: Final = 4


def shuffled(
    verb: str,
    over: tuple[Node, ...],
    groupings: tuple[Grouping, ...],
    npartitions: int | None,
    finish: Callable[..., Iterable[Any]] | None = None,
    shown: str = "",
    streams: bool = False,
) -> Blockwise:
    """A node of what ``finish`` makes of the groups of ``over``, bags of ``(key, value)``.

    ``finish`` gets the groups of one bucket, one argument an input; by default it is that of the only grouping.
    If it ``streams``, those of the first input come piece by piece.
    Without ``npartitions`` there are as many partitions as the largest input has, and those that too little
    is left for are empty.  Raises :class:`~pannier.errors.UsageError` for a number below 1.
    """
    if npartitions is not None and npartitions < 1:
        raise UsageError(f"{verb} needs at least 1 partition, not {npartitions}")
    n = npartitions or max(node.npartitions for node in over)
    buckets = max(_LEAST_BUCKETS, 1 << (_BUCKETS_A_GATHER * n - 1).bit_length())
    shuffle = Shuffle(
        verb=verb,
        over=over,
        splits=tuple([Split(grouping, buckets, shown or verb) for grouping in groupings]),
        route=BySize(coalesce=npartitions is None),
        gathers=n,
    )
    gather = Gather(groupings, finish or groupings[0].finish, buckets, shown or verb, streams)
    return gathered(verb, shuffle, gather)


def gathered(verb: str, shuffle: Shuffle, gather: Callable[..., Iterable[Any]]) -> Blockwise:
    """A node whose block i is what ``gather`` makes of block i of ``shuffle`` and ``i``."""
    return Blockwise(
        verb=verb,
        kernel=Chain((), head=gather, head_args=(0, 1)),
        over=(shuffle,),
        blockmap=Aligned(shuffle.gathers),
        params=(range(shuffle.gathers),),
    )
