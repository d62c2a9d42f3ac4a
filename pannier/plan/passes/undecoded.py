"""Let lines of JSON that are only grouped or joined travel as lines."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence

from pannier import kernels, shuffle
from pannier.kernels.chain import Chain
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.plan.rewrite import readers, rewrite


def ship_lines_undecoded(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``x.map(json.loads).groupby(f)`` decodes x to find keys, ships its lines, and decodes them again.

    So does a join, for each side.  Only where ``f``, and the predicates of filters between, are known to leave a
    record as it is.
    """
    reads = readers(roots)

    def rewritten(node: Node) -> Node:
        gather = _gather(node)
        if gather is None:
            return node
        (shuffled,) = node.inputs
        assert isinstance(shuffled, Shuffle)
        if reads[shuffled.name] != 1:
            return node
        found = [
            _keyed_lines(side, reads, notes) if grouping == kernels.groups.Groups() else None
            for side, grouping in zip(shuffled.over, gather.groupings, strict=True)
        ]
        return _undecoded(node, shuffled, gather, found) if any(found) else node

    return rewrite(roots, rewritten)


def _gather(node: Node) -> shuffle.gather.Gather | None:
    """The kernel that gathers ``node``, if it knows how to finish with lines."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Chain):
        return None
    head = node.kernel.head
    if head is None or not isinstance(head, shuffle.gather.Gather):
        return None
    return head if head.streams or head.finish == head.groupings[0].finish else None


def _keyed_lines(
    node: Node, reads: Counter[str], notes: list[str]
) -> tuple[Blockwise, kernels.undecoded.KeyOfLine] | None:
    """The step that decodes, and the kernel for it and all after it up to ``node``, which gives keys."""
    records = kernels.records
    kernel, step = _kernel(node, reads), node
    if not isinstance(kernel, records.KeyBy):
        return None
    key_by, predicates = kernel, []
    while isinstance(kernel, (records.KeyBy, records.Filter, records.Remove)):
        if not isinstance(kernel, records.KeyBy):
            predicates.append((kernel.predicate, isinstance(kernel, records.Filter)))
        (step,) = step.inputs
        kernel = _kernel(step, reads)
    if not isinstance(step, Blockwise) or kernel != records.Map(json.loads):
        return None
    if not all(map(kernels.lookers.only_looks, [key_by.func, *(predicate for predicate, _ in predicates)])):
        notes.append(f"{node.verb} ships records, not lines: its key, or a filter, may change a record")
        return None
    return step, kernels.undecoded.KeyOfLine(key_by.func, tuple(reversed(predicates)), key_by.verb)


def _kernel(node: Node, reads: Counter[str]) -> object:
    """The kernel of ``node``, if it reads one block for each it makes, and has one reader only."""
    if not isinstance(node, Blockwise) or len(node.over) != 1 or node.params or reads[node.name] != 1:
        return None
    return node.kernel


def _undecoded(
    node: Node,
    shuffled: Shuffle,
    gather: shuffle.gather.Gather,
    found: Sequence[tuple[Blockwise, kernels.undecoded.KeyOfLine] | None],
) -> Node:
    """``node`` by way of lines, for each side that is ``found`` to be keyed lines."""
    assert isinstance(node, Blockwise)
    assert isinstance(node.kernel, Chain)
    over, splits, groupings = list(shuffled.over), list(shuffled.splits), list(gather.groupings)
    for side, keyed in enumerate(found):
        if keyed is not None:
            decoding, kernel = keyed
            over[side] = dataclasses.replace(decoding, verb=shuffled.verb, name="", kernel=kernel)
            groupings[side] = kernels.undecoded.GroupsOfLines()
            splits[side] = dataclasses.replace(splits[side], grouping=groupings[side])  # type: ignore[type-var]
    sides = tuple([keyed is not None for keyed in found])
    finish = kernels.undecoded.Decoding(gather.finish, sides) if gather.streams else groupings[0].finish
    moved = dataclasses.replace(shuffled, name="", over=tuple(over), splits=tuple(splits))
    head = dataclasses.replace(gather, groupings=tuple(groupings), finish=finish)
    return dataclasses.replace(node, kernel=dataclasses.replace(node.kernel, head=head), over=(moved,))
