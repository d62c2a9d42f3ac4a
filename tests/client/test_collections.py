"""Collections and graphs while a client is open, and as futures of it."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.errors import UsageError


def where(_: Any) -> list[int]:
    return [os.getpid()]


def places(**options: Any) -> set[int]:
    """The processes that compute a bag."""
    return set(pn.range(4, npartitions=4).map_partitions(where).compute(**options))


def test_collections_go_to_the_client(client: pn.Client) -> None:
    """Bags, frames and delayed values run in processes, unless a call says otherwise."""
    here = os.getpid()
    assert here not in places()
    assert places(scheduler="threads") == {here}
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    assert here not in set(frame.x.map(lambda _: os.getpid(), meta=("x", int)).compute())
    assert pn.delayed(os.getpid)().compute() != here
    assert pn.range(10, npartitions=2).groupby(lambda x: x % 2).map_values(sum).compute() is not None


def test_the_client_is_the_scheduler_only_while_it_is_open() -> None:
    """One that is not the default is asked for by name; afterwards all is as before."""
    before = pn.config.get("scheduler")
    with pn.Client(n_workers=1) as own:
        assert "Client: 1 workers" in pn.config.describe()
        assert pn.get_client() is own
    assert pn.config.get("scheduler") is before
    with pn.Client(n_workers=1, set_as_default=False) as other:
        assert pn.config.get("scheduler") is before
        assert os.getpid() not in places(scheduler=other)
    with pytest.raises(UsageError, match="the client is closed"):
        places(scheduler=other)


def test_futures_of_collections(client: pn.Client) -> None:
    """They are arguments like any other, of one collection or of several with work in common."""
    bag = pn.range(6, npartitions=2).map(lambda x: x + 1)
    total = client.compute(bag.sum())
    assert client.submit(divmod, total, 10).result(timeout=60) == (2, 1)
    both = client.compute([bag, bag.max()])
    assert client.gather(both) == [[1, 2, 3, 4, 5, 6], 6]
    assert client.compute(bag, sync=True) == [1, 2, 3, 4, 5, 6]
    failed = client.compute(bag.map(lambda x: 1 // (x - 1)))
    after = client.submit(abs, failed)
    assert isinstance(after.exception(timeout=60), ZeroDivisionError)
    cancelled = client.compute(bag.map(str))
    cancelled.cancel()
    assert client.submit(abs, -1).result() == 1


def kinds_of(*args: Any, **kwargs: Any) -> list[str]:
    return [type(each).__name__ for each in (*args, *kwargs.values())]


def test_collections_among_arguments(client: pn.Client) -> None:
    """Arrive as they are, as with Dask's client, and can be computed there; a future of one arrives as its answer."""
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    lazy = [frame, frame.x.sum(), pn.range(3, npartitions=2), pn.delayed(len)("ab")]
    kinds = [type(each).__name__ for each in lazy]
    assert client.submit(kinds_of, *lazy).result(timeout=60) == kinds
    assert client.submit(kinds_of, a=lazy[0], b=lazy[1]).result(timeout=60) == kinds[:2]
    assert client.gather(client.map(kinds_of, lazy)) == [[kind] for kind in kinds]
    assert client.submit(lambda df: df.x.max().compute(), frame).result(timeout=60) == 2
    assert client.submit(abs, client.compute(frame.x.sum())).result(timeout=60) == 3


def test_persist_and_get(client: pn.Client) -> None:
    """Kept collections, and graphs by hand."""
    kept, both = client.persist([pn.range(3, npartitions=2).map(str), pn.range(2, npartitions=1)])
    assert (kept.compute(), both.compute()) == (["0", "1", "2"], [0, 1])
    assert client.persist(kept).compute() == ["0", "1", "2"]
    assert client.get({"x": 1, "y": (max, "x", 3), "where": (os.getpid,)}, ["y", "x"]) == [3, 1]
    assert client.get({"where": (os.getpid,)}, "where") != os.getpid()


def test_progress_is_told(client: pn.Client) -> None:
    """Observers hear of a collection's run on a client as of any other."""
    seen: list[str] = []
    with pn.schedulers.events.observe(lambda event: seen.append(type(event).__name__)):
        pn.range(2, npartitions=2).map(str).compute()
    assert (seen[0], seen[-1]) == ("RunStarted", "RunFinished")
    assert seen.count("TaskFinished") == 2
