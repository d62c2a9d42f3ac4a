"""One value that is made of a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pannier.collections.delayed import Delayed
from pannier.collections.single import Single, call_node
from pannier.plan.nodes import Node


class Scalar(Single):
    """One value made of a frame: a sum, a mean, a length.

    Arithmetic and comparison with values and other scalars give another one; with a frame, they give a frame.

    >>> import pandas as pd, pannier as pn
    >>> x = pn.from_pandas(pd.DataFrame({"x": [1, 2, 6]}), npartitions=2).x
    >>> print((x.max() - x.min()).compute(scheduler="sync"))
    5
    """

    __slots__ = ("_meta",)

    default_scheduler: ClassVar[str] = "threads"

    def __init__(self, node: Node, meta: Any = None) -> None:
        super().__init__(node)
        self._meta = meta

    def rebuild(self, node: Node) -> Scalar:
        return Scalar(node, self._meta)

    def _call(self, verb: str, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if any(hasattr(arg, "_is_numbered") for arg in args):
            return NotImplemented  # a frame knows what to do with one value
        return Scalar(call_node(verb, func, args, kwargs), self._meta)

    def to_delayed(self) -> Delayed:
        """The value as a delayed value, to be an argument of delayed functions."""
        return Delayed(self.node)
