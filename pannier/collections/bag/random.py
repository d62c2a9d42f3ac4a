"""Random samples of a bag, of a given size."""

from __future__ import annotations

from uuid import uuid4

from pannier.collections.bag.bag import Bag
from pannier.kernels.samples import Choices, Sample


def sample(population: Bag, k: int, split_every: int | None = None) -> Bag:
    """A bag of one partition of ``k`` records drawn without replacement, each set equally likely.

    Computing it raises ValueError when there are fewer than ``k`` records.  Every call draws anew.

    >>> import pannier as pn
    >>> drawn = pn.bag.random.sample(pn.range(100, npartitions=4), 5).compute(scheduler="sync")
    >>> len(set(drawn))
    5
    """
    return population._to_bag("sample", Sample(k, uuid4().int), split_every)


def choices(population: Bag, k: int = 1, split_every: int | None = None) -> Bag:
    """A bag of one partition of ``k`` records drawn with replacement, each record equally likely each time.

    Computing it raises ValueError when there is no record.  Every call draws anew.

    >>> import pannier as pn
    >>> len(pn.bag.random.choices(pn.range(3, npartitions=2), k=10).compute(scheduler="sync"))
    10
    """
    return population._to_bag("choices", Choices(k, uuid4().int), split_every)
