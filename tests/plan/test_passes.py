"""Each pass: the plan it makes, the same answer as without it, and a plan that makes sense."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import pannier as pn
from pannier.collections.base import Collection
from pannier.computing import compute
from pannier.plan.lower import lower
from pannier.plan.nodes import Node
from pannier.plan.passes import PASSES, Pass, optimize
from pannier.plan.passes.concat import push_into_concatenations
from pannier.plan.passes.flatten import flatten_concatenations
from pannier.plan.passes.fuse import fuse
from pannier.plan.passes.reduce import chunk_where_blocks_are_made
from pannier.plan.passes.select import drop_unread_partitions
from pannier.schedulers.sync import get
from tests.plan.plans import PLANS, check, numbers, pair, positive

ANY_PLAN = pytest.mark.parametrize("plan", PLANS)
EACH_PASS = pytest.mark.parametrize("each", PASSES, ids=lambda each: each.__name__)


def roots_of(collections: Sequence[Collection]) -> list[Node]:
    return [each.node for each in collections]


def blocks(roots: Sequence[Node]) -> list[list[object]]:
    """The blocks of each root, computed as the plan stands."""
    graph, keys = lower(roots)
    results: list[list[object]] = get(graph, keys)
    return results


@ANY_PLAN
@EACH_PASS
def test_a_pass_alone_changes_no_block(each: Pass, plan: str) -> None:
    """The blocks of every root, their number and the roots' names; the new plan makes sense."""
    roots = roots_of(PLANS[plan]())
    check(roots)
    changed = each(roots, [])
    check(changed)
    assert [root.npartitions for root in changed] == [root.npartitions for root in roots]
    assert blocks(changed) == blocks(roots)


@ANY_PLAN
def test_all_passes_change_no_answer(plan: str) -> None:
    """``optimize_graph=False`` gives the same."""
    answers = compute(*PLANS[plan](), scheduler="sync")
    assert answers == compute(*PLANS[plan](), scheduler="sync", optimize_graph=False)
    check(optimize(roots_of(PLANS[plan]())))


@ANY_PLAN
def test_what_is_optimized_can_be_optimized_again(plan: str) -> None:
    """It is the same plan then: passes read what other passes make."""
    once = optimize(roots_of(PLANS[plan]()))
    twice = optimize(once)
    check(twice)
    assert blocks(twice) == blocks(once)
    assert len(lower(twice)[0]) == len(lower(once)[0])


def described(each: Pass | None, *collections: Collection) -> str:
    """The plan of ``collections`` after one pass, or all, as the lines of ``explain()``; then the notes."""
    notes: list[str] = []
    roots = roots_of(collections)
    changed = each(roots, notes) if each else optimize(roots, notes)
    text = pn.explain(*[Collection(root) for root in changed]) if each else pn.explain(*collections)
    title = "as written" if each else "as optimized"
    section = text.partition(f"{title}:\n")[2].partition("\nas ")[0]
    lines = [line.strip() for line in section.splitlines()]
    return "\n".join([*lines, *dict.fromkeys(f"note: {note}" for note in notes)])


def test_fuse_makes_one_task_of_a_chain() -> None:
    """Steps that read one partition each are joined to the making of it."""
    plan = numbers().map(str).filter(bool).map(pair).flatten().pluck(0)
    assert described(fuse, plan) == (
        "1. range | map(str) | filter(bool) | map(tests.plan.plans.pair) | flatten | pluck(0)  [4 partitions]"
    )


def test_fuse_keeps_a_shared_result() -> None:
    """What is read twice is made once, whole; the note says why it ends there."""
    texts = numbers().map(str)
    plan = described(None, texts.map(len), texts.filter(bool).map(repr))
    assert plan == (
        "1. range | map(str)  [4 partitions]\n"
        "2. map(len)  [4 partitions]\n"
        "3. filter(bool) | map(repr)  [4 partitions]  <- 1\n"
        "note: map is not fused with range-map: its result is read 2 times\n"
        "note: filter-map is not fused with range-map: its result is read 2 times"
    )


