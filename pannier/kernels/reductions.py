"""Reductions as data: how a partition becomes a partial result and partials become an answer.

A :class:`Reduction` is three functions.  A plan runs ``chunk`` beside the step that makes a partition,
``combine`` in a tree and ``finish`` once, so a new reduction is a row here, never a new task shape.
Answers are those of the builtin on the whole, however the records are partitioned: the partial of an
empty partition is :data:`~pannier.kernels.kernel.MISSING` where the builtin has no neutral value.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from pannier.errors import EmptyError, annotate
from pannier.frozen import frozen
from pannier.kernels.batches import Partition, as_records, batches_of
from pannier.kernels.kernel import MISSING, name_of


class Reduction(ABC):
    """What a tree reduction does at each level; subclasses are the reductions there are.

    >>> count = Count()
    >>> count.finish(count.combine([count.chunk("ab"), count.chunk("")]))
    2
    """

    __slots__ = ()

    in_pieces: ClassVar[bool] = True
    """Whether a partition may be reduced in pieces, whose partials are then combined."""
    over_blocks: ClassVar[bool] = False
    """Whether ``chunk`` takes a whole block, a frame, rather than an iterable of records."""

    @abstractmethod
    def chunk(self, records: Iterable[Any]) -> Any:
        """The partial result of one partition's records, walked once."""

    @abstractmethod
    def combine(self, partials: list[Any]) -> Any:
        """The partial result of several partials, which come in the order of their partitions."""

    def finish(self, partial: Any) -> Any:
        """The answer from the last partial."""
        return partial

    @property
    def label(self) -> str:
        """The reduction as the user wrote it."""
        return type(self).__name__.lower()


@frozen
class Chunk:
    """``reduction.chunk`` as the sink of a chain."""

    reduction: Reduction

    def __call__(self, records: Iterable[Any]) -> Any:
        return self.reduction.chunk(records)

    @property
    def over_blocks(self) -> bool:
        """Whether it takes a whole block rather than records."""
        return self.reduction.over_blocks

    @property
    def label(self) -> str:
        """The reduction as the user wrote it."""
        return self.reduction.label


@frozen
class Combine:
    """``reduction.combine`` as a task; ``last`` finishes too."""

    reduction: Reduction
    last: bool

    def __call__(self, partials: list[Any]) -> Any:
        partial = self.reduction.combine(partials)
        return self.reduction.finish(partial) if self.last else partial


def _present(partials: Iterable[Any]) -> list[Any]:
    return [partial for partial in partials if partial is not MISSING]


@frozen
class Count(Reduction):
    """How many records there are."""

    def chunk(self, records: Iterable[Any]) -> int:
        return sum(1 for _ in records)

    def combine(self, partials: list[int]) -> int:
        return sum(partials)


@frozen
class Builtin(Reduction):
    """A builtin that may be applied to its own results and has a value for nothing: sum, any, all."""

    func: Callable[[Iterable[Any]], Any]

    def chunk(self, records: Iterable[Any]) -> Any:
        return self.func(records)

    def combine(self, partials: list[Any]) -> Any:
        return self.func(partials)

    @property
    def label(self) -> str:
        return name_of(self.func)


@frozen
class Extreme(Reduction):
    """``max`` or ``min``, by ``key`` where one is given; the first of equals, as the builtin has it."""

    func: Callable[..., Any]
    key: Callable[[Any], Any] | None = None

    def chunk(self, records: Iterable[Any]) -> Any:
        return self.func(records, key=self.key, default=MISSING)

    def combine(self, partials: list[Any]) -> Any:
        return self.chunk(_present(partials))

    def finish(self, partial: Any) -> Any:
        if partial is MISSING:
            raise EmptyError(f"{name_of(self.func)}() of a bag without records")
        return partial

    @property
    def label(self) -> str:
        return name_of(self.func)


