"""Bags: what their verbs do beyond the values, which the oracle tests compare."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

import pannier as pn
from pannier import config
from pannier.errors import EmptyError, UsageError
from pannier.kernels.batches import Address, Batch, Batches
from pannier.kernels.fork import WINDOW
from pannier.plan.nodes import Source
from pannier.testing.assertions import no_compute


class Origin:
    """Where a batch is from, watched to see how long the batch is kept."""

    def locate(self, index: int) -> Address:
        return Address("somewhere", index + 1)


class Streaming:
    """A reader of partitions that stream: batches of ten records, of which it counts the live ones."""

    def __init__(self) -> None:
        self.live: weakref.WeakSet[Origin] = weakref.WeakSet()
        self.peak = 0
        self.made: list[str] = []

    def __call__(self, part: tuple[str, int]) -> Batches:
        return Batches(self._batches(*part))

    def _batches(self, name: str, n: int) -> Iterator[Batch]:
        for i in range(n):
            origin = Origin()
            self.live.add(origin)
            self.peak = max(self.peak, len(self.live))
            self.made.append(name)
            yield Batch(list(range(10 * i, 10 * i + 10)), origin)

    def bag(self, *sizes: int) -> pn.Bag:
        """A bag of partitions a, b, ... of so many batches."""
        parts = [(name, n) for name, n in zip("abcdefgh", sizes, strict=False)]
        return pn.Bag(Source(verb="stream", reader=self, parts=parts))


class Watch:
    """A function that records what it was called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, x: Any) -> Any:
        self.seen.append(x)
        return x


STREAMING: dict[str, Callable[[pn.Bag], Any]] = {
    "count": lambda b: b.map(str).filter(bool).count(),
    "sum": lambda b: b.sum(),
    "mean": lambda b: b.mean(),
    "std": lambda b: b.std(),
    "max": lambda b: b.map(str).max(len),
    "frequencies": lambda b: b.map(lambda x: x % 3).frequencies(),
    "distinct": lambda b: b.distinct(lambda x: x % 3),
    "topk": lambda b: b.flat_map(lambda x: [x, x]).topk(3),
    "topk of one": lambda b: b.topk(1),
    "take_ordered": lambda b: b.take_ordered(3, lambda x: -x),
    "fold": lambda b: b.fold(max),
    "foldby": lambda b: b.foldby(lambda x: x % 3, max),
    "reduction": lambda b: b.reduction(sum, sum),
    "count_distinct": lambda b: b.count_distinct(),
    "quantiles": lambda b: b.quantiles(0.5),
    "heavy_hitters": lambda b: b.heavy_hitters(3),
    "sample_by_key": lambda b: b.key_by(abs).sample_by_key(defaultdict(lambda: 0.5)).count(),
    "join": lambda b: b.join([1, 2], lambda x: x).count(),
    "random_sample": lambda b: b.random_sample(0.5).count(),
    "sample of a size": lambda b: pn.bag.random.sample(b, 3),
    "choices": lambda b: pn.bag.random.choices(b, 3),
    "map_partitions": lambda b: b.map_partitions(iter).map_partitions(lambda part: (x for x in part)).count(),
    "a thousand steps": lambda b: _many_steps(b).count(),
}


def _many_steps(bag: pn.Bag) -> pn.Bag:
    for _ in range(2500):
        bag = bag.map(abs)
    return bag


@pytest.mark.parametrize("verb", STREAMING)
def test_a_partition_streams_through_a_chain(verb: str) -> None:
    """Whatever its size, one batch is worked on while the next is read; nothing holds on to more."""
    reader = Streaming()
    STREAMING[verb](reader.bag(60)).compute()
    assert len(reader.made) == 60
    assert reader.peak <= 3
    assert not reader.live


def test_a_partition_streams_through_several_reductions() -> None:
    """They take turns over a window of batches, and the partition is read once."""
    reader = Streaming()
    b = reader.bag(200, 0, 3)
    answers = pn.compute(b.sum(), b.count(), b.map(str).max(), b.frequencies().count())
    assert answers == (sum(range(2000)) + sum(range(30)), 2030, "999", 2000)
    assert len(reader.made) == 203
    assert reader.peak <= WINDOW + 2


