"""Reductions by key.

Their partial results are dicts, so that a tree can bring them down to one, and a shuffle can send each key its
own way.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from pannier.kernels.kernel import Kernel, name_of
from pannier.kernels.records import MISSING, as_key
from pannier.kernels.reductions import Count, Reduction, hinting_at_combine


class Grouping(Reduction):
    """A reduction of ``(key, value)`` records to one record a key; its partials are dicts by key."""

    __slots__ = ()

    shrinks: ClassVar[bool] = True
    """Whether partials of many records are smaller than the records."""

    def rows(self, partial: dict[Any, Any]) -> int:
        """How many rows ``partial`` has: as many as the partials it was split into together."""
        return len(partial)

    @abstractmethod
    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        """One dict of all ``partials``, of which there may be none; they come in the order of their records."""

    def finish(self, partial: dict[Any, Any]) -> Iterable[Any]:
        return partial.items()


@dataclass(frozen=True, slots=True)
class Groups(Grouping):
    """``(key, [value, ...])`` for every key, values in their order.

    >>> list(Groups().finish(Groups().chunk([("a", 1), ("b", 2), ("a", 3)])))
    [('a', [1, 3]), ('b', [2])]
    """

    shrinks: ClassVar[bool] = False

    def chunk(self, records: Iterable[Any]) -> dict[Any, list[Any]]:
        groups: defaultdict[Any, list[Any]] = defaultdict(list)
        for key, value in records:
            groups[key].append(value)
        return groups

    def combine(self, partials: Iterable[dict[Any, list[Any]]]) -> dict[Any, list[Any]]:
        groups: defaultdict[Any, list[Any]] = defaultdict(list)
        for partial in partials:
            for key, values in partial.items():
                groups[key] += values
        return groups

    def rows(self, partial: dict[Any, list[Any]]) -> int:
        return sum(map(len, partial.values()))

    @property
    def label(self) -> str:
        return "groupby"


@dataclass(frozen=True, slots=True)
class ByKey(Grouping):
    """``(key, answer of reduction over its values)`` for every key.

    >>> from pannier.kernels.reductions import Builtin
    >>> by_key = ByKey(Builtin(sum))
    >>> list(
    ...     by_key.finish(
    ...         by_key.combine([by_key.chunk([("a", 1), ("b", 2)]), by_key.chunk([("a", 3)])])
    ...     )
    ... )
    [('a', 4), ('b', 2)]
    """

    reduction: Reduction

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        if type(self.reduction) is Count:
            return Counter(pair[0] for pair in records)
        chunk = self.reduction.chunk
        return {key: chunk(values) for key, values in Groups().chunk(records).items()}

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        combine = self.reduction.combine
        by_key: defaultdict[Any, list[Any]] = defaultdict(list)
        for partial in partials:
            for key, value in partial.items():
                by_key[key].append(value)
        return {key: values[0] if len(values) == 1 else combine(values) for key, values in by_key.items()}

    def finish(self, partial: dict[Any, Any]) -> Iterable[Any]:
        finish = self.reduction.finish
        return [(key, finish(value)) for key, value in partial.items()]

    @property
    def label(self) -> str:
        return f"{self.reduction.label} by key"


@dataclass(frozen=True, slots=True)
class ReduceGroups(Kernel):
    """``(key, answer of reduction over the group)`` for every ``(key, group)``.

    >>> from pannier.kernels.reductions import Count
    >>> list(ReduceGroups(Count())([("a", [1, 3])]))
    [('a', 2)]
    """

    reduction: Reduction
    per_record: ClassVar[bool] = True
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterable[Any]:
        reduction = self.reduction
        return (
            (key, reduction.finish(reduction.combine([reduction.chunk(group)]))) for key, group in records
        )

    @property
    def label(self) -> str:
        return self.reduction.label


@dataclass(frozen=True, slots=True)
class First(Reduction):
    """The first record."""

    def chunk(self, records: Iterable[Any]) -> Any:
        return next(iter(records))

    def combine(self, partials: list[Any]) -> Any:
        return partials[0]


@dataclass(frozen=True, slots=True)
class Frequencies(Grouping):
    """``(record, how often)`` pairs, in the order records first appear, or most frequent first."""

    sort: bool = False

    def chunk(self, records: Iterable[Any]) -> dict[Any, int]:
        return Counter(records)

    def combine(self, partials: Iterable[dict[Any, int]]) -> dict[Any, int]:
        return merge_with(int.__add__, partials)

    def finish(self, partial: dict[Any, int]) -> list[tuple[Any, int]]:
        if self.sort:
            return sorted(partial.items(), key=_second, reverse=True)
        return list(partial.items())


@dataclass(frozen=True, slots=True)
class CountByValue(Frequencies):
    """A dict from record to how often it appears."""

    def finish(self, partial: dict[Any, int]) -> Any:
        return dict(partial)


def _second(pair: tuple[Any, Any]) -> Any:
    return pair[1]


def merge_with(merge: Callable[[Any, Any], Any], partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
    """One dict of all ``partials``, values of equal keys merged, keys in the order they first appear.

    >>> merge_with(int.__add__, [{"a": 1}, {"b": 2, "a": 3}])
    {'a': 4, 'b': 2}
    """
    walk = iter(partials)
    merged = dict(next(walk, {}))
    for partial in walk:
        for key, value in partial.items():
            merged[key] = merge(merged[key], value) if key in merged else value
    return merged


@dataclass(frozen=True, slots=True)
class Distinct(Grouping):
    """Records of which no earlier one is equal, or has an equal ``key``."""

    key: Callable[[Any], Any] | None = None

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        if self.key is None:
            return dict.fromkeys(records)
        first: dict[Any, Any] = {}
        for record in records:
            first.setdefault(self.key(record), record)
        return first

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        return merge_with(_keep_first, partials)

    def finish(self, partial: dict[Any, Any]) -> list[Any]:
        return list(partial if self.key is None else partial.values())


def _keep_first(first: Any, second: Any) -> Any:
    return first


@dataclass(frozen=True, slots=True)
class FoldBy(Grouping):
    """``(key, total)`` pairs: :class:`Fold` for each group of records of equal key."""

    key: Any
    binop: Callable[[Any, Any], Any]
    initial: Any = MISSING
    joiner: Callable[[Any, Any], Any] | None = None
    joiner_initial: Any = MISSING

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        key, binop, initial = as_key(self.key), self.binop, self.initial
        if self.joiner is None:
            initial = MISSING  # it counts once, at the end
        totals: dict[Any, Any] = {}
        with hinting_at_combine(self.initial, self.joiner):
            for record in records:
                group = key(record)
                if group in totals:
                    totals[group] = binop(totals[group], record)
                else:
                    totals[group] = record if initial is MISSING else binop(copy.deepcopy(initial), record)
        return totals

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        return merge_with(self.joiner or self.binop, partials)

    def finish(self, partial: dict[Any, Any]) -> list[tuple[Any, Any]]:
        totals = partial
        if self.joiner is None and self.initial is not MISSING:
            totals = {key: self.binop(copy.deepcopy(self.initial), total) for key, total in totals.items()}
        if self.joiner_initial is not MISSING:
            join = self.joiner or self.binop
            totals = {key: join(copy.deepcopy(self.joiner_initial), total) for key, total in totals.items()}
        return list(totals.items())

    @property
    def label(self) -> str:
        return f"foldby({name_of(self.key)}, {name_of(self.binop)})"
