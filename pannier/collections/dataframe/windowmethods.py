"""What is asked of windows of rows alike, whether they are of all rows or of those of a group."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class WindowMethods(ABC):
    """Methods that give a value for each window; options, such as ``numeric_only``, are those of pandas."""

    __slots__ = ()

    @abstractmethod
    def _called(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What pandas' windows give for the method ``name``."""

    # fmt: off
    def count(self, **options: Any) -> Any:
        """The number of values in each window, without missing ones."""
        return self._called("count", (), options)
    def nunique(self, **options: Any) -> Any:
        """The number of different values in each window, without missing ones."""
        return self._called("nunique", (), options)
    def first(self, **options: Any) -> Any:
        """The first value of each window that is not missing."""
        return self._called("first", (), options)
    def last(self, **options: Any) -> Any:
        """The last value of each window that is not missing."""
        return self._called("last", (), options)
    def min(self, **options: Any) -> Any:
        """The least value of each window."""
        return self._called("min", (), options)
    def max(self, **options: Any) -> Any:
        """The greatest value of each window."""
        return self._called("max", (), options)
    def median(self, **options: Any) -> Any:
        """The median of each window."""
        return self._called("median", (), options)
    def quantile(self, q: float, interpolation: str = "linear", **options: Any) -> Any:
        """The value that a part ``q`` of each window is below."""
        return self._called("quantile", (q,), {"interpolation": interpolation, **options})
    def rank(self, **options: Any) -> Any:
        """The rank of the last value among those of its window."""
        return self._called("rank", (), options)
    def sem(self, ddof: int = 1, **options: Any) -> Any:
        """The standard error of the mean of each window."""
        return self._called("sem", (), {"ddof": ddof, **options})
    def skew(self, **options: Any) -> Any:
        """The skewness of each window, without bias."""
        return self._called("skew", (), options)
    def kurt(self, **options: Any) -> Any:
        """The excess kurtosis of each window, without bias."""
        return self._called("kurt", (), options)
    # fmt: on
