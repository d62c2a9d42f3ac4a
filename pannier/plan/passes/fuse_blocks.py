"""Fuse steps over blocks of one partition into one task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pannier.kernels.frames.program import Program, Step
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned, BlockMap, Concatenated, Joined
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import topological


def fuse_blocks(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``filter(df, gt(getitem(df, "x"), 0))``, of which each reads ``df``, becomes one program of all four steps.

    A step joins its readers where they all are in one program already and read its block i for their block i;
    what two programs read is made once, whole.
    """
    order = topological(roots)
    head = _heads(roots, order)
    members: dict[str, list[Node]] = defaultdict(list)
    for node in order:
        members[head.get(node.name, node.name)].append(node)
    done: dict[str, Node] = {}
    for node in order:
        if head.get(node.name, node.name) != node.name:
            continue
        if _is_block_step(node):
            done[node.name] = _fused(node, members[node.name], done)
        else:
            inputs = tuple([done[each.name] for each in node.inputs])
            changed = any(new is not old for new, old in zip(inputs, node.inputs, strict=True))
            done[node.name] = node.with_inputs(inputs) if changed else node
    return [done[root.name] for root in roots]


def _heads(roots: Sequence[Node], order: Sequence[Node]) -> dict[str, str]:
    """For each node that joins a program, the name of the last node of that program."""
    wanted = {root.name for root in roots}
    readers: dict[str, list[tuple[Node, bool]]] = defaultdict(list)
    for node in order:
        for i, each in enumerate(node.inputs):
            readers[each.name].append((node, _reads_same_block(node, i)))
    head: dict[str, str] = {}
    for node in reversed(order):
        if node.name in wanted or not _is_block_step(node):
            continue
        heads = {head.get(reader.name, reader.name) if same else None for reader, same in readers[node.name]}
        if len(heads) == 1 and (found := heads.pop()) is not None:
            head[node.name] = found
    return head


def _is_block_step(node: Node) -> bool:
    """Whether ``node`` runs a kernel over blocks, of which a program can be made."""
    match node:
        case Source():
            return isinstance(node.reader, BlockKernel)
        case Blockwise():
            return isinstance(node.kernel, BlockKernel) and not isinstance(node.blockmap, Concatenated)
        case _:
            return False


def _reads_same_block(node: Node, i: int) -> bool:
    """Whether block j of ``node`` is made in a program, and reads block j of input ``i``."""
    if not _is_block_step(node) or not isinstance(node, Blockwise):
        return False
    return isinstance(node.blockmap, Aligned) and not node.blockmap.broadcast[i]


def _fused(last: Node, members: Sequence[Node], done: dict[str, Node]) -> Blockwise:
    """The node of the program of ``members``, inputs first, of which ``last`` is the last."""
    parts = _Parts({member.name for member in members})
    for member in members:
        parts.add(member)
    verbs = list(dict.fromkeys(member.verb for member in members))
    verb = "-".join(verbs if len(verbs) <= 4 else [verbs[0], "...", verbs[-1]])
    return Blockwise(
        verb=verb,
        name=f"{verb}-{last.name.rpartition('-')[2]}",
        kernel=parts.program(),
        over=tuple([done[each.name] for each in parts.over]),
        blockmap=Joined.of(parts.maps, last.npartitions),
        params=tuple(parts.params),
    )


class _Parts:
    """What the steps of a program read, gathered into its arguments: blocks first, then params."""

    def __init__(self, inside: set[str]) -> None:
        self.over: list[Node] = []
        self.maps: list[tuple[int, int, BlockMap]] = []
        self.params: list[Sequence[Any]] = []
        self._inside = inside
        self._blocks: dict[tuple[str, bool], int] = {}
        """The number among ``over`` of each node that is read from outside, and whether its only block is shared."""
        self._steps: list[tuple[BlockKernel, list[tuple[str, int]]]] = []
        self._places: dict[str, int] = {}
        self._sources: list[int] = []

    def add(self, node: Node) -> None:
        """Put ``node`` behind what is gathered so far."""
        if isinstance(node, Source):
            assert isinstance(node.reader, BlockKernel)
            self._sources.append(len(self.params))
            kernel, arguments = node.reader, [self._param(node.parts)]
        else:
            assert isinstance(node, Blockwise)
            assert isinstance(node.kernel, BlockKernel)
            kernel, arguments = node.kernel, [*self._inputs(node), *map(self._param, node.params)]
        self._places[node.name] = len(self._steps)
        self._steps.append((kernel, arguments))

    def _inputs(self, node: Blockwise) -> list[tuple[str, int]]:
        if not isinstance(node.blockmap, Aligned):
            first = len(self.over)
            self.maps.append((first, 0, node.blockmap))
            self.over.extend(node.over)
            return [("block", first + i) for i in range(len(node.over))]
        return [
            ("step", self._places[each.name])
            if each.name in self._inside and not shared
            else self._outside(each, node.npartitions, shared)
            for each, shared in zip(node.over, node.blockmap.broadcast, strict=True)
        ]

    def _outside(self, node: Node, npartitions: int, shared: bool) -> tuple[str, int]:
        if (node.name, shared) not in self._blocks:
            self._blocks[node.name, shared] = len(self.over)
            self.maps.append((len(self.over), 0, Aligned(npartitions, (shared,))))
            self.over.append(node)
        return "block", self._blocks[node.name, shared]

    def _param(self, values: Sequence[Any]) -> tuple[str, int]:
        self.params.append(values)
        return "param", len(self.params) - 1

    def program(self) -> Program:
        """All that was gathered, as one kernel."""
        blocks, arguments = len(self.over), len(self.over) + len(self.params)
        before = {"block": 0, "param": blocks, "step": arguments}
        steps = [
            Step(kernel, tuple([before[kind] + i for kind, i in places])) for kernel, places in self._steps
        ]
        return Program(tuple(steps), arguments, tuple([blocks + i for i in self._sources]))
