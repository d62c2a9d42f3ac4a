"""Delayed: any function call, put off until it is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload
from uuid import uuid4

from pannier.collections.single import Single, call_node
from pannier.kernels.kernel import name_of
from pannier.plan.nodes import FromGraph
from pannier.tokens import tokenize


class Delayed(Single):
    """One value that a function call will make."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """The name of the task that makes the value."""
        return self.name


class DelayedFunction:
    """A function whose calls are put off; made by :func:`delayed`."""

    __slots__ = ("__wrapped__",)

    def __init__(self, func: Callable[..., Any]) -> None:
        self.__wrapped__ = func

    def __call__(self, *args: Any, **kwargs: Any) -> Delayed:
        """The call as a value to compute later; delayed values among the arguments are computed first.

        Two calls are two values, even when they look alike: the function may be impure.
        """
        verb = name_of(self.__wrapped__).rpartition(".")[2].strip("<>")
        return Delayed(call_node(verb, self.__wrapped__, args, kwargs, name=f"{verb}-{uuid4().hex}"))

    def __repr__(self) -> str:
        return f"delayed({name_of(self.__wrapped__)})"


@overload
def delayed(value: Callable[..., Any]) -> DelayedFunction: ...
@overload
def delayed(value: Any) -> Any: ...
def delayed(value: Any) -> Any:
    """``value``, a function, with its calls put off; any other value as one that is already there.

    >>> total = delayed(sum)([delayed(len)("abc"), 4])
    >>> total.compute()
    7
    """
    if isinstance(value, (Delayed, DelayedFunction)):
        return value
    if callable(value):
        return DelayedFunction(value)
    key = f"value-{tokenize(value)}"
    return Delayed(FromGraph(verb="value", name=key, keys=[key], values={key: value}))
