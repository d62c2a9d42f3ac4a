"""Move steps from behind a concatenation into what is concatenated, where they can be fused."""

from __future__ import annotations

from collections.abc import Sequence

from pannier.kernels.chain import Chain
from pannier.kernels.kernel import Kernel
from pannier.plan.blockmaps import Aligned, Concatenated
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.rewrite import readers, rewrite


def push_into_concatenations(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``map(f, concat(a, b))`` becomes ``concat(map(f, a), map(f, b))``, a step over one bag at a time."""
    reads = readers(roots)

    def push(node: Node) -> Node:
        if not isinstance(node, Blockwise) or not isinstance(node.kernel, (Kernel, Chain)):
            return node
        if len(node.over) != 1 or node.params or not isinstance(node.blockmap, Aligned):
            return node
        (concat,) = node.over
        if not is_concatenation(concat):
            return node
        if reads[concat.name] > 1:
            notes.append(f"{node.verb} stays behind {concat.verb}: its result is read by others too")
            return node
        pushed = tuple(
            Blockwise(verb=node.verb, kernel=node.kernel, over=(each,), blockmap=Aligned(each.npartitions))
            for each in concat.inputs
        )
        counts = tuple(each.npartitions for each in pushed)
        return Blockwise(
            verb=node.verb, name=node.name, kernel=None, over=pushed, blockmap=Concatenated(counts)
        )

    return rewrite(roots, push)


def is_concatenation(node: Node) -> bool:
    """Whether the blocks of ``node`` are those of its inputs, one after the other."""
    return isinstance(node, Blockwise) and node.kernel is None and isinstance(node.blockmap, Concatenated)
