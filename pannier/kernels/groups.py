"""Reductions by key.

Their partial results are dicts, so that a tree can bring them down to one, and a shuffle can send each key its
own way.
"""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from pannier.errors import annotate
from pannier.frozen import frozen
from pannier.kernels.batches import BATCH_RECORDS
from pannier.kernels.chain import show
from pannier.kernels.kernel import Kernel, name_of
from pannier.kernels.keys import NEVER_NAN, as_hashable, hinted, settled
from pannier.kernels.reductions import Reduction


class Grouping(Reduction):
    """A reduction of ``(key, value)`` records to one record a key; its partials are dicts by key."""

    __slots__ = ()

    shrinks: ClassVar[bool] = True
    """Whether partials of many records are smaller than the records."""
    batch: ClassVar[int] = BATCH_RECORDS
    """How many of the records it finishes with make a batch."""

    def rows(self, partial: dict[Any, Any]) -> int:
        """How many rows ``partial`` has: as many as the partials it was split into together."""
        return len(partial)

    @abstractmethod
    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        """One dict of all ``partials``, of which there may be none; they come in the order of their records."""

    def extended(self, total: dict[Any, Any], records: Iterable[Any]) -> dict[Any, Any]:
        """The partial of what ``total``, a partial that may be changed, is of, and then ``records``."""
        return self.combine([total, self.chunk(records)])

    def finish(self, partial: dict[Any, Any]) -> Iterable[Any]:
        return partial.items()


class _Lists(dict[Any, list[Any]]):
    """A list for every key, which is there as soon as it is asked for."""

    __slots__ = ()

    def __missing__(self, key: Any) -> list[Any]:
        if type(key) not in NEVER_NAN:
            key = settled(key)
            if key in self:
                return self[key]
        made: list[Any] = []
        self[key] = made
        return made


@frozen
class Groups(Grouping):
    """``(key, [value, ...])`` for every key, values in their order.

    >>> list(Groups().finish(Groups().chunk([("a", 1), ("b", 2), ("a", 3)])))
    [('a', [1, 3]), ('b', [2])]
    """

    shrinks: ClassVar[bool] = False
    batch: ClassVar[int] = 16

    def chunk(self, records: Iterable[Any]) -> dict[Any, list[Any]]:
        groups = _Lists()
        try:
            for key, value in records:
                groups[key].append(value)
        except TypeError as error:
            hinted(error)
            raise
        return groups

    def combine(self, partials: Iterable[dict[Any, list[Any]]]) -> dict[Any, list[Any]]:
        groups = _Lists()
        for partial in partials:
            for key, values in partial.items():
                groups[key].extend(values)
        return groups

    def rows(self, partial: dict[Any, list[Any]]) -> int:
        return sum(map(len, partial.values()))

    @property
    def label(self) -> str:
        return "groupby"


@frozen
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
        return self.extended({}, records)

    def extended(self, total: dict[Any, Any], records: Iterable[Any]) -> dict[Any, Any]:
        chunk, combine = self.reduction.chunk, self.reduction.combine
        for key, values in Groups().chunk(records).items():
            try:
                partial = chunk(values)
                total[key] = combine([total[key], partial]) if key in total else partial
            except Exception as error:
                annotate(error, f"in the group of {show(key)}, not later than what follows")
                raise
        return total

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        combine = self.reduction.combine
        by_key = _Lists()
        for partial in partials:
            for key, value in partial.items():
                by_key[key].append(value)
        return {key: values[0] if len(values) == 1 else combine(values) for key, values in by_key.items()}

    def finish(self, partial: dict[Any, Any]) -> Iterable[Any]:
        finish = self.reduction.finish
        answers = []
        for key, value in partial.items():
            try:
                answers.append((key, finish(value)))
            except Exception as error:
                annotate(error, f"in the group of {show(key)}")
                raise
        return answers

    @property
    def label(self) -> str:
        return f"{self.reduction.label} by key"


@frozen
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


@frozen
class KeyOf(Kernel):
    """``func(record)`` of every record: its key, where nothing else of it is wanted.

    >>> list(KeyOf(len, "groupby")(["ab"]))
    [2]
    """

    func: Callable[[Any], Any]
    verb: str
    """What the user called, to have keys."""
    per_record: ClassVar[bool] = True
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterable[Any]:
        return map(self.func, records)

    @property
    def label(self) -> str:
        return f"{self.verb}({name_of(self.func)})"


