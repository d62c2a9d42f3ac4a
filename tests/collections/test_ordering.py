"""bind, wait_on, checkpoint and clone: what runs before what, and what is done once more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.testing.assertions import no_compute


class Log:
    """Notes what runs, in this process."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, value: Any, what: str) -> Any:
        self.lines.append(what)
        return value


def a_bag(log: Log, what: str) -> Any:
    return pn.range(4, npartitions=2).map_partitions(lambda part: log(list(part), what))


def a_shuffled_bag(log: Log, what: str) -> Any:
    return a_bag(log, what).groupby(lambda x: x % 2).map_values(sum)


def a_frame(log: Log, what: str) -> Any:
    frame = pn.from_pandas(pd.DataFrame({"x": range(4)}), npartitions=2)
    return frame.map_partitions(log, what, meta={"x": "int64"})


def a_call(log: Log, what: str) -> Any:
    return pn.delayed(log)(pn.delayed(sum)([1, 2]), what)


def an_item(log: Log, what: str) -> Any:
    return a_bag(log, what).sum()


KINDS: dict[str, Callable[[Log, str], Any]] = {
    "bag": a_bag,
    "shuffle": a_shuffled_bag,
    "frame": a_frame,
    "delayed": a_call,
    "item": an_item,
}


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    return sorted(one) == sorted(other) if isinstance(one, list) else bool(one == other)


@pytest.mark.parametrize("parent", KINDS)
@pytest.mark.parametrize("child", KINDS)
def test_bind(parent: str, child: str) -> None:
    """Nothing of the child runs before all of the parent has."""
    log = Log()
    with no_compute():
        first, second = KINDS[parent](log, "parent"), KINDS[child](log, "child")
        bound = pn.bind(second, first)
    assert type(bound) is type(second)
    answer = bound.compute(scheduler="sync")
    times = log.lines.count("parent")
    assert times > 0
    assert log.lines == ["parent"] * times + ["child"] * (len(log.lines) - times)
    assert alike(answer, second.compute(scheduler="sync"))


@pytest.mark.parametrize("kind", KINDS)
def test_wait_on(kind: str) -> None:
    """No partition of any is there before all have been made; answers stay what they are."""
    log = Log()
    value = KINDS[kind](log, "own")
    waiting, other = pn.wait_on(value, a_call(log, "other"))
    assert type(waiting) is type(value)
    after = pn.delayed(log)(
        waiting.to_delayed() if hasattr(type(waiting), "to_delayed") else waiting, "after"
    )
    answers = pn.compute(waiting, other, after, scheduler="sync")
    assert log.lines[-1] == "after"
    assert log.lines.count("other") == 1
    assert alike(answers[0], value.compute(scheduler="sync"))
    assert answers[1] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_clone(kind: str) -> None:
    """Its work is done once more; with a seed, clones of one thing are one."""
    log = Log()
    value = KINDS[kind](log, "run")
    again = pn.clone(value)
    assert type(again) is type(value)
    one, other = pn.compute(value, again, scheduler="sync")
    assert alike(one, other)
    times = len(log.lines)
    value.compute(scheduler="sync")
    assert len(log.lines) == times + times // 2
    first, second = pn.clone(value, seed=1), pn.clone(value, seed=1)
    assert first.node.name == second.node.name != pn.clone(value, seed=2).node.name


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_files_before_their_reader(scheduler: str, tmp_path: Path) -> None:
    """What one collection writes, another reads in the same run."""
    path = str(tmp_path / "x.txt")
    written = pn.delayed(Path(path).write_text)("a\nb\n")
    Path(path).write_text("old\n")
    lines = pn.bind(pn.read_text(path).map(str.strip), written)
    assert lines.compute(scheduler=scheduler, num_workers=2) == ["a", "b"]


def test_checkpoint() -> None:
    """None, once everything has run; it takes no results, and waits in steps."""
    log = Log()
    calls = [pn.delayed(log)(i, "run") for i in range(20)]
    done = pn.checkpoint(*calls, a_bag(log, "bag"), split_every=3)
    graph, keys = done.graph()
    assert max(len(task.deps) for task in graph.tasks.values()) == 3
    assert done.compute(scheduler="sync") is None
    assert sorted(log.lines) == ["bag"] * 2 + ["run"] * 20
    assert pn.checkpoint().compute(scheduler="sync") is None
    assert len(keys) == 1


