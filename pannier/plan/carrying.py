"""What is carried along the blocks of frames, as nodes."""

from __future__ import annotations

from pannier.kernels.frames.base import Head
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned, Selected
from pannier.plan.heads import first_rows
from pannier.plan.nodes import Blockwise, Node, Scan


def carried(
    verb: str,
    node: Node,
    edge: BlockKernel,
    running: BlockKernel,
    is_backward: bool = False,
    *,
    beside: tuple[Node, ...] = (),
) -> Node:
    """A node whose block i is the edge of all blocks of ``node`` up to and with block i, or from it on.

    ``edge`` is called with a block, and that of each of the nodes ``beside``.
    """
    n = node.npartitions
    if isinstance(edge, Head):
        node = first_rows(node, edge.rows)  # else all blocks would be kept until the last one is there
    over = (node, *beside)
    edges: Node = Blockwise(
        verb=f"{verb}-edge", kernel=edge, over=over, blockmap=Aligned(n, (False,) * len(over))
    )
    backward = Selected(tuple(range(n - 1, -1, -1)))
    if is_backward:
        edges = Blockwise(verb="backward", kernel=None, over=(edges,), blockmap=backward)
    scan = Scan(verb=f"{verb}-carry", chunk=None, carry=None, apply=running, first=None, over=edges)
    if not is_backward:
        return scan
    return Blockwise(verb="forward", kernel=None, over=(scan,), blockmap=backward)
