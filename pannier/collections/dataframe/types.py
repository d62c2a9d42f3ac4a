"""``astype``: values of other types, which say the same of all rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall

if TYPE_CHECKING:
    from pannier.collections.dataframe.frame import DataFrame
    from pannier.collections.dataframe.index import Index
    from pannier.collections.dataframe.series import Series


class SeriesTypes(Operators):
    """``astype`` of a series."""

    __slots__ = ()

    def astype(self, dtype: Any, *, errors: str = "raise") -> Series:
        """The values as another type.

        Times become texts as pandas writes a column of them, as finely as one of all rows needs, and categories that are
        whole numbers as fractions, if one of all is missing; so all rows are read before the first text is made.
        Where a step before may have made gaps among whole numbers, texts and objects of these are of the type that they have
        in all rows: the columns are made twice, first to see it.  ``astype("float64")`` or ``astype("Int64")`` behind that
        step says it, and saves that.
        Raises :class:`~pannier.errors.UsageError` for ``errors="ignore"``.

        >>> import pandas as pd, pannier as pn
        >>> times = pd.to_datetime(["2015-01-01T00:00", "2015-01-02T10:30"])
        >>> pn.from_pandas(pd.Series(times), npartitions=2).astype("str").compute(
        ...     scheduler="sync"
        ... ).tolist()
        ['2015-01-01 00:00:00', '2015-01-02 10:30:00']
        """
        _refuse_ignored(self, dtype, errors)
        return _as_type(self, dtype)  # type: ignore[no-any-return]


class IndexTypes(Operators):
    """``astype`` of an index."""

    __slots__ = ()

    def astype(self, dtype: Any) -> Index:
        """The labels as another type; times become texts as those of a series do."""
        return _as_type(self, dtype)  # type: ignore[no-any-return]


class FrameTypes(Operators):
    """``astype`` of a frame."""

    __slots__ = ()

    def astype(self, dtype: Any, *, errors: str = "raise") -> DataFrame:
        """This frame with columns of other types: one for all, or a dict of those to change.

        Times become texts as pandas writes a column of them, as finely as one of all rows needs, and categories that are
        whole numbers as fractions, if one of all is missing; so all rows are read before the first text is made.
        Where a step before may have made gaps among whole numbers, texts and objects of these are of the type that they have
        in all rows: the columns are made twice, first to see it.  ``astype("float64")`` or ``astype("Int64")`` behind that
        step says it, and saves that.
        Raises :class:`~pannier.errors.UsageError` for ``errors="ignore"``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1], "y": [2]}), npartitions=1)
        >>> df.astype({"x": "float64"}).dtypes.to_dict()
        {'x': dtype('float64'), 'y': dtype('int64')}
        """
        _refuse_ignored(self, dtype, errors)
        by_column = isinstance(dtype, (Mapping, pd.Series))
        kernel = frames.elementwise.AsType(tuple(dtype.items()) if by_column else dtype, by_column)
        meta = self._meta_of(kernel, FrameOperands(self))
        wanted = dict(dtype) if by_column else dict.fromkeys(self._meta.columns, dtype)
        texts = {
            column: each
            for column, each in wanted.items()
            if _is_written_together(self._meta[column]) and frames.timetexts.is_text(each)
        }
        if not texts:
            shown = [column for column, each in wanted.items() if not is_numeric_dtype(each)]
            frame = dataframe.settling.settled(self, shown)
            return frame._blockwise("astype", kernel, meta=meta)  # type: ignore[no-any-return]
        if not self._meta.columns.is_unique:
            raise UsageError(
                "astype() of times, or categories, to texts cannot tell columns of one name apart; rename() them first"
            )
        others = {column: each for column, each in wanted.items() if column not in texts}
        made: Any = self.astype(others) if others else self
        for column, each in texts.items():
            made = made._assigned(column, made[column].astype(each))
        return made  # type: ignore[no-any-return]


def _as_type(values: FrameLike, dtype: Any) -> Any:
    """A series or an index as ``dtype``."""
    if isinstance(dtype, Mapping):  # of the name of a series
        values._meta.astype(dtype)
        (dtype,) = dtype.values()
    values = values if is_numeric_dtype(dtype) else dataframe.settling.settled(values)
    if not (_are_written_together(values._meta.dtype) and frames.timetexts.is_text(dtype)):
        return values._blockwise("astype", MethodCall("astype", (dtype,)))
    operands, timetexts = FrameOperands(values), frames.timetexts
    finest = timetexts.FinestTime() if timetexts.are_times(values._meta.dtype) else timetexts.SomeGap()
    operands.argument(values._reduce("finest", finest))
    return values._blockwise("astype", frames.timetexts.TextOfTimes(dtype), operands)


def _are_written_together(dtype: Any) -> bool:
    """Whether the text of a value depends on the others."""
    return frames.timetexts.are_times(dtype) or frames.timetexts.are_whole_categories(dtype)


def _is_written_together(columns: Any) -> bool:
    """Whether a column, or one of several of the same name, is of such values."""
    dtypes = columns.dtypes if columns.ndim == 2 else [columns.dtype]
    return any(map(_are_written_together, dtypes))


def _refuse_ignored(frame: FrameLike, dtype: Any, errors: str) -> None:
    """Raise UsageError for ``errors="ignore"``, and what pandas raises for other words that it does not know."""
    if errors == "raise":
        return
    frame._meta.astype(dtype, errors=errors)
    raise UsageError(
        "astype(errors='ignore'): whether all values can be of a type is known only when all rows have been read, and "
        "each partition would find out for itself; leave out the columns that cannot, as in astype({'x': 'int64'}), or "
        "use to_numeric(df.x, errors='coerce')"
    )
