"""One value that is yet to be computed, and what can be done with it before."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from pannier.collections.base import Collection
from pannier.collections.operands import Operands, fill_arguments
from pannier.kernels.kernel import Call
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise


class Single(Collection):
    """A collection of one block that is one value: arithmetic and comparison give another one."""

    __slots__ = ()

    is_single: ClassVar[bool] = True
    __array_ufunc__ = (
        None  # an array, or a frame of pandas, on the other side of an operator leaves it to this one
    )
    __pandas_priority__ = 5000

    def finish(self, blocks: list[Any]) -> Any:
        return blocks[0]

    def _call(self, verb: str, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``func`` of ``args``, in which single values may stand, as a value of this kind."""
        return type(self)(call_node(verb, func, args, kwargs))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"this {type(self).__name__} is not computed yet, so its truth is not known; "
            "call .compute() first, or put the condition into a function of the value"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(
            f"this {type(self).__name__} is not computed yet, so it cannot be walked; call .compute() first"
        )

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.name}>"

    # fmt: off
    def __add__(self, other: Any) -> Any: return self._call("add", operator.add, self, other)
    def __sub__(self, other: Any) -> Any: return self._call("sub", operator.sub, self, other)
    def __mul__(self, other: Any) -> Any: return self._call("mul", operator.mul, self, other)
    def __truediv__(self, other: Any) -> Any: return self._call("truediv", operator.truediv, self, other)
    def __floordiv__(self, other: Any) -> Any: return self._call("floordiv", operator.floordiv, self, other)
    def __mod__(self, other: Any) -> Any: return self._call("mod", operator.mod, self, other)
    def __pow__(self, other: Any) -> Any: return self._call("pow", operator.pow, self, other)
    def __radd__(self, other: Any) -> Any: return self._call("add", operator.add, other, self)
    def __rsub__(self, other: Any) -> Any: return self._call("sub", operator.sub, other, self)
    def __rmul__(self, other: Any) -> Any: return self._call("mul", operator.mul, other, self)
    def __rtruediv__(self, other: Any) -> Any: return self._call("truediv", operator.truediv, other, self)
    def __rfloordiv__(self, other: Any) -> Any: return self._call("floordiv", operator.floordiv, other, self)
    def __rmod__(self, other: Any) -> Any: return self._call("mod", operator.mod, other, self)
    def __rpow__(self, other: Any) -> Any: return self._call("pow", operator.pow, other, self)
    def __and__(self, other: Any) -> Any: return self._call("and", operator.and_, self, other)
    def __or__(self, other: Any) -> Any: return self._call("or", operator.or_, self, other)
    def __xor__(self, other: Any) -> Any: return self._call("xor", operator.xor, self, other)
    def __rand__(self, other: Any) -> Any: return self._call("and", operator.and_, other, self)
    def __ror__(self, other: Any) -> Any: return self._call("or", operator.or_, other, self)
    def __matmul__(self, other: Any) -> Any: return self._call("matmul", operator.matmul, self, other)
    def __rmatmul__(self, other: Any) -> Any: return self._call("matmul", operator.matmul, other, self)
    def __lshift__(self, other: Any) -> Any: return self._call("lshift", operator.lshift, self, other)
    def __rlshift__(self, other: Any) -> Any: return self._call("lshift", operator.lshift, other, self)
    def __rshift__(self, other: Any) -> Any: return self._call("rshift", operator.rshift, self, other)
    def __rrshift__(self, other: Any) -> Any: return self._call("rshift", operator.rshift, other, self)
    def __rxor__(self, other: Any) -> Any: return self._call("xor", operator.xor, other, self)
    def __invert__(self) -> Any: return self._call("invert", operator.invert, self)
    def __neg__(self) -> Any: return self._call("neg", operator.neg, self)
    def __pos__(self) -> Any: return self._call("pos", operator.pos, self)
    def __abs__(self) -> Any: return self._call("abs", operator.abs, self)
    def __eq__(self, other: object) -> Any: return self._call("eq", operator.eq, self, other)
    def __ne__(self, other: object) -> Any: return self._call("ne", operator.ne, self, other)
    def __lt__(self, other: Any) -> Any: return self._call("lt", operator.lt, self, other)
    def __le__(self, other: Any) -> Any: return self._call("le", operator.le, self, other)
    def __gt__(self, other: Any) -> Any: return self._call("gt", operator.gt, self, other)
    def __ge__(self, other: Any) -> Any: return self._call("ge", operator.ge, self, other)
    def __getitem__(self, key: Any) -> Any: return self._call("getitem", operator.getitem, self, key)
    # fmt: on


def call_node(
    verb: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], name: str = ""
) -> Blockwise:
    """One block: ``func`` of ``args`` and ``kwargs``, in which single values may stand at any depth.

    Without a ``name``, equal calls have equal names.
    """
    operands = Operands()
    args, kwargs = fill_arguments(args, kwargs, operands)
    over = tuple(operands.nodes)
    return Blockwise(
        verb=verb,
        name=name,
        kernel=Call(func, args, kwargs),
        over=over,
        blockmap=Aligned(1, (True,) * len(over)),
    )
