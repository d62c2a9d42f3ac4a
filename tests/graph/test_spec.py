"""The dict-of-tuples spec: what counts as a key, a task or a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from pannier.errors import GraphError, PannierError
from pannier.graph.spec import flat_keys, nest, to_graph
from pannier.graph.task import Literal, Ref, Task
from pannier.schedulers.sync import get


def add(x: Any, y: Any) -> Any:
    return x + y


def arguments(*args: Any) -> tuple[Any, ...]:
    return args


def test_a_graph_of_values_tasks_and_aliases() -> None:
    """A tuple with a callable head is a task, a key is its result, all else is a value."""
    dsk = {"x": 1, "y": (add, "x", 10), "z": "y", "w": "no key"}
    assert get(dsk, ["x", "y", "z", "w"]) == [1, 11, 11, "no key"]


def test_tasks_nest_in_tasks_and_lists() -> None:
    """Arguments are computations too: inner tasks, and lists, dicts and sets of keys."""
    dsk = {
        "a": 1,
        "b": 2,
        "inner": (add, (add, "a", (add, "b", 10)), 100),
        "list": (sum, ["a", ["b"][0], (add, "a", "b")]),
        "dict": (dict, {"a": "a", "n": (add, "a", 1)}),
        "set": (sorted, {"a", 5}),
        "tuple": (arguments, ("a", "b")),
    }
    assert get(dsk, "inner") == 113
    assert get(dsk, "list") == 6
    assert get(dsk, "dict") == {"a": 1, "n": 2}
    assert get(dsk, "set") == [1, 5]
    assert get(dsk, "tuple") == ((1, 2),)


def test_a_container_of_computations_is_a_computation() -> None:
    """A key may name a list or dict of keys and tasks, not only one task."""
    dsk = {"a": 1, "both": ["a", (add, "a", 1)], "named": {"a": "a"}, "plain": [1, [2, ()]], "empty": ()}
    assert get(dsk, ["both", "named", "plain", "empty"]) == [[1, 2], {"a": 1}, [1, [2, ()]], ()]


def test_a_task_inside_a_container_runs_in_the_run_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Converting a graph calls nothing: what is not wanted does not run, wherever it is written."""
    assert get({"x": [(print, "ran")], "y": {"k": ((print, "ran"),)}, "z": 1}, "z") == 1
    assert capsys.readouterr().out == ""
    assert get({"x": [(add, 1, 2)]}, "x") == [3]


def test_tuples_are_keys_where_the_graph_has_them() -> None:
    """``("x", 0)`` is a key if the graph has it, and a pair if not."""
    dsk = {("x", 0): 1, ("x", 1): (add, ("x", 0), 5), "other": (arguments, ("x", 2))}
    assert get(dsk, [("x", 1), "other"]) == [6, (("x", 2),)]


def test_truth_values_and_none_are_never_keys() -> None:
    """``True == 1``, but an argument ``True`` does not mean the key ``1``."""
    dsk = {1: "one", 0: "zero", None: "none", "x": (arguments, True, False, None, 1, 0, [True], 1.0)}
    assert get(dsk, "x") == (True, False, None, "one", "zero", [True], "one")


def test_a_literal_that_equals_a_key_can_be_said() -> None:
    """In plain tuples it is taken for the key; ``Literal`` says it is not, ``Ref`` that it is."""
    dsk = {"x": 1, "taken": (arguments, "x"), "said": (arguments, Literal("x"), Ref("x"))}
    assert get(dsk, ["taken", "said"]) == [(1,), ("x", 1)]


def test_a_literal_may_look_like_a_task_or_a_graph() -> None:
    """``Literal`` is taken as it is as a value of the graph, and inside containers."""
    assert get({"x": Literal((max, 1, 2)), "y": [Literal((min, 1))]}, ["x", "y"]) == [(max, 1, 2), [(min, 1)]]


def test_exact_tasks_mix_with_tuples() -> None:
    """``Task`` may be a value of the graph or an argument; its texts are texts."""
    dsk = {"x": 1, "y": Task(arguments, "x", Ref("x")), "z": (arguments, Task(add, Ref("x"), 1))}
    assert get(dsk, ["y", "z"]) == [("x", 1), (2,)]


@pytest.mark.parametrize(
    "value", [{}, [1], {1: {2: 3}}, pd.DataFrame({"a": [1]}), bytearray(b"x")], ids=lambda v: type(v).__name__
)
def test_values_need_not_be_hashable(value: Any) -> None:
    """What cannot be a key is a value, as an argument too."""
    result, (argument,) = get({"v": value, "x": (arguments, value)}, ["v", "x"])
    assert type(result) is type(argument) is type(value)
    assert str(result) == str(argument) == str(value)


def test_graphs_pass_through() -> None:
    """A graph that is exact already is not converted again."""
    graph = to_graph({"x": (add, 1, 2)})
    assert to_graph(graph) is graph


@pytest.mark.parametrize("dsk", [[("x", 1)], None, "x"])
def test_what_is_no_mapping_is_no_graph(dsk: Any) -> None:
    """A wrong type is named, as an error of the caller's."""
    with pytest.raises(GraphError, match=f"not {type(dsk).__name__}"):
        get(dsk, "x")


def test_answers_are_nested_as_the_keys_are() -> None:
    """One key gives one result; lists of keys give lists, to any depth, repeats included."""
    dsk = {"x": 1, "y": (add, "x", 1)}
    assert get(dsk, "y") == 2
    assert get(dsk, [["x", ["y"]], "x", []]) == [[1, [2]], 1, []]


def test_keys_of_a_list_are_flat_in_order() -> None:
    """Tuples are single keys, lists are many."""
    assert flat_keys([[("x", 0), "y"], [["z"]]]) == [("x", 0), "y", "z"]
    assert nest([["x"], "x"], {"x": 1}) == [[1], 1]


def test_what_cannot_be_a_key_is_an_error() -> None:
    """Asking for a dict says that it is not hashable."""
    with pytest.raises(GraphError, match="a dict is not hashable"):
        get({"x": 1}, ["x", {"x": 1}])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: get({"clean-1": 1, "clean-2": 2}, "claen-1"),
            "no task is named 'claen-1'; did you mean 'clean-1'",
        ),
        (lambda: get({("x", 0): 1, ("x", 1): 2}, [("x", 2)]), r"named \('x', 2\); did you mean \('x', 1\)"),
        (
            lambda: get({"clean-1": 1, "store": Task(str, Ref("claen-1"))}, "store"),
            "task 'store' needs 'claen-1', and no task is named so; did you mean 'clean-1'",
        ),
        (lambda: get({}, "x"), "no task is named 'x'$"),
    ],
    ids=["wanted", "tuple", "needed", "empty"],
)
def test_a_missing_key_is_named_with_its_nearest_matches(ask: Callable[[], Any], message: str) -> None:
    """Before anything runs, whether a caller or a task asks for it."""
    with pytest.raises(GraphError, match=message) as caught:
        ask()
    assert isinstance(caught.value, (ValueError, PannierError))
