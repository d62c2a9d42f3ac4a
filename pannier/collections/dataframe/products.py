"""Products of series and of frames."""

from __future__ import annotations

from typing import Any

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError


class Products(Operators):
    """Sums over all rows of what is multiplied row by row, and products of rows with what is in memory."""

    __slots__ = ()

    def dot(self, other: Any) -> Any:
        """The sum of the products of this series and another, or each column; of a frame, its product with an array.

        What a frame is multiplied by has a row for each column, and is in memory: an array, a series or a frame.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.x.dot(df.y).compute(scheduler="sync")
        np.int64(11)
        >>> (df @ [1, 10]).compute(scheduler="sync").tolist()
        [31, 42]
        """
        if self.ndim == 2:
            if isinstance(other, FrameLike):
                raise UsageError(
                    "dot() of a frame is with a value, or a row, for each column, in memory; compute() the other first"
                )
            return self._method("dot", (other,), {})
        if not isinstance(other, FrameLike):
            raise TypeError("dot() of a series needs a series of the same rows")
        if other.ndim == 1:
            return (self * other).sum(skipna=False)
        return other.mul(self, axis=0).sum(skipna=False).rename(self._meta.name)  # type: ignore[attr-defined]

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)
