"""Sorting the arguments of a verb: collections become inputs of a node, all else stays an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pannier.computing import is_collection
from pannier.errors import UsageError
from pannier.foreign import is_foreign, whole
from pannier.frozen import frozen
from pannier.kernels.kernel import CONTAINERS, Nested, Slot
from pannier.plan.nodes import Node


@frozen
class Operands:
    """The nodes of the collections met so far, each once, in the order they were met."""

    nodes: list[Node] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, node: Node) -> int:
        """The number of ``node`` among the inputs."""
        if node.name not in self.places:
            self.places[node.name] = len(self.nodes)
            self.nodes.append(node)
        return self.places[node.name]

    def argument(self, value: Any) -> Any:
        """``value`` with a slot in place of each single value yet to be computed, at any depth of containers."""
        slotted = self._slotted(value)
        return slotted if slotted is value or type(slotted) is Slot else Nested(slotted)

    def _slotted(self, value: Any) -> Any:
        """``value`` itself if there is none in it."""
        node = single_block(value)
        if node is not None:
            return Slot(self.place(node))
        kind = type(value)
        if kind is dict:
            slotted = {name: self._slotted(inner) for name, inner in value.items()}
            return slotted if any(slotted[name] is not value[name] for name in value) else value
        if kind in CONTAINERS:
            inner = [self._slotted(each) for each in value]
            return (
                kind(inner) if any(new is not old for new, old in zip(inner, value, strict=True)) else value
            )
        return value


def single_block(value: Any) -> Node | None:
    """The node of a collection that is one value, as the answer of one of Dask's is; None for no collection.

    Raises :class:`~pannier.errors.UsageError` for a collection of many partitions.
    """
    if is_foreign(value):
        return whole(value)
    if not is_collection(value):
        return None
    if not getattr(value, "is_single", False):
        raise UsageError(
            f"a {type(value).__name__} cannot be an argument here, because it is many partitions; "
            "pass a reduction of it, or what .to_delayed() gives"
        )
    return value.node


def fill_arguments(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], operands: Operands
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``args`` and ``kwargs`` with slots in place of single values that are yet to be computed."""
    return tuple(map(operands.argument, args)), {name: operands.argument(arg) for name, arg in kwargs.items()}