def test_fuse_keeps_what_the_user_wants_too() -> None:
    """A root is read by the user, so a step on top of it is a task of its own."""
    texts = numbers().map(str)
    plan = described(None, texts, texts.map(len))
    assert plan == (
        "1. range | map(str)  [4 partitions]\n"
        "2. map(len)  [4 partitions]\n"
        "note: map is not fused with range-map: its result is read 2 times"
    )


def test_reductions_share_one_walk() -> None:
    """Where nothing but reductions reads a result, it is made once and never whole."""
    texts = numbers().map(str)
    assert described(None, texts.count(), texts.map(len).filter(bool).max()) == (
        "1. range | map(str) | [count, map(len) | filter(bool) | max]  [4 partitions]\n"
        "2. operator.itemgetter(0)  [4 partitions]\n"
        "3. combine count, 8 at a time  [1 partition]\n"
        "4. operator.itemgetter(1)  [4 partitions]  <- 1\n"
        "5. combine max, 8 at a time  [1 partition]"
    )


def test_a_reduction_of_whole_partitions_shares_no_walk() -> None:
    """The user's function must see its partition in one piece."""
    texts = numbers().map(str)
    plan = described(None, texts.count(), texts.reduction(len, sum))
    assert "note: count is not fused with range-map: its result is read 2 times" in plan
    assert pn.compute(texts.count(), texts.reduction(len, sum), scheduler="sync") == (10, 10)


def test_fuse_takes_items_along() -> None:
    """A step with an item is joined to the chain; the item is an input of the whole."""
    plan = numbers().map(abs).map(max, pn.range(3, 1).sum()).map(str)
    assert described(None, plan) == (
        "1. range | sum  [1 partition]\n"
        "2. combine sum, 8 at a time  [1 partition]\n"
        "3. range | map(abs) | map(max) | map(str)  [4 partitions]"
    )


def test_fuse_starts_at_a_step_over_several_bags() -> None:
    """Bags side by side end their own chains and begin a new one."""
    plan = numbers().map(str).map(max, pn.range(9, 4).map(repr).filter(bool)).map(len)
    assert described(fuse, plan) == (
        "1. range | map(str)  [4 partitions]\n"
        "2. range | map(repr) | filter(bool)  [4 partitions]\n"
        "3. zip | map(max) | map(len)  [4 partitions]  <- 1, 2"
    )


def test_reduce_where_blocks_are_made() -> None:
    """Partial results are a step over each partition, which fusing joins to the chain."""
    plan = numbers(20).filter(positive).frequencies().topk(2)
    assert described(chunk_where_blocks_are_made, plan) == (
        "1. range  [20 partitions]\n"
        "2. filter(tests.plan.plans.positive)  [20 partitions]\n"
        "3. frequencies  [20 partitions]\n"
        "4. combine frequencies, 8 at a time  [1 partition]\n"
        "5. topk(2)  [1 partition]\n"
        "6. combine topk(2), 8 at a time  [1 partition]"
    )
    assert described(None, plan).splitlines()[0] == (
        "1. range | filter(tests.plan.plans.positive) | frequencies  [20 partitions]"
    )


def test_unread_partitions_are_not_made() -> None:
    """A selection moves through steps down to the source, which forgets the other parts."""
    plan = numbers().map(str).filter(bool)._partitions([2, 0]).map(len)
    assert described(drop_unread_partitions, plan) == (
        "1. range  [2 partitions]\n"
        "2. map(str)  [2 partitions]\n"
        "3. filter(bool)  [2 partitions]\n"
        "4. map(len)  [2 partitions]"
    )


def test_a_selection_takes_the_parameters_of_its_partitions() -> None:
    """Seeds, paths and numbers of partitions go with them."""
    plan = numbers().map_partitions_with_index(lambda i, _: [i])
    assert plan._partitions([3, 1]).compute(scheduler="sync") == [3, 1]
    assert "range  [2 partitions]" in described(drop_unread_partitions, plan._partitions([3, 1]))


