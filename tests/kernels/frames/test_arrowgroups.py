"""Rows reduced to groups by Arrow: keys of every kind it takes, beside pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pannier.kernels.frames import arrowgroups
from pannier.kernels.frames.groupstates import Count, Extreme, Size, Total

ROWS = 2000
NUMBERS = np.random.default_rng(0).integers(0, 50, ROWS)


def _texts(width: int) -> pd.Series[Any]:
    return pd.Series([f"{number:0{width}}" for number in NUMBERS])


def _in_chunks(texts: pd.Series[Any]) -> pd.Series[Any]:
    """The same texts from the middle of longer chunks."""
    whole = pa.array(["x", *texts, "yy"], pa.large_string())
    chunks = [whole.slice(1, 700), whole.slice(1, 0), whole.slice(701, ROWS - 700)]
    return pd.Series(pd.array(pa.chunked_array(chunks), dtype="str"))


KEYS: dict[str, pd.Series[Any]] = {
    **{f"texts of {width} bytes": _texts(width) for width in (2, 3, 4, 7, 8, 9, 16)},
    "texts in chunks": _in_chunks(_texts(6)),
    "texts of other widths in chunks": _in_chunks(pd.Series(NUMBERS.astype(str))),
    "texts of other alphabets": pd.Series(np.array(["é", "ab", "ß", "zz"])[NUMBERS % 4]),
    "texts with gaps": _texts(3).where(NUMBERS > 5),
    "empty texts": pd.Series([""] * ROWS),
    "whole numbers": pd.Series(NUMBERS * 1000 - 7),
    "whole numbers that differ in high bits": pd.Series(NUMBERS << 58),
    "whole numbers without a sign": pd.Series(NUMBERS.astype("u8") << np.uint64(57)),
    "short whole numbers": pd.Series((NUMBERS - 20).astype("i2")),
    "truth values": pd.Series(NUMBERS > 9),
    "times": pd.Series(pd.to_datetime(NUMBERS, unit="D")).where(NUMBERS > 3),
    "spans": pd.Series(pd.to_timedelta(NUMBERS - 5, unit="D")),
    "categories": pd.Series(pd.Categorical(_texts(2))),
}


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("name", KEYS)
def test_groups_are_those_of_pandas(name: str, merged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys come in the order in which they first appear, of their own type, with what was folded for each."""
    monkeypatch.setattr(arrowgroups, "LEAST_ROWS", 0)
    values = pd.Series(NUMBERS / 4).where(NUMBERS % 3 > 0)
    frame = pd.DataFrame({0: KEYS[name], 1: values if not merged else values.fillna(0)})
    expected = frame.groupby(0, sort=False, dropna=False, observed=True)[1]
    states = [Total(1)] if merged else [Total(1), Count(1), Extreme(1, is_least=True), Size()]
    made = arrowgroups.reduced(frame, 1, states, merged=merged)
    assert made is not None
    keys = pd.Series(made[0])
    assert keys.dtype == frame[0].dtype
    pd.testing.assert_index_equal(pd.Index(keys, name=0), expected.sum().index, exact=False)
    folds = [expected.sum(), expected.count(), expected.min(), expected.size()]
    for found, fold in zip(made[1:], folds, strict=False):
        np.testing.assert_allclose(found, fold.to_numpy())


def test_numbers_that_are_given_to_arrow_can_be_had_back() -> None:
    """Each of them is another one, and the way back leads to the first."""
    numbers = np.array([0, 1, 1 << 32, 1 << 63, (1 << 64) - 1], "u8")
    mixed = arrowgroups._mixed(numbers)
    assert len(set(mixed.tolist())) == len(numbers)
    assert arrowgroups._unmixed(mixed).tolist() == numbers.tolist()
