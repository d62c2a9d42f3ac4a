"""``compute``, ``persist``, ``explain`` and the choice of a scheduler."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import current_thread
from typing import Any, ClassVar

import pytest

import pannier as pn
from pannier import config
from pannier.computing import find_scheduler, is_collection
from pannier.errors import GraphError, UsageError
from pannier.schedulers import multiprocessing, sync, threaded
from pannier.schedulers.names import SCHEDULERS
from pannier.testing.assertions import no_compute
from tests.plan.plans import PLANS


def counted(calls: list[Any]) -> Callable[[Any], Any]:
    """A function that returns its argument and adds it to ``calls``."""

    def call(x: Any) -> Any:
        calls.append(x)
        return x

    return call


class TestScheduler:
    """Which one runs, and how one is said."""

    def test_names(self) -> None:
        """Each scheduler has its own name and those that users know from elsewhere, in any case."""
        assert {name for name in SCHEDULERS if find_scheduler(name) is sync.get} == {
            "sync",
            "synchronous",
            "single-threaded",
        }
        assert find_scheduler("threads") is find_scheduler("Threading") is threaded.get
        assert find_scheduler("processes") is find_scheduler("multiprocessing") is multiprocessing.get

    def test_an_unknown_name(self) -> None:
        """The error has the near match and all names."""
        with pytest.raises(
            UsageError, match="no scheduler is named 'thread'; did you mean 'threads'"
        ) as caught:
            pn.range(3, 1).compute(scheduler="thread")
        assert all(name in str(caught.value) for name in SCHEDULERS)

    @pytest.mark.parametrize("scheduler", [3, [], b"sync"])
    def test_what_cannot_be_a_scheduler(self, scheduler: object) -> None:
        """A wrong type is named."""
        with pytest.raises(
            UsageError, match=r"a scheduler is a name, a get function, an Executor or a client"
        ):
            pn.range(3, 1).compute(scheduler=scheduler)

    def test_a_function(self) -> None:
        """Any ``get(graph, keys, **options)`` will do, and is given the options."""
        seen: list[dict[str, Any]] = []

        def get(graph: Any, keys: Any, **options: Any) -> Any:
            seen.append(options)
            return sync.get(graph, keys)

        assert pn.range(3, 1).compute(scheduler=get, num_workers=7) == [0, 1, 2]
        assert seen == [{"num_workers": 7}]

    def test_an_executor(self) -> None:
        """Anything from ``concurrent.futures``."""
        with ThreadPoolExecutor(2) as pool:
            assert pn.range(5, 3).map(str).compute(scheduler=pool) == list("01234")

    def test_preference(self) -> None:
        """A keyword, then the configuration, then what suits the collection; processes if that is unclear."""
        bag, value = pn.range(3, 1), pn.delayed(len)("abc")
        assert find_scheduler(None, [bag]) is multiprocessing.get
        assert find_scheduler(None, [bag.sum()]) is multiprocessing.get
        assert find_scheduler(None, [value]) is threaded.get
        assert find_scheduler(None, [value, bag]) is multiprocessing.get
        with config.set(scheduler="sync"):
            assert find_scheduler(None, [bag]) is sync.get
            assert find_scheduler("threads", [bag]) is threaded.get


class TestGet:
    """``pn.get`` of a hand-written graph."""

    GRAPH: ClassVar[dict[str, Any]] = {"x": 1, "y": (max, "x", 3), "z": [(pow, "y", 2), "x"]}

    @pytest.mark.parametrize("scheduler", [None, *SCHEDULERS, threaded.get])
    def test_every_way_to_say_a_scheduler(self, scheduler: object) -> None:
        """A name, a function, or none: results are nested as the keys are."""
        assert pn.get(self.GRAPH, [["z"], "y"], scheduler=scheduler) == [[[9, 1]], 3]

    def test_an_executor(self) -> None:
        """Is taken too."""
        with ThreadPoolExecutor(2) as pool:
            assert pn.get(self.GRAPH, "y", scheduler=pool) == 3

    def test_which_scheduler(self) -> None:
        """Threads, unless something else is configured; options go to it."""
        seen: list[Any] = []

        def get(dsk: Any, keys: Any, **options: Any) -> Any:
            seen.append(options)
            return sync.get(dsk, keys)

        assert pn.get({"name": (lambda: current_thread().name,)}, "name").startswith("pannier-")
        with config.set(scheduler=get):
            assert pn.get(self.GRAPH, "y", num_workers=3) == 3
        assert seen == [{"num_workers": 3}]

    def test_errors(self) -> None:
        """Are those of every scheduler."""
        with pytest.raises(GraphError, match="no task is named 'yy'; did you mean 'y'"):
            pn.get(self.GRAPH, "yy")
        with pytest.raises(UsageError, match="no scheduler is named 'thread'"):
            pn.get(self.GRAPH, "y", scheduler="thread")


class TestCompute:
    """Answers of many collections at once."""

    def test_containers_are_searched(self) -> None:
        """Collections inside lists, tuples, sets and dicts are replaced by their answers, all else stays."""
        total, bag = pn.range(4, 2).sum(), pn.range(2, 1)
        marker = object()
        answer = pn.compute(
            {"a": [total, (bag, 7)], "b": {total}}, "text", total, marker, frozenset([1]), scheduler="sync"
        )
        assert answer == ({"a": [6, ([0, 1], 7)], "b": {6}}, "text", 6, marker, frozenset([1]))

    def test_traverse_off(self) -> None:
        """Then containers are values, and only arguments are computed."""
        total = pn.range(4, 2).sum()
        values, answer = pn.compute([total], total, traverse=False, scheduler="sync")
        assert values[0] is total
        assert answer == 6

    def test_nothing_to_compute_starts_nothing(self) -> None:
        """No scheduler is asked for."""
        with no_compute():
            assert pn.compute(1, [2], {}, scheduler="sync") == (1, [2], {})
            assert pn.compute() == ()

    def test_shared_work_is_done_once(self) -> None:
        """What two answers are made of, and equal work that was written twice."""
        calls: list[int] = []
        call = counted(calls)
        shared = pn.range(6, 3).map(call)
        assert pn.compute(shared.sum(), shared.max(), shared, scheduler="sync") == (15, 5, list(range(6)))
        assert sorted(calls) == list(range(6))
        calls.clear()
        assert pn.compute(
            pn.range(6, 3).map(call).sum(), pn.range(6, 3).map(call).max(), scheduler="sync"
        ) == (15, 5)
        assert sorted(calls) == list(range(6))

    def test_an_answer_asked_for_twice(self) -> None:
        """Is computed once and given twice."""
        calls: list[str] = []
        value = pn.delayed(counted(calls))("x")
        assert pn.compute(value, [value], scheduler="sync") == ("x", ["x"])
        assert calls == ["x"]

    @pytest.mark.parametrize("optimize_graph", [True, False])
    def test_nothing_is_called_twice(self, optimize_graph: bool) -> None:
        """Each function once a record, whatever the plan."""
        calls: list[int] = []
        call = counted(calls)
        bag = pn.range(9, 3).map(call).filter(lambda x: x % 2).map(str)
        pn.compute(
            bag.frequencies(),
            bag.topk(2),
            bag.take(0, compute=False),
            scheduler="sync",
            optimize_graph=optimize_graph,
        )
        assert sorted(calls) == list(range(9))

    def test_a_collection_by_its_method(self) -> None:
        """``x.compute()`` is ``compute(x)[0]``, awaited or not."""
        total = pn.delayed(sum)([1, 2])

        async def wait() -> Any:
            return await total

        assert total.compute() == asyncio.run(wait()) == 3


class TestPersist:
    """Collections kept in memory."""

    def test_partitions_are_kept(self) -> None:
        """The work before is not done again; the kind, the name and the partitions stay."""
        calls: list[int] = []
        bag = pn.range(4, 2).map(counted(calls))
        kept = bag.persist(scheduler="sync")
        assert (type(kept), kept.name, kept.npartitions) == (pn.Bag, bag.name, 2)
        assert kept.compute(scheduler="sync") == kept.compute(scheduler="threads") == [0, 1, 2, 3]
        assert kept.sum().compute(scheduler="sync") == 6
        assert len(calls) == 4

    def test_containers(self) -> None:
        """Several at once, shared work once."""
        calls: list[int] = []
        bag = pn.range(4, 2).map(counted(calls))
        kept, (total, seven) = pn.persist(bag, [bag.sum(), 7], scheduler="sync")
        assert isinstance(total, pn.Item)
        assert (total.compute(scheduler="sync"), seven, kept.npartitions) == (6, 7, 2)
        assert len(calls) == 4

    def test_with_what_it_was_made_of(self) -> None:
        """A kept bag and the bag it was are the same work."""
        calls: list[int] = []
        bag = pn.range(4, 2).map(counted(calls))
        kept = bag.persist(scheduler="sync")
        assert pn.compute(kept, bag.sum(), scheduler="sync") == ([0, 1, 2, 3], 6)
        assert len(calls) == 4


class TestBuilding:
    """Nothing runs before it is asked for."""

    @pytest.mark.parametrize("plan", [name for name in PLANS if name != "kept in memory"])
    def test_no_scheduler_runs(self, plan: str) -> None:
        """Every kind of plan is built, explained, named and shown without a run."""
        with no_compute():
            collections = PLANS[plan]()
            pn.explain(*collections)
            for each in collections:
                each.graph()
                assert is_collection(each)
                assert repr(each)
                assert each.npartitions >= 1

    def test_no_file_is_read(self, tmp_path: Path) -> None:
        """Files are listed when the bag is made; what is in them is read when it is computed."""
        path = tmp_path / "a.txt"
        path.write_text("before\n")
        with no_compute():
            bag = pn.read_text(str(tmp_path / "*.txt")).map(str.strip).frequencies()
            bag.explain()
        path.write_text("after!\n")
        assert bag.compute(scheduler="sync") == [("after!", 1)]

    def test_no_function_is_called(self) -> None:
        """Neither the user's functions nor the values' own methods."""

        def refuse(*args: Any) -> Any:
            raise AssertionError("called while building")

        bag = pn.range(3, 2)
        with no_compute():
            bag.map(refuse).filter(refuse).flat_map(refuse).map_partitions(refuse).key_by(refuse)
            for build in (
                lambda: bag.fold(refuse, refuse, initial=0),
                lambda: bag.foldby(refuse, refuse),
                lambda: bag.topk(2, refuse),
                lambda: bag.max(refuse),
                lambda: bag.accumulate(refuse),
                lambda: bag.join([1], refuse),
                lambda: bag.distinct(refuse),
                lambda: bag.reduction(refuse, refuse),
                lambda: pn.delayed(refuse)(1) + bag.sum().apply(refuse),
            ):
                build()


def chain(collection: Any, step: Callable[[Any], Any], n: int) -> Any:
    for _ in range(n):
        collection = step(collection)
    return collection


STEPS = pytest.mark.parametrize(
    ("start", "step"),
    [
        (lambda: pn.range(3, 1), lambda bag: bag.map(abs)),
        (lambda: pn.range(3, 1), lambda bag: bag.map_partitions(list)),
        (lambda: pn.range(3, 1), lambda bag: bag.accumulate(max)),
        (lambda: pn.range(3, 1), lambda bag: bag.frequencies().keys()),
        (lambda: pn.range(3, 1), lambda bag: bag.repartition(3 - bag.npartitions)),
        (lambda: pn.range(3, 1), lambda bag: bag.union(pn.range(1, 1))),
        (lambda: pn.range(3, 1), lambda bag: bag.map(max, bag.max())),
        (lambda: pn.range(3, 1), lambda bag: pn.zip(bag, bag).keys()),
        (lambda: pn.delayed(0), lambda value: pn.delayed(max)([value, {"k": value}, 1], default=value)),
    ],
    ids=[
        "map",
        "map_partitions",
        "accumulate",
        "reduction",
        "repartition",
        "union",
        "item",
        "zip",
        "delayed",
    ],
)


class TestDepth:
    """Chains of 100,000 steps are plans like any other."""

    def test_of_a_bag(self) -> None:
        """Built, optimized and run without recursion."""
        bag = chain(pn.range(3, 1), lambda bag: bag.map(abs), 100_000)
        assert bag.compute(scheduler="sync") == [0, 1, 2]
        graph, keys = bag.graph()
        assert threaded.get(graph, keys) == [[0, 1, 2]]

    def test_of_delayed_calls(self) -> None:
        """Each one a task of its own."""
        next_of = pn.delayed(lambda x: x + 1)
        assert chain(pn.delayed(0), next_of, 100_000).compute() == 100_000

    def test_of_items(self) -> None:
        """Arithmetic adds a task a step."""
        assert chain(pn.range(3, 1).sum(), lambda item: item + 1, 5_000).compute(scheduler="sync") == 5_003

    @STEPS
    def test_of_every_kind_of_step(self, start: Callable[[], Any], step: Callable[[Any], Any]) -> None:
        """Building, naming and optimizing needs no recursion, whatever the step."""
        graph, keys = chain(start(), step, 1500).graph()
        assert keys[0] in graph

    @STEPS
    def test_cost_is_linear(self, start: Callable[[], Any], step: Callable[[Any], Any]) -> None:
        """Twice the steps are twice the calls, not four times."""

        def calls(n: int) -> int:
            count = 0

            def see(*_: Any) -> None:
                nonlocal count
                count += 1

            sys.setprofile(see)
            try:
                chain(start(), step, n).graph()
            finally:
                sys.setprofile(None)
            return count

        calls(2)  # what is imported and remembered on first use
        assert calls(200) < 2.3 * calls(100)
