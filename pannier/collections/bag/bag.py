"""Bags: of any Python records, and of groups of them, in partitions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from pannier import computing, config
from pannier.collections.bag.bykey import ByKey
from pannier.collections.bag.elementwise import Elementwise
from pannier.collections.bag.frame import ToFrame
from pannier.collections.bag.group import Group
from pannier.collections.bag.grouped import GroupVerbs
from pannier.collections.bag.item import Item
from pannier.collections.bag.join import Join
from pannier.collections.bag.reduce import Reduce
from pannier.collections.bag.shuffle import shuffled
from pannier.collections.bag.sort import Sort
from pannier.collections.bag.text import StringAccessor
from pannier.collections.bag.write import Write
from pannier.collections.delayed import Delayed
from pannier.errors import EmptyError, UsageError
from pannier.kernels.groups import Groups
from pannier.kernels.kernel import name_of
from pannier.kernels.partitions import First, MapPartitions
from pannier.kernels.records import KeyBy, as_key
from pannier.kernels.reductions import Builtin
from pannier.plan.blockmaps import Selected
from pannier.plan.nodes import Blockwise, Node


class Bag(Elementwise, Reduce, ByKey, Group, Join, Sort, ToFrame, Write):
    """A lazy collection of records (dicts, texts, any Python values) in partitions, in order.

    Made by :func:`pannier.read_text`, :func:`pannier.from_sequence` and their relatives.  Verbs return
    new bags, or :class:`~pannier.collections.bag.item.Item` for one value; nothing runs before
    :meth:`compute`, :meth:`persist`, :meth:`take`, iteration or a writer.  Runs on processes unless told otherwise.

    >>> import pannier as pn
    >>> b = pn.from_sequence([1, 2, 3, 4], npartitions=2)
    >>> b.filter(lambda x: x > 1).map(str).compute(scheduler="sync")
    ['2', '3', '4']
    """

    __slots__ = ()

    @property
    def str(self) -> StringAccessor:
        """The methods of text, for every record: ``bag.str.lower()``, ``bag.str.split()``."""
        return StringAccessor(self)

    def groupby(self, grouper: Any, npartitions: int | None = None) -> Grouped:
        """A bag of ``(key, [record, ...])``, one for every key that ``grouper(record)`` gives.

        ``grouper`` is a function of a record, or what to look up in it.  Keys are the same when Python's
        ``==`` says so.  Records keep their order within a group; groups have none.  Every record is brought
        to its group, through files: where groups are only counted, summed or folded, say so by the verbs of
        :class:`~pannier.collections.bag.bag.Grouped`, and little moves.

        There are ``npartitions`` partitions; by default as many as this bag has, of which those are empty
        that there is too little data for.  A key that is not hashable raises TypeError with the record's
        address.

        >>> import pannier as pn
        >>> words = pn.from_sequence(["fig", "kiwi", "plum", "nut"], npartitions=2)
        >>> sorted(words.groupby(len).compute(scheduler="sync"))
        [(3, ['fig', 'nut']), (4, ['kiwi', 'plum'])]
        """
        keyed = self._step("groupby", KeyBy(as_key(grouper), "groupby"))
        return Grouped(shuffled("groupby", (keyed.node,), (Groups(),), npartitions))

    def group_by_key(self, npartitions: int | None = None) -> Grouped:
        """A bag of ``(key, [value, ...])``: :meth:`groupby` of records ``(key, value)``.

        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2), ("a", 3)], npartitions=2)
        >>> sorted(pairs.group_by_key().compute(scheduler="sync"))
        [('a', [1, 3]), ('b', [2])]
        """
        return Grouped(shuffled("group_by_key", (self.node,), (Groups(),), npartitions))

    def take(
        self, k: int, npartitions: int | None = None, compute: bool = True, warn: bool = True, **options: Any
    ) -> Any:
        """The first ``k`` records as a list (with ``compute=False``: as a bag of one partition).

        Walks on through the partitions until it has them, at first one, then twice as many at a time;
        with ``npartitions`` it looks at no more than so many (-1: at all), and warns if they were too few.

        >>> import pannier as pn
        >>> pn.range(100, npartitions=10).filter(lambda x: x > 50).take(3, scheduler="sync")
        [51, 52, 53]
        """
        if k < 0:
            raise UsageError(f"a number of records must be 0 or more, not {k}")
        limit = self.npartitions if npartitions in (None, -1) else npartitions
        assert limit is not None
        if limit > self.npartitions or limit < 1:
            raise UsageError(f"cannot take from {limit} partitions: this bag has {self.npartitions}")
        if not compute:
            first = self._step("take", First(k))._partitions(range(limit))
            return first.repartition(1)._step("take", First(k))
        taken: list[Any] = []
        start, width = 0, 1
        while len(taken) < k and start < limit:
            wave = self._partitions(range(start, min(start + width, limit)))
            taken.extend(wave._step("take", First(k - len(taken))).compute(**options))
            start, width = start + width, 2 * width
        if warn and len(taken) < k and limit < self.npartitions:
            warnings.warn(
                f"{k} records were asked for and {limit} partitions have only {len(taken)}", stacklevel=2
            )
        return taken[:k]

    def first(self, **options: Any) -> Any:
        """The first record; raises ValueError when there is none."""
        for record in self.take(1, **options):
            return record
        raise EmptyError("first() of a bag without records")

    def is_empty(self, **options: Any) -> bool:
        """Whether there is no record at all; reads no more than it must."""
        return not self.take(1, **options)

    def collect(self, **options: Any) -> list[Any]:
        """:meth:`compute` under the name PySpark gives it."""
        return list(self.compute(**options))

    def foreach(self, func: Callable[[Any], object], **options: Any) -> None:
        """Call ``func`` with every record, for what it does; computes at once."""
        _effects(self, "foreach", _call_each, func).compute(**options)

    def foreach_partition(self, func: Callable[[Iterable[Any]], object], **options: Any) -> None:
        """Call ``func`` with every partition, for what it does; computes at once."""
        _effects(self, "foreach_partition", _call_once, func).compute(**options)

    def __iter__(self) -> Iterator[Any]:
        """The records in order, computed as many partitions at a time as there are workers."""
        for blocks in computing.stream(self, width=config.get("num_workers")):
            yield from chain.from_iterable(blocks)

    def _partitions(self, indices: Iterable[int]) -> Bag:
        return self._node("partitions", None, (self.node,), Selected(tuple(indices)))

    def to_delayed(self) -> list[Delayed]:
        """A list of delayed values, one a partition: its list of records."""
        return [Delayed(_block(self, i)) for i in range(self.npartitions)]


class Grouped(GroupVerbs, Bag):  # type: ignore[misc]
    """The bag of ``(key, [record, ...])`` that :meth:`Bag.groupby` and :meth:`Bag.group_by_key` make.

    Verbs that bring a bag down to one value, or to a few records, bring each group down here, and give one record
    ``(key, answer)`` a group.  Where nothing else needs the groups, no record of them leaves its partition: partial
    answers do.  ``map_values(func)`` is the same where ``func`` is ``len``, ``sum``, ``min``, ``max``, ``any`` or
    ``all``; of any other function the groups are made first.

    >>> import pannier as pn
    >>> by_parity = pn.range(5, npartitions=2).groupby(lambda x: x % 2)
    >>> sorted(by_parity.sum().compute(scheduler="sync"))
    [(0, 6), (1, 4)]
    """

    __slots__ = ()

    def rebuild(self, node: Node) -> Any:
        """The same groups over another node of the same name; any other node is of a plain bag."""
        return (Grouped if node.name == self.name else Bag)(node)


def _block(bag: Bag, i: int) -> Blockwise:
    return Blockwise(verb="partition", kernel=None, over=(bag.node,), blockmap=Selected((i,)))


def _effects(bag: Bag, verb: str, call: Callable[..., Any], func: Callable[[Any], object]) -> Item:
    """Nothing at all, by way of ``call(partition, func)``."""
    kernel = MapPartitions(call, (func,), shown=f"{verb}({name_of(func)})")
    # Equal partitions are made once; their numbers make work of each, so that each has its effect.
    return bag._step(verb, kernel, params=range(bag.npartitions))._to_item(verb, Builtin(any))


def _call_each(records: Iterable[Any], func: Callable[[Any], object]) -> tuple[()]:
    for record in records:
        func(record)
    return ()


def _call_once(records: Iterable[Any], func: Callable[[Iterable[Any]], object]) -> tuple[()]:
    func(records)
    return ()
