"""Values as the intervals that they are in."""

from __future__ import annotations

from typing import Any

import pandas as pd


def cut(values: Any, edges: Any, **options: Any) -> Any:
    """``values`` by the intervals between ``edges``, of which a series may be some.

    >>> cut(pd.Series([1, 3]), pd.Series([0, 2, 4]), labels=["low", "high"]).tolist()
    ['low', 'high']
    """
    if isinstance(edges, pd.Series):
        if edges.isna().any():
            raise ValueError(
                f"some edges of intervals are missing: {edges.tolist()!r:.80}; quantiles are, where all values are missing or "
                "some are infinite"
            )
        edges = pd.Index(edges)
    return pd.cut(values, edges, **options)


def cut_evenly(values: Any, low: Any, high: Any, bins: Any, **options: Any) -> Any:
    """``values`` by a number of intervals of equal width between the least and the greatest of all values.

    >>> cut_evenly(pd.Series([2]), 0, 4, 2, right=True, duplicates="raise", labels=False).tolist()
    [0]
    """
    if pd.isna(low):
        raise ValueError("cut() into intervals of equal width needs values, and all are missing; give edges")
    ends = pd.Series([low, high], dtype=values.dtype)
    own = {name: options[name] for name in ("right", "duplicates")}
    return pd.cut(values, pd.cut(ends, bins, labels=False, retbins=True, **own)[1], **options)


def with_gaps(numbers: Any, has_gaps: Any) -> Any:
    """``numbers`` of intervals as floats, if some value of some partition is in none."""
    return numbers.astype("float64") if has_gaps else numbers
