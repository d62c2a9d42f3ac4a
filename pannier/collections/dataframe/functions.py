"""Functions of a whole series, index or frame that treat each row alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype, is_object_dtype, is_string_dtype

from pannier.collections.dataframe.base import UNSET, FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.kernels.frames.conversions import FirstText, datetimes
from pannier.kernels.frames.elementwise import RowCall


def to_datetime(arg: Any, errors: str = "raise", *, meta: Any = UNSET, **options: Any) -> Any:
    """The instants that texts, or numbers with ``unit=``, stand for; of a frame, those of columns year, month, day.

    ``options`` are those of ``pandas.to_datetime``.  Without ``format=`` the first text of the first partition says
    how all are written, as the first of all does in pandas; where it has none, each partition finds out for itself.
    Before it is computed nothing is known of offsets from UTC in texts: say ``utc=True``, or a format with ``%z``, to go
    on with methods of times with a zone.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> days = pn.from_pandas(pd.Series(["13/02/2015", "01/03/2015"]), npartitions=2)
    >>> pdf.to_datetime(days, format="%d/%m/%Y").dt.month.compute(scheduler="sync").tolist()
    [2, 3]
    """
    if not _is_lazy(arg):
        return pd.to_datetime(arg, errors=errors, **options)  # type: ignore[call-overload]
    options = {"errors": errors, **options}
    if meta is UNSET:
        meta = _converted(pd.to_datetime, arg._meta, options)
    written = options.get("format")
    is_open = written is None or (_has_zone(written) and not options.get("utc"))
    if not (arg.ndim == 1 and _is_text(arg._meta) and is_open):
        return _step(pd.to_datetime, arg, (), options, meta)
    first = arg.partitions[0]._blockwise("first", FirstText(), meta="")
    return _step(datetimes, arg, (first,), options, meta)


def to_numeric(arg: Any, errors: str = "raise", downcast: str | None = None, *, meta: Any = UNSET) -> Any:
    """The numbers that texts stand for.

    Whether these are whole numbers depends on the texts: a partition of whole numbers has these, and one that also has
    others, or missing values, floats.  ``meta`` says what to expect; by default, of texts, floats.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> sizes = pn.from_pandas(pd.Series(["1", "2.5"]), npartitions=2)
    >>> pdf.to_numeric(sizes).compute(scheduler="sync").tolist()
    [1.0, 2.5]
    """
    options = {"errors": errors, "downcast": downcast}
    if not _is_lazy(arg):
        return pd.to_numeric(arg, **options)  # type: ignore[call-overload]
    if meta is UNSET:
        meta = arg._meta.astype("float64") if _is_text(arg._meta) else pd.to_numeric(arg._meta, **options)  # type: ignore[call-overload]
    return _step(pd.to_numeric, arg, (), options, meta)


def to_timedelta(arg: Any, unit: str | None = None, errors: str = "raise") -> Any:
    """The spans of time that texts, or numbers of ``unit``, stand for.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> spans = pn.from_pandas(pd.Series(["1 day", "12 hours"]), npartitions=2)
    >>> pdf.to_timedelta(spans).dt.total_seconds().compute(scheduler="sync").tolist()
    [86400.0, 43200.0]
    """
    options = {"unit": unit, "errors": errors}
    if not _is_lazy(arg):
        return pd.to_timedelta(arg, **options)  # type: ignore[call-overload]
    return _step(pd.to_timedelta, arg, (), options, _converted(pd.to_timedelta, arg._meta, options))


def isna(arg: Any) -> Any:
    """Whether each value is missing.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> pdf.isna(pn.from_pandas(pd.Series([1.0, None]), npartitions=2)).compute(
    ...     scheduler="sync"
    ... ).tolist()
    [False, True]
    """
    return arg.isna() if _is_lazy(arg) else pd.isna(arg)


def notna(arg: Any) -> Any:
    """Whether each value is there, not missing.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> pdf.notna(pn.from_pandas(pd.Series([1.0, None]), npartitions=2)).compute(
    ...     scheduler="sync"
    ... ).tolist()
    [True, False]
    """
    return arg.notna() if _is_lazy(arg) else pd.notna(arg)


isnull = isna
notnull = notna


def _step(
    func: Callable[..., Any], arg: Any, more: tuple[Any, ...], options: dict[str, Any], meta: Any
) -> Any:
    operands = FrameOperands(arg)
    args, kwargs = operands.arguments((arg, *more), options)
    return arg._blockwise(func.__name__, RowCall(func, args, kwargs), operands, meta=meta)


def _is_lazy(value: Any) -> bool:
    return isinstance(value, FrameLike)


def _has_zone(written: str) -> bool:
    """Whether texts that are written so may have offsets from UTC."""
    return written in ("mixed", "ISO8601") or "%z" in written or "%Z" in written


def _is_text(meta: Any) -> bool:
    return is_string_dtype(meta.dtype) or is_object_dtype(meta.dtype)


def _converted(func: Callable[..., Any], meta: Any, options: dict[str, Any]) -> Any:
    """What ``func`` makes of ``meta``, of the type that it makes of values: of none, pandas makes another one."""
    func(meta, **options)  # raises what pandas has to say of the options
    if meta.ndim == 2 or isinstance(meta, pd.Index):
        return func(meta, **options)
    if is_numeric_dtype(meta.dtype):
        return func(pd.Series([1], name=meta.name, dtype=meta.dtype), **options)[:0].set_axis(meta.index)
    if _is_text(meta):
        sample = "2015-01-01" if func is pd.to_datetime else "1 day"
        format_ = options.get("format")
        if format_ not in (None, "mixed", "ISO8601"):
            sample = pd.Timestamp(sample, tz="UTC").strftime(format_)
        return func(pd.Series([sample], name=meta.name), **options)[:0].set_axis(meta.index)
    return func(meta, **options)
