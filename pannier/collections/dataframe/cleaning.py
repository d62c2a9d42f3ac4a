"""Methods of a frame that treat each row alone, and that say which columns they read."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike
from pannier.collections.dataframe.operands import FrameOperands, exploded, refuse_mixed, refuse_rows
from pannier.collections.dataframe.rowlabels import RowLabels
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import FrameKernel, MethodCall

if TYPE_CHECKING:
    from pannier.collections.dataframe.frame import DataFrame
    from pannier.collections.dataframe.series import Series

_VARIABLE: Final = r"@([A-Za-z_]\w*)"


class Cleaning(RowLabels):
    """Missing values, names, and expressions as text."""

    __slots__ = ()

    def dropna(
        self,
        *,
        axis: int | str = 0,
        how: str | None = None,
        thresh: int | None = None,
        subset: Any = None,
        ignore_index: bool = False,
    ) -> DataFrame:
        """The rows without missing values: ``how="any"`` or ``"all"`` of them, or with at least ``thresh`` values.

        Only the columns of ``subset`` are looked at, by default all.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1.0, None], "y": [None, 2.0]}), npartitions=2)
        >>> df.dropna(subset=["x"]).compute(scheduler="sync")
             x   y
        0  1.0 NaN
        """
        if axis in (1, "columns"):
            raise UsageError(
                "dropna(axis=1): which columns are left would not be known before all rows are read; "
                "see df.isna().any().compute(), and drop(columns=...)"
            )
        if ignore_index:
            raise UsageError("dropna() has no ignore_index=; number rows with reset_index(drop=True)")
        options = (*((("how", how),) if how else ()), *((("thresh", thresh),) if thresh is not None else ()))
        kernel = frames.elementwise.DropMissing(None if subset is None else _columns(subset), options)
        return self._blockwise("dropna", kernel, keeps_divisions=True)  # type: ignore[no-any-return]

    def combine_first(self, other: Any) -> DataFrame:
        """The values, with those of ``other`` for what is missing: the labels and the columns of both.

        Raises :class:`~pannier.errors.UsageError` in several partitions where the type of a column depends on the values
        of all of these, and when it runs where these decide whether large whole numbers are rounded.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1.0, None]}), npartitions=2)
        >>> other = pn.from_pandas(pd.DataFrame({"x": [7, 8], "n": [3, 4]}, [1, 2]), npartitions=2)
        >>> df.combine_first(other).compute(scheduler="sync")
             x    n
        0  1.0  NaN
        1  7.0  3.0
        2  8.0  4.0
        """
        refuse_rows("combine_first", (other,), by_rows=True)
        first: Any = self
        if isinstance(other, FrameLike):
            first, other = self._beside(other)
            if other.ndim == 2:
                other = dataframe.alignment.named_alike(first, other)
            refuse_mixed("combine_first", first, other)
        has_names = isinstance(other, Cleaning) and all(
            each._meta.columns.is_unique for each in (first, other)
        )
        if not has_names:
            return first._method("combine_first", (other,), {})  # type: ignore[no-any-return]
        operands = FrameOperands(first)
        arg = operands.argument(other)
        kernel: FrameKernel = frames.combining.CombineFirst(first._rows != self._rows, arg.index)
        meta = first._meta_of(kernel, operands)
        if first.npartitions == 1:
            kernel = MethodCall("combine_first", (arg,))
        elif unsure := frames.combining.undecided(first._meta, other._meta):
            operands.argument(other[unsure].notna().any())
        return first._blockwise("combine_first", kernel, operands, meta=meta)  # type: ignore[no-any-return]

    def combine(self, other: Any, func: Any, fill_value: Any = None, overwrite: bool = True) -> DataFrame:
        """The columns that ``func`` makes of pairs of columns, of this frame and of ``other``, in each partition.

        Raises :class:`~pannier.errors.UsageError` in several partitions for frames of other rows, and for
        ``overwrite=False``: there pandas looks at all rows before it calls ``func``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 5]}), npartitions=2)
        >>> df.combine(df * 0 + 3, lambda one, other: one.where(one < other, other)).x.compute(
        ...     scheduler="sync"
        ... ).tolist()
        [1, 3]
        """
        refuse_rows("combine", (other,), by_rows=True)
        first: Any = self
        if isinstance(other, FrameLike):
            first, other = self._beside(other)
        if first.npartitions > 1:
            if first is not self:
                raise UsageError(
                    f"combine() with {other.node.verb}, which has other rows: which types of columns func gets depends on the "
                    "labels of all partitions; give both frames one by repartition(npartitions=1), or join() them and make "
                    "columns of those of both"
                )
            if not overwrite:
                raise UsageError(
                    "combine(overwrite=False) leaves columns for which the other frame has no value in any partition; combine "
                    "those columns only for which other.notna().any().compute() is true"
                )
        return first._method("combine", (other, func, fill_value, overwrite), {})  # type: ignore[no-any-return]

    def explode(self, column: Any, *, ignore_index: bool = False) -> DataFrame:
        """This frame with a row for each element of the lists in ``column``, or of lists of equal length in several.

        Which type the elements of objects come out as depends on all of them: all partitions are asked first.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(
        ...     pd.DataFrame({"id": [1, 2], "tags": [["a", "b"], ["c"]]}), npartitions=2
        ... )
        >>> df.explode("tags").compute(scheduler="sync")
           id tags
        0   1    a
        0   1    b
        1   2    c
        """
        if ignore_index:
            raise UsageError("explode() has no ignore_index=; number rows with reset_index(drop=True)")
        labelled = dataframe.numbering.numbered_through(self)
        columns, operands = _columns(column), FrameOperands(labelled)
        kernel = frames.elementwise.Explode(columns)
        meta = labelled._meta_of(kernel, operands)
        typed = exploded(kernel, self, columns, operands)
        return labelled._blockwise("explode", typed, operands, meta=meta, keeps_divisions=True)  # type: ignore[no-any-return]

    def query(self, expr: str, *, inplace: bool = False, **options: Any) -> DataFrame:
        """The rows for which the text ``expr`` is true; it names columns, and variables of the caller as ``@name``.

        A variable may be a value yet to be computed, such as ``df.x.mean()``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2)
        >>> most = df.x.max() - 1
        >>> df.query("x >= @most").x.compute(scheduler="sync").tolist()
        [2, 3]
        """
        if inplace:
            raise UsageError("query() has no inplace=; keep what it returns, as in df = df.query(...)")
        variables, options = _variables(expr, options.pop("level", 0) + 2, options)
        mask = None if options else dataframe.queries.condition(self, expr, variables)
        frame = self
        if mask is None:
            frame = self._labelled_for(expr)
            mask = frame._evaluated(expr, variables, options)
        if getattr(mask, "ndim", 0) != 1:
            raise UsageError(f"query({expr!r}) says nothing about each row; to select columns use df[[...]]")
        return frame[mask]  # type: ignore[no-any-return, index]

    def eval(self, expr: str, *, inplace: bool = False, **options: Any) -> Any:
        """What the text ``expr`` makes of each row: a series; or this frame with columns that ``expr`` assigns.

        It names columns, and variables of the caller as ``@name``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.eval("z = x + y").compute(scheduler="sync").z.tolist()
        [4, 6]
        """
        if inplace:
            raise UsageError("eval() has no inplace=; keep what it returns, as in df = df.eval(...)")
        variables, options = _variables(expr, options.pop("level", 0) + 2, options)
        return self._labelled_for(expr)._evaluated(expr, variables, options)

    def _labelled_for(self, expr: str) -> Any:
        """This frame, its rows numbered through where ``expr`` may name their labels."""
        names = ("index", "ilevel_0", self._meta.index.name)
        reads_labels = any(str(name) in expr for name in names if name is not None)
        return dataframe.numbering.numbered_through(self) if reads_labels else self

    def _evaluated(self, expr: str, variables: dict[str, Any], options: dict[str, Any]) -> Any:
        """What pandas makes of ``expr``, of each partition."""
        operands = FrameOperands(self)
        reads = frozenset([column for column in self._meta.columns if str(column) in expr])
        kernel = frames.elementwise.Evaluate(
            expr, reads, None, operands.argument(variables), tuple(options.items())
        )
        meta = self._meta_of(kernel, operands)
        if getattr(meta, "ndim", 0) == 2:
            kernel = dataclasses.replace(kernel, new=frozenset(meta.columns.difference(self._meta.columns)))
        return self._blockwise("eval", kernel, operands, meta=meta)

    def squeeze(self, axis: int | str | None = None) -> Any:
        """The only column, as a series, where there is only one; else this frame.

        Rows are not counted: of a single row it makes no value.
        """
        if axis in (0, "index"):
            raise UsageError(
                "squeeze(axis=0): how many rows there are is not known; use head(1) or compute()"
            )
        return self[self._meta.columns[0]] if self._meta.shape[1] == 1 else self  # type: ignore[index]

    def rename_axis(self, mapper: Any = UNSET, *, axis: int | str = 0, **names: Any) -> DataFrame:
        """This frame with another name for its index, or with ``axis=1`` for its columns; also by ``index=``, ``columns=``."""
        given = () if mapper is UNSET else (mapper,)
        options = {**names, **({"axis": axis} if given else {})}
        return self._method("rename_axis", given, options, is_columnwise=True)  # type: ignore[no-any-return]

    def set_axis(self, labels: Any, *, axis: int | str = 0) -> DataFrame:
        """This frame with ``labels``, a lazy index or series of the same rows; with ``axis=1`` as names of its columns."""
        if self._meta._get_axis_number(axis) == 0:
            return self._labelled(labels)  # type: ignore[no-any-return]
        return self._method("set_axis", (labels,), {"axis": 1})  # type: ignore[no-any-return]

    def reindex(
        self,
        labels: Any = None,
        *,
        index: Any = None,
        columns: Any = None,
        axis: int | str | None = None,
        fill_value: Any = np.nan,
    ) -> DataFrame:
        """This frame with ``columns``, in this order; those that it has not are of ``fill_value``.

        Raises :class:`~pannier.errors.UsageError` for labels of rows.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.reindex(columns=["y", "z"], fill_value=0).compute(scheduler="sync")
           y  z
        0  3  0
        1  4  0
        """
        if axis is not None and self._meta._get_axis_number(axis) == 1:
            labels, columns = None, labels
        if labels is not None or index is not None or columns is None:
            raise UsageError(
                "reindex(columns=...) is of columns; for labels of rows use loc[labels], or merge() or join() with a frame "
                "of the labels"
            )
        columns = list(columns)
        there = self[[name for name in dict.fromkeys(columns) if name in self._meta.columns]]  # type: ignore[index]
        return there._method("reindex", (), {"columns": columns, "fill_value": fill_value})  # type: ignore[no-any-return]

    def filter(
        self,
        items: Sequence[Any] | None = None,
        like: str | None = None,
        regex: str | None = None,
        axis: int | str | None = None,
    ) -> DataFrame:
        """The columns whose names are among ``items``, contain ``like``, or match the pattern ``regex``.

        With ``axis=0`` the rows whose labels, as texts, contain ``like`` or match ``regex``.
        """
        if axis is not None and self._meta._get_axis_number(axis) == 0:
            return self._with_labels(items, like, regex)  # type: ignore[no-any-return]
        kept = self._meta.filter(items=items, like=like, regex=regex, axis=1).columns
        if self._meta.columns.is_unique:
            return self[list(kept)]  # type: ignore[no-any-return, index]
        return self.iloc[:, np.flatnonzero(self._meta.columns.isin(kept))]  # type: ignore[attr-defined, no-any-return]

    def get(self, key: Any, default: Any = None) -> Series | Any:
        """Column ``key`` as a series, columns for a list, or ``default`` where there are none of that name."""
        try:
            return self[key]  # type: ignore[index]
        except (KeyError, ValueError, IndexError):
            return default

    def __round__(self, decimals: int = 0) -> DataFrame:
        return self.round(decimals)  # type: ignore[attr-defined, no-any-return]


def _columns(named: Any) -> tuple[Any, ...]:
    """``named`` as names of columns: one, or several."""
    return tuple(named) if isinstance(named, (list, pd.Index, set)) else (named,)


def _variables(expr: str, level: int, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the ``@names`` of ``expr``, those of the caller ``level`` calls up; and the other options."""
    caller = sys._getframe(level)
    scope = {**caller.f_globals, **caller.f_locals}
    rest = dict(options)
    for scopes in ("local_dict", "global_dict"):
        scope.update(rest.pop(scopes, None) or {})
    return {name: scope[name] for name in re.findall(_VARIABLE, expr) if name in scope}, rest
