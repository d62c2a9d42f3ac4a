"""Read only the columns that somebody reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator, Sequence
from typing import Final, TypeAlias

from pannier.errors import InternalError
from pannier.kernels.frames.base import Columns, FrameKernel, FrameReader, Narrow, Projection, union
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned, Selected
from pannier.plan.nodes import Blockwise, Node, Scan, Shuffle, Source, TreeReduce
from pannier.plan.rewrite import topological

Sides: TypeAlias = tuple[Columns, ...]
"""The columns that are read of each input of a shuffle."""

_NOTHING: Final[Columns] = frozenset()


def project_columns(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``sum(getitem(read_csv(parts), "x"))`` becomes the same of a reader that makes column x alone.

    What is read is asked from the last step to the first: each says what it reads of its inputs, for the columns
    that are read of what it makes.  Steps without traits read all.  What goes through a shuffle is narrowed first.
    """
    order = topological(roots)
    if not any(isinstance(node, Source) and isinstance(node.reader, FrameReader) for node in order):
        return list(roots)
    wanted, left = read_columns(roots, order)
    done: dict[str, Node] = {}
    for node in order:
        done[node.name] = _projected(node, wanted, left, done)
    notes.extend(_refusals(order, wanted, left))
    return [done[root.name] for root in roots]


class _Wanted(dict[str, Columns]):
    """For each node the columns that are read of it: none, until somebody says so."""

    def add(self, node: Node, columns: Columns) -> None:
        """Note that ``columns`` are read of ``node``."""
        self[node.name] = union([self.get(node.name, _NOTHING), columns])


def read_columns(
    roots: Sequence[Node], order: Sequence[Node], of_roots: Columns = None, ends: Container[str] = ()
) -> tuple[_Wanted, dict[str, Projection]]:
    """What is read of each node for the columns ``of_roots``, and what is left of each step that has traits.

    What is read for nodes that are ``ends``, by name, does not count.
    """
    wanted = _Wanted({root.name: of_roots for root in roots})
    sides: dict[str, list[Sides | None]] = {}
    left: dict[str, Projection] = {}
    for node in reversed(order):
        if node.name not in wanted or node.name in ends:
            continue  # made for a column that nobody reads
        own = wanted[node.name]
        match node:
            case Blockwise(kernel=None):
                for each in node.over:
                    wanted.add(each, own)
            case Blockwise(kernel=FrameKernel() as kernel):
                projection = left[node.name] = kernel.projected(own, len(node.over))
                _note_needs(node, projection, wanted, sides)
            case TreeReduce():
                wanted.add(node.over, getattr(node.reduction, "columns", None))
            case Shuffle():
                for each, columns in zip(node.over, _of_sides(node, sides.get(node.name, [])), strict=True):
                    wanted.add(each, columns)
            case Scan(chunk=None, apply=FrameKernel() as apply):
                need = apply.projected(own, 1).needs[0]
                wanted.add(node.over, None if isinstance(need, tuple) else need)
            case _:
                for each in node.inputs:
                    wanted.add(each, None)
    return wanted, left


def _note_needs(
    node: Blockwise, projection: Projection, wanted: _Wanted, sides: dict[str, list[Sides | None]]
) -> None:
    """Note what a step reads of its inputs; of a shuffle it says so for each side."""
    inputs = node.over[:1] if projection.kernel is None else node.over
    for each, need in zip(inputs, projection.needs, strict=False):
        if isinstance(each, Shuffle):
            wanted.add(each, None)
            sides.setdefault(each.name, []).append(need if isinstance(need, tuple) else None)
        else:
            wanted.add(each, None if isinstance(need, tuple) else need)


def _of_sides(node: Shuffle, needs: Sequence[Sides | None]) -> Sides:
    """What is read of each input of a shuffle: by those that gather it, and by its splits."""
    return tuple(
        [
            union(
                [getattr(split, "columns", None), *(None if need is None else need[side] for need in needs)]
            )
            if needs
            else None
            for side, split in enumerate(node.splits)
        ]
    )


def _projected(node: Node, wanted: _Wanted, left: dict[str, Projection], done: dict[str, Node]) -> Node:
    """``node`` over changed inputs, making what is read of it."""
    if node.name not in wanted:
        return node
    own = wanted[node.name]
    if isinstance(node, Source):
        if own is None or not isinstance(node.reader, FrameReader):
            return node
        return node.read_by(node.reader.with_columns(own))
    inputs = tuple([done[each.name] for each in node.inputs])
    if isinstance(node, Shuffle):
        inputs = tuple(
            [_narrow(each, wanted.get(old.name)) for each, old in zip(inputs, node.over, strict=True)]
        )
    changed = any(new is not old for new, old in zip(inputs, node.inputs, strict=True))
    if isinstance(node, Scan) and changed and own is not None:
        return dataclasses.replace(node, over=inputs[0], name="")
    if node.name not in left or not isinstance(node, Blockwise):
        return node.with_inputs(inputs) if changed else node
    kernel = left[node.name].kernel
    if kernel is None:
        return _passed_on(node, inputs[0])
    if own is None and kernel == node.kernel:
        return node.with_inputs(inputs) if changed else node
    return dataclasses.replace(node, kernel=kernel, over=inputs, name="" if own is not None else node.name)


def _passed_on(node: Blockwise, over: Node) -> Node:
    """The blocks of ``over``, the first input, that ``node`` adds to what nobody reads."""
    if isinstance(node.blockmap, Aligned) and not node.blockmap.broadcast[0]:
        return over
    firsts = [node.blockmap.arguments(i)[0] for i in range(node.npartitions)]
    chosen = tuple([first[1] for first in firsts if not isinstance(first, list)])
    if len(chosen) < node.npartitions:
        raise InternalError(f"{node.verb} passes on one block each, and reads several")
    return Blockwise(verb="partitions", kernel=None, over=(over,), blockmap=Selected(chosen))


def _narrow(node: Node, columns: Columns) -> Node:
    """``node`` without the columns that steps before it read and nobody after it does."""
    if columns is None or isinstance(node, Source):
        return node
    kernel: BlockKernel = Narrow(columns)
    if isinstance(node, Blockwise) and node.kernel == kernel:
        return node
    return Blockwise(verb="narrow", kernel=kernel, over=(node,), blockmap=Aligned(node.npartitions))


def _refusals(order: Sequence[Node], wanted: _Wanted, left: dict[str, Projection]) -> Iterator[str]:
    """For each step of which some columns are read, and that does not say which it reads for these."""
    for node in order:
        if node.name in left and wanted[node.name] is not None and left[node.name].needs[:1] == (None,):
            yield f"all columns are read for {node.verb}: it does not say which it needs"
