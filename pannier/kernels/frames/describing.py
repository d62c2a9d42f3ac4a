"""``describe``: several reductions of each column in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.counting import Counting, ordered_counts
from pannier.kernels.frames.moments import Mean, Spread
from pannier.kernels.frames.quantiles import ApproximateQuantiles, Quantiles
from pannier.kernels.frames.reductions import Count, FrameReduction, Total, columns_of, plausible


class Described(NamedTuple):
    """What is known of each column: a partial for each of its statistics."""

    like: Any
    columns: list[list[Any]]
    rows: int


@frozen
class Describe(FrameReduction):
    """The statistics that pandas gives for columns of each type, in its order.

    >>> describe = Describe((0.5,))
    >>> describe.finish(describe.combine([describe.chunk(pd.Series(["a", "b", "b"]))])).to_dict()
    {'count': 3, 'unique': 2, 'top': 'b', 'freq': 2}
    """

    percentiles: tuple[float, ...]
    is_approximate: bool = False

    def chunk(self, records: Any) -> Described:
        columns = columns_of(records)
        found = [[each.chunk(column) for each in self._statistics(column.dtype)] for column in columns]
        return Described(emptied(records), found, len(records))

    def combine(self, partials: list[Described]) -> Described:
        # A column may have another type where there are no rows, as after explode and a shuffle.
        partials = [partial for partial in partials if partial.rows] or partials[:1]
        like = partials[0].like
        for partial in partials[1:]:
            _check_alike(like, partial.like)
        found = [
            [
                statistic.combine([partial.columns[i][k] for partial in partials])
                for k, statistic in enumerate(self._statistics(column.dtype))
            ]
            for i, column in enumerate(columns_of(like))
        ]
        return Described(like, found, sum([partial.rows for partial in partials]))

    def finish(self, partial: Described) -> Any:
        like, found, _ = partial
        described = [
            self._column(column, known) for column, known in zip(columns_of(like), found, strict=True)
        ]
        if not isinstance(like, pd.DataFrame):
            return described[0]
        rows: dict[Any, None] = {}
        for each in sorted(described, key=len):
            rows.update(dict.fromkeys(each.index))
        answer = pd.concat(described, axis=1, ignore_index=True, sort=False).reindex(list(rows))
        answer.columns = like.columns
        return answer

    def _statistics(self, dtype: Any) -> Sequence[FrameReduction]:
        """What is to be known of a column of some type."""
        if not _is_measured(dtype):
            return (_COUNTING,)
        quantiles = (ApproximateQuantiles if self.is_approximate else Quantiles)(self.percentiles)
        deviation = () if dtype.kind == "M" else (Spread("std"),)
        between = (quantiles,) if self.percentiles else ()
        return (Count(), Mean(), *deviation, Total("min"), *between, Total("max"))

    def _column(self, like: pd.Series[Any], known: list[Any]) -> pd.Series[Any]:
        if not _is_measured(like.dtype):
            return _counts_described(known[0].columns[0], like)
        values: list[Any] = []
        for statistic, partial in zip(self._statistics(like.dtype), known, strict=True):
            answer = statistic.finish(partial)
            values.extend(answer.tolist() if isinstance(answer, pd.Series) else [answer])
        skeleton = plausible(like).describe(percentiles=list(self.percentiles))
        dtype: Any = skeleton.dtype if is_numeric_dtype(like.dtype) else None
        described: pd.Series[Any] = pd.Series(values, index=skeleton.index, name=like.name, dtype=dtype)
        return described

    @property
    def label(self) -> str:
        return "describe"


_COUNTING: Final = Counting()


def _is_measured(dtype: Any) -> bool:
    """Whether columns of a type are described by statistics, as numbers and times are, and not by counts."""
    is_time = getattr(dtype, "kind", "O") in "mM"
    return is_time or (is_numeric_dtype(dtype) and not is_bool_dtype(dtype))


def _check_alike(one: Any, other: Any) -> None:
    """Raise UsageError for a column that is measured in one of two blocks and counted in the other."""
    for a, b in zip(columns_of(one), columns_of(other), strict=True):
        if _is_measured(a.dtype) != _is_measured(b.dtype):
            raise UsageError(
                f"describe() finds column {a.name!r} of type {a.dtype} in some partitions and of type {b.dtype} in "
                "others; give it one type first, with astype()"
            )


def _counts_described(counts: pd.Series[Any], like: pd.Series[Any]) -> pd.Series[Any]:
    """What is said of a column whose values are counted."""
    counts = ordered_counts(counts, sort=True, ascending=False, dropna=True, normalize=False)
    different = int((counts != 0).sum())
    top, often = (counts.index[0], counts.iloc[0]) if different else (np.nan, np.nan)
    values = [int(counts.sum()), different, top, often]
    dtype = None if different else "object"
    return pd.Series(values, index=["count", "unique", "top", "freq"], name=like.name, dtype=dtype)
