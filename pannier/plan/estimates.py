"""What records weigh, as far as it is known before they are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from pannier import config
from pannier.kernels.kernel import BlockKernel, Kernel
from pannier.kernels.partitions import First, RandomSample
from pannier.kernels.records import Filter, Remove
from pannier.plan.blockmaps import Aligned, Argument, Concatenated, Selected
from pannier.plan.nodes import Blockwise, FromGraph, Node, Source
from pannier.plan.rewrite import topological
from pannier.sizes import sizeof

_SMALL: Final = 16 << 20
"""Bytes up to which one side of a join goes to every worker, where nobody says."""


def broadcast_bytes() -> int:
    """Bytes up to which one side of a join goes to every worker: as the setting of that name says, or 16 MiB."""
    given: int | None = config.get("broadcast_bytes")
    return _SMALL if given is None else given


@runtime_checkable
class Weighing(Protocol):
    """A reader that knows what its parts weigh."""

    def weigh(self, part: Any) -> int | None:
        """Bytes that the records of ``part`` take in memory, roughly; None where nobody knows."""


def estimated_bytes(node: Node) -> int | None:
    """Bytes that the records of ``node`` take in memory, roughly; None where nobody knows.

    Known are sources that know it, values, and what is made of these record by record: a function is taken to give
    records of the size that it is given, and filters to keep all.

    >>> from pannier.io.inline import sequence_source
    >>> 1_000_000 < estimated_bytes(sequence_source(["a" * 1000] * 1000)) < 1_100_000
    True
    """
    known: dict[str, int | None] = {}
    for each in topological([node]):
        known[each.name] = _estimate(each, [known[before.name] for before in each.inputs])
    return known[node.name]


def _estimate(node: Node, inputs: Sequence[int | None]) -> int | None:
    match node:
        case Source():
            reader: object = node.reader
            return _total(map(reader.weigh, node.parts)) if isinstance(reader, Weighing) else None
        case FromGraph() if not node.tasks and not node.over:
            return _total(sizeof(node.values[key]) for key in node.keys)
        case Blockwise(kernel=None, blockmap=Concatenated()):
            return _total(inputs)
        case Blockwise(kernel=Kernel() as kernel) if _keeps_size(kernel):
            return inputs[0]
        case _:
            return None


def block_bytes(node: Node) -> list[int] | None:
    """Bytes that each block of frames of ``node`` takes in memory, roughly; None where nobody knows.

    Known are sources that know it, and values; a step over blocks is taken to make one of the size of its first input.

    >>> from pannier.io.inline import sequence_source
    >>> len(block_bytes(sequence_source(["a" * 1000] * 10, npartitions=2)))
    2
    """
    known: dict[str, list[int] | None] = {}
    for each in topological([node]):
        known[each.name] = _weights(each, [known[before.name] for before in each.inputs])
    return known[node.name]


def _weights(node: Node, inputs: Sequence[list[int] | None]) -> list[int] | None:
    weights: list[int | None] = [None]
    match node:
        case Source():
            reader: object = node.reader
            if isinstance(reader, Weighing):
                weights = [reader.weigh(part) for part in node.parts]
        case FromGraph() if not node.tasks and not node.over:
            weights = [sizeof(node.values[key]) for key in node.keys]
        case Blockwise(kernel=None | BlockKernel(), blockmap=Aligned() | Selected() | Concatenated()):
            places = [node.blockmap.arguments(i)[0] for i in range(node.npartitions)]
            weights = [_weight(inputs, place) for place in places]
    known = [weight for weight in weights if weight is not None]
    return known if len(known) == len(weights) else None


def _weight(inputs: Sequence[list[int] | None], place: Argument) -> int | None:
    if isinstance(place, list):
        return None
    weights = inputs[place[0]]
    return None if weights is None else weights[place[1]]


def _keeps_size(kernel: Kernel) -> bool:
    return kernel.keeps_length or isinstance(kernel, (Filter, Remove, First, RandomSample))


def _total(sizes: Iterable[int | None]) -> int | None:
    total = 0
    for size in sizes:
        if size is None:
            return None
        total += size
    return total