@pytest.mark.parametrize(
    "verb",
    [
        lambda b, _: b.str.strip().filter(bool).map(len).frequencies(),
        lambda b, _: b.topk(3, len),
        lambda b, _: b.map_partitions(lambda part: (line.upper() for line in part)).count(),
        lambda b, folder: b.map(str.upper).to_textfiles(folder, compute=False),
    ],
    ids=["frequencies", "topk", "map_partitions", "to_textfiles"],
)
def test_a_file_streams(tmp_path: Path, verb: Callable[[pn.Bag, Path], Any]) -> None:
    """A partition of twelve megabytes of lines is never in memory as a whole, nor is what is written of it."""
    path = tmp_path / "in.txt"
    path.write_bytes((b"x" * 199 + b"\n") * 60_000)
    plan = verb(pn.read_text(path), tmp_path / "out")
    plan.compute()  # what is imported and remembered on first use
    tracemalloc.start()
    try:
        plan.compute()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_effects_stream_too() -> None:
    """``foreach`` keeps no records."""
    reader, watch = Streaming(), Watch()
    reader.bag(20).foreach(watch)
    assert watch.seen == list(range(200))
    assert reader.peak <= 3


class TestTake:
    """The first records, and no more work than they need."""

    def test_it_walks_on_until_it_has_enough(self) -> None:
        """One partition, then twice as many at a time; none after that."""
        watch = Watch()
        bag = pn.range(40, 8).map(watch)
        assert bag.take(3) == [0, 1, 2]
        assert watch.seen == [0, 1, 2, 3, 4]
        watch.seen.clear()
        assert bag.filter(lambda x: x >= 12).take(2) == [12, 13]
        assert set(watch.seen) == set(range(15))

    def test_it_reads_no_further_than_its_last_record(self) -> None:
        """Within a partition, too, batch by batch."""
        reader = Streaming()
        assert reader.bag(50, 50).map(str).take(12) == [str(i) for i in range(12)]
        assert reader.made == ["a", "a"]

    def test_of_nothing(self) -> None:
        """None asked for, none there, or none that passes the filter."""
        watch = Watch()
        assert pn.range(5, 2).map(watch).take(0) == []
        assert watch.seen == []
        assert pn.from_sequence([]).take(3) == []
        assert pn.range(5, 2).filter(lambda x: x > 9).take(3) == []

    def test_a_limit_of_partitions(self) -> None:
        """Fewer than asked for is a warning, unless all were looked at."""
        bag = pn.range(10, 5)
        assert bag.take(2, npartitions=1) == [0, 1]
        with pytest.warns(UserWarning, match="3 records were asked for and 1 partitions have only 2"):
            assert bag.take(3, npartitions=1) == [0, 1]
        assert bag.take(3, npartitions=1, warn=False) == [0, 1]
        assert bag.take(99, npartitions=-1) == bag.take(99) == list(range(10))

    def test_without_computing(self) -> None:
        """A bag of one partition, which can go on."""
        with no_compute():
            first = pn.range(10, 5).take(3, npartitions=2, compute=False)
        assert (first.npartitions, first.map(str).compute()) == (1, ["0", "1", "2"])

    def test_what_makes_no_sense(self) -> None:
        """Fewer than none, or of partitions that are not there."""
        bag = pn.range(4, 2)
        with pytest.raises(UsageError, match="0 or more, not -1"):
            bag.take(-1)
        with pytest.raises(UsageError, match="cannot take from 3 partitions: this bag has 2"):
            bag.take(1, npartitions=3)

    def test_its_relatives(self) -> None:
        """The first record, and whether there is one."""
        bag = pn.range(4, 2)
        assert (bag.first(), bag.is_empty(), bag.collect()) == (0, False, [0, 1, 2, 3])
        nothing = bag.filter(lambda x: x > 9)
        assert nothing.is_empty()
        with pytest.raises(EmptyError, match="first"):
            nothing.first()


class TestIteration:
    """Records in order, a few partitions at a time."""

    def test_it_streams_partition_by_partition(self) -> None:
        """A partition is made when its first record, or a neighbour's, is asked for."""
        watch = Watch()
        with config.set(num_workers=2):
            walk = iter(pn.range(12, 6).map(watch))
            assert watch.seen == []
            assert next(walk) == 0
            assert watch.seen == [0, 1, 2, 3]
            assert [next(walk) for _ in range(4)] == [1, 2, 3, 4]
            assert watch.seen == list(range(8))
            assert list(walk) == list(range(5, 12))
        assert watch.seen == list(range(12))

    def test_it_stops_where_the_loop_stops(self) -> None:
        """No partition is made for nobody."""
        watch = Watch()
        with config.set(num_workers=1):
            for record in pn.range(12, 6).map(watch):
                if record == 3:
                    break
        assert watch.seen == [0, 1, 2, 3]

    def test_a_bag_is_walked_as_often_as_one_likes(self) -> None:
        """Each walk computes anew."""
        bag = pn.range(4, 2)
        assert list(bag) == list(bag) == [0, 1, 2, 3]
        assert sorted(bag, reverse=True) == [3, 2, 1, 0]


