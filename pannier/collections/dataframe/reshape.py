"""Verbs that turn columns into rows, and rows into columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pandas.api.types import (
    is_bool,
    is_bool_dtype,
    is_number,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from pannier import computing
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike, wrap
from pannier.collections.dataframe.groupable import Groupable
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.summaries import Summaries
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.kernels.kernel import Slot


class Reshaping(Groupable, Summaries):
    """``melt`` and its relatives."""

    __slots__ = ()

    def melt(
        self,
        id_vars: Any = None,
        value_vars: Any = None,
        var_name: Any = None,
        value_name: Any = "value",
        col_level: Any = None,
        ignore_index: bool = True,
    ) -> Any:
        """A row for each value of some columns, with its column's name and the values of ``id_vars`` in its row.

        Rows are those of pandas, in another order: partition by partition, and within one column by column.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["a"], "x": [1], "y": [2]}), npartitions=1)
        >>> df.melt("k").compute(scheduler="sync")
           k variable  value
        0  a        x      1
        1  a        y      2
        """
        options = {
            "id_vars": id_vars,
            "value_vars": value_vars,
            "var_name": var_name,
            "value_name": value_name,
            "col_level": col_level,
            "ignore_index": ignore_index,
        }
        chosen: Any = self if ignore_index else dataframe.numbering.numbered_through(self)
        if value_vars is not None and col_level is None and self._meta.columns.nlevels == 1:
            read = {*_names(id_vars), *_names(value_vars)}
            if read <= set(self._meta.columns):  # else pandas says which are not there
                chosen = chosen._narrowed([name for name in self._meta.columns if name in read])
        melted = chosen._method("melt", (), options, keeps_rows=False)
        return wrap(melted.node, melted._meta, numbers=ignore_index)

    def stack(self, level: Any = -1, *, future_stack: bool = True) -> Any:
        """A row for each value of each row, labelled by its column too: that becomes the last level of the index.

        Of all columns, or of levels of their labels: then what is left of these labels are columns.  The type of the
        values is one that all columns fit into.  Partitions stay, divisions are not known afterwards.

        Raises :class:`~pannier.errors.UsageError` for categories, unless all columns have the same known ones, and for
        ``future_stack=False``, which pandas has deprecated.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(
        ...     pd.DataFrame({"x": [1, 2], "y": [3, 4]}, index=["a", "b"]), npartitions=2
        ... )
        >>> df.stack().compute(scheduler="sync")
        a  x    1
           y    3
        b  x    2
           y    4
        dtype: int64
        """
        if not future_stack:
            raise UsageError(
                "stack() keeps missing values and the order of columns, as with future_stack=True"
            )
        kinds = set(self._meta.dtypes)
        known = [dtype for dtype in kinds if isinstance(dtype, pd.CategoricalDtype)]
        if known and not (len(kinds) == 1 and len(known[0].categories)):
            raise UsageError(
                "stack() of categories wants all columns to have the same known ones; use astype() first"
            )
        labelled: Any = dataframe.numbering.numbered_through(self)
        with self._explained():
            stacked = frames.groupexamples.example(labelled._meta).stack(level)  # noqa: PD013 - of pandas itself
        # Among objects a missing value would be that of its column, or of those that have values in its partition.
        mixed = _stacked_to_objects(self._meta.columns, level, stacked)
        labelled = labelled.astype(dict.fromkeys(mixed, object)) if mixed else labelled
        kernel = MethodCall("stack", (level,), rows_kept=False)
        return labelled._blockwise("stack", kernel, meta=frames.blocks.emptied(stacked))

    def pivot_table(
        self,
        index: Any = UNSET,
        columns: Any = UNSET,
        values: Any = UNSET,
        aggfunc: Any = "mean",
        fill_value: Any = None,
        **refused: Any,
    ) -> Any:
        """A table with a row for each key in ``index`` and a column for each category of ``columns``.

        Its cells are what ``aggfunc``, any function of :meth:`GroupBy.agg`, makes of ``values``, a column or a list of some,
        by default all others.  Without ``columns`` there is a column for each of ``values``, of the type that the function
        has; one that has no value in any row stays, which pandas leaves out.

        With ``columns`` numbers are floats, because a cell may be missing; with ``fill_value``, a number, which stands in missing cells,
        whole numbers stay what they are.  Categories must be known: see :meth:`categorize`.  The table must fit into
        memory.

        >>> import pandas as pd, pannier as pn
        >>> cells = pd.DataFrame(
        ...     {"k": [1, 1, 2], "c": pd.Categorical(["a", "b", "a"]), "v": [1, 2, 3]}
        ... )
        >>> table = pn.from_pandas(cells, npartitions=2).pivot_table("k", "c", "v", aggfunc="sum")
        >>> table.compute(scheduler="sync").loc[1].tolist()
        [1.0, 2.0]

        Raises :class:`~pannier.errors.UsageError` for several functions, for other options of pandas, and for a
        ``fill_value`` that is no number, or not for these cells; and what :meth:`GroupBy.agg` raises.
        """
        if index is UNSET or index is None:
            raise UsageError("pivot_table() needs index=, the columns whose values are the keys of rows")
        if refused:
            raise UsageError(
                f"pivot_table() has no {' and '.join(f'{name}=' for name in refused)}; it has a column for each category, "
                "and rows in the order of their keys, and margins are groupby(index)[values].agg(aggfunc)"
            )
        if not (isinstance(aggfunc, str) or callable(aggfunc)):
            raise UsageError(
                f"pivot_table() takes one function, or its name, not {aggfunc!r:.80}; make a table of each"
            )
        across = [] if columns is UNSET or columns is None else [columns]
        keys = [*_names(index), *across]
        are_given = values is not UNSET and values is not None
        chosen = _names(values) if are_given else [name for name in self._meta.columns if name not in keys]
        self._check_columns([*keys, *chosen])
        if not chosen:
            raise UsageError(
                "pivot_table() has no values: name columns by values=, or count rows by groupby(index).size()"
            )
        categories = self._known_categories(columns, "pivot_table()") if across else None
        cells = self.groupby(keys, observed=True)[chosen].agg(list if aggfunc == "list" else aggfunc)
        if fill_value is not None:
            _check_cells(cells._meta if cells.ndim == 2 else cells._meta.to_frame(), fill_value)
        if not across:
            if cells.ndim == 2:
                cells = cells.dropna(how="all")[list(cells._meta.columns.sort_values())]
            return cells if fill_value is None else cells.fillna(fill_value)
        is_flat = cells.ndim == 1 or (are_given and not isinstance(values, (list, tuple, pd.Index)))
        cells = cells.to_frame() if cells.ndim == 1 else cells
        kernel = frames.reshaping.PivotTable(categories, is_flat, fill_value)
        cell = frames.groupexamples.example(cells._meta).iloc[:1]  # of truth values there are no three labels
        meta = frames.blocks.emptied(kernel(cell))
        return cells._gathered("pivot_table")._blockwise("pivot_table", kernel, meta=meta)

    def pivot(self, *, columns: Any, index: Any = UNSET, values: Any = UNSET) -> Any:
        """A table with a row for each key in ``index`` and a column for each category of ``columns``: of values as they are.

        ``values`` is a column, or a list of some, by default all others; without ``index`` rows have their own labels.
        Whole numbers are floats and truth values objects, because a cell may be missing; there are columns of
        categories that no row has.  Categories must be known: see :meth:`categorize`.  These columns must fit into
        memory.

        Raises on compute ValueError where two rows have the same place in the table, and
        :class:`~pannier.errors.UsageError` where a row has no category.

        >>> import pandas as pd, pannier as pn
        >>> cells = pd.DataFrame(
        ...     {"k": [1, 1, 2], "c": pd.Categorical(["a", "b", "a"]), "v": ["x", "y", "z"]}
        ... )
        >>> table = pn.from_pandas(cells, npartitions=2).pivot(index="k", columns="c", values="v")
        >>> table.compute(scheduler="sync")
        c  a    b
        k
        1  x    y
        2  z  NaN
        """
        if isinstance(columns, (list, tuple, pd.Index)):
            raise UsageError(f"pivot() makes columns of the categories of one column, not of {columns!r:.80}")
        keys = None if index is UNSET else tuple(_names(index))
        others = [name for name in self._meta.columns if name != columns and name not in (keys or ())]
        chosen = tuple(others if values is UNSET else _names(values))
        self._check_columns([*(keys or ()), columns, *chosen])
        self._known_categories(columns, "pivot()")
        is_flat = values is not UNSET and not isinstance(values, (list, tuple, pd.Index))
        reduction = frames.reshaping.Pivot(keys, columns, chosen, self._meta[columns].dtype, is_flat)
        labelled = dataframe.numbering.numbered_through(self) if keys is None else self
        return labelled._reduce("pivot", reduction)

    def _check_columns(self, names: Sequence[Any]) -> None:
        for name in names:
            if name not in self._meta.columns:
                raise KeyError(f"there is no column {name!r}{near_matches(name, self._meta.columns)}")

    def categorize(self, columns: Any = None, index: bool | None = None, **options: Any) -> Any:
        """This frame with categories that are known; computes them, because they are part of the type.

        Of ``columns``, by default all of texts, of objects and of categories that are not known yet; with ``index=True``
        of the labels, too.  ``options`` are those of ``compute()``; all columns are looked at in one run.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"c": ["b", "a"], "x": [1, 2]}), npartitions=2)
        >>> df.categorize(scheduler="sync").c.cat.categories.tolist()
        ['a', 'b']
        """
        names = (
            _names(columns) if columns is not None else [*filter(self._may_be_categories, self._meta.columns)]
        )
        made: Any = self
        unknown = {name: made[name] for name in names if not self._is_known(name)}
        labels = [made.index] if index else []
        found = computing.compute(
            *[_categories(each) for each in [*unknown.values(), *labels]], traverse=False, **options
        )
        dtypes = [_type_of(each) for each in found]
        if unknown:
            made = made.astype(dict(zip(unknown, dtypes, strict=False)))
        return (
            made._blockwise("categorize", frames.reshaping.CategorizedIndex(dtypes[-1])) if labels else made
        )

    def _may_be_categories(self, name: Any) -> bool:
        dtype: Any = self._meta[name].dtype
        return isinstance(dtype, pd.CategoricalDtype) or is_object_dtype(dtype) or is_string_dtype(dtype)

    def _is_known(self, name: Any) -> bool:
        dtype = self._meta[name].dtype
        return isinstance(dtype, pd.CategoricalDtype) and len(dtype.categories) > 0

    def _known_categories(self, name: Any, verb: str) -> pd.Index[Any]:
        if not self._is_known(name):
            raise UsageError(
                f"{verb} makes a column of each category of {name!r}, and these are not known before all rows are "
                f"read; use .categorize([{name!r}]) first, which computes them, or .astype(pandas.CategoricalDtype([...]))"
            )
        return self._meta[name].dtype.categories  # type: ignore[no-any-return]


def _names(value: Any) -> Sequence[Any]:
    """The names in a list of them, a single one, or None."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, pd.Index)) else [value]


