"""Methods of groups that give rows: one for each row, some of the rows, or what a function makes of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pannier import shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, wrap
from pannier.collections.dataframe.groupby_aggregations import Call, Groups, Split
from pannier.collections.dataframe.groupby_plan import gathers_of, step
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.groupcodes import is_complete
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.grouping import framed
from pannier.kernels.frames.groupsteps import RowsOfKey
from pannier.kernels.kernel import BlockKernel, name_of
from pannier.plan.lookups import whole


class WholeGroups(Groups):
    """How pandas is asked about whole groups."""

    __slots__ = ()

    def _calls(self, calls: list[Call], shown: str, meta: Any = None) -> frames.grouprows.OfGroups:
        packed = tuple([(name, args, tuple(kwargs.items())) for name, args, kwargs in calls])
        return frames.grouprows.OfGroups(self._spec, tuple(self._spec.columns), packed, shown, meta)

    def _seen(self, calls: list[Call]) -> Any:
        """What pandas makes of groups that are made up, without rows."""

        def ask(made: Any) -> Any:
            for name, args, kwargs in calls:
                made = getattr(made, name)(*args, **kwargs)
            return emptied(made)

        with np.errstate(all="ignore"):
            return self._spec.shown(ask)

    def _meta(self, calls: list[Call], shown: str, meta: Any) -> Any:
        """What a user's function makes of groups: as is said, or seen with first rows."""
        if meta is not UNSET and meta is not None:
            return dataframe.sampled.make_meta(
                meta, self._frame._meta, getattr(self._frame._meta, "name", None)
            )
        kernel, keyed = self._calls(calls, shown), self._spec.keyed(self._spec.columns)

        def called(*blocks: Any) -> Any:
            block = keyed(*blocks)
            complete = is_complete(kernel.keys(block)) if self._spec.dropna else None
            if (
                len(block) and complete is not None and not complete.any()
            ):  # of no group a function makes anything
                block = keyed(*map(example, blocks))
            return kernel(block)

        return dataframe.sampled.tried(called, self._operands, shown)[1]

    def _under_keys(
        self,
        calls: list[Call],
        shown: str,
        split_out: Split = None,
        meta: Any = None,
        checks: bool = False,
        lists_all: bool = False,
    ) -> Any:
        """What ``calls`` make of groups, one group after the other; with ``lists_all`` of all rows in one partition.

        So it is, too, where categories without rows are groups: each partition would list them.
        """
        meta = self._seen(calls) if meta is None else meta
        verb = f"groupby-{shown.partition('(')[0]}"
        gives_labels = checks or not self._spec.as_index or meta.index.nlevels > len(self._spec.names)
        keyed, empty = self._keyed(self._spec.keyed(self._spec.columns), gives_labels)
        if lists_all or self._spec.lists_unobserved:
            keyed = whole(keyed)
        kernel = self._calls(calls, shown, meta)
        if keyed.npartitions == 1:
            node = step(verb, kernel, keyed)
        else:
            n = gathers_of(keyed, split_out)
            keys = shuffle.frames_ranges.Keys(len(self._spec.names), empty, keeps_index=True)
            coalesce = split_out is None or split_out is True
            node = dataframe.groupby_shuffle.by_key(verb, keyed, keys, n, coalesce, kernel, self._spec.sort)
        if checks:
            node = step(verb, frames.user.Checked(meta, shown), node, params=(range(node.npartitions),))
        as_index = self._spec.as_index
        is_by_group = as_index and meta.index.nlevels == len(self._spec.names)
        return wrap(node, meta, numbers=not as_index, is_by_group=is_by_group)

    def _row_by_row(self, calls: list[Call], shown: str, meta: Any = None, checks: bool = False) -> Any:
        """What ``calls`` make of each row, in its place; ``meta`` is of a function of the user's."""
        frame, is_own = self._frame, meta is not None
        meta = self._seen(calls) if meta is None else meta
        verb = f"groupby-{shown.partition('(')[0]}"
        index = frame._meta.index[:0]
        meta = meta if checks else meta.set_axis(index)
        made = [meta] if meta.ndim == 1 else [meta.iloc[:, i] for i in range(meta.shape[1])]
        empty = framed([*[column.array for column in made], np.empty(0, np.int64)], index)
        kernel = frames.grouprows.RowByRow(self._calls(calls, shown), empty)
        columns = tuple(self._spec.columns)
        node = self._there_and_back(verb, columns, kernel, empty, meta, gives_labels=is_own)
        if checks:
            node = step(verb, frames.user.Checked(meta, shown), node, params=(range(node.npartitions),))
        numbers = None if is_own or self._has_labels_as_keys else frame._numbers
        return wrap(node, meta, frame._divisions, frame._rows, numbers)

    def _there_and_back(
        self,
        verb: str,
        columns: tuple[Any, ...],
        kernel: BlockKernel,
        made: pd.DataFrame,
        meta: Any,
        before: BlockKernel | None = None,
        skip: int = 0,
        gives_labels: bool = False,
    ) -> Any:
        """A node of what ``kernel`` makes of groups, whose rows come back to the partitions they are from.

        ``before`` leaves out rows before they go; ``made`` is what the kernel makes of no rows.
        """
        keyed, empty = self._keyed(self._spec.keyed(columns), gives_labels)
        node = step(verb, frames.grouprows.Positioned(), keyed, params=(range(keyed.npartitions),))
        if before is not None:
            node = step(verb, before, node)
        keys = shuffle.frames_ranges.Keys(
            len(self._spec.names), frames.grouprows.Positioned()(empty, 0), keeps_index=True
        )
        groups = node
        if node.npartitions > 1:
            n = gathers_of(node, None)
            groups = dataframe.groupby_shuffle.by_key(verb, node, keys, n, True, kernel, in_order=False)
            return dataframe.groupby_shuffle.brought_home(verb, groups, node.npartitions, made, meta, skip)
        return dataframe.groupby_shuffle.brought_home(verb, step(verb, kernel, node), 1, made, meta, skip)


