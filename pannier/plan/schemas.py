"""Frames whose columns and types are found out in the run."""

from __future__ import annotations

from pannier.kernels.frames.base import FrameKernel
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.rewrite import topological


def makes_schema(node: Node) -> bool:
    """Whether the columns of ``node`` are those of a schema that is one of its inputs."""
    return isinstance(node, Blockwise) and isinstance(node.kernel, FrameKernel) and node.kernel.has_schema


def has_open_schema(node: Node) -> bool:
    """Whether blocks of ``node`` may have more columns, and wider types, than is known of them while a plan is built."""
    return any(map(makes_schema, topological([node])))
