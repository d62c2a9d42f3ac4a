"""Items: one value made from a bag, and what can be done with it before it is computed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

import pannier as pn
from pannier.testing.assertions import no_compute

BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.and_,
    operator.or_,
    operator.xor,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]


def item(value: int) -> pn.Item:
    """An item of that value."""
    return pn.from_sequence([value], npartitions=1).sum()


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_arithmetic(op: Callable[[Any, Any], Any]) -> None:
    """With a value on either side, with another item and with a delayed value: another item."""
    with no_compute():
        made = [op(item(7), 3), op(7, item(3)), op(item(7), item(3)), op(item(7), pn.delayed(3))]
    assert all(type(each) is pn.Item for each in made)
    assert [each.compute() for each in made] == [op(7, 3)] * 4


@pytest.mark.parametrize(
    "op", [operator.neg, operator.pos, operator.abs, operator.invert], ids=lambda op: op.__name__
)
def test_signs(op: Callable[[Any], Any]) -> None:
    """The operators of one value."""
    assert op(item(-7)).compute() == op(-7)


def test_subscripts_and_functions() -> None:
    """What is inside the value, and any function of it."""
    counts = pn.from_sequence("abca").count_by_value()
    assert counts["a"].compute() == 2
    assert counts.apply(len).compute() == 3
    assert pn.range(4, 2).sum().apply(str)[0].compute() == "6"


def test_work_is_shared() -> None:
    """An expression of several items reads the bag once."""
    calls: list[int] = []
    bag = pn.range(6, 3).map(lambda x: calls.append(x) or x)
    assert (bag.sum() / bag.count() + bag.max() * 0).compute() == 2.5
    assert sorted(calls) == list(range(6))


@pytest.mark.parametrize(
    "made",
    [lambda: item(1), lambda: item(1) > 0, lambda: pn.delayed(1)],
    ids=["item", "comparison", "delayed"],
)
def test_there_is_no_truth_before_computing(made: Callable[[], Any]) -> None:
    """``if total > 3`` would always be true; it is an error that says what to write."""
    value = made()
    name = type(value).__name__
    with pytest.raises(
        TypeError, match=f"this {name} is not computed yet, so its truth is not known; call .compute"
    ):
        bool(value)
    with pytest.raises(
        TypeError, match=f"this {name} is not computed yet, so it cannot be walked; .*call .compute"
    ):
        list(value)
    with pytest.raises(TypeError):
        1 in value  # noqa: B015
    with pytest.raises(TypeError):
        len(value)


def test_equal_items_are_the_same_work() -> None:
    """They hash alike, so they can be in sets and keys of dicts, although ``==`` gives an item."""
    total = item(3)
    assert hash(total) == hash(item(3))
    assert isinstance(total == total, pn.Item)  # noqa: PLR0124
    assert {total: "kept"}[total] == "kept"
    assert total.name == item(3).name != item(4).name


def test_to_delayed_and_back() -> None:
    """The value as an argument of delayed functions, and a delayed value as an item."""
    assert pn.delayed(max)(item(3).to_delayed(), item(5)).compute() == 5
    made = pn.Item.from_delayed(pn.delayed(len)("abc"))
    assert type(made) is pn.Item
    assert (made + 1).compute() == 4


def test_items_as_arguments() -> None:
    """Of ``map`` by place and by name, of ``map_partitions`` and ``starmap``: the value, in every call."""
    bag, top = pn.range(4, 2), pn.range(4, 2).max()
    assert bag.map(operator.sub, top).compute() == [-3, -2, -1, 0]
    assert bag.map(lambda x, top: (x, top), top=top).compute() == [(x, 3) for x in range(4)]
    assert bag.map_partitions(lambda part, top: [sum(part), top], top).compute() == [1, 3, 5, 3]
    assert pn.zip(bag, bag).starmap(lambda x, y, n: x + y + n, n=top).compute() == [3, 5, 7, 9]


def test_an_item_shows_its_verb() -> None:
    """In a prompt one sees what it is, not an answer."""
    assert repr(item(3)).startswith("Item<sum-")
