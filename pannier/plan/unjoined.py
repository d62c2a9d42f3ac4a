"""Blocks that are left unjoined, since the answer joins all of them anyway.

A large partition of a join is made some keys at a time.  To join these, and then the partitions, copies all of it twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from pannier.kernels.kernel import BlockKernel
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.rewrite import readers


def left_unjoined(roots: Sequence[Node], joining: Iterable[int]) -> list[Node]:
    """``roots``, where those with a number in ``joining`` may have blocks unjoined, unless others read them, too."""
    reads = readers(roots)
    nodes = list(roots)
    for number in joining:
        node = nodes[number]
        if isinstance(node, Blockwise) and isinstance(node.kernel, BlockKernel) and reads[node.name] == 1:
            nodes[number] = dataclasses.replace(node, kernel=node.kernel.unjoined())
    return nodes
