"""Delayed: function calls put off until they are computed."""

from __future__ import annotations

import operator
from typing import Any

import pytest

import pannier as pn
from pannier.errors import UsageError
from pannier.testing.assertions import no_compute


@pn.delayed
def inc(x: int) -> int:
    """The next one."""
    return x + 1


def test_calls_are_put_off() -> None:
    """A graph of calls is built by calling, and runs when it is asked for."""
    with no_compute():
        total = pn.delayed(sum)([inc(1), inc(inc(1)), 10])
    assert isinstance(total, pn.Delayed)
    assert total.compute() == 15
    assert total.compute(scheduler="threads") == 15


def test_arguments_at_any_depth() -> None:
    """Delayed values inside lists, tuples, dicts and sets, by place and by name, are computed first."""
    collect = pn.delayed(lambda *args, **kwargs: (args, kwargs))
    call = collect([inc(1), (inc(2), {"k": inc(3)})], {inc(4)}, name=[inc(5)])
    assert call.compute() == (([2, (3, {"k": 4})], {5}), {"name": [6]})


def test_every_call_is_its_own() -> None:
    """A function may be impure, so equal calls are not taken for one; one value used twice is made once."""
    calls: list[int] = []

    def work(x: int) -> int:
        calls.append(x)
        return x

    call = pn.delayed(work)
    first, second = call(1), call(1)
    assert first.key != second.key
    assert pn.compute(first, second, first + first) == (1, 1, 2)
    assert calls == [1, 1]


def test_a_value_is_delayed_as_it_is() -> None:
    """Lists and dicts are not taken apart; what is delayed already stays."""
    value = {"a": [1, 2]}
    assert pn.delayed(value).compute() == value
    assert pn.delayed(value)["a"].compute() == [1, 2]
    assert pn.delayed(inc) is inc
    one = inc(0)
    assert pn.delayed(one) is one


def test_arithmetic() -> None:
    """With values, delayed values and items."""
    two = inc(1)
    assert ((two + 1) * two - pn.range(3, 1).sum()).compute() == 3
    assert pn.delayed([3, 1])[0].compute() == 3
    assert isinstance(two < 3, pn.Delayed)
    assert (two < 3).compute() is True


def test_bags_go_in_as_single_values_only() -> None:
    """A bag of many partitions as an argument would be a surprise; the error says what to pass."""
    bag = pn.range(4, 2)
    with pytest.raises(UsageError, match=r"a Bag cannot be an argument here.*\.to_delayed\(\)"):
        pn.delayed(len)([bag])
    assert pn.delayed(len)(bag.to_delayed()).compute() == 2
    assert pn.delayed(operator.add)(bag.sum(), 1).compute() == 7


def test_a_failure_names_the_call() -> None:
    """The key begins with the function's name."""
    with pytest.raises(TypeError) as caught:
        inc("x").compute()
    assert caught.value.__notes__[0].startswith("in task 'inc-")


def test_persist() -> None:
    """A value that is kept is a delayed value still."""
    calls: list[int] = []
    kept = pn.delayed(lambda x: calls.append(x) or x)(5).persist()
    assert isinstance(kept, pn.Delayed)
    assert (kept.compute(), (kept + 1).compute(), calls) == (5, 6, [5])


def test_delayed_things_show_what_they_are() -> None:
    """Functions by name, values by key."""
    assert repr(inc) == f"delayed({__name__}.inc)"
    assert repr(inc(1)).startswith("Delayed<inc-")


def test_exceptions_and_none_are_values_too() -> None:
    """What a function returns is its value, whatever it is."""
    values: list[Any] = [None, ValueError("kept"), (), NotImplemented]
    for value in values:
        assert pn.delayed(lambda value=value: value)().compute() is value