def _stacked_to_objects(columns: pd.Index[Any], level: Any, stacked: Any) -> list[Any]:
    """Those of ``columns`` that become objects where ``level`` of their labels is ``stacked``."""
    if isinstance(stacked, pd.Series):
        return list(columns) if stacked.dtype == object else []
    left = zip(columns, columns.droplevel(level), strict=True)
    return [name for name, rest in left if stacked[rest].dtype == object]


def _categories(values: Any) -> Any:
    """The categories of a series or index, lazily."""
    if (
        isinstance(values._meta.dtype, pd.CategoricalDtype)
        and values.ndim == 1
        and hasattr(values._meta, "cat")
    ):
        return values._reduce(
            "categories", frames.accessors.FoundCategories(), meta=values._meta.cat.categories
        )
    return values._summary("unique", frames.distinct.Unique())


def _type_of(found: Any) -> pd.CategoricalDtype:
    """The type whose categories are these values, in order where they have one."""
    return pd.CategoricalDtype(pd.Categorical(found.dropna()).categories)


def _check_cells(cells: pd.DataFrame, fill_value: Any) -> None:
    """Raise where ``fill_value`` does not go into ``cells``."""
    are_numbers = all(is_numeric_dtype(dtype) and not is_bool_dtype(dtype) for dtype in cells.dtypes)
    if not are_numbers or not is_number(fill_value) or is_bool(fill_value):
        raise UsageError(
            f"fill_value of pivot_table() is a number in a table of numbers, not {fill_value!r} in one of "
            f"{', '.join(map(str, cells.dtypes))}; use fillna() of the table"
        )