def test_collections_in_containers() -> None:
    """Come back in them."""
    log = Log()
    bound = pn.bind({"a": [a_call(log, "child")], "b": 5}, (a_call(log, "parent"),))
    assert pn.compute(bound, scheduler="sync") == ({"a": [3], "b": 5},)
    assert log.lines == ["parent", "child"]
    assert pn.wait_on([a_call(log, "x")], 7)[1] == 7


def test_omit() -> None:
    """What is omitted is neither done again nor waits."""
    log = Log()
    shared = pn.delayed(log)(1, "shared")
    child = pn.delayed(log)(shared + 1, "child")
    parent = pn.delayed(log)(shared, "parent")
    bound = pn.bind(child, parent, omit=shared)
    assert pn.compute(bound, parent, scheduler="sync") == (2, 1)
    assert log.lines.count("shared") == 1
    bag = a_bag(log, "bag")
    again = pn.clone(bag.map(str), omit=bag)
    log.lines.clear()
    assert pn.compute(bag, again, scheduler="sync") == ([0, 1, 2, 3], ["0", "1", "2", "3"])
    assert log.lines == ["bag"] * 2


def test_kept_values_wait_too() -> None:
    """What reads values that are in memory is work like any other."""
    log = Log()
    kept = pn.range(2, npartitions=2).persist(scheduler="sync")
    for value in (
        kept.map_partitions(lambda part: log(list(part), "child")),
        a_call(log, "child").persist() + 1,
    ):
        log.lines.clear()
        child = pn.delayed(log)(
            value.to_delayed() if value is not None and isinstance(value, pn.Bag) else value, "child"
        )
        pn.bind(child, a_call(log, "parent")).compute(scheduler="sync")
        assert log.lines[0] == "parent"


def test_long_chains() -> None:
    """Nothing recurses."""
    value = pn.delayed(int)(0)
    for _ in range(20_000):
        value = value + 1
    assert pn.clone(value).compute(scheduler="sync") == 20_000
    assert pn.bind(value, pn.delayed(int)(1)).compute(scheduler="sync") == 20_000


def test_order_under_dask() -> None:
    """Dask's schedulers keep it, too."""
    dask = pytest.importorskip("dask")
    log = Log()
    child, parent = a_call(log, "child"), a_call(log, "parent")
    assert dask.compute(pn.bind(child, parent), scheduler="sync") == (3,)
    assert log.lines == ["parent", "child"]
    after = pn.delayed(log)(pn.wait_on(a_call(log, "a"), a_call(log, "b"))[0], "after")
    assert dask.compute(after, scheduler="sync") == (3,)
    assert log.lines[-1] == "after"
    assert len(log.lines) == 5


def test_what_waits_for_a_failure_fails() -> None:
    """In a partial answer it is missing, for the reason that what it waits for has."""
    log = Log()
    bad = pn.delayed(int)("x")
    for value in (pn.bind(a_call(log, "child"), bad), pn.wait_on(a_call(log, "other"), bad)[0]):
        result = value.compute(on_error="partial", scheduler="sync")
        assert result.value is None
        assert [type(failure.error) for failure in result.failures] == [ValueError]
    assert "child" not in log.lines


def test_rows_that_are_left_of_files(tmp_path: Path) -> None:
    """What numbers them is ordered with them, and their file is read once."""
    path = tmp_path / "a.csv"
    path.write_text("x\n" + "".join(f"{i}\n" for i in range(40)))
    frame = pn.read_csv(path, blocksize=30)
    kept, table = frame[frame.x % 7 == 3], pd.read_csv(path)
    nothing = pn.delayed(int)(0)
    for ordered in (pn.clone(kept), pn.bind(kept, nothing), pn.wait_on(kept, nothing)[0]):
        pd.testing.assert_frame_equal(ordered.compute(scheduler="sync"), table[table.x % 7 == 3])
        assert str(ordered.explain()).split("as optimized:")[0].count("read_csv") == 1
