"""Delayed: function calls put off until they are computed."""

from __future__ import annotations

import asyncio
import collections
import copy
import dataclasses
import operator
import pickle
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cloudpickle
import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier.errors import GraphError, UsageError
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

    def noted(x: int) -> int:
        calls.append(x)
        return x

    kept = pn.delayed(noted)(5).persist()
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


@dataclasses.dataclass(frozen=True)
class Job:
    """A dataclass that sets a field itself, and refuses to be changed."""

    source: Any
    options: dict[str, Any]
    name: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", "job")


class Point(NamedTuple):
    """A named tuple."""

    x: Any
    y: Any


def same(value: Any) -> Any:
    return value


WITH_VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "dataclass": (lambda: Job(inc(1), {"a": [inc(2)]}), (2, {"a": [3]}, "job")),
    "namedtuple": (lambda: Point(inc(1), 5), Point(2, 5)),
    "ordered": (lambda: collections.OrderedDict(a=inc(1)), collections.OrderedDict(a=2)),
    "keys": (lambda: {inc(1): inc(2)}, {2: 3}),
    "slice": (lambda: slice(inc(0), None, inc(1)), slice(1, None, 2)),
    "frozenset": (lambda: frozenset([inc(1), 7]), frozenset([2, 7])),
    "values": ({"a": inc(1)}.values, [2]),
    "deep": (lambda: [({"a": [{inc(1)}]},)], [({"a": [{2}]},)]),
}
"""Values that hold delayed ones, and what a function is to get."""


@pytest.mark.parametrize("case", WITH_VALUES)
def test_values_inside_values(case: str) -> None:
    """Delayed values are found in arguments, in what is delayed and in what is computed, and types are kept."""
    make, expected = WITH_VALUES[case]
    answers = [pn.delayed(same)(make()).compute(), pn.delayed(same)(value=make()).compute()]
    answers += [pn.delayed(make()).compute(), *pn.compute(make())]
    for answer in answers:
        if case == "dataclass":
            assert type(answer) is Job
            answer = answer.source, answer.options, answer.name  # noqa: PLW2901
        assert answer == expected
        assert type(answer) is type(expected)


def test_iterators() -> None:
    """A generator is read when the call is made; each run gets an iterator of its own, over values."""
    total = pn.delayed(sum)(inc(i) for i in range(3))
    assert (total.compute(), total.compute()) == (6, 6)
    kind = pn.delayed(type)(map(inc, [1]))
    assert issubclass(kind.compute(), Iterator)
    assert pn.delayed(dict)(zip("ab", [inc(0), 5], strict=True)).compute() == {"a": 1, "b": 5}


def test_traverse() -> None:
    """``traverse=False`` takes a value as it is."""
    one = inc(1)
    assert pn.delayed([one], traverse=False).compute()[0] is one
    assert pn.delayed([one]).compute() == [2]
    assert pn.compute([one], traverse=False)[0][0] is one


def test_containers_without_delayed_values_stay_what_they_are() -> None:
    """A function gets the very list that was given, whether or not there are delayed values beside it."""
    given: list[int] = [1]
    for call in (pn.delayed(same)(given), pn.delayed(operator.is_)(given, given)):
        assert call.compute(scheduler="sync") in (given, True)
    assert pn.delayed(lambda x, y, z: x is given)(given, [inc(1)], z=inc(1)).compute(scheduler="sync")


def test_graph_words_are_values() -> None:
    """A task, a reference or a literal among the arguments is nothing but a value."""
    words = [pn.Ref("x"), pn.Literal(1)]
    kinds = pn.delayed(lambda *args: [type(arg) for arg in args])
    assert kinds(*words, inc(1)).compute() == [pn.Ref, pn.Literal, int]
    assert pn.delayed(lambda found, *_: type(found[0]))([words[0], inc(1)]).compute() is pn.Ref


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name)
    for name in "add sub mul truediv floordiv mod pow and_ or_ xor lshift rshift eq ne lt le gt ge".split()
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name: str) -> None:
    """Every operator, with the delayed value on either side or on both."""
    op = OPERATORS[name]
    two = inc(1)
    results = pn.compute(op(two, 3), op(3, two), op(two, two), scheduler="sync")
    assert results == (op(2, 3), op(3, 2), op(2, 2))
    assert all(type(each) is pn.Delayed for each in (op(two, 3), op(3, two)))


