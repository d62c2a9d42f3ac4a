"""Joins and their relatives: the same as plain Python over the whole, however sides are cut and brought together."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from pannier.testing import no_compute
from tests.oracle.strategies import WAYS, Parted, bags, mixed, quick

keys = st.one_of(
    st.sampled_from([1, 1.0, True, 0, -0.0, None, "", "a", "1", b"a", (1, "a"), (1.0, "a"), frozenset({1})]),
    st.integers(-3, 3),
)
"""Of several types, many of them equal to others."""
keyed = st.tuples(keys, st.integers(0, 99))
nested = st.one_of(
    mixed,
    st.lists(st.sampled_from([0, 1, 1.0, "a"]), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from([0, 1, 1.0, None]), max_size=2),
    st.sampled_from([([1],), ([1.0],), ({"a": [1]},), {1}, frozenset({1}), (1,)]),
)
"""Records that can be hashed and others."""
HOWS = ["inner", "left", "right", "outer", "semi", "anti"]


def plain_join(own: list[Any], others: list[Any], how: str, by_key: bool) -> list[Any]:
    """A join of ``(key, value)`` lists by comparing everything with everything."""

    def shown(key: Any, mine: Any, match: Any) -> Any:
        return (key, (mine and mine[1], match and match[1])) if by_key else (match, mine)

    if how in {"semi", "anti"}:
        return [mine for mine in own if any(mine[0] == each[0] for each in others) is (how == "semi")]
    made = []
    for mine in own:
        matches = [each for each in others if each[0] == mine[0]]
        made += [shown(mine[0], mine, each) for each in matches]
        if how in {"left", "outer"} and not matches:
            made.append(shown(mine[0], mine, None))
    if how in {"right", "outer"}:
        made += [shown(each[0], None, each) for each in others if all(each[0] != mine[0] for mine in own)]
    return made


def may_broadcast(how: str) -> list[bool | None]:
    return [False, None] if how == "outer" else [True, False, None]


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("how", HOWS)
@quick
@given(data=st.data(), case=bags(keyed), other=bags(keyed))
def test_joins(how: str, by_key: bool, data: st.DataObject, case: Parted, other: Parted) -> None:
    """Each kind, by key or by what to look up, whichever side is sent where, into any number of partitions."""
    expected = Counter(plain_join(case.records, other.records, how, by_key))
    on = None if by_key else 0
    for broadcast in may_broadcast(how):
        npartitions = None if broadcast else data.draw(st.sampled_from([None, 1, 3]))
        with no_compute():
            joined = case.bag.join(other.bag, on, how=how, broadcast=broadcast, npartitions=npartitions)
            assert npartitions in {None, joined.npartitions}
        assert Counter(joined.compute()) == expected


@quick
@given(bags(st.integers(0, 9)), bags(st.text("ab", max_size=4)))
def test_joins_by_functions(case: Parted, other: Parted) -> None:
    """Each side has its own key."""
    expected = [(word, x) for x in case.records for word in other.records if len(word) == x % 3]
    for broadcast in (True, False):
        joined = case.bag.join(other.bag, lambda x: x % 3, len, broadcast=broadcast)
        assert Counter(joined.compute()) == Counter(expected)


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer"])
@quick
@given(case=bags(keys), other=bags(keys))
def test_order_within_a_key(how: str, case: Parted, other: Parted) -> None:
    """Own records in their order, and the matches of each in that of the other side, where that is what goes."""
    mine, others = case.bag.zip_with_index(), other.bag.zip_with_index()
    for broadcast in [False] if how in {"right", "outer"} else [True, False]:
        joined = mine.join(others, how=how, broadcast=broadcast).compute()
        for key in {key for key, _ in joined}:
            pairs = [[-1 if x is None else x for x in pair] for k, pair in joined if k == key]
            assert pairs == sorted(pairs)


@pytest.mark.parametrize("how", ["inner", "right"])
@quick
@given(case=bags(keyed), other=bags(keyed, max_partitions=3))
def test_this_bag_goes_to_every_worker(how: str, case: Parted, other: Parted) -> None:
    """Where it alone is known to be small; records are then in the order of the other side."""
    one = pn.from_sequence(case.records, npartitions=1)
    many = pn.from_delayed([pn.delayed(list)(part) for part in [*other.partitions, []]])
    joined = one.join(many, how=how)
    assert "this bag goes to every worker" in joined.explain()
    assert joined.npartitions == many.npartitions
    found = joined.compute()
    assert Counter(found) == Counter(plain_join(case.records, other.records, how, by_key=True))
    order = [key for key, _ in other.records]
    if len(set(order)) == len(order):
        places = [order.index(key) for key, _ in found]
        assert places == sorted(places)


@quick
@given(bags(keyed), st.lists(keyed, max_size=5))
def test_the_other_side_may_be_values(case: Parted, small: list[Any]) -> None:
    """An iterable, a delayed value or an item, sent or shuffled."""
    for how in ("inner", "outer", "anti"):
        expected = Counter(plain_join(case.records, small, how, by_key=True))
        assert Counter(case.bag.join(iter(small), how=how).compute()) == expected
        assert Counter(case.bag.join(pn.delayed(list)(small), how=how).compute()) == expected
        item = pn.from_sequence(small, npartitions=2).fold(lambda a, x: [*a, x], list.__add__, initial=[])
        assert Counter(case.bag.join(item, how=how, broadcast=False).compute()) == expected


@quick
@given(bags(keyed), st.sampled_from([True, False]))
def test_a_bag_with_itself(case: Parted, broadcast: bool) -> None:
    """Both sides are made once, and joined as if they were two."""
    expected = Counter(plain_join(case.records, case.records, "inner", by_key=True))
    assert Counter(case.bag.join(case.bag, broadcast=broadcast).compute()) == expected


@quick
@given(bags(keyed), bags(keyed), bags(keyed))
def test_cogroup(case: Parted, second: Parted, third: Parted) -> None:
    """For every key of any bag the values of each, in their order."""
    sides = [case.records, second.records, third.records]
    expected = {
        key: tuple([[value for k, value in side if k == key] for side in sides])
        for key, _ in itertools.chain.from_iterable(sides)
    }
    made = case.bag.cogroup(second.bag, third.bag).compute()
    assert dict(made) == expected
    assert len(made) == len(expected)
    whole = case.bag.cogroup(second.bag, on=0, npartitions=2)
    assert whole.npartitions == 2
    assert dict(whole.compute()) == {
        key: tuple([[record for record in side if record[0] == key] for side in sides[:2]])
        for key, _ in itertools.chain.from_iterable(sides[:2])
    }


@quick
@given(bags(nested), bags(nested))
def test_subtract_and_intersection(case: Parted, other: Parted) -> None:
    """As ``in`` has it, of records that cannot be hashed too; the first stays, duplicates or one of each."""
    left = [record for record in case.records if record not in other.records]
    both: list[Any] = []
    for record in case.records:
        if record in other.records and record not in both:
            both.append(record)
    for npartitions in (None, 2):
        assert same(case.bag.subtract(other.bag, npartitions).compute(), left)
        assert same(case.bag.intersection(other.bag, npartitions).compute(), both)


def same(found: list[Any], expected: list[Any]) -> bool:
    """Whether the lists have the very same records, of the same types, in any order."""
    return Counter(map(repr, found)) == Counter(map(repr, expected))


@quick
@given(bags(keyed), bags(keyed))
def test_subtract_by_key(case: Parted, other: Parted) -> None:
    """Records whose key is none of the other side's, exactly as they were."""
    kept = [record for record in case.records if all(record[0] != key for key, _ in other.records)]
    assert same(case.bag.subtract_by_key(other.bag).compute(), kept)
    assert same(case.bag.subtract_by_key(other.bag, npartitions=2).compute(), kept)


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("broadcast", [True, False])
def test_all_nan_are_one_key(scheduler: str, broadcast: bool) -> None:
    """Whichever processes they have been to, alone and in tuples."""
    nan = float("nan")
    mine = pn.from_sequence([(nan, 1), ((1, nan), 2), (math.nan, 3), ("a", 4)], npartitions=3)
    others = pn.from_sequence([(float("inf") - float("inf"), "x"), ((1, -nan), "y")], npartitions=2)
    joined = mine.join(others, how="left", broadcast=broadcast).values()
    found = joined.compute(scheduler=scheduler, num_workers=2)
    assert sorted(found) == [(1, "x"), (2, "y"), (3, "x"), (4, None)]
    if not broadcast:
        joined = mine.join(others, how="outer").values()
        assert len(joined.compute(scheduler=scheduler, num_workers=2)) == 4


