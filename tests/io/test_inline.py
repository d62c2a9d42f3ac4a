"""Partitions of a sequence in memory."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import UsageError
from pannier.io.inline import sequence_source


def partitions(source) -> list[list]:
    return [source.reader(part) for part in source.parts]


def joined(parts: list[list]) -> list:
    return list(itertools.chain.from_iterable(parts))


@given(records=st.lists(st.integers()), npartitions=st.integers(1, 20))
def test_npartitions_is_the_number_of_partitions(records, npartitions):
    """There are exactly as many as asked for, together the sequence, of nearly equal length."""
    made = partitions(sequence_source(records, npartitions=npartitions))
    assert len(made) == npartitions
    assert joined(made) == records
    assert max(map(len, made)) - min(map(len, made)) <= 1


@given(records=st.lists(st.integers()), partition_size=st.integers(1, 20))
def test_partition_size_is_the_length_of_all_but_the_last(records, partition_size):
    """Partitions are full but the last; an empty sequence is one empty partition."""
    made = partitions(sequence_source(records, partition_size=partition_size))
    assert joined(made) == records
    assert {len(part) for part in made[:-1]} <= {partition_size}
    assert 0 < len(made[-1]) <= partition_size or (records == [] and made == [[]])


def test_by_default_there_are_at_most_100():
    """Few records are a partition each, many are a hundred."""
    assert len(sequence_source([1, 2, 3]).parts) == 3
    assert len(sequence_source(range(10_000)).parts) == 100
    assert partitions(sequence_source([])) == [[]]


@pytest.mark.parametrize("records", [iter([1, 2]), {7}, (1, 2), {"a": 1, "b": 2}, "abc", b"ab"])
def test_any_iterable_will_do(records):
    """Iterators, sets, tuples, dicts and texts are taken as they iterate."""
    expected = [1, 2] if iter(records) is records else list(records)
    assert joined(partitions(sequence_source(records, npartitions=2))) == expected


def test_a_range_travels_as_a_range():
    """A billion integers are a few bytes until they are read."""
    assert len(pickle.dumps(sequence_source(range(10**9), npartitions=4).parts)) < 500


def test_partitions_are_the_callers_no_more():
    """Changing what was read leaves the sequence as it was."""
    records = [3, 1, 2]
    source = sequence_source(records, npartitions=1)
    source.reader(source.parts[0]).sort()
    assert records == [3, 1, 2]
    assert partitions(source) == [[3, 1, 2]]


def test_equal_sequences_have_equal_names():
    """The name comes from the content."""
    assert sequence_source([1, 2]).name == sequence_source([1, 2]).name
    assert sequence_source([1, 2]).name != sequence_source([1, 3]).name


@pytest.mark.parametrize(
    "options", [{"npartitions": 0}, {"partition_size": 0}, {"npartitions": 2, "partition_size": 2}]
)
def test_impossible_options_are_refused(options):
    """Zero, or both at once, is a usage error."""
    with pytest.raises(UsageError):
        sequence_source([1], **options)
