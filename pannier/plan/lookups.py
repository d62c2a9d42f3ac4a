"""Joins of frames of which one side is whole beside each partition of the other, which looks its keys up there."""

from __future__ import annotations

from typing import Any, Final

from pannier import kernels
from pannier.plan.blockmaps import Aligned, Grouped
from pannier.plan.nodes import Blockwise, Node

SIDES: Final = ("the left frame", "the right frame")


def looked_up(stays: Node, goes: Node, merge: Any, side: int, why: str) -> Blockwise:
    """A node of each block of ``stays`` merged with all of ``goes``, which is the left (0) or the right (1) ``side``."""
    merging = kernels.frames.merging
    small = Blockwise(
        verb="merge", kernel=merging.Prepare(merge, side), over=(whole(goes),), blockmap=Aligned(1)
    )
    shown = f"{merge.label} ({SIDES[side]} beside each partition: {why})"
    return Blockwise(
        verb="merge",
        kernel=merging.LookUp(merge, side, shown),
        over=(stays, small),
        blockmap=Aligned(stays.npartitions, (False, True)),
    )


def whole(node: Node) -> Node:
    """All blocks of ``node`` as one."""
    if node.npartitions == 1:
        return node
    return Blockwise(
        verb="concat",
        kernel=kernels.frames.repartitioning.JOIN,
        over=(node,),
        blockmap=Grouped((0, node.npartitions)),
    )
