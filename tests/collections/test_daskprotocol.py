"""Our collections where Dask expects its own."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from typing import Any

import dask
import dask.bag as db
import pandas as pd
import pytest
from dask._task_spec import GraphNode

import pannier as pn
from pannier.graph import daskspec
from pannier.plan.nodes import FromGraph
from pannier.schedulers import multiprocessing, sync, threaded

TABLE = pd.DataFrame({"x": [3, 1, 2, 4, 5], "y": list("ababa")})


def bag() -> pn.Bag:
    return pn.range(10, npartitions=3).map(lambda x: x + 1)


def frame() -> pn.DataFrame:
    return pn.from_pandas(TABLE, npartitions=2)  # type: ignore[no-any-return]


MADE: dict[str, Callable[[], Any]] = {
    "bag": bag,
    "concatenated bags": lambda: pn.concat([bag(), pn.range(2, 1)]),
    "grouped bag": lambda: bag().groupby(lambda x: x % 3).map_values(sum).sort_by(0),
    "item": lambda: bag().sum(),
    "delayed": lambda: pn.delayed(operator.add)(1, pn.delayed(len)("abc")),
    "value": lambda: pn.delayed(7),
    "persisted": lambda: bag().persist(scheduler="sync"),
    "frame": lambda: frame()[frame().x > 1],
    "series": lambda: frame().groupby("y").x.mean() / 4,
    "index": lambda: frame().index,
    "scalar": lambda: frame().x.sum() + 1,
    "sorted frame": lambda: frame().sort_values("x"),
    "merged frame": lambda: frame().merge(frame(), on="y").x_x,
}


def is_equal(left: Any, right: Any) -> bool:
    return bool(left.equals(right)) if hasattr(left, "equals") else left == right


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_dask_computes_them(make: Callable[[], Any]) -> None:
    """With its own schedulers, and with ours, which Dask takes by default; and they persist."""
    expected = make().compute(scheduler="sync")
    assert dask.is_dask_collection(make())
    assert is_equal(*dask.compute(make(), scheduler="sync"), expected)
    with pn.config.set(scheduler="threads"):
        assert is_equal(*dask.compute(make()), expected)
    (kept,) = dask.persist(make(), scheduler="sync")
    assert type(kept) is type(make())
    assert not kept.node.tasks
    assert is_equal(kept.compute(scheduler="sync"), expected)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_arguments_of_its_delayed(make: Callable[[], Any]) -> None:
    """Are whole answers."""
    got = dask.delayed(lambda nested: nested["at"][0])({"at": [make()]}).compute(scheduler="sync")
    assert is_equal(got, make().compute(scheduler="sync"))


def test_many_at_once() -> None:
    """In containers, beside Dask's own, each answer in its place."""
    theirs = db.from_sequence([1, 2, 3], npartitions=2).sum()
    assert dask.compute({"a": [bag().sum()]}, theirs, bag().count(), 7, scheduler="sync") == (
        {"a": [55]},
        6,
        10,
        7,
    )


def test_the_protocol() -> None:
    """Keys are those of the graph, whatever the plan becomes; names are content; the graph is nodes."""
    plan = pn.concat([bag(), bag().filter(bool)])
    graph, keys = plan.__dask_graph__(), plan.__dask_keys__()
    assert keys == [(plan.name, i) for i in range(6)]
    assert set(keys) <= set(graph)
    assert all(isinstance(node, GraphNode) for node in graph.values())
    assert dask.tokenize.tokenize(bag()) == dask.tokenize.tokenize(bag())
    assert dask.tokenize.tokenize(bag()) != dask.tokenize.tokenize(bag().sum())
    assert type(pickle.loads(pickle.dumps(pn.range(4, 2).__dask_graph__()))) is dict


def test_which_scheduler() -> None:
    """That of the collection, or what is configured here."""
    with pn.config.set(scheduler=None):
        assert bag().__dask_scheduler__ is multiprocessing.get
        assert frame().__dask_scheduler__ is threaded.get
    with pn.config.set(scheduler="sync"):
        assert bag().__dask_scheduler__ is sync.get


def test_to_ask_is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether something is a collection is answered without its tasks."""
    monkeypatch.setattr(daskspec, "to_dask", lambda graph: pytest.fail("the tasks were made"))
    assert dask.is_dask_collection(bag())


def test_optimized_by_dask() -> None:
    """``dask.optimize`` gives a collection over the tasks."""
    (optimized,) = dask.optimize(bag())
    assert isinstance(optimized.node, FromGraph)
    assert optimized.sum().compute(scheduler="sync") == 55


def test_the_plan_stays_at_home() -> None:
    """What Dask is given to finish an answer does not hold the data of the plan."""
    large = pn.from_sequence([b"x" * 1_000_000] * 4, npartitions=4)
    finish, arguments = large.__dask_postcompute__()
    assert len(pickle.dumps((finish, arguments))) < 10_000
