"""A chain of kernels over one partition, run batch by batch, with an address for every failure.

A partition flows through a chain in batches.  Steps that treat each record alone are C-level iterators
laid over a batch, so that one record is alive at a time; their output is made whole before anything
downstream sees it, so a batch either counts or does not.  A step that wants a whole partition gets a
:class:`~pannier.kernels.batches.Partition` that streams::

    head(part) -> batch, batch, ...   each: list(map(f, filter(p, batch)))   -> sink(all records)

Nothing is counted while nothing fails.  A list's iterator knows how many records it has left; when a
step raises, that says which record was pulled last, the batch's origin says where that record is from,
and running the record alone, step by step, says which step it was.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pannier.errors import annotate
from pannier.frozen import frozen
from pannier.host import tracer
from pannier.kernels.batches import Address, Batch, Origin, Partition, batches_of
from pannier.kernels.kernel import Kernel
from pannier.tracing import Tracer

SHOWN: Final = 200
"""Characters of a record that an error shows."""
MOST_LAID: Final = 1000
"""Iterators laid over each other: each pulls from the one below it on the C stack, some 130 bytes a step."""
MOST_STREAMING: Final = 32
"""Steps over whole partitions that stream into each other, each a few frames below Python's recursion limit."""


@frozen
class Step:
    """One kernel of a chain."""

    kernel: Kernel
    extras: tuple[int, ...] = ()
    """Which of the chain's arguments the kernel gets besides the records, in order."""


@frozen
class Chain:
    """``head``, then ``steps``, then ``sink``: all that happens to one partition in one task.

    >>> from pannier.kernels.records import Filter, Map
    >>> Chain((Step(Map(int)), Step(Filter(bool))))(["1", "0", "2"])
    [1, 2]
    >>> Chain((Step(Map(int)),), sink=sum)(["1", "2"])
    3
    """

    steps: tuple[Step, ...]
    head: Callable[..., Any] | None = None
    """Makes the partition: a reader of a part, or a step over several bags."""
    head_args: tuple[int, ...] = (0,)
    """Which of the chain's arguments ``head`` gets; without a head, the one that is the partition."""
    sink: Callable[[Iterable[Any]], Any] | None = None
    """What becomes of the records; without one, they are returned as a list."""

    def __call__(self, *args: Any) -> Any:
        batches = self.batches(args)
        if self.sink is None:
            return [record for batch in batches for record in batch.records]
        return self.drained(batches)

    def batches(self, args: tuple[Any, ...]) -> Iterator[Batch]:
        """The batches that come out of the last step."""
        return self.through(batches_of(self._partition(args)), args)

    def through(self, batches: Iterator[Batch], args: tuple[Any, ...] = ()) -> Iterator[Batch]:
        """``batches`` taken through the steps."""
        trace = tracer()
        stretches = _stretches(self.steps) if trace is None else _one_by_one(self.steps)
        for streaming, (per_record, steps) in enumerate(stretches, 1):
            if trace is not None:
                batches = _noted(batches, steps[0].kernel.label, trace)
            if per_record:
                batches = _each_batch(steps, args, batches)
            else:
                batches = _whole_partition(steps[0], args, batches)
            if streaming % MOST_STREAMING == 0:
                batches = iter(list(batches))
        return batches

    def drained(self, batches: Iterator[Batch]) -> Any:
        """What the sink makes of the records of ``batches``."""
        assert self.sink is not None
        trace = tracer()
        partition = Partition(batches if trace is None else _noted(batches, _label(self.sink), trace))
        try:
            return self.sink(partition)
        except Exception as error:
            _blame(error, partition, _label(self.sink))
            raise

    def _partition(self, args: tuple[Any, ...]) -> Any:
        if self.head is None:
            return args[self.head_args[0]]
        return self.head(*[args[i] for i in self.head_args])

    @property
    def label(self) -> str:
        """The steps as the user wrote them, joined."""
        named = [self.head, *(step.kernel for step in self.steps), self.sink]
        return " | ".join(_label(each) for each in named if each is not None)


def _stretches(steps: Iterable[Step]) -> Iterator[tuple[bool, tuple[Step, ...]]]:
    """Steps that treat each record alone as long as they follow each other, other steps one by one."""
    for per_record, group in itertools.groupby(steps, _is_per_record):
        if per_record:
            yield True, tuple(group)
        else:
            yield from ((False, (step,)) for step in group)


def _one_by_one(steps: Iterable[Step]) -> Iterator[tuple[bool, tuple[Step, ...]]]:
    """Each step by itself, so that it is known which one a record is in."""
    return ((step.kernel.per_record, (step,)) for step in steps)


def _is_per_record(step: Step) -> bool:
    return step.kernel.per_record


def _label(kernel: object) -> str:
    return str(getattr(kernel, "label", None) or getattr(kernel, "__name__", None) or type(kernel).__name__)


def lay(steps: Iterable[Step], args: tuple[Any, ...], records: Iterable[Any]) -> Iterable[Any]:
    """The lazy iterator that takes ``records`` through ``steps``."""
    for step in steps:
        records = step.kernel(records, *[args[i] for i in step.extras])
    return records


def _each_batch(steps: tuple[Step, ...], args: tuple[Any, ...], batches: Iterator[Batch]) -> Iterator[Batch]:
    """``batches`` taken through steps that treat each record alone."""
    runs = [steps[i : i + MOST_LAID] for i in range(0, len(steps), MOST_LAID)]
    for batch in batches:
        made = batch
        for run in runs:
            made = _through(run, args, made)
        yield made


