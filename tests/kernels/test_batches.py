"""Batches, partitions and addresses."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from pannier.errors import UsageError
from pannier.kernels.batches import BATCH_RECORDS, Address, Batch, Batches, InMemory, Partition, batches_of


def streaming(*runs: list[int], pulled: list[list[int]] | None = None) -> Partition:
    """A partition of batches of ``runs``; those that were asked for are added to ``pulled``."""

    def batches() -> Iterator[Batch]:
        first = 0
        for run in runs:
            if pulled is not None:
                pulled.append(run)
            yield Batch(run, InMemory("the runs", first))
            first += len(run)

    return Partition(batches())


def test_a_list_is_cut_into_batches() -> None:
    """In order, each knowing where it was cut."""
    records = list(range(BATCH_RECORDS * 2 + 5))
    batches = list(batches_of(records, "my list"))
    assert [len(batch.records) for batch in batches] == [BATCH_RECORDS, BATCH_RECORDS, 5]
    assert [record for batch in batches for record in batch.records] == records
    assert str(batches[2].origin.locate(3)) == f"record {2 * BATCH_RECORDS + 3} of my list"


def test_an_iterator_is_cut_lazily() -> None:
    """No more is pulled than the batch that is asked for."""
    records = iter(range(BATCH_RECORDS + 10))
    batches = batches_of(records)
    assert len(next(batches).records) == BATCH_RECORDS
    assert next(records) == BATCH_RECORDS
    (rest,) = batches
    assert len(rest.records) == 9
    assert list(batches_of(iter(()))) == []


def test_batches_that_stream_stay_as_they_are() -> None:
    """Their origins are not replaced."""
    batch = Batch(["x"], InMemory("a file", 7))
    assert list(batches_of(Batches([batch]))) == [batch]


def test_walking_a_partition_streams() -> None:
    """One batch is asked for when the one before it is used up."""
    pulled: list[list[int]] = []
    partition = streaming([1, 2], [], [3], pulled=pulled)
    walk = iter(partition)
    assert pulled == []
    assert [next(walk), next(walk)] == [1, 2]
    assert pulled == [[1, 2]]
    assert list(walk) == [3]
    assert pulled == [[1, 2], [], [3]]


def test_a_partition_that_streams_is_walked_once() -> None:
    """A second walk would be silently empty; it is an error that says what to do."""
    partition = streaming([1, 2])
    assert sum(partition) == 3
    with pytest.raises(UsageError, match=r"records = list\(partition\)"):
        sum(partition)
    with pytest.raises(TypeError, match="not known while it streams"):
        len(partition)


def test_a_partition_made_whole_is_a_list() -> None:
    """After ``len()``, an index or ``list()`` it can be walked and indexed at will."""
    for make_whole in (len, list, sorted, lambda partition: partition[0]):
        partition = streaming([1, 2], [3])
        make_whole(partition)  # type: ignore[operator]
        assert (len(partition), partition[-1], partition[1:]) == (3, 3, [2, 3])
        assert list(partition) == list(partition) == [1, 2, 3]
        assert bool(partition)


def test_the_truth_of_a_partition_keeps_its_records() -> None:
    """Asking whether there are any reads no further than the first."""
    pulled: list[list[int]] = []
    partition = streaming([], [1], [2], pulled=pulled)
    assert partition
    assert pulled == [[], [1]]
    assert list(partition) == [1, 2]
    assert not streaming([], [])
    assert not streaming()


def test_a_partition_knows_the_record_pulled_last() -> None:
    """While it is walked, and that it was walked to the end."""
    partition = streaming([1, 2], [3])
    assert partition.current() is None
    walk = iter(partition)
    next(walk)
    next(walk)
    batch, index = partition.current() or ("no batch", -1)
    assert (batch.records, index, partition.ended) == ([1, 2], 1, False)
    next(walk)
    batch, index = partition.current() or ("no batch", -1)
    assert (batch.records, index, partition.ended) == ([3], 0, False)
    assert list(walk) == []
    assert partition.ended


def test_an_error_upstream_is_raised_by_every_way_to_read() -> None:
    """A partition that could not be made whole does not pass for a shorter one."""

    def batches() -> Iterator[Batch]:
        yield Batch([1], InMemory("x", 0))
        raise TypeError("broken upstream")

    for read in (list, sum, len, sorted, lambda partition: partition[0]):
        partition = Partition(batches())
        with pytest.raises(TypeError, match="broken upstream") as caught:
            read(partition)  # type: ignore[operator]
        assert partition.failed_upstream is caught.value


def test_addresses_read_as_an_editor_wants_them() -> None:
    """File and line, or what else is known; they survive pickling."""
    address = Address("a.json.gz", line=3, offset=120)
    assert str(address) == "a.json.gz, line 3"
    assert str(Address("record 5 of the partition")) == "record 5 of the partition"
    assert pickle.loads(pickle.dumps(address)) == address
