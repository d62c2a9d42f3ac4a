"""Arithmetic, comparison and logic between frames, series, and values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike
from pannier.collections.dataframe.operands import (
    ANY_TYPES,
    LOGIC,
    FrameOperands,
    checked,
    refuse_powers,
    refuse_rows,
    refuse_truths,
)
from pannier.kernels.frames.base import FrameKernel, MethodCall, Operator


class Operators(FrameLike):
    """What operators mean, and how a pandas method of one name becomes a step."""

    __slots__ = ()

    def _beside(self, other: Any, joins: bool = True, by_rows: bool | None = None) -> tuple[Any, Any]:
        """This and ``other`` in partitions that match; see :func:`~pannier.collections.dataframe.alignment.matched`."""
        return dataframe.alignment.matched(self, other, joins, by_rows)

    def _operate(self, func: Callable[..., Any], *operands: Any) -> Any:
        """``func`` of ``operands``, of which one is this."""
        if func.__name__ not in ANY_TYPES | LOGIC:
            settled = tuple(map(dataframe.settling.reckonable, operands))
            if any(map(operator.is_not, operands, settled)):
                own = next(after for before, after in zip(operands, settled, strict=True) if before is self)
                return own._operate(func, *settled)
        others = [each for each in operands if each is not self and isinstance(each, FrameLike)]
        first: Any = self
        other: Any = None
        is_joined = False
        if others and dataframe.alignment.is_looked_up(others[0], self, joins=True):
            first = others[0]
        elif others:
            first, other = self._beside(others[0])
            is_joined = others[0]._rows != self._rows
            if is_joined:
                refuse_powers(func.__name__, first, other)
                refuse_truths(func.__name__, first, other)
                if first.ndim == other.ndim:
                    other = dataframe.alignment.named_alike(first, other)
            operands = tuple(
                [first if each is self else other if each is others[0] else each for each in operands]
            )
        found = FrameOperands(first)
        refuse_rows(func.__name__.strip("_"), operands, by_rows=self.ndim == 1)
        args = tuple(map(found.argument, operands))
        found.label_summaries()
        is_columnwise = all(getattr(meta, "ndim", 0) in (0, 2) for meta in found.metas)
        kernel: FrameKernel = Operator(func, args, is_columnwise)
        if is_joined:
            kernel = checked(kernel, first, other, found)
        return first._blockwise(func.__name__.strip("_"), kernel, found)

    def _method(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        accessor: str = "",
        is_columnwise: bool = False,
        keeps_rows: bool = True,
        keeps_divisions: bool | None = None,
        meta: Any = UNSET,
    ) -> Any:
        """The pandas method ``name`` on every partition; collections among the arguments are blocks of the same rows."""
        found = FrameOperands(self)
        args, kwargs = found.arguments(args, kwargs)
        kernel = MethodCall(name, args, tuple(kwargs.items()), accessor, is_columnwise, keeps_rows)
        return self._blockwise(name, kernel, found, meta=meta, keeps_divisions=keeps_divisions)

    # fmt: off
    def __add__(self, other: Any) -> Any: return self._operate(operator.add, self, other)
    def __sub__(self, other: Any) -> Any: return self._operate(operator.sub, self, other)
    def __mul__(self, other: Any) -> Any: return self._operate(operator.mul, self, other)
    def __truediv__(self, other: Any) -> Any: return self._operate(operator.truediv, self, other)
    def __floordiv__(self, other: Any) -> Any: return self._operate(operator.floordiv, self, other)
    def __mod__(self, other: Any) -> Any: return self._operate(operator.mod, self, other)
    def __pow__(self, other: Any) -> Any: return self._operate(operator.pow, self, other)
    def __divmod__(self, other: Any) -> Any: return self // other, self % other
    def __radd__(self, other: Any) -> Any: return self._operate(operator.add, other, self)
    def __rsub__(self, other: Any) -> Any: return self._operate(operator.sub, other, self)
    def __rmul__(self, other: Any) -> Any: return self._operate(operator.mul, other, self)
    def __rtruediv__(self, other: Any) -> Any: return self._operate(operator.truediv, other, self)
    def __rfloordiv__(self, other: Any) -> Any: return self._operate(operator.floordiv, other, self)
    def __rmod__(self, other: Any) -> Any: return self._operate(operator.mod, other, self)
    def __rpow__(self, other: Any) -> Any: return self._operate(operator.pow, other, self)
    def __and__(self, other: Any) -> Any: return self._operate(operator.and_, self, other)
    def __or__(self, other: Any) -> Any: return self._operate(operator.or_, self, other)
    def __xor__(self, other: Any) -> Any: return self._operate(operator.xor, self, other)
    def __rand__(self, other: Any) -> Any: return self._operate(operator.and_, other, self)
    def __ror__(self, other: Any) -> Any: return self._operate(operator.or_, other, self)
    def __rxor__(self, other: Any) -> Any: return self._operate(operator.xor, other, self)
    def __invert__(self) -> Any: return self._operate(operator.invert, self)
    def __neg__(self) -> Any: return self._operate(operator.neg, self)
    def __pos__(self) -> Any: return self._operate(operator.pos, self)
    def __abs__(self) -> Any: return self._operate(operator.abs, self)
    def __eq__(self, other: object) -> Any: return self._operate(operator.eq, self, other)
    def __ne__(self, other: object) -> Any: return self._operate(operator.ne, self, other)
    def __lt__(self, other: Any) -> Any: return self._operate(operator.lt, self, other)
    def __le__(self, other: Any) -> Any: return self._operate(operator.le, self, other)
    def __gt__(self, other: Any) -> Any: return self._operate(operator.gt, self, other)
    def __ge__(self, other: Any) -> Any: return self._operate(operator.ge, self, other)
    # fmt: on

    def __hash__(self) -> int:
        return hash((type(self), self.node.name))
