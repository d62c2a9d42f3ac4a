"""Reduce or split a partition where it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pannier.kernels.reductions import Chunk
from pannier.plan.blockmaps import Aligned
from pannier.plan.endings import ending
from pannier.plan.nodes import Blockwise, Node, Shuffle, SplitSink, TreeReduce
from pannier.plan.rewrite import rewrite


def chunk_where_blocks_are_made(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``reduce(x)`` becomes ``combine(chunk(x))``, whose chunk later passes join to the making of x.

    So does ``shuffle(x)``, whose splits are chunks too.
    """
    return rewrite(roots, _chunked)


def _chunked(node: Node) -> Node:
    match node:
        case TreeReduce(chunked=False):
            chunk = Chunk(node.reduction)
            return dataclasses.replace(node, over=_ending(node.over, node.verb, chunk), chunked=True)
        case Shuffle(chunked=False):
            over = [
                _ending(each, node.verb, split)
                for each, split in zip(node.over, node.splits_in_place(), strict=True)
            ]
            return dataclasses.replace(node, over=tuple(over), chunked=True)
        case _:
            return node


def _ending(node: Node, verb: str, sink: Chunk | SplitSink) -> Blockwise:
    """What ``sink`` makes of each block of ``node``."""
    return Blockwise(verb=verb, kernel=ending(sink), over=(node,), blockmap=Aligned(node.npartitions))
