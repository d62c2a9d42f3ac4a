"""Sketches: reductions whose partial results stay small whatever they have seen, for a stated error.

Distinct counts and quantiles are those of Apache DataSketches, whose partials are bytes.  Heavy hitters are
counted in a ``Counter`` that is cut back when it grows: as fast, with records kept as they are.
"""

from __future__ import annotations

import heapq
import importlib.util
import itertools
import math
import operator
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from pannier.errors import EmptyError, UsageError
from pannier.frozen import frozen
from pannier.kernels.contents import content_of
from pannier.kernels.reductions import Reduction

BATCH: Final = 8192
"""Records that are gathered, or known again, at a time: enough to amortize a Python call, and few enough to
be held beside the sketch."""
SMALLEST_RELATIVE_ERROR: Final = 0.0015
"""That of the largest sketch there is, 2 MiB."""
SMALLEST_RANK_ERROR: Final = 0.00005
"""That of the largest sketch there is, some 1.6 MB."""
SMALLEST_SHARE: Final = 0.000001
"""A million counters; an exact count of everything is hardly larger."""


@frozen
class CountDistinct(Reduction):
    """How many different records there are, within ``relative_error`` in 95 of 100 bags.

    HyperLogLog, which lists what it has seen while that is little: see Flajolet, Fusy, Gandouet and
    Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007.

    >>> distinct = CountDistinct(0.02)
    >>> distinct.finish(distinct.combine([distinct.chunk([1, "a"]), distinct.chunk([True, 1.0])]))
    2
    """

    relative_error: float

    def __post_init__(self) -> None:
        _check(self.label, "relative_error", self.relative_error, SMALLEST_RELATIVE_ERROR)
        _check_installed(self.label)

    def chunk(self, records: Iterable[Any]) -> bytes:
        import datasketches

        sketch = datasketches.hll_sketch(self._lg_k, datasketches.HLL_8)
        seen: set[Any] = set()
        for record in records:
            try:
                if record in seen:
                    continue
                seen.add(record)
            except TypeError:  # a dict or a list
                pass
            sketch.update(content_of(record))
            if len(seen) == BATCH:
                seen.clear()
        return bytes(sketch.serialize_compact())

    def combine(self, partials: list[bytes]) -> bytes:
        import datasketches

        union = datasketches.hll_union(self._lg_k)
        for partial in partials:
            union.update(datasketches.hll_sketch.deserialize(partial))
        return bytes(union.get_result(datasketches.HLL_8).serialize_compact())

    def finish(self, partial: bytes) -> int:
        import datasketches

        estimate: float = datasketches.hll_sketch.deserialize(partial).get_estimate()
        return round(estimate)

    @property
    def _lg_k(self) -> int:
        """The logarithm of the number of registers, whose square root the error falls with.

        The constant is that of two standard deviations of a union, from ``hll_sketch.get_rel_err``.
        """
        return max(12, math.ceil(2 * math.log2(2.1 / self.relative_error)))

    @property
    def label(self) -> str:
        return "count_distinct"


@frozen
class Quantiles(Reduction):
    """Numbers of which a share ``q`` of all is no larger, one for each ``q``.

    In 99 of 100 runs all of them are right for a share within ``rank_error`` of ``q``.  See Karnin, Lang
    and Liberty, "Optimal quantile approximation in streams", 2016.

    >>> median = Quantiles(0.5, None, 0.01)
    >>> median.finish(median.combine([median.chunk([3, 1]), median.chunk([2])]))
    2.0
    """

    q: float | tuple[float, ...]
    key: Callable[[Any], Any] | None
    rank_error: float

    def __post_init__(self) -> None:
        for q in self.q if isinstance(self.q, tuple) else (self.q,):
            if not 0 <= q <= 1:
                raise UsageError(f"quantiles() needs shares from 0 to 1, not {q!r}")
        _check(self.label, "rank_error", self.rank_error, SMALLEST_RANK_ERROR)
        _check_installed(self.label)

    def chunk(self, records: Iterable[Any]) -> bytes:
        sketch = self._sketch()
        numbers = iter(records) if self.key is None else map(self.key, records)
        # An array says of what is no number that it is none, and knows which record was pulled.
        while batch := array("d", itertools.islice(numbers, BATCH)):
            sketch.update(batch)
        return bytes(sketch.serialize())

    def combine(self, partials: list[bytes]) -> bytes:
        sketch = self._sketch()
        for partial in partials:
            sketch.merge(sketch.deserialize(partial))
        return bytes(sketch.serialize())

    def finish(self, partial: bytes) -> float | list[float]:
        sketch = self._sketch().deserialize(partial)
        if sketch.is_empty():
            raise EmptyError("quantiles() of a bag without numbers")
        ends = {0.0: sketch.get_min_value(), 1.0: sketch.get_max_value()}  # exact, as no others are
        shares = self.q if isinstance(self.q, tuple) else (self.q,)
        found = [ends[q] if q in ends else sketch.get_quantile(q, inclusive=True) for q in shares]
        return found if isinstance(self.q, tuple) else found[0]

    def _sketch(self) -> Any:
        """An empty sketch; the constants are those of ``get_normalized_rank_error``."""
        import datasketches

        return datasketches.kll_doubles_sketch(max(8, math.ceil((2.296 / self.rank_error) ** (1 / 0.9723))))

    @property
    def label(self) -> str:
        return "quantiles"


