"""The first rows of blocks as a plan of their own."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.collections.dataframe.base import wrap
from pannier.plan.heads import first_rows
from pannier.plan.nodes import Source
from pannier.plan.rewrite import topological

FRAME = pd.DataFrame({"x": range(20), "y": [0.5] * 20})


def lazy() -> Any:
    return pn.from_pandas(FRAME, npartitions=4)


def steps(df: Any) -> Any:
    both = df.x + df.y * 2
    return (both - df.x.mean()).to_frame("z").assign(k=both)


def test_rows_are_read_apart() -> None:
    """What is made row by row is made of two rows of each part; a value for all rows stays that of all."""
    node = steps(lazy()).node
    head = first_rows(node, 2)
    assert head.name != node.name
    limits = [each.reader.rows for each in topological([head]) if isinstance(each, Source)]  # type: ignore[attr-defined]
    assert sorted(limits, key=str) == [2, None]
    expected = steps(FRAME)
    expected = pd.concat([expected[i : i + 2] for i in (0, 5, 10, 15)])
    pd.testing.assert_frame_equal(wrap(head, expected[:0]).compute(scheduler="sync"), expected)


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df[df.x > 1],
        lambda df: df.shift(1),
        lambda df: df.x.cumsum(),
        lambda df: df.repartition(npartitions=2),
    ],
)
def test_what_is_not_made_row_by_row_stays(steps: Any) -> None:
    """Where a row depends on others, or may be left out, there is no shorter way to the first ones."""
    node = steps(lazy()).node
    assert first_rows(node, 2) is node


def test_blocks_need_not_wait_for_all_others() -> None:
    """A window that looks ahead reads the beginnings of later partitions, and not these."""
    text = lazy().shift(-1).explain()
    assert text.count("from_pandas") >= 3
    pd.testing.assert_frame_equal(lazy().shift(-1).compute(scheduler="sync"), FRAME.shift(-1))
