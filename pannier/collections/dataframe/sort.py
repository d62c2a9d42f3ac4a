"""Verbs that bring rows into order, or rows of equal keys together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count, pairwise
from typing import Any, Final

import pandas as pd
from pandas.api.types import is_list_like

from pannier import plan, shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Shuffle
from pannier.sizes import parse_bytes

_SHUFFLES: Final = frozenset({None, "disk", "tasks", "p2p"})


class Sorting(FrameLike):
    """``set_index``, ``sort_values``, ``drop_duplicates``, ``shuffle`` and their relatives."""

    __slots__ = ()

    def sort_values(
        self,
        by: Any,
        *,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        ignore_index: bool = False,
        key: Callable[[Any], Any] | None = None,
        kind: str = "stable",
        npartitions: int | str | None = None,
        partition_size: int | str | None = None,
        shuffle_method: str | None = None,
    ) -> Any:
        """The rows in the order of some columns, across all partitions, as ``sort_values(kind="stable")`` of pandas.

        The partitions are ranges of keys of about equal size, which are found while rows are sorted: the frame is
        made only once, and nothing is computed before.  Equal keys may be in two partitions.  There are
        ``npartitions``; by default as many as there were, or as ``partition_size`` asks for where the size is known, of
        which the last are empty if there is little data.  ``key`` is a function of a column, value by value.

        Raises what pandas raises for columns that are not there.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [3, 1, 2], "y": list("abc")}), npartitions=2)
        >>> df.sort_values("x", ascending=False, ignore_index=True).compute(scheduler="sync")
           x  y
        0  3  a
        1  2  c
        2  1  b
        """
        names = _listed(by)
        _check_method(shuffle_method)
        with self._explained():
            self._meta.sort_values(list(names), ascending=ascending, na_position=na_position, key=key)
            if not names:
                return self
            order = frames.sorting.Order.of(self._meta, names, ascending, na_position, key)
        keeps_index = not ignore_index or any(name not in self._meta.columns for name in names)
        frame = dataframe.numbering.numbered_through(self) if keeps_index else self
        shown = f"sort_values({', '.join(map(str, names))})"
        n = _partitions(self, "sort_values", npartitions, partition_size)
        node = _ordered("sort_values", frame, order, n, npartitions is None, keeps_index, ignore_index, shown)
        meta = _numbered_meta(frames.levels.unruled(self._meta), ignore_index)
        return wrap(node, meta, numbers=ignore_index)

    def sort_index(
        self,
        *,
        level: Any = None,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        sort_remaining: bool = True,
        ignore_index: bool = False,
        key: Callable[[Any], Any] | None = None,
        kind: str = "stable",
        npartitions: int | str | None = None,
    ) -> Any:
        """The rows in the order of their labels; see :meth:`sort_values`.  Equal labels are in one partition.

        With ``level``, names or numbers of levels of the index, these come first; the others follow, unless
        ``sort_remaining`` is False or ``ascending`` a list, which says the way of each of ``level``.  Then rows that
        are equal in these stay in their order.

        Raises what pandas raises for levels that are not there.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(
        ...     pd.DataFrame({"x": [3, 1, 2]}, index=[2, 0, 1]), npartitions=2, sort=False
        ... )
        >>> df.sort_index().x.compute(scheduler="sync").tolist()
        [1, 2, 3]
        """
        with self._explained():
            self._meta.sort_index(
                level=level, ascending=ascending, na_position=na_position, sort_remaining=sort_remaining
            )
        if self._is_numbered and ascending is True and key is None:
            return self
        frame: Any = dataframe.numbering.numbered_through(self)
        levels, mapped = _levels(frame._meta.index, level, sort_remaining and not is_list_like(ascending))
        order = frames.sorting.Order.of(frame._meta, None, ascending, na_position, key, levels, mapped)
        n = _partitions(frame, "sort_index", npartitions, None)
        node = _ordered("sort_index", frame, order, n, npartitions is None, True, ignore_index, "sort_index")
        return wrap(node, _numbered_meta(frame._meta, ignore_index), numbers=ignore_index)

    def set_index(
        self,
        other: Any,
        *,
        drop: bool = True,
        append: bool = False,
        sorted: bool = False,
        sort: bool = True,
        divisions: Sequence[Any] | None = None,
        npartitions: int | str | None = None,
        partition_size: int | str | None = None,
        shuffle_method: str | None = None,
    ) -> Any:
        """The rows with a column, or a series of the same rows, as their index, sorted by it.

        Equal labels keep their order and are in one partition; the partitions are ranges of labels of about equal
        size, found while rows are sorted.  So they are not known before, and :attr:`divisions` are unknown, unless you
        say them: with ``divisions`` partition i has the labels from divisions[i] up to, without, divisions[i + 1].
        ``compute_current_divisions`` finds them of what is set and persisted.

        With ``sorted`` rows are known to be in order, partition after partition, and stay where they are; with
        ``sort=False`` they stay where they are in any order.  A list of columns gives an index of levels.

        Raises what pandas raises for columns that are not there, and, when it runs,
        :class:`~pannier.errors.UsageError` for labels outside of ``divisions``; before, for those of categories.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": list("cab"), "x": [1, 2, 3]}), npartitions=2)
        >>> df.set_index("k").compute(scheduler="sync")
           x
        k
        a  2
        b  3
        c  1
        """
        _check_method(shuffle_method)
        frame: Any = dataframe.numbering.numbered_through(self) if append else self
        keys = None
        if isinstance(other, FrameLike):
            frame, other = frame._beside(other)
            operands = FrameOperands(frame)
            operands.argument(other)
        else:
            operands = FrameOperands(frame)
            keys = _listed(other)
        kernel = frames.sorting.SetIndex(keys, drop, append, frame.npartitions > 1)
        made = operands.first._blockwise("set_index", kernel, operands).clear_divisions()
        if divisions is not None:
            return _by_divisions(made, tuple(divisions), is_sorted=sorted)
        if sorted or not sort:
            return made
        n = _partitions(self, "set_index", npartitions, partition_size)
        order = frames.sorting.Order.of(made._meta, None)
        shown = kernel.label
        return wrap(
            _ordered("set_index", made, order, n, npartitions is None, True, False, shown), made._meta
        )

    def drop_duplicates(
        self,
        subset: Any = None,
        *,
        keep: Any = "first",
        ignore_index: bool = False,
        split_every: int | bool | None = None,
        split_out: int | bool = True,
        shuffle_method: str | None = None,
    ) -> Any:
        """The rows without those that are equal to another one, in the columns of ``subset`` or in all.

        ``keep`` says which of equal rows stays: the "first", the "last", or with False none.  Rows come in as many
        partitions as there were, of which the last are empty if few are left; ``split_out`` says another number.  A
        partition that is small has them in their order, as it is that of all rows if there is only one; and the rows of
        a frame of one partition stay in order.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 1], "y": [1, 2, 3]}), npartitions=2)
        >>> df.drop_duplicates("x", keep="last").compute(scheduler="sync")
           x  y
        1  2  2
        2  1  3
        """
        _check_method(shuffle_method)
        names = tuple(self._meta.columns) if subset is None else _listed(subset)
        if not names:
            return self
        if keep not in ("first", "last", False):
            raise UsageError(f'keep is "first", "last" or False, not {keep!r}')
        kernel = frames.sorting.Deduplicate(None if subset is None else names, keep, self._meta.index)
        with self._explained():
            looked_at = self._meta[list(names)]  # raises what pandas raises, with what is near
        if not looked_at.columns.is_unique and not self._meta.columns.is_unique:
            advice = "say subset=, or " * (subset is None)
            raise UsageError(f"several columns have one name: {advice}give them other names")
        n = None if split_out is True else int(split_out) or 1
        first: Any = self if ignore_index else dataframe.numbering.numbered_through(self)
        if keep in ("first", "last") or self.npartitions == 1:
            first = first._blockwise("drop_duplicates", kernel)
        if self.npartitions == 1 and n in (None, 1):
            return first.reset_index(drop=True) if ignore_index else first
        side = shuffle.frames.Side(names, self._meta, not ignore_index, keeps_order=True)
        node = dataframe.shuffle.few_or_many(
            "drop_duplicates", first.node, side, kernel, n, may_stay=True, ignore_index=ignore_index
        )
        return wrap(node, _numbered_meta(self._meta, ignore_index), numbers=ignore_index)

    def shuffle(
        self,
        on: Any = None,
        *,
        ignore_index: bool = False,
        npartitions: int | None = None,
        on_index: bool = False,
        shuffle_method: str | None = None,
        force: bool = False,
    ) -> Any:
        """The same rows, those of equal values in columns ``on`` in one partition, in their order.

        ``on_index`` stands for equal labels.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 1, 2]}), npartitions=2)
        >>> parts = df.shuffle("x", npartitions=2).map_partitions(lambda part: part.x.nunique())
        >>> int(parts.sum().compute(scheduler="sync"))
        2
        """
        _check_method(shuffle_method)
        if (on is None) == (not on_index):
            raise UsageError("shuffle needs columns, or on_index=True, and not both")
        names = None if on_index else _listed(on)
        for name in names or ():
            if name not in self._meta.columns and name not in self._meta.index.names:
                with self._explained():
                    self._meta[name]  # raises what pandas raises, with what is near
        keeps_index = not ignore_index or any(name not in self._meta.columns for name in names or [None])
        frame = dataframe.numbering.numbered_through(self) if keeps_index else self
        shown = f"shuffle({', '.join(map(str, names or ('index',)))})"
        side = shuffle.frames.Side(names, self._meta, keeps_index)
        node = dataframe.shuffle.shuffled_frames(
            "shuffle", [frame.node], [side], None, npartitions, shown, ignore_index=ignore_index
        )
        return wrap(node, _numbered_meta(self._meta, ignore_index), numbers=ignore_index)


class SeriesSorting(FrameLike):
    """The same of a series, by its values."""

    __slots__ = ()

    def sort_values(self, **options: Any) -> Any:
        """The values in order, across all partitions; for options see :meth:`DataFrame.sort_values`.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([3, 1, 2]), npartitions=2)
        >>> x.sort_values(ignore_index=True).compute(scheduler="sync").tolist()
        [1, 2, 3]
        """
        return self._by_values(lambda frame, column: frame.sort_values(column, **options))

    def sort_index(
        self,
        *,
        level: Any = None,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        sort_remaining: bool = True,
        ignore_index: bool = False,
        key: Callable[[Any], Any] | None = None,
        kind: str = "stable",
        npartitions: int | str | None = None,
    ) -> Any:
        """The values in the order of their labels; see :meth:`DataFrame.sort_index`."""
        return self._by_values(
            lambda frame, _: frame.sort_index(
                level=level,
                ascending=ascending,
                na_position=na_position,
                sort_remaining=sort_remaining,
                ignore_index=ignore_index,
                key=key,
                npartitions=npartitions,
            )
        )

    def drop_duplicates(self, **options: Any) -> Any:
        """The values without those equal to another one; for options see :meth:`DataFrame.drop_duplicates`.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series(["a", "b", "a"]), npartitions=2)
        >>> x.drop_duplicates().compute(scheduler="sync").tolist()
        ['a', 'b']
        """
        return self._by_values(lambda frame, column: frame.drop_duplicates([column], **options))

    def _by_values(self, verb: Callable[[Any, int], Any]) -> Any:
        """What ``verb`` makes of a frame and the column of it that the values are, as a series again."""
        column = next(i for i in count() if i not in self._meta.index.names)
        made = verb(self.to_frame(name=column), column)[column]  # type: ignore[attr-defined]
        return made.rename(self._meta.name)


def _levels(
    index: pd.Index[Any], level: Any, is_rest_sorted: bool
) -> tuple[tuple[int, ...] | None, int | None]:
    """The places of the levels by which rows are sorted, and how many of them are named by ``level``; None for all."""
    if level is None or not isinstance(index, pd.MultiIndex):
        return None, None
    named = [index._get_level_number(each) for each in (level if is_list_like(level) else [level])]  # type: ignore[attr-defined]
    rest = [place for place in range(index.nlevels) if place not in named] if is_rest_sorted else []
    return (*named, *rest), len(named)


def _by_divisions(made: Any, divisions: tuple[Any, ...], is_sorted: bool) -> Any:
    """``made`` in the partitions that ``divisions`` say."""
    if len(divisions) < 2 or any(later < one for one, later in pairwise(divisions)):
        raise UsageError(f"divisions are two labels or more, in order, not {list(divisions)!r:.200}")
    if isinstance(made._meta.index, pd.CategoricalIndex):
        reason = "whose order is not that of their values: leave out divisions, or cast it first, as by astype('str')"
        raise UsageError(f"set_index(divisions=...) takes no column of categories, {reason}")
    n = len(divisions) - 1
    node = made.node
    if is_sorted and n != (given := made.npartitions):
        raise UsageError(f"{given} sorted partitions have {given + 1} divisions, not {n + 1}")
    if not is_sorted:
        order = frames.sorting.Order.of(made._meta, None)
        bounds = tuple(map(order.bound, divisions[1:-1]))
        node = _ordered("set_index", made, order, n, False, True, False, "set_index", bounds)
    return wrap(node, made._meta, divisions).enforce_runtime_divisions()


def _ordered(
    verb: str,
    frame: Any,
    order: frames.sorting.Order,
    n: int,
    coalesce: bool,
    keeps_index: bool,
    ignore_index: bool,
    shown: str,
    bounds: tuple[frames.sorting.Key, ...] | None = None,
) -> Node:
    """A node of the rows of ``frame`` in ``order``, in ``n`` partitions."""
    if frame.npartitions == n == 1:
        kernel = frames.sorting.Sort(order, ignore_index, shown)
        return Blockwise(verb=verb, kernel=kernel, over=(frame.node,), blockmap=Aligned(1))
    tears = order.by is not None
    shuffled = Shuffle(
        verb=verb,
        over=(frame.node,),
        splits=(shuffle.frames_sort.OrderSplit(order, keeps_index, n, shown),),
        route=shuffle.frames_cuts.ByOrder(tears, coalesce, bounds),
        gathers=n,
    )
    meta = _numbered_meta(frame._meta, ignore_index)
    return dataframe.shuffle.frames_gathered(
        verb, shuffled, shuffle.frames_sort.OrderGather(order, tears, ignore_index, meta, shown)
    )


def _partitions(
    frame: Any, verb: str, npartitions: int | str | None, partition_size: int | str | None
) -> int:
    """How many partitions there are to be."""
    if npartitions not in (None, "auto"):
        if not isinstance(npartitions, int) or npartitions < 1:
            raise UsageError(f"{verb} needs at least 1 partition, not {npartitions!r}")
        return npartitions
    weights = None if partition_size is None else plan.estimates.block_bytes(frame.node)
    if partition_size is not None and weights is not None:
        return max(1, -(-sum(weights) // parse_bytes(partition_size)))
    return int(frame.npartitions)


def _numbered_meta(meta: Any, ignore_index: bool) -> Any:
    return frames.blocks.emptied(meta).set_axis(pd.RangeIndex(0)) if ignore_index else meta


def _listed(names: Any) -> tuple[Any, ...]:
    if isinstance(names, Iterable) and not isinstance(names, (str, bytes, tuple)):
        return tuple(names)
    return (names,)


def _check_method(shuffle_method: str | None) -> None:
    if shuffle_method not in _SHUFFLES:
        raise UsageError(f"there is one way to shuffle, through local files; {shuffle_method!r} is none")
