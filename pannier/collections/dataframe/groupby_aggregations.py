"""Methods of groups that give one row a group."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pandas as pd

from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.collections.dataframe.groupby_plan import aggregated
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError
from pannier.kernels.frames.groupkeys import Index
from pannier.kernels.frames.groupspec import GroupSpec, Plan
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import Slot
from pannier.plan.nodes import Blockwise, Node, Source

Call = tuple[str, tuple[Any, ...], dict[str, Any]]
"""Name and arguments of a pandas method."""
Split = int | bool | None
"""A number of partitions; None: as many as the answer is worth; True: as many as the frame has."""


class Groups:
    """Some columns of a frame by key: what ``groupby`` and a choice of columns give."""

    __slots__ = ("_frame", "_operands", "_spec")

    def __init__(self, frame: FrameLike, operands: FrameOperands, spec: GroupSpec) -> None:
        self._frame = frame
        self._operands = operands
        self._spec = spec

    def _keyed(self, kernel: Any, gives_labels: bool = False) -> tuple[Node, Any]:
        """A node of the keys and values that ``kernel`` makes, and the meta of it.

        Rows that are only numbered are numbered over all partitions where their labels are seen, which costs no more than
        to wait for the lengths of partitions before: by functions of the user's, in answers (``gives_labels``), as keys.
        """
        first, *others = self._operands.nodes
        if gives_labels or self._has_labels_as_keys:
            first = dataframe.numbering.numbered_through(self._frame).node
        node = Blockwise(
            verb="groupby",
            kernel=kernel,
            over=(first, *others),
            blockmap=self._operands.blockmap,
        )
        return node, kernel(*self._operands.metas)

    @property
    def _has_labels_as_keys(self) -> bool:
        return any(isinstance(key, Index) for key in self._spec.keys)

    def _unsettled(self) -> frozenset[int]:
        """The places of keys that may be of other types in some partitions."""
        nodes, metas, keys = self._operands.nodes, self._operands.metas, self._spec.keys
        if all(isinstance(node, Source) for node in nodes):
            return frozenset()  # what is read is of the same types everywhere
        unsettled = dataframe.settling.unsettled
        named = [key for key in keys if not isinstance(key, (Index, Slot))]
        found = (unsettled(self._frame, named) if named else None) or ()
        beside = {
            key
            for key in keys
            if isinstance(key, Slot) and unsettled(wrap(nodes[key.index], metas[key.index])) is None
        }
        return frozenset(i for i, key in enumerate(keys) if key in found or key in beside)

    def _answered(self, call: Call, plan: Plan, split_out: Split) -> Any:
        """What ``plan`` gives for every group: how to compute what ``call`` of pandas' groups gives."""
        verb = f"groupby-{call[0]}"
        kernel = dataclasses.replace(plan.keyed, tells_apart=not plan.aggregate.needs_rows)
        gives_labels = any(output.needs_labels for output in plan.aggregate.outputs)
        keyed, meta = self._keyed(kernel, gives_labels)
        node = aggregated(verb, keyed, meta, plan.aggregate, split_out, self._unsettled())
        as_index = self._spec.as_index
        return wrap(node, plan.aggregate.meta, numbers=not as_index, is_by_group=as_index)

    def _aggregated(self, func: str, split_out: Split = None, **options: Any) -> Any:
        """The answer of the method ``func`` for every group."""
        return self._answered((func, (), options), self._spec.method(func, options), split_out)

    def compute(self, **options: Any) -> Any:
        """The pandas object for the groups, after all rows were computed; what pandas has, can be asked of it."""
        frame = self._frame.compute(**options)
        keys = []
        for key in self._spec.keys:
            if isinstance(key, Slot):
                other = wrap(self._operands.nodes[key.index], self._operands.metas[key.index])
                values = other.compute(**options)
                key = pd.Series(values.array, frame.index, dtype=values.dtype, name=values.name)  # noqa: PLW2901
            elif isinstance(key, Index):
                key = levels_of(frame.index)[key.level or 0]  # noqa: PLW2901
            keys.append(key)
        return self._spec.groups(frame, keys)

    def __iter__(self) -> Iterator[Any]:
        raise UsageError(
            "groups are not known before they are computed; use apply() for a function of each group, get_group() for "
            "one, or iterate over .compute().groupby(...)"
        )

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self._spec.names))
        columns = "" if self._spec.selection is None else f"[{self._spec.selection!r}]"
        return f"{type(self).__name__} of {self._frame.node.verb} by {names}{columns}"