@frozen
class First(Reduction):
    """The first record."""

    def chunk(self, records: Iterable[Any]) -> Any:
        return next(iter(records))

    def combine(self, partials: list[Any]) -> Any:
        return partials[0]


@frozen
class Last(Reduction):
    """The last record."""

    def chunk(self, records: Iterable[Any]) -> Any:
        return deque(records, maxlen=1)[0]

    def combine(self, partials: list[Any]) -> Any:
        return partials[-1]


@frozen
class Frequencies(Grouping):
    """``(record, how often)`` pairs, in the order records first appear, or most frequent first."""

    sort: bool = False

    def chunk(self, records: Iterable[Any]) -> dict[Any, int]:
        return self.extended(Counter(), records)

    def extended(self, total: dict[Any, int], records: Iterable[Any]) -> dict[Any, int]:
        counts = total if isinstance(total, Counter) else Counter(total)
        try:
            counts.update(records)
        except TypeError as error:
            hinted(error)
            raise
        return counts

    def combine(self, partials: Iterable[dict[Any, int]]) -> dict[Any, int]:
        return merge_with(int.__add__, partials)

    def finish(self, partial: dict[Any, int]) -> list[tuple[Any, int]]:
        if self.sort:
            return sorted(partial.items(), key=operator.itemgetter(1), reverse=True)
        return list(partial.items())


@frozen
class CountByValue(Frequencies):
    """A dict from record to how often it appears."""

    def finish(self, partial: dict[Any, int]) -> Any:
        return dict(partial)


@frozen
class CountByKey(Frequencies):
    """``(key, how many)`` of ``(key, value)`` records.

    >>> CountByKey().finish(CountByKey().chunk([("a", 1), ("b", 2), ("a", 3)]))
    [('a', 2), ('b', 1)]
    """

    def extended(self, total: dict[Any, int], records: Iterable[Any]) -> dict[Any, int]:
        return Frequencies.extended(self, total, map(operator.itemgetter(0), records))


def merge_with(merge: Callable[[Any, Any], Any], partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
    """One dict of all ``partials``, values of equal keys merged, keys in the order they first appear.

    >>> merge_with(int.__add__, [{"a": 1}, {"b": 2, "a": 3}])
    {'a': 4, 'b': 2}
    """
    merged: dict[Any, Any] = {}
    for partial in partials:
        for key, value in partial.items():
            if type(key) not in NEVER_NAN:
                key = settled(key)  # noqa: PLW2901  NaN may be known by another name
            merged[key] = merge(merged[key], value) if key in merged else value
    return merged


@frozen
class Distinct(Grouping):
    """Records of which no earlier one is equal, or has an equal ``key``.

    Records and keys that cannot be hashed have stand-ins in the partials.  Where the key of a partial is the
    record itself, its value is None.
    """

    key: Callable[[Any], Any] | None = None

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        return self.extended({}, records)

    def extended(self, total: dict[Any, Any], records: Iterable[Any]) -> dict[Any, Any]:
        if self.key is None:
            for record in records:
                try:
                    total.setdefault(record)
                except TypeError:
                    _keep_by_stand_in(total, record, record)
            return total
        for record in records:
            key = self.key(record)
            try:
                total.setdefault(key, record)
            except TypeError:
                _keep_by_stand_in(total, key, record)
        return total

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        return merge_with(_keep_first, partials)

    def finish(self, partial: dict[Any, Any]) -> Any:
        if self.key is None:
            return [key if record is None else record for key, record in partial.items()]
        return list(partial.values())


@frozen
class CountOfDistinct(Distinct):
    """How many records there are of which no earlier one is equal."""

    def finish(self, partial: dict[Any, Any]) -> Any:
        return len(partial)

    @property
    def label(self) -> str:
        return "nunique"


def _keep_by_stand_in(first: dict[Any, Any], key: Any, record: Any) -> None:
    try:
        first.setdefault(as_hashable(key), record)
    except TypeError as error:
        raise hinted(error) from None


def _keep_first(first: Any, second: Any) -> Any:
    return first
