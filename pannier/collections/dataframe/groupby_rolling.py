"""Windows along the rows of each group: those that roll, that grow, and that weigh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pannier.collections.dataframe.base import UNSET, FrameLike
from pannier.collections.dataframe.groupby_aggregations import Call
from pannier.collections.dataframe.groupby_rows import WholeGroups
from pannier.collections.dataframe.named import Named
from pannier.collections.dataframe.windowmethods import WindowMethods
from pannier.errors import UsageError, near_matches
from pannier.kernels.kernel import name_of


class GroupWindows(Named):
    """What is computed of the windows of each group: rows under its key and their own labels, one group after the other.

    Rows go to where their groups are, and pandas' own windows are there.  Options, such as ``numeric_only``, are those of
    pandas.
    """

    __slots__ = ("_calls", "_groups")

    def __init__(self, groups: WholeGroups, calls: list[Call]) -> None:
        self._groups = groups
        self._calls = calls
        """How the windows are made of groups."""

    def __getitem__(self, columns: Any) -> Any:
        """The same windows of one column, or of a list of columns."""
        groups: Any = self._groups
        on = self._calls[0][2].get("on")
        if on is None:
            return type(self)(groups[columns], self._calls)
        read = dict.fromkeys([*(columns if isinstance(columns, list) else [columns]), on])
        return type(self)(groups[list(read)], [*self._calls, ("__getitem__", (columns,), {})])

    def _named(self, name: str) -> Any:
        columns = self._groups._spec.columns
        if name in columns:
            return self[name]
        known = [*columns, *(each for each in dir(type(self)) if not each.startswith("_"))]
        raise AttributeError(
            f"windows of groups have neither a column nor a method {name!r}{near_matches(name, known)}"
        )

    def __repr__(self) -> str:
        name, _, options = self._calls[0]
        shown = ", ".join(f"{key}={value!r}" for key, value in options.items() if value not in (None, False))
        return f"{name}({shown}) of {self._groups!r}"

    # fmt: off
    def sum(self, **options: Any) -> Any:
        """The sum of each window.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.rolling(2).sum().compute(scheduler="sync").tolist()
        [nan, 4.0, nan]
        """
        return self._called("sum", (), options)
    def mean(self, **options: Any) -> Any:
        """The mean of each window."""
        return self._called("mean", (), options)
    def var(self, **options: Any) -> Any:
        """The variance of each window; ``ddof``, or ``bias`` of ``ewm``, as in pandas."""
        return self._called("var", (), options)
    def std(self, **options: Any) -> Any:
        """The standard deviation of each window; ``ddof``, or ``bias`` of ``ewm``, as in pandas."""
        return self._called("std", (), options)
    # fmt: on

    def corr(self, other: None = None, pairwise: bool | None = None, **options: Any) -> Any:
        """The correlation of each pair of columns in each window; of one column, with itself."""
        return self._paired("corr", other, {"pairwise": pairwise, **options})

    def cov(self, other: None = None, pairwise: bool | None = None, **options: Any) -> Any:
        """The covariance of each pair of columns in each window; of one column, with itself."""
        return self._paired("cov", other, {"pairwise": pairwise, **options})

    def agg(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Several of these at once, by name: a list of them, or a dict with those of each column."""
        return self._called("agg", (func, *args), kwargs)

    aggregate = agg
    pipe = FrameLike.pipe

    def _called(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return self._groups._under_keys([*self._calls, (name, args, options)], f"{self._calls[0][0]}.{name}")

    def _paired(self, name: str, other: Any, options: dict[str, Any]) -> Any:
        if other is not None:
            raise UsageError(
                f"{name} of windows of groups is of pairs of their own columns; put the other into a column first, and use "
                f"df.groupby(key)[['x', 'y']].{self._calls[0][0]}(...).{name}()"
            )
        return self._called(name, (), options)


class RollingGroupBy(GroupWindows, WindowMethods):
    """Windows that roll along each group, or, of ``expanding``, that grow with it."""

    __slots__ = ()

    def apply(
        self,
        func: Callable[..., Any],
        raw: bool = False,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        meta: Any = UNSET,
    ) -> Any:
        """What ``func`` makes of each window, a series, or with ``raw`` a numpy array: one number."""
        options = {"raw": raw, "args": args, "kwargs": dict(kwargs or {})}
        calls = [*self._calls, ("apply", (func,), options)]
        shown = f"{self._calls[0][0]}.apply({name_of(func)})"
        return self._groups._under_keys(
            calls, shown, meta=self._groups._meta(calls, shown, meta), checks=True
        )


class EwmGroupBy(GroupWindows):
    """All rows of each group up to each of its rows, the less weighed the further they are back."""

    __slots__ = ()