class Aggregations(Groups):
    """Methods that give one row a group.

    Each partition is aggregated where it is made, natively: partial results go on, in a shuffle by ranges of the keys.
    Where they are few, they are put together in one partition; where there are about as many groups as rows, in as
    many as ``split_out`` says (None: as they are worth; True: as many as the frame has).  Partitions are in the order
    of the keys, with ``sort=True`` rows too, so that answers are those of pandas, in its order; with ``sort=False``
    rows of each partition are in the order in which groups appear.  ``split_every`` and ``shuffle_method`` have
    no effect.
    """

    __slots__ = ()

    def sum(
        self,
        numeric_only: bool = False,
        min_count: int = 0,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The sum of the values of each group; missing where there are less than ``min_count``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.sum().compute(scheduler="sync")
        k
        a    2
        b    4
        Name: x, dtype: int64
        """
        return self._total("sum", numeric_only, min_count, split_out)

    def prod(
        self,
        numeric_only: bool = False,
        min_count: int = 0,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The product of the values of each group; missing where there are less than ``min_count``."""
        return self._total("prod", numeric_only, min_count, split_out)

    def _total(self, func: str, numeric_only: bool, min_count: int, split_out: Split) -> Any:
        own = {"min_count": min_count} if min_count > 0 else {}
        return self._aggregated(func, split_out, numeric_only=numeric_only, **own)

    def mean(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The mean of the values of each group."""
        return self._aggregated("mean", split_out, numeric_only=numeric_only)

    def min(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The least value of each group."""
        return self._aggregated("min", split_out, numeric_only=numeric_only)

    def max(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The greatest value of each group."""
        return self._aggregated("max", split_out, numeric_only=numeric_only)

    def first(
        self,
        numeric_only: bool = False,
        min_count: int = -1,
        skipna: bool = True,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The first value of each group that is not missing; with ``skipna=False`` that of the first row.

        It is missing where there are less than ``min_count``.
        """
        return self._aggregated("first", split_out, numeric_only=numeric_only, **_unusual(min_count, skipna))

    def last(
        self,
        numeric_only: bool = False,
        min_count: int = -1,
        skipna: bool = True,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The last value of each group that is not missing; with ``skipna=False`` that of the last row.

        It is missing where there are less than ``min_count``.
        """
        return self._aggregated("last", split_out, numeric_only=numeric_only, **_unusual(min_count, skipna))

    def any(self, *, split_every: Any = None, split_out: Split = None, shuffle_method: Any = None) -> Any:
        """Whether any value of each group is true."""
        return self._aggregated("any", split_out)

    def all(self, *, split_every: Any = None, split_out: Split = None, shuffle_method: Any = None) -> Any:
        """Whether all values of each group are true."""
        return self._aggregated("all", split_out)

    def count(self, *, split_every: Any = None, split_out: Split = None, shuffle_method: Any = None) -> Any:
        """The number of values of each group that are not missing."""
        return self._aggregated("count", split_out)

    def size(self, *, split_every: Any = None, split_out: Split = None, shuffle_method: Any = None) -> Any:
        """The number of rows of each group."""
        return self._aggregated("size", split_out)

    def nunique(
        self,
        dropna: bool = True,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The number of different values of each group; missing ones count as one with ``dropna=False``."""
        return self._aggregated("nunique", split_out, dropna=dropna)

    def median(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The median of the values of each group, exactly: the values are brought together by key."""
        return self._aggregated("median", split_out, numeric_only=numeric_only)

    def var(
        self,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The variance of the values of each group, from counts, means and squared distances, which merge stably."""
        return self._aggregated("var", split_out, ddof=ddof, numeric_only=numeric_only)

    def std(
        self,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The standard deviation of the values of each group."""
        return self._aggregated("std", split_out, ddof=ddof, numeric_only=numeric_only)

    def sem(
        self,
        ddof: int = 1,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The standard error of the mean of each group."""
        return self._aggregated("sem", split_out, ddof=ddof, numeric_only=numeric_only)

    def skew(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The skewness of the values of each group."""
        return self._aggregated("skew", split_out, numeric_only=numeric_only)

    def kurt(
        self,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The excess kurtosis of the values of each group."""
        return self._aggregated("kurt", split_out, numeric_only=numeric_only)

    def idxmin(
        self,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The label of the row where the least value of each group stands first.

        Computing it raises ValueError for a group without values, and with ``skipna=False`` for one that lacks some.
        """
        return self._aggregated("idxmin", split_out, **self._numeric(numeric_only), **_unusual(skipna=skipna))

    def idxmax(
        self,
        skipna: bool = True,
        numeric_only: bool = False,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
    ) -> Any:
        """The label of the row where the greatest value of each group stands first.

        Computing it raises ValueError for a group without values, and with ``skipna=False`` for one that lacks some.
        """
        return self._aggregated("idxmax", split_out, **self._numeric(numeric_only), **_unusual(skipna=skipna))

    def _numeric(self, numeric_only: bool) -> dict[str, Any]:
        """The option, where pandas has it."""
        return {} if self._spec.is_series else {"numeric_only": numeric_only}

    def agg(
        self,
        func: Any = None,
        *,
        split_every: Any = None,
        split_out: Split = None,
        shuffle_method: Any = None,
        **named: Any,
    ) -> Any:
        """Several aggregations at once, in one pass over the rows, with the columns that pandas gives them.

        ``func`` is a name, a list of them, or a dict of either by column; or each column of the answer is named:
        ``agg(total=("x", "sum"))``.  In place of a name may stand a function of a group's column, a series, or an
        :class:`~pannier.kernels.frames.aggregations.Aggregation`.  If one of the aggregations needs whole groups
        (``median``, ``nunique``, ``list``, a function), the rows go to where their groups are, else partial results.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"], "x": [1, 2, 4]}), npartitions=2)
        >>> df.groupby("k").agg(total=("x", "sum"), mean=("x", "mean")).compute(scheduler="sync")
           total  mean
        k
        a      2   2.0
        b      5   2.5
        """
        args = () if func is None else (func,)
        return self._answered(("agg", args, named), self._spec.aggregation(func, named), split_out)

    aggregate = agg


def _unusual(min_count: int = -1, skipna: bool = True) -> dict[str, Any]:
    """Those of the options that are not what they are by default, and that need whole groups."""
    return {**({"min_count": min_count} if min_count > 0 else {}), **({} if skipna else {"skipna": False})}
