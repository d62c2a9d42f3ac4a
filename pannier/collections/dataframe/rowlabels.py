"""Rows that are picked, left out and labelled anew by what their labels are, each partition by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer, is_list_like, is_object_dtype

from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.computing import is_collection
from pannier.errors import UsageError
from pannier.kernels import frames

_COMPARABLE: Final = {"i": "iuf", "u": "iuf", "f": "iuf", "m": "m", "M": "M"}
"""Kinds of labels to those that can be equal to them."""


class RowLabels(Operators):
    """What frames and series do alike."""

    __slots__ = ()

    def xs(self, key: Any, axis: int | str = 0, level: Any = None, drop_level: bool = True) -> Any:
        """The rows with one label, or with one in some levels of an index, without those: one partition.

        ``level`` is the number or name of a level, or a list of some with as many labels in ``key``; by default the
        first ones.  All rows that have it, a frame, however many these are.  Of columns with ``axis=1``, in all
        partitions.  Raises KeyError on compute where no row has the label.

        >>> import pandas as pd, pannier as pn
        >>> index = pd.MultiIndex.from_tuples([("a", 1), ("b", 1), ("b", 2)], names=["k", "n"])
        >>> x = pn.from_pandas(pd.Series([1, 2, 3], index), npartitions=2, sort=False)
        >>> x.xs(1, level="n").compute(scheduler="sync").to_dict()
        {'a': 1, 'b': 2}
        """
        if self._meta._get_axis_number(axis) == 1:
            return self._method("xs", (key, 1, level, drop_level), {})
        if isinstance(key, list):
            raise TypeError("list keys are not supported in xs, pass a tuple instead")
        index = self._meta.index
        if not isinstance(index, pd.MultiIndex):
            if level is not None:
                raise TypeError("xs(level=...) wants an index of several levels")
            return dataframe.select.Loc(self)[key]  # type: ignore[arg-type]
        is_list = isinstance(level, (list, tuple))
        labels = key if isinstance(key, tuple) and (level is None or is_list) else (key,)
        names = range(len(labels)) if level is None else level if is_list else [level]
        if len(names) != len(labels) or len(names) > index.nlevels:
            raise KeyError(f"{key!r:.80} is not a label for each of {len(names)} of {index.nlevels} levels")
        places = tuple([self._meta.index._get_level_number(name) for name in names])
        under = frames.selecting.Under(labels, places, drop_level)
        return dataframe.select.rows_under(dataframe.numbering.numbered_through(self), key, under)

    def truncate(self, before: Any = None, after: Any = None) -> Any:
        """The rows with labels from ``before`` to ``after``, both included; a text among times is one instant.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3, 4]), npartitions=2)
        >>> x.truncate(1, 2).compute(scheduler="sync").tolist()
        [2, 3]
        """
        if isinstance(self._meta.index, pd.DatetimeIndex):
            before, after = (
                pd.to_datetime(each) if isinstance(each, str) else each for each in (before, after)
            )
        if before is not None and after is not None and before > after:
            raise ValueError(f"Truncate: {after} must be after {before}")
        return dataframe.select.Loc(self)[before:after]  # type: ignore[arg-type]

    def _without_labels(self, labels: Any, level: Any, errors: str) -> Any:
        """The rows whose label is none of ``labels``."""
        if errors != "ignore":
            raise UsageError(
                "drop() of rows with errors='raise' would look for each label in all partitions before any row comes "
                "back; give errors='ignore'"
            )
        wanted = labels if is_list_like(labels) and not isinstance(labels, tuple) else [labels]
        if level is None:
            _check_comparable(self._meta.index, wanted)
        return self._picked("drop", {"index": labels, "level": level, "errors": errors})

    def _with_labels(self, items: Any, like: str | None, regex: str | None) -> Any:
        """The rows whose labels, as texts, contain ``like`` or match the pattern ``regex``."""
        if items is not None and like is None and regex is None:
            raise UsageError(
                "filter(items=...) of rows has them in the order of the items, whatever partitions they are in; use "
                "df[df.index.isin(items)] for their own order"
            )
        return self._picked("filter", {"items": items, "like": like, "regex": regex, "axis": 0})

    def _picked(self, name: str, options: dict[str, Any]) -> Any:
        return dataframe.numbering.numbered_through(self)._method(
            name, (), options, is_columnwise=self.ndim == 2, keeps_rows=False, keeps_divisions=True
        )

    def _labelled(self, labels: Any) -> Any:
        """The same rows with ``labels``, a lazy index or series of the same rows."""
        if not isinstance(labels, FrameLike) or labels.ndim != 1:
            raise UsageError(
                f"set_axis() of rows takes a lazy index or series of the same rows, not a {type(labels).__name__}, which "
                "does not say in which partition its labels are; a column becomes the index by set_index()"
            )
        if isinstance(labels._meta, pd.Index):
            labels = dataframe.numbering.numbered_through(labels)
        return self._method("set_axis", (labels,), {"axis": 0}, keeps_rows=False)


class SeriesLabels(RowLabels):
    """What a series does with labels; a frame does the same with ``axis=0``, and means its columns without."""

    __slots__ = ()

    def drop(
        self,
        labels: Any = None,
        *,
        axis: int | str = 0,
        index: Any = None,
        columns: Any = None,
        level: Any = None,
        errors: str = "raise",
    ) -> Any:
        """The rows whose label is none of ``labels``, with ``errors="ignore"``.

        Raises :class:`~pannier.errors.UsageError` without it, because whether each label is there would be known only
        when all partitions have been looked at.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3], ["a", "b", "c"]), npartitions=2)
        >>> x.drop(["a", "z"], errors="ignore").compute(scheduler="sync").tolist()
        [2, 3]
        """
        refuse_lazy(labels, index)
        given = {"axis": axis, "index": index, "columns": columns, "level": level, "errors": "ignore"}
        self._meta.drop(labels, **given)  # raises what pandas has to say of the arguments
        if labels is None and index is None:  # a series has no columns to drop
            return self
        return self._without_labels(index if labels is None else labels, level, errors)

    def filter(
        self,
        items: Sequence[Any] | None = None,
        like: str | None = None,
        regex: str | None = None,
        axis: int | str | None = None,
    ) -> Any:
        """The rows whose labels, as texts, contain ``like`` or match the pattern ``regex``.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3], ["one", "two", "three"]), npartitions=2)
        >>> x.filter(like="o").compute(scheduler="sync").tolist()
        [1, 2]
        """
        self._meta._get_axis_number(axis or 0)
        return self._with_labels(items, like, regex)

    def set_axis(self, labels: Any, *, axis: int | str = 0) -> Any:
        """The same values with ``labels``, a lazy index or series of the same rows.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "k": ["a", "b"]}), npartitions=2)
        >>> df.x.set_axis(df.k).compute(scheduler="sync")
        k
        a    1
        b    2
        Name: x, dtype: int64
        """
        self._meta._get_axis_number(axis)
        return self._labelled(labels)


def rows_at(frame: Any, key: FrameLike) -> Any:
    """The rows of ``frame`` that ``key`` is true for; or, where it is no series of truth values, whose labels it has."""
    if is_mask(frame, key):
        return frame[key]
    numbered = dataframe.numbering.numbered_through(frame)
    key = dataframe.numbering.numbered_through(key)
    if isinstance(frame._meta.index, pd.MultiIndex):
        raise UsageError(
            "loc[labels] by lazy labels wants an index of one level; give it one with reset_index()"
        )
    wanted = key._gathered("labels")
    return _at(_at(numbered, wanted, False)._gathered("loc"), wanted, True)


def is_mask(frame: Any, key: FrameLike) -> bool:
    """Whether ``key`` is of truth values, as far as its type tells: objects of the same rows are, others are labels."""
    if key.ndim == 2 or is_bool_dtype(key._meta.dtype):
        return True
    return is_object_dtype(key._meta.dtype) and key._rows == frame._rows


def _at(frame: Any, labels: FrameLike, is_whole: bool) -> Any:
    operands = FrameOperands(frame)
    operands.summary(labels)
    return frame._blockwise("loc", frames.selecting.AtLabels(is_whole), operands, meta=frame._meta)


def check_positions(key: Any) -> None:
    """Raise UsageError if ``key`` is neither a position nor a slice or list of them, in memory."""
    if isinstance(key, slice):
        refuse_lazy_positions(key.start, key.stop, key.step)
        return
    refuse_lazy_positions(key)
    if not is_integer(key) and (not is_list_like(key) or not all(map(is_integer, key))):
        raise UsageError(f"iloc takes positions, a slice of them or a list, not {key!r:.80}")


def refuse_lazy_positions(*positions: Any) -> None:
    """Raise UsageError if some of ``positions`` are not computed yet."""
    for each in positions:
        if is_collection(each):
            raise UsageError(
                f"iloc takes positions in memory, not those of a lazy {type(each).__name__}: compute() them first; rows by "
                "truth values are df[mask], those by lazy labels df.loc[labels]"
            )


def refuse_lazy(*labels: Any) -> None:
    """Raise UsageError if some of ``labels`` that are to be dropped are not computed yet."""
    for each in labels:
        if is_collection(each):
            raise UsageError(
                f"drop() takes labels in memory, not those of a lazy {type(each).__name__}; of rows use df[~df.index.isin(labels)]"
            )


def _check_comparable(index: pd.Index[Any], labels: Any) -> None:
    """Raise UsageError if one of ``labels`` is of another type: what pandas makes equal depends on all labels."""
    kinds = _COMPARABLE.get(getattr(index.dtype, "kind", ""))
    others = [label for label in labels if kinds is not None and pd.Index([label]).dtype.kind not in kinds]
    if others:
        raise UsageError(f"{others[0]!r:.80} is no label of an index of {index.dtype}")
