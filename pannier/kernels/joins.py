"""Joins of a partition with a side that is small enough to be in every worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pannier.kernels.kernel import Kernel


@dataclass(frozen=True, slots=True)
class JoinSmall(Kernel):
    """``(other, record)`` for every pair whose keys are equal; the extra is the small side.

    >>> list(JoinSmall(len, len)(["ab", "c"], ["xy", "zw"]))
    [('xy', 'ab'), ('zw', 'ab')]
    """

    on_self: Callable[[Any], Any]
    on_other: Callable[[Any], Any]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        (small,) = extras
        matches: dict[Any, list[Any]] = {}
        for other in small:
            matches.setdefault(self.on_other(other), []).append(other)
        on_self = self.on_self
        return ((other, record) for record in records for other in matches.get(on_self(record), ()))

    @property
    def label(self) -> str:
        return "join"
