"""Verbs on records by their keys: totals of each key, and records where those of their key are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Self

from pannier.collections.bag.base import BagBase
from pannier.collections.bag.item import Item
from pannier.collections.bag.shuffle import shuffled
from pannier.kernels.groups import CountByValue, Groups
from pannier.kernels.kernel import name_of
from pannier.kernels.records import KeyBy, Pluck, as_key
from pannier.kernels.totals import CombineByKey, folding


class ByKey(BagBase):
    """PySpark's verbs on records ``(key, value)``.

    Values become totals where their partitions are made, and nothing but totals is shuffled.  There are
    ``npartitions`` partitions; by default as many as this bag has, of which those are empty that there is too little
    data for.  Keys have no order, values of a key are taken in theirs.
    """

    __slots__ = ()

    def reduce_by_key(self, func: Callable[[Any, Any], Any], npartitions: int | None = None) -> Self:
        """A bag of ``(key, functools.reduce(func, values))``; ``func`` must be associative.

        >>> import operator
        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2), ("a", 3)], npartitions=2)
        >>> sorted(pairs.reduce_by_key(operator.add).compute(scheduler="sync"))
        [('a', 4), ('b', 2)]
        """
        return self._totals(f"reduce_by_key({name_of(func)})", folding(func), npartitions)

    def fold_by_key(self, zero: Any, func: Callable[[Any, Any], Any], npartitions: int | None = None) -> Self:
        """:meth:`reduce_by_key` that starts from a copy of ``zero``, once for each key, in any partitioning.

        >>> import operator
        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2), ("a", 3)], npartitions=3)
        >>> sorted(pairs.fold_by_key(100, operator.add).compute(scheduler="sync"))
        [('a', 104), ('b', 102)]
        """
        return self._totals(f"fold_by_key({name_of(func)})", folding(func, initial=zero), npartitions)

    def aggregate_by_key(
        self,
        zero: Any,
        seq_func: Callable[[Any, Any], Any],
        comb_func: Callable[[Any, Any], Any],
        npartitions: int | None = None,
    ) -> Self:
        """A bag of ``(key, total)`` for totals of another kind than values.

        In every partition a key starts from a copy of ``zero``, which must be neutral; ``seq_func(total, value)``
        takes a value in, ``comb_func(total, total)`` joins what partitions have.

        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2), ("a", 1)], npartitions=2)
        >>> totals = pairs.aggregate_by_key(set(), lambda seen, value: seen | {value}, set.union)
        >>> sorted(totals.compute(scheduler="sync"))
        [('a', {1}), ('b', {2})]
        """
        grouping = folding(seq_func, comb_func, zero)
        return self._totals(f"aggregate_by_key({name_of(seq_func)})", grouping, npartitions)

    def combine_by_key(
        self,
        create: Callable[[Any], Any],
        merge_value: Callable[[Any, Any], Any],
        merge_combiners: Callable[[Any, Any], Any],
        npartitions: int | None = None,
    ) -> Self:
        """A bag of ``(key, total)``: ``create(value)`` of the first, ``merge_value(total, value)`` of the others.

        That is done in every partition; ``merge_combiners(total, total)`` joins what they have.

        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2), ("a", 3)], npartitions=2)
        >>> add = lambda total, value: (total[0] + value, total[1] + 1)
        >>> join = lambda one, other: (one[0] + other[0], one[1] + other[1])
        >>> sums_and_counts = pairs.combine_by_key(lambda value: (value, 1), add, join)
        >>> sorted(sums_and_counts.compute(scheduler="sync"))
        [('a', (4, 2)), ('b', (2, 1))]
        """
        grouping = CombineByKey(merge_value, merge_combiners, create)
        return self._totals(f"combine_by_key({name_of(merge_value)})", grouping, npartitions)

    def count_by_key(self) -> Item:
        """A dict from key to how many records ``(key, value)`` there are."""
        return self._step("count_by_key", Pluck(0))._to_item("count_by_key", CountByValue())

    def repartition_by(self, key: Any, npartitions: int | None = None) -> Self:
        """The same records, those of equal ``key`` in one partition, next to each other and in their order.

        ``key`` is a function of a record, or what to look up in it.

        >>> import pannier as pn
        >>> words = pn.from_sequence(["fig", "kiwi", "plum", "nut"], npartitions=2)
        >>> sorted(words.repartition_by(len, npartitions=2).glom().compute(scheduler="sync"))
        [['fig', 'nut'], ['kiwi', 'plum']]
        """
        keyed = self._step("repartition_by", KeyBy(as_key(key), "repartition_by"))
        node = shuffled("repartition_by", (keyed.node,), (Groups(),), npartitions, _records)
        return self.rebuild(node)

    def _totals(self, shown: str, grouping: CombineByKey, npartitions: int | None) -> Self:
        verb = shown.partition("(")[0]
        return self.rebuild(shuffled(verb, (self.node,), (grouping,), npartitions, shown=shown))


def _records(groups: dict[Any, list[Any]]) -> Iterable[Any]:
    return chain.from_iterable(groups.values())
