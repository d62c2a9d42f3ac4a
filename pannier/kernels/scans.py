"""Kernels of scans: what runs along the partitions with a carry."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pannier.frozen import frozen
from pannier.kernels.kernel import MISSING, Kernel, name_of


@frozen
class Start:
    """The carry before the first partition of a scan with an initial value."""

    initial: Any


@frozen
class Accumulate(Kernel):
    """Running results of ``binop``; the extra is the last one before this partition.

    >>> from operator import add
    >>> list(Accumulate(add)([1, 2], Start(10))), list(Accumulate(add)([3], 13))
    ([10, 11, 13], [16])
    """

    binop: Callable[[Any, Any], Any]

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        (carry,) = extras
        walk, binop = iter(records), self.binop
        if isinstance(carry, Start):
            carry = copy.deepcopy(carry.initial)  # binop may change it in place; the plan's stays
            yield carry
        elif carry is MISSING:
            carry = next(walk, MISSING)
            if carry is MISSING:
                return
            yield carry
        for record in walk:  # itertools.accumulate would take a StopIteration of binop for the end
            carry = binop(carry, record)
            yield carry

    @property
    def label(self) -> str:
        return f"accumulate({name_of(self.binop)})"


def last_or_carry(carry: Any, records: list[Any]) -> Any:
    """The last of ``records``, or ``carry`` when there is none.

    >>> last_or_carry(1, [2, 3]), last_or_carry(1, [])
    (3, 1)
    """
    return records[-1] if records else carry


@frozen
class Enumerate(Kernel):
    """``(record, its number)``; the extra is the number of the first.

    >>> list(Enumerate()("ab", 5))
    [('a', 5), ('b', 6)]
    """

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        return zip(records, itertools.count(extras[0]), strict=False)

    @property
    def label(self) -> str:
        return "zip_with_index"