@frozen
class Mean(Reduction):
    """The sum over the count."""

    def chunk(self, records: Iterable[Any]) -> tuple[Any, int]:
        counter = itertools.count()
        total = sum(record for record, _ in zip(records, counter, strict=False))
        return total, next(counter)

    def combine(self, partials: list[tuple[Any, int]]) -> tuple[Any, int]:
        return sum(total for total, _ in partials), sum(n for _, n in partials)

    def finish(self, partial: tuple[Any, int]) -> Any:
        total, n = partial
        if not n:
            raise EmptyError("mean() of a bag without records")
        return total / n


@frozen
class TopK(Reduction):
    """The ``k`` largest (or smallest) records by ``key``, in order; the first of equals first."""

    k: int
    key: Callable[[Any], Any] | None = None
    smallest: bool = False

    def chunk(self, records: Iterable[Any]) -> list[Any]:
        select = heapq.nsmallest if self.smallest else heapq.nlargest
        return select(self.k, iter(records), key=self.key)  # of a partition itself it would ask the length

    def combine(self, partials: list[list[Any]]) -> list[Any]:
        return self.chunk(itertools.chain.from_iterable(partials))

    @property
    def label(self) -> str:
        return f"{'take_ordered' if self.smallest else 'topk'}({self.k})"


@contextlib.contextmanager
def hinting_at_combine(initial: Any, joiner: object) -> Iterator[None]:
    """Tell who gave an ``initial`` and no ``combine`` that the function was then called with two records."""
    try:
        yield
    except Exception as error:
        if initial is not MISSING and joiner is None:
            annotate(
                error,
                "without combine=, binop joins records as it joins totals; where totals are of another kind "
                "than records, give combine= too, and an initial= that is neutral to it",
            )
        raise


@frozen
class Fold(Reduction):
    """``functools.reduce`` over the whole, from per-partition results.

    With ``combine``, ``binop(total, record)`` starts from a copy of ``initial`` in every partition
    that has records, and ``combine(total, total)`` joins the totals.  Without, ``binop`` joins records
    and totals alike, and ``initial`` counts once.
    """

    binop: Callable[[Any, Any], Any]
    joiner: Callable[[Any, Any], Any] | None = None
    initial: Any = MISSING

    def chunk(self, records: Iterable[Any]) -> Any:
        walk = iter(records)
        first = next(walk, MISSING)
        if first is MISSING:
            return MISSING
        if self.initial is not MISSING and self.joiner is not None:
            first = self.binop(copy.deepcopy(self.initial), first)
        with hinting_at_combine(self.initial, self.joiner):
            return functools.reduce(self.binop, walk, first)

    def combine(self, partials: list[Any]) -> Any:
        present = _present(partials)
        return functools.reduce(self.joiner or self.binop, present) if present else MISSING

    def finish(self, partial: Any) -> Any:
        if partial is not MISSING:
            if self.initial is MISSING or self.joiner is not None:
                return partial
            return self.binop(copy.deepcopy(self.initial), partial)
        if self.initial is MISSING:
            raise TypeError("fold() of a bag without records needs an initial value")
        return self.initial

    @property
    def label(self) -> str:
        return f"fold({name_of(self.binop)})"


@frozen
class Custom(Reduction):
    """The user's own ``perpartition(records)`` and ``aggregate(list of partials)``.

    Empty partitions are left out; when all are empty, ``perpartition`` is asked once about nothing.
    """

    perpartition: Callable[[Any], Any]
    aggregate: Callable[[list[Any]], Any]
    out_bag: bool = False
    in_pieces: ClassVar[bool] = False

    def chunk(self, records: Iterable[Any]) -> Any:
        partition = records if isinstance(records, Partition) else Partition(batches_of(records))
        return self.perpartition(partition) if partition else MISSING

    def combine(self, partials: list[Any]) -> Any:
        present = _present(partials)
        return self.aggregate(present) if present else MISSING

    def finish(self, partial: Any) -> Any:
        answer = self.aggregate([self.perpartition([])]) if partial is MISSING else partial
        return list(as_records(answer)) if self.out_bag else answer

    @property
    def label(self) -> str:
        return f"reduction({name_of(self.perpartition)}, {name_of(self.aggregate)})"
