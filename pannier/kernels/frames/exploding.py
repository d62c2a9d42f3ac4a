"""The elements of lists among objects: what they are read as depends on those of all blocks.

pandas makes a column of one type of them where all are texts, or all are times, and missing ones become what that type
has for them; among anything else they stay the objects they are.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from pannier.frozen import frozen
from pannier.kernels.frames.base import Around, Columns, FrameKernel, Projection

_MIXED: Final = 1
"""A value that stays an object, and all others beside it."""


@frozen
class Found(FrameKernel):
    """One row: for each of ``columns`` some elements of its lists, of which pandas makes the type it makes of all.

    >>> Found(("x",))(pd.DataFrame({"x": [["a", "b"], ["c", None]]})).iloc[0].tolist()
    [['a', None]]
    """

    columns: tuple[Any, ...] = ()
    """None for a series."""

    def __call__(self, *blocks: Any) -> Any:
        lists = [blocks[0][name] for name in self.columns] or [blocks[0]]
        return pd.DataFrame({place: [_some(_elements(each))] for place, each in enumerate(lists)})

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset(self.columns) or None,))

    @property
    def label(self) -> str:
        return "explode"


@frozen
class OfAll(Around):
    """What ``kernel`` explodes, of the types that the elements of all blocks have."""

    columns: tuple[Any, ...]
    """None for a series."""
    known: int
    """Which block says what :class:`Found` found in all of them."""

    def __call__(self, *blocks: Any) -> Any:
        made, own, known = self.kernel(*blocks), blocks[0], blocks[self.known]
        dtypes = [_series([value for some in known[place] for value in some]).dtype for place in known]
        if made.ndim == 1:
            return _typed(made, own, dtypes[0]) if dtypes else made
        changed = {
            name: _typed(made[name], own[name], dtype)
            for name, dtype in zip(self.columns, dtypes, strict=True)
            if made[name].dtype != dtype
        }
        if not changed:
            return made
        parts = {place: changed.get(name, made[name]) for place, name in enumerate(made.columns)}
        return pd.DataFrame(parts, copy=False).set_axis(made.columns, axis=1)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        below = self.kernel.projected(wanted, 1)
        return Projection(self, (*below.needs, None))


def _series(values: list[Any]) -> pd.Series:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return pd.Series(held)


def _elements(lists: pd.Series) -> pd.Series:
    """The elements as they are: pandas leaves them so beside a number."""
    beside = pd.Series([_MIXED], dtype=object)
    return pd.concat([lists, beside], ignore_index=True).explode(ignore_index=True).iloc[:-1]


def _typed(made: pd.Series, lists: pd.Series, dtype: Any) -> pd.Series:
    if made.dtype == dtype or (is_object_dtype(dtype) and not is_object_dtype(lists.dtype)):
        return made  # what it is beside objects is found out where both are put together
    return pd.Series(_elements(lists).to_numpy(), made.index, dtype, made.name)


def _some(elements: pd.Series) -> list[Any]:
    missing = elements.isna()
    gaps = list({type(value): value for value in elements[missing]}.values())
    inferred = pd.Series(elements[~missing].to_numpy())
    if not len(inferred):
        return gaps
    if is_object_dtype(inferred.dtype):
        return [_MIXED]
    if isinstance(inferred.dtype, pd.StringDtype):
        return [inferred.iloc[0], *gaps]
    # Whether a type holds times depends on how far apart they are.
    return [inferred.min(), inferred.max(), *gaps]
