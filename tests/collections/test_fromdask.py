"""Collections of Dask that go on as ours."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import pandas as pd
import pytest

import pannier as pn
from pannier.errors import UsageError

TABLE = pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": list("ababa")})


def frame() -> Any:
    return dd.from_pandas(TABLE, npartitions=2)


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        (db.from_sequence([1, 2, 3], npartitions=2).map(str), pn.Bag),
        (db.from_sequence([1, 2, 3], npartitions=2).sum(), pn.Item),
        (dask.delayed(len)("abc"), pn.Delayed),
        (frame(), pn.DataFrame),
        (frame().x + 1, pn.Series),
        (frame().index, pn.Index),
        (frame().x.sum(), pn.Scalar),
        (da.ones((3, 4), chunks=2), pn.Delayed),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, type) else "",
)
def test_kinds(theirs: Any, kind: type) -> None:
    """Each becomes what it is here, with the same partitions and the same answer."""
    ours = pn.from_dask(theirs)
    assert type(ours) is kind
    assert ours.npartitions == (1 if kind is pn.Delayed else getattr(theirs, "npartitions", 1))
    expected = theirs.compute(scheduler="sync")
    answer = ours.compute(scheduler="sync")
    assert type(answer) is type(expected)
    assert pd.Series([answer]).map(str).equals(pd.Series([expected]).map(str))


def test_going_on_with_a_bag() -> None:
    """Verbs of ours over it; a partition that is an iterator is walked by all that read it."""
    bag = pn.from_dask(db.from_sequence(range(10), npartitions=3).map_partitions(iter))
    assert pn.compute(bag.sum(), bag.count(), bag.map(str).take(2), scheduler="sync") == (45, 10, ["0", "1"])


def test_going_on_with_a_frame() -> None:
    """Columns, types and divisions are known."""
    ours = pn.from_dask(frame()[frame().x > 1])
    assert ours.divisions == (0, 3, 4)
    assert ours.dtypes.x == "int64"
    means = ours.groupby("y").x.mean().compute(scheduler="sync")
    assert means.to_dict() == {"a": 4.0, "b": 3.0}


def test_a_frame_with_unknown_divisions() -> None:
    """Stays one."""
    assert not pn.from_dask(frame().clear_divisions()).known_divisions


def test_what_is_not_dasks() -> None:
    """Is named."""
    with pytest.raises(UsageError, match="from_dask takes a collection of Dask's, not 3"):
        pn.from_dask(3)
