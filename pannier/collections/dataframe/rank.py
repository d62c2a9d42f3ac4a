"""The rank of each row among all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pannier.collections import dataframe
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.summaries import Summaries
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node


class Ranked(Summaries):
    """``rank``, of a frame and of a series."""

    __slots__ = ()

    def rank(
        self,
        axis: int | str = 0,
        method: str = "average",
        numeric_only: bool = False,
        na_option: str = "keep",
        ascending: bool = True,
        pct: bool = False,
    ) -> Any:
        """The place of each value among all of its column, from 1, in order; a row each, in its place.

        Equal values have the "average" of their places, the "min" or the "max"; with "first" they are numbered in the
        order of the rows, and "dense" counts different values.  Missing ones are missing in the answer, or with
        ``na_option`` at its "top" or "bottom".  With ``pct`` ranks are parts of their number.  With ``axis=1`` values are
        ranked within their row.

        Partitions, labels and types are those of pandas: a column of a frame is ranked in the type that all columns
        have in common.  Each column is sorted across all partitions, and its ranks come back to where the rows are, both
        through files: any column, however many of its values are equal, may be larger than memory.

        Raises :class:`~pannier.errors.UsageError` for a method that there is not, what pandas raises for other
        arguments, and, when it runs, TypeError for values that cannot be compared.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([30, 10, 20, 10]), npartitions=2)
        >>> x.rank().compute(scheduler="sync").tolist()
        [4.0, 1.5, 3.0, 1.5]
        >>> x.rank(method="dense", ascending=False).compute(scheduler="sync").tolist()
        [1.0, 3.0, 2.0, 3.0]
        """
        methods = frames.ranking.METHODS
        if method not in methods:
            known = ", ".join(map(repr, methods))
            raise UsageError(f"method is one of {known}, not {method!r}{near_matches(method, methods)}")
        options = {
            "axis": axis, "method": method, "numeric_only": numeric_only, "na_option": na_option,
            "ascending": ascending, "pct": pct,
        }  # fmt: skip
        meta = frames.blocks.emptied(self._meta.rank(**options))
        is_by_row = self._meta._get_axis_number(axis) == 1
        if is_by_row or self.npartitions == 1 or (self.ndim == 2 and not meta.shape[1]):
            # Unless ranks are of each row alone, a step that reads some rows only may not be put before them.
            call = MethodCall("rank", kwargs=tuple(options.items()), rows_kept=is_by_row)
            node = dataframe.groupby_plan.step("rank", call, self.node)
            return wrap(node, meta, self._divisions, self._rows, self._numbers)
        chosen = self._numeric() if numeric_only else self
        ranked = [
            _counted(column, rankable, method, na_option, ascending, keeps_index=not (i or self._is_numbered))
            for i, (column, rankable) in enumerate(_rankable(chosen))
        ]
        n = self.npartitions
        node = Blockwise(
            verb="rank",
            kernel=frames.ranking.Ranks(meta, method == "average", pct, self._is_numbered),
            over=(*[codes for codes, _ in ranked], *[added for _, added in ranked]),
            blockmap=Aligned(n, (False,) * len(ranked) + (True,) * len(ranked)),
        )
        return wrap(node, meta, self._divisions, self._rows, self._numbers)


def _rankable(frame: Any) -> Iterator[tuple[Any, frames.ranking.Rankable]]:
    """The columns of ``frame``, each with what makes it comparable as pandas compares it.

    A series is ranked as it is, where categories that have no order have that of their values.  A frame is an array of
    one type first: numbers become those of that type, and categories their values.
    """
    meta = frame._meta
    if isinstance(meta, pd.Series):
        is_ordered = isinstance(meta.dtype, pd.CategoricalDtype) and bool(meta.dtype.ordered)
        yield frame, frames.ranking.Rankable(None, by_value=not is_ordered)
        return
    common = meta.to_numpy().dtype
    for i, (name, dtype) in enumerate(zip(meta.columns, meta.dtypes, strict=True)):
        is_cast = isinstance(dtype, np.dtype) and common.kind != "O" and dtype != common
        column = frame[name] if meta.columns.is_unique else frame.iloc[:, i]
        yield column, frames.ranking.Rankable(common if is_cast else None, by_value=True)


def _counted(
    column: Any,
    rankable: frames.ranking.Rankable,
    method: str,
    na_option: str,
    ascending: bool,
    keeps_index: bool,
) -> tuple[Node, Node]:
    """What sorted partitions count for the rows of ``column``, which are where they were, and what is to be added."""
    n = column.npartitions
    values = column._blockwise("rank", rankable)
    meta = frames.grouprows.Positioned()(values._meta, 0)
    step = dataframe.groupby_plan.step
    positioned = step("rank", frames.grouprows.Positioned(), values.node, params=(range(n),))
    na_position = "first" if na_option == "top" else "last"
    rows = wrap(positioned, meta).sort_values(
        0, ascending=bool(ascending), na_position=na_position, ignore_index=not keeps_index
    )
    order = frames.sorting.Order.of(meta, (0,), na_position=na_position)
    ranking = frames.ranking.Ranking(order, method, ranks_missing=na_option != "keep")
    added = rows._reduce("rank", frames.ranking.AddedRanks(ranking), meta=None).node
    codes = step("rank", frames.ranking.LocalRanks(ranking), rows.node, params=(range(n),))
    whole = np.empty(0, np.int64)
    made = frames.grouping.framed([whole, whole], rows._meta.index)
    home = dataframe.groupby_shuffle.brought_home("rank", codes, n, made, made[0], keeps_index=keeps_index)
    return home, added
