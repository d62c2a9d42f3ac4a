"""Methods of a series that treat each row alone, and are no row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_hashable

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.operators import Operators

if TYPE_CHECKING:
    from pannier.collections.dataframe.series import Series


class Values(Operators):
    """Names, and methods of two results."""

    __slots__ = ()

    def rename(self, index: Any = None, *, axis: Any = None, **options: Any) -> Series:
        """This series with another name; or, by a dict or a function, with other labels."""
        relabels = callable(index) or isinstance(index, (Mapping, pd.Series)) or not is_hashable(index)
        frame = dataframe.numbering.numbered_through(self) if relabels else self
        return frame._method("rename", (index,), options, keeps_rows=not relabels)  # type: ignore[no-any-return]

    def rename_axis(self, mapper: Any = UNSET, *, index: Any = UNSET) -> Series:
        """This series with another name for its index."""
        names = {} if index is UNSET else {"index": index}
        return self._method("rename_axis", () if mapper is UNSET else (mapper,), names)  # type: ignore[no-any-return]

    def squeeze(self, axis: int | str | None = None) -> Any:
        """This series.  Rows are not counted: of a single row it makes no value."""
        return self

    def divmod(self, other: Any, level: Any = None, fill_value: Any = None) -> tuple[Series, Series]:
        """The whole quotients of values and ``other``, and what is left."""
        options = {"level": level, "fill_value": fill_value}
        return self.floordiv(other, **options), self.mod(other, **options)  # type: ignore[attr-defined]

    def rdivmod(self, other: Any, level: Any = None, fill_value: Any = None) -> tuple[Series, Series]:
        """The whole quotients of ``other`` and values, and what is left."""
        options = {"level": level, "fill_value": fill_value}
        return self.rfloordiv(other, **options), self.rmod(other, **options)  # type: ignore[attr-defined]

    def __round__(self, decimals: int = 0) -> Series:
        return self.round(decimals)  # type: ignore[attr-defined, no-any-return]
