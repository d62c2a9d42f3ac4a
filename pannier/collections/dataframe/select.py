"""Rows by label and by position, and rows that are numbered anew."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_integer, is_list_like

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike, wrap
from pannier.collections.dataframe.operands import refuse_mask
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.kernels.kernel import Slot
from pannier.plan.blockmaps import Grouped
from pannier.plan.nodes import Blockwise, Node


class Selection(Operators):
    """``loc``, ``iloc``, ``reset_index`` and their relatives."""

    __slots__ = ()

    @property
    def loc(self) -> Loc:
        """Rows, and columns, by label: see :class:`~pannier.collections.dataframe.select.Loc`."""
        return Loc(self)

    @property
    def iloc(self) -> ILoc:
        """Rows, and columns, by position: see :class:`~pannier.collections.dataframe.select.ILoc`."""
        return ILoc(self)

    def _sliced(self, key: slice) -> Any:
        """``self[a:b]``: by position of whole numbers, else by label."""
        numbers = [each for each in (key.start, key.stop, key.step) if each is not None]
        is_by_label = self._meta.index.dtype.kind == "f" and key.step is None
        return self.iloc[key] if all(map(is_integer, numbers)) and not is_by_label else self.loc[key]

    def reset_index(
        self, level: Any = None, drop: bool = False, name: Any = UNSET, *, names: Any = UNSET,
        col_level: Any = UNSET, col_fill: Any = UNSET, allow_duplicates: bool = False,
    ) -> Any:  # fmt: skip
        """This with its labels in a column, or with ``drop`` without them, and rows numbered from 0 instead.

        ``name`` is what the values of a series are called.  Of frames there are ``names``, of the new columns, and
        where columns have levels ``col_level``, the one that these names are in, and ``col_fill``, what is in the others.

        Rows are numbered through when the answer is put together; in partitions they are numbered from 0 in each.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2], ["a", "b"], name="x"), npartitions=2)
        >>> x.reset_index().compute(scheduler="sync")
          index  x
        0     a  1
        1     b  2
        """
        own: dict[str, Any] = {"names": names, "col_level": col_level, "col_fill": col_fill}
        others: dict[str, Any] = {"name": name}
        if self.ndim == 1:
            own, others = others, own
        for word, value in others.items():
            if value is not UNSET:
                raise TypeError(f"reset_index() of a {type(self).__name__} has no keyword {word!r}")
        kwargs: dict[str, Any] = {"level": level, "drop": drop}
        if not drop:
            kwargs["allow_duplicates"] = allow_duplicates
        kwargs |= {word: value for word, value in own.items() if value is not UNSET}
        frame = self if drop else dataframe.numbering.numbered_through(self)
        call = MethodCall(
            "reset_index", (), tuple(kwargs.items()), is_columnwise=self.ndim == 2, rows_kept=False
        )
        made = frame._blockwise("reset_index", call)
        count = len(level) if isinstance(level, (list, tuple)) else 1
        is_numbered = level is None or count >= self._meta.index.nlevels  # else there are labels left
        return wrap(made.node, made._meta, None, f"{self._rows}|reset", is_numbered)

    def first_valid_index(self) -> Any:
        """The label of the first row that has a value, lazily; None when there is none."""
        return dataframe.numbering.numbered_through(self)._reduce(
            "first_valid_index", frames.selecting.ValidLabel(), meta=None
        )

    def last_valid_index(self) -> Any:
        """The label of the last row that has a value, lazily; None when there is none."""
        return dataframe.numbering.numbered_through(self)._reduce(
            "last_valid_index", frames.selecting.ValidLabel(is_last=True), meta=None
        )


class _Indexer(ABC):
    """What ``frame.loc`` and ``frame.iloc`` share."""

    __slots__ = ("_frame",)

    name: str

    def __init__(self, frame: Selection) -> None:
        self._frame: Any = frame

    def __getitem__(self, key: Any) -> Any:
        frame = self._frame
        if isinstance(key, tuple) and not self._is_label(key):
            if frame.ndim != 2 or len(key) != 2:
                raise UsageError(
                    f"{self.name}[...] takes rows{' and columns' if frame.ndim == 2 else ''}, not {key!r:.80}"
                )
            key, columns = key
            frame = self._columns(columns)
        if callable(key):
            key = key(self._frame)
        return frame if isinstance(key, slice) and key == slice(None) else self._rows(frame, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            f"values are not put into {self.name}[...]; df['x'] = df.x.mask(condition, value) makes a column anew"
        )

    def _is_label(self, key: tuple[Any, ...]) -> bool:
        """Whether ``key`` is one label of a series, and not rows and columns."""
        return False

    @abstractmethod
    def _columns(self, columns: Any) -> Any:
        """Those columns of the frame."""

    @abstractmethod
    def _rows(self, frame: Any, key: Any) -> Any:
        """The rows of ``frame`` that ``key`` stands for."""


class Loc(_Indexer):
    """Rows, and columns, by label.

    ``df.loc[rows]`` or ``df.loc[rows, columns]``, where ``rows`` is

    - a label: a frame of all rows that have it, however many.  A KeyError when it is computed, if there is none;
    - a list of labels: the rows of each, in the order of the list.  A KeyError if one of them is missing;
    - a slice of labels: all rows with labels between its ends, both included, whether or not rows are in order;
    - a text, of an index of times, for a stretch of time such as ``"2015-01"``: as a slice of it;
    - a lazy series of truth values, or a lazy series or index of labels, which must fit into memory: as a list of them;
    - of an index of levels, a label of the first one, or a tuple of those of the first ones: the rows under it, by the
      levels that are left; or a slice of such.

    Where divisions are known, only those partitions are read in which the labels can be.

    >>> import pandas as pd, pannier as pn
    >>> df = pn.from_pandas(
    ...     pd.DataFrame({"x": [1, 2, 3], "y": [4, 5, 6]}, list("abc")), npartitions=3
    ... )
    >>> df.loc["b":, "x"].compute(scheduler="sync").tolist()
    [2, 3]
    >>> df.loc[["c", "a"]].compute(scheduler="sync").index.tolist()
    ['c', 'a']
    """

    __slots__ = ()

    name = "loc"

    def _is_label(self, key: tuple[Any, ...]) -> bool:
        return self._frame.ndim == 1 and isinstance(self._frame._meta.index, pd.MultiIndex)

    def _columns(self, columns: Any) -> Any:
        frame = self._frame
        if callable(columns):
            columns = columns(frame)
        with frame._explained():
            chosen = frame._meta.loc[:, columns]
        if not frame._meta.columns.is_unique:
            labels = frame._meta.columns
            places = pd.Series(range(len(labels)), labels).loc[columns]
            return frame.iloc[:, int(places) if chosen.ndim == 1 else places.to_list()]
        return frame[columns] if chosen.ndim == 1 else frame[list(chosen.columns)]

    def _rows(self, frame: Any, key: Any) -> Any:
        if isinstance(key, FrameLike):
            return dataframe.rowlabels.rows_at(frame, key)
        frame = dataframe.numbering.numbered_through(frame)
        index = frame._meta.index
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise UsageError("loc[a:b:step] of partitions needs positions; use iloc[a:b:step]")
            return _between(frame, _bound(frame, key.start, True), _bound(frame, key.stop, False))
        if isinstance(index, pd.MultiIndex):
            return _under(frame, key)
        if is_list_like(key) and not isinstance(key, tuple):
            refuse_mask(key)
            return _listed(frame, list(key))
        if isinstance(key, str) and isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
            try:
                return _between(frame, _bound(frame, key, True), _bound(frame, key, False))
            except TypeError:
                raise KeyError(key) from None  # as of any label that is not there
        chosen = _partitions_of(frame, [key])
        found = chosen._blockwise("loc", frames.selecting.Labelled(pd.Index([key])), meta=frame._meta)
        return _located(found, frames.selecting.Located(key, True))


def _under(frame: Any, key: Any) -> Any:
    """The rows under a label of the first level, or a tuple of those of the first levels."""
    labels = key if isinstance(key, tuple) else (key,)
    if any(is_list_like(label) or isinstance(label, slice) for label in labels):
        raise UsageError(
            f"loc[{key!r:.80}]: of an index of levels loc takes one label, or a tuple of one for each of the first levels; "
            "else use df[df.index.get_level_values(level).isin(labels)]"
        )
    levels = frame._meta.index.nlevels
    if len(labels) > levels:
        raise KeyError(f"{labels!r:.80} are more labels than the index has levels, {levels}")
    return rows_under(frame, key, frames.selecting.Under(labels, tuple(range(len(labels)))))


def rows_under(frame: Any, key: Any, kernel: frames.selecting.Under) -> Any:
    """The rows of all partitions that ``kernel`` finds for ``key``, in one; a KeyError on compute if there are none."""
    return _located(frame._blockwise("loc", kernel), frames.selecting.Located(key, True))


def _bound(frame: Any, label: Any, is_low: bool) -> Any:
    """``label`` as one of the index of ``frame``.  Raises TypeError, as pandas does, for one of another type."""
    index = frame._meta.index
    if label is None or isinstance(index, pd.MultiIndex):
        return label
    known = _some_label(frame)
    try:
        bound = _as_label(index, label, is_low)
        if not pd.isna(known):
            bool(bound < known)
    except (TypeError, ValueError):
        plain = known.item() if isinstance(known, np.generic) else known
        like = "" if pd.isna(known) else f", such as {plain!r:.80}"
        raise TypeError(
            f"loc: the label {label!r:.80} is of type {type(label).__name__}, and has no place among those of an index of "
            f"{index.dtype}; give one of that type{like}"
        ) from None
    return bound


def _some_label(frame: Any) -> Any:
    """A label like those of ``frame``; None where nobody knows what they are."""
    if frame._divisions is not None:
        return frame._divisions[0]
    index = frame._meta.index
    if index.dtype == object:
        return None
    return next(iter(frames.groupexamples.example(frame._meta).index), None)


def _as_label(index: pd.Index[Any], label: Any, is_low: bool) -> Any:
    """``label`` as one of ``index``; a text that stands for a stretch of time is its start, or its end.

    >>> _as_label(pd.DatetimeIndex([]), "2015-02", True)
    Timestamp('2015-02-01 00:00:00')
    """
    if isinstance(index, pd.DatetimeIndex) and isinstance(label, str):
        period = pd.Period(label)
        end = period.start_time if is_low else period.end_time
        return end if index.tz is None else end.tz_localize(index.tz)
    if isinstance(index, pd.TimedeltaIndex) and isinstance(label, str):
        parsed = pd.Timedelta(label)
        if is_low:
            return parsed
        return parsed + pd.Timedelta(1, unit=parsed.resolution_string) - pd.Timedelta(1, unit="ns")  # type: ignore[arg-type]
    return label


def _between(frame: Any, low: Any, high: Any) -> Any:
    kernel, divisions = frames.selecting.Between(low, high), frame._divisions
    if divisions is None:
        return frame._blockwise("loc", kernel)
    firsts = divisions[:-1]
    start = 0 if low is None else max(0, bisect_right(firsts, low) - 1)
    stop = len(firsts) if high is None else max(start + 1, bisect_right(firsts, high))
    chosen = frame._chosen(range(start, stop))
    made = chosen._blockwise("loc", kernel)
    own = chosen.divisions
    ends = (own[0] if low is None else max(low, own[0]), own[-1] if high is None else min(high, own[-1]))
    known = (ends[0], *own[1:-1], ends[1]) if ends[0] <= ends[1] else None
    return wrap(made.node, made._meta, known, made._rows)


def _listed(frame: Any, labels: list[Any]) -> Any:
    index = frame._meta.index
    wanted = pd.Index(labels)
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)) and labels:
        wanted = pd.Index(labels, dtype=index.dtype)
    chosen = _partitions_of(frame, list(wanted))
    found = chosen._blockwise("loc", frames.selecting.Labelled(wanted), meta=frame._meta)
    return _located(found, frames.selecting.Located(wanted if labels else labels, False))


def _partitions_of(frame: Any, labels: list[Any]) -> Any:
    """The partitions in which rows with ``labels`` can be; at least one."""
    if frame._divisions is None:
        return frame
    firsts = frame._divisions[:-1]
    try:
        numbers = {max(0, bisect_right(firsts, label) - 1) for label in labels}
    except TypeError:  # a label of another type, which no row has
        numbers = set()
    return frame._chosen(sorted(numbers or {0}))


def _located(found: Any, kernel: frames.selecting.Located) -> Any:
    node = Blockwise(verb="loc", kernel=kernel, over=(found.node,), blockmap=Grouped((0, found.npartitions)))
    return wrap(node, found._meta)


class ILoc(_Indexer):
    """Rows, and columns, by position.

    ``df.iloc[rows]`` or ``df.iloc[rows, columns]``, where ``rows`` is a slice with a positive step, a list of positions,
    or one position, which gives a row as a series, or one value of a series.  Positions may be counted from the end.
    Rows are counted first, those of all partitions if positions are counted from the end.

    >>> import pandas as pd, pannier as pn
    >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=3)
    >>> df.iloc[-2:].compute(scheduler="sync").x.tolist()
    [3, 4]
    >>> print(df.x.iloc[1].compute(scheduler="sync"))
    2
    """

    __slots__ = ()

    name = "iloc"

    def _columns(self, columns: Any) -> Any:
        frame = self._frame
        if callable(columns):
            columns = columns(frame)
        dataframe.rowlabels.refuse_lazy_positions(columns)
        chosen = frame._meta.iloc[:, columns]
        if not frame._meta.columns.is_unique:
            return frame._blockwise("iloc", frames.elementwise.RowCall(_columns_at, (Slot(0), columns), {}))
        return frame[chosen.name] if chosen.ndim == 1 else frame[list(chosen.columns)]

    def _rows(self, frame: Any, key: Any) -> Any:
        dataframe.rowlabels.check_positions(key)
        frame = dataframe.numbering.numbered_through(frame)
        if isinstance(key, slice):
            return self._range(frame, key)
        is_one = is_integer(key)
        positions = (int(key),) if is_one else tuple(map(int, key))
        shared = _length(frame) if any(position < 0 for position in positions) else ()
        picked = dataframe.numbering.after_counts(
            "iloc", frame.node, frames.selecting.RowsAt(positions), *shared
        )
        node = Blockwise(
            verb="iloc",
            kernel=frames.selecting.Placed(positions, is_one),
            over=(picked,),
            blockmap=Grouped((0, frame.npartitions)),
        )
        if not is_one:
            return wrap(node, frame._meta)
        row = frames.windows.one_row(frame._meta).iloc[0]
        return (
            wrap(node, frames.blocks.emptied(row.rename(None)), is_summary=True)
            if frame.ndim == 2
            else wrap(node, row)
        )

    def _range(self, frame: Any, key: slice) -> Any:
        step = 1 if key.step is None else key.step
        if step < 1:
            raise UsageError(f"iloc takes rows in their order, with a positive step, not {step}")
        ends = [end for end in (key.start, key.stop) if end is not None]
        shared = _length(frame) if any(end < 0 for end in ends) else ()
        node = dataframe.numbering.after_counts(
            "iloc", frame.node, frames.selecting.RowRange(key.start, key.stop, step), *shared
        )
        return wrap(node, frame._meta, frame._divisions)


def _length(frame: Any) -> tuple[Node]:
    return (frame._reduce("len", frames.blocks.Length()).node,)


def _columns_at(block: pd.DataFrame, columns: Any) -> Any:
    return block.iloc[:, columns]
