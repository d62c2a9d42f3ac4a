"""Statistics that need more than one number a column: quantiles, counts of values, descriptions."""

from __future__ import annotations

import sys
from typing import Any, TextIO

import numpy as np
import pandas as pd

from pannier import computing
from pannier.collections import dataframe
from pannier.collections.dataframe.correlations import FrameCorrelations, SeriesCorrelations
from pannier.collections.dataframe.distinct import Distinctness, DistinctRows, Sizes
from pannier.collections.dataframe.summaries import Split, refuse_numpys
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.sizes import format_bytes

_METHODS = ("default", "exact", "approximate", "tdigest", "dask")


class Statistics(Sizes):
    """What a frame and a series can be asked alike."""

    __slots__ = ()

    def median(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The median of each column, or of a series, exact; with ``axis=1`` of each row, with None of all.

        Sorts each partition, and keeps the sorted values, in files if they are many, until all are there.
        """
        return self._reduced(
            "median",
            frames.quantiles.Median(0.5, skipna=skipna),
            axis,
            numeric_only,
            split_every,
            skipna=skipna,
        )

    def median_approximate(
        self, axis: Any = 0, method: str = "approximate", numeric_only: bool = False
    ) -> Any:
        """About the median: a value whose rank is within 0.5 % of all from the middle; takes some kilobytes a column."""
        if axis in (1, "columns"):
            return self.median(axis=1, numeric_only=numeric_only)
        _check_method(method)
        chosen = self._numeric() if numeric_only else self
        median = chosen._summary("median_approximate", frames.quantiles.ApproximateQuantiles(0.5))
        return median.rename(None) if self.ndim == 2 else median

    def mode(
        self,
        axis: Any = 0,
        numeric_only: bool = False,
        dropna: bool = True,
        *,
        split_every: Split = None,
    ) -> Any:
        """The most frequent values of each column, or of a series, in order; a row each, as pandas has it.

        The different values must fit into memory.
        """
        if self.ndim == 2 and self._meta._get_axis_number(axis) == 1:
            raise UsageError(
                "mode(axis=1) has as many columns as some row has modes, which is not known before; use "
                "map_partitions(lambda block: block.mode(axis=1), meta=...)"
            )
        chosen = self._numeric() if numeric_only else self
        return chosen._summary("mode", frames.counting.Mode(dropna), split_every)

    def describe(
        self,
        percentiles: Any = None,
        include: Any = None,
        exclude: Any = None,
        *,
        percentiles_method: str = "default",
        split_every: Split = None,
    ) -> Any:
        """Count, mean, deviation, extremes and percentiles of columns of numbers and times; counts of what others have.

        All in one pass.  Percentiles are exact, which sorts the values, or with ``percentiles_method="approximate"``
        within 0.5 % of all values from their rank.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series(["a", "b", "b"], name="x"), npartitions=2)
        >>> x.describe().compute(scheduler="sync").to_dict()
        {'count': 3, 'unique': 2, 'top': 'b', 'freq': 2}
        """
        approximate = _check_method(percentiles_method)
        chosen: Any = self
        if self.ndim == 2:
            chosen = self._of_types(_described_columns(self._meta, include, exclude))
        with self._explained():
            example = frames.reductions.plausible(chosen._meta).describe(
                percentiles=percentiles, **({"include": "all"} if self.ndim == 2 else {})
            )
        shares = (0.25, 0.5, 0.75) if percentiles is None else tuple(sorted(map(float, percentiles)))
        reduction = frames.describing.Describe(shares, approximate)
        return chosen._summary("describe", reduction, split_every, meta=frames.blocks.emptied(example))

    def info(
        self, buf: TextIO | None = None, verbose: bool = False, memory_usage: bool | str = False
    ) -> None:
        """Print names and types; with ``verbose`` count rows and values, with ``memory_usage`` bytes.

        Without these two nothing is computed.
        """
        out = buf or sys.stdout
        ends, counts, usage = computing.compute(
            dataframe.numbering.with_labels(self)._summary("rows", frames.facts.IndexEnds(self._is_numbered))
            if verbose
            else None,
            self._summary("count", frames.reductions.Count()) if verbose else None,
            self.memory_usage(deep=memory_usage == "deep") if memory_usage else None,
        )
        print(f"{type(self)!r}", file=out)
        if ends is not None:
            rows, labels = ends
            print(f"Index: {rows} entries{f', {labels[0]} to {labels[1]}' if labels else ''}", file=out)
        meta = self._meta
        title = (
            f"Data columns (total {len(meta.columns)} columns)"
            if self.ndim == 2
            else f"Series name: {meta.name}"
        )
        print(f"{title}, in {self.npartitions} partitions:", file=out)
        table = pd.DataFrame({"Dtype": np.atleast_1d(meta.dtypes)}).astype(str)
        if counts is not None:
            table.insert(0, "Non-Null Count", [f"{count} non-null" for count in np.atleast_1d(counts)])
        if self.ndim == 2:
            table.insert(0, "Column", meta.columns.astype(str))
        print(table.to_string(index=self.ndim == 2), file=out)
        if usage is not None:
            print(f"memory usage: {format_bytes(int(np.sum(usage)))}", file=out)


class FrameStatistics(Statistics, DistinctRows, FrameCorrelations):
    """What a frame can be asked."""

    __slots__ = ()

    def quantile(
        self,
        q: Any = 0.5,
        axis: Any = 0,
        numeric_only: bool = False,
        interpolation: str = "linear",
        method: str = "default",
    ) -> Any:
        """The value of each column of which a share ``q`` is not larger; for a list of ``q`` a frame of a row each.

        Exact, by sorting each partition; sorted values are kept, in files if they are many, until all are there.
        With ``method="approximate"`` (or dask's names "tdigest" and "dask") sketches of some kilobytes a column
        give values whose ranks are within 0.5 % of all from those asked for.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2)
        >>> df.quantile(0.5).compute(scheduler="sync").to_dict()
        {'x': 2.5}
        """
        if self._meta._get_axis_number(axis) == 1:
            options = {"axis": 1, "numeric_only": numeric_only, "interpolation": interpolation}
            if np.ndim(q):
                raise UsageError("quantile(axis=1) takes one q: ask for one after the other")
            return self._method("quantile", (q,), options)
        chosen = self._numeric() if numeric_only else self
        return chosen._summary("quantile", _quantiles(q, interpolation, method))

    def nunique(self, axis: Any = 0, dropna: bool = True, *, split_every: Split = None) -> Any:
        """How many different values each column has, with ``axis=1`` each row.

        The different values must fit into memory; see ``nunique_approx`` of a series.
        """
        return self._reduced(
            "nunique", frames.distinct.NUnique(dropna), axis, False, split_every, dropna=dropna
        )

    def value_counts(
        self,
        subset: Any = None,
        normalize: bool = False,
        sort: bool = True,
        ascending: bool = False,
        dropna: bool = True,
        *,
        split_every: Split = None,
    ) -> Any:
        """How often each row, of the columns in ``subset`` where it is given, appears; the most frequent first."""
        if subset is None:
            names = tuple(self._meta.columns)
        else:
            names = tuple(subset) if isinstance(subset, (list, tuple, pd.Index)) else (subset,)
        is_flat = subset is not None and not isinstance(subset, (list, tuple, pd.Index))
        counts = frames.counting.RowCounts(names, sort, ascending, dropna, normalize, is_flat)
        return self._summary("value_counts", counts, split_every)


class SeriesStatistics(Distinctness, Statistics, SeriesCorrelations):
    """What a series can be asked."""

    __slots__ = ()

    def quantile(self, q: Any = 0.5, interpolation: str = "linear", method: str = "default") -> Any:
        """The value of which a share ``q`` is not larger; for a list of ``q`` a series of them.

        Exact, by sorting each partition; sorted values are kept, in files if they are many, until all are there.
        With ``method="approximate"`` (or dask's names "tdigest" and "dask") a sketch of some kilobytes gives a value
        whose rank is within 0.5 % of all from that asked for.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3, 4]), npartitions=2)
        >>> float(x.quantile(0.25).compute(scheduler="sync"))
        1.75
        """
        return self._summary("quantile", _quantiles(q, interpolation, method))

    def argmax(
        self, axis: Any = None, skipna: bool = True, *, split_every: Split = None, out: None = None
    ) -> Any:
        """The position of the first largest value, counted over all partitions.

        Computing it raises ValueError where there is no value, and with ``skipna=False`` where one is missing.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 3, 3], index=["a", "b", "c"]), npartitions=2)
        >>> x.argmax().compute(scheduler="sync")
        1
        """
        return self._position("max", axis, skipna, split_every, out)

    def argmin(
        self, axis: Any = None, skipna: bool = True, *, split_every: Split = None, out: None = None
    ) -> Any:
        """The position of the first smallest value, counted over all partitions; see :meth:`argmax`."""
        return self._position("min", axis, skipna, split_every, out)

    def _position(self, which: str, axis: Any, skipna: bool, split_every: Split, out: None) -> Any:
        refuse_numpys(f"arg{which}", out=out)
        getattr(frames.reductions.plausible(self._meta), f"arg{which}")(axis)  # raises what pandas raises
        numbered = self.reset_index(drop=True)  # type: ignore[attr-defined]
        return numbered._summary(
            f"arg{which}", frames.extremes.Outermost(f"idx{which}", skipna, True), split_every
        )


def _quantiles(q: Any, interpolation: str, method: str) -> frames.quantiles.QuantileReduction:
    """The reduction for ``q``, a share or several."""
    shares: Any = tuple(map(float, q)) if np.ndim(q) else float(q)
    if any(not 0 <= share <= 1 for share in (shares if isinstance(shares, tuple) else (shares,))):
        raise ValueError(f"quantiles are of shares from 0 to 1, not {q!r}")
    kind = frames.quantiles.ApproximateQuantiles if _check_method(method) else frames.quantiles.Quantiles
    return kind(shares, interpolation)


def _check_method(method: str) -> bool:
    """Whether the method of that name is approximate."""
    if method not in _METHODS:
        raise UsageError(f"method is one of {', '.join(map(repr, _METHODS))}, not {method!r}")
    return method not in ("default", "exact")


def _described_columns(meta: pd.DataFrame, include: Any, exclude: Any) -> list[Any]:
    """The columns that ``describe`` of pandas is about."""
    if not len(meta.columns):
        raise ValueError("cannot describe a frame without columns")
    if include is None and exclude is None:
        chosen = list(meta.select_dtypes(include=["number", "datetime"]).columns)
        return chosen or list(meta.columns)
    if isinstance(include, str) and include == "all":
        if exclude is not None:
            raise ValueError("exclude must be None when include is 'all'")
        return list(meta.columns)
    chosen = list(meta.select_dtypes(include=include, exclude=exclude).columns)
    if not chosen:
        raise ValueError("no columns match the types to include and exclude")
    return chosen
