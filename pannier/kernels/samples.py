"""Random samples, of a given size or of given shares by key; each record is read once."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pannier.errors import EmptyError, annotate
from pannier.frozen import frozen
from pannier.kernels.kernel import Kernel
from pannier.kernels.reductions import Reduction


@frozen
class Sample(Reduction):
    """``k`` records without replacement: those of the ``k`` smallest of one random number a record.

    >>> s = Sample(2, 0)
    >>> sorted(s.finish(s.combine([s.chunk("ab"), s.chunk("")])))
    ['a', 'b']
    """

    k: int
    draw: int
    """A number that no other draw has, so that two draws are not taken for the same work."""

    def chunk(self, records: Iterable[Any]) -> list[tuple[float, Any]]:
        number = random.Random().random
        return heapq.nsmallest(self.k, ((number(), record) for record in records), key=_first)

    def combine(self, partials: list[list[tuple[float, Any]]]) -> list[tuple[float, Any]]:
        return heapq.nsmallest(self.k, (pair for partial in partials for pair in partial), key=_first)

    def finish(self, partial: list[tuple[float, Any]]) -> list[Any]:
        if len(partial) < self.k:
            raise EmptyError(f"a sample of {self.k} was asked of a bag of {len(partial)} records")
        return [record for _, record in partial]


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]


@frozen
class Choices(Reduction):
    """``k`` records with replacement: ``k`` reservoirs of one record each.

    A reservoir that took record i next takes record i / u, u uniform in (0, 1], so a walk costs
    about k log n draws, not k n.  (Vitter, "Random sampling with a reservoir", 1985, section 4.)
    """

    k: int
    draw: int
    """A number that no other draw has, so that two draws are not taken for the same work."""

    def chunk(self, records: Iterable[Any]) -> tuple[int, list[Any]]:
        number = random.Random().random
        chosen: list[Any] = [None] * self.k
        takes = [(1, place) for place in range(self.k)]  # (number of the record it takes next, reservoir)
        n = 0
        for n, record in enumerate(records, 1):
            while takes and takes[0][0] == n:
                place = takes[0][1]
                chosen[place] = record
                heapq.heapreplace(takes, (math.floor(n / (1.0 - number())) + 1, place))
        return n, chosen

    def combine(self, partials: list[tuple[int, list[Any]]]) -> tuple[int, list[Any]]:
        present = [(n, chosen) for n, chosen in partials if n]
        if not present:
            return 0, []
        source = random.Random()
        weights = [n for n, _ in present]
        origins = source.choices(present, weights, k=self.k)
        return sum(weights), [chosen[place] for place, (_, chosen) in enumerate(origins)]

    def finish(self, partial: tuple[int, list[Any]]) -> list[Any]:
        n, chosen = partial
        if not n and self.k:
            raise EmptyError("choices() of a bag without records")
        return chosen


@frozen
class SampleByKey(Kernel):
    """Each record ``(key, value)`` with probability ``fractions[key]``; the last extra is the partition's seed.

    >>> list(SampleByKey({"a": 1.0, "b": 0})([("a", 1), ("b", 2)], 7))
    [('a', 1)]
    """

    fractions: Mapping[Any, float]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        draw, fractions = random.Random(extras[-1]).random, self.fractions
        for record in records:
            key = record[0]
            try:
                fraction = fractions[key]
            except KeyError as error:
                annotate(
                    error,
                    "fractions has no such key; collections.defaultdict(float, fractions) says 0 for those",
                )
                raise
            if draw() < fraction:
                yield record

    @property
    def label(self) -> str:
        return "sample_by_key"
