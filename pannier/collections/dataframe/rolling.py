"""Windows that roll along the rows of a frame, and those that grow with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.indexers import BaseIndexer, FixedForwardWindowIndexer

from pannier import plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike, wrap
from pannier.collections.dataframe.named import Named
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.window import Windows
from pannier.collections.dataframe.windowmethods import WindowMethods
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.base import FrameKernel, Head, Tail
from pannier.plan.blockmaps import Neighbours
from pannier.plan.nodes import Blockwise


class RollingWindows(Windows):
    """``rolling``, ``expanding`` and ``ewm``."""

    __slots__ = ()

    def rolling(
        self,
        window: Any,
        min_periods: int | None = None,
        center: bool = False,
        win_type: str | None = None,
        on: Any = None,
        closed: str | None = None,
    ) -> Rolling:
        """Windows of rows that end at each row, or with ``center`` are around it; reductions of them are methods.

        ``window`` is a number of rows, or a stretch of time, such as ``"7D"``, where the index, or the column ``on``,
        holds times in order.  Windows cross the borders of partitions.  Windows with fewer than ``min_periods`` values
        (by default ``window`` rows, or 1 for a stretch of time) give a missing value.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3, 4]), npartitions=3)
        >>> x.rolling(2).sum().compute(scheduler="sync").tolist()
        [nan, 3.0, 5.0, 7.0]
        """
        arguments = {
            "window": window, "min_periods": min_periods, "center": center, "win_type": win_type, "closed": closed,
        }  # fmt: skip
        if on is not None:
            arguments["on"] = on
        with self._explained():
            frames.windows.one_row(self._meta).rolling(**arguments)  # pandas says what is wrong with them
        return Rolling(self, tuple(arguments.items()))

    def expanding(self, min_periods: int = 1) -> Expanding:
        """Windows of all rows up to each row; count, sum, mean, min, max, std, var and sem of them are methods.

        What runs along the partitions is one total, or the moments, of each column.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 6]), npartitions=3)
        >>> x.expanding().mean().compute(scheduler="sync").tolist()
        [1.0, 1.5, 3.0]
        """
        with self._explained():
            self._meta.expanding(min_periods)  # pandas says what is wrong with it
        return Expanding(self, min_periods)

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
    ) -> dataframe.ewm.Ewm:
        """Windows of all rows up to each row, which weigh less the further they are back; mean and sum are methods.

        What runs along the partitions is one mean of each column, and its weight.  Parameters are those of pandas.  Raises
        :class:`~pannier.errors.UsageError` for ``times``.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 4, 2]), npartitions=3)
        >>> x.ewm(alpha=0.5).mean().compute(scheduler="sync").round(3).tolist()
        [1.0, 3.0, 2.429]
        """
        if times is not None:
            raise UsageError(
                "ewm has no times=; weigh by rows, after resample() makes them even, or use it in groupby(...).apply()"
            )
        options = {
            "com": com, "span": span, "halflife": halflife, "alpha": alpha, "min_periods": min_periods,
            "adjust": adjust, "ignore_na": ignore_na,
        }  # fmt: skip
        with self._explained():
            self._meta.ewm(**options)  # pandas says what is wrong with them
        return dataframe.ewm.Ewm(self, options)

    def _finite(self) -> Any:
        """The values as floats; infinite ones are missing."""
        floats = self._method("astype", ("float64",), {}, is_columnwise=True)
        return floats._method("replace", ([np.inf, -np.inf], np.nan), {}, is_columnwise=True)


class Rolling(WindowMethods, Named):
    """Windows of the rows of a frame or series; each method gives one with a row for each of its rows.

    Parameters are those of pandas; ``rolling[column]`` is of one column, or of a list of columns.
    """

    __slots__ = ("_column", "_frame", "_window")

    def __init__(self, frame: Windows, window: tuple[tuple[str, Any], ...], column: Any = None) -> None:
        self._frame = frame
        self._window = window
        self._column = column

    def __getitem__(self, column: Any) -> Rolling:
        rolling = Rolling(self._frame, self._window, column)
        with self._frame._explained():
            frames.windows.one_row(self._frame._meta).rolling(**dict(self._window))[column]
        return rolling

    def _named(self, name: str) -> Any:
        columns = getattr(self._frame._meta, "columns", ())
        if name in columns:
            return self[name]
        known = [each for each in dir(Rolling) if not each.startswith("_")]
        raise AttributeError(
            f"rolling has neither a column nor a method {name!r}{near_matches(name, [*columns, *known])}"
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._window if value not in (None, False))
        return f"Rolling({shown}) of {self._frame!r}"

    # fmt: off
    def sum(self, **options: Any) -> Any:
        """The sum."""
        return self._called("sum", (), options)
    def mean(self, **options: Any) -> Any:
        """The mean."""
        return self._called("mean", (), options)
    def std(self, ddof: int = 1, **options: Any) -> Any:
        """The standard deviation, with ``ddof`` degrees of freedom less than values."""
        return self._called("std", (), {"ddof": ddof, **options})
    def var(self, ddof: int = 1, **options: Any) -> Any:
        """The variance, with ``ddof`` degrees of freedom less than values."""
        return self._called("var", (), {"ddof": ddof, **options})
    # fmt: on

    def agg(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """One reduction or several, by name or as functions: a list of them, or a dict with those of each column."""
        return self._called("agg", (func, *args), kwargs)

    aggregate = agg
    pipe = FrameLike.pipe

    def apply(
        self, func: Callable[..., Any], raw: bool = False, args: tuple[Any, ...] = (), **options: Any
    ) -> Any:
        """A function of your own, from a window, a series or with ``raw`` an array, to a number."""
        meta = self.sum(
            numeric_only=options.get("numeric_only", False)
        )._meta  # func is not tried on a made-up row
        return self._called("apply", (func,), {"raw": raw, "args": args, **options}, meta=meta)

    def cov(self, other: Any, ddof: int = 1) -> Any:
        """The covariance with ``other``, a series of the same rows; of a series."""
        return self._paired("cov", other, {"ddof": ddof})

    def corr(self, other: Any, ddof: int = 1) -> Any:
        """The correlation with ``other``, a series of the same rows; of a series."""
        return self._paired("corr", other, {"ddof": ddof})

    def _called(self, name: str, args: tuple[Any, ...], options: dict[str, Any], meta: Any = UNSET) -> Any:
        operands = FrameOperands(self._frame)
        args, options = operands.arguments(args, options)
        call = frames.windows.RollingCall(self._window, name, args, tuple(options.items()), self._column)
        before, after = self._edges()
        return self._frame._windowed(
            f"rolling-{name}", call, before=before, after=after, operands=operands, meta=meta
        )

    def _paired(self, name: str, other: Any, kwargs: dict[str, Any]) -> Any:
        frame: Any = self._frame
        frame = frame if self._column is None else frame[self._column]
        if (
            frame.ndim != 1
            or not isinstance(other, FrameLike)
            or other.ndim != 1
            or "on" in dict(self._window)
        ):
            raise UsageError(f"rolling.{name} is of two series, as in df.x.rolling(7).{name}(df.y)")
        operands = FrameOperands(frame)
        pair = frame._blockwise("pair", frames.windows.Pair(operands.argument(other)), operands)
        same_name = frame._meta.name if frame._meta.name == other._meta.name else None
        kernel = frames.windows.RollingPair(self._window, name, tuple(kwargs.items()), same_name)
        before, after = self._edges()
        return pair._windowed(f"rolling-{name}", kernel, before=before, after=after)

    def _edges(self) -> tuple[FrameKernel | None, FrameKernel | None]:
        """What the windows of a partition read of those before and after it."""
        arguments = dict(self._window)
        window, on, is_around = arguments["window"], arguments.get("on"), arguments["center"]
        if isinstance(window, int):
            # Closed on both sides they have a row more, and ranks at the end may be of rows before.
            return Tail(window + 1), Head(window + 1) if is_around else None
        if isinstance(window, FixedForwardWindowIndexer):
            rows = window.window_size  # type: ignore[attr-defined]
            return Tail(rows), Head(rows)
        if isinstance(window, BaseIndexer):
            raise UsageError(
                f"how far windows of {type(window).__name__} reach is not known; use map_overlap() with rows before and "
                "after that are enough for them"
            )
        width = pd.Timedelta(window)
        return frames.scans.Span(width, on=on), frames.scans.Span(
            width, at_start=True, on=on
        ) if is_around else None


class Expanding:
    """Windows of all rows up to each row, from the first.

    Infinite numbers count as missing, as they do in all windows of pandas.
    """

    __slots__ = ("_frame", "_min_periods")

    def __init__(self, frame: Any, min_periods: int) -> None:
        self._frame = frame
        self._min_periods = min_periods

    # fmt: off
    def count(self) -> Any:
        """The number of values that are not missing."""
        self._checked("count")
        rows = (self._present(self._frame) | True).cumsum()  # here missing values do count for the least number
        return self._where_enough(self._present(self._frame).cumsum(), rows)
    def sum(self) -> Any:
        """The sum."""
        return self._where_enough(self._sums("sum"))
    def mean(self) -> Any:
        """The mean."""
        return self._where_enough(self._sums("mean") / self._counts())
    def min(self) -> Any:
        """The smallest value."""
        return self._where_enough(self._floats("min").cummin().ffill())
    def max(self) -> Any:
        """The largest value."""
        return self._where_enough(self._floats("max").cummax().ffill())
    def std(self, ddof: int = 1) -> Any:
        """The standard deviation, with ``ddof`` degrees of freedom less than values."""
        return self._spread("std", ddof)
    def var(self, ddof: int = 1) -> Any:
        """The variance, with ``ddof`` degrees of freedom less than values."""
        return self._spread("var", ddof)
    def sem(self, ddof: int = 1) -> Any:
        """The standard error of the mean."""
        return self._spread("std", ddof) / self._present(self._frame).cumsum() ** 0.5
    # fmt: on

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"expanding has count, sum, mean, min, max, std, var and sem, and no {name!r}; of all rows at once, the "
            "frame itself has it"
        )

    def _checked(self, name: str) -> None:
        """Raise what pandas has against the columns."""
        with self._frame._explained():
            getattr(frames.windows.one_row(self._frame._meta).expanding(self._min_periods), name)()

    def _floats(self, name: str) -> Any:
        self._checked(name)
        return self._frame._finite()

    def _sums(self, name: str) -> Any:
        return self._floats(name)._method("fillna", (0.0,), {}, is_columnwise=True).cumsum()

    def _spread(self, name: str, ddof: int) -> Any:
        floats = self._floats(name)
        totals = plan.carrying.carried(
            f"expanding-{name}", floats.node, frames.growing.MomentTotals(), frames.growing.RunningMoments()
        )
        node = Blockwise(
            verb=f"expanding-{name}",
            kernel=frames.growing.GrownSpread(name, ddof, self._min_periods),
            over=(floats.node, totals),
            blockmap=Neighbours(floats.npartitions, (0, -1)),
        )
        return wrap(node, floats._meta, floats._divisions, floats._rows, floats._numbers)

    def _present(self, frame: Any) -> Any:
        return frame._method("notna", (), {}, is_columnwise=True)

    def _counts(self) -> Any:
        return self._present(self._floats("sum")).cumsum()

    def _where_enough(self, values: Any, counts: Any = None) -> Any:
        counts = self._counts() if counts is None else counts
        floats = values._method("astype", ("float64",), {}, is_columnwise=True)
        return floats._method("where", (counts >= self._min_periods,), {})
