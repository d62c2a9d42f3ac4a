"""The order around shuffles: what is counted, and that tables and real runs keep working."""

from __future__ import annotations

import pytest

from benchmarks.graph_builder import dependents_of
from benchmarks.plain_orders import breadth_first, depth_first
from benchmarks.shapes import fan_out_fan_in, in_tree, random_dag
from benchmarks.shuffle_shapes import PARTIAL, Sized, chain, shuffle_shapes, uneven
from benchmarks.simulate import Liveness, simulate

DAG = random_dag(200, 3, 30, 1)


@pytest.mark.parametrize("find", [depth_first, breadth_first])
@pytest.mark.parametrize("dependencies", [DAG, in_tree(4, 2), fan_out_fan_in(5), [[]], []])
def test_plain_orders_are_orders(find, dependencies) -> None:
    """Each task once, after all it reads."""
    tasks = find(dependencies, dependents_of(dependencies))
    place = {task: i for i, task in enumerate(tasks)}
    assert sorted(tasks) == list(range(len(dependencies)))
    assert all(place[read] < place[task] for task, reads in enumerate(dependencies) for read in reads)


def test_depth_first_ends_a_branch_before_the_next() -> None:
    """And breadth first begins all of them first."""
    dependencies = in_tree(2, 2)
    dependents = dependents_of(dependencies)
    assert depth_first(dependencies, dependents) == [0, 1, 4, 2, 3, 5, 6]
    assert breadth_first(dependencies, dependents) == [0, 1, 2, 3, 4, 5, 6]


def test_sizes_are_what_counts() -> None:
    """A large result weighs more than a small one."""
    dependencies = [[], [0], [1]]
    run = simulate([0, 1, 2], dependencies, dependents_of(dependencies), sizes=[5, 2, 1])
    assert run == Liveness(5, 5 + 2)


def test_a_barrier_keeps_its_splits_until_all_gathers_are_done() -> None:
    """A second shuffle is written while the first is still there."""
    g = chain(4, 2)
    dependents = dependents_of(g.dependencies)
    order = range(len(g.sizes))
    kept = simulate(order, g.dependencies, dependents, sizes=g.sizes, keepers=g.keepers)
    assert kept.peak == 4 + 3
    assert simulate(order, g.dependencies, dependents, sizes=g.sizes).peak == pytest.approx(4, abs=0.1)


def test_time_is_what_a_task_moves() -> None:
    """A gather reads its share of what the splits wrote, and writes its result."""
    g = Sized()
    g.gathers(g.sources(4), 2, size=3)
    assert g.seconds == [1, 1, 1, 1, PARTIAL, 2 + 3, 2 + 3]


@pytest.mark.parametrize("name", shuffle_shapes(scale=1))
def test_shapes_are_graphs_with_barriers(name: str) -> None:
    """Edges grow with splits and gathers; uneven blocks leave the graph as it is."""
    g = shuffle_shapes(scale=1)[name]()
    assert g.keepers
    assert sum(map(len, g.dependencies)) < 3 * len(g.sizes)
    assert uneven(shuffle_shapes(scale=1)[name](), 1).dependencies == g.dependencies


def test_the_toy_run_prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Even and uneven blocks, a row for each shape; nowhere is the peak of even ones higher than another order's."""
    pytest.importorskip("dask")
    from benchmarks import shuffle_order

    assert shuffle_order.main(["--toy"]) == 0
    tables = capsys.readouterr().out.split("\n\n")
    rows = [row for row in tables[1].splitlines() if row.startswith("| ")][1:]
    assert len(rows) == len(shuffle_shapes())
    for row in rows:
        for cell in row.split("|")[3:6]:
            ours, *others = (int(number) for number in cell.split("/"))
            assert ours <= min(others)


def test_real_runs_at_toy_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Every pipeline gives one answer in all orders, and its files are seen."""
    pytest.importorskip("dask")
    from benchmarks import shuffle_runs

    assert shuffle_runs.main(["--toy"]) == 0
    assert "| three shuffles " in capsys.readouterr().out


def test_files_are_summed_up(tmp_path) -> None:
    """All below a folder; a folder that is not there has none."""
    from benchmarks.shuffle_runs import bytes_in

    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(bytes(5))
    assert bytes_in(str(tmp_path)) == 15
    assert bytes_in(str(tmp_path / "missing")) == 0
