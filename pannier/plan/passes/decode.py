"""Decode JSON natively."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from pannier import kernels
from pannier.kernels.kernel import Kernel
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.rewrite import rewrite


def decode_json_natively(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``map(json.loads)`` becomes a step that does the same in a third of the time."""
    return rewrite(roots, _decoding)


def _decoding(node: Node) -> Node:
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Kernel):
        return node
    if node.kernel == kernels.records.Map(json.loads):
        return dataclasses.replace(node, kernel=kernels.jsonlines.DecodeJson())
    return node
