"""Methods of groups that look along their rows: windows, and stretches of time."""

from __future__ import annotations

from typing import Any

from pannier.collections import dataframe
from pannier.collections.dataframe.groupby_aggregations import Call, Split
from pannier.collections.dataframe.groupby_numbers import GroupNumbers
from pannier.collections.dataframe.groupby_rows import RowVerbs
from pannier.errors import UsageError
from pannier.kernels.frames.base import MethodCall


class Windowed(RowVerbs, GroupNumbers):
    """``rolling``, ``expanding``, ``ewm``, ``resample`` and ``ohlc``."""

    __slots__ = ()

    def ohlc(self, *, split_out: Split = None) -> Any:
        """The first, greatest, least and last value of each group: columns ``open``, ``high``, ``low`` and ``close``.

        Raises what pandas raises for values that are no numbers.
        """
        meta = self._seen([("ohlc", (), {})])
        made = self.agg(["first", "max", "min", "last"], split_out=split_out)
        # Here pandas puts no column of keys before one of the same name.
        made = made.iloc[:, -meta.shape[1] :]
        return made._blockwise("ohlc", MethodCall("set_axis", (meta.columns,), (("axis", 1),)))

    def rolling(
        self,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: str | None = None,
        closed: str | None = None,
    ) -> dataframe.groupby_rolling.RollingGroupBy:
        """Windows of ``window`` rows, or of a stretch of time, along each group."""
        options = {
            "window": window,
            "min_periods": min_periods,
            "center": center,
            "win_type": win_type,
            "on": on,
            "closed": closed,
        }
        return dataframe.groupby_rolling.RollingGroupBy(self, self._windows("rolling", options))

    def expanding(self, min_periods: int = 1) -> dataframe.groupby_rolling.RollingGroupBy:
        """Windows of all rows of the group up to each row; those with fewer than ``min_periods`` values are missing.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.expanding().mean().compute(scheduler="sync").tolist()
        [2.0, 1.0, 2.0]
        """
        options = {"min_periods": min_periods}
        return dataframe.groupby_rolling.RollingGroupBy(self, self._windows("expanding", options))

    def ewm(
        self,
        com: float | None = None,
        span: float | None = None,
        halflife: float | None = None,
        alpha: float | None = None,
        min_periods: int | None = 0,
        adjust: bool = True,
        ignore_na: bool = False,
        times: None = None,
    ) -> dataframe.groupby_rolling.EwmGroupBy:
        """All rows of the group up to each row, the less weighed the further they are back.

        Parameters are those of pandas.  Raises UsageError for ``times``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 4]}), npartitions=2)
        >>> df.groupby("k").x.ewm(alpha=0.5).mean().compute(scheduler="sync").tolist()
        [2.0, 1.0, 3.0]
        """
        if times is not None:
            raise UsageError(
                "times= would not go with the rows to where their groups are; use "
                "apply(lambda group: group.x.ewm(halflife=..., times=group.t).mean())"
            )
        options = {
            "com": com,
            "span": span,
            "halflife": halflife,
            "alpha": alpha,
            "min_periods": min_periods,
            "adjust": adjust,
            "ignore_na": ignore_na,
        }
        return dataframe.groupby_rolling.EwmGroupBy(self, self._windows("ewm", options))

    def _windows(self, name: str, options: dict[str, Any]) -> list[Call]:
        """The call that makes windows of groups; pandas says what is wrong with ``options``."""
        with self._frame._explained():
            getattr(self._spec.example(), name)(**options)
        return [(name, (), options)]

    def resample(
        self,
        rule: Any,
        closed: str | None = None,
        label: str | None = None,
        on: Any = None,
        origin: Any = "start_day",
        offset: Any = None,
    ) -> dataframe.groupby_resample.ResamplingGroupBy:
        """The rows of each group by stretches of time, from its own first to its last; reductions are methods.

        The index, or the column ``on``, holds times, in any order.  Parameters are those of pandas.
        """
        options = {"closed": closed, "label": label, "origin": origin, "offset": offset}
        asked: Call = ("resample", (rule,), {**options, "on": on})
        with self._frame._explained():
            self._seen([asked, ("size", (), {})])  # pandas says what is wrong with them
        groups = self if on is None else dataframe.groupby_resample.under_times(self, on)
        return dataframe.groupby_resample.ResamplingGroupBy(groups, [("resample", (rule,), options)], on)