def _through(steps: tuple[Step, ...], args: tuple[Any, ...], batch: Batch) -> Batch:
    """What ``steps`` make of ``batch``, all of it."""
    position = iter(batch.records)
    try:
        records = list(lay(steps, args, position))
    except Exception as error:
        _blame_record(error, steps, args, batch, position)
        raise
    if not _has_ended(position):
        early = RuntimeError("a function raised StopIteration, which would end its partition in silence")
        _blame_record(early, steps, args, batch, position)
        raise early
    return Batch(records, _Made(steps, args, batch))


def _has_ended(position: Iterator[Any]) -> bool:
    """Whether a list's iterator was asked for more than there is, which lets go of the list.

    Having nothing left is not enough: the last record may have been pulled and then lost.
    """
    return len(position.__reduce__()) == 2


def _whole_partition(step: Step, args: tuple[Any, ...], batches: Iterator[Batch]) -> Iterator[Batch]:
    """``batches`` taken through one step that wants the whole partition."""
    partition = Partition(batches)
    try:
        made = step.kernel(partition, *[args[i] for i in step.extras])
        yield from batches_of(made, f"what {step.kernel.label} made")
    except Exception as error:
        _blame(error, partition, step.kernel.label)
        raise


def _noted(batches: Iterator[Batch], label: str, trace: Tracer) -> Iterator[Batch]:
    """``batches`` record by record, each noted before the step ``label`` gets it, without those to be left out."""
    for batch in batches:
        for i, record in enumerate(batch.records):
            origin, index = _source(batch.origin, i)
            if trace.note(label, origin, index, show(record)):
                yield Batch([record], _Nth(origin, index))
        trace.clear()


def _source(origin: Origin, index: int) -> tuple[Origin, int]:
    """The origin behind what steps have made of it, and the record's number there."""
    while isinstance(origin, _Made):
        if len(origin.batch.records) > 1:
            index, origin = origin.made_from(index), origin.batch.origin
        else:
            index, origin = 0, origin.batch.origin
    return (origin.origin, origin.place) if isinstance(origin, _Nth) else (origin, index)


@frozen
class _Nth:
    """The origin of one record alone: number ``place`` of another origin."""

    origin: Origin
    place: int

    def locate(self, index: int) -> Address:
        return self.origin.locate(self.place + index)


@frozen
class _Made:
    """The origin of records that steps made from a batch."""

    steps: tuple[Step, ...]
    args: tuple[Any, ...]
    batch: Batch

    def locate(self, index: int) -> Address:
        """The address of the record that record ``index`` of the output was made from.

        Runs the batch again, record by record.
        """
        origin: Origin = self
        while isinstance(origin, _Made):
            index, origin = origin.made_from(index), origin.batch.origin
        return origin.locate(index)

    def made_from(self, index: int) -> int:
        """The number of the record of the batch that record ``index`` of the output was made from."""
        made = 0
        for i, record in enumerate(self.batch.records):
            made += sum(1 for _ in lay(self.steps, self.args, [record]))
            if made > index:
                return i
        return len(self.batch.records) - 1


def _blame_record(
    error: Exception, steps: tuple[Step, ...], args: tuple[Any, ...], batch: Batch, position: Iterator[Any]
) -> None:
    """Note on ``error`` which step failed on which record of ``batch``, where ``position`` stopped."""
    index = max(0, _last_pulled(batch.records, position))
    records = [batch.records[index]]
    for step in steps:
        position = iter(records)
        made: list[Any] = []
        try:
            made = list(lay([step], args, position))
            failed = not _has_ended(position)  # StopIteration ends a list without raising
        except Exception:  # noqa: BLE001  whatever the user's function raises
            failed = True
        if failed:
            record = records[max(0, _last_pulled(records, position))] if records else None
            annotate(error, _note(step.kernel.label, batch.origin, index, record))
            return
        records = made
    label = " | ".join(step.kernel.label for step in steps) + " (not again when run alone)"
    annotate(error, _note(label, batch.origin, index, batch.records[index]))


def _last_pulled(records: list[Any], position: Iterator[Any]) -> int:
    """The number of the record that ``position``, a list's iterator over ``records``, gave last."""
    return len(records) - operator.length_hint(position) - 1


def _blame(error: Exception, partition: Partition, label: str) -> None:
    """Note on ``error`` which record of ``partition`` a step had pulled last when it raised.

    After all of them it is no longer the last one's doing, and the note says no more than where that was.
    """
    if error is partition.failed_upstream:
        return
    current = partition.current()
    if current is None:
        annotate(error, f"in {label}")
        return
    batch, index = current
    if partition.ended:
        annotate(error, f"in {label}, after the last record, at {_address(batch.origin, index)}")
    else:
        annotate(error, _note(label, batch.origin, index, batch.records[index] if index >= 0 else None))


def _note(label: str, origin: Origin, index: int, record: Any) -> str:
    """Step, address and record, for people."""
    return f"in {label}, at {_address(origin, index)}\nrecord: {show(record)}"


def _address(origin: Origin, index: int) -> str:
    try:
        return str(origin.locate(max(index, 0)))
    except Exception as error:  # noqa: BLE001  the note must not hide the failure it describes
        return f"an address that could not be found ({error})"


def show(record: Any) -> str:
    """``record`` for an error message, cut to :data:`SHOWN` characters.

    >>> len(show("x" * 1000)) < 210
    True
    """
    try:
        text = repr(record[: SHOWN + 1] if isinstance(record, (str, bytes)) else record)
    except Exception as error:  # noqa: BLE001  a record that cannot be printed must not hide the failure
        return f"<{type(record).__name__} whose repr raised {type(error).__name__}>"
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
