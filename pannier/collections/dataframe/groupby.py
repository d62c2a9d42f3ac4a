"""Groups of the rows of a frame by key, and what may be asked of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from pannier import shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.collections.dataframe.groupby_aggregations import Groups, Split
from pannier.collections.dataframe.groupby_plan import aggregated, gathers_of, is_column_of, step
from pannier.collections.dataframe.groupby_window import Windowed
from pannier.collections.dataframe.named import Named
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.groupkeys import Index
from pannier.kernels.frames.groupspec import GroupSpec
from pannier.kernels.frames.groupsteps import KeyOfRows
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import Slot


class GroupBy(Windowed, Named):
    """The rows of a frame by key; ``groups[columns]`` and ``groups.column`` choose what is asked of them."""

    __slots__ = ()

    def __getitem__(self, columns: Any) -> Any:
        """The same groups of one column, or of a list of columns."""
        return self._with(self._spec.chosen(columns))

    def _with(self, spec: GroupSpec) -> Any:
        """The groups of the same rows that ``spec`` is of."""
        kind = SeriesGroupBy if spec.is_series else GroupBy
        return kind(self._frame, self._operands, spec)

    def _named(self, name: str) -> Any:
        spec = self._spec
        columns = spec.meta.columns if spec.selection is None else spec.columns  # a key may be asked for too
        if name in columns:
            return self[name]
        raise _refusal(self, name, spec.columns)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in map(str, self._spec.columns) if name.isidentifier())]

    def corr(self, numeric_only: bool = False, min_periods: int = 1, *, split_out: Split = None) -> Any:
        """The correlation of each pair of columns in each group, from moments that merge stably."""
        return self._matrix("corr", split_out, min_periods=min_periods, numeric_only=numeric_only)

    def cov(
        self,
        ddof: int = 1,
        numeric_only: bool = False,
        min_periods: int | None = None,
        *,
        split_out: Split = None,
    ) -> Any:
        """The covariance of each pair of columns in each group.

        With another ``ddof`` than 1 the rows of a group have to fit into memory: pandas heeds it in groups without
        missing values alone.
        """
        if ddof != 1:
            own = {"ddof": ddof, "numeric_only": numeric_only, "min_periods": min_periods}
            return self._under_keys([("cov", (), own)], "cov", split_out)
        return self._matrix("cov", split_out, ddof=ddof, min_periods=min_periods, numeric_only=numeric_only)

    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
        *,
        split_out: Split = None,
    ) -> Any:
        """How often each row of the columns, or of those of ``subset``, is in each group; the most frequent first.

        Rows that are as frequent come in the order in which they appear, where pandas may have any.  With ``normalize``
        it is shares of the group.  The rows of a group have to fit into memory.

        Where pandas counts categories without rows too, in the columns or with ``observed=False`` in keys, all rows are
        counted in one partition.  Raises ValueError for columns that are not there.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": [1, 1, 1], "x": list("abb")}), npartitions=2)
        >>> df.groupby("k").value_counts().compute(scheduler="sync").tolist()
        [2, 1]
        """
        own = {
            "subset": subset,
            "normalize": normalize,
            "sort": sort,
            "ascending": ascending,
            "dropna": dropna,
        }
        calls = [("value_counts", (), own)]
        meta, spec = self._seen(calls), self._spec
        counted = [column for column in spec.columns if column not in spec.keys]
        looked_at = [column for column in counted if subset is None or column in subset]
        lists_all = any(
            isinstance(dtype, pd.CategoricalDtype) for dtype in self._frame._meta[looked_at].dtypes
        )
        chosen = GroupBy(self._frame, self._operands, dataclasses.replace(spec, selection=counted))
        return chosen._under_keys(calls, "value_counts", split_out, meta, lists_all=lists_all)

    def _matrix(self, func: str, split_out: Split, **options: Any) -> Any:
        kernel, matrix = self._spec.pairs(func, options)
        keyed, meta = self._keyed(dataclasses.replace(kernel, tells_apart=True))
        node = aggregated(
            f"groupby-{func}", keyed, meta, matrix.aggregate, split_out, self._unsettled(), matrix
        )
        return wrap(node, matrix.meta)


class SeriesGroupBy(Windowed, Named):
    """The values of a series, or of a column, by key."""

    __slots__ = ()

    def value_counts(
        self,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        bins: Any = None,
        dropna: bool = True,
        *,
        split_out: Split = None,
    ) -> Any:
        """How often each value is in each group; the most frequent first.

        Categories are counted in one partition: those that are as frequent come in the order in which all rows have
        them, as in pandas.
        """
        own = {"normalize": normalize, "sort": sort, "ascending": ascending, "bins": bins, "dropna": dropna}
        lists_all = any(
            isinstance(dtype, pd.CategoricalDtype) for dtype in self._frame._meta[self._spec.columns].dtypes
        )
        return self._under_keys([("value_counts", (), own)], "value_counts", split_out, lists_all=lists_all)

    def unique(self, *, split_out: Split = None) -> Any:
        """The different values of each group, an array a group."""
        return self._answered(("unique", (), {}), self._spec.method("unique", {}), split_out)

    def nlargest(self, n: int = 5, keep: str = "first", *, split_out: Split = None) -> Any:
        """The ``n`` largest values of each group, under its key and their labels.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": [1, 1, 1], "x": [5, 7, 6]}), npartitions=2)
        >>> df.groupby("k").x.nlargest(2).compute(scheduler="sync").tolist()
        [7, 6]
        """
        return self._extremes("nlargest", n, keep, split_out)

    def nsmallest(self, n: int = 5, keep: str = "first", *, split_out: Split = None) -> Any:
        """The ``n`` smallest values of each group, under its key and their labels."""
        return self._extremes("nsmallest", n, keep, split_out)

    def _extremes(self, verb: str, n: int, keep: str, split_out: Split) -> Any:
        calls = [(verb, (n,), {"keep": keep})]
        keyed, empty = self._keyed(self._spec.keyed(self._spec.columns), gives_labels=True)
        meta = self._seen(calls)
        if (
            keep != "first"
            or not frames.grouprows.takes_largest(empty.dtypes.iloc[-1])
            or meta.index.nlevels == 1
        ):
            return self._under_keys(calls, f"{verb}({n})", split_out)
        spec = self._spec
        k, shown = len(spec.names), f"groupby-{verb}"
        some = frames.grouprows.LargestOfEach(k, n, verb == "nlargest", spec.dropna)
        best = dataclasses.replace(some, sort=spec.sort)
        node = step(shown, some, keyed)
        coalesce = split_out is None or split_out is True
        keys = shuffle.frames_ranges.Keys(k, empty, keeps_index=True)
        node = dataframe.groupby_shuffle.by_key(
            shown, node, keys, gathers_of(keyed, split_out), coalesce, best, spec.sort
        )
        return wrap(step(shown, frames.grouprows.UnderKeys(spec.names, meta), node), meta)

    def _named(self, name: str) -> Any:
        raise _refusal(self, name, ())


def _refusal(groups: Groups, name: str, columns: Sequence[Any]) -> AttributeError:
    """The error for a name that groups do not have."""
    if name in INSTEAD:
        return AttributeError(f"{type(groups).__name__}.{name} is not there: {INSTEAD[name]}")
    known = [*columns, *(each for each in dir(type(groups)) if not each.startswith("_"))]
    return AttributeError(
        f"{type(groups).__name__} has neither a column nor a method {name!r}{near_matches(name, known)}"
    )


INSTEAD: Final[dict[str, str]] = {
    "groups": "labels of all rows would be in one dict; use get_group() for those of one, or .compute().groups",
    "indices": "positions of all rows would be in one dict; use get_group(), or .compute().indices",
    "sample": "use apply(lambda group: group.sample(...))",
    "plot": "it draws in this process; use .compute().plot",
    "hist": "it draws in this process; use .compute().hist()",
    "boxplot": "it draws in this process; use .compute().boxplot()",
}
"""Names that pandas' groups have and these have not, why not, and what to use instead."""


