"""The order of tasks around shuffles: bytes alive in pipelines of two and three shuffles, beside three other orders.

pannier's order, dask's, plain depth first and plain breadth first are run through :mod:`benchmarks.simulate` on
:mod:`benchmarks.shuffle_shapes`, with 1, 2 and 4 workers; with blocks of equal size, and of random ones.

::

    python -m benchmarks.shuffle_order          the figures of the README
    python -m benchmarks.shuffle_order --toy    small pipelines
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from statistics import fmean

from benchmarks.graph_builder import Adjacency, dependents_of
from benchmarks.measure import markdown_table
from benchmarks.order import order_by_dask
from benchmarks.plain_orders import breadth_first, depth_first
from benchmarks.shuffle_shapes import Sized, shuffle_shapes, uneven
from benchmarks.simulate import simulate
from pannier.graph.order import order

ORDERS: dict[str, Callable[[Adjacency, Adjacency], list[int]]] = {
    "pannier": order,
    "dask": lambda dependencies, _: order_by_dask(dependencies),
    "depth first": depth_first,
    "breadth first": breadth_first,
}
WORKERS = (1, 2, 4)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shuffle_order", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--toy", action="store_true", help="small pipelines")
    options = parser.parse_args(argv)
    scale, draws = (1, 2) if options.toy else (4, 20)
    print(f"Sizes of what is alive, simulated: {' / '.join(ORDERS)}; dask {version('dask')}.")
    print("The last column is the highest ratio of pannier's to the lowest of the others'.\n")
    print(simulated(scale, draws=0))
    print(f"\nBlocks of random size, tasks of random length; means of {draws} draws.\n")
    print(simulated(scale, draws))
    return 0


def simulated(scale: int, draws: int) -> str:
    """Peaks and integrals by shape, order and workers; with ``draws``, means over so many uneven ones."""
    header = ["shape", "tasks", *(f"{kind}, {n}" for kind in ("peak", "integral") for n in WORKERS), "worst"]
    rows = []
    for name, make in shuffle_shapes(scale).items():
        orders = {order: found(make(), find) for order, find in ORDERS.items()}
        seeds = [uneven(make(), seed) for seed in range(draws)] or [make()]
        runs = [[lives(shape, tasks) for tasks in orders.values()] for shape in seeds]
        means = [
            [fmean(run[place][column] for run in runs) for place in range(len(ORDERS))]
            for column in range(2 * len(WORKERS))
        ]
        worst = max(ours / min(others) for ours, *others in means)
        cells = [" / ".join(f"{number:,.0f}" for number in numbers) for numbers in means]
        rows.append([name, f"{len(make().sizes):,}", *cells, f"{worst:.2f}"])
    return markdown_table(header, rows)


def found(shape: Sized, find: Callable[[Adjacency, Adjacency], list[int]]) -> list[int]:
    return find(shape.dependencies, dependents_of(shape.dependencies))


def lives(shape: Sized, tasks: Sequence[int]) -> list[float]:
    """Peaks of ``shape`` run in the order ``tasks``, for each number of workers, then integrals."""
    dependents = dependents_of(shape.dependencies)
    runs = [
        simulate(tasks, shape.dependencies, dependents, n, shape.seconds, shape.sizes, shape.keepers)
        for n in WORKERS
    ]
    return [*(run.peak for run in runs), *(run.integral for run in runs)]


if __name__ == "__main__":
    sys.exit(main())
