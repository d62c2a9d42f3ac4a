"""Texts as instants, written alike in all partitions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel


@frozen
class FirstText(FrameKernel):
    """The first value that is not missing, if it is text; None if there is none.

    >>> FirstText()(pd.Series([None, "a", "b"]))
    'a'
    """

    def __call__(self, *blocks: Any) -> Any:
        found = blocks[0][blocks[0].notna()]
        first = (
            found.iloc[0] if isinstance(found, pd.Series) and len(found) else found[0] if len(found) else None
        )
        return first if isinstance(first, str) else None


def datetimes(values: Any, first: str | None, **options: Any) -> Any:
    """``values`` as instants, all written like ``first``.

    >>> datetimes(pd.Series(["01/02/2015"]), "13/01/2015", dayfirst=True).dt.month.tolist()
    [2]
    """
    if first is not None:
        from pandas.tseries.api import guess_datetime_format

        options["format"] = guess_datetime_format(first, dayfirst=bool(options.get("dayfirst")))
    return pd.to_datetime(values, **options)
