"""Several reductions over one partition."""

from __future__ import annotations

import pytest

from pannier.kernels.batches import BATCH_RECORDS, Batch, Batches, InMemory
from pannier.kernels.chain import Chain, Step
from pannier.kernels.fork import PENDING, WINDOW, Fork, can_branch
from pannier.kernels.partitions import First
from pannier.kernels.records import Filter, Map
from pannier.kernels.reductions import Builtin, Chunk, Count, Custom, Extreme, TopK


def branch(reduction: object, *steps: Step) -> Chain:
    return Chain(steps, sink=Chunk(reduction))  # type: ignore[arg-type]


def half(x: int) -> float:
    return 1 / (x - 5000)


@pytest.mark.parametrize(
    "n", [0, 1, BATCH_RECORDS, BATCH_RECORDS * (WINDOW + 1), BATCH_RECORDS * WINDOW * (PENDING + 2)]
)
def test_every_branch_sees_all_records(n: int) -> None:
    """However many windows they come in, none included."""
    odd = Step(Filter(lambda x: x % 2))
    fork = Fork(Chain((Step(Map(abs)),)), (branch(Count()), branch(Builtin(sum), odd), branch(TopK(2))))
    numbers = list(range(n))
    assert fork(numbers) == (n, sum(numbers[1::2]), sorted(numbers, reverse=True)[:2])


def test_a_failure_in_a_branch_has_an_address() -> None:
    """Step and record, as in a chain of its own."""
    numbers = Batches(Batch(list(range(i, i + 1000)), InMemory("the list", i)) for i in range(0, 9000, 1000))
    with pytest.raises(ZeroDivisionError) as caught:
        Fork(Chain(()), (branch(Count()), branch(Extreme(max), Step(Map(half)))))(numbers)
    assert (
        "map(tests.kernels.test_fork.half), at record 5000 of the list\nrecord: 5000"
        in caught.value.__notes__[0]
    )


def test_what_can_branch() -> None:
    """Reductions of single records; not what counts records, takes extras or wants the whole partition."""
    assert can_branch(branch(Count(), Step(Map(abs))))
    assert not can_branch(branch(Custom(len, sum)))
    assert not can_branch(branch(Count(), Step(First(3))))
    assert not can_branch(branch(Count(), Step(Map(abs), (1,))))
    assert not can_branch(Chain((Step(Map(abs)),)))
