"""Verbs of groups: what brings a bag down to one value brings each group down to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from pannier.collections.bag.base import BagBase
from pannier.errors import UsageError
from pannier.kernels.groups import CountOfDistinct, Distinct, First, Frequencies, Last, ReduceGroups
from pannier.kernels.kernel import MISSING
from pannier.kernels.moments import Variance
from pannier.kernels.records import as_key
from pannier.kernels.reductions import Builtin, Count, Extreme, Fold, Mean, Reduction, TopK

if TYPE_CHECKING:
    from pannier.collections.bag.bag import Bag


class GroupVerbs(BagBase):
    """``count``, ``sum`` and their relatives, of every group: bags of ``(key, answer)``."""

    __slots__ = ()

    def count(self) -> Bag:
        """A bag of ``(key, number of records)``."""
        return self._answers("count", Count())

    def size(self) -> Bag:
        """:meth:`count` under the name pandas gives it."""
        return self._answers("size", Count())

    def sum(self) -> Bag:
        """A bag of ``(key, sum of the records)``."""
        return self._answers("sum", Builtin(sum))

    def mean(self) -> Bag:
        """A bag of ``(key, mean of the records)``."""
        return self._answers("mean", Mean())

    def var(self, ddof: int = 0) -> Bag:
        """A bag of ``(key, variance of the records)``, stable far from zero.

        A group of ``ddof`` records or fewer raises ValueError.
        """
        return self._answers("var", Variance(ddof))

    def std(self, ddof: int = 0) -> Bag:
        """A bag of ``(key, standard deviation of the records)``: the square root of :meth:`var`."""
        return self._answers("std", Variance(ddof, root=True))

    def min(self, key: Any = None) -> Bag:
        """A bag of ``(key, smallest record)``, by ``key`` where it is given; the first of equals."""
        return self._answers("min", Extreme(min, _function(key)))

    def max(self, key: Any = None) -> Bag:
        """A bag of ``(key, largest record)``, by ``key`` where it is given; the first of equals."""
        return self._answers("max", Extreme(max, _function(key)))

    def any(self) -> Bag:
        """A bag of ``(key, whether any record is true)``."""
        return self._answers("any", Builtin(any))

    def all(self) -> Bag:
        """A bag of ``(key, whether all records are true)``."""
        return self._answers("all", Builtin(all))

    def first(self) -> Bag:
        """A bag of ``(key, first record)``."""
        return self._answers("first", First())

    def last(self) -> Bag:
        """A bag of ``(key, last record)``."""
        return self._answers("last", Last())

    def topk(self, k: int, key: Any = None) -> Bag:
        """A bag of ``(key, [record, ...])``: the ``k`` largest by ``key``, a function or what to look up.

        >>> import pannier as pn
        >>> scores = pn.from_sequence([("a", 1), ("b", 5), ("a", 3), ("a", 2)], npartitions=2)
        >>> sorted(scores.groupby(0).topk(2, key=1).compute(scheduler="sync"))
        [('a', [('a', 3), ('a', 2)]), ('b', [('b', 5)])]
        """
        if k < 0:
            raise UsageError(f"a number of records must be 0 or more, not {k}")
        return self._answers("topk", TopK(k, _function(key)))

    def frequencies(self, sort: bool = False) -> Bag:
        """A bag of ``(key, [(record, how often), ...])``, in the order of first appearance or most frequent first."""
        return self._answers("frequencies", Frequencies(sort))

    def distinct(self, key: Any = None) -> Bag:
        """A bag of ``(key, [record, ...])``: the records of which no earlier one is equal, or has an equal ``key``."""
        return self._answers("distinct", Distinct(_function(key)))

    def nunique(self) -> Bag:
        """A bag of ``(key, number of different records)``."""
        return self._answers("nunique", CountOfDistinct())

    def reduce(self, func: Callable[[Any, Any], Any]) -> Bag:
        """A bag of ``(key, functools.reduce(func, records))``; ``func`` must be associative."""
        return self._answers("reduce", Fold(func))

    def fold(
        self,
        binop: Callable[[Any, Any], Any],
        combine: Callable[[Any, Any], Any] | None = None,
        initial: Any = MISSING,
    ) -> Bag:
        """A bag of ``(key, total)``: what :meth:`Bag.fold` makes of each group.

        >>> import pannier as pn
        >>> words = pn.from_sequence(["fig", "kiwi", "plum", "nut"], npartitions=2)
        >>> initials = lambda seen, word: seen | {word[0]}
        >>> totals = words.groupby(len).fold(initials, set.union, initial=set()).map_values(sorted)
        >>> sorted(totals.compute(scheduler="sync"))
        [(3, ['f', 'n']), (4, ['k', 'p'])]
        """
        return self._answers("fold", Fold(binop, combine, initial))

    def _answers(self, verb: str, reduction: Reduction) -> Bag:
        return cast("Bag", self._step(verb, ReduceGroups(reduction)))


def _function(key: Any) -> Callable[[Any], Any] | None:
    """``key`` as a function of a record; None stays None."""
    return None if key is None else as_key(key)
