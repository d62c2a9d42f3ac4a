"""What a picture of a plan has to show: its steps, and which reads which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from pannier.diagnostics.draw.outline import Outline, Vertex, text_of
from pannier.graph.task import Key
from pannier.plan.explain import describe_step
from pannier.plan.nodes import Node
from pannier.plan.rewrite import topological


def outline_plan(roots: Sequence[Node]) -> Outline:
    """The steps of a plan, one vertex each, inputs first.

    >>> import pannier as pn
    >>> steps = outline_plan([pn.range(6, npartitions=3).map(str).node])
    >>> [(step.label, *step.notes) for step in steps.vertices], steps.reads
    ([('range', '3 partitions'), ('map(str)', '3 partitions')], [[], [0]])
    """
    nodes = list(topological(roots))
    number = {node.name: i for i, node in enumerate(nodes)}
    outputs = {root.name for root in roots}
    vertices = [
        Vertex(
            keys=(node.name,),
            kind="step",
            label=describe_step(node),
            stage=type(node).__name__,
            tell=partial(_operands, node),
            notes=(f"{node.npartitions:,} partition{'s' * (node.npartitions != 1)}",),
            places=(i,),
            is_output=node.name in outputs,
        )
        for i, node in enumerate(nodes)
    ]
    return Outline(vertices, [[number[each.name] for each in node.inputs] for node in nodes])


def _operands(node: Node) -> str:
    """The kind of the node, and its kernel in full."""
    kernel = (
        getattr(node, "kernel", None) or getattr(node, "reader", None) or getattr(node, "reduction", None)
    )
    kind = type(node).__name__
    return kind if kernel is None else f"{kind} of {text_of(kernel)}"


def seconds_by_step(seconds: Mapping[Key, float], steps: Outline) -> dict[Key, float]:
    """Seconds that all tasks of each step took: they carry its token, whatever part of it they do."""
    spent: dict[str, float] = defaultdict(float)
    for key, taken in seconds.items():
        name = key[0] if isinstance(key, tuple) and key else key
        spent[str(name).rpartition("-")[2]] += taken
    names = (str(vertex.keys[0]) for vertex in steps.vertices)
    return {name: spent[token] for name in names if (token := name.rpartition("-")[2]) in spent}
