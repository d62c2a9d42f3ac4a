"""Partitions of a sequence that is in memory."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from pannier.errors import UsageError
from pannier.io.sequence import SequenceReader
from pannier.plan.nodes import Source

DEFAULT_PARTITIONS: Final = 100
"""Partitions unless the caller says: enough for many workers, few enough to cost nothing."""


def sequence_source(
    records: Iterable[Any],
    *,
    npartitions: int | None = None,
    partition_size: int | None = None,
    verb: str = "from_sequence",
) -> Source:
    """A source of ``records``, in order: about :data:`DEFAULT_PARTITIONS` partitions by default.

    ``npartitions`` gives exactly that many, their lengths differing by one at most (some are empty if
    there are fewer records); ``partition_size`` gives partitions of that many records, the last may be
    shorter.  A range stays a range until it is read.  Raises :class:`~pannier.errors.UsageError` for
    both options at once, or for one below 1.

    >>> [list(part) for part in sequence_source(range(5), npartitions=2).parts]
    [[0, 1], [2, 3, 4]]
    >>> [list(part) for part in sequence_source("abc", partition_size=2).parts]
    [['a', 'b'], ['c']]
    """
    if npartitions is not None and partition_size is not None:
        raise UsageError("give npartitions or partition_size, not both")
    for name, value in (("npartitions", npartitions), ("partition_size", partition_size)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1, not {value}")
    sequence = records if isinstance(records, (list, range, tuple)) else list(records)
    n = len(sequence)
    if partition_size is not None:
        bounds = [*range(0, n, partition_size), n] if n else [0, 0]
    else:
        count = npartitions or max(1, min(n, DEFAULT_PARTITIONS))
        bounds = [n * i // count for i in range(count + 1)]
    parts = tuple(sequence[start:end] for start, end in pairwise(bounds))
    return Source(verb=verb, reader=SequenceReader(verb), parts=parts)
