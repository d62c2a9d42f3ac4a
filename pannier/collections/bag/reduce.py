"""Verbs that bring a bag down to one value, or to one small partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from pannier.collections.bag.base import BagBase
from pannier.collections.bag.item import Item
from pannier.collections.bag.shuffle import shuffled
from pannier.errors import UsageError
from pannier.kernels.groups import CountByValue, Distinct, Frequencies, Grouping
from pannier.kernels.kernel import MISSING
from pannier.kernels.moments import Variance
from pannier.kernels.records import as_key
from pannier.kernels.reductions import Builtin, Count, Custom, Extreme, Fold, Mean, TopK
from pannier.kernels.sketches import CountDistinct, HeavyHitters, Quantiles
from pannier.kernels.totals import FoldBy


class Reduce(BagBase):
    """``sum`` and its relatives.

    Every partition is reduced where it is made and the partial results are combined in a tree,
    ``split_every`` (default: the setting ``fan_in``; False: all) at a time.  The answer is that of the builtin on
    all the records, however they are partitioned; so is the error, where there are none.
    """

    __slots__ = ()

    def count(self, split_every: int | None = None) -> Item:
        """The number of records."""
        return self._to_item("count", Count(), split_every)

    def sum(self, split_every: int | None = None) -> Item:
        """The sum of the records."""
        return self._to_item("sum", Builtin(sum), split_every)

    def max(self, key: Callable[[Any], Any] | None = None, split_every: int | None = None) -> Item:
        """The largest record, by ``key`` where it is given; computing it raises ValueError when there is none."""
        return self._to_item("max", Extreme(max, key), split_every)

    def min(self, key: Callable[[Any], Any] | None = None, split_every: int | None = None) -> Item:
        """The smallest record, by ``key`` where it is given; computing it raises ValueError when there is none."""
        return self._to_item("min", Extreme(min, key), split_every)

    def any(self, split_every: int | None = None) -> Item:
        """Whether any record is true; reads no further than the batch of the first in each partition."""
        return self._to_item("any", Builtin(any), split_every)

    def all(self, split_every: int | None = None) -> Item:
        """Whether all records are true; reads no further than the batch of the first that is not, in each partition."""
        return self._to_item("all", Builtin(all), split_every)

    def mean(self) -> Item:
        """The mean of the records, numbers; computing it raises ValueError when there is none."""
        return self._to_item("mean", Mean())

    def var(self, ddof: int = 0) -> Item:
        """The variance of the records with ``ddof`` degrees of freedom taken off; stable far from zero.

        Computing it raises ValueError for ``ddof`` records or fewer.

        >>> import pannier as pn
        >>> pn.from_sequence([1e9 + x for x in (4, 7, 13, 16)]).var().compute(scheduler="sync")
        22.5
        """
        return self._to_item("var", Variance(ddof))

    def std(self, ddof: int = 0) -> Item:
        """The standard deviation: the square root of :meth:`var`."""
        return self._to_item("std", Variance(ddof, root=True))

    def frequencies(
        self, split_every: int | None = None, sort: bool = False, npartitions: int | None = None
    ) -> Self:
        """A bag of ``(record, how often it appears)``, as Python's equality has it.

        It has one partition, in the order in which records first appear, or with ``sort`` the most frequent first.
        Give ``npartitions`` where there are more different records than fit into memory: they are then
        shuffled, and have no order.

        >>> import pannier as pn
        >>> pn.from_sequence(["b", "a", "b"], npartitions=2).frequencies().compute(scheduler="sync")
        [('b', 2), ('a', 1)]
        """
        if sort and npartitions is not None:
            raise UsageError(
                "sort=True puts all into one partition: leave npartitions out, or use "
                "frequencies(npartitions=n).sort_by(1, reverse=True)"
            )
        return self._by_tree_or_shuffle("frequencies", Frequencies(sort), split_every, npartitions)

    def count_by_value(self) -> Item:
        """A dict from record to how often it appears."""
        return self._to_item("count_by_value", CountByValue())

    def topk(self, k: int, key: Any = None, split_every: int | None = None) -> Self:
        """A bag of one partition of the ``k`` largest records by ``key``, the largest first.

        ``key`` is a function of a record, or what to look up in it.

        >>> import pannier as pn
        >>> pn.from_sequence([("a", 1), ("b", 3), ("c", 2)]).topk(2, key=1).compute(scheduler="sync")
        [('b', 3), ('c', 2)]
        """
        return self._to_bag("topk", TopK(_positive(k), _function(key)), split_every)

    def top(self, k: int, key: Any = None) -> Self:
        """:meth:`topk` under the name PySpark gives it."""
        return self.topk(k, key)

    def take_ordered(self, k: int, key: Any = None) -> Self:
        """A bag of one partition of the ``k`` smallest records by ``key``, the smallest first."""
        return self._to_bag("take_ordered", TopK(_positive(k), _function(key), smallest=True))

    def distinct(self, key: Any = None, npartitions: int | None = None) -> Self:
        """A bag of the records of which no earlier one is equal, or has an equal ``key``.

        Records and keys need not be hashable: dicts, lists and sets are compared by what is in them.  There are
        ``npartitions`` partitions; by default as many as this bag has, of which those are empty that there is too
        little data for.  Records are shuffled, and have no order; with ``npartitions=1`` they are in the order in which
        they first appear, and must fit into memory.

        >>> import pannier as pn
        >>> numbers = pn.from_sequence([3, 1, 3.0, 1], npartitions=2)
        >>> numbers.distinct(npartitions=1).compute(scheduler="sync")
        [3, 1]
        """
        grouping = Distinct(_function(key))
        if npartitions is None and self.npartitions > 1:
            return self.rebuild(shuffled("distinct", (self.node,), (grouping,), None))
        return self._by_tree_or_shuffle("distinct", grouping, None, None if npartitions == 1 else npartitions)

    def count_distinct(self, relative_error: float = 0.02, split_every: int | None = None) -> Item:
        """How many different records there are, within ``relative_error`` in 95 of 100 bags.

        A partition is remembered in 16 KiB, however many there are (in four times as much for half the error);
        below a thousand the answer is nearly always exact.  Records are equal when Python says so, dicts and lists
        too, and all NaN are one.  Computing it raises TypeError for records of a class that has an equality of
        its own.  Needs ``pip install 'pannier[sketches]'``; ``relative_error`` is 0.0015 or more.

        >>> import pannier as pn
        >>> b = pn.from_sequence([1, 1.0, "a", ("a", 1), ["a"]], npartitions=2)
        >>> b.count_distinct().compute(scheduler="sync")
        4
        """
        return self._to_item("count_distinct", CountDistinct(relative_error), split_every)

    def quantiles(
        self,
        q: float | Iterable[float],
        key: Any = None,
        rank_error: float = 0.005,
        split_every: int | None = None,
    ) -> Item:
        """The number, by ``key``, below or at which a share ``q`` of all lies; a list of them for several ``q``.

        What is found for 0.5 has a true share from 0.495 to 0.505, by ``rank_error``, in 99 of 100 runs, whatever
        the numbers are; for 0 and 1, and of a few hundred numbers, the answer is exact.  Numbers are read as
        floats and NaN are left out.  Computing it raises ValueError when there is none, and TypeError for
        what is no number.  Needs ``pip install 'pannier[sketches]'``; ``rank_error`` is 0.00005 or more.

        >>> import pannier as pn
        >>> pn.range(101, npartitions=4).quantiles([0, 0.5, 0.99]).compute(scheduler="sync")
        [0.0, 50.0, 99.0]
        """
        shares = tuple(q) if isinstance(q, Iterable) else q
        return self._to_item("quantiles", Quantiles(shares, _function(key), rank_error), split_every)

    def heavy_hitters(self, k: int, error: float = 0.0001, split_every: int | None = None) -> Self:
        """A bag of one partition of ``(record, at least, at most)``: the ``k`` that appear most often.

        The most frequent first.  A partition is remembered in one count for every 1 / ``error`` records, so
        for certain: how often a record appears lies between its two numbers; these differ by ``error`` of all
        records or less; what makes up more than 1 / (k + 1) of all records is there; nothing that is not there
        appears more often than the last one's ``at most``.  Where there are no more than 1 / ``error``
        different records, all is exact.  Records have to be hashable; ``error`` is 0.000001 or more.

        >>> import pannier as pn
        >>> pn.from_sequence("abracadabra", npartitions=2).heavy_hitters(2).compute(scheduler="sync")
        [('a', 5, 5), ('b', 2, 2)]
        """
        return self._to_bag("heavy_hitters", HeavyHitters(k, error), split_every)

    def fold(
        self,
        binop: Callable[[Any, Any], Any],
        combine: Callable[[Any, Any], Any] | None = None,
        initial: Any = MISSING,
        split_every: int | None = None,
        out_type: type[Item | BagBase] = Item,
    ) -> Any:
        """``functools.reduce(binop, records, initial)`` for an associative ``binop``, as an item.

        When totals are of another kind than records, give ``combine``, which joins two totals, and an
        ``initial`` total that is neutral to it; every partition then starts from a copy of it.
        Computing it raises TypeError when there is neither a record nor an ``initial``.

        >>> import pannier as pn
        >>> words = pn.from_sequence(["a", "b", "a"], npartitions=2)
        >>> add = lambda seen, word: seen | {word}
        >>> sorted(words.fold(add, set.union, initial=set()).compute(scheduler="sync"))
        ['a', 'b']
        """
        return self._of_type(out_type, self._reduced("fold", Fold(binop, combine, initial), split_every))

    def reduce(self, func: Callable[[Any, Any], Any]) -> Item:
        """``functools.reduce(func, records)`` for an associative ``func``."""
        return self._to_item("reduce", Fold(func))

    def aggregate(
        self, zero: Any, seq_op: Callable[[Any, Any], Any], comb_op: Callable[[Any, Any], Any]
    ) -> Item:
        """``fold(seq_op, comb_op, zero)`` in PySpark's order of arguments."""
        return self._to_item("aggregate", Fold(seq_op, comb_op, zero))

    def tree_aggregate(
        self,
        zero: Any,
        seq_op: Callable[[Any, Any], Any],
        comb_op: Callable[[Any, Any], Any],
        split_every: int | None = None,
    ) -> Item:
        """:meth:`aggregate`; every reduction here is a tree."""
        return self._to_item("tree_aggregate", Fold(seq_op, comb_op, zero), split_every)

    def tree_reduce(self, func: Callable[[Any, Any], Any], split_every: int | None = None) -> Item:
        """:meth:`reduce`; every reduction here is a tree."""
        return self._to_item("tree_reduce", Fold(func), split_every)

    def foldby(
        self,
        key: Any,
        binop: Callable[[Any, Any], Any],
        initial: Any = MISSING,
        combine: Callable[[Any, Any], Any] | None = None,
        combine_initial: Any = MISSING,
        split_every: int | None = None,
        npartitions: int | None = None,
    ) -> Self:
        """A bag of ``(key, total)``: :meth:`fold` for each group of records of equal key.

        It has one partition, of groups in the order in which they first appear.  Nothing but totals leaves a
        partition.  Give ``npartitions`` where there are more keys than fit into memory: totals are then shuffled,
        and groups have no order.

        >>> import pannier as pn
        >>> b = pn.range(6, npartitions=3)
        >>> b.foldby(lambda x: x % 2, lambda total, x: total + x, 0, int.__add__).compute(
        ...     scheduler="sync"
        ... )
        [(0, 6), (1, 9)]
        """
        reduction = FoldBy(key, binop, initial, combine, combine_initial)
        return self._by_tree_or_shuffle("foldby", reduction, split_every, npartitions)

    def reduction(
        self,
        perpartition: Callable[..., Any],
        aggregate: Callable[..., Any],
        split_every: int | None = None,
        out_type: type[Item | BagBase] = Item,
    ) -> Any:
        """``aggregate([perpartition(partition), ...])`` as an item, or as a bag of one partition.

        ``aggregate`` is applied to its own results too when there are more than ``split_every``
        partitions.  Empty partitions are left out; when all are, ``perpartition([])`` decides.

        >>> import pannier as pn
        >>> pn.range(10, npartitions=3).reduction(len, sum).compute(scheduler="sync")
        10
        """
        reduction = Custom(perpartition, aggregate, _is_bag(out_type))
        return self._of_type(out_type, self._reduced("reduction", reduction, split_every))

    def _by_tree_or_shuffle(
        self, verb: str, grouping: Grouping, split_every: int | None, npartitions: int | None
    ) -> Self:
        if npartitions is None:
            return self._to_bag(verb, grouping, split_every)
        if split_every is not None:
            raise UsageError(
                f"{verb} is a tree of split_every, or a shuffle to npartitions: give one of them"
            )
        return self.rebuild(shuffled(verb, (self.node,), (grouping,), npartitions, shown=grouping.label))

    def _of_type(self, out_type: type[Item | BagBase], node: Any) -> Any:
        return self.rebuild(node) if _is_bag(out_type) else Item(node)


def _is_bag(out_type: type[Item | BagBase]) -> bool:
    return issubclass(out_type, BagBase)


def _positive(k: int) -> int:
    if k < 0:
        raise UsageError(f"a number of records must be 0 or more, not {k}")
    return k


def _function(key: Any) -> Callable[[Any], Any] | None:
    """``key`` as a function of a record; None stays None."""
    return None if key is None else as_key(key)
