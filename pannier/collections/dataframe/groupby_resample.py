"""Stretches of time of the rows of each group."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.groupby_aggregations import Call
from pannier.collections.dataframe.groupby_rows import WholeGroups
from pannier.collections.dataframe.named import Named
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError, near_matches
from pannier.kernels.frames.base import MethodCall
from pannier.kernels.frames.groupkeys import Index
from pannier.kernels.kernel import name_of


class ResamplingGroupBy(Named):
    """What is computed of each stretch of time of each group: rows under its key and the label of the stretch.

    Rows go to where their groups are, and pandas resamples them there, each group from its own first time to its last.
    """

    __slots__ = ("_calls", "_groups", "_on", "_selection")

    def __init__(self, groups: WholeGroups, calls: list[Call], on: Any, selection: Any = None) -> None:
        self._groups = groups
        self._calls = calls
        self._on = on
        self._selection = selection

    def __getitem__(self, columns: Any) -> ResamplingGroupBy:
        """The same stretches of one column, or of a list of columns."""
        calls: list[Call] = [*self._calls, ("__getitem__", (columns,), {})]
        self._groups._seen([*calls, ("size", (), {})])  # pandas says which columns there are not
        return ResamplingGroupBy(self._groups, calls, self._on, columns)

    def _named(self, name: str) -> Any:
        columns = self._groups._spec.columns
        if self._selection is None and name in columns:
            return self[name]
        known = [*columns, *(each for each in dir(ResamplingGroupBy) if not each.startswith("_"))]
        raise AttributeError(
            f"resample of groups has neither a column nor a method {name!r}{near_matches(name, known)}"
        )

    def __repr__(self) -> str:
        return f"resample{self._calls[0][1]} of {self._groups!r}"

    def _of_bins(self, name: str, *args: Any, **kwargs: Any) -> Any:
        calls: list[Call] = [*self._calls, (name, args, kwargs)]
        return self._groups._under_keys(calls, f"resample.{name}")

    def _rows_at(self, name: str, **kwargs: Any) -> Any:
        if self._on is not None:
            raise UsageError(
                f"{name} is of times in the index, as in pandas; use set_index({self._on!r}) first"
            )
        return self._of_bins(name, **kwargs)

    # fmt: off
    def count(self) -> Any:
        """The number of values that are not missing."""
        return self._of_bins("count")
    def size(self) -> Any:
        """The number of rows."""
        return self._of_bins("size")
    def nunique(self) -> Any:
        """The number of different values."""
        return self._of_bins("nunique")
    def prod(self, **options: Any) -> Any:
        """The product."""
        return self._of_bins("prod", **options)
    def mean(self, **options: Any) -> Any:
        """The mean."""
        return self._of_bins("mean", **options)
    def median(self, **options: Any) -> Any:
        """The median."""
        return self._of_bins("median", **options)
    def min(self, **options: Any) -> Any:
        """The smallest value."""
        return self._of_bins("min", **options)
    def max(self, **options: Any) -> Any:
        """The largest value."""
        return self._of_bins("max", **options)
    def first(self, **options: Any) -> Any:
        """The first value that is not missing."""
        return self._of_bins("first", **options)
    def last(self, **options: Any) -> Any:
        """The last value that is not missing."""
        return self._of_bins("last", **options)
    def std(self, ddof: int = 1, **options: Any) -> Any:
        """The standard deviation, with ``ddof`` degrees of freedom less than values."""
        return self._of_bins("std", ddof=ddof, **options)
    def var(self, ddof: int = 1, **options: Any) -> Any:
        """The variance, with ``ddof`` degrees of freedom less than values."""
        return self._of_bins("var", ddof=ddof, **options)
    def sem(self, ddof: int = 1, **options: Any) -> Any:
        """The standard error of the mean."""
        return self._of_bins("sem", ddof=ddof, **options)
    def ohlc(self) -> Any:
        """The first, greatest, least and last value: columns ``open``, ``high``, ``low`` and ``close``."""
        return self._of_bins("ohlc")
    def ffill(self, limit: int | None = None) -> Any:
        """The last row before the start of each stretch, at most ``limit`` times in a row; times are in the index."""
        return self._rows_at("ffill", limit=limit)
    def bfill(self, limit: int | None = None) -> Any:
        """The first row after the start of each stretch, at most ``limit`` times in a row; times are in the index."""
        return self._rows_at("bfill", limit=limit)
    def nearest(self, limit: int | None = None) -> Any:
        """The row nearest to the start of each stretch; times are in the index."""
        return self._rows_at("nearest", limit=limit)
    def asfreq(self, fill_value: Any = None) -> Any:
        """The row at the start of each stretch, missing or ``fill_value`` where there is none; times are in the index."""
        return self._rows_at("asfreq", fill_value=fill_value)
    # fmt: on

    def sum(self, **options: Any) -> Any:
        """The sum.

        >>> import pandas as pd, pannier as pn
        >>> times = pd.to_datetime(["2015-01-01 10:00", "2015-01-01 12:00", "2015-01-03 09:00"])
        >>> df = pd.DataFrame({"t": times, "k": ["a", "b", "a"], "x": [1, 2, 4]})
        >>> df = pn.from_pandas(df, npartitions=2)
        >>> df.groupby("k").resample("D", on="t").x.sum().compute(scheduler="sync").tolist()
        [1, 0, 4, 2]
        """
        return self._of_bins("sum", **options)

    def quantile(self, q: float = 0.5) -> Any:
        """The value below which the share ``q`` of the others is."""
        return self._of_bins("quantile", q)

    def agg(self, func: Any = None, **named: Any) -> Any:
        """One reduction or several, by name: a list of them, or a dict with those of each column."""
        return self._of_bins("agg", *(() if func is None else (func,)), **named)

    aggregate = agg

    def apply(self, func: Callable[..., Any], meta: Any = UNSET) -> Any:
        """What ``func`` makes of each stretch, a series or a frame; it is tried on some rows, or ``meta`` says it."""
        calls: list[Call] = [*self._calls, ("apply", (func,), {})]
        shown = f"resample.apply({name_of(func)})"
        made = self._groups._meta(calls, shown, meta)
        return self._groups._under_keys(calls, shown, meta=made, checks=True)


def under_times(groups: WholeGroups, on: Any) -> Any:
    """The same groups of rows whose labels are the times in column ``on``.

    pandas itself takes labels of rows for their places where times are in a column.
    """
    spec = groups._spec
    if any(isinstance(key, Index) for key in spec.keys):
        raise UsageError("keys are levels of the index, and times are in a column; use reset_index() first")
    call = MethodCall("set_index", (on,), rows_kept=False)
    frame = groups._frame._blockwise("set_index", call)
    operands = FrameOperands(frame)
    operands.nodes += groups._operands.nodes[1:]
    operands.metas += groups._operands.metas[1:]
    operands.shared += groups._operands.shared[1:]
    return type(groups)(frame, operands, dataclasses.replace(spec, meta=frame._meta))
