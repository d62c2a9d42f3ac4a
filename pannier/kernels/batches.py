"""Batches: how records travel inside one task, and how each of them keeps its address.

A partition that is read from a file flows as :class:`Batches`, an iterator of :class:`Batch`: a few
hundred to a few thousand records with the :class:`Origin` they came from.  An origin costs nothing
until something fails; then it turns a position in the batch into an :class:`Address`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pannier.errors import UsageError
from pannier.frozen import frozen

BATCH_RECORDS: Final = 2048
"""Records in a batch cut from a partition already in memory: large enough to amortize a Python call
per step, small enough that a batch of 1 kB records stays in a core's cache."""


@frozen
class Address:
    """Where a record is: what a user opens in an editor to see it."""

    source: str
    """Path or URL of the file, or a description of what else it came from."""
    line: int | None = None
    """1-based line number in the file, after decompression; None where there are no lines."""
    offset: int | None = None
    """Byte offset of the record's first byte in the file, after decompression."""

    def __str__(self) -> str:
        """
        >>> str(Address("a.json.gz", line=3)), str(Address("partition 0", None, None))
        ('a.json.gz, line 3', 'partition 0')
        """
        return self.source if self.line is None else f"{self.source}, line {self.line}"


class Origin(Protocol):
    """Knows where the records of one batch came from."""

    def locate(self, index: int) -> Address:
        """The address of the batch's record number ``index`` (from 0).  May read the file again."""


@frozen
class InMemory:
    """The origin of records cut from a sequence in memory."""

    what: str
    first: int

    def locate(self, index: int) -> Address:
        """
        >>> str(InMemory("the partition", 10).locate(5))
        'record 15 of the partition'
        """
        return Address(f"record {self.first + index} of {self.what}")


@dataclass(slots=True)
class Batch:
    """Some records in the order of their source, with their origin."""

    records: list[Any]
    origin: Origin


class Batches:
    """An iterator of batches: a partition that was not (yet) made whole in memory.

    Iterating it gives :class:`Batch` objects; it can be walked once.
    """

    __slots__ = ("_batches",)

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._batches = iter(batches)

    def __iter__(self) -> Iterator[Batch]:
        return self._batches


class Partition:
    """The records of one partition, for a function that wants them all.

    Walking it streams: whatever its size, one batch is in memory at a time.  It can be walked once;
    ``len()``, indexing and ``list()`` make it whole first, and then it behaves like that list.

    >>> part = Partition(batches_of([3, 1, 2]))
    >>> len(part), part[0], sorted(part), max(part)
    (3, 3, [1, 2, 3], 3)
    """

    __slots__ = ("_all", "_batches", "_walked", "batch", "ended", "failed_upstream", "position")

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._all: list[Any] | None = None
        self._walked = False
        self.batch: Batch | None = None
        """The batch being walked."""
        self.position: Iterator[Any] = iter(())
        """The iterator over its records, which knows how far it is."""
        self.ended = False
        """Whether the last record was pulled, and then one more asked for."""
        self.failed_upstream: BaseException | None = None
        """The exception, if any, that making the next batch raised."""

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self._runs())

    def _runs(self) -> Iterator[Iterator[Any]]:
        # list() asks for an iterator first and for the length next: what is whole by the time the
        # first record is pulled is walked from memory.
        if self._all is not None:
            yield iter(self._all)
            return
        if self.failed_upstream is not None:
            raise self.failed_upstream  # list() asks for the length first, and keeps a TypeError of it back
        if self._walked:
            raise UsageError(
                "this partition streams and was walked before; write records = list(partition) first "
                "to walk it twice"
            )
        self._walked = True
        try:
            for batch in self._batches:
                self.batch, self.position = batch, iter(batch.records)
                yield self.position
            self.ended = True
        except Exception as error:
            self.failed_upstream = error
            raise

    def _whole(self) -> list[Any]:
        if self._all is None:
            if self._walked:
                raise TypeError(
                    "the length of a partition is not known while it streams; write records = "
                    "list(partition) before anything else walks it"
                )
            self._all = [record for run in self._runs() for record in run]
        return self._all

    def __len__(self) -> int:
        return len(self._whole())

    def __getitem__(self, index: Any) -> Any:
        return self._whole()[index]

    def __bool__(self) -> bool:
        """Whether there is a record; reads the first batch that has one, and keeps it."""
        if self._all is not None or self._walked:
            return bool(self._whole())
        first = next((batch for batch in self._batches if batch.records), None)
        if first is not None:
            self._batches = itertools.chain([first], self._batches)
        return first is not None

    def batches(self) -> Iterator[Batch]:
        """The records batch by batch, for a function that treats many at a time; streams as the walk does."""
        if self._all is not None:
            yield from batches_of(self._all)
            return
        for _ in self._runs():
            assert self.batch is not None
            yield self.batch

    def blame(self, batch: Batch | None, index: int = 0) -> None:
        """Have :meth:`current` name record ``index`` of ``batch``; with None, no record at all.

        For a failure that was found out after more records had been pulled than the one at fault.
        """
        self.batch, self.ended = batch, False
        self.position = iter(() if batch is None else batch.records[index + 1 :])

    def current(self) -> tuple[Batch, int] | None:
        """The batch and the number in it of the record pulled last; None before the first."""
        if self.batch is None:
            return None
        left = operator.length_hint(self.position)
        return self.batch, len(self.batch.records) - left - 1


def batches_of(block: object, what: str = "the partition") -> Iterator[Batch]:
    """``block``, a partition in any form, as batches: streamed if it streams, cut if it is a list.

    >>> [b.records for b in batches_of([1, 2, 3])]
    [[1, 2, 3]]
    """
    if isinstance(block, Batches):
        yield from block
        return
    if isinstance(block, list):
        for first in range(0, len(block), BATCH_RECORDS):
            yield Batch(block[first : first + BATCH_RECORDS], InMemory(what, first))
        return
    records = iter(block)  # type: ignore[call-overload]
    first = 0
    while chunk := take(records, BATCH_RECORDS):
        yield Batch(chunk, InMemory(what, first))
        first += len(chunk)


def take(records: Iterator[Any], n: int) -> list[Any]:
    """The next ``n`` of ``records``, fewer at the end.

    >>> take(iter("abc"), 2)
    ['a', 'b']
    """
    return list(itertools.islice(records, n))


def as_records(value: Any) -> Iterable[Any]:
    """``value`` if it is many records; a list of it if it is one: a number, text, dict or frame.

    >>> as_records([1, 2]), as_records("text"), as_records({"a": 1})
    ([1, 2], ['text'], [{'a': 1}])
    """
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        return [value]
    return [value] if hasattr(value, "__dataframe__") else value