def test_a_selection_stops_at_what_others_read() -> None:
    """The shared step is made for all partitions, and the selection reads some of it."""
    texts = numbers().map(str)
    plan = described(drop_unread_partitions, texts.count(), texts.filter(bool)._partitions([1]))
    assert plan == (
        "1. range  [4 partitions]\n"
        "2. map(str)  [4 partitions]\n"
        "3. count  [1 partition]\n"
        "4. partitions  [1 partition]  <- 2\n"
        "5. filter(bool)  [1 partition]"
    )
    plan = described(drop_unread_partitions, texts, texts._partitions([1]))
    assert plan.endswith("note: partitions reads all of map: others read it too")


def test_a_selection_stops_at_what_mixes_partitions() -> None:
    """After a scan, partition i needs more than partition i."""
    plan = described(drop_unread_partitions, numbers().accumulate(max).map(str)._partitions([1]))
    assert plan == (
        "1. range  [4 partitions]\n"
        "2. accumulate(max)  [4 partitions]\n"
        "3. partitions  [1 partition]\n"
        "4. map(str)  [1 partition]"
    )


def test_a_loop_of_unions_is_one_concatenation() -> None:
    """Nested on either side; a step behind it is then fused with every bag."""
    left = numbers(2).union(pn.range(3, 1)).union(pn.range(5, 1).map(str))
    right = pn.range(7, 1).union(pn.range(9, 1))
    assert described(flatten_concatenations, left.union(right)).splitlines()[-1] == (
        "7. union  [6 partitions]  <- 1, 2, 4, 5, 6"
    )
    assert described(None, left.map(repr)) == (
        "1. range | map(repr)  [2 partitions]\n"
        "2. range | map(repr)  [1 partition]\n"
        "3. range | map(str) | map(repr)  [1 partition]\n"
        "4. map  [4 partitions]  <- 1, 2, 3"
    )


def test_a_shared_union_stays() -> None:
    """What is wanted by itself is not taken apart; it costs no task."""
    inner = numbers(2).union(pn.range(3, 1))
    plan = described(flatten_concatenations, inner, inner.union(pn.range(5, 1)))
    assert plan.splitlines()[-1] == "5. union  [4 partitions]  <- 3, 4"


def test_steps_move_into_a_concatenation() -> None:
    """Each bag's part of the step can then be fused with its own chain."""
    plan = pn.concat([numbers(2).map(str), pn.range(3, 1)]).map(repr).map(len)
    assert described(push_into_concatenations, plan) == (
        "1. range  [2 partitions]\n"
        "2. map(str)  [2 partitions]\n"
        "3. map(repr)  [2 partitions]\n"
        "4. map(len)  [2 partitions]\n"
        "5. range  [1 partition]\n"
        "6. map(repr)  [1 partition]\n"
        "7. map(len)  [1 partition]\n"
        "8. map  [3 partitions]  <- 4, 7"
    )
    assert described(None, plan.sum()) == (
        "1. range | map(str) | map(repr) | map(len) | sum  [2 partitions]\n"
        "2. range | map(repr) | map(len) | sum  [1 partition]\n"
        "3. sum  [3 partitions]  <- 1, 2\n"
        "4. combine sum, 8 at a time  [1 partition]"
    )


def test_a_concatenation_that_others_read_stays() -> None:
    """The step stays behind it, and says so."""
    both = pn.concat([numbers(2), pn.range(3, 1)])
    assert described(push_into_concatenations, both, both.map(str)).endswith(
        "note: map stays behind union: its result is read by others too"
    )


@pytest.mark.parametrize("verb", ["map", "map_partitions", "union"])
def test_passes_need_no_recursion(verb: str) -> None:
    """Plans of thousands of steps are optimized, and give the answer."""
    n = 2000
    bag = pn.range(4, npartitions=2)
    other = pn.range(1, npartitions=1)
    for _ in range(n):
        bag = (
            bag.union(other)
            if verb == "union"
            else getattr(bag, verb)(list if verb == "map_partitions" else abs)
        )
    graph, _ = bag.sum().graph()
    assert len(graph.tasks) < 2 * n
    assert bag.sum().compute(scheduler="sync") == 6
