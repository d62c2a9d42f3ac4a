"""Nested cross-validation with scikit-learn: in turn, by joblib, by Dask's delayed values and by ours.

::

    python -m benchmarks.cross_validation          the figures of the README
    python -m benchmarks.cross_validation --toy    a few seconds, to see that it works

The loops are those of ``examples/cross_validation.py``.  Joblib has no tasks that read results of others, so it is
given all models of inner folds at once, then all of outer folds.  Everybody has two workers, warm ones, and takes
part in every turn; what counts is the median over the turns of the ratio to the loops run as they are.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psutil
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold

import pannier as pn
from benchmarks.measure import circumstances, is_installed, markdown_table
from examples.cross_validation import GRID, best, fit_and_score, nested_scores

WORKERS = 2
Scores = list[float]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cross_validation", description="Time nested cross-validation."
    )
    parser.add_argument("--toy", action="store_true", help="few digits, one turn")
    parser.add_argument("--repeat", type=int, default=7, help="turns (default: %(default)s)")
    options = parser.parse_args(argv)
    X, y = (part[: 150 if options.toy else None] for part in load_digits(return_X_y=True))
    print(circumstances("scikit-learn", "joblib", "dask"))
    print()
    print(table(X, y, 1 if options.toy else options.repeat))
    return 0


def table(X: Any, y: Any, repeat: int) -> str:
    ways = WAYS if is_installed("dask") else {name: way for name, way in WAYS.items() if "dask" not in name}
    expected = in_turn(X, y)
    for name, way in ways.items():  # starts and warms the workers
        assert way(X, y) == expected, name
    turns = [{name: seconds_of(partial(way, X, y)) for name, way in ways.items()} for _ in range(repeat)]
    first = next(iter(ways))
    rows = []
    for name in ways:
        wall, cpu = (statistics.median(turn[name][i] for turn in turns) for i in (0, 1))
        speed = statistics.median(turn[first][0] / turn[name][0] for turn in turns)
        work = statistics.median(turn[name][1] / turn[first][1] for turn in turns)
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", f"{speed:.2f}", f"{work:.2f}"])
    models = 5 * (4 * len(GRID) + 1)
    caption = f"{models} models of {len(X):,} digits, {WORKERS} workers; medians of {repeat} turns:\n\n"
    header = ["", "seconds", "CPU s", "times as fast as in turn", "CPU by that in turn"]
    return caption + markdown_table(header, rows)


def seconds_of(call: Callable[[], Any]) -> tuple[float, float]:
    """Wall time, and processor time of this process and its workers: on a busy machine that says more."""
    before, start = processor_seconds(), time.perf_counter()
    call()
    return time.perf_counter() - start, processor_seconds() - before


def processor_seconds() -> float:
    own = psutil.Process()
    return sum(sum(each.cpu_times()[:2]) for each in (own, *own.children(recursive=True)))


def in_turn(X: Any, y: Any) -> Scores:
    return nested_scores(X, y, fit_and_score, best)


def by_joblib(X: Any, y: Any) -> Scores:
    from joblib import Parallel, delayed

    folds = list(KFold(5, shuffle=True, random_state=0).split(X))
    parts = [(rest[train], rest[test]) for rest, _ in folds for train, test in KFold(4).split(rest)]
    with Parallel(n_jobs=WORKERS) as run:
        found = iter(run(delayed(fit_and_score)(X, y, *part, each) for part in parts for each in GRID))
        inner = [[[next(found) for _ in GRID] for _ in range(4)] for _ in folds]
        chosen = [best(list(zip(*fold, strict=True))) for fold in inner]
        outer = zip(folds, chosen, strict=True)
        scores: Scores = run(delayed(fit_and_score)(X, y, *fold, settings) for fold, settings in outer)
    return scores


def by_dask(scheduler: str, X: Any, y: Any) -> Scores:
    import dask

    put_off = nested_scores(X, y, dask.delayed(fit_and_score), dask.delayed(best))
    (scores,) = dask.compute(put_off, scheduler=scheduler, num_workers=WORKERS)
    return scores


def by_pannier(scheduler: str, X: Any, y: Any) -> Scores:
    put_off = nested_scores(X, y, pn.delayed(fit_and_score), pn.delayed(best))
    (scores,) = pn.compute(put_off, scheduler=scheduler, num_workers=WORKERS)
    return scores


WAYS: dict[str, Callable[[Any, Any], Scores]] = {
    "in turn": in_turn,
    "joblib, processes": by_joblib,
    "dask.delayed, threads": partial(by_dask, "threads"),
    "pannier, threads": partial(by_pannier, "threads"),
    "pannier, processes": partial(by_pannier, "processes"),
}


if __name__ == "__main__":
    sys.exit(main())
