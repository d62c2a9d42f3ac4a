"""Where frames come from that are in memory, or that functions make."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pannier import io
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, Divisions, wrap
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.series import Series
from pannier.collections.delayed import Delayed, delayed, made_of
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.kernel import name_of
from pannier.plan.blockmaps import Aligned, Concatenated
from pannier.plan.calls import nodes_of
from pannier.plan.nodes import Blockwise, Source


def from_pandas(
    data: Any, npartitions: int | None = None, *, chunksize: int | None = None, sort: bool = True
) -> DataFrame | Series:
    """A frame, or a series, of the rows of a pandas object, in ``npartitions`` partitions or of ``chunksize`` rows each.

    With ``sort`` rows are put in order of their index, equal labels stay together, and divisions are known.

    >>> import pandas as pd, pannier as pn
    >>> pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2).divisions
    (0, 2, 3)
    """
    if not isinstance(data, (pd.DataFrame, pd.Series)):
        raise TypeError(f"data must be a pandas DataFrame or Series, not {type(data).__name__}")
    source, divisions = io.frames.frame_source(data, npartitions=npartitions, chunksize=chunksize, sort=sort)
    return wrap(source, frames.blocks.emptied(data), divisions)  # type: ignore[no-any-return]


def from_dict(
    data: Any,
    npartitions: int | None = None,
    orient: str = "columns",
    dtype: Any = None,
    columns: Sequence[Any] | None = None,
) -> DataFrame:
    """A frame of what :meth:`pandas.DataFrame.from_dict` makes of ``data``, in ``npartitions`` partitions.

    >>> import pannier as pn
    >>> pn.from_dict({"x": [1, 2, 3]}, npartitions=2).x.compute(scheduler="sync").tolist()
    [1, 2, 3]
    """
    build: Any = pd.DataFrame.from_dict
    made = build(data, orient=orient, dtype=dtype, columns=columns)
    return from_pandas(made, npartitions)  # type: ignore[return-value]


def from_array(
    arr: Any, chunksize: int = 50_000, columns: Any = None, meta: Any = None
) -> DataFrame | Series:
    """A frame of the rows of an array of two dimensions, a series of one of one, ``chunksize`` rows a partition.

    Rows are numbered and divisions known.  Of an array of records (a structured type) the fields are columns.  What is
    no numpy array, but has a shape, a type and slices (of h5py, zarr), is read slice by slice, by the tasks.

    Parameters
    ----------
    columns
        The names of the columns, or the name of the series.
    meta
        The names and types that it has, in any form that
        :meth:`~pannier.collections.dataframe.user.UserFunctions.map_partitions` takes.

    Raises
    ------
    UsageError
        The array has no dimension, or more than two, or other columns than there are names.

    Examples
    --------
    >>> import numpy as np, pannier as pn
    >>> pn.from_array(np.eye(3), chunksize=2, columns=["a", "b", "c"]).compute(scheduler="sync")
         a    b    c
    0  1.0  0.0  0.0
    1  0.0  1.0  0.0
    2  0.0  0.0  1.0
    """
    if chunksize < 1:
        raise UsageError(f"chunksize must be at least 1, not {chunksize}")
    if getattr(arr, "ndim", 0) not in (1, 2):
        raise UsageError(f"an array has one dimension, or two, not {getattr(arr, 'ndim', 0)}: {arr!r:.100}")
    width = arr.shape[1] if arr.ndim == 2 else len(arr.dtype.names or ())
    if arr.ndim == 2 and columns is not None and len(columns) != width:
        raise UsageError(f"there are {width} columns, and names for {len(columns)}")
    declared = None if meta is None else dataframe.sampled.make_meta(meta, pd.RangeIndex(0), columns)
    if columns is None and declared is not None:
        columns = declared.name if declared.ndim == 1 else list(declared.columns)
    empty = _of_array(np.empty((0, *arr.shape[1:]), arr.dtype), 0, 0, columns)
    dtypes = (
        None if declared is None else (declared.dtype if declared.ndim == 1 else declared.dtypes.to_dict())
    )
    if dtypes is not None:
        empty = empty.astype(dtypes)
    divisions: Divisions
    if isinstance(arr, np.ndarray):
        source, divisions = io.frames.frame_source(
            _of_array(arr, 0, len(arr), columns, dtypes), chunksize=chunksize, sort=False, verb="from_array"
        )
    else:
        bounds = [*range(0, len(arr), chunksize), len(arr)] if len(arr) else [0, 0]
        parts = [io.made.Inputs(i, ends) for i, ends in enumerate(itertools.pairwise(bounds))]
        reader = io.made.FunctionReader(
            _slice_of_array, (arr, columns, dtypes), (), "from_array", "from_array"
        )
        source = Source(verb="from_array", reader=reader, parts=parts)
        divisions = (*bounds[:-1], len(arr) - 1) if len(arr) else None
    return wrap(source, empty, divisions)  # type: ignore[no-any-return]


def _slice_of_array(start: int, stop: int, arr: Any, columns: Any, dtypes: Any) -> Any:
    """A run of the rows of an array that is somewhere else."""
    return _of_array(np.asarray(arr[start:stop]), start, stop, columns, dtypes)


def _of_array(values: Any, start: int, stop: int, columns: Any, dtypes: Any = None) -> Any:
    """An array as a frame or series whose rows are numbered from ``start``."""
    index = pd.RangeIndex(start, stop)
    made: Any
    if values.ndim == 2 or values.dtype.names:
        made = pd.DataFrame(values, index=index, columns=columns, copy=False)
    else:
        made = pd.Series(values, index=index, name=columns, copy=False)
    return made if dtypes is None else made.astype(dtypes)


def from_map(
    func: Callable[..., Any],
    *iterables: Iterable[Any],
    args: Sequence[Any] | None = None,
    meta: Any = UNSET,
    divisions: Sequence[Any] | None = None,
    label: str | None = None,
    enforce_metadata: bool = False,
    **kwargs: Any,
) -> Any:
    """A frame or series whose partition i is ``func(*inputs, *args, **kwargs)`` of element i of each iterable.

    Without ``meta`` the function is called at once with the first elements, to see what it returns.  A function with a
    parameter ``columns``, a list of names, is called with those that are read later.

    Parameters
    ----------
    func
        A function that returns a pandas object: it reads a file, asks a service, or draws numbers.
    iterables
        Its inputs, as many of each.
    args, kwargs
        Further arguments, the same for all partitions.
    meta
        What it returns: an empty pandas object, or names and types.
    divisions
        The n + 1 labels around the n partitions, where they are known.
    label
        What to call it in ``explain()`` and errors; by default ``from_map``.
    enforce_metadata
        Hold what it returns against ``meta``, by which types that do not fit are an error.

    Raises
    ------
    UsageError
        There are no iterables, none of their elements, or not as many of each.

    Examples
    --------
    >>> import pandas as pd, pannier as pn
    >>> def squares(n, start=0):
    ...     return pd.DataFrame({"square": [(start + i) ** 2 for i in range(n)]})
    >>> pn.from_map(squares, [1, 2], start=3).square.compute(scheduler="sync").tolist()
    [9, 9, 16]
    """
    if not callable(func):
        raise UsageError(f"from_map needs a function first, not {func!r:.80}")
    lists = [list(each) for each in iterables]
    lengths = sorted({len(each) for each in lists})
    if len(lengths) != 1 or not lengths[0]:
        raise UsageError(
            f"from_map needs iterables of the same length, 1 or more, not of {lengths or 'none at all'}"
        )
    verb = label or "from_map"
    if "columns" in kwargs and io.made.takes_columns(func):
        func = _WithColumns(func, tuple(kwargs.pop("columns")))
    parts = [io.made.Inputs(i, values) for i, values in enumerate(zip(*lists, strict=True))]
    shown = label or f"{verb}({name_of(func)})"
    reader = io.made.FunctionReader(func, tuple(args or ()), tuple(kwargs.items()), verb, shown)
    first = None
    if meta is UNSET or meta is None:
        first = reader(parts[0])
        meta = frames.blocks.emptied(first)
    else:
        meta = dataframe.sampled.make_meta(meta, pd.RangeIndex(0))
    reader = dataclasses.replace(
        reader, meta=meta if enforce_metadata else None, order=tuple(getattr(meta, "columns", ()))
    )
    source = Source(verb=verb, reader=reader, parts=parts)
    if first is not None:
        dataframe.sampled.keep_first(source, first)
    return wrap(source, meta, _divided("from_map", divisions, len(parts)))


class _WithColumns:
    """A function of columns, of which only those that a user has chosen are asked for."""

    __slots__ = ("chosen", "func")

    def __init__(self, func: Callable[..., Any], chosen: tuple[Any, ...]) -> None:
        self.func = func
        self.chosen = chosen

    def __call__(self, *args: Any, columns: Sequence[Any] | None = None, **kwargs: Any) -> Any:
        wanted = list(self.chosen) if columns is None else [name for name in self.chosen if name in columns]
        return self.func(*args, columns=wanted, **kwargs)

    @property
    def label(self) -> str:
        """The function as the user wrote it."""
        return name_of(self.func)


def from_delayed(
    dfs: Delayed | Iterable[Delayed],
    meta: Any = None,
    divisions: Sequence[Any] | None = None,
    prefix: str | None = None,
    verify_meta: bool = True,
) -> Any:
    """A frame or series whose partition i is the delayed value i, a pandas object.

    Without ``meta`` the first value is computed at once, to see its columns and types.

    Parameters
    ----------
    dfs
        Delayed values, as :func:`pannier.delayed` and ``to_delayed`` give them.
    meta
        What they are: an empty pandas object, or names and types.
    divisions
        The n + 1 labels around the n partitions, where they are known.
    prefix
        What to call it in ``explain()`` and errors; by default ``from_delayed``.
    verify_meta
        Hold the values against ``meta``, by which columns or types that do not fit are an error.

    Raises
    ------
    UsageError
        What is given is not delayed, or there is nothing.

    Examples
    --------
    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> part = pn.delayed(lambda x: pd.DataFrame({"x": [x]}))
    >>> both = pdf.from_delayed([part(1), part(2)], meta={"x": "int64"})
    >>> both.x.compute(scheduler="sync").tolist()
    [1, 2]
    """
    values = [dfs] if isinstance(dfs, Delayed) else list(dfs)
    verb = prefix or "from_delayed"
    for value in values:
        if not isinstance(value, Delayed):
            raise UsageError(f"{verb} takes delayed values, not {value!r:.80}; wrap it: delayed(value)")
    if not values:
        raise UsageError(f"{verb} needs at least one delayed value")
    if meta is None:
        meta = delayed(_meta_of)(values[0]).compute()
    else:
        meta = dataframe.sampled.make_meta(meta, pd.RangeIndex(0))
    n = len(values)
    node = Blockwise(
        verb=verb,
        kernel=None,
        over=tuple(nodes_of([made_of(value) for value in values])),
        blockmap=Concatenated((1,) * n),
    )
    if verify_meta:
        checked = frames.user.Checked(meta, verb)
        node = Blockwise(verb=verb, kernel=checked, over=(node,), blockmap=Aligned(n), params=(range(n),))
    return wrap(node, meta, _divided(verb, divisions, n))


def _meta_of(value: Any) -> Any:
    if not isinstance(value, (pd.DataFrame, pd.Series, pd.Index)):
        raise UsageError(f"a partition is a pandas object, and the first delayed value is {value!r:.100}")
    return frames.blocks.emptied(value)


def _divided(verb: str, divisions: Sequence[Any] | None, npartitions: int) -> Divisions:
    """``divisions`` as they are kept; raises :class:`~pannier.errors.UsageError` unless they fit."""
    if divisions is None or all(each is None for each in divisions):
        return None
    known = tuple(divisions)
    if len(known) != npartitions + 1:
        raise UsageError(
            f"{verb} has {npartitions} partitions, and needs one division more, not {len(known)}"
        )
    for low, high in itertools.pairwise(known):
        if low > high:
            raise UsageError(f"divisions are in order, and {low!r} is not before {high!r}")
    return known