def test_more_operators() -> None:
    """Signs, subscripts, matrices; arrays and frames of pandas on the other side."""
    two, array, frame = inc(1), np.arange(4.0).reshape(2, 2), pd.Series([1, 2])
    assert pn.compute(-two, +two, ~two, abs(-two), scheduler="sync") == (-2, 2, -3, 2)
    product, reflected = pn.compute(pn.delayed(array) @ array, array @ pn.delayed(array), scheduler="sync")
    assert (product == array @ array).all()
    assert (reflected == product).all()
    added, series, scalar = pn.compute(array + two, frame * two, np.float64(2) * two, scheduler="sync")
    assert (added == array + 2).all()
    assert series.tolist() == [2, 4]
    assert scalar == 4.0
    assert pn.delayed([5, 6])[two - 1].compute() == 6


def test_equal_operators_are_done_once() -> None:
    """What is written twice with plain operands is one task; operands that look alike but differ are not."""
    two = inc(1)
    assert (two + 1).key == (two + 1).key
    assert len({(two + each).key for each in (1, 1.0, True, "1", two)}) == 5
    assert (two + 1).key != (1 + two).key


def test_attributes_and_methods() -> None:
    """Of the value: put off, with arguments that are delayed, by names that collections have too."""
    text = pn.delayed("a-b")
    assert text.split("-").compute() == ["a", "b"]
    assert text.replace("a", pn.delayed("c")).upper().compute() == "C-B"
    assert pn.delayed(pd.Series([1], name="x")).name.compute() == "x"
    assert pn.delayed(3).real.compute() == 3
    maker = pn.delayed(pd.DataFrame)
    assert maker.from_dict({"x": [inc(1)]}).x.sum().compute() == 2
    with pytest.raises(AttributeError, match=r"'nope'") as caught:
        text.nope().compute(scheduler="sync")
    assert "in task 'nope-" in caught.value.__notes__[0]
    with pytest.raises(AttributeError, match="underscore are read by a function"):
        text._private  # noqa: B018


def test_a_method_call_is_one_task() -> None:
    """The bound method is no value of its own, which could not always travel."""
    graph, keys = pn.delayed("a b").split().graph()
    assert len(graph.ordered(keys).keys) == 1


def test_functions_as_values() -> None:
    """A delayed function is the function where it is an argument; what a call returns can be called."""
    assert pn.delayed(lambda func, x: func(x))(inc, 1).compute() == 2
    assert pn.delayed(operator.methodcaller)("upper")("a").compute() == "A"
    function: Any = inc
    assert function.compute()(1) == 2
    assert (function.__name__, function.__doc__) == ("inc", "The next one.")
    assert function.__wrapped__(1) == 2

    class Model:
        scale = 3

        @pn.delayed
        def times(self, x: int) -> int:
            return self.scale * x

    assert Model().times(inc(1)).compute() == 6


def test_decorating_with_options() -> None:
    """Options may come before the function."""

    @pn.delayed(name="halve", nout=2)
    def halves(x: int) -> tuple[int, int]:
        return x // 2, x - x // 2

    both = halves(5)
    low, high = both
    assert (low.compute(), high.compute(), len(both)) == (2, 3, 2)
    assert both.key.startswith("halve-")
    again = pn.delayed(halves, name="again", pure=True)
    assert again(5).key == again(5).key != halves(5).key
    assert len(again(5)) == len(pn.delayed(pn.delayed([1, 2]), nout=2)) == 2
    assert pn.delayed(halves) is halves
    with pytest.raises(UsageError, match="nout is how many values"):
        pn.delayed(halves, nout=-1)
    with pytest.raises(UsageError, match="nout is how many values"):
        pn.delayed(same, nout="two")  # type: ignore[call-overload]


