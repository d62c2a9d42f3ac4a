"""Item: one value that is made from a bag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pannier.collections.delayed import Delayed
from pannier.collections.single import Single, call_node


class Item(Single):
    """One value made from a bag: a sum, a count, a mean.

    Arithmetic, comparisons and subscripts with values, items and delayed values give another item.

    >>> import pannier as pn
    >>> numbers = pn.from_sequence([1, 2, 3, 6], npartitions=2)
    >>> spread = numbers.max() - numbers.min()
    >>> (spread / numbers.count()).compute(scheduler="sync")
    1.25
    """

    __slots__ = ()

    default_scheduler: ClassVar[str] = "processes"

    def apply(self, func: Callable[[Any], Any]) -> Item:
        """``func`` of the value, as an item.

        >>> import pannier as pn
        >>> pn.from_sequence([1, 2, 3]).sum().apply(str).compute(scheduler="sync")
        '6'
        """
        return Item(call_node("apply", func, (self,), {}))

    def to_delayed(self) -> Delayed:
        """The value as a delayed value, to be an argument of delayed functions."""
        return Delayed(self.node)

    @staticmethod
    def from_delayed(value: Delayed) -> Item:
        """The delayed ``value`` as an item."""
        return Item(value.node)