class TestSideBySide:
    """Bags that do not match are an error, never cut to the shorter."""

    @pytest.mark.parametrize(
        "verb",
        [
            lambda a, b: a.map(max, b),
            lambda a, b: a.map(max, key=b),
            lambda a, b: a.map_partitions(max, b),
            pn.zip,
            lambda a, b: pn.map(max, a, b),
            lambda a, b: pn.bag.map_partitions(max, a, b),
        ],
    )
    def test_other_numbers_of_partitions(self, verb: Callable[[pn.Bag, pn.Bag], Any]) -> None:
        """Known when building."""
        with (
            no_compute(),
            pytest.raises(UsageError, match=r"same number of partitions, not \[4, 3\]; use .repartition"),
        ):
            verb(pn.range(12, 4), pn.range(12, 3))

    def test_other_numbers_of_records(self) -> None:
        """Known when computing; the task names the partition."""
        with pytest.raises(ValueError, match=r"different numbers of records: \[2, 3\]") as caught:
            pn.zip(pn.range(4, 2), pn.range(5, 2)).compute()
        assert caught.value.__notes__[-1].endswith(", 1)")
        with pytest.raises(ValueError, match="different numbers"):
            pn.range(6, 2).map(max, pn.range(6, 2).filter(bool)).compute()

    @pytest.mark.parametrize(
        "verb",
        [
            lambda b: b.starmap(max, key=b),
            lambda b: pn.delayed(len)([b]),
            lambda b: b.union([1]),
            lambda b: b.product([1]),
            lambda b: pn.concat([b, 1]),
            lambda b: pn.concat([]),
            lambda b: pn.zip(),
            lambda b: pn.map(max, 1, 2),
            lambda b: b.join(3, len),
            lambda b: b.cogroup(b, 3),
            lambda b: b.intersection(3),
        ],
    )
    def test_a_bag_where_none_can_be_or_none_where_one_must(self, verb: Callable[[pn.Bag], Any]) -> None:
        """A usage error that says what is wanted, when building."""
        with no_compute(), pytest.raises(UsageError):
            verb(pn.range(4, 2))

    def test_bad_numbers(self) -> None:
        """Counts below what makes sense are refused when building."""
        bag = pn.range(4, 2)
        for verb in (
            lambda: bag.repartition(0),
            lambda: bag.topk(-1),
            lambda: bag.take_ordered(-1),
            lambda: bag.random_sample(1.5),
            lambda: bag.key_by(abs).sample_by_key({1: -0.1}),
            lambda: bag.count_distinct(0),
            lambda: bag.quantiles(2),
            lambda: bag.heavy_hitters(0),
            lambda: pn.range(-1, 1),
            lambda: pn.range(3, 0),
        ):
            with no_compute(), pytest.raises(UsageError):
                verb()


class TestEmptiness:
    """Empty bags, and empty partitions among others, answer as the builtin does on the whole."""

    EMPTY: tuple[Callable[[], pn.Bag], ...] = (
        lambda: pn.from_sequence([]),
        lambda: pn.range(0, 3),
        lambda: pn.range(9, 3).filter(lambda x: x > 9),
        lambda: pn.concat([pn.from_sequence([]), pn.range(0, 2)]),
    )

    @pytest.mark.parametrize(
        ("verb", "answer"),
        [
            (lambda b: b.count(), 0),
            (lambda b: b.sum(), 0),
            (lambda b: b.any(), False),
            (lambda b: b.all(), True),
            (lambda b: b.frequencies(sort=True), []),
            (lambda b: b.count_by_value(), {}),
            (lambda b: b.topk(3), []),
            (lambda b: b.distinct(), []),
            (lambda b: b.count_distinct(), 0),
            (lambda b: b.heavy_hitters(3), []),
            (lambda b: b.fold(max, initial=7), 7),
            (lambda b: b.foldby(abs, max), []),
            (lambda b: b.reduction(len, sum), 0),
            (lambda b: b.accumulate(max), []),
            (lambda b: b.zip_with_index(), []),
            (lambda b: b.map(str).flatten().pluck(0), []),
            (lambda b: b.product(pn.range(3, 2)), []),
            (lambda b: b.repartition(2).repartition(5), []),
            (lambda b: b.glom().flatten(), []),
            (lambda b: b.random_sample(0.5), []),
        ],
    )
    def test_of_nothing(self, verb: Callable[[pn.Bag], Any], answer: Any) -> None:
        """However a bag came to be empty."""
        for empty in self.EMPTY:
            result = verb(empty()).compute()
            assert result == answer
            assert type(result) is type(answer)

    @pytest.mark.parametrize(
        "verb",
        [lambda b: b.max(), lambda b: b.min(), lambda b: b.mean(), lambda b: b.var(), lambda b: b.std()],
    )
    def test_what_has_no_answer(self, verb: Callable[[pn.Bag], Any]) -> None:
        """A ValueError, as of the builtin; a TypeError where ``functools.reduce`` raises one."""
        for empty in self.EMPTY:
            with pytest.raises(ValueError, match=r"bag without records|needs more than") as caught:
                verb(empty()).compute()
            assert isinstance(caught.value, EmptyError)
            with pytest.raises(TypeError, match="needs an initial value"):
                empty().fold(max).compute()

    def test_empty_partitions_among_others(self) -> None:
        """They change no answer."""
        bag = pn.range(8, 8).filter(lambda x: x in {2, 5})
        assert pn.compute(
            bag.max(), bag.mean(), bag.var(), bag.fold(max), bag.topk(1), bag.accumulate(max)
        ) == (
            5,
            3.5,
            2.25,
            5,
            [5],
            [2, 5],
        )


