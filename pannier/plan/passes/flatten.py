"""Make one concatenation of concatenations of concatenations."""

from __future__ import annotations

from collections.abc import Sequence

from pannier.plan.blockmaps import Concatenated
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.passes.concat import is_concatenation
from pannier.plan.rewrite import readers, rewrite, topological


def flatten_concatenations(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``union(union(a, b), c)``, as a loop makes it, becomes ``union(a, b, c)``, into which steps can move.

    A concatenation that others read too stays as it is.
    """
    reads = readers(roots)
    absorbed = {
        each.name
        for node in topological(roots)
        if is_concatenation(node)
        for each in node.inputs
        if is_concatenation(each) and reads[each.name] == 1
    }

    def flatten(node: Node) -> Node:
        if not is_concatenation(node) or node.name in absorbed:
            return node
        parts: list[Node] = []
        stack = list(reversed(node.inputs))
        while stack:
            part = stack.pop()
            if part.name in absorbed:
                stack.extend(reversed(part.inputs))
            else:
                parts.append(part)
        if len(parts) == len(node.inputs):
            return node
        counts = tuple([part.npartitions for part in parts])
        return Blockwise(
            verb=node.verb, name=node.name, kernel=None, over=tuple(parts), blockmap=Concatenated(counts)
        )

    return rewrite(roots, flatten)
