"""Times as texts, written as finely in all partitions as one of all times needs.

pandas writes a column of times in one way: without hours where all are midnights, and with as many digits of seconds
as the finest of them has.  So one time, the finest of all, says how the others are written.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from pandas.api import types

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.frames.reductions import FrameReduction

_STEPS: Final = ("us", "ms", "s", "D")
"""Times that are no multiples of one of these are written otherwise than those that are; the finest come first."""


def are_times(dtype: Any) -> bool:
    """Whether values of ``dtype`` are instants or spans, each of which pandas writes as it writes the others.

    >>> are_times(np.dtype("datetime64[s]")), are_times(pd.PeriodDtype("D"))
    (True, False)
    """
    return isinstance(dtype, pd.DatetimeTZDtype) or (isinstance(dtype, np.dtype) and dtype.kind in "mM")


def is_text(dtype: Any) -> bool:
    """Whether ``dtype``, as ``astype`` takes it, is a type of texts.

    >>> is_text(str), is_text("string"), is_text(object)
    (True, True, False)
    """
    dtype = types.pandas_dtype(dtype)
    return types.is_string_dtype(dtype) and not types.is_object_dtype(dtype)


def are_whole_categories(dtype: Any) -> bool:
    """Whether categories of ``dtype`` are whole numbers, or between such; beside a missing one pandas writes fractions.

    >>> are_whole_categories(pd.CategoricalDtype([1])), are_whole_categories(np.dtype("int64"))
    (True, False)
    """
    if not isinstance(dtype, pd.CategoricalDtype) or dtype.categories is None:
        return False
    return getattr(dtype.categories.dtype, "subtype", dtype.categories.dtype).kind in "iu"


@frozen
class SomeGap(FrameReduction):
    """A series of one missing value, where one of all is missing; else of none.

    >>> gap = SomeGap()
    >>> gap.finish(gap.combine([gap.chunk(pd.Series(pd.Categorical([1, None])))])).tolist()
    [nan]
    """

    def chunk(self, records: Any) -> Any:
        return pd.Series(records.array[records.isna()][:1])

    def combine(self, partials: list[Any]) -> Any:
        return pd.concat(partials, ignore_index=True)[:1]


@frozen
class FinestTime(FrameReduction):
    """A series of one of the times that need most digits; of nothing, where there is no time.

    >>> finest = FinestTime()
    >>> times = pd.Series(pd.to_datetime(["2015-01-01", "2015-01-01T10:00"], format="ISO8601"))
    >>> finest.finish(finest.combine([finest.chunk(times)])).tolist()
    [Timestamp('2015-01-01 10:00:00')]
    """

    def chunk(self, records: Any) -> Any:
        times = records.array[~records.isna()]
        numbers = times.view("i8")
        for step in _STEPS:
            off = numbers % max(1, np.timedelta64(1, step) // np.timedelta64(1, times.unit)) != 0
            if off.any():
                first = off.argmax()
                return pd.Series(times[first : first + 1])
        return pd.Series(times[:1])

    def combine(self, partials: list[Any]) -> Any:
        return self.chunk(pd.concat(partials, ignore_index=True))


@frozen
class TextOfTimes(FrameKernel):
    """The values of a series, or an index, as texts, written as beside those of the second block: the finest of times."""

    dtype: Any
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        block, finest = blocks
        if isinstance(block.dtype, pd.CategoricalDtype):
            finest = finest.astype(block.dtype)  # each partition may have its own categories
        together = pd.concat([finest, pd.Series(block.array)], ignore_index=True)
        texts = together.astype(self.dtype).iloc[len(finest) :]
        if isinstance(block, pd.Index):
            return pd.Index(texts, name=block.name)
        return texts.set_axis(block.index).rename(block.name)

    @property
    def label(self) -> str:
        return f"astype({self.dtype!r:.60})"
