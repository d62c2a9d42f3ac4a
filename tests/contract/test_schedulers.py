"""What every scheduler does alike: answers, errors, events."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pannier import config, host
from pannier.errors import GraphError
from pannier.graph.task import Literal, Ref, Task
from pannier.schedulers import multiprocessing, threaded
from pannier.schedulers.events import (
    Event,
    ResultsDropped,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    observe,
)

Get = Callable[..., Any]


class Surprise(Exception):
    """An exception of the user's own."""


def inc(x: int) -> int:
    return x + 1


def load(name: str) -> str:
    return f"<{name}>"


def clean(data: str) -> str:
    return data.strip("<>")


def analyze(parts: list[str]) -> str:
    return "+".join(parts)


def store(result: str) -> str:
    return f"stored {result}"


def fail(error: BaseException) -> NoReturn:
    raise error


def log(folder: str, name: str, *_: object) -> str:
    with open(Path(folder, name), "a") as file:
        file.write("x")
    return name


def test_the_classic_example(get: Get) -> None:
    """The dict-of-tuples graph of the documentation runs as written."""
    dsk = {
        "load-1": (load, "a.data"),
        "load-2": (load, "b.data"),
        "load-3": (load, "c.data"),
        "clean-1": (clean, "load-1"),
        "clean-2": (clean, "load-2"),
        "clean-3": (clean, "load-3"),
        "analyze": (analyze, ["clean-%d" % i for i in [1, 2, 3]]),  # noqa: UP031  as users write it
        "store": (store, "analyze"),
    }
    assert get(dsk, "store") == "stored a.data+b.data+c.data"


def test_keys_nest_as_the_answer_does(get: Get) -> None:
    """The answer has the shape of the keys: one, lists of lists, none, some twice."""
    dsk = {"x": 1, "y": (inc, "x"), ("z", 0): (inc, "y")}
    assert get(dsk, "y") == 2
    assert get(dsk, [["x", "y"], [[("z", 0)]], "y"]) == [[1, 2], [[3]], 2]
    assert get(dsk, []) == []
    assert get({}, []) == []


def test_every_form_of_argument(get: Get) -> None:
    """References are found in lists, tuples, dicts, sets, keywords and inner tasks; literals are left alone."""
    dsk = {
        "a": 1,
        "b": (inc, "a"),
        "alias": "b",
        "lists": Task(tuple, [Ref("a"), [Ref("b"), 5]]),
        "mixed": Task(list, [Ref("a"), "plain"]),
        "dict": Task(dict, {"k": Ref("b")}, v=Ref("a")),
        "set": Task(sorted, {Ref("a"), Ref("b")}, reverse=True),
        "inner": (operator.add, (inc, (inc, "a")), "b"),
        "literal": Task(str, Literal("a")),
        "container": ["a", ("b", {"x": "b"})],
        "empty": Task(list, []),
    }
    assert get(dsk, ["alias", "lists", "mixed", "dict", "set", "inner", "literal", "container", "empty"]) == [
        *(2, (1, [2, 5]), [1, "plain"], {"k": 2, "v": 1}, [2, 1], 5, "a", [1, (2, {"x": 2})], [])
    ]


@pytest.mark.parametrize("value", [None, 0, False, "", [], b"bytes", 2**100, float("inf"), "x" * 200_000])
def test_any_result_is_a_result(get: Get, value: object) -> None:
    """Falsy, tiny and large values come back equal and of the same type, and reach consumers so."""
    result, copy = get({"a": (operator.itemgetter(0), Literal((value,))), "b": (list, ["a"])}, ["a", "b"])
    assert type(result) is type(value)
    assert (result, copy) == (value, [value])


def test_an_exception_can_be_a_result(get: Get) -> None:
    """An exception that is returned is a value like any other."""
    (result,) = get({"a": (Surprise, "kept"), "b": (list, ["a"])}, "b")
    assert type(result) is Surprise
    assert result.args == ("kept",)


def test_each_task_runs_once(get: Get, tmp_path: Path) -> None:
    """A result that many tasks read is computed once, and what nobody asked for is not computed."""
    folder = str(tmp_path)
    dsk: dict[Any, Any] = {"source": (log, folder, "by-source")}
    for i in range(20):
        dsk["user", i] = (log, folder, f"by-user-{i}", "source")
    dsk["end"] = (log, folder, "by-end", [("user", i) for i in range(20)])
    dsk["unasked"] = (log, folder, "by-unasked", "end")
    assert get(dsk, ["end", "source"]) == ["by-end", "by-source"]
    counts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert counts == dict.fromkeys(["by-source", "by-end", *(f"by-user-{i}" for i in range(20))], "x")


