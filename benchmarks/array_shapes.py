"""Graph shapes of array programs: meshes, transforms, blocked linear algebra. See :mod:`benchmarks.shapes`."""

from __future__ import annotations

from itertools import product

from benchmarks.graph_builder import Adjacency, Builder


def stencil_1d(width: int, steps: int) -> Adjacency:
    b = Builder()
    level = b.sources(width)
    for _ in range(steps):
        level = b.tasks(level[max(0, i - 1) : i + 2] for i in range(width))
    return b.dependencies


def stencil_2d(side: int, steps: int) -> Adjacency:
    b = Builder()
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
    b = Builder()
    source = b.sources(n)
    b.map(b.tasks(source[i : i + window] for i in range(n - window + 1)))
    return b.dependencies


def butterfly(log2: int) -> Adjacency:
    b = Builder()
    level = b.sources(2**log2)
    for bit in range(log2):
        level = b.tasks((level[i], level[i ^ (1 << bit)]) for i in range(2**log2))
    return b.dependencies


def tall_skinny_qr(n: int) -> Adjacency:
    """Direct QR, then a product with R: block QRs, one stacked QR, its parts back to each block."""
    b = Builder()
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
    b = Builder()
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
    b = Builder()
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
    b = Builder()
    x = {cell: b.task() for cell in product(range(n), repeat=2)}
    y = {cell: b.task() for cell in product(range(n), repeat=2)}
    for i, j in product(range(n), repeat=2):
        b.task(*b.tasks((x[i, k], y[k, j]) for k in range(n)))
    return b.dependencies