def melt(
    frame: Any,
    id_vars: Any = None,
    value_vars: Any = None,
    var_name: Any = None,
    value_name: Any = "value",
    col_level: Any = None,
) -> Any:
    """A row for each value of some columns of ``frame``; see :meth:`pannier.DataFrame.melt`."""
    return frame.melt(id_vars, value_vars, var_name, value_name, col_level)


def pivot_table(
    df: Any,
    index: Any,
    columns: Any = UNSET,
    values: Any = UNSET,
    aggfunc: Any = "mean",
    fill_value: Any = None,
) -> Any:
    """A table of the values of ``df``; see :meth:`pannier.DataFrame.pivot_table`."""
    return df.pivot_table(index, columns, values, aggfunc, fill_value)


def get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: Any = "_",
    dummy_na: bool = False,
    columns: Any = None,
    sparse: bool = False,
    drop_first: bool = False,
    dtype: Any = None,
) -> Any:
    """Columns of truth values, one for each category of a series, or of the columns of a frame that have categories.

    Categories must be known: see :meth:`pannier.DataFrame.categorize`.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> c = pn.from_pandas(pd.Series(["a", "b"], dtype="category"), npartitions=2)
    >>> pdf.get_dummies(c).compute(scheduler="sync")["b"].tolist()
    [False, True]
    """
    options = {
        "prefix": prefix,
        "prefix_sep": prefix_sep,
        "dummy_na": dummy_na,
        "columns": columns,
        "sparse": sparse,
        "drop_first": drop_first,
        "dtype": dtype,
    }
    if not isinstance(data, FrameLike):
        return pd.get_dummies(data, **options)
    meta: Any = data._meta.to_frame() if data.ndim == 1 else data._meta
    chosen = meta[list(_names(columns))] if columns is not None and data.ndim == 2 else meta
    for name, column in chosen.items():
        known = isinstance(column.dtype, pd.CategoricalDtype) and len(column.dtype.categories)
        texts = is_object_dtype(column.dtype) or is_string_dtype(column.dtype)
        if not known and (columns is not None or data.ndim == 1 or texts or hasattr(column, "cat")):
            raise UsageError(
                f"get_dummies() makes a column of each category of {name!r}, and these are not known before all rows "
                "are read; use .categorize() of the frame, or .astype('category').cat.as_known() of the series"
            )
    kernel = frames.elementwise.RowCall(pd.get_dummies, (Slot(0),), options)
    return data._blockwise("get_dummies", kernel, FrameOperands(data))
