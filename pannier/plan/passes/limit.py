"""Read no more rows of a partition than are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from pannier.kernels.frames.base import FrameKernel, FrameReader, Head
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import enclosed, readers, rewrite


def limit_rows(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``head(add(read_csv(parts), 1), 5)`` becomes the same of a reader that stops after 5 rows of each part.

    Only through steps row by row, and where nobody else reads what they make.
    """
    reads = readers(roots)

    def limited(node: Node) -> Node:
        if not isinstance(node, Blockwise) or not isinstance(node.kernel, Head):
            return node
        between = enclosed(node, reads, is_row_by_row)
        if between is None:
            return node
        rows, sources = node.kernel.rows, {each.name for each in between if isinstance(each, Source)}
        if not all(isinstance(each.reader, FrameReader) for each in between if isinstance(each, Source)):
            return node

        def of_source(each: Node) -> Node:
            if each.name not in sources:
                return each
            assert isinstance(each, Source)
            assert isinstance(each.reader, FrameReader)
            return each.read_by(each.reader.limited(rows))

        (over,) = rewrite(node.over, of_source)
        return node.with_inputs((over,))

    return rewrite(roots, limited)


def is_row_by_row(node: Node) -> bool:
    """Whether row i of each block of ``node`` is made of row i of the blocks of the same number that it reads."""
    kernel = _keeping_rows(node)
    return kernel is not None and kernel.is_row_by_row


def keeps_rows(node: Node) -> bool:
    """Whether each block of ``node`` has the rows of the blocks of the same number that it reads, whatever is in them."""
    return _keeping_rows(node) is not None


def _keeping_rows(node: Node) -> FrameKernel | None:
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, FrameKernel):
        return None
    is_aligned = isinstance(node.blockmap, Aligned) and not any(node.blockmap.broadcast)
    return node.kernel if node.kernel.keeps_rows and is_aligned else None
