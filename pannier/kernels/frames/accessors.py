"""Steps and reductions of strings and categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pannier.kernels.frames.base import FrameKernel
from pannier.kernels.reductions import Reduction


@dataclass(frozen=True, slots=True)
class SplitColumns(FrameKernel):
    """The pieces of strings in ``width`` columns, of which those that are not needed are missing values.

    >>> SplitColumns("split", "-", 3)(pd.Series(["a-b"])).iloc[0].tolist()[:2]
    ['a', 'b']
    """

    name: str
    """``split`` or ``rsplit``."""
    pattern: str | None
    width: int
    options: tuple[tuple[str, Any], ...] = ()
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        series = blocks[0]
        split = getattr(series.str, self.name)
        pieces = split(self.pattern, n=self.width - 1, expand=True, **dict(self.options))
        missing = pd.Series(None, index=series.index, dtype=series.dtype)
        for column in range(pieces.shape[1], self.width):
            pieces[column] = missing
        return pieces

    @property
    def label(self) -> str:
        return f"str.{self.name}(expand=True)"


@dataclass(frozen=True, slots=True)
class JoinTexts(Reduction):
    """All strings as one, with ``separator`` between them, and ``missing`` (or nothing) for those that are missing.

    >>> join = JoinTexts("-", None)
    >>> join.finish(
    ...     join.combine([join.chunk(pd.Series(["a", None])), join.chunk(pd.Series(["b"]))])
    ... )
    'a-b'
    """

    separator: str
    missing: str | None
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> list[str]:
        found = records.dropna() if self.missing is None else records.fillna(self.missing)
        return [found.str.cat(sep=self.separator)] if len(found) else []

    def combine(self, partials: list[list[str]]) -> list[str]:
        found = [text for partial in partials for text in partial]
        return [self.separator.join(found)] if found else []

    def finish(self, partial: list[str]) -> str:
        return partial[0] if partial else ""

    @property
    def label(self) -> str:
        return "str.cat"


@dataclass(frozen=True, slots=True)
class FoundCategories(Reduction):
    """The categories of all partitions, in order where they can be."""

    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        return records.iloc[:0]

    def combine(self, partials: list[Any]) -> Any:
        categories = [partial.cat.categories for partial in partials if len(partial.cat.categories)]
        if not categories:
            return partials[0]
        united = categories[0].append(categories[1:]).unique()
        return partials[0].cat.set_categories(_in_order(united))

    def finish(self, partial: Any) -> Any:
        return partial.cat.categories

    @property
    def label(self) -> str:
        return "categories"


def _in_order(labels: pd.Index[Any]) -> pd.Index[Any]:
    try:
        return labels.sort_values()
    except TypeError:  # they cannot be compared: as pandas has it, in the order in which they were met
        return labels
