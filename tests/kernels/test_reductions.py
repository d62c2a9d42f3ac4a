"""Reductions as data: any split into partials, in any tree, gives the answer of the builtin on the whole."""

from __future__ import annotations

import collections
import functools
import itertools
import math
import operator
import pickle
import statistics
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pannier.errors import EmptyError
from pannier.kernels.groups import CountByValue, Distinct, Frequencies, merge_with
from pannier.kernels.kernel import MISSING
from pannier.kernels.moments import Variance
from pannier.kernels.reductions import (
    Builtin,
    Chunk,
    Combine,
    Count,
    Custom,
    Extreme,
    Fold,
    Mean,
    Reduction,
    TopK,
)
from pannier.kernels.samples import Choices, Sample
from pannier.kernels.totals import FoldBy


def reduced(reduction: Reduction, partitions: Iterable[Iterable[Any]], fan_in: int = 2) -> Any:
    """The answer by a tree of combines, ``fan_in`` partials at a time."""
    partials = [reduction.chunk(iter(partition)) for partition in partitions]
    while len(partials) > fan_in:
        partials = [reduction.combine(partials[i : i + fan_in]) for i in range(0, len(partials), fan_in)]
    return reduction.finish(reduction.combine(partials))


BUILTINS: list[tuple[Reduction, Callable[[list[int]], Any]]] = [
    (Count(), len),
    (Builtin(sum), sum),
    (Builtin(any), any),
    (Builtin(all), all),
    (Extreme(max), max),
    (Extreme(min, key=abs), lambda records: min(records, key=abs)),
    (Mean(), statistics.mean),
    (Frequencies(), lambda records: list(collections.Counter(records).items())),
    (Frequencies(sort=True), lambda records: collections.Counter(records).most_common()),
    (CountByValue(), lambda records: dict(collections.Counter(records))),
    (TopK(3), lambda records: sorted(records, reverse=True)[:3]),
    (TopK(2, key=abs, smallest=True), lambda records: sorted(records, key=abs)[:2]),
    (Distinct(), lambda records: list(dict.fromkeys(records))),
    (Fold(operator.add), lambda records: functools.reduce(operator.add, records)),
    (Fold(operator.add, initial=10), lambda records: functools.reduce(operator.add, records, 10)),
    (Custom(sum, sum), sum),
]


@pytest.mark.parametrize(("reduction", "builtin"), BUILTINS, ids=lambda each: getattr(each, "label", ""))
@pytest.mark.parametrize("fan_in", [2, 3, 8])
@pytest.mark.parametrize("lengths", [[8], [0, 3, 0, 5, 0], [1] * 8, [2, 2, 2, 2], [7, 1]], ids=str)
def test_any_split_gives_the_answer_of_the_whole(
    reduction: Reduction, builtin: Callable[..., Any], fan_in: int, lengths: list[int]
) -> None:
    """However records are partitioned and partials combined, the value and its type are the builtin's."""
    records = [3, -3, 0, 5, -5, 3, 2, 11]
    walk = iter(records)
    answer = reduced(reduction, [list(itertools.islice(walk, n)) for n in lengths], fan_in)
    expected = builtin(records)
    assert answer == expected
    assert isinstance(answer, (float, type(expected)))


NOTHING: list[tuple[Reduction, Any]] = [
    (Count(), 0),
    (Builtin(sum), 0),
    (Builtin(any), False),
    (Builtin(all), True),
    (Frequencies(), []),
    (CountByValue(), {}),
    (TopK(3), []),
    (Distinct(), []),
    (Fold(operator.add, initial=7), 7),
    (FoldBy(abs, operator.add), []),
    (Custom(len, sum), 0),
    (Extreme(max), EmptyError),
    (Extreme(min), EmptyError),
    (Mean(), EmptyError),
    (Variance(), EmptyError),
    (Fold(operator.add), TypeError),
    (Sample(1, 0), EmptyError),
    (Choices(1, 0), EmptyError),
]


