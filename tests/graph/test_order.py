"""The static order of tasks: valid on any graph, and sparing with live results on the shapes that matter."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.array_shapes import matmul, stencil_1d
from benchmarks.graph_builder import Adjacency, dependents_of
from benchmarks.shapes import (
    diamonds,
    layered_chains,
    map_reduce,
    reductions_of_one_source,
    relabelled,
    shapes,
    shuffles,
)
from benchmarks.simulate import Liveness, simulate
from pannier.graph.order import order

TOY_SHAPES = shapes(scale=1)


def ordered(dependencies: Adjacency) -> list[int]:
    return order(dependencies, dependents_of(dependencies))


def liveness(tasks: Sequence[int], dependencies: Adjacency, workers: int = 1) -> Liveness:
    return simulate(tasks, dependencies, dependents_of(dependencies), workers)


def assert_valid(tasks: Sequence[int], dependencies: Adjacency) -> None:
    assert sorted(tasks) == list(range(len(dependencies)))
    seen: set[int] = set()
    for task in tasks:
        assert seen.issuperset(dependencies[task])
        seen.add(task)


def depth_first(dependencies: Adjacency) -> list[int]:
    """What a plain recursive evaluation would run: sinks by id, dependencies as listed."""
    dependents = dependents_of(dependencies)
    stack = [task for task in reversed(range(len(dependencies))) if not dependents[task]]
    done: dict[int, None] = {}
    while stack:
        task = stack[-1]
        lacking = [read for read in dependencies[task] if read not in done]
        stack += reversed(lacking)
        if not lacking:
            done.setdefault(stack.pop())
    return list(done)


def lowest_peak(dependencies: Adjacency) -> int:
    """The lowest peak of any order, by trying all of them: from each set of tasks run, every next task."""
    dependents = dependents_of(dependencies)
    everything = (1 << len(dependencies)) - 1
    reads = [sum(1 << read for read in each) for each in dependencies]
    readers = [sum(1 << reader for reader in each) for each in dependents]
    best = {0: 0}
    for run in range(everything):  # A subset is a smaller number, so its answer is there first.
        if run not in best:
            continue
        for task, needed in enumerate(reads):
            if run >> task & 1 or needed & ~run:
                continue
            after = run | 1 << task
            live = sum(1 for each, by in enumerate(readers) if after >> each & 1 and by & ~after)
            best[after] = min(best.get(after, len(reads)), max(best[run], live))
    return best[everything]


@st.composite
def graphs(draw: st.DrawFn) -> Adjacency:
    """Any acyclic graph, its ids in no helpful order."""
    size = draw(st.integers(0, 25))
    reads = [draw(st.sets(st.integers(0, task - 1), max_size=6)) if task else set() for task in range(size)]
    return relabelled([sorted(each) for each in reads], draw(st.integers(0, 2**16)))


@st.composite
def in_trees(draw: st.DrawFn, max_size: int) -> Adjacency:
    size = draw(st.integers(1, max_size))
    dependencies: Adjacency = [[] for _ in range(size)]
    for task in range(1, size):
        dependencies[draw(st.integers(0, task - 1))].append(task)
    return dependencies


@given(graphs())
def test_any_graph_gets_a_valid_order(dependencies: Adjacency) -> None:
    """Every task once, after all it reads."""
    assert_valid(ordered(dependencies), dependencies)


@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 2**16), st.data())
def test_gathers_with_other_readers_and_reads_get_a_valid_order(
    splits: int, gathers: int, seed: int, data: st.DataObject
) -> None:
    """An all-to-all need not be pure: splits may have other readers, gathers of one set others beside them."""
    dependencies: Adjacency = [[] for _ in range(splits)]
    dependencies += [list(range(splits)) for _ in range(gathers)]
    for _ in range(data.draw(st.integers(0, 5))):
        task = len(dependencies)
        dependencies.append(sorted(data.draw(st.sets(st.integers(0, task - 1), min_size=1, max_size=6))))
    dependencies = relabelled(dependencies, seed)
    assert_valid(ordered(dependencies), dependencies)


@pytest.mark.parametrize("name", TOY_SHAPES)
def test_a_shape_gets_a_valid_order_and_always_the_same(name: str) -> None:
    """The order is a function of the graph."""
    dependencies = TOY_SHAPES[name]()
    first = ordered(dependencies)
    assert_valid(first, dependencies)
    assert ordered([list(reads) for reads in dependencies]) == first


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("name", TOY_SHAPES)
def test_no_shape_holds_more_than_plain_depth_first(name: str, workers: int) -> None:
    """Peak times integral is never a fifth above that of a plain recursive evaluation."""
    dependencies = TOY_SHAPES[name]()
    ours = liveness(ordered(dependencies), dependencies, workers)
    plain = liveness(depth_first(dependencies), dependencies, workers)
    assert ours.peak * ours.integral <= 1.2 * plain.peak * plain.integral


def test_the_empty_graph_has_the_empty_order() -> None:
    """No task, no order."""
    assert order([], []) == []


def test_tasks_that_share_nothing_run_as_they_came() -> None:
    """Without edges there is nothing to gain."""
    assert ordered([[], [], []]) == [0, 1, 2]


@pytest.mark.parametrize("seed", [None, 1])
def test_a_chain_finishes_before_the_next_begins(seed: int | None) -> None:
    """However the tasks are numbered, a hundred chains hold one result at a time."""
    dependencies = layered_chains(100, 5)
    if seed is not None:
        dependencies = relabelled(dependencies, seed)
    assert liveness(ordered(dependencies), dependencies).peak == 1


@given(in_trees(max_size=9))
def test_no_order_of_an_in_tree_has_a_lower_peak(dependencies: Adjacency) -> None:
    """On in-trees the peak is the least there is."""
    assert liveness(ordered(dependencies), dependencies).peak == lowest_peak(dependencies)


def test_all_splits_come_before_any_gather() -> None:
    """The all-to-all of a hand-made graph is seen, whatever the ids and the order of reads."""
    dependencies = relabelled(map_reduce(12, 8), 3)
    gathers = [task for task, reads in enumerate(dependencies) if len(reads) == 12]
    for gather in gathers[::2]:
        dependencies[gather].reverse()
    splits = set(dependencies[gathers[0]])
    place = {task: i for i, task in enumerate(ordered(dependencies))}
    assert max(place[split] for split in splits) < min(place[gather] for gather in gathers)


def test_the_consumers_of_a_gather_run_before_the_next_gather() -> None:
    """A gathered partition is worked off before another one is made."""
    dependencies = map_reduce(12, 8)
    dependents = dependents_of(dependencies)
    tasks = ordered(dependencies)
    for place, task in enumerate(tasks):
        if len(dependencies[task]) == 12:
            assert tasks[place + 1] == dependents[task][0]


def test_a_shuffle_cuts_pieces_only_for_the_gather_that_is_next() -> None:
    """Where each piece is a task, the splits and the pieces of one gather are alive, not all n x n pieces."""
    dependencies = shuffles(20, 1)
    assert liveness(ordered(dependencies), dependencies).peak == 2 * 20


def test_a_block_meets_all_its_reductions_at_once() -> None:
    """With several reductions over one source, blocks are dropped as they come, not kept to the end."""
    dependencies = reductions_of_one_source(256, 4, 8)
    assert liveness(ordered(dependencies), dependencies).peak < 100


def test_a_listed_order_that_is_good_is_kept() -> None:
    """A product of matrices written row by row runs so: one row of the left side beside all of the right."""
    dependencies = matmul(8)
    assert liveness(ordered(dependencies), dependencies).peak <= 8 * 8 + 2 * 8 + 1


def test_a_mesh_is_swept_from_its_edge() -> None:
    """A stencil of any numbering holds about one front of the shorter side."""
    dependencies = relabelled(stencil_1d(100, 10), 1)
    assert liveness(ordered(dependencies), dependencies).peak <= 2 * 10 + 1


@pytest.mark.parametrize(
    "dependencies",
    [[[], *([task] for task in range(99_999))], diamonds(30_000, 2)],
    ids=["chain", "diamonds"],
)
def test_depth_needs_no_recursion(dependencies: Adjacency) -> None:
    """100,000 tasks one after the other are a hundred times what recursion could follow."""
    tasks = ordered(dependencies)
    assert len(tasks) == len(dependencies)
    assert liveness(tasks, dependencies).peak <= 2
