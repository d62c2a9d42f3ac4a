"""Count rows by what readers know of files, without reading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from pannier.graph.task import Key
from pannier.plan.nodes import FromGraph, Node, Source, TreeReduce
from pannier.plan.passes.limit import keeps_rows
from pannier.plan.rewrite import rewrite


@runtime_checkable
class CountingReader(Protocol):
    """A reader that knows how many rows its parts have."""

    def count_rows(self, part: Any) -> int | None:
        """Rows of ``part``; None where nobody knows without reading it."""


def count_by_metadata(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``len(add(read_parquet(parts), 1))`` becomes the sum of what the files' footers say."""
    return rewrite(roots, _counted)


def _counted(node: Node) -> Node:
    if not isinstance(node, TreeReduce) or not getattr(node.reduction, "counts_rows", False):
        return node
    below = node.over
    while keeps_rows(below):
        below = below.inputs[0]
    reader: object = below.reader if isinstance(below, Source) else None
    if not isinstance(below, Source) or not isinstance(reader, CountingReader):
        return node
    total = 0
    for part in below.parts:
        if (count := reader.count_rows(part)) is None:
            return node
        total += count
    key: Key = (node.name, 0)
    return FromGraph(verb=node.verb, name=node.name, keys=[key], values={key: total})
