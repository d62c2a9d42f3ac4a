"""A cluster of Dask's as a scheduler, and our collections under its client."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import dask
import dask.bag as db
import pandas as pd
import pytest
from dask._task_spec import DataNode
from distributed import Client, LocalCluster

import pannier as pn
from pannier.errors import GraphError, UsageError
from pannier.graph.task import Ref

TABLE = pd.DataFrame({"x": [3, 1, 2, 4, 5], "y": list("ababa")})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with (
        dask.config.set(temporary_directory=tmp_path_factory.mktemp("cluster")),  # it leaves files there
        LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def bag() -> pn.Bag:
    return pn.range(10, npartitions=3).map(lambda x: x + 1)


def test_as_a_scheduler(client: Any) -> None:
    """Bags, frames, delayed values and hand-written graphs run there; shuffles too."""
    frame = pn.from_pandas(TABLE, npartitions=2)
    grouped = bag().groupby(lambda x: x % 2).map_values(sum)
    assert sorted(grouped.compute(scheduler=client)) == [(0, 30), (1, 25)]
    assert frame.sort_values("x").x.compute(scheduler=client).tolist() == [1, 2, 3, 4, 5]
    assert pn.delayed(operator.add)(1, 2).compute(scheduler=client) == 3
    dsk = {"x": 1, "y": (max, "x", 3), "never": (operator.truediv, 1, 0)}
    assert pn.get(dsk, [["y"], "x"], scheduler=client) == [[3], 1]


def test_keys_are_of_one_run(client: Any) -> None:
    """What a key meant in another graph, which the cluster may still know, does not matter; it may be anything."""
    kept = client.get({"x": DataNode("x", 1)}, "x", sync=False)
    assert pn.get({"x": (operator.neg, 5)}, "x", scheduler=client) == -5
    assert kept.result() == 1
    odd = frozenset("ab")
    assert pn.get(
        {odd: 1, None: (operator.neg, Ref(odd)), 2.5: Ref(None)}, [None, [2.5]], scheduler=client
    ) == [
        -1,
        [-1],
    ]


def test_errors(client: Any) -> None:
    """Exceptions are those of the task; graphs and options are checked first."""
    with pytest.raises(ZeroDivisionError):
        pn.get({"x": (operator.truediv, 1, 0)}, "x", scheduler=client)
    with pytest.raises(GraphError, match="no task is named 'yy'"):
        pn.get({"y": 1}, "yy", scheduler=client)
    with pytest.raises(UsageError, match="task_timeout needs scheduler='processes'"):
        pn.get({"y": 1}, "y", scheduler=client, task_timeout=3)


def test_under_the_client(client: Any) -> None:
    """``client.compute``, alone, in lists and beside Dask's own; ``dask.compute`` with the client at work."""
    assert client.compute(bag()).result() == list(range(1, 11))
    assert client.compute([bag().sum(), db.from_sequence([1, 2]).sum()], sync=True) == [55, 3]
    with client.as_current():
        assert dask.compute(bag().count()) == (10,)


def test_persisted_in_the_cluster(client: Any) -> None:
    """What the cluster keeps is used there, fetched by schedulers of ours, and sent on to worker processes."""
    kept = client.persist(bag())
    assert type(kept) is pn.Bag
    assert client.compute(kept.sum()).result() == 55
    assert kept.sum().compute(scheduler="threads") == 55
    assert kept.map(str).count().compute(scheduler="processes", num_workers=2) == 10


def test_dasks_own_persisted_in_the_cluster(client: Any) -> None:
    """Is fetched too."""
    kept = client.persist(db.from_sequence([1, 2, 3], npartitions=2).map(operator.neg))
    assert pn.compute(kept, kept.sum(), scheduler="threads") == ([-1, -2, -3], -6)
    assert pn.from_dask(kept).sum().compute(scheduler="sync") == -6
