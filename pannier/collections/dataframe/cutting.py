"""Functions that say of each value of a series in which interval it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_extension_array_dtype,
    is_integer,
    is_list_like,
    is_numeric_dtype,
    is_object_dtype,
)

from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.elementwise import RowCall
from pannier.kernels.kernel import Slot


def cut(
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    precision: int = 3,
    include_lowest: bool = False,
    duplicates: str = "raise",
    ordered: bool = True,
) -> Any:
    """The interval that each value is in, as a series of categories; of ``labels``, those of the intervals.

    ``bins`` are edges, a list of them or a lazy series such as ``x.quantile([0, 0.9, 1])``; an IntervalIndex; or how
    many intervals of equal width there are between the least and the greatest value, which are found first.  Where
    values say what the intervals are, and there are no labels, categories are not known before it is computed.  With
    ``labels=False`` intervals are numbers: floats, if a value is in none.

    Raises :class:`~pannier.errors.UsageError` for ``retbins=True``, and for edges that are no answer of a reduction.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> x = pn.from_pandas(pd.Series([1, 5, 9]), npartitions=2)
    >>> pdf.cut(x, [0, 5, 10], labels=["low", "high"]).compute(scheduler="sync").tolist()
    ['low', 'low', 'high']
    """
    options = {
        "right": right,
        "labels": labels,
        "precision": precision,
        "include_lowest": include_lowest,
        "duplicates": duplicates,
        "ordered": ordered,
    }
    if not isinstance(x, FrameLike):
        return pd.cut(x, bins, retbins=retbins, **options)  # type: ignore[call-overload]
    _check("cut", x, retbins, "a number of them: min() and max()")
    if isinstance(bins, FrameLike):
        if not bins._is_summary:
            raise UsageError(
                "cut() takes edges in memory, or a lazy series that a reduction made, as quantile() does"
            )
        return _cut(frames.cutting.cut, x, (bins,), options, len(labels) if is_list_like(labels) else 1)
    if np.iterable(bins):
        return _cut(pd.cut, x, (bins,), options, None)
    return _cut(frames.cutting.cut_evenly, x, (x.min(), x.max(), bins), options, bins)  # type: ignore[attr-defined]


def qcut(
    x: Any, q: Any, labels: Any = None, retbins: bool = False, precision: int = 3, duplicates: str = "raise"
) -> Any:
    """The interval between quantiles that each value is in, as a series of categories; of ``labels``, those of these.

    ``q`` is a number of intervals with equally many values, or a list of shares.  Quantiles are exact and found first, as
    by :meth:`Series.quantile`; for less, :func:`cut` takes approximate ones.  See :func:`cut` for the rest.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> x = pn.from_pandas(pd.Series([1, 2, 3, 99]), npartitions=2)
    >>> pdf.qcut(x, 2, labels=["low", "high"]).compute(scheduler="sync").tolist()
    ['low', 'low', 'high', 'high']
    """
    if not isinstance(x, FrameLike):
        return pd.qcut(x, q, labels, retbins, precision, duplicates)  # type: ignore[call-overload]
    _check("qcut", x, retbins, "quantile(q)")
    pd.qcut(pd.Series([0.0, 1.0]), q, labels=False, duplicates="drop")  # pandas says what is wrong with q
    shares = _equal_shares(int(q)) if is_integer(q) else np.asarray(q)
    numbers: Any = x
    dtype = x._meta.dtype
    if is_bool_dtype(dtype):
        numbers = numbers.astype("int64")
    elif is_extension_array_dtype(dtype) and is_numeric_dtype(dtype):
        numbers = numbers.astype("float64")
    options = {"labels": labels, "precision": precision, "include_lowest": True, "duplicates": duplicates}
    return _cut(frames.cutting.cut, x, (numbers.quantile(list(shares)),), options, len(shares) - 1)


def _check(name: str, x: FrameLike, retbins: bool, instead: str) -> None:
    if not isinstance(x._meta, pd.Series):
        raise UsageError(
            f"{name}() is of a series, not of a {type(x).__name__}; give one column, or index.to_series()"
        )
    if retbins:
        raise UsageError(
            f"{name}() has no retbins=: edges of intervals that you give are known, those of {instead} find"
        )


def _equal_shares(n: int) -> Any:
    """The shares between ``n`` equal parts, rounded up as in pandas."""
    shares = np.linspace(0, 1, n + 1)
    return np.where(n * shares != np.arange(n + 1), np.nextafter(shares, 1), shares)


def _cut(func: Callable[..., Any], x: Any, bins: tuple[Any, ...], options: dict[str, Any], n: Any) -> Any:
    """``func(x, *bins, **options)`` of each partition; ``n`` is the number of intervals, where values decide on these."""
    operands = FrameOperands(x)
    kernel = RowCall(func, operands.arguments((x, *bins), {})[0], options)
    if n is None:
        made = x._blockwise("cut", kernel, operands)
    else:
        made = x._blockwise("cut", kernel, operands, meta=_unknown(x, n, options))
    if options["labels"] is not False or isinstance(made._meta.dtype, pd.CategoricalDtype):
        return made
    beside = FrameOperands(made)
    gaps = beside.argument(made.isna().any())
    floats = RowCall(frames.cutting.with_gaps, (Slot(0), gaps), {})
    return made._blockwise("cut", floats, beside, meta=made._meta.astype("float64"))


def _unknown(x: Any, n: Any, options: dict[str, Any]) -> Any:
    """The meta of ``n`` intervals of which values decide where they are."""
    if is_object_dtype(x._meta.dtype):
        raise UsageError(
            f"values of {x._meta.name!r} are objects, between which no edges are found; give them a type with astype()"
        )
    one = frames.groupexamples.example(x._meta)
    made = frames.cutting.cut_evenly(one, one.iloc[0], one.iloc[0], n, **{"right": True, **options})
    if options["labels"] is None:
        made = made.cat.set_categories(made.cat.categories[:0])
    return frames.blocks.emptied(made)
