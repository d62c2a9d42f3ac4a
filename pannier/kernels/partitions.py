"""Kernels over whole partitions of a bag: they see all of its records, as a stream."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from pannier.frozen import frozen
from pannier.kernels.batches import as_records
from pannier.kernels.kernel import Kernel, bind, fill, name_of


@frozen
class Zip(Kernel):
    """Tuples of the records of several partitions side by side; all must be of one length.

    >>> list(Zip()([1, 2], "ab"))
    [(1, 'a'), (2, 'b')]
    """

    def __call__(self, *partitions: Any) -> Iterator[Any]:
        lengths = [len(partition) for partition in partitions]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"partitions side by side hold different numbers of records: {lengths}; bags that are mapped "
                "or zipped together must be partitioned alike"
            )
        return zip(*partitions, strict=True)


@frozen
class MapPartitions(Kernel):
    """``func(partition, *args, **kwargs)``, whatever it returns made a partition.

    >>> MapPartitions(max)([1, 3, 2])
    [3]
    """

    func: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""
    """The step as the user wrote it, where ``func`` is not the user's own."""

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterable[Any]:
        func = bind(self.func, self.kwargs, extras)
        return as_records(func(records, *fill(self.args, extras)))

    @property
    def label(self) -> str:
        return self.shown or f"map_partitions({name_of(self.func)})"


@frozen
class First(Kernel):
    """The first ``n`` records; reads no further than the batch that holds the last of them.

    >>> list(First(2)("abc"))
    ['a', 'b']
    """

    n: int

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return itertools.islice(records, self.n)

    @property
    def label(self) -> str:
        return f"take({self.n})"


@frozen
class RandomSample(Kernel):
    """Each record with probability ``prob``; the last extra is the partition's seed.

    >>> list(RandomSample(1.0)("ab", 7))
    ['a', 'b']
    """

    prob: float

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        draw, prob = random.Random(extras[-1]).random, self.prob
        return (record for record in records if draw() < prob)

    @property
    def label(self) -> str:
        return f"random_sample({self.prob})"


@frozen
class Concat(Kernel):
    """The records of a list of partitions, one partition after the other.

    >>> list(Concat()([[1], [], [2, 3]]))
    [1, 2, 3]
    """

    def __call__(self, partitions: Iterable[Iterable[Any]], /, *extras: Any) -> Iterator[Any]:
        return itertools.chain.from_iterable(partitions)


@frozen
class Share(Kernel):
    """One of several equal runs of a partition; the last extra is (number of the run, of how many).

    >>> [list(Share()("abcde", (k, 2))) for k in range(2)]
    [['a', 'b'], ['c', 'd', 'e']]
    """

    def __call__(self, records: Any, /, *extras: Any) -> Any:
        k, n = extras[-1]
        return records[len(records) * k // n : len(records) * (k + 1) // n]


@frozen
class Pairs(Kernel):
    """Every record of one partition with every record of another.

    >>> list(Pairs()([1, 2], "ab"))
    [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]
    """

    def __call__(self, left: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return itertools.product(left, extras[0])
