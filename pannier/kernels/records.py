"""Kernels over the records of a bag: each a thin shell around a C-level iterator.

The kernels that treat every record alone return iterators that hold one record at a time; how they
are run batch by batch, with an address for every failure, is the business of
:mod:`pannier.kernels.chain`.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar

from pannier.frozen import frozen
from pannier.kernels.kernel import MISSING, Kernel, bind, fill, name_of


class PerRecord(Kernel):
    """A kernel that treats each record alone."""

    __slots__ = ()
    per_record: ClassVar[bool] = True


@frozen
class Map(PerRecord):
    """``func(record, *args, **kwargs)`` of every record.

    >>> list(Map(pow, (2,))([1, 2, 3]))
    [1, 4, 9]
    """

    func: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func = bind(self.func, self.kwargs, extras)
        return map(func, records, *map(itertools.repeat, fill(self.args, extras)))

    @property
    def label(self) -> str:
        return f"map({name_of(self.func)})"


@frozen
class StarMap(PerRecord):
    """``func(*record, **kwargs)`` of every record.

    >>> list(StarMap(pow)([(2, 3), (3, 2)]))
    [8, 9]
    """

    func: Callable[..., Any]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return itertools.starmap(bind(self.func, self.kwargs, extras), records)

    @property
    def label(self) -> str:
        return f"starmap({name_of(self.func)})"


@frozen
class Filter(PerRecord):
    """The records of which ``predicate`` is true.

    >>> list(Filter(str.isdigit)(["1", "a"]))
    ['1']
    """

    predicate: Callable[[Any], object]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return filter(self.predicate, records)

    @property
    def label(self) -> str:
        return f"filter({name_of(self.predicate)})"


@frozen
class Remove(PerRecord):
    """The records of which ``predicate`` is false.

    >>> list(Remove(str.isdigit)(["1", "a"]))
    ['a']
    """

    predicate: Callable[[Any], object]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return itertools.filterfalse(self.predicate, records)

    @property
    def label(self) -> str:
        return f"remove({name_of(self.predicate)})"


@frozen
class Pluck(PerRecord):
    """``record[key]`` of every record, or ``default`` where there is none.

    A list of keys gives tuples.

    >>> list(Pluck("a")([{"a": 1}])), list(Pluck(["a", "b"], 0)([{"a": 1}]))
    ([1], [(1, 0)])
    """

    key: Any
    default: Any = MISSING
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return map(getter(self.key, self.default), records)

    @property
    def reads(self) -> tuple[Any, ...]:
        return tuple(self.key) if isinstance(self.key, list) else (self.key,)

    @property
    def label(self) -> str:
        return f"pluck({self.key!r})"


def getter(key: Any, default: Any = MISSING) -> Callable[[Any], Any]:
    """A function from a record to its element ``key``, or to a tuple of them for a list of keys.

    >>> getter([1])("ab"), getter(5, "none")("ab")
    (('b',), 'none')
    """
    if default is not MISSING:
        return functools.partial(_get_all if isinstance(key, list) else _get, key=key, default=default)
    if not isinstance(key, list):
        return operator.itemgetter(key)
    if len(key) > 1:
        return operator.itemgetter(*key)
    return functools.partial(_get_tuple, keys=tuple(key))


def as_key(key: Any) -> Callable[[Any], Any]:
    """``key`` as a function of a record: a callable as it is, anything else as what to look up."""
    return key if callable(key) else getter(key)


def _get(record: Any, key: Any, default: Any) -> Any:
    try:
        return record[key]
    except (KeyError, IndexError, TypeError):  # a record that cannot be looked into has no such key
        return default


def _get_all(record: Any, key: list[Any], default: Any) -> tuple[Any, ...]:
    return tuple([_get(record, each, default) for each in key])


def _get_tuple(record: Any, keys: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([record[key] for key in keys])


@frozen
class Flatten(PerRecord):
    """The elements of every record.

    >>> list(Flatten()([[1, 2], [], [3]]))
    [1, 2, 3]
    """

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return itertools.chain.from_iterable(records)


@frozen
class KeyBy(PerRecord):
    """``(func(record), record)`` of every record.

    >>> list(KeyBy(len)(["ab"]))
    [(2, 'ab')]
    """

    func: Callable[[Any], Any]
    verb: str = "key_by"
    """What the user called, to have keys."""
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func = self.func
        return ((func(record), record) for record in records)

    @property
    def label(self) -> str:
        return f"{self.verb}({name_of(self.func)})"


@frozen
class MapValues(PerRecord):
    """``(key, func(value))`` of every record ``(key, value)``.

    >>> list(MapValues(len)([("a", "xyz")]))
    [('a', 3)]
    """

    func: Callable[[Any], Any]
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func = self.func
        return ((key, func(value)) for key, value in records)

    @property
    def label(self) -> str:
        return f"map_values({name_of(self.func)})"


@frozen
class FlatMapValues(PerRecord):
    """``(key, element)`` for every element of ``func(value)`` of every record ``(key, value)``.

    >>> list(FlatMapValues(str.split)([("a", "x y"), ("b", "")]))
    [('a', 'x'), ('a', 'y')]
    """

    func: Callable[[Any], Iterable[Any]]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func = self.func
        return ((key, element) for key, value in records for element in func(value))

    @property
    def label(self) -> str:
        return f"flat_map_values({name_of(self.func)})"


@frozen
class Column:
    """Stands, among the arguments of :class:`MapRow`, for element ``index`` of each record."""

    index: int


@frozen
class MapRow(PerRecord):
    """``func(*args, **kwargs)`` of every record, a tuple whose elements stand where columns are.

    >>> list(MapRow(pow, (Column(1), Column(0)), {})([(2, 3)]))
    [9]
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    keeps_length: ClassVar[bool] = True

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func, args, kwargs = self.func, fill(self.args, extras), fill(self.kwargs.values(), extras)
        if not kwargs and args == [Column(i) for i in range(len(args))]:
            return itertools.starmap(func, records)
        return (
            func(
                *[row[x.index] if type(x) is Column else x for x in args],
                **{
                    k: row[x.index] if type(x) is Column else x
                    for k, x in zip(self.kwargs, kwargs, strict=True)
                },
            )
            for row in records
        )

    @property
    def label(self) -> str:
        return f"map({name_of(self.func)})"