def test_wide_and_deep_graphs(get: Get) -> None:
    """Thousands of tasks side by side and thousands in a row: no limit of recursion, no wrong order."""
    wide: dict[Any, Any] = {("x", i): (inc, i) for i in range(2000)}
    wide["sum"] = (sum, list(wide))
    assert get(wide, "sum") == sum(range(1, 2001))
    deep: dict[Any, Any] = {("x", 0): 0}
    deep |= {("x", i): (inc, ("x", i - 1)) for i in range(1, 2001)}
    assert get(deep, ("x", 2000)) == 2000


def test_an_exception_keeps_its_type_and_gains_a_note(get: Get) -> None:
    """What a task raises is raised, with its own arguments and notes, and a note naming the task."""
    error = Surprise("bad record", 7)
    error.add_note("line 3")
    with pytest.raises(Surprise) as caught:
        get({("bad", 3): (fail, error), "y": (inc, ("bad", 3))}, "y")
    assert caught.value.args == ("bad record", 7)
    assert caught.value.__notes__ == ["line 3", "in task ('bad', 3)"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_exceptions_that_end_programs_are_raised_too(get: Get, error: BaseException) -> None:
    """``sys.exit()`` and the like in a task are neither swallowed nor do they hang the run."""
    with pytest.raises(type(error)) as caught:
        get({"bad": (fail, error)}, "bad")
    assert caught.value.args == error.args


def test_a_scheduler_survives_a_failure(get: Get) -> None:
    """After a failed run the next one works."""
    dsk: dict[Any, Any] = {("x", i): (inc, i) for i in range(100)}
    with pytest.raises(Surprise):
        get({**dsk, "bad": (fail, Surprise())}, ["bad", *dsk])
    assert get(dsk, list(dsk)) == list(range(1, 101))


@pytest.mark.parametrize(
    ("dsk", "keys", "said"),
    [
        ({"clean-1": 1}, "claen-1", "did you mean 'clean-1'"),
        ({"a": Task(inc, Ref("b"))}, "a", "'a' needs 'b'"),
        ({"a": (inc, "b"), "b": (inc, "a")}, "a", "'a' -> 'b' -> 'a'|'b' -> 'a' -> 'b'"),
        ({"a": (inc, "a")}, "a", "'a' -> 'a'"),
        ([("a", 1)], "a", "not list"),
        ({"a": 1}, [{"a": 1}], "not hashable"),
    ],
)
def test_what_is_no_graph_is_refused(get: Get, dsk: Any, keys: Any, said: str) -> None:
    """Missing keys, cycles and wrong types raise GraphError before any task runs."""
    with pytest.raises(GraphError, match=said):
        get(dsk, keys)


def test_events_tell_the_whole_story(get: Get) -> None:
    """One start, one event for each task with times in order, one end; workers are numbered from 0."""
    seen: list[Event] = []
    dsk: dict[Any, Any] = {("inc", i): (inc, i) for i in range(10)}
    dsk["sum-1"] = (sum, list(dsk))
    with observe(seen.append):
        assert get(dsk, "sum-1") == 55
    first, *middle, last = seen
    assert isinstance(first, RunStarted)
    assert first.stages == {"inc": 10, "sum": 1}
    assert isinstance(last, RunFinished)
    assert last.error is None
    finished = [event for event in middle if isinstance(event, TaskFinished)]
    assert len(finished) == len(dsk)
    assert {event.key for event in finished} == set(dsk)
    begun = {event.key: event for event in middle if isinstance(event, TaskStarted)}
    assert begun.keys() == set(dsk)
    assert all(begun[event.key].time <= event.stopped for event in finished)
    dropped = [key for event in middle if isinstance(event, ResultsDropped) for key in event.tasks]
    assert sorted(dropped) == [("inc", i) for i in range(10)]
    assert len(middle) == len(begun) + len(finished) + 1
    for event in finished:
        assert first.time <= event.started <= event.stopped <= last.time
        assert 0 <= event.worker < first.workers
    assert {event.run for event in seen} == {first.run}


def test_events_tell_of_failure(get: Get) -> None:
    """A failing task is told with its error, and so is the end of the run."""
    seen: list[Event] = []
    with observe(seen.append), pytest.raises(Surprise) as caught:
        get({"bad": (fail, Surprise("no"))}, "bad")
    failed = [event for event in seen if isinstance(event, TaskFailed)]
    assert [(event.key, event.error) for event in failed] == [("bad", caught.value)]
    assert isinstance(seen[-1], RunFinished)
    assert seen[-1].error is caught.value


@pytest.mark.parametrize("kind", [RunStarted, TaskStarted, TaskFinished, ResultsDropped, RunFinished])
def test_an_observer_that_raises_ends_the_run(get: Get, kind: type[Event]) -> None:
    """An error of an observer is the error of the run: a broken progress bar does not hang it."""

    def observer(event: Event) -> None:
        if isinstance(event, kind):
            raise Surprise("broken bar")

    with observe(observer), pytest.raises(Surprise, match="broken bar"):
        get({**{("x", i): (inc, i) for i in range(10)}, "all": (sum, [("x", i) for i in range(10)])}, "all")


def test_a_run_can_be_looked_at(get: Get) -> None:
    """While it is told of an event: which tasks wait, run and are done, what is alive; results go when it is over."""
    dsk = {"one": 1, "a": (inc, "one"), "b": (inc, "a"), "c": (inc, "b")}
    steps: list[tuple[set[str], ...]] = []
    views: list[Any] = []

    def look(event: Event) -> None:
        if isinstance(event, RunStarted):
            views.append(event.view)
        state = views[0].state
        if isinstance(event, TaskFinished):
            names = ("waiting", "running", "finished", "released", "cache")
            steps.append(tuple(set(state[name]) for name in names))
            assert len(state["finished"]) == len(steps)
            assert [len(state[name]) for name in names] == [len(found) for found in steps[-1]]
            assert event.key in state["finished"]

    with observe(look):
        assert get(dsk, "c") == 4
    running = [step[1] for step in steps]
    assert running in ([set()] * 3, [set(), {"c"}, set()])  # sent along behind what it waits for
    assert [step[:1] + step[2:] for step in steps] == [
        ({"c"}, {"a"}, set(), {"one", "a"}),
        (set(), {"a", "b"}, {"a"}, {"one", "b"}),
        (set(), {"a", "b", "c"}, {"a", "b"}, {"one", "c"}),
    ]
    (view,) = views
    assert view.graph.keys() == dsk.keys()
    assert (view.state["dependencies"]["b"], view.state["dependents"]["b"]) == (["a"], ["c"])
    assert dict(view.state["cache"]) == {}
    with pytest.raises(KeyError):
        view.result("c")


def test_runs_in_several_threads(get: Get) -> None:
    """Runs that overlap do not disturb each other."""
    answers: dict[int, list[int]] = {}

    def run(offset: int) -> None:
        dsk: dict[Any, Any] = {("x", i): (inc, i + offset) for i in range(50)}
        answers[offset] = get(dsk, list(dsk))

    threads = [threading.Thread(target=run, args=(offset,)) for offset in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {offset: list(range(offset + 1, offset + 51)) for offset in range(3)}


def compute_inside(module: str, x: int) -> int:

    inner = {"threads": threaded.get, "processes": multiprocessing.get}[module]
    return int(inner({"y": (inc, x), "z": (inc, "y")}, "z"))


@pytest.mark.parametrize("inner", ["threads", "processes"])
def test_a_task_may_run_a_graph(get: Get, inner: str) -> None:
    """A task can itself compute, on threads or processes, without a deadlock."""
    assert get({"a": (compute_inside, inner, 1), "b": (compute_inside, inner, "a")}, "b") == 5


def share_of(*_: object) -> int:
    here = host.current()
    assert here is not None
    return here.memory


def test_tasks_know_their_share_of_the_limit(get: Get) -> None:
    """Every scheduler takes ``memory_limit`` and tells tasks a share of it, which tasks inside share again."""
    share = get({"x": (share_of,)}, "x", memory_limit="1 GiB")
    assert (1 << 30) // 4 <= share <= 1 << 30
    with config.set(memory_limit="2 GiB"):
        assert get({"x": (share_of,)}, "x") == 2 * share
