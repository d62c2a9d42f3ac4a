"""Groups by stretches of time: a pandas Grouper with a frequency, alone or among other keys.

Among other keys a Grouper is a further series of the rows: for each the label of its bin.  Alone, it is that too, but
bins without rows are in the answer.  pandas sorts rows by their times then, so what depends on their order is asked of a
frame that is sorted; most aggregations do not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import pandas as pd

from pannier import plan as plans
from pannier.collections.dataframe.base import UNSET, FrameLike, wrap
from pannier.collections.dataframe.groupby import GroupBy, SeriesGroupBy
from pannier.collections.dataframe.groupby_aggregations import Aggregations, Call, Split
from pannier.collections.dataframe.groupby_rows import RowVerbs
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.bins import BinLabels, Bins, TimeExtent, TimeKey, times_of
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.groupkeys import Index
from pannier.kernels.frames.groupspec import GroupSpec, Plan
from pannier.plan.blockmaps import Neighbours
from pannier.plan.nodes import Blockwise, Node

_IN_ANY_ORDER: Final = frozenset({"size", "count", "nunique", "min", "max", "any", "all"})
"""Aggregations whose answer does not depend on the order of rows."""
_OF_NUMBERS: Final = frozenset(
    {"sum", "prod", "mean", "median", "quantile", "std", "var", "sem", "skew", "kurt"}
)
"""Those for which this is so of numbers: a sum of texts is one after the other."""


def time_key(frame: FrameLike, grouper: Any) -> TimeKey:
    """What rows of ``frame`` are grouped by.

    Raises what pandas raises for a column that there is not or that is not of times, UsageError for periods and times of
    Arrow.
    """
    meta: Any = frame._meta
    index: Any = meta.index
    key: Any
    if grouper.key is not None and grouper.level is not None:
        raise ValueError("The Grouper cannot specify both a key and a level!")
    if grouper.key is not None:
        columns = getattr(meta, "columns", ())
        if grouper.key not in columns:
            raise KeyError(f"The grouper name {grouper.key} is not found{near_matches(grouper.key, columns)}")
        key, name = grouper.key, grouper.key
    elif index.nlevels > 1 and grouper.level is not None:
        key = Index(meta.index._get_level_number(grouper.level))
        name = index.names[key.level]
    elif grouper.level in (None, 0, index.name):
        key, name = Index(), index.name
    else:
        raise ValueError(f"The level {grouper.level} is not valid")
    dtype = times_of(meta, key).dtype
    if isinstance(dtype, (pd.PeriodDtype, pd.ArrowDtype)):
        raise UsageError(
            f"a Grouper with a frequency is for times of numpy, and those are {dtype}; use .dt.to_timestamp() of periods, "
            "or astype('datetime64[ns]') of times of Arrow"
        )
    time = TimeKey(Bins.of_grouper(grouper), key, name)
    example(meta).groupby(time.grouper)  # pandas says what is wrong with it
    return time


def labels(frame: Any, time: TimeKey, extent: Any = None) -> Any:
    """For each row of ``frame`` the label of the bin that its time is in, as a lazy series.

    Where bins depend on it, the ``extent`` of all times is found before.
    """
    operands = FrameOperands(frame)
    if not time.bins.are_fixed(times_of(frame._meta, time.key)):
        operands.argument(extent_of(frame, time) if extent is None else extent)
    return frame._blockwise("bins", BinLabels(time), operands)


def extent_of(frame: Any, time: TimeKey) -> Any:
    """The first and the last time of all rows, as a lazy value."""
    return frame._reduce("bins", TimeExtent(time.key), meta=None)


def binned(frame: Any, spec: GroupSpec) -> Any:
    """The rows of ``frame`` by the bins of the only key of ``spec``."""
    time = spec.times[0]
    assert time is not None
    extent = extent_of(frame, time)
    operands = FrameOperands(frame)
    operands.argument(labels(frame, time, extent))
    own = dataclasses.replace(spec, sort=True, dropna=True, as_index=True)
    kind = BinnedSeriesGroupBy if own.is_series else BinnedGroupBy
    return kind(operands.first, operands, own, time, extent, spec.as_index)


class Binned(RowVerbs, Aggregations):
    """Rows by bins of time, all bins from the first that has rows to the last."""

    __slots__ = ("_as_index", "_extent", "_time")

    def __init__(
        self,
        frame: Any,
        operands: FrameOperands,
        spec: GroupSpec,
        time: TimeKey,
        extent: Any,
        as_index: bool,
    ) -> None:
        super().__init__(frame, operands, spec)
        self._time = time
        self._extent = extent
        self._as_index = as_index

    def _with(self, spec: GroupSpec) -> Any:
        kind = BinnedSeriesGroupBy if spec.is_series else BinnedGroupBy
        return kind(self._frame, self._operands, spec, self._time, self._extent, self._as_index)

    def compute(self, **options: Any) -> Any:
        """The pandas object for the groups, after all rows were computed; what pandas has, can be asked of it."""
        frame = self._frame.compute(**options)
        return dataclasses.replace(self._spec, as_index=self._as_index).groups(frame, [None])

    def _of_rows(self, in_order: bool = True) -> Any:
        """The groups that have rows; if they are to be ``in_order``, rows as pandas has them."""
        frame, operands = self._frame, self._operands
        if in_order and not self._spec.is_list:
            frame = _sorted(frame, self._time)
            operands = FrameOperands(frame)
            operands.argument(labels(frame, self._time, self._extent))
        kind = SeriesGroupBy if self._spec.is_series else GroupBy
        return kind(operands.first, operands, self._spec)

    def _answered(self, call: Call, plan: Plan, split_out: Split) -> Any:
        in_order = not _is_of_any_order(plan, self._frame._meta)
        found = self._of_rows(in_order)._answered(call, plan, split_out)
        made = filled(
            found,
            self._time.bins,
            self._like(_names_columns(call)),
            self._spec.selection,
            self._extent.node,
            call,
        )
        if self._as_index:
            return made
        if call[0] == "size":
            return made.reset_index(name="size")
        beside = made.to_frame() if made.ndim == 1 else made
        is_named = call[0] == "agg" and bool(call[2])
        replaces = not (self._spec.is_series and is_named) and (
            beside.columns.nlevels == 1 or _names_columns(call)
        )
        return beside.reset_index(drop=replaces and self._time.name in beside.columns.get_level_values(0))

    def _like(self, keeps_times: bool = False) -> Any:
        """What is grouped, without rows, under its times; the column of these is in it if it is chosen, or to be kept."""
        meta = self._frame._meta
        like = meta.set_axis(times_of(meta, self._time.key).rename(self._time.name))
        if self._spec.selection is None and self._time.column is not None and not keeps_times:
            return like.drop(columns=[self._time.column])
        return like

    def transform(self, func: Any, *args: Any, meta: Any = UNSET, **kwargs: Any) -> Any:
        """What ``func`` makes of each bin, a row a row, in the order of times; see :meth:`GroupBy.transform`.

        Where there are bins without rows, what makes missing values of these makes floats of whole numbers, as in
        pandas.
        """
        made = self._of_rows().transform(func, *args, meta=meta, **kwargs)
        try:
            groups = frames.resampling.around_a_gap(self._like(), self._time.bins, self._spec.selection)
            shown = groups.transform(func, *args, **kwargs)
        except Exception:  # noqa: BLE001  a function that is not for bins without rows
            return made
        kinds = (
            "iub" if isinstance(func, str) else "iubf"
        )  # what a function makes is seen with some rows only
        if made.ndim == 1:
            dtypes: Any = shown.dtype if _is_widened(made._meta.dtype, shown.dtype, kinds) else {}
        else:
            pairs = zip(made._meta.columns, made._meta.dtypes, shown.dtypes, strict=True)
            dtypes = {name: wide for name, dtype, wide in pairs if _is_widened(dtype, wide, kinds)}
        if isinstance(dtypes, dict) and not dtypes:
            return made
        operands = FrameOperands(made)
        sizes = type(self)(self._frame, self._operands, self._spec, self._time, self._extent, True).size()
        operands.argument((sizes == 0).any())
        kernel = frames.resampling.TypedByGaps(dtypes)
        return made._blockwise("transform", kernel, operands, meta=made._meta)

    def _under_keys(self, calls: list[Call], shown: str, *args: Any, **kwargs: Any) -> Any:
        if calls[0][0] in ("apply", "describe", "quantile"):
            raise UsageError(
                f"{shown} of bins of time would be of bins without rows too; use agg(), or group by a column of the "
                'labels, made with .dt.floor(freq) or .dt.to_period("M").dt.to_timestamp(), which leaves these out'
            )
        return self._of_rows()._under_keys(calls, shown, *args, **kwargs)

    def _row_by_row(self, *args: Any, **kwargs: Any) -> Any:
        return self._of_rows()._row_by_row(*args, **kwargs)

    def _picked(self, *args: Any, **kwargs: Any) -> Any:
        return self._of_rows()._picked(*args, **kwargs)

    def get_group(self, name: Any) -> Any:
        """The rows of one bin; none if there is no such bin, which is not known before they are computed."""
        return self._of_rows().get_group(name)

    def rolling(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: pandas gives the rows of other bins for it."""
        raise UsageError("windows of bins of time are not there; group by a column made with .dt.floor(freq)")

    expanding = ewm = rolling

    def resample(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: bins are stretches of time already."""
        raise UsageError("bins of time are not resampled; group by a column made with .dt.floor(freq)")


class BinnedGroupBy(Binned, GroupBy):
    """The rows of a frame by bins of time."""

    __slots__ = ()

    def _matrix(self, func: str, split_out: Split, **options: Any) -> NoReturn:
        raise UsageError(
            f"{func}() of bins of time would be of bins without rows too; group by a column made with .dt.floor(freq)"
        )

    def ohlc(self, *, split_out: Split = None) -> Any:
        """The first, greatest, least and last value of each bin; see :meth:`GroupBy.ohlc`."""
        if self._as_index:
            return super().ohlc(split_out=split_out)
        indexed = type(self)(self._frame, self._operands, self._spec, self._time, self._extent, True)
        return indexed.ohlc(split_out=split_out).reset_index()


class BinnedSeriesGroupBy(Binned, SeriesGroupBy):
    """The values of a series, or of a column, by bins of time."""

    __slots__ = ()

    def _extremes(self, *args: Any) -> Any:
        return self._of_rows()._extremes(*args)


def filled(grouped: Any, bins: Bins, like: Any, selection: Any, extent: Node, call: Call) -> Any:
    """``grouped``, what ``call`` gives of bins, in their order, with those in which there are no rows.

    ``like`` is what was grouped, without rows, and its times are the index; ``extent`` is a node of the first and last.
    """
    name, args, kwargs = call
    n = grouped.npartitions
    kernel = frames.resampling.FilledBins(bins, like, selection, name, args, tuple(kwargs.items()))
    last: Node = plans.carrying.carried(
        "last-bin", grouped.node, frames.resampling.LastLabel(), frames.resampling.Later()
    )
    node = Blockwise(
        verb=f"bins-{name}",
        kernel=kernel,
        over=(grouped.node, last, extent),
        blockmap=Neighbours(n, (0, -1, None)),
        params=([i == n - 1 for i in range(n)],),
    )
    return wrap(node, frames.resampling.in_steps(grouped._meta, bins.step))


def _names_columns(call: Call) -> bool:
    """Whether ``call`` is an aggregation that says of which columns it is."""
    name, args, kwargs = call
    return name == "agg" and (isinstance(args[0], Mapping) if args else bool(kwargs))


def _is_widened(dtype: Any, wide: Any, kinds: str) -> bool:
    """Whether values of one of these ``kinds`` are floats, or objects, where some are missing."""
    return bool((dtype.kind in kinds and wide.kind == "f") or (dtype.kind == "b" and wide.kind == "O"))


def _is_of_any_order(plan: Plan, meta: Any) -> bool:
    """Whether the answer of ``plan`` does not depend on the order of rows."""
    for output in plan.aggregate.outputs:
        func = output.func
        if not isinstance(func, str) or not (func in _IN_ANY_ORDER or func in _OF_NUMBERS):
            return False
        if func in _OF_NUMBERS and not all(_is_number(plan, meta, place) for place in output.columns):
            return False
    return True


def _is_number(plan: Plan, meta: Any, place: int) -> bool:
    """Whether the value in ``place`` of a block of keys and values is a number, or a span of time."""
    keyed = plan.keyed
    name = (*keyed.keys, *keyed.values)[place]  # noqa: PD011
    dtype = meta.dtype if name is None else meta[name].dtype
    return pd.api.types.is_numeric_dtype(dtype) or dtype.kind in "mM"


def _sorted(frame: Any, time: TimeKey) -> Any:
    """The rows of ``frame`` in the order of their times, those without one first."""
    if time.column is not None:
        return frame.sort_values(time.column, na_position="first")
    if time.key.level is None:
        return frame.sort_index(na_position="first")
    if time.name is None or list(frame._meta.index.names).count(time.name) > 1:
        raise UsageError(
            "rows are sorted by a level of times, which needs a name of its own; use rename_axis()"
        )
    if frame.ndim == 1:
        return frame._by_values(lambda values, _: values.sort_values([time.name], na_position="first"))
    return frame.sort_values([time.name], na_position="first")
