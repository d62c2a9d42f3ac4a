"""Chains: records flow in batches, and every failure has an address, a step and a record."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pannier.kernels.batches import Address, Batch, Batches
from pannier.kernels.chain import MOST_LAID, MOST_STREAMING, SHOWN, Chain, Step, show
from pannier.kernels.groups import Distinct, Frequencies
from pannier.kernels.kernel import Kernel
from pannier.kernels.moments import Variance
from pannier.kernels.partitions import First, MapPartitions
from pannier.kernels.records import (
    Filter,
    FlatMapValues,
    Flatten,
    KeyBy,
    Map,
    MapValues,
    Pluck,
    Remove,
    StarMap,
)
from pannier.kernels.reductions import Chunk, Count, Extreme, Fold, Mean, TopK
from pannier.kernels.scans import Accumulate
from pannier.kernels.totals import FoldBy


@dataclass(frozen=True)
class Numbered:
    """An origin of which record i is line ``first + i`` of a file."""

    first: int

    def locate(self, index: int) -> Address:
        return Address("in.txt", self.first + index)


def lines(records: Iterable[Any], batch: int = 3) -> Batches:
    """``records`` as lines 1, 2, ... of a file, a few in a batch."""
    walk = enumerate(records, 1)
    some = iter(lambda: list(itertools.islice(walk, batch)), [])
    return Batches(Batch([record for _, record in part], Numbered(part[0][0])) for part in some)


def chain(*kernels: Kernel, sink: Any = None) -> Chain:
    return Chain(tuple([Step(kernel) for kernel in kernels]), sink=sink)


def fail_at(bad: Any, error: type[Exception] = KeyError) -> Callable[..., Any]:
    """A function that returns its last argument, but raises for ``bad``."""

    def fail(*args: Any) -> Any:
        if args[-1] == bad:
            raise error(f"no {bad}")
        return args[-1]

    return fail


FAIL = f"{__name__}.fail_at.fail"
"""What labels call it."""


def failure(run: Callable[[], Any], error: type[Exception] = KeyError) -> str:
    """The note on the exception that ``run`` raises."""
    with pytest.raises(error) as caught:
        run()
    (note,) = caught.value.__notes__
    return note


def test_steps_follow_each_other_over_batches() -> None:
    """The answer is that of the steps on the whole."""
    steps = chain(
        Map(int), Filter(lambda x: x % 2), Map(lambda x: [x] * 2), Flatten(), Remove(lambda x: x == 3)
    )
    assert steps(lines("12345")) == [1, 1, 5, 5]
    assert steps([]) == []
    assert chain()(["x"]) == ["x"]


def test_one_record_is_alive_at_a_time_inside_a_batch() -> None:
    """Steps that treat each record alone run record by record, not step by step."""
    seen: list[str] = []

    def note(what: str) -> Callable[[Any], Any]:
        return lambda record: seen.append(f"{what}{record}") or record

    chain(Map(note("a")), Map(note("b")))(lines("12"))
    assert seen == ["a1", "b1", "a2", "b2"]


def test_a_batch_is_whole_before_anything_downstream_sees_it() -> None:
    """A batch counts or does not: what a failing batch made does not reach the sink."""
    reached: list[str] = []

    def sink(records: Iterable[str]) -> None:
        reached.extend(iter(records))

    with pytest.raises(KeyError):
        chain(Map(fail_at("5")), sink=sink)(lines("123456"))
    assert reached == ["1", "2", "3"]


def test_steps_over_whole_partitions_stream() -> None:
    """A step that takes the first records stops all that is before it."""
    read: list[str] = []
    steps = chain(Map(lambda x: read.append(x) or x), First(2), Map(str))
    assert steps(lines("123456789")) == ["1", "2"]
    assert read == ["1", "2", "3"]


def test_nothing_is_called_twice_while_nothing_fails() -> None:
    """Keeping an address costs no call."""
    calls: list[str] = []
    steps = chain(Filter(lambda x: calls.append(x) or x != "2"), Map(str), MapPartitions(list), Map(str))
    assert steps(lines("1234")) == ["1", "3", "4"]
    assert calls == list("1234")


PER_RECORD: list[tuple[Kernel, list[Any], str]] = [
    (Map(fail_at("x")), list("abcdx"), f"map({FAIL})"),
    (Filter(fail_at("x")), list("abcdx"), f"filter({FAIL})"),
    (Remove(fail_at("x")), list("abcdx"), f"remove({FAIL})"),
    (StarMap(fail_at("x")), list("abcdx"), f"starmap({FAIL})"),
    (KeyBy(fail_at("x")), list("abcdx"), f"key_by({FAIL})"),
    (Pluck("k"), [{"k": 1}] * 4 + [{"x": 1}], "pluck('k')"),
    (Pluck(["k", "l"]), [{"k": 1, "l": 2}] * 4 + [{"k": 1}], "pluck(['k', 'l'])"),
    (Pluck(["k"]), [{"k": 1}] * 4 + [{}], "pluck(['k'])"),
    (Flatten(), ["ab"] * 4 + [None], "flatten"),
    (MapValues(fail_at("x")), [(1, "a")] * 4 + [(1, "x")], f"map_values({FAIL})"),
    (FlatMapValues(fail_at("x")), [(1, "a")] * 4 + [(1, "x")], f"flat_map_values({FAIL})"),
    (
        MapPartitions(lambda part: [fail_at("x")(record) for record in part]),
        list("abcdx"),
        "map_partitions(<lambda>)",
    ),
    (MapPartitions(lambda part: map(fail_at("x"), part)), list("abcdx"), "map_partitions(<lambda>)"),
    (Accumulate(fail_at("x")), list("abcdx"), f"accumulate({FAIL})"),
]
SINKS: list[tuple[Any, list[Any], str]] = [
    (Fold(fail_at("x")), list("abcdx"), f"fold({FAIL})"),
    (FoldBy(fail_at("x"), max), list("abcdx"), f"foldby({FAIL}, max)"),
    (FoldBy(len, fail_at("x")), list("abcdx"), f"foldby(len, {FAIL})"),
    (TopK(2, fail_at("x")), list("abcdx"), "topk(2)"),
    (TopK(1, fail_at("x"), smallest=True), list("abcdx"), "take_ordered(1)"),
    (Extreme(max, fail_at("x")), list("abcdx"), "max"),
    (Extreme(min), [1, 2, 3, 4, "x"], "min"),
    (Frequencies(), [1, 2, 3, 4, []], "frequencies"),
    (Distinct(), [1, 2, 3, 4, array("i")], "distinct"),
    (Distinct(fail_at("x")), list("abcdx"), "distinct"),
    (Mean(), [1, 2, 3, 4, "x"], "mean"),
    (Variance(), [1, 2, 3, 4, "x"], "var"),
]
BROKEN = (KeyError, TypeError)


@pytest.mark.parametrize(("kernel", "records", "label"), PER_RECORD, ids=[label for *_, label in PER_RECORD])
def test_a_failing_step_names_itself_the_line_and_the_record(
    kernel: Kernel, records: list[Any], label: str
) -> None:
    """The exception keeps its type; its note says which step failed where, on what."""
    expected = f"in {label}, at in.txt, line 5\nrecord: {records[4]!r}"
    extras = ("carry",) if isinstance(kernel, Accumulate) else ()
    steps = Chain((Step(kernel, tuple(range(1, 1 + len(extras)))),))
    for after in ([], ["more", "more"]):
        with pytest.raises(BROKEN) as caught:
            steps(lines([*records, *after]), *extras)
        assert caught.value.__notes__ == [expected]


@pytest.mark.parametrize(
    ("reduction", "records", "label"), SINKS, ids=[f"{label} {i}" for i, (*_, label) in enumerate(SINKS)]
)
def test_a_failing_reduction_names_itself_the_line_and_the_record(
    reduction: Any, records: list[Any], label: str
) -> None:
    """Reductions pull records one by one, so the last pulled is the one that failed."""
    for after in ([], records[:2]):
        with pytest.raises(BROKEN) as caught:
            Chain((), sink=Chunk(reduction))(lines([*records, *after]))
        assert caught.value.__notes__[-1] == f"in {label}, at in.txt, line 5\nrecord: {records[4]!r}"


def test_the_line_is_that_of_the_file_after_filters_and_flattening() -> None:
    """Steps that drop or multiply records do not move the address, nor do steps over whole partitions."""
    records = [f"{i}" for i in range(1, 30)]
    before = [Filter(lambda x: int(x) % 2), Map(lambda x: [x, x, x]), Flatten()]
    for last in (Map(fail_at("21")), MapPartitions(lambda part: map(fail_at("21"), part))):
        note = failure(lambda last=last: chain(*before, last)(lines(records)))
        assert note.endswith("in.txt, line 21\nrecord: '21'")
    for reduction in (Fold(fail_at("21")), TopK(3, fail_at("21"))):
        note = failure(lambda reduction=reduction: chain(*before, sink=Chunk(reduction))(lines(records)))
        assert note.endswith("in.txt, line 21\nrecord: '21'")


def test_the_step_that_failed_is_named_with_its_own_input() -> None:
    """Not the first step, and not the record of the file but what the steps before made of it."""
    steps = chain(Map(int), Map(fail_at(3)), Map(str))
    assert failure(lambda: steps(lines("12345"))) == f"in map({FAIL}), at in.txt, line 3\nrecord: 3"


def test_an_element_of_a_record_is_named_as_the_record() -> None:
    """After ``flatten`` the record is the element, the line still that of the file."""
    steps = chain(Flatten(), Map(fail_at("x")))
    note = failure(lambda: steps(lines(["ab", "cd", "ex", "fg"])))
    assert note == f"in map({FAIL}), at in.txt, line 3\nrecord: 'x'"


@pytest.mark.parametrize("records", ["ab!", "ab!cd"], ids=["in the last record of a batch", "in another"])
@pytest.mark.parametrize("step", [Map, Filter, Remove, KeyBy], ids=lambda step: step.__name__)
def test_stop_iteration_loses_nothing_in_silence(step: Any, records: str) -> None:
    """A function that raises StopIteration would end the lazy iterators; that is an error with an address."""
    fail = fail_at("!", StopIteration)
    for steps in (chain(step(fail)), chain(Map(str), step(fail), Map(str))):
        with pytest.raises(RuntimeError, match="StopIteration") as caught:
            steps(lines(records))
        (note,) = caught.value.__notes__
        assert note.endswith("at in.txt, line 3\nrecord: '!'")


def test_stop_iteration_ends_no_scan() -> None:
    """Running totals are no shorter than their records."""
    steps = Chain((Step(Accumulate(fail_at("!", StopIteration)), (1,)),))
    with pytest.raises(RuntimeError, match="StopIteration"):
        steps(lines("ab!"), "carry")


def test_a_generator_that_fails_late_is_blamed_where_it_is_walked() -> None:
    """A function may return an iterator; the record it was made of is the one that fails."""

    def spread(x: str) -> Iterator[str]:
        yield x
        yield fail_at("3")(x)

    note = failure(lambda: chain(Map(spread), Flatten())(lines("12345")))
    assert note.startswith("in flatten, at in.txt, line 3\nrecord: <generator object")


def test_a_failure_that_does_not_come_again() -> None:
    """The record is still named, and the note says that it could not be reproduced."""
    fails = iter([False, False, True, False, False, False])

    def sometimes(x: str) -> str:
        if next(fails):
            raise KeyError(x)
        return x

    note = failure(lambda: chain(Map(str), Map(sometimes))(lines("1234")))
    assert note.startswith("in map(str) | map(")
    assert note.endswith("(not again when run alone), at in.txt, line 3\nrecord: '3'")


def test_a_long_record_is_cut() -> None:
    """An error stays readable."""
    note = failure(lambda: chain(Map(fail_at("x" * 5000)))(lines(["x" * 5000])))
    assert len(note.partition("record: ")[2]) == SHOWN + len("...")
    assert len(show({"k": "v" * 10_000})) == SHOWN + len("...")
    assert show("short") == "'short'"


def test_a_record_that_cannot_be_shown_hides_nothing() -> None:
    """The failure is reported all the same."""

    class Unshown:
        def __repr__(self) -> str:
            raise ZeroDivisionError

        def __eq__(self, other: object) -> bool:
            return other == "me"

        __hash__ = None  # type: ignore[assignment]

    note = failure(lambda: chain(Map(fail_at("me")))(lines([Unshown()])))
    assert note.endswith("line 1\nrecord: <Unshown whose repr raised ZeroDivisionError>")


def test_an_address_that_cannot_be_found_hides_nothing() -> None:
    """The failure is reported all the same."""

    class Lost:
        def locate(self, index: int) -> Address:
            raise OSError("file is gone")

    batches = Batches([Batch(["x"], Lost())])
    note = failure(lambda: chain(Map(fail_at("x")))(batches))
    assert note == f"in map({FAIL}), at an address that could not be found (file is gone)\nrecord: 'x'"


def test_a_function_of_the_partition_that_walks_none_or_all_of_it() -> None:
    """No record is blamed for what no record did."""
    assert (
        failure(lambda: chain(MapPartitions(lambda _: {}["k"]))(lines("123")))
        == "in map_partitions(<lambda>)"
    )
    for walk in (sorted, list, sum):
        kernel = MapPartitions(lambda part, walk=walk: {}[walk(part) and "k"])
        note = failure(lambda kernel=kernel: chain(Map(int), kernel)(lines("123")))
        assert note == "in map_partitions(<lambda>), after the last record, at in.txt, line 3"


def test_what_a_function_of_the_partition_made_has_places_of_its_own() -> None:
    """Its records are numbered; which lines they were made of only the function knows."""
    steps = chain(MapPartitions(list), Map(fail_at("3")))
    note = failure(lambda: steps(lines("123")))
    assert note == f"in map({FAIL}), at record 2 of what map_partitions(list) made\nrecord: '3'"


def test_an_exception_is_noted_once() -> None:
    """Steps it passes on its way up do not claim it, nor does a function that catches and raises it again."""

    def walk(part: Iterable[Any]) -> Iterator[Any]:
        try:
            yield from part
        except KeyError as error:
            raise error from None

    steps = chain(Map(fail_at("3")), MapPartitions(walk), MapPartitions(walk), sink=list)
    assert failure(lambda: steps(lines("1234"))) == f"in map({FAIL}), at in.txt, line 3\nrecord: '3'"


def test_interrupts_pass() -> None:
    """Ctrl-C is not examined; nothing runs again."""
    calls: list[str] = []

    def interrupt(x: str) -> None:
        calls.append(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chain(Map(interrupt))(lines("12"))
    assert calls == ["1"]


def test_a_head_makes_the_partition_and_arguments_are_shared() -> None:
    """A reader of a part, extras by number, a sink for all."""
    steps = Chain((Step(Map(pow, (2,))), Step(MapPartitions(list))), head=range, head_args=(1, 0), sink=sum)
    assert steps(5, 2) == 4 + 9 + 16
    assert steps.label == "range | map(pow) | map_partitions(list) | sum"


def test_a_chain_of_100_000_steps() -> None:
    """Steps are laid over each other only so deep: the C stack is no more at risk than Python's limit."""
    n = 100_000
    steps = Chain(tuple([Step(Map(fail_at("x")))] * n))
    assert steps(lines("ab")) == ["a", "b"]
    assert failure(lambda: steps(lines("abcx"))) == f"in map({FAIL}), at in.txt, line 4\nrecord: 'x'"


def test_the_address_reaches_through_many_steps() -> None:
    """A failure deep in a long chain is at the line it came from."""
    keep = [Filter(lambda x: x != "2")] * (3 * MOST_LAID)
    assert "line 4\n" in failure(lambda: chain(*keep, Map(fail_at("4")))(lines("12345", batch=100)))


def test_many_steps_over_whole_partitions() -> None:
    """They stream into each other only so deep, and keep their errors."""
    n = 10 * MOST_STREAMING
    alternating = [MapPartitions(iter), Map(str)] * n
    assert chain(*alternating)(lines("ab")) == ["a", "b"]
    assert chain(*alternating, sink=Count().chunk)(lines("ab")) == 2
    last = MapPartitions(lambda part: map(fail_at("x"), part))
    note = failure(lambda: chain(*alternating, last, *alternating)(lines("abx")))
    assert note.startswith("in map_partitions(<lambda>), at record 2 of what ")