def test_what_is_refused() -> None:
    """Each says what to write instead."""
    one: Any = inc(0)
    with pytest.raises(TypeError, match="its truth is not known"):
        bool(one)
    with pytest.raises(TypeError, match=r"cannot be walked; say how many values .* nout=2"):
        list(one)
    with pytest.raises(TypeError, match="cannot be measured"):
        len(one)
    refusals: list[tuple[Callable[[], Any], str]] = [
        (lambda: setattr(one, "x", 1), "its attribute 'x' set"),
        (lambda: delattr(one, "x"), "its attribute 'x' deleted"),
        (lambda: operator.setitem(one, 0, 1), "an item of it set"),
        (lambda: operator.delitem(one, 0), "an item of it deleted"),
        (lambda: one.__iadd__(1), r"x = x \+ y"),
        (lambda: one.__imatmul__(1), r"x = x \+ y"),
    ]
    for refused, message in refusals:
        with pytest.raises(TypeError, match=f"a delayed value cannot have .*{message}.*\\.compute"):
            refused()


def test_pure_calls() -> None:
    """Equal pure calls are one; arguments are told apart by content and type, delayed ones by name."""
    calls: list[Any] = []

    @pn.delayed(pure=True)
    def work(*args: Any, **kwargs: Any) -> int:
        calls.append((args, kwargs))
        return len(calls)

    one = inc(0)
    frame = pd.DataFrame({"x": range(3)})
    alike = [work(1, [one], by=frame) for _ in range(3)] + [work(1, [one], by=frame.copy())]
    assert len({call.key for call in alike}) == 1
    others = [work(1.0, [one], by=frame), work(1, [inc(0)], by=frame), work(1, [one], by=frame + 1)]
    assert len({call.key for call in [*alike, *others]}) == 4
    assert pn.compute(*alike, scheduler="sync") == (1, 1, 1, 1)
    assert len(calls) == 1
    assert work(1, pure=False).key != work(1, pure=False).key
    assert pn.delayed(same)(1, pure=True).key == pn.delayed(same)(1, pure=True).key
    assert pn.delayed({"a": 1}, pure=True).key == pn.delayed({"a": 1}, pure=True).key


def test_names() -> None:
    """A call and a value may be named, also in Dask's word; two calls of one name are an error."""
    call = pn.delayed(same)(1, pannier_key_name="one")
    assert call.key == "one"
    assert pn.delayed(same)(1, dask_key_name="uno").key == "uno"
    assert pn.delayed([1], name="list").key == "list"
    assert pn.compute(call, call, scheduler="sync") == (1, 1)
    with pytest.raises(GraphError, match="two calls are named 'one'"):
        pn.compute(call, pn.delayed(same)(2, pannier_key_name="one"))
    with pytest.raises(UsageError, match="the name of a call is a text"):
        pn.delayed(same)(1, pannier_key_name=("x", 1))


def test_await() -> None:
    """In a coroutine."""

    async def main() -> list[int]:
        return [await inc(1), await (inc(1) + 1)]

    assert asyncio.run(main()) == [2, 3]


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps], ids=["pickle", "cloudpickle"])
def test_delayed_values_travel(dumps: Callable[[Any], bytes]) -> None:
    """Copies, of chains of any length, are the same values: what they share is done once."""
    value = pn.delayed(operator.add)(1, 1)
    for _ in range(5_000):
        value = pn.delayed(operator.add)(value, 1)
    one, other = pickle.loads(dumps((value + 1, value + 2)))
    assert (one.key, pn.compute(one, other, scheduler="sync")) == ((value + 1).key, (5003, 5004))
    assert len(pn.computing.to_graph([one, other])[0].tasks) == 5_003


def test_copies() -> None:
    """A delayed value cannot change, so it is its own copy."""
    value = {"a": [inc(1)]}
    assert copy.deepcopy(value)["a"][0] is value["a"][0] is copy.copy(value["a"][0])


