"""Sketches of bags: exact where there is little, within their bounds where there is much; samples by key."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import EmptyError, UsageError
from pannier.testing import no_compute
from tests.oracle.strategies import Parted, agree, bags, dicts, ints, mixed, pairs, quick, split_every, words

numbers = st.one_of(ints, st.floats(-1e6, 1e6), st.booleans())
fractions = st.fixed_dictionaries(dict.fromkeys(range(-4, 5), st.sampled_from([0, 0.0, 0.4, 1, 1.0])))


@quick
@given(bags(st.one_of(mixed, pairs, st.frozensets(words))), split_every)
def test_count_distinct(case: Parted, every: int | None) -> None:
    """Of few records, as many as a set of them has."""
    agree(lambda: case.bag.count_distinct(split_every=every), lambda: len(set(case.records)))


@quick
@given(bags(st.one_of(dicts, st.lists(ints, max_size=2))))
def test_count_distinct_of_what_no_set_takes(case: Parted) -> None:
    """Dicts and lists are equal when Python says so."""
    unique: list[object] = []
    unique.extend(x for x in case.records if x not in unique)
    agree(case.bag.count_distinct, lambda: len(unique))


@quick
@given(bags(numbers), st.lists(st.floats(0, 1), max_size=3), split_every)
def test_quantiles(case: Parted, q: list[float], every: int | None) -> None:
    """Of few numbers, the first in order below or at which there are as many as asked for."""
    assume(case.records)
    ranked = sorted(map(float, case.records))
    found = case.bag.quantiles(q, split_every=every).compute()
    for share, number in zip(q, found, strict=True):
        at_most = math.ceil(share * len(ranked) * (1 + 1e-12))  # a rank may be rounded either way
        at_least = math.ceil(share * len(ranked) * (1 - 1e-12))
        assert number in ranked[max(0, at_least - 1) : max(1, at_most)]
    agree(lambda: case.bag.quantiles([0, 1]), lambda: [ranked[0], ranked[-1]])


@quick
@given(bags(pairs, max_partitions=3), st.floats(0, 1))
def test_quantiles_of_a_key(case: Parted, q: float) -> None:
    """By a function, or by what to look up, as of the bag of what that gives."""
    if not case.records:
        with pytest.raises(EmptyError):
            case.bag.quantiles(q, key=1).compute()
        return
    assert case.bag.quantiles(q, key=1).compute() == case.bag.pluck(1).quantiles(q).compute()
    assert case.bag.quantiles(q, key=len).compute() == 2.0


@quick
@given(bags(mixed), st.integers(1, 4), split_every)
def test_heavy_hitters(case: Parted, k: int, every: int | None) -> None:
    """Of few records, the most common ones and how often each appears, exactly, as a bag to go on with."""
    expected = [(record, n, n) for record, n in Counter(case.records).most_common(k)]
    agree(lambda: case.bag.heavy_hitters(k, split_every=every), lambda: expected)
    agree(lambda: case.bag.heavy_hitters(k).pluck(1).sum(), lambda: sum(n for _, n, _ in expected))


@quick
@given(bags(st.sampled_from("aaaabbcdefgh")), st.integers(1, 3), st.sampled_from([0.2, 0.5]))
def test_heavy_hitters_with_few_counts(case: Parted, k: int, error: float) -> None:
    """The truth lies between the two numbers, and a record that makes up more than 1 / (k + 1) is there."""
    truth, n = Counter(case.records), len(case.records)
    found = case.bag.heavy_hitters(k, error=error).compute()
    assert all(low <= truth[record] <= high <= low + error * n for record, low, high in found)
    assert {record for record in truth if truth[record] * (k + 1) > n} <= {record for record, _, _ in found}


@quick
@given(bags(st.tuples(ints, words)), fractions, st.integers(0, 2**64))
def test_sample_by_key(case: Parted, fractions: dict[int, float], seed: int) -> None:
    """A subsequence with all of a key whose fraction is 1 and none where it is 0, the same for the same seed."""
    first, second = (case.bag.sample_by_key(fractions, seed).compute() for _ in range(2))
    assert first == second
    walk = iter(case.records)
    assert all(record in walk for record in first)
    for key, fraction in fractions.items():
        kept = [record for record in first if record[0] == key]
        if fraction in {0, 1}:
            assert kept == [record for record in case.records if record[0] == key and fraction]


def test_samples_by_key_are_fair() -> None:
    """Each key by its own fraction, within some standard deviations; another seed draws others."""
    bag = pn.range(30_000, npartitions=7).map(lambda x: ("ab"[x % 2], x))
    sampled = bag.sample_by_key({"a": 0.1, "b": 0.5}, seed=3)
    counts = sampled.keys().count_by_value().compute()
    assert counts["a"] == pytest.approx(1500, abs=180)
    assert counts["b"] == pytest.approx(7500, abs=300)
    assert bag.sample_by_key({"a": 0.1, "b": 0.5}, seed=4).compute() != sampled.compute()


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_on_every_scheduler(scheduler: str) -> None:
    """Sketches and samples travel, and what does not draw lots has one answer."""
    bag = pn.range(4000, npartitions=5).map(lambda x: (f"u{x % 1000}", x))
    answers = pn.compute(
        bag.keys().count_distinct(),
        bag.quantiles([0, 1], key=1),
        bag.keys().heavy_hitters(1, error=0.0005),
        bag.sample_by_key({f"u{x}": x / 1000 for x in range(1000)}, seed=1).count(),
        scheduler=scheduler,
        num_workers=2,
    )
    assert answers == (1000, [0.0, 3999.0], [("u0", 4, 4)], 1986)


def test_several_sketches_share_a_walk() -> None:
    """They may see a partition in pieces, so what they read is read once."""
    bag = pn.range(40_000, npartitions=2).map(lambda x: x % 300)
    count, median, hitters = pn.compute(bag.count_distinct(), bag.quantiles(0.5), bag.heavy_hitters(1))
    assert count == 300
    assert abs(median - 149.5) <= 1 + 2 * 0.005 * 300
    assert hitters == [(0, 134, 134)]


class TestErrors:
    @pytest.fixture
    def lines(self, tmp_path: Path) -> pn.Bag:
        (tmp_path / "in.txt").write_text("1\n2\nthree\n4\n")
        return pn.read_text(str(tmp_path / "in.txt"))

    @staticmethod
    def note(collection: object, error: type[BaseException]) -> str:
        with pytest.raises(error) as caught:
            collection.compute()  # type: ignore[attr-defined]
        return "\n".join(caught.value.__notes__)

    def test_have_an_address(self, lines: pn.Bag) -> None:
        """The line that is no number, is of an unknown kind, or has a key without a fraction."""
        bad = lines.map(lambda line: object() if "three" in line else int(line))
        for sketch in (bad.count_distinct(), bad.quantiles(0.5)):
            assert "in.txt, line 3" in self.note(sketch, TypeError)
        note = self.note(
            lines.map(lambda line: (line[0], 1)).sample_by_key(dict.fromkeys("1234", 1.0)), KeyError
        )
        assert "in.txt, line 3" in note
        assert "defaultdict(float, fractions)" in note

    def test_of_a_fraction_that_is_none(self) -> None:
        """When building, with its key."""
        with no_compute(), pytest.raises(UsageError, match="fraction of 'b' must be between 0 and 1, not 2"):
            pn.range(3, 2).sample_by_key({"a": 1, "b": 2})
