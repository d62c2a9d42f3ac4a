"""Seeded choices that come out the same on every Python version, platform and process.

Two rules keep them so.  All randomness comes from ``Random.random()`` (whose sequence the standard library
guarantees for a seed) and ``getrandbits``; and no weight needs more than a division, because the last digit
of a power or a logarithm belongs to the platform's C library.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Items with weights, prepared for drawing by :meth:`Draws.pick`."""

    __slots__ = ("cumulative", "items")

    def __init__(self, items: Sequence[T], weights: Iterable[float]) -> None:
        self.items = items
        self.cumulative = list(accumulate(weights))


def zipf(items: Sequence[T]) -> Weighted[T]:
    """``items`` weighted by Zipf's law with exponent 1: the k-th is drawn 1/k times as often as the first.

    >>> zipf("abc").cumulative
    [1.0, 1.5, 1.8333333333333333]
    """
    return Weighted(items, (1 / rank for rank in range(1, len(items) + 1)))


class Draws:
    """A stream of random choices named by ``place``; the same words give the same stream.

    >>> Draws("events", 0, 3).below(1000) == Draws("events", 0, 3).below(1000)
    True
    """

    __slots__ = ("_bits", "share")

    def __init__(self, *place: str | int) -> None:
        # A text seed is hashed with SHA-512, so PYTHONHASHSEED plays no part.
        rng = random.Random("/".join(map(str, place)))
        self.share = rng.random
        """The next number in [0, 1)."""
        self._bits = rng.getrandbits

    def below(self, n: int) -> int:
        """An integer in [0, n), each equally likely."""
        return int(self.share() * n)

    def one(self, pool: Sequence[T]) -> T:
        """One element of ``pool``, each equally likely."""
        return pool[int(self.share() * len(pool))]

    def pick(self, pool: Weighted[T]) -> T:
        """One item of ``pool``, by weight."""
        cumulative = pool.cumulative
        # The product can round up to the total, hence the upper bound.
        return pool.items[bisect(cumulative, self.share() * cumulative[-1], 0, len(cumulative) - 1)]

    def sha(self) -> str:
        """40 hexadecimal digits."""
        return f"{self._bits(160):040x}"
