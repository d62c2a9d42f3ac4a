"""Sorting the arguments of a verb: collections become inputs of a node, all else stays an argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pannier.errors import UsageError
from pannier.kernels.kernel import Slot
from pannier.plan.nodes import Node


@dataclass(slots=True)
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

    def slots(self, value: Any, node_of: Callable[[Any], Node | None], deep: bool = False) -> Any:
        """``value`` with a slot in place of every collection that ``node_of`` finds a node for.

        With ``deep``, also inside lists, tuples, sets and dicts.
        """
        node = node_of(value)
        if node is not None:
            return Slot(self.place(node))
        kind = type(value)
        if deep and kind in (list, tuple, set, frozenset):
            return kind([self.slots(each, node_of, deep) for each in value])
        if deep and kind is dict:
            return {name: self.slots(each, node_of, deep) for name, each in value.items()}
        return value


def single_block(value: Any) -> Node | None:
    """The node of a collection that is one value; None for anything that is no collection.

    Raises :class:`~pannier.errors.UsageError` for a collection of many partitions.
    """
    if not isinstance(getattr(type(value), "default_scheduler", None), str):
        return None
    if not getattr(value, "is_single", False):
        raise UsageError(
            f"a {type(value).__name__} cannot be an argument here, because it is many partitions; "
            "pass a reduction of it, or what .to_delayed() gives"
        )
    node: Node = value.node
    return node


def fill_arguments(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], operands: Operands, deep: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """``args`` and ``kwargs`` with slots in place of single values that are yet to be computed."""
    return (
        tuple([operands.slots(arg, single_block, deep) for arg in args]),
        {name: operands.slots(arg, single_block, deep) for name, arg in kwargs.items()},
    )
