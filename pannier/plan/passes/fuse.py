"""Fuse chains of steps over one partition into one task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from pannier.kernels.chain import Chain, Step
from pannier.kernels.kernel import BlockKernel, Kernel
from pannier.plan.blockmaps import Aligned, BlockMap, Joined
from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import readers, topological

_Argument: TypeAlias = tuple[str, int]
"""("block", its number among the inputs) or ("param", its number among the params)."""


def fuse(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``pluck("name", map(f, read(part)))``, three steps a partition, becomes one chain of them.

    A step joins the one before it when it reads that one's blocks one by one and is their only
    reader; a shared result is made once, whole, and read by each.
    """
    reads = readers(roots)
    order = topological(roots)
    joined = set()
    for node in order:
        before = step_before(node)
        if before is not None and reads[before.name] == 1:
            joined.add(before.name)
    done: dict[str, Node] = {}
    for node in order:
        if node.name in joined:
            continue
        run = [node]
        while (before := step_before(run[-1])) is not None and before.name in joined:
            run.append(before)
        run.reverse()
        if _reads_records(run[0]) or _is_step(run[0]):
            done[node.name] = _fused(run, done)
        else:
            done[node.name] = node.with_inputs(tuple([done[each.name] for each in node.inputs]))
    return [done[root.name] for root in roots]


def _reads_records(node: Node) -> bool:
    """Whether ``node`` is a source of records, which stream, and not of frames."""
    return isinstance(node, Source) and not isinstance(node.reader, BlockKernel)


def _is_step(node: Node) -> bool:
    """Whether ``node`` runs a kernel over records, alone or as part of a chain."""
    return isinstance(node, Blockwise) and isinstance(node.kernel, (Kernel, Chain))


def _takes_one_partition(node: Node) -> bool:
    """Whether block i of ``node`` is made of block i of its first input and otherwise of extras."""
    return isinstance(node, Blockwise) and isinstance(node.blockmap, Aligned) and node.blockmap.is_one_to_one


def step_before(node: Node) -> Node | None:
    """The input of ``node`` whose making could be one task with it; None when there is no such."""
    if not _is_step(node) or not _takes_one_partition(node) or _has_head(node):
        return None
    before = node.inputs[0]
    if _reads_records(before) or (_is_step(before) and not _has_sink(before)):
        return before
    return None


def _has_head(node: Node) -> bool:
    return isinstance(node, Blockwise) and isinstance(node.kernel, Chain) and node.kernel.head is not None


def _has_sink(node: Node) -> bool:
    return isinstance(node, Blockwise) and isinstance(node.kernel, Chain) and node.kernel.sink is not None


def _fused(run: Sequence[Node], done: dict[str, Node]) -> Blockwise:
    """The nodes of ``run``, each fed by the one before it, as one node."""
    verbs = list(dict.fromkeys(node.verb for node in run))
    verb = "-".join(verbs if len(verbs) <= 4 else [verbs[0], "...", verbs[-1]])
    parts = _Parts()
    for node in run:
        parts.add(node)
    return Blockwise(
        verb=verb,
        name=f"{verb}-{run[-1].name.rpartition('-')[2]}",
        kernel=parts.chain(),
        over=tuple([done[each.name] for each in parts.over]),
        blockmap=Joined.of(parts.maps, run[-1].npartitions),
        params=tuple(parts.params),
    )


def alone(node: Blockwise) -> Chain:
    """The kernel of ``node``, a step over records, as a chain of its own."""
    parts = _Parts()
    parts.add(node)
    return parts.chain()


class _Parts:
    """What the steps of a run need, gathered into the arguments of one chain: blocks, then params."""

    def __init__(self) -> None:
        self.over: list[Node] = []
        self.maps: list[tuple[int, int, BlockMap]] = []
        self.params: list[Sequence[Any]] = []
        self._head: Callable[..., Any] | None = None
        self._head_args: list[_Argument] | None = None
        self._steps: list[tuple[Kernel, list[_Argument]]] = []
        self._sink: Callable[..., Any] | None = None

    def add(self, node: Node) -> None:
        """Put ``node`` behind what is gathered so far."""
        if isinstance(node, Source):
            self._head, self._head_args = node.reader, [self._param(node.parts)]
            return
        assert isinstance(node, Blockwise)
        fed = self._head_args is not None
        blocks = self._blocks(node, skip=1 if fed else 0)
        arguments = [*blocks, *map(self._param, node.params)]
        if isinstance(node.kernel, Chain):
            self._add_chain(node.kernel, [None, *arguments] if fed else arguments)
            return
        assert isinstance(node.kernel, Kernel)
        if fed:
            self._steps.append((node.kernel, arguments))
        elif _takes_one_partition(node):
            self._head_args = arguments[:1]
            self._steps.append((node.kernel, arguments[1:]))
        else:
            self._head, self._head_args = node.kernel, arguments

    def _add_chain(self, chain: Chain, own: Sequence[_Argument | None]) -> None:
        """Put ``chain`` behind what is gathered; of its ``own`` arguments None stands for what feeds it."""

        def given(numbers: Sequence[int]) -> list[_Argument]:
            return [argument for i in numbers if (argument := own[i]) is not None]

        if self._head_args is None:
            self._head, self._head_args = chain.head, given(chain.head_args)
        self._steps += [(step.kernel, given(step.extras)) for step in chain.steps]
        self._sink = chain.sink

    def _blocks(self, node: Blockwise, skip: int) -> list[_Argument]:
        """Arguments for the input blocks of ``node`` but the first ``skip``."""
        over = node.over[skip:]
        if over:
            self.maps.append((len(self.over) - skip, skip, node.blockmap))
        first = len(self.over)
        self.over.extend(over)
        return [("block", first + i) for i in range(len(over))]

    def _param(self, values: Sequence[Any]) -> _Argument:
        self.params.append(values)
        return "param", len(self.params) - 1

    def chain(self) -> Chain:
        """All that was gathered, as one kernel."""

        def place(argument: _Argument) -> int:
            kind, number = argument
            return number if kind == "block" else len(self.over) + number

        return Chain(
            steps=tuple([Step(kernel, tuple(map(place, extras))) for kernel, extras in self._steps]),
            head=self._head,
            head_args=tuple(map(place, self._head_args or [])),
            sink=self._sink,
        )
