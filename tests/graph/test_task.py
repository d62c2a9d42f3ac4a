"""Task, Ref and Literal: what a call depends on, and what it is called with."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from pannier.graph.task import Literal, Ref, Task


def gather(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    return args, kwargs


def test_references_are_found_wherever_they_stand() -> None:
    """Arguments, containers to any depth, keyword arguments and inner tasks all count, each key once."""
    task = Task(
        gather,
        Ref("a"),
        [Ref("b"), (Ref("c"), {"k": Ref("d")})],
        {Ref("e")},
        Task(max, Ref("f"), 1),
        k=Ref("a"),
    )
    assert task.deps == ("a", "b", "c", "d", "e", "f")


def test_results_are_put_where_the_references_stand() -> None:
    """Containers keep their type, and keys of dicts are left alone."""
    task = Task(
        gather, Ref("a"), [Ref("a"), (Ref("b"), {"a": Ref("b")})], frozenset({Ref("b")}), k={Ref("a")}
    )
    args, kwargs = task({"a": 1, "b": 2})
    assert args == (1, [1, (2, {"a": 2})], frozenset({2}))
    assert kwargs == {"k": {1}}


def test_an_inner_task_is_called_first() -> None:
    """A task among the arguments stands for its result."""
    assert Task(sum, [Task(max, Ref("x"), 3), Task(len, "ab")])({"x": 7}) == 9


def test_a_literal_stands_for_itself() -> None:
    """Nothing inside a literal is looked at: references, tasks and callables come through as they are."""
    value = [Ref("x"), (max, 1), Task(max, 1, 2)]
    task = Task(gather, Literal(value))
    assert task.deps == ()
    (args, _) = task({})
    assert args[0] is value


def test_arguments_that_only_look_like_keys_are_values() -> None:
    """Outside the dict-of-tuples spec a text is a text."""
    assert Task(gather, "x", ("x", 0))({"x": 1, ("x", 0): 2}) == (("x", ("x", 0)), {})


def test_subclasses_of_containers_are_values() -> None:
    """A named tuple or an ordered mapping is data: its type is kept by leaving it alone."""

    class Pair(tuple[Any, ...]):
        __slots__ = ()

    pair = Pair([1, 2])
    ((arg,), _) = Task(gather, pair)({})
    assert arg is pair


def test_the_function_must_be_callable() -> None:
    """A task of something else is refused where it is made, not where it runs."""
    with pytest.raises(TypeError, match="must be callable, not 'load'"):
        Task("load", "a.data")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [Ref("x"), Literal((max, 1)), Ref(("read", 0))], ids=["ref", "literal", "ref of a tuple"]
)
def test_refs_and_literals_are_equal_by_what_they_name(value: Any) -> None:
    """Equal ones are interchangeable, also after a trip through pickle."""
    copy = pickle.loads(pickle.dumps(value))
    assert copy == value
    assert hash(copy) == hash(value)
    assert value != "x"


def test_a_task_travels() -> None:
    """Pickling keeps what it calls, with what, and what it depends on."""
    task = pickle.loads(pickle.dumps(Task(pow, Ref("x"), Literal(3), mod=5)))
    assert task({"x": 2}) == 3
    assert (task.deps, task.flat) == (("x",), False)


def test_tasks_show_as_calls() -> None:
    """The text of a task names function, references and values."""
    assert repr(Task(max, Ref("x"), 3, key=abs)) == "Task(max, Ref('x'), 3, key=<built-in function abs>)"
