"""Bags for oracle tests: any partitioning, empty partitions included, made in each of several ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

import pannier as pn
from pannier.testing import assert_eq, no_compute

quick = settings(max_examples=50)
"""Examples per test: each computes a whole bag."""

ints = st.integers(-4, 4)
"""Few of them, so that equal records are frequent."""
words = st.text("ab ", max_size=3)
mixed = st.one_of(ints, words, st.booleans(), st.none(), st.sampled_from([0.0, 1.0, -2.5]))
"""Records of several types, some equal across types."""
pairs = st.tuples(words, ints)
dicts = st.fixed_dictionaries({"name": words}, optional={"n": ints, "tags": st.lists(words, max_size=2)})
split_every = st.sampled_from([None, 2, 3])


@dataclass(frozen=True)
class Parted:
    """A bag whose partitions are known."""

    partitions: list[list[Any]]
    made: str
    """Which of :data:`WAYS` made the bag."""
    bag: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bag", WAYS[self.made](self.partitions))

    @property
    def records(self) -> list[Any]:
        """All records, in order."""
        return list(chain.from_iterable(self.partitions))


def _of_delayed(partitions: list[list[Any]]) -> Any:
    return pn.from_delayed([pn.delayed(list)(part) for part in partitions])


def _flattened(partitions: list[list[Any]]) -> Any:
    return pn.from_sequence(partitions, partition_size=1).flatten()


def _concatenated(partitions: list[list[Any]]) -> Any:
    return pn.concat([pn.from_sequence(part, npartitions=1) for part in partitions])


def _filtered(partitions: list[list[Any]]) -> Any:
    marked = [[(keep, record) for record in part for keep in (False, True)] for part in partitions]
    return _flattened(marked).filter(lambda pair: pair[0]).pluck(1)


def _streamed(partitions: list[list[Any]]) -> Any:
    return _of_delayed(partitions).map_partitions(iter)


WAYS: dict[str, Callable[[list[list[Any]]], Any]] = {
    "delayed lists": _of_delayed,
    "flatten": _flattened,
    "concat": _concatenated,
    "filter": _filtered,
    "iterators": _streamed,
}
"""Values in memory, steps that fuse with what follows, blocks passed on, partitions that are streamed."""


def bags(
    records: st.SearchStrategy[Any], *, max_partitions: int = 5, max_records: int = 6
) -> st.SearchStrategy[Parted]:
    """Bags of one partition or more, any of which may be empty."""
    partitions = st.lists(st.lists(records, max_size=max_records), min_size=1, max_size=max_partitions)
    return st.builds(Parted, partitions, st.sampled_from(sorted(WAYS)))


def agree(lazy: Callable[[], Any], plain: Callable[[], Any], **options: Any) -> None:
    """The lazy expression has the answer of the plain one, or its kind of exception.

    Building the lazy one computes nothing.
    """
    with no_compute():
        expression = lazy()
    try:
        expected = plain()
    except Exception as error:  # noqa: BLE001  whatever it is, the lazy expression must raise it too
        with pytest.raises(type(error)):
            expression.compute(**options)
    else:
        assert_eq(expression, expected, **options)
