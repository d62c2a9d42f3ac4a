"""Answers from what succeeded: what ``on_error="partial"`` of :func:`pannier.compute` returns."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from pannier import schedulers
from pannier.errors import annotate
from pannier.frozen import frozen
from pannier.graph.graph import Graph
from pannier.graph.task import Key


@frozen
class PartitionFailure:
    """One task that failed, and so what is missing in a :class:`PartialResult`."""

    partition: int | None
    """The number of the partition, of its source, that the task was for; None if it was for several."""
    key: Key
    """The name of the task."""
    error: BaseException
    """What it raised; its notes say which file, line, step and record, where that is known."""

    @property
    def step(self) -> str:
        """The steps of the task, as progress bars call them.

        >>> PartitionFailure(3, ("read_text-map-0f0f", 3), KeyError("name")).step
        'read_text-map'
        """
        return schedulers.events.stage_of(self.key)

    def __str__(self) -> str:
        where = self.step if self.partition is None else f"partition {self.partition}, {self.step}"
        lines = [f"{where}: {type(self.error).__name__}: {self.error}", *getattr(self.error, "__notes__", ())]
        return "\n  ".join(lines)


@frozen
class PartialResult:
    """What could be computed, and what could not.

    >>> import pannier as pn
    >>> result = (
    ...     pn.from_sequence(["1", "x", "3"], npartitions=3)
    ...     .map(int)
    ...     .sum()
    ...     .compute(on_error="partial", scheduler="sync")
    ... )
    >>> result.value, [(failure.partition, type(failure.error)) for failure in result.failures]
    (4, [(1, <class 'ValueError'>)])
    """

    value: Any
    """The answer without the partitions that failed; None for a single value that could not be made."""
    failures: list[PartitionFailure] = field(default_factory=list)
    """The tasks that failed, by partition; empty when nothing is missing."""

    def __bool__(self) -> bool:
        raise TypeError(
            "a PartialResult is neither true nor false: ask for .failures, or for the truth of .value"
        )


def partition_failures(graph: Graph, failures: schedulers.partial.Failures) -> list[PartitionFailure]:
    """``failures`` of tasks of ``graph`` in words of partitions, ascending; what is of several comes last."""
    keys = list(graph.tasks)
    found = [_partition_failure(graph, keys[number], failures[number]) for number in sorted(failures)]
    return sorted(found, key=lambda failure: (failure.partition is None, failure.partition or 0))


def _partition_failure(graph: Graph, key: Key, failure: schedulers.partial.TaskFailure) -> PartitionFailure:
    error = annotate(failure.error, f"in task {key!r}")
    return PartitionFailure(_source_partition(graph, key), key, error)


def _source_partition(graph: Graph, key: Key) -> int | None:
    """The number in the name of the only task without inputs that the task of ``key`` depends on."""
    sources: list[Key] = []
    seen = {key}
    stack = [key]
    while stack:
        task = graph.tasks.get(key := stack.pop())
        if task is None:
            continue  # a value
        if not task.deps:
            sources.append(key)
            if len(sources) > 1:
                return None
        stack.extend(dep for dep in task.deps if dep not in seen)
        seen.update(task.deps)
    match sources:
        case [(str(), int(number))]:
            return number
    return None
