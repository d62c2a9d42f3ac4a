"""Samples of plans: the same steps over first rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.computing import sample
from pannier.plan.nodes import Source
from pannier.plan.rewrite import topological
from pannier.plan.sampling import NoSample, sampled

FRAME = pd.DataFrame({"k": [i % 7 for i in range(1000)], "v": range(1000)})


def first_rows(collection: Any, blocks: list[int] | None = None, rows: int = 5) -> list[Any]:
    """Samples of some blocks, by default the first."""
    (made,) = sample([sampled(collection.node, [0] if blocks is None else blocks, rows, {})])
    return made


def frame(npartitions: int = 10) -> Any:
    """The rows of FRAME."""
    return pn.from_pandas(FRAME, npartitions=npartitions)


@pytest.mark.parametrize(
    ("steps", "least", "most"),
    [
        (lambda df: df, 5, 5),
        (lambda df: df[df.v > 2], 2, 2),
        (lambda df: df.assign(w=df.v - df.v.min()), 5, 5),
        (lambda df: df.merge(df, on="k"), 1, 200),
        (lambda df: df.sort_values("v"), 1, 50),
        (lambda df: df.groupby("k").v.sum(), 1, 7),
        (lambda df: df.v.cumsum(), 5, 5),
        (lambda df: df.v.shift(1), 5, 5),
        (lambda df: df.repartition(npartitions=1), 5, 50),
        (lambda df: pdf.concat([df, df]), 5, 5),
        (lambda df: df.persist(scheduler="sync"), 5, 5),
        (lambda df: df.to_bag(format="dict").to_dataframe(), 5, 5),
    ],
)
def test_every_kind_of_step_has_a_sample(steps: Callable[[Any], Any], least: int, most: int) -> None:
    """A few rows come out of steps, reductions, shuffles, scans and what is kept in memory."""
    lazy = steps(frame())
    (found,) = first_rows(lazy)
    assert least <= len(found) <= most
    assert list(getattr(found, "columns", [])) == list(getattr(lazy._meta, "columns", []))


def test_blocks_are_those_asked_for() -> None:
    """In order, and of their own rows."""
    found = first_rows(frame().v, [7, 2], rows=1)
    assert [block.tolist() for block in found] == [[700], [200]]


def test_few_parts_are_read_however_many_there_are() -> None:
    """Where all partitions are joined, the sample is of the first ones."""
    joined = frame(200).repartition(npartitions=1)
    node = sampled(joined.node, [0], 3, {})
    parts = sum(each.npartitions for each in topological([node]) if isinstance(each, Source))
    assert parts < 20
    (found,) = first_rows(joined, rows=3)
    assert 0 < len(found) < 60


@pytest.mark.parametrize(
    "steps",
    [
        lambda bag: bag,
        lambda bag: bag.map(str),
        lambda bag: bag.filter(lambda x: x % 2),
        lambda bag: bag.distinct(),
        lambda bag: bag.groupby(lambda x: x % 3),
        lambda bag: bag.accumulate(lambda total, x: total + x),
        lambda bag: bag.repartition(2),
        lambda bag: pn.concat([bag, bag]),
        lambda bag: bag.persist(scheduler="sync"),
    ],
)
def test_bags_have_samples(steps: Callable[[Any], Any]) -> None:
    """A few records come out of every kind of step over records."""
    (found,) = first_rows(steps(pn.range(1000, npartitions=4)))
    assert 0 < len(list(found)) <= 20


def test_readers_of_records_stop_early() -> None:
    """No more of a stream is pulled than a batch."""
    pulled = []

    def read(part: int) -> Any:
        for i in range(100_000):
            pulled.append(i)
            yield i

    bag = pn.from_sequence([])
    bag = bag.rebuild(Source(verb="read", reader=read, parts=[0]))
    assert first_rows(bag) == [[0, 1, 2, 3, 4]]
    assert len(pulled) < 10_000


def test_what_is_known_is_not_made_again() -> None:
    """Samples that are there are used."""
    made = []

    def func(block: Any) -> Any:
        made.append(len(block))
        return block

    df = frame().map_partitions(func, meta=FRAME[:0])
    node = sampled((df.v + 1).node, [0], 5, {df.node.name: [FRAME[:2]]})
    ((found,),) = sample([node])
    assert found.tolist() == [1, 2]
    assert not made


def test_delayed_values_have_no_sample() -> None:
    """It is not known what they cost."""
    with pytest.raises(NoSample):
        sampled(pdf.from_delayed([pn.delayed(FRAME.head)()], meta=FRAME[:0]).node, [0], 5, {})
