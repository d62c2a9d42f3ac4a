"""Verbs that bring the rows of a frame down to one: ``sum`` and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.products import Products
from pannier.collections.dataframe.summaries import Split, Summaries, refuse_numpys
from pannier.kernels import frames


class Extremes(Summaries):
    """The smallest and the largest."""

    __slots__ = ()

    def min(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
        out: None = None,
    ) -> Any:
        """The smallest value of each column, or of a series; with ``axis=1`` of each row, with None of all."""
        reduction = frames.reductions.Total("min", skipna)
        return self._reduced("min", reduction, axis, numeric_only, split_every, skipna=skipna, out=out)

    def max(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
        out: None = None,
    ) -> Any:
        """The largest value of each column, or of a series; with ``axis=1`` of each row, with None of all."""
        reduction = frames.reductions.Total("max", skipna)
        return self._reduced("max", reduction, axis, numeric_only, split_every, skipna=skipna, out=out)


class Reductions(Extremes, Products):
    """``sum`` and its relatives.

    Each partition is reduced where it is made, and partial results are combined in a tree, ``split_every`` (default:
    the setting ``fan_in``; False: all) at a time.  Of a frame the answer is a series of one value for each column, of
    a series it is a :class:`~pannier.collections.dataframe.scalar.Scalar`.  Types, order and what is missing are those
    that pandas gives for all rows at once; sums of floats may differ in the last digits, as they are added in
    another order.  Columns that an operation is not for raise TypeError here, not when computed; ``numeric_only``
    leaves them out.  ``dtype`` and ``out`` are what ``numpy.sum(df.x)`` gives; they are None.
    """

    __slots__ = ()

    def sum(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        min_count: int = 0,
        *,
        split_every: Split = None,
        dtype: None = None,
        out: None = None,
    ) -> Any:
        """The sum of each column, or of a series; with ``axis=1`` of each row, with None of all.

        What is missing counts as nothing, or with ``skipna=False`` makes the answer missing, as fewer values than
        ``min_count`` do.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3], "y": [0.5, None, 1]}), npartitions=2)
        >>> df.sum().compute(scheduler="sync")
        x    6.0
        y    1.5
        dtype: float64
        """
        reduction = frames.reductions.Total("sum", skipna, min_count)
        options = {"skipna": skipna, "min_count": min_count}
        return self._reduced(
            "sum", reduction, axis, numeric_only, split_every, **options, dtype=dtype, out=out
        )

    def prod(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        min_count: int = 0,
        *,
        split_every: Split = None,
        dtype: None = None,
        out: None = None,
    ) -> Any:
        """The product of each column, or of a series; see :meth:`sum`."""
        reduction = frames.reductions.Total("prod", skipna, min_count)
        options = {"skipna": skipna, "min_count": min_count}
        return self._reduced(
            "prod", reduction, axis, numeric_only, split_every, **options, dtype=dtype, out=out
        )

    product = prod

    def count(self, axis: Any = 0, numeric_only: bool = False, *, split_every: Split = None) -> Any:
        """How many values of each column, or of a series, are not missing; with ``axis=1`` of each row."""
        return self._reduced("count", frames.reductions.Count(), axis, numeric_only, split_every)

    def mean(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
        dtype: None = None,
        out: None = None,
    ) -> Any:
        """The mean of each column, or of a series; with ``axis=1`` of each row, with None of all."""
        return self._reduced(
            "mean",
            frames.moments.Mean(skipna),
            axis,
            numeric_only,
            split_every,
            skipna=skipna,
            dtype=dtype,
            out=out,
        )

    def var(
        self,
        axis: Any = 0,
        skipna: bool = True,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
        dtype: None = None,
        out: None = None,
    ) -> Any:
        """The variance of each column, or of a series, with ``ddof`` degrees of freedom taken off.

        Right to the last digits also where values are far from zero.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]), npartitions=2)
        >>> float(x.var().compute(scheduler="sync"))
        30.0
        """
        return self._spread("var", axis, skipna, ddof, numeric_only, split_every, dtype=dtype, out=out)

    def std(
        self,
        axis: Any = 0,
        skipna: bool = True,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
        dtype: None = None,
        out: None = None,
    ) -> Any:
        """The standard deviation of each column, or of a series: the square root of :meth:`var`."""
        return self._spread("std", axis, skipna, ddof, numeric_only, split_every, dtype=dtype, out=out)

    def sem(
        self,
        axis: Any = 0,
        skipna: bool = True,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The standard error of the mean of each column, or of a series."""
        return self._spread("sem", axis, skipna, ddof, numeric_only, split_every)

    def _spread(
        self,
        name: str,
        axis: Any,
        skipna: bool,
        ddof: int,
        numeric_only: bool,
        split_every: Split,
        **numpys: None,
    ) -> Any:
        refuse_numpys(name, **numpys)
        reduction = frames.moments.Spread(name, skipna, ddof)
        return self._reduced(name, reduction, axis, numeric_only, split_every, skipna=skipna, ddof=ddof)

    def skew(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The skewness of each column, or of a series, without bias, as pandas has it."""
        return self._reduced(
            "skew", frames.moments.Spread("skew", skipna), axis, numeric_only, split_every, skipna=skipna
        )

    def kurt(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The kurtosis of each column, or of a series, above that of the normal distribution and without bias."""
        return self._reduced(
            "kurt", frames.moments.Spread("kurt", skipna), axis, numeric_only, split_every, skipna=skipna
        )

    kurtosis = kurt

    def any(
        self,
        axis: Any = 0,
        *,
        bool_only: bool = False,
        skipna: bool = True,
        split_every: Split = None,
        out: None = None,
    ) -> Any:
        """Whether any value of each column, or of a series, is true; with ``axis=1`` of each row, with None of all."""
        return self._truth("any", axis, bool_only, skipna, split_every, out=out)

    def all(
        self,
        axis: Any = 0,
        *,
        bool_only: bool = False,
        skipna: bool = True,
        split_every: Split = None,
        out: None = None,
    ) -> Any:
        """Whether all values of each column, or of a series, are true; with ``axis=1`` of each row, with None of all."""
        return self._truth("all", axis, bool_only, skipna, split_every, out=out)

    def _truth(
        self, name: str, axis: Any, bool_only: bool, skipna: bool, split_every: Split, **numpys: None
    ) -> Any:
        refuse_numpys(name, **numpys)
        chosen: Any = self
        if bool_only and self.ndim == 2:
            chosen = chosen.select_dtypes(include=["bool"])
        reduction = frames.reductions.Total(name, skipna)
        if axis is None and self.ndim == 2:
            return chosen._summary(name, reduction, split_every)._summary(name, reduction)
        return chosen._reduced(name, reduction, axis, False, split_every, skipna=skipna)

    def idxmin(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The label of the first smallest value of each column, or of a series; with ``axis=1`` of each row.

        Computing it raises ValueError where there is no value.
        """
        reduction = frames.extremes.Outermost("idxmin", skipna, self._is_numbered)
        return dataframe.numbering.with_labels(self)._reduced(
            "idxmin", reduction, axis, numeric_only, split_every, skipna=skipna
        )

    def idxmax(
        self,
        axis: Any = 0,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The label of the first largest value of each column, or of a series; with ``axis=1`` of each row.

        Computing it raises ValueError where there is no value.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 3, 3], index=["a", "b", "c"]), npartitions=2)
        >>> x.idxmax().compute(scheduler="sync")
        'b'
        """
        reduction = frames.extremes.Outermost("idxmax", skipna, self._is_numbered)
        return dataframe.numbering.with_labels(self)._reduced(
            "idxmax", reduction, axis, numeric_only, split_every, skipna=skipna
        )

    def nlargest(
        self, n: int = 5, columns: Any = None, keep: str = "first", *, split_every: Split = None
    ) -> Any:
        """The ``n`` rows, or values, that are largest (by ``columns``), the largest first.

        Of equal ones the ``first``, or the ``last``, or ``all`` are kept.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 3, 2], "y": ["a", "b", "c"]}), npartitions=2)
        >>> df.nlargest(2, "x").compute(scheduler="sync")
           x  y
        1  3  b
        2  2  c
        """
        return self._outer_rows("nlargest", n, columns, keep, split_every)

    def nsmallest(
        self, n: int = 5, columns: Any = None, keep: str = "first", *, split_every: Split = None
    ) -> Any:
        """The ``n`` rows, or values, that are smallest (by ``columns``), the smallest first; see :meth:`nlargest`."""
        return self._outer_rows("nsmallest", n, columns, keep, split_every)

    def _outer_rows(self, name: str, n: int, columns: Any, keep: str, split_every: Split) -> Any:
        if self.ndim == 1 and columns is not None:  # a series has no columns: the next argument is meant
            columns, keep = None, columns
        if self.ndim == 2 and columns is None:
            raise TypeError(f"{name} of a frame needs columns: {name}(n, columns)")
        by = tuple(columns) if isinstance(columns, (list, tuple, pd.Index)) else columns
        return dataframe.numbering.with_labels(self)._summary(
            f"{name}({n})", frames.extremes.Largest(name, n, by, keep, self._is_numbered), split_every
        )

    def reduction(
        self,
        chunk: Callable[..., Any],
        aggregate: Callable[..., Any] | None = None,
        combine: Callable[..., Any] | None = None,
        meta: Any = UNSET,
        token: str | None = None,
        split_every: Split = None,
        chunk_kwargs: dict[str, Any] | None = None,
        aggregate_kwargs: dict[str, Any] | None = None,
        combine_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """What functions of your own make of all rows.

        ``chunk`` is called with each partition.  What it returns is put together: frames one under the other, series
        as rows of a frame, other values as a series.  ``combine`` is called with some of that at a time, in a tree,
        and ``aggregate`` with the rest.  Without ``combine`` it is ``aggregate`` that is called in the tree, and
        without ``aggregate`` it is ``chunk``.  ``kwargs`` go to all of them.

        Without ``meta`` the functions are tried at once on some of the first rows, which are read for it, and what they
        return says of which type the answer is; see :meth:`map_partitions`.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3]), npartitions=2)
        >>> sizes = x.reduction(lambda block: block.max(), aggregate=lambda found: found.max())
        >>> sizes.compute(scheduler="sync")
        np.int64(3)
        """
        if combine is None and combine_kwargs:
            raise TypeError("combine_kwargs are for combine, which is not given")
        chunk_options = {**(chunk_kwargs or {}), **kwargs}
        aggregate_options = {**(aggregate_kwargs or {}), **kwargs}
        if combine is not None:
            joiner, join_options = combine, {**(combine_kwargs or {}), **kwargs}
        elif aggregate is not None:
            joiner, join_options = aggregate, aggregate_options
        else:
            joiner, join_options = chunk, chunk_options
        reduction = frames.custom.UserReduction(
            chunk, joiner, aggregate if combine else None, chunk_options, join_options, aggregate_options
        )
        if meta is UNSET:
            meta = dataframe.sampled.tried(reduction.of_one, FrameOperands(self), reduction.label)[1]
        elif isinstance(meta, (pd.DataFrame, pd.Series, pd.Index, dict, list, tuple)):
            meta = dataframe.sampled.make_meta(meta, self._meta)
        return self._summary(token or "reduction", reduction, split_every, meta)
