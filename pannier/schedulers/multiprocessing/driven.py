"""What the dispatcher needs of a run and its tasks, whether all of them are known when it starts or not."""

from __future__ import annotations

from collections.abc import Collection, Container, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from pannier.graph.task import Key
from pannier.schedulers.events import Event, Observer
from pannier.schedulers.losses import Again, PathOf
from pannier.schedulers.state import State, Table

Encoded: TypeAlias = tuple[Any, ...]
"""A task, ready to travel; see :mod:`~pannier.schedulers.multiprocessing.tasks`."""


class Numbered(Protocol):
    """The tasks of a run.  A task's number is its priority: lower runs first."""

    @property
    def keys(self) -> Table[Key]: ...
    @property
    def dependencies(self) -> Table[Sequence[int]]: ...
    @property
    def dependents(self) -> Table[Collection[int]]: ...
    @property
    def values(self) -> Mapping[Key, Any]: ...


class Answers(Protocol):
    """Says what is to run again since a task raised."""

    path_of: PathOf

    def answer(self, task: int, error: BaseException) -> Again | None:
        """None if the task has failed."""


class Drivable(Protocol):
    """A run: its tasks, how far they are, and what becomes of failures."""

    folder: str
    number: int
    error: BaseException | None
    ready: list[int]

    @property
    def tasks(self) -> Numbered: ...
    @property
    def state(self) -> State: ...
    @property
    def losses(self) -> Answers: ...
    @property
    def outputs(self) -> Container[int]: ...
    @property
    def observers(self) -> Sequence[Observer]: ...

    def emit(self, event: Event) -> None: ...
    def tell_start(self, task: int, worker: int | None) -> bool: ...
    def clear_up(self, dropped: Sequence[int]) -> None: ...
    def tell_of(self, again: Again, error: BaseException) -> None: ...
    def fail(self, task: int, error: BaseException) -> None: ...
    def rescued(self, task: int, error: BaseException) -> Any:
        """A result in place of that of a task that can have none because of ``error``; None if there is none."""


class Encodes(Protocol):
    """Makes tasks ready to travel."""

    @property
    def pickled(self) -> Table[bytes]:
        """Pickles of the functions that tasks name by number."""

    def inputs(self, number: int) -> Sequence[int]:
        """Numbers of the results and values that task ``number`` reads."""

    def kind(self, number: int) -> Hashable:
        """What task ``number`` has in common with those that cost the same."""

    def encode(self, number: int) -> Encoded:
        """Task ``number`` in a form of its own."""

    def dumps(self, numbers: Sequence[int], encoded: Sequence[Encoded]) -> bytes:
        """The pickle of a batch."""