OWN = [[("a", 1), (1, 2)], [], [(True, 3), (None, 4)], [((1, 2), 5), ("b", 6), ("a", 7)]]
OTHER = [[("a", "x")], [(1.0, "y"), (None, "z"), ("a", "w")], [("c", "v")], []]


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
@pytest.mark.parametrize("how", HOWS)
def test_on_every_scheduler(how: str, scheduler: str) -> None:
    """The same answers, however the bags were made."""
    expected = Counter(plain_join([*itertools.chain(*OWN)], [*itertools.chain(*OTHER)], how, by_key=True))
    for way in ("delayed lists", "filter"):
        for broadcast in may_broadcast(how):
            joined = WAYS[way](OWN).join(WAYS[way](OTHER), how=how, broadcast=broadcast)
            assert Counter(joined.compute(scheduler=scheduler, num_workers=2)) == expected


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("how", ["inner", "semi"])
@pytest.mark.parametrize("broadcast", [True, False])
def test_keys_that_cannot_be_hashed(scheduler: str, side: int, how: str, broadcast: bool) -> None:
    """TypeError with the record, and with the next step."""
    bags = [pn.range(10, npartitions=2), pn.range(10, npartitions=3)]
    bags[side] = bags[side].map(lambda x: [x] if x == 7 else x)
    joined = bags[0].join(bags[1], on_self=lambda x: x, how=how, broadcast=broadcast)
    with pytest.raises(TypeError, match="unhashable") as caught:
        joined.compute(scheduler=scheduler, num_workers=2)
    notes = "\n".join(caught.value.__notes__)
    assert "[7]" in notes
    assert "record 2 of" in notes if side == 0 else "record 1 of" in notes
    assert "make a tuple of a list" in notes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"how": "lefty"}, "did you mean 'left'"),
        ({"how": "outer", "broadcast": True}, "neither side of a join with how='outer' may be"),
        ({"on_other": 0}, "on_self is not"),
        ({"broadcast": True, "npartitions": 2}, "leave out npartitions"),
        ({"npartitions": 0}, "at least 1 partition"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    """Are refused when building, with the next step."""
    bag = pn.from_sequence([(1, 2)])
    with no_compute(), pytest.raises(UsageError, match=message):
        bag.join(bag, **options)
    with no_compute(), pytest.raises(UsageError, match="at least one other"):
        bag.cogroup()
