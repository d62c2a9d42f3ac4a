"""Rows by stretches of time."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.api.types import is_any_real_numeric_dtype

from pannier import plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.named import Named
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.plan.blockmaps import Aligned, Neighbours, Selected
from pannier.plan.nodes import Blockwise, Node


class Resampling(Operators):
    """``resample``."""

    __slots__ = ()

    def resample(
        self, rule: Any, closed: str | None = None, label: str | None = None, on: Any = None,
        origin: Any = "start_day", offset: Any = None,
    ) -> Resampler:  # fmt: skip
        """The rows by stretches of time of length ``rule``; reductions of them are methods.

        The index, or the column ``on``, holds times in order.  Bins without rows are in the answer, between the first
        and the last that have some.  Parameters are those of pandas.

        Raises :class:`~pannier.errors.UsageError` on compute where times are not in order; ``groupby(pd.Grouper(...))``
        takes them in any order; and for an ``offset`` from an ``origin`` at the end.

        >>> import pandas as pd, pannier as pn
        >>> times = pd.to_datetime(["2015-01-01 10:00", "2015-01-01 12:00", "2015-01-03 09:00"])
        >>> x = pn.from_pandas(pd.Series([1, 2, 4], times), npartitions=2)
        >>> x.resample("D").sum().compute(scheduler="sync").tolist()
        [3, 0, 4]
        """
        frame: Any = self
        if on is not None:
            call = MethodCall("set_index", (on,), rows_kept=False)
            frame = self._blockwise("set_index", call)
        if isinstance(frame._meta.index, pd.PeriodIndex):
            raise UsageError("resample of periods would need all of them; use to_timestamp() first")
        bins = frames.bins.Bins(rule, closed, label, origin, offset)
        if bins.is_from_end:
            bins = frames.bins.Bins(rule, closed or "right", label or "right", origin, offset)
        with frame._explained():
            frames.windows.one_row(frame._meta).resample(
                rule, closed=closed, label=label, origin=origin, offset=offset
            )  # pandas says what is wrong with them
        if bins.is_from_end and offset is not None and bins.are_regular(frame._meta.index):
            raise UsageError(
                f"pandas may have no bin for the first rows with offset= from origin={origin!r}; give origin= as a time"
            )
        return Resampler(frame, bins)

    def asfreq(self, freq: Any, method: None = None, *, fill_value: Any = None) -> Any:
        """The rows at times in equal distances from the first, with missing values, or ``fill_value``, where there is none.

        Times are in order, and each is there once at most.  For the nearest row before each time, see
        :func:`~pannier.dataframe.merge_asof`.

        >>> import pandas as pd, pannier as pn
        >>> times = pd.to_datetime(["2015-01-01", "2015-01-02", "2015-01-04"])
        >>> x = pn.from_pandas(pd.Series([1, 2, 4], times), npartitions=2)
        >>> x.asfreq("D", fill_value=0).compute(scheduler="sync").tolist()
        [1, 2, 0, 4]
        """
        if method is not None:
            raise UsageError("asfreq has no method; use merge_asof() with a frame of the times")
        if is_any_real_numeric_dtype(self._meta.index.dtype):
            raise UsageError(
                "asfreq() goes by an index of times, and pandas takes these numbers for nanoseconds from 1970 on; give times "
                "with set_index()"
            )
        with self._explained():
            frames.windows.one_row(self._meta).asfreq(freq)
        ends = plan.carrying.carried(
            "asfreq", self.node, frames.resampling.TimeEnds("asfreq"), frames.resampling.RunningEnds("asfreq")
        )
        node = Blockwise(
            verb="asfreq",
            kernel=frames.resampling.AtTimes(freq, fill_value),
            over=(self.node, ends, ends),
            blockmap=Neighbours(self.npartitions, (0, 0, -1)),
        )
        return wrap(node, frames.resampling.in_steps(self._meta, freq), self._divisions)


class Resampler(Named):
    """The rows of a frame or series by stretches of time; ``resampler[columns]`` is of some columns."""

    __slots__ = ("_bins", "_frame", "_selection")

    def __init__(self, frame: Any, bins: frames.bins.Bins, selection: Any = None) -> None:
        self._frame = frame
        self._bins = bins
        self._selection = selection

    def __getitem__(self, columns: Any) -> Resampler:
        with self._frame._explained():
            self._bins.of(frames.windows.one_row(self._frame._meta))[columns]
        return Resampler(self._frame, self._bins, columns)

    def _named(self, name: str) -> Any:
        columns = getattr(self._frame._meta, "columns", ())
        if name in columns:
            return self[name]
        if name in _UPSAMPLING:
            filled = "" if name == "asfreq" else f".{name}()"
            lazily = (
                f"asfreq({self._bins.rule!r}){filled} of the frame, where its times are those of the answer, "
            )
            raise AttributeError(
                f"resample has no {name}, which makes rows from no others; use {lazily if name in _FILLING else ''}"
                f"{'merge_asof() with a frame of the times, or ' if name in _OF_ROWS else ''}.compute().resample()"
            )
        known = [*columns, *(each for each in dir(Resampler) if not each.startswith("_"))]
        raise AttributeError(
            f"resample has neither a column nor a method {name!r}{near_matches(name, known)}"
        )

    def __repr__(self) -> str:
        return f"Resampler by {self._bins.rule} of {self._frame!r}"

    # fmt: off
    def count(self) -> Any:
        """The number of values that are not missing."""
        return self._called("count")
    def size(self) -> Any:
        """The number of rows."""
        return self._called("size")
    def nunique(self) -> Any:
        """The number of different values."""
        return self._called("nunique")
    def sum(self, **options: Any) -> Any:
        """The sum."""
        return self._called("sum", **options)
    def prod(self, **options: Any) -> Any:
        """The product."""
        return self._called("prod", **options)
    def mean(self, **options: Any) -> Any:
        """The mean."""
        return self._called("mean", **options)
    def median(self, **options: Any) -> Any:
        """The median."""
        return self._called("median", **options)
    def min(self, **options: Any) -> Any:
        """The smallest value."""
        return self._called("min", **options)
    def max(self, **options: Any) -> Any:
        """The largest value."""
        return self._called("max", **options)
    def first(self, **options: Any) -> Any:
        """The first value that is not missing."""
        return self._called("first", **options)
    def last(self, **options: Any) -> Any:
        """The last value that is not missing."""
        return self._called("last", **options)
    def std(self, ddof: int = 1, **options: Any) -> Any:
        """The standard deviation, with ``ddof`` degrees of freedom less than values."""
        return self._called("std", ddof=ddof, **options)
    def var(self, ddof: int = 1, **options: Any) -> Any:
        """The variance, with ``ddof`` degrees of freedom less than values."""
        return self._called("var", ddof=ddof, **options)
    def sem(self, ddof: int = 1, **options: Any) -> Any:
        """The standard error of the mean."""
        return self._called("sem", ddof=ddof, **options)
    # fmt: on

    def quantile(self, q: float = 0.5) -> Any:
        """The value below which the share ``q`` of the others is."""
        if not isinstance(q, (int, float)):
            raise UsageError("resample.quantile takes one q; make a frame of several with agg or concat")
        return self._called("quantile", q=q)

    def agg(self, func: Any = None, **named: Any) -> Any:
        """One reduction or several, by name or as functions: a list of them, or a dict with those of each column."""
        grouped = self._groups().agg(func, **named)
        return self._filled(grouped, "agg", *(() if func is None else (func,)), **named)

    aggregate = apply = agg

    def ohlc(self) -> Any:
        """The first, greatest, least and last value: columns ``open``, ``high``, ``low`` and ``close``."""
        return self._called("ohlc")

    def _called(self, name: str, **options: Any) -> Any:
        return self._filled(getattr(self._groups(), name)(**options), name, **options)

    def _groups(self) -> Any:
        """The rows by the label of their bin."""
        frame, bins = self._frame, self._bins
        time = frames.bins.TimeKey(bins, frames.groupkeys.Index(), frame._meta.index.name)
        node = Blockwise(
            verb="resample",
            kernel=frames.bins.BinLabels(time),
            over=(frame.node, self._extent() if bins.is_from_end else self._ends()),
            blockmap=Aligned(frame.npartitions, (False, bins.is_from_end)),
        )
        index = frame._meta.index
        labels = wrap(node, pd.Series(index, index=index, name=index.name), frame._divisions, frame._rows)
        groups = frame.groupby(labels)
        return groups if self._selection is None else groups[self._selection]

    def _ends(self) -> Node:
        """A node of the first and last time of all blocks up to each; times have to be in order."""
        ends, running = frames.resampling.TimeEnds("resample"), frames.resampling.RunningEnds("resample")
        return plan.carrying.carried("resample", self._frame.node, ends, running)

    def _extent(self) -> Node:
        """A node of the first and last time of all rows."""
        last = Selected((self._frame.npartitions - 1,))
        return Blockwise(verb="last", kernel=None, over=(self._ends(),), blockmap=last)

    def _filled(self, grouped: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """``grouped`` with the bins in which there are no rows."""
        return dataframe.groupby_bins.filled(
            grouped, self._bins, self._frame._meta, self._selection, self._extent(), (name, args, kwargs)
        )


_FILLING = frozenset({"ffill", "bfill", "asfreq"})
_OF_ROWS = _FILLING | {"nearest"}
_UPSAMPLING = _OF_ROWS | {"interpolate", "fillna", "transform", "pipe"}
