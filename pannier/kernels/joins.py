"""Joins: what becomes of the records of two sides whose keys are equal.

One side is a table in memory, from key to records.  The other streams past it, and each match is made when it is
asked for: a key that is frequent on both sides takes the memory of its records, not of their product.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pannier.frozen import frozen
from pannier.kernels.groups import Distinct, Grouping
from pannier.kernels.kernel import Kernel
from pannier.kernels.keys import NEVER_NAN, as_hashable, hinted, settled
from pannier.kernels.reductions import Reduction

_NOBODY: Final = (None,)
"""Stands for the matches of a record that has none, and is kept."""


class Table(dict[Any, Any]):
    """The records of every key; ``()`` for a key that has none.

    >>> Table({"a": [1, 2]})["b"]
    ()
    """

    __slots__ = ()

    def __missing__(self, key: Any) -> Any:
        return () if type(key) in NEVER_NAN else self.get(settled(key), ())

    def __reduce__(self) -> Any:
        # NaN that has been to another process is no longer the one that stands for all.
        return _settled_table, (dict(self),)


def _settled_table(groups: dict[Any, Any]) -> Table:
    if NEVER_NAN.issuperset(map(type, groups)):
        return Table(groups)
    return Table({settled(key): group for key, group in groups.items()})


@frozen
class ToTable(Reduction):
    """All of ``grouping`` in one table.

    >>> from pannier.kernels.groups import Groups
    >>> to_table = ToTable(Groups())
    >>> to_table.finish(
    ...     to_table.combine([to_table.chunk([("a", 1)]), to_table.chunk([("a", 2)])])
    ... )
    {'a': [1, 2]}
    """

    grouping: Grouping

    def chunk(self, records: Iterable[Any]) -> Any:
        return self.grouping.chunk(records)

    def combine(self, partials: list[Any]) -> Any:
        return self.grouping.combine(partials)

    def finish(self, partial: Any) -> Table:
        return Table(partial)

    @property
    def label(self) -> str:
        return "the side that goes to every worker"


@frozen
class Match:
    """The records of a join, from the ``(key, record)`` of one side and the table of the other, lazily.

    >>> table = Table({1: ["x", "y"]})
    >>> list(Match("inner", by_key=True)([(1, "a"), (2, "b")], table))
    [(1, ('a', 'x')), (1, ('a', 'y'))]
    >>> list(Match("left", by_key=False)([(1, "a"), (2, "b")], table))
    [('x', 'a'), ('y', 'a'), (None, 'b')]
    """

    how: str
    """inner, left, right, outer, semi or anti."""
    by_key: bool
    """Whether records are ``(key, (own, other))``; else they are ``(other, own)``."""
    own_in_table: bool = False
    """Whether the table is of the own side, and the other one streams."""

    def __call__(self, keyed: Iterable[Any], table: Table) -> Iterator[Any]:
        if self.how == "semi":
            return (own for key, own in keyed if table[key])
        if self.how == "anti":
            return (own for key, own in keyed if not table[key])
        keeps = self.how in ({"right", "outer"} if self.own_in_table else {"left", "outer"})
        alone = _NOBODY if keeps else ()
        if self.by_key and self.own_in_table:
            return ((key, (own, other)) for key, other in keyed for own in table[key] or alone)
        if self.by_key:
            return ((key, (own, other)) for key, own in keyed for other in table[key] or alone)
        if self.own_in_table:
            return ((other, own) for key, other in keyed for own in table[key] or alone)
        return ((other, own) for key, own in keyed for other in table[key] or alone)


@frozen
class JoinTable(Kernel):
    """The join of a partition of ``(key, record)`` with a side that is in every worker; the extra is its table."""

    match: Match
    shown: str

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        (table,) = extras
        try:
            yield from self.match(records, table)
        except TypeError as error:
            hinted(error)
            raise

    @property
    def label(self) -> str:
        return self.shown


@frozen
class JoinGroups:
    """The join of all records of some keys: the own side's partials stream past the groups of the other side.

    >>> pieces = [{1: ["a"], 2: ["b"]}, {1: ["c"]}]
    >>> list(JoinGroups(Match("inner", by_key=False))(pieces, {1: ["x", "y"]}))
    [('x', 'a'), ('y', 'a'), ('x', 'c'), ('y', 'c')]
    """

    match: Match

    def __call__(self, pieces: Iterable[dict[Any, list[Any]]], others: dict[Any, Any]) -> Iterator[Any]:
        table = Table(others)
        if not table and self.match.how in {"inner", "right", "semi"}:
            return iter(())  # no piece need be read
        if self.match.how not in {"right", "outer"}:
            return self.match(_ungrouped(pieces), table)
        unmet = set(table)
        met = _noted(pieces, unmet)
        return itertools.chain(self.match(_ungrouped(met), table), self._alone(table, unmet))

    def _alone(self, table: Table, unmet: set[Any]) -> Iterator[Any]:
        """The records of the table that met none, known once all others have passed."""
        rest = ((key, other) for key, group in table.items() if key in unmet for other in group)
        if self.match.by_key:
            yield from ((key, (None, other)) for key, other in rest)
        else:
            yield from ((other, None) for _, other in rest)


def _ungrouped(pieces: Iterable[dict[Any, list[Any]]]) -> Iterator[tuple[Any, Any]]:
    return ((key, record) for piece in pieces for key, group in piece.items() for record in group)


def _noted(pieces: Iterable[dict[Any, Any]], unmet: set[Any]) -> Iterator[dict[Any, Any]]:
    """``pieces``, whose keys leave ``unmet`` as they pass."""
    for piece in pieces:
        unmet.difference_update(map(settled, piece))
        yield piece


@frozen
class Cogroup:
    """``(key, (list, list, ...))`` for every key, from the groups of each bag.

    >>> list(Cogroup()({1: ["a"]}, {2: ["x"]}))
    [(1, (['a'], [])), (2, ([], ['x']))]
    """

    def __call__(self, *sides: dict[Any, list[Any]]) -> Iterator[Any]:
        for key in dict.fromkeys(itertools.chain.from_iterable(sides)):
            yield key, tuple([side.get(key, []) for side in sides])


@frozen
class Intersection:
    """The records that both sides have, once, as the own side has them; from the distinct records of each.

    >>> list(Intersection()(Distinct().chunk([1, 2, 2]), Distinct().chunk([2.0, 3])))
    [2]
    """

    def __call__(self, own: dict[Any, Any], other: dict[Any, Any]) -> Iterable[Any]:
        return Distinct().finish({key: record for key, record in own.items() if key in other})  # type: ignore[no-any-return]


@frozen
class Itself:
    """The key of a record that is compared as a whole: itself, or its stand-in if it cannot be hashed.

    >>> Itself()("a"), Itself()([1]) == Itself()([1.0])
    ('a', True)
    """

    label = "record"

    def __call__(self, record: Any) -> Any:
        try:
            hash(record)
        except TypeError:
            return as_hashable(record)
        return record
