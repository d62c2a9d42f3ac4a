"""DataFrame: a pandas DataFrame in partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import getitem
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_object_dtype

from pannier.collections import dataframe
from pannier.collections.dataframe.aggregate import FrameAggregation
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.cleaning import Cleaning
from pannier.collections.dataframe.cumulative import Cumulative
from pannier.collections.dataframe.elementwise import ElementwiseFrame
from pannier.collections.dataframe.export import FrameExport
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.merge import Merging
from pannier.collections.dataframe.methods import without_inplace
from pannier.collections.dataframe.numpy import NumpyProtocols
from pannier.collections.dataframe.operands import FrameOperands, refuse_column, refuse_mask
from pannier.collections.dataframe.rank import Ranked
from pannier.collections.dataframe.reduce import Reductions
from pannier.collections.dataframe.repartition import Repartitioning
from pannier.collections.dataframe.repr import described, described_html, refusal
from pannier.collections.dataframe.resample import Resampling
from pannier.collections.dataframe.reshape import Reshaping
from pannier.collections.dataframe.rolling import RollingWindows
from pannier.collections.dataframe.rowlabels import refuse_lazy
from pannier.collections.dataframe.sample import Sampling
from pannier.collections.dataframe.select import Selection
from pannier.collections.dataframe.series import Series
from pannier.collections.dataframe.sort import Sorting
from pannier.collections.dataframe.stats import FrameStatistics
from pannier.collections.dataframe.transform import Transforming
from pannier.collections.dataframe.types import FrameTypes
from pannier.collections.dataframe.user import FrameFunctions
from pannier.collections.dataframe.write_columns import FrameWriters
from pannier.computing import is_collection
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import Assign, Filter, GetColumn, GetColumns, RenameColumns
from pannier.kernels.kernel import Slot


@without_inplace
class DataFrame(
    Cleaning,
    FrameTypes,
    ElementwiseFrame,
    NumpyProtocols,
    Cumulative,
    Ranked,
    RollingWindows,
    Transforming,
    Resampling,
    Selection,
    Sampling,
    Repartitioning,
    FrameFunctions,
    Merging,
    FrameAggregation,
    FrameStatistics,
    Reshaping,
    Reductions,
    Sorting,
    FrameWriters,
    FrameExport,
):
    """A lazy pandas DataFrame in partitions, each of which is one.

    Made by :func:`pannier.read_csv`, :func:`pannier.from_pandas` and their relatives.  Methods are those of pandas,
    with its names, types and answers; they return new frames, series, and
    :class:`~pannier.collections.dataframe.scalar.Scalar` for one value.  Nothing runs before :meth:`compute`,
    :meth:`persist`, :meth:`head`, iteration or a writer.

    >>> import pandas as pd, pannier as pn
    >>> df = pn.from_pandas(
    ...     pd.DataFrame({"name": ["a", "b", "a"], "value": [1, 2, 3]}), npartitions=2
    ... )
    >>> df[df.value > 1].compute(scheduler="sync")
      name  value
    1    b      2
    2    a      3
    """

    __slots__ = ()

    _holds: ClassVar[type | None] = pd.DataFrame
    _meta: pd.DataFrame

    @property
    def name(self) -> Any:  # that of other collections would hide a column
        """The column of that name, if there is one."""
        return self.__getattr__("name")

    @property
    def columns(self) -> pd.Index[Any]:
        """The names of the columns."""
        return self._meta.columns

    @columns.setter
    def columns(self, names: Any) -> None:
        """Give the columns of this object other names, one for each."""
        self._become(self.set_axis(names, axis=1))

    @property
    def dtypes(self) -> pd.Series[Any]:
        """The type of each column."""
        return self._meta.dtypes

    @property
    def index(self) -> Index:
        """The labels of the rows, lazily."""
        return Index.of(self)

    @index.setter
    def index(self, labels: Any) -> None:
        """Give the rows of this object other labels: a lazy index or series of the same rows."""
        self._become(self.set_axis(labels))

    @property
    def axes(self) -> list[Any]:
        """The index, lazily, and the columns."""
        return [self.index, self.columns]

    def __getitem__(self, key: Any) -> Any:
        """A column as a series; a frame of a list of columns; or the rows for which a series of truth values is true."""
        if isinstance(key, FrameLike):
            return self._filtered(key)
        if isinstance(key, slice):
            return self._sliced(key)
        refuse_mask(key)
        if isinstance(self._meta.columns, pd.MultiIndex) and not callable(key) and not self._has_labels(key):
            return self._blockwise("getitem", frames.elementwise.RowCall(getitem, (Slot(0), key), {}))
        if isinstance(key, (list, pd.Index, pd.Series, np.ndarray)):
            return self._blockwise("getitem", GetColumns(tuple(key)))
        if callable(key):
            return self[key(self)]
        return self._blockwise("getitem", GetColumn(key))

    def _has_labels(self, key: Any) -> bool:
        """Whether ``key`` is a whole label of a column, or a list of such, and not one that stands for several."""
        labels = key if isinstance(key, (list, pd.Index, pd.Series, np.ndarray)) else [key]
        levels = self._meta.columns.nlevels
        return all(isinstance(label, tuple) and len(label) == levels for label in labels)

    def _filtered(self, mask: FrameLike) -> Any:
        if mask.ndim == 2:
            return self.where(mask)
        if not is_bool_dtype(mask._meta.dtype) and not is_object_dtype(mask._meta.dtype):
            raise UsageError(
                f"df[...] takes a lazy series of truth values, not of {mask._meta.dtype}: rows by lazy labels are "
                "df.loc[labels], and columns have to be known, as those of df[list(names.compute())] are"
            )
        first, mask = self._beside(mask, joins=False)
        operands = FrameOperands(first)
        operands.argument(mask)
        return first._blockwise("filter", Filter(), operands, keeps_divisions=True)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and name in self._meta.columns:
            return self[name]
        raise refusal(self, name)

    def __setitem__(self, name: Any, value: Any) -> None:
        """Put ``value`` (a series of the same rows, or one value) into column ``name`` of this object."""
        if isinstance(name, (list, pd.Index)):
            made = self
            for column, each in zip(
                name, value.columns if isinstance(value, DataFrame) else value, strict=True
            ):
                made = made._assigned(column, value[each] if isinstance(value, DataFrame) else each)
        elif isinstance(name, FrameLike):
            made = self.mask(name, value)
        else:
            made = self._assigned(name, value)
        self._become(made)

    def __delitem__(self, name: Any) -> None:
        self._become(self.drop(columns=name))

    def insert(self, loc: int, column: Any, value: Any, allow_duplicates: bool = False) -> None:
        """Put ``value`` (a series of the same rows, or one value) into this object as a new column at place ``loc``.

        Raises what pandas raises where there is a column of that name, and where there is no such place; and
        :class:`~pannier.errors.UsageError` where ``allow_duplicates`` would make two columns of one name, which could
        not be told apart.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
        >>> df.insert(0, "y", df.x * 2)
        >>> df.compute(scheduler="sync")
           y  x
        0  2  1
        1  4  2
        """
        tried = self._meta.copy()
        tried.insert(loc, column, None, allow_duplicates)
        if column in self.columns:
            raise UsageError(
                f"insert(allow_duplicates=True): there is a column {column!r}, and columns are read by their names; give "
                "the new one another name"
            )
        places = list(range(len(self.columns)))
        places.insert(loc, len(places))
        self._become(self._assigned(column, value).iloc[:, places])

    def _assigned(self, name: Any, value: Any) -> DataFrame:
        refuse_column(name, value)
        first, value = self._beside(value, joins=False) if isinstance(value, FrameLike) else (self, value)
        operands = FrameOperands(first)
        return first._blockwise("assign", Assign(name, operands.argument(value)), operands)  # type: ignore[no-any-return]

    def assign(self, **columns: Any) -> Self:
        """This frame with ``columns`` added, or replaced: each a series of the same rows, a value, or a function of it.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
        >>> df.assign(y=df.x * 2, z=lambda d: d.x + d.y).compute(scheduler="sync")
           x  y  z
        0  1  2  3
        1  2  4  6
        """
        made: Any = self
        for name, value in columns.items():
            # A delayed value can be called, too.
            of_frame = callable(value) and not is_collection(value)
            made = made._assigned(name, value(made) if of_frame else value)
        return made  # type: ignore[no-any-return]

    def drop(
        self,
        labels: Any = None,
        axis: int | str = 0,
        *,
        columns: Any = None,
        index: Any = None,
        level: Any = None,
        errors: str = "raise",
    ) -> Any:
        """This frame without some columns; or, with ``errors="ignore"``, without the rows of some labels.

        Raises :class:`~pannier.errors.UsageError` for labels of rows without it, because whether each is there would be
        known only when all partitions have been looked at.
        """
        refuse_lazy(labels, index, columns)
        self._meta.drop(labels, axis=axis, index=index, columns=columns, level=level, errors="ignore")  # type: ignore[call-overload]
        if labels is not None:
            index, columns = (None, labels) if axis in (1, "columns") else (labels, None)
        made: Any = self
        if columns is not None:
            with self._explained():
                kept = self._meta.drop(columns=columns, level=level, errors=errors).columns  # type: ignore[call-overload]
            made = self[list(kept)]
        return made if index is None else made._without_labels(index, level, errors)

    def pop(self, item: Any) -> Series:
        """Column ``item`` as a series, which this object then no longer has."""
        column: Series = self[item]
        del self[item]
        return column

    def rename(
        self,
        mapper: Mapping[Any, Any] | Callable[[Any], Any] | None = None,
        *,
        index: Any = None,
        columns: Mapping[Any, Any] | Callable[[Any], Any] | None = None,
        axis: int | str | None = None,
        errors: str = "ignore",
    ) -> Any:
        """This frame with other names of columns, by a dict or a function."""
        if axis in (1, "columns"):
            columns = mapper
        elif mapper is not None:
            index = mapper
        if index is not None:
            numbered = dataframe.numbering.numbered_through(self)
            relabelled = numbered._method("rename", (), {"index": index}, keeps_rows=False)
            return relabelled if columns is None else relabelled.rename(columns=columns, errors=errors)
        with self._explained():
            renamed = self._meta.rename(columns=columns, errors=errors).columns  # type: ignore[call-overload]
        if isinstance(renamed, pd.MultiIndex):
            return self.set_axis(renamed, axis=1)
        pairs = [
            (old, new)
            for old, new in zip(self.columns, renamed, strict=True)
            if old is not new and old != new
        ]
        return self._blockwise("rename", RenameColumns(tuple(pairs), renamed.is_unique)) if pairs else self

    def add_prefix(self, prefix: str) -> Any:
        """This frame with ``prefix`` before each name of a column."""
        return self.rename(columns=lambda name: f"{prefix}{name}")

    def add_suffix(self, suffix: str) -> Any:
        """This frame with ``suffix`` behind each name of a column."""
        return self.rename(columns=lambda name: f"{name}{suffix}")

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Any:
        """The columns of some types."""
        numbered = self._meta.set_axis(range(self._meta.shape[1]), axis=1)
        return self.iloc[:, list(numbered.select_dtypes(include=include, exclude=exclude).columns)]

    def copy(self, deep: bool = True) -> Self:
        """Another object of the same frame: columns put into one are not in the other."""
        return self.rebuild(self.node)

    def keys(self) -> pd.Index[Any]:
        """The names of the columns."""
        return self._meta.columns

    def items(self) -> Iterator[tuple[Any, Series]]:
        """Pairs of the name of a column and the column, lazily."""
        return ((name, self.iloc[:, i]) for i, name in enumerate(self.columns))

    def __iter__(self) -> Iterator[Any]:
        """The names of the columns, as pandas has it."""
        return iter(self._meta.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._meta.columns

    def iterrows(self) -> Iterator[tuple[Any, pd.Series[Any]]]:
        """The rows in order, each as its label and a pandas series; computes some partitions at a time."""
        for block in self._stream():
            yield from block.iterrows()

    def itertuples(self, index: bool = True, name: str | None = "Pandas") -> Iterator[Any]:
        """The rows in order as named tuples; computes some partitions at a time."""
        for block in self._stream():
            yield from block.itertuples(index=index, name=name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in map(str, self.columns) if name.isidentifier())]

    def __repr__(self) -> str:
        return described(self)

    def _repr_html_(self) -> str:
        return described_html(self)
