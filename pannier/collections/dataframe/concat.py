"""Frames put under each other or beside each other, and beside what was last known."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pannier.collections.dataframe.alignment import by_divisions, matched, united
from pannier.collections.dataframe.base import Divisions, FrameLike, wrap
from pannier.collections.dataframe.merge import as_frame
from pannier.collections.dataframe.numbering import numbered_through
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.partitions import Numbers
from pannier.errors import UsageError
from pannier.io.frames import frame_source
from pannier.kernels.frames.base import Tail
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.merging import MergeAsof
from pannier.kernels.frames.scans import Running
from pannier.kernels.frames.stacking import Concat, Conform
from pannier.plan.blockmaps import Aligned, Concatenated, Neighbours
from pannier.plan.carrying import carried
from pannier.plan.lookups import whole
from pannier.plan.nodes import Blockwise, Node


def concat(
    dfs: Iterable[Any],
    *,
    axis: int | str = 0,
    join: str = "outer",
    ignore_index: bool = False,
    interleave_partitions: bool = False,
    sort: bool = False,
    keys: Any = None,
) -> Any:
    """Frames or series under each other, or with ``axis=1`` beside each other, as in pandas.

    Under each other, partitions follow each other as they are; columns that one has not are missing there, or left
    out with ``join="inner"``; with ``sort`` they are in the order of their names.  Divisions are known if those of all are, and follow each other; with
    ``interleave_partitions`` frames of known divisions that overlap are put together label by label.  Beside each
    other there are only frames of the same rows, of known divisions, or of a row for each group; rows that are cut at the
    same labels are in the order of these, where pandas has those of the first frame before new ones of the second.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> a = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    >>> b = pd.DataFrame({"x": [3], "y": ["c"]}, index=[2])
    >>> pdf.concat([a, b]).compute(scheduler="sync")
       x    y
    0  1  NaN
    1  2  NaN
    2  3    c
    """
    if isinstance(dfs, (dict, pd.DataFrame, pd.Series, FrameLike)) or not isinstance(dfs, Iterable):
        raise TypeError(f"concat takes a list of frames, not {type(dfs).__name__}")
    if keys is not None:
        raise UsageError(
            "concat(keys=...) makes labels of levels; tell frames apart by a column, as by df.assign(key=...) of each, which "
            'set_index("key", append=True) makes a level, or give columns other names by add_prefix() or rename()'
        )
    frames = [_lazy(each) for each in dfs]
    if not frames:
        raise ValueError("no frames to concatenate")
    if join not in ("outer", "inner"):
        raise UsageError(f'join is "outer" or "inner", not {join!r}')
    if axis in (1, "columns"):
        if ignore_index:
            raise UsageError("concat(axis=1) keeps the names of columns; give them others with set_axis()")
        if sort:
            raise UsageError("concat(axis=1) leaves rows where they are: use sort_index() of the answer")
        return functools.reduce(functools.partial(_beside, join=join), frames)
    if axis not in (0, "index", "rows"):
        raise UsageError(f"axis is 0 or 1, not {axis!r}")
    return _stacked(frames, join, ignore_index, interleave_partitions, sort)


def _lazy(value: Any) -> Any:
    if isinstance(value, (pd.DataFrame, pd.Series)):
        source, divisions = frame_source(value, npartitions=1, chunksize=None, sort=False)
        return wrap(source, emptied(value), divisions)
    if not isinstance(value, FrameLike) or isinstance(value._meta, pd.Index):
        raise TypeError(f"concat takes frames and series, lazy or of pandas, not {type(value).__name__}")
    return value


def _stacked(frames: Sequence[Any], join: Any, ignore_index: bool, interleave: bool, sort: bool) -> Any:
    """``frames`` under each other."""
    examples = [example(frame._meta) for frame in frames]
    meta = emptied(pd.concat(examples, join=join, ignore_index=ignore_index, sort=sort))
    divisions = None
    if not ignore_index and all(frame.known_divisions for frame in frames):
        divisions = _joined([frame.divisions for frame in frames])
        if divisions is None and interleave:
            return _interleaved(frames, meta, join, sort)
    is_deep = isinstance(frames[0]._meta.index, pd.MultiIndex)
    if not ignore_index and any(frame._numbers is None for frame in frames):
        frames = list(map(numbered_through, frames))
    node = _following([_conforming(frame, meta, ignore_index, is_deep) for frame in frames])
    numbers = ignore_index or _numbers_of(frames)
    return wrap(node, meta, divisions, numbers=numbers)


def _following(nodes: Sequence[Node]) -> Node:
    """The blocks of all ``nodes``, one after the other."""
    blockmap = Concatenated(tuple([node.npartitions for node in nodes]))
    return Blockwise(verb="concat", kernel=None, over=tuple(nodes), blockmap=blockmap)


def _numbers_of(frames: Sequence[Any]) -> Numbers | None:
    """What the labels of ``frames`` under each other number, if all only number rows: they begin anew with each frame."""
    found: list[Numbers] = [frame._numbers for frame in frames]
    if None in found:
        return None
    firsts = itertools.accumulate([frame.npartitions for frame in frames], initial=0)
    starts = [first + start for first, each in zip(firsts, found, strict=False) for start in each.starts]
    node = _following([each.node for each in found])
    return Numbers(node, "|".join([each.rows for each in found]), tuple(starts))


def _joined(found: Sequence[tuple[Any, ...]]) -> Divisions:
    """The divisions of all, if each begins after the end of the one before."""
    try:
        if any(not one[-1] < other[0] for one, other in itertools.pairwise(found)):
            return None
    except TypeError:  # labels without a common order
        return None
    return (*(label for divisions in found for label in divisions[:-1]), found[-1][-1])


def _conforming(frame: Any, meta: Any, ignore_index: bool, is_deep: bool) -> Node:
    """The node of ``frame`` with the columns and types of ``meta``; ``is_deep`` says that the first index has levels."""
    own = frame._meta
    index_type = None if ignore_index else _index_type(own.index, meta.index, is_deep)
    # pandas names labels by all frames, but levels by those alone that have rows
    is_unnamed = not ignore_index and own.index.nlevels == 1 and own.index.name is not meta.index.name is None
    casts: tuple[tuple[Any, Any], ...]
    if meta.ndim == 1:
        casts = ((meta.name, meta.dtype),) if own.dtype != meta.dtype else ()
        kernel = Conform(None, casts, ignore_index, index_type, is_unnamed)
        is_same = own.name == meta.name and not casts
    else:
        if not meta.columns.is_unique:
            raise UsageError("several columns have one name: give them other names before concat()")
        types = own.to_frame().dtypes if own.ndim == 1 else own.dtypes
        casts = tuple(
            [
                (name, dtype)
                for name, dtype in meta.dtypes.items()
                if name not in types.index or types[name] != dtype
            ]
        )
        kernel = Conform(tuple(meta.columns), casts, ignore_index, index_type, is_unnamed)
        is_same = own.ndim == 2 and tuple(own.columns) == kernel.columns and not casts
    is_renumbered = ignore_index and not (frame._is_numbered and own.index.name is None)
    if is_same and index_type is None and not is_unnamed and not is_renumbered:
        return frame.node  # type: ignore[no-any-return]
    if meta.ndim == 1 and own.name != meta.name:
        frame = frame.rename(meta.name)
    return Blockwise(verb="concat", kernel=kernel, over=(frame.node,), blockmap=Aligned(frame.npartitions))


def _index_type(own: pd.Index[Any], index: pd.Index[Any], is_deep: bool) -> Any:
    """The type to cast ``own`` labels to, for which it does not matter whether there are any; None if to none.

    Labels without a common type become objects, in pandas, only where both frames have some; but categories always.
    """
    if isinstance(own, pd.CategoricalIndex) and index.dtype == object:
        return own.categories.dtype if is_deep else index.dtype
    is_deep = isinstance(own, pd.MultiIndex) or isinstance(index, pd.MultiIndex)
    return None if is_deep or index.dtype in (own.dtype, object) else index.dtype


def _interleaved(frames: Sequence[Any], meta: Any, join: Any, sort: bool) -> Any:
    """``frames`` of known divisions, partition by partition."""
    divisions = functools.reduce(united, [frame.divisions for frame in frames])
    cut = [by_divisions(frame, divisions) for frame in frames]
    n = len(divisions) - 1
    blockmap = Aligned(n, (False,) * len(cut))
    node = Blockwise(
        verb="concat",
        kernel=Concat(0, join, sort=sort),
        over=tuple([each.node for each in cut]),
        blockmap=blockmap,
    )
    return wrap(node, meta, divisions)


def _beside(one: Any, other: Any, join: Any) -> Any:
    """Two frames of the same rows, or of the same labels, beside each other."""
    first, second = matched(one, other, joins=join == "outer", by_rows=True)
    operands = FrameOperands(first)
    operands.argument(second)
    rows_kept = first._rows == one._rows == other._rows
    are_times = all(isinstance(each._meta.index, pd.DatetimeIndex) for each in (one, other))
    sort = join == "outer" and not rows_kept and (first.npartitions > 1 or are_times)
    kernel = Concat(1, join, rows_kept, sort)
    return first._blockwise("concat", kernel, operands, keeps_divisions=True)


def merge(left: Any, right: Any, **options: Any) -> Any:
    """``left.merge(right, **options)``, of which one may be an object of pandas.

    >>> import pandas as pd, pannier.dataframe as pdf
    >>> one, other = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [2], "v": ["b"]})
    >>> pdf.merge(one, other, how="inner").compute(scheduler="sync")
       k  v
    0  2  b
    """
    return as_frame("merge", left).merge(right, **options)


def merge_asof(left: Any, right: Any, **options: Any) -> Any:
    """The rows of ``left``, each with the last row of ``right`` whose key is not larger, as ``pandas.merge_asof``.

    ``options`` are those of pandas.  Both sides are sorted by the key, across all partitions; computing raises
    ValueError where they are not.  The partitions of
    ``left`` stay as they are; ``right`` is put together once, in memory, for all of them.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> trades = pn.from_pandas(pd.DataFrame({"t": [2, 5]}), npartitions=2)
    >>> quotes = pd.DataFrame({"t": [1, 4], "price": [10.0, 11.0]})
    >>> pdf.merge_asof(trades, quotes, on="t").compute(scheduler="sync")
       t  price
    0  2   10.0
    1  5   11.0
    """
    first, second = as_frame("merge_asof", left), as_frame("merge_asof", right)
    if first.npartitions > 1 and options.get("left_index") and options.get("right_on") is not None:
        raise UsageError(
            "merge_asof(left_index=True, right_on=...) has the keys of the right in their column, or, where any row of any "
            "partition is without a match, those of the left in all rows; use right.set_index(...) with right_index=True"
        )
    kernel = MergeAsof(tuple(options.items()))
    with first._explained():
        meta = emptied(kernel(first._meta, second._meta))
    last = carried("merge_asof", first.node, Tail(1), Running(Tail(1)))
    node = Blockwise(
        verb="merge_asof",
        kernel=kernel,
        over=(first.node, whole(second.node), last),
        blockmap=Neighbours(first.npartitions, (0, None, -1)),
    )
    keeps_labels = bool(options.get("left_index"))
    return wrap(
        node,
        meta,
        first._divisions if keeps_labels else None,
        numbers=not keeps_labels and isinstance(meta.index, pd.RangeIndex),
    )
