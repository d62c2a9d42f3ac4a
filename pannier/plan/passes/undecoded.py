"""Let lines of JSON that are only grouped travel as lines."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence

from pannier.kernels.chain import Chain
from pannier.kernels.lookers import only_looks
from pannier.kernels.records import Filter, KeyBy, Map, Remove
from pannier.kernels.undecoded import GroupsOfLines, KeyOfLine
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.plan.passes.combine import gather_of_groups
from pannier.plan.rewrite import readers, rewrite
from pannier.shuffle.gather import Gather
from pannier.shuffle.split import Split


def group_lines_undecoded(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``x.map(json.loads).groupby(f)`` decodes x to find keys, ships its lines, and decodes them again.

    Only where ``f``, and the predicates of filters between, are known to leave a record as it is.
    """
    reads = readers(roots)

    def rewritten(node: Node) -> Node:
        gather = gather_of_groups(node)
        if gather is None:
            return node
        (shuffle,) = node.inputs
        assert isinstance(shuffle, Shuffle)
        found = _keyed_lines(shuffle.over[0], reads, notes) if reads[shuffle.name] == 1 else None
        return node if found is None else _undecoded(node, shuffle, gather, *found)

    return rewrite(roots, rewritten)


def _keyed_lines(node: Node, reads: Counter[str], notes: list[str]) -> tuple[Blockwise, KeyOfLine] | None:
    """The step that decodes, and the kernel for it and all after it up to ``node``, which gives keys."""
    kernel, step = _kernel(node, reads), node
    if not isinstance(kernel, KeyBy):
        return None
    key_by, predicates = kernel, []
    while isinstance(kernel, (KeyBy, Filter, Remove)):
        if not isinstance(kernel, KeyBy):
            predicates.append((kernel.predicate, isinstance(kernel, Filter)))
        (step,) = step.inputs
        kernel = _kernel(step, reads)
    if not isinstance(step, Blockwise) or kernel != Map(json.loads):
        return None
    if not all(map(only_looks, [key_by.func, *(predicate for predicate, _ in predicates)])):
        notes.append(f"{node.verb} ships records, not lines: its key, or a filter, may change a record")
        return None
    return step, KeyOfLine(key_by.func, tuple(reversed(predicates)), key_by.verb)


def _kernel(node: Node, reads: Counter[str]) -> object:
    """The kernel of ``node``, if it reads one block for each it makes, and has one reader only."""
    if not isinstance(node, Blockwise) or len(node.over) != 1 or node.params or reads[node.name] != 1:
        return None
    return node.kernel


def _undecoded(node: Node, shuffle: Shuffle, gather: Gather, decoding: Blockwise, kernel: KeyOfLine) -> Node:
    """``node`` by way of groups of lines."""
    assert isinstance(node, Blockwise)
    assert isinstance(node.kernel, Chain)
    (split,) = shuffle.splits
    assert isinstance(split, Split)
    grouping = GroupsOfLines()
    lines = dataclasses.replace(decoding, verb=shuffle.verb, name="", kernel=kernel)
    splits = (dataclasses.replace(split, grouping=grouping),)
    moved = dataclasses.replace(shuffle, name="", over=(lines,), splits=splits)
    head = dataclasses.replace(gather, groupings=(grouping,), finish=grouping.finish)
    return dataclasses.replace(node, kernel=dataclasses.replace(node.kernel, head=head), over=(moved,))