def grouped(
    frame: FrameLike,
    by: Any,
    level: Any,
    *,
    as_index: bool,
    sort: bool,
    group_keys: bool,
    observed: bool,
    dropna: bool,
) -> Any:
    """The rows of ``frame`` by key, as ``frame.groupby`` says."""
    operands = FrameOperands(frame)
    by_list = by if isinstance(by, list) else [by]
    times = tuple([_time(frame, each) for each in by_list])
    if isinstance(by, pd.Grouper) and times == (None,):
        sort, dropna = by.sort, by.dropna  # those of groupby() are not for a Grouper alone
    if len(times) > 1 and any(times) and not dropna:
        raise UsageError(
            "rows without a time are in no bin, and with dropna=False those without another key are in a group; "
            "use fillna() of the other keys, and leave dropna"
        )
    keys = tuple(_keys(frame, operands, by, level))
    metas = [_key_meta(frame._meta, key, operands) for key in keys]
    spec = GroupSpec(
        frame._meta,
        keys,
        tuple(metas),
        is_list=isinstance(by, list) or isinstance(level, list),
        as_index=as_index,
        sort=sort,
        group_keys=group_keys,
        observed=observed,
        dropna=dropna,
        times=times if any(times) else (),
    )
    spec.example()
    if len(times) == 1 and times[0] is not None:
        return dataframe.groupby_bins.binned(frame, spec)
    kind = SeriesGroupBy if spec.is_series else GroupBy
    return kind(operands.first, operands, spec)