def test_graphs_are_shared_with_other_collections() -> None:
    """A bag, what is delayed of its partitions, and a bag of that again: each step is done once in one run."""
    calls: list[int] = []

    def noted(x: int) -> int:
        calls.append(x)
        return x

    bag = pn.range(4, npartitions=2).map(noted)
    sums = [pn.delayed(sum)(part) for part in bag.to_delayed()]
    again = pn.from_delayed([pn.delayed(same)(part) for part in bag.to_delayed()])
    total = pn.delayed(sum)(sums) + bag.max()
    assert pn.compute(bag, again, total, sums, scheduler="sync") == ([0, 1, 2, 3], [0, 1, 2, 3], 9, [1, 5])
    assert sorted(calls) == [0, 1, 2, 3]
    assert pn.compute(bag, total, optimize_graph=False, scheduler="sync") == ([0, 1, 2, 3], 9)


def test_frames_both_ways() -> None:
    """Partitions of a frame as delayed values, and a frame of delayed values; only columns that are read are made."""
    frame = pn.from_pandas(pd.DataFrame({"x": range(6), "y": range(6)}), npartitions=3)
    parts = [pn.delayed(pd.DataFrame.add)(part, 1) for part in frame.to_delayed()]
    back = pn.from_delayed(parts, meta={"x": "int64", "y": "int64"})
    assert pn.compute(back.x.sum(), frame.y.sum(), back.npartitions, scheduler="sync") == (21, 15, 3)
    mixed = pn.from_delayed([parts[0], frame.to_delayed()[1]], meta={"x": "int64", "y": "int64"})
    assert mixed.x.compute(scheduler="sync").tolist() == [1, 2, 2, 3]


def test_beside_frames_and_bags() -> None:
    """A delayed value is one value to a frame, on either side; a delayed function is none for each record."""
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2)
    added = [frame.x + inc(0), inc(0) + frame.x, (frame + inc(0)).x, frame.assign(x=frame.x + 1, y=inc(4)).x]
    for each in pn.compute(*added, scheduler="sync"):
        assert each.tolist() == [2, 3, 4]
    assert frame.assign(y=inc(4)).y.compute(scheduler="sync").tolist() == [5, 5, 5]
    assert frame[frame.x > inc(1)].x.compute(scheduler="sync").tolist() == [3]
    assert (inc(1) > frame.x).compute(scheduler="sync").tolist() == [True, False, False]
    assert (inc(1) + frame.x.sum()).compute(scheduler="sync") == 8
    assert (frame.x.sum() + inc(1)).compute(scheduler="sync") == 8
    with pytest.raises(TypeError, match=r"map needs a function that runs .* whose calls are put off"):
        pn.range(3, npartitions=1).map(inc)
    numbers = pn.range(3, npartitions=1)
    for verb in (numbers.filter, numbers.remove):
        with pytest.raises(TypeError, match=r"needs a function that runs .* whose calls are put off"):
            verb(inc)
        with pytest.raises(TypeError, match=r"needs a function, not \[True\]"):
            verb([True])
    assert numbers.filter(None).compute(scheduler="sync") == [1, 2]


def test_explain() -> None:
    """A plan of delayed values is one step, whose tasks are counted by function."""
    text = pn.delayed(sum)([inc(1), inc(2)]).explain()
    assert "1. sum  [1 partition]" in text
    assert "2 x inc" in text
    assert "1 x sum" in text


def test_partial_answers() -> None:
    """A failed call leaves a gap in a list of values, and has its error."""
    parts = [inc(1), inc("x"), inc(3)]
    result = pn.delayed(sum)(parts).compute(on_error="partial", scheduler="sync")
    assert result.value == 6
    assert [type(each.error) for each in result.failures] == [TypeError]


def test_resume(tmp_path: Any) -> None:
    """Calls that an earlier run has kept are not done again."""
    log = tmp_path / "log"

    def work(x: int) -> int:
        with log.open("a") as file:
            file.write("x")
        return x

    for _ in range(2):
        call = pn.delayed(work)
        assert pn.delayed(sum)([call(1), call(2)]).compute(resume=tmp_path / "kept", scheduler="sync") == 3
    assert log.read_text() == "xx"
