"""Quantiles of categories and truth values, and means of decimal numbers, against pandas."""

from __future__ import annotations

import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests.oracle.frame_strategies import Parted, agree

CUTS = pytest.mark.parametrize("cuts", [[], [0], [3], [2, 2, 5], [1, 2, 3, 4]], ids=str)


def _parted(whole: pd.DataFrame, cuts: list[int]) -> Parted:
    return Parted([whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])])


@CUTS
@pytest.mark.parametrize("interpolation", ["lower", "higher", "nearest", "linear", "midpoint"])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("values", ["aadceea", ["a", None, "d", "c", None, "b"]], ids=["whole", "gaps"])
def test_categories_are_in_their_own_order(
    values: list[str], ordered: bool, interpolation: str, cuts: list[int]
) -> None:
    """Not in that of their texts."""
    whole = pd.DataFrame({"x": pd.Categorical(list(values), list("ecbdaf"), ordered=ordered)})
    parted = _parted(whole, cuts)
    for q in (0.0, 0.3, 0.5, 1.0):
        agree(
            lambda q=q: parted.lazy.x.quantile(q, interpolation=interpolation),
            lambda q=q: whole.x.quantile(q, interpolation=interpolation),
        )
    if interpolation in ("lower", "higher", "nearest"):
        agree(
            lambda: parted.lazy.x.quantile([0.2, 0.9], interpolation=interpolation),
            lambda: whole.x.quantile([0.2, 0.9], interpolation=interpolation),
        )


@CUTS
@pytest.mark.parametrize("interpolation", ["lower", "higher", "nearest", "linear"])
def test_truth_values(interpolation: str, cuts: list[int]) -> None:
    """Have quantiles where none has to be made up between two of them."""
    whole = pd.DataFrame({"x": pd.array([True, False, None, True, True, False], dtype="boolean")})
    parted = _parted(whole, cuts)
    for q in (0.5, [0.0, 0.4, 1.0]):
        agree(
            lambda q=q: parted.lazy.x.quantile(q, interpolation=interpolation),
            lambda q=q: whole.x.quantile(q, interpolation=interpolation),
        )


@CUTS
def test_means_of_decimal_numbers(cuts: list[int]) -> None:
    """Are floats, as in pandas."""
    whole = pd.DataFrame({"x": [Decimal("1.5"), Decimal(2), None, Decimal(2), Decimal(3)], "y": 1})
    parted = _parted(whole, cuts)
    mean = parted.lazy.x.mean().compute(scheduler="sync")
    assert isinstance(mean, float)
    assert mean == whole.x.mean()
    means = parted.lazy.mean().compute(scheduler="sync")
    pd.testing.assert_series_equal(means, whole.mean())
    assert all(isinstance(each, float) for each in means)
    assert np.isnan(parted.lazy.x[parted.lazy.x.isna()].mean().compute(scheduler="sync"))
