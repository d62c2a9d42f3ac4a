"""Show the first records of a bag as a frame without a walk over all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pannier.kernels.frames.base import Head
from pannier.plan.blockmaps import Selected
from pannier.plan.nodes import Blockwise, Node, TreeReduce
from pannier.plan.passes.select import needed_blocks
from pannier.plan.rewrite import rewrite, topological
from pannier.plan.schemas import makes_schema


def types_of_shown_records(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``head(to_dataframe(x))`` finds out the types of the partitions that it reads, not of all that there are.

    Only for what is shown: an answer has the types of the whole, whichever partitions of it are asked for.
    """
    order = topological(roots)
    frames = [node for node in order if makes_schema(node)]
    if not frames or not all(isinstance(root, Blockwise) and isinstance(root.kernel, Head) for root in roots):
        return list(roots)
    needs = needed_blocks(roots, order)

    def narrowed(node: Node) -> Node:
        need = needs.get(node.name)
        if need is None or not makes_schema(node):
            return node
        assert isinstance(node, Blockwise)
        table, schema = node.over
        assert isinstance(schema, TreeReduce)
        some = Blockwise(verb="partitions", kernel=None, over=(table,), blockmap=Selected(tuple(need)))
        return node.with_inputs((table, dataclasses.replace(schema, over=some, name="")))

    return rewrite(roots, narrowed)
