"""Groups of many rows, far more than stay together: the hashes of keys go along with rows, and tell who is alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pannier as pn

ROWS = 600_000


@pytest.mark.parametrize("alone", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_groups_of_one_row_among_others(alone: float, scheduler: str) -> None:
    """Answers are those of pandas, however many rows have a key of their own."""
    draw = np.random.default_rng(0)
    own = np.arange(ROWS)
    key = np.where(draw.random(ROWS) < alone, own, -1 - draw.integers(0, ROWS // 4, ROWS))
    frame = pd.DataFrame(
        {
            "a": key,
            "b": pd.Series(key % 1000, dtype="str"),
            "v": draw.integers(0, 9, ROWS),
            "w": np.where(own % 3, draw.random(ROWS), np.nan),
        }
    )
    aggregations = {"v": ["sum", "size"], "w": ["mean", "min", "std"]}
    lazy = pn.from_pandas(frame, npartitions=2).groupby(["a", "b"], sort=False)
    found = lazy.agg(aggregations).compute(scheduler=scheduler, num_workers=2)
    expected = frame.groupby(["a", "b"]).agg(aggregations)
    pd.testing.assert_frame_equal(found.sort_index(), expected)
