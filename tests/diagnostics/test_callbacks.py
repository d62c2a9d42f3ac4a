"""How callbacks are made, switched on and off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pannier as pn
from pannier.diagnostics import Callback
from pannier.schedulers import events, sync, threaded

GRAPH = {"x": (int, "1"), "y": (str, "x")}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No observer outlives a test."""
    yield
    assert events.observers() == ()


class Keys(Callback):
    """The keys of tasks that started."""

    def __init__(self) -> None:
        self.keys: list[Any] = []

    def pretask(self, key: Any, dsk: Any, state: Any) -> None:
        self.keys.append(key)


def test_methods_named_as_dask_names_them() -> None:
    """A subclass written for Dask runs as written, with an underscore in front of its methods."""
    ended: list[bool] = []

    class Ported(Callback):
        def _start(self, dsk: Any) -> None:
            self.n = len(dsk)

        def _posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker_id: int) -> None:
            self.n -= 1

        def _finish(self, dsk: Any, state: Any, failed: bool) -> None:
            ended.append(failed)

    with Ported() as ported:
        sync.get(GRAPH, "y")
    assert (ported.n, ended) == (0, [False])


def test_nested_blocks() -> None:
    """The same callback in two blocks is called once, until the outer one ends; different ones each."""
    keys, other = Keys(), Keys()
    with keys:
        with keys, other:
            sync.get(GRAPH, "y")
        sync.get(GRAPH, "y")
    sync.get(GRAPH, "y")
    assert (keys.keys, other.keys) == (["x", "y"] * 2, ["x", "y"])


def test_register_and_unregister() -> None:
    """Without a block, any number of times; a block inside leaves it on."""
    keys = Keys()
    keys.register()
    keys.register()
    with keys:
        pass
    sync.get(GRAPH, "x")
    keys.unregister()
    keys.unregister()
    sync.get(GRAPH, "x")
    assert keys.keys == ["x"]


def test_a_block_ends_with_an_error() -> None:
    """An exception leaves the block and the callback is off."""
    keys = Keys()
    with pytest.raises(ValueError, match="no"), keys:
        sync.get({"x": (int, "no")}, "x")
    sync.get(GRAPH, "x")
    assert keys.keys == ["x"]


def test_unregistered_while_a_run_goes_on() -> None:
    """From then on nothing is called, for the run under way neither."""
    calls: list[str] = []
    go = threading.Event()
    callback = Callback(
        pretask=lambda *_: calls.append("pretask"), posttask=lambda *_: calls.append("posttask")
    )
    callback.register()
    thread = threading.Thread(target=sync.get, args=({"wait": (go.wait, 60)}, "wait"))
    thread.start()
    while not calls:
        pass
    callback.unregister()
    go.set()
    thread.join()
    assert calls == ["pretask"]


def test_a_run_inside_a_task() -> None:
    """A run that a task starts is told as a run of its own, and neither waits for the other."""
    keys = Keys()
    with keys:
        threaded.get({"outer": (lambda: sync.get({"inner": (int, "1")}, "inner"),)}, "outer")
    assert keys.keys == ["outer", "inner"]


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_bags_frames_and_delayed(scheduler: str) -> None:
    """Whatever is computed has callbacks; what is computed to build a plan has none."""
    pd = pytest.importorskip("pandas")
    ends: list[int] = []

    def note(dsk: Any, state: Any, errored: bool) -> None:
        assert not errored
        ends.append(len(state["finished"]))

    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2)
    with Callback(finish=note):
        assert pn.range(6, npartitions=3).sum().compute(scheduler=scheduler) == 15
        assert frame.x.sum().compute(scheduler=scheduler) == 10
        assert pn.delayed(max)(pn.delayed(int)("3"), 2).compute(scheduler=scheduler) == 3
    assert len(ends) == 3
    assert all(n >= 2 for n in ends)


def test_a_step_of_nothing() -> None:
    """A run without tasks begins and ends."""
    calls: list[str] = []
    with Callback(start=lambda dsk: calls.append("start"), finish=lambda *_: calls.append("finish")):
        assert sync.get({"x": 1}, "x") == 1
    assert calls == ["start", "finish"]
