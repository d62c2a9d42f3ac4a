"""pannier's order beside dask's: live results on every shape, and the time to find the order.

``python -m benchmarks.order`` prints two markdown tables; ``--toy`` makes them small and quick. Live results are
counted by :mod:`benchmarks.simulate`, for both sides alike: with one worker, with four whose tasks all take equally
long, and with four whose run times are drawn at random (mean of twenty draws). Times are taken in turns, and a ratio
is between neighbours; the median counts.

dask is given ids that sort as strings the way they sort as numbers, since it breaks ties by ``str(key)``.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version

from dask._task_spec import Task, TaskRef
from dask.order import order as order_of_dask

from benchmarks.bag_plans import bag_plans
from benchmarks.graph_builder import Adjacency, dependents_of
from benchmarks.shapes import (
    fan_in,
    fan_out_fan_in,
    in_tree,
    map_reduce,
    map_tree_reduce,
    random_layers,
    reductions_of_one_source,
    shapes,
    shuffles,
)
from benchmarks.simulate import simulate
from pannier.graph.order import order

MEASURES = ("peak, 1 worker", "integral, 1", "peak, 4", "integral, 4", "peak, 4 random", "integral, 4 random")
FIRST_KEY = 10**7


def graph_of_dask(dependencies: Adjacency) -> dict[int, Task]:
    return {
        FIRST_KEY + task: Task(FIRST_KEY + task, len, *(TaskRef(FIRST_KEY + read) for read in reads))
        for task, reads in enumerate(dependencies)
    }


def order_by_dask(dependencies: Adjacency) -> list[int]:
    priority = order_of_dask(graph_of_dask(dependencies))
    return [key - FIRST_KEY for key in sorted(priority, key=priority.__getitem__)]


def measure(tasks: Sequence[int], dependencies: Adjacency, dependents: Adjacency, draws: int) -> list[float]:
    """One number for each of MEASURES."""
    runs = [simulate(tasks, dependencies, dependents, workers) for workers in (1, 4)]
    drawn = []
    for seed in range(draws):
        rng = random.Random(seed)
        seconds = [rng.expovariate(1) for _ in dependencies]
        drawn.append(simulate(tasks, dependencies, dependents, 4, seconds))
    return [
        *(number for run in runs for number in (run.peak, run.integral)),
        statistics.fmean(run.peak for run in drawn),
        statistics.fmean(run.integral for run in drawn),
    ]


def print_quality(scale: int, draws: int) -> None:
    print("| shape | tasks | " + " | ".join(MEASURES) + " | worst ratio |")
    print("|---|--:|" + "--:|" * (len(MEASURES) + 1))
    ratios: dict[str, list[float]] = {}
    for name, make in (shapes(scale) | bag_plans(scale)).items():
        dependencies = make()
        dependents = dependents_of(dependencies)
        ours = measure(order(dependencies, dependents), dependencies, dependents, draws)
        theirs = measure(order_by_dask(dependencies), dependencies, dependents, draws)
        ratios[name] = [a / b if b else 1.0 for a, b in zip(ours, theirs, strict=True)]
        cells = " | ".join(f"{a:,.0f} / {b:,.0f}" for a, b in zip(ours, theirs, strict=True))
        print(f"| {name} | {len(dependencies):,} | {cells} | {max(ratios[name]):.2f} |")
    columns = list(zip(*ratios.values(), strict=True))
    means = [math.exp(statistics.fmean(map(math.log, column))) for column in columns]
    print("| **geometric mean of ratios** | | " + " | ".join(f"**{mean:.2f}**" for mean in means) + " | |")
    worst = [max(column) for column in columns]
    print("| **worst ratio** | | " + " | ".join(f"**{ratio:.2f}**" for ratio in worst) + " | |")


def seconds_of(run: object, *args: object) -> float:
    assert callable(run)
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


def print_speed(scale: int, repeat: int) -> None:
    """Each graph by both sides in turn, ``repeat`` times; ``scale`` 10 makes the sizes that are promised."""
    s = scale
    graphs = {
        f"all-to-all, {30 * s} x {30 * s}, direct": map_reduce(30 * s, 30 * s),
        f"all-to-all, {30 * s} x {30 * s}, a task a piece": shuffles(30 * s, 1),
        f"random layers, {1000 * s:,} x 10, 2 reads": random_layers(1000 * s, 10, 2, 0),
        f"random layers, {100 * s:,} x {10 * s}, 3 reads nearby": random_layers(100 * s, 10 * s, 3, 0, 20),
        f"fan-in, {1000 * s:,}": fan_in(1000 * s),
        f"fan-out and fan-in, {1000 * s:,}": fan_out_fan_in(1000 * s),
        f"binary in-tree, depth {5 + s}": in_tree(5 + s, 2),
        f"map and tree reduce, {1000 * s:,}": map_tree_reduce(1000 * s, 8),
        f"two reductions of one source, {1000 * s:,}": reductions_of_one_source(1000 * s, 2, 8),
    }
    print("| graph | tasks | edges | dask, us a task | pannier, us a task | times faster |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, dependencies in graphs.items():
        dependents = dependents_of(dependencies)
        theirs_graph = graph_of_dask(dependencies)
        pairs = [
            (seconds_of(order, dependencies, dependents), seconds_of(order_of_dask, theirs_graph))
            for _ in range(repeat)
        ]
        ours, theirs = (
            statistics.median(column) / len(dependencies) * 1e6 for column in zip(*pairs, strict=True)
        )
        faster = statistics.median(b / a for a, b in pairs)
        edges = sum(map(len, dependencies))
        print(f"| {name} | {len(dependencies):,} | {edges:,} | {theirs:.2f} | {ours:.2f} | {faster:.1f} |")


def print_growth(scale: int) -> None:
    print("| graph of trivial tasks | tasks | us a task | tasks | us a task |")
    print("|---|--:|--:|--:|--:|")
    for name, make in {"fan-in": fan_in, "fan-out and fan-in": fan_out_fan_in}.items():
        cells = []
        for n in (100 * scale, 10_000 * scale):
            dependencies = make(n)
            dependents = dependents_of(dependencies)
            seconds = min(seconds_of(order, dependencies, dependents) for _ in range(3))
            cells.append(f"{n:,} | {seconds / n * 1e6:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--toy", action="store_true", help="small graphs, a second in all")
    toy = parser.parse_args().toy
    print(f"Live results, pannier / dask {version('dask')}; a ratio below 1 is in favour of pannier\n")
    print_quality(scale=1 if toy else 4, draws=2 if toy else 20)
    print("\nTime to find the order\n")
    print_speed(scale=1 if toy else 10, repeat=1 if toy else 3)
    print()
    print_growth(scale=1 if toy else 100)


if __name__ == "__main__":
    main()
