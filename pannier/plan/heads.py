"""The first rows of each block of a node, made apart from the rest where that is cheap."""

from __future__ import annotations

import dataclasses

from pannier.kernels.frames.base import FrameKernel, FrameReader
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Source


def first_rows(node: Node, rows: int) -> Node:
    """A node whose blocks begin with the first ``rows`` rows of those of ``node``.

    Where each row is made of one row of files it is a plan of its own, which reads little more than these rows: who
    needs the beginning of all blocks then need not keep the blocks.  Else it is ``node`` itself.
    """
    made: dict[str, Node] = {}
    stack = [(node, False)]
    while stack:
        each, is_ready = stack.pop()
        if each.name in made:
            continue
        if isinstance(each, Source) and isinstance(each.reader, FrameReader):
            made[each.name] = each.read_by(each.reader.limited(rows))
        elif not isinstance(each, Blockwise) or not _is_row_by_row(each):
            return node
        else:
            assert isinstance(each.blockmap, Aligned)
            inputs = list(zip(each.over, each.blockmap.broadcast, strict=True))
            if is_ready:
                over = tuple([before if shared else made[before.name] for before, shared in inputs])
                made[each.name] = dataclasses.replace(each, over=over, name="")
            else:
                stack.append((each, True))
                stack.extend((before, False) for before, shared in inputs if not shared)
    return made[node.name]


def _is_row_by_row(node: Blockwise) -> bool:
    kernel = node.kernel
    return isinstance(kernel, FrameKernel) and kernel.is_row_by_row and isinstance(node.blockmap, Aligned)
