"""Covariances and correlations of columns, of series, and of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.summaries import Split, Summaries
from pannier.errors import UsageError
from pannier.kernels import frames


class FrameCorrelations(Summaries):
    """Those of the columns of a frame."""

    __slots__ = ()

    def corr(
        self,
        method: str = "pearson",
        min_periods: int | None = None,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The correlation of each pair of columns, over the rows in which neither is missing.

        Pairs of fewer rows than ``min_periods`` have none.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 4], "y": [3, 2, 0]}), npartitions=2)
        >>> float(df.corr().compute(scheduler="sync").loc["x", "y"])
        -1.0
        """
        _check_correlation(method)
        chosen = self._numeric() if numeric_only else self
        return chosen._summary("corr", frames.comoments.Pairwise("corr", min_periods), split_every)

    def cov(
        self,
        min_periods: int | None = None,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Split = None,
    ) -> Any:
        """The covariance of each pair of columns, over the rows in which neither is missing; see :meth:`corr`."""
        chosen = self._numeric() if numeric_only else self
        return chosen._summary("cov", frames.comoments.Pairwise("cov", min_periods, ddof), split_every)

    def corrwith(
        self,
        other: Any,
        axis: int | str = 0,
        drop: bool = False,
        method: str = "pearson",
        numeric_only: bool = False,
        min_periods: int | None = None,
        *,
        split_every: Split = None,
    ) -> Any:
        """The correlation of each column with ``other``, a series; or of a frame, with its column of the same name.

        Over the rows in which neither is missing; for a series of fewer than ``min_periods``, there is none.  Columns
        that one of two frames has not are there without a value, or not, with ``drop``.

        Raises :class:`~pannier.errors.UsageError` for other methods, and for ``axis=1``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(
        ...     pd.DataFrame({"x": [1, 2, 4], "y": [3, 2, 0], "z": [1, 0, 1]}), npartitions=2
        ... )
        >>> df[["x", "y"]].corrwith(df.x).compute(scheduler="sync").to_dict()
        {'x': 1.0, 'y': -1.0}
        """
        _check_correlation(method)
        if self._meta._get_axis_number(axis) == 1:
            raise UsageError(
                "corrwith() is of columns; for axis=1 use map_partitions(lambda a, b: a.corrwith(b, axis=1), other)"
            )
        if not isinstance(other, FrameLike) or isinstance(other._meta, pd.Index):
            raise UsageError(f"corrwith() takes a lazy series or frame, not a {type(other).__name__}")
        first, second = self._beside(other, joins=False)
        if numeric_only:
            first, second = first._numeric(), second._numeric() if second.ndim == 2 else second
        with np.errstate(all="ignore"):
            example = frames.reductions.plausible(first._meta).corrwith(
                frames.reductions.plausible(second._meta), 0, drop, method, numeric_only, min_periods
            )
        if second.ndim == 2:
            min_periods = None
            shared = _shared_columns(first._meta.columns, second._meta.columns)
            first, second = first[shared], second[shared]
        reduction = frames.comoments.WithOthers(example, second.ndim == 2, min_periods)
        return _paired(first, second)._summary(
            "corrwith", reduction, split_every, meta=frames.blocks.emptied(example)
        )


class SeriesCorrelations(Summaries):
    """Those of a series."""

    __slots__ = ()

    def corr(
        self,
        other: Any,
        method: str = "pearson",
        min_periods: int | None = None,
        *,
        split_every: Split = None,
    ) -> Any:
        """The correlation of this and ``other``, a series of the same rows, over those in which neither is missing."""
        _check_correlation(method)
        return _paired(*self._beside(other, joins=False))._summary(
            "corr", frames.comoments.Pairwise("corr", min_periods, is_one=True), split_every
        )

    def cov(
        self, other: Any, min_periods: int | None = None, ddof: int = 1, *, split_every: Split = None
    ) -> Any:
        """The covariance of this and ``other``, a series of the same rows, over those in which neither is missing."""
        return _paired(*self._beside(other, joins=False))._summary(
            "cov", frames.comoments.Pairwise("cov", min_periods, ddof, is_one=True), split_every
        )

    def autocorr(self, lag: int = 1, *, split_every: Split = None) -> Any:
        """The correlation of each value with that ``lag`` rows before."""
        this: Any = self
        return self.corr(this.shift(lag), split_every=split_every)


def _paired(first: Any, second: Any) -> Any:
    """The columns of both in one frame."""
    operands = FrameOperands(first)
    operands.argument(second)
    return first._blockwise("pair", frames.comoments.Pair(), operands)


def _check_correlation(method: str) -> None:
    if method != "pearson":
        raise UsageError(
            f"method={method!r} needs the ranks of all rows; only 'pearson' is had lazily, others with "
            ".compute().corr(...), or of a sample(frac=...)"
        )


def _shared_columns(first: pd.Index[Any], second: pd.Index[Any]) -> list[Any]:
    """The names that both have."""
    for columns in (first, second):
        if not columns.is_unique:
            raise UsageError(
                f"corrwith() of frames goes by names of columns, and {list(columns)!r:.80} has one twice"
            )
    return [*first.join(second, how="inner")]
