"""Sketches keep the errors they state, however records are partitioned and partials combined."""

from __future__ import annotations

import bisect
import math
import pickle
import random
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import datasketches
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import EmptyError, UsageError
from pannier.kernels.reductions import Reduction
from pannier.kernels.sketches import BATCH, CountDistinct, HeavyHitters, Quantiles


def reduced(reduction: Reduction, partitions: Iterable[Iterable[Any]], fan_in: int = 2) -> Any:
    """The answer by a tree of combines, ``fan_in`` partials at a time, each of which has travelled."""
    partials = [pickle.loads(pickle.dumps(reduction.chunk(iter(partition)))) for partition in partitions]
    while len(partials) > fan_in:
        partials = [reduction.combine(partials[i : i + fan_in]) for i in range(0, len(partials), fan_in)]
    return reduction.finish(reduction.combine(partials))


def dealt(records: list[Any], draw: random.Random) -> list[list[Any]]:
    """``records`` in partitions of any length, the first and some others empty."""
    cuts = sorted(draw.choices(range(len(records) + 1), k=4))
    return [[], *(records[a:b] for a, b in zip([0, *cuts], [*cuts, len(records)], strict=True)), []]


class TestCountDistinct:
    @pytest.mark.parametrize("relative_error", [0.1, 0.02])
    @pytest.mark.parametrize("distinct", [30, 3000, 20_000])
    def test_keeps_the_error(self, relative_error: float, distinct: int) -> None:
        """In 95 of 100 bags, of records of several types that are in several partitions."""
        within = 0
        for seed in range(20):
            draw = random.Random(seed)
            values = [draw.getrandbits(70) >> draw.choice([8, 40]) for _ in range(distinct)]
            records = [f"u{x}" if x % 3 else x / 2 for x in values] * 2
            answer = reduced(CountDistinct(relative_error), dealt(records, draw))
            within += abs(answer / len(set(records)) - 1) <= relative_error
        assert within >= 19

    def test_a_few_are_counted_exactly(self) -> None:
        """So is what repeats more often than a partition remembers."""
        records = [(x % 900, "a") for x in range(3 * BATCH)]
        assert reduced(CountDistinct(0.02), [records, [], records]) == 900
        assert reduced(CountDistinct(0.02), [[[x] for x in records[:2000]], [{"a": 1}, {"a": 1.0}]]) == 901

    def test_equal_records_count_once(self) -> None:
        """Numbers by value, texts by content, and what is made of them; in one partition or in several."""
        records = [1, 1.0, True, 0.0, -0.0, "1", (1, "a"), (True, "a"), math.nan, float("nan"), "", None]
        assert reduced(CountDistinct(0.02), [records]) == 7
        assert reduced(CountDistinct(0.02), [[record] for record in records]) == 7

    def test_partials_stay_small(self) -> None:
        """16 KiB at the default error, however many records."""
        assert len(CountDistinct(0.02).chunk(range(100_000))) < 17_000
        assert len(CountDistinct(0.02).chunk(["a"])) < 50

    @pytest.mark.parametrize("error", [0.3, 0.1, 0.02, 0.005, 0.0015])
    def test_size_is_what_the_library_says_of_the_error(self, error: float) -> None:
        """The bounds of two standard deviations, above and below, of a union."""
        lg_k = CountDistinct(error)._lg_k
        for upper in (True, False):
            assert abs(datasketches.hll_sketch.get_rel_err(upper, True, lg_k, 2)) <= error


class TestQuantiles:
    @pytest.mark.parametrize("rank_error", [0.05, 0.005])
    def test_keeps_the_error(self, rank_error: float) -> None:
        """For any numbers; the sketch draws lots, so this allows twice the error, which it never needs."""
        draw = random.Random(7)
        for records in (
            [draw.random() for _ in range(20_000)],
            [draw.paretovariate(0.5) for _ in range(20_000)],
            [draw.randrange(10) for _ in range(20_000)],
            list(range(20_000)),
        ):
            q = (0.01, 0.25, 0.5, 0.9, 0.99)
            ranked = sorted(records)
            for share, found in zip(
                q, reduced(Quantiles(q, None, rank_error), dealt(records, draw)), strict=True
            ):
                below = bisect.bisect_left(ranked, found) / len(ranked)
                upto = bisect.bisect_right(ranked, found) / len(ranked)
                assert below - 2 * rank_error <= share <= upto + 2 * rank_error

    def test_the_ends_are_exact(self) -> None:
        """The smallest and the largest number, of any number of them."""
        records = [random.Random(3).gauss(0, 1) for _ in range(50_000)]
        assert reduced(Quantiles((0, 1), None, 0.05), [records[:9], [], records[9:]]) == [
            min(records),
            max(records),
        ]

    def test_one_share_gives_one_value(self) -> None:
        """Several give a list of as many, none an empty one."""
        assert reduced(Quantiles(0.5, None, 0.01), [[3, 1, 2]]) == 2.0
        assert reduced(Quantiles((0.5,), None, 0.01), [[3, 1, 2]]) == [2.0]
        assert reduced(Quantiles((), None, 0.01), [[3, 1, 2]]) == []

    def test_of_a_key(self) -> None:
        """The numbers that a function makes of the records."""
        assert reduced(Quantiles(1, len, 0.01), [["a", "abc"], [], ["ab"]]) == 3.0

    def test_nan_are_left_out(self) -> None:
        """And infinities are numbers."""
        assert reduced(
            Quantiles((0, 0.5, 1), None, 0.01), [[math.nan, 1], [-math.inf, math.nan, math.inf]]
        ) == [
            -math.inf,
            1.0,
            math.inf,
        ]

    @pytest.mark.parametrize("partitions", [[[]], [[], []], [[math.nan], []]])
    def test_of_nothing(self, partitions: list[list[float]]) -> None:
        """There is no such number."""
        with pytest.raises(EmptyError, match="without numbers"):
            reduced(Quantiles(0.5, None, 0.01), partitions)

    @pytest.mark.parametrize("record", ["1", None, [1]])
    def test_of_what_is_no_number(self, record: Any) -> None:
        """A text of digits is none either."""
        with pytest.raises(TypeError, match="must be real number"):
            Quantiles(0.5, None, 0.01).chunk([1, record])

    @pytest.mark.parametrize("error", [0.5, 0.05, 0.005, 0.00005])
    def test_size_is_what_the_library_says_of_the_error(self, error: float) -> None:
        """The bound that holds in 99 of 100 runs."""
        sketch = Quantiles(0.5, None, error)._sketch()
        assert sketch.normalized_rank_error(False) <= error


