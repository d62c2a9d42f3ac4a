"""What users say of calls beside what they compute: how urgent they are, and how often they may be tried."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from pannier.errors import InternalError, LostResult, UsageError
from pannier.graph.task import Key


class Annotation(NamedTuple):
    """What is said of a call."""

    priority: float | None = None
    retries: int | None = None


_current: Final[ContextVar[Annotation | None]] = ContextVar("_current", default=None)


@contextlib.contextmanager
def annotate(*, priority: float | None = None, retries: int | None = None) -> Iterator[None]:
    """Say of the delayed calls that are made inside the block how urgent they are, and how often they may be tried.

    It holds for calls of delayed functions, methods and operators, however they are computed later; not for steps of
    bags and frames.  A block inside another one says anew what it names.

    Parameters
    ----------
    priority
        Of the tasks that are ready, those of the highest priority run first; what a call needs is as urgent as the call.
        0 without annotation; may be negative.  Tasks that have begun are not interrupted.
    retries
        How often a call is made again after it raised an exception, where it runs and at once; and how often after its
        worker process died, in place of the setting ``retries``.

    Raises
    ------
    UsageError
        ``priority`` is no number; ``retries`` is no whole number of 0 or more.

    Examples
    --------
    >>> import pannier as pn
    >>> log = []
    >>> first = pn.delayed(log.append)("usual")
    >>> with pn.annotate(priority=1):
    ...     second = pn.delayed(log.append)("urgent")
    >>> pn.compute(first, second, scheduler="sync")
    (None, None)
    >>> log
    ['urgent', 'usual']
    """
    if priority is not None and not isinstance(priority, (int, float)):
        raise UsageError(f"a priority is a number, higher for what is to run earlier, not {priority!r}")
    if retries is not None and (type(retries) is not int or retries < 0):
        raise UsageError(f"retries are a whole number, 0 or more, not {retries!r}")
    outer = _current.get() or Annotation()
    token = _current.set(
        Annotation(
            outer.priority if priority is None else priority, outer.retries if retries is None else retries
        )
    )
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Annotation | None:
    """What is said of a call that is made here and now."""
    return _current.get()


class Tried:
    """``func``, called again up to ``retries`` times when it raises an exception; the last one is raised.

    >>> numbers = iter(["x", "1"])
    >>> Tried(lambda: int(next(numbers)), 1)()
    1
    """

    __slots__ = ("func", "retries")

    def __init__(self, func: Callable[..., Any], retries: int) -> None:
        self.func = func
        self.retries = retries

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for _ in range(self.retries):
            try:
                return self.func(*args, **kwargs)
            except (InternalError, LostResult):
                raise  # neither is the function's own failure
            except Exception:  # noqa: BLE001, S112  whatever the user's function raises; the last time it is raised
                continue
        return self.func(*args, **kwargs)


def by_urgency(
    sequence: Sequence[int], dependencies: Sequence[Sequence[int]], priorities: Mapping[int, float]
) -> list[int]:
    """``sequence``, an order of tasks, with those first that have the highest priority or are needed for one that has it.

    >>> by_urgency([0, 1, 2], [[], [], [1]], {2: 5})
    [1, 2, 0]
    """
    urgency = [float(priorities.get(task, 0)) for task in range(len(sequence))]
    for task in reversed(sequence):
        for dep in dependencies[task]:
            urgency[dep] = max(urgency[dep], urgency[task])
    return sorted(sequence, key=lambda task: -urgency[task])


def priorities_of(annotations: Mapping[Key, Annotation], numbers: Mapping[Key, int]) -> dict[int, float]:
    """The priorities that are given, by the numbers of tasks."""
    return {
        numbers[key]: said.priority
        for key, said in annotations.items()
        if said.priority is not None and key in numbers
    }
