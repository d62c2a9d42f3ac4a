"""What is carried along partitions, at the edges of what columns can hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pannier.kernels.frames.base import Head, Tail
from pannier.kernels.frames.scans import Continued, Nearest, Running, RunningTotals, Span, Totals


def continued(name: str, first: pd.Series, second: pd.Series, skipna: bool = True) -> pd.Series:
    """The results of ``second`` after ``first``."""
    totals = RunningTotals(name, skipna)(Totals(skipna)(getattr(first, name)(skipna=skipna)), None)
    return Continued(name, skipna)(getattr(second, name)(skipna=skipna), [totals])  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ([2**62, 2**62], [2**62, 1], "cumsum"),
        ([2**40], [2**40, 3], "cumprod"),
        ([1.0, np.inf], [np.inf, 1.0], "cumsum"),
        ([np.nan], [1.0, np.nan], "cumsum"),
        (["b", "a"], ["c"], "cumsum"),
        ([pd.Timedelta("1D")], [pd.NaT, pd.Timedelta("2D")], "cummax"),
        ([True, False], [True], "cummin"),
    ],
)
def test_results_go_on_as_in_one_column(first: list[object], second: list[object], name: str) -> None:
    """Integers wrap around, infinities stay and missing values are left out as in a column that is not cut."""
    whole = pd.Series([*first, *second])
    a, b = whole[: len(first)], whole[len(first) :]
    expected = getattr(whole, name)()[len(first) :]
    pd.testing.assert_series_equal(continued(name, a, b), expected)


@pytest.mark.parametrize("edge", [Tail(3), Nearest(), Span(2)])
def test_the_edge_of_two_blocks_is_that_of_their_edges(edge: Tail | Nearest | Span) -> None:
    """However blocks are cut, empty ones among them, the same edge is carried."""
    whole = pd.DataFrame(
        {"x": [1.0, np.nan, 3.0, np.nan, 5.0, np.nan], "y": [None, "a", None, None, "b", None]}
    )
    for cut in range(7):
        for end in range(cut, 7):
            carry = None
            for block in (whole[:cut], whole[cut:end], whole[end:]):
                carry = Running(edge)(edge(block), carry)
            expected = edge(whole)
            assert carry is not None
            pd.testing.assert_frame_equal(carry.reset_index(drop=True), expected.reset_index(drop=True))


def test_backward_edges_keep_their_order() -> None:
    """Rows that are carried back stay in the order of the frame."""
    whole = pd.Series(range(5))
    carry = Running(Head(3), is_backward=True)(whole[1:2], whole[2:])
    assert carry.tolist() == [1, 2, 3]
