"""A plan as text, at every stage."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from pannier.graph.task import Key
from pannier.kernels.kernel import name_of
from pannier.plan.lower import lower
from pannier.plan.nodes import Blockwise, Node, Scan, Shuffle, Source, TreeReduce
from pannier.plan.passes import optimize
from pannier.plan.rewrite import topological


def explain(roots: Sequence[Node], whole_bytes: int = 0) -> str:
    """The plan as written, as optimized and as tasks, and why an optimization was declined.

    ``whole_bytes`` are those of :func:`~pannier.plan.passes.optimize`.
    """
    notes: list[str] = []
    optimized = optimize(roots, notes, whole_bytes=whole_bytes)
    graph, keys = lower(optimized)
    sections = [
        ("as written", _describe(roots)),
        ("as optimized", _describe(optimized)),
        ("as tasks", _count_tasks(graph.ordered(itertools.chain.from_iterable(keys)).keys)),
    ]
    if notes:
        sections.append(("not optimized", list(dict.fromkeys(notes))))
    return "\n".join("\n".join([f"{title}:", *(f"  {line}" for line in lines)]) for title, lines in sections)


def _describe(roots: Sequence[Node]) -> list[str]:
    """A line a node, inputs first; a node with other inputs than the line before it names them."""
    lines = []
    number: dict[str, int] = {}
    for node in topological(roots):
        number[node.name] = len(number) + 1
        reads = [number[each.name] for each in node.inputs]
        after = "" if reads in ([], [len(number) - 1]) else f"  <- {', '.join(map(str, reads))}"
        partitions = f"{node.npartitions} partition{'s' if node.npartitions != 1 else ''}"
        lines.append(f"{len(number)}. {describe_step(node)}  [{partitions}]{after}")
    return lines


def describe_step(node: Node) -> str:
    """What a node does, in the user's words."""
    match node:
        case Blockwise() if node.kernel is not None:
            label = getattr(node.kernel, "label", None) or name_of(node.kernel)
            reads = getattr(node.kernel, "reads", None)
            return f"{label}{f', reads {list(reads)}' if reads else ''}"
        case TreeReduce():
            return (
                f"combine {node.reduction.label}, {node.fan_in} at a time"
                if node.chunked
                else node.reduction.label
            )
        case Shuffle():
            return f"shuffle {node.verb}"
        case Source():
            return str(getattr(node.reader, "label", None) or node.verb)
        case Scan():
            return str(getattr(node.apply, "label", node.verb))
        case _:
            return node.verb


def _count_tasks(keys: Sequence[Key]) -> list[str]:
    """How many tasks there are of each name, in the order in which they first run."""
    names = [str(key[0] if isinstance(key, tuple) else key) for key in keys]
    counts = Counter(name.rpartition("-")[0] or name for name in names)
    return [*(f"{n} x {verb}" for verb, n in counts.items()), f"{len(keys)} tasks"]
