"""Reduce a partition where it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pannier.kernels.chain import Chain
from pannier.kernels.reductions import Chunk
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, TreeReduce
from pannier.plan.rewrite import rewrite


def chunk_where_blocks_are_made(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``reduce(x)`` becomes ``combine(chunk(x))``, whose chunk later passes join to the making of x."""
    return rewrite(roots, _split)


def _split(node: Node) -> Node:
    if not isinstance(node, TreeReduce) or node.chunked:
        return node
    chunks = Blockwise(
        verb=node.verb,
        kernel=Chain((), sink=Chunk(node.reduction)),
        over=(node.over,),
        blockmap=Aligned(node.over.npartitions),
    )
    return dataclasses.replace(node, over=chunks, chunked=True)
