"""Verbs whose results run along the rows."""

from __future__ import annotations

from typing import Any

from pannier import plan
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.operators import Operators
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.plan.blockmaps import Neighbours
from pannier.plan.nodes import Blockwise


class Cumulative(Operators):
    """``cumsum``, ``cumprod``, ``cummin`` and ``cummax``.

    Partitions are summed each by itself, beside the step that makes them; only their totals run along them.
    """

    __slots__ = ()

    def cumsum(self, axis: int | str = 0, skipna: bool = True) -> Any:
        """The sum of each column up to and with each row.

        Missing values stay and are not counted; without ``skipna`` all after one is missing.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3]), npartitions=2)
        >>> x.cumsum().compute(scheduler="sync").tolist()
        [1, 3, 6]
        """
        return self._cumulated("cumsum", axis, skipna)

    def cumprod(self, axis: int | str = 0, skipna: bool = True) -> Any:
        """The product of each column up to and with each row; as :meth:`cumsum` otherwise."""
        return self._cumulated("cumprod", axis, skipna)

    def cummin(self, axis: int | str = 0, skipna: bool = True) -> Any:
        """The smallest value of each column up to and with each row; as :meth:`cumsum` otherwise."""
        return self._cumulated("cummin", axis, skipna)

    def cummax(self, axis: int | str = 0, skipna: bool = True) -> Any:
        """The largest value of each column up to and with each row; as :meth:`cumsum` otherwise."""
        return self._cumulated("cummax", axis, skipna)

    def _cumulated(self, name: str, axis: int | str, skipna: bool) -> Any:
        if axis in (1, "columns") and self.ndim == 2:
            return self._method(name, (), {"axis": 1, "skipna": skipna})
        call = MethodCall(name, kwargs=(("skipna", skipna),), is_columnwise=True)
        alone = self._blockwise(name, call)
        if self.npartitions == 1:
            return alone
        totals = plan.carrying.carried(
            name,
            alone.node,
            frames.scans.Totals(skipna),
            frames.scans.RunningTotals(name, skipna),
            beside=(self.node,) if skipna else (),
        )
        node = Blockwise(
            verb=name,
            kernel=frames.scans.Continued(name, skipna),
            over=(alone.node, totals),
            blockmap=Neighbours(self.npartitions, (0, -1)),
        )
        return wrap(node, alone._meta, self._divisions, self._rows, self._numbers)