@pytest.mark.parametrize(("reduction", "answer"), NOTHING, ids=lambda each: getattr(each, "label", ""))
@pytest.mark.parametrize("partitions", [[[]], [[], [], []]], ids=["one", "three"])
def test_of_nothing(reduction: Reduction, answer: Any, partitions: list[list[Any]]) -> None:
    """What the builtin says of nothing: a neutral value, or an error that is a ValueError too."""
    if isinstance(answer, type) and issubclass(answer, Exception):
        with pytest.raises(answer):
            reduced(reduction, partitions)
    else:
        assert reduced(reduction, partitions) == answer


def test_variance_far_from_zero() -> None:
    """The digits of small differences between large numbers are not lost."""
    numbers = [1e9 + x for x in (4.0, 7.0, 13.0, 16.0)]
    assert reduced(Variance(), [numbers[:1], [], numbers[1:]]) == 22.5
    assert reduced(Variance(ddof=1), [numbers[:2], numbers[2:]]) == 30.0
    assert reduced(Variance(root=True), [numbers]) == math.sqrt(22.5)
    many = [1e9 + (i % 7) for i in range(20_000)]
    parts = [many[i : i + 999] for i in range(0, len(many), 999)]
    assert reduced(Variance(), parts) == pytest.approx(statistics.pvariance(map(int, many)), rel=1e-12)


def test_variance_needs_more_records_than_degrees_of_freedom() -> None:
    """The error says how many there were."""
    with pytest.raises(EmptyError, match=r"var\(ddof=1\) needs more than 1 records, not 1"):
        reduced(Variance(ddof=1), [[], [5.0]])
    assert reduced(Variance(), [[5.0]]) == 0.0


@pytest.mark.parametrize("record", ["1", None, [1]])
def test_variance_of_what_is_no_number(record: Any) -> None:
    """A text of digits is no number either."""
    with pytest.raises(TypeError, match="must be real number"):
        Variance().chunk([1, record])


def test_a_total_that_changes_in_place_starts_afresh() -> None:
    """Every partition and group starts from a copy of the initial value, and the plan's own stays."""
    initial: list[int] = []

    def add(total: list[int], record: int) -> list[int]:
        total.append(record)
        return total

    fold = Fold(add, operator.iadd, initial)
    for _ in range(2):
        assert reduced(fold, [[1, 2], [], [3]]) == [1, 2, 3]
        assert sorted(reduced(FoldBy(lambda x: x % 2, add, initial, operator.iadd), [[1, 2], [3]])) == [
            (0, [2]),
            (1, [1, 3]),
        ]
    assert initial == []


def test_fold_with_a_joiner_counts_the_initial_value_once_a_partition_with_records() -> None:
    """So it must be neutral to the joiner; empty partitions add none of it."""
    fold = Fold(lambda total, _: total + 1, operator.add, 0)
    assert reduced(fold, [["a"], [], ["b", "c"]]) == 3
    assert Fold(max, initial=5).chunk([]) is MISSING


def test_foldby_joins_groups_across_partitions() -> None:
    """By function or by what to look up, in the order in which groups first appear."""
    records = [[{"k": "b", "n": 1}], [{"k": "a", "n": 2}, {"k": "b", "n": 3}]]
    total = FoldBy("k", lambda total, record: total + record["n"], 0, operator.add)
    assert reduced(total, records) == [("b", 4), ("a", 2)]
    assert reduced(FoldBy("k", lambda a, b: a, joiner=lambda a, b: a), records) == [
        ("b", records[0][0]),
        ("a", records[1][0]),
    ]
    assert reduced(FoldBy("k", lambda t, r: t + 1, 0, operator.add, 100), records) == [("b", 102), ("a", 101)]


