"""Verbs that treat records, or partitions, on their own: the same as a comprehension over the whole."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import pytest
import toolz
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from tests.oracle.strategies import WAYS, Parted, agree, bags, dicts, ints, mixed, pairs, quick, words


@quick
@given(bags(mixed))
def test_bag_is_its_records(case: Parted) -> None:
    """A bag computes to its records in order; iterating it gives the same."""
    agree(lambda: case.bag, lambda: case.records)
    assert list(case.bag) == case.records
    assert case.bag.npartitions == len(case.partitions)


@quick
@given(bags(ints))
def test_map(case: Parted) -> None:
    """``map`` is the builtin; a function that raises raises its own exception."""
    agree(lambda: case.bag.map(lambda x: x * 2), lambda: [x * 2 for x in case.records])
    agree(lambda: case.bag.map(lambda x: 1 / x), lambda: [1 / x for x in case.records])


@quick
@given(bags(ints), ints)
def test_map_with_values(case: Parted, n: int) -> None:
    """Further arguments are given to every call, by place and by name."""
    agree(lambda: case.bag.map(operator.sub, n), lambda: [x - n for x in case.records])
    agree(lambda: case.bag.map(_affine, n, shift=3), lambda: [x * n + 3 for x in case.records])
    agree(lambda: case.bag.map(_affine, shift=n), lambda: [x + n for x in case.records])


def _affine(x: int, factor: int = 1, shift: int = 0) -> int:
    return x * factor + shift


@quick
@given(bags(ints))
def test_map_with_items_and_delayed_values(case: Parted) -> None:
    """An item or a delayed value among the arguments is its value in every call."""
    agree(
        lambda: case.bag.map(operator.sub, case.bag.count()),
        lambda: [x - len(case.records) for x in case.records],
    )
    agree(
        lambda: case.bag.map(_affine, pn.delayed(5), shift=case.bag.sum()),
        lambda: [x * 5 + sum(case.records) for x in case.records],
    )


@quick
@given(bags(ints))
def test_map_with_bags(case: Parted) -> None:
    """Bags among the arguments are taken side by side, the bag itself included."""
    other = case.bag.map(lambda x: x + 10)
    agree(lambda: case.bag.map(_affine, other), lambda: [x * (x + 10) for x in case.records])
    agree(lambda: case.bag.map(_affine, shift=other), lambda: [x + x + 10 for x in case.records])
    agree(
        lambda: case.bag.map(_affine, case.bag, shift=other.count()),
        lambda: [x * x + len(case.records) for x in case.records],
    )
    agree(lambda: pn.map(_affine, other, 2, case.bag), lambda: [(x + 10) * 2 + x for x in case.records])


@quick
@given(bags(pairs))
def test_starmap(case: Parted) -> None:
    """``starmap`` is that of itertools, with named arguments given to every call."""
    agree(lambda: case.bag.starmap(operator.mul), lambda: list(itertools.starmap(operator.mul, case.records)))
    agree(lambda: case.bag.starmap(_repeat, end="!"), lambda: [word * n + "!" for word, n in case.records])


def _repeat(word: str, n: int, end: str) -> str:
    return word * n + end


@quick
@given(bags(mixed))
def test_filter_and_remove(case: Parted) -> None:
    """``filter`` keeps and ``remove`` drops what the predicate finds true, as truth values go."""
    agree(lambda: case.bag.filter(bool), lambda: list(filter(None, case.records)))
    agree(lambda: case.bag.remove(bool), lambda: [x for x in case.records if not x])
    agree(lambda: case.bag.filter(lambda x: x), lambda: [x for x in case.records if x])


@quick
@given(bags(dicts), st.sampled_from(["name", "n", ["name"], ["name", "n"], []]))
def test_pluck(case: Parted, key: Any) -> None:
    """``pluck`` looks a key or keys up in every record; a missing one raises unless there is a default."""
    agree(lambda: case.bag.pluck(key), lambda: list(toolz.pluck(key, case.records)))
    agree(lambda: case.bag.pluck(key, None), lambda: list(toolz.pluck(key, case.records, None)))


@quick
@given(bags(words), st.sampled_from([0, 1, -1, [0, 2]]))
def test_pluck_by_position(case: Parted, key: Any) -> None:
    """Positions work as keys do, from the end too."""
    agree(lambda: case.bag.pluck(key), lambda: list(toolz.pluck(key, case.records)))
    agree(lambda: case.bag.pluck(key, "-"), lambda: list(toolz.pluck(key, case.records, "-")))


@quick
@given(bags(st.lists(ints, max_size=3)))
def test_flatten(case: Parted) -> None:
    """``flatten`` chains the records, one level deep."""
    agree(case.bag.flatten, lambda: list(itertools.chain.from_iterable(case.records)))


@quick
@given(bags(words))
def test_flat_map(case: Parted) -> None:
    """``flat_map`` is map, then flatten."""
    agree(
        lambda: case.bag.flat_map(str.split), lambda: [part for word in case.records for part in word.split()]
    )
    agree(
        lambda: case.bag.flat_map(str.split, "a"),
        lambda: [part for word in case.records for part in word.split("a")],
    )


@quick
@given(bags(pairs))
def test_verbs_of_pairs(case: Parted) -> None:
    """Keys, values, and functions of one of the two."""
    records = case.records
    agree(case.bag.keys, lambda: [word for word, _ in records])
    agree(case.bag.values, lambda: [n for _, n in records])
    agree(lambda: case.bag.map_values(abs), lambda: [(word, abs(n)) for word, n in records])
    agree(lambda: case.bag.map_values(lambda n: 1 / n), lambda: [(word, 1 / n) for word, n in records])
    agree(
        lambda: case.bag.flat_map_values(range), lambda: [(word, i) for word, n in records for i in range(n)]
    )
    agree(lambda: case.bag.key_by(lambda pair: pair[1]), lambda: [(pair[1], pair) for pair in records])


@quick
@given(bags(ints))
def test_map_partitions(case: Parted) -> None:
    """The function gets each partition once; what it returns is the new one, a single value one record."""
    agree(
        lambda: case.bag.map_partitions(sorted), lambda: [x for part in case.partitions for x in sorted(part)]
    )
    agree(lambda: case.bag.map_partitions(sum), lambda: list(map(sum, case.partitions)))
    agree(lambda: case.bag.map_partitions(len), lambda: list(map(len, case.partitions)))
    agree(
        lambda: case.bag.map_partitions(lambda part: (x for x in part if x)),
        lambda: [x for x in case.records if x],
    )
    agree(lambda: case.bag.map_partitions(max), lambda: list(map(max, case.partitions)))
    agree(case.bag.glom, lambda: case.partitions)
    agree(
        lambda: case.bag.map_partitions_with_index(lambda i, part: [(i, x) for x in part]),
        lambda: [(i, x) for i, part in enumerate(case.partitions) for x in part],
    )


@quick
@given(bags(ints))
def test_map_partitions_with_arguments(case: Parted) -> None:
    """Other bags come partition by partition; items and values whole."""
    doubled = case.bag.map(lambda x: 2 * x)
    agree(
        lambda: case.bag.map_partitions(_interleave, doubled, end=case.bag.count()),
        lambda: [
            x
            for part in case.partitions
            for x in _interleave(part, [2 * y for y in part], end=len(case.records))
        ],
    )


def _interleave(part: Any, other: Any, end: int) -> list[int]:
    return [x for pair in zip(part, other, strict=True) for x in pair] + [end]


@quick
@given(bags(words), bags(words))
def test_a_step_that_walks_twice_or_not_at_all(case: Parted, other: Parted) -> None:
    """A function that makes the partition a list may walk it as often as it likes; one may ignore it."""
    agree(
        lambda: case.bag.map_partitions(lambda part: [(x, len(part)) for x in list(part)]),
        lambda: [(x, len(part)) for part in case.partitions for x in part],
    )
    agree(lambda: other.bag.map_partitions(lambda _: ["same"]), lambda: ["same"] * len(other.partitions))


@quick
@given(bags(words))
def test_str(case: Parted) -> None:
    """``.str`` has the methods of text."""
    agree(case.bag.str.upper, lambda: [word.upper() for word in case.records])
    agree(lambda: case.bag.str.split("a"), lambda: [word.split("a") for word in case.records])
    agree(
        lambda: case.bag.str.split("a", maxsplit=1),
        lambda: [word.split("a", maxsplit=1) for word in case.records],
    )
    agree(
        lambda: case.bag.str.match("a*b"), lambda: [x for x in case.records if x[:1] == "a" and x[-1:] == "b"]
    )


@quick
@given(bags(ints))
def test_long_chain(case: Parted) -> None:
    """Steps fuse into one task a partition without changing the answer."""
    agree(
        lambda: (
            case.bag.map(abs)
            .filter(lambda x: x > 1)
            .map(str)
            .flat_map(list)
            .remove(str.isspace)
            .map(int)
            .glom()
        ),
        lambda: [[abs(x) for x in part if abs(x) > 1] for part in case.partitions],
    )


@quick
@given(bags(ints), st.integers(0, 2**64), st.sampled_from([0.0, 0.3, 1.0]))
def test_random_sample(case: Parted, seed: int, prob: float) -> None:
    """A sample is a subsequence, the same for the same seed; nothing and everything at the ends."""
    first, second = (case.bag.random_sample(prob, seed).compute() for _ in range(2))
    assert first == second
    walk = iter(case.records)
    assert all(x in walk for x in first)
    assert prob != 1.0 or first == case.records
    assert prob != 0.0 or first == []


def _stop_at_three(x: Any, *_: Any) -> Any:
    if x == 3:
        raise StopIteration
    return x


STOPPING: dict[str, Callable[[Any], Any]] = {
    "map": lambda bag: bag.map(_stop_at_three),
    "map with a value": lambda bag: bag.map(_stop_at_three, 1),
    "map with a bag": lambda bag: bag.map(_stop_at_three, bag),
    "starmap": lambda bag: bag.map(lambda x: (x,)).starmap(_stop_at_three),
    "filter": lambda bag: bag.filter(_stop_at_three),
    "remove": lambda bag: bag.remove(_stop_at_three),
    "flat_map": lambda bag: bag.flat_map(lambda x: [_stop_at_three(x)]),
    "key_by": lambda bag: bag.key_by(_stop_at_three),
    "map_values": lambda bag: bag.key_by(str).map_values(_stop_at_three),
    "flat_map_values": lambda bag: bag.key_by(str).flat_map_values(lambda x: [_stop_at_three(x)]),
    "accumulate": lambda bag: bag.accumulate(lambda _, x: _stop_at_three(x), initial=0),
    "fold": lambda bag: bag.fold(lambda _, x: _stop_at_three(x), max, initial=0),
    "foldby": lambda bag: bag.foldby(_stop_at_three, max),
    "max": lambda bag: bag.max(key=_stop_at_three),
    "topk": lambda bag: bag.topk(9, key=_stop_at_three),
    "distinct": lambda bag: bag.distinct(key=_stop_at_three),
    "join": lambda bag: bag.join([0], _stop_at_three, abs),
}


@pytest.mark.parametrize("verb", STOPPING)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_stop_iteration_does_not_end_a_partition(verb: str, way: str, place: int) -> None:
    """A function that raises StopIteration fails like any other; records after it are not lost in silence."""
    records = [0, 1, 2]
    records[place] = 3
    bag = WAYS[way]([records, [4]])
    with pytest.raises((StopIteration, RuntimeError)):
        STOPPING[verb](bag).compute()
