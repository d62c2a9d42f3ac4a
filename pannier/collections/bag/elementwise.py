"""Verbs that treat each record, or each partition, on its own."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from pannier.collections.bag.base import BagBase
from pannier.collections.operands import Operands, fill_arguments
from pannier.computing import is_collection
from pannier.errors import UsageError
from pannier.kernels.kernel import MISSING, Slot, name_of
from pannier.kernels.partitions import MapPartitions, RandomSample, Zip
from pannier.kernels.records import (
    Column,
    Filter,
    FlatMapValues,
    Flatten,
    KeyBy,
    Map,
    MapRow,
    MapValues,
    Pluck,
    Remove,
    StarMap,
)
from pannier.kernels.samples import SampleByKey
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Node


class Elementwise(BagBase):
    """``map`` and its relatives.  All keep the number of partitions and the order of records."""

    __slots__ = ()

    def map(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Self:
        """A bag of ``func(record, *args, **kwargs)`` for every record.

        An argument may be a value, an item or delayed value (computed first, alone or inside a list,
        tuple, set or dict), or another bag with as many partitions and records, whose records are taken
        side by side.

        >>> import pannier as pn
        >>> b = pn.from_sequence([1, 2, 3], npartitions=2)
        >>> b.map(pow, 2).compute(scheduler="sync")
        [1, 4, 9]
        >>> b.map(lambda x, top: x / top, b.max()).compute(scheduler="sync")
        [0.3333333333333333, 0.6666666666666666, 1.0]
        >>> b.map(max, b.map(lambda x: 4 - x)).compute(scheduler="sync")
        [3, 2, 3]
        """
        _check_callable("map", func)
        others = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, BagBase)]
        if others:
            return self._map_rows(func, (self, *args), kwargs)
        operands = Operands()
        args, kwargs = fill_arguments(args, kwargs, operands)
        return self._step("map", Map(func, args, kwargs), operands.nodes)

    def _map_rows(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Self:
        """``map`` over several bags: their records side by side, then a call for every row."""
        bags = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, BagBase)]
        nodes = list({bag.name: bag.node for bag in bags}.values())
        places = {node.name: i for i, node in enumerate(nodes)}

        def column(arg: Any) -> Any:
            return Column(places[arg.name]) if isinstance(arg, BagBase) else arg

        operands = Operands()
        filled, named = fill_arguments(
            tuple(map(column, args)), {name: column(arg) for name, arg in kwargs.items()}, operands
        )
        return self._zipped(nodes)._step("map", MapRow(func, filled, named), operands.nodes)

    def _zipped(self, nodes: list[Node]) -> Self:
        _check_alike(nodes)
        return self._node("zip", Zip(), tuple(nodes), Aligned(nodes[0].npartitions, (False,) * len(nodes)))

    def starmap(self, func: Callable[..., Any], /, **kwargs: Any) -> Self:
        """A bag of ``func(*record, **kwargs)`` for every record, a tuple or list.

        >>> import pannier as pn
        >>> pn.from_sequence([(1, 2), (3, 4)]).starmap(max).compute(scheduler="sync")
        [2, 4]
        """
        _check_callable("starmap", func)
        operands = Operands()
        _, kwargs = fill_arguments((), kwargs, operands)
        return self._step("starmap", StarMap(func, kwargs), operands.nodes)

    def filter(self, predicate: Callable[[Any], object]) -> Self:
        """A bag of the records of which ``predicate`` is true.

        >>> import pannier as pn
        >>> pn.range(5, npartitions=2).filter(lambda x: x % 2).compute(scheduler="sync")
        [1, 3]
        """
        _check_predicate("filter", predicate)
        return self._step("filter", Filter(predicate))

    def remove(self, predicate: Callable[[Any], object]) -> Self:
        """A bag of the records of which ``predicate`` is false.

        >>> import pannier as pn
        >>> pn.range(5, npartitions=2).remove(lambda x: x % 2).compute(scheduler="sync")
        [0, 2, 4]
        """
        _check_predicate("remove", predicate)
        return self._step("remove", Remove(predicate))

    def pluck(self, key: Any, default: Any = MISSING) -> Self:
        """A bag of ``record[key]`` for every record; of tuples when ``key`` is a list of keys.

        ``default`` stands in where a record has no such element; without one that raises.

        >>> import pannier as pn
        >>> b = pn.from_sequence([{"name": "Ann", "n": 1}, {"name": "Bo"}])
        >>> (
        ...     b.pluck("name").compute(scheduler="sync"),
        ...     b.pluck(["name", "n"], 0).compute(scheduler="sync"),
        ... )
        (['Ann', 'Bo'], [('Ann', 1), ('Bo', 0)])
        """
        return self._step("pluck", Pluck(key, default))

    def flatten(self) -> Self:
        """A bag of the elements of every record.

        >>> import pannier as pn
        >>> pn.from_sequence([[1, 2], [], [3]]).flatten().compute(scheduler="sync")
        [1, 2, 3]
        """
        return self._step("flatten", Flatten())

    def flat_map(self, func: Callable[..., Iterable[Any]], /, *args: Any, **kwargs: Any) -> Self:
        """A bag of the elements of ``func(record, *args, **kwargs)`` for every record.

        >>> import pannier as pn
        >>> pn.from_sequence(["a b", "c"]).flat_map(str.split).compute(scheduler="sync")
        ['a', 'b', 'c']
        """
        return self.map(func, *args, **kwargs).flatten()

    def key_by(self, func: Callable[[Any], Any]) -> Self:
        """A bag of ``(func(record), record)`` for every record."""
        _check_callable("key_by", func)
        return self._step("key_by", KeyBy(func))

    def map_values(self, func: Callable[[Any], Any]) -> Self:
        """A bag of ``(key, func(value))`` for every record ``(key, value)``.

        >>> import pannier as pn
        >>> pn.from_sequence(["ab", "c"]).key_by(str.upper).map_values(len).compute(scheduler="sync")
        [('AB', 2), ('C', 1)]
        """
        _check_callable("map_values", func)
        return self._step("map_values", MapValues(func))

    def flat_map_values(self, func: Callable[[Any], Iterable[Any]]) -> Self:
        """A bag of ``(key, element)`` for every element of ``func(value)`` of every record ``(key, value)``."""
        _check_callable("flat_map_values", func)
        return self._step("flat_map_values", FlatMapValues(func))

    def keys(self) -> Self:
        """A bag of the first element of every record."""
        return self._step("keys", Pluck(0))

    def values(self) -> Self:
        """A bag of the second element of every record."""
        return self._step("values", Pluck(1))

    def map_partitions(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Self:
        """A bag whose partition i is what ``func(partition i, *args, **kwargs)`` returns.

        The partition is given as a :class:`~pannier.kernels.batches.Partition`: walking it streams,
        ``len()`` and indexing make it whole.  A result that is not many records (a number, a text, a
        dict, a data frame) is one record.  An argument may be a value, an item, a delayed value, or a
        bag with as many partitions, of which ``func`` gets partition i as a list.

        >>> import pannier as pn
        >>> pn.range(5, npartitions=2).map_partitions(sum).compute(scheduler="sync")
        [1, 9]
        """
        _check_callable("map_partitions", func)
        bags = {arg.name: arg.node for arg in (*args, *kwargs.values()) if isinstance(arg, BagBase)}
        _check_alike([self.node, *bags.values()])
        operands = Operands(list(bags.values()), {name: i for i, name in enumerate(bags)})

        def slot(arg: Any) -> Any:
            return Slot(operands.places[arg.name]) if isinstance(arg, BagBase) else arg

        args, kwargs = fill_arguments(
            tuple(map(slot, args)), {name: slot(arg) for name, arg in kwargs.items()}, operands
        )
        singles = len(operands.nodes) - len(bags)
        broadcast = (False,) * (1 + len(bags)) + (True,) * singles
        kernel = MapPartitions(func, args, kwargs)
        return self._node(
            "map_partitions", kernel, (self.node, *operands.nodes), Aligned(self.npartitions, broadcast)
        )

    def map_partitions_with_index(self, func: Callable[[int, Iterable[Any]], Any]) -> Self:
        """A bag whose partition i is what ``func(i, partition i)`` returns.

        >>> import pannier as pn
        >>> b = pn.range(4, npartitions=2)
        >>> b.map_partitions_with_index(lambda i, records: [(i, sum(records))]).compute(
        ...     scheduler="sync"
        ... )
        [(0, 1), (1, 5)]
        """
        shown = f"map_partitions_with_index({name_of(func)})"
        kernel = MapPartitions(_index_first, (func, Slot(0)), shown=shown)
        return self._step("map_partitions", kernel, params=range(self.npartitions))

    def glom(self) -> Self:
        """A bag of one list a partition: its records."""
        return self._step("glom", MapPartitions(_as_one, shown="glom"))

    def random_sample(self, prob: float, random_state: int | random.Random | None = None) -> Self:
        """A bag of each record with probability ``prob``; the same ones for the same ``random_state``.

        Raises :class:`~pannier.errors.UsageError` unless ``0 <= prob <= 1``.

        >>> import pannier as pn
        >>> b = pn.range(1000, npartitions=4)
        >>> b.random_sample(0.5, 42).compute(scheduler="sync") == b.random_sample(0.5, 42).compute(
        ...     scheduler="sync"
        ... )
        True
        """
        if not 0 <= prob <= 1:
            raise UsageError(f"prob must be between 0 and 1, not {prob!r}")
        return self._step("random_sample", RandomSample(prob), params=_seeds(random_state, self.npartitions))

    def sample(self, fraction: float, seed: int | None = None) -> Self:
        """:meth:`random_sample` under the name PySpark gives it."""
        return self.random_sample(fraction, seed)

    def sample_by_key(self, fractions: Mapping[Any, float], seed: int | random.Random | None = None) -> Self:
        """A bag of each record ``(key, value)`` with probability ``fractions[key]``, its own for each key.

        The same records for the same ``seed``, on every scheduler.  Raises
        :class:`~pannier.errors.UsageError` unless all fractions are from 0 to 1; computing it raises KeyError
        for a key that is not among them, so give a defaultdict where others count as 0.

        >>> import pannier as pn
        >>> b = pn.range(1000, npartitions=4).key_by(lambda x: "odd" if x % 2 else "even")
        >>> sampled = b.sample_by_key({"odd": 1, "even": 0.1}, seed=42).keys()
        >>> sampled.count_by_value().compute(scheduler="sync")
        {'odd': 500, 'even': 50}
        """
        for key, fraction in fractions.items():
            if not 0 <= fraction <= 1:
                raise UsageError(f"the fraction of {key!r:.80} must be between 0 and 1, not {fraction!r}")
        kernel = SampleByKey(copy.copy(fractions))
        return self._step("sample_by_key", kernel, params=_seeds(seed, self.npartitions))


def _seeds(random_state: int | random.Random | None, npartitions: int) -> list[int]:
    """A seed for each partition."""
    source = random_state if isinstance(random_state, random.Random) else random.Random(random_state)
    return [source.getrandbits(64) for _ in range(npartitions)]


def _check_callable(verb: str, func: object) -> None:
    if not callable(func):
        raise TypeError(f"{verb} needs a function, not {func!r:.80}")
    if is_collection(func):
        raise TypeError(
            f"{verb} needs a function that runs when it is called, not {func!r:.80}, whose calls are put off; "
            "give it the function itself"
        )


def _check_predicate(verb: str, predicate: object) -> None:
    if predicate is not None:  # which the builtin takes for the truth of records
        _check_callable(verb, predicate)


def _check_alike(nodes: list[Node]) -> None:
    counts = [node.npartitions for node in nodes]
    if len(set(counts)) > 1:
        raise UsageError(
            f"bags side by side must have the same number of partitions, not {counts}; use .repartition(n)"
        )


def _index_first(records: Iterable[Any], func: Callable[[int, Iterable[Any]], Any], index: int) -> Any:
    return func(index, records)


def _as_one(records: Iterable[Any]) -> list[list[Any]]:
    return [list(records)]
