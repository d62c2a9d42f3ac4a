"""Graph shapes for measuring orders: named generators of int adjacency, seeded, any size.

Each generator numbers its tasks the way the code that lowers such a computation would: stage by stage, blocks in
order. :func:`shapes` gives them all by name.

>>> chains(2, 3)
[[], [0], [1], [], [3], [4]]
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product

from benchmarks.array_shapes import (
    butterfly,
    cholesky,
    grid,
    matmul,
    sliding_windows,
    stencil_1d,
    stencil_2d,
    svd,
    tall_skinny_qr,
)
from benchmarks.graph_builder import Adjacency, Builder, dependents_of


def independent(n: int) -> Adjacency:
    return [[] for _ in range(n)]


def chains(width: int, length: int) -> Adjacency:
    return [[i - 1] if i % length else [] for i in range(width * length)]


def layered_chains(width: int, length: int) -> Adjacency:
    """Chains numbered stage by stage, as blockwise steps that were not fused."""
    return [[i - width] if i >= width else [] for i in range(width * length)]


def in_tree(depth: int, fan_in: int) -> Adjacency:
    b = Builder()
    b.tree(b.sources(fan_in**depth), fan_in)
    return b.dependencies


def uneven_tree(n: int, seed: int) -> Adjacency:
    """A random recursive in-tree: branches of very different need."""
    rng = random.Random(seed)
    dependencies: Adjacency = [[] for _ in range(n)]
    for task in range(n - 1):
        dependencies[rng.randrange(task + 1, min(n, task + 1 + n // 8))].append(task)
    return dependencies


def out_tree(depth: int, fan_out: int) -> Adjacency:
    b = Builder()
    level = [b.task()]
    for _ in range(depth):
        level = b.tasks([task] for task in level for _ in range(fan_out))
    return b.dependencies


def fan_in(n: int) -> Adjacency:
    return [*independent(n), list(range(n))]


def fan_out_fan_in(n: int) -> Adjacency:
    return [[], *([0] for _ in range(n)), list(range(1, n + 1))]


def map_tree_reduce(n: int, fan_in: int) -> Adjacency:
    """``bag.map(f).sum()`` before fusion: load, map, chunk, tree, finish."""
    b = Builder()
    b.task(b.tree(b.map(b.map(b.sources(n))), fan_in))
    return b.dependencies


def reductions_of_one_source(n: int, count: int, fan_in: int) -> Adjacency:
    """``compute(bag.min(), bag.max(), ...)`` over one source."""
    b = Builder()
    source = b.sources(n)
    for _ in range(count):
        b.task(b.tree(b.map(source), fan_in))
    return b.dependencies


def normalize(n: int, fan_in: int) -> Adjacency:
    """``(x - x.mean()).sum()``: a reduction that feeds back into every block of its source."""
    b = Builder()
    source = b.sources(n)
    mean = b.tree(b.map(source), fan_in)
    b.tree(b.tasks((block, mean) for block in source), fan_in)
    return b.dependencies


def zipped(n: int, fan_in: int) -> Adjacency:
    """``bag.zip(a, b).map(f).sum()``."""
    b = Builder()
    b.tree(b.map(b.map(b.map(b.sources(n)), b.map(b.sources(n)))), fan_in)
    return b.dependencies


def product_of_sources(n: int, m: int, fan_in: int) -> Adjacency:
    """``a.product(b).count()``: every pair of blocks, then a tree."""
    b = Builder()
    left, right = b.sources(n), b.sources(m)
    b.tree(b.tasks(product(left, right)), fan_in)
    return b.dependencies


def scan(n: int) -> Adjacency:
    """``bag.accumulate(f)``: chunk, a chain of carries, apply."""
    b = Builder()
    source = b.sources(n)
    totals = b.map(source)
    carry = b.task()
    for block, total in zip(source, totals, strict=True):
        b.task(block, carry)
        carry = b.task(carry, total)
    return b.dependencies


def scan_then_reduce(n: int, fan_in: int) -> Adjacency:
    b = Builder()
    source = b.sources(n)
    totals = b.map(source)
    carries = [b.task()]
    for total in totals[:-1]:
        carries.append(b.task(carries[-1], total))
    b.tree(b.map(b.map(source, carries)), fan_in)
    return b.dependencies


def map_reduce(n: int, m: int) -> Adjacency:
    """Direct all-to-all: each gather reads every split, one task a split."""
    b = Builder()
    splits = b.map(b.sources(n))
    b.map(b.tasks(splits for _ in range(m)))
    return b.dependencies


def shuffles(n: int, count: int) -> Adjacency:
    """``count`` shuffles in a row with a map after each."""
    b = Builder()
    level = b.sources(n)
    for _ in range(count):
        level = b.map(b.shuffle(level, n))
    return b.dependencies


def shuffle_join(n: int) -> Adjacency:
    """Two sources shuffled on one key, joined, written."""
    b = Builder()
    b.map(b.map(b.shuffle(b.sources(n), n), b.shuffle(b.sources(n), n)))
    return b.dependencies


def barrier_shuffles(n: int, count: int) -> Adjacency:
    """Shuffles through files: splits, one barrier, gathers."""
    b = Builder()
    level = b.sources(n)
    for _ in range(count):
        barrier = b.task(*b.map(level))
        level = b.map(b.tasks([barrier] for _ in range(n)))
    return b.dependencies


def diamonds(count: int, width: int) -> Adjacency:
    """A row of fan-outs and fan-ins, each starting from the end of the last."""
    b = Builder()
    tip = b.task()
    for _ in range(count):
        tip = b.task(*b.tasks([tip] for _ in range(width)))
    return b.dependencies


def broadcast_join(n: int, small: int) -> Adjacency:
    b = Builder()
    table = b.task(*b.map(b.sources(small)))
    b.map(b.tasks((block, table) for block in b.map(b.sources(n))))
    return b.dependencies


def files_with_metadata(n: int, pieces: int) -> Adjacency:
    """One metadata root; per file a fan-out into pieces and a fan-in; one tree over all."""
    b = Builder()
    meta = b.task()
    files = b.tasks([meta] for _ in range(n))
    read = [b.tasks((file, meta) for _ in range(pieces)) for file in files]
    b.tree(b.map([b.task(*each) for each in read]), 8)
    return b.dependencies


def written_and_counted(n: int) -> Adjacency:
    """``to_textfiles`` and ``count`` of one mapped bag in one compute."""
    b = Builder()
    mapped = b.map(b.sources(n))
    b.map(mapped)
    b.tree(b.map(mapped), 8)
    return b.dependencies


def random_layers(width: int, layers: int, reads: int, seed: int, spread: int | None = None) -> Adjacency:
    """Each task reads ``reads`` random tasks of the layer before, within ``spread`` of its own place."""
    rng = random.Random(seed)
    b = Builder()
    level = b.sources(width)
    for _ in range(layers - 1):
        near = (level if spread is None else level[max(0, i - spread) : i + spread + 1] for i in range(width))
        level = b.tasks(rng.sample(each, min(reads, len(each))) for each in near)
    return b.dependencies


def random_dag(n: int, reads: int, reach: int, seed: int) -> Adjacency:
    """Task t reads up to ``reads`` of the ``reach`` tasks before it."""
    rng = random.Random(seed)
    return [
        sorted({rng.randrange(max(0, t - reach), t) for _ in range(rng.randrange(reads + 1))}) if t else []
        for t in range(n)
    ]


def mirrored(dependencies: Adjacency) -> Adjacency:
    """The graph with every edge turned round."""
    last = len(dependencies) - 1
    return [[last - reader for reader in readers] for readers in reversed(dependents_of(dependencies))]


def relabelled(dependencies: Adjacency, seed: int) -> Adjacency:
    """The same graph with its tasks renumbered at random: no order may be read off the ids."""
    ids = list(range(len(dependencies)))
    random.Random(seed).shuffle(ids)
    mixed: Adjacency = [[] for _ in ids]
    for task, reads in enumerate(dependencies):
        mixed[ids[task]] = [ids[read] for read in reads]
    return mixed


def shapes(scale: int = 4) -> dict[str, Callable[[], Adjacency]]:
    """Every shape by name; ``scale`` 1 is a toy, 4 the size that is measured."""
    s = scale
    plain: dict[str, Callable[[], Adjacency]] = {
        "chains": lambda: chains(16 * s, 8),
        "chains by stage": lambda: layered_chains(16 * s, 8),
        "in-tree": lambda: in_tree(4 + s, 2),
        "uneven in-tree": lambda: uneven_tree(150 * s, 1),
        "out-tree": lambda: out_tree(4 + s, 2),
        "uneven out-tree": lambda: mirrored(uneven_tree(150 * s, 1)),
        "fan-in": lambda: fan_in(50 * s),
        "fan-out fan-in": lambda: fan_out_fan_in(50 * s),
        "map, tree reduce": lambda: map_tree_reduce(32 * s, 8),
        "two reductions of one source": lambda: reductions_of_one_source(32 * s, 2, 8),
        "four reductions of one source": lambda: reductions_of_one_source(32 * s, 4, 8),
        "normalize": lambda: normalize(32 * s, 8),
        "zip of two sources": lambda: zipped(32 * s, 8),
        "product of two sources": lambda: product_of_sources(5 * s, 5 * s, 8),
        "accumulate": lambda: scan(32 * s),
        "accumulate, reduce": lambda: scan_then_reduce(32 * s, 8),
        "map-reduce": lambda: map_reduce(12 * s, 8 * s),
        "shuffle": lambda: shuffles(5 * s, 1),
        "two shuffles": lambda: shuffles(5 * s, 2),
        "three shuffles": lambda: shuffles(4 * s, 3),
        "shuffle join": lambda: shuffle_join(4 * s),
        "two barrier shuffles": lambda: barrier_shuffles(16 * s, 2),
        "1-d stencil, wide": lambda: stencil_1d(25 * s, 3 * s),
        "1-d stencil, long": lambda: stencil_1d(5 * s, 20 * s),
        "2-d stencil": lambda: stencil_2d(3 * s, 2 * s),
        "grid": lambda: grid(6 * s, 9 * s),
        "sliding windows": lambda: sliding_windows(40 * s, 6),
        "diamonds": lambda: diamonds(10 * s, 5),
        "butterfly": lambda: butterfly(3 + s),
        "tall-skinny QR": lambda: tall_skinny_qr(20 * s),
        "randomized SVD": lambda: svd(8 * s, 3),
        "Cholesky": lambda: cholesky(3 * s),
        "matrix product": lambda: matmul(2 * s),
        "broadcast join": lambda: broadcast_join(30 * s, 8),
        "files with metadata": lambda: files_with_metadata(15 * s, 6),
        "written and counted": lambda: written_and_counted(32 * s),
        "random layers, narrow": lambda: random_layers(4 * s, 25 * s, 2, 2),
        "random layers, wide": lambda: random_layers(40 * s, 2 * s, 3, 3),
        "random layers, local": lambda: random_layers(40 * s, 3 * s, 3, 4, spread=4),
        "random DAG, near": lambda: random_dag(300 * s, 3, 30, 5),
        "random DAG, far": lambda: random_dag(200 * s, 3, 200 * s, 6),
    }
    mixed = [
        "zip of two sources",
        "four reductions of one source",
        "shuffle",
        "sliding windows",
        "1-d stencil, wide",
        "files with metadata",
        "random layers, local",
        "random DAG, near",
    ]

    def relabel(name: str) -> Callable[[], Adjacency]:
        return lambda: relabelled(plain[name](), 7)

    return plain | {f"{name}, relabelled": relabel(name) for name in mixed}
