"""Verbs that bring records into order."""

from __future__ import annotations

from typing import Any, Self

from pannier.collections.bag.base import BagBase
from pannier.collections.bag.shuffle import gathered
from pannier.errors import UsageError
from pannier.kernels.kernel import name_of
from pannier.kernels.records import as_key
from pannier.plan.nodes import Shuffle
from pannier.shuffle.ranges import Ranges
from pannier.shuffle.sorting import SortGather, SortSplit


class Sort(BagBase):
    """``sort_by`` and its relative."""

    __slots__ = ()

    def sort_by(self, key: Any = None, *, reverse: bool = False, npartitions: int | None = None) -> Self:
        """The records in the order of their keys, across all partitions: ``sorted(bag, key=key, reverse=reverse)``.

        ``key`` is a function of a record, called once for each, or what to look up in it; without one, records
        are compared themselves.  Records of equal keys keep their order, also in reverse.  The partitions are
        ranges of keys of about equal size, which are found while the bag is sorted: it is made only once.  Sorting
        goes through files, and takes no more than its share of the memory limit.

        There are ``npartitions`` partitions; by default as many as this bag has, of which the last are empty if
        there is little data.  Records of one key are in one partition.  Keys that cannot be compared raise the
        TypeError that they raise in ``sorted``, with the record's address if both are close together in one
        partition, else with the numbers of the partitions.  Where keys are NaN, or anything else for which ``<``
        is no order, no record is lost, but the order is any, as in ``sorted``.

        >>> import pannier as pn
        >>> words = pn.from_sequence(["plum", "fig", "kiwi", "nut"], npartitions=2)
        >>> words.sort_by(len).compute(scheduler="sync")
        ['fig', 'nut', 'plum', 'kiwi']
        >>> words.sort_by(reverse=True).take(2, scheduler="sync")
        ['plum', 'nut']
        """
        return self._sorted("sort_by", key, reverse, npartitions)

    def sort_by_key(self, *, reverse: bool = False, npartitions: int | None = None) -> Self:
        """Records ``(key, value)`` in the order of their keys: :meth:`sort_by` with ``key=0``.

        >>> import pannier as pn
        >>> pn.from_sequence([("b", 1), ("a", 2)]).sort_by_key().compute(scheduler="sync")
        [('a', 2), ('b', 1)]
        """
        return self._sorted("sort_by_key", 0, reverse, npartitions)

    def _sorted(self, verb: str, key: Any, reverse: bool, npartitions: int | None) -> Self:
        if npartitions is not None and npartitions < 1:
            raise UsageError(f"{verb} needs at least 1 partition, not {npartitions}")
        by = None if key is None else as_key(key)
        gathers = npartitions or self.npartitions
        reverse = bool(reverse)
        shown = f"{verb}({name_of(key)})" if verb == "sort_by" and key is not None else verb
        shuffle = Shuffle(
            verb=verb,
            over=(self.node,),
            splits=(SortSplit(by, reverse, gathers, shown),),
            route=Ranges(reverse, coalesce=npartitions is None),
            gathers=gathers,
        )
        return self.rebuild(gathered(verb, shuffle, SortGather(by is not None, reverse, verb)))
