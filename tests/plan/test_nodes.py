"""Nodes: frozen, and named by what they are."""

from __future__ import annotations

import dataclasses
import operator
import pickle

import pytest

from pannier.kernels.kernel import Call
from pannier.kernels.records import Filter, Map
from pannier.kernels.reductions import Count
from pannier.kernels.scans import Accumulate, last_or_carry
from pannier.plan.blockmaps import (
    Aligned,
    Concatenated,
    Divided,
    Grouped,
    Joined,
    Neighbours,
    Product,
    Selected,
    Spans,
)
from pannier.plan.nodes import Blockwise, FromGraph, Node, Scan, Source, TreeReduce
from pannier.plan.rewrite import readers, rewrite, topological


def source(parts: int = 3) -> Source:
    return Source(verb="read", reader=list, parts=[range(i) for i in range(parts)])


def step(over: Node, kernel: object = Map(str), verb: str = "map") -> Blockwise:
    return Blockwise(verb=verb, kernel=kernel, over=(over,), blockmap=Aligned(over.npartitions))  # type: ignore[arg-type]


def every_kind(over: Node) -> list[Node]:
    return [
        step(over),
        step(over, Filter(bool), "filter"),
        Blockwise(verb="select", kernel=None, over=(over,), blockmap=Selected((1,))),
        TreeReduce(verb="count", reduction=Count(), over=over, fan_in=8),
        Scan(
            verb="accumulate",
            chunk=None,
            carry=last_or_carry,
            apply=Accumulate(operator.add),
            first=0,
            over=over,
        ),
    ]


def test_equal_work_has_equal_names() -> None:
    """Made twice of equal operands, a node has one name; of others, another."""
    assert source().name == source().name
    assert [node.name for node in every_kind(source())] == [node.name for node in every_kind(source())]
    nodes = [*every_kind(source()), *every_kind(source(4)), *every_kind(step(source()))]
    assert len({node.name for node in nodes}) == len(nodes)


def test_a_name_begins_with_the_users_word() -> None:
    """So that a task says where it is from."""
    verbs = [node.name.rpartition("-")[0] for node in every_kind(source())]
    assert verbs == ["map", "filter", "select", "count", "accumulate"]


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": Map(repr)},
        {"kernel": Map(str, (1,))},
        {"over": (source(4),)},
        {"blockmap": Selected((0, 1, 2))},
        {"params": ([1, 2, 3],)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_operand_counts_in_a_name(change: dict[str, object]) -> None:
    """A node with another kernel, input, block map or parameter is other work."""
    node = step(source())
    assert dataclasses.replace(node, name="", **change).name != node.name


def test_nodes_are_frozen() -> None:
    """A plan that is shared cannot be changed from under another."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        step(source()).verb = "other"  # type: ignore[misc]


def test_new_inputs_keep_the_name() -> None:
    """A pass that replaces inputs by others with the same blocks makes the same blocks."""
    for node in every_kind(source()):
        other = Source(verb="read", reader=list, parts=source().parts, name="stand-in")
        changed = node.with_inputs((other,))
        assert (changed.name, changed.inputs, changed.npartitions) == (node.name, (other,), node.npartitions)


@pytest.mark.parametrize(
    "blockmap",
    [
        Aligned(3, (False, True)),
        Concatenated((2, 0, 1)),
        Selected((1, 0)),
        Grouped((0, 2, 3)),
        Divided((0, 2, 3)),
        Product(2, 3),
        Spans((0, 1), (2, 3)),
        Neighbours(3, (0, -1, 1, None)),
        Joined.of([(0, 0, Aligned(2)), (1, 1, Aligned(2, (False, True)))], 2),
    ],
    ids=lambda blockmap: type(blockmap).__name__,
)
def test_block_maps_travel_and_answer_for_each_block(blockmap: object) -> None:
    """A copy is equal; it names blocks for exactly as many outputs as it has."""
    copy = pickle.loads(pickle.dumps(blockmap))
    assert copy == blockmap
    assert all(copy.arguments(i) for i in range(copy.npartitions))


def test_every_block_of_a_regrouping_is_read_once() -> None:
    """Concatenation and grouping lose no block and repeat none."""
    assert [Concatenated((2, 0, 1)).arguments(i) for i in range(3)] == [((0, 0),), ((0, 1),), ((2, 0),)]
    grouped = Grouped((0, 2, 2, 5))
    assert [j for i in range(3) for argument in grouped.arguments(i) for _, j in argument] == [0, 1, 2, 3, 4]  # type: ignore[union-attr,misc]
    assert {Product(2, 3).arguments(i) for i in range(6)} == {
        ((0, a), (1, b)) for a in range(2) for b in range(3)
    }


def test_inputs_come_first_and_once() -> None:
    """A node that is read along several paths, or made twice, appears once."""
    left, right = step(source()), step(source(), Filter(bool), "filter")
    both = Blockwise(
        verb="zip", kernel=Call(zip, (), {}), over=(left, right), blockmap=Aligned(3, (False, False))
    )
    order = topological([both, left])
    assert [node.verb for node in order] == ["read", "map", "filter", "zip"]
    assert readers([both, left]) == {both.name: 1, left.name: 2, right.name: 1, order[0].name: 2}


def test_the_driver_needs_no_recursion() -> None:
    """A plan of 50,000 steps is walked and rewritten, and a pass that changes nothing keeps every node."""
    node: Node = source(1)
    for i in range(50_000):
        node = Blockwise(verb="map", name=f"map-{i}", kernel=Map(str), over=(node,), blockmap=Aligned(1))
    assert len(topological([node])) == 50_001
    assert rewrite([node], lambda each: each) == [node]
    (changed,) = rewrite([node], lambda each: source(2) if isinstance(each, Source) else each)
    assert topological([changed])[0].npartitions == 2


def test_a_graph_as_a_node_is_named_by_its_keys() -> None:
    """Whoever puts it there gives keys that say what is behind them."""
    node = FromGraph(verb="kept", keys=["a", "b"], values={"a": 1, "b": 2})
    assert node.npartitions == 2
    assert node.name == FromGraph(verb="kept", keys=["a", "b"]).name
    assert node.with_inputs(()) is node
