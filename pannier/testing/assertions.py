"""What tests of lazy collections assert: the same answer, and no work before it is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pannier.schedulers.events import Event, RunStarted, observe


def assert_eq(a: Any, b: Any, *, scheduler: Any = "sync", num_workers: int | None = None) -> None:
    """Nothing, if ``a`` and ``b`` have the same answer; collections among them are computed.

    A bag equals any iterable of the same records in the same order.  Records must be of the same type,
    too: ``True`` is no answer where ``1`` is due.  Raises AssertionError saying where the two part.

    >>> assert_eq([1, 2, 4], iter([1, 2, 3]))
    Traceback (most recent call last):
    ...
    AssertionError: record 2 differs: 4 and 3
    """
    a, b = _answer(a, scheduler, num_workers), _answer(b, scheduler, num_workers)
    if isinstance(a, list) and isinstance(b, list):
        _assert_same_records(a, b)
    elif difference := _difference(a, b):
        raise AssertionError(f"the answer differs: {difference}")


def _answer(value: Any, scheduler: Any, num_workers: int | None) -> Any:
    if hasattr(value, "compute"):
        return value.compute(scheduler=scheduler, num_workers=num_workers)
    return list(value) if isinstance(value, (Iterator, range)) else value


def _assert_same_records(a: Sequence[Any], b: Sequence[Any]) -> None:
    for i, (left, right) in enumerate(zip(a, b, strict=False)):
        if difference := _difference(left, right):
            raise AssertionError(f"record {i} differs: {difference}")
    if len(a) != len(b):
        n = min(len(a), len(b))
        longer, extra = ("first", a[n]) if len(a) > n else ("second", b[n])
        raise AssertionError(
            f"{len(a)} records and {len(b)}; up to record {n} they are equal, where only the {longer} "
            f"goes on, with {extra!r}"
        )


def _difference(a: Any, b: Any) -> str:
    """How ``a`` and ``b`` differ, empty if they do not."""
    if type(a) is not type(b):
        return f"{a!r} is a {type(a).__name__}, {b!r} a {type(b).__name__}"
    return "" if a == b else f"{a!r} and {b!r}"


@contextlib.contextmanager
def no_compute() -> Iterator[None]:
    """A block in which no scheduler runs: building a collection must not compute.

    A run that starts inside raises AssertionError before its first task, and so does leaving the block
    after something inside kept that error to itself.

    >>> from pannier.schedulers.sync import get
    >>> try:
    ...     with no_compute():
    ...         get({"x": (print, "running")}, "x")
    ... except AssertionError as error:
    ...     print(error)
    a run of 1 task (x) started in a block that must not compute
    """
    refused: list[AssertionError] = []

    def refuse(event: Event) -> None:
        if isinstance(event, RunStarted):
            refused.append(AssertionError(_refusal(event.stages)))
            raise refused[-1]

    with observe(refuse):
        yield
    if refused:
        raise refused[0]


def _refusal(stages: Mapping[str, int]) -> str:
    total = sum(stages.values())
    return (
        f"a run of {total} task{'s' * (total != 1)} ({', '.join(stages)}) started in a block that must not "
        "compute"
    )
