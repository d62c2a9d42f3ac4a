"""The same answers in threads and in processes: a fixed set of pipelines, each of several steps."""

from __future__ import annotations

import itertools
import json
import operator
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.testing import ExitProcess, OnAttempt, assert_eq, no_leftovers
from tests.oracle.strategies import WAYS

PARTITIONS = [[3, 1, 4, 1], [], [5, -9, 2], [6], [5, 3, 5, -8, 9, 7], []]
RECORDS = list(itertools.chain.from_iterable(PARTITIONS))
EVEN = [x for x in RECORDS if x % 2 == 0]

PIPELINES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "records": (lambda bag: bag, RECORDS),
    "map with an item": (lambda bag: bag.map(operator.sub, bag.min()), [x - min(RECORDS) for x in RECORDS]),
    "map with a bag": (lambda bag: bag.map(operator.mul, bag.map(abs)), [x * abs(x) for x in RECORDS]),
    "filter": (lambda bag: bag.filter(lambda x: x % 2 == 0).map(str), list(map(str, EVEN))),
    "flat_map": (lambda bag: bag.map(abs).flat_map(range), [i for x in RECORDS for i in range(abs(x))]),
    "json": (
        lambda bag: bag.map(lambda x: json.dumps({"x": x, "odd": x % 2})).map(json.loads).pluck(["x", "odd"]),
        [(x, x % 2) for x in RECORDS],
    ),
    "map_partitions": (
        lambda bag: bag.map_partitions(sorted),
        list(itertools.chain.from_iterable(map(sorted, PARTITIONS))),
    ),
    "glom": (lambda bag: bag.glom(), PARTITIONS),
    "accumulate": (lambda bag: bag.accumulate(operator.add), list(itertools.accumulate(RECORDS))),
    "zip_with_index": (lambda bag: bag.zip_with_index(), [(x, i) for i, x in enumerate(RECORDS)]),
    "count": (lambda bag: bag.count(), len(RECORDS)),
    "sum of items": (lambda bag: bag.sum() * 2 + bag.max(), sum(RECORDS) * 2 + max(RECORDS)),
    "frequencies": (lambda bag: bag.frequencies(sort=True), Counter(RECORDS).most_common()),
    "topk": (lambda bag: bag.topk(3), sorted(RECORDS, reverse=True)[:3]),
    "distinct": (lambda bag: bag.map(abs).distinct(npartitions=1), list(dict.fromkeys(map(abs, RECORDS)))),
    "fold in place": (
        lambda bag: bag.fold(lambda seen, x: seen | {x}, set.union, initial=set(), split_every=2),
        set(RECORDS),
    ),
    "foldby": (
        lambda bag: bag.foldby(lambda x: x % 3, operator.add, split_every=2),
        [(key, sum(x for x in RECORDS if x % 3 == key)) for key in dict.fromkeys(x % 3 for x in RECORDS)],
    ),
    "join": (
        lambda bag: bag.join(["a", "bb", "ccccc"], lambda x: x, len),
        [(word, x) for x in RECORDS for word in ["a", "bb", "ccccc"] if len(word) == x],
    ),
    "repartition": (lambda bag: bag.repartition(4).map(abs).repartition(9), list(map(abs, RECORDS))),
    "concat with itself": (lambda bag: pn.concat([bag, bag.map(abs)]), RECORDS + list(map(abs, RECORDS))),
    "zip": (lambda bag: pn.zip(bag, bag.map(abs)), [(x, abs(x)) for x in RECORDS]),
    "take": (
        lambda bag: bag.filter(lambda x: x > 4).take(4, compute=False),
        [x for x in RECORDS if x > 4][:4],
    ),
}


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_pipeline(pipeline: str, scheduler: str) -> None:
    """The answer is that of plain Python, however the bag was made."""
    build, expected = PIPELINES[pipeline]
    for way in WAYS.values():
        assert_eq(build(way(PARTITIONS)), expected, scheduler=scheduler, num_workers=2)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_large_records(scheduler: str) -> None:
    """Partitions too large for a message are the same when they come back, and leave no file."""
    texts = [chr(97 + i % 26) * 50_000 for i in range(12)]
    bag = pn.from_sequence(texts, npartitions=4)
    bag.count().compute(scheduler=scheduler, num_workers=2)  # worker processes stay
    with no_leftovers():
        assert_eq(bag.map(str.upper), list(map(str.upper, texts)), scheduler=scheduler, num_workers=2)
        pairs = pn.zip(bag, bag.map(len)).repartition(3)
        assert_eq(pairs, [(text, 50_000) for text in texts], scheduler=scheduler, num_workers=2)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_the_users_exception_comes_back(scheduler: str) -> None:
    """An exception keeps its type and says which step failed on which record."""
    bag = pn.from_sequence([1, 2, 0, 3], npartitions=2).map(abs).map(lambda x: 6 // x).filter(bool)
    with pytest.raises(ZeroDivisionError) as caught:
        bag.compute(scheduler=scheduler, num_workers=2)
    notes = "\n".join(caught.value.__notes__)
    assert "map(<lambda>)" in notes
    assert "record: 0" in notes


def test_a_dead_worker_changes_no_answer(tmp_path: Path) -> None:
    """Records whose worker died at the first attempt are there once, in their place."""
    fault = OnAttempt(1, ExitProcess(), tmp_path, only=[5, 6])
    bag = WAYS["flatten"](PARTITIONS).map(fault).map(abs)
    assert_eq(bag, list(map(abs, RECORDS)), scheduler="processes", num_workers=2)
    assert len(list(tmp_path.iterdir())) >= 2
