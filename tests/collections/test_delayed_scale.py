"""Very many delayed calls, and very large arguments, on every scheduler."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier.schedulers.multiprocessing import pool

MANY = 100_000


def inc(x: int) -> int:
    return x + 1


def chain(n: int) -> pn.Delayed:
    call = pn.delayed(inc)
    value = call(0)
    for _ in range(n - 1):
        value = call(value)
    return value


def fan(n: int) -> pn.Delayed:
    call = pn.delayed(inc)
    return pn.delayed(sum)([call(i) for i in range(n)])


@pytest.fixture(
    scope="module", params=["sync", "threads", "processes", "executor of threads", "executor of processes"]
)
def options(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if not request.param.startswith("executor"):
        yield {"scheduler": request.param, "num_workers": 2}
        return
    of_processes = functools.partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    with (ThreadPoolExecutor if "threads" in request.param else of_processes)(2) as executor:
        yield {"scheduler": executor}


def test_a_long_chain(options: dict[str, Any]) -> None:
    """100,000 calls, each of what the one before gives: nothing recurses, and no process waits for each."""
    assert chain(MANY).compute(**options) == MANY


def test_a_wide_fan(options: dict[str, Any]) -> None:
    """100,000 calls into one."""
    assert fan(MANY).compute(**options) == MANY * (MANY + 1) // 2


def test_many_answers() -> None:
    """100,000 values that share what they are made of: one plan, in which each call is once."""
    base = chain(1_000)
    call = pn.delayed(inc)
    values = [call(base) for _ in range(MANY)]
    assert set(pn.compute(*values, scheduler="sync")) == {1_001}
    graph, keys = pn.computing.to_graph(values)
    assert (len(graph.tasks), len(keys)) == (101_000, MANY)
    kept = pn.persist(*values[:1_000], scheduler="sync")
    assert pn.delayed(sum)(kept).compute(scheduler="sync") == 1_001_000


def test_a_chain_may_fail_anywhere(options: dict[str, Any]) -> None:
    """The error is that of the call that failed, and names it."""
    value = chain(300)
    broken = pn.delayed(operator_of_texts, name="broken")(value)
    for _ in range(300):
        broken = pn.delayed(inc)(broken)
    with pytest.raises(TypeError) as caught:
        broken.compute(**options)
    assert [note for note in caught.value.__notes__ if note.startswith("in task")] == caught.value.__notes__
    assert caught.value.__notes__[0].startswith("in task 'broken-")


def operator_of_texts(x: int) -> str:
    return "x" + x  # type: ignore[operator]


class Model:
    """An object whose size nobody can tell, which counts how often it is pickled."""

    pickled = 0

    def __init__(self) -> None:
        self.weights = np.ones(100_000)

    def __reduce__(self) -> tuple[Any, ...]:
        Model.pickled += 1
        return _model, (self.weights,)


def _model(weights: Any) -> Any:
    model = object.__new__(Model)
    model.weights = weights
    return model


def use(model: Any, x: Any) -> tuple[float, int]:
    return float(model.weights.sum()) + x, os.getpid()


ARGUMENTS: dict[str, Callable[[Any, int], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "by place": lambda model, i: ((model, i), {}),
    "by name": lambda model, i: ((), {"model": model, "x": i}),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_shared_argument_is_pickled_once(case: str) -> None:
    """An object given to 200 calls is packed once, for all worker processes."""
    model, call = Model(), pn.delayed(use)
    calls = []
    for i in range(200):
        args, kwargs = ARGUMENTS[case](model, i)
        calls.append(call(*args, **kwargs))
    Model.pickled = 0
    answers = pn.compute(*calls, scheduler="processes", num_workers=2)
    assert [total for total, _ in answers] == [100_000.0 + i for i in range(200)]
    assert Model.pickled == 1


def mean_of(job: dict[str, Any]) -> float:
    return float(job["frames"][0].x.mean()) + job["i"]


def test_a_large_frame_does_not_pass_through_sockets() -> None:
    """A frame of 20 MB in a dict that is made anew for each of 100 calls: the workers read one file."""
    frame = pd.DataFrame({"x": np.zeros(2_500_000)})
    pn.delayed(inc)(1).compute(scheduler="processes", num_workers=2)
    before = sum(worker.sent for worker in pool.idle_workers())
    calls = [pn.delayed(mean_of)({"frames": [frame], "i": i}) for i in range(100)]
    assert pn.compute(calls, scheduler="processes", num_workers=2) == ([float(i) for i in range(100)],)
    assert sum(worker.sent for worker in pool.idle_workers()) - before < 1_000_000
    assert len(pn.computing.to_graph(calls)[0]) == len(calls) + 1


def test_small_arguments_stay_with_their_calls() -> None:
    """What is cheap to send is no value of the graph."""
    call = pn.delayed(lambda *args: args)
    graph, keys = pn.computing.to_graph([call("text", (1, 2), [3], np.float64(4), len, 5) for _ in range(3)])
    assert len(graph) == len(keys)


def test_long_texts_are_stored_once() -> None:
    """A text or a list that several calls have, and whatever is large."""
    text, numbers = "x" * 5_000, list(range(5_000))
    call = pn.delayed(lambda *args, **kwargs: (args, kwargs))
    calls = [call(text, i, [numbers], again=numbers) for i in range(3)]
    assert len(pn.computing.to_graph(calls)[0]) == len(calls) + 2
    assert pn.compute(*calls, scheduler="sync")[1] == ((text, 1, [numbers]), {"again": numbers})


def test_a_pure_argument_is_hashed_once() -> None:
    """However many pure calls have it."""

    class Counted:
        hashed = 0

        def __pannier_token__(self) -> str:
            Counted.hashed += 1
            return "counted"

    counted, call = Counted(), pn.delayed(id, pure=True)
    calls = [call(counted) for _ in range(100)]
    assert (len({each.key for each in calls}), Counted.hashed) == (1, 1)
