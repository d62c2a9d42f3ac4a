"""Reductions by functions of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.kernel import name_of
from pannier.kernels.reductions import Reduction


@frozen
class UserReduction(Reduction):
    """``chunkwise`` of each block; what it makes, one under the other, goes to ``joiner`` in a tree.

    At the end, with an ``aggregate``, that is called with what the tree made, as one that has one branch.
    """

    chunkwise: Callable[..., Any]
    joiner: Callable[..., Any]
    aggregate: Callable[..., Any] | None
    chunk_options: Mapping[str, Any]
    join_options: Mapping[str, Any]
    aggregate_options: Mapping[str, Any]
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        return self.chunkwise(records, **self.chunk_options)

    def combine(self, partials: list[Any]) -> Any:
        return self.joiner(stacked(partials), **self.join_options)

    def finish(self, partial: Any) -> Any:
        if self.aggregate is None:
            return partial
        return self.aggregate(stacked([partial]), **self.aggregate_options)

    def of_one(self, block: Any) -> Any:
        """The answer for a block that is all there is."""
        return self.finish(self.combine([self.chunk(block)]))

    @property
    def label(self) -> str:
        return f"reduction({name_of(self.chunkwise)})"


def stacked(partials: list[Any]) -> Any:
    """Frames one under the other; each series as a row of a frame; values as a series.

    >>> stacked([1, 2]).tolist(), stacked([pd.Series({"n": 1}), pd.Series({"n": 2})]).n.tolist()
    ([1, 2], [1, 2])
    """
    first = partials[0]
    if isinstance(first, pd.Series):
        return pd.concat([partial.to_frame().T for partial in partials])
    if isinstance(first, pd.DataFrame):
        return pd.concat(partials)
    return pd.Series(partials)