class TestHeavyHitters:
    @given(
        st.lists(st.lists(st.sampled_from("aaaabbbcdefghijkl"), max_size=20), min_size=1, max_size=6),
        st.integers(1, 4),
        st.sampled_from([0.1, 0.26, 0.5, 0.9]),
        st.integers(2, 4),
    )
    def test_guarantees(self, partitions: list[list[str]], k: int, error: float, fan_in: int) -> None:
        """Each of those the verb states, in any partitioning, with a few counts only."""
        truth = Counter(record for partition in partitions for record in partition)
        n = truth.total()
        found = reduced(HeavyHitters(k, error), partitions, fan_in)
        names = [record for record, _, _ in found]
        assert len(set(names)) == len(names) <= k
        assert all(low <= truth[record] <= high <= low + error * n for record, low, high in found)
        assert [low for _, low, _ in found] == sorted((low for _, low, _ in found), reverse=True)
        missed = truth.keys() - set(names)
        assert all(truth[record] * (k + 1) <= n for record in missed)
        if len(found) == k:
            assert all(truth[record] <= found[-1][2] for record in missed)
        else:
            assert all(truth[record] <= error * n for record in missed)

    def test_many_records_in_few_counts(self) -> None:
        """The frequent ones of a long tail are found, and partials stay small."""
        draw = random.Random(5)
        records = [draw.randrange(8) if draw.random() < 0.3 else draw.getrandbits(40) for _ in range(60_000)]
        reduction = HeavyHitters(8, 0.01)
        assert len(reduction.chunk(records)[0]) <= 100
        found = reduced(reduction, dealt(records, draw))
        truth = Counter(records)
        assert {record for record, _, _ in found} == set(range(8))
        assert all(low <= truth[record] <= high <= low + 600 for record, low, high in found)

    def test_few_records_are_counted_exactly(self) -> None:
        """As ``frequencies`` would; of equals the first is shown, and comes first."""
        found = reduced(HeavyHitters(3, 0.0001), [["b", True], [], [1, 1.0, "a", "a", "b", "b", "b"]])
        assert [(repr(record), low, high) for record, low, high in found] == [
            ("'b'", 4, 4),
            ("True", 3, 3),
            ("'a'", 2, 2),
        ]
        assert reduced(HeavyHitters(3, 0.1), [[], []]) == []

    def test_combining_leaves_partials_as_they_were(self) -> None:
        """Another reader may hold them."""
        reduction = HeavyHitters(1, 0.5)
        partials = [reduction.chunk("aab"), reduction.chunk("cd")]
        before = pickle.dumps(partials)
        reduction.combine(partials)
        assert pickle.dumps(partials) == before

    def test_records_must_be_hashable(self) -> None:
        """As everywhere where equal ones are counted."""
        with pytest.raises(TypeError, match="unhashable"):
            HeavyHitters(1, 0.1).chunk([[1]])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: CountDistinct(0), "relative_error of count_distinct"),
        (lambda: CountDistinct(0.001), r"at least 0\.001500 and below 1"),
        (lambda: CountDistinct(1), "below 1"),
        (lambda: CountDistinct(math.nan), "not nan"),
        (lambda: Quantiles(0.5, None, 0), r"rank_error of quantiles\(\) must be at least 0\.000050"),
        (lambda: Quantiles(1.5, None, 0.01), "from 0 to 1, not 1.5"),
        (lambda: Quantiles((0.5, -1), None, 0.01), "from 0 to 1, not -1"),
        (lambda: HeavyHitters(0, 0.1), "1 or more, not 0"),
        (lambda: HeavyHitters(1, 0), r"error of heavy_hitters\(\) must be at least 0\.000001"),
    ],
)
def test_bad_arguments(make: Any, says: str) -> None:
    """Are refused when the sketch is asked for, with what would be right."""
    with pytest.raises(UsageError, match=says):
        make()


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the command that installs it; heavy hitters do not need it."""
    monkeypatch.setitem(sys.modules, "datasketches", None)
    for verb, make in {
        "count_distinct": lambda: CountDistinct(0.02),
        "quantiles": lambda: Quantiles(0.5, None, 0.01),
    }.items():
        with pytest.raises(ImportError, match=rf"{verb}\(\) needs .* pip install 'pannier\[sketches\]'"):
            make()
    assert reduced(HeavyHitters(1, 0.1), ["a"]) == [("a", 1, 1)]


@pytest.mark.parametrize(
    "reduction",
    [CountDistinct(0.02), Quantiles((0.5, 1.0), len, 0.01), HeavyHitters(3, 0.01)],
    ids=lambda each: each.label,
)
def test_sketches_travel(reduction: Reduction) -> None:
    """A copy is equal."""
    assert pickle.loads(pickle.dumps(reduction)) == reduction
    assert reduction.in_pieces
