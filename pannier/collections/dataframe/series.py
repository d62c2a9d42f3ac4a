"""Series: a pandas Series in partitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pandas as pd

from pannier.collections.dataframe.accessors import SeriesAccessors
from pannier.collections.dataframe.aggregate import SeriesAggregation
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.cumulative import Cumulative
from pannier.collections.dataframe.elementwise import ElementwiseSeries
from pannier.collections.dataframe.export import RowExport
from pannier.collections.dataframe.groupable import Groupable
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.methods import without_inplace
from pannier.collections.dataframe.numpy import NumpyProtocols
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.rank import Ranked
from pannier.collections.dataframe.reduce import Reductions
from pannier.collections.dataframe.repartition import Repartitioning
from pannier.collections.dataframe.repr import described, described_html, refusal
from pannier.collections.dataframe.resample import Resampling
from pannier.collections.dataframe.rolling import RollingWindows
from pannier.collections.dataframe.rowlabels import SeriesLabels, is_mask
from pannier.collections.dataframe.sample import Sampling
from pannier.collections.dataframe.select import Selection
from pannier.collections.dataframe.sort import SeriesSorting
from pannier.collections.dataframe.stats import SeriesStatistics
from pannier.collections.dataframe.transform import Transforming
from pannier.collections.dataframe.types import SeriesTypes
from pannier.collections.dataframe.user import SeriesFunctions
from pannier.collections.dataframe.values import Values
from pannier.collections.dataframe.write import Writers
from pannier.kernels.frames.base import Filter


@without_inplace
class Series(
    Values,
    ElementwiseSeries,
    SeriesTypes,
    SeriesAccessors,
    NumpyProtocols,
    Cumulative,
    Ranked,
    RollingWindows,
    Transforming,
    Resampling,
    Selection,
    SeriesLabels,
    Sampling,
    Groupable,
    Repartitioning,
    SeriesFunctions,
    SeriesAggregation,
    SeriesStatistics,
    Reductions,
    SeriesSorting,
    Writers,
    RowExport,
):
    """A lazy pandas Series in partitions: a column of a frame, or what was made of it.

    >>> import pandas as pd, pannier as pn
    >>> x = pn.from_pandas(pd.Series([1, 2, 3], name="x"), npartitions=2)
    >>> (x + 1).compute(scheduler="sync").tolist()
    [2, 3, 4]
    """

    __slots__ = ()

    _holds: ClassVar[type | None] = pd.Series
    _meta: pd.Series[Any]

    @property
    def name(self) -> Any:
        """The name of the series."""
        return self._meta.name

    @name.setter
    def name(self, name: Any) -> None:
        """Give this object another name."""
        self._meta.rename(None).name = name  # pandas says what no name is
        self._become(self.rename(name))

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self._meta.dtype

    @property
    def dtypes(self) -> Any:
        """The type of the values."""
        return self._meta.dtype

    @property
    def index(self) -> Index:
        """The labels of the rows, lazily."""
        return Index.of(self)

    @index.setter
    def index(self, labels: Any) -> None:
        """Give the values of this object other labels: a lazy index or series of the same rows."""
        self._become(self.set_axis(labels))

    def keys(self) -> Index:
        """The labels of the rows, lazily."""
        return self.index

    @property
    def axes(self) -> list[Any]:
        """The index, lazily."""
        return [self.index]

    def __getitem__(self, key: Any) -> Any:
        """The values for which a series of truth values is true; those of a slice; any other key, lazy ones too, is for :attr:`loc`."""
        if callable(key):
            key = key(self)
        if isinstance(key, slice):
            return self._sliced(key)
        if not isinstance(key, FrameLike) or not is_mask(self, key):
            return self.loc[key]
        first, key = self._beside(key, joins=False)
        operands = FrameOperands(first)
        operands.argument(key)
        return first._blockwise("filter", Filter(), operands, keeps_divisions=True)

    def copy(self, deep: bool = True) -> Any:
        """Another object of the same series."""
        return self.rebuild(self.node)

    def items(self) -> Iterator[tuple[Any, Any]]:
        """The labels and values in order; computes some partitions at a time."""
        for block in self._stream():
            yield from block.items()

    def __iter__(self) -> Iterator[Any]:
        """The values in order; computes some partitions at a time."""
        for block in self._stream():
            yield from block

    __reversed__: ClassVar[Any] = None
    """Python would take each row by its number, as if that were its label."""

    def __contains__(self, label: object) -> bool:
        """Whether a row has this label, as pandas has it; computes labels until it is found."""
        return label in self.index

    def __getattr__(self, name: str) -> Any:
        raise refusal(self, name)

    def __repr__(self) -> str:
        return described(self)

    def _repr_html_(self) -> str:
        return described_html(self)
