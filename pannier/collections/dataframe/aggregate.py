"""``agg``: several reductions by their names, of all columns or each of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.operators import Operators
from pannier.collections.dataframe.scalar import Scalar
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node


class FrameAggregation(Operators):
    """``agg`` of a frame."""

    __slots__ = ()

    def agg(self, func: Any = None, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
        """What reductions make of the columns, each in one pass over the rows that all share.

        ``func`` is the name of a method (``"sum"``), and its answer that of the method; a list of names, for a frame of
        a row for each; or a dict of a name for each column, which gives a series, or of a list of them, which gives a
        frame.  Or each row is named: ``agg(total=("x", "sum"))``.  ``args`` and ``kwargs`` go to the methods.

        Raises :class:`~pannier.errors.UsageError` for functions: see :meth:`reduction` for those of your own.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 4]}), npartitions=2)
        >>> df.agg(["sum", "mean"]).compute(scheduler="sync")
                x    y
        sum   6.0  6.0
        mean  2.0  2.0
        >>> df.agg({"x": "max", "y": "min"}).compute(scheduler="sync").to_dict()
        {'x': 3.0, 'y': 0.5}
        """
        if isinstance(func, str):
            return _method(self, func)(*args, axis=axis, **kwargs)
        if self._meta._get_axis_number(axis) == 1:
            raise UsageError("agg(axis=1) takes one name; use assign() with df.sum(axis=1) and the like")
        if func is None:
            return self._named(kwargs)
        if not self._meta.columns.is_unique:
            raise UsageError("agg of several columns of one name cannot tell them apart; rename() them first")
        frame: Any = self
        cells = _Cells(args, kwargs)
        if isinstance(func, Mapping):
            if not any(isinstance(each, (list, tuple)) for each in func.values()):
                pairs = [(column, frame[column], name) for column, name in func.items()]
                return cells.table([cells.column(None, pairs)], is_series=True)
            wanted = {column: _listed(names) for column, names in func.items()}
        else:
            names = _listed(func)
            return cells.table([cells.reduced(column, frame[column], names) for column in self._meta.columns])
        return cells.table(
            [
                cells.column(column, [(name, frame[column], name) for name in names])
                for column, names in wanted.items()
            ]
        )

    aggregate = agg

    def _named(self, named: Mapping[str, Any]) -> Any:
        """The frame of ``agg(total=("x", "sum"))``."""
        if not named or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in named.values()):
            raise TypeError("agg takes names of reductions, or agg(total=('x', 'sum'))")
        frame: Any = self
        cells = _Cells((), {})
        by_column: dict[Any, list[Any]] = {}
        for row, (column, name) in named.items():
            by_column.setdefault(column, []).append((row, frame[column], name))
        columns = [cells.column(column, wanted) for column, wanted in by_column.items()]
        return cells.table(columns, rows=tuple(named))


class SeriesAggregation(Operators):
    """``agg`` of a series."""

    __slots__ = ()

    def agg(self, func: Any = None, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
        """What reductions make of the values, in one pass over the rows that all share.

        ``func`` is the name of a method (``"sum"``), and its answer that of the method; or a list of names, or a dict of
        them by what they are to be called, for a series of a value each.  ``args`` and ``kwargs`` go to the methods.

        Raises :class:`~pannier.errors.UsageError` for functions: see :meth:`reduction` for those of your own.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 6], name="x"), npartitions=2)
        >>> x.agg(["max", "mean"]).compute(scheduler="sync").to_dict()
        {'max': 6.0, 'mean': 3.0}
        """
        if isinstance(func, str):
            return _method(self, func)(*args, **kwargs)
        if func is None:
            func, kwargs = kwargs, {}
        cells = _Cells(args, kwargs)
        pairs = func.items() if isinstance(func, Mapping) else [(name, name) for name in _listed(func)]
        return cells.table(
            [cells.column(self._meta.name, [(row, self, name) for row, name in pairs])], is_series=True
        )

    aggregate = agg


class _Cells:
    """The values of a table, which are made of columns by methods that are called with the same arguments."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs
        self.nodes: list[Node] = []
        self.metas: list[Any] = []

    def column(self, name: Any, wanted: Sequence[tuple[Any, Any, Any]]) -> frames.tables.TableColumn:
        """Of triples of what a value is called, the series it is of, and the method that makes it."""
        places = [self._place(series, method) for _, series, method in wanted]
        return frames.tables.TableColumn(name, tuple([row for row, _, _ in wanted]), tuple(places))

    def reduced(self, name: Any, series: Any, methods: list[Any]) -> frames.tables.TableColumn:
        """Of one series what each method makes of it; of types for missing values, as pandas has it of a frame."""
        column = self.column(name, [(method, series, method) for method in methods])
        are_known = all(hasattr(pd.Series, method) for method in methods)
        if not are_known or not pd.api.types.is_extension_array_dtype(series.dtype):
            return column
        shown = (
            frames.groupexamples.example(series._meta).to_frame().agg(methods, 0, *self.args, **self.kwargs)
        )
        dtype = shown.dtypes.iloc[0]
        if not pd.api.types.is_extension_array_dtype(dtype):
            return column
        return dataclasses.replace(column, dtype=dtype)

    def _place(self, series: Any, name: Any) -> int:
        method = _method(series, name)
        value = method(*self.args, **self.kwargs) if callable(method) else method
        if not isinstance(value, Scalar):
            raise UsageError(
                f"agg of several names is for one value each, and {name} gives a {type(value).__name__}"
            )
        self.nodes.append(value.node)
        self.metas.append(value._meta)
        return len(self.nodes) - 1

    def table(
        self,
        columns: list[frames.tables.TableColumn],
        *,
        rows: tuple[Any, ...] | None = None,
        is_series: bool = False,
    ) -> Any:
        """The values as a frame, or as a series."""
        if not self.nodes:
            raise UsageError("agg needs at least one name of a reduction, and one column")
        kernel = frames.tables.Table(tuple(columns), rows, is_series)
        shape = Aligned(1, (False,) * len(self.nodes))
        node = Blockwise(verb="agg", kernel=kernel, over=tuple(self.nodes), blockmap=shape)
        return wrap(node, frames.blocks.emptied(kernel(*self.metas)), is_summary=True)


def _listed(names: Any) -> list[Any]:
    return list(names) if isinstance(names, (list, tuple)) else [names]


def _method(of: Any, name: Any) -> Any:
    """The method of that name of a frame or series."""
    if not isinstance(name, str):
        raise UsageError(
            f"agg takes names of reductions such as 'sum', not {name!r:.80}; reduction() takes functions of your own"
        )
    known = [each for each in dir(type(of)) if not each.startswith("_")]
    if name not in known:
        raise AttributeError(f"agg: a {type(of).__name__} has no method {name!r}{near_matches(name, known)}")
    return getattr(of, name)
