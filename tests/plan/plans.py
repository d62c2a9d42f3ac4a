"""Plans of every shape, and what must hold of any plan."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import pannier as pn
from pannier.collections.base import Collection
from pannier.kernels.chain import Chain
from pannier.plan.nodes import Blockwise, Node, TreeReduce
from pannier.plan.rewrite import topological


def numbers(npartitions: int = 4) -> pn.Bag:
    return pn.range(10, npartitions)


def positive(x: int) -> bool:
    return x > 0


def pair(x: Any) -> list[Any]:
    return [x, x]


def _diamond() -> list[Collection]:
    texts = numbers().map(str)
    return [texts.count(), texts.max(), texts]


def _selections() -> list[Collection]:
    texts = numbers().map(str).filter(bool)
    return [texts._partitions([2, 0]).map(len), texts._partitions([3])._partitions([0])]


def _shared_concatenation() -> list[Collection]:
    both = pn.concat([numbers(), numbers(2).map(abs)])
    return [both.map(str), both]


PLANS: dict[str, Callable[[], list[Collection]]] = {
    "source": lambda: [numbers()],
    "chain": lambda: [numbers().map(str).filter(bool).map(pair).flatten().pluck(0)],
    "reduction of a reduction": lambda: [numbers(20).frequencies().topk(2, key=1)],
    "two answers of one chain": _diamond,
    "some partitions": _selections,
    "some partitions of a step with an item": lambda: [numbers().map(max, numbers().max())._partitions([1])],
    "some partitions of a sample": lambda: [numbers().random_sample(0.5, 1)._partitions([1, 3])],
    "concatenation": lambda: [
        pn.concat([numbers().map(str), numbers(2), numbers(1)]).map(str).map(len).sum()
    ],
    "shared concatenation": _shared_concatenation,
    "concatenation of concatenations": lambda: [
        numbers().union(numbers(2).union(numbers(1).map(abs))).filter(positive).count()
    ],
    "side by side": lambda: [numbers().map(operator.add, numbers().map(abs)).sum()],
    "with itself": lambda: [numbers().map(operator.add, numbers())],
    "with an item": lambda: [numbers().map(operator.add, numbers().max()).map(str)],
    "partitions with a bag and an item": lambda: [
        numbers()
        .map(abs)
        .map_partitions(lambda a, b, c: [sum(a), sum(b), c], numbers().map(str).map(len), numbers().sum())
    ],
    "running totals": lambda: [numbers().map(abs).accumulate(max).map(str)],
    "with numbers": lambda: [numbers().filter(positive).zip_with_index().starmap(operator.mul)],
    "other partitions": lambda: [numbers().repartition(2).map(str).repartition(5).map(len)],
    "product": lambda: [numbers(2).product(numbers(3).map(str)).count()],
    "join": lambda: [numbers().join([1, 2, 2], on_self=lambda x: x % 3)],
    "delayed": lambda: [
        pn.delayed(sum)([pn.delayed(len)("ab"), 3]),
        pn.from_delayed(numbers().to_delayed()).count(),
    ],
    "kept in memory": lambda: [numbers().map(str).persist(scheduler="sync").map(len).max()],
    "items": lambda: [numbers().sum() / numbers().count(), numbers().topk(1)],
}


def check(roots: Sequence[Node]) -> None:
    """Nothing, if the plan makes sense: names are unique, and every block that is read exists."""
    nodes = topological(roots)
    names = [node.name for node in nodes]
    assert len(set(names)) == len(names)
    for place, node in enumerate(nodes):
        assert all(each.name in names[:place] for each in node.inputs), "inputs come first"
        if isinstance(node, TreeReduce):
            assert node.npartitions == 1
        if isinstance(node, Blockwise):
            check_blockwise(node)


def check_blockwise(node: Blockwise) -> None:
    assert all(len(values) == node.npartitions for values in node.params)
    for i in range(node.npartitions):
        arguments = node.blockmap.arguments(i)
        for argument in arguments:
            for n, block in argument if isinstance(argument, list) else [argument]:
                assert 0 <= block < node.over[n].npartitions
        if isinstance(node.kernel, Chain):
            given = len(arguments) + len(node.params)
            used = {*node.kernel.head_args, *(k for step in node.kernel.steps for k in step.extras)}
            assert used == set(range(given)), "a chain uses each of its arguments"