class TestBagsAsValues:
    """What a bag is in a program."""

    def test_names_say_what_is_the_same(self) -> None:
        """Equal steps over equal bags, as long as the functions are equal."""
        assert pn.range(4, 2).map(abs).name == pn.range(4, 2).map(abs).name
        assert (
            len(
                {
                    bag.name
                    for bag in (pn.range(4, 2), pn.range(4, 3), pn.range(5, 2), pn.range(4, 2).map(abs))
                }
            )
            == 4
        )

    def test_a_bag_shows_its_verb_and_partitions(self) -> None:
        """In a prompt one sees what it is; nothing is computed."""
        with no_compute():
            text = repr(pn.range(4, 2).filter(bool))
        assert text.startswith("Bag<filter-")
        assert text.endswith(", npartitions=2>")

    def test_bags_travel_and_are_copied(self) -> None:
        """A plan is data: it can be pickled, with lambdas by cloudpickle, and computed elsewhere."""
        bag = pn.range(4, 2).map(lambda x: x + 1).sum()
        assert pickle.loads(cloudpickle.dumps(bag)).compute() == copy.deepcopy(bag).compute() == 10

    def test_verbs_leave_their_bag_alone(self) -> None:
        """Records given to two steps are not changed by one for the other, unless the step itself does that."""
        bag = pn.from_sequence([[3, 1], [2]], npartitions=1)
        first, second = bag.map(sorted), bag.map(len)
        assert pn.compute(first, second, bag) == ([[1, 3], [2]], [2, 1], [[3, 1], [2]])

    def test_one_partition_of_many(self) -> None:
        """``to_delayed`` gives one value a partition, each made by itself."""
        watch = Watch()
        parts = pn.range(6, 3).map(watch).to_delayed()
        assert [type(part) for part in parts] == [pn.Delayed] * 3
        assert parts[1].compute(scheduler="sync") == [2, 3]
        assert watch.seen == [2, 3]
        assert pn.from_delayed(parts).map(str).compute() == list("012345")

    def test_functions_may_be_of_any_kind(self) -> None:
        """Methods, classes, partials and callable objects."""
        bag = pn.from_sequence(["1", "2"])
        assert bag.map(int).map((2).__add__).map(complex).map(Watch()).compute() == [3 + 0j, 4 + 0j]

    def test_names_of_arguments_are_the_functions_own(self) -> None:
        """``func`` and ``self`` may be names of the user's keyword arguments."""

        def call(x: int, func: str = "", self: int = 0) -> tuple[int, str, int]:
            return (x, func, self)

        assert pn.range(1, 1).map(call, func="f", self=2).compute() == [(0, "f", 2)]

    def test_partitions_are_given_to_a_function_as_they_are(self) -> None:
        """Lengths, positions and walking again all work on a partition that is made whole."""

        def ends(part: Any) -> list[Any]:
            return [len(part), part[0], part[-1], sum(part), max(part)]

        assert pn.range(6, 2).map_partitions(ends).glom().compute() == [[3, 0, 2, 3, 2], [3, 3, 5, 12, 5]]


def test_items_inside_arguments() -> None:
    """An item in a list or dict argument is computed first; a bag there is refused where it is written."""
    b = pn.range(4, 2)
    assert b.map(lambda x, low_high: low_high[0] <= x < low_high[1], [b.min(), b.max()]).sum().compute() == 3
    assert b.map(lambda x, *, by: x / by["top"], by={"top": b.max()}).max().compute() == 1
    with pytest.raises(UsageError, match="many partitions"):
        b.map(max, [b])
