"""Graph shapes for measuring orders: named generators of int adjacency, seeded, any size.

A shape is what :func:`~pannier.graph.order.order` takes first: ``dependencies[t]`` lists the tasks that
task ``t`` reads. Each generator numbers its tasks the way the code that lowers such a computation would:
stage by stage, blocks in order. :func:`shapes` gives them all by name.

>>> chains(2, 3)
[[], [0], [1], [], [3], [4]]
>>> dependents_of([[], [0], [0, 1]])
[[1, 2], [2], []]
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import product
from typing import TypeAlias

Adjacency: TypeAlias = list[list[int]]


def dependents_of(dependencies: Adjacency) -> Adjacency:
    """The reverse adjacency: for each task, those that read it."""
    dependents: Adjacency = [[] for _ in dependencies]
    for task, reads in enumerate(dependencies):
        for read in reads:
            dependents[read].append(task)
    return dependents


class _Builder:
    """Appends tasks and hands back their ids, so that a generator reads like the computation."""

    def __init__(self) -> None:
        self.dependencies: Adjacency = []

    def task(self, *reads: int) -> int:
        self.dependencies.append(list(reads))
        return len(self.dependencies) - 1

    def tasks(self, reads: Iterable[Iterable[int]]) -> list[int]:
        return [self.task(*each) for each in reads]

    def sources(self, n: int) -> list[int]:
        return [self.task() for _ in range(n)]

    def map(self, *inputs: list[int]) -> list[int]:
        return self.tasks(zip(*inputs, strict=True))

    def tree(self, level: list[int], fan_in: int) -> int:
        while len(level) > 1:
            level = self.tasks(level[i : i + fan_in] for i in range(0, len(level), fan_in))
        return level[0]

    def shuffle(self, level: list[int], npartitions: int) -> list[int]:
        """A split task for each block, a piece for each pair, a gather for each output."""
        splits = self.map(level)
        pieces = [[self.task(split) for _ in range(npartitions)] for split in splits]
        return self.tasks(zip(*pieces, strict=True))


def independent(n: int) -> Adjacency:
    return [[] for _ in range(n)]


def chains(width: int, length: int) -> Adjacency:
    return [[i - 1] if i % length else [] for i in range(width * length)]


def layered_chains(width: int, length: int) -> Adjacency:
    """Chains numbered stage by stage, as blockwise steps that were not fused."""
    return [[i - width] if i >= width else [] for i in range(width * length)]


def in_tree(depth: int, fan_in: int) -> Adjacency:
    b = _Builder()
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
    b = _Builder()
    level = [b.task()]
    for _ in range(depth):
        level = b.tasks([task] for task in level for _ in range(fan_out))
    return b.dependencies


def fan_in(n: int) -> Adjacency:
    return [*independent(n), list(range(n))]


def fan_out(n: int) -> Adjacency:
    return [[], *([0] for _ in range(n))]


def fan_out_fan_in(n: int) -> Adjacency:
    return [[], *([0] for _ in range(n)), list(range(1, n + 1))]


def map_tree_reduce(n: int, fan_in: int) -> Adjacency:
    """``bag.map(f).sum()`` before fusion: load, map, chunk, tree, finish."""
    b = _Builder()
    b.task(b.tree(b.map(b.map(b.sources(n))), fan_in))
    return b.dependencies


def reductions_of_one_source(n: int, count: int, fan_in: int) -> Adjacency:
    """``compute(bag.min(), bag.max(), ...)`` over one source."""
    b = _Builder()
    source = b.sources(n)
    for _ in range(count):
        b.task(b.tree(b.map(source), fan_in))
    return b.dependencies


def normalize(n: int, fan_in: int) -> Adjacency:
    """``(x - x.mean()).sum()``: a reduction that feeds back into every block of its source."""
    b = _Builder()
    source = b.sources(n)
    mean = b.tree(b.map(source), fan_in)
    b.tree(b.tasks((block, mean) for block in source), fan_in)
    return b.dependencies


def zipped(n: int, fan_in: int) -> Adjacency:
    """``bag.zip(a, b).map(f).sum()``."""
    b = _Builder()
    b.tree(b.map(b.map(b.map(b.sources(n)), b.map(b.sources(n)))), fan_in)
    return b.dependencies


def product_of_sources(n: int, m: int, fan_in: int) -> Adjacency:
    """``a.product(b).count()``: every pair of blocks, then a tree."""
    b = _Builder()
    left, right = b.sources(n), b.sources(m)
    b.tree(b.tasks(product(left, right)), fan_in)
    return b.dependencies


def scan(n: int) -> Adjacency:
    """``bag.accumulate(f)``: chunk, a chain of carries, apply."""
    b = _Builder()
    source = b.sources(n)
    totals = b.map(source)
    carry = b.task()
    for block, total in zip(source, totals, strict=True):
        b.task(block, carry)
        carry = b.task(carry, total)
    return b.dependencies


def scan_then_reduce(n: int, fan_in: int) -> Adjacency:
    b = _Builder()
    source = b.sources(n)
    totals = b.map(source)
    carries = [b.task()]
    for total in totals[:-1]:
        carries.append(b.task(carries[-1], total))
    b.tree(b.map(b.map(source, carries)), fan_in)
    return b.dependencies


def map_reduce(n: int, m: int) -> Adjacency:
    """Direct all-to-all: each gather reads every split, one task a split."""
    b = _Builder()
    splits = b.map(b.sources(n))
    b.map(b.tasks(splits for _ in range(m)))
    return b.dependencies


def shuffles(n: int, count: int) -> Adjacency:
    """``count`` shuffles in a row with a map after each."""
    b = _Builder()
    level = b.sources(n)
    for _ in range(count):
        level = b.map(b.shuffle(level, n))
    return b.dependencies


def shuffle_join(n: int) -> Adjacency:
    """Two sources shuffled on one key, joined, written."""
    b = _Builder()
    b.map(b.map(b.shuffle(b.sources(n), n), b.shuffle(b.sources(n), n)))
    return b.dependencies


def barrier_shuffles(n: int, count: int) -> Adjacency:
    """Shuffles through files: splits, one barrier, gathers."""
    b = _Builder()
    level = b.sources(n)
    for _ in range(count):
        barrier = b.task(*b.map(level))
        level = b.map(b.tasks([barrier] for _ in range(n)))
    return b.dependencies


def stencil_1d(width: int, steps: int) -> Adjacency:
    b = _Builder()
    level = b.sources(width)
    for _ in range(steps):
        level = b.tasks(level[max(0, i - 1) : i + 2] for i in range(width))
    return b.dependencies


def stencil_2d(side: int, steps: int) -> Adjacency:
    b = _Builder()
    level = {cell: b.task() for cell in product(range(side), repeat=2)}
    for _ in range(steps):
        level = {
            (i, j): b.task(
                *(level[c] for c in [(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)] if c in level)
            )
            for i, j in level
        }
    return b.dependencies


def grid(rows: int, columns: int) -> Adjacency:
    """A wavefront: cell (i, j) reads its upper and its left neighbour."""
    return [
        [i * columns + j - columns] * (i > 0) + [i * columns + j - 1] * (j > 0)
        for i, j in product(range(rows), range(columns))
    ]


def sliding_windows(n: int, window: int) -> Adjacency:
    b = _Builder()
    source = b.sources(n)
    b.map(b.tasks(source[i : i + window] for i in range(n - window + 1)))
    return b.dependencies


def diamonds(count: int, width: int) -> Adjacency:
    """A row of fan-outs and fan-ins, each starting from the end of the last."""
    b = _Builder()
    tip = b.task()
    for _ in range(count):
        tip = b.task(*b.tasks([tip] for _ in range(width)))
    return b.dependencies


def butterfly(log2: int) -> Adjacency:
    b = _Builder()
    level = b.sources(2**log2)
    for bit in range(log2):
        level = b.tasks((level[i], level[i ^ (1 << bit)]) for i in range(2**log2))
    return b.dependencies


def tall_skinny_qr(n: int) -> Adjacency:
    """Direct QR, then a product with R: block QRs, one stacked QR, its parts back to each block."""
    b = _Builder()
    factors = b.map(b.sources(n))
    q_blocks, r_blocks = b.map(factors), b.map(factors)
    stacked = b.task(*r_blocks)
    q_stacked, r = b.task(stacked), b.task(stacked)
    outputs = b.map(q_blocks, b.tasks([q_stacked] for _ in range(n)))
    b.task(r)
    b.map(outputs)
    return b.dependencies


def svd(n: int, rounds: int) -> Adjacency:
    """Randomized SVD: power iterations of A (A' Q) with a QR in between, over one blocked A."""
    b = _Builder()
    a = b.sources(n)
    q = b.map(a)
    for _ in range(rounds):
        factors = b.map(q)
        r = b.task(*b.map(factors))
        q = b.tasks((factor, r) for factor in factors)
        z = b.task(*b.map(a, q))
        q = b.tasks((block, z) for block in a)
    b.task(*b.map(a, q))
    return b.dependencies


def cholesky(n: int) -> Adjacency:
    """Blocked Cholesky, right-looking."""
    b = _Builder()
    a = {(i, j): b.task() for i in range(n) for j in range(i + 1)}
    for k in range(n):
        a[k, k] = b.task(a[k, k])
        for i in range(k + 1, n):
            a[i, k] = b.task(a[i, k], a[k, k])
        for i in range(k + 1, n):
            for j in range(k + 1, i + 1):
                a[i, j] = b.task(a[i, j], *{a[i, k], a[j, k]})
    return b.dependencies


def matmul(n: int) -> Adjacency:
    """Blocked matrix product: n^3 products, a sum for each output block."""
    b = _Builder()
    x = {cell: b.task() for cell in product(range(n), repeat=2)}
    y = {cell: b.task() for cell in product(range(n), repeat=2)}
    for i, j in product(range(n), repeat=2):
        b.task(*b.tasks((x[i, k], y[k, j]) for k in range(n)))
    return b.dependencies


def broadcast_join(n: int, small: int) -> Adjacency:
    b = _Builder()
    table = b.task(*b.map(b.sources(small)))
    b.map(b.tasks((block, table) for block in b.map(b.sources(n))))
    return b.dependencies


def files_with_metadata(n: int, pieces: int) -> Adjacency:
    """One metadata root; per file a fan-out into pieces and a fan-in; one tree over all."""
    b = _Builder()
    meta = b.task()
    files = b.tasks([meta] for _ in range(n))
    read = [b.tasks((file, meta) for _ in range(pieces)) for file in files]
    b.tree(b.map([b.task(*each) for each in read]), 8)
    return b.dependencies


def written_and_counted(n: int) -> Adjacency:
    """``to_textfiles`` and ``count`` of one mapped bag in one compute."""
    b = _Builder()
    mapped = b.map(b.sources(n))
    b.map(mapped)
    b.tree(b.map(mapped), 8)
    return b.dependencies


def random_layers(width: int, layers: int, reads: int, seed: int, spread: int | None = None) -> Adjacency:
    """Each task reads ``reads`` random tasks of the layer before, within ``spread`` of its own place."""
    rng = random.Random(seed)
    b = _Builder()
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
