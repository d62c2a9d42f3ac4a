"""The one traversal driver: passes see nodes inputs first, and never walk a plan themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence

from pannier.plan.nodes import Node


def topological(roots: Iterable[Node]) -> list[Node]:
    """All nodes that ``roots`` are made of, each once by name, inputs before the nodes that read them.

    Iterative, and linear in nodes and edges.
    """
    done: dict[str, Node] = {}
    stack = [(node, False) for node in reversed(list(roots))]
    while stack:
        node, inputs_done = stack.pop()
        if node.name in done:
            continue
        if inputs_done:
            done[node.name] = node
            continue
        stack.append((node, True))
        stack.extend((each, False) for each in reversed(node.inputs) if each.name not in done)
    return list(done.values())


def readers(roots: Sequence[Node]) -> Counter[str]:
    """How often each node's blocks are read, by name: by other nodes, and once by whoever wants a root."""
    counts = Counter(root.name for root in roots)
    for node in topological(roots):
        counts.update(each.name for each in node.inputs)
    return counts


def rewrite(roots: Sequence[Node], change: Callable[[Node], Node]) -> list[Node]:
    """``roots`` with every node, inputs first, replaced by what ``change`` makes of it.

    ``change`` gets a node whose inputs are already changed and returns a node with the same blocks.
    """
    changed: dict[str, Node] = {}
    for node in topological(roots):
        inputs = tuple([changed[each.name] for each in node.inputs])
        if any(new is not old for new, old in zip(inputs, node.inputs, strict=True)):
            changed[node.name] = change(node.with_inputs(inputs))
        else:
            changed[node.name] = change(node)
    return [changed[root.name] for root in roots]


def enclosed(
    last: Node, reads: Counter[str], passes: Callable[[Node], bool], ends: Container[str] = ()
) -> list[Node] | None:
    """The nodes that ``last`` is made of, by way of nodes that it ``passes``, down to those that are no step.

    A node without inputs is none, and neither is one of ``ends``, by name.  None if another node reads one of what
    is found, or if one of it does not pass.  ``reads`` are the :func:`readers`.
    """
    found: dict[str, Node] = {}
    inside: Counter[str] = Counter()
    stack = [last]
    while stack:
        node = stack.pop()
        for each in node.inputs:
            inside[each.name] += 1
            if each.name not in found:
                found[each.name] = each
                if each.name not in ends and each.inputs:
                    if not passes(each):
                        return None
                    stack.append(each)
    return list(found.values()) if all(reads[name] == inside[name] for name in found) else None
