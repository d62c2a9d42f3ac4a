"""``on_error="partial"``: what succeeded, and what did not, under every scheduler."""

from __future__ import annotations

import multiprocessing as mp
import operator
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.errors import InternalError, LostResult, SerializationError, UsageError, WorkerDied
from pannier.graph.graph import Graph
from pannier.graph.task import Literal, Ref, Task
from pannier.schedulers import sync
from pannier.schedulers.partial import Failed, Tainted, tolerant


@pytest.fixture(scope="module", params=["sync", "threads", "processes", "ThreadPool", "ProcessPool"])
def scheduler(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each by name, or an executor."""
    if request.param == "ThreadPool":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    elif request.param == "ProcessPool":
        with ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")) as pool:
            yield pool
    else:
        yield request.param


def numbers() -> pn.Bag:
    """Of six partitions of two, the second and the fifth cannot be read as numbers."""
    return pn.from_sequence("0 1 x 3 4 5 6 7 8 y 10 11".split(), npartitions=6).map(int)


def partial(collection: Any, scheduler: Any) -> pn.PartialResult:
    result = collection.compute(on_error="partial", scheduler=scheduler)
    assert type(result) is pn.PartialResult
    return result


def test_a_bag(scheduler: Any) -> None:
    """The records of the partitions that succeeded, in order, and one failure a partition that did not."""
    result = partial(numbers(), scheduler)
    assert result.value == [0, 1, 4, 5, 6, 7, 10, 11]
    assert [(f.partition, f.step, type(f.error)) for f in result.failures] == [
        (1, "from_sequence-map", ValueError),
        (4, "from_sequence-map", ValueError),
    ]
    assert result.failures[0].key == (numbers().graph()[1][1])


def test_a_failure_says_where(tmp_path: Path, scheduler: Any) -> None:
    """The notes are those that the exception would have had: step, file, line, record, task."""
    (tmp_path / "a.txt").write_text("1\n")
    (tmp_path / "b.txt").write_text("2\nthree\n")
    result = partial(pn.read_text(tmp_path).map(int), scheduler)
    assert result.value == [1]
    (failure,) = result.failures
    text = str(failure)
    assert text.startswith("partition 1, read_text-map: ValueError: invalid literal")
    assert "b.txt, line 2" in text
    assert "record: 'three" in text
    assert repr(failure.key) in text


@pytest.mark.parametrize(
    ("reduce", "expected"),
    [
        (lambda bag: bag.sum(), 44),
        (lambda bag: bag.count(), 8),
        (lambda bag: bag.max(), 11),
        (lambda bag: bag.mean(), 5.5),
        (lambda bag: bag.sum(split_every=2), 44),
        (lambda bag: bag.fold(operator.add), 44),
        (lambda bag: bag.sum() / bag.count(), 5.5),
        (lambda bag: bag.map(lambda x: x % 2).frequencies(), [(0, 4), (1, 4)]),
        (lambda bag: bag.topk(2), [11, 10]),
        (lambda bag: bag.repartition(2), [0, 1, 4, 5, 6, 7, 10, 11]),
        (lambda bag: pn.concat([bag, bag.map(operator.neg)]).count(), 16),
    ],
)
def test_reductions(reduce: Any, expected: Any) -> None:
    """Are those of the partitions that succeeded, at every level of the tree."""
    result = partial(reduce(numbers()), "sync")
    assert result.value == expected
    assert {failure.partition for failure in result.failures} == {1, 4}


def test_a_shuffle(scheduler: Any) -> None:
    """Is that of the splits that succeeded."""
    result = partial(numbers().groupby(lambda x: x % 2, npartitions=3), scheduler)
    assert sorted(result.value) == [(0, [0, 4, 6, 10]), (1, [1, 5, 7, 11])]
    assert [failure.partition for failure in result.failures] == [1, 4]


def test_a_scan() -> None:
    """Ends at the first gap: nothing after it is known."""
    result = partial(numbers().accumulate(operator.add), "sync")
    assert result.value == [0, 1]
    assert {failure.partition for failure in result.failures} == {1, 4}


def test_bags_side_by_side() -> None:
    """A partition is missing if either is."""
    other = pn.from_sequence(["z", *"123456789ab"], npartitions=6).map(int)
    result = partial(pn.zip(numbers(), other), "sync")
    assert result.value == [(4, 4), (5, 5), (6, 6), (7, 7)]
    assert [failure.partition for failure in result.failures] == [0, 1, 4, 5]


def test_several_at_once(scheduler: Any) -> None:
    """Each has its own result, with the failures that concern it; what is no collection stays as it is."""
    good = pn.range(4, 2)
    total, all_of_it, rest = pn.compute(
        numbers().sum(), {"good": good}, 7, on_error="partial", scheduler=scheduler
    )
    assert (total.value, len(total.failures)) == (44, 2)
    assert all_of_it == {"good": pn.PartialResult([0, 1, 2, 3], [])}
    assert rest == 7


def test_nothing_is_left() -> None:
    """A bag without its partitions is empty; a single value that cannot be made is None."""
    bad = pn.from_sequence(["x", "y"], npartitions=2).map(int)
    assert partial(bad, "sync").value == []
    for single in (bad.sum(), bad.max()):
        result = partial(single, "sync")
        assert result.value is None
        assert [failure.partition for failure in result.failures] == [0, 1]


def test_the_last_step_fails() -> None:
    """Then the failure is of no one partition, and says which step it was."""
    result = partial(pn.range(4, 2).sum() / 0, "sync")
    assert result.value is None
    (failure,) = result.failures
    assert failure.partition is None
    assert (failure.step, type(failure.error)) == ("truediv", ZeroDivisionError)


def test_written_files(tmp_path: Path) -> None:
    """The paths of the files that were written."""
    result = numbers().map(str).to_textfiles(tmp_path, on_error="partial", scheduler="sync")
    assert result.value == [str(tmp_path / f"{i}.part") for i in (0, 2, 3, 5)]
    assert sorted(tmp_path.iterdir()) == [Path(path) for path in result.value]


def test_delayed_values() -> None:
    """A call needs every argument, but for a list of results, which goes on without what is missing."""
    load = pn.delayed(int)
    parts = [load("1"), load("x")]
    assert partial(pn.delayed(sum)([load("1"), load("2")]), "sync").value == 3
    assert partial(pn.delayed(dict)(a=parts[0], b=parts[1]), "sync").value is None


def test_bad_options() -> None:
    """Named with what is near."""
    with pytest.raises(UsageError, match="on_error is 'raise' or 'partial', not 'partially'; did you mean"):
        pn.range(3, 1).compute(on_error="partially")


def test_what_still_raises() -> None:
    """Ctrl-C, faults of pannier's own, and tasks that cannot travel."""
    for error in (KeyboardInterrupt, InternalError, LostResult):

        def fail(x: int, error: type[BaseException] = error) -> int:
            raise error("now")

        with pytest.raises(error):
            pn.range(3, 1).map(fail).compute(on_error="partial", scheduler="sync")
    lock = mp.Lock()
    with pytest.raises(SerializationError):
        pn.range(3, 1).map(lambda x: lock).compute(on_error="partial", scheduler="processes")


def test_a_worker_that_dies() -> None:
    """Costs its partition, when it has died more often than ``retries`` allows; the others are there."""

    def die(x: int) -> int:
        if x == 3:
            os._exit(9)
        return x

    with pn.config.set(retries=1):
        result = partial(pn.range(8, 4).map(die), "processes")
        total = partial(pn.range(8, 4).map(die).sum(), "processes")
    assert (result.value, total.value) == ([0, 1, 4, 5, 6, 7], 23)
    for (failure,) in (result.failures, total.failures):
        assert (failure.partition, type(failure.error)) == (1, WorkerDied)


def test_no_truth() -> None:
    """It is not asked whether a result is true: that would be answered wrongly half of the time."""
    with pytest.raises(TypeError, match=r"ask for \.failures"):
        bool(pn.PartialResult(0))


def test_tolerant_graphs() -> None:
    """References inside containers and keywords are needed all; lists of references are not; literals stay."""
    graph = Graph(
        {
            "bad": Task(int, "x"),
            "good": Task(int, "1"),
            "list": Task(sum, [Ref("good"), Ref("bad")]),
            "dict": Task(len, {"a": Ref("bad")}),
            "mixed": Task(len, [Ref("good"), 1, (Ref("good"), Literal(Ref("bad")))]),
            "keyword": Task(int, "11", base=Ref("bad")),
            "after": Task(operator.add, Ref("list"), Ref("list")),
        },
        {},
    )
    keys = list(graph.tasks)
    found = dict(zip(keys, sync.get(tolerant(graph), keys), strict=True))
    assert (found["good"], found["mixed"]) == (1, 3)
    assert [type(found[key]) for key in ("bad", "dict", "keyword")] == [Failed] * 3
    assert [(type(found[key]), found[key].value) for key in ("list", "after")] == [(Tainted, 1), (Tainted, 2)]
    assert all(list(found[key].failures) == [0] for key in ("bad", "dict", "keyword", "list", "after"))


def test_failures_travel_once_packed() -> None:
    """Through any number of processes with one traceback, that of the task."""
    missing = sync.get(tolerant(Graph({"bad": Task(int, "x")}, {})), "bad")
    for _ in range(3):
        missing = pickle.loads(pickle.dumps(missing))
    error = missing.failures[0].error
    assert type(error) is ValueError
    assert str(error.__cause__).count("Traceback") == 1


@pytest.mark.parametrize("bad", [0, 1, 2, 3])
def test_rows_that_are_left_of_files(tmp_path: Path, bad: int, scheduler: Any) -> None:
    """Those after a partition that is missing are there, and numbered as if it had no rows."""
    paths = []
    for i in range(4):
        paths.append(tmp_path / f"{i}.csv")
        paths[-1].write_text("x\n" + "".join(f"{10 * i + j}\n" for j in range(5)))
    frame = pn.concat([pn.read_csv(paths[:2]), pn.read_csv(paths[2:])])
    paths[bad].unlink()
    result = partial(frame[frame.x % 10 > 2], scheduler)
    halves = [[i for i in half if i != bad] for half in ([0, 1], [2, 3])]
    wanted = [(5 * n + j, 10 * i + j) for half in halves for n, i in enumerate(half) for j in (3, 4)]
    assert list(result.value.x.items()) == wanted
    assert [type(failure.error) for failure in result.failures] == [FileNotFoundError]
