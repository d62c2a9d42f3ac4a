"""Verbs that bring records of several bags together by their keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

from pannier import config
from pannier.collections.bag.base import BagBase
from pannier.collections.bag.shuffle import shuffled
from pannier.collections.operands import single_block
from pannier.collections.single import Single
from pannier.errors import UsageError, near_matches
from pannier.kernels.groups import CountByKey, Distinct, Grouping, Groups
from pannier.kernels.joins import Cogroup, Intersection, Itself, JoinGroups, JoinTable, Match, ToTable
from pannier.kernels.records import KeyBy, as_key
from pannier.plan.blockmaps import Aligned
from pannier.plan.estimates import broadcast_bytes, estimated_bytes
from pannier.plan.nodes import Blockwise, FromGraph, Node, TreeReduce
from pannier.sizes import format_bytes
from pannier.tokens import tokenize

_MAY_GO: Final[dict[str, tuple[str, ...]]] = {
    "inner": ("other", "own"),
    "left": ("other",),
    "right": ("own",),
    "outer": (),
    "semi": ("other",),
    "anti": ("other",),
}
"""For every kind of join, which side may be in every worker, what is tried first before.  Not one whose records are kept
without a match, or given once for several: a partition of the other side does not see the matches in the others."""


class Join(BagBase):
    """``join`` and its relatives."""

    __slots__ = ()

    def join(
        self,
        other: Any,
        on_self: Any = None,
        on_other: Any = None,
        how: str = "inner",
        broadcast: bool | None = None,
        npartitions: int | None = None,
    ) -> Self:
        """A bag of ``(match, record)`` for every pair of a record and an element of ``other`` of equal key.

        ``on_self`` and ``on_other`` (default: the same) are functions, or what to look up.  Without them both sides
        are of ``(key, value)``, and the records are ``(key, (own value, other's value))``, as in PySpark.
        ``other`` is a bag, an iterable, or an item or delayed value of one.

        ``how`` says what becomes of records without a match: "inner" drops them, "left" keeps those of this bag,
        "right" those of ``other`` and "outer" both, with None in place of the match.  "semi" gives the records of
        this bag that have a match, as they are and once, and "anti" those that have none.

        A side that is small goes to every worker, and the partitions of the other side stay as they are; else both
        are shuffled, into ``npartitions`` partitions or as many as the larger side has.  Small is what is known
        to take no more than the setting ``broadcast_bytes``, and what is one partition of unknown size.
        :meth:`explain` says what was chosen and why.  ``broadcast=True`` sends ``other`` to every worker (with
        how="right" this bag), and False shuffles.

        Keys are the same when Python's ``==`` says so, None and None too; all NaN are one key.  Among the records of
        one key, this bag's are in their order, and the matches of each in that of ``other``; where this bag goes
        to every worker, the records are in the order of ``other`` instead.  Matches are made one by one, but
        the records of ``other`` of one key have to fit into memory: where one side has keys of very many
        records, make it this one.

        Raises :class:`~pannier.errors.UsageError` for options that do not go together, and, when it
        runs, TypeError with the record's address for a key that is not hashable.

        >>> import pannier as pn
        >>> people = pn.from_sequence(["Alice", "Bob"])
        >>> people.join(["fig", "apple"], on_self=len).compute(scheduler="sync")
        [('apple', 'Alice'), ('fig', 'Bob')]
        >>> ages = pn.from_sequence([("ada", 36), ("bo", 41)])
        >>> towns = pn.from_sequence([("bo", "Rome")])
        >>> ages.join(towns, how="left").compute(scheduler="sync")
        [('ada', (36, None)), ('bo', (41, 'Rome'))]
        """
        return self._joined(other, on_self, on_other, how, broadcast, npartitions)

    def left_join(self, other: Any, on_self: Any = None, on_other: Any = None, **options: Any) -> Self:
        """:meth:`join` that keeps the records of this bag that have no match, with None for it.

        >>> import pannier as pn
        >>> pn.from_sequence("ab").left_join("bc", on_self=str).compute(scheduler="sync")
        [(None, 'a'), ('b', 'b')]
        """
        return self.join(other, on_self, on_other, "left", **options)

    def right_join(self, other: Any, on_self: Any = None, on_other: Any = None, **options: Any) -> Self:
        """:meth:`join` that keeps the records of ``other`` that have no match, with None for it.

        >>> import pannier as pn
        >>> pn.from_sequence("ab").right_join("bc", on_self=str).compute(scheduler="sync")
        [('b', 'b'), ('c', None)]
        """
        return self.join(other, on_self, on_other, "right", **options)

    def outer_join(self, other: Any, on_self: Any = None, on_other: Any = None, **options: Any) -> Self:
        """:meth:`join` that keeps the records of both sides that have no match, with None for it.

        >>> import pannier as pn
        >>> joined = pn.from_sequence("ab").outer_join("bc", on_self=str)
        >>> sorted(joined.compute(scheduler="sync"), key=str)
        [('b', 'b'), ('c', None), (None, 'a')]
        """
        return self.join(other, on_self, on_other, "outer", **options)

    def semi_join(self, other: Any, on_self: Any = None, on_other: Any = None, **options: Any) -> Self:
        """The records of this bag that have a match in ``other``, once each: :meth:`join` with how="semi".

        Of ``other`` only its keys move.

        >>> import pannier as pn
        >>> pn.from_sequence("abb").semi_join("bbc", on_self=str).compute(scheduler="sync")
        ['b', 'b']
        """
        return self.join(other, on_self, on_other, "semi", **options)

    def anti_join(self, other: Any, on_self: Any = None, on_other: Any = None, **options: Any) -> Self:
        """The records of this bag that have no match in ``other``: :meth:`join` with how="anti".

        >>> import pannier as pn
        >>> pn.from_sequence("abb").anti_join("bbc", on_self=str).compute(scheduler="sync")
        ['a']
        """
        return self.join(other, on_self, on_other, "anti", **options)

    def subtract_by_key(self, other: Any, npartitions: int | None = None) -> Self:
        """The ``(key, value)`` of this bag whose key is no key in ``other``: :meth:`anti_join` by PySpark's name.

        >>> import pannier as pn
        >>> pairs = pn.from_sequence([("a", 1), ("b", 2)])
        >>> pairs.subtract_by_key([("a", None)]).compute(scheduler="sync")
        [('b', 2)]
        """
        return self._joined(other, None, None, "anti", None, npartitions, "subtract_by_key")

    def subtract(self, other: Any, npartitions: int | None = None) -> Self:
        """The records of this bag that are not in ``other``; those that are here twice stay so.

        Records may be dicts and lists.  A small ``other`` goes to every worker, as in :meth:`join`.

        >>> import pannier as pn
        >>> pn.from_sequence([[1], [2], [2]]).subtract([[1.0]]).compute(scheduler="sync")
        [[2], [2]]
        """
        return self._joined(other, Itself(), None, "anti", None, npartitions, "subtract")

    def intersection(self, other: Any, npartitions: int | None = None) -> Self:
        """The records that are in this bag and in ``other``, once each, as this bag has them first.

        Records may be dicts and lists.  Both sides are shuffled, what is equal in a partition once.

        >>> import pannier as pn
        >>> pn.from_sequence([1, 2, 2]).intersection([2.0, 3]).compute(scheduler="sync")
        [2]
        """
        over = (self.node, _side("intersection", other))
        return self.rebuild(
            shuffled("intersection", over, (Distinct(), Distinct()), npartitions, Intersection())
        )

    def cogroup(self, *others: Any, on: Any = None, npartitions: int | None = None) -> Self:
        """A bag of ``(key, (list, list, ...))`` for every key of any side: its records here, then in the ``others``.

        The sides are of ``(key, value)``, and the lists of values.  With ``on``, a function or what to look up,
        they are of any records, and the lists of whole ones.  Lists are in the order of their bags, and have to
        fit into memory together.

        >>> import pannier as pn
        >>> ages = pn.from_sequence([("ada", 36), ("bo", 41)])
        >>> sorted(ages.cogroup([("bo", "Rome"), ("bo", "Oslo")]).compute(scheduler="sync"))
        [('ada', ([36], [])), ('bo', ([41], ['Rome', 'Oslo']))]
        """
        if not others:
            raise UsageError("cogroup needs at least one other bag; of one alone, say groupby")
        nodes = [self.node, *[_side("cogroup", other) for other in others]]
        over = nodes if on is None else [_keyed("cogroup", node, on) for node in nodes]
        groupings = (Groups(),) * len(over)
        return self.rebuild(shuffled("cogroup", tuple(over), groupings, npartitions, Cogroup()))

    def _joined(
        self,
        other: Any,
        on_self: Any,
        on_other: Any,
        how: str,
        broadcast: bool | None,
        npartitions: int | None,
        verb: str = "",
    ) -> Self:
        if how not in _MAY_GO:
            raise UsageError(f"there is no {how!r} join{near_matches(how, _MAY_GO)}; how is one of {_HOWS}")
        if on_self is None and on_other is not None:
            raise UsageError("on_other is given and on_self is not; without both, records are (key, value)")
        verb = verb or ("join" if how == "inner" else f"{how}_join")
        own, others = self.node, _side(verb, other)
        choice = _choice(own, others, how, broadcast, npartitions)
        by_key = on_self is None
        if how in {"semi", "anti"}:  # which give the records of this bag as they are
            on_self = 0 if by_key else on_self
        if on_self is not None:
            own = _keyed(verb, own, on_self)
            others = others if by_key else _keyed(verb, others, on_self if on_other is None else on_other)
        join = _Sides(verb, own, others, Match(how, by_key, own_in_table=choice.goes == "own"))
        shown = f"{verb} ({choice.why})"
        node = join.shuffled(npartitions, shown) if choice.goes is None else join.broadcast(shown)
        return self.rebuild(node)


_HOWS: Final = ", ".join(_MAY_GO)


class _Sides(NamedTuple):
    """The two sides of a join, both of ``(key, record)``."""

    verb: str
    own: Node
    other: Node
    match: Match

    @property
    def _of_other(self) -> Grouping:
        """What a join has to know of the other side."""
        return CountByKey() if self.match.how in {"semi", "anti"} else Groups()

    def broadcast(self, shown: str) -> Node:
        """One side in its partitions, the other as a table that all of them are given."""
        stays, goes, grouping = self.own, self.other, self._of_other
        if self.match.own_in_table:
            stays, goes, grouping = self.other, self.own, Groups()
        table = TreeReduce(
            verb=self.verb, reduction=ToTable(grouping), over=goes, fan_in=config.get("fan_in")
        )
        return Blockwise(
            verb=self.verb,
            kernel=JoinTable(self.match, shown),
            over=(stays, table),
            blockmap=Aligned(stays.npartitions, (False, True)),
        )

    def shuffled(self, npartitions: int | None, shown: str) -> Node:
        """Both sides by key, in one layout."""
        groupings = (Groups(), self._of_other)
        finish = JoinGroups(self.match)
        return shuffled(
            self.verb, (self.own, self.other), groupings, npartitions, finish, shown, streams=True
        )


class _Choice(NamedTuple):
    goes: str | None
    """Which side goes to every worker, "own" or "other"; None if both are shuffled."""
    why: str


def _choice(own: Node, other: Node, how: str, broadcast: bool | None, npartitions: int | None) -> _Choice:
    """How to join, from what is known while the plan is made."""
    allowed = _MAY_GO[how]
    if broadcast:
        if npartitions is not None:
            raise UsageError("broadcast=True leaves the partitions as they are: leave out npartitions")
        if not allowed:
            raise UsageError(
                f"neither side of a join with how={how!r} may be in every worker: leave out broadcast=True"
            )
        return _Choice(allowed[0], f"{_NAMES[allowed[0]]} goes to every worker: broadcast=True")
    if broadcast is False:
        return _Choice(None, "shuffled: broadcast=False")
    if npartitions is not None:
        return _Choice(None, f"shuffled: npartitions={npartitions}")
    reasons = []
    for name in allowed:
        is_small, reason = _smallness(own if name == "own" else other)
        if is_small:
            return _Choice(name, f"{_NAMES[name]} goes to every worker: {reason}")
        reasons.append(f"{_NAMES[name]} is {reason}")
    return _Choice(None, f"shuffled: {', '.join(reasons) or f'an {how} join needs both'}")


_NAMES: Final = {"own": "this bag", "other": "other"}


def _smallness(node: Node) -> tuple[bool, str]:
    """Whether ``node`` is small enough to go to every worker, and what is known about it."""
    most = broadcast_bytes()
    size = estimated_bytes(node)
    if size is not None:
        return size < most, f"about {format_bytes(size)}"
    if node.npartitions == 1:
        return most > 0, "1 partition"
    return False, f"{node.npartitions} partitions of unknown size"


def _keyed(verb: str, node: Node, on: Any) -> Node:
    """``node`` with the key before each record."""
    return Blockwise(
        verb=verb, kernel=KeyBy(as_key(on), verb), over=(node,), blockmap=Aligned(node.npartitions)
    )


def _side(verb: str, other: Any) -> Node:
    """The node of the other side, whatever it is."""
    if isinstance(other, BagBase):
        return other.node
    if isinstance(other, Single):
        node = single_block(other)
        assert node is not None
        return node
    if not isinstance(other, Iterable):
        raise UsageError(
            f"the other side of {verb} is a bag, an iterable or a delayed value, not {other!r:.80}"
        )
    values = list(other)
    key = f"join-side-{tokenize(values)}"
    return FromGraph(verb="join-side", name=key, keys=[key], values={key: values})
