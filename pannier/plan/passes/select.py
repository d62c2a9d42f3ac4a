"""Drop partitions that nobody reads."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import TypeGuard

from pannier.plan.blockmaps import Aligned, Selected
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import readers, rewrite


def drop_unread_partitions(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``select(map(f, read(parts)), 0)`` becomes ``map(f, read(parts[0]))``.

    A selection moves towards the source as far as it is the only reader of what it passes.
    """
    reads = readers(roots)

    def push(node: Node) -> Node:
        if isinstance(node, Blockwise) and node.kernel is None and isinstance(node.blockmap, Selected):
            return _push(node, node.blockmap.indices, reads, notes)
        return node

    return rewrite(roots, push)


def _push(selection: Blockwise, indices: tuple[int, ...], reads: Counter[str], notes: list[str]) -> Node:
    """``selection`` moved below the run of steps it can pass, which is rebuilt above it."""
    passed: list[Blockwise] = []
    (node,) = selection.over
    while _can_pass(node) and reads[node.name] == 1:
        passed.append(node)
        node = node.over[0]
    bottom: Node
    if isinstance(node, Source) and reads[node.name] == 1:
        bottom = Source(verb=node.verb, reader=node.reader, parts=[node.parts[i] for i in indices])
    elif not passed:
        if reads[node.name] > 1:
            notes.append(f"{selection.verb} reads all of {node.verb}: others read it too")
        return selection
    else:
        bottom = Blockwise(verb=selection.verb, kernel=None, over=(node,), blockmap=Selected(indices))
    for step in reversed(passed):
        assert isinstance(step.blockmap, Aligned)
        bottom = Blockwise(
            verb=step.verb,
            kernel=step.kernel,
            over=(bottom, *step.over[1:]),
            blockmap=Aligned(len(indices), step.blockmap.broadcast),
            params=tuple([values[i] for i in indices] for values in step.params),
        )
    return dataclasses.replace(bottom, name=selection.name)


def _can_pass(node: Node) -> TypeGuard[Blockwise]:
    """Whether a selection of the blocks of ``node`` can be made of its first input instead."""
    return isinstance(node, Blockwise) and isinstance(node.blockmap, Aligned) and node.blockmap.is_one_to_one
