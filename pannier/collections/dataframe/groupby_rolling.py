"""Windows that slide along the rows of each group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.groupby_rows import WholeGroups
from pannier.kernels.kernel import name_of


class RollingGroupBy:
    """What is computed of the windows of each group: rows under its key and their own labels, one group after the other.

    Rows go to where their groups are, and pandas' own windows slide there.
    """

    __slots__ = ("_groups", "_options")

    def __init__(self, groups: WholeGroups, options: dict[str, Any]) -> None:
        self._groups = groups
        self._options = options

    def __getitem__(self, columns: Any) -> RollingGroupBy:
        """The same windows of one column, or of a list of columns."""
        return RollingGroupBy(self._groups[columns], self._options)  # type: ignore[index]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._groups._spec.columns:
            return self[name]
        raise AttributeError(f"windows of groups have neither a column nor a method {name!r}")

    def __repr__(self) -> str:
        return f"windows {self._options} of {self._groups!r}"

    def _of_windows(self, name: str, *args: Any, **kwargs: Any) -> Any:
        calls = [("rolling", (), self._options), (name, args, kwargs)]
        return self._groups._under_keys(calls, f"rolling.{name}")

    def sum(self) -> Any:
        """The sum of each window.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": [1, 2, 1], "x": [1, 2, 3]}), npartitions=2)
        >>> df.groupby("k").x.rolling(2).sum().compute(scheduler="sync").tolist()
        [nan, 4.0, nan]
        """
        return self._of_windows("sum")

    def mean(self) -> Any:
        """The mean of each window."""
        return self._of_windows("mean")

    def median(self) -> Any:
        """The median of each window."""
        return self._of_windows("median")

    def min(self) -> Any:
        """The least value of each window."""
        return self._of_windows("min")

    def max(self) -> Any:
        """The greatest value of each window."""
        return self._of_windows("max")

    def count(self) -> Any:
        """The number of values in each window."""
        return self._of_windows("count")

    def var(self, ddof: int = 1) -> Any:
        """The variance of each window."""
        return self._of_windows("var", ddof=ddof)

    def std(self, ddof: int = 1) -> Any:
        """The standard deviation of each window."""
        return self._of_windows("std", ddof=ddof)

    def sem(self, ddof: int = 1) -> Any:
        """The standard error of the mean of each window."""
        return self._of_windows("sem", ddof=ddof)

    def skew(self) -> Any:
        """The skewness of each window."""
        return self._of_windows("skew")

    def kurt(self) -> Any:
        """The excess kurtosis of each window."""
        return self._of_windows("kurt")

    def quantile(self, q: float, interpolation: str = "linear") -> Any:
        """The value that a part ``q`` of each window is below."""
        return self._of_windows("quantile", q, interpolation=interpolation)

    def agg(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Several of these at once, by name."""
        return self._of_windows("agg", func, *args, **kwargs)

    def apply(self, func: Callable[..., Any], raw: bool = False, meta: Any = UNSET) -> Any:
        """What ``func`` makes of each window, a series, or with ``raw`` a numpy array: one number."""
        calls = [("rolling", (), self._options), ("apply", (func,), {"raw": raw})]
        shown = f"rolling.apply({name_of(func)})"
        return self._groups._under_keys(
            calls, shown, meta=self._groups._meta(calls, shown, meta), checks=True
        )
