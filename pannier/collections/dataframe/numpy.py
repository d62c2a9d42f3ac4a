"""What NumPy does with frames: its functions of each value are steps, and an array is made by computing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames


class NumpyProtocols(Operators):
    """``np.log(df.x)`` is a step; ``np.asarray(df.x)`` computes."""

    __slots__ = ()

    __array_priority__: ClassVar[int] = 2000
    """Above that of pandas objects and arrays, so that they leave operators to this."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """The step that a function of NumPy is, for one value of each row; several for one of several results."""
        if method != "__call__":
            return NotImplemented
        if kwargs.get("out") is not None:
            raise UsageError(
                f"{ufunc.__name__} has no out=: frames do not change in place; keep what it returns"
            )
        if ufunc.signature is not None:
            return self._product(ufunc, inputs)
        first = next(each for each in inputs if isinstance(each, FrameLike))
        if ufunc.nout == 1 and not kwargs:
            return first._operate(ufunc, *inputs)  # type: ignore[attr-defined]
        operands = FrameOperands(first)
        args, kwargs = operands.arguments(inputs, kwargs)
        made = [
            first._blockwise(
                ufunc.__name__, frames.elementwise.RowCall(ufunc, args, kwargs, output), operands
            )
            for output in (range(ufunc.nout) if ufunc.nout > 1 else [None])
        ]
        return tuple(made) if ufunc.nout > 1 else made[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """All values, as an array; computes them."""
        return np.array(self.compute(), dtype=dtype, copy=copy)

    def _product(self, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
        """What ``ufunc``, which is of whole rows and columns, gives: a product of frames has it, where this is first."""
        if ufunc is np.matmul and inputs[0] is self and hasattr(self, "dot"):
            return self.dot(inputs[1])
        raise UsageError(
            f"{ufunc.__name__} puts together values of rows in several partitions; use .compute() first, or frame @ array"
        )