def _time(frame: FrameLike, key: Any) -> frames.bins.TimeKey | None:
    """What ``key`` is made of, if it is a bin of a time."""
    timed = isinstance(key, pd.Grouper) and getattr(key, "freq", None) is not None
    return dataframe.groupby_bins.time_key(frame, key) if timed else None


def _keys(frame: FrameLike, operands: FrameOperands, by: Any, level: Any) -> Iterator[Any]:
    if by is None:
        if level is None:
            raise TypeError("You have to supply one of 'by' and 'level'")
        for each in level if isinstance(level, (list, tuple)) else [level]:
            yield Index(frame._meta.index._get_level_number(each))
        return
    if isinstance(by, list) and not by:
        raise ValueError("No group keys passed!")
    for each in by if isinstance(by, list) else [by]:
        yield _key(frame, operands, each)


def _key(frame: FrameLike, operands: FrameOperands, key: Any) -> Any:
    if isinstance(key, FrameLike):
        if is_column_of(key, frame):
            return key._meta.name
        frames.groupspec.check_key(key._meta)
        if key._rows != frame._rows and key.npartitions == frame.npartitions == 1:
            beside = FrameOperands(frame)
            kernel = KeyOfRows(beside.argument(key).index)
            key = frame._blockwise("groupby: key", kernel, beside)
        return operands.argument(key)
    if isinstance(key, pd.Grouper):
        if (time := _time(frame, key)) is not None:
            return operands.argument(dataframe.groupby_bins.labels(frame, time))
        if key.key is None and key.level is None:
            raise UsageError("a Grouper needs a key, a level or a frequency")
        return (
            _named_key(frame, key.key)
            if key.key is not None
            else Index(frame._meta.index._get_level_number(key.level))
        )
    if callable(key) or isinstance(key, (dict, pd.Series, pd.Index)) or hasattr(key, "__array__"):
        raise UsageError(
            f"rows are grouped by a column, a series of the same rows or a level, not by a {type(key).__name__}; make a "
            "column first, as in df.groupby(df.index.map(func)), or df.groupby(df.x.map(func))"
        )
    return _named_key(frame, key)


def _named_key(frame: FrameLike, key: Any) -> Any:
    columns = getattr(frame._meta, "columns", ())
    names = list(frame._meta.index.names)
    if key in columns and key in names:
        raise ValueError(f"{key!r} is both an index level and a column label, which is ambiguous.")
    if key in columns:
        return key
    if key is not None and key in names:
        return Index(names.index(key))
    raise KeyError(f"{key}{near_matches(key, [*columns, *(name for name in names if name is not None)])}")


def _key_meta(meta: Any, key: Any, operands: FrameOperands) -> pd.Series[Any]:
    """The values of ``key``, without rows, under its name."""
    if isinstance(key, Slot):
        found = operands.meta_of((key,))[0]
    elif isinstance(key, Index):
        found = levels_of(meta.index)[key.level or 0]
    else:
        found = meta[key]
        if found.ndim > 1:
            raise ValueError(f"Grouper for {key!r} not 1-dimensional")
        frames.groupspec.check_whole(meta.columns, key)
    made: pd.Series[Any] = pd.Series(found.array, dtype=found.dtype, name=found.name)
    return made
