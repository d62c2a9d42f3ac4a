"""Collections of Dask in ``pn.compute``, ``pn.persist`` and among arguments: what Dask itself answers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask._task_spec import Task
from dask.base import DaskMethodsMixin

import pannier as pn
from pannier import foreign
from pannier.errors import UsageError
from pannier.foreign import adopt, is_foreign

TABLE = pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": list("ababa")})


def bag() -> Any:
    return db.from_sequence(range(10), npartitions=3).map(operator.neg).filter(lambda x: x % 2)


def frame() -> Any:
    return dd.from_pandas(TABLE, npartitions=2)


MADE: dict[str, Callable[[], Any]] = {
    "bag": bag,
    "item": lambda: bag().sum(),
    "delayed": lambda: dask.delayed(operator.add)(1, dask.delayed(len)("abc")),
    "delayed of a bag": lambda: dask.delayed(sum)(bag()),
    "frame": lambda: frame()[frame().x > 1],
    "series": lambda: frame().groupby("y").x.mean() / 4,
    "index": lambda: frame().index,
    "scalar": lambda: frame().x.sum() + 1,
    "shuffled frame": lambda: frame().sort_values("x", ascending=False),
    "array": lambda: da.arange(12, chunks=5).reshape(3, 4) + 1,
    "array of one value": lambda: da.ones((3, 4), chunks=2).sum(),
}


def assert_equal(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    if isinstance(theirs, (pd.DataFrame, pd.Series, pd.Index)):
        assert ours.equals(theirs)
    elif isinstance(theirs, np.ndarray):
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert ours == theirs


@pytest.mark.parametrize("optimize_graph", [True, False])
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_compute(make: Callable[[], Any], optimize_graph: bool) -> None:
    """The answer is that of Dask, optimized or not."""
    theirs = make().compute(scheduler="sync")
    (ours,) = pn.compute(make(), optimize_graph=optimize_graph, scheduler="threads")
    assert_equal(ours, theirs)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_persist(make: Callable[[], Any]) -> None:
    """What comes back is a collection of Dask over results: the tasks are gone, the answer is the same."""
    (kept,) = pn.persist(make(), scheduler="sync")
    assert type(kept) is type(make().persist(scheduler="sync"))
    assert not any(isinstance(node, Task) for node in kept.__dask_graph__().values())
    assert_equal(kept.compute(scheduler="sync"), make().compute(scheduler="sync"))


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_argument(make: Callable[[], Any]) -> None:
    """An argument of a delayed function, at any depth, is the whole answer."""
    got = pn.delayed(lambda nested: nested["at"][0])({"at": [make()]}).compute(scheduler="sync")
    assert_equal(got, make().compute(scheduler="sync"))


def test_on_processes() -> None:
    """Tasks of Dask's travel; a bag runs on processes, as Dask has it."""
    assert pn.compute(bag(), frame().x.sum(), num_workers=2) == (bag().compute(scheduler="sync"), 15)


def test_together() -> None:
    """Among ours, in containers, and what several share is made once."""
    calls: list[int] = []
    shared = db.from_sequence(range(6), npartitions=2).map(lambda x: calls.append(x) or x)
    answers = pn.compute(
        [shared.sum(), {"max": shared.max()}], shared, pn.range(3, 2).sum(), shared, 7, scheduler="sync"
    )
    assert answers == ([15, {"max": 5}], list(range(6)), 3, list(range(6)), 7)
    assert sorted(calls) == list(range(6))


def test_kinds_in_turn() -> None:
    """Answers keep their places, where collections that are optimized together are computed among others."""
    theirs = [bag().sum(), dask.delayed(100), bag().count(), frame().x.sum(), dask.delayed(7)]
    assert pn.compute(*theirs, scheduler="sync") == (-25, 100, 5, 15, 7)


def test_in_part() -> None:
    """With ``on_error="partial"`` what could be made of a bag is there; a grid that lacks a part is no array."""
    (answer,) = pn.compute(bag().map(lambda x: 1 // (x + 5)), on_error="partial", scheduler="sync")
    assert answer.value == [0, 0, -1]
    (failure,) = answer.failures
    assert failure.partition == 1
    grid = da.arange(4, chunks=2).map_blocks(lambda block: 1 / block.min(), dtype=float).reshape(2, 2)
    with (
        np.errstate(divide="raise"),
        pytest.raises(UsageError, match="the partitions of this Array are a grid"),
    ):
        pn.compute(grid, on_error="partial", scheduler="sync")


def test_explain() -> None:
    """The plan counts its partitions, and the tasks are Dask's."""
    text = pn.explain(frame().x + 1)
    assert "from_dask  [2 partitions]" in text


def test_what_is_foreign() -> None:
    """Collections of Dask are, and what follows the protocol; ours, which follow it too, and plain values are not."""

    class Lazy(DaskMethodsMixin):
        def __init__(self, dsk: Any) -> None:
            self.dsk = dsk

        def __dask_graph__(self) -> Any:
            return self.dsk

    assert all(is_foreign(make()) for make in MADE.values())
    assert is_foreign(Lazy({"x": 1}))
    assert not is_foreign(Lazy(None))
    assert not any(map(is_foreign, [Lazy, pn.range(3, 2), pn.delayed(len)("abc"), TABLE, 7, None]))


def test_a_collection_of_somebody_else() -> None:
    """The documented methods are enough, without an optimizer too."""

    class Pair(DaskMethodsMixin):
        def __init__(self, dsk: dict[str, Any]) -> None:
            self.dsk = dsk

        def __dask_graph__(self) -> dict[str, Any]:
            return self.dsk

        def __dask_keys__(self) -> list[Any]:
            return [["left"], "right"]

        __dask_scheduler__ = staticmethod(dask.threaded.get)

        def __dask_postcompute__(self) -> Any:
            return tuple, ()

        def __dask_postpersist__(self) -> Any:
            return Pair, ()

    pair = Pair({"left": (operator.neg, "x"), "right": "x", "x": 3})
    assert pn.compute(pair) == (([-3], 3),)
    (kept,) = pn.persist(pair)
    assert kept.dsk == {"left": -3, "right": 3}


def test_an_argument_of_many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is optimized once, as long as it stays what it is, and computed once."""
    adopted: list[Any] = []
    monkeypatch.setattr(foreign, "adopt", lambda collections: adopted.append(1) or adopt(collections))
    table = frame()
    calls = [pn.delayed(len)(table) for _ in range(5)]
    assert pn.compute(calls, scheduler="sync") == ([5] * 5,)
    assert len(adopted) == 1
    table["z"] = table.x + 1
    assert pn.delayed(list)(table).compute(scheduler="sync") == ["x", "y", "z"]
