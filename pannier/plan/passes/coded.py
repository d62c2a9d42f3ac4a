"""Read texts as codes where they only need to be told apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pannier.plan.nodes import Blockwise, Node, Source
from pannier.plan.rewrite import readers, rewrite


def read_keys_as_codes(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``groupby(read_parquet(parts), "name")`` reads names of few values as codes and a dictionary of each part.

    So they are stored, and groups are found by codes: no text is made of a row.
    """
    reads = readers(roots)

    def coded(node: Node) -> Node:
        if not isinstance(node, Blockwise) or not node.over or not isinstance(node.over[0], Source):
            return node
        source = node.over[0]
        columns = getattr(node.kernel, "columns_told_apart", ())
        with_dictionaries = getattr(source.reader, "with_dictionaries", None)
        if not columns or with_dictionaries is None or reads[source.name] > 1:
            return node
        reader = with_dictionaries(columns)
        if reader == source.reader:
            return node
        before = source.read_by(reader)
        return dataclasses.replace(node, over=(before, *node.over[1:]))

    return rewrite(roots, coded)