def test_equal_keys_are_those_of_python() -> None:
    """``1``, ``1.0`` and ``True`` are one record, shown as the first of them."""
    for kind in (Frequencies(), FoldBy(lambda x: x, lambda a, _: a)):
        ((key, _), *others) = reduced(kind, [[1.0], [True, 1]])
        assert (repr(key), others) == ("1.0", [])
    assert repr(reduced(Distinct(), [[True], [1]])) == "[True]"


def test_topk_of_equals_keeps_their_order() -> None:
    """The first of equals comes first, also across partitions."""
    partitions = [[("a", 1), ("b", 2)], [("c", 2), ("d", 1)]]
    assert reduced(TopK(3, operator.itemgetter(1)), partitions) == [("b", 2), ("c", 2), ("a", 1)]
    assert reduced(TopK(3, operator.itemgetter(1), smallest=True), partitions) == [
        ("a", 1),
        ("d", 1),
        ("b", 2),
    ]
    assert reduced(TopK(0), partitions) == []


def test_a_users_reduction_is_not_asked_about_empty_partitions() -> None:
    """Unless all are empty: then it decides what that means."""
    asked: list[list[int]] = []

    def largest(records: Iterable[int]) -> int:
        asked.append(list(records))
        return max(asked[-1])

    assert reduced(Custom(largest, max), [[], [3, 1], []]) == 3
    assert asked == [[3, 1]]
    with pytest.raises(ValueError, match="max"):
        reduced(Custom(largest, max), [[], []])
    assert reduced(
        Custom(sorted, lambda parts: [x for part in parts for x in part], out_bag=True), [[2, 1], [0]]
    ) == [1, 2, 0]
    assert reduced(Custom(len, sum, out_bag=True), [[2, 1], [0]]) == [3]


def test_merging_keeps_the_order_keys_appear_in() -> None:
    """And leaves the partials as they were: another reader may hold them."""
    first, second = {"a": 1}, {"b": 2, "a": 3}
    assert list(merge_with(int.__add__, [first, second]).items()) == [("a", 4), ("b", 2)]
    assert (first, second) == ({"a": 1}, {"b": 2, "a": 3})
    assert merge_with(int.__add__, []) == {}


@pytest.mark.parametrize("reduction", [each for each, _ in NOTHING], ids=lambda each: each.label)
def test_reductions_travel(reduction: Reduction) -> None:
    """A copy is equal; as sink and as combine step it is named by its reduction."""
    assert pickle.loads(pickle.dumps(reduction)) == reduction
    assert pickle.loads(pickle.dumps(Combine(reduction, last=True))) == Combine(reduction, last=True)
    assert Chunk(reduction).label == reduction.label


def test_samples_of_a_size() -> None:
    """Without replacement they are records of their own places, with it any; too few records are an error."""
    partitions = [range(10), [], range(10, 30)]
    for _ in range(20):
        drawn = reduced(Sample(5, 0), partitions)
        assert len(set(drawn)) == 5
        assert set(drawn) <= set(range(30))
        assert set(reduced(Choices(50, 0), partitions)) <= set(range(30))
    assert sorted(reduced(Sample(30, 0), partitions)) == list(range(30))
    with pytest.raises(EmptyError, match="a sample of 31 was asked of a bag of 30 records"):
        reduced(Sample(31, 0), partitions)


def test_samples_are_fair() -> None:
    """Each record is drawn about equally often, wherever the partitions are cut."""
    partitions = [[0], [1, 2, 3, 4, 5, 6], [7, 8, 9]]
    n = 1000
    counts = {
        "sample": collections.Counter(x for _ in range(n) for x in reduced(Sample(2, 0), partitions)),
        "choices": collections.Counter(x for _ in range(n) for x in reduced(Choices(2, 0), partitions)),
    }
    for drawn in counts.values():
        expected = 2 * n / 10
        assert all(abs(drawn[x] - expected) < 7 * math.sqrt(expected) for x in range(10))