class RowVerbs(WholeGroups):
    """Methods that give a row for each row, in its place.

    Rows go to where their groups are, pandas' own method runs there, and what it makes comes back: partitions, labels and
    order are those of the frame, so that ``df.assign(total=df.groupby("k").x.cumsum())`` is right.
    """

    __slots__ = ()

    def cumsum(self, numeric_only: bool = False) -> Any:
        """The sum of the values of the group up to each row.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.cumsum().compute(scheduler="sync").tolist()
        [1, 2, 4]
        """
        return self._row_verb("cumsum", **self._numeric(numeric_only))

    def cumprod(self, numeric_only: bool = False) -> Any:
        """The product of the values of the group up to each row."""
        return self._row_verb("cumprod", **self._numeric(numeric_only))

    def cummax(self, numeric_only: bool = False) -> Any:
        """The greatest value of the group up to each row."""
        return self._row_verb("cummax", **self._numeric(numeric_only))

    def cummin(self, numeric_only: bool = False) -> Any:
        """The least value of the group up to each row."""
        return self._row_verb("cummin", **self._numeric(numeric_only))

    def cumcount(self, ascending: bool = True) -> Any:
        """The number of rows of the group before each row; after it, if not ``ascending``."""
        return self._row_verb("cumcount", ascending=ascending)

    def shift(self, periods: int = 1, fill_value: Any = UNSET, meta: Any = UNSET) -> Any:
        """The value ``periods`` rows before, in the same group."""
        own = {} if fill_value is UNSET else {"fill_value": fill_value}
        return self._row_verb("shift", periods=periods, **own)

    def diff(self, periods: int = 1) -> Any:
        """How much each value is above that ``periods`` rows before, in the same group."""
        return self._row_verb("diff", periods=periods)

    def pct_change(self, periods: int = 1) -> Any:
        """How much each value is above that ``periods`` rows before, in the same group, as a part of it."""
        return self._row_verb("pct_change", periods=periods)

    def ffill(self, limit: int | None = None) -> Any:
        """Missing values replaced by the last one before in the same group, at most ``limit`` in a row."""
        return self._row_verb("ffill", limit=limit)

    def bfill(self, limit: int | None = None) -> Any:
        """Missing values replaced by the next one in the same group, at most ``limit`` in a row."""
        return self._row_verb("bfill", limit=limit)

    def rank(
        self, method: str = "average", ascending: bool = True, na_option: str = "keep", pct: bool = False
    ) -> Any:
        """The place of each value among those of its group, in their order."""
        return self._row_verb("rank", method=method, ascending=ascending, na_option=na_option, pct=pct)

    def transform(self, func: Any, *args: Any, meta: Any = UNSET, **kwargs: Any) -> Any:
        """What ``func`` makes of each group, a row a row; one value of a group stands in all its rows.

        ``func`` is a function of a column of a group, or the name of a method.  A function is tried on some first rows,
        unless ``meta`` says what it returns.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.transform("max").compute(scheduler="sync").tolist()
        [3, 2, 3]
        """
        shown = f"transform({func!r})" if isinstance(func, str) else f"transform({name_of(func)})"
        calls: list[Call] = [("transform", (func, *args), kwargs)]
        if isinstance(func, str):
            return self._row_by_row(calls, shown)
        is_given = (
            meta is not UNSET and meta is not None
        )  # else rows without a key make floats of whole numbers
        return self._row_by_row(calls, shown, self._meta(calls, shown, meta), checks=is_given)

    def _row_verb(self, name: str, **kwargs: Any) -> Any:
        return self._row_by_row([(name, (), kwargs)], name)

    def head(self, n: int = 5) -> Any:
        """The first ``n`` rows of each group, in their places; with a negative one all but the last ``-n``."""
        if n < 0:
            return self._some(
                "head", frames.grouprows.SomeOfEach(len(self._spec.names), -n, None, True, self._spec.dropna)
            )
        return self._some(
            "head", frames.grouprows.SomeOfEach(len(self._spec.names), 0, n, False, self._spec.dropna), True
        )

    def tail(self, n: int = 5) -> Any:
        """The last ``n`` rows of each group, in their places; with a negative one all but the first ``-n``."""
        if n < 0:
            return self._some(
                "tail", frames.grouprows.SomeOfEach(len(self._spec.names), -n, None, False, self._spec.dropna)
            )
        return self._some(
            "tail", frames.grouprows.SomeOfEach(len(self._spec.names), 0, n, True, self._spec.dropna), True
        )

    def nth(self, n: int) -> Any:
        """Row ``n`` of each group that has as many, in its place; counted from the end, if it is negative."""
        if not isinstance(n, int):
            raise UsageError("nth() takes one number; use head() or tail(), or apply() with iloc for several")
        place = n if n >= 0 else -n - 1
        return self._some(
            "nth",
            frames.grouprows.SomeOfEach(len(self._spec.names), place, place + 1, n < 0, self._spec.dropna),
        )

    def _some(self, verb: str, kernel: frames.grouprows.SomeOfEach, before: bool = False) -> Any:
        """Those rows of each group that ``kernel`` picks, ``before`` they go to their groups too."""
        return self._picked(verb, kernel, kernel if before else None)

    def _picked(
        self, verb: str, kernel: BlockKernel, before: BlockKernel | None = None, meta: Any = None
    ) -> Any:
        columns, chosen = self._all_columns()
        _, empty = self._keyed(self._spec.keyed(columns))
        made = frames.grouprows.Positioned()(empty, 0)
        meta = chosen if meta is None else meta
        node = self._there_and_back(
            f"groupby-{verb}", columns, kernel, made, meta, before, len(self._spec.names), gives_labels=True
        )
        return wrap(node, meta, self._frame._divisions)

    def _all_columns(self) -> tuple[tuple[Any, ...], Any]:
        """The columns that are chosen, or else all, keys too; and the frame of these, without rows."""
        meta = self._frame._meta
        if isinstance(meta, pd.Series):
            return (None,), meta
        if self._spec.selection is None:
            return tuple(meta.columns), meta
        return tuple(self._spec.columns), meta[self._spec.selection]

    def filter(self, func: Callable[..., Any], dropna: bool = True, *args: Any, **kwargs: Any) -> Any:
        """The rows of those groups for which ``func``, a function of a group, is true, in their places.

        With ``dropna=False`` the rows of other groups stay, and their values are missing.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").filter(lambda group: len(group) > 1).x.compute(scheduler="sync").tolist()
        [1, 3]
        """
        columns, meta = self._all_columns()
        shown = f"filter({name_of(func)})"
        calls = frames.grouprows.OfGroups(self._spec, columns, (), shown)
        kernel = frames.grouprows.KeptGroups(calls, func, args, tuple(kwargs.items()), dropna)
        if not dropna:
            meta = emptied(self._spec.example().filter(lambda group: False, dropna=False))
        return self._picked("filter", kernel, meta=meta)

    def get_group(self, name: Any) -> Any:
        """The rows of one group; none if there is no such group, which is not known before they are computed."""
        columns, meta = self._all_columns()
        key = name if isinstance(name, tuple) else (name,)
        if len(key) != len(self._spec.names):
            raise ValueError(f"a group has {len(self._spec.names)} keys, and {name!r} is {len(key)}")
        keyed, _ = self._keyed(self._spec.keyed(columns), gives_labels=True)
        node = step("groupby-get_group", RowsOfKey(key, meta), keyed)
        return wrap(node, meta, self._frame._divisions)

    def apply(
        self, func: Callable[..., Any], *args: Any, meta: Any = UNSET, split_out: Split = None, **kwargs: Any
    ) -> Any:
        """What ``func`` makes of each group, a pandas object: a value, a series or a frame; one after the other.

        Rows go to where their groups are; groups are in the order of their keys.  Without ``meta`` the function is tried
        on some first rows; a wrong one is reported with the partition and the difference.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").apply(lambda group: group.x.max() - group.x.min()).compute(
        ...     scheduler="sync"
        ... )
        k
        a    0
        b    2
        dtype: int64
        """
        shown = f"apply({name_of(func)})"
        calls: list[Call] = [("apply", (func, *args), kwargs)]
        return self._under_keys(calls, shown, split_out, self._meta(calls, shown, meta), checks=True)

    def quantile(
        self,
        q: float | Sequence[float] = 0.5,
        interpolation: str = "linear",
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The value that a part ``q`` of the values of each group is below, exactly; of several, a row for each.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": [1, 1, 2], "x": [1, 2, 5]}), npartitions=2)
        >>> df.groupby("k").x.quantile([0, 0.5]).compute(scheduler="sync").tolist()
        [1.0, 1.5, 5.0, 5.0]
        """
        own: dict[str, Any] = {} if interpolation == "linear" else {"interpolation": interpolation}
        own["numeric_only"] = numeric_only
        if isinstance(q, (int, float)):
            return self._aggregated("quantile", split_out, q=q, **own)
        return self._under_keys([("quantile", (list(q),), own)], "quantile", split_out)

    def describe(self, percentiles: Any = None, *, split_out: Split = None) -> Any:
        """Count, mean, deviation, extremes and percentiles of each group."""
        return self._under_keys([("describe", (), {"percentiles": percentiles})], "describe", split_out)

    def pipe(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``func(self, *args, **kwargs)``, to be written as one of a chain of methods."""
        return func(self, *args, **kwargs)

    def _numeric(self, numeric_only: bool) -> dict[str, Any]:
        """The option, where pandas has it."""
        return {} if self._spec.is_series else {"numeric_only": numeric_only}