@frozen
class HeavyHitters(Reduction):
    """``(record, at least, at most)`` of the ``k`` records that appear most often.

    A summary of Misra and Gries, "Finding repeated elements", 1982: counts that become too many are all
    lowered by what the first one too many has.  So with m counts kept, of n records, each is short by the same
    number, n / (m + 1) or less; and summaries can be added (Agarwal et al., "Mergeable summaries", 2012).
    What makes up more than 1 / (k + 1) of the records cannot be missed: k others would have to be as many.

    >>> hitters = HeavyHitters(1, 0.1)
    >>> hitters.finish(hitters.combine([hitters.chunk("abca"), hitters.chunk("a")]))
    [('a', 3, 3)]
    """

    k: int
    error: float

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(f"heavy_hitters() needs a number of records of 1 or more, not {self.k!r}")
        _check("heavy_hitters", "error", self.error, SMALLEST_SHARE)

    def chunk(self, records: Iterable[Any]) -> tuple[dict[Any, int], int]:
        counts: Counter[Any] = Counter()
        short = 0
        walk = iter(records)
        for record in walk:  # counting a batch does not say whether there was one
            counts[record] += 1
            counts.update(itertools.islice(walk, BATCH))
            if len(counts) > 2 * self._kept:  # at once for many, as it sorts them
                short += self._cut(counts)
        short += self._cut(counts)
        return dict(counts), short

    def combine(self, partials: list[tuple[dict[Any, int], int]]) -> tuple[dict[Any, int], int]:
        counts: Counter[Any] = Counter()
        for partial, _ in partials:
            counts.update(partial)
        short = self._cut(counts) + sum(short for _, short in partials)
        return dict(counts), short

    def finish(self, partial: tuple[dict[Any, int], int]) -> list[tuple[Any, int, int]]:
        counts, short = partial
        most = heapq.nlargest(self.k, counts.items(), key=operator.itemgetter(1))
        return [(record, count, count + short) for record, count in most]

    @property
    def _kept(self) -> int:
        """How many counts a summary keeps."""
        return max(self.k, math.ceil(1 / self.error))

    def _cut(self, counts: Counter[Any]) -> int:
        """By how much all counts are lowered so that those above zero, which stay, are not too many."""
        if len(counts) <= self._kept:
            return 0
        lowered = sorted(counts.values(), reverse=True)[self._kept]
        staying = {record: count - lowered for record, count in counts.items() if count > lowered}
        counts.clear()
        counts.update(staying)
        return lowered

    @property
    def label(self) -> str:
        return f"heavy_hitters({self.k})"


def _check(verb: str, name: str, error: float, smallest: float) -> None:
    if not smallest <= error < 1:
        raise UsageError(f"{name} of {verb}() must be at least {smallest:f} and below 1, not {error!r}")


def _check_installed(verb: str) -> None:
    """Raise where the plan is made; the package, and numpy with it, is loaded where the work is done."""
    if importlib.util.find_spec("datasketches") is None:
        raise ImportError(f"{verb}() needs the package 'datasketches': pip install 'pannier[sketches]'")
