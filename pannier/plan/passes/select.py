"""Drop partitions that nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pannier.plan.blockmaps import Aligned, Selected
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import topological

_ALL: Final = None
"""Stands for every block of a node."""


def drop_unread_partitions(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``select(map(f, read(parts)), 0)`` becomes ``map(f, read(parts[0]))``.

    Of each step that makes its block i of block i of others, and of each source, those blocks are made that are
    read; where others read all of it, all are made.
    """
    order = topological(roots)
    if not any(map(_is_selection, order)):
        return list(roots)
    needs = needed_blocks(roots, order)
    notes.extend(
        f"{node.verb} reads all of {node.inputs[0].verb}: others read it too"
        for node in order
        if _is_selection(node) and _is_one_to_one(node.inputs[0]) and needs[node.inputs[0].name] is _ALL
    )
    done: dict[str, tuple[Node, tuple[int, ...] | None]] = {}
    for node in order:
        done[node.name] = _narrowed(node, needs[node.name], done)
    return [done[root.name][0] for root in roots]


def _is_selection(node: Node) -> bool:
    return isinstance(node, Blockwise) and node.kernel is None and isinstance(node.blockmap, Selected)


def _is_one_to_one(node: Node) -> bool:
    """Whether block i of ``node`` can be made without its other blocks."""
    if isinstance(node, Source):
        return True
    return isinstance(node, Blockwise) and node.kernel is not None and isinstance(node.blockmap, Aligned)


def needed_blocks(roots: Sequence[Node], order: Sequence[Node]) -> dict[str, dict[int, None] | None]:
    """For each node the blocks of it that are read, in the order in which they are; None for all of them."""
    needs: dict[str, dict[int, None] | None] = {node.name: {} for node in order}
    needs.update((root.name, _ALL) for root in roots)
    for node in reversed(order):
        own = needs[node.name]
        for i, each in enumerate(node.inputs):
            before = needs[each.name]
            more = _read_of(node, i, own)
            needs[each.name] = _ALL if before is _ALL or more is _ALL else before | more
    return needs


def _read_of(node: Node, i: int, own: dict[int, None] | None) -> dict[int, None] | None:
    """The blocks of input ``i`` that are read for the blocks ``own`` of ``node``."""
    if isinstance(node, Blockwise):
        if isinstance(node.blockmap, Selected) and node.kernel is None:
            indices = node.blockmap.indices
            return dict.fromkeys(indices if own is _ALL else [indices[j] for j in own])
        if isinstance(node.blockmap, Aligned) and node.kernel is not None:
            return {0: None} if node.blockmap.broadcast[i] else own
    return _ALL


def _narrowed(
    node: Node, need: dict[int, None] | None, done: dict[str, tuple[Node, tuple[int, ...] | None]]
) -> tuple[Node, tuple[int, ...] | None]:
    """``node`` over changed inputs, with those of its blocks that are needed, and the numbers of these."""
    inputs = [done[each.name] for each in node.inputs]
    if _is_selection(node):
        return _selection(node, need, inputs[0])
    is_whole = need is _ALL or not _is_one_to_one(node) or len(need) == node.npartitions
    if is_whole or need is None:
        changed = any(new is not old for (new, _), old in zip(inputs, node.inputs, strict=True))
        return (node.with_inputs(tuple([new for new, _ in inputs])) if changed else node), _ALL
    kept = tuple(need)
    if isinstance(node, Source):
        return node.read_by(node.reader, kept), kept
    assert isinstance(node, Blockwise)
    assert isinstance(node.blockmap, Aligned)
    over = tuple(
        [
            new if shared else _picked(new, there, kept)
            for (new, there), shared in zip(inputs, node.blockmap.broadcast, strict=True)
        ]
    )
    params = tuple([values[i] for i in kept] for values in node.params)
    blockmap = Aligned(len(kept), node.blockmap.broadcast)
    return Blockwise(verb=node.verb, kernel=node.kernel, over=over, blockmap=blockmap, params=params), kept


def _selection(
    node: Node, need: dict[int, None] | None, found: tuple[Node, tuple[int, ...] | None]
) -> tuple[Node, tuple[int, ...] | None]:
    assert isinstance(node, Blockwise)
    assert isinstance(node.blockmap, Selected)
    indices = node.blockmap.indices
    kept = None if need is _ALL or len(need) == len(indices) else tuple(need)
    wanted = indices if kept is None else tuple([indices[i] for i in kept])
    return _picked(found[0], found[1], wanted, node), kept


def _picked(
    node: Node, there: tuple[int, ...] | None, wanted: Sequence[int], selection: Blockwise | None = None
) -> Node:
    """The blocks ``wanted`` of ``node``, which has those that are ``there``."""
    place = range(node.npartitions) if there is None else {number: i for i, number in enumerate(there)}
    indices = tuple([place[number] for number in wanted])
    if indices == tuple(range(node.npartitions)):
        return node
    verb = "partitions" if selection is None else selection.verb
    return Blockwise(verb=verb, kernel=None, over=(node,), blockmap=Selected(indices))
