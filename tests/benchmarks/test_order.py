"""The order benchmark: what it counts, and that its plans and tables keep working."""

from __future__ import annotations

import sys

import pytest

from benchmarks.bag_plans import bag_plans
from benchmarks.graph_builder import dependents_of
from benchmarks.shapes import fan_in, mirrored, out_tree, relabelled, uneven_tree
from benchmarks.simulate import Liveness, simulate


def test_results_are_counted_from_their_end_to_the_end_of_their_last_reader() -> None:
    """A source read by two tasks in turn lives through both; the final results are not counted."""
    dependencies = [[], [0], [0]]
    assert simulate([0, 1, 2], dependencies, dependents_of(dependencies)) == Liveness(1, 2.0)
    assert simulate([0, 1, 2], dependencies, dependents_of(dependencies), workers=2) == Liveness(1, 1.0)


def test_run_times_set_how_long_a_result_waits() -> None:
    """Two sources on two workers: the short one waits for the long one, then both for the sum."""
    dependencies = fan_in(2)
    run = simulate([0, 1, 2], dependencies, dependents_of(dependencies), workers=2, seconds=[1.0, 4.0, 2.0])
    assert run == Liveness(2, 3.0 * 1 + 2.0 * 2)


def test_relabelling_and_mirroring_keep_the_shape() -> None:
    """The same numbers of readers and reads, under other ids or the other way round."""
    tree = uneven_tree(50, 1)
    assert sorted(map(len, relabelled(tree, 2))) == sorted(map(len, tree))
    assert sorted(map(len, mirrored(tree))) == sorted(map(len, dependents_of(tree)))
    assert mirrored(mirrored(out_tree(3, 2))) == out_tree(3, 2)


@pytest.mark.parametrize("name", bag_plans(scale=1))
def test_a_bag_plan_is_a_graph_to_order(name: str) -> None:
    """Each plan is lowered, not computed, and has tasks that read others."""
    dependencies = bag_plans(scale=1)[name]()
    assert any(dependencies)
    assert all(0 <= read < len(dependencies) for reads in dependencies for read in reads)


def test_the_toy_run_prints_both_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Live results with their geometric mean, and times."""
    pytest.importorskip("dask")
    from benchmarks import order

    monkeypatch.setattr(sys, "argv", ["order", "--toy"])
    order.main()
    printed = capsys.readouterr().out
    assert "geometric mean of ratios" in printed
    assert "times faster" in printed
