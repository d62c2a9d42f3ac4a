"""Accessors of your own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from pannier.collections.dataframe.accessor import AccessorOf
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.series import Series

_Class = TypeVar("_Class", bound=type)


def register_dataframe_accessor(name: str) -> Callable[[_Class], _Class]:
    """A decorator of classes, which are then made of any lazy DataFrame ``df`` as ``df.name``.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> @pdf.register_dataframe_accessor("geo")
    ... class Geo:
    ...     def __init__(self, df):
    ...         self.df = df
    ...
    ...     def is_north(self):
    ...         return self.df.lat > 0
    >>> places = pn.from_pandas(pd.DataFrame({"lat": [52.5, -33.9]}), npartitions=2)
    >>> places.geo.is_north().compute(scheduler="sync").tolist()
    [True, False]
    """
    return _registered(DataFrame, name)


def register_series_accessor(name: str) -> Callable[[_Class], _Class]:
    """The same for any lazy Series."""
    return _registered(Series, name)


def register_index_accessor(name: str) -> Callable[[_Class], _Class]:
    """The same for any lazy Index."""
    return _registered(Index, name)


def _registered(owner: type, name: str) -> Callable[[_Class], _Class]:
    def decorated(accessor: _Class) -> _Class:
        if hasattr(owner, name):
            warnings.warn(
                f"the accessor {name!r} takes the place of {owner.__name__}.{name}", UserWarning, stacklevel=2
            )
        made: Any = AccessorOf(accessor)
        setattr(owner, name, made)
        return accessor

    return decorated
