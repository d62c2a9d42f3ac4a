"""Verbs that relate partitions to each other, or bags to bags, without a shuffle."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Self

from pannier.collections.bag.base import BagBase
from pannier.errors import UsageError
from pannier.kernels.kernel import MISSING
from pannier.kernels.partitions import Concat, Pairs, Share
from pannier.kernels.records import Pluck
from pannier.kernels.reductions import Count
from pannier.kernels.scans import Accumulate, Enumerate, Start, last_or_carry
from pannier.plan.blockmaps import Concatenated, Divided, Grouped, Product
from pannier.plan.nodes import Node, Scan


class Group(BagBase):
    """``accumulate``, ``product``, ``repartition`` and their relatives."""

    __slots__ = ()

    def accumulate(self, binop: Callable[[Any, Any], Any], initial: Any = MISSING) -> Self:
        """A bag of the running results of ``binop``, over all partitions, in order.

        With ``initial`` that is the first of them.  Partitions stay as they are; the last result of
        each starts the next, so they run one after the other.

        >>> import pannier as pn
        >>> pn.range(5, npartitions=2).accumulate(lambda total, x: total + x).compute(
        ...     scheduler="sync"
        ... )
        [0, 1, 3, 6, 10]
        """
        first = MISSING if initial is MISSING else Start(initial)
        return self.rebuild(
            Scan(
                verb="accumulate",
                chunk=None,
                carry=last_or_carry,
                apply=Accumulate(binop),
                first=first,
                over=self.node,
            )
        )

    def zip_with_index(self) -> Self:
        """A bag of ``(record, its number in the bag)``, from 0.

        >>> import pannier as pn
        >>> pn.from_sequence("abc", npartitions=2).zip_with_index().compute(scheduler="sync")
        [('a', 0), ('b', 1), ('c', 2)]
        """
        scan = Scan(
            verb="zip_with_index",
            chunk=Count().chunk,
            carry=operator.add,
            apply=Enumerate(),
            first=0,
            over=self.node,
        )
        return self.rebuild(scan)

    def product(self, other: BagBase) -> Self:
        """A bag of every pair of a record and a record of ``other``; n x m partitions.

        >>> import pannier as pn
        >>> pn.from_sequence([1, 2]).product(pn.from_sequence("ab")).compute(scheduler="sync")
        [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]
        """
        right = _node_of_bag("product", other)
        blockmap = Product(self.npartitions, right.npartitions)
        return self._node("product", Pairs(), (self.node, right), blockmap)

    def cartesian(self, other: BagBase) -> Self:
        """:meth:`product` under the name PySpark gives it."""
        return self.product(other)

    def union(self, *others: BagBase) -> Self:
        """A bag of the partitions of this bag, then those of the ``others``; equal records stay."""
        return self._concatenated("union", [self.node, *(_node_of_bag("union", each) for each in others)])

    def _concatenated(self, verb: str, nodes: list[Node]) -> Self:
        counts = tuple(node.npartitions for node in nodes)
        return self._node(verb, None, tuple(nodes), Concatenated(counts))

    def unzip(self, n: int) -> tuple[Self, ...]:
        """``n`` bags: of the first elements of the records, the second, and so on.

        >>> import pannier as pn
        >>> letters, digits = pn.from_sequence([("a", 1), ("b", 2)]).unzip(2)
        >>> letters.compute(scheduler="sync"), digits.compute(scheduler="sync")
        (['a', 'b'], [1, 2])
        """
        return tuple([self._step("unzip", Pluck(i)) for i in range(n)])

    def repartition(self, npartitions: int) -> Self:
        """The same records, in order, in ``npartitions`` partitions.

        Neighbouring partitions are joined, or partitions are cut into runs of equal length; records do
        not move otherwise, so partitions of different sizes stay different.

        >>> import pannier as pn
        >>> pn.range(6, npartitions=3).repartition(2).glom().compute(scheduler="sync")
        [[0, 1], [2, 3, 4, 5]]
        """
        if npartitions < 1:
            raise UsageError(f"a bag needs at least 1 partition, not {npartitions}")
        now = self.npartitions
        if npartitions == now:
            return self
        if npartitions < now:
            bounds = tuple(i * now // npartitions for i in range(npartitions + 1))
            return self._node("repartition", Concat(), (self.node,), Grouped(bounds))
        bounds = tuple(i * npartitions // now for i in range(now + 1))
        shares = [(k, end - start) for start, end in pairwise(bounds) for k in range(end - start)]
        return self._node("repartition", Share(), (self.node,), Divided(bounds), (shares,))

    def coalesce(self, npartitions: int) -> Self:
        """:meth:`repartition` under the name PySpark gives it; never raises the number of partitions."""
        return self.repartition(min(npartitions, self.npartitions))


def _node_of_bag(verb: str, other: Any) -> Node:
    if not isinstance(other, BagBase):
        raise UsageError(f"{verb} takes another bag, not {other!r:.80}; make it one with from_sequence")
    return other.node
