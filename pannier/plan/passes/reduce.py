"""Reduce or split a partition where it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pannier.kernels.chain import Chain
from pannier.kernels.reductions import Chunk
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle, TreeReduce
from pannier.plan.rewrite import rewrite


def chunk_where_blocks_are_made(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``reduce(x)`` becomes ``combine(chunk(x))``, whose chunk later passes join to the making of x.

    So does ``shuffle(x)``, whose splits are chunks too.
    """
    return rewrite(roots, _chunked)


def _chunked(node: Node) -> Node:
    match node:
        case TreeReduce(chunked=False):
            return dataclasses.replace(
                node, over=_ending(node.over, node.verb, Chunk(node.reduction)), chunked=True
            )
        case Shuffle(chunked=False):
            over = [
                _ending(each, node.verb, split)
                for each, split in zip(node.over, node.splits_in_place(), strict=True)
            ]
            return dataclasses.replace(node, over=tuple(over), chunked=True)
        case _:
            return node


def _ending(node: Node, verb: str, sink: Callable[[Iterable[Any]], Any]) -> Blockwise:
    """What ``sink`` makes of each block of ``node``."""
    return Blockwise(verb=verb, kernel=Chain((), sink=sink), over=(node,), blockmap=Aligned(node.npartitions))
