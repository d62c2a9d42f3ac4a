"""Texts as instants, written alike in all partitions."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from pannier.errors import InputError
from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel

_NUMBERS: Final = ("integer", "floating", "mixed-integer", "decimal")
"""What ``infer_dtype`` says where there are numbers."""


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


def without_numbers(values: pd.Series) -> pd.Series:
    """``values``; raises InputError where there are numbers among them, which are no dates before their unit is known.

    >>> without_numbers(pd.Series(["2015-01-01", None])).tolist()[0]
    '2015-01-01'
    """
    present = values.dropna()
    if pd.api.types.infer_dtype(present).startswith(_NUMBERS):
        raise InputError(
            f"column {values.name!r} of convert_dates= has numbers, such as {present.iloc[0]}: say what they count since"
            " 1970 by date_unit=, which is 'ms' for what to_json writes"
        )
    return values


def datetimes(values: Any, first: str | None, **options: Any) -> Any:
    """``values`` as instants, all written like ``first``, and with the same offset from UTC.

    Raises ValueError for others, as pandas does where they are not in several partitions.

    >>> datetimes(pd.Series(["01/02/2015"]), "13/01/2015", dayfirst=True).dt.month.tolist()
    [2]
    """
    if first is None:
        return pd.to_datetime(values, **options)
    if options.get("format") is None:
        from pandas.tseries.api import guess_datetime_format

        options["format"] = guess_datetime_format(first, dayfirst=bool(options.get("dayfirst")))
    made = pd.to_datetime(values, **options)
    like = pd.to_datetime(pd.Series([first]), **{**options, "errors": "coerce"})
    zones = [getattr(each.dtype, "tz", None) for each in (made, like)]
    if str(zones[0]) == str(zones[1]) or made.dtype.kind != "M" or like.isna().all():
        return made
    if made.isna().all():
        return made.dt.tz_localize(zones[1]) if isinstance(made, pd.Series) else made.tz_localize(zones[1])
    other = made[made.notna()]
    raise ValueError(
        f"times have several offsets from UTC: the first text is {first!r}, and others are of {zones[0] or 'none'}, among"
        f" them {other.iloc[0] if isinstance(other, pd.Series) else other[0]}; utc=True makes them one type"
    )
